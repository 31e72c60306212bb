"""Earlier joint works: their texts beside profiles, ties and activity, and what kinds of members they had."""

from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, vstack

from matcher.arrays import Floats, Positions
from matcher.encoders.lexical import LexicalVectors
from matcher.features.organisations import Organisations
from matcher.features.overlaps import known, members_by_word

NEIGHBOURS: Final = 20  # number of most alike works that count for their members
BLOCK: Final = 256


def likeness_of_works(
    organisations: Organisations, texts: LexicalVectors, works: csr_matrix | None = None
) -> Floats:
    """Likeness of organisations and texts, (n, n_works); 0 where nobody took part by `works`."""
    wanted = np.arange(len(texts)) if works is None else np.unique(works.indices)
    likeness = np.zeros((len(organisations), len(texts)))
    likeness[:, wanted] = organisations.lexical.likeness(texts[wanted])
    return likeness


def nearest_works(organisations: Organisations, texts: LexicalVectors) -> csr_matrix:
    """Return the `NEIGHBOURS` most alike works of each organisation; rows sum to 1 or 0."""
    rows = np.arange(len(organisations))
    blocks = [organisations.take(rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK)]
    found = [most_like(likeness_of_works(block, texts), NEIGHBOURS) for block in blocks]
    return vstack(found).tocsr() if found else csr_matrix((0, len(texts)))


def most_like(likeness: Floats, top: int) -> csr_matrix:
    """Keep the `top` highest of each row, brought to sum 1; equal ones in the order of columns."""
    columns = np.argsort(-likeness, axis=1, kind="stable")[:, :top]
    values = np.take_along_axis(likeness, columns, axis=1)
    totals = values.sum(axis=1, keepdims=True)
    values = np.divide(values, totals, out=np.zeros_like(values), where=totals > 0)
    rows = np.repeat(np.arange(len(likeness)), columns.shape[1])
    return csr_matrix((values.ravel(), (rows, columns.ravel())), shape=likeness.shape)


def best_of_works(likeness: Floats, works: csr_matrix) -> Floats:
    """Return the highest likeness, (n_seekers, n_works), among each candidate's works; 0 without any."""
    best = np.zeros((likeness.shape[0], works.shape[0]))
    filled = np.flatnonzero(np.diff(works.indptr) > 0)
    if len(filled):
        best[:, filled] = np.maximum.reduceat(likeness[:, works.indices], works.indptr[:-1][filled], axis=1)
    return best


def mean_of_best(likeness: Floats, works: csr_matrix, top: int = 3) -> Floats:
    """Return the mean of the `top` highest likenesses (n_seekers, n_works) among each candidate's works."""
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


def words_present(codes: Positions, works: csr_matrix) -> csr_matrix:
    """Return 1 where a member of a work had a word, coded as for `Meetings`, shape (n_words, n_works)."""
    present = members_by_word(codes, works)
    present.data[:] = 1.0
    return present


def missing(present: csr_matrix, near: csr_matrix, seekers: Positions, candidates: Positions) -> Floats:
    """Share of works like the seeker's with the candidate's word; 0 where the seeker has it, NaN unknown."""
    usual = np.asarray((near @ present.T).toarray())[:, np.maximum(candidates, 0)]
    usual = np.where(seekers[:, None] == candidates[None, :], 0.0, usual)
    return np.where(known(seekers >= 0, candidates >= 0), np.clip(usual, 0.0, 1.0), np.nan)
