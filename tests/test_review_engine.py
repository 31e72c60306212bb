"""Calibration of shown probabilities, drift, and challengers."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit

from matcher.errors import EvaluationError
from matcher.review import Contest, ReviewSettings, gather, review
from matcher.review.document import review_document
from matcher.review.engine import judge_calibration, merged_counts, shown_pairs

DAY = pd.Timestamp("2023-01-01")


def shown_lists(n_seekers=60, k=5, runs=6, *, seed=0, chance=None, **columns):
    """Give lists of distinct candidates; `chance` of a row is the probability shown."""
    rng = np.random.default_rng(seed)
    rows = [
        (f"run{run}", DAY + pd.DateOffset(months=run), f"s{seeker}", f"c{run}-{seeker}-{rank}", rank + 1)
        for run in range(runs)
        for seeker in range(n_seekers)
        for rank in range(k)
    ]
    table = pd.DataFrame(rows, columns=["run", "date", "seeker", "candidate", "rank"])
    probability = rng.uniform(0.05, 0.6, len(table)) if chance is None else np.full(len(table), chance)
    gains = {"seeker_gain": np.sqrt(probability), "candidate_gain": np.sqrt(probability)}
    table = table.assign(mutual=probability, score=probability, **gains)
    return table.assign(**columns)


def formed(shown, chances, seed=1):
    """Give the log of pairs that formed with the chances, a month after they were shown."""
    hit = np.random.default_rng(seed).random(len(shown)) < chances
    rows = shown.loc[hit, ["seeker", "candidate"]].assign(
        stage="agreed", date=shown.loc[hit, "date"] + pd.Timedelta(days=30)
    )
    invited = shown[["seeker", "candidate", "date"]].assign(stage="invited")
    return pd.concat([invited, rows], ignore_index=True)


def data_of(shown, log, as_of="2025-01-01", profiles=None):
    ids = sorted({*shown["seeker"], *shown["candidate"]})
    profiles = pd.DataFrame({"id": ids}) if profiles is None else profiles
    return gather(log, profiles, shown=shown, as_of=dt.date.fromisoformat(as_of))


def settings(**changes):
    return ReviewSettings(**{"draws": 100, "calibrated": True, **changes})


# --- calibration ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "verdict"),
    [
        (lambda odds: odds, "fine"),
        (lambda odds: odds - 0.8, "too_high"),
        (lambda odds: odds + 0.8, "too_low"),
        (lambda odds: logit(0.3) + 0.3 * (odds - logit(0.3)), "too_bold"),
        (lambda odds: logit(0.3) + 2.5 * (odds - logit(0.3)), "too_timid"),
    ],
)
def test_calibration_verdict_follows_what_is_true(wrong, verdict):
    shown = shown_lists()
    true = expit(wrong(logit(shown["mutual"].to_numpy())))
    if verdict in ("too_bold", "too_timid"):  # keep the level right, so that only the slope is wrong
        true = true * shown["mutual"].mean() / true.mean()
    found = review(data_of(shown, formed(shown, true)), settings())
    assert found.calibration.verdict == verdict
    assert [alarm.kind for alarm in found.alarms] == ([] if verdict == "fine" else ["calibration"])
    assert found.calibration.n_pairs == 1800
    assert found.calibration.curve["n"].sum() == 1800


def test_calibration_is_not_judged_unless_scores_are_probabilities():
    shown = shown_lists(10)
    data = data_of(shown, formed(shown, shown["mutual"]))
    assert review(data, settings(calibrated=False)).calibration is None
    assert "calibrated" in str(review_document(review(data, settings(calibrated=False)), "en").blocks)


def test_calibration_too_few_formed_give_no_verdict_and_say_how_many_more():
    shown = shown_lists(10, k=2, runs=2)
    log = formed(shown, np.where(np.arange(40) < 7, 1.0, 0.0))
    found = review(data_of(shown, log), settings()).calibration
    assert (found.verdict, found.enough.unit, found.enough.missing) == ("too_little", "formed", 13)
    assert math.isnan(found.level_p)


def test_shown_pairs_that_are_young_or_had_formed_before_are_left_out():
    shown = pd.DataFrame(
        {
            "date": pd.to_datetime(["2023-01-01", "2023-01-01", "2023-03-01", "2024-06-01", "2023-02-01"]),
            "seeker": ["a", "a", "a", "a", "b"],
            "candidate": ["x", "y", "x", "z", "a"],
            "rank": 1,
            "mutual": 0.5,
        }
    )
    log = pd.DataFrame(
        {
            "seeker": ["x", "a", "a"],
            "candidate": ["a", "y", "b"],
            "stage": "agreed",
            "date": pd.to_datetime(["2023-06-01", "2024-05-01", "2022-01-01"]),
        }
    )
    pairs, n_young = shown_pairs(shown, data_of(shown, log, "2024-12-01"), settings())
    # x formed, in the other direction; y formed too late; z is young; b with a had formed before
    assert pairs[["candidate", "agreed"]].values.tolist() == [["x", True], ["y", False]]
    assert n_young == 1


def test_calibration_seekers_with_shared_outcomes_count_once():
    """All pairs of a seeker form or none: pairs taken as independent would call this miscalibrated."""
    verdicts = []
    for seed in range(40):
        shown = shown_lists(60, chance=0.3)
        forms = np.random.default_rng(seed).random(60) < 0.3
        log = formed(shown, forms[shown["seeker"].str[1:].astype(int)].astype(float))
        verdicts.append(judge_calibration(data_of(shown, log), settings()).verdict)
    assert verdicts.count("fine") >= 34


# --- drift --------------------------------------------------------------------------------------------


def test_merged_counts_rare_categories_are_merged_until_enough_are_expected():
    old, new = ["a"] * 50 + ["b"] * 45 + ["c"] * 2 + ["d"] * 3, ["a"] * 50 + ["b"] * 45 + ["e"] * 5
    assert merged_counts(pd.Series(old), pd.Series(new)).tolist() == [[5, 45, 50], [5, 45, 50]]
    rare = merged_counts(pd.Series(["a"] * 60 + ["b"] * 40), pd.Series(["a"] * 60 + ["b"] * 39 + ["c"]))
    assert rare.tolist() == [[40, 60], [40, 60]]  # c alone is rare, and goes to the smallest of the others
    assert merged_counts(pd.Series(["a"] * 40), pd.Series(["a"] * 40)).shape == (2, 1)


def test_drift_of_scores_and_of_seekers_is_reported_and_quiet_columns_are_not():
    shown = shown_lists(60, seed=3)
    late = shown["run"].isin(["run4", "run5"])
    shown.loc[late, "score"] += 0.5
    shown["seeker"] = np.where(late, "n" + shown["seeker"], shown["seeker"])
    ids = sorted(set(shown["seeker"]))
    profiles = pd.DataFrame(
        {
            "id": ids,
            "kind": ["public" if one.startswith("n") else "social" for one in ids],
            "country": [("Indonesia", "Japan")[n % 2] for n in range(len(ids))],
            "staff": np.arange(len(ids)) % 30 + 1.0,
        }
    )
    found = review(data_of(shown, formed(shown, shown["mutual"]), profiles=profiles), settings())
    alarms = {(alarm.kind, alarm.about.name) for alarm in found.alarms}
    assert alarms == {("drift_scores", "score"), ("drift_inputs", "kind")}
    assert found.advice == "retrain"
    assert review(data_of(shown, formed(shown, 0.1), profiles=profiles), settings()).advice == "reweight"
    assert found.drift.reference == (pd.Timestamp("2023-01-01"), pd.Timestamp("2023-02-01"))
    fixed = settings(reference_until=dt.date(2023, 3, 31))
    assert review(data_of(shown, formed(shown, 0.1), profiles=profiles), fixed).drift.now[0] == pd.Timestamp(
        "2023-04-01"
    )


def test_drift_too_few_seekers_or_runs_give_no_verdict():
    few = shown_lists(10)
    found = review(data_of(few, formed(few, 0.3)), settings()).drift
    assert (found.shifts, found.enough.unit, found.enough.missing) == ((), "seekers", 30)
    one_run = shown_lists(60, runs=1)
    assert review(data_of(one_run, formed(one_run, 0.3)), settings()).drift.enough.unit == "runs"


def test_drift_more_empty_cells_are_a_shift_of_their_own():
    shown = shown_lists(60)
    late = shown["run"].isin(["run4", "run5"])
    shown.loc[late & (shown["seeker"].str[1:].astype(int) < 30), "score"] = np.nan
    found = review(data_of(shown, formed(shown, 0.3)), settings())
    assert "score filled" in {one.name for one in found.drift.shifts if one.is_alarm}


# --- challengers --------------------------------------------------------------------------------------


def ranked(n, places):
    """Give lists of 10; the true partner of seeker i stands at places[i]."""
    rows = [
        (f"s{i}", f"p{i}" if rank == places[i] else f"x{rank}", rank)
        for i in range(n)
        for rank in range(1, 11)
    ]
    return pd.DataFrame(rows, columns=["seeker", "candidate", "rank"])


def contest(n, champion, challenger, later="2024-06-01"):
    log = pd.DataFrame(
        {
            "seeker": [f"s{i}" for i in range(n)],
            "candidate": [f"p{i}" for i in range(n)],
            "stage": "agreed",
            "date": pd.Timestamp(later),
        }
    )
    data = gather(log, pd.DataFrame({"id": ["s0"]}), as_of=dt.date(2025, 1, 1))
    fixed = dt.date(2024, 1, 1)
    return review(data, settings(), contest=Contest(ranked(n, champion), ranked(n, challenger), fixed))


def test_challenge_surely_better_lists_are_taken():
    found = contest(40, [5] * 40, [1] * 20 + [4] * 20)
    assert (found.challenge.advice, found.advice) == ("retrain", "retrain")
    assert found.challenge.difference["nDCG@10"].low > 0
    assert found.challenge.champion["nDCG@10"].mean == pytest.approx(1 / math.log2(6))


def test_challenge_as_good_or_worse_lists_are_not_taken():
    assert contest(40, [2, 4] * 20, [4, 2] * 20).advice == "keep"
    assert contest(40, [2] * 40, [2] * 40).advice == "keep"
    assert contest(40, [1] * 40, [2] * 40).advice == "keep"


def test_challenge_lists_without_ranks_are_refused():
    good, bad = ranked(2, [1, 1]), ranked(2, [1, 1]).drop(columns="rank")
    log = pd.DataFrame({"seeker": ["s0"], "candidate": ["p0"], "stage": "agreed", "date": DAY})
    data = gather(log, pd.DataFrame({"id": ["s0"]}))
    with pytest.raises(EvaluationError, match=r"--champion, --challenger must have the columns .* rank; got"):
        review(data, settings(), contest=Contest(good, bad, dt.date(2022, 1, 1)))


def test_challenge_too_few_seekers_or_only_earlier_pairs_keep():
    few = contest(12, [5] * 12, [1] * 12).challenge
    assert (few.advice, few.enough.missing, few.difference) == ("keep", 18, {})
    assert contest(40, [5] * 40, [1] * 40, later="2023-12-31").challenge.enough.have == 0
