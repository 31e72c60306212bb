import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.features import COMPONENT_NAMES, COMPONENTS
from matcher.ranking import WeightedRanker
from matcher.ranking.weighted import USUAL, pool_scale

pytestmark = pytest.mark.numerical

N = len(COMPONENT_NAMES)
GATE = COMPONENT_NAMES.index("conflict")
VALUES = COMPONENT_NAMES.index("values")
TRUST = COMPONENT_NAMES.index("trust")
COMMUNICATION = COMPONENT_NAMES.index("communication")
CONDUCT = [COMPONENT_NAMES.index(name) for name in ("communication", "trust", "culture")]
FIT = [column for column in range(N) if column not in (*CONDUCT, GATE)]

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


def fit(pairs, *args, **settings):
    """Fit to a pool so large that the usual scale does not count any more."""
    return WeightedRanker(*args, **settings).fit(np.tile(pairs, (20_000, 1)))


# Each component has two values, the mean less and plus one standard deviation: on the scale 1/3 and 2/3.
TWO = np.array([row(values=0.8, trust=0.1, conflict=0.2), row(values=0.6, trust=0.5, conflict=1.0)])
USUAL_VALUES, _ = USUAL["values"]
"""Where all pairs have it, it is the middle of the scale."""


def test_weighted_predict_worked():
    # Weights 3 and 1: (3 x 2/3 + 1 x 1/3) / 4 = 7/12 less a tenth; (3 x 1/3 + 1 x 2/3) / 4 = 5/12, halved.
    gains = fit(TWO, {"values": 3, "trust": 1}, 0.5, conduct_limit=1.0).predict(TWO)
    np.testing.assert_allclose(gains, [0.525, 5 / 24], atol=1e-3)


def test_weighted_contributions_worked():
    # values 3/4 x 2/3 = 1/2, trust 1/4 x 1/3 = 1/12, gate -0.5 x 7/12 x 0.2 = -7/120.
    parts = fit(TWO, {"values": 3, "trust": 1}, conduct_limit=1.0).contributions(TWO)[0]
    np.testing.assert_allclose(parts[[VALUES, TRUST, GATE]], [1 / 2, 1 / 12, -7 / 120], atol=1e-3)


def test_weighted_conduct_limit_worked():
    # Trust adds 1/4 x (1/3 - 1/2) = -1/24 beyond its half, of which .03 is kept: 1/8 - .03.
    parts = fit(TWO, {"values": 3, "trust": 1}, 0.0, conduct_limit=0.03).contributions(TWO)
    np.testing.assert_allclose(parts[:, TRUST], [0.095, 0.155], atol=1e-3)
    # Trust raises by 1/36, communication lowers by 2/36: together -1/36, of which .02 is kept, .72 of each.
    pairs = np.array([row(values=USUAL_VALUES, trust=trust, communication=1 - trust) for trust in (0.8, 0.2)])
    limited = fit(pairs, {"values": 3, "trust": 1, "communication": 2}, 0.0, conduct_limit=0.02)
    parts = limited.contributions(pairs)[0, [VALUES, TRUST, COMMUNICATION]]
    np.testing.assert_allclose(parts, [1 / 4, 1 / 12 + 0.02, 1 / 6 - 0.04], atol=1e-3)


def test_weighted_missing_component_takes_the_pools_mean():
    # The pool's mean of trust, never 0 and never 1, is the middle of its scale.
    pairs = np.array([row(values=USUAL_VALUES, trust=trust) for trust in (0.2, 0.6, np.nan)])
    gains = fit(pairs, {"values": 1, "trust": 1}, conduct_limit=1.0).predict(pairs)
    np.testing.assert_allclose(gains, [5 / 12, 7 / 12, 1 / 2], atol=1e-3)


@given(tables, weightings)
def test_weighted_missing_component_gains_as_the_pools_mean_does(pairs, weights):
    ranker = WeightedRanker(weights).fit(pairs)
    filled = np.where(np.isnan(pairs), np.nan_to_num(ranker.means_), pairs)
    np.testing.assert_allclose(ranker.predict(filled), ranker.predict(pairs), atol=1e-12)


def test_weighted_missing_gate_takes_the_pools_mean():
    # Mean collision (1 + 0) / 2 = 0.5 at strength 0.5 takes a quarter.
    pairs = np.array([row(values=USUAL_VALUES, conflict=conflict) for conflict in (1.0, 0.0, np.nan)])
    assert fit(pairs, {"values": 1}).predict(pairs)[2] == pytest.approx(0.375, abs=1e-3)


