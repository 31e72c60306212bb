"""Grades that readers gave pairs, read from sheets of `matcher grade` and from tables."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import Outcome
from matcher.documents.language import LANGUAGES, Messages
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes.records import REASON, RecordReader, open_records, text_of
from matcher.profiles.vocabulary import shortened, words_of
from matcher.tables.values import WithRejected, fold

GRADE: Final = "grade"
READER: Final = "reader"
COLUMNS: Final = (Outcome.SEEKER, Outcome.CANDIDATE, GRADE, REASON, READER)
GRADES: Final = (0, 1, 2, 3)
GOOD: Final = 2
"""Least grade of a good pair."""
HEADERS: Final[Mapping[str, str]] = bundled_toml(__package__, "vocabulary.toml")["grade_form"]
"""Columns of a sheet of pairs to be graded, in their order, with their headers."""


@dataclass(frozen=True)
class GradeTable(WithRejected):
    """Grades that were read."""

    kept: pd.DataFrame
    """One row per pair and reader, with the columns `COLUMNS`: `grade` is a whole number from 0 to 3,
    `reader` the name of the sheet.
    """
    rejected: pd.DataFrame
    """One row per problem, with the columns of `Rejection`, and `reader`."""
    n_rows: int
    """Rows read; each is kept, rejected or empty."""
    empty: Mapping[str, list[int]]
    """Lines of each sheet without a grade. They say nothing, not even that a pair is bad."""

    @property
    def pairs(self) -> pd.DataFrame:
        """The mean grade of each pair over its readers: columns seeker, candidate and grade."""
        return self.kept.groupby([*COLUMNS[:2]], sort=False)[GRADE].mean().reset_index()

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
    """Read sheets of graded pairs, each by one reader.

    Parameters
    ----------
    sources : sequence of path or DataFrame
        Completed sheets of `matcher.output.forms` in either language, or tables with the columns
        seeker, candidate and grade in any format of profiles; further columns are ignored.
    known : collection of str, optional
        Ids that may appear; any when left out.

    Raises
    ------
    OutcomeError
        If a source cannot be read, or lacks one of these columns.
    """
    kept: list[dict[str, Any]] = []
    rejected: list[pd.DataFrame] = []
    empty: dict[str, list[int]] = {}
    n_rows = 0
    for number, source in enumerate(sources, start=1):
        raw = open_records(source, column_of)
        reader = Path(source).name if isinstance(source, str | Path) else f"table {number}"
        reader = f"{reader} ({number})" if reader in {row[READER] for row in kept} else reader
        records = RecordReader(raw, column_of, dt.date.today(), known)
        _check_columns(records, reader)
        rows, lines = _read_rows(records)
        kept += [{**row, READER: reader} for row in rows]
        rejected.append(records.rejected().assign(**{READER: reader}))
        n_rows += len(raw)
        empty |= {reader: lines} if lines else {}
    table = pd.DataFrame(kept, columns=[*map(str, COLUMNS)]).astype({GRADE: int})
    return GradeTable(table, pd.concat(rejected, ignore_index=True), n_rows, empty)


def column_of(header: str) -> str | None:
    """Return the column of a header of a sheet in any language; None if there is none.

    Examples
    --------
    >>> column_of("ID pencari mitra"), column_of("grade"), column_of("weather")
    ('seeker', 'grade', None)
    """
    return _headers().get(fold(header))


@cache
def _headers() -> dict[str, str]:
    translators = [Messages(lang) for lang in LANGUAGES]
    form = {fold(one.say(text)): name for name, text in HEADERS.items() for one in translators}
    plain = {fold(str(name)): str(name) for name in (*COLUMNS[:3], REASON)}
    return words_of("grade_headers", __package__) | form | plain


def _check_columns(records: RecordReader, reader: str) -> None:
    if missing := [str(name) for name in COLUMNS[:3] if name not in records.columns]:
        raise OutcomeError(
            f"{reader} must have the columns seeker, candidate and grade; {', '.join(missing)} is missing, "
            f"got {', '.join(map(shortened, records.raw.headers)) or 'none'}. Use a sheet of matcher grade."
        )


def _read_rows(records: RecordReader) -> tuple[list[dict[str, Any]], list[int]]:
    """Return the sound rows, and the lines of those without a grade."""
    kept: list[dict[str, Any]] = []
    empty: list[int] = []
    first: dict[tuple[str, ...], int] = {}
    for record in records:
        line = records.raw.lines[records.found.row]
        written = text_of(record[GRADE])
        if not written:
            empty.append(line)
            continue
        row: dict[str, Any] = records.pair(record, Outcome.SEEKER, Outcome.CANDIDATE)
        if written.removesuffix(".0") not in map(str, GRADES):
            records.reject(GRADE, "must be 0, 1, 2 or 3", record[GRADE])
        if records.is_sound:
            row[GRADE], row[REASON] = int(float(written)), text_of(record.get(REASON))
            if (earlier := first.setdefault(tuple(row[name] for name in COLUMNS[:2]), line)) == line:
                kept.append(row)
            else:
                records.reject(GRADE, f"must be given once; line {earlier} is of the same pair", written)
    return kept, empty
