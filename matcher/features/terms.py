"""Sets of short terms (languages, channels) as sparse rows that can be intersected in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matcher.arrays import Floats
from matcher.profiles.records import normalise


@dataclass(frozen=True)
class Terms:
    """One set of terms per organisation.

    Attributes
    ----------
    matrix : csr_matrix of shape (n_organisations, n_vocabulary)
        1 where the organisation names the term.
    sizes : ndarray of shape (n_organisations,)
        Number of distinct terms, also those outside the vocabulary.
    """

    matrix: csr_matrix
    sizes: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Terms:
        """Return the organisations at some positions, in the order of `rows`."""
        return Terms(self.matrix[rows], self.sizes[rows])

    def shared(self, other: Terms) -> Floats:
        """Return the number of shared terms, shape (n_self, n_other); NaN where a set is empty."""
        counts = np.asarray((self.matrix @ other.matrix.T).todense(), dtype=np.float64)
        counts[self.sizes == 0, :] = np.nan
        counts[:, other.sizes == 0] = np.nan
        return counts

    def overlap(self, other: Terms) -> Floats:
        """Return shared terms over the smaller set's size, in [0, 1]; NaN where a set is empty.

        References
        ----------
        Szymkiewicz-Simpson overlap coefficient.
        """
        smaller = np.minimum(self.sizes[:, None], other.sizes[None, :]).astype(np.float64)
        shared = self.shared(other)
        return np.divide(shared, smaller, out=np.full_like(smaller, np.nan), where=smaller > 0)


def vocabulary(term_lists: Iterable[Iterable[str]]) -> dict[str, int]:
    """Number the distinct normalised terms in alphabetical order."""
    distinct = {normalise(term) for terms in term_lists for term in terms}
    return {term: position for position, term in enumerate(sorted(distinct))}


def encode_terms(term_lists: Sequence[Iterable[str]], known: dict[str, int]) -> Terms:
    """Turn lists of terms into `Terms` over a known vocabulary."""
    sets = [{normalise(term) for term in terms} for terms in term_lists]
    pairs = [(row, known[term]) for row, terms in enumerate(sets) for term in sorted(terms) if term in known]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(sets), max(len(known), 1)))
    return Terms(matrix, np.array([len(terms) for terms in sets], dtype=np.int64))
