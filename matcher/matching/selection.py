"""Selection: which candidates are recommended to each seeker."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from matcher.arrays import Floats, Positions


class Selected(NamedTuple):
    """Recommendations of several seekers, seeker after seeker and best first; each of shape (n,)."""

    rows: Positions
    """Row of the seeker."""
    positions: Positions
    """Position of the candidate in the pool."""
    ranks: Positions
    """From 1 for each seeker."""


def select_best(score: Floats, k: int) -> Selected:
    """Return each seeker's at most `k` best eligible candidates.

    Equal scores keep the order of ids.

    Parameters
    ----------
    score : ndarray of shape (n_seekers, n_candidates)
        -inf where a pair is not eligible.
    k : int
        At least 1.
    """
    order = np.argsort(-score, axis=1, kind="stable")[:, :k]
    rows, columns = np.nonzero(np.isfinite(np.take_along_axis(score, order, axis=1)))
    return Selected(rows, order[rows, columns], columns + 1)
