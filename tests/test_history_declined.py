"""Pairs that declined, as a history of joint works and stage events gives them."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import event, work

from matcher.outcomes import History, read_outcomes

DAY = pd.Timestamp("2021-01-01")


def log_of(*rows):
    """Return the log of rows given as 'ab declined 2021-01-01'."""
    cells = [row.split(maxsplit=3) for row in rows]
    return pd.DataFrame(
        [
            {"seeker": who[0], "candidate": who[1], "stage": stage, "date": day, "reason": "".join(reason)}
            for who, stage, day, *reason in cells
        ]
    )


def declined(*rows, before=None):
    history = History.of(read_outcomes(log_of(*rows))).until(before)
    return sorted("".join(pair) for pair in history.declined)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["ab declined 2020-01-01"], ["ab"]),
        (["ba declined 2020-01-01"], ["ab"]),
        (["ab invited 2020-01-01", "ba declined 2020-02-01"], ["ab"]),
        # The last word counts, and of one day the decline is the last.
        (["ab declined 2020-01-01", "ab invited 2020-02-01"], []),
        (["ab declined 2020-01-01", "ba met 2020-02-01"], []),
        (["ab declined 2020-01-01", "ab replied 2020-01-01"], ["ab"]),
        # Those who agreed or went on did work together, before or after.
        (["ab agreed 2020-01-01", "ab declined 2020-02-01"], []),
        (["ab active 2020-01-01", "ab declined 2020-02-01"], []),
        (["ab declined 2020-01-01", "ab agreed 2020-02-01"], []),
        (["ab declined 2020-01-01", "ab agreed 2020-01-01"], []),
        # An end implies a work that ended.
        (["ab ended 2020-01-01"], []),
        (["ab declined 2020-01-01", "ac agreed 2020-01-01", "cd declined 2019-01-01"], ["ab", "cd"]),
        (["ab met 2020-01-01"], []),
    ],
)
def test_history_declined_is_the_last_word_of_pairs_that_never_worked(rows, expected):
    assert declined(*rows) == expected
    assert declined(*rows[::-1]) == expected


def test_history_declined_of_those_who_worked_in_a_group_are_none():
    events = [event("ab", "2020-01-01"), event("ad", "2020-01-01")]
    assert History([work("abc", "2021-01-01")], events).declined == {("a", "d"): ""}


def test_history_declined_of_those_whose_work_is_known_by_its_later_stages_alone_are_none():
    # As in a window in which a pair went on with a work that began outside of it.
    events = [event("ab", "2020-01-01", "active"), event("ab", "2020-06-01"), event("ac", "2020-06-01")]
    assert History((), events).declined == {("a", "c"): ""}


def test_a_history_of_declines_alone_is_one():
    history = History((), [event("ac", "2021-01-01")])
    assert (history or History(())) is history


def test_history_declined_as_of_a_date_knows_nothing_of_later_words():
    rows = [
        "ab declined 2020-01-01",
        "ab agreed 2021-01-01",
        "ac invited 2020-01-01",
        "ac declined 2021-01-01",
    ]
    assert declined(*rows) == ["ac"]
    assert declined(*rows, before=pd.Timestamp("2020-06-01")) == ["ab"]
    assert declined(*rows, before=pd.Timestamp("2019-06-01")) == []
    assert History.of(read_outcomes(log_of(*rows))).declined == {("a", "c"): ""}


@pytest.mark.parametrize(
    ("reason", "side"),
    [
        ("seeker: no staff this year", "a"),
        ("Pencari mitra: tidak ada dana", "a"),
        ("CANDIDATE: too far", "b"),
        ("kandidat: terlalu jauh", "b"),
        ("b: too far", "b"),
        ("a : no staff", "a"),
        # No side, or another's.
        ("no staff", ""),
        ("seeker has no staff", ""),
        ("c: too far", ""),
        ("note: the seeker: no staff", ""),
        ("", ""),
    ],
)
def test_history_declined_knows_whose_reason_it_was(reason, side):
    log = log_of(f"ab declined 2020-01-01 {reason}", f"ba declined 2019-01-01 {reason}")
    assert History.of(read_outcomes(log)).declined == {("a", "b"): side}


words = st.builds(
    lambda pair, day, stage: event(pair, DAY + pd.Timedelta(days=day), stage),
    st.sampled_from(["ab", "bc", "ac"]),
    st.integers(0, 9),
    st.sampled_from(["invited", "declined", "met", "agreed", "ended"]),
)


@given(st.lists(words, max_size=10), st.integers(0, 9), st.randoms())
def test_history_declined_is_blind_to_order_and_to_the_future(events, day, rng):
    cut = DAY + pd.Timedelta(days=day)
    shuffled = rng.sample(events, len(events))
    known = History((), [word for word in events if word.day <= cut])
    assert History((), shuffled).until(cut).declined == known.declined
    assert History((), shuffled).events == History((), events).events
