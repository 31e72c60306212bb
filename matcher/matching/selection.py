"""Selection: the best eligible candidates of each seeker."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import islice
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


def select_best(
    score: Floats,
    k: int,
    twins: Mapping[int, Positions] | None = None,
    pins: Sequence[Mapping[int, int]] = (),
) -> Selected:
    """Return each seeker's at most `k` best eligible candidates.

    Equal scores keep the order of ids. Of near-duplicates each list has the best one only.

    Parameters
    ----------
    score : ndarray of shape (n_seekers, n_candidates)
        -inf where a pair is not eligible.
    k : int
        At least 1.
    twins : mapping of int to ndarray, optional
        Positions of the near-duplicates of candidates that have any.
    pins : sequence of mapping of int to int, optional
        Of each seeker, the positions of candidates that stay in the list, and the ranks they keep; 0 for the
        rank of the score, or the last place where that is beyond `k`. Those not eligible are left out.
    """
    score = without_twins(score, twins or {}, pins, k)
    order = np.argsort(-score, axis=1, kind="stable")
    for row, pinned in enumerate(pins):
        kept = {at: rank for at, rank in pinned.items() if np.isfinite(score[row, at])}
        if kept:
            order[row] = _with_pins(order[row], kept, min(k, int(np.isfinite(score[row]).sum())))
    order = order[:, :k]
    rows, columns = np.nonzero(np.isfinite(np.take_along_axis(score, order, axis=1)))
    return Selected(rows, order[rows, columns], columns + 1)


def _with_pins(order: Positions, pinned: Mapping[int, int], last: int) -> list[int]:
    """Return an order in which pinned candidates have their ranks, at most `last`."""
    natural = {at: rank for rank, at in enumerate(order.tolist(), start=1)}
    wanted = sorted((min(rank or natural[at], last), natural[at], at) for at, rank in pinned.items())
    listed = [at for at in order.tolist() if at not in pinned]
    for rank, _, at in wanted:
        listed.insert(rank - 1, at)
    overflow = [at for at in listed[last:] if at in pinned]
    if overflow:  # several have the last place
        head = [at for at in listed if at not in overflow]
        listed = [*head[: last - len(overflow)], *overflow, *head[last - len(overflow) :]]
    return listed


def without_twins(
    score: Floats,
    twins: Mapping[int, Positions],
    pins: Sequence[Mapping[int, int]] = (),
    k: int = sys.maxsize,
) -> Floats:
    """Return scores of -inf for candidates with a near-duplicate that is pinned, or ranked higher and kept.

    Parameters and order are those of `select_best`; only the `k` best are known to have none.
    """
    if not twins:
        return score
    score = score.copy()
    for row, pinned in enumerate(pins):
        for position in pinned:
            if np.isfinite(score[row, position]):
                score[row, [at for at in twins.get(position, ()) if at not in pinned]] = -np.inf
    members = np.array(sorted(twins))
    order = np.argsort(-score[:, members], axis=1, kind="stable")
    for row, ranked in enumerate(members[order]):
        kept = (position for position in ranked.tolist() if np.isfinite(score[row, position]))
        for position in islice(kept, k):
            score[row, twins[position]] = -np.inf
    return score
