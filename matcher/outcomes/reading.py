"""Reads outcomes of earlier matches: pair rows or group rows, checked one by one."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import STAGES, TEXTS, Outcome, Profile
from matcher.errors import OutcomeError, ProfileError
from matcher.outcomes.headers import Kind, kind_of, read_headers, stage_of
from matcher.outcomes.logs import is_log, read_log
from matcher.outcomes.talks import Talk, talks_of_log
from matcher.outcomes.vocabulary import LEAD, PARTNERS, REASON
from matcher.outcomes.works import JointWork, works_of_log
from matcher.tables.findings import Findings, findings_frame
from matcher.tables.reading import open_source
from matcher.tables.values import clean_text, read_past_date

Row = dict[str, Any]

WORK_TEXTS: Final = (Profile.NAME, Profile.VISION, Profile.MISSION)
"""Columns of a group row that say what the group worked on."""


@dataclass(frozen=True)
class OutcomeTable:
    """What reading outcomes gives.

    Attributes
    ----------
    kept : DataFrame
        Pair rows with the columns of `Outcome`; a group row became one row for each two of its
        members, at stage "agreed"; a group of one gives none. `date` is datetime64, ratings are float.
    rejected : DataFrame
        One row a problem, with the columns of `Rejection`.
    n_rows : int
        Records read; each is kept or rejected.
    works : tuple of JointWork
        The works in the kept rows, with the text and terms of group rows, also of groups of one.
    talks : tuple of Talk
        The stages in the kept rows; group rows give none.
    lines : tuple of int
        Where the record of each kept row stood.
    reasons : tuple of str
        Why each kept row's pair came to its stage; "" where that is not said.
    has_groups : bool
        Whether the records were group rows.
    """

    kept: pd.DataFrame
    rejected: pd.DataFrame
    n_rows: int
    works: tuple[JointWork, ...]
    talks: tuple[Talk, ...] = ()
    lines: tuple[int, ...] = ()
    reasons: tuple[str, ...] = ()
    has_groups: bool = False

    @property
    def n_rejected(self) -> int:
        """Number of records rejected."""
        return int(self.rejected["line"].nunique())


def read_outcomes(
    source: str | Path | pd.DataFrame | OutcomeTable, *, today: dt.date | None = None
) -> OutcomeTable:
    """Read outcomes from pair rows or group rows.

    Parameters
    ----------
    source : path, DataFrame, OutcomeTable, or address of a database
        Pair rows `seeker, candidate, stage, date[, seeker_rating, candidate_rating, reason]`, or group
        rows `id, date, lead, partners` (everyone in the group worked together). Any format of profiles;
        headers and stages in English or Indonesian. A `.db` or `.sqlite` file or an address is an
        outcome log (`matcher.outcomes.logbook`); it may hold no outcome yet.
    today : date, optional
        Later dates are rejected; the current date when left out.

    Returns
    -------
    table : OutcomeTable
        Kept pair rows and what was rejected.

    Raises
    ------
    OutcomeError
        If the source cannot be read, is empty, has the columns of neither kind, or two headers stand
        for the same column.
    """
    if isinstance(source, OutcomeTable):
        return source
    try:
        raw = read_log(source) if is_log(source) else open_source(source, noun="outcome")
    except ProfileError as err:
        raise OutcomeError(str(err)) from err
    names = read_headers(raw.headers)
    kind = _kind(names, raw.headers, source)
    columns = dict(zip(names, raw.columns, strict=True))
    found = raw.found
    kept: list[Row] = []
    works: list[JointWork] = []
    lines: list[int] = []
    for place in range(len(raw)):
        found.row = place
        if place not in raw.broken:
            record = {name: cells[place] for name, cells in columns.items()}
            date, rows = _checked(record, kind, today or dt.date.today(), found)
            kept += rows
            lines += [raw.lines[place]] * len(rows)
            if kind == "group" and date:
                works.append(_work(record, date))
    frame = _frame(kept)
    rejected = findings_frame(
        [(raw.lines[p.row], "", p.column, p.value, p.reason) for p in sorted(found.problems)]
    )
    if kind == "pair":
        works = list(works_of_log(frame))
    talks = tuple(talks_of_log(frame)) if kind == "pair" else ()
    reasons = tuple(row.get(REASON, "") for row in kept)
    has_groups = kind == "group"
    return OutcomeTable(frame, rejected, len(raw), tuple(works), talks, tuple(lines), reasons, has_groups)


def _kind(columns: Sequence[str], headers: Sequence[str], source: object) -> Kind:
    """Tell pair rows from group rows; refuse what is neither."""
    kind = kind_of(columns)
    if kind is None:
        named = source if isinstance(source, str | Path) else "the outcomes"
        raise OutcomeError(
            f"{named} must have the columns seeker, candidate, stage, date (pair rows) or id, date, lead, "
            f"partners (group rows); got {', '.join(headers) or 'none'}. Rename the columns."
        )
    return kind


def _checked(
    record: Mapping[str, object], kind: Kind, today: dt.date, found: Findings
) -> tuple[dt.date | None, list[Row]]:
    """Return the date and the pair rows of one record; none, and its problems noted, where it is broken."""
    problems = len(found.problems)
    found.column = Outcome.DATE
    date = read_past_date(record[Outcome.DATE], today, found)
    if date is None and len(found.problems) == problems:
        found.reject("must be given", record[Outcome.DATE])
    rows = _pair_row(record, found) if kind == "pair" else _group_rows(record, found)
    if len(found.problems) > problems:
        return None, []
    return date, [{**row, Outcome.DATE: date} for row in rows]


def _pair_row(record: Mapping[str, object], found: Findings) -> list[Row]:
    row: Row = {column: _id(record, column, found) for column in (Outcome.SEEKER, Outcome.CANDIDATE)}
    if row[Outcome.SEEKER] and row[Outcome.SEEKER] == row[Outcome.CANDIDATE]:
        found.reject("must differ from the seeker", row[Outcome.CANDIDATE])
    found.column = Outcome.STAGE
    row[Outcome.STAGE] = stage_of(_text(record[Outcome.STAGE]))
    if row[Outcome.STAGE] is None:
        found.reject(f"must be one of {', '.join(STAGES)}", record[Outcome.STAGE])
    for column in (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING):
        found.column = column
        row[column] = _rating(record.get(column), found)
    row[REASON] = _text(record.get(REASON))
    return [row]


def _group_rows(record: Mapping[str, object], found: Findings) -> list[Row]:
    members = _group(record)
    for found.column, cells in ((LEAD, [record[LEAD]]), (PARTNERS, _members(record[PARTNERS]))):
        for cell in cells:
            clean_text(_text(cell), found)  # no profile can have an id that is not clean
    if not members:
        found.column = LEAD
        found.reject("group must have a lead or partners", "")
    return [
        {Outcome.SEEKER: one, Outcome.CANDIDATE: other, Outcome.STAGE: "agreed"}
        for one, other in itertools.combinations(members, 2)
    ]


def _group(record: Mapping[str, object]) -> list[str]:
    return sorted({_text(member) for member in [record[LEAD], *_members(record[PARTNERS])]} - {""})


def _work(record: Mapping[str, object], date: dt.date) -> JointWork:
    """Return the work of a group row: who, when, what was done, and further terms."""
    no_terms = {Outcome.DATE, LEAD, PARTNERS, Profile.ID, Profile.NAME, *TEXTS} - {
        Profile.COUNTRY,
        Profile.REGION,
    }
    terms = {
        column: tuple(dict.fromkeys(term for cell in _members(value) if (term := _text(cell))))
        for column, value in record.items()
        if column not in no_terms
    }
    return JointWork(
        members=tuple(_group(record)),
        date=pd.Timestamp(date),
        lead=_text(record[LEAD]),
        text="\n".join(text for column in WORK_TEXTS if (text := _text(record.get(column)))),
        terms={column: listed for column, listed in terms.items() if listed},
    )


def _id(record: Mapping[str, object], column: Outcome, found: Findings) -> str:
    found.column = column
    text = _text(record[column])
    if not text:
        found.reject("must be given", record[column])
    return text if clean_text(text, found) is not None else ""


def _rating(value: object, found: Findings) -> float:
    """Read a rating of 1 to 5; NaN where it is empty or rejected."""
    text = _text(value)
    if not text:
        return np.nan
    try:
        rating = float(text)
    except ValueError:
        rating = np.nan
    if not 1.0 <= rating <= 5.0:
        found.reject("must be a number from 1 to 5", value)
        return np.nan
    return rating


def _members(cell: object) -> list[object]:
    """Return the members that a cell names: a list, or text separated by semicolons."""
    if isinstance(cell, str):
        return list(cell.split(";"))
    return list(cell) if isinstance(cell, list | tuple | np.ndarray) else [cell]


def _text(value: object) -> str:
    """Return a cell as text, cleaned as in profiles; "" where it is empty. Whole floats lose their '.0'."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    # What a profile repeats of a work is found only if both are written alike.
    cleaned = clean_text(text, Findings())
    return text if cleaned is None else cleaned


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(Outcome))
    frame[Outcome.DATE] = pd.to_datetime(frame[Outcome.DATE])
    for column in (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING):
        frame[column] = frame[column].astype(np.float64)
    return frame
