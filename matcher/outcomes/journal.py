"""Rows of outcomes and reviews in a log: added once per event, and entries replaced by later ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa

from matcher.columns import Outcome
from matcher.errors import OutcomeError
from matcher.outcomes import database
from matcher.outcomes.database import Cells, Transaction, holding
from matcher.outcomes.reading import OutcomeTable, read_entries
from matcher.outcomes.records import KEYS, REASON, Ids, ReviewTable
from matcher.tables.values import WithRejected

ENTRY: Final = (*map(str, Outcome), REASON)  # columns of an entry that a caller fills
MOST_IDS: Final = 500  # ids that a query may name: databases limit the length of lists


@dataclass(frozen=True)
class Recorded(WithRejected):
    """Result of recording: records were stored, there already, rejected or empty.

    `stored` are ids of new rows, `already` of rows that held the same event before; `rejected` has one row
    per problem, with the columns of `matcher.columns.Rejection`, and `notes` warn about other rows.
    """

    stored: tuple[int, ...]
    already: tuple[int, ...]
    rejected: pd.DataFrame
    notes: tuple[str, ...]
    n_rows: int
    n_empty: int = 0

    def __str__(self) -> str:
        counts = f"{len(self.stored):,} recorded, {len(self.already):,} already there"
        rejected, empty, rows = self.n_rejected, self.n_empty, self.n_rows
        summary = f"{counts}, {rejected:,} rejected of {rows:,} rows"
        if empty:
            summary = f"{counts}, {rejected:,} rejected, {empty:,} empty of {rows:,} rows"
        return "\n".join([summary, *(f"note: {note}" for note in self.notes)])


def add_rows(log: Transaction, target: sa.Table, table: OutcomeTable | ReviewTable) -> Recorded:
    """Add the kept rows of a table, except those whose event is stored already."""
    rows, next_id = _cells_of(table), log.next_id(target)
    holders = _holders(log, target, rows)
    new, already, notes = list[Cells](), list[int](), list[str]()
    for row in rows:
        full = row | {"id": next_id + len(new), "corrects": None, "is_void": False}
        if (holder := holders.setdefault(_event_of(row), full)) is full:
            new.append(full)
            continue
        already.append(holder["id"])
        if others := [name for name in row if row[name] not in (None, "", holder[name])]:
            event = f"{row['seeker']} and {row['candidate']}, {row['date']}"
            advice = "correct that one" if "stage" in row else "that one is kept"
            notes.append(
                f"{event}: already there as {holder['id']} with another {', '.join(others)}; {advice}"
            )
    log.add(target, new)
    stored = tuple(row["id"] for row in new)
    return Recorded(stored, tuple(already), table.rejected, tuple(notes), table.n_rows)


def correct_entry(log: Transaction, id_: int, changes: Mapping[str, Any], known: Ids) -> int:
    """Add an entry with changed cells that replaces a valid one, and return its id."""
    unknown = ", ".join(sorted(set(changes) - set(ENTRY)))
    if unknown or not changes:
        raise OutcomeError(f"changes must name some of {', '.join(ENTRY)}; got {unknown or 'none'}.")
    old = _valid_entry(log, id_)
    record = pd.DataFrame([{**{name: old[name] for name in ENTRY}, **changes}], dtype=object)
    new = only_row(read_entries(record, log.began.date(), known))
    if all(new[name] == old[name] for name in ENTRY):
        raise OutcomeError(f"changes must differ from entry {id_}; got what it says already.")
    holder = _holders(log, database.entries, [new]).get(_event_of(new), old)
    if holder["id"] != id_:
        raise OutcomeError(
            f"changes must not make entry {id_} the same event as another; "
            f"{holder['id']} is. Withdraw one of them."
        )
    return _supersede(log, old, new)


def withdraw_entry(log: Transaction, id_: int, reason: str) -> int:
    """Add an entry that withdraws a valid one, and return its id."""
    old = _valid_entry(log, id_)
    return _supersede(log, old, {**old, REASON: reason}, is_void=True)


def _valid_entry(log: Transaction, id_: int) -> Cells:
    table = database.entries
    found = log.rows(sa.select(table).where(table.c.id == id_)) if 0 <= id_ < 2**31 else []
    if not found:
        raise OutcomeError(f"entry must be an id of the log; got {id_!r}. List the log.")
    later = log.rows(sa.select(table).where(table.c.corrects == id_))
    if found[0]["is_void"] or (later and later[0]["is_void"]):
        raise OutcomeError(f"entry must be one that holds; got {id_}, which was withdrawn.")
    if later:
        raise OutcomeError(
            f"entry must be one that holds; got {id_}, which was corrected by {later[0]['id']}. "
            f"Use {later[0]['id']}."
        )
    return found[0]


def _supersede(log: Transaction, old: Cells, new: Cells, *, is_void: bool = False) -> int:
    id_ = log.next_id(database.entries)
    log.add(database.entries, [{**new, "id": id_, "corrects": old["id"], "is_void": is_void}])
    return id_


def _holders(log: Transaction, table: sa.Table, rows: Iterable[Cells]) -> dict[tuple[Any, ...], Cells]:
    """Return the valid row of each event of the seekers of some rows."""
    seekers = {row["seeker"] for row in rows}
    query = sa.select(table).where(holding(table))
    if len(seekers) <= MOST_IDS:
        query = query.where(table.c.seeker.in_(seekers))
    return {_event_of(row): row for row in log.rows(query)}


def _event_of(row: Cells) -> tuple[Any, ...]:
    """Return what identifies an outcome or a review; of each event one row at most is valid."""
    return tuple(row[name] for name in (ENTRY[:4] if "stage" in row else KEYS))


def _cells_of(table: OutcomeTable | ReviewTable) -> list[Cells]:
    frame = table.kept.assign(date=table.kept["date"].dt.date)
    if isinstance(table, OutcomeTable):
        frame = frame.assign(**{REASON: list(table.reasons)})
    return database.rows_of(frame)


def only_row(table: OutcomeTable) -> Cells:
    """Return the row of a single record; `OutcomeError` with every reason if it was not kept."""
    if len(table.kept) == 1:
        return _cells_of(table)[0]
    cells = (table.rejected[name].tolist() for name in ("column", "value", "reason"))
    problems = [
        f"{column} {reason}" + ("" if "; got " in reason or not value else f"; got {value!r}")
        for column, value, reason in zip(*cells, strict=True)
    ]
    raise OutcomeError(f"{'. '.join(problems)}. Nothing was recorded.")
