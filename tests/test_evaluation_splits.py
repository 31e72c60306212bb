import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import ConfigError, EvaluationError
from matcher.evaluation import split_by_date, split_by_organisation

LOG = pd.DataFrame(
    {
        "seeker": ["a", "b", "c", "d", "e"],
        "candidate": ["b", "c", "d", "e", "a"],
        "stage": "active",
        "date": pd.to_datetime(["2024-03-01", "2023-01-05", "2024-03-01", "2025-07-07", "2022-12-31"]),
    },
    index=[10, 11, 12, 13, 14],
)
days = st.lists(st.integers(0, 6), min_size=2, max_size=30).filter(lambda some: len(set(some)) > 1)
organisations = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


def dated(numbers):
    date = pd.Timestamp("2024-01-01") + pd.to_timedelta(numbers, unit="D")
    return pd.DataFrame({"seeker": "a", "candidate": "b", "stage": "met", "date": date})


def pairs(numbers):
    named = [(f"o{a}", f"o{b}") for a, b in numbers]
    return pd.DataFrame(named, columns=["seeker", "candidate"], dtype=object)


@pytest.mark.parametrize("date", ["2024-03-01", dt.date(2024, 3, 1), pd.Timestamp("2024-03-01 15:00")])
def test_split_at_a_date_puts_that_day_into_the_test_rows(date):
    found = split_by_date(LOG, date=date)
    assert found.train.index.tolist() == [11, 14]
    assert found.test.index.tolist() == [10, 12, 13]
    assert len(found.left_out) == 0
    pd.testing.assert_frame_equal(found.train, LOG.loc[[11, 14]])


def test_split_reads_texts_and_dates_as_dates():
    for column in (LOG["date"].dt.strftime("%Y-%m-%d"), LOG["date"].dt.date):
        assert split_by_date(LOG.assign(date=column), date="2024-03-01").train.index.tolist() == [11, 14]


def test_split_at_a_share_keeps_a_day_together():
    # In order: 2022, 2023, two of 2024-03-01, 2025; 3 of 5 would part the two.
    assert split_by_date(LOG, share=0.6).train.index.tolist() == [11, 14]
    assert split_by_date(LOG, share=0.8).train.index.tolist() == [10, 11, 12, 14]


@given(days, st.floats(0.05, 0.95))
def test_split_in_time_never_parts_a_day_or_learns_from_later(numbers, share):
    log = dated(numbers)
    try:
        found = split_by_date(log, share=share)
    except EvaluationError:
        assert numbers.count(min(numbers)) > int(share * len(numbers))
        return
    assert found.train["date"].max() < found.test["date"].min()
    assert len(found.train) <= share * len(log)
    assert sorted([*found.train.index, *found.test.index]) == log.index.tolist()
    next_day = found.test["date"].min()
    assert len(found.train) + (log["date"] == next_day).sum() > share * len(log) - 1e-9


def test_split_in_time_bad_input_is_refused():
    with pytest.raises(EvaluationError, match=r"the log must have the columns date; got seeker, candidate"):
        split_by_date(LOG[["seeker", "candidate"]], share=0.5)
    with pytest.raises(EvaluationError, match="a date in every row; got 1 rows without"):
        split_by_date(LOG.assign(date=LOG["date"].where(LOG.index != 12)), share=0.5)
    with pytest.raises(EvaluationError, match="from 2020-01-01 on; got 0 before and 5 after"):
        split_by_date(LOG, date="2020-01-01")
    with pytest.raises(EvaluationError, match="at least one row to be split; got none"):
        split_by_date(LOG.iloc[:0], share=0.5)
    with pytest.raises(ConfigError, match="share must be above 0 and below 1; got 1"):
        split_by_date(LOG, share=1)
    for wrong in ("the day after", pd.NaT):
        with pytest.raises(ConfigError, match="date must be a date as 2024-12-31; got"):
            split_by_date(LOG, date=wrong)
    for both in ({}, {"date": "2024-01-01", "share": 0.5}):
        with pytest.raises(ConfigError, match="exactly one of date and share"):
            split_by_date(LOG, **both)


def test_split_times_with_a_zone_count_in_utc():
    zoned = LOG.assign(date=LOG["date"].dt.tz_localize("UTC"))
    date = pd.Timestamp("2024-03-01 05:00", tz="Asia/Jakarta")
    assert split_by_date(zoned, date=date).train.index.tolist() == [11, 14]


@given(organisations, st.floats(0.1, 0.9), st.integers(0, 5), st.booleans())
def test_split_by_organisation_leaves_no_test_organisation_in_training(numbers, share, seed, both):
    log = pairs(numbers)
    found = split_by_organisation(log, share=share, seed=seed, both=both)
    parts = (found.train, found.test, found.left_out)
    assert sorted(row for part in parts for row in part.index) == log.index.tolist()
    known = {*found.train["seeker"], *found.train["candidate"]}
    is_known = found.test[["seeker", "candidate"]].isin(known)
    if both:
        assert not is_known.any(axis=None)
    else:
        assert not is_known.all(axis=1).any()
        assert len(found.left_out) == 0


@given(organisations, st.integers(0, 5), st.randoms(use_true_random=False))
def test_split_by_organisation_depends_on_the_ids_alone(numbers, seed, random):
    log = pairs(numbers)
    whole = split_by_organisation(log, share=0.4, seed=seed)
    some = log.iloc[random.sample(range(len(log)), len(log) // 2)]
    part = split_by_organisation(some, share=0.4, seed=seed)
    assert set(part.test.index) == set(whole.test.index) & set(some.index)


def test_split_by_organisation_holds_out_about_the_share_and_moves_with_the_seed():
    log = pd.DataFrame(
        {"seeker": [f"o{i}" for i in range(2000)], "candidate": [f"p{i}" for i in range(2000)]}
    )
    first, second = (split_by_organisation(log, share=0.2, seed=seed) for seed in (0, 1))
    assert len(first.test) / 2000 == pytest.approx(1 - 0.8**2, abs=0.04)
    assert set(first.test.index) != set(second.test.index)
    assert len(split_by_organisation(log, share=0.2, both=True).test) / 2000 == pytest.approx(0.04, abs=0.02)


def test_split_by_organisation_bad_input_is_refused():
    with pytest.raises(EvaluationError, match="missing: candidate"):
        split_by_organisation(LOG[["seeker"]])
    with pytest.raises(EvaluationError, match="got 1 rows without"):
        split_by_organisation(LOG.assign(seeker=LOG["seeker"].where(LOG.index != 12)))
    with pytest.raises(ConfigError, match="share must be above 0 and below 1; got 0"):
        split_by_organisation(LOG, share=0)
    with pytest.raises(ConfigError, match="share must be above 0 and below 1; got nan"):
        split_by_organisation(LOG, share=np.nan)
