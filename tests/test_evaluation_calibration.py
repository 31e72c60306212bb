import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.evaluation.intervals import measure_calibration

pytestmark = pytest.mark.numerical

rows = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.integers(0, 1),
        st.sampled_from(["s1", "s2", "s3"]),
        st.sampled_from([0.5, 1.0, 3.0]),
    ),
    min_size=1,
    max_size=25,
)


def reliability_curve(probability, label, weight=None, *, bins=10):
    return measure_calibration(probability, label, [0] * len(label), weight, bins=bins, draws=1).curve


def columns(some):
    return [np.array(column) for column in zip(*some, strict=True)]


def test_reliability_worked_table():
    curve = reliability_curve([0.9, 0.1, 0.2, 0.7], [1, 0, 1, 1], bins=2)
    names = ["lowest", "highest", "predicted", "observed", "n", "weight"]
    assert curve.columns.tolist() == names
    np.testing.assert_allclose(curve, [[0.1, 0.2, 0.15, 0.5, 2, 2], [0.7, 0.9, 0.8, 1.0, 2, 2]])


def test_reliability_bins_hold_equal_weight():
    # The first row weighs as much as the other three.
    curve = reliability_curve([0.1, 0.5, 0.6, 0.7], [0, 1, 0, 1], [3, 1, 1, 1], bins=2)
    assert curve["n"].tolist() == [1, 3]
    assert curve["weight"].tolist() == [3, 3]


def test_reliability_row_goes_where_the_middle_of_its_weight_falls():
    curve = reliability_curve([0.1, 0.5, 0.9], [0, 1, 1], [1, 4, 1], bins=3)
    assert curve["n"].tolist() == [1, 1, 1]


def test_reliability_equal_probabilities_share_a_bin():
    curve = reliability_curve([0.4] * 9, [1, 0, 0] * 3, bins=5)
    assert len(curve) == 1
    assert curve.loc[0, "observed"] == pytest.approx(1 / 3)


def test_calibration_worked_table():
    found = measure_calibration([0.9, 0.1, 0.2, 0.7], [1, 0, 1, 1], ["s", "s", "t", "t"], bins=2)
    assert found.brier.mean == pytest.approx((0.01 + 0.01 + 0.64 + 0.09) / 4)
    assert found.ece.mean == pytest.approx((0.35 + 0.2) / 2)
    assert found.brier.n == found.ece.n == 2


def test_calibration_interval_equals_resampling_whole_groups():
    # One bin: the error of a resample is the distance of its mean probability from its mean label.
    rng = np.random.default_rng(2)
    p, group = rng.random(60), rng.integers(0, 12, 60)
    y = (rng.random(60) < p**2).astype(int)
    w = rng.random(60) + 0.5
    names, codes = np.unique(group, return_inverse=True)
    drawn = []
    for picked in np.random.default_rng(9).integers(0, len(names), (400, len(names))):
        take = np.concatenate([np.flatnonzero(codes == one) for one in picked])
        gap = abs(np.average(p[take], weights=w[take]) - np.average(y[take], weights=w[take]))
        drawn.append((gap, np.average((p[take] - y[take]) ** 2, weights=w[take])))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    found = measure_calibration(p, y, group, w, bins=1, draws=400, seed=9)
    assert (found.ece.low, found.ece.high) == pytest.approx((low[0], high[0]))
    assert (found.brier.low, found.brier.high) == pytest.approx((low[1], high[1]))


def test_calibration_whole_groups_give_wider_intervals_than_rows():
    rng = np.random.default_rng(4)
    label = np.repeat(rng.integers(0, 2, 20), 15)  # all rows of a seeker end alike
    group = np.repeat(np.arange(20), 15)
    grouped, alone = (measure_calibration(np.full(300, 0.4), label, g).ece for g in (group, np.arange(300)))
    assert grouped.high - grouped.low > 2 * (alone.high - alone.low)


def test_calibration_right_probabilities_have_a_small_error_and_wrong_ones_a_large():
    rng = np.random.default_rng(6)
    p = rng.random(20_000)
    y = (rng.random(20_000) < p).astype(int)
    group = rng.integers(0, 500, 20_000)
    assert measure_calibration(p, y, group, draws=100).ece.mean < 0.02
    assert measure_calibration(p**3, y, group, draws=100).ece.low > 0.1


@given(rows, st.integers(1, 6), st.randoms(use_true_random=False))
def test_calibration_stays_in_range_whatever_the_order_of_rows(some, bins, random):
    found = measure_calibration(*columns(some), bins=bins, draws=20)
    for one in (found.brier, found.ece):
        assert all(-1e-12 <= value <= 1 + 1e-12 for value in (one.mean, one.low, one.high))
    shuffled = random.sample(some, len(some))
    assert measure_calibration(*columns(shuffled), bins=bins, draws=20) == found


@given(rows, st.integers(1, 6))
def test_reliability_bins_hold_all_rows_and_give_the_error(some, bins):
    p, y, group, w = columns(some)
    curve = reliability_curve(p, y, w, bins=bins)
    assert len(curve) <= bins
    assert curve["n"].sum() == len(some)
    assert curve["weight"].sum() == pytest.approx(w.sum())
    assert (curve["highest"].to_numpy()[:-1] < curve["lowest"].to_numpy()[1:]).all()
    error = np.average((curve["predicted"] - curve["observed"]).abs(), weights=curve["weight"])
    assert measure_calibration(p, y, group, w, bins=bins, draws=2).ece.mean == pytest.approx(error, abs=1e-12)


@given(rows)
def test_calibration_row_of_weight_zero_is_no_row(some):
    more = [*some, (0.5, 1, "s9", 0.0)]
    assert measure_calibration(*columns(more), draws=5) == measure_calibration(*columns(some), draws=5)


@given(rows)
def test_calibration_weight_two_is_two_rows(some):
    doubled = [(p, y, group, 2 * w) for p, y, group, w in some]
    twice, heavy = (measure_calibration(*columns(each), bins=3, draws=5) for each in (some * 2, doubled))
    assert twice.brier.mean == pytest.approx(heavy.brier.mean)


@given(rows, st.integers(1, 6))
def test_calibration_means_are_those_of_the_rows(some, bins):
    p, y, group, w = columns(some)
    found = measure_calibration(p, y, group, w, bins=bins, draws=2)
    assert found.predicted == pytest.approx(np.average(p, weights=w))
    assert found.observed == pytest.approx(np.average(y, weights=w))
    assert found.n_rows == len(some)
