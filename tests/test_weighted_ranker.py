import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from matcher.config import DEFAULT_WEIGHTS
from matcher.features import COMPONENT_NAMES, COMPONENTS
from matcher.ranking import WeightedRanker

pytestmark = pytest.mark.numerical

N = len(COMPONENT_NAMES)
GATE = COMPONENT_NAMES.index("conflict")
VALUES = COMPONENT_NAMES.index("values")
TRUST = COMPONENT_NAMES.index("trust")

tables = arrays(
    np.float64, st.tuples(st.integers(1, 8), st.just(N)), elements=st.floats(0, 1) | st.just(np.nan)
)
weightings = st.dictionaries(
    st.sampled_from([component.name for component in COMPONENTS if not component.is_gate]),
    st.floats(0.01, 10),
    min_size=1,
)


def row(**components):
    cells = np.full(N, np.nan)
    for name, value in components.items():
        cells[COMPONENT_NAMES.index(name)] = value
    return cells


def test_weighted_predict_worked():
    # Weights 3 and 1: (3 x 0.8 + 1 x 0.4) / 4 = 0.7; a full collision at strength 0.5 halves it.
    pairs = np.array([row(values=0.8, trust=0.4, conflict=0.0), row(values=0.8, trust=0.4, conflict=1.0)])
    ranker = WeightedRanker({"values": 3, "trust": 1}, conflict_strength=0.5).fit(pairs)
    np.testing.assert_allclose(ranker.predict(pairs), [0.7, 0.35])


def test_weighted_contributions_worked():
    # values 3/4 x 0.8 = 0.6, trust 1/4 x 0.4 = 0.1, gate -0.5 x 0.7 x 0.2 = -0.07.
    pairs = np.array([row(values=0.8, trust=0.4, conflict=0.2)])
    parts = WeightedRanker({"values": 3, "trust": 1}).fit(pairs).contributions(pairs)[0]
    assert parts[[VALUES, TRUST, GATE]] == pytest.approx([0.6, 0.1, -0.07])


def test_weighted_missing_component_takes_the_pools_mean():
    # The pool's trust is (0.2 + 0.6) / 2 = 0.4, never 0 and never 1: 0.5 x 1 + 0.5 x 0.4 = 0.7.
    pairs = np.array([row(values=1.0, trust=0.2), row(values=1.0, trust=0.6), row(values=1.0)])
    ranker = WeightedRanker({"values": 1, "trust": 1}).fit(pairs)
    assert ranker.predict(pairs)[2] == pytest.approx(0.7)


def test_weighted_missing_gate_takes_the_pools_mean():
    # Mean collision (1 + 0) / 2 = 0.5 at strength 0.5 takes a quarter.
    pairs = np.array([row(values=0.8, conflict=1.0), row(values=0.8, conflict=0.0), row(values=0.8)])
    assert WeightedRanker({"values": 1}).fit(pairs).predict(pairs)[2] == pytest.approx(0.6)


def test_weighted_component_missing_in_the_whole_pool_counts_for_nobody():
    pairs = np.array([row(values=0.8), row(values=0.2)])
    ranker = WeightedRanker({"values": 1, "trust": 9}).fit(pairs)
    np.testing.assert_allclose(ranker.predict(pairs), [0.8, 0.2])
    assert ranker.shares_[TRUST] == 0.0
    # Nor for one who has it although the pool does not.
    assert ranker.predict(np.array([row(values=0.8, trust=0.0)]))[0] == pytest.approx(0.8)


def test_weighted_gate_missing_in_the_whole_pool_lowers_nothing():
    pairs = np.array([row(values=0.8)])
    assert WeightedRanker().fit(pairs).predict(pairs)[0] == pytest.approx(0.8)


def test_weighted_nothing_known_gives_zero_and_no_nan():
    pairs = np.full((3, N), np.nan)
    ranker = WeightedRanker().fit(pairs)
    assert ranker.predict(pairs).tolist() == [0.0, 0.0, 0.0]
    assert ranker.completeness(pairs).tolist() == [0.0, 0.0, 0.0]


def test_weighted_completeness_worked():
    # Weights 3 : 1; the first row knows both, the second only the lighter one, the third none.
    pairs = np.array([row(values=0.8, trust=0.4), row(trust=0.4), row(culture=1.0)])
    completeness = WeightedRanker({"values": 3, "trust": 1}).fit(pairs).completeness(pairs)
    np.testing.assert_allclose(completeness, [1.0, 0.25, 0.0])


def test_weighted_default_weights_are_the_documented_ones():
    shares = WeightedRanker().fit(np.ones((1, N))).shares_
    expected = [DEFAULT_WEIGHTS.normalised().get(name, 0.0) for name in COMPONENT_NAMES]
    np.testing.assert_allclose(shares, expected)


