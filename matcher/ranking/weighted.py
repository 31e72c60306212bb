"""The analyst's ranker: a weighted mean of components, behind a conflict gate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.features import COMPONENT_NAMES, COMPONENTS

Floats = NDArray[np.float64]

_GATES = np.array([component.is_gate for component in COMPONENTS])


class WeightedRanker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Weighted mean of components; additive, needs no labels.

    Parameters
    ----------
    weights : mapping of str to float, optional
        Weight of each component, >= 0; brought to sum 1. None for the documented defaults.
    conflict_strength : float, default 0.5
        By how much a full collision lowers the gain, in [0, 1].

    Attributes
    ----------
    means_ : ndarray of shape (n_components,)
        The pool's mean of each component, which stands in where one is missing; NaN where the
        whole pool lacks it: the component then counts for nobody.
    weights_ : ndarray of shape (n_components,)
        The weights as given, summing to 1; 0 for a gate.

    Raises
    ------
    ConfigError
        On `fit`, if a weight names no component, is negative, or all are 0.
    """

    def __init__(self, weights: Mapping[str, float] | None = None, conflict_strength: float = 0.5) -> None:
        self.weights = weights
        self.conflict_strength = conflict_strength

    def fit(self, X: Floats, y: None = None) -> Self:  # noqa: N803
        """Learn the pool's mean of each component.

        Parameters
        ----------
        X : ndarray of shape (n_pairs, n_components)
            Components in the order of `COMPONENT_NAMES`; NaN where unknown.
        y : ignored
            Labels are not used.
        """
        X = validate_data(self, X, ensure_all_finite="allow-nan", dtype=np.float64)  # noqa: N806
        if X.shape[1] != len(COMPONENT_NAMES):
            raise ValueError(
                f"X must have {len(COMPONENT_NAMES)} columns, one a component; got {X.shape[1]}."
            )
        self.weights_ = _checked_weights(self.weights)
        known = ~np.isnan(X)
        counts = known.sum(axis=0)
        sums = np.where(known, X, 0.0).sum(axis=0)
        self.means_ = np.divide(sums, counts, out=np.full(X.shape[1], np.nan), where=counts > 0)
        return self

    @property
    def shares_(self) -> Floats:
        """Weights that are in force in this pool, shape (n_components,), summing to 1 or all 0."""
        shares = np.where(np.isnan(self.means_), 0.0, self.weights_)
        total = shares.sum()
        return np.asarray(shares / total if total > 0 else shares)

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Return the gain of each pair, shape (n_pairs,), in [0, 1]."""
        return np.asarray(self.contributions(X).sum(axis=1))

    def contributions(self, X: Floats) -> Floats:  # noqa: N803
        """Return what each component adds to the gain, shape (n_pairs, n_components).

        Rows sum to the gain. The gate's contribution is negative or 0.
        """
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64)  # noqa: N806
        filled = np.where(np.isnan(X), np.nan_to_num(self.means_), X)
        parts = filled * self.shares_
        ungated = parts.sum(axis=1)
        parts[:, _GATES] = -self.conflict_strength * ungated[:, None] * filled[:, _GATES]
        return np.asarray(parts)

    def completeness(self, X: Floats) -> Floats:  # noqa: N803
        """Return the share of the weight whose components are known, shape (n_pairs,), in [0, 1]."""
        check_is_fitted(self)
        return np.asarray((~np.isnan(X)) @ self.weights_)


def _checked_weights(weights: Mapping[str, float] | None) -> Floats:
    """Return the weight of each component, summing to 1; the same checks as in a configuration."""
    if weights is None:
        normalised = DEFAULT_WEIGHTS.normalised()
    else:
        normalised = Config.from_dict({"weights": dict(weights)}).weights.normalised()
    return np.array([normalised.get(name, 0.0) for name in COMPONENT_NAMES])
