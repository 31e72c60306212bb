"""The graph of joint works as of a date."""

import datetime as dt
import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, diags

from matcher.arrays import Floats, Objects
from matcher.outcomes.reading import DECLINED, JOINT_WORK, JointWork, OutcomeTable, StageEvent

DAYS_A_YEAR: Final = 365.25
REPEATED: Final = (DECLINED, "met", *JOINT_WORK)  # stages from which two organisations need no introduction


class History:
    """Joint works and declines of organisations, given in any order.

    Each work is kept once, by date, undated ones first; so are events, which only show which pairs declined.
    """

    def __init__(self, works: Iterable[JointWork], events: Iterable[StageEvent] = ()) -> None:
        # Within a day declines come last.
        self.events = tuple(
            sorted(events, key=lambda one: (one.day, one.stage == DECLINED, one.stage, one.members, one.side))
        )
        once = {work.key: work for work in works}.values()
        self.works = tuple(sorted(once, key=lambda work: (work.day, work.members, work.lead, work.text)))
        self._index = {id_: row for row, id_ in enumerate(sorted({m for w in self.works for m in w.members}))}

    @classmethod
    def of(cls, table: OutcomeTable) -> Self:
        """Return the history that outcomes state."""
        return cls(table.works, table.events)

    def until(self, date: dt.date | None) -> Self:
        """Return the history as it was known on a date: nothing of the future; None for all of it."""
        if date is None:
            return self
        works = (work for work in self.works if work.day <= pd.Timestamp(date))
        return type(self)(works, (event for event in self.events if event.day <= pd.Timestamp(date)))

    def repeats(self) -> list[tuple[str, ...]]:
        """Return the members of each joint work, and the pairs that met or declined."""
        stages = [event.members for event in self.events if event.stage in REPEATED]
        return [*stages, *(work.members for work in self.works)]

    def membership(self, ids: Sequence[str] | Objects) -> csr_matrix:
        """Return the membership in works, shape (n_ids, n_works): 1 where the organisation did."""
        return self._rows(self._members, ids)

    def led(self, ids: Sequence[str] | Objects) -> csr_matrix:
        """Return which works each organisation led, as `membership` does which it was in."""
        return self._rows(self._leads, ids)

    def ties(self, seekers: Objects, candidates: Objects) -> Floats:
        """Return the number of joint works of each pair, shape (n_seekers, n_candidates); 0 with itself."""
        return self._shared(self._members, np.ones(len(self.works)), seekers, candidates)

    def common_partners(self, seekers: Objects, candidates: Objects) -> Floats:
        """Return shared partners as `ties`, one with d partners as 1 / d: resource allocation (Zhou 2009)."""
        return self._shared(self._partners, 1.0 / self._degrees, seekers, candidates)

    def adamic_adar(self, seekers: Objects, candidates: Objects) -> Floats:
        """Return shared partners as `ties`, one with d partners as 1 / log(1 + d) (Adamic and Adar 2003)."""
        return self._shared(self._partners, 1.0 / np.log1p(self._degrees), seekers, candidates)

    def _shared(self, matrix: csr_matrix, weights: Floats, seekers: Objects, candidates: Objects) -> Floats:
        """Return the weights of columns that both have, summed; 0 for an organisation with itself."""
        ours, theirs = self._rows(matrix, seekers), self._rows(matrix, candidates)
        is_same = np.equal.outer(np.asarray(seekers, dtype=object), np.asarray(candidates, dtype=object))
        return np.where(is_same, 0.0, (ours @ diags(weights) @ theirs.T).toarray())

    def decay(self, date: dt.date | pd.Timestamp, half_life: float) -> Floats:
        """Return what each work counts by its age, half with each half-life in years; 0 where undated."""
        ages = [(pd.Timestamp(date) - work.day).days if work.is_dated else np.inf for work in self.works]
        years = np.maximum(np.array(ages, dtype=np.float64), 0.0) / DAYS_A_YEAR
        return np.asarray(0.5 ** (years / half_life))

    def n_works(self, ids: Objects) -> Floats:
        """Return the number of joint works of each organisation."""
        return np.asarray(self.membership(ids).sum(axis=1), dtype=np.float64).ravel()

    def n_suitors(self, ids: Objects) -> Floats:
        """Return how many others led a work that each organisation joined: how sought-after it is."""
        led = {(member, work.lead) for work in self.works if work.lead for member in work.members}
        counts = Counter(member for member, lead in led if member != lead)
        return np.array([counts[id_] for id_ in ids], dtype=np.float64)

    def years_since_last(self, ids: Objects, date: dt.date | pd.Timestamp) -> Floats:
        """Return the years from each organisation's last dated work to a date, >= 0; NaN without one."""
        last = {member: work.day for work in self.works if work.is_dated for member in work.members}
        ages = [(pd.Timestamp(date) - last[id_]).days if id_ in last else np.nan for id_ in ids]
        return np.maximum(np.array(ages, dtype=np.float64), 0.0) / DAYS_A_YEAR

    @cached_property
    def declined(self) -> dict[tuple[str, str], str]:
        """Pairs of sorted ids that declined last and never worked together; whose reason it was, or ""."""
        last = {event.members: event for event in self.events}  # by date: the last one stays
        pairs = {pair for pair, event in last.items() if event.stage == DECLINED}
        pairs -= {event.members for event in self.events if event.stage in JOINT_WORK}
        ids = {id_ for pair in pairs for id_ in pair}
        for work in self.works:
            pairs.difference_update(itertools.combinations(sorted(ids.intersection(work.members)), 2))
        return {pair: last[pair].side for pair in sorted(pairs)}

    @cached_property
    def _members(self) -> csr_matrix:
        return self._taking_part((id_, at) for at, work in enumerate(self.works) for id_ in work.members)

    @cached_property
    def _leads(self) -> csr_matrix:
        return self._taking_part((work.lead, at) for at, work in enumerate(self.works))

    def _taking_part(self, parts: Iterable[tuple[str, int]]) -> csr_matrix:
        """Organisations by works: 1 where one took part. The last row, of those without a past, is empty."""
        known = [(self._index[id_], at) for id_, at in parts if id_ in self._index]
        rows, columns = np.array(known, dtype=np.int64).reshape(-1, 2).T
        shape = len(self._index) + 1, len(self.works)
        return csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)

    @cached_property
    def _partners(self) -> csr_matrix:
        """Organisations by organisations: 1 where two ever worked together, 0 on the diagonal."""
        together = (self._members @ self._members.T).tocsr()
        together.setdiag(0.0)
        together.eliminate_zeros()
        together.data[:] = 1.0
        return together

    @property
    def _degrees(self) -> Floats:
        return np.asarray(self._partners.sum(axis=1).clip(1.0)).ravel()

    def _rows(self, matrix: csr_matrix, ids: Sequence[str] | Objects) -> csr_matrix:
        return matrix[np.array([self._index.get(id_, -1) for id_ in ids], dtype=np.int64)]