def test_weighted_component_missing_in_the_whole_pool_counts_for_nobody():
    pairs = np.array([row(values=0.8), row(values=0.2)])
    ranker = fit(pairs, {"values": 1, "trust": 9})
    np.testing.assert_allclose(ranker.predict(pairs), [2 / 3, 1 / 3], atol=1e-3)
    assert ranker.shares_[TRUST] == 0.0
    # Nor for one who has it although the pool does not.
    assert ranker.predict(np.array([row(values=0.8, trust=0.0)]))[0] == ranker.predict(pairs)[0]


def test_weighted_gate_missing_in_the_whole_pool_lowers_nothing():
    pairs = np.array([row(values=USUAL_VALUES)])
    assert fit(pairs).predict(pairs)[0] == pytest.approx(0.5, abs=1e-3)


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


@pytest.mark.parametrize(("strength", "expected"), [(0.0, 0.5), (0.5, 0.25), (1.0, 0.0)])
def test_weighted_gate_strength_lowers_the_gain(strength, expected):
    pairs = np.array([row(values=USUAL_VALUES, conflict=1.0)])
    assert fit(pairs, {"values": 1}, strength).predict(pairs)[0] == pytest.approx(expected, abs=1e-3)


def test_pool_scale_worked(monkeypatch):
    monkeypatch.setitem(USUAL, "values", (0.14, 0.08))
    # Fifteen pairs at .1 and fifteen at .3: mean .2, variance .01. Thirty pairs count as much as the usual
    # mean .14 and standard deviation .08: middle .17, six times the root of (.0064 + .01) / 2.
    pairs = np.tile([row(values=0.1, conflict=0.9), row(values=0.3, conflict=0.9)], (15, 1))
    pairs = np.column_stack([pairs, np.full(30, 0.3)])
    centres, widths = pool_scale(pairs, (*COMPONENT_NAMES, "overlap_tags"))
    assert centres[VALUES] == pytest.approx(0.17)
    assert widths[VALUES] == pytest.approx(6 * 0.0082**0.5, abs=1e-6)
    # Nothing is known of trust: the usual scale. The gate and what is no component keep theirs.
    mean, spread = USUAL["trust"]
    assert (centres[TRUST], widths[TRUST]) == pytest.approx((mean, 6 * spread))
    assert (centres[GATE], widths[GATE], centres[-1], widths[-1]) == (0.5, 1.0, 0.5, 1.0)


def test_pool_scale_rows_count_as_often_as_they_represent_pairs():
    pairs = np.random.default_rng(0).random((6, N))
    pairs[0, VALUES] = np.nan
    counts = np.array([3, 0, 1, 2, 1, 5])
    repeated = pool_scale(np.repeat(pairs, counts, axis=0), COMPONENT_NAMES)
    np.testing.assert_allclose(pool_scale(pairs, COMPONENT_NAMES, counts), repeated, atol=1e-6)


@given(arrays(np.float64, st.tuples(st.integers(1, 60), st.just(N)), elements=st.floats(0, 1)))
def test_pool_scale_lies_between_the_usual_and_the_pools_own(pairs):
    centres, widths = pool_scale(pairs, COMPONENT_NAMES)
    for column, name in enumerate(COMPONENT_NAMES):
        if column != GATE:
            usual, own = np.array(USUAL[name]), np.array([pairs[:, column].mean(), pairs[:, column].std()])
            found = np.array([centres[column], widths[column] / 6])
            assert (found >= np.minimum(usual, own) - 1e-6).all()
            assert (found <= np.maximum(usual, own) + 1e-6).all()


LARGE = np.random.default_rng(0).random((20_000, N))


@settings(max_examples=20)
@given(st.floats(0.5, 2), st.floats(-1, 1), st.integers(0, N - 1).filter(lambda column: column != GATE))
def test_weighted_unit_of_a_component_changes_nothing_in_a_large_pool(factor, shift, column):
    other = LARGE.copy()
    other[:, column] = factor * LARGE[:, column] + shift
    weights = dict.fromkeys(USUAL, 1.0)
    one, two = (
        WeightedRanker(weights, conduct_limit=1.0).fit(pairs).predict(pairs) for pairs in (LARGE, other)
    )
    np.testing.assert_allclose(two, one, atol=4e-3)


def test_weighted_component_that_hardly_differs_loses_influence():
    _, spread = USUAL["topic"]
    for share, expected in ((1.0, 1 / 3), (0.5, 1 / 3), (0.25, 1 / 6), (0.05, 1 / 30)):
        pairs = np.array([row(topic=0.5 + sign * share * spread) for sign in (1, -1)])
        better, worse = fit(pairs, {"topic": 1}).predict(pairs)
        assert better - worse == pytest.approx(expected, abs=2e-3)


