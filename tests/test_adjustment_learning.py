"""Learning weights: never out of bounds, towards what was found, judged on later dates."""

import numpy as np
import pandas as pd
import pytest
from adjusting import FREE, NAMES, PRESENT, planted
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.config import Config
from matcher.errors import ConfigError
from matcher.evaluation.paired import ClusteredMean
from matcher.features import COMPONENT_NAMES
from matcher.learning import TrainingPairs
from matcher.learning.adjustment import (
    EARLY,
    SPREAD,
    Judgement,
    bounded_ranker,
    judge,
    read_bounds,
)
from matcher.learning.training import fit_ranker, split_folds
from matcher.ranking import PairwiseRanker


def learn_weights(pairs, present, limits, shrinkage=200.0):
    ranker = PairwiseRanker(present, shrinkage=shrinkage, bounds=limits)
    fit_ranker(ranker, pairs)
    learned = dict(zip(ranker.features_, ranker.weights_.tolist(), strict=True))
    return {name: learned[name] for name in present}, ranker.n_labels_


def make_bounds(present, bounds=None):
    return bounded_ranker(Config.from_dict({"weights": present}), bounds).bounds


def judge_learning(pairs, present, limits):
    return judge(PairwiseRanker(present, bounds=limits), pairs)


def test_bounds_default_is_three_tenths_of_each_and_culture_stays_nothing():
    limits = make_bounds(PRESENT)
    assert list(limits) == NAMES
    assert limits["trust"] == pytest.approx((0.16 * (1 - SPREAD), 0.16 * (1 + SPREAD)))
    assert limits["culture"] == (0.0, 0.0)
    assert make_bounds(PRESENT, {"culture": (0.0, 0.1)})["culture"] == (0.0, 0.1)


@pytest.mark.parametrize(
    ("bounds", "reason"),
    [
        ({"conflict": (0, 1)}, r"bounds must name features that have a weight; got 'conflict'"),
        ({"trust": (0.2, 0.1)}, r"bounds of trust must be in order and from 0 to 1; got 0.2 and 0.1"),
        ({"trust": (-0.1, 0.3)}, r"from 0 to 1; got -0.1 and 0.3"),
        ({"trust": (0.1, 1.1)}, r"from 0 to 1; got 0.1 and 1.1"),
        ({"trust": (0.1, float("nan"))}, r"from 0 to 1; got 0.1 and nan"),
        ({"trust": (0.2, 0.3)}, r"bounds of trust must hold its present weight, 0.16 .* got 0.2 to 0.3"),
        ({"nonsense": (0.0, 1.0)}, r"bounds must name features that have a weight; got 'nonsense'"),
    ],
)
def test_bounds_that_cannot_be_kept_are_refused(bounds, reason):
    with pytest.raises(ConfigError, match=reason):
        make_bounds(PRESENT, bounds)


def test_bounds_file_is_read_and_a_broken_one_refused(tmp_path):
    (tmp_path / "b.toml").write_text("trust = [0.1, 0.3]\n")
    assert read_bounds(tmp_path / "b.toml") == {"trust": (0.1, 0.3)}
    (tmp_path / "bad.toml").write_text("trust = [")
    with pytest.raises(ConfigError, match=r"bounds must be TOML in UTF-8"):
        read_bounds(tmp_path / "bad.toml")
    with pytest.raises(ConfigError, match=r"bounds must be a readable file"):
        read_bounds(tmp_path / "none.toml")
    for pair in ("0.2", "[true, 1]", '["0", "1"]', "[0.1]", "[0.1, 0.2, 0.3]"):
        (tmp_path / "b.toml").write_text(f"trust = {pair}\n")
        with pytest.raises(ConfigError, match=r"bounds of trust must be two numbers, lowest and highest"):
            read_bounds(tmp_path / "b.toml")


SHARES = st.lists(st.floats(0.0, 1.0), min_size=len(NAMES), max_size=len(NAMES)).filter(
    lambda shares: sum(shares) > 0.1
)


@st.composite
def limited(draw):
    """Draw weights in force and bounds that hold them."""
    raw = np.array(draw(SHARES))
    present = dict(zip(NAMES, (raw / raw.sum()).tolist(), strict=True))
    bounds = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        low, high = draw(st.floats(0.0, 1.0)), draw(st.floats(0.0, 1.0))
        bounds[name] = (low * present[name], present[name] + high * (1.0 - present[name]))
    return present, make_bounds(present, bounds)


@settings(max_examples=60)
@given(limited(), st.sampled_from(NAMES), st.sampled_from([0.0, 1.0, 200.0, 1e4]), st.integers(0, 99))
def test_learned_weights_never_break_bounds_and_sum_to_one(given_, towards, shrinkage, seed):
    present, limits = given_
    learned, n_labels = learn_weights(planted({towards: 1.0}, 12, 5, seed=seed), present, limits, shrinkage)
    assert n_labels == 12
    assert sum(learned.values()) == pytest.approx(1.0, abs=1e-9)
    for name, (low, high) in limits.items():
        assert low <= learned[name] <= high


