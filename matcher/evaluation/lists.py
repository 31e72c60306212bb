"""Ranked lists of several systems, gathered block by block into the tables that metrics read."""

from __future__ import annotations

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Objects, Positions
from matcher.columns import Recommendation
from matcher.matching.selection import select_best


class ListTables:
    """The best candidates of each seeker under each system.

    Parameters
    ----------
    seekers, candidates : ndarray of str
        Ids.
    k : int
        Length of the lists.
    """

    def __init__(self, seekers: Objects, candidates: Objects, k: int) -> None:
        self._seekers, self._candidates, self._k = seekers, candidates, k
        self._parts: dict[str, list[tuple[Positions, Positions, Positions, Floats]]] = {}

    def add(self, system: str, rows: Positions, score: Floats) -> None:
        """Take in a system's scores of a block of seekers.

        Parameters
        ----------
        system : str
        rows : ndarray of shape (n_seekers,)
            Positions of the seekers.
        score : ndarray of shape (n_seekers, n_candidates)
            -inf where a pair may not be recommended.
        """
        best = select_best(score, self._k)
        chosen = score[best.rows, best.positions]
        self._parts.setdefault(system, []).append((rows[best.rows], best.positions, best.ranks, chosen))

    def table(self, system: str) -> pd.DataFrame:
        """Return a system's recommendations: columns seeker, candidate, rank, score."""
        rows, positions, ranks, scores = map(np.concatenate, zip(*self._parts[system], strict=True))
        return pd.DataFrame(
            {
                str(Recommendation.SEEKER): self._seekers[rows],
                str(Recommendation.CANDIDATE): self._candidates[positions],
                str(Recommendation.RANK): ranks,
                str(Recommendation.SCORE): scores,
            }
        )
