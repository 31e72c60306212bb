"""Selection: which pairs may be recommended, and the best of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Floats, Positions
from matcher.columns import Profile


class EligibilityRules:
    """Decides which candidates of a pool may be recommended to which seekers.

    Nobody is recommended to themself, nor an opportunity and its lead to each other, nor anybody to
    one who excludes them or whom they exclude, nor anybody who carries a red flag.

    Parameters
    ----------
    candidates : DataFrame
        n_candidates canonical profiles.
    """

    def __init__(self, candidates: pd.DataFrame) -> None:
        self._position = {id_: position for position, id_ in enumerate(candidates[Profile.ID])}
        self._excluded_by = _positions_by_id(candidates[Profile.EXCLUDES])
        self._led_by = _positions_by_id((lead,) for lead in candidates[Profile.LEAD])
        self._is_red = (candidates[Profile.FLAG] == "red").to_numpy()

    def eligible(self, seekers: pd.DataFrame) -> Flags:
        """Return which pairs of some profiles or opportunities are eligible, (n_seekers, n_candidates)."""
        eligible = np.ones((len(seekers), len(self._is_red)), dtype=bool)
        columns = (seekers[name] for name in (Profile.ID, Profile.LEAD, Profile.EXCLUDES))
        for row, (id_, lead, excludes) in enumerate(zip(*columns, strict=True)):
            itself = {id_, lead} - {""}
            barred = [self._position[other] for other in itself | set(excludes) if other in self._position]
            for own in itself:
                barred += [*self._led_by.get(own, ()), *self._excluded_by.get(own, ())]
            eligible[row, barred] = False
        eligible[:, self._is_red] = False
        return eligible


def _positions_by_id(column: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    """Map each id that a column names to the positions of the rows that name it."""
    positions: dict[str, list[int]] = {}
    for position, named in enumerate(column):
        for other in named:
            positions.setdefault(other, []).append(position)
    return positions


class Selected(NamedTuple):
    """Recommendations of several seekers, seeker after seeker and best first; each of shape (n,)."""

    rows: Positions
    """Row of the seeker."""
    positions: Positions
    """Position of the candidate in the pool."""
    ranks: Positions
    """From 1 for each seeker."""

    def take(self, wanted: Flags) -> Selected:
        """Return some of the recommendations; their ranks stay."""
        return Selected(*(values[wanted] for values in self))


def select_best(score: Floats, k: int, twins: Mapping[int, Positions] | None = None) -> Selected:
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
    """
    score = without_twins(score, twins or {})
    order = np.argsort(-score, axis=1, kind="stable")[:, :k]
    rows, columns = np.nonzero(np.isfinite(np.take_along_axis(score, order, axis=1)))
    return Selected(rows, order[rows, columns], columns + 1)


def without_twins(score: Floats, twins: Mapping[int, Positions]) -> Floats:
    """Return scores of -inf for candidates with a near-duplicate that is ranked higher and kept.

    Parameters and order are those of `select_best`.
    """
    if not twins:
        return score
    score = score.copy()
    members = np.array(sorted(twins))
    order = np.argsort(-score[:, members], axis=1, kind="stable")
    for row, ranked in enumerate(members[order]):
        for position in ranked.tolist():
            if np.isfinite(score[row, position]):
                score[row, twins[position]] = -np.inf
    return score
