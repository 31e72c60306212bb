"""Stability under changed weights equals what matchers of those weights give."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.errors import ConfigError
from matcher.evaluation.lists import compare_lists
from matcher.features import COMPONENT_NAMES
from matcher.learning.tuning import Tuner, change_weights
from matcher.ranking import PairwiseRanker, WeightedRanker

pytestmark = pytest.mark.numerical


def test_reweighing_agrees_with_matchers_of_the_changed_weights(small_matcher, encoder):
    seekers = ["o1", "o2", "o7"]
    (found,) = Tuner(small_matcher, seekers).stability([0.5], draws=3).itertuples()
    mine = small_matcher.recommend(seekers, 10, explain=False)
    overlaps = []
    for ranker in change_weights(small_matcher.scorer.ranker, 0.5, 3, small_matcher.config.seed):
        other = Matcher(ranker=ranker, encoder=encoder).fit(small_matcher.table)
        theirs = other.recommend(seekers, 10, explain=False)
        overlaps.append(compare_lists(mine, theirs)["overlap"].mean())
    assert found.overlap == pytest.approx(np.mean(overlaps))
    assert found.least_overlap == pytest.approx(min(overlaps))


def test_reweighing_hardly_moved_weights_leave_the_lists(small_matcher):
    before = small_matcher.scorer.ranker.weights_.copy()
    (found,) = Tuner(small_matcher, "o1").stability([1e-9]).itertuples()
    assert found.overlap == found.least_overlap == 1.0
    np.testing.assert_array_equal(small_matcher.scorer.ranker.weights_, before)


def test_reweighing_refuses_spreads_and_draws_out_of_range(small_matcher):
    tuner = Tuner(small_matcher, ["o1"])
    with pytest.raises(ConfigError, match=r"spreads must be above 0 and below 1; got 0\.2, 1\.0"):
        tuner.stability([0.2, 1.0])
    with pytest.raises(ConfigError, match="draws must be a whole number of at least 1; got 0"):
        tuner.stability(draws=0)


RNG = np.random.default_rng(0)
PAIRS = RNG.random((300, len(COMPONENT_NAMES)))
LABELS = (PAIRS[:, 0] + 0.2 * RNG.standard_normal(300) > 0.7).astype(float)


@pytest.mark.parametrize("kind", [WeightedRanker, PairwiseRanker])
@given(spread=st.floats(0.0, 0.9), seed=st.integers(0, 99))
def test_change_weights_stay_within_the_spread_and_sum_to_one(kind, spread, seed):
    ranker = kind().fit(PAIRS, LABELS)
    for other in change_weights(ranker, spread, 3, seed):
        assert other.weights_.sum() == pytest.approx(1.0)
        known = ranker.weights_ > 0
        ratio = other.weights_[known] / ranker.weights_[known]
        assert ratio.max() / ratio.min() <= (1 + spread) / (1 - spread) + 1e-9
        assert (other.weights_[~known] == 0).all()


def test_change_weights_factor_one_changes_nothing():
    ranker = WeightedRanker().fit(PAIRS)
    for other in change_weights(ranker, 0.0, 3, 0):
        np.testing.assert_allclose(other.weights_, ranker.weights_)


def test_change_weights_same_seed_same_draws():
    ranker = WeightedRanker().fit(PAIRS)
    one, same, other = (
        [changed.weights_ for changed in change_weights(ranker, 0.5, 10, seed)] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.allclose(one, other)
    assert len({tuple(weights) for weights in one}) == 10
