"""Stability under changed weights equals what matchers of those weights give."""

import numpy as np
import pytest

from matcher import Matcher
from matcher.errors import ConfigError
from matcher.evaluation.lists import change_weights, compare_lists
from matcher.learning.tuning import Tuner

pytestmark = pytest.mark.numerical


def test_reweighing_agrees_with_matchers_of_the_changed_weights(small_matcher, encoder):
    seekers = ["o1", "o2", "o7"]
    (found,) = Tuner(small_matcher, seekers).stability([0.5], draws=3).itertuples()
    mine = small_matcher.recommend(seekers, 10, explain=False)
    overlaps, rbos = [], []
    for ranker in change_weights(
        small_matcher.scorer.ranker, [0.5], draws=3, seed=small_matcher.config.seed
    ).values():
        other = Matcher(ranker=ranker, encoder=encoder).fit(small_matcher.table)
        means = compare_lists(mine, other.recommend(seekers, 10, explain=False)).mean(numeric_only=True)
        overlaps.append(means["overlap@10"])
        rbos.append(means["RBO"])
    assert found.overlap == pytest.approx(np.mean(overlaps))
    assert found.least_overlap == pytest.approx(min(overlaps))
    assert found.rbo == pytest.approx(np.mean(rbos))
    assert found.least_rbo == pytest.approx(min(rbos))
    assert found.rbo < 1.0


def test_reweighing_hardly_moved_weights_leave_the_lists(small_matcher):
    before = small_matcher.scorer.ranker.weights_.copy()
    (found,) = Tuner(small_matcher, "o1").stability([1e-9]).itertuples()
    assert found.overlap == found.least_rbo == 1.0
    np.testing.assert_array_equal(small_matcher.scorer.ranker.weights_, before)


def test_reweighing_refuses_spreads_and_draws_out_of_range(small_matcher):
    tuner = Tuner(small_matcher, ["o1"])
    with pytest.raises(ConfigError, match=r"spreads must be above 0 and below 1; got 0\.2, 1\.0"):
        tuner.stability([0.2, 1.0])
    with pytest.raises(ConfigError, match="draws must be a whole number of at least 1; got 0"):
        tuner.stability(draws=0)
