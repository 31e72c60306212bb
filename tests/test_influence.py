"""How much each component counts in the order of lists, beside its weight."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from matcher import Matcher
from matcher.config import Config, Weights
from matcher.datasets import load_demo
from matcher.features import COMPONENT_NAMES
from matcher.matching.scoring import PoolScorer
from matcher.ranking import BoostedRanker, CalibratedRanker, Calibration, WeightedRanker

pytestmark = pytest.mark.numerical

N = len(COMPONENT_NAMES)
VALUES, TRUST = (COMPONENT_NAMES.index(name) for name in ("values", "trust"))


class Pool:
    """Two seekers and three organisations; the last is eligible for none."""

    def __init__(self, values, trust):
        side = np.full((2, 3, N), np.nan)
        side[..., VALUES], side[..., TRUST] = values, trust
        eligible = np.array([[True, True, False]] * 2)
        self.block = SimpleNamespace(pick=lambda _: (side, np.ones_like(side)), eligible=eligible)

    def __len__(self):
        return 3

    def sample(self):
        return self.block


@pytest.fixture
def ranker():
    # Scales of 6 x .1 and 6 x .2.
    pool = np.full((40_000, N), np.nan)
    pool[::2, [VALUES, TRUST]], pool[1::2, [VALUES, TRUST]] = (0.2, 0.3), (0.4, 0.7)
    return WeightedRanker({"values": 3, "trust": 1}, conduct_limit=1.0).fit(pool)


POOL = Pool([[0.2, 0.4, 0.9], [0.2, 0.2, 0.9]], [[0.3, 0.7, 0.0], [0.5, 0.7, 0.0]])


def test_influence_worked(ranker):
    # Standard deviations within lists: values 1/6 and 0 of weight 3, trust 1/6 and 1/12 of weight 1.
    found = PoolScorer(POOL, ranker).influence()
    np.testing.assert_allclose(found[[VALUES, TRUST]], [2 / 3, 1 / 3], atol=1e-3)
    assert found.sum() == pytest.approx(1.0)


def test_influence_of_a_calibrated_ranker_is_that_of_its_weights(ranker):
    calibrated = CalibratedRanker(ranker, Calibration())
    expected = PoolScorer(POOL, ranker).influence()
    np.testing.assert_array_equal(PoolScorer(POOL, calibrated).influence(), expected)


def test_influence_of_trees_is_their_shares():
    trees = BoostedRanker(COMPONENT_NAMES)
    trees.shares_ = np.linspace(0.0, 1.0, N)
    np.testing.assert_array_equal(PoolScorer(POOL, trees).influence(), trees.shares_)


def test_influence_is_nothing_where_no_gains_differ(ranker):
    assert not PoolScorer(Pool(0.3, 0.5), ranker).influence().any()


def test_influence_table_has_what_counts_the_heaviest_first(small_matcher):
    table = small_matcher.influence()
    assert table.columns.tolist() == ["component", "weight", "influence"]
    assert table["weight"].is_monotonic_decreasing
    assert table[["weight", "influence"]].sum().tolist() == pytest.approx([1.0, 1.0], abs=0.005)
    in_force = zip(COMPONENT_NAMES, small_matcher.scorer.ranker.shares_, strict=True)
    assert {name for name, share in in_force if share > 0.0} <= {*table["component"]}


def test_influence_of_a_learned_ranker_shows_the_analysts_weights_beside_its_own(small_matcher):
    learned = WeightedRanker({"topic": 3, "trust": 1})
    table = Matcher(ranker=learned, encoder=small_matcher.encoder).fit(small_matcher.table).influence()
    assert table.columns.tolist() == ["component", "weight", "influence", "analyst"]
    assert table["weight"].tolist() == [0.75, 0.25]
    assert table.set_index("component")["analyst"][["topic", "trust"]].tolist() == [0.44, 0.04]


def test_influence_of_an_unfitted_matcher_is_refused():
    with pytest.raises(NotFittedError, match="fitted to a pool first"):
        Matcher().influence()


@pytest.mark.slow
def test_influence_of_equal_weights_is_alike_on_the_demo():
    """A component that many profiles leave out varies less: the pool's mean replaces it."""
    equal = Config.from_dict({"weights": dict.fromkeys(Weights.model_fields, 1.0), "conduct_limit": 1.0})
    found = Matcher(equal).fit(load_demo()).influence().set_index("component")["influence"]
    stated = found.drop(["goals", "culture", "conflict"])
    assert stated.between(0.1, 0.18).all()
    assert found["goals"] > 0.08
    assert found["conflict"] < 0.01


@pytest.mark.slow
def test_influence_of_the_default_weights_is_about_the_weight_on_the_demo():
    table = Matcher().fit(load_demo()).influence()
    assert (table["influence"] - table["weight"]).abs().max() < 0.03
