"""Vectors grouped by organisation: every organisation has any number of rows, also none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]


@dataclass(frozen=True)
class Ragged:
    """Rows of vectors, grouped.

    Attributes
    ----------
    vectors : ndarray of shape (n_rows, n_dims), float64
        Unit-length rows, or zero rows for texts without content.
    offsets : ndarray of shape (n_groups + 1,), int64
        Group g owns the rows offsets[g] to offsets[g + 1].
    texts : ndarray of shape (n_rows,), object
        What was encoded, for quoting.
    """

    vectors: Floats
    offsets: Positions
    texts: NDArray[np.object_]

    @property
    def counts(self) -> Positions:
        """Number of rows in each group, shape (n_groups,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, groups: Positions) -> Ragged:
        """Return the groups at some positions, in the order of `groups`."""
        rows = self.row_positions(groups)
        offsets = np.concatenate([[0], np.cumsum(self.counts[groups])]).astype(np.int64)
        return Ragged(self.vectors[rows], offsets, self.texts[rows])

    def row_positions(self, groups: Positions) -> Positions:
        """Return the positions of the rows that some groups own, group after group."""
        spans = [np.arange(self.offsets[group], self.offsets[group + 1]) for group in groups]
        return np.concatenate([*spans, np.empty(0)]).astype(np.int64)

    def means(self) -> Floats:
        """Return the unit-length mean of each group, shape (n_groups, n_dims); zero where empty."""
        return unit_rows(self.sum_groups(self.vectors))

    def sum_groups(self, values: Floats) -> Floats:
        """Sum `values` (one row a vector row) within each group; 0 where a group is empty."""
        sums = np.zeros((len(self), *values.shape[1:]))
        filled = self.counts > 0
        if filled.any():
            sums[filled] = np.add.reduceat(values, self.offsets[:-1][filled], axis=0)
        return sums

    def max_groups(self, values: Floats) -> Floats:
        """Take the maximum over each group along the last axis; NaN where a group is empty."""
        best = np.full((*values.shape[:-1], len(self)), np.nan)
        filled = self.counts > 0
        if filled.any():
            best[..., filled] = np.maximum.reduceat(values, self.offsets[:-1][filled], axis=-1)
        return best


def unit_rows(vectors: Floats) -> Floats:
    """Scale each row to length 1; zero rows stay zero."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0))


def best_match(seekers: Ragged, candidates: Ragged, row_weights: Floats | None = None) -> Floats:
    """For each pair of groups: the mean over the seeker's rows of the best candidate row.

    Parameters
    ----------
    seekers, candidates : Ragged
        With n_seekers and n_candidates groups in the same space.
    row_weights : ndarray of shape (n_seeker_rows,), optional
        Weight of each seeker row in its mean; equal when left out.

    Returns
    -------
    scores : ndarray of shape (n_seekers, n_candidates)
        In [0, 1]: negative cosines count as 0. NaN where either group is empty. Symmetric: no.

    References
    ----------
    The MaxSim operator of ColBERT (Khattab and Zaharia 2020), on passages instead of tokens.
    """
    best = candidates.max_groups(np.maximum(seekers.vectors @ candidates.vectors.T, 0.0))
    return weighted_group_mean(seekers, best, row_weights)


def weighted_group_mean(groups: Ragged, values: Floats, row_weights: Floats | None = None) -> Floats:
    """Average `values`, shape (n_rows, n), within groups to (n_groups, n); NaN where empty."""
    weights = np.ones(len(values)) if row_weights is None else row_weights
    sums = groups.sum_groups(values * weights[:, None])
    totals = groups.sum_groups(weights[:, None])
    return np.divide(sums, totals, out=np.full_like(sums, np.nan), where=totals > 0)
