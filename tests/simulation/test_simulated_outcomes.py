import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from programmes import NEXT

from matcher.columns import STAGES, Outcome, Profile
from matcher.errors import OutcomeError, ProfileError
from matcher.profiles import read_profiles
from simulation import simulate_outcomes
from simulation.facts import are_rivals, benefit, met_needs, overlap, read_facts, same_region

RATES = {"replied": (0.50, 0.62), "met": (0.24, 0.35), "agreed": (0.09, 0.16)}


@pytest.fixture(scope="module")
def history(demo):
    return simulate_outcomes(demo)


@pytest.fixture(scope="module")
def stories(history):
    return dict(iter(history.groupby([Outcome.SEEKER, Outcome.CANDIDATE])))


def worse_off(facts, pair):
    one, other = facts[pair[0]], facts[pair[1]]
    return min(benefit(one, other), benefit(other, one))


def organisation(id_, **given):
    return {"id": id_, "name": id_.title(), "mission": "-", **given}


def test_simulation_same_seed_gives_the_same_outcomes(demo, history):
    pd.testing.assert_frame_equal(simulate_outcomes(demo, seed=0), history)
    assert not simulate_outcomes(demo, seed=1).equals(history)


def test_simulation_row_order_changes_nothing(demo, history):
    shuffled = demo.sample(frac=1.0, random_state=5)
    pd.testing.assert_frame_equal(simulate_outcomes(shuffled), history)


def test_simulation_stages_follow_legally_on_rising_dates(stories):
    for rows in stories.values():
        stages = list(rows[Outcome.STAGE])
        assert stages[0] == "invited"
        assert all(after in NEXT[before] for before, after in pairwise(stages))
        assert rows[Outcome.DATE].is_monotonic_increasing
        assert rows[Outcome.DATE].is_unique


def test_simulation_has_every_stage_within_its_days(history):
    assert set(history[Outcome.STAGE]) == set(STAGES)
    assert history[Outcome.DATE].between("2023-01-01", "2026-09-30").all()


def test_simulation_introduces_nobody_to_themself_or_twice(history):
    invited = history[history[Outcome.STAGE] == "invited"]
    unordered = {
        frozenset(pair) for pair in zip(invited[Outcome.SEEKER], invited[Outcome.CANDIDATE], strict=True)
    }
    assert len(unordered) == len(invited) == 600
    assert all(len(pair) == 2 for pair in unordered)


def test_simulation_keeps_to_exclusions_and_founding(demo, history):
    excluded = {
        (id_, other)
        for id_, ids in zip(demo[Profile.ID], demo[Profile.EXCLUDES], strict=True)
        for other in ids
    }
    founded = demo.set_index(Profile.ID)[Profile.FOUNDED].fillna(0.0)
    for seeker, candidate, date in history[[Outcome.SEEKER, Outcome.CANDIDATE, Outcome.DATE]].itertuples(
        index=False
    ):
        assert (seeker, candidate) not in excluded
        assert (candidate, seeker) not in excluded
        assert date.year >= max(founded[seeker], founded[candidate])


@pytest.mark.parametrize("seed", range(4))
def test_simulation_base_rates_lie_in_their_bands(demo, seed):
    counts = simulate_outcomes(demo, seed=seed)[Outcome.STAGE].value_counts()
    for stage, (low, high) in RATES.items():
        assert low <= counts[stage] / 600 <= high, stage


def test_simulation_rates_from_one_to_five_and_only_from_the_meeting_on(history):
    rated = ~history[Outcome.STAGE].isin(["invited", "declined", "replied"])
    for column in (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING):
        assert (history[column].notna() == rated).all()
        assert set(history[column].dropna()) == {1.0, 2.0, 3.0, 4.0, 5.0}


