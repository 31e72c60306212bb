"""What would raise a match: one thing changed at a time, and scored again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from matcher.arrays import Floats
from matcher.documents.language import Voice, quote
from matcher.explanations.answers import most_open
from matcher.explanations.concerns import COLLISION
from matcher.explanations.labels import label_of
from matcher.explanations.matches import NeedMatch
from matcher.features import COMPONENT_NAMES

Mutual = Callable[[Floats, Floats], float]
"""What the seeker sees and what the candidate sees of a pair -> mutual."""

MOST: Final = 4
LEAST_RISE: Final = 0.02
"""Share of the mutual score by which a change must raise it to be told."""


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

    kind: Literal["your_need", "their_need", "unknown", "collision"]
    text: str
    mutual: float


@dataclass(frozen=True)
class Situation:
    """A pair as the ranker sees it.

    Attributes
    ----------
    features : tuple of str
    ours, theirs : ndarray of shape (n_features,)
        What each side sees; NaN unknown.
    shares : ndarray of shape (n_features,)
        How much each feature counts.
    mutual : callable
    """

    features: tuple[str, ...]
    ours: Floats
    theirs: Floats
    shares: Floats
    mutual: Mutual

    def now(self) -> float:
        """Return the mutual score as it is."""
        return self.mutual(self.ours, self.theirs)

    def with_feature(self, name: str, ours: float, theirs: float) -> float:
        """Return the mutual score where both sides' view of a feature is another; NaN leaves a side."""
        if name not in self.features:
            return self.now()
        place = self.features.index(name)
        changed = self.ours.copy(), self.theirs.copy()
        for view, value in zip(changed, (ours, theirs), strict=True):
            view[place] = view[place] if np.isnan(value) else value
        return self.mutual(*changed)


def improvements(
    situation: Situation,
    your_needs: tuple[NeedMatch, ...],
    their_needs: tuple[NeedMatch, ...],
    voice: Voice,
) -> tuple[Improvement, ...]:
    """Return what would raise a match, the most first.

    Parameters
    ----------
    situation : Situation
    your_needs, their_needs : tuple of NeedMatch
        Of the seeker and of the candidate, each with the best offer.
    voice : Voice

    Returns
    -------
    improvements : tuple of Improvement
        At most `MOST`; each raises the mutual score by at least `LEAST_RISE` of what it is.
    """
    told = [
        *_needs(situation, your_needs, their_needs, voice),
        *_unknown(situation, voice),
        *_collision(situation, voice),
    ]
    least = situation.now() * (1.0 + LEAST_RISE)
    worth = [change for change in told if change.mutual > least]
    return tuple(sorted(worth, key=lambda change: -change.mutual)[:MOST])


def _needs(
    situation: Situation, your_needs: tuple[NeedMatch, ...], their_needs: tuple[NeedMatch, ...], voice: Voice
) -> list[Improvement]:
    nan = float("nan")
    told = []
    if best := most_open(your_needs):
        mutual = situation.with_feature("complementarity", _met_with(your_needs, best), nan)
        message = "an offer of theirs for your need “{need}” would bring the match from {now} to {then}"
        text = voice.say(message, need=quote(best.need), **_change(situation, mutual, voice))
        told.append(Improvement("your_need", text, mutual))
    if best := most_open(their_needs):
        mutual = situation.with_feature("complementarity", nan, _met_with(their_needs, best))
        message = "an offer of yours for their need “{need}” would bring the match from {now} to {then}"
        text = voice.say(message, need=quote(best.need), **_change(situation, mutual, voice))
        told.append(Improvement("their_need", text, mutual))
    return told


def _met_with(needs: tuple[NeedMatch, ...], answered: NeedMatch) -> float:
    """Return `complementarity` if one need were met in full."""
    total = sum(match.importance for match in needs)
    met = sum(match.importance * (1.0 if match is answered else match.met) for match in needs)
    return met / total


def _unknown(situation: Situation, voice: Voice) -> list[Improvement]:
    told = []
    for name in COMPONENT_NAMES:
        if name in ("conflict", "complementarity") or name not in situation.features:
            continue
        place = situation.features.index(name)
        sides = situation.ours[place], situation.theirs[place]
        if situation.shares[place] <= 0.0 or not any(np.isnan(sides)):
            continue
        low, high = (
            situation.with_feature(name, *(value if np.isnan(side) else np.nan for side in sides))
            for value in (0.0, 1.0)
        )
        message = "not known yet: {component}; the match lies between {low} and {high}, depending on it"
        parts = {"low": voice.number(low), "high": voice.number(high)}
        text = voice.say(message, component=label_of(name, voice), **parts)
        told.append(Improvement("unknown", text, high))
    return told


def _collision(situation: Situation, voice: Voice) -> list[Improvement]:
    if "conflict" not in situation.features:
        return []
    place = situation.features.index("conflict")
    if not situation.ours[place] >= COLLISION:
        return []
    mutual = situation.with_feature("conflict", 0.0, 0.0)
    message = "an agreement on who serves which market would bring the match from {now} to {then}"
    return [Improvement("collision", voice.say(message, **_change(situation, mutual, voice)), mutual)]


def _change(situation: Situation, mutual: float, voice: Voice) -> dict[str, str]:
    return {"now": voice.number(situation.now()), "then": voice.number(mutual)}
