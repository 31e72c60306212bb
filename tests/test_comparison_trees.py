"""Muted trees: the same gains, bit by bit, as of each muted ranker alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.evaluation.comparison import MutedRanker
from matcher.evaluation.comparison.trees import CHUNK, MutedTrees
from matcher.features import COMPONENT_NAMES
from matcher.ranking import BoostedRanker, CalibratedRanker, Calibration, WeightedRanker

pytestmark = pytest.mark.numerical

RNG = np.random.default_rng(0)
N = len(COMPONENT_NAMES)
LEARNED = RNG.random((600, N)).round(2)
LEARNED[RNG.random(LEARNED.shape) < 0.2] = np.nan
LABELS = (np.nan_to_num(LEARNED[:, 0]) + np.nan_to_num(LEARNED[:, 2]) > 1.1).astype(float)


def boosted(X=LEARNED, **settings):  # noqa: N803
    return BoostedRanker(n_trees=25, **settings).fit(X, LABELS)


def calibrated(ranker):
    utility = ranker.utility(LEARNED)
    return CalibratedRanker(ranker, Calibration("sigmoid").fit(utility, utility, LABELS))


def without(place):
    X = LEARNED.copy()  # noqa: N806
    X[:, place] = np.nan
    return X


PLAIN = boosted()
# Of a feature that was unknown in training the analyst's weight stands, beside the trees.
PARTLY = boosted(without(1)).observe(LEARNED)
RANKERS = [PLAIN, calibrated(PLAIN), PARTLY, calibrated(PARTLY), boosted(n_leaves=2), boosted(n_leaves=9)]


@pytest.mark.parametrize("ranker", RANKERS)
def test_muted_trees_gain_what_each_muted_ranker_gains(ranker):
    X = RNG.random((CHUNK + 7, N)).round(2)  # noqa: N806
    X[RNG.random(X.shape) < 0.2] = np.nan
    gains = list(MutedTrees.open(ranker, COMPONENT_NAMES).predict(X))
    assert len(gains) == N
    for feature, mine in zip(COMPONENT_NAMES, gains, strict=True):
        np.testing.assert_array_equal(mine, MutedRanker(ranker, feature).predict(X))
    assert not np.array_equal(gains[0], ranker.predict(X))


@settings(max_examples=20)
@given(st.lists(st.lists(st.floats(0, 1) | st.just(np.nan), min_size=N, max_size=N), min_size=1, max_size=9))
def test_muted_trees_gain_the_same_for_any_pairs(rows):
    X = np.array(rows)  # noqa: N806
    features = COMPONENT_NAMES[::3]
    for feature, mine in zip(features, MutedTrees(PLAIN, features).predict(X), strict=True):
        np.testing.assert_array_equal(mine, MutedRanker(PLAIN, feature).predict(X))


def test_muted_trees_leave_the_ranker_and_the_pairs_as_they_are():
    before, X = PLAIN.predict(LEARNED), LEARNED.copy()  # noqa: N806
    list(MutedTrees(PLAIN, ["values"]).predict(X))
    np.testing.assert_array_equal(X, LEARNED)
    np.testing.assert_array_equal(PLAIN.predict(LEARNED), before)


@pytest.mark.parametrize("ranker", [boosted(n_leaves=12), WeightedRanker().fit(LEARNED)])
def test_muted_trees_of_what_is_no_small_tree_are_none(ranker):
    assert MutedTrees.open(ranker, ["values"]) is None


def test_muted_trees_of_other_rankers_say_why():
    with pytest.raises(TypeError, match="must be of boosted trees; got a WeightedRanker"):
        MutedTrees(WeightedRanker().fit(LEARNED), ["values"])
    with pytest.raises(ValueError, match=r"trees must have at most 8 splits by numbers; got \d+"):
        MutedTrees(boosted(n_leaves=12), ["values"])
