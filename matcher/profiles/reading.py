"""From a source to a checked table: read_profiles and check_profile."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import pandas as pd

from matcher.columns import NUMBERS, SUBSTANCE, Profile, Rejection
from matcher.errors import ProfileError
from matcher.profiles.duplicates import find_duplicates
from matcher.profiles.fields import (
    NOT_ORDERED,
    NOT_UNIQUE,
    Failure,
    cell_reader,
    check_table,
    empty_value,
    read_extra,
    series_of,
)
from matcher.profiles.vocabulary import (
    SHORT,
    column_of,
    fold,
    header_words,
    shortened,
    unique_columns,
)
from matcher.tables.raw import RawTable, table_of_records
from matcher.tables.reading import open_source
from matcher.tables.values import Finding, Findings, findings_frame, is_missing, shown

if TYPE_CHECKING:
    from os import PathLike

    from sqlalchemy import URL, Connection, Engine, Executable

    Memory: TypeAlias = "pd.DataFrame | ProfileTable | Sequence[Mapping[str, object]]"
    Source: TypeAlias = "str | PathLike[str] | Memory | URL | Engine | Connection"


_LISTED: Final = 30
"""Headers that a message lists."""
_CLOSE_ENOUGH: Final = 75.0
"""Similarity of a header and a known word, 0 to 100, from which the word is suggested."""
_SHORTEST_GUESS: Final = 4
_MOST_PROBLEMS: Final = 50
"""Problems of one profile that a message lists."""
_VALUED: Final = (*NUMBERS, Profile.FLAG, Profile.UPDATED)
"""Columns whose bad value a reason may repeat: short, and no text of a profile."""


@dataclass(frozen=True, eq=False, repr=False)
class ProfileTable:
    """A table of organisations after reading and checking.

    Parameters
    ----------
    kept : DataFrame
        One row per organisation, in the order of the source, RangeIndex. Every column of
        `matcher.columns.Profile`, then the extra columns. Text "" where missing (flag: "none"); lists are
        tuples of str, needs and offers tuples of `Resource`, evidence tuples of `Claim`; numbers are
        float64, `updated` is datetime64[ns].
    rejected : DataFrame
        Columns of `matcher.columns.Rejection`, one row per problem, in line order; a record may have several.
    notes : DataFrame
        Same columns: warnings about rows that were kept. Line 0 is the whole table.
    duplicates : DataFrame
        id, other_id, name, other_name, similarity (0 to 100) of organisations that may be one.
    n_rows : int
        Records read; equals ``len(kept) + n_rejected``.
    """

    kept: pd.DataFrame
    rejected: pd.DataFrame
    notes: pd.DataFrame
    duplicates: pd.DataFrame
    n_rows: int

    @property
    def n_rejected(self) -> int:
        """Number of records rejected, each counted once."""
        return int(self.rejected[Rejection.LINE.value].nunique())

    def summary(self) -> str:
        """Return in one line how many records were read, kept and rejected; no text of any profile."""
        return (
            f"{self.n_rows:,} records read: {len(self.kept):,} kept, {self.n_rejected:,} rejected "
            f"({len(self.rejected):,} problems), {len(self.notes):,} notes, "
            f"{len(self.duplicates):,} possible duplicates"
        )

    def __repr__(self) -> str:
        """Show the counts only."""
        return f"ProfileTable({self.summary()})"


class Layout(NamedTuple):
    """Positions of the known and the extra columns in the source."""

    known: dict[Profile, int]
    extras: dict[str, int]


def read_headers(headers: Sequence[str]) -> Layout:
    """Find the known columns and the extras; two headers of the same column are refused."""
    columns = unique_columns(headers, lambda header: column_of(header) or header, ProfileError)
    known = {column: position for position, column in enumerate(columns) if isinstance(column, Profile)}
    return Layout(known, {column: at for at, column in enumerate(columns) if column not in known})


def require_columns(layout: Layout) -> None:
    """Check that the table has id, name and something to match on; an error guesses which was meant."""
    missing: list[Profile] = [column for column in (Profile.ID, Profile.NAME) if column not in layout.known]
    substance = any(column in layout.known for column in SUBSTANCE)
    if not missing and substance:
        return
    named = [str(column) for column in missing]
    named += [] if substance else [f"one of {', '.join(SUBSTANCE)}"]
    found = [str(column) for column in layout.known] + [shortened(header) for header in layout.extras]
    listed = ", ".join(found[:_LISTED]) + (", …" if len(found) > _LISTED else "")
    raise ProfileError(
        f"columns must include id, name and one of {', '.join(SUBSTANCE)}; missing: {', '.join(named)}; "
        f"found: {listed or 'none'}. {_advice(missing if substance else [*missing, *SUBSTANCE], layout)}"
    )


def _advice(missing: Sequence[Profile], layout: Layout) -> str:
    guesses = [(guess_column(header, missing), header) for header in layout.extras]
    meant = [f"did you mean {shortened(header)!r} as {column}?" for column, header in guesses if column]
    text = " ".join(meant) or "Name the columns so in the first row."
    return text[0].upper() + text[1:]


def guess_column(header: str, among: Sequence[Profile]) -> Profile | None:
    """Guess which of some columns a misspelt header means; None where nothing is close."""
    from rapidfuzz import fuzz, process

    folded = fold(header)
    words = [word for word, column in header_words().items() if column in among and _comparable(word, folded)]
    best = process.extractOne(folded, words, scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH)
    return header_words()[best[0]] if best else None


def _comparable(word: str, folded: str) -> bool:
    """Words of up to three letters are close to half of the language; "id" is still worth a guess."""
    return min(len(word), len(folded)) >= _SHORTEST_GUESS or (word == "id" and folded.startswith("id"))


class Records(NamedTuple):
    """All records of a table in canonical form, also the rejected ones; columns as in `ProfileTable.kept`."""

    frame: pd.DataFrame
    problems: list[Finding]
    notes: list[Finding]


def read_records(raw: RawTable, layout: Layout, today: dt.date, required: bool) -> Records:
    """Read all cells and check all records; `required` as for `check_table`."""
    found = raw.found
    series: dict[str, pd.Series[Any]] = {}
    for column in Profile:
        series[column.value] = series_of(column, _read_column(raw, layout, column, today, found))
    unused = [column for column in Profile if column not in layout.known]
    for header, position in layout.extras.items():
        guess = guess_column(header, unused)
        meant = f"; if it holds {guess}, rename it so" if guess else ""
        found.note_column(header, f"unknown column, kept as an extra{meant}")
        found.column = header
        cells = [None if row in raw.broken else cell for row, cell in enumerate(raw.columns[position])]
        series[header] = read_extra(cells, raw.typed, found)
    frame = pd.DataFrame(series)
    failed = _failed(frame, raw, layout, check_table(frame, today, required))
    return Records(frame, found.problems + failed, found.notes)


def _read_column(
    raw: RawTable, layout: Layout, column: Profile, today: dt.date, found: Findings
) -> list[Any]:
    empty, read = empty_value(column), cell_reader(column, today)
    position = layout.known.get(column)
    if position is None:
        return [empty] * len(raw)
    found.column = column.value
    skipped = set() if column == Profile.ID else raw.broken
    values = []
    for row, cell in enumerate(raw.columns[position]):
        if row in skipped or (not cell if type(cell) is str else is_missing(cell)):
            values.append(empty)
        else:
            found.row = row
            values.append(read(cell, found))
    return values


def _failed(frame: pd.DataFrame, raw: RawTable, layout: Layout, failures: list[Failure]) -> list[Finding]:
    """Turn failed checks into problems, except those that only follow from a cell that could not be read."""
    unread = {(problem.row, problem.column) for problem in raw.found.problems}
    ids = frame[Profile.ID].tolist()
    first_lines = dict(zip(reversed(ids), reversed(raw.lines), strict=True))
    cells = {str(column): raw.columns[position] for column, position in layout.known.items()}
    problems = []
    for failure in failures:
        row, column, reason = failure
        follows = any((row, name) in unread for name in column.split(", "))
        is_repeated = reason == NOT_UNIQUE
        if follows or (not ids[row] if is_repeated else row in raw.broken):
            continue
        cell = cells[column][row] if column in cells else ""
        value = "" if is_missing(cell) else shown(cell)
        problems.append(Finding(row, column, value, _worded(failure, frame, first_lines)))
    return problems


def _worded(failure: Failure, frame: pd.DataFrame, lines: dict[str, int]) -> str:
    if failure.reason == NOT_UNIQUE:
        return f"id already used on line {lines[str(frame.at[failure.row, failure.column])]}"
    if failure.column not in _VALUED:
        return failure.reason
    value: Any = frame.at[failure.row, failure.column]
    got = f"{value:.15g}" if isinstance(value, float) else str(value)[:SHORT].removesuffix(" 00:00:00")
    if failure.reason == NOT_ORDERED:
        least: Any = frame.at[failure.row, Profile.CAPACITY_MIN]
        got += f", capacity_min is {least:.15g}"
    return f"{failure.reason}; got {got}"


def read_profiles(
    source: "Source",
    *,
    query: "str | Executable | None" = None,
    today: dt.date | None = None,
) -> ProfileTable:
    """Read and check a table of organisations; broken records are set aside with every reason.

    Parameters
    ----------
    source : path, DataFrame, list of dicts, SQLAlchemy address, engine or connection, or ProfileTable
        A file ends in .csv, .tsv, .jsonl (each also with .gz), .xlsx or .parquet. A `ProfileTable` is
        returned as it is.
    query : str or SQLAlchemy select, optional
        What to ask a database; required with one, refused without.
    today : datetime.date, optional
        Dates after it are refused as future ones; the default is the present day.

    Returns
    -------
    ProfileTable
        ``n_rows == len(kept) + n_rejected``. All records may be rejected: the caller decides what to do then.

    Raises
    ------
    ProfileError
        If the source cannot be opened or understood as a table, holds no records, or lacks the columns
        id, name and one of vision, mission, needs and offers.

    Notes
    -----
    Headers may be English or Indonesian. Of records with the same id the first one stays. The syntax of
    cells is described in `matcher.tables.cells`, `Resource` and `Claim`.

    Examples
    --------
    >>> table = read_profiles([{"id": 1, "nama": "Kopi Lestari", "kebutuhan": "pendanaan: mesin (5)"}])
    >>> table.kept.loc[0, "needs"]
    (Resource(category='funding', text='mesin', weight=5),)
    """
    if isinstance(source, ProfileTable):
        return source
    raw = open_source(source, query, noun="organisation")
    layout = read_headers(raw.headers)
    if raw.headers:  # without any, every record is broken and is reported one by one
        require_columns(layout)
    records = read_records(raw, layout, _day(today), required=True)
    rejected = {problem.row for problem in records.problems}
    kept = records.frame.drop(index=sorted(rejected)).reset_index(drop=True)
    return ProfileTable(
        kept=kept,
        rejected=_listed(records.problems, records, raw),
        notes=_listed([note for note in records.notes if note.row not in rejected], records, raw),
        duplicates=find_duplicates(kept),
        n_rows=len(raw),
    )


def _day(today: dt.date | None) -> dt.date:
    if today is None:
        return dt.date.today()
    return today.date() if isinstance(today, dt.datetime) else today


def _listed(findings: Sequence[Finding], records: Records, raw: RawTable) -> pd.DataFrame:
    """Order findings by line, then by column as the table has them."""
    order = {column: position for position, column in enumerate(records.frame.columns)}
    ids = records.frame[Profile.ID]
    rows = []
    for row, column, value, reason in sorted(findings, key=lambda one: (one.row, order.get(one.column, -1))):
        line, id_ = (raw.lines[row], ids[row]) if row >= 0 else (raw.header_line, "")
        rows.append((line, id_, column, value, reason))
    return findings_frame(rows)


def check_profile(record: Mapping[str, object], today: dt.date | None = None) -> dict[str, object]:
    """Check one organisation given as a dict, such as a seeker that is in no table.

    Parameters
    ----------
    record : mapping of str to object
        Columns as in a table, English or Indonesian; id and name may be left out.
    today : datetime.date, optional
        Dates after it are refused as future ones; the default is the present day.

    Returns
    -------
    dict of str to object
        Every column of `matcher.columns.Profile` with its canonical value, then the extras.

    Raises
    ------
    ProfileError
        With all problems (the first 50, should there be more), each with its column.
    """
    if not isinstance(record, Mapping):
        raise ProfileError(f"profile must be a dict; got {type(record).__name__}.")
    raw = table_of_records([(1, record)])
    records = read_records(raw, read_headers(raw.headers), _day(today), required=False)
    if problems := records.problems:
        listed = [f"{problem.column or 'record'}: {problem.reason}" for problem in problems[:_MOST_PROBLEMS]]
        if len(problems) > _MOST_PROBLEMS:
            listed.append(f"and {len(problems) - _MOST_PROBLEMS} more")
        raise ProfileError(f"profile must be valid; got {len(problems)} problem(s): {'; '.join(listed)}.")
    return {str(name): column.iloc[0] for name, column in records.frame.items()}
