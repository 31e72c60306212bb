"""Rankers whose gain is a weighted mean of features, lowered by the conflict gate."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from matcher.arrays import Flags, Floats
from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.errors import ConfigError
from matcher.features import COMPONENT_NAMES, GATES


class Ranker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Base of rankers.

    Attributes
    ----------
    means_ : ndarray of shape (n_features,)
        The pool's mean of each feature, which replaces missing values; NaN where the whole pool lacks it.
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


class AdditiveRanker(Ranker):
    """What `WeightedRanker` and `PairwiseRanker` share.

    Attributes
    ----------
    weights_ : ndarray of shape (n_features,)
        Summing to 1; 0 for a gate. A feature that the whole pool lacks counts in no gain.
    """

    conflict_strength: float
    weights_: Floats

    def observe(self, X: Floats) -> Self:
        """Learn the mean of each feature in a pool; weights stay as they are.

        Parameters
        ----------
        X : ndarray of shape (n_pairs, n_features)
            Pairs of the pool; NaN where unknown.
        """
        check_is_fitted(self, "weights_")
        self.means_ = column_means(self._checked(X))
        return self

    @property
    def shares_(self) -> Floats:
        """Weights that are in force in this pool, shape (n_features,), summing to 1 or all 0."""
        shares = np.where(np.isnan(self.means_), 0.0, self.weights_)
        total = shares.sum()
        return np.asarray(shares / total if total > 0 else shares)

    def predict(self, X: Floats) -> Floats:
        """Return the gain of each pair, shape (n_pairs,), in [0, 1]."""
        return np.asarray(self.contributions(X).sum(axis=1))

    def utility(self, X: Floats) -> Floats:
        """Return the input of calibration, shape (n_pairs,): the gain itself."""
        return self.predict(X)

    def contributions(self, X: Floats) -> Floats:
        """Return what each feature adds to the gain, shape (n_pairs, n_features).

        Rows sum to the gain. The gate's contribution is negative or 0.
        """
        check_is_fitted(self)
        filled = fill(self._checked(X), self.means_)
        parts = filled * self.shares_
        gates = self._gates()
        ungated = parts.sum(axis=1)
        parts[:, gates] = -self.conflict_strength * ungated[:, None] * filled[:, gates]
        return np.asarray(parts)

    def completeness(self, X: Floats) -> Floats:
        """Return the share of the weight whose features are known, shape (n_pairs,), in [0, 1]."""
        check_is_fitted(self)
        return np.asarray((~np.isnan(X)) @ self.weights_)

    def _check_strength(self) -> None:
        """Refuse a strength that would turn gains negative, or raise them where products collide."""
        strength: Any = self.conflict_strength
        if not isinstance(strength, numbers.Real) or not 0.0 <= float(strength) <= 1.0:
            raise ConfigError(f"conflict_strength must be a number from 0 to 1; got {strength!r}.")

    def _gates(self) -> Flags:
        return np.array([name in GATES for name in self.features_])


class WeightedRanker(AdditiveRanker):
    """Weighted mean of components; additive, needs no labels.

    Parameters
    ----------
    weights : mapping of str to float, optional
        Weight of each component, >= 0; brought to sum 1. None for the documented defaults.
    conflict_strength : float, default 0.5
        By how much a full collision lowers the gain, in [0, 1].
    feature_names : sequence of str, optional
        Columns of X; the components when left out. Those that are no component weigh 0.
    """

    def __init__(
        self,
        weights: Mapping[str, float] | None = None,
        conflict_strength: float = 0.5,
        feature_names: Sequence[str] | None = None,
    ) -> None:
        self.weights = weights
        self.conflict_strength = conflict_strength
        self.feature_names = feature_names

    def fit(self, X: Floats, y: Any = None, **labels: Any) -> Self:
        """Learn the pool's mean of each component from X, as for `observe`; labels are not used.

        Raises
        ------
        ConfigError
            If a weight names no component, is negative, or all are 0, or the conflict's strength is out
            of range.
        """
        self._check_strength()
        X = self._checked(X, reset=True)
        self.weights_ = analyst_weights(self.weights, self.features_)
        self.means_ = column_means(X)
        return self
