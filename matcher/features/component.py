"""The contract of components, the context of their scores, and means of known parts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from matcher.arrays import Floats, Objects, Positions
from matcher.config import Config
from matcher.features.organisations import Organisations
from matcher.outcomes import History


@dataclass(frozen=True)
class Context:
    """Settings and history by which pairs are scored."""

    config: Config
    history: History | None = None

    def ties(self, seekers: Objects, candidates: Objects) -> Floats:
        """Return the number of earlier joint works of each pair, shape (n_seekers, n_candidates)."""
        if self.history is None:  # an empty one would compare all ids
            return np.zeros((len(seekers), len(candidates)))
        return self.history.ties(seekers, candidates)


Both = Callable[[Organisations, Organisations, Context, Positions], tuple[Floats, Floats]]


@dataclass(frozen=True)
class Component:
    """One aspect: `score`, where a pair looks the same from either side, or `both` of `features.<name>`."""

    name: str
    """Column name; also the name of its weight in `matcher.config`."""
    both: Both
    """(organisations that seek, candidates, context, columns) -> two ndarrays of the shape of columns, in
    [0, 1], NaN where unknown: what the candidate is to the seeker, and the other way round.

    `columns`, shape (n_seekers, n_listed), are the candidates with whom each seeker is compared.
    """
    label: str
    short_label: str
    """Name in texts, in a few words (lower case) and in one or two (upper case)."""
    meaning: str
    """One sentence, as reports show it."""
    content: str
    """What its column holds, as workbooks show it."""
    usual: list[float]
    """Mean and standard deviation of chance pairs of the demo: the scale of pools of few pairs."""
    direction: Literal[1, 0, -1] = 1
    is_conduct: bool = False
    """Whether it rates how sure and how easy a partnership is, instead of what two could do together."""

    @property
    def is_gate(self) -> bool:
        """Whether the score lowers a gain instead of adding to it."""
        return self.direction < 0


def blend(*parts: tuple[float, Floats]) -> Floats:
    """Average matrices (share, scores) by share >= 0, leaving out the NaN of each; NaN where all are NaN."""
    zero = np.zeros_like(parts[0][1])
    known = sum((share * ~np.isnan(scores) for share, scores in parts), zero)
    total = sum((share * np.where(np.isnan(scores), 0.0, scores) for share, scores in parts), zero)
    return np.divide(total, known, out=np.full_like(total, np.nan), where=known > 0)
