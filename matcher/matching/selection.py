"""Selection: the best eligible candidates of each seeker, and whether each is strong, possible or weak."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from matcher.arrays import Flags, Floats, Objects, Positions
from matcher.columns import BANDS
from matcher.config import BandSettings
from matcher.encoders.encoder import UnitRows

WINDOW: Final = 200  # candidates among which the next of a varied list is chosen
PLACES: Final = 5  # places of each one's list that are kept: thresholds are among them
TIES: Final = 1e-9  # mutual scores that differ by less are equal: sums of floats differ in the last bits


class Selected(NamedTuple):
    """Recommendations of several seekers, seeker after seeker and best first; each of shape (n,)."""

    rows: Positions  # row of the seeker
    positions: Positions  # position of the candidate in the pool
    ranks: Positions  # from 1 for each seeker


class Variety(NamedTuple):
    """What keeps a list from being filled with organisations that are alike."""

    diversity: float  # weight of the highest cosine to those listed, beside the score, in [0, 1]
    vectors: UnitRows  # of the candidates
    is_in: Flags  # of which groups each candidate is, shape (n_candidates, n_groups)
    limits: Positions  # how many of each group a list has at most


def select_best(
    score: Floats,
    k: int,
    twins: Mapping[int, Positions] | None = None,
    pins: Sequence[Mapping[int, int]] = (),
    variety: Variety | None = None,
    columns: Positions | None = None,
) -> Selected:
    """Return each seeker's at most `k` best eligible candidates, of near-duplicates the best one only.

    Parameters
    ----------
    score : ndarray of shape (n_seekers, n_candidates)
        -inf where a pair is not eligible. Equal scores keep the order of ids.
    pins : sequence of mapping of int to int, optional
        Of each seeker, the positions of candidates that stay in the list, and the ranks they keep; 0 for the
        rank of the score, or the last place where that is beyond `k`. Those not eligible are left out.
    variety : Variety, optional
        Lists may then be shorter than `k`; pinned candidates stay all the same.
    columns : ndarray of shape (n_candidates,) or (n_seekers, n_candidates), optional
        Positions of the candidates, in rising order; from 0 when left out. Twins are positions, too.
    """
    columns = np.broadcast_to(np.arange(score.shape[1]) if columns is None else columns, score.shape)
    score = without_twins(score, twins or {}, pins, k, columns)
    order, score = np.argsort(-score, axis=1, kind="stable"), score.copy() if variety else score
    for row, pinned in enumerate(pins or [{}] * len(score)):
        found = zip(columns[row].searchsorted([*pinned]).tolist(), pinned.values(), strict=True)
        kept = {column: rank for column, rank in found if np.isfinite(score[row, column])}
        if variety:
            _vary(order[row], score[row], k, [*kept], variety, columns[row])
        if kept:
            n = int(np.isfinite(score[row]).sum())  # the others come last
            order[row, :n] = _with_pins(order[row, :n], kept, min(k, n))
    order = order[:, :k]
    rows, ranks = np.nonzero(np.isfinite(np.take_along_axis(score, order, axis=1)))
    return Selected(rows, columns[rows, order[rows, ranks]], ranks + 1)


def _vary(order: Positions, score: Floats, k: int, pins: list[int], variety: Variety, at: Positions) -> None:
    """Put the order of a list of `k` in place, and take the score of all others.

    No group has more than its limit; each candidate is the one of the `WINDOW` best that are left with the
    best score less likeness: maximal marginal relevance (Carbonell and Goldstein 1998). Pins count too.
    """
    vectors, is_in = variety.vectors[at], variety.is_in[at]
    chosen, left = [*pins], order[np.isfinite(score[order]) & ~np.isin(order, pins)]
    while len(chosen) < k:
        is_full = is_in[chosen].sum(axis=0) >= variety.limits
        left = left[~is_in[left][:, is_full].any(axis=1)]
        if not len(left):
            break
        nearest = vectors[left[:WINDOW]].cosines(vectors[np.array(chosen, dtype=np.int64)])
        worth = (1.0 - variety.diversity) * score[left[:WINDOW]]
        best = int((worth - variety.diversity * nearest.max(axis=1, initial=0.0)).argmax())
        chosen.append(int(left[best]))
        left = np.delete(left, best)
    listed = chosen[len(pins) :]
    for pin in sorted(pins, key=lambda one: -score[one]):
        listed.insert(int((score[listed] >= score[pin]).sum()), pin)
    others = np.setdiff1d(np.arange(len(order)), listed)
    score[others] = -np.inf
    order[:] = [*listed, *others]


def _with_pins(order: Positions, pinned: Mapping[int, int], last: int) -> list[int]:
    """Return an order in which pinned candidates have their ranks, at most `last`."""
    natural = {at: rank for rank, at in enumerate(order.tolist(), start=1)}
    wanted = sorted((min(rank or natural[at], last), natural[at], at) for at, rank in pinned.items())
    listed = [at for at in order.tolist() if at not in pinned]
    for rank, _, at in wanted:
        listed.insert(rank - 1, at)
    n_beyond = sum(at in pinned for at in listed[last:])
    if n_beyond:  # several have the last place
        gone = [at for at in listed[:last] if at not in pinned][-n_beyond:]
        listed = [at for at in listed if at not in gone]
        listed[last:last] = gone
    return listed


def without_twins(
    score: Floats,
    twins: Mapping[int, Positions],
    pins: Sequence[Mapping[int, int]] = (),
    k: int | None = None,
    columns: Positions | None = None,
) -> Floats:
    """Put -inf for those with a near-duplicate that is pinned, or ranked higher among the `k` best."""
    if not twins:
        return score
    score = score.copy()
    columns = np.broadcast_to(np.arange(score.shape[1]) if columns is None else columns, score.shape)
    has_twins = np.zeros(max(int(columns.max(initial=0)), *twins) + 1, dtype=bool)
    has_twins[[*twins]] = True
    for row, (scores, at) in enumerate(zip(score, columns, strict=True)):
        pinned = pins[row] if pins else {}
        for position, column in zip(pinned, at.searchsorted([*pinned]).tolist(), strict=True):
            if np.isfinite(scores[column]):
                scores[_found(at, [one for one in twins.get(position, ()) if one not in pinned])] = -np.inf
        members = np.flatnonzero(has_twins[at])
        ranked = members[np.argsort(-scores[members], kind="stable")]
        kept = (column for column in ranked.tolist() if np.isfinite(scores[column]))
        for column in islice(kept, k):
            scores[_found(at, twins[int(at[column])])] = -np.inf
    return score


def _found(columns: Positions, positions: Positions | Sequence[int]) -> Positions:
    """Return where some positions are in columns; those that are not are left out."""
    wanted = np.asarray(positions, dtype=np.int64)
    found = columns.searchsorted(wanted)
    return np.asarray(found[columns.take(found, mode="clip") == wanted])


def assign_bands(ranks: Positions, places: Positions, met: Floats, limits: BandSettings) -> Objects:
    """Return the band of each recommendation, shape (n,).

    "strong": each stands among the other's two best, and an important need of one side is met.
    "possible": each stands among the other's five best. Else "weak". Own definition, measured in
    docs/benchmarks.md. `ranks` and `places` are those in the list of the seeker and of the candidate, from 1;
    `met` is the higher `complementarity` of both sides, NaN unknown.
    """
    both = np.maximum(ranks, places)
    is_strong = (both <= limits.strong_places) & (np.nan_to_num(met) >= limits.strong_met)
    return np.select([is_strong, both <= limits.possible_places], BANDS[:2], BANDS[2]).astype(object)


def highest(mutual: Floats) -> Floats:
    """Return the `PLACES` highest mutual scores of each row in falling order; NaN where there are fewer."""
    found = -np.sort(-mutual, axis=1)[:, :PLACES]  # NaN last
    missing = PLACES - found.shape[1]
    return np.pad(found, ((0, 0), (0, missing)), constant_values=np.nan)


def places_among(mutual: Floats, best: Floats) -> Positions:
    """Return the place, from 1, of mutual scores, (n,), among the `highest` of lists, (n, PLACES)."""
    return np.asarray(1 + (best > mutual[:, None] + TIES).sum(axis=1))
