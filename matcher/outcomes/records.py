"""Records that people write: cells read with the reason of each problem; grades of pairs and reviews."""

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import ANSWERS, SIDES, Answer, Outcome
from matcher.documents.language import LANGUAGES, Messages
from matcher.errors import OutcomeError, ProfileError
from matcher.files import bundled_toml
from matcher.profiles.layout import TableMapping, given_columns
from matcher.profiles.records import Roster
from matcher.profiles.vocabulary import meaning_of, shortened, unique_columns, words_of
from matcher.tables.dates import Order, date_order, day_of, read_date
from matcher.tables.numbers import parse_rating
from matcher.tables.raw import RawTable
from matcher.tables.reading import open_source
from matcher.tables.values import (
    Findings,
    WithRejected,
    clean_text,
    findings_frame,
    fold,
    is_missing,
    is_placeholder,
    written_out,
)

Row = dict[str, Any]
Source = str | Path | pd.DataFrame
ColumnOf = Callable[[str], str | None]
Ids = Collection[str] | None  # ids that may appear; None for any

REASON: Final = "reason"  # why a pair came to a stage, in a few words; only an outcome log keeps it
LOG_ENDINGS: Final = (".db", ".sqlite", ".sqlite3")  # endings of files of outcome logs, in any case
LOG_VIEW: Final = "outcomes"  # view of an outcome log with the valid outcomes
LONGEST_ID: Final = 200  # characters of an id in a log: an index of PostgreSQL holds about 2,700 bytes a row
GRADE: Final = "grade"
READER: Final = "reader"
GRADE_COLUMNS: Final = (Outcome.SEEKER, Outcome.CANDIDATE, GRADE, REASON, READER)
GRADES: Final = (0, 1, 2, 3)
GOOD: Final = 2  # least grade of a good pair
KEYS: Final = (Answer.SEEKER, Answer.CANDIDATE, Answer.SIDE, Answer.DATE)  # columns that identify an answer
SEEKER_NAME, CANDIDATE_NAME, ANSWERED_BY = "seeker_name", "candidate_name", "answered_by"
_WORDS: Final = bundled_toml(__package__, "vocabulary.toml")
GRADE_HEADERS: Final[Mapping[str, str]] = _WORDS["grade_form"]
REVIEW_HEADERS: Final[Mapping[str, str]] = _WORDS["review_form"]  # columns of a form, in order: headers
SIDE_WORDS: Final[Mapping[str, Sequence[str]]] = _WORDS["form_sides"]  # by language, in the order of `SIDES`


class RecordReader:
    """Iterates over the records of a table, as cells by column, and reads cells, noting their problems.

    Rejected are dates after `today`, ids that are not `known` and, `for_log`, what a log cannot store.
    """

    def __init__(
        self, raw: RawTable, column_of: ColumnOf, today: dt.date, known: Ids = None, *, for_log: bool = False
    ) -> None:
        self.raw, self.found = raw, raw.found
        self.columns = unique_columns(raw.headers, column_of)
        self._today, self._for_log = today, for_log
        self._known = None if known is None else Roster(known, known)
        self._n_known = len(known or ())
        self._order: Order | None = None
        self._first: dict[Hashable, int] = {}

    def __iter__(self) -> Iterator[Mapping[str, object]]:
        """Yield the cells of each record that could be opened."""
        for position, cells in enumerate(zip(*self.raw.columns, strict=True)):
            if position not in self.raw.broken:
                self.found.row = position
                yield dict(zip(self.columns, cells, strict=True))

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
        problems, lines = sorted(self.found.problems), self.raw.lines
        return findings_frame([(lines[one.row], "", one.column, one.value, one.reason) for one in problems])

    def notes(self) -> tuple[str, ...]:
        """Return what was taken of the table as a whole, such as the line of its header."""
        return tuple(dict.fromkeys(note.reason for note in self.found.notes if note.row < 0))

    def reject(self, column: str, reason: str, value: object = "") -> None:
        """Note a problem with a cell of the present record."""
        self.found.column = column
        self.found.reject(reason, value)

    def day(self, record: Mapping[str, object]) -> dt.date | None:
        """Return the date, up to today; None where it is rejected."""
        self.found.column, n_problems = Outcome.DATE, len(self.found.problems)
        if self._order is None:
            self._order = date_order(self.raw.columns[self.columns.index(Outcome.DATE)], self.found)
        date = read_date(record[Outcome.DATE], self.found, self._order, self._today)
        if date is None and len(self.found.problems) == n_problems:
            self.reject(Outcome.DATE, "must be given")
        return date

    def pair(self, record: Mapping[str, object]) -> Row:
        """Return the ids of both sides, by column."""
        one, other = (self.id(record[side], side) for side in SIDES)
        if one and one == other:
            self.reject(SIDES[1], "must differ from the seeker", record[SIDES[1]])
        return dict(zip(SIDES, (one, other), strict=True))

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
            if known := self._known.one(text):
                return known
            self.found.reject(f"must be the id of one of the {self._n_known:,} profiles", text)
        return text

    def rating(self, record: Mapping[str, object], column: str, *, whole: bool = False) -> float:
        """Return a number from 1 to 5; NaN where the cell is missing, empty or rejected."""
        text = text_of(value := record.get(column))
        if not text or is_placeholder(text):
            return np.nan
        rating = parse_rating(text) or np.nan
        if 1.0 <= rating <= 5.0 and not (whole and rating % 1.0):
            return rating
        allowed = "must be a whole number from 1 to 5, or empty" if whole else "must be a number from 1 to 5"
        self.reject(column, allowed, value)
        return np.nan

    def free_text(self, record: Mapping[str, object], column: str) -> str:
        """Return a text, "" without a cell; one that a log cannot store is rejected without showing it."""
        text = text_of(value := record.get(column))
        if kind := _kind_of(value):
            self.reject(column, f"must be a text; got {kind}")
        elif self._for_log and clean_text(text, unclean := Findings()) is None:
            self.reject(column, unclean.problems[0].reason)
        return text


