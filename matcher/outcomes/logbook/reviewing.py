"""Reads reviews: how one side of a partnership sees it on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import SIDES
from matcher.errors import OutcomeError, ProfileError
from matcher.outcomes.logbook.checking import Checked, is_storable
from matcher.outcomes.logbook.ledger import Cells
from matcher.outcomes.logbook.schema import REVIEW, SCORES
from matcher.tables.findings import Findings, findings_frame
from matcher.tables.raw import RawTable
from matcher.tables.reading import open_source
from matcher.tables.values import is_missing, read_past_date, read_text

CHANGES: Final = "changes_wanted"


def check_reviews(
    source: str | Path | pd.DataFrame, today: dt.date, known: Collection[str] | None = None
) -> Checked:
    """Read and check reviews.

    Parameters
    ----------
    source : path or DataFrame
        Columns seeker, candidate, side, date, and at least one score from 1 to 5 or `changes_wanted`,
        as the reader of review forms gives them. Any format of profiles.
    today : date
        Later dates are rejected.
    known : collection of str, optional
        Ids that may appear; any when left out.

    Raises
    ------
    OutcomeError
        If the source cannot be read, is empty, or lacks a column.
    """
    raw, columns = _opened(source)
    found = raw.found
    kept: list[Cells] = []
    for found.row in range(len(raw)):
        if found.row not in raw.broken:
            n_problems = len(found.problems)
            record = {name: cells[found.row] for name, cells in columns.items()}
            row = _row(record, today, found)
            if len(found.problems) == n_problems and is_storable(row, (CHANGES,), found, known):
                kept.append(row)
    problems = sorted(found.problems)
    rejected = findings_frame([(raw.lines[p.row], "", p.column, p.value, p.reason) for p in problems])
    return Checked(kept, rejected, len(raw))


def _opened(source: Any) -> tuple[RawTable, dict[str, list[object]]]:
    try:
        raw = open_source(source, noun="review")
    except ProfileError as err:
        raise OutcomeError(str(err)) from err
    names = [header.strip().casefold() for header in raw.headers]
    twins = sorted({name for name in names if names.count(name) > 1})
    missing = [name for name in REVIEW if name not in names]
    if twins or missing:
        wrong = f"twice {', '.join(twins[:3])}" if twins else f"no {', '.join(missing)}"
        raise OutcomeError(f"reviews must have the columns {', '.join(REVIEW)}, each once; got {wrong}.")
    return raw, dict(zip(names, raw.columns, strict=True))


def _row(record: Mapping[str, object], today: dt.date, found: Findings) -> Cells:
    row: Cells = {}
    for found.column in ("seeker", "candidate"):
        row[found.column] = _text(record[found.column], found)
        if not row[found.column]:
            found.reject("must be given", record[found.column])
    if row["seeker"] and row["seeker"] == row["candidate"]:
        found.reject("must differ from the seeker", row["candidate"])
    found.column = "side"
    row["side"] = _text(record["side"], found).casefold()
    if row["side"] not in SIDES:
        found.reject(f"must be one of {', '.join(SIDES)}", record["side"])
    row["date"] = _date(record["date"], today, found)
    for found.column in SCORES:
        row[found.column] = _score(record.get(found.column), found)
    found.column = CHANGES
    row[CHANGES] = _text(record.get(CHANGES), found)
    if not row[CHANGES] and all(row[name] is None for name in SCORES):
        found.reject("must be given where a review has no score", "")
    return row


def _date(value: object, today: dt.date, found: Findings) -> dt.date | None:
    found.column, n_problems = "date", len(found.problems)
    date = read_past_date(value, today, found)
    if date is None and len(found.problems) == n_problems:
        found.reject("must be given", value)
    return date


def _score(value: object, found: Findings) -> float | None:
    """Read a score of 1 to 5; None where it is empty or rejected."""
    text = _text(value, found)
    if not text:
        return None
    try:
        score = float(text)
    except ValueError:
        score = 0.0
    if 1.0 <= score <= 5.0:
        return score
    found.reject("must be a number from 1 to 5", value)
    return None


def _text(value: object, found: Findings) -> str:
    return "" if is_missing(value) else read_text(value, found)
