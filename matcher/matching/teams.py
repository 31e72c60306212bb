"""Teams: candidates that together cover what a seeker needs, chosen exactly by integer programming."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array
from sklearn.preprocessing import MultiLabelBinarizer

from matcher.arrays import Flags, Floats, Positions
from matcher.errors import ConfigError
from matcher.matching.conditions import FIELDS, read_conditions, records_met, values_of
from matcher.profiles.vocabulary import column_of

COVERAGE: Final = 0.5  # share of a team's value of the needs that it covers
FIT: Final = 0.4  # of the fit of its members to the seeker
CONFLICT: Final = 0.1  # what conflict among them takes
MOST_NODES: Final = 2000  # nodes of the search: a limit of time would make teams differ between machines
CLOSE: Final = 1e-6  # difference in value, as a share, below which two teams count as equally good


class Limit(NamedTuple):
    """A limit on who is in a team."""

    text: str  # as it was given, such as "kind: education"
    groups: Floats
    """Shape (n_groups, n_candidates): who belongs to each group, 1 or 0; of a sum what each adds to it."""
    number: int
    is_least: bool  # whether a team has at least `number` members, else at most `number`, of each group
    is_distinct: bool = False  # whether instead at least `number` of the groups must have a member
    is_sum: bool = False  # whether what the members add, such as costs, is limited instead of their number

    @property
    def unit(self) -> float:
        """What counts as much as one member too many or too few: of a sum, what all candidates add."""
        return max(float(self.groups.sum()), 1.0) if self.is_sum else 1.0


@dataclass(frozen=True)
class TeamProblem:
    """What teams are chosen from."""

    importance: Floats  # shape (n_needs,): at least 0
    covers: Floats  # shape (n_needs, n_candidates): how far each candidate covers each need, in [0, 1]
    fit: Floats  # shape (n_candidates,): score of each candidate in the seeker's list, in [0, 1]
    conflict: Floats  # shape (n_candidates, n_candidates): symmetric: how far two are in conflict, in [0, 1]
    allowed: Flags  # shape (n_candidates, n_candidates): symmetric: whether two may be in one team
    size: int  # members of a team, at least 1
    limits: tuple[Limit, ...] = ()

    def value(self, members: Positions) -> float:
        """Return the value of a team, at most 1; own definition, see docs/scores.md.

        `COVERAGE` x the mean over the needs, weighted by importance, of the best coverage by a member, plus
        `FIT` x the mean fit, less `CONFLICT` x the mean conflict of pairs of members.
        """
        best = self.covers[:, members].max(axis=1)
        pairs = self.conflict[np.ix_(members, members)][np.triu_indices(len(members), 1)]
        total = COVERAGE * float(self.shares @ best) + FIT * float(self.fit[members].mean())
        return total - CONFLICT * float(pairs.mean() if len(pairs) else 0.0)

    @property
    def shares(self) -> Floats:
        """Importance of the needs, summing to 1."""
        return self.importance / max(float(self.importance.sum()), 1e-12)

    def choose(self, banned: Sequence[int] = ()) -> Positions | None:
        """Return the members of the best team without some candidates, in rising order; None without one.

        The best team is found exactly, by branch and bound (HiGHS); where that ends after `MOST_NODES` nodes,
        the best one found until then.
        """
        found = _solve(self, banned)
        return None if found is None else np.flatnonzero(found[: len(self.fit)] > 0.5)

    def shortfalls(self) -> list[tuple[Limit | None, int]]:
        """Return by how much limits are missed by the team that misses them least, where none meets all.

        None stands for the size of the team.
        """
        found = _solve(self, (), are_hard=False)
        short = [] if found is None else found[-len(self.limits) - 1 :].tolist()
        limits = zip((*self.limits, None), short, strict=False)
        missed = [(limit, round(number * (limit.unit if limit else 1.0))) for limit, number in limits]
        return [(limit, number) for limit, number in missed if number > 0]


def _solve(problem: TeamProblem, banned: Sequence[int], are_hard: bool = True) -> Floats | None:
    """Return the columns of the best solution of the integer program; None where there is none.

    Columns: who is a member (0 or 1), which member covers which need, which two members are in conflict,
    which groups have a member, and by how much each limit and the size are missed.
    """
    n, size = len(problem.fit), problem.size
    needs, by = np.nonzero(problem.covers > 0.0)
    n_groups = [len(limit.groups) if limit.is_distinct else 0 for limit in problem.limits]
    one, other = np.nonzero(np.triu(problem.conflict, 1))
    sizes = [n, len(by), len(one), sum(n_groups), len(n_groups) + 1]
    covering, meeting, having, missing, end = np.cumsum(sizes)
    column = eye_array(end, format="csr")
    once = csr_array((np.ones(len(by)), (needs, np.arange(covering, meeting))), (len(problem.covers), end))
    apart, barred = np.nonzero(np.triu(~problem.allowed, 1))
    everyone = csr_array(np.ones((1, n))) @ column[:n]
    rows = [
        LinearConstraint(column[covering:meeting] - column[by], ub=0.0),
        LinearConstraint(once, ub=1.0),
        LinearConstraint(column[one] + column[other] - column[meeting:having], ub=1.0),
        LinearConstraint(column[apart] + column[barred], ub=1.0),
        *_rows(problem.limits, column, having, missing),
        LinearConstraint(everyone + column[[end - 1]], size, size),
    ]
    gains, high = np.zeros(end), np.full(end, np.inf)
    gains[:n] = FIT * problem.fit / size
    gains[covering:meeting] = COVERAGE * problem.shares[needs] * problem.covers[needs, by]
    gains[meeting:having] = -2.0 * CONFLICT * problem.conflict[one, other] / max(size * (size - 1), 1)
    high[:n] = high[having:missing] = 1.0
    high[[*banned]] = 0.0
    if are_hard:
        high[missing:] = 0.0
    else:
        gains = np.where(np.arange(end) >= missing, -1.0, 0.0)
    options = {"mip_rel_gap": CLOSE, "node_limit": MOST_NODES}
    whole = np.arange(end) < n
    found = milp(-gains, integrality=whole, bounds=Bounds(0.0, high), constraints=rows, options=options)
    return None if found.x is None else np.asarray(found.x)


def _rows(limits: Sequence[Limit], column: csr_array, first: int, missing: int) -> Iterator[LinearConstraint]:
    """Yield the rows of limits, whose groups have columns from `first` on where they are to be distinct."""
    for slack, limit in enumerate(limits, start=missing):
        n_groups, n_candidates = limit.groups.shape
        scale = float(max(limit.number, 1)) if limit.is_sum else 1.0
        added = csr_array(limit.groups / scale) @ column[:n_candidates]
        miss = column[[slack] * n_groups] * (limit.unit / scale)
        if limit.is_distinct:
            having, first = column[first : first + n_groups], first + n_groups
            yield LinearConstraint(having - added, ub=0.0)
            yield LinearConstraint(csr_array(having.sum(axis=0)[None]) + column[[slack]], limit.number)
        elif limit.is_least:
            yield LinearConstraint(added + miss, limit.number / scale)
        else:
            yield LinearConstraint(added - miss, ub=limit.number / scale)


def read_limits(
    at_least: Mapping[str, int], at_most: Mapping[str, int], frame: pd.DataFrame
) -> tuple[Limit, ...]:
    """Return limits on a team of some canonical profiles.

    Limited are the members that meet a condition, such as ``{"kind: education": 1}``; of a column, such as
    ``{"country": 2}``, the different values at least, and the members of each value at most; of a column of
    numbers, such as ``{"cost": 50000}``, the sum over the members. `ConfigError` if a limit names no
    condition or column, or its number is not a whole one from 0.
    """
    least = (_read_limit(text, number, True, frame) for text, number in at_least.items())
    return *least, *(_read_limit(text, number, False, frame) for text, number in at_most.items())


def _read_limit(text: str, number: int, is_least: bool, frame: pd.DataFrame) -> Limit:
    name = "at_least" if is_least else "at_most"
    if isinstance(number, bool) or not isinstance(number, int) or number < 0:
        raise ConfigError(f"{name} must give whole numbers from 0; got {number!r} for {text!r}.")
    read, unread = read_conditions((text,))
    if read and not unread:
        met = np.all([records_met(condition, frame) for condition in read], axis=0)
        return Limit("; ".join(map(str, read)), met[None, :].astype(float), number, is_least)
    column = column_of(text) or text
    if column in frame and is_numeric_dtype(frame[column]):
        # Whoever states no number may be over any limit, and adds nothing that is known.
        added = frame[column].fillna(0.0 if is_least else number + 1.0).to_numpy(dtype=np.float64)
        return Limit(f"sum of {column}", added[None], number, is_least, is_sum=True)
    if column not in FIELDS:
        raise ConfigError(
            f"{name} must name a condition, such as 'kind: education', or a column, such as 'country' or one "
            f"of numbers; got {text!r}. Columns are {', '.join(FIELDS)}."
        )
    groups = MultiLabelBinarizer().fit_transform([values_of(column, cell) for cell in frame[column]]).T
    return Limit(str(column), groups.astype(float), number, is_least, is_least)
