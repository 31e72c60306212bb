"""Pairs that declined: what a history says of them, and that samples hold them as sure others."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import LETTERS, OWN, work

from matcher import read_outcomes
from matcher.config import Config
from matcher.learning import gather_pairs, train_ranker
from matcher.outcomes import History, StageEvent, as_history
from matcher.outcomes.events import DECLINED
from matcher.outcomes.snapshots import take_snapshots

DAY = pd.Timestamp("2021-01-01")


def event(members, day, stage=DECLINED):
    return StageEvent(tuple(sorted(members)), pd.Timestamp(day), stage)


def log_of(*rows):
    """Return the log of rows told as 'ab declined 2021-01-01'."""
    told = [row.split() for row in rows]
    return pd.DataFrame(
        [{"seeker": who[0], "candidate": who[1], "stage": stage, "date": day} for who, stage, day in told]
    )


def declined(*rows, before=None):
    history = as_history(log_of(*rows), before)
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
        # Whoever agreed or went on did work together, before or after.
        (["ab agreed 2020-01-01", "ab declined 2020-02-01"], []),
        (["ab active 2020-01-01", "ab declined 2020-02-01"], []),
        (["ab declined 2020-01-01", "ab agreed 2020-02-01"], []),
        (["ab declined 2020-01-01", "ab agreed 2020-01-01"], []),
        # An end tells that there was something to end.
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
    assert History([work("abc", "2021-01-01")], events).declined == {("a", "d")}


def test_history_declined_of_those_whose_work_is_known_by_its_later_stages_alone_are_none():
    # As in a window in which a pair went on with a work that began outside of it.
    events = [event("ab", "2020-01-01", "active"), event("ab", "2020-06-01"), event("ac", "2020-06-01")]
    assert History((), events).declined == {("a", "c")}


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
    assert History.from_log(read_outcomes(log_of(*rows)).kept).declined == {("a", "c")}


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


# --- Snapshots -----------------------------------------------------------------------------------------


@pytest.fixture
def pool(pool_of):
    return pool_of(*[{"id": id_, "mission": f"{OWN} {id_}", "updated": "2020-01-01"} for id_ in LETTERS])


# Three windows of labels, from the first days of 2012, 2014 and 2016.
WORKS = [
    work("op", "2010-01-01"),
    *[work(pair, "2012-01-01") for pair in ("ab", "cd")],
    *[work(pair, "2014-01-01") for pair in ("ac", "bd")],
    *[work(pair, "2016-01-01") for pair in ("ad", "be")],
]


def snapshots_of(pool, *events, works=WORKS):
    return take_snapshots(pool, works, events, windows=3)


def told(snapshot):
    return {seeker: "".join(sorted(found)) for seeker, found in snapshot.declined.items()}


def test_snapshots_windows_of_this_world_are_three(pool):
    assert [f"{s.labelled_from:%Y}" for s in snapshots_of(pool)] == ["2012", "2014", "2016"]
    assert [sorted(s.partners) for s in snapshots_of(pool)] == [["a", "c"], ["a", "b"], ["a", "b"]]
    assert all(told(s) == dict.fromkeys(s.partners, "") for s in snapshots_of(pool))


def test_snapshots_declines_count_in_the_window_in_which_they_fell(pool):
    events = [
        event("ae", "2013-06-01"),
        event("fa", "2014-01-01"),  # the very day on which a window begins
        event("ag", "2013-12-31"),
        event("bh", "2015-06-01"),
        event("gh", "2015-06-01"),  # neither seeks
    ]
    made = [told(snapshot) for snapshot in snapshots_of(pool, *events)]
    assert made == [{"a": "eg", "c": ""}, {"a": "f", "b": "h"}, {"a": "", "b": ""}]
    assert [told(s) for s in snapshots_of(pool, *events[::-1])] == made


def test_snapshots_decline_that_was_taken_back_in_the_window_is_none(pool):
    events = [event("ae", "2012-06-01"), event("ae", "2013-06-01", "met"), event("ab", "2013-06-01")]
    assert told(snapshots_of(pool, *events)[0]) == {"a": "", "c": ""}
    # Taken back only later, it stood in its window.
    late = [event("ae", "2012-06-01"), event("ae", "2014-06-01", "met")]
    assert told(snapshots_of(pool, *late)[0]) == {"a": "e", "c": ""}


def test_snapshots_those_who_only_declined_do_not_seek(pool):
    (first, *_) = snapshots_of(pool, event("gh", "2012-06-01"))
    assert sorted(first.partners) == ["a", "c"]
    assert first.seekers["id"].tolist() == ["a", "c"]


def test_snapshots_calls_know_no_declines(pool):
    works = [work("op", "2010-01-01", OWN), work("ab", "2012-01-01", f"{OWN} again")]
    (snapshot,) = snapshots_of(pool, event("ac", "2013-01-01"), works=works)
    assert snapshot.seekers["lead"].tolist() == ["a", "b"]
    assert list(told(snapshot).values()) == ["", ""]


# --- Pairs to learn from -------------------------------------------------------------------------------


@pytest.fixture
def few_drawn(monkeypatch):
    """Draw so few other candidates that hardly anybody is drawn by chance."""
    monkeypatch.setattr("matcher.learning.training_pairs.HARD", 1)
    monkeypatch.setattr("matcher.learning.training_pairs.RANDOM", 1)
    monkeypatch.setattr("matcher.learning.training_pairs.MOST_PAIRS", 0)


@pytest.fixture
def staffed(pool_of):
    """Organisations of a size of their own each: `ratio_staff` tells who is who, today."""
    return pool_of(
        *[
            {"id": id_, "mission": f"{OWN} {id_}", "staff": 1 + place, "updated": "2011-01-01"}
            for place, id_ in enumerate(LETTERS)
        ]
    )


def gathered(pool, encoder, *events, stable=True, seed=0):
    snapshots = take_snapshots(pool, WORKS, events, stable=stable, windows=3)
    return gather_pairs(snapshots, Config(), encoder, seed=seed)


def drawn_with(pairs, seeker, other):
    """Return the pairs of one seeker, by number, with an organisation, told by its size."""
    own = LETTERS.index(seeker) + 1, LETTERS.index(other) + 1
    ratio = pairs.columns(["ratio_staff"])[0][:, 0]
    return np.flatnonzero((pairs.seeker == 0) & np.isclose(ratio, min(own) / max(own)))


@pytest.mark.parametrize("other", ["i", "k", "p"])
def test_pairs_that_declined_are_always_drawn_as_known_others(staffed, encoder, few_drawn, other):
    plain = [drawn_with(gathered(staffed, encoder, seed=seed), "a", other) for seed in range(8)]
    assert not all(map(len, plain))  # left to chance it is not always there
    for seed in range(8):
        pairs = gathered(staffed, encoder, event(f"{other}a", "2012-06-01"), seed=seed)
        (place,) = drawn_with(pairs, "a", other)
        assert (pairs.label[place], pairs.weight[place], pairs.hard[place]) == (0, 1, True)
        thin = pairs.thin()
        (place,) = drawn_with(thin, "a", other)
        assert (thin.label[place], thin.weight[place]) == (0, 1)


def test_pairs_with_declines_stand_for_as_many_as_without(staffed, encoder, few_drawn):
    events = [event(f"a{other}", "2012-06-01") for other in "ghijkl"]
    plain, made = gathered(staffed, encoder), gathered(staffed, encoder, *events)
    sums = [np.bincount(pairs.seeker, weights=pairs.weight) for pairs in (plain, made)]
    np.testing.assert_allclose(*sums)
    np.testing.assert_array_equal(plain.n_found, made.n_found)
    assert made.hard.sum() > plain.hard.sum()


def assert_alike(one, other):
    for name in ("seeker_side", "candidate_side", "label", "weight", "seeker", "hard", "n_found", "date"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("stable", [False, True])
def test_pairs_are_blind_to_a_decline_after_their_window(pool, encoder, few_drawn, stable):
    early, late = event("ai", "2012-06-01"), [event("aj", "2014-06-01"), event("ai", "2014-06-01", "met")]
    one, other = (gathered(pool, encoder, *events, stable=stable) for events in ([early], [early, *late]))
    before = one.date < np.datetime64("2014-01-01")
    assert before.any()
    assert_alike(one.take(before), other.take(before))
    # The test can fail: in the window of the later words they do change the pairs.
    assert other.take(~before).hard.sum() > one.take(~before).hard.sum()


def test_pairs_of_a_decline_before_all_windows_are_the_same(pool, encoder, few_drawn):
    assert_alike(gathered(pool, encoder, event("ai", "2011-06-01")), gathered(pool, encoder))


def test_pairs_that_declined_and_may_not_be_recommended_stay_out(pool_of, encoder, few_drawn):
    records = [{"id": id_, "mission": OWN, "flag": "red" if id_ == "i" else "none"} for id_ in LETTERS]
    pool = pool_of(*records)
    assert_alike(gathered(pool, encoder, event("ai", "2012-06-01")), gathered(pool, encoder))


def test_training_from_declines_alone_learns_nothing(pool, encoder):
    events = [event(f"a{other}", "2012-06-01") for other in "bcdefghijkl"]
    training = train_ranker(pool, [], Config(), encoder, events=events)
    assert (training.chosen, training.n_labels, training.n_seekers) == ("WeightedRanker", 0, 0)