@pytest.mark.parametrize(("strength", "expected"), [(0.0, 0.8), (0.5, 0.4), (1.0, 0.0)])
def test_weighted_gate_strength_lowers_the_gain(strength, expected):
    pairs = np.array([row(values=0.8, conflict=1.0)])
    assert WeightedRanker({"values": 1}, strength).fit(pairs).predict(pairs)[0] == pytest.approx(expected)


@given(tables, weightings, st.floats(0, 1))
def test_weighted_contributions_sum_to_the_gain(pairs, weights, strength):
    ranker = WeightedRanker(weights, strength).fit(pairs)
    gains = ranker.predict(pairs)
    np.testing.assert_allclose(ranker.contributions(pairs).sum(axis=1), gains, atol=1e-12, rtol=0)
    assert ((gains >= -1e-12) & (gains <= 1 + 1e-12)).all()
    assert (ranker.contributions(pairs)[:, GATE] <= 0).all()
    assert (np.delete(ranker.contributions(pairs), GATE, axis=1) >= 0).all()


@given(tables, weightings)
def test_weighted_shares_sum_to_one_or_all_zero(pairs, weights):
    ranker = WeightedRanker(weights).fit(pairs)
    assert ranker.shares_.sum() == pytest.approx(1.0) or not ranker.shares_.any()
    assert ranker.shares_[GATE] == 0.0
    completeness = ranker.completeness(pairs)
    assert ((completeness >= 0) & (completeness <= 1 + 1e-12)).all()


@given(tables, weightings, st.floats(0.1, 100))
def test_weighted_scaled_weights_change_nothing(pairs, weights, factor):
    scaled = {name: weight * factor for name, weight in weights.items()}
    one, other = (
        WeightedRanker(weights).fit(pairs).predict(pairs),
        WeightedRanker(scaled).fit(pairs).predict(pairs),
    )
    np.testing.assert_allclose(one, other, atol=1e-12)


@given(tables, st.integers(0, N - 1), st.floats(0, 1))
def test_weighted_raised_component_never_lowers_and_a_raised_gate_never_raises(pairs, column, value):
    ranker = WeightedRanker().fit(pairs)
    raised = pairs.copy()
    raised[:, column] = np.maximum(np.where(np.isnan(pairs[:, column]), np.nan, value), pairs[:, column])
    change = ranker.predict(raised) - ranker.predict(pairs)
    assert (change <= 1e-12).all() if column == GATE else (change >= -1e-12).all()


@given(tables, weightings)
def test_weighted_rows_are_scored_one_by_one(pairs, weights):
    ranker = WeightedRanker(weights).fit(pairs)
    alone = np.concatenate([ranker.predict(pairs[place : place + 1]) for place in range(len(pairs))])
    np.testing.assert_allclose(alone, ranker.predict(pairs), atol=1e-12)


@given(tables, tables, weightings)
def test_weighted_refit_equals_fit(pairs, other, weights):
    refitted = WeightedRanker(weights).fit(other).fit(pairs)
    np.testing.assert_array_equal(refitted.predict(pairs), WeightedRanker(weights).fit(pairs).predict(pairs))


def test_weighted_clone_keeps_parameters_and_forgets_the_pool():
    ranker = WeightedRanker({"values": 1.0}, conflict_strength=0.3).fit(np.ones((2, N)))
    copy = clone(ranker)
    assert copy.get_params() == {"weights": {"values": 1.0}, "conflict_strength": 0.3, "feature_names": None}
    assert not hasattr(copy, "means_")
    assert copy.set_params(conflict_strength=0.1).conflict_strength == 0.1


def test_weighted_fit_leaves_its_input_alone():
    pairs, weights = np.array([row(values=0.8, conflict=1.0)]), {"values": 2.0}
    before = pairs.copy()
    WeightedRanker(weights).fit(pairs).predict(pairs)
    np.testing.assert_array_equal(pairs, before)
    assert weights == {"values": 2.0}


@pytest.mark.parametrize("method", ["predict", "contributions", "completeness"])
def test_weighted_unfitted_is_refused(method):
    with pytest.raises(NotFittedError):
        getattr(WeightedRanker(), method)(np.ones((1, N)))


@pytest.mark.parametrize("method", ["predict", "contributions"])
def test_weighted_other_number_of_columns_is_refused(method):
    ranker = WeightedRanker().fit(np.ones((2, N)))
    with pytest.raises(ValueError, match=f"expecting {N} features"):
        getattr(ranker, method)(np.ones((1, N - 1)))


def test_weighted_fit_on_other_than_the_components_is_refused():
    with pytest.raises(ValueError, match=str(N)):
        WeightedRanker().fit(np.ones((2, 3)))


@pytest.mark.parametrize("weights", [{"valuse": 1.0}, {"values": -1.0}, {"values": 0.0}])
def test_weighted_unusable_weights_are_refused(weights):
    name, value = next(iter(weights.items()))
    with pytest.raises(ValueError, match=f"{name}.*{value}|weights"):
        WeightedRanker(weights).fit(np.ones((2, N)))
