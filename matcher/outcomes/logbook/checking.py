"""Checks what is to be recorded: as outcomes are read, and what a database cannot keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.columns import Outcome
from matcher.errors import OutcomeError
from matcher.outcomes import OutcomeTable
from matcher.outcomes.logbook.ledger import Cells
from matcher.outcomes.reading import read_entries
from matcher.outcomes.vocabulary import REASON


@dataclass(frozen=True)
class Checked:
    """Rows that can be recorded, and what cannot.

    Attributes
    ----------
    rows : list of dict
        Cells as a ledger takes them.
    rejected : DataFrame
        With the columns of `Rejection`.
    n_rows : int
        Records read.
    n_groups : int
        How many of them were group rows; each became several rows, or none.
    n_empty : int
        How many of them were empty.
    """

    rows: list[Cells]
    rejected: pd.DataFrame
    n_rows: int
    n_groups: int = 0
    n_empty: int = 0


def check_entries(
    source: str | Path | pd.DataFrame | OutcomeTable, today: dt.date, known: Collection[str] | None = None
) -> Checked:
    """Read and check outcomes.

    Parameters
    ----------
    source : path, DataFrame or OutcomeTable
        As `read_outcomes` takes it.
    today : date
        Later dates are rejected.
    known : collection of str, optional
        Ids that may appear; any when left out.

    Raises
    ------
    OutcomeError
        If the source cannot be read.
    """
    table = read_entries(source, today, known)
    kept = [
        _cells({str(name): value for name, value in record.items()}, reason)
        for record, reason in zip(table.kept.to_dict("records"), table.reasons, strict=True)
    ]
    return Checked(kept, table.rejected, table.n_rows, len(table.works) if table.has_groups else 0)


def only_row(checked: Checked) -> Cells:
    """Return the row of a single record.

    Raises
    ------
    OutcomeError
        If it was rejected, with every reason.
    """
    if len(checked.rows) == 1:
        return checked.rows[0]
    cells = (checked.rejected[name].tolist() for name in ("column", "value", "reason"))
    problems = [
        f"{column} {reason}" + ("" if "; got " in reason or not value else f"; got {value!r}")
        for column, value, reason in zip(*cells, strict=True)
    ]
    problems += ["an answer or changes_wanted must be given"] * checked.n_empty
    raise OutcomeError(f"{'. '.join(problems)}. Nothing was recorded.")


def none_if_nan(value: Any) -> Any:
    """Return a cell as a database keeps it: missing is None, a number a float."""
    return None if value is None or pd.isna(value) else float(value)


def _cells(record: dict[str, Any], reason: str) -> Cells:
    return {
        Outcome.SEEKER.value: record[Outcome.SEEKER],
        Outcome.CANDIDATE.value: record[Outcome.CANDIDATE],
        Outcome.STAGE.value: record[Outcome.STAGE],
        Outcome.DATE.value: record[Outcome.DATE].date(),
        Outcome.SEEKER_RATING.value: none_if_nan(record[Outcome.SEEKER_RATING]),
        Outcome.CANDIDATE_RATING.value: none_if_nan(record[Outcome.CANDIDATE_RATING]),
        REASON: reason,
    }
