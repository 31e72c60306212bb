"""The graph of who worked with whom: counted by hand, against networkx, and as of a date."""

import datetime as dt
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import history_of

from matcher import read_outcomes
from matcher.config import Config
from matcher.features import Context
from matcher.outcomes import History, JointWork

pytestmark = pytest.mark.numerical

# a - b - d - e, a - c - d: a square with a tail. Partners: a 2, b 2, c 2, d 3, e 1.
SQUARE = [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d"), ("d", "e")]
IDS = np.array(list("abcde"), dtype=object)


def work(members, date=None, **more):
    return JointWork(tuple(members), None if date is None else pd.Timestamp(date), **more)


def ids_of(text):
    return np.array(list(text), dtype=object)


def scores_of(history, ids=IDS):
    return history.common_partners(ids, ids)


works = st.builds(
    lambda members, day, leads, text: JointWork(
        tuple(sorted(members)),
        None if day is None else pd.Timestamp("2020-01-01") + pd.Timedelta(days=day),
        sorted(members)[0] if leads else "",
        text,
    ),
    st.sets(st.sampled_from("abcdef"), min_size=1, max_size=4),
    st.none() | st.integers(0, 3),
    st.booleans(),
    st.sampled_from(["", "tea", "coffee"]),
)
work_lists = st.lists(works, max_size=12)


def seen(history):
    """Return everything that a history says of the organisations a to f and of one it never saw."""
    ids = ids_of("abcdefx")
    return [
        history.ties(ids, ids),
        history.common_partners(ids, ids),
        history.n_works(ids),
        history.n_suitors(ids),
        history.years_since_last(ids, dt.date(2020, 6, 1)),
        history.membership(ids).toarray().sum(axis=1),
    ]


def assert_seen_alike(one, other):
    for ours, theirs in zip(seen(one), seen(other), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)


def test_common_partners_square_with_tail_by_hand():
    expected = np.zeros((5, 5))
    expected[0, 3] = 1 / 2 + 1 / 2  # b and c, two partners each
    expected[1, 2] = 1 / 2 + 1 / 3  # a with two, d with three
    expected[1, 4] = expected[2, 4] = 1 / 3  # d
    np.testing.assert_allclose(scores_of(history_of(SQUARE)), expected + expected.T)


@settings(max_examples=40)
@given(pairs=st.lists(st.tuples(st.sampled_from("abcdefg"), st.sampled_from("abcdefg")), max_size=15))
def test_common_partners_any_graph_equals_networkx(pairs):
    networkx = pytest.importorskip("networkx")
    pairs = [pair for pair in pairs if pair[0] != pair[1]]
    ids = ids_of("abcdefg")
    graph = networkx.Graph()
    graph.add_nodes_from(ids)
    graph.add_edges_from(pairs)
    every = [(one, other) for one in ids for other in ids if one != other]
    expected = np.zeros((7, 7))
    for one, other, score in networkx.resource_allocation_index(graph, every):
        expected[ord(one) - ord("a"), ord(other) - ord("a")] = score
    np.testing.assert_allclose(scores_of(history_of(pairs), ids), expected, atol=1e-12)


@settings(max_examples=40)
@given(work_lists)
def test_history_any_works_is_symmetric_and_zero_with_itself(drawn):
    history = History(drawn)
    for scores in (history.ties(IDS, IDS), scores_of(history)):
        np.testing.assert_allclose(scores, scores.T)
        assert (np.diag(scores) == 0).all()
        assert (scores >= 0).all()


@settings(max_examples=40)
@given(work_lists, st.randoms(use_true_random=False))
def test_history_any_order_of_works_gives_the_same(drawn, random):
    turned = drawn.copy()
    random.shuffle(turned)
    assert_seen_alike(History(turned), History(drawn))
    orders = [[(w.day, w.members, w.lead, w.text) for w in History(any_).works] for any_ in (turned, drawn)]
    assert orders[0] == orders[1] == sorted(orders[0])


@settings(max_examples=40)
@given(work_lists, st.lists(works, max_size=5), st.integers(0, 3))
def test_history_until_any_date_never_sees_later_works(drawn, future, days):
    day = pd.Timestamp("2020-01-01") + pd.Timedelta(days=days)
    later = [w for w in future if w.is_dated and w.day > day]
    known = [w for w in drawn if w.day <= day]
    assert_seen_alike(History([*drawn, *later]).until(day.date()), History(known))


def test_history_group_of_three_ties_each_two_once():
    history = History([work("abc", "2020-01-01", lead="b")])
    np.testing.assert_array_equal(history.ties(ids_of("abc"), ids_of("abc")), 1 - np.eye(3))
    np.testing.assert_array_equal(history.n_works(ids_of("abc")), [1, 1, 1])
    # Each shared partner has two partners: 1 / 2.
    np.testing.assert_allclose(history.common_partners(ids_of("abc"), ids_of("abc")), (1 - np.eye(3)) / 2)


def test_history_partners_met_twice_share_a_partner_only_once():
    once, twice = history_of(SQUARE), history_of([*SQUARE, *SQUARE])
    np.testing.assert_allclose(scores_of(twice), scores_of(once))
    np.testing.assert_array_equal(twice.ties(IDS, IDS), 2 * once.ties(IDS, IDS))


def test_history_work_of_one_member_is_a_work_but_no_tie():
    history = History([work("a", "2020-01-01")])
    np.testing.assert_array_equal(history.n_works(ids_of("ab")), [1, 0])
    assert history.ties(IDS, IDS).sum() == scores_of(history).sum() == 0


def test_history_pair_with_several_stages_counts_once_from_its_first_date():
    stages = [("active", "2020-03"), ("agreed", "2020-02"), ("invited", "2020-01"), ("ended", "2021")]
    rows = [{"seeker": "b", "candidate": "a", "stage": stage, "date": date} for stage, date in stages]
    found = read_outcomes(pd.DataFrame(rows)).works
    assert [(w.members, w.date, w.lead) for w in found] == [(("a", "b"), pd.Timestamp("2020-02-01"), "b")]
    np.testing.assert_array_equal(History(found).n_works(ids_of("ab")), [1, 1])


def test_history_renewal_is_a_work_of_its_own():
    rows = [
        {"seeker": "a", "candidate": "b", "stage": stage, "date": date}
        for stage, date in [("agreed", "2020-01-01"), ("ended", "2020-06-01"), ("renewed", "2021-01-01")]
    ]
    assert History(read_outcomes(pd.DataFrame(rows)).works).n_works(ids_of("a")).tolist() == [2]


def test_years_since_last_counts_from_the_latest_dated_work():
    history = History([work("ab", "2018-01-01"), work("ac", "2020-01-01"), work("d")])
    years = history.years_since_last(ids_of("abcdx"), dt.date(2021, 1, 1))
    np.testing.assert_allclose(years, [366 / 365.25, 1096 / 365.25, 366 / 365.25, np.nan, np.nan])


def test_years_since_last_work_after_the_date_is_never_negative():
    assert History([work("ab", "2022-01-01")]).years_since_last(ids_of("a"), dt.date(2021, 1, 1)) == [0]


def test_n_suitors_counts_distinct_leads_but_never_oneself():
    history = History(
        [
            work("abc", "2020-01-01", lead="b"),
            work("ab", "2020-02-01", lead="b"),
            work("ac", "2020-03-01", lead="c"),
            work("ad", "2020-04-01", lead="a"),
            work("ae", "2020-05-01"),
        ]
    )
    np.testing.assert_array_equal(history.n_suitors(ids_of("abcdex")), [2, 0, 1, 1, 0, 0])


@pytest.mark.parametrize("date", [None, pd.NaT])
def test_history_undated_works_come_before_everything(date):
    history = History([work("ab", "1999-01-01"), JointWork(("a", "c"), date)])
    assert [w.members for w in history.works] == [("a", "c"), ("a", "b")]
    long_ago = history.until(dt.date(1900, 1, 1))
    np.testing.assert_array_equal(long_ago.ties(ids_of("a"), ids_of("bc")), [[0, 1]])


def test_history_of_nothing_and_of_unknown_ids_is_zero():
    for history in (History([]), history_of(SQUARE)):
        ids = ids_of("xy")
        assert history.ties(ids, IDS).sum() == history.common_partners(ids, IDS).sum() == 0
        assert history.n_works(ids).tolist() == history.n_suitors(ids).tolist() == [0, 0]
        assert np.isnan(history.years_since_last(ids, dt.date(2020, 1, 1))).all()
        assert history.membership(ids).nnz == 0


def test_membership_tells_who_took_part_in_what_in_the_order_of_works():
    history = History([work("bc", "2021-01-01"), work("ab", "2020-01-01")])
    expected = [[0, 1], [0, 0], [1, 1], [1, 0]]
    np.testing.assert_array_equal(history.membership(ids_of("cxba")).toarray(), expected)


def test_history_is_cut_at_a_date():
    history = History([work("ab", "2020-01-01"), work("ac", "2021-01-01")])
    known = history.until(dt.date(2020, 6, 1))
    np.testing.assert_array_equal(known.ties(ids_of("a"), ids_of("bc")), [[1, 0]])
    assert history.until(None) is history


def test_works_of_group_rows_hold_text_lead_and_terms():
    row = {
        "id": "p1",
        "date": "2020-01-01",
        "lead": "b",
        "partners": "a; c",
        "name": "Coffee",
        "mission": "Drying coffee",
        "goals_short": "a text that is no term",
        "sector": "farming; food; farming",
        "country": "Indonesia",
        "programme": "",
    }
    (only,) = read_outcomes(pd.DataFrame([row])).works
    assert (only.members, only.lead, only.text) == (("a", "b", "c"), "b", "Coffee\nDrying coffee")
    assert dict(only.terms) == {"sector": ("farming", "food"), "country": ("Indonesia",)}
    assert only.is_dated


def test_works_terms_are_found_whatever_the_case_of_their_column():
    one = work("ab", terms={"programme": ("x",), "sector": ("farming", "food")})
    assert one.terms_of("programme") == one.terms_of("PROGRAMME") == ("x",)
    assert one.terms_of("goals") == ()
    assert pickle.loads(pickle.dumps(one)) == one


def test_works_of_a_rejected_group_row_are_none():
    row = {"date": "someday", "lead": "b", "partners": "a", "mission": "Drying coffee"}
    assert read_outcomes(pd.DataFrame([row])).works == ()


@pytest.mark.parametrize(
    ("told", "clean"),
    [
        ("cafe\u0301 in the hills", "caf\u00e9 in the hills"),
        ("coffee\r\nand tea", "coffee\nand tea"),
        ("\u200bcoffee and tea\ufeff", "coffee and tea"),
        ("coffee\vand tea", "coffee and tea"),
    ],
)
def test_works_texts_and_ids_are_cleaned_as_profiles_are(pool_of, told, clean):
    # What a profile repeats of a work is found only if both are written alike.
    (only,) = read_outcomes(
        pd.DataFrame([{"date": "2020", "lead": told, "partners": "a", "mission": told, "sector": told}])
    ).works
    profile = pool_of({"id": told, "mission": told, "sector": [told]}).loc[0]
    assert only.text == profile["mission"] == clean
    assert only.lead == profile["id"]
    assert only.terms["sector"] == profile["sector"]


def test_without_a_history_no_ids_are_compared():
    class Id:
        def __eq__(self, other):
            raise AssertionError("compared")

        __hash__ = None

    ids = np.array([Id(), Id()], dtype=object)
    assert not Context(Config()).ties(ids, ids).any()
