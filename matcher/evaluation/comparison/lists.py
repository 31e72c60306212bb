"""Ranked lists as arrays, and as the table that metrics read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Objects, Positions
from matcher.columns import Recommendation

NONE = -1
"""Place of a list that stays empty."""


@dataclass(frozen=True)
class Lists:
    """The best candidates of each seeker, best first.

    Attributes
    ----------
    seekers : ndarray of shape (n_seekers,)
        Ids.
    candidates : ndarray of shape (n_candidates,)
        Ids of the whole pool.
    places : ndarray of shape (n_seekers, k)
        Positions in `candidates`; -1 where a list is shorter.
    score : ndarray of shape (n_seekers, k)
        What was ranked by; higher is better.
    gains : mapping of str to ndarray of shape (n_seekers, k)
        Further columns of the table: gains and mutual scores, where a system has them.
    """

    seekers: Objects
    candidates: Objects
    places: Positions
    score: Floats
    gains: Mapping[str, Floats] = field(default_factory=dict)

    def table(self) -> pd.DataFrame:
        """Return one row a recommendation: seeker, candidate, rank, score and the gains."""
        rows, ranks = np.nonzero(self.places != NONE)
        columns = {
            Recommendation.SEEKER: self.seekers[rows],
            Recommendation.CANDIDATE: self.candidates[self.places[rows, ranks]],
            Recommendation.RANK: ranks + 1,
            Recommendation.SCORE: self.score[rows, ranks],
            **{name: values[rows, ranks] for name, values in self.gains.items()},
        }
        return pd.DataFrame({str(name): values for name, values in columns.items()})


def best_places(score: Floats, k: int) -> Positions:
    """Return the positions of each row's at most k best finite scores, best first, padded with -1.

    Equal scores keep the order of positions.

    Parameters
    ----------
    score : ndarray of shape (n_seekers, n_candidates)
        -inf where a pair may not be recommended.
    k : int

    Returns
    -------
    places : ndarray of shape (n_seekers, k)
    """
    order = np.argsort(-score, axis=1, kind="stable")[:, :k]
    kept = np.where(np.isfinite(np.take_along_axis(score, order, axis=1)), order, NONE)
    return np.pad(kept, ((0, 0), (0, k - kept.shape[1])), constant_values=NONE)


def at_places(values: Floats, places: Positions) -> Floats:
    """Return each row's values at its places; 0 where a place is empty."""
    taken = np.take_along_axis(values, np.maximum(places, 0), axis=1)
    return np.where(places == NONE, 0.0, taken)


def join_lists(parts: Sequence[Lists]) -> Lists:
    """Return the lists of several blocks of seekers as one."""
    return Lists(
        np.concatenate([part.seekers for part in parts]),
        parts[0].candidates,
        np.concatenate([part.places for part in parts]),
        np.concatenate([part.score for part in parts]),
        {name: np.concatenate([part.gains[name] for part in parts]) for name in parts[0].gains},
    )
