"""What all rankers share: names of features, checks of their input, and the means of a pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import validate_data

from matcher.arrays import Floats
from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.features import COMPONENT_NAMES


class Ranker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Base of rankers.

    Attributes
    ----------
    means_ : ndarray of shape (n_features,)
        The pool's mean of each feature; NaN where the whole pool lacks it.
    """

    feature_names: Sequence[str] | None
    means_: Floats

    @property
    def features_(self) -> tuple[str, ...]:
        """Names of the columns of X, in order."""
        return COMPONENT_NAMES if self.feature_names is None else tuple(self.feature_names)

    def _checked(self, X: Floats, *, reset: bool = False) -> Floats:
        X = validate_data(self, X, reset=reset, ensure_all_finite="allow-nan", dtype=np.float64)
        if X.shape[1] != len(self.features_):
            raise ValueError(f"X must have {len(self.features_)} columns, one per feature; got {X.shape[1]}.")
        return np.asarray(X)


def analyst_weights(weights: Mapping[str, float] | None, features: Sequence[str]) -> Floats:
    """Return the analyst's weight of each feature, summing to 1; 0 for those that are no component.

    Raises
    ------
    ConfigError
        If a weight names no component, is negative, or all are 0.
    """
    given = DEFAULT_WEIGHTS if weights is None else Config.from_dict({"weights": dict(weights)}).weights
    normalised = given.normalised()
    return np.array([normalised.get(name, 0.0) for name in features])


def column_means(X: Floats) -> Floats:
    """Return the mean of each column's known values; NaN where there is none."""
    counts = (~np.isnan(X)).sum(axis=0)
    return np.asarray(
        np.divide(np.nansum(X, axis=0), counts, out=np.full(X.shape[1], np.nan), where=counts > 0)
    )


def fill(X: Floats, means: Floats) -> Floats:
    """Replace missing values by the means of their columns, 0 where there is none."""
    return np.where(np.isnan(X), np.nan_to_num(means), X)
