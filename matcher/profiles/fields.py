"""What each column holds: the reader of its cells, and the checks of the whole table."""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from matcher.columns import FLAGS, LISTS, NUMBERS, RESOURCES, SUBSTANCE, TEXTS, Profile
from matcher.profiles.resources import read_claims, read_resources
from matcher.profiles.vocabulary import language_of, meaning_of
from matcher.tables.cells import FORMULA_SIGNS, split_items, unescape
from matcher.tables.values import (
    Findings,
    as_list,
    clean_text,
    is_missing,
    read_amount,
    read_date,
    read_free_text,
    read_text,
)

Rule = tuple[str, "pd.Series[bool]", str]
CellReader = Callable[[Any, Findings], Any]


def cell_reader(column: Profile, today: dt.date) -> CellReader:
    """Return the reader of a column's filled cells."""
    if column == Profile.EVIDENCE:
        return lambda value, found: read_claims(value, today, found)
    return _READERS[column]


def empty_value(column: Profile) -> Any:
    """Return the value of a column's empty cells."""
    if column in LISTS or column in RESOURCES or column == Profile.EVIDENCE:
        return ()
    if column in NUMBERS:
        return math.nan
    return {Profile.UPDATED: None, Profile.FLAG: "none"}.get(column, "")


def series_of(column: Profile, values: list[Any]) -> "pd.Series[Any]":
    """Build the canonical series: float64, datetime64[ns], or objects (plain text and tuples)."""
    if column in NUMBERS:
        return pd.Series(values, dtype="float64")
    if column == Profile.UPDATED:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object))).astype("datetime64[ns]")
    return pd.Series(values, dtype=object)


def read_list(value: object, found: Findings) -> tuple[str, ...]:
    """Read a list of texts; repeated items are taken once."""
    items = as_list(value)
    if items is None:
        read = [unescape(item) for item in split_items(read_text(value, found))]
    else:
        read = [read_text(item, found) for item in items if not is_missing(item)]
    return tuple(dict.fromkeys(item for item in read if item))


def read_languages(value: object, found: Findings) -> tuple[str, ...]:
    """Read languages as ISO 639-1 codes; commas divide them too; unknown ones are kept with a note."""
    names = [name.strip() for item in read_list(value, found) for name in item.split(",")]
    return tuple(dict.fromkeys(_language(name, found) for name in names if name))


def _language(name: str, found: Findings) -> str:
    code = language_of(name)
    if code is None:
        found.note("unknown language kept; use a code of ISO 639-1 such as id or en", name)
        return name.lower()
    return code


def read_kind(value: object, found: Findings) -> str:
    """Read the kind of organisation; an unknown one becomes "other", with a note."""
    text = read_text(value, found)
    kind = meaning_of(text, "kinds")
    if text and kind is None:
        found.note("unknown kind, read as other; use business, education, social, public or other", text)
        return "other"
    return kind or ""


def read_flag(value: object, found: Findings) -> str:
    """Read the flag; an unknown one is kept for the checks to reject."""
    text = read_text(value, found)
    return meaning_of(text, "flags") or text or "none"


def read_label(value: object, found: Findings) -> str:
    """Read an id or a name; one that a spreadsheet could take for a formula gets a note."""
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS) and value.strip():
        found.note("looks like a spreadsheet formula; kept as text", value)
    return read_text(value, found)


_READERS: Final[dict[Profile, CellReader]] = {
    **dict.fromkeys(LISTS, read_list),
    **dict.fromkeys(RESOURCES, read_resources),
    **dict.fromkeys(NUMBERS, read_amount),
    **dict.fromkeys(TEXTS, read_free_text),
    Profile.ID: read_label,
    Profile.NAME: read_label,
    Profile.KIND: read_kind,
    Profile.LANGUAGES: read_languages,
    Profile.FLAG: read_flag,
    Profile.LEAD: read_text,
    Profile.UPDATED: read_date,
}

FIRST_YEAR = 1000
"""Earliest year in which an organisation may have been founded."""

