"""Kinds and places that works like a seeker's had, and that the seeker does not add itself."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from matcher.arrays import Floats, Positions
from matcher.features.overlaps import known


class UsualMembers:
    """Which words of a category the members of each earlier work had.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        Word of each organisation of the pool; -1 unknown.
    works : csr_matrix of shape (n, n_works)
        1 where an organisation took part in a work.
    """

    def __init__(self, codes: Positions, works: csr_matrix) -> None:
        rows = np.flatnonzero(codes >= 0)
        size = max(int(codes.max(initial=-1)) + 1, 1)
        chosen = csr_matrix((np.ones(len(rows)), (codes[rows], rows)), shape=(size, len(codes)))
        self._present = (chosen @ works).tocsr()
        self._present.data[:] = 1.0

    def missing(self, near: csr_matrix, seekers: Positions, candidates: Positions) -> Floats:
        """Return the share of the works like the seeker's in which the candidate's word took part.

        Parameters
        ----------
        near : csr_matrix of shape (n_seekers, n_works)
            Weights of the most alike works; rows sum to 1 or 0.
        seekers, candidates : ndarray of shape (n_seekers,) and (n_candidates,)
            Words; -1 unknown.

        Returns
        -------
        missing : ndarray of shape (n_seekers, n_candidates)
            In [0, 1]; 0 where the seeker has the word itself; NaN where a word is unknown.
        """
        usual = np.asarray((near @ self._present.T).toarray())[:, np.maximum(candidates, 0)]
        usual = np.where(seekers[:, None] == candidates[None, :], 0.0, usual)
        return np.where(known(seekers >= 0, candidates >= 0), np.clip(usual, 0.0, 1.0), np.nan)
