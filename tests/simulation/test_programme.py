import datetime as dt
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from programmes import (
    LIST,
    NEXT,
    PAIR,
    PROBABILITIES,
    assert_same,
    chance_of_such_spread,
    pairs_of,
)

from matcher.columns import ANSWERS, STAGES, Outcome, Profile
from matcher.errors import ConfigError, ProfileError
from matcher.outcomes import read_outcomes
from simulation import InputDrift, Miscalibration, OneSided, simulate_programme
from simulation.benefits import benefit_matrix
from simulation.facts import benefit, read_facts
from simulation.newcomers import make_newcomers
from simulation.reasons import REASONS
from simulation.recommender import PROPENSITY, FactsRecommender
from simulation.rounds import Calendar, add_months, room_of

SEEDS = 24


@pytest.fixture(scope="module")
def quiet_runs(demo):
    return [simulate_programme(demo, seed=seed) for seed in range(SEEDS)]


def test_programme_same_seed_gives_the_same_tables(demo, quiet):
    assert_same(simulate_programme(demo), quiet)
    assert not simulate_programme(demo, seed=1).shown.equals(quiet.shown)


@pytest.mark.parametrize("planted", [False, True])
def test_programme_row_order_changes_nothing(demo, planted):
    fault = {"input_drift": InputDrift(2), "one_sided": OneSided(1), "miscalibration": Miscalibration(3)}
    given = fault if planted else {}
    shuffled = demo.sample(frac=1.0, random_state=5)
    one = simulate_programme(demo, rounds=5, **given)
    other = simulate_programme(shuffled, rounds=5, **given)
    assert_same(one, other)
    assert one.truth.fades == other.truth.fades
    pd.testing.assert_frame_equal(one.profiles_in(4), other.profiles_in(4))


@pytest.mark.slow
def test_programme_quiet_rounds_are_alike(quiet_runs):
    assert (chance_of_such_spread(quiet_runs) > 0.001).all()


@pytest.mark.slow
def test_programme_probabilities_come_true(quiet_runs):
    z = []
    for run in quiet_runs:
        agreed = run.outcomes[run.outcomes["stage"] == "agreed"]
        formed = pd.MultiIndex.from_frame(run.shown[PAIR]).isin(pairs_of(agreed))
        mutual = run.shown["mutual"].to_numpy()
        z.append((formed - mutual).sum() / np.sqrt((mutual * (1 - mutual)).sum()))
    assert abs(np.sum(z)) / np.sqrt(SEEDS) < 3.0
    assert 0.5 < np.var(z) < 1.8


@pytest.mark.slow
def test_programme_exploring_is_as_rare_as_said(quiet_runs):
    shown = pd.concat([run.shown for run in quiet_runs])
    explored = shown[PROPENSITY] < 0.5
    may = shown[PROPENSITY] < 1.0
    expected = 0.1 * may.sum()
    assert abs(explored.sum() - expected) < 4 * np.sqrt(0.09 * may.sum())
    assert shown.loc[may & ~explored, PROPENSITY].to_numpy() == pytest.approx(0.9)


def test_programme_without_exploring_shows_the_highest_scores_for_certain(demo):
    shown = simulate_programme(demo, rounds=2, explore=0.0).shown
    assert (shown[PROPENSITY] == 1.0).all()
    assert shown.groupby(["round", "seeker"])["score"].apply(lambda s: s.is_monotonic_decreasing).all()


def test_programme_shown_is_a_list_for_each_seeker(quiet):
    shown = quiet.shown
    assert list(shown.columns) == [*LIST[:6], "score", *PROBABILITIES, PROPENSITY]
    lists = shown.groupby(["round", "seeker"])["rank"]
    assert (lists.apply(list).map(lambda ranks: ranks == list(range(1, len(ranks) + 1)))).all()
    assert lists.max().max() == 5
    assert (shown.groupby("round")["seeker"].nunique() >= 22).all()
    assert shown["run"].nunique() == shown["round"].nunique() == len(quiet.dates) == 12
    assert list(shown.groupby("round")["date"].first().dt.date) == list(quiet.dates)


def test_programme_probabilities_and_propensities_are_in_range(quiet, wrong, drifted):
    for programme in (quiet, wrong, drifted):
        shown = programme.shown
        assert shown[PROPENSITY].between(0.0, 1.0, inclusive="right").all()
        assert ((shown[[*PROBABILITIES, "score"]] > 0) & (shown[[*PROBABILITIES, "score"]] < 1)).all(
            axis=None
        )
        product = shown["seeker_gain"] * shown["candidate_gain"]
        np.testing.assert_allclose(shown["mutual"], product, rtol=1e-9)


def test_programme_shows_nobody_twice_to_themself_excluded_or_red(demo, quiet):
    pairs = pairs_of(quiet.shown)
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)
    assert all(seeker != candidate for seeker, candidate in pairs)
    red = set(demo.loc[demo[Profile.FLAG] == "red", Profile.ID])
    assert red
    assert not red & set(np.array(pairs).ravel())
    apart = {
        frozenset((one, other))
        for one, ids in zip(demo["id"], demo["excludes"], strict=True)
        for other in ids
    }
    assert not apart & {frozenset(pair) for pair in pairs}