@pytest.mark.parametrize("name", ["values", "trust", "goals", "culture"])
def test_learned_weight_of_a_planted_preference_rises_most(name):
    learned, _ = learn_weights(planted({name: 1.0}), PRESENT, FREE)
    rises = {one: learned[one] - PRESENT[one] for one in NAMES}
    assert max(rises, key=rises.get) == name
    assert rises[name] > 0.1


def test_learned_weights_within_default_bounds_go_to_the_end_that_a_preference_asks_for():
    limits = make_bounds(PRESENT)
    learned, _ = learn_weights(planted({"trust": 1.0}), PRESENT, limits)
    assert learned["trust"] == pytest.approx(limits["trust"][1])
    assert learned["culture"] == 0.0


@pytest.mark.parametrize("shrinkage", [50.0, 200.0, 800.0])
def test_learned_weights_without_bounds_are_those_of_the_pairwise_ranker(shrinkage):
    pairs = planted({"goals": 0.7, "trust": 0.3})
    learned, n_labels = learn_weights(pairs, PRESENT, FREE, shrinkage)
    ranker = PairwiseRanker(PRESENT, shrinkage=shrinkage).fit(
        pairs.seeker_side.astype(float), pairs.label, groups=pairs.seeker
    )
    expected = dict(zip(COMPONENT_NAMES, ranker.weights_, strict=True))
    assert n_labels == ranker.n_labels_
    for name in NAMES:
        assert learned[name] == pytest.approx(expected[name], abs=2e-3)


def test_learned_weights_with_strong_shrinkage_are_the_present_ones():
    learned, _ = learn_weights(planted({"goals": 1.0}), PRESENT, FREE, 1e9)
    assert learned == pytest.approx(PRESENT, abs=1e-3)


def test_learned_weights_without_labels_are_the_present_ones():
    pairs = planted({"trust": 1.0}, n_labelled=0)
    assert learn_weights(pairs, PRESENT, FREE) == (PRESENT, 0)


def test_learned_weight_of_a_component_that_is_unknown_stays():
    pairs = planted({"trust": 1.0})
    pairs.seeker_side[:, COMPONENT_NAMES.index("goals")] = np.nan
    learned, _ = learn_weights(pairs, PRESENT, FREE)
    assert learned["goals"] == PRESENT["goals"]
    assert learned["trust"] > PRESENT["trust"] + 0.1


def test_judgement_is_better_for_a_planted_preference_and_not_for_the_present_weights():
    limits = make_bounds(PRESENT, FREE)
    found = judge_learning(planted({"goals": 1.0}), PRESENT, limits)
    assert found.is_better
    assert found.gain.mean == pytest.approx(found.learned - found.present)
    same = judge_learning(planted(PRESENT), PRESENT, limits)
    assert not same.is_better


SURE, UNSURE, NONE = (
    ClusteredMean(0.1, 0.02, 50),
    ClusteredMean(0.1, 0.06, 50),
    ClusteredMean(np.nan, np.nan, 0),
)
LOSS, PERHAPS = ClusteredMean(-0.1, 0.02, 20), ClusteredMean(-0.1, 0.06, 20)


@pytest.mark.parametrize(
    ("gain", "newcomers", "expected"),
    [
        (SURE, PERHAPS, True),
        (SURE, NONE, True),
        (SURE, LOSS, False),
        (UNSURE, SURE, False),
        (ClusteredMean(0.1, np.nan, 1), SURE, False),
        (NONE, SURE, False),
    ],
)
def test_judgement_is_better_only_beyond_chance_and_never_at_the_cost_of_newcomers(gain, newcomers, expected):
    assert Judgement(0.3, 0.4, gain, newcomers).is_better is expected


def test_judgement_without_newcomers_says_nothing_of_them():
    found = judge_learning(planted({"goals": 1.0}), PRESENT, FREE)
    assert found.newcomers.n == 0
    assert np.isnan(found.newcomers.mean)


def test_judgement_of_one_seeker_is_none():
    assert judge_learning(planted({"goals": 1.0}, n=1), PRESENT, FREE) is None


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), min_size=1, max_size=20))
def test_split_in_two_learns_from_earlier_days_and_shares_no_cluster(rows):
    days = [day for day, _ in rows]
    pairs = planted({"goals": 1.0}, n=len(rows), m=2)
    clusters = np.array([f"{day} {name}" for day, name in rows], dtype=object)
    dates = pd.to_datetime("2020-01-01") + pd.to_timedelta(days, unit="D")
    dates = dates.to_numpy().astype("datetime64[ns]")
    pairs = TrainingPairs(**{**pairs.__dict__, "cluster": clusters, "date": dates})
    folds = split_folds(pairs, EARLY, 1)
    assert len(folds) == (len(set(clusters)) > 1)
    for early, later in folds:
        assert not (early & later).any()
        assert not set(clusters[early]) & set(clusters[later])
        assert dates[early].max() < dates[later].min() or dates[later].min() == dates.min()
