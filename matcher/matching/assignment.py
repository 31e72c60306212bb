"""Rounds: which pairs meet, so that their mutual scores sum to the most and no limit is exceeded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import block_diag, csr_matrix, hstack, identity, vstack
from scipy.sparse.csgraph import connected_components

from matcher.arrays import Flags, Floats, Objects, Positions
from matcher.matching.bands import TIES

EXACT: Final = 40_000
"""Pairs up to which the best round is sought among all of them; see docs/rounds.md."""
MISSING: Final = 2.0
"""What each meeting short of a minimum costs, beside mutual scores in [0, 1]."""
NODES: Final = 100
"""Nodes at most of a search by branch and bound: a limit of time would make results differ."""
CUT_ROUNDS: Final = 50
LEFT: Final = 5_000
"""Pairs at most among organisations with places left that are chosen by branch and bound."""
ROUNDING: Final = 1e-6


class Limits(NamedTuple):
    """Limits on the meetings of an organisation with partners of one value of a column."""

    owners: Positions
    """The organisation, shape (n_limits,)."""
    labels: tuple[tuple[str, str], ...]
    """Column and value of each."""
    sizes: Positions
    """Meetings at most, shape (n_limits,)."""
    pairs: csr_matrix
    """Which pairs count, shape (n_limits, n_pairs)."""


class Model(NamedTuple):
    """A linear program: costs, rows that are at most `upper`, and bounds of variables, pairs first."""

    costs: Floats
    rows: csr_matrix
    upper: Floats
    bounds: Floats
    n_pairs: int

    def with_rows(self, rows: list[csr_matrix], upper: list[float]) -> Model:
        """Return the program with further rows of pairs."""
        wide = csr_matrix((len(rows), len(self.costs) - self.n_pairs))
        added = hstack([vstack(rows), wide])
        return self._replace(
            rows=csr_matrix(vstack([self.rows, added])), upper=np.concatenate([self.upper, upper])
        )


@dataclass(frozen=True)
class RoundProblem:
    """Pairs that may meet, and the limits of organisations.

    Attributes
    ----------
    ends : ndarray of shape (2, n_pairs)
        The two organisations of each pair, from 0 to n_organisations - 1.
    mutual : ndarray of shape (n_pairs,)
        In [0, 1].
    gains : ndarray of shape (2, n_pairs)
        Of both sides.
    least, most : ndarray of shape (n_organisations,)
        Meetings of each organisation.
    limits : Limits
    fixed : ndarray of shape (n_pairs,)
        Pairs that must meet.
    is_required : bool
        Whether `least` must be reached; else each missing meeting costs `MISSING`.
    """

    ends: Positions
    mutual: Floats
    gains: Floats
    least: Positions
    most: Positions
    limits: Limits
    fixed: Flags
    is_required: bool = False

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

    def model(self) -> Model:
        """Return the program of the round: whole numbers of pairs, and of missing meetings."""
        short = np.flatnonzero(self.least > 0)
        rows = vstack([self.incidence, self.limits.pairs])
        rows = hstack([rows, csr_matrix((rows.shape[0], len(short)))])
        if len(short):
            rows = vstack([rows, -hstack([self.incidence[short], identity(len(short))])])
        allowed = np.zeros(len(short)) if self.is_required else self.least[short]
        return Model(
            np.concatenate([-self.mutual, np.full(len(short), MISSING)]),
            csr_matrix(rows),
            np.concatenate([self.most, self.limits.sizes, -self.least[short]]).astype(float),
            np.array(
                [
                    np.concatenate([self.fixed, np.zeros(len(short))]),
                    np.concatenate([np.ones(len(self.mutual)), allowed]),
                ]
            ),
            len(self.mutual),
        )

    def worth(self, duals: Floats) -> Floats:
        """Return what one more meeting of each organisation adds, by the dual values of `model`."""
        worth, short = duals[: len(self.most)].copy(), np.flatnonzero(self.least > 0)
        start = len(self.most) + len(self.limits.sizes)
        worth[short] -= duals[start : start + len(short)]
        return worth

    def part(self, pairs: Positions, done: Flags) -> RoundProblem:
        """Return what is left to decide on some pairs where others are chosen already."""
        counts = self.counts(done)
        limits = self.limits._replace(
            sizes=self.limits.sizes - self.limits.pairs[:, done].sum(axis=1).A1.astype(np.int64),
            pairs=self.limits.pairs[:, pairs],
        )
        return replace(
            self,
            ends=self.ends[:, pairs],
            mutual=self.mutual[pairs],
            gains=self.gains[:, pairs],
            least=np.maximum(self.least - counts, 0),
            most=self.most - counts,
            limits=limits,
            fixed=self.fixed[pairs],
        )


class Solution(NamedTuple):
    """Pairs that meet, and what a round is worth at most."""

    chosen: Flags
    """Shape (n_pairs,)."""
    bound: float
    """Upper bound of the sum of mutual scores less the cost of missing meetings."""
    is_exact: bool
    """Whether no round is worth more."""
    relaxed: float
    """The bound by the linear relaxation without cuts, to which `worth` belongs."""
    worth: Floats
    """What another meeting of each organisation would add to it, shape (n_organisations,)."""


def worths(problem: RoundProblem) -> Floats:
    """Return what another meeting of each organisation is worth, by linear programming; 0 without a round."""
    model = problem.model()
    found = linprog(model.costs, model.rows, model.upper, bounds=model.bounds.T, method="highs")
    return np.zeros(len(problem.most)) if found.x is None else problem.worth(-found.ineqlin.marginals)


def solve_round(problem: RoundProblem) -> Solution | None:
    """Return the pairs that meet; None where no round meets the limits, or none was found.

    Notes
    -----
    The linear relaxation with odd-set cuts, whose values are nearly all whole. Where some are not, branch and
    bound follows: on all pairs if they are up to `EXACT`, else on those of organisations with places left.

    References
    ----------
    Padberg and Rao (1982), "Odd minimum cut-sets and b-matchings", for the cuts.
    """
    model, n_pairs = problem.model(), len(problem.mutual)
    if not n_pairs:
        is_met = not (problem.is_required and problem.least.any())
        bound = -problem.penalty(problem.fixed)
        nothing = np.zeros(len(problem.most))
        return Solution(problem.fixed, bound, True, bound, nothing) if is_met else None
    first: Any = None
    for _ in range(CUT_ROUNDS):
        found = linprog(model.costs, model.rows, model.upper, bounds=model.bounds.T, method="highs")
        if found.x is None:
            return None
        first = found if first is None else first
        values = found.x[:n_pairs]
        rows, limits = _cuts(problem, values)
        if not rows:
            break
        model = model.with_rows(rows, limits)
    bound, chosen = -float(found.fun), np.asarray(values > 1.0 - ROUNDING)
    if (np.abs(values - chosen) > ROUNDING).any():
        best, bound = _search(model, bound) if n_pairs <= EXACT else (None, bound)
        chosen = _filled(problem, chosen) if best is None else best
    if problem.is_required and (problem.counts(chosen) < problem.least).any():
        return None
    value = float(problem.mutual[chosen].sum()) - problem.penalty(chosen)
    worth = problem.worth(-first.ineqlin.marginals)
    return Solution(chosen, max(bound, value), bound <= value + ROUNDING, -float(first.fun), worth)


def _cuts(problem: RoundProblem, values: Floats) -> tuple[list[csr_matrix], list[float]]:
    """Return the odd-set inequalities that values break, of sets joined by pairs of fractional value."""
    part = np.flatnonzero((values > ROUNDING) & (values < 1.0 - ROUNDING))
    whole = values > 1.0 - ROUNDING
    n = len(problem.most)
    _, group = connected_components(csr_matrix((np.ones(len(part)), problem.ends[:, part]), (n, n)), False)
    rows, upper = [], []
    full = problem.incidence @ values > problem.most - ROUNDING
    for members in (full, *(group == number for number in np.unique(group[problem.ends[0, part]]))):
        inside = members[problem.ends]
        counted = inside.all(axis=0) | (inside.any(axis=0) & whole)
        total = problem.most[members].sum() + (counted & ~inside.all(axis=0)).sum()
        if values[counted].sum() > total // 2 + ROUNDING:
            rows.append(csr_matrix(counted.astype(float)))
            upper.append(float(total // 2))
    return rows, upper


def _search(model: Model, bound: float) -> tuple[Flags | None, float]:
    """Return the best round by branch and bound, and a bound; None where there is none, or none is found."""
    found = milp(
        model.costs,
        integrality=np.ones(len(model.costs)),
        bounds=Bounds(*model.bounds),
        constraints=LinearConstraint(model.rows, -np.inf, model.upper),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None, bound
    return np.asarray(found.x[: model.n_pairs] > 0.5), min(bound, -float(found.mip_dual_bound))


def _filled(problem: RoundProblem, chosen: Flags) -> Flags:
    """Return chosen pairs with the best of others among organisations with places left."""
    free = problem.most > problem.counts(chosen)
    left = np.flatnonzero(free[problem.ends].all(axis=0) & ~chosen)
    left = np.sort(left[np.argsort(-problem.mutual[left], kind="stable")[:LEFT]])
    rest = _search(replace(problem.part(left, chosen), is_required=False).model(), np.inf)[0]
    chosen = chosen.copy()
    chosen[left] = problem.fixed[left] if rest is None else rest
    return chosen


def solve_slots(problem: RoundProblem, n_slots: int) -> Positions | None:
    """Return the slot of each pair in the best round, from 1, 0 for none; None where there is no round.

    It takes long beyond a few thousand pairs times slots.
    """
    model, n_pairs = problem.model(), len(problem.mutual)
    if not n_pairs:
        return np.zeros(0, dtype=np.int64)
    rows, rest, n_short = model.rows[:, :n_pairs], model.rows[:, n_pairs:], len(model.costs) - n_pairs
    once = hstack([identity(n_pairs)] * n_slots)
    added = vstack([block_diag([problem.incidence] * n_slots), once, -once])
    fixed = problem.fixed.astype(float)
    upper = [model.upper, np.ones(len(problem.most) * n_slots + n_pairs), -fixed]
    slotted = Model(
        np.concatenate([np.tile(model.costs[:n_pairs], n_slots), model.costs[n_pairs:]]),
        csr_matrix(
            vstack(
                [hstack([rows] * n_slots + [rest]), hstack([added, csr_matrix((added.shape[0], n_short))])]
            )
        ),
        np.concatenate(upper),
        np.hstack([np.tile([[0.0], [1.0]], n_pairs * n_slots), model.bounds[:, n_pairs:]]),
        n_pairs * n_slots,
    )
    chosen = _search(slotted, np.inf)[0]
    if chosen is None:
        return None
    return np.asarray(chosen.reshape(n_slots, n_pairs).T @ np.arange(1, n_slots + 1))


def group_limits(
    ends: Positions, values: Mapping[str, Objects], at_most: Mapping[str, int], n_organisations: int
) -> Limits:
    """Return the limits that can be exceeded.

    Parameters
    ----------
    ends : ndarray of shape (2, n_pairs)
        As of `RoundProblem`.
    values : mapping of str to ndarray
        Of each column, the set of values of each organisation.
    at_most : mapping of str to int
        Meetings at most, by column.
    """
    labels: list[tuple[str, str]] = []
    owners, sizes, rows, pairs = ([np.zeros(0, dtype=np.int64)] for _ in range(4))
    ours, theirs = np.concatenate([ends, ends[::-1]], axis=1)
    number = np.tile(np.arange(ends.shape[1]), 2)
    for column, size in at_most.items():
        names = sorted({value for each in values[column] for value in each})
        code = {name: at for at, name in enumerate(names)}
        has = [[code[value] for value in sorted(each)] for each in values[column]]
        counts = np.array([len(each) for each in has], dtype=np.int64)[theirs]
        codes = np.array([one for other in theirs.tolist() for one in has[other]], dtype=np.int64)
        keys = ours.repeat(counts) * max(len(names), 1) + codes
        found, at, n_pairs = np.unique(keys, return_inverse=True, return_counts=True)
        kept = n_pairs > size
        place = np.where(kept, len(labels) + np.cumsum(kept) - 1, -1)[at]
        rows.append(place[place >= 0])
        pairs.append(number.repeat(counts)[place >= 0])
        owners.append(found[kept] // max(len(names), 1))
        labels += [(column, names[one]) for one in (found[kept] % max(len(names), 1)).tolist()]
        sizes.append(np.full(int(kept.sum()), size))
    at_rows, at_pairs = np.concatenate(rows), np.concatenate(pairs)
    matrix = csr_matrix((np.ones(len(at_rows)), (at_rows, at_pairs)), (len(labels), ends.shape[1]))
    return Limits(np.concatenate(owners), tuple(labels), np.concatenate(sizes), matrix)


def blocking_pairs(problem: RoundProblem, chosen: Flags) -> Positions:
    """Return the pairs that do not meet though both sides would exchange a meeting for it, or add it.

    A meeting that is fixed is not exchanged; where a limit on a group is reached, only one of that group.
    """
    lowest = np.full(len(problem.most), np.inf)
    free = chosen & ~problem.fixed
    for side in range(2):
        np.minimum.at(lowest, problem.ends[side, free], problem.gains[side, free])
    lowest[problem.counts(chosen) < problem.most] = -np.inf
    least = lowest[problem.ends]
    for owner, size, row in zip(
        problem.limits.owners, problem.limits.sizes, problem.limits.pairs, strict=True
    ):
        within = row.indices
        if chosen[within].sum() >= size:
            side = (problem.ends[1, within] == owner).astype(np.int64)
            gains = np.where(free[within], problem.gains[side, within], np.inf)
            least[side, within] = np.maximum(least[side, within], gains.min())
    return np.flatnonzero(~chosen & (problem.gains > least + TIES).all(axis=0))


def envious(problem: RoundProblem, chosen: Flags) -> Positions:
    """Return the organisations to which the meetings of another would be worth more than their own.

    Only another with no more meetings than their own capacity counts, and only partners whom they may meet.
    """
    n = len(problem.most)
    gains = csr_matrix((problem.gains.ravel(), (problem.ends.ravel(), problem.ends[::-1].ravel())), (n, n))
    met = problem.ends[:, chosen]
    meets = csr_matrix((np.ones(2 * met.shape[1]), (met.ravel(), met[::-1].ravel())), (n, n))
    worth, counts = (gains @ meets).tocoo(), problem.counts(chosen)
    own = np.asarray(gains.multiply(meets).sum(axis=1)).ravel()
    more = (worth.data > own[worth.row] + TIES) & (counts[worth.col] <= problem.most[worth.row])
    return np.unique(worth.row[more & (worth.row != worth.col)])
