"""Ledgers: rows that are only added, where a row may replace an earlier one and an event holds once."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, Table, exists, func, insert, or_, select

from matcher.errors import OutcomeError
from matcher.outcomes.logbook import schema
from matcher.outcomes.vocabulary import REASON

Cells = dict[str, Any]
Event = tuple[Any, ...]

BATCH: Final = 500
"""Ids that one query names: databases take no endless lists."""


@dataclass(frozen=True)
class Standing:
    """What is known of an event: the row that holds it, if any, and how many rows ever told of it."""

    holder: Cells | None
    n_rows: int


@dataclass(frozen=True)
class Ledger:
    """Reads and adds rows of a table with the columns `id`, `corrects`, `is_void` and `turn`.

    Attributes
    ----------
    table : Table
    noun : str
        What a row is, for messages.
    event : tuple of str
        Columns that say what happened.
    details : tuple of str
        Columns that say how.
    """

    table: Table
    noun: str
    event: tuple[str, ...]
    details: tuple[str, ...]

    def rows(self, connection: Connection, *, with_history: bool = False) -> list[Cells]:
        """Return the rows that hold, or all rows, in the order in which they were recorded."""
        query = select(self.table).order_by(self.table.c.id)
        return _cells(connection, query if with_history else query.where(self._holds()))

    def rows_of(self, connection: Connection, ids: Iterable[str]) -> list[Cells]:
        """Return the rows that hold and in which one of some organisations takes part."""
        found: dict[int, Cells] = {}
        for batch in _batches(ids):
            taken = or_(self.table.c.seeker.in_(batch), self.table.c.candidate.in_(batch))
            query = select(self.table).where(self._holds(), taken)
            found.update({row["id"]: row for row in _cells(connection, query)})
        return [found[id_] for id_ in sorted(found)]

    def row(self, connection: Connection, id_: int) -> Cells:
        """Return the row of an id that holds.

        Raises
        ------
        OutcomeError
            If there is none, or it was replaced or withdrawn.
        """
        is_id = isinstance(id_, int) and not isinstance(id_, bool) and 0 <= id_ < 2**31
        found = _cells(connection, select(self.table).where(self.table.c.id == id_)) if is_id else []
        if not found:
            raise OutcomeError(f"{self.noun} must be an id of the log; got {id_!r}. List the log.")
        later = _cells(connection, select(self.table).where(self.table.c.corrects == id_))
        if found[0]["is_void"] or (later and later[0]["is_void"]):
            raise OutcomeError(f"{self.noun} must be one that holds; got {id_}, which was withdrawn.")
        if later:
            raise OutcomeError(
                f"{self.noun} must be one that holds; got {id_}, which was corrected by {later[0]['id']}. "
                f"Use {later[0]['id']}."
            )
        return found[0]

    def standings(self, connection: Connection, rows: Iterable[Cells]) -> dict[Event, Standing]:
        """Return what is known of the events of some seekers."""
        known: dict[Event, Standing] = {}
        for batch in _batches(row["seeker"] for row in rows):
            query = select(self.table, self._holds().label("holds")).where(self.table.c.seeker.in_(batch))
            for cells in _cells(connection, query):
                event = self.event_of(cells)
                before = known.get(event, Standing(None, 0))
                holder = cells if cells.pop("holds") else before.holder
                known[event] = Standing(holder, before.n_rows + 1)
        return known

    def add(self, connection: Connection, rows: Sequence[Cells], moment: dt.datetime) -> list[int | Cells]:
        """Add rows; of one whose event holds already, return the row that holds it in place of a new id."""
        known = self.standings(connection, rows)
        next_id = self._next_id(connection)
        results: list[int | Cells] = []
        new: list[Cells] = []
        for row in rows:
            event = self.event_of(row)
            standing = known.get(event, Standing(None, 0))
            if standing.holder is not None:
                results.append(standing.holder)
                continue
            new.append(self._full(row, next_id + len(new), standing.n_rows, moment))
            known[event] = Standing(new[-1], standing.n_rows + 1)
            results.append(new[-1]["id"])
        if new:
            connection.execute(insert(self.table), new)
        return results

    def replace(self, connection: Connection, old: Cells, new: Cells, moment: dt.datetime) -> int:
        """Add a row that replaces one that holds, and return its id.

        Raises
        ------
        OutcomeError
            If it says the same, or its event is held by another row.
        """
        told = (*self.event, *self.details)
        if all(new[name] == old[name] for name in told):
            raise OutcomeError(f"changes must differ from {self.noun} {old['id']}; got what it says already.")
        standing = self._standing(connection, new)
        if standing.holder is not None and standing.holder["id"] != old["id"]:
            raise OutcomeError(
                f"changes must not make {self.noun} {old['id']} tell the same event as another; "
                f"{standing.holder['id']} does. Withdraw one of them."
            )
        return self._append(connection, new, standing.n_rows, moment, old["id"], is_void=False)

    def withdraw(
        self, connection: Connection, old: Cells, changes: Mapping[str, Any], moment: dt.datetime
    ) -> int:
        """Add a row that says that one holds no longer, and return its id."""
        standing = self._standing(connection, old)
        return self._append(connection, {**old, **changes}, standing.n_rows, moment, old["id"], is_void=True)

    def event_of(self, row: Mapping[str, Any]) -> Event:
        """Return what tells the event of a row from others."""
        return tuple(row[name] for name in self.event)

    def _standing(self, connection: Connection, row: Cells) -> Standing:
        return self.standings(connection, [row]).get(self.event_of(row), Standing(None, 0))

    def _append(
        self, connection: Connection, row: Cells, turn: int, moment: dt.datetime, old: int, *, is_void: bool
    ) -> int:
        cells = self._full(row, self._next_id(connection), turn, moment)
        connection.execute(insert(self.table), [{**cells, "corrects": old, "is_void": is_void}])
        return int(cells["id"])

    def _full(self, row: Cells, id_: int, turn: int, moment: dt.datetime) -> Cells:
        told = {name: row[name] for name in (*self.event, *self.details)}
        kept = {"id": id_, "recorded_at": moment, "corrects": None, "is_void": False, "turn": turn}
        return {**told, **kept}

    def _holds(self) -> ColumnElement[bool]:
        later = self.table.alias("later")
        return ~self.table.c.is_void & ~exists().where(later.c.corrects == self.table.c.id)

    def _next_id(self, connection: Connection) -> int:
        """Return the next id: writers come one after another, so that none is given twice."""
        return int(connection.scalar(select(func.coalesce(func.max(self.table.c.id), 0))) or 0) + 1


ENTRIES: Final = Ledger(schema.entries, "entry", schema.EVENT, (*schema.RATINGS, REASON))
REVIEWS: Final = Ledger(schema.reviews, "review", schema.REVIEW, (*schema.SCORES, "changes_wanted"))


def _cells(connection: Connection, query: Select[Any]) -> list[Cells]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    distinct = iter(sorted(set(ids)))
    while batch := list(itertools.islice(distinct, BATCH)):
        yield batch
