"""Boosted trees with one feature muted at a time: what these have in common is worked out once."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Floats
from matcher.matching.scoring import Ranker
from matcher.ranking import BoostedRanker, CalibratedRanker

Codes = NDArray[np.uint8]

MOST_SPLITS: Final = 8
"""Splits of a tree: a pair's way through it is told in one byte."""
CHUNK: Final = 8192
"""Pairs at once: what is at hand stays in the processor's cache."""


@dataclass(frozen=True)
class _Split:
    """Where a pair goes left: its value is at most the threshold, or unknown where that goes left."""

    feature: int
    threshold: float
    unknown_left: bool

    def goes_left(self, values: Any) -> Any:
        return ~(values > self.threshold) if self.unknown_left else values <= self.threshold


@dataclass(frozen=True)
class _Tree:
    """A tree as a table: what it answers for every set of splits at which a pair goes left."""

    splits: tuple[_Split, ...]
    answers: Floats

    def codes(self, columns: Floats) -> Codes:
        """Return the set of splits at which each pair goes left, as bits."""
        codes = np.zeros(columns.shape[1], dtype=np.uint8)
        for place, split in enumerate(self.splits):
            codes |= split.goes_left(columns[split.feature]).view(np.uint8) << place
        return codes

    def muted(self, feature: int, value: float) -> Floats:
        """Return the answers where every pair has the same value of a feature."""
        codes = np.arange(len(self.answers))
        for place, split in enumerate(self.splits):
            if split.feature == feature:
                left = 1 << place
                codes = codes | left if split.goes_left(np.float64(value)) else codes & ~left
        return self.answers[codes]

    def looks_at(self, feature: int) -> bool:
        return any(split.feature == feature for split in self.splits)


class MutedTrees:
    """A boosted ranker in which one feature at a time has the pool's mean in every pair.

    Gains are those of `MutedRanker` to the last bit: log-odds are summed tree by tree in the same order. Only
    the trees that look at a feature answer otherwise where it is muted, and a tree of few splits answers
    from a table.

    Parameters
    ----------
    ranker : BoostedRanker, or CalibratedRanker of one
        Shown the pool.
    features : sequence of str
        What is muted, one at a time.

    Raises
    ------
    TypeError
        If the ranker is none of boosted trees.
    ValueError
        If the trees cannot be told as tables: they have more splits than `MOST_SPLITS`.
    """

    def __init__(self, ranker: Ranker, features: Sequence[str]) -> None:
        inner: Any = ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker
        if not isinstance(inner, BoostedRanker):
            raise TypeError(f"ranker must be of boosted trees; got a {type(inner).__name__}.")
        self._ranker = ranker
        self._places = [ranker.features_.index(feature) for feature in features]
        self._members = [_read_member(member) for member in inner.members_]
        values = np.asarray(ranker.means_)[self._places]
        self._otherwise = [
            [
                [
                    tree.muted(place, value) if tree.looks_at(place) else None
                    for place, value in zip(self._places, values, strict=True)
                ]
                for tree in trees
            ]
            for _, trees in self._members
        ]

    @classmethod
    def open(cls, ranker: Ranker, features: Sequence[str]) -> Self | None:
        """Return the muted trees of a ranker; None where its trees cannot be told as tables."""
        try:
            return cls(ranker, features)
        except (
            AttributeError,
            LookupError,
            TypeError,
            ValueError,
        ):  # another ranker, or another scikit-learn
            return None

    def predict(self, X: Floats) -> Iterator[Floats]:  # noqa: N803
        """Yield the gain of each pair, shape (n_pairs,), in [0, 1], for one muted feature after the other.

        Notes
        -----
        One number a pair and muted feature is held until the last is told.
        """
        for place, log_odds in zip(self._places, self._log_odds(X), strict=True):
            muted = X.copy()
            muted[:, place] = self._ranker.means_[place]
            yield self._answering(log_odds).predict(muted)

    def _log_odds(self, X: Floats) -> Floats:  # noqa: N803
        found = np.empty((len(self._places), len(X)))
        for start in range(0, len(X), CHUNK):
            rows = slice(start, start + CHUNK)
            columns = np.ascontiguousarray(X[rows].T)
            found[:, rows] = np.mean([self._sum(columns, member) for member in range(len(self._members))], 0)
        return found

    def _sum(self, columns: Floats, member: int) -> Floats:
        """Return the log-odds of one member, shape (n_muted, n_pairs)."""
        baseline, trees = self._members[member]
        totals = np.full((len(self._places), columns.shape[1]), baseline)
        for tree, otherwise in zip(trees, self._otherwise[member], strict=True):
            codes = tree.codes(columns).astype(np.intp)
            usual = tree.answers[codes]
            for total, answers in zip(totals, otherwise, strict=True):
                total += usual if answers is None else answers[codes]
        return totals

    def _answering(self, log_odds: Floats) -> Ranker:
        """Return the ranker with a member that answers what is known already."""
        ranker: Any = copy.copy(self._ranker)
        if isinstance(ranker, CalibratedRanker):
            ranker.ranker = inner = copy.copy(ranker.ranker)
        else:
            inner = ranker
        inner.members_ = [_Answered(log_odds)]
        known: Ranker = ranker
        return known


@dataclass(frozen=True)
class _Answered:
    log_odds: Floats

    def decision_function(self, _: Floats) -> Floats:
        return self.log_odds


def _read_member(member: Any) -> tuple[float, list[_Tree]]:
    """Return where a classifier starts and its trees; scikit-learn has no public way to them."""
    (baseline,) = np.ravel(member._baseline_prediction)
    return float(baseline), [_read_tree(predictor.nodes) for (predictor,) in member._predictors]


def _read_tree(nodes: Any) -> _Tree:
    inner = [place for place, node in enumerate(nodes) if not node["is_leaf"]]
    if len(inner) > MOST_SPLITS or nodes["is_categorical"][inner].any():
        raise ValueError(f"trees must have at most {MOST_SPLITS} splits by numbers; got {len(inner)}.")
    splits = [
        _Split(int(node["feature_idx"]), float(node["num_threshold"]), bool(node["missing_go_to_left"]))
        for node in nodes[inner]
    ]
    codes = np.arange(1 << len(inner))
    goes_left = {place: (codes >> bit) & 1 == 1 for bit, place in enumerate(inner)}
    return _Tree(tuple(splits), _follow(nodes, 0, goes_left.get, len(codes)))


def _follow(nodes: Any, place: int, goes_left: Callable[[int], Any], n: int) -> Floats:
    """Return what the part of a tree below a node answers for each of n ways through it."""
    node = nodes[place]
    if node["is_leaf"]:
        return np.full(n, node["value"])
    below = [_follow(nodes, int(node[side]), goes_left, n) for side in ("left", "right")]
    return np.where(goes_left(place), *below)
