"""From a source to a checked table: read_profiles and check_profile."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pandas as pd

from matcher.columns import LISTS, RESOURCES, Profile, Rejection
from matcher.errors import ProfileError
from matcher.profiles.duplicates import find_duplicates
from matcher.profiles.fields import read_records
from matcher.profiles.layout import (
    Given,
    Layout,
    TableMapping,
    ensure_ids,
    lay_out,
    read_mapping,
    require_columns,
)
from matcher.tables.dates import day_of
from matcher.tables.raw import RawTable, table_of_records
from matcher.tables.reading import open_source
from matcher.tables.values import Finding, Findings, WithRejected, findings_frame, is_missing, read_text

if TYPE_CHECKING:
    from os import PathLike

    from sqlalchemy import URL, Connection, Engine, Executable

    Memory: TypeAlias = "pd.DataFrame | ProfileTable | Sequence[Mapping[str, object]]"
    Source: TypeAlias = "str | PathLike[str] | Memory | URL | Engine | Connection"


_MOST_PROBLEMS: Final = 50  # problems of one profile that a message lists


@dataclass(frozen=True, eq=False, repr=False)
class ProfileTable(WithRejected):
    """A table of organisations after reading and checking."""

    kept: pd.DataFrame
    """One row per organisation, in the order of the source, RangeIndex. Every column of
    `matcher.columns.Profile`, then the extra columns. Text "" where missing (flag: "none"); lists are tuples
    of str, needs and offers tuples of `Resource`, evidence tuples of `Claim`; numbers are float64, `updated`
    is datetime64[ns].
    """
    rejected: pd.DataFrame
    """Columns of `matcher.columns.Rejection`, one row per problem, in line order."""
    notes: pd.DataFrame  # same columns: warnings about rows that were kept. Line 0 is the whole table
    duplicates: pd.DataFrame
    """id, other_id, name, other_name, similarity (0 to 100) of organisations that may be one."""
    n_rows: int  # records read; equals ``len(kept) + n_rejected``
    set_aside: pd.DataFrame
    """The rejected records as far as they could be read: their exclusions, flag and lead hold as well."""

    @property
    def n_rejected(self) -> int:
        """Number of records rejected; after updates, lines of several tables may be the same."""
        return len(self.set_aside)

    def with_notes(self, notes: pd.DataFrame) -> "ProfileTable":
        """Return the same table with further notes, whose lines may be missing."""
        if notes.empty:
            return self
        both = pd.concat([one.astype({Rejection.LINE.value: "Int64"}) for one in (self.notes, notes)])
        return replace(self, notes=both.reset_index(drop=True))

    def updated(self, other: "ProfileTable", gone: Collection[str]) -> "ProfileTable":
        """Return the other table, with what is known here of organisations that are not `gone`."""
        parts = {}
        for name in ("rejected", "notes", "duplicates", "set_aside"):
            known = getattr(self, name)
            is_gone = known.filter(items=["id", "other_id"]).isin([*gone]).any(axis=1)
            parts[name] = pd.concat([known[~is_gone], getattr(other, name)], ignore_index=True)
        return replace(other, **parts)

    def emptied(self) -> "ProfileTable":
        """Return a table of no record with the same columns."""
        names = ("kept", "rejected", "notes", "duplicates", "set_aside")
        return replace(self, **{name: getattr(self, name)[:0] for name in names}, n_rows=0)

    def __repr__(self) -> str:
        return (  # no text of any profile
            f"ProfileTable({self.n_rows:,} records read: {len(self.kept):,} kept, {self.n_rejected:,} "
            f"rejected ({len(self.rejected):,} problems), {len(self.notes):,} notes, "
            f"{len(self.duplicates):,} possible duplicates)"
        )


def read_profiles(
    source: "Source",
    *,
    query: "str | Executable | None" = None,
    today: dt.date | str | None = None,
    mapping: "Given" = None,
) -> ProfileTable:
    """Read and check a table of organisations; broken records, maybe all, are set aside with every reason.

    Headers may be English or Indonesian, below title rows, on any sheet, or questions of a form; each guess
    is noted. Where no column holds ids, they are made from the names. Of records with the same id the first
    one stays. The syntax of cells is described in `matcher.tables.cells`.

    Parameters
    ----------
    source : path, DataFrame, list of dicts, SQLAlchemy address, engine or connection, or ProfileTable
        A file ends in .csv, .tsv, .txt, .jsonl (the first two and the last also with .gz), .xlsx, .xls, .ods
        or .parquet. A `ProfileTable` is returned as it is.
    query : str or SQLAlchemy select
        What to ask a database; required with one, refused without.
    today : datetime.date or str such as 2025-01-31, default the present day
        Dates after it are refused as future ones.
    mapping : mapping of str to str, TableMapping or path
        Column by header, such as ``{"Yang dicari": "needs"}``, with "" for a header that is an extra column;
        or a TOML file as `matcher check --save-mapping` writes it. It overrules what is guessed.

    Raises
    ------
    ProfileError
        If the source cannot be opened or understood as a table, holds no records, or lacks the columns
        name and one of vision, mission, needs and offers.

    Examples
    --------
    >>> table = read_profiles([{"id": 1, "nama": "Kopi Lestari", "kebutuhan": "pendanaan: mesin (5)"}])
    >>> table.kept.loc[0, "needs"]
    (Resource(category='funding', text='mesin', weight=5),)
    """
    if isinstance(source, ProfileTable):
        return source
    raw, layout = understand(source, query, read_mapping(mapping))
    if raw.headers:  # without any, every record is broken and is reported one by one
        require_columns(layout)
    return read_table(raw, layout, today)


def understand(source: Any, query: object, mapping: TableMapping) -> tuple[RawTable, Layout]:
    """Open a source and find its columns, as `read_profiles` does."""
    raw = open_source(source, mapping.wanted(), query)
    return raw, lay_out(raw, mapping)


def read_table(raw: RawTable, layout: Layout, today: dt.date | str | None = None) -> ProfileTable:
    """Read and check all records of a table whose columns are known; ids are made where there are none."""
    if Profile.NAME in layout.known:
        ensure_ids(raw, layout, lambda cell: "" if is_missing(cell) else read_text(cell, Findings()))
    frame, found = read_records(raw, layout, day_of(today, ProfileError), required=True), raw.found
    rejected = {problem.row for problem in found.problems}
    problems = found.problems + [one for one in found.left_empty if one.row in rejected]
    notes = [one._replace(reason=_left(one)) for one in found.left_empty] + found.notes
    kept = frame.drop(index=sorted(rejected)).reset_index(drop=True)
    return ProfileTable(
        kept=kept,
        rejected=_listed(problems, frame, raw),
        notes=_listed([note for note in notes if note.row not in rejected], frame, raw),
        duplicates=find_duplicates(kept),
        n_rows=len(raw),
        set_aside=frame.loc[sorted(rejected)].reset_index(drop=True),
    )


def _left(problem: Finding) -> str:
    """Return the reason of a problem that cost no record, and what became of the cell."""
    if problem.column in (*LISTS, *RESOURCES, Profile.EVIDENCE):
        return f"{problem.reason}; left out, the rest is kept"
    return f"{problem.reason}; left empty"


def _listed(findings: Sequence[Finding], frame: pd.DataFrame, raw: RawTable) -> pd.DataFrame:
    """Order findings by line, then by column as the table has them."""
    order = {column: position for position, column in enumerate(frame.columns)}
    ids = frame[Profile.ID]
    rows = []
    for row, column, value, reason in sorted(findings, key=lambda one: (one.row, order.get(one.column, -1))):
        line, id_ = (raw.lines[row], ids[row]) if row >= 0 else (raw.header_line, "")
        rows.append((line, id_, column, value, reason))
    return findings_frame(rows)


def check_profile(record: Mapping[str, object], today: dt.date | str | None = None) -> dict[str, object]:
    """Check one organisation given as a dict, such as a seeker that is in no table.

    Columns are as in a table; id and name may be left out. Returned is every column of
    `matcher.columns.Profile` with its canonical value, then the extras. A `ProfileError` has all problems.
    """
    if not isinstance(record, Mapping):
        raise ProfileError(f"profile must be a dict; got {type(record).__name__}.")
    raw = table_of_records([(1, record)])
    frame = read_records(raw, lay_out(raw, TableMapping()), day_of(today, ProfileError), required=False)
    if problems := raw.found.problems:
        listed = [f"{problem.column or 'record'}: {problem.reason}" for problem in problems]
        if len(problems) > _MOST_PROBLEMS:
            listed[_MOST_PROBLEMS:] = [f"and {len(problems) - _MOST_PROBLEMS} more"]
        raise ProfileError(f"profile must be valid; got {len(problems)} problem(s): {'; '.join(listed)}.")
    return {str(name): column.iloc[0] for name, column in frame.items()}
