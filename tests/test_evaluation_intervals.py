"""Means and paired differences over clusters of seekers, against scipy and figures worked out by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from matcher.evaluation.intervals import ClusteredMean, clustered_mean, mean_intervals, paired_difference

FIGURES = st.lists(st.integers(0, 64).map(lambda place: place / 64), min_size=2, max_size=12)


@given(FIGURES, st.integers(0, 99))
def test_difference_interval_is_that_of_the_paired_t_test(new, seed):
    old = np.random.default_rng(seed).random(len(new))
    found = paired_difference(pd.Series(new), pd.Series(old))
    expected = stats.ttest_rel(new, old)
    low, high = expected.confidence_interval()
    assert found.interval.low == pytest.approx(low)
    assert found.interval.high == pytest.approx(high)
    assert found.is_above is bool(expected.pvalue < 0.05 and expected.statistic > 0)
    assert (found.interval.high < 0.0) is bool(expected.pvalue < 0.05 and expected.statistic < 0)


def test_mean_counts_each_cluster_once_and_leaves_out_what_is_not_judged():
    values = pd.Series([0.0, 1.0, 0.2, 0.6, np.nan])
    found = clustered_mean(values, ["a", "a", "b", "c", "d"])
    means = np.array([0.5, 0.2, 0.6])
    assert found.mean == pytest.approx(means.mean())
    assert found.error == pytest.approx(means.std(ddof=1) / np.sqrt(3))
    assert found.n == 3


@given(FIGURES)
def test_difference_copied_seekers_of_one_cluster_change_nothing(new):
    values = pd.Series(new)
    once = paired_difference(values, 1.0 - values, range(len(new)))
    twice = pd.Series([*new, *new])
    assert paired_difference(twice, 1.0 - twice, [*range(len(new))] * 2) == once


def test_difference_pairs_seekers_by_the_index_not_by_their_order():
    new = pd.Series([0.5, 0.25], index=["a", "b"])
    assert paired_difference(new, new[::-1]) == ClusteredMean(0.0, 0.0, 2)


@pytest.mark.parametrize("values", [[], [0.4], [np.nan, 0.4]])
def test_difference_of_fewer_than_two_seekers_decides_nothing(values):
    found = paired_difference(pd.Series(values, dtype=float), pd.Series(np.zeros(len(values))))
    assert found.n < 2
    assert np.isnan(found.error)
    assert not found.is_above


def test_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(11)
    found = [clustered_mean(pd.Series(rng.random(60))).interval for _ in range(300)]
    assert 0.90 <= np.mean([one.low <= 0.5 <= one.high for one in found]) <= 0.98


def test_intervals_of_a_table_are_those_of_its_columns_within_the_possible_range():
    table = pd.DataFrame({"MRR": [0.5, 0.4, 0.6], "R@10": [1.0, 0.0, 0.0]}, index=list("abc"))
    found = mean_intervals(table)
    assert found["MRR"] == clustered_mean(table["MRR"]).interval
    assert (found["R@10"].low, found["R@10"].high) == (0.0, 1.0)
    assert mean_intervals(table, least=-1.0)["R@10"].low < 0.0


@pytest.mark.parametrize("values", [[], [0.25]])
def test_interval_of_one_seeker_and_of_none_is_unknown(values):
    found = mean_intervals(pd.DataFrame({"MRR": np.array(values)}))["MRR"]
    assert found.n == len(values)
    assert np.isnan([found.low, found.high]).all()
    assert values == [] or found.mean == 0.25
