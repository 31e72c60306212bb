"""From a source to a checked table: `read_profiles` and `check_profile`."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from matcher.errors import ProfileError
from matcher.profiles.duplicates import find_duplicates
from matcher.profiles.headers import read_headers, require_columns
from matcher.profiles.records import Records, understand
from matcher.profiles.table import ProfileTable
from matcher.tables.findings import Finding, findings_frame
from matcher.tables.raw import RawTable, table_of_records
from matcher.tables.reading import open_source

_MOST_TOLD: Final = 50

if TYPE_CHECKING:
    from os import PathLike

    from sqlalchemy import URL, Connection, Engine, Executable

    Memory = pd.DataFrame | ProfileTable | Sequence[Mapping[str, object]]
    Source = str | PathLike[str] | Memory | URL | Engine | Connection


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
        ``n_rows == len(kept) + n_rejected``. All records may be rejected: that is for the caller to judge.

    Raises
    ------
    ProfileError
        If the source cannot be opened or understood as a table, holds no records, or lacks the columns
        id, name and one of vision, mission, needs and offers.

    Notes
    -----
    Headers may be English or Indonesian. Of records with the same id the first one stays. The syntax of
    cells is told in `matcher.tables.cells`, `Resource` and `Claim`. About 2 seconds for 5,000 records
    with long texts.

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
    records = understand(raw, layout, _day(today), required=True)
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
    order = {column: place for place, column in enumerate(records.frame.columns)}
    ranked = sorted(findings, key=lambda finding: (finding.row, order.get(finding.column, -1)))
    return findings_frame(
        [
            (
                raw.lines[finding.row] if finding.row >= 0 else raw.header_line,
                records.ids[finding.row] if finding.row >= 0 else "",
                finding.column,
                finding.value,
                finding.reason,
            )
            for finding in ranked
        ]
    )


def _told(problems: Sequence[Finding]) -> str:
    told = "; ".join(f"{problem.column or 'record'}: {problem.reason}" for problem in problems[:_MOST_TOLD])
    more = f"; and {len(problems) - _MOST_TOLD} more" if len(problems) > _MOST_TOLD else ""
    return f"profile must be valid; got {len(problems)} problem(s): {told}{more}."


def check_profile(record: Mapping[str, object], today: dt.date | None = None) -> dict[str, object]:
    """Check one organisation given as a dict, such as a seeker that stands in no table.

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
    records = understand(raw, read_headers(raw.headers), _day(today), required=False)
    if records.problems:
        raise ProfileError(_told(records.problems))
    values: dict[str, Any] = {str(name): column.iloc[0] for name, column in records.frame.items()}
    return values
