"""Limits of a round that cannot be met together: the fewest that collide, and the least change that helps."""

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity, vstack

from matcher.arrays import Flags, Floats, Positions
from matcher.matching.assignment import EXACT, ROUNDING, Model, RoundProblem

TRIED: Final = 200  # sets of limits that are tried, each by a search for a round that breaks others least


class Collision(NamedTuple):
    """What stands in the way of a round; limits are numbered as the rows of `limits_of`."""

    smallest: Positions
    """The fewest limits that cannot be met together; empty where none were found."""
    change: Floats
    """By how many meetings each limit is exceeded at least, shape (n_limits,); the sum is the lowest."""


def limits_of(problem: RoundProblem) -> tuple[csr_matrix, Floats]:
    """Return all limits as rows of pairs and what each is at most.

    As of `RoundProblem.limit_rows`, without minima that need not be reached; then fixed pairs with the
    opposite sign.
    """
    least = problem.least if problem.is_required else np.zeros_like(problem.least)
    rows, upper = replace(problem, least=least).limit_rows()
    must = identity(len(problem.mutual), format="csr")[problem.fixed]
    return vstack([rows, -must], format="csr"), np.append(upper, -np.ones(must.shape[0]))


def find_collision(problem: RoundProblem) -> Collision:
    """Return why no round meets all limits.

    Where there are more than `EXACT` pairs, only the change is sought, by the linear relaxation.

    References
    ----------
    Ignatiev, Previti, Liffiton and Marques-Silva (2015), "Smallest MUS extraction with minimal hitting set
    dualization".
    """
    rows, upper = limits_of(problem)
    nothing = np.zeros(len(upper), dtype=bool)
    change = _exceeded(rows, upper, nothing)
    assert change is not None  # noqa: S101  # without limits that hold there is always a round
    exceeded = [change > ROUNDING]
    for _ in range(TRIED if len(problem.mutual) <= EXACT and exceeded[0].any() else 0):
        kept = _smallest_hitting(exceeded)
        found = _exceeded(rows, upper, kept)
        if found is None:
            return Collision(np.flatnonzero(kept), change)
        exceeded.append(found > ROUNDING)
    return Collision(np.zeros(0, dtype=np.int64), change)


def _exceeded(rows: csr_matrix, upper: Floats, kept: Flags) -> Floats | None:
    """Return by how much limits are exceeded at least where some are kept; None where these collide."""
    n_limits, n_pairs = rows.shape
    costs = np.concatenate([np.zeros(n_pairs), np.ones(n_limits)])
    most = np.concatenate([np.ones(n_pairs), np.where(kept, 0.0, np.inf)])
    exceeding = hstack([rows, -identity(n_limits)], format="csr")
    model = Model(costs, exceeding, upper, np.array([np.zeros(len(most)), most]), n_pairs)
    found = model.whole(n_pairs <= EXACT)
    return None if found.x is None else np.round(found.x[n_pairs:], 6)


def _smallest_hitting(sets: list[Flags]) -> Flags:
    """Return the fewest limits of which every set has one."""
    members = np.array(sets, dtype=float)
    found = milp(
        np.ones(members.shape[1]),
        integrality=np.ones(members.shape[1]),
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(members, 1.0, np.inf),
    )
    return np.asarray(found.x > 0.5)
