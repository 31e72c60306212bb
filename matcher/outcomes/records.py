"""Records of outcomes and reviews: their words, and cells that are read with the reason of each problem."""

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import Outcome
from matcher.documents.language import LANGUAGES, Messages
from matcher.errors import OutcomeError, ProfileError
from matcher.files import bundled_toml
from matcher.profiles.layout import TableMapping, given_columns
from matcher.profiles.records import Roster
from matcher.profiles.vocabulary import unique_columns, words_of
from matcher.tables.dates import Order, date_order, read_past_date
from matcher.tables.numbers import parse_rating
from matcher.tables.raw import RawTable
from matcher.tables.reading import open_source
from matcher.tables.values import (
    Findings,
    clean_text,
    findings_frame,
    fold,
    is_missing,
    is_placeholder,
    written_out,
)

REASON: Final = "reason"  # why a pair came to a stage, in a few words; only an outcome log keeps it
LOG_ENDINGS: Final = (".db", ".sqlite", ".sqlite3")  # endings of files of outcome logs, in any case
LOG_VIEW: Final = "outcomes"  # view of an outcome log with the valid outcomes
LONGEST_ID: Final = 200  # characters of an id in a log: an index of PostgreSQL holds about 2,700 bytes a row


class RecordReader:
    """Iterates over the records of a table, as cells by column, and reads cells, noting their problems.

    Rejected are dates after `today`, ids that are not `known` and, `for_log`, what a log cannot store.
    """

    def __init__(
        self,
        raw: RawTable,
        column_of: Callable[[str], str | None],
        today: dt.date,
        known: Collection[str] | None = None,
        *,
        for_log: bool = False,
    ) -> None:
        self.raw = raw
        self.found = raw.found
        self.columns = unique_columns(raw.headers, column_of, OutcomeError)
        self._today = today
        self._known = None if known is None else Roster(known, known)
        self._n_known = len(known or ())
        self._for_log = for_log
        self._orders: dict[str, Order] = {}
        self._first: dict[Hashable, int] = {}

    def __iter__(self) -> Iterator[Mapping[str, object]]:
        """Yield the cells of each record that could be opened."""
        for position in range(len(self.raw)):
            if position not in self.raw.broken:
                self.found.row = position
                yield {
                    name: cells[position] for name, cells in zip(self.columns, self.raw.columns, strict=True)
                }

    @property
    def line(self) -> int:
        """Line of the present record in its file."""
        return self.raw.lines[self.found.row]

    def earlier(self, key: Hashable) -> int | None:
        """Return the line of the first record of a key; None where that is the present one."""
        first = self._first.setdefault(key, self.line)
        return None if first == self.line else first

    @property
    def is_sound(self) -> bool:
        """Whether the present record has no problem so far."""
        return not self.found.problems or self.found.problems[-1].row != self.found.row

    def rejected(self) -> pd.DataFrame:
        """Return all problems with the columns of `Rejection`, by record."""
        lines = self.raw.lines
        return findings_frame(
            [(lines[p.row], "", p.column, p.value, p.reason) for p in sorted(self.found.problems)]
        )

    def notes(self) -> tuple[str, ...]:
        """Return what was taken of the table as a whole, such as the line of its header."""
        return tuple(dict.fromkeys(note.reason for note in self.found.notes if note.row < 0))

    def reject(self, column: str, reason: str, value: object = "") -> None:
        """Note a problem with a cell of the present record."""
        self.found.column = column
        self.found.reject(reason, value)

    def day(self, record: Mapping[str, object], column: str) -> dt.date | None:
        """Return a date up to today; None where it is rejected."""
        self.found.column = column
        n_problems = len(self.found.problems)
        if column not in self._orders:
            self._orders[column] = date_order(self.raw.columns[self.columns.index(column)], self.found)
        date = read_past_date(record[column], self._today, self.found, self._orders[column])
        if date is None and len(self.found.problems) == n_problems:
            self.reject(column, "must be given")
        return date

    def pair(self, record: Mapping[str, object], seeker: str, candidate: str) -> dict[str, str]:
        """Return the ids of both sides, by column."""
        ids = {column: self.id(record[column], column) for column in (seeker, candidate)}
        if ids[seeker] and ids[seeker] == ids[candidate]:
            self.reject(candidate, "must differ from the seeker", record[candidate])
        return ids

    def id(self, value: object, column: str) -> str:
        """Return the id of an organisation; "" where it is rejected."""
        text = text_of(value)
        self.found.column = column
        if not text:
            self.found.reject("must be given", "")
        elif kind := _kind_of(value):
            self.found.reject(f"must be one id, a text; got {kind}", value)
            return ""
        elif self._for_log and len(text) > LONGEST_ID:
            self.found.reject(f"must be at most {LONGEST_ID} characters; got {len(text):,}", text)
        elif clean_text(text, self.found) is None:
            return ""
        elif self._known is not None:
            known = self._known.one(text)
            if not known:
                self.found.reject(f"must be the id of one of the {self._n_known:,} profiles", text)
            return known or text
        return text

    def rating(self, value: object, column: str, *, whole: bool = False) -> float:
        """Return a number from 1 to 5; NaN where the cell is empty or rejected."""
        text = text_of(value)
        if not text or is_placeholder(text):
            return np.nan
        rating = parse_rating(text) or np.nan
        if 1.0 <= rating <= 5.0 and not (whole and rating % 1.0):
            return rating
        allowed = "must be a whole number from 1 to 5, or empty" if whole else "must be a number from 1 to 5"
        self.reject(column, allowed, value)
        return np.nan

    def free_text(self, value: object, column: str) -> str:
        """Return a text; one that a log cannot store is rejected without showing it."""
        text = text_of(value)
        if kind := _kind_of(value):
            self.reject(column, f"must be a text; got {kind}")
        elif self._for_log and clean_text(text, unclean := Findings()) is None:
            self.reject(column, unclean.problems[0].reason)
        return text


