"""Review answers of both sides of a partnership, read from forms and tables."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import ANSWERS, SIDES, Answer
from matcher.documents.language import LANGUAGES, Messages
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes.records import RecordReader, frame_of, open_records, text_of
from matcher.profiles.vocabulary import meaning_of, shortened, words_of
from matcher.tables.dates import day_of
from matcher.tables.values import WithRejected, fold

Row = dict[str, Any]

KEYS: Final = (Answer.SEEKER, Answer.CANDIDATE, Answer.SIDE, Answer.DATE)
"""Columns that identify an answer."""
SEEKER_NAME: Final = "seeker_name"
CANDIDATE_NAME: Final = "candidate_name"
ANSWERED_BY: Final = "answered_by"

_FORM: Final = bundled_toml(__package__, "vocabulary.toml")["form"]
HEADERS: Final[Mapping[str, str]] = _FORM["headers"]
"""Columns of a review form, in their order, with their headers."""
SIDE_WORDS: Final[Mapping[str, Sequence[str]]] = _FORM["sides"]
"""What the sides are called in the form of each language, in the order of `SIDES`."""


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
    """Rows read; each is kept, rejected or empty."""
    n_empty: int
    """Rows in which nothing was answered."""


def read_reviews(
    source: str | Path | pd.DataFrame,
    *,
    known: Collection[str] | None = None,
    today: dt.date | str | None = None,
) -> ReviewTable:
    """Read reviews of partnerships.

    Parameters
    ----------
    source : path or DataFrame
        A completed form of `matcher.output.forms` in either language, or a table with the same
        headers or the columns of `Answer` in any format of profiles; further columns are ignored.
    known : collection of str, optional
        Ids that may appear; any when left out.
    today : date or str, optional
        Later dates are rejected; the current date when left out.

    Returns
    -------
    reviews : ReviewTable
        A row without any answer is empty, whatever its other cells hold. Of two rows of the same
        pair, side and day the first is kept.

    Raises
    ------
    OutcomeError
        If the source cannot be read or has no rows, lacks a column of `KEYS` or all
        questions, or two headers mean the same column.
    """
    raw = open_records(source)
    records = RecordReader(raw, column_of, day_of(today, OutcomeError), known, for_log=True)
    _check_columns(records, source)
    kept: list[Row] = []
    lines: dict[tuple[Any, ...], int] = {}
    n_empty = 0
    for record in records:
        if not any(text_of(record.get(column)) for column in (*ANSWERS, Answer.CHANGES_WANTED)):
            n_empty += 1
            continue
        row = _row(record, records)
        if records.is_sound:
            line = raw.lines[records.found.row]
            first = lines.setdefault(tuple(row[column] for column in KEYS), line)
            if first == line:
                kept.append(row)
            else:
                reason = f"must answer once a day; line {first} is of the same pair, side and date"
                records.reject(Answer.SIDE, reason, row[Answer.SIDE])
    return ReviewTable(frame_of(kept, tuple(Answer), ANSWERS), records.rejected(), len(raw), n_empty)


def column_of(header: str) -> str | None:
    """Return the column of a header of a form in any language; None if there is none.

    Examples
    --------
    >>> column_of("Manfaat bagi kami"), column_of("benefit"), column_of("weather")
    ('benefit', 'benefit', None)
    """
    return _headers().get(fold(header))


def _check_columns(records: RecordReader, source: object) -> None:
    missing = set(KEYS) - set(records.columns)
    if missing or not set(ANSWERS) & set(records.columns):
        name = source if isinstance(source, str | Path) else "the reviews"
        raise OutcomeError(
            f"{name} must have the columns {', '.join(KEYS)} and at least one of "
            f"{', '.join(ANSWERS)}; got {', '.join(map(shortened, records.raw.headers)) or 'none'}. "
            "Use the form's first sheet with its header."
        )


def _row(record: Mapping[str, object], records: RecordReader) -> Row:
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


@cache
def _headers() -> dict[str, str]:
    """Index every name of a column; the headers of the forms come last, for they take precedence."""
    translators = [Messages(lang) for lang in LANGUAGES]
    headers = {fold(one.say(text)): name for name, text in HEADERS.items() for one in translators}
    return words_of("review_headers", __package__) | headers
