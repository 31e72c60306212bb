"""Chances: whether the probabilities of a calibrated ranker come true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Flags, Floats
from matcher.evaluation import Calibration, measure_calibration, reliability_curve
from matcher.evaluation.comparison.arena import Arena

MOST_PAIRS: Final = 2_000_000
"""Pairs that are judged; where there are more, seekers are drawn, each with all its candidates."""


@dataclass(frozen=True)
class Chances:
    """How far probabilities came true, over all pairs of seekers and candidates that may be recommended.

    Attributes
    ----------
    calibration : Calibration
        Brier score and expected calibration error, with intervals over seekers.
    curve : DataFrame
        Reliability curve: columns of `Reliability`.
    predicted, observed : float
        Mean probability, and share of the pairs that formed.
    n_pairs, n_seekers : int
    """

    calibration: Calibration
    curve: pd.DataFrame
    predicted: float
    observed: float
    n_pairs: int
    n_seekers: int


class ChanceKeeper:
    """Keeps the probability of every pair while an engine ranks; give `watch` to `Engine`.

    Parameters
    ----------
    arena : Arena
    seed : int, default 0
        Draws seekers where there are too many pairs.
    """

    def __init__(self, arena: Arena, seed: int = 0) -> None:
        n_seekers, n_pool = len(arena.seekers), len(arena.pool)
        wanted = min(n_seekers, max(1, MOST_PAIRS // n_pool))
        drawn = np.random.default_rng(seed).permutation(n_seekers)[:wanted]
        self._wanted = np.isin(np.arange(n_seekers), drawn)
        self._seed = seed
        self._seen = 0
        self._parts: list[tuple[Floats, Flags, NDArray[np.int64]]] = []
        self._partners = arena.partners

    def watch(self, eligible: Flags, mutual: Floats) -> None:
        """Take in the next block of seekers, in the arena's order."""
        for row in range(len(mutual)):
            place = self._seen + row
            if self._wanted[place]:
                formed = np.isin(np.arange(mutual.shape[1]), self._partners[place])
                may = eligible[row]
                self._parts.append((mutual[row, may], formed[may], np.full(may.sum(), place)))
        self._seen += len(mutual)

    def measure(self) -> Chances | None:
        """Return how far the probabilities came true; None where no pair may be recommended."""
        probability, label, seeker = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        if not len(probability):
            return None
        return Chances(
            measure_calibration(probability, label, seeker, seed=self._seed),
            reliability_curve(probability, label),
            float(probability.mean()),
            float(label.mean()),
            len(probability),
            len(np.unique(seeker)),
        )
