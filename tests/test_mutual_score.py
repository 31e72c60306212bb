import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matcher.matching.scoring import mutual_score

pytestmark = pytest.mark.numerical

gains = st.floats(0, 1)


def mutual(one, other):
    return float(mutual_score(np.array([one]), np.array([other]))[0])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1.0, 1.0, 1.0),
        (0.5, 0.5, 0.5),
        (0.0, 1.0, 0.0),
        (0.0, 0.0, 0.0),
        # 2 x 0.9 x 0.1 / 1.0 = 0.18, where the arithmetic mean would say 0.5.
        (0.9, 0.1, 0.18),
        # 2 x 0.6 x 0.3 / 0.9 = 0.4.
        (0.6, 0.3, 0.4),
    ],
)
def test_mutual_worked_table(one, other, expected):
    assert mutual(one, other) == pytest.approx(expected)


@given(gains, gains)
def test_mutual_any_gains_is_symmetric(one, other):
    assert mutual(one, other) == mutual(other, one)


@given(gains, gains)
def test_mutual_any_gains_lies_between_zero_and_twice_the_smaller(one, other):
    assert 0.0 <= mutual(one, other) <= min(1.0, 2 * min(one, other)) + 1e-12


@given(gains, gains)
def test_mutual_any_gains_is_never_above_the_arithmetic_mean(one, other):
    assert mutual(one, other) <= (one + other) / 2 + 1e-12


@given(gains, gains, gains)
def test_mutual_raised_gain_never_lowers(one, other, third):
    low, high = sorted([one, other])
    assert mutual(low, third) <= mutual(high, third) + 1e-12


@given(gains)
def test_mutual_equal_gains_give_that_gain(gain):
    assert mutual(gain, gain) == pytest.approx(gain, abs=1e-12)


@given(arrays(np.float64, (2, 3, 4), elements=gains))
def test_mutual_matrices_are_scored_cell_by_cell(pair):
    scores = mutual_score(*pair)
    assert scores.shape == (3, 4)
    assert scores[1, 2] == mutual(pair[0, 1, 2], pair[1, 1, 2])


@given(gains, gains)
def test_mutual_calibrated_is_the_product_and_symmetric(one, other):
    pair = np.array([one]), np.array([other])
    assert mutual_score(*pair, calibrated=True)[0] == one * other
    assert mutual_score(*pair, calibrated=True)[0] == mutual_score(*pair[::-1], calibrated=True)[0]


def test_mutual_calibrated_worked():
    # Both agree in .9 x .1 of the cases, where the harmonic mean would say .18.
    assert mutual_score(np.array([0.9]), np.array([0.1]), calibrated=True)[0] == pytest.approx(0.09)


@given(gains, gains)
def test_mutual_calibrated_is_never_above_the_smaller_gain(one, other):
    both = mutual_score(np.array([one]), np.array([other]), calibrated=True)[0]
    assert 0.0 <= both <= min(one, other)


@given(arrays(np.float64, (2, 3, 4), elements=gains))
def test_mutual_calibrated_matrices_are_scored_cell_by_cell(pair):
    np.testing.assert_array_equal(mutual_score(*pair, calibrated=True), pair[0] * pair[1])