NOT_UNIQUE = "must be unique"
"""Reason of a repeated id."""

NOT_ORDERED = "must be capacity_min or more"
"""Reason of a largest capacity below the smallest."""


class Failure(NamedTuple):
    """One check that one record failed."""

    row: int
    column: str
    reason: str


def check_table(frame: pd.DataFrame, today: dt.date, required: bool) -> list[Failure]:
    """Check all records of a canonical table; `required`: id and name must be filled, and ids unique.

    A repeated id fails at all but its first record.
    """
    rules = _rules(frame, today, required)
    return sorted(
        Failure(int(row), column, reason) for column, fails, reason in rules for row in np.flatnonzero(fails)
    )


def _rules(frame: pd.DataFrame, today: dt.date, required: bool) -> Iterator[Rule]:
    """Yield the column, whether each record fails, and the reason, for one rule after the other."""
    if required:
        yield Profile.ID, frame[Profile.ID] == "", "must be filled"
        yield Profile.NAME, frame[Profile.NAME] == "", "must be filled"
        yield Profile.ID, frame[Profile.ID].duplicated(), NOT_UNIQUE
    yield Profile.FLAG, ~frame[Profile.FLAG].isin(FLAGS), f"must be one of {', '.join(FLAGS)}"
    for column in (Profile.STAFF, Profile.BUDGET, Profile.CAPACITY_MIN, Profile.CAPACITY_MAX):
        yield column, frame[column] < 0, "must be 0 or more"
    founded = frame[Profile.FOUNDED]
    no_year = founded.notna() & ~(founded.between(FIRST_YEAR, today.year) & (founded % 1 == 0))
    yield Profile.FOUNDED, no_year, f"must be a year from {FIRST_YEAR} to {today.year}"
    unordered = frame[Profile.CAPACITY_MIN] > frame[Profile.CAPACITY_MAX]
    yield Profile.CAPACITY_MAX, unordered, NOT_ORDERED
    future = frame[Profile.UPDATED] > pd.Timestamp(today)
    yield Profile.UPDATED, future, f"must not be in the future (today is {today})"
    empty = ~frame[list(SUBSTANCE)].map(bool).any(axis=1)
    yield ", ".join(SUBSTANCE), empty, f"must fill one of {', '.join(SUBSTANCE)}"


_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST_EXACT: Final = 2**53


def read_extra(cells: list[Any], typed: bool, found: Findings) -> "pd.Series[Any]":
    """Read an extra column, whose cells may have types (`typed`) or be all texts.

    float64 (NaN where empty) if all cells are numbers, also plain ones written as text; else objects: lists
    are tuples (() where empty), texts "" where empty, anything else as it was, None where empty. Texts that
    are too long or hold control characters are problems.
    """
    values = [_clean(cell, row, found) for row, cell in enumerate(cells)]
    filled = [value for value in values if value is not None]
    if filled and all(_is_number(value, typed) for value in filled):
        return pd.Series([np.nan if value is None else float(value) for value in values], dtype="float64")
    if any(isinstance(value, tuple) for value in filled):
        values = [
            value if isinstance(value, tuple) else () if value is None else (value,) for value in values
        ]
    elif all(isinstance(value, str) for value in filled):
        values = ["" if value is None else value for value in values]
    return pd.Series(values, dtype=object)


def _clean(cell: Any, row: int, found: Findings) -> Any:
    if is_missing(cell):
        return None
    if isinstance(cell, str):
        found.row = row
        return clean_text(cell, found) or None
    items = as_list(cell)
    if items is None:
        return cell.item() if isinstance(cell, np.generic) else cell
    return tuple(value for item in items if (value := _clean(item, row, found)) is not None)


def _is_number(value: object, typed: bool) -> bool:
    if isinstance(value, str):
        return not typed and _PLAIN_NUMBER.fullmatch(value) is not None
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    return not isinstance(value, int) or abs(value) <= _LARGEST_EXACT
