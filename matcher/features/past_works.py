"""Texts of earlier joint works, compared with the profiles of organisations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, vstack

from matcher.arrays import Floats, Positions
from matcher.features.organisations import OrganisationEncoder, Organisations

NEIGHBOURS: Final = 20
"""Number of most alike works that count for their members."""
BLOCK: Final = 256


class WorkTexts:
    """The texts of works, encoded as profiles are.

    Parameters
    ----------
    encoder : OrganisationEncoder
        Fitted to the pool.
    texts : sequence of str
        One per work; "" where it has none.
    """

    def __init__(self, encoder: OrganisationEncoder, texts: Sequence[str]) -> None:
        self._n_works = len(texts)
        self._filled = np.array([work for work, text in enumerate(texts) if text], dtype=np.int64)
        self.any = len(self._filled) > 0
        if self.any:
            self._texts = encoder.encode_texts([texts[work] for work in self._filled])

    def likeness(self, organisations: Organisations, works: csr_matrix | None = None) -> Floats:
        """Return how alike each organisation and each work are, shape (n, n_works), in [0, 1].

        Square root of lexical similarity. 0 for works without text, and for those in which nobody of `works`
        (n_others, n_works) took part.
        """
        wanted = np.ones(len(self._filled), dtype=np.bool_)
        if works is not None:
            wanted = np.asarray(works.sum(axis=0)).ravel()[self._filled] > 0
        likeness = np.zeros((len(organisations), self._n_works))
        if wanted.any():
            likeness[:, self._filled[wanted]] = self._compare(organisations, np.flatnonzero(wanted))
        return likeness

    def nearest(self, organisations: Organisations) -> csr_matrix:
        """Return the `NEIGHBOURS` most alike works of each organisation; rows sum to 1 or 0."""
        rows = np.arange(len(organisations))
        blocks = [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]
        found = [most_like(self.likeness(organisations.take(block)), NEIGHBOURS) for block in blocks]
        return vstack(found).tocsr() if found else csr_matrix((0, self._n_works))

    def _compare(self, organisations: Organisations, rows: Positions) -> Floats:
        return organisations.lexical.likeness(self._texts[rows])


def most_like(likeness: Floats, top: int) -> csr_matrix:
    """Keep the `top` highest of each row, brought to sum 1; equal ones in the order of columns."""
    n_rows, n_columns = likeness.shape
    columns = np.argsort(-likeness, axis=1, kind="stable")[:, :top]
    values = np.take_along_axis(likeness, columns, axis=1)
    totals = values.sum(axis=1, keepdims=True)
    values = np.divide(values, totals, out=np.zeros_like(values), where=totals > 0)
    rows = np.repeat(np.arange(n_rows), columns.shape[1])
    return csr_matrix((values.ravel(), (rows, columns.ravel())), shape=(n_rows, n_columns))


def best_of_works(likeness: Floats, works: csr_matrix) -> Floats:
    """Return the highest likeness, (n_seekers, n_works), among each candidate's works; 0 without any."""
    best = np.zeros((likeness.shape[0], works.shape[0]))
    filled = np.flatnonzero(np.diff(works.indptr) > 0)
    if len(filled):
        best[:, filled] = np.maximum.reduceat(likeness[:, works.indices], works.indptr[:-1][filled], axis=1)
    return best


def mean_of_best(likeness: Floats, works: csr_matrix, top: int = 3) -> Floats:
    """Return the sum of the `top` highest likenesses among each candidate's works, over `top`.

    Parameters
    ----------
    likeness : ndarray of shape (n_seekers, n_works)
        In [0, 1].
    works : csr_matrix of shape (n_candidates, n_works)
        1 where the candidate took part.
    """
    sizes = np.diff(works.indptr)
    owner = np.repeat(np.arange(len(sizes)), sizes)
    values = likeness[:, works.indices]
    # Candidate after candidate, of each the highest first.
    ranked = np.take_along_axis(values, np.argsort(2.0 * owner - values, axis=1, kind="stable"), axis=1)
    total = np.zeros((len(likeness), len(sizes)))
    for place in range(top):
        filled = np.flatnonzero(sizes > place)
        total[:, filled] += ranked[:, works.indptr[:-1][filled] + place]
    return total / top
