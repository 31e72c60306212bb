"""Vectors grouped by organisation: every organisation has any number of rows, also none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from matcher.arrays import Floats, Objects, Positions
from matcher.encoders.encoder import unit_rows

BEST_MATCHED: Final = 3
"""Passages of a seeker over which the match with a candidate is averaged."""


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
    texts: Objects

    @property
    def counts(self) -> Positions:
        """Number of rows in each group, shape (n_groups,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, groups: Positions) -> Self:
        """Return the groups at some positions, in the order of `groups`."""
        spans = [np.arange(self.offsets[group], self.offsets[group + 1]) for group in groups]
        rows = np.concatenate([*spans, np.empty(0)]).astype(np.int64)
        taken = {name: values[rows] for name, values in vars(self).items() if name != "offsets"}
        offsets = np.concatenate([[0], np.cumsum(self.counts[groups])]).astype(np.int64)
        return replace(self, offsets=offsets, **taken)

    def means(self) -> Floats:
        """Return the unit-length mean of each group, shape (n_groups, n_dims); zero where empty."""
        return unit_rows(self.sum_groups(self.vectors))

    def sum_groups(self, values: Floats) -> Floats:
        """Sum `values` (one row per vector) within each group; 0 where a group is empty."""
        sums = np.zeros((len(self), *values.shape[1:]))
        filled = self.counts > 0
        if filled.any():
            sums[filled] = np.add.reduceat(values, self.offsets[:-1][filled], axis=0)
        return sums

    def max_rows(self, values: Floats) -> Floats:
        """Take the maximum of `values` (one row per vector) within each group; NaN where one is empty."""
        best = np.full((len(self), *values.shape[1:]), np.nan)
        filled = self.counts > 0
        if filled.any():
            best[filled] = np.maximum.reduceat(values, self.offsets[:-1][filled], axis=0)
        return best

    def max_groups(self, values: Floats) -> Floats:
        """Take the maximum over each group along the last axis; NaN where a group is empty."""
        best = np.full((*values.shape[:-1], len(self)), np.nan)
        filled = self.counts > 0
        if filled.any():
            best[..., filled] = np.maximum.reduceat(values, self.offsets[:-1][filled], axis=-1)
        return best


def best_match(seekers: Ragged, candidates: Ragged) -> Floats:
    """For each pair of groups: the mean of the seeker's best-matched rows.

    Each row of the seeker is matched with the candidate's most alike row; the mean runs over the
    `BEST_MATCHED` seeker rows that are matched best. An organisation with many fields of work is
    not expected to share them all: what counts is whether some of them match.

    Parameters
    ----------
    seekers, candidates : Ragged
        With n_seekers and n_candidates groups in the same space.

    Returns
    -------
    scores : ndarray of shape (n_seekers, n_candidates)
        In [0, 1]: negative cosines count as 0. NaN where either group is empty. Symmetric: no.

    References
    ----------
    The MaxSim operator of ColBERT (Khattab and Zaharia 2020), on passages instead of tokens and
    with the mean over the best instead of all; measured in docs/benchmarks.md.
    """
    best = candidates.max_groups(np.maximum(seekers.vectors @ candidates.vectors.T, 0.0))
    means = np.full((len(seekers), len(candidates)), np.nan)
    # Groups of one size are averaged together: a loop over groups would be slow in large pools.
    for count in np.unique(seekers.counts[seekers.counts > 0]):
        members = np.flatnonzero(seekers.counts == count)
        rows = best[seekers.offsets[members][:, None] + np.arange(count)]
        if count > BEST_MATCHED:
            rows = np.partition(rows, count - BEST_MATCHED, axis=1)[:, count - BEST_MATCHED :]
        means[members] = rows.mean(axis=1)
    return means
