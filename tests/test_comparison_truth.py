"""Truth of a comparison: what is to be found, by whom, and what is not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.config import Config
from matcher.errors import EvaluationError
from matcher.outcomes import JointWork
from matcher.outcomes.truth import gather_truth, snapshot_date
from matcher.profiles import check_profile

DATE = pd.Timestamp("2020-01-01")
BEFORE, AFTER = "2019-05-01", "2020-05-01"


def work(members, date, text="", lead=None, **terms):
    day = None if date is None else pd.Timestamp(date)
    return JointWork(tuple(sorted(members)), day, members[0] if lead is None else lead, text, terms)


@pytest.fixture
def pool(pool_of):
    record = {"mission": "coffee for farmers", "country": "Kenya", "updated": "2020-01-01"}
    return pool_of(*({"id": id_, **record} for id_ in "abcdef"))


def pairs_of(truth):
    return set(zip(truth.pairs["seeker"], truth.pairs["candidate"], strict=True))


def test_truth_lead_of_a_work_without_text_seeks_its_new_partners(pool):
    truth = gather_truth(pool, [work("bac", AFTER), work("ba", BEFORE)], DATE)
    assert pairs_of(truth) == {("b", "c")}  # b worked with a before
    assert truth.seekers["id"].tolist() == ["b"]
    assert truth.seekers["mission"].tolist() == ["coffee for farmers"]
    assert truth.counts["organisations"] == 1
    assert truth.counts["calls"] == 0


def test_truth_first_member_seeks_where_no_lead_is_named(pool):
    assert pairs_of(gather_truth(pool, [work("ba", AFTER, lead="")], DATE)) == {("a", "b")}


def test_truth_works_of_one_seeker_are_one_row(pool):
    truth = gather_truth(pool, [work("ab", AFTER), work("ac", AFTER), work("ab", "2020-06-01")], DATE)
    assert pairs_of(truth) == {("a", "b"), ("a", "c")}
    assert len(truth.seekers) == 1
    assert truth.counts["works_used"] == 3
    assert (truth.first, truth.last) == (pd.Timestamp(AFTER), pd.Timestamp("2020-06-01"))


def test_truth_work_with_text_is_a_call_of_its_lead_also_for_known_partners(pool):
    works = [work("bac", AFTER, "Boats for nurses", country=("Peru",)), work("ba", BEFORE)]
    truth = gather_truth(pool, works, DATE)
    (row,) = truth.seekers.to_dict("records")
    assert (row["lead"], row["mission"], row["country"]) == ("b", "Boats for nurses", "Peru")
    assert set(truth.pairs["candidate"]) == {"a", "c"}
    assert truth.counts["calls"] == 1


def test_truth_each_call_is_one_seeker_also_of_the_same_lead(pool):
    truth = gather_truth(pool, [work("ab", AFTER, "Boats"), work("ac", AFTER, "Nets")], DATE)
    assert truth.seekers["id"].is_unique
    assert truth.seekers["lead"].tolist() == ["a", "a"]
    assert len(pairs_of(truth)) == 2


def test_truth_lead_is_never_its_own_partner(pool):
    works = [work("abc", AFTER, "Boats"), work("def", AFTER)]
    truth = gather_truth(pool, works, DATE)
    leads = dict(zip(truth.seekers["id"], truth.seekers["lead"], strict=True))
    assert all(candidate not in (seeker, leads[seeker]) for seeker, candidate in pairs_of(truth))


def test_truth_call_of_an_unknown_lead_seeks_all_the_same(pool):
    truth = gather_truth(pool, [work(["zz", "a", "yy"], AFTER, "Boats"), work(["zz", "b"], AFTER)], DATE)
    assert truth.pairs["candidate"].tolist() == ["a"]  # a lead without a profile and a text cannot seek
    assert truth.counts["unknown_members"] == 2
    assert truth.counts["works_after"] == 2
    assert truth.counts["works_used"] == 1


def test_truth_works_on_the_day_and_undated_ones_are_history(pool):
    works = [work("ab", DATE), work("cd", None), work("ef", "2020-01-02")]
    truth = gather_truth(pool, works, DATE)
    assert pairs_of(truth) == {("e", "f")}
    assert truth.history.works == (works[1], works[0])
    assert truth.counts["works_undated"] == 1


def test_truth_same_work_of_two_logs_counts_once(pool):
    works = [work("ab", AFTER, "Boats")]
    assert len(gather_truth(pool, [*works, *works], DATE).seekers) == 1


def test_truth_order_of_works_changes_nothing(pool):
    works = [
        work("ab", AFTER, "Boats"),
        work("cd", AFTER),
        work("ea", BEFORE),
        work("fe", "2020-07-01", "Nets"),
    ]
    one, other = gather_truth(pool, works, DATE), gather_truth(pool, works[::-1], DATE)
    pd.testing.assert_frame_equal(one.seekers, other.seekers)
    pd.testing.assert_frame_equal(one.pairs, other.pairs)
    assert one.counts == other.counts


def test_truth_call_whose_columns_cannot_be_read_keeps_its_text(pool):
    truth = gather_truth(pool, [work("ab", AFTER, "Boats", staff=("many",))], DATE)
    assert truth.seekers["mission"].tolist() == ["Boats"]
    assert np.isnan(truth.seekers["staff"].iloc[0])
    assert truth.counts["plain_calls"] == 1


def test_truth_call_takes_no_id_of_the_pool(pool_of):
    taken = "work 1 after the snapshot"
    pool = pool_of(*({"id": id_, "mission": "x y"} for id_ in ("a", "b", taken)))
    truth = gather_truth(pool, [work("ab", AFTER, "Boats")], DATE)
    assert truth.seekers["id"].tolist() == [f"{taken}'"]


@pytest.mark.parametrize(
    ("works", "message"),
    [
        ([], "got 0 works after it, none with a new partner to be found, of 0 works"),
        ([work("ab", BEFORE)], "2020-01-01.*got 0 works after it.* of 1 works, the last of 2019-05-01"),
        ([work(["x", "y"], AFTER)], r"got 1 works after it.*\(2 members of later works have no profile\)"),
        ([work("ab", AFTER), work("ab", BEFORE)], "got 1 works after it, none with a new partner"),
        ([work("a", AFTER, "Boats")], "No other date would do: add outcomes of organisations that have a"),
        ([work("ab", None)], "No other date would do"),
        ([work("ab", BEFORE)], "Give profiles of an earlier date, or outcomes of a later one"),
        ([work("ab", BEFORE)], r"the line as_of = 2019-04-30 \(no quotes\) in the file given with --config"),
    ],
)
def test_truth_nothing_to_be_found_is_an_error_that_says_what_to_do(pool, works, message):
    with pytest.raises(EvaluationError, match=message):
        gather_truth(pool, works, DATE)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["ab", "ac", "ba", "xa", "ax", "xy", "bc"]), st.integers(1, 9))))
def test_truth_day_that_the_error_names_is_the_latest_that_works(days):
    small = pd.DataFrame([check_profile({"id": id_, "name": id_, "mission": "x"}) for id_ in "abc"])
    works = [work(pair, f"2019-01-{day + 10}") for pair, day in days]
    fits = []
    for day in pd.date_range("2019-01-01", "2019-01-31"):
        try:
            gather_truth(small, works, day)
        except EvaluationError as err:
            advice = str(err)
        else:
            fits.append(day)
    # No work is after the last day, so it always is an error, and all before the named day do.
    named = f"as_of = {max(fits):%Y-%m-%d} (no quotes)" if fits else "No other date would do"
    assert named in advice
    assert fits == list(pd.date_range("2019-01-01", "2019-01-31"))[: len(fits)]


def test_snapshot_date_is_that_of_the_settings_else_the_latest_of_the_profiles(pool):
    assert snapshot_date(pool, Config()) == DATE
    assert snapshot_date(pool, Config.from_dict({"as_of": DATE.date()})) == DATE
    assert snapshot_date(pool, Config(as_of=pd.Timestamp("2018-01-01").date())) == pd.Timestamp("2018-01-01")


def test_snapshot_date_without_any_is_an_error(pool_of):
    undated = pool_of({"id": "a", "mission": "boats"}, {"id": "b", "mission": "nets"})
    with pytest.raises(EvaluationError, match=r"got none in 2 profiles\. Add dates, or set as_of.*= YYYY"):
        snapshot_date(undated, Config())
