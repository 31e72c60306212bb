"""Reading review forms that come back, row by row."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import ANSWERS, SIDES, Answer
from matcher.errors import OutcomeError, ProfileError
from matcher.output.forms.wording import column_of, side_of
from matcher.tables.findings import Findings, findings_frame
from matcher.tables.reading import open_source
from matcher.tables.values import is_missing, read_free_text, read_past_date, written_out

Row = dict[str, Any]
Pairs = Collection[tuple[str, str]]

KEYS: Final = (Answer.SEEKER, Answer.CANDIDATE, Answer.SIDE, Answer.DATE)
"""Columns without which nobody knows whose answers these are."""
_ANSWER: Final = re.compile(r"([1-5])(?:[.,]0+)?")
_SHORT: Final = 40


@dataclass(frozen=True)
class ReviewTable:
    """What reading a review form gives.

    Attributes
    ----------
    kept : DataFrame
        One row a pair, side and day, with the columns of `Review`: `side` is "seeker" or "candidate",
        `date` datetime64; answers are whole numbers from 1 to 5 as float, NaN where none was given;
        `changes_wanted` is text, "" where nothing was written.
    rejected : DataFrame
        One row a problem, with the columns of `Rejection`.
    n_rows : int
        Rows read; each is kept, rejected or empty.
    n_empty : int
        Rows in which nothing was answered.
    """

    kept: pd.DataFrame
    rejected: pd.DataFrame
    n_rows: int
    n_empty: int

    @property
    def n_rejected(self) -> int:
        """Number of rows rejected."""
        return int(self.rejected["line"].nunique())


def read_review_form(
    source: str | Path | pd.DataFrame,
    *,
    pairs: Iterable[Sequence[str]] | None = None,
    today: dt.date | None = None,
) -> ReviewTable:
    """Read a review form that came back.

    Parameters
    ----------
    source : path or DataFrame
        The workbook of `write_review_form`, in either language, or a table with the same headers in any
        format of profiles; further columns are passed over.
    pairs : iterable of (seeker, candidate, ...), optional
        Partnerships that may be reviewed, such as those of `open_pairs`; any where left out.
    today : date, optional
        Later dates are rejected; the current date when left out.

    Returns
    -------
    reviews : ReviewTable
        A row without any answer is empty, whatever stands in its other cells. Of two rows of the same
        pair, side and day the first is kept.

    Raises
    ------
    OutcomeError
        If the source cannot be read or has no rows, lacks a column that tells whose answers these are or
        all questions, or two headers stand for the same column.
    """
    try:
        raw = open_source(source, noun="review")
    except ProfileError as err:
        raise OutcomeError(str(err)) from err
    columns = dict(zip(_columns(raw.headers, source), raw.columns, strict=True))
    known = None if pairs is None else frozenset((pair[0], pair[1]) for pair in pairs)
    reader = _Reader(known, today or dt.date.today(), raw.found, raw.lines)
    for place in range(len(raw)):
        if place not in raw.broken:
            reader.read(place, {name: cells[place] for name, cells in columns.items()})
    rejected = findings_frame(
        [(raw.lines[p.row], "", p.column, p.value, p.reason) for p in sorted(raw.found.problems)]
    )
    return ReviewTable(_frame(reader.kept), rejected, len(raw), reader.n_empty)


def _columns(headers: Sequence[str], source: object) -> list[str]:
    """Return the column that each header stands for; an unknown one goes by its place."""
    first: dict[str, str] = {}
    for place, header in enumerate(headers):
        column = column_of(header) or f"other column {place}"
        if column in first:
            raise OutcomeError(
                f"columns must be unique; got {_short(first[column])!r} and {_short(header)!r}, both read as "
                f"{_short(column)!r}. Rename or remove one of them."
            )
        first[column] = header
    missing = [str(column) for column in KEYS if column not in first]
    if missing or not set(ANSWERS) & set(first):
        named = source if isinstance(source, str | Path) else "the reviews"
        raise OutcomeError(
            f"{named} must have the columns {', '.join(KEYS)} and at least one of {', '.join(ANSWERS)}; got "
            f"{', '.join(map(_short, headers)) or 'none'}. Use the form's first sheet with its header."
        )
    return list(first)


def _short(header: str) -> str:
    return header if len(header) <= _SHORT else header[: _SHORT - 1] + "…"


class _Reader:
    """Reads rows one after the other; keeps what is usable and notes what is not."""

    def __init__(self, pairs: Pairs | None, today: dt.date, found: Findings, lines: Sequence[int]) -> None:
        self.kept: list[Row] = []
        self.n_empty = 0
        self._pairs = pairs
        self._today = today
        self._found = found
        self._lines = lines
        self._seen: dict[tuple[Any, ...], int] = {}

    def read(self, place: int, record: Mapping[str, object]) -> None:
        """Read one row."""
        self._found.row = place
        if all(_is_blank(record.get(column)) for column in (*ANSWERS, Answer.CHANGES_WANTED)):
            self.n_empty += 1
            return
        problems = len(self._found.problems)
        row = self._whose(record) | self._answers(record)
        if len(self._found.problems) == problems and self._is_new(row, place):
            self.kept.append(row)

    def _whose(self, record: Mapping[str, object]) -> Row:
        row: Row = {column: self._id(record, column) for column in (Answer.SEEKER, Answer.CANDIDATE)}
        seeker, candidate = row.values()
        if seeker and candidate and self._pairs is not None and (seeker, candidate) not in self._pairs:
            self._found.reject(f"must be a partner of {seeker} whose partnership is reviewed", candidate)
        self._found.column = Answer.SIDE
        word = written_out(record[Answer.SIDE]) or ""
        row[Answer.SIDE] = side_of(word)
        if row[Answer.SIDE] is None:
            self._found.reject(f"must be one of {', '.join(SIDES)}", word)
        self._found.column = Answer.DATE
        before = len(self._found.problems)
        row[Answer.DATE] = read_past_date(record[Answer.DATE], self._today, self._found)
        if row[Answer.DATE] is None and len(self._found.problems) == before:
            self._found.reject("must be given", "")
        return row

    def _answers(self, record: Mapping[str, object]) -> Row:
        row: Row = {}
        for column in ANSWERS:
            self._found.column = column
            row[column] = self._answer(record.get(column))
        self._found.column = Answer.CHANGES_WANTED
        changes = record.get(Answer.CHANGES_WANTED)
        row[Answer.CHANGES_WANTED] = "" if is_missing(changes) else read_free_text(changes, self._found)
        return row

    def _id(self, record: Mapping[str, object], column: Answer) -> str:
        self._found.column = column
        value = record[column]
        text = "" if is_missing(value) else read_free_text(value, self._found)
        if not text:
            self._found.reject("must be given", "")
        return text

    def _answer(self, value: object) -> float:
        """Read a whole number from 1 to 5; NaN where it is empty or rejected."""
        if _is_blank(value):
            return np.nan
        text = written_out(value)
        answer = None if text is None or isinstance(value, bool) else _ANSWER.fullmatch(text.strip())
        if answer is None:
            self._found.reject("must be a whole number from 1 to 5, or empty", value)
            return np.nan
        return float(answer[1])

    def _is_new(self, row: Row, place: int) -> bool:
        key = tuple(row[column] for column in KEYS)
        first = self._seen.setdefault(key, place)
        if first != place:
            self._found.column = Answer.SIDE
            told = f"must answer once a day; line {self._lines[first]} is of the same pair, side and date"
            self._found.reject(told, row[Answer.SIDE])
        return first == place


def _is_blank(value: object) -> bool:
    return is_missing(value) or (isinstance(value, str) and not value.strip())


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[str(column) for column in Answer])
    frame[Answer.DATE] = pd.to_datetime(frame[Answer.DATE])
    return frame.astype(dict.fromkeys(map(str, ANSWERS), np.float64))
