"""Ablation: what a ranking loses where one component does not count."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np

from matcher.arrays import Floats
from matcher.errors import EvaluationError
from matcher.evaluation import Interval
from matcher.features import GATES
from matcher.matching.scoring import Ranker
from matcher.ranking import AdditiveRanker, CalibratedRanker

WEIGHT: Final = "weight 0"
MEAN: Final = "mean ablation"


@dataclass(frozen=True)
class Ablation:
    """What happens where one feature does not count.

    Attributes
    ----------
    feature : str
    share : float
        How much of the ranker's attention it has, in [0, 1]; NaN for the conflict gate, which lowers gains
        instead of adding to them.
    method : str
        "weight 0": the other weights share what it had. "mean ablation": every pair has the pool's mean
        of it, for trees have no weight to take away.
    changes : mapping of str to Interval
        Mean paired difference, without it less the full system, a metric; below 0 where it helps.
    """

    feature: str
    share: float
    method: str
    changes: Mapping[str, Interval]


def ablatable(ranker: Ranker) -> dict[str, float]:
    """Return the share of each feature that counts in this pool, the greatest first; NaN for the gate.

    Parameters
    ----------
    ranker : Ranker
        Shown the pool. Features of share 0 are left out: without them nothing changes.
    """
    shares = dict(zip(ranker.features_, map(float, ranker.shares_), strict=True))
    counting = {name: share for name, share in shares.items() if share > 0.0}
    ordered = dict(sorted(counting.items(), key=lambda pair: (-pair[1], pair[0])))
    inner: Any = _inner(ranker)
    if isinstance(inner, AdditiveRanker) and inner.conflict_strength > 0.0:
        gates = [
            name
            for name, mean in zip(ranker.features_, ranker.means_, strict=True)
            if name in GATES and mean > 0.0
        ]
        ordered |= dict.fromkeys(gates, float("nan"))
    return ordered


def ablate(ranker: Ranker, feature: str) -> tuple[Ranker, str]:
    """Return a ranker in which one feature does not count, and how that was done.

    Parameters
    ----------
    ranker : Ranker
        Shown the pool; it stays as it is.
    feature : str
        One of its features.

    Raises
    ------
    EvaluationError
        If the ranker has no such feature.
    """
    if feature not in ranker.features_:
        raise EvaluationError(
            f"feature must be one that the ranker looks at; got {feature!r}. Choose one of "
            f"{', '.join(ranker.features_)}."
        )
    if not isinstance(_inner(ranker), AdditiveRanker):
        return MutedRanker(ranker, feature), MEAN
    changed = copy.deepcopy(ranker)
    inner: Any = _inner(changed)
    if feature in GATES:
        inner.conflict_strength = 0.0
        return changed, WEIGHT
    weights = np.where(np.array(inner.features_) == feature, 0.0, inner.weights_)
    inner.weights_ = weights / weights.sum() if weights.sum() > 0.0 else weights
    return changed, WEIGHT


def _inner(ranker: object) -> object:
    return ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker


class MutedRanker:
    """A ranker to which every pair has the pool's mean of one feature.

    Parameters
    ----------
    ranker : Ranker
        Shown the pool.
    feature : str
        What is muted.

    Attributes
    ----------
    means_ : ndarray of shape (n_features,)
        The pool's mean of each feature.

    Notes
    -----
    Of boosted trees, `MutedTrees` tells the same gains for many features at once.
    """

    def __init__(self, ranker: Ranker, feature: str) -> None:
        self.ranker = ranker
        self.feature = feature
        self.means_ = np.asarray(ranker.means_)
        self._place = ranker.features_.index(feature)

    @property
    def features_(self) -> tuple[str, ...]:
        """Names of the columns of X, in order."""
        return self.ranker.features_

    @property
    def shares_(self) -> Floats:
        """How much each feature counts; 0 for the muted one."""
        shares = np.where(np.arange(len(self.features_)) == self._place, 0.0, self.ranker.shares_)
        return np.asarray(shares / shares.sum() if shares.sum() > 0.0 else shares)

    def fit(self, X: Floats, y: Any = None) -> Self:  # noqa: N803
        """Fit the ranker anew."""
        self.ranker.fit(X, y)
        self.means_ = np.asarray(self.ranker.means_)
        return self

    def observe(self, X: Floats) -> Self:  # noqa: N803
        """Learn what is usual in a pool."""
        self.ranker.observe(X)
        self.means_ = np.asarray(self.ranker.means_)
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Return the gain of each pair, shape (n_pairs,), in [0, 1]."""
        return self.ranker.predict(self._muted(X))

    def completeness(self, X: Floats) -> Floats:  # noqa: N803
        """Return the share of what counts that is known, shape (n_pairs,), in [0, 1]."""
        return self.ranker.completeness(self._muted(X))

    def _muted(self, X: Floats) -> Floats:  # noqa: N803
        muted = X.copy()
        muted[:, self._place] = self.means_[self._place]
        return muted