def test_programme_outcomes_are_read_without_rejects(drifted, faded):
    for programme in (drifted, faded):
        table = read_outcomes(programme.outcomes, today=programme.end)
        assert table.n_rejected == 0
        assert len(table.kept) == len(programme.outcomes)
        columns = [str(column) for column in Outcome]
        pd.testing.assert_frame_equal(
            table.kept[columns], programme.outcomes[columns], check_dtype=False, check_names=False
        )


def test_programme_only_pairs_shown_are_invited_on_rising_dates(quiet):
    days = dict(zip(pairs_of(quiet.shown), quiet.shown["date"], strict=True))
    assert set(quiet.outcomes["stage"]) == set(STAGES)
    for pair, rows in quiet.outcomes.groupby(PAIR):
        stages = list(rows["stage"])
        assert stages[0] == "invited"
        assert all(after in NEXT[earlier] for earlier, after in pairwise(stages))
        assert rows["date"].is_monotonic_increasing
        assert rows["date"].is_unique
        assert days[pair] <= rows["date"].iloc[0] <= days[pair] + pd.Timedelta(days=13)
    assert quiet.outcomes["date"].max() <= pd.Timestamp(quiet.end)


def test_programme_ratings_are_one_to_five_from_the_meeting_on(quiet, faded):
    for log in (quiet.outcomes, faded.outcomes):
        rated = ~log["stage"].isin(["invited", "declined", "replied"])
        for column in ("seeker_rating", "candidate_rating"):
            assert (log[column].notna() == rated).all()
            assert set(log[column].dropna()) == {1.0, 2.0, 3.0, 4.0, 5.0}


def test_programme_reasons_stand_where_a_pair_parts(quiet):
    parted = quiet.outcomes["stage"].isin(["declined", "ended"])
    assert ((quiet.outcomes["reason"] != "") == parted).all()
    declined = set(quiet.outcomes.loc[quiet.outcomes["stage"] == "declined", "reason"])
    assert declined == set(REASONS) - {"completed", "capacity"}
    assert "completed" in set(quiet.outcomes.loc[quiet.outcomes["stage"] == "ended", "reason"])


def test_programme_reviews_are_of_running_partnerships(quiet, faded):
    for programme in (quiet, faded):
        log, reviews = programme.outcomes, programme.reviews
        assert set(reviews["side"]) == set(PAIR)
        assert reviews[list(ANSWERS)].isin([1, 2, 3, 4, 5]).all(axis=None)
        assert not reviews.duplicated([*PAIR, "side", "date"]).any()
        first = log[log["stage"] == "active"].set_index(PAIR)["date"]
        last = log[log["stage"] == "ended"].set_index(PAIR)["date"]
        keys = pd.MultiIndex.from_frame(reviews[PAIR])
        began, ended = (
            first.reindex(keys).to_numpy(),
            last.reindex(keys).fillna(pd.Timestamp(programme.end)).to_numpy(),
        )
        assert (reviews["date"].to_numpy() > began).all()
        assert (reviews["date"].to_numpy() <= ended).all()


def test_programme_reviews_follow_the_latent_gain_of_the_side_that_answers(quiet):
    probabilities = quiet.truth.pairs.set_index(PAIR)
    for side, other in (("seeker", "candidate"), ("candidate", "seeker")):
        rows = quiet.reviews[quiet.reviews["side"] == side]
        gains = probabilities.loc[pd.MultiIndex.from_frame(rows[PAIR])]
        own = np.corrcoef(rows["benefit"], gains[f"{side}_gain"])[0, 1]
        others = np.corrcoef(rows["benefit"], gains[f"{other}_gain"])[0, 1]
        assert own > 0.6
        assert own > others + 0.3


def test_programme_wanted_changes_name_the_lowest_answer(quiet):
    answers = quiet.reviews[list(ANSWERS)]
    wanted = quiet.reviews["changes_wanted"]
    assert ((wanted != "") == (answers.min(axis=1) <= 2)).all()
    assert (wanted[wanted != ""] == answers[wanted != ""].idxmin(axis=1)).all()


@pytest.mark.parametrize("limit", [1, 3])
def test_programme_capacity_is_never_exceeded(demo, limit):
    tight = demo.assign(capacity_max=float(limit))
    programme = simulate_programme(tight, rounds=24, seekers_per_round=60)
    agreed = programme.outcomes[programme.outcomes["stage"] == "agreed"]
    sides = pd.concat([agreed["seeker"], agreed["candidate"]])
    years = pd.concat([agreed["date"], agreed["date"]]).dt.year
    assert len(agreed) >= 5
    assert pd.DataFrame({"side": sides, "year": years}).value_counts().max() <= limit
    shown = pd.concat([programme.shown["seeker"], programme.shown["candidate"]])
    year = pd.concat([programme.shown["round"]] * 2) // 12
    assert pd.DataFrame({"side": shown, "year": year}).value_counts().max() == limit


