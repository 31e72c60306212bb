"""An adjustment: weights that are proposed, on what they rest, and what they would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from matcher.config import Config
from matcher.documents import Document
from matcher.learning.adjustment.effects import OVERLAP, ListChange
from matcher.learning.adjustment.judging import Judgement


class Verdict(StrEnum):
    """What came of learning."""

    BETTER = "better"
    """The learned weights find more partners on later dates: they are proposed."""
    NOT_BETTER = "not better"
    """They do not, by more than chance: the present weights stand."""
    TOO_FEW = "too few"
    """There is too little to learn from: the present weights stand."""


@dataclass(frozen=True)
class Adjustment:
    """Weights that are proposed.

    Attributes
    ----------
    old, learned, new : mapping of str to float
        The weights in force, those learned from all outcomes, and those proposed: the learned ones where
        they are better, else the old ones. Each sums to 1.
    bounds : mapping of str to (float, float)
        Within which weights could move.
    verdict : Verdict
    judgement : Judgement or None
        How weights learned from the earlier outcomes do on the later ones; None where there are too few.
    n_labels, n_seekers : int
        Partnerships that were found, and the searches in which they were: organisations and calls, counted
        anew in each period.
    changes : tuple of ListChange
        What would change in the lists, the most changed first; empty where nothing is proposed.
    settings : Config
        Those of the matcher.
    names : mapping of str to str
        Names of the organisations, by id.
    """

    old: Mapping[str, float]
    learned: Mapping[str, float]
    new: Mapping[str, float]
    bounds: Mapping[str, tuple[float, float]]
    verdict: Verdict
    judgement: Judgement | None
    n_labels: int
    n_seekers: int
    changes: tuple[ListChange, ...]
    settings: Config
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_change(self) -> bool:
        """Whether any weight would change."""
        return dict(self.new) != dict(self.old)

    @property
    def config(self) -> Config:
        """The matcher's settings with the proposed weights."""
        return with_weights(self.settings, self.new) if self.is_change else self.settings

    @property
    def rbo(self) -> float:
        """Mean rank-biased overlap of the lists before and after; 1 where nothing is proposed."""
        return sum(change.rbo for change in self.changes) / len(self.changes) if self.changes else 1.0

    @property
    def overlap(self) -> float:
        """Mean share of the first ten places that the lists before and after both have."""
        return sum(change.overlap for change in self.changes) / len(self.changes) if self.changes else 1.0

    def to_toml(self) -> str:
        """Return the settings with the proposed weights as TOML, for `matcher match --config`."""
        return self.config.to_toml()

    def table(self) -> pd.DataFrame:
        """Return one row a component: component, old, new, change, low, high, learned."""
        rows = [
            (name, old, self.new[name], self.new[name] - old, *self.bounds[name], self.learned[name])
            for name, old in self.old.items()
        ]
        return pd.DataFrame(rows, columns=["component", "old", "new", "change", "low", "high", "learned"])

    def changes_table(self) -> pd.DataFrame:
        """Return one row a seeker: seeker, RBO, overlap@10, entered, left; ids in lists."""
        rows = [
            (change.seeker, change.rbo, change.overlap, change.entered, change.left)
            for change in self.changes
        ]
        return pd.DataFrame(rows, columns=["seeker", "RBO", OVERLAP, "entered", "left"])

    def document(self, lang: str = "en") -> Document:
        """Return the proposal as a document for whoever decides.

        Parameters
        ----------
        lang : {"en", "id"}, default "en"

        Raises
        ------
        ConfigError
            If the language has no catalogue.
        """
        from matcher.learning.adjustment.telling import adjustment_document

        return adjustment_document(self, lang)


def with_weights(settings: Config, weights: Mapping[str, float]) -> Config:
    """Return settings with other weights.

    Raises
    ------
    ConfigError
        If a weight names no component, is negative, or all are 0.
    """
    return Config.from_dict({**settings.model_dump(), "weights": dict(weights)})
