"""Outcomes of earlier matches: reading them, and who worked with whom before."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import STAGES, Outcome
from matcher.errors import OutcomeError, ProfileError
from matcher.sources.dates import read_past_date
from matcher.sources.findings import Findings, findings_frame
from matcher.sources.opening import open_source

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Row = dict[str, Any]

JOINT_WORK: Final = ("agreed", "active", "renewed", "ended")
"""Stages from which two organisations have worked together."""
PARTNERS: Final = "partners"
LEAD: Final = "lead"


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
    """

    kept: pd.DataFrame
    rejected: pd.DataFrame
    n_rows: int

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
    source : path, DataFrame or OutcomeTable
        Pair rows `seeker, candidate, stage, date[, seeker_rating, candidate_rating]`, or group rows
        `id, date, lead, partners` (everyone in the group worked together). Any format of profiles.
    today : date, optional
        Later dates are rejected; the current date when left out.

    Returns
    -------
    table : OutcomeTable
        Kept pair rows and what was rejected.

    Raises
    ------
    OutcomeError
        If the source cannot be read, is empty or has the columns of neither kind.
    """
    if isinstance(source, OutcomeTable):
        return source
    try:
        raw = open_source(source, noun="outcome")
    except ProfileError as err:
        raise OutcomeError(str(err)) from err
    kind = _kind([header.strip().casefold() for header in raw.headers], source)
    columns = dict(zip([header.strip().casefold() for header in raw.headers], raw.columns, strict=True))
    found = raw.found
    kept: list[Row] = []
    for place in range(len(raw)):
        found.row = place
        if place not in raw.broken:
            record = {name: cells[place] for name, cells in columns.items()}
            kept += _checked(record, kind, today or dt.date.today(), found)
    rejected = findings_frame(
        [(raw.lines[p.row], "", p.column, p.value, p.reason) for p in sorted(found.problems)]
    )
    return OutcomeTable(_frame(kept), rejected, len(raw))


class History:
    """Who worked with whom, and how often.

    Parameters
    ----------
    pairs : iterable of (str, str)
        One a joint work; order within a pair does not matter.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._partners: dict[str, Counter[str]] = defaultdict(Counter)
        for one, other in pairs:
            self._partners[one][other] += 1
            self._partners[other][one] += 1

    @classmethod
    def from_log(cls, log: pd.DataFrame, before: dt.date | None = None) -> Self:
        """Build the history from kept pair rows.

        A pair that passes through several stages of one work counts once for each row at stage
        "agreed" or "renewed", or once if it only has later stages.

        Parameters
        ----------
        log : DataFrame
            Pair rows with the columns of `Outcome`.
        before : date, optional
            Rows after this date are left out: nothing of the future may be known.
        """
        rows = log[log[Outcome.STAGE].isin(JOINT_WORK)]
        if before is not None:
            rows = rows[rows[Outcome.DATE] <= pd.Timestamp(before)]
        return cls(_joint_works(rows))

    def __len__(self) -> int:
        """Count the organisations with any joint work."""
        return len(self._partners)

    def ties(self, seekers: Objects, candidates: Objects) -> Floats:
        """Return the number of joint works of each pair, shape (n_seekers, n_candidates)."""
        places = {id_: place for place, id_ in enumerate(candidates)}
        ties = np.zeros((len(seekers), len(candidates)))
        for row, id_ in enumerate(seekers):
            for partner, count in self._partners.get(id_, {}).items():
                if partner in places:
                    ties[row, places[partner]] = count
        return ties


def as_history(
    source: str | Path | pd.DataFrame | OutcomeTable | History | None, before: dt.date | None = None
) -> History | None:
    """Turn whatever a caller has into a history as of a date; None stays None."""
    if source is None or isinstance(source, History):
        return source
    return History.from_log(read_outcomes(source).kept, before)


def _joint_works(rows: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield each joint work once; see `History.from_log`."""
    starts: Counter[tuple[str, str]] = Counter()
    seen: set[tuple[str, str]] = set()
    for one, other, stage in zip(
        rows[Outcome.SEEKER], rows[Outcome.CANDIDATE], rows[Outcome.STAGE], strict=True
    ):
        pair = (min(one, other), max(one, other))
        seen.add(pair)
        starts[pair] += stage in ("agreed", "renewed")
    for pair in sorted(seen):
        yield from itertools.repeat(pair, max(starts[pair], 1))


def _kind(headers: list[str], source: object) -> str:
    """Tell pair rows from group rows by their headers."""
    if {Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE, Outcome.DATE} <= set(headers):
        return "pair"
    if {LEAD, PARTNERS, Outcome.DATE} <= set(headers):
        return "group"
    named = source if isinstance(source, str | Path) else "the outcomes"
    raise OutcomeError(
        f"{named} must have the columns seeker, candidate, stage, date (pair rows) or id, date, lead, "
        f"partners (group rows); got {', '.join(headers) or 'none'}. Rename the columns."
    )


def _checked(record: Mapping[str, object], kind: str, today: dt.date, found: Findings) -> list[Row]:
    """Return the pair rows of one record; none, and its problems noted, where it is broken."""
    problems = len(found.problems)
    found.column = Outcome.DATE
    date = read_past_date(record[Outcome.DATE], today, found)
    if date is None and len(found.problems) == problems:
        found.reject("must be given", record[Outcome.DATE])
    rows = _pair_row(record, found) if kind == "pair" else _group_rows(record, found)
    if len(found.problems) > problems:
        return []
    return [{**row, Outcome.DATE: date} for row in rows]


def _pair_row(record: Mapping[str, object], found: Findings) -> list[Row]:
    row: Row = {column: _id(record, column, found) for column in (Outcome.SEEKER, Outcome.CANDIDATE)}
    if row[Outcome.SEEKER] and row[Outcome.SEEKER] == row[Outcome.CANDIDATE]:
        found.reject("must differ from the seeker", row[Outcome.CANDIDATE])
    found.column = Outcome.STAGE
    row[Outcome.STAGE] = _text(record[Outcome.STAGE]).casefold()
    if row[Outcome.STAGE] not in STAGES:
        found.reject(f"must be one of {', '.join(STAGES)}", record[Outcome.STAGE])
    for column in (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING):
        found.column = column
        row[column] = _rating(record.get(column), found)
    return [row]


def _group_rows(record: Mapping[str, object], found: Findings) -> list[Row]:
    members = sorted({_text(member) for member in [record[LEAD], *_members(record[PARTNERS])]} - {""})
    if not members:
        found.column = LEAD
        found.reject("group must have a lead or partners", "")
    return [
        {Outcome.SEEKER: one, Outcome.CANDIDATE: other, Outcome.STAGE: "agreed"}
        for one, other in itertools.combinations(members, 2)
    ]


def _id(record: Mapping[str, object], column: Outcome, found: Findings) -> str:
    found.column = column
    text = _text(record[column])
    if not text:
        found.reject("must be given", record[column])
    return text


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
    """Return a cell as text; "" where it is empty. Whole floats, as spreadsheets give, lose the '.0'."""
    if value is None or (isinstance(value, float) and np.isnan(value)) or value is pd.NaT:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _frame(rows: list[Row]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(Outcome))
    frame[Outcome.DATE] = pd.to_datetime(frame[Outcome.DATE])
    for column in (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING):
        frame[column] = frame[column].astype(np.float64)
    return frame
