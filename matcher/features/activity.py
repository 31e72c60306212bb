"""Activity of organisations: recent joint works, and whether they become more."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from matcher.arrays import Floats
from matcher.features.overlaps import saturate

HALF: Final = 1.0
"""Recent works at which activity is one half."""


def activity(works: csr_matrix, decay: Floats) -> Floats:
    """Return n / (n + `HALF`) of each organisation's works, each counting by its decay.

    Parameters
    ----------
    works : csr_matrix of shape (n, n_works)
        1 where the organisation took part.
    decay : ndarray of shape (n_works,)
        What each work counts by its age, in [0, 1]; 0 where it is undated.
    """
    return saturate(np.asarray(works @ decay, dtype=np.float64), HALF)


def trend(works: csr_matrix, decay: Floats) -> Floats:
    """Return the share of recent works among all of each organisation, in [0, 1); one old work is added."""
    return np.asarray((works @ decay) / (np.asarray(works.sum(axis=1)).ravel() + 1.0))
