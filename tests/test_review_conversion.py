"""From stage to stage: shares, intervals, and pairs that are too young."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.review import ReviewSettings, gather
from matcher.review.engine import clustered_rate, measure_conversion, usual_days

NAMES = ["seeker", "candidate", "stage", "date"]


def log_of(*rows):
    table = pd.DataFrame(rows, columns=NAMES)
    return table.assign(date=pd.to_datetime(table["date"]))


def reach_dates(log):
    return gather(log, pd.DataFrame({"id": []})).reached


def steps(log, as_of, shown=None, profiles=None, **settings):
    ids = sorted({*log["seeker"], *log["candidate"]})
    profiles = pd.DataFrame({"id": ids}) if profiles is None else profiles
    data = gather(log, profiles, shown=shown, as_of=dt.date.fromisoformat(as_of))
    found = measure_conversion(data, ReviewSettings(**settings))
    return {(one.by, one.value, one.start, one.end): one for one in found}


def test_clustered_rate_pairs_of_one_seeker_tell_less():
    hits = [True] * 10 + [False] * 10
    alone = clustered_rate(hits, np.arange(20))
    together = clustered_rate(hits, [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5)
    assert (alone.share, together.share, together.hits) == (0.5, 0.5, 10)
    assert together.high - together.low > 1.5 * (alone.high - alone.low)
    # 20 pairs are worth 19: (10 of 19 + 3.8415 / 38) / (1 + 3.8415 / 19) -+ ...
    assert (alone.low, alone.high) == pytest.approx((0.3171, 0.7267), abs=1e-4)


def test_clustered_rate_covers_the_truth_where_seekers_differ():
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(300):
        chances = np.repeat(rng.beta(1.0, 3.0, 40), 6)
        rate = clustered_rate(rng.random(240) < chances, np.repeat(np.arange(40), 6))
        covered += rate.low <= 0.25 <= rate.high
    assert covered >= 276  # 92 % of 300; independent pairs' intervals cover about 80 %


def test_reach_dates_left_out_stages_count_with_the_next_one():
    log = log_of(
        ("a", "b", "invited", "2023-01-01"),
        ("a", "b", "met", "2023-02-01"),
        ("a", "c", "agreed", "2023-03-01"),
        ("a", "d", "declined", "2023-03-02"),
        ("a", "e", "ended", "2023-03-03"),
    )
    reached = reach_dates(log)
    assert reached.loc[("a", "b"), "replied"] == pd.Timestamp("2023-02-01")
    assert pd.isna(reached.loc[("a", "b"), "agreed"])
    assert (reached.loc[("a", "c"), ["invited", "replied", "met"]] == pd.Timestamp("2023-03-01")).all()
    assert reached.loc[("a", "d"), "invited"] == pd.Timestamp("2023-03-02")
    assert pd.isna(reached.loc[("a", "d"), "replied"])
    assert reached.loc[("a", "e"), "active"] == pd.Timestamp("2023-03-03")
    assert pd.isna(reached.loc[("a", "e"), "renewed"])


def test_usual_days_come_from_the_log_where_it_has_enough():
    few = reach_dates(log_of(("a", "b", "invited", "2023-01-01"), ("a", "b", "replied", "2023-01-05")))
    assert usual_days(few, "invited", "replied") == 60
    assert usual_days(few, "invited", "agreed") == 60 + 120 + 180
    rows = [(f"s{day}", "c", "invited", "2023-01-01") for day in range(1, 101)]
    rows += [
        (f"s{day}", "c", "replied", pd.Timestamp("2023-01-01") + pd.Timedelta(days=day))
        for day in range(1, 101)
    ]
    assert usual_days(reach_dates(log_of(*rows)), "invited", "replied") == 91  # 0.9 quantile 90.1, up


def test_conversion_young_pairs_are_neither_successes_nor_failures():
    log = log_of(
        ("a", "x1", "invited", "2024-01-01"),
        ("a", "x1", "replied", "2024-01-10"),
        ("b", "x2", "invited", "2024-01-01"),  # old and silent: a failure
        ("c", "x3", "invited", "2024-01-01"),
        ("c", "x3", "replied", "2024-03-20"),  # later than the 60 days: not in time
        ("d", "x4", "invited", "2024-06-01"),
        ("d", "x4", "replied", "2024-06-02"),  # young: left out though it replied
        ("e", "x5", "invited", "2024-06-01"),
    )
    one = steps(log, "2024-06-10")["all", "all", "invited", "replied"]
    assert (one.days, one.rate.n, one.rate.hits, one.n_young) == (60, 3, 1, 2)
    assert one.enough.missing == 17
    later = steps(log, "2024-07-31")["all", "all", "invited", "replied"]
    assert (later.rate.n, later.rate.hits, later.n_young) == (5, 2, 0)


@given(st.integers(0, 400))
def test_conversion_censoring_does_not_bend_the_share(age):
    """Counted pairs are all those invited long enough ago, whatever the day of the review."""
    days = pd.to_datetime("2023-01-01") + pd.to_timedelta(np.arange(0, 300, 10), unit="D")
    rows = [(f"s{n}", "c", "invited", day) for n, day in enumerate(days)]
    rows += [(f"s{n}", "c", "replied", day + pd.Timedelta(days=40)) for n, day in enumerate(days) if n % 2]
    day = days[0] + pd.Timedelta(days=age)
    known = [row for row in rows if row[3] <= day]
    data = gather(log_of(*known), pd.DataFrame({"id": ["c"]}), as_of=day.date())
    one = measure_conversion(data, ReviewSettings())[0]
    old = [n for n, invited in enumerate(days) if invited + pd.Timedelta(days=one.days) <= day]
    assert (one.rate.n, one.rate.hits) == (len(old), sum(n % 2 for n in old))


def test_conversion_by_kind_newcomer_and_score():
    log = log_of(
        ("a", "b", "invited", "2023-01-01"),
        ("a", "b", "agreed", "2023-02-01"),
        ("a", "c", "invited", "2023-03-01"),
        ("d", "c", "invited", "2023-03-01"),
    )
    profiles = pd.DataFrame({"id": list("abcd"), "kind": ["social", "business", "", None]})
    shown = pd.DataFrame(
        {
            "date": pd.to_datetime(["2023-01-01", "2023-03-01", "2023-03-01"]),
            "seeker": ["a", "a", "d"],
            "candidate": ["b", "c", "c"],
            "rank": 1,
            "score": [0.9, 0.5, 0.1],
        }
    )
    found = steps(log, "2024-06-01", shown, profiles)
    end = ("invited", "agreed")
    assert (found["kind", "social", *end].rate.n, found["kind", "unknown", *end].rate.n) == (2, 1)
    assert found["newcomer", "established", *end].rate.n == 1  # a had agreed with b before it was led to c
    assert found["newcomer", "newcomer", *end].rate.hits == 1
    assert found["score", "9", *end].rate.hits == 1
    assert found["score", "2", *end].rate.hits == 0
