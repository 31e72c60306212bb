"""Grades of pairs and reviews of partnerships, read from forms that people filled in, and from tables."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import ANSWERS, SIDES, Answer, Outcome
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes.records import REASON, RecordReader, form_columns, frame_of, open_records, text_of
from matcher.profiles.vocabulary import meaning_of, shortened
from matcher.tables.dates import day_of
from matcher.tables.values import WithRejected, fold

Row = dict[str, Any]

GRADE: Final = "grade"
READER: Final = "reader"
GRADE_COLUMNS: Final = (Outcome.SEEKER, Outcome.CANDIDATE, GRADE, REASON, READER)
GRADES: Final = (0, 1, 2, 3)
GOOD: Final = 2  # least grade of a good pair
KEYS: Final = (Answer.SEEKER, Answer.CANDIDATE, Answer.SIDE, Answer.DATE)  # columns that identify an answer
SEEKER_NAME: Final = "seeker_name"
CANDIDATE_NAME: Final = "candidate_name"
ANSWERED_BY: Final = "answered_by"
_WORDS: Final = bundled_toml(__package__, "vocabulary.toml")
GRADE_HEADERS: Final[Mapping[str, str]] = _WORDS["grade_form"]
REVIEW_HEADERS: Final[Mapping[str, str]] = _WORDS["review_form"]
"""Columns of both forms, in their order, with their headers."""
SIDE_WORDS: Final[Mapping[str, Sequence[str]]] = _WORDS["form_sides"]
"""What the sides are called in the form of each language, in the order of `SIDES`."""


@dataclass(frozen=True)
class GradeTable(WithRejected):
    """Grades that were read."""

    kept: pd.DataFrame
    """One row per pair and reader, with the columns `GRADE_COLUMNS`: `grade` is a whole number from 0 to 3,
    `reader` the name of the sheet.
    """
    rejected: pd.DataFrame
    """One row per problem, with the columns of `Rejection`, and `reader`."""
    n_rows: int
    empty: Mapping[str, list[int]]
    """Lines of each sheet without a grade. They say nothing, not even that a pair is bad."""

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


def read_grades(
    sources: Sequence[str | Path | pd.DataFrame], *, known: Collection[str] | None = None
) -> GradeTable:
    """Read sheets of graded pairs, each by one reader; `known` are the ids that may appear (default: any).

    Sources are completed sheets of `matcher.output.forms` in either language, or tables with the columns
    seeker, candidate and grade in any format of profiles. Raises `OutcomeError` if one cannot be read, or
    lacks these.
    """
    kept: list[Row] = []
    rejected: list[pd.DataFrame] = []
    empty: dict[str, list[int]] = {}
    n_rows = 0
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


def grade_column(header: str) -> str | None:
    """Return the column of a header of a sheet of grades in any language; None if there is none."""
    return form_columns("grade_form", "grade_headers").get(fold(header))


def _grade_row(record: Mapping[str, object], records: RecordReader) -> Row | None:
    """Return a graded pair; None where it is rejected."""
    written = text_of(record[GRADE])
    row: Row = {**records.pair(record, Outcome.SEEKER, Outcome.CANDIDATE)}
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
    """One row per pair, side and day, with the columns of `Answer`: `side` is "seeker" or "candidate", `date`
    datetime64; answers are whole numbers from 1 to 5 as float, NaN where none was given; `changes_wanted` is
    text, "" where nothing was written.
    """
    rejected: pd.DataFrame
    """One row per problem, with the columns of `Rejection`."""
    n_rows: int
    n_empty: int
    """Rows read, and those of them in which nothing was answered."""


def read_reviews(
    source: str | Path | pd.DataFrame,
    *,
    known: Collection[str] | None = None,
    today: dt.date | str | None = None,
) -> ReviewTable:
    """Read reviews of partnerships.

    A row without any answer is empty, whatever its other cells hold. Of two rows of the same pair, side and
    day the first is kept.

    Parameters
    ----------
    source : path or DataFrame
        A completed form of `matcher.output.forms` in either language, or a table with the same
        headers or the columns of `Answer` in any format of profiles; further columns are ignored.
    known, today
        Ids that may appear (default: any), and the last date that may (default: the current one).

    Raises
    ------
    OutcomeError
        If the source cannot be read, lacks a column of `KEYS` or all questions, or has one twice.
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
    kept: list[Row] = []
    n_empty = 0
    for record in records:
        if not any(text_of(record.get(column)) for column in (*ANSWERS, Answer.CHANGES_WANTED)):
            n_empty += 1
            continue
        row = _review_row(record, records)
        if not records.is_sound:
            continue
        if earlier := records.earlier(tuple(row[column] for column in KEYS)):
            reason = f"must answer once a day; line {earlier} is of the same pair, side and date"
            records.reject(Answer.SIDE, reason, row[Answer.SIDE])
        else:
            kept.append(row)
    return ReviewTable(frame_of(kept, tuple(Answer), ANSWERS), records.rejected(), len(records.raw), n_empty)


def review_column(header: str) -> str | None:
    """Return the column of a header of a form of reviews in any language; None if there is none."""
    return form_columns("review_form", "review_headers").get(fold(header))


def _review_row(record: Mapping[str, object], records: RecordReader) -> Row:
    row: Row = {**records.pair(record, Answer.SEEKER, Answer.CANDIDATE)}
    word = text_of(record[Answer.SIDE])
    row[Answer.SIDE] = meaning_of(word, "sides", __package__)
    if row[Answer.SIDE] is None:
        records.reject(Answer.SIDE, f"must be one of {', '.join(SIDES)}", word)
    row[Answer.DATE] = records.day(record, Answer.DATE)
    for column in ANSWERS:
        row[column] = records.rating(record.get(column), column, whole=True)
    row[Answer.CHANGES_WANTED] = records.free_text(record.get(Answer.CHANGES_WANTED), Answer.CHANGES_WANTED)
    return row