@cache
def form_columns(form: str, further: str = "") -> dict[str, str]:
    """Return the columns of a form by folded header in any language, or by a word of a further table."""
    headers = bundled_toml(__package__, "vocabulary.toml")[form]
    words = words_of(further, __package__) if further else {}
    said = {fold(Messages(lang).say(text)): name for name, text in headers.items() for lang in LANGUAGES}
    return {fold(name): name for name in headers} | words | said


def open_records(
    source: Any, column_of: Callable[[str], str | None] | None = None, mapping: TableMapping | None = None
) -> RawTable:
    """Open a file or table, below title rows where `column_of` knows its headers, the mapped ones renamed.

    An error is an `OutcomeError`.
    """
    mapping = mapping or TableMapping()
    try:
        raw = open_source(source, wanted=mapping.wanted(column_of or (lambda _: None)))
        for position, column in given_columns(raw.headers, mapping).items():
            raw.headers[position] = column or raw.headers[position]
    except ProfileError as err:
        raise OutcomeError(str(err)) from err
    return raw


def text_of(value: object) -> str:
    """Return a cell as text, cleaned as in profiles so that equal texts are found; "" where it is empty."""
    if is_missing(value):
        return ""
    written = written_out(value)
    text = str(value) if written is None else written
    cleaned = clean_text(text, Findings())
    return text.strip() if cleaned is None else cleaned


def _kind_of(value: object) -> str:
    """Return what a cell is that holds no single value, such as "list"; "" for one that does or is empty."""
    return "" if is_missing(value) or written_out(value) is not None else type(value).__name__


def frame_of(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], numbers: Sequence[str]
) -> pd.DataFrame:
    """Return rows as a table: `date` as datetime64, numbers as float."""
    frame = pd.DataFrame(rows, columns=list(map(str, columns)))
    frame[Outcome.DATE] = pd.to_datetime(frame[Outcome.DATE])
    return frame.astype(dict.fromkeys(map(str, numbers), np.float64))
