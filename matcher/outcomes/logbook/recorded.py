"""What recording did: what was stored, what was there, what was rejected, what is worth a look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

NOTE_COLUMNS: Final = ("seeker", "candidate", "date", "note")


@dataclass(frozen=True)
class Recorded:
    """What recording did.

    Attributes
    ----------
    stored : tuple of int
        Ids of new rows.
    already : tuple of int
        Ids of rows that told the same event before; nothing was added for them.
    rejected : DataFrame
        One row a problem, with the columns of `matcher.columns.Rejection`.
    notes : DataFrame
        One row a pair worth a look: seeker, candidate, date, note. A note on the whole source names no pair.
    n_rows : int
        Records read. Each is stored, there already, rejected or empty; of a group row, each of its pairs is.
    n_empty : int
        Reviews without any answer.
    """

    stored: tuple[int, ...]
    already: tuple[int, ...]
    rejected: pd.DataFrame
    notes: pd.DataFrame
    n_rows: int
    n_empty: int = 0

    @property
    def n_rejected(self) -> int:
        """Number of records rejected."""
        return int(self.rejected["line"].nunique())

    def __str__(self) -> str:
        """Say in a few lines what was done."""
        counts = f"{len(self.stored):,} recorded, {len(self.already):,} already there"
        lines = [f"{counts}, {self.n_rejected:,} rejected of {self.n_rows:,} rows"]
        for seeker, candidate, date, note in self.notes.to_numpy().tolist():
            pair = f"{seeker} and {candidate}, {date}: " if seeker else ""
            lines.append(f"note: {pair}{note}")
        return "\n".join(lines)


def notes_frame(notes: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    """Build a table of notes from (seeker, candidate, date, note)."""
    return pd.DataFrame(notes, columns=list(NOTE_COLUMNS), dtype=object)
