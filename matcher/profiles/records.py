"""Understanding a raw table: every cell read, every record checked, nothing thrown away yet."""

import datetime as dt
from typing import Any, Final, NamedTuple

import pandas as pd

from matcher.columns import NUMBERS, Profile
from matcher.profiles.cellreaders import cell_reader, empty_value, series_of
from matcher.profiles.checks import NOT_ORDERED, NOT_UNIQUE, Failure, check_table
from matcher.profiles.extras import read_extra
from matcher.profiles.headers import Layout, guess_column
from matcher.tables.findings import Finding, Findings, shown
from matcher.tables.raw import RawTable
from matcher.tables.texts import is_missing

_SHOWN: Final = 40
_VALUED: Final = (*NUMBERS, Profile.FLAG, Profile.UPDATED)
"""Columns whose bad value a reason may repeat: short, and no text of a profile."""


class Records(NamedTuple):
    """All records of a table in canonical form, the bad ones too, with what was found.

    Parameters
    ----------
    frame : DataFrame
        Canonical columns, then extras; RangeIndex of positions.
    ids : list of str
        The id of each record, "" where it has none.
    problems, notes : list of Finding
    """

    frame: pd.DataFrame
    ids: list[str]
    problems: list[Finding]
    notes: list[Finding]


def understand(raw: RawTable, layout: Layout, today: dt.date, required: bool) -> Records:
    """Read all cells and check all records.

    Parameters
    ----------
    raw : RawTable
    layout : Layout
    today : datetime.date
    required : bool
        Whether id and name must be filled and ids unique.
    """
    found = raw.found
    series: dict[str, pd.Series[Any]] = {}
    for column in Profile:
        series[column.value] = series_of(column, _read_column(raw, layout, column, today, found))
    for header, place in layout.extras.items():
        found.column, found.row = header, -1
        found.note(_extra_reason(header, layout), "")
        series[header] = _read_extra(raw, place, found)
    frame = pd.DataFrame(series)
    ids = frame[Profile.ID].tolist()
    problems = found.problems + _failed(
        frame, raw, layout, found.problems, check_table(frame, today, required)
    )
    return Records(frame, ids, problems, found.notes)


def _read_column(
    raw: RawTable, layout: Layout, column: Profile, today: dt.date, found: Findings
) -> list[Any]:
    empty, read = empty_value(column), cell_reader(column, today)
    place = layout.known.get(column)
    if place is None:
        return [empty] * len(raw)
    found.column = column.value
    skipped = set() if column == Profile.ID else raw.broken
    values = []
    for row, cell in enumerate(raw.columns[place]):
        if row in skipped or (not cell if type(cell) is str else is_missing(cell)):
            values.append(empty)
        else:
            found.row = row
            values.append(read(cell, found))
    return values


def _read_extra(raw: RawTable, place: int, found: Findings) -> "pd.Series[Any]":
    cells = raw.columns[place]
    if raw.broken:
        cells = [None if row in raw.broken else cell for row, cell in enumerate(cells)]
    return read_extra(cells, raw.typed, found)


def _extra_reason(header: str, layout: Layout) -> str:
    guess = guess_column(header, [column for column in Profile if column not in layout.known])
    meant = f"; if it holds {guess}, rename it so" if guess else ""
    return f"unknown column, kept as an extra{meant}"


def _failed(
    frame: pd.DataFrame, raw: RawTable, layout: Layout, earlier: list[Finding], failures: list[Failure]
) -> list[Finding]:
    """Turn failed checks into problems, except those that only follow from a cell that could not be read."""
    unread = {(problem.row, problem.column) for problem in earlier}
    lines = _first_lines(frame[Profile.ID].tolist(), raw.lines)
    problems = []
    for failure in failures:
        follows = any((failure.row, column) in unread for column in failure.column.split(", "))
        if failure.row in raw.broken and failure.reason != NOT_UNIQUE:
            continue
        if follows or (failure.reason == NOT_UNIQUE and not frame.at[failure.row, failure.column]):
            continue
        cell = _cell(raw, layout, failure)
        reason = _worded(failure, frame, lines)
        problems.append(Finding(failure.row, failure.column, shown(cell), reason))
    return problems


def _first_lines(ids: list[str], lines: list[int]) -> dict[str, int]:
    first: dict[str, int] = {}
    for name, line in zip(ids, lines, strict=True):
        first.setdefault(name, line)
    return first


def _cell(raw: RawTable, layout: Layout, failure: Failure) -> object:
    if failure.column not in layout.known:
        return ""
    cell = raw.columns[layout.known[Profile(failure.column)]][failure.row]
    return "" if is_missing(cell) else cell


def _worded(failure: Failure, frame: pd.DataFrame, lines: dict[str, int]) -> str:
    if failure.reason == NOT_UNIQUE:
        return f"id already used on line {lines[str(frame.at[failure.row, failure.column])]}"
    if failure.column not in _VALUED:
        return failure.reason
    value: Any = frame.at[failure.row, failure.column]
    got = f"{value:.15g}" if isinstance(value, float) else str(value)[:_SHOWN].removesuffix(" 00:00:00")
    if failure.reason == NOT_ORDERED:
        least: Any = frame.at[failure.row, Profile.CAPACITY_MIN]
        got += f", capacity_min is {least:.15g}"
    return f"{failure.reason}; got {got}"
