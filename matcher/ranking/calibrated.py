"""A trained ranker together with its calibration."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin

from matcher.arrays import Floats
from matcher.ranking.boosted import BoostedRanker
from matcher.ranking.calibration import Calibration
from matcher.ranking.pairwise import PairwiseRanker
from matcher.ranking.weighted import WeightedRanker

AnyRanker = WeightedRanker | PairwiseRanker | BoostedRanker


class CalibratedRanker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """A fitted ranker whose gains are probabilities that a side agrees.

    Parameters
    ----------
    ranker : WeightedRanker, PairwiseRanker or BoostedRanker
        Fitted.
    calibration : Calibration
        Fitted to pairs that the ranker had not learned from.
    """

    def __init__(self, ranker: AnyRanker, calibration: Calibration) -> None:
        self.ranker = ranker
        self.calibration = calibration

    @property
    def features_(self) -> tuple[str, ...]:
        """Names of the columns of X, in order."""
        return self.ranker.features_

    @property
    def means_(self) -> Floats:
        """The pool's mean of each feature."""
        return np.asarray(self.ranker.means_)

    @property
    def shares_(self) -> Floats:
        """How much each feature counts, summing to 1."""
        return np.asarray(self.ranker.shares_)

    def fit(self, X: Floats, y: Any = None, **labels: Any) -> Self:  # noqa: N803
        """Fit the ranker anew; the calibration stays as it is."""
        self.ranker.fit(X, y, **labels)
        return self

    def observe(self, X: Floats) -> Self:  # noqa: N803
        """Learn what is usual in a pool."""
        self.ranker.observe(X)
        return self

    def utility(self, X: Floats) -> Floats:  # noqa: N803
        """Return the ranker's utility of each pair."""
        return self.ranker.utility(X)

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Return the probability that the side agrees, shape (n_pairs,), in [0, 1]."""
        return self.calibration.predict(self.ranker.utility(X))

    def completeness(self, X: Floats) -> Floats:  # noqa: N803
        """Return the share of what counts that is known, shape (n_pairs,), in [0, 1]."""
        return self.ranker.completeness(X)