@pytest.mark.parametrize("seed", range(4))
def test_simulation_agreeing_pairs_serve_the_worse_off_side_better_than_declined_ones(demo, seed):
    facts = {fact.id: fact for fact in read_facts(demo)}
    log = simulate_outcomes(demo, seed=seed)
    agreed, declined = (
        np.mean([worse_off(facts, pair) for pair in log.loc[log[Outcome.STAGE] == stage, pairs].to_numpy()])
        for stage, pairs in (
            ("agreed", [Outcome.SEEKER, Outcome.CANDIDATE]),
            ("declined", [Outcome.SEEKER, Outcome.CANDIDATE]),
        )
    )
    assert agreed > declined + 0.3


def test_simulation_ratings_rise_with_the_rater_s_own_benefit(demo, history):
    facts = {fact.id: fact for fact in read_facts(demo)}
    met = history[history[Outcome.STAGE] == "met"]
    own = [
        benefit(facts[s], facts[c]) for s, c in zip(met[Outcome.SEEKER], met[Outcome.CANDIDATE], strict=True)
    ]
    assert np.corrcoef(own, met[Outcome.SEEKER_RATING])[0, 1] > 0.4


def test_simulation_capacity_is_never_exceeded(demo):
    tight = demo.assign(capacity_max=1.0)
    log = simulate_outcomes(tight, n_introductions=2000)
    agreed = log[log[Outcome.STAGE] == "agreed"]
    sides = pd.concat([agreed[Outcome.SEEKER], agreed[Outcome.CANDIDATE]])
    years = pd.concat([agreed[Outcome.DATE], agreed[Outcome.DATE]]).dt.year
    assert (
        pd.Series(1, index=pd.MultiIndex.from_arrays([sides, years])).groupby(level=[0, 1]).sum().max() == 1
    )
    free = simulate_outcomes(demo.assign(capacity_max=np.nan), n_introductions=2000)
    assert (free[Outcome.STAGE] == "agreed").sum() > len(agreed)


def test_simulation_no_introductions_gives_an_empty_log(demo):
    log = simulate_outcomes(demo, n_introductions=0)
    assert list(log.columns) == [str(column) for column in Outcome]
    assert len(log) == 0


def test_simulation_more_introductions_than_pairs_gives_every_pair(demo):
    log = simulate_outcomes(demo.head(5), n_introductions=600)
    assert (log[Outcome.STAGE] == "invited").sum() == 10


def test_simulation_negative_count_is_refused(demo):
    with pytest.raises(OutcomeError, match="n_introductions must be 0 or more; got -1"):
        simulate_outcomes(demo, n_introductions=-1)


def test_simulation_start_after_end_is_refused(demo):
    with pytest.raises(OutcomeError, match="start must not be after end; got 2026-01-01 and 2025-01-01"):
        simulate_outcomes(demo, start=dt.date(2026, 1, 1), end=dt.date(2025, 1, 1))


def test_simulation_missing_column_is_named(demo):
    with pytest.raises(ProfileError, match="without needs, offers"):
        simulate_outcomes(demo.drop(columns=["needs", "offers"]))


def test_simulation_repeated_id_is_refused(demo):
    with pytest.raises(ProfileError, match="ids must be unique; got 3 repeated"):
        simulate_outcomes(pd.concat([demo, demo.head(3)]))


def test_facts_of_a_tiny_table_match_hand_counts():
    table = read_profiles(
        [
            organisation(
                "a",
                needs="funding: x (5); people: y (3)",
                offers="data: z (4)",
                region="Makassar, South Sulawesi",
                products="solar pumps for farms",
                markets="Sulawesi villages",
                sector="solar energy",
            ),
            organisation(
                "b",
                needs="data: q (2)",
                offers="funding: w (4); funding: v (2)",
                region="Gowa, South Sulawesi",
                products="cheap solar pumps",
                markets="villages",
                sector="energy; fisheries",
            ),
        ]
    )
    a, b = read_facts(table.kept)
    assert met_needs(a, b) == pytest.approx(5 * 4 / (8 * 5))
    assert met_needs(b, a) == pytest.approx(4 / 5)
    assert overlap(a.sector, b.sector) == pytest.approx(1 / 2)
    assert same_region(a, b)
    assert are_rivals(a, b)
    assert benefit(a, b) == pytest.approx(3.0 * 0.5 + 1.2 * 0.5 + 0.5 - 1.5)
