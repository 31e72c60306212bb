"""Pairs that declined, among the pairs to learn from: always drawn, as certain other candidates."""

import numpy as np
import pytest
from worlds import LETTERS, OWN, WORKS, event

from matcher.config import Config
from matcher.learning.training import train_ranker
from matcher.learning.training_pairs import gather_pairs
from matcher.outcomes.snapshots import take_snapshots


@pytest.fixture(autouse=True)
def few_windows(monkeypatch):
    monkeypatch.setattr("matcher.outcomes.snapshots.WINDOWS", 3)


@pytest.fixture
def pool(pool_of):
    return pool_of(*[{"id": id_, "mission": f"{OWN} {id_}", "updated": "2020-01-01"} for id_ in LETTERS])


@pytest.fixture
def few_drawn(monkeypatch):
    """Draw so few other candidates that hardly anybody is drawn by chance."""
    monkeypatch.setattr("matcher.learning.training_pairs.HARD", 1)
    monkeypatch.setattr("matcher.learning.training_pairs.RANDOM", 1)
    monkeypatch.setattr("matcher.learning.training_pairs.MOST_PAIRS", 0)


@pytest.fixture
def staffed(pool_of):
    """Organisations of a size of their own each: `ratio_staff` identifies a pair."""
    return pool_of(
        *[
            {"id": id_, "mission": f"{OWN} {id_}", "staff": 1 + place, "updated": "2011-01-01"}
            for place, id_ in enumerate(LETTERS)
        ]
    )


def gathered(pool, encoder, *events, stable=True, seed=0):
    snapshots = take_snapshots(pool, WORKS, events, stable=stable)
    return gather_pairs(snapshots, Config(), encoder, seed=seed)


def drawn_with(pairs, seeker, other):
    """Return the pairs of one seeker, by number, with an organisation, identified by its size."""
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


@pytest.mark.parametrize(("side", "rows"), [("", [1, 1]), ("a", [1, 0]), ("c", [0, 1])])
def test_declines_for_a_reason_are_others_of_that_side_only(staffed, encoder, few_drawn, side, rows):
    """In the first window a and c seek; the side whose reason it was not leaves the pair out."""
    for seed in range(4):
        pairs = gathered(staffed, encoder, event("ac", "2012-06-01", side=side), seed=seed)
        ratio = pairs.columns(["ratio_staff"])[0][:, 0]
        assert [np.sum(np.isclose(ratio, 1 / 3) & (pairs.seeker == place)) for place in range(2)] == rows


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
