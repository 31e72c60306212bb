"""Journals: tables of a log whose rows may be replaced by later ones; each event is valid once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from matcher.columns import ANSWERS, Answer, Outcome
from matcher.errors import OutcomeError
from matcher.outcomes import database
from matcher.outcomes.database import Cells, Transaction, holding, rows_of
from matcher.outcomes.reading import OutcomeTable, read_entries
from matcher.outcomes.reviews import ReviewTable, read_reviews
from matcher.outcomes.vocabulary import REASON

Reader = Callable[[Any, dt.date, Collection[str] | None], OutcomeTable | ReviewTable]

MOST_IDS: Final = 500
"""Ids that a query may name: databases limit the length of lists."""


@dataclass(frozen=True)
class Recorded:
    """Result of recording.

    Attributes
    ----------
    stored : tuple of int
        Ids of new rows.
    already : tuple of int
        Ids of rows that held the same event before; nothing was added for them.
    rejected : DataFrame
        One row per problem, with the columns of `matcher.columns.Rejection`.
    notes : tuple of str
        Warnings about rows that were not rejected.
    n_rows : int
        Records read: stored, stored before, rejected or empty; a group row counts once.
    n_empty : int
        Reviews without any answer.
    """

    stored: tuple[int, ...]
    already: tuple[int, ...]
    rejected: pd.DataFrame
    notes: tuple[str, ...]
    n_rows: int
    n_empty: int = 0

    @property
    def n_rejected(self) -> int:
        """Number of records rejected."""
        return int(self.rejected["line"].nunique())

    def __str__(self) -> str:
        """Return a summary of a few lines."""
        counts = f"{len(self.stored):,} recorded, {len(self.already):,} already there"
        summary = f"{counts}, {self.n_rejected:,} rejected of {self.n_rows:,} rows"
        return "\n".join([summary, *(f"note: {note}" for note in self.notes)])


@dataclass(frozen=True)
class Journal:
    """Reads and adds rows of a table with the columns `id`, `corrects` and `is_void`.

    Attributes
    ----------
    table : Table
    noun : str
        Name of a row in messages.
    event, details : tuple of str
        Columns that identify an event, and that describe it.
    read : callable
        Reads and checks a source, given the last day and the ids that may appear.
    """

    table: sa.Table
    noun: str
    event: tuple[str, ...]
    details: tuple[str, ...]
    read: Reader

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that a caller fills."""
        return (*self.event, *self.details)

    def rows(self, log: Transaction, *, with_history: bool) -> list[Cells]:
        """Return the rows that hold, or all rows, in the order in which they were recorded."""
        query = sa.select(self.table).order_by(self.table.c.id)
        return log.rows(query if with_history else query.where(holding(self.table)))

    def row(self, log: Transaction, id_: int) -> Cells:
        """Return the row of an id; `OutcomeError` if there is none or it no longer holds."""
        is_id = isinstance(id_, int) and not isinstance(id_, bool) and 0 <= id_ < 2**31
        found = log.rows(sa.select(self.table).where(self.table.c.id == id_)) if is_id else []
        if not found:
            raise OutcomeError(f"{self.noun} must be an id of the log; got {id_!r}. List the log.")
        later = log.rows(sa.select(self.table).where(self.table.c.corrects == id_))
        if found[0]["is_void"] or (later and later[0]["is_void"]):
            raise OutcomeError(f"{self.noun} must be one that holds; got {id_}, which was withdrawn.")
        if later:
            raise OutcomeError(
                f"{self.noun} must be one that holds; got {id_}, which was corrected by {later[0]['id']}. "
                f"Use {later[0]['id']}."
            )
        return found[0]

    def record(self, log: Transaction, table: OutcomeTable | ReviewTable, now: dt.datetime) -> Recorded:
        """Add the kept rows of a table, except those whose event is stored already."""
        rows = cells_of(table)
        holders = self._holders(log, rows)
        next_id = log.next_id(self.table)
        new: list[Cells] = []
        already: list[int] = []
        notes: list[str] = []
        for row in rows:
            event = self._event_of(row)
            if event in holders:
                already.append(holders[event]["id"])
                notes += self._notes(row, holders[event])
            else:
                holders[event] = self._full(row, next_id + len(new), now)
                new.append(holders[event])
        log.add(self.table, new)
        if isinstance(table, OutcomeTable) and table.has_groups:
            notes.append(
                f"{len(table.works):,} group rows became {len(rows):,} rows of pairs at stage agreed; "
                "their texts and further columns are not kept"
            )
        stored = tuple(row["id"] for row in new)
        n_empty = table.n_empty if isinstance(table, ReviewTable) else 0
        return Recorded(stored, tuple(already), table.rejected, tuple(notes), table.n_rows, n_empty)

    def replace(self, log: Transaction, old: Cells, new: Cells, now: dt.datetime) -> int:
        """Add a row that replaces a valid one, and return its id.

        `OutcomeError` if it changes nothing, or another row has the same event.
        """
        if all(new[name] == old[name] for name in self.columns):
            raise OutcomeError(f"changes must differ from {self.noun} {old['id']}; got what it says already.")
        holder = self._holders(log, [new]).get(self._event_of(new), old)
        if holder["id"] != old["id"]:
            raise OutcomeError(
                f"changes must not make {self.noun} {old['id']} the same event as another; "
                f"{holder['id']} is. Withdraw one of them."
            )
        return self.supersede(log, old, new, now)

    def supersede(
        self, log: Transaction, old: Cells, new: Cells, now: dt.datetime, *, is_void: bool = False
    ) -> int:
        """Add a row after which another no longer holds, and return its id."""
        id_ = log.next_id(self.table)
        log.add(self.table, [{**self._full(new, id_, now), "corrects": old["id"], "is_void": is_void}])
        return id_

    def _notes(self, row: Cells, stored: Cells) -> list[str]:
        """Return a warning if a stored row of the same event has other details."""
        others = [name for name in self.details if row[name] not in (None, "", stored[name])]
        pair = f"{row['seeker']} and {row['candidate']}, {row['date']}"
        text = f"{pair}: already there as {stored['id']} with another {', '.join(others)}; correct that one"
        return [text] if others else []

    def _holders(self, log: Transaction, rows: Iterable[Cells]) -> dict[tuple[Any, ...], Cells]:
        """Return the row that holds each event of the seekers of some rows."""
        seekers = {row["seeker"] for row in rows}
        query = sa.select(self.table).where(holding(self.table))
        if len(seekers) <= MOST_IDS:
            query = query.where(self.table.c.seeker.in_(seekers))
        return {self._event_of(row): row for row in log.rows(query)}

    def _event_of(self, row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in self.event)

    def _full(self, row: Cells, id_: int, now: dt.datetime) -> Cells:
        cells = {name: row[name] for name in self.columns}
        return {**cells, "id": id_, "recorded_at": now, "corrects": None, "is_void": False}


