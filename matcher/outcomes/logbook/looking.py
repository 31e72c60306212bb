"""What is worth a look after recording."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from matcher.outcomes.logbook.checking import Checked
from matcher.outcomes.logbook.contradictions import Note, contradictions
from matcher.outcomes.logbook.ledger import ENTRIES, Cells, Ledger


def notes_of(
    connection: Connection, ledger: Ledger, checked: Checked, results: Sequence[int | Cells]
) -> list[Note]:
    """Return notes on rows just added: twins that differ, stages that contradict, groups taken apart."""
    notes = list(_twins(ledger, checked.rows, results))
    new = [row for row, result in zip(checked.rows, results, strict=True) if isinstance(result, int)]
    if ledger is ENTRIES and new:
        pairs = {frozenset((row["seeker"], row["candidate"])) for row in new}
        rows = ledger.rows_of(connection, (row["seeker"] for row in new))
        ours = (row for row in rows if frozenset((row["seeker"], row["candidate"])) in pairs)
        notes += contradictions(ours)
    if checked.n_groups:
        told = (
            f"{checked.n_groups:,} group rows became {len(checked.rows):,} rows of pairs at stage agreed; "
            "their texts and further columns are not kept"
        )
        notes.append(("", "", "", told))
    return notes


def _twins(ledger: Ledger, rows: Sequence[Cells], results: Sequence[int | Cells]) -> Iterator[Note]:
    """Yield a note for each row whose event is there already but told otherwise."""
    for row, there in zip(rows, results, strict=True):
        if isinstance(there, int):
            continue
        others = [name for name in ledger.details if row[name] not in (None, "", there[name])]
        if others:
            told = f"already there as {there['id']} with another {', '.join(others)}; correct that one"
            yield row["seeker"], row["candidate"], row["date"].isoformat(), told
