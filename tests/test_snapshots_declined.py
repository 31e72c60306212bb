"""Pairs that declined, in the window of labels in which they did."""

import pytest
from worlds import LETTERS, OWN, WORKS, event, work

from matcher.outcomes.snapshots import take_snapshots


@pytest.fixture(autouse=True)
def few_windows(monkeypatch):
    monkeypatch.setattr("matcher.outcomes.snapshots.WINDOWS", 3)


@pytest.fixture
def pool(pool_of):
    return pool_of(*[{"id": id_, "mission": f"{OWN} {id_}", "updated": "2020-01-01"} for id_ in LETTERS])


def snapshots_of(pool, *events, works=WORKS):
    return take_snapshots(pool, works, events)


def declined_of(snapshot):
    return {seeker: "".join(sorted(found)) for seeker, found in snapshot.declined.items()}


def test_snapshots_windows_of_this_world_are_three(pool):
    assert [f"{s.labelled_from:%Y}" for s in snapshots_of(pool)] == ["2012", "2014", "2016"]
    assert [sorted(s.partners) for s in snapshots_of(pool)] == [["a", "c"], ["a", "b"], ["a", "b"]]
    assert all(declined_of(s) == dict.fromkeys(s.partners, "") for s in snapshots_of(pool))


def test_snapshots_declines_count_in_the_window_in_which_they_fell(pool):
    events = [
        event("ae", "2013-06-01"),
        event("fa", "2014-01-01"),  # the very day on which a window begins
        event("ag", "2013-12-31"),
        event("bh", "2015-06-01"),
        event("gh", "2015-06-01"),  # neither seeks
    ]
    made = [declined_of(snapshot) for snapshot in snapshots_of(pool, *events)]
    assert made == [{"a": "eg", "c": ""}, {"a": "f", "b": "h"}, {"a": "", "b": ""}]
    assert [declined_of(s) for s in snapshots_of(pool, *events[::-1])] == made


def test_snapshots_decline_that_was_taken_back_in_the_window_is_none(pool):
    events = [event("ae", "2012-06-01"), event("ae", "2013-06-01", "met"), event("ab", "2013-06-01")]
    assert declined_of(snapshots_of(pool, *events)[0]) == {"a": "", "c": ""}
    # Taken back only later, it stood in its window.
    late = [event("ae", "2012-06-01"), event("ae", "2014-06-01", "met")]
    assert declined_of(snapshots_of(pool, *late)[0]) == {"a": "e", "c": ""}


def test_snapshots_those_who_only_declined_do_not_seek(pool):
    (first, *_) = snapshots_of(pool, event("gh", "2012-06-01"))
    assert sorted(first.partners) == ["a", "c"]
    assert first.seekers["id"].tolist() == ["a", "c"]


def test_snapshots_calls_know_no_declines(pool):
    works = [work("op", "2010-01-01", OWN), work("ab", "2012-01-01", f"{OWN} again")]
    (snapshot,) = snapshots_of(pool, event("ac", "2013-01-01"), works=works)
    assert snapshot.seekers["lead"].tolist() == ["a", "b"]
    assert list(declined_of(snapshot).values()) == ["", ""]
