import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import ConfigError, EvaluationError
from matcher.evaluation import Interval, mean_interval, mean_intervals, paired_differences
from matcher.evaluation.intervals import resample_counts

pytestmark = pytest.mark.numerical

values = st.lists(st.floats(0, 1), min_size=1, max_size=20)


def series(numbers):
    return pd.Series(numbers, index=[f"s{i:03d}" for i in range(len(numbers))])


def test_interval_equals_resampling_row_by_row():
    numbers = np.random.default_rng(1).random(37)
    drawn = numbers[np.random.default_rng(7).integers(0, 37, (2000, 37))].mean(axis=1)
    found = mean_interval(series(numbers), seed=7)
    assert found.low == pytest.approx(np.quantile(drawn, 0.025))
    assert found.high == pytest.approx(np.quantile(drawn, 0.975))
    assert found.mean == pytest.approx(numbers.mean())
    assert found.n == 37


def test_interval_blocks_draw_what_one_block_draws(monkeypatch):
    whole = np.concatenate(list(resample_counts(13, 50, 3)))
    monkeypatch.setattr("matcher.evaluation.intervals._CELLS", 13 * 7)
    blocks = list(resample_counts(13, 50, 3))
    assert len(blocks) == 8
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
    assert (whole.sum(axis=1) == 13).all()


def test_interval_covers_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(11)
    found = [mean_interval(series(rng.random(60)), draws=300, seed=i) for i in range(300)]
    assert 0.90 <= np.mean([one.low <= 0.5 <= one.high for one in found]) <= 0.98


def test_interval_of_one_seeker_and_of_none():
    assert mean_interval(series([0.25])) == Interval(0.25, 0.25, 0.25, 1)
    none = mean_interval(series(np.empty(0)))
    assert none.n == 0
    assert all(math.isnan(value) for value in (none.mean, none.low, none.high))


@given(values, st.integers(0, 5))
def test_interval_stays_within_the_values(numbers, seed):
    found = mean_interval(series(numbers), draws=50, seed=seed)
    assert min(numbers) - 1e-12 <= found.low <= found.high <= max(numbers) + 1e-12
    assert min(numbers) - 1e-12 <= found.mean <= max(numbers) + 1e-12


@given(values, st.randoms(use_true_random=False))
def test_interval_order_of_rows_changes_nothing(numbers, random):
    column = series(numbers)
    shuffled = column.iloc[random.sample(range(len(numbers)), len(numbers))]
    assert mean_interval(shuffled, draws=50) == mean_interval(column, draws=50)


@given(values)
def test_difference_of_identical_tables_is_zero(numbers):
    table = pd.DataFrame({"MRR": series(numbers)})
    assert paired_differences(table, table.iloc[::-1], draws=50) == {"MRR": Interval(0, 0, 0, len(numbers))}


@given(values, st.data())
def test_difference_turned_round_changes_sign(numbers, data):
    others = data.draw(st.lists(st.floats(0, 1), min_size=len(numbers), max_size=len(numbers)))
    table, other = (pd.DataFrame({"MRR": series(each)}) for each in (numbers, others))
    there, back = (paired_differences(*pair, draws=50)["MRR"] for pair in ((table, other), (other, table)))
    assert there.mean == pytest.approx(-back.mean, abs=1e-12)
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low), abs=1e-12)


def test_difference_is_paired():
    # Seekers differ widely, the rankings by exactly 0.1: the paired interval has no width.
    other = pd.DataFrame({"MRR": series(np.linspace(0, 0.9, 30))})
    found = paired_differences(other + 0.1, other)["MRR"]
    assert (found.mean, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))


def test_intervals_of_a_table_are_those_of_its_columns():
    table = pd.DataFrame({"MRR": series([0.1, 0.9, 0.4]), "R@10": series([1.0, 0.0, 0.0])})
    found = mean_intervals(table, seed=4)
    assert list(found) == ["MRR", "R@10"]
    assert found["R@10"].mean == mean_interval(table["R@10"], seed=4).mean
    assert found["R@10"].high == pytest.approx(mean_interval(table["R@10"], seed=4).high)


def test_difference_over_other_seekers_or_columns_is_refused():
    table = pd.DataFrame({"MRR": series([0.1, 0.2])})
    with pytest.raises(EvaluationError, match=r"MRR of the table must be a number .* got 1 rows"):
        paired_differences(table, table.iloc[:1])
    with pytest.raises(EvaluationError, match=r"MRR of the table must be a number .* got 2 rows"):
        paired_differences(table, table.rename(columns={"MRR": "R@10"}))


def test_interval_bad_input_is_refused():
    with pytest.raises(EvaluationError, match="each seeker once; got 1 duplicates"):
        mean_interval(pd.Series([0.1, 0.2], index=["s", "s"]))
    with pytest.raises(EvaluationError, match=r"MRR of the table must be a number .* got 1 rows"):
        mean_intervals(pd.DataFrame({"MRR": series([0.1, np.nan])}))
    with pytest.raises(ConfigError, match="draws must be a whole number of at least 1; got 0"):
        mean_interval(series([0.1]), draws=0)
    with pytest.raises(ConfigError, match="seed must be a whole number of at least 0; got -1"):
        mean_interval(series([0.1]), seed=-1)
