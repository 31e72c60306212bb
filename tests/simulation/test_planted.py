import datetime as dt

import numpy as np
import pandas as pd
import pytest
from programmes import (
    LIST,
    PAIR,
    PROBABILITIES,
    START,
    before,
    chance_of_such_spread,
    odds,
    of_pairs,
    pairs_of,
    tables,
)
from scipy.stats import ks_2samp

from matcher.columns import ANSWERS
from matcher.errors import ConfigError
from matcher.profiles import read_profiles
from simulation import InputDrift, Miscalibration, OneSided, simulate_programme
from simulation.newcomers import make_newcomers


@pytest.mark.slow
def test_programme_planted_rounds_are_not_alike(demo):
    fault = {"input_drift": InputDrift(START), "miscalibration": Miscalibration(START)}
    spread = [
        chance_of_such_spread([simulate_programme(demo, seed=seed, **{name: given}) for seed in range(8)])[:2]
        for name, given in fault.items()
    ]
    assert spread[0][0] == pytest.approx(0.001)  # scores drift
    assert spread[1][1] == pytest.approx(0.001)  # probabilities are wrong


def test_programme_input_drift_changes_nothing_before_its_start(quiet, drifted):
    day = quiet.dates[START]
    for left, right in zip(tables(quiet), tables(drifted), strict=True):
        pd.testing.assert_frame_equal(before(left, day), before(right, day))
    pairs = pairs_of(quiet.shown[quiet.shown["round"] < START])
    for left, right in zip(tables(quiet), tables(drifted), strict=True):
        pd.testing.assert_frame_equal(of_pairs(left, pairs), of_pairs(right, pairs))
    assert drifted.profiles_in(START - 1).equals(quiet.profiles)


def test_programme_input_drift_shifts_inputs_and_scores(quiet, drifted):
    new = set(drifted.truth.newcomers)
    later = drifted.shown[drifted.shown["round"] >= START]
    assert len(new) == len(drifted.newcomers) == 40
    assert not new & set(drifted.shown.loc[drifted.shown["round"] < START, "seeker"])
    share = later.groupby("round")["seeker"].unique().map(lambda ids: np.mean([id_ in new for id_ in ids]))
    assert share.between(0.45, 0.6).all()
    assert new & set(later["candidate"])
    assert set(drifted.profiles_in(START)["id"]) == set(quiet.profiles["id"]) | new
    assert set(drifted.newcomers["kind"]) == {"public"}
    assert set(drifted.newcomers["languages"]) == {("pt", "tet")}
    lengths = [table["mission"].str.len().median() for table in (quiet.profiles, drifted.newcomers)]
    assert lengths[1] > 1.5 * lengths[0]
    earlier = drifted.shown[drifted.shown["round"] < START]
    theirs = later.loc[later["seeker"].isin(new), "score"]
    assert theirs.mean() < 0.7 * earlier["score"].mean()
    assert ks_2samp(earlier["score"], later["score"]).pvalue < 1e-4


def test_programme_input_drift_leaves_pairs_without_newcomers_as_they_would_go(quiet, drifted):
    both = sorted(set(pairs_of(quiet.shown)) & set(pairs_of(drifted.shown)))
    assert len(both) > 800
    for left, right in ((quiet.outcomes, drifted.outcomes), (quiet.reviews, drifted.reviews)):
        pd.testing.assert_frame_equal(of_pairs(left, both), of_pairs(right, both))


def test_newcomers_are_profiles_that_can_be_read(drifted):
    table = read_profiles(drifted.profiles_in(START).drop(columns=["lead"]))
    assert table.n_rejected == 0
    assert len(table.kept) == 216


def test_programme_one_sided_changes_only_its_partnerships_after_its_start(quiet, faded):
    pd.testing.assert_frame_equal(quiet.shown, faded.shown)
    chosen = {(fade.seeker, fade.candidate): fade for fade in faded.truth.fades}
    assert len(chosen) == 12
    others = sorted(set(pairs_of(quiet.shown)) - set(chosen))
    for left, right in ((quiet.outcomes, faded.outcomes), (quiet.reviews, faded.reviews)):
        pd.testing.assert_frame_equal(of_pairs(left, others), of_pairs(right, others))
        assert not left.equals(right)
        for pair, fade in chosen.items():
            assert fade.begins >= quiet.dates[START]
            rows = [before(of_pairs(table, [pair]), fade.begins) for table in (left, right)]
            pd.testing.assert_frame_equal(*rows)


