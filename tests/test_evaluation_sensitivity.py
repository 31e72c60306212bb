"""Ablation and stability: what changes where a component counts for nothing, or for a little more."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.config import Config
from matcher.evaluation.comparison import compare
from matcher.evaluation.lists import (
    ListTables,
    MutedScorer,
    change_weights,
    features_in_force,
    measure_stability,
)
from matcher.features import COMPONENT_NAMES
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import PoolScorer
from matcher.outcomes import JointWork
from matcher.ranking import (
    BoostedRanker,
    CalibratedRanker,
    Calibration,
    PairwiseRanker,
    WeightedRanker,
)

pytestmark = pytest.mark.numerical

RNG = np.random.default_rng(0)
PAIRS = RNG.random((300, len(COMPONENT_NAMES)))
LABELS = (PAIRS[:, 0] + 0.2 * RNG.standard_normal(300) > 0.7).astype(float)
CONFLICT = COMPONENT_NAMES.index("conflict")


def calibrated(ranker):
    utility = ranker.utility(PAIRS)
    return CalibratedRanker(ranker, Calibration().fit(utility, utility, LABELS))


ADDITIVE = [WeightedRanker().fit(PAIRS), PairwiseRanker().fit(PAIRS, LABELS)]
RANKERS = [*ADDITIVE, BoostedRanker(n_trees=20).fit(PAIRS, LABELS)]


@pytest.fixture
def encoded(pool, encoder):
    return EncodedPool(pool, Config(), encoder)


@pytest.mark.parametrize("ranker", [*RANKERS, *map(calibrated, RANKERS)])
@pytest.mark.parametrize("feature", ["values", "conflict"])
def test_muted_scorer_sees_the_mean_of_the_feature_in_every_pair(encoded, ranker, feature):
    column, pairs = COMPONENT_NAMES.index(feature), PAIRS.copy()
    muted = MutedScorer(encoded, ranker, feature).gain(pairs)
    at_mean = PAIRS.copy()
    at_mean[:, column] = ranker.means_[column]
    np.testing.assert_array_equal(muted, PoolScorer(encoded, ranker).gain(at_mean))
    np.testing.assert_array_equal(pairs, PAIRS)
    moved = PAIRS.copy()
    moved[:, column] = RNG.random(len(PAIRS))
    np.testing.assert_array_equal(MutedScorer(encoded, ranker, feature).gain(moved), muted)
    assert not np.allclose(PoolScorer(encoded, ranker).gain(PAIRS), muted)


def test_features_in_force_leaves_out_what_has_no_share_and_names_the_gate_last():
    unknown = PAIRS.copy()
    unknown[:, COMPONENT_NAMES.index("trust")] = np.nan
    ranker = WeightedRanker({"values": 1, "goals": 3, "trust": 2}).fit(unknown)
    shares = features_in_force(ranker)
    assert list(shares) == ["goals", "values", "conflict"]
    assert np.isnan(shares["conflict"])
    assert shares["goals"] == pytest.approx(0.75)


@pytest.mark.parametrize("change", [{"conflict_strength": 0.0}, {}])
def test_features_in_force_gate_counts_only_where_it_can_lower_anything(change):
    harmless = PAIRS.copy()
    harmless[:, CONFLICT] = PAIRS[:, CONFLICT] if change else 0.0
    assert "conflict" not in features_in_force(WeightedRanker({"values": 1}, **change).fit(harmless))


@pytest.fixture
def pool(pool_of):
    """Everybody has the same languages: communication tells nobody from anybody."""
    record = {"languages": ["en"], "updated": "2020-01-01"}
    return pool_of(
        *(
            {"id": id_, "mission": f"word{place // 2} x{place}", **record}
            for place, id_ in enumerate("abcdef")
        )
    )


WORKS = [JointWork(tuple(pair), pd.Timestamp("2020-03-01"), pair[0]) for pair in ("ab", "cd", "ef")]


def test_compare_ablation_of_an_irrelevant_component_changes_nothing(pool, encoder):
    config = Config.from_dict({"weights": {"values": 1.0, "communication": 1.0}})
    found = compare(pool, WORKS, config, encoder, k=10, ablation=True)
    changes = {feature: one["nDCG@10"] for feature, one in found.ablations.items()}
    assert set(changes) == {"values", "communication"}
    assert (changes["communication"].mean, changes["communication"].low, changes["communication"].high) == (
        0,
        0,
        0,
    )
    assert changes["values"].mean < 0.0  # all then are alike, and go by id


def test_compare_without_ablation_has_none(pool, encoder):
    assert compare(pool, WORKS, Config(), encoder, k=10).ablations == {}


# --- Stability -------------------------------------------------------------------------------------------


@given(spread=st.floats(0.0, 0.9), seed=st.integers(0, 99))
def test_change_weights_stay_within_the_spread_and_sum_to_one(spread, seed):
    ranker = WeightedRanker().fit(PAIRS)
    for other in change_weights(ranker, [spread], draws=3, seed=seed).values():
        assert other.weights_.sum() == pytest.approx(1.0)
        known = ranker.weights_ > 0
        ratio = other.weights_[known] / ranker.weights_[known]
        assert ratio.max() / ratio.min() <= (1 + spread) / (1 - spread) + 1e-9
        assert (other.weights_[~known] == 0).all()


def test_change_weights_factor_one_changes_nothing():
    ranker = WeightedRanker().fit(PAIRS)
    for other in change_weights(ranker, [0.0]).values():
        np.testing.assert_allclose(other.weights_, ranker.weights_)


def test_change_weights_same_seed_same_draws():
    one, same, other = (
        [ranker.weights_ for ranker in change_weights(ADDITIVE[0], [0.5], seed=seed).values()]
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)
    assert len({tuple(weights) for weights in one}) == 10


def lists_of(**systems):
    ids = np.array(list("abcdefghijklmno"), dtype=object)
    lists = ListTables(ids[:2], ids, 10)
    for system, rows in systems.items():
        score = np.full((2, 15), -np.inf)
        for row, listed in enumerate(rows):
            score[row, list(listed)] = -np.arange(10.0)
        lists.add(system, np.arange(2), score)
    return lists


def test_stability_of_equal_lists_is_one_and_of_others_less():
    base, other = (range(10), range(10)), (range(10), range(5, 15))
    lists = lists_of(**{"": base, "0.0 0": base, "0.0 1": base, "0.5 0": base, "0.5 1": other})
    same, half = measure_stability(lists, "", [0.0, 0.5], draws=2).itertuples()
    assert (same.overlap, same.least_overlap, same.draws) == (1.0, 1.0, 2)
    assert same.rbo == pytest.approx(1.0)
    assert half.overlap == pytest.approx((1.0 + 0.75) / 2)
    assert half.least_overlap == pytest.approx(0.75)
    assert half.least_rbo < half.rbo < 1.0


def test_compare_weights_of_one_component_cannot_move(pool, encoder):
    found = compare(pool, WORKS, Config.from_dict({"weights": {"values": 1.0}}), encoder, k=10)
    assert found.stability["spread"].tolist() == [0.2, 0.5]
    assert all(one.overlap == 1.0 and one.rbo == pytest.approx(1.0) for one in found.stability.itertuples())
