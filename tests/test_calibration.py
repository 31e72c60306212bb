import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import expit
from sklearn.exceptions import NotFittedError

from matcher.errors import OutcomeError
from matcher.features import COMPONENT_NAMES
from matcher.matching.scoring import mutual_score
from matcher.ranking import CalibratedRanker, Calibration, WeightedRanker
from matcher.ranking.calibration import ENOUGH

pytestmark = pytest.mark.numerical

METHODS = ["sigmoid", "isotonic"]


def fit(method, *given):
    """Return a calibration by a method, whatever the number of labels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.ranking.calibration.ENOUGH", 0 if method == "isotonic" else np.inf)
        return Calibration().fit(*given)


def sigmoid(utility):
    return expit(-1.0 + 1.5 * utility)


def stairs(utility):
    return np.select([utility < -0.5, utility < 0.8], [0.1, 0.35], 0.8)


def simulate(agrees, n=20_000, seed=0):
    """Return both utilities and which pairs formed: each side agrees on its own, both must."""
    rng = np.random.default_rng(seed)
    seeker, candidate = rng.normal(size=(2, n))
    formed = (rng.random(n) < agrees(seeker)) & (rng.random(n) < agrees(candidate))
    return seeker, candidate, formed.astype(float)


def expectations(agrees, n=3000, seed=0):
    """Return pairs of which each stands once for its forming and once for the rest, by probability."""
    rng = np.random.default_rng(seed)
    seeker, candidate = rng.normal(size=(2, n))
    forms = agrees(seeker) * agrees(candidate)
    labels, weight = np.repeat([1.0, 0.0], n), np.concatenate([forms, 1.0 - forms])
    return np.tile(seeker, 2), np.tile(candidate, 2), labels, weight


@pytest.mark.parametrize(
    ("method", "agrees"), [("sigmoid", sigmoid), ("isotonic", sigmoid), ("isotonic", stairs)]
)
def test_calibration_product_matches_the_share_of_pairs_that_form_by_decile(method, agrees):
    calibration = fit(method, *simulate(agrees))
    seeker, candidate, formed = simulate(agrees, seed=1)
    product = mutual_score(calibration.predict(seeker), calibration.predict(candidate), calibrated=True)
    # 2,000 pairs a decile: a share has a standard error of .011 at most.
    for rows in np.array_split(np.argsort(product, kind="stable"), 10):
        assert product[rows].mean() == pytest.approx(formed[rows].mean(), abs=0.035)
    assert product.mean() == pytest.approx(formed.mean(), abs=0.01)


@pytest.mark.parametrize(
    ("method", "agrees"), [("sigmoid", sigmoid), ("isotonic", sigmoid), ("isotonic", stairs)]
)
def test_calibration_gain_of_each_side_is_close_to_the_truth(method, agrees):
    calibration = fit(method, *simulate(agrees))
    utility = np.random.default_rng(2).normal(size=5000)
    gain, truth = calibration.predict(utility), agrees(utility)
    assert gain.mean() == pytest.approx(truth.mean(), abs=0.02)
    assert np.abs(gain - truth).mean() < 0.03


def test_calibration_sigmoid_finds_the_planted_curve():
    seeker, candidate, labels, weight = expectations(sigmoid)
    calibration = fit("sigmoid", seeker, candidate, labels, weight)
    assert calibration.offset_ == pytest.approx(-1.0, abs=0.01)
    assert calibration.slope_ == pytest.approx(1.5, abs=0.01)


@pytest.mark.parametrize("offset", [-4.0, -6.0, -8.0])
def test_calibration_rare_pairs_are_fitted_as_well(offset):
    # Down to one pair in a million, as in a large pool where each seeker finds a few partners.
    seeker, candidate, labels, weight = expectations(lambda utility: expit(offset + 1.5 * utility))
    calibration = fit("sigmoid", seeker, candidate, labels, weight)
    assert calibration.offset_ == pytest.approx(offset, abs=0.05)
    assert calibration.slope_ == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize("method", METHODS)
def test_calibration_sides_may_be_swapped(method):
    seeker, candidate, formed = simulate(sigmoid, n=3000)
    utility = np.linspace(-3, 3, 50)
    one = fit(method, seeker, candidate, formed).predict(utility)
    np.testing.assert_allclose(fit(method, candidate, seeker, formed).predict(utility), one, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_calibration_order_of_pairs_changes_nothing(method):
    seeker, candidate, formed = simulate(sigmoid, n=3000)
    order, utility = np.random.default_rng(0).permutation(3000), np.linspace(-3, 3, 50)
    one = fit(method, seeker, candidate, formed).predict(utility)
    other = fit(method, seeker[order], candidate[order], formed[order]).predict(utility)
    np.testing.assert_allclose(other, one, atol=1e-4)


FITTED = {method: fit(method, *simulate(stairs, n=3000)) for method in METHODS}


@pytest.mark.parametrize("method", METHODS)
@given(utility=arrays(np.float64, 6, elements=st.floats(-1e6, 1e6) | st.floats(-3, 3)))
def test_calibration_any_utility_gives_a_probability_that_never_falls(method, utility):
    gains = FITTED[method].predict(np.sort(utility))
    assert ((gains >= 0.0) & (gains <= 1.0)).all()
    assert (np.diff(gains) >= -1e-12).all()


@pytest.mark.parametrize("method", METHODS)
def test_calibration_keeps_the_order_of_usual_utilities(method):
    gains = FITTED[method].predict(np.linspace(-3, 3, 200))
    assert (np.diff(gains) > 0.0).all()


def test_calibration_predict_keeps_the_shape():
    assert FITTED["isotonic"].predict(np.zeros((2, 3))).shape == (2, 3)


@pytest.mark.parametrize(("n_formed", "method"), [(ENOUGH - 1, "sigmoid"), (ENOUGH, "isotonic")])
def test_calibration_auto_takes_the_method_that_the_labels_bear(n_formed, method):
    seeker, candidate, _ = simulate(sigmoid, n=3000)
    noise = np.random.default_rng(3).logistic(size=3000)
    formed = np.zeros(3000)
    formed[np.argsort(-(seeker + candidate + noise))[:n_formed]] = 1.0
    assert Calibration().fit(seeker, candidate, formed).method_ == method


def test_calibration_methods_differ():
    utility = np.linspace(-3, 3, 50)
    sigmoid_gains, isotonic_gains = (FITTED[method].predict(utility) for method in METHODS)
    assert np.abs(sigmoid_gains - isotonic_gains).max() > 0.05


@pytest.mark.parametrize("method", METHODS)
def test_calibration_repeated_pairs_equal_a_weight_of_two(method):
    seeker, candidate, formed = simulate(sigmoid, n=3000)
    rows = np.concatenate([np.arange(3000), np.arange(1000)])
    weight = np.where(np.arange(3000) < 1000, 2.0, 1.0)
    repeated = fit(method, seeker[rows], candidate[rows], formed[rows])
    weighted = fit(method, seeker, candidate, formed, weight)
    utility = np.linspace(-2, 2, 50)
    np.testing.assert_allclose(weighted.predict(utility), repeated.predict(utility), atol=2e-3)
    plain = fit(method, seeker, candidate, formed)
    assert np.abs(plain.predict(utility) - weighted.predict(utility)).max() > 2e-3


@pytest.mark.parametrize("method", METHODS)
def test_calibration_pairs_of_weight_zero_change_nothing(method):
    seeker, candidate, formed = simulate(sigmoid, n=3000)
    weight = (np.arange(3000) < 2000).astype(float)
    part = fit(method, seeker[:2000], candidate[:2000], formed[:2000])
    whole = fit(method, seeker, candidate, formed, weight)
    utility = np.linspace(-2, 2, 50)
    np.testing.assert_allclose(whole.predict(utility), part.predict(utility), atol=2e-3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("labels", [np.zeros(20), np.ones(20)])
def test_calibration_one_kind_of_pairs_is_refused(method, labels):
    utility = np.linspace(0, 1, 20)
    with pytest.raises(OutcomeError, match="pairs that formed and pairs that did not; got one kind only"):
        fit(method, utility, utility, labels)


@pytest.mark.parametrize("method", METHODS)
def test_calibration_reversed_labels_give_one_gain_for_all(method):
    seeker, candidate, formed = simulate(lambda utility: sigmoid(-utility), n=4000)
    calibration = fit(method, seeker, candidate, formed)
    assert calibration.slope_ == pytest.approx(0.0, abs=1e-9)
    assert calibration.slope_ >= 0.0
    gains = calibration.predict(np.linspace(-2, 2, 50))
    assert np.ptp(gains) < 0.02
    assert (gains**2).mean() == pytest.approx(formed.mean(), abs=0.02)


@pytest.mark.parametrize("method", METHODS)
def test_calibration_equal_utilities_give_the_base_rate(method):
    utility, formed = np.full(200, 0.4), (np.arange(200) < 50).astype(float)
    gain = fit(method, utility, utility, formed).predict(np.array([0.4]))[0]
    assert gain**2 == pytest.approx(0.25, abs=0.005)


@pytest.mark.parametrize("method", METHODS)
def test_calibration_utilities_that_part_the_pairs_are_fitted(method):
    utility = np.repeat([-1.0, 1.0], 200)
    calibration = fit(method, utility, utility, utility > 0)
    gains = calibration.predict(np.array([-1.0, 1.0]))
    assert gains[0] < 0.2
    assert gains[1] > 0.95


def test_calibration_sure_pair_that_did_not_form_is_fitted():
    # The sigmoid is 1 to the last digit there, so that "the other side did not agree" has no share.
    utility = np.append(np.repeat([-1.0, 1.0], 3000), 400.0)
    formed = np.append(np.repeat([0.0, 1.0], 3000), 0.0)
    weight = np.append(np.ones(6000), 1e-9)
    with np.errstate(divide="raise", invalid="raise"):
        calibration = fit("isotonic", utility, utility, formed, weight)
    assert np.isfinite(calibration.predict(np.array([-1.0, 1.0, 400.0]))).all()


def test_calibration_unfitted_is_refused():
    with pytest.raises(NotFittedError):
        Calibration().predict(np.zeros(3))


def test_calibrated_ranker_predicts_the_calibrated_utility():
    pairs = np.random.default_rng(0).random((30, len(COMPONENT_NAMES)))
    ranker = CalibratedRanker(WeightedRanker().fit(pairs), FITTED["sigmoid"])
    utility = WeightedRanker().fit(pairs).predict(pairs)
    np.testing.assert_array_equal(ranker.utility(pairs), utility)
    np.testing.assert_array_equal(ranker.predict(pairs), FITTED["sigmoid"].predict(utility))


def test_calibrated_ranker_fit_leaves_the_calibration_alone():
    pairs = np.random.default_rng(0).random((30, len(COMPONENT_NAMES)))
    calibration = fit("sigmoid", *simulate(sigmoid, n=2000))
    before = (calibration.offset_, calibration.slope_)
    ranker = CalibratedRanker(WeightedRanker(), calibration).fit(pairs, np.arange(30) % 2)
    assert (ranker.calibration.offset_, ranker.calibration.slope_) == before
    np.testing.assert_allclose(ranker.means_, pairs.mean(axis=0))


def test_calibrated_ranker_without_calibration_is_refused():
    pairs = np.ones((3, len(COMPONENT_NAMES)))
    with pytest.raises(NotFittedError):
        CalibratedRanker(WeightedRanker().fit(pairs), Calibration()).predict(pairs)
