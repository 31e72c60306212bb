"""Rounds: which pairs meet and when, so that their mutual scores sum to the most within all limits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_matrix, hstack, identity, vstack
from scipy.sparse.csgraph import connected_components
from sklearn.preprocessing import MultiLabelBinarizer

from matcher.arrays import Flags, Floats, Ints, Positions
from matcher.matching.selection import TIES

EXACT: Final = 40_000  # pairs up to which the best round is sought among all of them; see docs/rounds.md
MISSING: Final = 2.0  # what each meeting short of a minimum costs, beside mutual scores in [0, 1]
TOO_SHORT: Final = 1000.0  # what it costs while pairs are sought with which required minima can be reached
NEAR: Final = 0.005  # by how much less than others a pair may be worth where there are more than `EXACT`
CUT_ROUNDS: Final = 50
SEARCH: Final[dict[str, Any]] = {"node_limit": 100, "mip_rel_gap": 0.0}
"""Of branch and bound: a limit of time instead of nodes would make results differ."""
ROUNDING: Final = 1e-6
TRIED: Final = 200  # sets of limits that are tried, each by a search for a round that breaks others least


class Limits(NamedTuple):
    """Limits on the meetings of an organisation with partners of one value of a column."""

    owners: Positions  # the organisation, shape (n_limits,)
    labels: tuple[tuple[str, str], ...]  # column and value of each
    sizes: Positions  # meetings at most, shape (n_limits,)
    pairs: csr_matrix  # which pairs count, shape (n_limits, n_pairs)


class Model(NamedTuple):
    """A linear program: costs, rows that are at most `upper`, and bounds of variables, of shape (2, n)."""

    costs: Floats
    rows: csr_matrix
    upper: Floats
    bounds: Floats

    def relaxed(self) -> Any:
        """Return the result of `linprog`."""
        return linprog(self.costs, self.rows, self.upper, bounds=self.bounds.T)

    def whole(self, are_whole: bool = True, **options: float) -> Any:
        """Return the result of `milp`, of whole numbers unless these are not asked for."""
        whole = np.full(len(self.costs), int(are_whole))
        limits, bounds = LinearConstraint(self.rows, -np.inf, self.upper), Bounds(*self.bounds)
        return milp(self.costs, integrality=whole, bounds=bounds, constraints=limits, options=options)


@dataclass(frozen=True)
class RoundProblem:
    """Pairs that may meet, and the limits of organisations."""

    ends: Positions  # the two organisations of each pair, from 0 to n_organisations - 1, shape (2, n_pairs)
    mutual: Floats  # in [0, 1], shape (n_pairs,)
    gains: Floats  # of both sides, shape (2, n_pairs)
    least: Positions
    most: Positions
    """Meetings of each organisation, shape (n_organisations,)."""
    limits: Limits
    fixed: Flags  # pairs that must meet, shape (n_pairs,)
    is_required: bool = False  # whether `least` must be reached; else each missing meeting costs `MISSING`

    @cached_property
    def incidence(self) -> csr_matrix:
        """Which organisations are in which pairs, shape (n_organisations, n_pairs)."""
        n_pairs = len(self.mutual)
        at = self.ends.ravel(), np.tile(np.arange(n_pairs), 2)
        return csr_matrix((np.ones(2 * n_pairs), at), (len(self.most), n_pairs))

    def counts(self, chosen: Flags) -> Positions:
        """Return the meetings of each organisation, shape (n_organisations,)."""
        return np.bincount(self.ends[:, chosen].ravel(), minlength=len(self.most))

    def penalty(self, chosen: Flags) -> float:
        """Return what missing meetings cost."""
        return MISSING * float(np.maximum(self.least - self.counts(chosen), 0).sum())

    def model(self, missing: float = MISSING) -> Model:
        """Return the program of the round: whole numbers of pairs, and of missing meetings at some cost."""
        short, (rows, upper) = np.flatnonzero(self.least > 0), self.limit_rows()
        missed = vstack([csr_matrix((len(upper) - len(short), len(short))), -identity(len(short))])
        none = np.zeros(len(short))
        low = np.concatenate([self.fixed, none])
        high = np.concatenate([np.ones(len(self.mutual)), none if self.is_required else self.least[short]])
        costs = np.concatenate([-self.mutual, np.full(len(short), missing)])
        return Model(costs, hstack([rows, missed], "csr"), upper, np.array([low, high]))

    def limit_rows(self) -> tuple[csr_matrix, Floats]:
        """Return capacities, limits on groups and negated minima as rows, and what each is at most."""
        short = np.flatnonzero(self.least > 0)
        rows = vstack([self.incidence, self.limits.pairs, -self.incidence[short]], format="csr")
        return rows, np.concatenate([self.most, self.limits.sizes, -self.least[short]]).astype(float)

    def part(self, pairs: Flags) -> "RoundProblem":
        """Return the problem of some pairs only."""
        limits = self.limits._replace(pairs=self.limits.pairs[:, pairs])
        parts = {name: getattr(self, name)[..., pairs] for name in ("ends", "mutual", "gains", "fixed")}
        return replace(self, limits=limits, **parts)


class Relaxation(NamedTuple):
    """A round in which pairs may meet in part, and what that says of all rounds."""

    values: Floats  # share of each pair that meets, shape (n_pairs,)
    bound: float  # upper bound of the sum of mutual scores less the cost of missing meetings
    worth: Floats  # what another meeting of each organisation would add, shape (n_organisations,)
    spare: Floats  # how much less than other meetings each pair is worth, shape (n_pairs,); below 0 for more
    is_short: bool
    """Whether required minima cannot be reached: the rest is of a round where a missing meeting is dear."""


class Solution(NamedTuple):
    """Pairs that meet, and what a round is worth at most."""

    chosen: Flags  # shape (n_pairs,)
    bound: float  # upper bound of the sum of mutual scores less the cost of missing meetings
    is_exact: bool  # whether no round is worth more


def relax(problem: RoundProblem) -> Relaxation | None:
    """Return the linear relaxation of a round; None where there is none."""
    model, is_short = problem.model(), False
    found = model.relaxed()
    if found.x is None and problem.is_required:
        model, is_short = replace(problem, is_required=False).model(TOO_SHORT), True
        found = model.relaxed()
    if found.x is None:
        return None
    duals, n, n_pairs = -found.ineqlin.marginals, len(problem.most), len(problem.mutual)
    short, start = np.flatnonzero(problem.least > 0), n + len(problem.limits.sizes)
    worth = duals[:n].copy()
    worth[short] -= duals[start:]
    spare = (model.costs + model.rows.T @ duals)[:n_pairs]
    return Relaxation(found.x[:n_pairs], -float(found.fun), worth, spare, is_short)


def solve_round(problem: RoundProblem, relaxed: Relaxation | None = None) -> Solution | None:
    """Return the pairs that meet; None where no round meets the limits, or none was found.

    The linear relaxation, made here unless it is given, with odd-set cuts (Padberg and Rao 1982) has values
    that are nearly all whole. Where some are not, branch and bound follows; beyond `EXACT` pairs with those
    alone that are worth nearly as much as others.
    """
    n_pairs = len(problem.mutual)
    if not n_pairs:
        is_met = not (problem.is_required and problem.least.any())
        return Solution(problem.fixed, -problem.penalty(problem.fixed), True) if is_met else None
    relaxed = relaxed or relax(problem)
    if relaxed is None or relaxed.is_short:
        return None
    values, bound, model = relaxed.values, relaxed.bound, problem.model()
    near = problem.fixed | (values > ROUNDING) | (relaxed.spare < NEAR)
    if n_pairs > EXACT and not near.all():
        if part := solve_round(problem.part(near)):
            near[near] = part.chosen
        return Solution(near, bound, False) if part else None
    for _ in range(CUT_ROUNDS):
        cut = _cut(model, problem, values)
        if cut is model:
            break
        model, found = cut, cut.relaxed()
        if found.x is None:
            return None
        values, bound = found.x[:n_pairs], -float(found.fun)
    chosen = np.asarray(values > 0.5)
    if (np.abs(values - values.round()) > ROUNDING).any():
        found = model.whole(**SEARCH)
        if found.x is None:
            return None
        chosen, bound = found.x[:n_pairs] > 0.5, min(bound, -float(found.mip_dual_bound))
    value = float(problem.mutual[chosen].sum()) - problem.penalty(chosen)
    return Solution(chosen, max(bound, value), bound <= value + ROUNDING)


def _cut(model: Model, problem: RoundProblem, values: Floats) -> Model:
    """Add the odd-set inequalities that values break, of sets joined by pairs of fractional value, if any."""
    part = np.flatnonzero((values > ROUNDING) & (values < 1.0 - ROUNDING))
    whole = values > 1.0 - ROUNDING
    n = len(problem.most)
    _, group = connected_components(csr_matrix((np.ones(len(part)), problem.ends[:, part]), (n, n)), False)
    rows, upper = [model.rows], [model.upper]
    full = problem.incidence @ values > problem.most - ROUNDING
    for members in (full, *(group == number for number in np.unique(group[problem.ends[0, part]]))):
        inside = members[problem.ends]
        counted = inside.all(axis=0) | (inside.any(axis=0) & whole)
        total = problem.most[members].sum() + (counted & ~inside.all(axis=0)).sum()
        if values[counted].sum() > total // 2 + ROUNDING:
            rows.append(csr_matrix(np.pad(counted, (0, len(model.costs) - len(values))).astype(float)))
            upper.append(np.array([total // 2], dtype=float))
    return model._replace(rows=vstack(rows, "csr"), upper=np.concatenate(upper)) if rows[1:] else model


def limits_of(problem: RoundProblem) -> tuple[csr_matrix, Floats]:
    """Return `RoundProblem.limit_rows`, of minima only required ones, and then negated fixed pairs."""
    least = problem.least if problem.is_required else np.zeros_like(problem.least)
    rows, upper = replace(problem, least=least).limit_rows()
    must = identity(len(problem.mutual), format="csr")[problem.fixed]
    return vstack([rows, -must], format="csr"), np.append(upper, -np.ones(must.shape[0]))


def find_collision(problem: RoundProblem) -> tuple[Positions, Floats]:
    """Return the fewest limits that cannot be met together, and by how much each is exceeded at least.

    Limits are the rows of `limits_of`. The first are empty where none were found, and where there are more
    than `EXACT` pairs: then only the least excess, shape (n_limits,), is sought, by the linear relaxation.
    Ignatiev et al. (2015), "Smallest MUS extraction with minimal hitting set dualization".
    """
    rows, upper = limits_of(problem)
    change = _excess(rows, upper, np.zeros(len(upper), dtype=bool))
    assert change is not None  # noqa: S101  # without limits that hold there is always a round
    exceeded, ones = [change > ROUNDING], np.ones(len(upper))
    for _ in range(TRIED if len(problem.mutual) <= EXACT and exceeded[0].any() else 0):
        # The fewest limits of which every set that was exceeded has one.
        hit = LinearConstraint(np.array(exceeded, dtype=float), 1.0, np.inf)
        kept = np.asarray(milp(ones, integrality=ones, bounds=Bounds(0.0, 1.0), constraints=hit).x > 0.5)
        found = _excess(rows, upper, kept)
        if found is None:
            return np.flatnonzero(kept), change
        exceeded.append(found > ROUNDING)
    return np.zeros(0, dtype=np.int64), change


def _excess(rows: csr_matrix, upper: Floats, kept: Flags) -> Floats | None:
    """Return by how much limits are exceeded at least where some are kept; None where these collide."""
    n_limits, n_pairs = rows.shape
    costs = np.concatenate([np.zeros(n_pairs), np.ones(n_limits)])
    most = np.concatenate([np.ones(n_pairs), np.where(kept, 0.0, np.inf)])
    exceeding = hstack([rows, -identity(n_limits)], format="csr")
    found = Model(costs, exceeding, upper, np.array([np.zeros(len(most)), most])).whole(n_pairs <= EXACT)
    return None if found.x is None else np.round(found.x[n_pairs:], 6)


def solve_slots(problem: RoundProblem, n_slots: int, held: Positions) -> Positions | None:
    """Return the slot of each pair in the best round, from 1, 0 for none; None where there is no round.

    Pairs keep the slots of `held`, shape (n_pairs,), where these are not 0. It takes long beyond a few
    thousand pairs times slots.
    """
    n_pairs, limits, fixed = len(problem.mutual), problem.limits, problem.fixed
    if not n_pairs:
        return np.zeros(0, dtype=np.int64)
    once = hstack([identity(n_pairs, format="csr")] * n_slots, format="csr")
    busy = block_diag([problem.incidence] * n_slots)
    rows = vstack([hstack([limits.pairs] * n_slots), busy, once, -once[fixed]], format="csr")
    sizes = [limits.sizes, np.ones(busy.shape[0] + n_pairs), -np.ones(fixed.sum())]
    slotted = replace(
        problem,
        ends=np.tile(problem.ends, n_slots),
        mutual=np.tile(problem.mutual, n_slots),
        limits=limits._replace(pairs=rows, sizes=np.concatenate(sizes)),
        fixed=(held == np.arange(1, n_slots + 1)[:, None]).ravel(),
    )
    found = slotted.model().whole(**SEARCH)
    if found.x is None:
        return None
    chosen = found.x[: n_pairs * n_slots].reshape(n_slots, n_pairs) > 0.5
    return np.asarray(chosen.T @ np.arange(1, n_slots + 1))


def group_limits(
    ends: Positions, values: Mapping[str, Sequence[Iterable[str]]], at_most: Mapping[str, int]
) -> Limits:
    """Return the limits that can be exceeded: `values` are the sets of values of organisations by column."""
    ours, theirs = np.concatenate([ends, ends[::-1]], axis=1)
    number, labels = np.tile(np.arange(ends.shape[1]), 2), []
    owners, sizes = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    rows = [csr_matrix((0, ends.shape[1]))]
    for column, size in at_most.items():
        binarizer = MultiLabelBinarizer(sparse_output=True)
        has = binarizer.fit_transform(values[column])[theirs].tocoo()
        n_names, names = max(has.shape[1], 1), binarizer.classes_
        codes = ours[has.row] * n_names + has.col
        keys, at, n_pairs = np.unique(codes, return_inverse=True, return_counts=True)
        pairs = csr_matrix((np.ones(len(at)), (at, number[has.row])), (len(keys), ends.shape[1]))
        rows.append(pairs[n_pairs > size])
        keys = keys[n_pairs > size]
        owners.append(keys // n_names)
        labels += [(column, str(names[one])) for one in (keys % n_names).tolist()]
        sizes.append(np.full(len(keys), size))
    return Limits(np.concatenate(owners), tuple(labels), np.concatenate(sizes), vstack(rows, format="csr"))


def blocking_pairs(problem: RoundProblem, slots: Positions, n_slots: int) -> Positions:
    """Return the pairs that do not meet though both sides would exchange a meeting for it, or add it.

    A meeting that is fixed is not exchanged; where a limit on a group is reached, only one of that group.
    Both must be free in one slot, or be so by the exchange. `slots` are those of pairs, 0 for no meeting.
    """
    chosen, n, limits = slots > 0, len(problem.most), problem.limits
    gains = np.where(problem.fixed, np.inf, problem.gains)
    taken, lowest = np.zeros((n, n_slots), dtype=bool), np.full(n, np.inf)
    np.minimum.at(lowest, problem.ends[:, chosen], gains[:, chosen])
    lowest[problem.counts(chosen) < problem.most] = -np.inf
    bars = np.repeat(lowest[:, None], n_slots, axis=1)
    if n_slots > 1:
        at = problem.ends[:, chosen], slots[chosen] - 1
        taken[at], bars[at] = True, gains[:, chosen]
    least = bars[problem.ends]
    for owner, size, row in zip(limits.owners, limits.sizes, limits.pairs, strict=True):
        side, met = (problem.ends[1, row.indices] == owner).astype(np.int64), chosen[row.indices]
        if met.sum() >= size:
            own = gains[side[met], row.indices[met]]
            bar = np.where(taken[owner], np.inf, own.min())
            if n_slots > 1:
                bar[slots[row.indices[met]] - 1] = own
            least[side, row.indices] = np.maximum(least[side, row.indices], bar)
    would = np.logical_and(*(problem.gains[..., None] > least + TIES)).any(axis=1)
    return np.flatnonzero(~chosen & would)


def envious(problem: RoundProblem, chosen: Flags) -> Positions:
    """Return the organisations to which the meetings of another would be worth more than their own.

    Only another with no more meetings than their own capacity counts, and only partners whom they may meet.
    Slots make no difference: the meetings of another are in as many slots as there are meetings.
    """
    n = len(problem.most)
    gains = csr_matrix((problem.gains.ravel(), (problem.ends.ravel(), problem.ends[::-1].ravel())), (n, n))
    met = problem.ends[:, chosen]
    meets = csr_matrix((np.ones(2 * met.shape[1]), (met.ravel(), met[::-1].ravel())), (n, n))
    worth, counts = (gains @ meets).tocoo(), problem.counts(chosen)
    own = np.asarray(gains.multiply(meets).sum(axis=1)).ravel()
    more = (worth.data > own[worth.row] + TIES) & (counts[worth.col] <= problem.most[worth.row])
    return np.unique(worth.row[more & (worth.row != worth.col)])


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
            taken[ends[:, path], slots[path] - 1] = -1
            slots[path] = a + b + 2 - slots[path]
            taken[ends[:, path], slots[path] - 1] = path
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
