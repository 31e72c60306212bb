"""A ranker of boosted trees whose gain never falls where a feature rises."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final, Self

import numpy as np
from scipy.special import expit
from sklearn.utils.validation import check_is_fitted
from threadpoolctl import threadpool_limits

from matcher.arrays import Floats
from matcher.errors import OutcomeError
from matcher.features import COMPONENTS
from matcher.ranking.pairwise import Choices
from matcher.ranking.weighted import Ranker, analyst_weights, column_means, fill

DIRECTIONS: Final = {component.name: component.direction for component in COMPONENTS}
"""Of components; a higher value of any other feature is better."""
WEIGHING_ROWS: Final = 2000  # pairs on which the share of each feature is measured
# The trees are small: on one thread they cost less than threads that wait for a busy core.
_one_thread = partial(threadpool_limits, limits=1, user_api="openmp")


class BoostedRanker(Ranker):
    """Mean log-odds of several boosted classifiers, each with its seed, with monotone constraints.

    Features that are unknown in all training pairs keep the analyst's weights, times their sharpness on the
    known ones. As HistGradientBoostingClassifier of scikit-learn; Friedman (2001), gradient boosting.

    Attributes
    ----------
    is_known_, kept_ : ndarray of shape (n_features,)
        Features of which any value was known in training, and the log-odds per unit of each other one.
    shares_ : ndarray of shape (n_features,)
        Mean change of the log-odds where a feature is replaced by its mean, summing to 1, or all 0
        where nothing is known. A rough importance, no exact contribution. Own definition.
    """

    def __init__(
        self,
        feature_names: Sequence[str] | None = None,
        weights: Mapping[str, float] | None = None,
        n_trees: int = 150,
        n_members: int = 3,
        seed: int = 0,
    ) -> None:
        self.feature_names = feature_names
        self.weights = weights
        self.n_trees = n_trees
        self.n_members = n_members
        self.seed = seed

    def fit(self, X: Floats, y: Any = None, *, groups: Any = None, sample_weight: Any = None) -> Self:
        """Learn from labelled and unlabelled pairs; raise `OutcomeError` if there is only one class.

        Groups and weights count for the sharpness only: that unlabelled pairs were thinned changes but the
        base rate of the trees, and calibration corrects that.
        """
        X = self._checked(X, reset=True)
        labels = np.asarray([] if y is None else y, dtype=np.float64) > 0
        if labels.all() or not labels.any():
            raise OutcomeError(
                "BoostedRanker needs partners and other candidates to learn from; got one class only. "
                "Use WeightedRanker or add outcomes."
            )
        # Trees cannot be grown on a column of which nothing is known; it must not count later either.
        self.is_known_ = ~np.isnan(X).all(axis=0)
        rows = np.where(self.is_known_, X, 0.0)
        # Trees take a tenth of a second to import, and most runs grow none.
        from sklearn.ensemble import HistGradientBoostingClassifier

        make = partial(
            HistGradientBoostingClassifier,
            max_iter=self.n_trees,
            max_leaf_nodes=6,  # how many features may interact
            learning_rate=0.05,
            min_samples_leaf=30,
            l2_regularization=10.0,
            max_features=0.5,
            monotonic_cst=[DIRECTIONS.get(name, 1) for name in self.features_],
            early_stopping=False,
        )
        seeds = range(self.seed, self.seed + self.n_members)
        with _one_thread():
            self.members_ = [make(random_state=seed).fit(rows, labels) for seed in seeds]
        prior = analyst_weights(self.weights, self.features_)
        choices = Choices.gather(fill(X, column_means(X)), labels, groups, sample_weight)
        sharpness = choices.sharpness(np.where(self.is_known_, prior, 0.0)) if choices.n_chosen else 0.0
        self.kept_ = np.where(self.is_known_, 0.0, sharpness * prior)
        return self.observe(X)

    def observe(self, X: Floats) -> Self:
        """Learn the mean of each feature in a pool, and how much each one moves gains."""
        check_is_fitted(self, "members_")
        X = self._checked(X)
        self.means_ = column_means(X)
        rows = X
        if len(X) > WEIGHING_ROWS:  # some from all over X, the same ones whatever their order
            # Any fixed projection separates unlike rows.
            projected = (np.nan_to_num(X, nan=-1.0) * np.sqrt(np.arange(2.0, X.shape[1] + 2.0))).sum(axis=1)
            chosen = np.linspace(0, len(X) - 1, WEIGHING_ROWS).astype(np.int64)
            rows = X[np.argsort(projected, kind="stable")[chosen]]
        usual = self.utility(rows)
        moved = np.zeros(len(self.features_))
        for column in np.flatnonzero(~np.isnan(self.means_)):
            changed = rows.copy()
            changed[:, column] = self.means_[column]
            moved[column] = np.abs(self.utility(changed) - usual).mean()
        if not moved.any():  # all pairs of the pool are alike: every known feature counts the same
            moved = (~np.isnan(self.means_)).astype(np.float64)
        self.shares_ = moved / (moved.sum() or 1.0)
        return self

    @property
    def slopes_(self) -> Floats:
        """The importance of each feature, shape (n_features,): trees have no slopes."""
        return np.asarray(self.shares_)

    def utility(self, X: Floats) -> Floats:
        """Return the mean log-odds of each pair, shape (n_pairs,)."""
        check_is_fitted(self, "members_")
        X = self._checked(X)
        seen = np.where(self.is_known_, X, 0.0)
        with _one_thread():
            trees = np.mean([member.decision_function(seen) for member in self.members_], axis=0)
        return np.asarray(trees + fill(X, getattr(self, "means_", np.zeros(X.shape[1]))) @ self.kept_)

    def predict(self, X: Floats) -> Floats:
        """Return the gain of each pair, shape (n_pairs,), in [0, 1]; no probability without calibration."""
        return np.asarray(expit(self.utility(X)))

    def completeness(self, X: Floats) -> Floats:
        """Return the sum of `shares_` over known features, shape (n_pairs,), in [0, 1]."""
        check_is_fitted(self, "members_")
        return np.asarray((~np.isnan(X)) @ self.shares_)
