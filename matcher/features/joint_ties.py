"""Ties of two organisations: recent joint works, loyalty, and partners that both have."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, diags

from matcher.arrays import Floats
from matcher.features.overlaps import saturate

TIES_HALF: Final = 1.0
"""Recent joint works at which they count one half."""


def recent_ties(ours: csr_matrix, theirs: csr_matrix, decay: Floats) -> Floats:
    """Return n / (n + `TIES_HALF`) of the joint works of each pair, each counting by its decay.

    Parameters
    ----------
    ours, theirs : csr_matrix of shape (n_seekers, n_works) and (n_candidates, n_works)
        1 where an organisation, or the lead of a call, took part.
    decay : ndarray of shape (n_works,)
        As for `activity`.
    """
    return saturate(np.asarray((ours @ diags(decay) @ theirs.T).toarray()), TIES_HALF)


def loyalty(ours: csr_matrix, theirs: csr_matrix) -> Floats:
    """Return the share of the seeker's works in which the candidate took part; one other work is added."""
    n_works = np.asarray(ours.sum(axis=1), dtype=np.float64).reshape(-1, 1)
    return np.asarray((ours @ theirs.T).toarray() / (n_works + 1.0))
