"""What the package knows of a component, apart from its weight (`matcher.config`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from matcher.arrays import Floats
from matcher.features.context import Context
from matcher.features.sides import Side

Score = Callable[[Side, Side, Context], Floats]
"""(seekers, candidates, context) -> ndarray of shape (n_seekers, n_candidates)."""


@dataclass(frozen=True)
class Component:
    """One aspect of a partnership; the module `matcher.features.<name>` defines it.

    Attributes
    ----------
    name : str
        Column name; also the name of its weight.
    score : callable
        What the candidate is to the seeker, in [0, 1]; NaN where unknown.
    label, short_label : str
        What people call it, in a few words (lower case) and in one or two (upper case).
    meaning : str
        One sentence, as reports show it.
    content : str
        What its column holds, as workbooks show it.
    direction : {1, 0, -1}
        1 where a higher score is better, 0 where neither is, -1 for a gate.
    is_symmetric : bool
        Whether both sides of a pair have the same score.
    """

    name: str
    score: Score
    label: str
    short_label: str
    meaning: str
    content: str
    direction: Literal[1, 0, -1] = 1
    is_symmetric: bool = False

    @property
    def is_gate(self) -> bool:
        """Whether the score lowers a gain instead of adding to it."""
        return self.direction < 0
