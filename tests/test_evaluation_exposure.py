import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.errors import EvaluationError
from matcher.evaluation.metrics import gini, measure_exposure

POOL = list("abcd")
lists = st.dictionaries(
    st.sampled_from(["s1", "s2", "s3", "s4"]),
    st.lists(st.sampled_from(POOL), min_size=1, unique=True),
    min_size=1,
)


def table(of):
    rows = [(s, c, place) for s, members in of.items() for place, c in enumerate(members, 1)]
    return pd.DataFrame(rows, columns=["seeker", "candidate", "rank"])


def test_exposure_worked_table():
    # Top-2 places: a 3, b 2, c 1, d 0; s4 asked and got none.
    found = measure_exposure(
        table({"s1": ["a", "b", "d"], "s2": ["b", "a"], "s3": ["c", "a"]}),
        POOL,
        2,
        seekers=["s1", "s2", "s3", "s4"],
    )
    # sum of (2 i - n - 1) x_i = -3 * 0 - 1 * 1 + 1 * 2 + 3 * 3 = 10, over n * sum = 24
    assert found.gini == pytest.approx(10 / 24)
    assert found.coverage == 0.75
    assert found.largest_share == 1.0
    assert found.seekers_without == 0.25
    assert found.top_percent_lists == 3.0
    assert (found.n_lists, found.n_candidates) == (3, 4)


def test_exposure_top_percent_is_the_mean_over_the_hundredth():
    # 150 shown: a percent is two of them, with 3 and 2 lists.
    of = {"s1": ["a", "b"], "s2": ["a", "b"], "s3": ["a"]} | {f"t{i}": [f"c{i}"] for i in range(148)}
    found = measure_exposure(table(of), ["a", "b", *(f"c{i}" for i in range(148))])
    assert found.top_percent_lists == 2.5
    assert found.largest_share == pytest.approx(3 / 151)


def test_exposure_without_recommendations_has_no_gini():
    found = measure_exposure(table({}), POOL, seekers=["s1"])
    assert (found.coverage, found.seekers_without) == (0.0, 1.0)
    assert math.isnan(found.gini)
    assert math.isnan(found.largest_share)
    assert len(found.lorenz) == 0
    assert math.isnan(measure_exposure(table({}), POOL).seekers_without)


@given(st.integers(1, 8), st.integers(1, 5))
def test_exposure_equal_shares_have_gini_zero(n, places):
    of = {f"s{i}": [f"c{(i + j) % n}" for j in range(min(places, n))] for i in range(n)}
    assert measure_exposure(table(of), [f"c{i}" for i in range(n)], 10).gini == 0.0


@given(st.integers(1, 8), st.integers(1, 5))
def test_exposure_one_takes_all_has_gini_of_all_but_one(n, lists_of_one):
    of = {f"s{i}": ["c0"] for i in range(lists_of_one)}
    found = measure_exposure(table(of), [f"c{i}" for i in range(n)], 10)
    assert found.gini == pytest.approx((n - 1) / n)
    assert found.largest_share == 1.0


@given(st.lists(st.integers(0, 9), min_size=1).filter(any))
def test_exposure_gini_is_the_mean_absolute_difference(counts):
    values = np.array(counts)
    difference = np.abs(values[:, None] - values[None, :]).mean()
    assert gini(values) == pytest.approx(difference / (2 * values.mean()))


@given(lists, st.integers(1, 5), st.randoms(use_true_random=False))
def test_exposure_stays_in_range_whatever_the_order_of_rows(of, k, random):
    rows = table(of)
    found = measure_exposure(rows, POOL, k, seekers=["s1", "s2", "s3", "s4"])
    shares = [found.gini, found.coverage, found.largest_share, found.seekers_without]
    assert all(0 <= share <= 1 for share in shares)
    shuffled = rows.iloc[random.sample(range(len(rows)), len(rows))]
    assert measure_exposure(shuffled, POOL[::-1], k, seekers=["s4", "s3", "s2", "s1"]) == found


@given(lists, st.integers(1, 5))
def test_exposure_lorenz_curve_rises_below_the_diagonal_and_holds_the_gini(of, k):
    found = measure_exposure(table(of), POOL, k)
    x, y = found.lorenz["candidates"].to_numpy(), found.lorenz["exposure"].to_numpy()
    assert (x[0], y[0], x[-1], y[-1]) == (0, 0, 1, 1)
    assert (np.diff(y) >= 0).all()
    assert (y <= x + 1e-12).all()
    assert 1 - 2 * np.trapezoid(y, x) == pytest.approx(found.gini)


def test_exposure_candidate_outside_the_pool_is_refused():
    with pytest.raises(EvaluationError, match=r"candidates must hold every id .* got 1 ids that they do not"):
        measure_exposure(table({"s": ["a", "z"]}), POOL)


def test_exposure_bad_recommendations_are_refused():
    with pytest.raises(EvaluationError, match="got 1 duplicate rows"):
        measure_exposure(table({"s": ["a", "a"]}), POOL)
    with pytest.raises(EvaluationError, match="missing: rank"):
        measure_exposure(table({"s": ["a"]}).drop(columns="rank"), POOL)
