"""The analyst's ranker: a weighted mean of components, behind a conflict gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from matcher.arrays import Floats
from matcher.ranking.additive import (
    AdditiveRanker,
    analyst_weights,
    column_means,
)


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

    Attributes
    ----------
    weights_ : ndarray of shape (n_features,)
        The weights as given, summing to 1; 0 for a gate.
    means_ : ndarray of shape (n_features,)
        The pool's mean of each component, which stands in where one is missing; NaN where the
        whole pool lacks it: the component then counts for nobody.

    Raises
    ------
    ConfigError
        On `fit`, if a weight names no component, is negative, or all are 0, or the conflict's strength
        is out of range.
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

    def fit(self, X: Floats, y: Any = None, **labels: Any) -> Self:  # noqa: N803
        """Learn the pool's mean of each component.

        Parameters
        ----------
        X : ndarray of shape (n_pairs, n_features)
            Features of pairs; NaN where unknown.
        y, **labels : ignored
            Labels, and what other rankers learn from, are not used.
        """
        self._check_strength()
        X = self._checked(X, reset=True)  # noqa: N806
        self.weights_ = analyst_weights(self.weights, self.features_)
        self.means_ = column_means(X)
        return self