def test_programme_room_of_a_year_is_the_capacity(demo):
    calendar = Calendar(dt.date(2024, 1, 1), 24, 1)
    limited = [one for one in read_facts(demo) if not np.isnan(one.capacity)]
    assert limited
    for one in limited:
        room = np.array(room_of(one, calendar, 0)).reshape(2, 12)
        assert (room.sum(axis=1) == one.capacity).all()
        assert room.max() - room.min() <= 1


def test_programme_recommender_given_is_asked_each_round(demo):
    calls = []

    def recommend(call):
        calls.append(call)
        rows = [
            (seeker, candidate) for seeker in call.seekers for candidate in sorted(demo["id"], reverse=True)
        ]
        table = pd.DataFrame(rows, columns=PAIR)
        return table.assign(score=0.5, mutual=0.04, seeker_gain=0.2, candidate_gain=0.2)

    shown = simulate_programme(demo, rounds=2, k=3, recommend=recommend).shown
    assert [call.number for call in calls] == [0, 1]
    assert [len(call.profiles) for call in calls] == [176, 176]
    assert (shown[PROPENSITY] == 1.0).all()
    for call in calls:
        for seeker in call.seekers:
            rows = shown[(shown["round"] == call.number) & (shown["seeker"] == seeker)]
            assert list(rows["candidate"]) == sorted(call.open[seeker], reverse=True)[: call.sizes[seeker]]
            assert call.sizes[seeker] <= 3


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({PROPENSITY: 0.0}, "propensity of what recommend returns must be above 0 and at most 1; got 0"),
        ({"mutual": 1.5}, "mutual of what recommend returns must be from 0 to 1; got 1.5"),
        ({"seeker_gain": np.nan}, "seeker_gain of what recommend returns must be from 0 to 1; got nan"),
    ],
)
def test_programme_recommender_out_of_range_is_refused(demo, given, message):
    def recommend(call):
        rows = [(seeker, call.open[seeker][0]) for seeker in call.seekers]
        right = {"score": 0.5, "mutual": 0.04, "seeker_gain": 0.2, "candidate_gain": 0.2}
        return pd.DataFrame(rows, columns=PAIR).assign(**(right | given))

    with pytest.raises(ConfigError, match=message):
        simulate_programme(demo, rounds=1, recommend=recommend)


def test_programme_recommender_without_columns_is_refused(demo):
    with pytest.raises(ConfigError, match="got none of the name mutual, seeker_gain, candidate_gain"):
        simulate_programme(demo, recommend=lambda _: pd.DataFrame(columns=[*PAIR, "score"]))


def test_programme_repeated_id_is_refused(demo):
    with pytest.raises(ProfileError, match="ids must be unique; got 3 repeated"):
        simulate_programme(pd.concat([demo, demo.head(3)]))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_programme_of_few_organisations_is_short(demo, n):
    programme = simulate_programme(demo.head(n), rounds=3)
    assert len(programme.shown) <= n * (n - 1) / 2
    assert len(programme.shown) > 0 or n < 5
    assert list(programme.outcomes.columns) == [*(str(column) for column in Outcome), "reason"]
    assert programme.shown[PROPENSITY].between(0.0, 1.0, inclusive="right").all()


def test_benefit_matrix_is_the_benefit_of_each_pair(demo):
    facts = read_facts(pd.concat([demo, make_newcomers(demo, InputDrift(organisations=9), 0)]))
    found = benefit_matrix(facts)
    wanted = np.array([[benefit(one, other) for other in facts] for one in facts])
    np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_facts_recommender_chances_are_the_share_of_yes(demo):
    facts = read_facts(demo)
    pairs = [(facts[0].id, facts[1].id), (facts[1].id, facts[0].id)]
    probabilities = FactsRecommender(facts, 0, 0.0, 0.0).probabilities(pairs)
    assert probabilities.shape == (2, 3)
    np.testing.assert_allclose(probabilities[:, 0], probabilities[:, 1] * probabilities[:, 2])
    assert (probabilities[:, 1] < 0.5).all()  # half of those shown are not invited
    assert FactsRecommender(facts, 0, 0.0, 0.0).probabilities([]).shape == (0, 3)


@pytest.mark.parametrize(
    ("day", "months", "wanted"),
    [
        (dt.date(2024, 1, 31), 1, dt.date(2024, 2, 29)),
        (dt.date(2024, 11, 15), 3, dt.date(2025, 2, 15)),
        (dt.date(2024, 12, 31), 12, dt.date(2025, 12, 31)),
    ],
)
def test_add_months_keeps_to_the_month(day, months, wanted):
    assert add_months(day, months) == wanted


def test_programme_rounds_may_lie_months_apart(demo):
    programme = simulate_programme(demo, rounds=3, months_per_round=5, start=dt.date(2024, 1, 31))
    assert programme.dates == (dt.date(2024, 1, 31), dt.date(2024, 6, 30), dt.date(2024, 11, 30))
    assert programme.end == dt.date(2025, 11, 30)
