"""One pair as explanations look at it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matcher.features import Side


@dataclass(frozen=True)
class Party:
    """One side of a pair.

    Attributes
    ----------
    record : mapping
        The canonical profile.
    side : Side
        The same organisation, encoded; of length 1.
    """

    record: Mapping[str, Any]
    side: Side


@dataclass(frozen=True)
class Pair:
    """A seeker, a candidate, and what was found about them.

    Attributes
    ----------
    seeker, candidate : Party
        The two sides.
    seeker_components, candidate_components : mapping of str to float
        Components from each side, in [0, 1]; NaN unknown.
    seeker_gain, candidate_gain : float
        In [0, 1].
    sought_after : float
        Share of the pool that is less sought-after than the candidate, in [0, 1].
    ties : int
        Number of earlier joint works.
    goals_short : float
        Likeness of the two short-term goals, in [0, 1]; NaN unknown.
    seeker_signals, candidate_signals : mapping of str to float
        What a learned ranker saw beside the components from each side; empty for other rankers.
    calibrated : bool
        Whether gains are probabilities that a side agrees.
    seeker_percentile, candidate_percentile : float
        Share of the pool's pairs whose gain is lower than this side's, in [0, 1]; NaN unknown.
    """

    seeker: Party
    candidate: Party
    seeker_components: Mapping[str, float]
    candidate_components: Mapping[str, float]
    seeker_gain: float
    candidate_gain: float
    sought_after: float
    ties: int
    goals_short: float
    seeker_signals: Mapping[str, float] = field(default_factory=dict)
    candidate_signals: Mapping[str, float] = field(default_factory=dict)
    calibrated: bool = False
    seeker_percentile: float = math.nan
    candidate_percentile: float = math.nan

    def turned(self) -> Pair:
        """Return the same pair seen by the candidate."""
        return Pair(
            seeker=self.candidate,
            candidate=self.seeker,
            seeker_components=self.candidate_components,
            candidate_components=self.seeker_components,
            seeker_gain=self.candidate_gain,
            candidate_gain=self.seeker_gain,
            sought_after=0.0,
            ties=self.ties,
            goals_short=self.goals_short,
            seeker_signals=self.candidate_signals,
            candidate_signals=self.seeker_signals,
            calibrated=self.calibrated,
            seeker_percentile=self.candidate_percentile,
            candidate_percentile=self.seeker_percentile,
        )
