"""Gains that are probabilities: a pair forms if both sides agree."""

from operator import attrgetter
from typing import Any, Final, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.isotonic import IsotonicRegression
from sklearn.utils.validation import check_is_fitted

from matcher.arrays import Flags, Floats
from matcher.errors import OutcomeError
from matcher.ranking.boosted import BoostedRanker
from matcher.ranking.pairwise import PairwiseRanker
from matcher.ranking.simple import SignalRanker
from matcher.ranking.weighted import WeightedRanker

ENOUGH: Final = 1000  # labelled pairs from which isotonic regression is preferred to a sigmoid
ROUNDS: Final = 30
SMALLEST: Final = 1e-6
TRACE: Final = 0.02

AnyRanker = WeightedRanker | SignalRanker | PairwiseRanker | BoostedRanker


class Calibration(BaseEstimator):  # type: ignore[misc]
    """Maps the utility of each side to the probability that this side agrees.

    A pair forms when both sides agree, independently given their utilities; only the pair's forming
    is seen. So the product of both gains is the probability that the pair forms, in the time that
    the labels span. `method_` is "sigmoid" (Platt 1999) below `ENOUGH` labelled pairs, else "isotonic"
    regression (Zadrozny and Elkan 2002); the noisy-and of two sides, fitted by maximum likelihood or
    expectation maximisation, is our own.
    """

    def fit(self, seeker: Floats, candidate: Floats, y: Any, sample_weight: Any = None) -> Self:
        """Fit to pairs' utility to each side, shape (n_pairs,); `OutcomeError` if all formed, or none."""
        formed = np.asarray(y, dtype=np.float64) > 0
        if formed.all() or not formed.any():
            raise OutcomeError(
                "calibration needs pairs that formed and pairs that did not; got one kind only. "
                "Add outcomes, or leave gains uncalibrated."
            )
        weight = np.ones(len(formed)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        self.method_ = "isotonic" if formed.sum() >= ENOUGH else "sigmoid"
        both = np.stack([seeker, candidate])
        self.offset_, self.slope_ = _fit_sigmoid(both, formed, weight)
        if self.method_ == "sigmoid":
            return self
        # By expectation maximisation. A side that agrees to the last digit would leave the other no share in
        # pairs that did not form.
        agrees = np.clip(self._sigmoid(both), SMALLEST, 1.0 - SMALLEST)
        regression = IsotonicRegression(y_min=SMALLEST, y_max=1.0 - SMALLEST, out_of_bounds="clip")
        for _ in range(ROUNDS):
            # Where a pair did not form, a side may still have agreed: the other did not.
            apart = agrees * (1.0 - agrees[::-1]) / (1.0 - agrees.prod(axis=0))
            expected = np.where(formed, 1.0, apart)
            regression.fit(both.ravel(), expected.ravel(), sample_weight=np.tile(weight, 2))
            agrees = regression.predict(both.ravel()).reshape(both.shape)
        self.knots_, self.levels_ = regression.X_thresholds_, regression.y_thresholds_
        return self

    def predict(self, utility: Floats) -> Floats:
        """Return the probability that a side agrees, same shape, in [0, 1]; never falls with utility."""
        check_is_fitted(self, "method_")
        if self.method_ == "sigmoid":
            return self._sigmoid(utility)
        # Isotonic regression is flat in places; a trace of the sigmoid keeps the order there.
        steps = np.interp(utility, self.knots_, self.levels_)
        return np.asarray((1.0 - TRACE) * steps + TRACE * self._sigmoid(utility))

    def _sigmoid(self, utility: Floats) -> Floats:
        return np.asarray(expit(self.offset_ + self.slope_ * utility))


class CalibratedRanker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted ranker whose gains are probabilities, calibrated on pairs that it had not learned from."""

    def __init__(self, ranker: AnyRanker, calibration: Calibration) -> None:
        self.ranker = ranker
        self.calibration = calibration

    features_ = property(attrgetter("ranker.features_"), doc="Names of the columns of X, in order.")
    means_ = property(attrgetter("ranker.means_"), doc="The pool's mean of each feature.")
    shares_ = property(attrgetter("ranker.shares_"), doc="The share of each feature, summing to 1.")
    slopes_ = property(attrgetter("ranker.slopes_"), doc="What features count beyond their usual value.")
    utility = property(attrgetter("ranker.utility"), doc="As of the ranker.")
    completeness = property(attrgetter("ranker.completeness"), doc="As of the ranker.")

    def fit(self, X: Floats, y: Any = None, **labels: Any) -> Self:
        """Fit the ranker anew; the calibration stays as it is."""
        self.ranker.fit(X, y, **labels)
        return self

    def observe(self, X: Floats) -> Self:
        """Learn the means of a pool."""
        self.ranker.observe(X)
        return self

    def predict(self, X: Floats) -> Floats:
        """Return the probability that the side agrees, shape (n_pairs,), in [0, 1]."""
        return self.calibration.predict(self.ranker.utility(X))


def _fit_sigmoid(both: Floats, formed: Flags, weight: Floats) -> tuple[float, float]:
    """Return the offset and the slope >= 0 under which the seen pairs are most likely."""
    centre, spread = both.mean(), max(float(both.std()), SMALLEST)
    scaled = (both - centre) / spread
    share = float(np.average(formed, weights=weight))

    def loss(parameters: Floats) -> float:
        joint = log_expit(parameters[0] + parameters[1] * scaled).sum(axis=0)
        apart = np.log(-np.expm1(np.minimum(joint, -1e-12)))
        # Per pair that formed: per pair of all, slopes would look flat to the solver where few form.
        return float(-(weight @ np.where(formed, joint, apart)) / weight[formed].sum())

    start = np.array([np.log(np.sqrt(share) / (1.0 - np.sqrt(share))), 1.0])
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(None, None), (0.0, None)])
    slope = float(found.x[1]) / spread
    return float(found.x[0]) - slope * float(centre), slope
