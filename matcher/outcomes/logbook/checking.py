"""Checks what is to be recorded: as outcomes are read, and what a database cannot keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from matcher.columns import Outcome
from matcher.errors import OutcomeError
from matcher.outcomes import OutcomeTable, read_outcomes
from matcher.outcomes.logbook.ledger import Cells
from matcher.outcomes.logbook.schema import LONGEST_ID
from matcher.outcomes.vocabulary import REASON
from matcher.tables.findings import Findings, findings_frame
from matcher.tables.values import clean_text


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
    """

    rows: list[Cells]
    rejected: pd.DataFrame
    n_rows: int
    n_groups: int = 0


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
    table = read_outcomes(source, today=today)
    found = Findings()
    kept: list[Cells] = []
    for place, record in enumerate(table.kept.to_dict("records")):
        found.row = place
        row = _cells({str(name): value for name, value in record.items()}, _at(table.reasons, place))
        if is_storable(row, (REASON,), found, known):
            kept.append(row)
    lines = [table.lines[p.row] if table.lines else p.row + 1 for p in found.problems]
    own = findings_frame(
        [(line, "", p.column, p.value, p.reason) for line, p in zip(lines, found.problems, strict=True)]
    )
    rejected = pd.concat([table.rejected, own], ignore_index=True) if len(own) else table.rejected
    rejected = rejected.sort_values("line", kind="stable", ignore_index=True)
    return Checked(kept, rejected, table.n_rows, len(table.works) if table.has_groups else 0)


def is_storable(row: Cells, texts: Sequence[str], found: Findings, known: Collection[str] | None) -> bool:
    """Say whether a database can keep a row, and its organisations are known; note what is wrong."""
    n_problems = len(found.problems)
    for found.column in ("seeker", "candidate"):
        _check_id(row[found.column], found, known)
    for found.column in texts:
        if clean_text(row[found.column], unread := Findings()) is None:
            found.reject(unread.problems[0].reason, "")  # the text itself is nobody's business
    return len(found.problems) == n_problems


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
    raise OutcomeError(f"{'. '.join(problems)}. Nothing was recorded.")


def none_if_nan(value: Any) -> Any:
    """Return a cell as a database keeps it: missing is None, a number a float."""
    return None if value is None or pd.isna(value) else float(value)


def _check_id(id_: str, found: Findings, known: Collection[str] | None) -> None:
    if len(id_) > LONGEST_ID:
        found.reject(f"must be at most {LONGEST_ID} characters; got {len(id_):,}", id_)
    elif clean_text(id_, found) is not None and known is not None and id_ not in known:
        found.reject(f"must be the id of one of the {len(known):,} profiles", id_)


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


def _at(reasons: Sequence[str], place: int) -> str:
    return reasons[place] if reasons else ""