def test_programme_one_sided_lowers_one_side_and_leaves_the_other(quiet, faded):
    falls = []
    for fade in faded.truth.fades:
        other = {"seeker": "candidate", "candidate": "seeker"}[fade.side]
        keys = [*PAIR, "side", "date"]
        both = quiet.reviews.merge(faded.reviews, on=keys, suffixes=("_quiet", "_faded"))
        both = of_pairs(both, [(fade.seeker, fade.candidate)])
        for name in ANSWERS:
            change = both[f"{name}_faded"] - both[f"{name}_quiet"]
            assert (change[both["side"] == other] == 0).all()
            assert (change[both["side"] == fade.side] <= 0).all()
        last = both[both["side"] == fade.side].tail(1)
        falls += list(last["benefit_faded"] - last["benefit_quiet"])
        log = quiet.outcomes.merge(faded.outcomes, on=[*PAIR, "stage", "date"], suffixes=("_quiet", "_faded"))
        log = of_pairs(log, [(fade.seeker, fade.candidate)])
        ratings = {side: log[f"{side}_rating_faded"] - log[f"{side}_rating_quiet"] for side in PAIR}
        assert (ratings[other].dropna() == 0).all()
        assert (ratings[fade.side].dropna() <= 0).all()
    assert np.mean(falls) < -1.5


def test_programme_miscalibration_changes_only_probabilities_after_its_start(quiet, wrong):
    pd.testing.assert_frame_equal(quiet.outcomes, wrong.outcomes)
    pd.testing.assert_frame_equal(quiet.reviews, wrong.reviews)
    pd.testing.assert_frame_equal(quiet.shown[LIST], wrong.shown[LIST])
    early = quiet.shown["round"] < START
    pd.testing.assert_frame_equal(quiet.shown[early], wrong.shown[early])
    shift = odds(wrong.shown["mutual"]) - odds(quiet.shown["mutual"])
    assert shift[~early].to_numpy() == pytest.approx(1.0)
    assert (wrong.shown.loc[~early, PROBABILITIES] > quiet.shown.loc[~early, PROBABILITIES]).all(axis=None)
    np.testing.assert_allclose(wrong.truth.pairs["probability"], quiet.shown["mutual"])


def test_programme_miscalibration_slope_multiplies_log_odds(demo, quiet):
    fault = Miscalibration(0, shift=-0.5, slope=1.5)
    shown = simulate_programme(demo, miscalibration=fault).shown
    assert odds(shown["mutual"]).to_numpy() == pytest.approx(
        -0.5 + 1.5 * odds(quiet.shown["mutual"]).to_numpy()
    )


def test_programme_truth_names_what_was_planted(demo, quiet):
    assert (quiet.truth.input_drift, quiet.truth.one_sided, quiet.truth.miscalibration) == (None, None, None)
    assert quiet.truth.newcomers == quiet.truth.fades == ()
    assert pairs_of(quiet.truth.pairs) == pairs_of(quiet.shown)
    fault = InputDrift(1, organisations=7)
    programme = simulate_programme(demo, rounds=3, input_drift=fault)
    assert programme.truth.input_drift == fault
    assert len(programme.truth.newcomers) == 7


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rounds": 0}, "rounds must be 1 or more; got 0"),
        ({"months_per_round": 0}, "months_per_round must be 1 or more; got 0"),
        ({"seekers_per_round": 0}, "seekers_per_round must be 1 or more; got 0"),
        ({"k": 0}, "k must be 1 or more; got 0"),
        ({"noise": -0.1}, "noise must be 0 or more; got -0.1"),
        ({"explore": 1.0}, "explore must be below 1; got 1.0"),
        ({"end": dt.date(2023, 1, 1)}, "days from start to end must be 0 or more; got -365"),
        ({"input_drift": InputDrift(12)}, "start of a fault must be 0 or more and at most 11; got 12"),
        ({"input_drift": InputDrift(organisations=0)}, "organisations must be 1 or more; got 0"),
        ({"input_drift": InputDrift(share=0.0)}, "share must be above 0 and at most 1; got 0.0"),
        ({"one_sided": OneSided(partnerships=0)}, "partnerships must be 1 or more; got 0"),
        ({"one_sided": OneSided(per_month=0.0)}, "per_month must be above 0; got 0"),
        ({"miscalibration": Miscalibration(slope=0.0)}, "slope must be above 0; got 0.0"),
    ],
)
def test_programme_settings_out_of_range_are_refused(demo, given, message):
    with pytest.raises(ConfigError, match=message):
        simulate_programme(demo, **given)


def test_newcomers_ids_that_are_taken_are_refused(demo):
    taken = demo.head(3).assign(id=["a", "b", "novo-001"])
    with pytest.raises(ConfigError, match=r"ids must not start with novo-, .*; got 1 that do"):
        make_newcomers(taken, InputDrift(), 0)
