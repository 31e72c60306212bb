"""Time slots of the meetings of a round: no organisation has two in one slot."""

from collections.abc import Sequence

import numpy as np

from matcher.arrays import Flags, Ints, Positions
from matcher.matching.assignment import RoundProblem


def fill_slots(problem: RoundProblem, chosen: Flags, n_slots: int, held: Positions) -> Positions:
    """Return the slot of each pair, from 1; 0 for pairs that do not meet.

    Chosen pairs, within all limits but that of slots, for which no slot can be found are left out, and others
    that fit are added. Pairs keep the slots of `held`, of which no organisation has two; 0 for none.
    """
    order = np.lexsort([-problem.mutual, ~problem.fixed])
    taken = np.full((len(problem.most), n_slots), -1)
    slots = held.copy()
    for pair in np.flatnonzero(held).tolist():
        taken[problem.ends[:, pair], held[pair] - 1] = pair
    for pair in order[chosen[order] & (held[order] == 0)].tolist():
        _place(pair, problem.ends, taken, slots, held)
    if (slots[chosen] > 0).all():
        return slots
    limits = problem.limits.pairs.tocsc()
    room = problem.most - problem.counts(slots > 0)
    left = problem.limits.sizes - limits @ (slots > 0)
    for pair in order[~chosen[order]].tolist():
        rows = limits.indices[limits.indptr[pair] : limits.indptr[pair + 1]]
        ends = problem.ends[:, pair]
        is_open = (room[ends] > 0).all() and (left[rows] > 0).all()
        if is_open and _place(pair, problem.ends, taken, slots, held):
            room[ends] -= 1
            left[rows] -= 1
    return slots


def _place(pair: int, ends: Positions, taken: Ints, slots: Positions, held: Positions) -> bool:
    """Give a pair a slot, where other pairs have to exchange theirs for it; return whether there is one."""
    one, other = ends[:, pair].tolist()
    free, free_there = np.flatnonzero(taken[one] < 0), np.flatnonzero(taken[other] < 0)
    shared = np.intersect1d(free, free_there)
    choices = [(slot, slot) for slot in shared[:1].tolist()]
    choices = choices or [(a, b) for a in free.tolist() for b in free_there.tolist()]
    for a, b in choices:
        path, last = _path(other, (a, b), ends, taken)
        if last != one and not held[path].any():
            _exchange(path, (a, b), ends, taken, slots)
            taken[[one, other], a] = pair
            slots[pair] = a + 1
            return True
    return False


def _path(start: int, colours: tuple[int, int], ends: Positions, taken: Ints) -> tuple[list[int], int]:
    """Return the pairs from an organisation on whose slots are by turns two, and where they end."""
    path: list[int] = []
    while (pair := int(taken[start, colours[len(path) % 2]])) >= 0:
        path.append(pair)
        start = int(ends[:, pair].sum()) - start
    return path, start


def _exchange(
    path: Sequence[int], colours: tuple[int, int], ends: Positions, taken: Ints, slots: Positions
) -> None:
    for pair in path:
        taken[ends[:, pair], slots[pair] - 1] = -1
    for pair in path:
        slots[pair] = sum(colours) - (slots[pair] - 1) + 1
        taken[ends[:, pair], slots[pair] - 1] = pair