@cache
def _form_columns(form: str) -> dict[str, str]:
    headers = _WORDS[f"{form}_form"]
    said = {fold(Messages(lang).say(text)): name for name, text in headers.items() for lang in LANGUAGES}
    return {fold(name): name for name in headers} | words_of(f"{form}_headers", __package__) | said


def _column(form: str, header: str) -> str | None:
    """Return the column of a header of a form in any language, or of its further words; None if none is."""
    return _form_columns(form).get(fold(header))


grade_column, review_column, round_column = (partial(_column, form) for form in ("grade", "review", "round"))


def open_records(
    source: Any, column_of: ColumnOf | None = None, mapping: TableMapping | None = None
) -> RawTable:
    """Open a table, below title rows where `column_of` knows its headers; errors are an `OutcomeError`."""
    mapping = mapping or TableMapping()
    try:
        raw = open_source(source, mapping.wanted(column_of or (lambda _: None)))
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


def frame_of(rows: Sequence[Row], columns: Iterable[str], numbers: Iterable[str]) -> pd.DataFrame:
    """Return rows as a table: `date` as datetime64, numbers as float."""
    frame = pd.DataFrame(rows, columns=list(map(str, columns)))
    frame[Outcome.DATE] = pd.to_datetime(frame[Outcome.DATE])
    return frame.astype(dict.fromkeys(map(str, numbers), np.float64))


@dataclass(frozen=True)
class GradeTable(WithRejected):
    """Grades that were read."""

    kept: pd.DataFrame  # by pair and reader, `GRADE_COLUMNS`: `grade` 0 to 3, `reader` the sheet's name
    rejected: pd.DataFrame  # one row per problem, with the columns of `Rejection`, and `reader`
    n_rows: int
    empty: Mapping[str, list[int]]  # lines of each sheet without a grade, which says nothing of a pair

    @property
    def pairs(self) -> pd.DataFrame:
        """The mean grade of each pair over its readers: columns seeker, candidate and grade."""
        return self.kept.groupby([*GRADE_COLUMNS[:2]], sort=False)[GRADE].mean().reset_index()

    def notes(self) -> Iterator[str]:
        """Yield what was not used, by sheet and line."""
        for row in self.rejected.to_dict("records"):
            yield f"{row[READER]}, line {row['line']}: {row['column']} {row['reason']}; got {row['value']!r}"
        for name, lines in self.empty.items():
            listed = ", ".join(map(str, lines[:10])) + (", …" if len(lines) > 10 else "")
            yield f"{name}: {len(lines):,} rows have no grade and are passed over (lines {listed})"