def test_weighted_weight_is_the_share_of_variation_whatever_the_spread():
    pool = 0.5 + (LARGE - 0.5) * np.linspace(0.2, 1.0, N)
    weights = dict(zip(USUAL, range(1, N), strict=True))
    ranker = WeightedRanker(weights, 0.0, conduct_limit=1.0).fit(pool)
    variation = ranker.contributions(pool).std(axis=0)
    np.testing.assert_allclose(variation / variation.sum(), ranker.weights_, atol=2e-3)


def test_weighted_pool_of_two_pairs_has_the_better_one_first(monkeypatch):
    monkeypatch.setitem(USUAL, "values", (0.14, 0.08))
    pairs = np.array([row(values=0.3, topic=0.5, trust=0.5), row(values=0.2, topic=0.4, trust=0.5)])
    better, worse = WeightedRanker().fit(pairs).predict(pairs)
    assert 1.0 >= better > worse >= 0.0
    # One pair is drawn to the usual scale, not to the middle of its own.
    alone = WeightedRanker({"values": 1}).fit(np.array([row(values=0.3)]))
    assert alone.predict(np.array([row(values=0.3)]))[0] > 0.75


def test_weighted_pairs_beyond_the_pool_are_clipped_to_the_ends_of_the_scale():
    # Three standard deviations of .05 to either side of .25.
    ranker = fit(np.array([row(values=0.2), row(values=0.3)]), {"values": 1})
    gains = ranker.predict(np.array([row(values=value) for value in (0.05, 0.25, 0.39, 0.41, 1.0)]))
    assert gains[0] == 0.0
    assert gains[1] == pytest.approx(0.5, abs=1e-2)
    assert gains[1] < gains[2] < 1.0
    assert gains[3:].tolist() == [1.0, 1.0]


@given(tables, weightings, st.floats(0, 0.2))
def test_weighted_conduct_never_swaps_pairs_whose_fit_differs_by_twice_the_limit(pairs, weights, limit):
    ranker = WeightedRanker(weights, 0.0, conduct_limit=limit).fit(pairs)
    fit_of = ranker.contributions(pairs)[:, FIT].sum(axis=1)
    for conduct in (0.0, 1.0, np.linspace(1.0, 0.0, len(pairs))[:, None]):
        changed = pairs.copy()
        changed[:, CONDUCT] = conduct
        gains = ranker.predict(changed)
        assert (np.abs(gains - fit_of - 0.5 * ranker.shares_[CONDUCT].sum()) <= limit + 1e-9).all()
        surely = fit_of[:, None] - fit_of[None, :] > 2 * limit + 1e-9
        assert (gains[:, None] > gains[None, :])[surely].all()


def test_weighted_conduct_limit_zero_leaves_the_order_to_fit():
    ranker = WeightedRanker(dict.fromkeys(USUAL, 1.0), conduct_limit=0.0).fit(LARGE)
    other = LARGE.copy()
    other[:, CONDUCT] = LARGE[::-1][:, CONDUCT]
    np.testing.assert_allclose(ranker.predict(other), ranker.predict(LARGE), atol=1e-12)


@given(tables, weightings)
def test_weighted_conduct_limit_one_limits_nothing(pairs, weights):
    free, half = (WeightedRanker(weights, conduct_limit=limit).fit(pairs) for limit in (1.0, 0.5))
    np.testing.assert_array_equal(free.predict(pairs), half.predict(pairs))
    other = pairs.copy()
    other[:, TRUST] = 1.0
    changed = free.contributions(other) != free.contributions(pairs)
    assert not np.delete(changed, [TRUST, GATE], axis=1).any()


@given(tables, weightings, st.floats(0, 1))
def test_weighted_conduct_limit_leaves_the_contributions_of_fit_alone(pairs, weights, limit):
    free, limited = (
        WeightedRanker(weights, conduct_limit=each).fit(pairs).contributions(pairs) for each in (1.0, limit)
    )
    np.testing.assert_array_equal(limited[:, FIT], free[:, FIT])


def test_weighted_from_config_takes_all_settings():
    config = Config.from_dict({"weights": {"values": 2.0}, "conflict_strength": 0.3, "conduct_limit": 0.1})
    ranker = WeightedRanker.from_config(config, ("values", "works"))
    assert ranker.weights["values"] == 2.0
    assert (ranker.conflict_strength, ranker.conduct_limit) == (0.3, 0.1)
    assert ranker.features_ == ("values", "works")


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
    expected = {
        "weights": {"values": 1.0},
        "conflict_strength": 0.3,
        "feature_names": None,
        "conduct_limit": 0.04,
    }
    assert copy.get_params() == expected
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
