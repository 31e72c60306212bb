"""What would raise a match: one thing changed at a time, and scored again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.arrays import Floats
from matcher.explanations.concerns import COLLISION
from matcher.explanations.matches import NeedMatch, most_open
from matcher.explanations.remarks import Remark
from matcher.features import COMPONENT_NAMES

MOST: Final = 4
LEAST_RISE: Final = 0.02
"""Share of the mutual score by which a change must raise it to be named."""


@dataclass(frozen=True)
class Improvement:
    """One change, and the mutual score with it.

    Attributes
    ----------
    kind : {"your_need", "their_need", "unknown", "collision"}
    text : str
        A sentence in the reader's language.
    mutual : float
        With the change, all else as it is; for "unknown" at best. In [0, 1].
    """

    kind: str
    text: str
    mutual: float


@dataclass(frozen=True)
class Situation:
    """A pair as the ranker sees it.

    Attributes
    ----------
    features : tuple of str
    views : ndarray of shape (2, n_features)
        What the seeker and what the candidate sees; NaN unknown.
    shares : ndarray of shape (n_features,)
        How much each feature counts.
    mutual : callable
        The two views -> mutual score.
    """

    features: tuple[str, ...]
    views: Floats
    shares: Floats
    mutual: Callable[[Floats, Floats], float]

    def now(self) -> float:
        """Return the mutual score as it is."""
        return self.mutual(*self.views)

    def with_feature(self, name: str, ours: float, theirs: float) -> float:
        """Return the mutual score where both sides' view of a feature is another; NaN leaves a side."""
        changed = self.views.copy()
        if name in self.features:
            column = changed[:, self.features.index(name)]
            column[:] = np.where(np.isnan([ours, theirs]), column, [ours, theirs])
        return self.mutual(*changed)


def improvements(
    situation: Situation, your_needs: tuple[NeedMatch, ...], their_needs: tuple[NeedMatch, ...]
) -> list[tuple[Remark, float]]:
    """Return what would raise a match, the most first.

    Parameters
    ----------
    situation : Situation
    your_needs, their_needs : tuple of NeedMatch
        Of the seeker and of the candidate, each with the best offer.

    Returns
    -------
    improvements : list of (Remark, float)
        Each change with the mutual score that it leads to. At most `MOST`; each raises the mutual score by
        at least `LEAST_RISE` of what it is.
    """
    found = [
        *_need(situation, your_needs, ours=True),
        *_need(situation, their_needs, ours=False),
        *_unknown(situation),
        *_collision(situation),
    ]
    least = situation.now() * (1.0 + LEAST_RISE)
    raising = [change for change in found if change[1] > least]
    return sorted(raising, key=lambda change: -change[1])[:MOST]


def _need(
    situation: Situation, needs: tuple[NeedMatch, ...], *, ours: bool
) -> Iterator[tuple[Remark, float]]:
    if best := most_open(needs):
        met, nan = _met_with(needs, best), float("nan")
        mutual = situation.with_feature("complementarity", *((met, nan) if ours else (nan, met)))
        code = "your_need" if ours else "their_need"
        yield Remark(code, {"need": best.need, "now": situation.now(), "then": mutual}), mutual


def _met_with(needs: tuple[NeedMatch, ...], answered: NeedMatch) -> float:
    """Return `complementarity` if one need were met in full."""
    total = sum(match.importance for match in needs)
    met = sum(match.importance * (1.0 if match is answered else match.met) for match in needs)
    return met / total


def _unknown(situation: Situation) -> Iterator[tuple[Remark, float]]:
    for name in COMPONENT_NAMES:
        if name in ("conflict", "complementarity") or name not in situation.features:
            continue
        position = situation.features.index(name)
        sides = situation.views[:, position]
        if situation.shares[position] <= 0.0 or not np.isnan(sides).any():
            continue
        low, high = (
            situation.with_feature(name, *(value if np.isnan(side) else np.nan for side in sides))
            for value in (0.0, 1.0)
        )
        yield Remark("unknown", {"component": name, "low": low, "high": high}), high


def _collision(situation: Situation) -> Iterator[tuple[Remark, float]]:
    features = situation.features
    if "conflict" in features and situation.views[0, features.index("conflict")] >= COLLISION:
        mutual = situation.with_feature("conflict", 0.0, 0.0)
        yield Remark("collision", {"now": situation.now(), "then": mutual}), mutual
