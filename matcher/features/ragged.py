"""Vectors grouped by organisation: every organisation has any number of rows, also none."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Self

import numpy as np
from scipy.sparse import csr_matrix

from matcher.arrays import Floats, Objects, Positions
from matcher.encoders.encoder import UnitRows

BEST_MATCHED: Final = 3  # passages of a seeker over which the match with a candidate is averaged
PART: Final = 4096  # groups whose vectors are summed at a time, which bounds memory


@dataclass(frozen=True)
class Ragged:
    """Rows of vectors, grouped."""

    vectors: UnitRows
    """One row each; zero rows for texts without content."""
    offsets: Positions
    """Shape (n_groups + 1,): group g owns the rows offsets[g] to offsets[g + 1]."""
    texts: Objects
    """Shape (n_rows,): what was encoded, for quoting."""

    @property
    def counts(self) -> Positions:
        """Number of rows in each group, shape (n_groups,)."""
        return np.diff(self.offsets)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def take(self, groups: Positions) -> Self:
        """Return the groups at some positions, in the order of `groups`."""
        rows = self.rows_of(groups)
        names = [each.name for each in fields(self) if each.name != "offsets"]
        taken: dict[str, Any] = {name: getattr(self, name)[rows] for name in names}
        return replace(self, offsets=np.concatenate([[0], np.cumsum(self.counts[groups])]), **taken)

    def rows_of(self, groups: Positions) -> Positions:
        """Return the rows of the groups at some positions, group after group."""
        counts = self.offsets[groups + 1] - self.offsets[groups]
        starts = np.cumsum(counts) - counts
        return np.repeat(self.offsets[groups] - starts, counts) + np.arange(counts.sum())

    def vector_sums(self, start: int, stop: int) -> Floats:
        """Return the sum of the vectors of each group from one position to another, shape (n, n_dims)."""
        vectors = self.vectors[self.offsets[start] : self.offsets[stop]].floats
        offsets = self.offsets[start : stop + 1] - self.offsets[start]
        n = len(vectors)
        groups = csr_matrix((np.ones(n), np.arange(n), offsets), shape=(stop - start, n))
        return np.asarray(groups @ vectors)

    def max_rows(self, values: Floats) -> Floats:
        """Take the maximum of `values` (one row per vector) within each group; NaN where one is empty."""
        found = np.full((len(self), *values.shape[1:]), np.nan)
        filled = np.flatnonzero(self.counts)
        if len(filled):
            found[filled] = np.maximum.reduceat(values, self.offsets[filled], axis=0)
        return found


def mean_vectors(parts: Sequence[Ragged]) -> UnitRows:
    """Return the mean of each group over parts of it, one row per group; zero where all are empty."""
    starts = range(0, max(len(parts[0]), 1), PART)
    spans = [(start, min(start + PART, len(parts[0]))) for start in starts]
    return UnitRows.joined(
        UnitRows.of(np.sum([part.vector_sums(*span) for part in parts], axis=0)) for span in spans
    )


def cosines(ours: UnitRows, theirs: UnitRows, columns: Positions) -> Floats:
    """Return cosines of the pairs that `columns` lists, of its shape; negative ones as 0."""
    from matcher.encoders import kernels

    one, other = ((np.arange(len(side) + 1), side.codes, side.scales) for side in (ours, theirs))
    return np.asarray(kernels.best_matches(one, other, columns, 1)[2])


def best_matches(seekers: Ragged, candidates: Ragged, columns: Positions) -> Sequence[Floats]:
    """For each listed pair of groups, from either side: the mean of its `BEST_MATCHED` best-matched rows.

    Each row is matched with the other's most alike row. An organisation with many fields of work is not
    expected to share them all: what counts is whether some match. Both means, and the highest cosine of any
    two rows, have shape (3, n_seekers, n_listed), in [0, 1], NaN where a group is empty. MaxSim of ColBERT
    (Khattab and Zaharia 2020) on passages, with the mean over the best; measured in docs/benchmarks.md.
    """
    from matcher.encoders import kernels

    ours, theirs = ((side.offsets, side.vectors.codes, side.vectors.scales) for side in (seekers, candidates))
    return [*kernels.best_matches(ours, theirs, columns, BEST_MATCHED)]