def read_grades(sources: Sequence[Source], *, known: Ids = None) -> GradeTable:
    """Read sheets of graded pairs, each by one reader; `known` are the ids that may appear (default: any).

    Sources are completed sheets of `matcher.output.forms` in either language, or tables with the columns
    seeker, candidate and grade, in any format of profiles. Raises `OutcomeError` if one is neither.
    """
    kept, rejected, n_rows = list[Row](), list[pd.DataFrame](), 0
    empty: dict[str, list[int]] = {}
    for number, source in enumerate(sources, start=1):
        records = RecordReader(open_records(source, grade_column), grade_column, dt.date.today(), known)
        reader = Path(source).name if isinstance(source, str | Path) else f"table {number}"
        reader = f"{reader} ({number})" if reader in {row[READER] for row in kept} else reader
        if missing := [str(name) for name in GRADE_COLUMNS[:3] if name not in records.columns]:
            found = ", ".join(map(shortened, records.raw.headers)) or "none"
            raise OutcomeError(
                f"{reader} must have the columns seeker, candidate and grade; {', '.join(missing)} is "
                f"missing, got {found}. Use a sheet of matcher grade."
            )
        for record in records:
            if not text_of(record[GRADE]):
                empty.setdefault(reader, []).append(records.line)
            elif row := _grade_row(record, records):
                kept.append({**row, READER: reader})
        rejected.append(records.rejected().assign(**{READER: reader}))
        n_rows += len(records.raw)
    table = pd.DataFrame(kept, columns=[*map(str, GRADE_COLUMNS)]).astype({GRADE: int})
    return GradeTable(table, pd.concat(rejected, ignore_index=True), n_rows, empty)


def _grade_row(record: Mapping[str, object], records: RecordReader) -> Row | None:
    written = text_of(record[GRADE])
    row = records.pair(record)
    if written.removesuffix(".0") not in map(str, GRADES):
        records.reject(GRADE, "must be 0, 1, 2 or 3", record[GRADE])
    if not records.is_sound:
        return None
    if earlier := records.earlier(tuple(row.values())):
        records.reject(GRADE, f"must be given once; line {earlier} is of the same pair", written)
        return None
    return row | {GRADE: int(float(written)), REASON: text_of(record.get(REASON))}


@dataclass(frozen=True)
class ReviewTable(WithRejected):
    """Reviews that were read."""

    kept: pd.DataFrame
    """One row per pair, side and day, with the columns of `Answer`: `date` is datetime64, answers are whole
    numbers from 1 to 5 as float, NaN where none was given, `changes_wanted` "" where nothing was written.
    """
    rejected: pd.DataFrame  # one row per problem, with the columns of `Rejection`
    n_rows: int
    n_empty: int  # rows in which nothing was answered


def read_reviews(source: Source, *, known: Ids = None, today: dt.date | str | None = None) -> ReviewTable:
    """Read reviews of partnerships from a completed form, in either language, or a table.

    A table has the headers of the form or the columns of `Answer`, in any format of profiles; further columns
    are ignored. A row without any answer is empty, whatever its other cells hold. Of two rows of the same
    pair, side and day the first is kept. `today` is the last date that may appear. Raises `OutcomeError` if
    the source cannot be read, lacks a column of `KEYS` or all questions, or has one twice.
    """
    today = day_of(today, OutcomeError)
    records = RecordReader(open_records(source), review_column, today, known, for_log=True)
    if set(KEYS) - set(records.columns) or not set(ANSWERS) & set(records.columns):
        name = source if isinstance(source, str | Path) else "the reviews"
        raise OutcomeError(
            f"{name} must have the columns {', '.join(KEYS)} and at least one of "
            f"{', '.join(ANSWERS)}; got {', '.join(map(shortened, records.raw.headers)) or 'none'}. "
            "Use the form's first sheet with its header."
        )
    kept, n_empty = list[Row](), 0
    for record in records:
        if not any(text_of(record.get(column)) for column in (*ANSWERS, Answer.CHANGES_WANTED)):
            n_empty += 1
            continue
        row, word = records.pair(record), text_of(record[Answer.SIDE])
        row[Answer.SIDE] = meaning_of(word, "sides", __package__)
        if row[Answer.SIDE] is None:
            records.reject(Answer.SIDE, f"must be one of {', '.join(SIDES)}", word)
        row[Answer.DATE] = records.day(record)
        row |= {column: records.rating(record, column, whole=True) for column in ANSWERS}
        row[Answer.CHANGES_WANTED] = records.free_text(record, Answer.CHANGES_WANTED)
        if records.is_sound and (earlier := records.earlier(tuple(row[column] for column in KEYS))):
            reason = f"must answer once a day; line {earlier} is of the same pair, side and date"
            records.reject(Answer.SIDE, reason, row[Answer.SIDE])
        kept += [row] if records.is_sound else []
    return ReviewTable(frame_of(kept, tuple(Answer), ANSWERS), records.rejected(), len(records.raw), n_empty)
