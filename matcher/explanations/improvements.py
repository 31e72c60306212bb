"""What would raise a match: one thing changed at a time, and scored again."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from matcher.arrays import Floats
from matcher.documents.language import Messages
from matcher.explanations.concerns import COLLISION
from matcher.explanations.matches import LEVELS, NeedMatch, most_open
from matcher.explanations.remarks import Remark, render
from matcher.features import COMPONENT_NAMES
from matcher.features.complementarity import mixed

MOST: Final = 4
LEAST_RISE: Final = 0.02
"""Share of the mutual score by which a change must raise it to be named."""


@dataclass(frozen=True)
class Improvement:
    """One change, and the mutual score with it."""

    kind: str
    """One of "your_need", "their_need", "unknown", "collision"."""
    text: str
    """A sentence in the reader's language."""
    mutual: float
    """With the change, all else as it is; for "unknown" at best. In [0, 1]."""


class Situation(NamedTuple):
    """A pair as the ranker sees it."""

    features: tuple[str, ...]
    views: Floats
    """Shape (2, n_features): what the seeker and what the candidate sees; NaN unknown."""
    mutual: Callable[[Floats, Floats], float]
    """The two views -> mutual score."""

    def seen(self, name: str) -> Floats:
        """Return what both sides see of a feature; NaN where the ranker ignores it."""
        return self.views[:, self.features.index(name)] if name in self.features else np.full(2, np.nan)

    def with_feature(self, name: str, *values: float) -> float:
        """Return the mutual score where both sides see other values of a feature; NaN leaves a side."""
        given = np.array(values)[:, None]
        is_changed = np.array([name == feature for feature in self.features]) & ~np.isnan(given)
        return self.mutual(*np.where(is_changed, given, self.views))


def improvements(
    situation: Situation,
    weights: Mapping[str, float],
    your_needs: tuple[NeedMatch, ...],
    their_needs: tuple[NeedMatch, ...],
    messages: Messages,
) -> tuple[Improvement, ...]:
    """Return at most `MOST` changes that would raise a match, each by `LEAST_RISE`, the largest rise first.

    `weights` are those of the components; needs stand with the best offer of the other side.
    """
    now, nan = situation.mutual(*situation.views), float("nan")
    found: list[tuple[Remark, float]] = []
    for code, needs in (("your_need", your_needs), ("their_need", their_needs)):
        if best := most_open(needs):
            importance = np.array([match.importance for match in needs]) / LEVELS
            each = np.array([1.0 if match is best else match.met for match in needs])
            met = mixed(float((importance * each).max()), float(np.average(each, weights=importance)))
            sides = (met, nan) if code == "your_need" else (nan, met)
            mutual = situation.with_feature("complementarity", *sides)
            found.append((Remark(code, {"need": best.need, "now": now, "then": mutual}), mutual))
    found += _unknown(situation, weights)
    if situation.seen("conflict")[0] >= COLLISION:
        mutual = situation.with_feature("conflict", 0.0, 0.0)
        found.append((Remark("collision", {"now": now, "then": mutual}), mutual))
    raising = sorted((one for one in found if one[1] > now * (1.0 + LEAST_RISE)), key=lambda one: -one[1])
    return tuple(Improvement(one.code, render(one, messages), mutual) for one, mutual in raising[:MOST])


def _unknown(situation: Situation, weights: Mapping[str, float]) -> Iterator[tuple[Remark, float]]:
    """Yield each unknown component that counts, with the mutual score at best."""
    for name in COMPONENT_NAMES:
        is_unknown = np.isnan(situation.seen(name))
        if name not in ("conflict", "complementarity") and weights[name] > 0.0 and is_unknown.any():
            low, high = (
                situation.with_feature(name, *np.where(is_unknown, value, np.nan)) for value in (0.0, 1.0)
            )
            yield Remark("unknown", {"component": name, "low": low, "high": high}), high
