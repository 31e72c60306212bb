"""Contributions: they sum to the gain, exactly, whatever the ranker."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.explanations.contributions import account_for, shapley_values
from matcher.explanations.remarks import signal_of
from matcher.features import COMPONENT_NAMES
from matcher.ranking import (
    BoostedRanker,
    CalibratedRanker,
    Calibration,
    PairwiseRanker,
    WeightedRanker,
)

pytestmark = pytest.mark.numerical

FEATURES = (*COMPONENT_NAMES, "same_sector", "same_kind", "works", "ratio_staff")
N = len(FEATURES)
cells = st.floats(0, 1) | st.just(np.nan)


def pairs_and_labels(seed=0, n=400):
    rng = np.random.default_rng(seed)
    pairs = rng.random((n, N))
    labels = (pairs @ rng.random(N) + rng.normal(0, 0.3, n) > np.median(pairs.sum(1)) / 2).astype(float)
    pairs[rng.random(pairs.shape) < 0.2] = np.nan
    return pairs, labels


@pytest.fixture(scope="module")
def rankers():
    pairs, labels = pairs_and_labels()
    groups = np.repeat(np.arange(20), 20)
    boosted = BoostedRanker(FEATURES, n_trees=20, n_members=1).fit(pairs, labels, groups=groups)
    learned = PairwiseRanker(feature_names=FEATURES).fit(pairs, labels, groups=groups)
    utility = learned.utility(pairs)
    calibration = Calibration().fit(utility, utility[::-1], labels)
    return {
        "weighted": WeightedRanker(feature_names=FEATURES).fit(pairs),
        "pairwise": learned,
        "boosted": boosted,
        "calibrated": CalibratedRanker(learned, calibration),
    }


@pytest.mark.parametrize("name", ["weighted", "pairwise", "boosted", "calibrated"])
@settings(max_examples=25)
@given(row=arrays(np.float64, N, elements=cells))
def test_account_of_any_pair_sums_to_the_gain(rankers, name, row):
    account = account_for(rankers[name], row)
    total = account.base + sum(part.amount for part in account.contributions)
    assert account.gain == pytest.approx(rankers[name].predict(row[None, :])[0], abs=1e-12)
    assert total == pytest.approx(account.gain, abs=1e-9)


def test_account_of_weights_is_stated_by_hand():
    pool = np.tile([[0.3], [0.5]], (20_000, len(COMPONENT_NAMES)))
    ranker = WeightedRanker({"values": 3, "trust": 1}, conflict_strength=0.5).fit(pool)
    row = np.full(len(COMPONENT_NAMES), np.nan)
    row[COMPONENT_NAMES.index("values")] = 0.6
    row[COMPONENT_NAMES.index("conflict")] = 1.0
    account = account_for(ranker, row)
    # values lie two standard deviations above the mean: 1/2 + 1/3 of 3/4; trust is unknown, that is
    # in the middle: 1/2 of 1/4; the gate takes half of 3/4
    amounts = {part.feature: part.amount for part in account.contributions}
    assert amounts == pytest.approx({"values": 0.625, "trust": 0.125, "conflict": -0.375}, abs=1e-3)
    assert account.base == 0.0
    assert account.gain == pytest.approx(0.375, abs=1e-3)
    assert account.method == "exact"
    assert {part.feature: part.share for part in account.contributions}["values"] == pytest.approx(0.75)


def test_account_of_trees_names_its_method_and_starts_at_the_usual_pair(rankers):
    ranker = rankers["boosted"]
    account = account_for(ranker, ranker.means_)
    assert account.method == "shapley"
    assert account.base == account.gain == pytest.approx(ranker.predict(ranker.means_[None, :])[0])
    assert {part.amount for part in account.contributions} == {0.0}


def test_account_of_trees_gives_no_feature_that_rises_less_than_nothing(rankers):
    """Trees are monotone, so that what lies above the usual never takes away, nor below adds."""
    row = np.where(np.arange(N) % 2, 0.95, 0.05)
    for part in account_for(rankers["boosted"], row).contributions:
        if part.feature in ("conflict", "culture", "in_common"):
            continue
        assert part.amount * np.sign(part.value - part.usual) >= -1e-12, part


def test_groups_join_signals_that_say_one_thing(rankers):
    told = {part.feature for part in account_for(rankers["pairwise"], np.full(N, 0.5)).contributions}
    assert {"in_common", "experience", "size"} & told
    assert not told & {"same_sector", "same_kind", "works", "ratio_staff"}


@pytest.mark.parametrize(
    ("feature", "group"),
    [
        ("values", ""),
        ("ties", "acquaintance"),
        ("works", "experience"),
        ("works_same_programme", "experience"),
        ("similar_work_same_programme", "earlier_works"),
        ("same_programme", "in_common"),
        ("pairs_country", "typical_pair"),
        ("something_else", ""),
    ],
)
def test_group_of_each_kind_of_signal(feature, group):
    assert signal_of(feature)[0] == group


def brute_force(worth, n):
    """Average a player's addition over all orders."""
    totals = np.zeros(n)
    orders = list(permutations(range(n)))
    for order in orders:
        inside = set()
        for player in order:
            before = worth(frozenset(inside))
            inside.add(player)
            totals[player] += worth(frozenset(inside)) - before
    return totals / len(orders)


@given(st.integers(1, 4), st.integers(0, 1000))
def test_shapley_values_agree_with_all_orders(n, seed):
    rng = np.random.default_rng(seed)
    row, usual, power = rng.random(n), rng.random(n), rng.random(n) + 0.5

    def predict(rows):
        return np.prod(rows**power, axis=1) + rows.max(axis=1)

    def worth(inside):
        mixed = np.array([row[i] if i in inside else usual[i] for i in range(n)])
        return float(predict(mixed[None, :])[0])

    found = shapley_values(predict, row, usual, [[i] for i in range(n)])
    assert found == pytest.approx(brute_force(worth, n), abs=1e-12)
    assert found.sum() == pytest.approx(worth(frozenset(range(n))) - worth(frozenset()))


def test_shapley_values_of_nobody_are_none():
    assert shapley_values(lambda rows: rows.sum(axis=1), np.ones(2), np.zeros(2), []).tolist() == []
