"""What every ranker owes the scorer, checked on all of them."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from threadpoolctl import threadpool_limits

from matcher.errors import ConfigError
from matcher.features import COMPONENT_NAMES
from matcher.ranking import (
    BoostedRanker,
    CalibratedRanker,
    Calibration,
    PairwiseRanker,
    WeightedRanker,
)

pytestmark = pytest.mark.numerical

FEATURES = (*COMPONENT_NAMES, "overlap_tags", "ratio_size")
N = len(FEATURES)
N_SEEKERS, N_CANDIDATES = 40, 60

MAKERS = {
    "weighted": lambda: WeightedRanker(feature_names=FEATURES),
    "pairwise": lambda: PairwiseRanker(feature_names=FEATURES),
    "bounded": lambda: PairwiseRanker(feature_names=FEATURES, bounds={"values": (0.2, 0.4)}),
    "boosted": lambda: BoostedRanker(FEATURES, n_trees=30, n_members=2),
    "calibrated": lambda: CalibratedRanker(PairwiseRanker(feature_names=FEATURES), Calibration()),
    "calibrated-boosted": lambda: CalibratedRanker(
        BoostedRanker(FEATURES, n_trees=20, n_members=1), Calibration()
    ),
}


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    # Threads that wait for each other on a busy machine take longer than one that does all.
    with threadpool_limits(1):
        yield


def simulate(feature="values", seed=0):
    """Return features, labels and seekers: each seeker picks two candidates, after one feature."""
    rng = np.random.default_rng(seed)
    pairs = rng.random((N_SEEKERS * N_CANDIDATES, N))
    appeal = 8.0 * pairs[:, FEATURES.index(feature)] + rng.gumbel(size=len(pairs))
    places = (-appeal.reshape(N_SEEKERS, N_CANDIDATES)).argsort(axis=1).argsort(axis=1)
    labels = (places < 2).ravel().astype(float)
    pairs[rng.random(pairs.shape) < 0.1] = np.nan
    return pairs, labels, np.repeat(np.arange(N_SEEKERS), N_CANDIDATES)


def fit(ranker, pairs, labels, seekers):
    ranker.fit(pairs, labels, groups=seekers, sample_weight=np.ones(len(labels)))
    if isinstance(ranker, CalibratedRanker):
        utility = ranker.utility(pairs)
        ranker.calibration.fit(utility, utility, labels)
    return ranker


PAIRS, LABELS, SEEKERS = simulate()
COMPLETE = np.random.default_rng(1).random((50, N))
FITTED = {}


@pytest.fixture(params=MAKERS)
def name(request):
    return request.param


@pytest.fixture
def unfitted(name):
    return MAKERS[name]()


@pytest.fixture
def ranker(name):
    if name not in FITTED:
        FITTED[name] = fit(MAKERS[name](), PAIRS, LABELS, SEEKERS)
    return copy.deepcopy(FITTED[name])


def settings(ranker):
    """Return all parameters but nested estimators themselves, which compare by identity."""
    return {key: value for key, value in ranker.get_params().items() if not hasattr(value, "get_params")}


def within_seekers(score, labels):
    """Return the mean over seekers of the share of (partner, other) couples in the right order."""
    shares = []
    for own, label in zip(
        score.reshape(N_SEEKERS, -1), labels.reshape(N_SEEKERS, -1).astype(bool), strict=True
    ):
        partner, other = own[label][:, None], own[~label][None, :]
        shares.append(((partner > other) + 0.5 * (partner == other)).mean())
    return float(np.mean(shares))


def test_ranker_clone_keeps_parameters_and_forgets_the_fit(ranker):
    twin = clone(ranker)
    assert settings(twin) == settings(ranker)
    assert type(twin) is type(ranker)
    with pytest.raises(NotFittedError):
        twin.predict(PAIRS)


def test_ranker_params_go_round(unfitted):
    before = settings(unfitted)
    assert settings(unfitted.set_params(**unfitted.get_params())) == before
    assert settings(type(unfitted)(**unfitted.get_params(deep=False))) == before


def test_ranker_features_are_those_named(unfitted):
    assert unfitted.features_ == FEATURES


def test_ranker_fit_with_gaps_predicts_in_range(ranker):
    assert np.isnan(PAIRS).any()
    gains = ranker.predict(PAIRS)
    assert gains.shape == (len(PAIRS),)
    assert ranker.utility(PAIRS).shape == (len(PAIRS),)
    assert ((gains >= 0.0) & (gains <= 1.0 + 1e-12)).all()
    assert len(np.unique(gains)) > 20


@pytest.mark.parametrize("cell", [0.0, 1.0, np.nan])
def test_ranker_extreme_row_stays_in_range(ranker, cell):
    gains = ranker.predict(np.full((3, N), cell))
    assert ((gains >= 0.0) & (gains <= 1.0 + 1e-12)).all()


def test_ranker_fit_returns_itself_and_leaves_its_input_alone(unfitted):
    pairs, labels, seekers = PAIRS.copy(), LABELS.copy(), SEEKERS.copy()
    assert fit(unfitted, pairs, labels, seekers) is unfitted
    assert unfitted.observe(pairs) is unfitted
    unfitted.predict(pairs)
    np.testing.assert_array_equal(pairs, PAIRS)
    np.testing.assert_array_equal(labels, LABELS)
    np.testing.assert_array_equal(seekers, SEEKERS)


def test_ranker_refit_equals_fit(name, ranker):
    again = fit(MAKERS[name](), *simulate("trust", seed=3))
    assert not np.array_equal(again.utility(PAIRS), ranker.utility(PAIRS))
    fit(again, PAIRS, LABELS, SEEKERS)
    np.testing.assert_array_equal(again.predict(PAIRS), ranker.predict(PAIRS))
    np.testing.assert_array_equal(again.shares_, ranker.shares_)


def test_ranker_order_of_rows_changes_no_fit(name, ranker):
    order = np.random.default_rng(2).permutation(len(PAIRS))
    other = fit(MAKERS[name](), PAIRS[order], LABELS[order], SEEKERS[order])
    np.testing.assert_allclose(other.predict(PAIRS), ranker.predict(PAIRS), atol=1e-6)
    np.testing.assert_allclose(other.means_, ranker.means_, atol=1e-12)
    np.testing.assert_allclose(other.shares_, ranker.shares_, atol=1e-6)


def test_ranker_order_of_rows_changes_nothing_observed(ranker):
    order = np.random.default_rng(2).permutation(len(PAIRS))
    other = copy.deepcopy(ranker).observe(PAIRS[order])
    ranker.observe(PAIRS)
    np.testing.assert_allclose(other.means_, ranker.means_, atol=1e-12)
    np.testing.assert_allclose(other.shares_, ranker.shares_, atol=1e-9)


def test_ranker_order_of_rows_changes_no_prediction(ranker):
    order = np.random.default_rng(2).permutation(len(PAIRS))
    for ask in (ranker.predict, ranker.completeness):
        np.testing.assert_allclose(ask(PAIRS[order]), ask(PAIRS)[order], atol=1e-12)


def test_ranker_rows_are_scored_one_by_one(ranker):
    alone = np.concatenate([ranker.predict(PAIRS[place : place + 1]) for place in range(20)])
    np.testing.assert_allclose(alone, ranker.predict(PAIRS[:20]), atol=1e-12)


def test_ranker_numbers_of_seekers_change_nothing(name, ranker):
    other = fit(MAKERS[name](), PAIRS, LABELS, 1000 - 7 * SEEKERS)
    np.testing.assert_allclose(other.predict(PAIRS), ranker.predict(PAIRS), atol=1e-6)


def test_ranker_observe_learns_means_and_no_weights(ranker):
    before, inner = copy.deepcopy(ranker), getattr(ranker, "ranker", ranker)
    pool = 0.5 * np.nan_to_num(PAIRS, nan=0.2)
    ranker.observe(pool)
    np.testing.assert_allclose(ranker.means_, pool.mean(axis=0))
    assert not np.allclose(ranker.means_, before.means_)
    if hasattr(inner, "weights_"):
        np.testing.assert_array_equal(inner.weights_, getattr(before, "ranker", before).weights_)
    else:  # of a pair of which all is known, the gain of trees is as before: only what fills gaps has changed
        np.testing.assert_array_equal(ranker.predict(COMPLETE), before.predict(COMPLETE))


def test_ranker_observe_of_what_it_was_fitted_to_changes_no_prediction(ranker):
    before = ranker.predict(PAIRS)
    np.testing.assert_allclose(ranker.observe(PAIRS).predict(PAIRS), before, atol=1e-12)


def test_ranker_slopes_are_of_what_has_a_share(ranker):
    assert ((ranker.slopes_ > 0.0) == (ranker.shares_ > 0.0)).all()


def test_ranker_observed_means_leave_out_the_unknown(ranker):
    pool = np.full((3, N), np.nan)
    pool[:2, 0] = 0.2, 0.6
    means = ranker.observe(pool).means_
    assert means[0] == pytest.approx(0.4)
    assert np.isnan(means[1:]).all()


@pytest.mark.parametrize("method", ["predict", "utility", "observe", "completeness"])
def test_ranker_unfitted_is_refused(unfitted, method):
    with pytest.raises(NotFittedError):
        getattr(unfitted, method)(COMPLETE)


@pytest.mark.parametrize("method", ["predict", "utility", "observe", "completeness"])
@pytest.mark.parametrize("n_columns", [N - 1, N + 1])
def test_ranker_other_number_of_columns_is_refused(ranker, method, n_columns):
    with pytest.raises(ValueError, match=rf"\b{n_columns}\b.*\b{N}\b|\b{N}\b.*\b{n_columns}\b"):
        getattr(ranker, method)(np.ones((4, n_columns)))


@pytest.mark.parametrize("strength", [-0.1, 1.1, 5, np.nan, np.inf, "high", None])
@pytest.mark.parametrize("make", [WeightedRanker, PairwiseRanker])
def test_ranker_conflict_strength_out_of_range_is_refused_before_the_fit(make, strength):
    ranker = make(conflict_strength=strength, feature_names=FEATURES)
    with pytest.raises(ConfigError, match="conflict_strength must be a number from 0 to 1; got "):
        ranker.fit(np.ones((3, N + 1)))  # even what could not be fitted anyway
    assert not hasattr(ranker, "weights_")


@pytest.mark.parametrize("strength", [0, 0.0, 1, 1.0, np.float64(0.3)])
@pytest.mark.parametrize("make", [WeightedRanker, PairwiseRanker])
def test_ranker_conflict_strength_at_the_ends_is_taken(make, strength):
    pairs = np.ones((2, len(COMPONENT_NAMES)))
    pairs[0, COMPONENT_NAMES.index("conflict")] = 0.0
    free, full = make(conflict_strength=strength).fit(pairs).predict(pairs)
    assert full == pytest.approx((1.0 - strength) * free)
    assert free > 0.5


@pytest.mark.parametrize("limit", [-0.1, 1.1, np.nan, "high", None])
def test_ranker_conduct_limit_out_of_range_is_refused(limit):
    with pytest.raises(ConfigError, match="conduct_limit must be a number from 0 to 1; got "):
        WeightedRanker(conduct_limit=limit).fit(np.ones((3, len(COMPONENT_NAMES))))


@pytest.mark.parametrize("n_columns", [N - 1, N + 1])
def test_ranker_fit_on_other_than_its_features_is_refused(unfitted, n_columns):
    labels = np.tile([0.0, 1.0], 50)
    message = f"X must have {N} columns, one per feature; got {n_columns}"
    with pytest.raises(ValueError, match=message):
        unfitted.fit(np.ones((100, n_columns)), labels)


def test_ranker_completeness_lies_between_nothing_and_all(ranker):
    some = ranker.completeness(PAIRS)
    assert ((some >= 0.0) & (some <= 1.0 + 1e-12)).all()
    assert 0.0 < some.mean() < 1.0
    np.testing.assert_allclose(ranker.completeness(COMPLETE), 1.0)
    np.testing.assert_array_equal(ranker.completeness(np.full((2, N), np.nan)), 0.0)


def test_ranker_completeness_falls_with_each_gap(ranker):
    pairs, last = COMPLETE[:1].copy(), 1.0 + 1e-12
    for column in range(N):
        pairs[:, column] = np.nan
        assert ranker.completeness(pairs)[0] <= last + 1e-12
        last = ranker.completeness(pairs)[0]


@pytest.mark.parametrize("n_pairs", [1, 5])
def test_ranker_pool_of_equal_pairs_is_still_complete(ranker, n_pairs):
    # Nothing tells such pairs apart; what is known of them is known all the same.
    ranker.observe(np.full((n_pairs, N), 0.5))
    np.testing.assert_allclose(ranker.completeness(COMPLETE), 1.0)
    assert ranker.shares_.sum() == pytest.approx(1.0)


def test_ranker_shares_sum_to_one(ranker):
    assert ranker.shares_.shape == (N,)
    assert (ranker.shares_ >= 0.0).all()
    assert ranker.shares_.sum() == pytest.approx(1.0)


def test_ranker_pool_without_a_feature_gives_it_no_share(ranker):
    pool = PAIRS.copy()
    pool[:, 0] = np.nan
    ranker.observe(pool)
    assert ranker.shares_[0] == 0.0
    assert ranker.shares_.sum() == pytest.approx(1.0)


def test_ranker_deep_copy_goes_its_own_way(ranker):
    twin, before = copy.deepcopy(ranker), ranker.means_.copy()
    twin.observe(0.1 * COMPLETE)
    np.testing.assert_array_equal(ranker.means_, before)
    assert not np.allclose(twin.means_, before)


def test_ranker_pickle_predicts_the_same(ranker):
    opened = pickle.loads(pickle.dumps(ranker))
    np.testing.assert_array_equal(opened.predict(PAIRS), ranker.predict(PAIRS))
    np.testing.assert_array_equal(opened.shares_, ranker.shares_)
    assert opened.features_ == ranker.features_


# Chance puts half of the couples right. Labels follow one feature of ten, a tenth of which is unknown;
# the analyst weighs `values` .08, so even without labels more than chance is to be found.
@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("weighted", 0.53, 0.67),
        ("pairwise", 0.63, 0.78),
        ("boosted", 0.80, 0.97),
        ("calibrated", 0.63, 0.78),
        ("calibrated-boosted", 0.80, 0.97),
    ],
)
def test_ranker_quality_on_new_seekers_lies_in_its_band(kind, low, high):
    pairs, labels, _ = simulate(seed=9)
    ranker = fit(MAKERS[kind](), PAIRS, LABELS, SEEKERS)
    assert low < within_seekers(ranker.predict(pairs), labels) < high


@pytest.mark.parametrize(("kind", "least"), [("pairwise", 0.60), ("boosted", 0.80), ("calibrated", 0.60)])
def test_ranker_trained_finds_a_signal_that_the_analyst_does_not_weigh(kind, least):
    new, labels, _ = simulate("overlap_tags", seed=10)
    analyst = WeightedRanker(feature_names=FEATURES).fit(new)
    assert within_seekers(analyst.predict(new), labels) < 0.55
    ranker = fit(MAKERS[kind](), *simulate("overlap_tags", seed=4))
    assert within_seekers(ranker.predict(new), labels) > least
