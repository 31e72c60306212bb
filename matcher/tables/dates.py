"""Cells of dates: ISO (also year and month, or year alone) and DD/MM/YYYY."""

import datetime as dt
import re
from typing import Final

import numpy as np

from matcher.tables.findings import Findings
from matcher.tables.texts import is_missing, written_out

EARLIEST: Final = dt.date(1700, 1, 1)
LATEST: Final = dt.date(2261, 12, 31)
"""First and last date that are taken; a column of nanoseconds cannot hold much more."""

_ISO: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)?)?)?"
)
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_FORMS: Final = "YYYY-MM-DD, YYYY-MM, YYYY or DD/MM/YYYY"


def looks_like_date(text: str) -> bool:
    """Say whether a text is written as a date, possible or not."""
    return bool(_ISO.fullmatch(text) or _DAY_FIRST.fullmatch(text))


def parse_date(text: str) -> dt.date:
    """Read a date; a missing month or day is the first one.

    Raises
    ------
    ValueError
        If it is no date or an impossible one, with the reason.
    """
    if iso := _ISO.fullmatch(text):
        year, month, day = iso[1], iso[2] or 1, iso[3] or 1
    elif other := _DAY_FIRST.fullmatch(text):
        day, month, year = other.groups()
    else:
        raise ValueError(f"must be a date as {_FORMS}; got {text[:40]!r}")
    try:
        date = dt.date(int(year), int(month), int(day))
    except ValueError as err:
        raise ValueError(f"must be a possible date; got {text[:40]!r}") from err
    if not EARLIEST <= date <= LATEST:
        raise ValueError(f"must be from {EARLIEST} to {LATEST}; got {date}")
    return date


def read_date(value: object, found: Findings) -> dt.date | None:
    """Read a cell that holds a date; None where it is empty or rejected. The future is not checked here."""
    if is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    try:
        if isinstance(value, dt.datetime):
            return parse_date(value.date().isoformat())
        text = None if isinstance(value, bool) else written_out(value)
        if text is None:
            raise ValueError(f"must be a date as {_FORMS}; got {type(value).__name__}")
        return parse_date(text.strip()) if text.strip() else None
    except ValueError as err:
        found.reject(str(err), value)
        return None


def read_past_date(value: object, today: dt.date, found: Findings) -> dt.date | None:
    """Read a cell that holds a date up to today; None where it is empty or rejected."""
    date = read_date(value, found)
    if date is not None and date > today:
        found.reject(f"must not be in the future; got {date}, today is {today}", value)
        return None
    return date
