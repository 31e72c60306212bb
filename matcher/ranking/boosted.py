"""A ranker of boosted trees that never falls where a feature rises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from matcher.arrays import Floats
from matcher.errors import OutcomeError
from matcher.features import COMPONENT_NAMES, COMPONENTS
from matcher.ranking.additive import (
    analyst_weights,
    column_means,
)
from matcher.ranking.pairwise import Choices

DIRECTIONS: Final = {component.name: component.direction for component in COMPONENTS}
"""Of components; every other feature counts for a pair."""
WEIGHING_ROWS: Final = 2000
"""Pairs on which the share of each feature is told."""


class BoostedRanker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Mean of several boosted classifiers with monotone constraints.

    Of features that were unknown wherever it learned, the trees can say nothing: there the analyst's
    weights stand, as sharply as they told partners from others by the features that were known.

    Parameters
    ----------
    feature_names : sequence of str, optional
        Columns of X; the components when left out.
    weights : mapping of str to float, optional
        The analyst's weights; the defaults when left out.
    n_trees : int, default 150
        Trees of each member.
    n_leaves : int, default 6
        Leaves of a tree: how many features may act together.
    learning_rate : float, default 0.05
    n_members : int, default 3
        Classifiers, each with a seed of its own, whose log-odds are averaged.
    seed : int, default 0

    Attributes
    ----------
    members_ : list of HistGradientBoostingClassifier
    is_known_ : ndarray of shape (n_features,)
        Features of which anything was known in training.
    kept_ : ndarray of shape (n_features,)
        Log-odds a unit of each feature of which nothing was known: the analyst's.
    means_ : ndarray of shape (n_features,)
        The pool's mean of each feature.
    shares_ : ndarray of shape (n_features,)
        How far log-odds move on average where a feature is put to its mean, summing to 1, or all 0
        where nothing is known. A rough guide to what the trees look at, not an exact contribution.
        Own definition.

    References
    ----------
    Friedman (2001), gradient boosting, as HistGradientBoostingClassifier of scikit-learn.
    """

    def __init__(
        self,
        feature_names: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
        n_trees: int = 150,
        n_leaves: int = 6,
        learning_rate: float = 0.05,
        n_members: int = 3,
        seed: int = 0,
    ) -> None:
        self.feature_names = feature_names
        self.weights = weights
        self.n_trees = n_trees
        self.n_leaves = n_leaves
        self.learning_rate = learning_rate
        self.n_members = n_members
        self.seed = seed

    @property
    def features_(self) -> tuple[str, ...]:
        """Names of the columns of X, in order."""
        return COMPONENT_NAMES if self.feature_names is None else tuple(self.feature_names)

    def fit(
        self,
        X: Floats,  # noqa: N803
        y: Any = None,
        *,
        groups: Any = None,
        sample_weight: Any = None,
    ) -> Self:
        """Learn from labelled and unlabelled pairs.

        Parameters
        ----------
        X, y : as for `PairwiseRanker`
        groups, sample_weight : as for `PairwiseRanker`
            They only tell how sharp the analyst's weights are. To the trees all pairs are alike:
            unlabelled ones are drawn more thinly than they are, which moves the base rate alone,
            and calibration sets that right.

        Raises
        ------
        OutcomeError
            If there are no labels, or only of one class.
        """
        X = validate_data(self, X, ensure_all_finite="allow-nan", dtype=np.float64)  # noqa: N806
        if X.shape[1] != len(self.features_):
            raise ValueError(f"X must have {len(self.features_)} columns, one a feature; got {X.shape[1]}.")
        labels = np.asarray([] if y is None else y, dtype=np.float64) > 0
        if labels.all() or not labels.any():
            raise OutcomeError(
                "BoostedRanker needs partners and other candidates to learn from; got one class only. "
                "Use WeightedRanker or add outcomes."
            )
        # Trees cannot be grown on a column of which nothing is known; it must not count later either.
        self.is_known_ = ~np.isnan(X).all(axis=0)
        rows = np.where(self.is_known_, X, 0.0)
        with _one_thread():
            self.members_ = [self._member(member).fit(rows, labels) for member in range(self.n_members)]
        self._keep(X, labels, groups, sample_weight)
        return self.observe(X)

    def _keep(self, X: Floats, y: NDArray[np.bool_], groups: Any, sample_weight: Any) -> None:  # noqa: N803
        prior = analyst_weights(self.weights, self.features_)
        filled = np.where(np.isnan(X), np.nan_to_num(column_means(X)), X)
        choices = Choices.gather(filled, y, groups, sample_weight)
        sharpness = choices.sharpness(np.where(self.is_known_, prior, 0.0)) if choices.n_chosen else 0.0
        self.kept_ = np.where(self.is_known_, 0.0, sharpness * prior)

    def _member(self, place: int) -> HistGradientBoostingClassifier:
        directions = [DIRECTIONS.get(name, 1) for name in self.features_]
        return HistGradientBoostingClassifier(
            max_iter=self.n_trees,
            max_leaf_nodes=self.n_leaves,
            learning_rate=self.learning_rate,
            min_samples_leaf=30,
            l2_regularization=10.0,
            max_features=0.5,
            monotonic_cst=directions,
            early_stopping=False,
            random_state=self.seed + place,
        )

    def observe(self, X: Floats) -> Self:  # noqa: N803
        """Learn what is usual in a pool: the mean of each feature, and how much each one moves gains."""
        check_is_fitted(self, "members_")
        X = validate_data(  # noqa: N806
            self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64
        )
        self.means_ = column_means(X)
        rows = _spread_out(X, WEIGHING_ROWS)
        usual = self.utility(rows)
        moved = np.zeros(len(self.features_))
        for column in np.flatnonzero(~np.isnan(self.means_)):
            changed = rows.copy()
            changed[:, column] = self.means_[column]
            moved[column] = np.abs(self.utility(changed) - usual).mean()
        if not moved.any():  # nothing tells the pool's pairs apart: all that is known counts alike
            moved = (~np.isnan(self.means_)).astype(np.float64)
        self.shares_ = moved / moved.sum() if moved.any() else moved
        return self

    def utility(self, X: Floats) -> Floats:  # noqa: N803
        """Return the mean log-odds of each pair, shape (n_pairs,)."""
        check_is_fitted(self, "members_")
        X = validate_data(  # noqa: N806
            self, X, reset=False, ensure_all_finite="allow-nan", dtype=np.float64
        )
        seen = np.where(self.is_known_, X, 0.0)
        with _one_thread():
            trees = np.mean([member.decision_function(seen) for member in self.members_], axis=0)
        usual = np.nan_to_num(getattr(self, "means_", np.zeros(X.shape[1])))
        return np.asarray(trees + np.where(np.isnan(X), usual, X) @ self.kept_)

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Return the gain of each pair, shape (n_pairs,), in [0, 1]; not a probability as it is."""
        return np.asarray(expit(self.utility(X)))

    def completeness(self, X: Floats) -> Floats:  # noqa: N803
        """Return the share of what the trees look at that is known, shape (n_pairs,), in [0, 1]."""
        check_is_fitted(self, "members_")
        known: NDArray[np.bool_] = ~np.isnan(X)
        return np.asarray(known @ self.shares_)


def _spread_out(X: Floats, n_rows: int) -> Floats:  # noqa: N803
    """Return some rows from all over X; the same ones in whatever order they come."""
    if len(X) <= n_rows:
        return X
    # Any fixed projection will do; it only has to tell unlike rows apart.
    place = (np.nan_to_num(X, nan=-1.0) * np.sqrt(np.arange(2.0, X.shape[1] + 2.0))).sum(axis=1)
    order = np.argsort(place, kind="stable")
    return np.asarray(X[order[np.linspace(0, len(X) - 1, n_rows).astype(np.int64)]])


def _one_thread() -> threadpool_limits:
    """Keep the trees to one thread: they are small, and threads that wait for a busy core cost more."""
    return threadpool_limits(limits=1, user_api="openmp")