ENTRIES: Final = Journal(
    database.entries,
    "entry",
    tuple(map(str, (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE, Outcome.DATE))),
    (str(Outcome.SEEKER_RATING), str(Outcome.CANDIDATE_RATING), REASON),
    read_entries,
)
REVIEWS: Final = Journal(
    database.reviews,
    "review",
    tuple(map(str, (Answer.SEEKER, Answer.CANDIDATE, Answer.SIDE, Answer.DATE))),
    (*map(str, ANSWERS), str(Answer.CHANGES_WANTED)),
    lambda source, today, known: read_reviews(source, known=known, today=today),
)


def cells_of(table: OutcomeTable | ReviewTable) -> list[Cells]:
    """Return the kept rows as a journal takes them, dates without time."""
    frame = table.kept.assign(date=table.kept["date"].dt.date)
    if isinstance(table, OutcomeTable):
        frame = frame.assign(**{REASON: list(table.reasons)})
    return rows_of(frame)


def only_row(table: OutcomeTable | ReviewTable) -> Cells:
    """Return the row of a single record; `OutcomeError` with every reason if it was not kept."""
    if len(table.kept) == 1:
        return cells_of(table)[0]
    cells = (table.rejected[name].tolist() for name in ("column", "value", "reason"))
    problems = [
        f"{column} {reason}" + ("" if "; got " in reason or not value else f"; got {value!r}")
        for column, value, reason in zip(*cells, strict=True)
    ]
    raise OutcomeError(f"{'. '.join(problems) or 'an answer must be given'}. Nothing was recorded.")
