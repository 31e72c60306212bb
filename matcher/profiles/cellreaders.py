"""Which reader understands the cells of which column, and what an empty cell means there."""

import datetime as dt
import math
from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from matcher.columns import LISTS, NUMBERS, RESOURCES, TEXTS, Profile
from matcher.profiles.claims import read_claims
from matcher.profiles.resources import read_resources
from matcher.profiles.words import flag_of, kind_of, language_of
from matcher.tables.amounts import read_amount
from matcher.tables.cells import split_items, unescape
from matcher.tables.dates import read_date
from matcher.tables.findings import Findings
from matcher.tables.texts import as_list, is_missing, read_free_text, read_text

CellReader = Callable[[Any, Findings], Any]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def cell_reader(column: Profile, today: dt.date) -> CellReader:
    """Give what reads a filled cell of a column."""
    if column in LISTS:
        return read_languages if column == Profile.LANGUAGES else read_list
    if column in RESOURCES:
        return read_resources
    if column in NUMBERS:
        return read_amount
    if column in TEXTS:
        return read_free_text
    if column == Profile.EVIDENCE:
        return lambda value, found: read_claims(value, today, found)
    return _SINGLE[column]


def empty_value(column: Profile) -> Any:
    """Give what an empty cell of a column becomes."""
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
    series = pd.Series(index=range(len(values)), dtype=object)
    series[:] = values
    return series


def read_list(value: object, found: Findings) -> tuple[str, ...]:
    """Read a list of texts; repeated items are taken once."""
    items = as_list(value)
    if items is None:
        text = read_text(value, found)
        read = (unescape(item) for item in split_items(text))
    else:
        read = (read_text(item, found) for item in items if not is_missing(item))
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
    kind = kind_of(text)
    if text and kind is None:
        found.note("unknown kind, read as other; use business, education, social, public or other", text)
        return "other"
    return kind or ""


def read_flag(value: object, found: Findings) -> str:
    """Read the flag; an unknown one is kept for the checks to reject."""
    text = read_text(value, found)
    return flag_of(text) or text or "none"


def read_label(value: object, found: Findings) -> str:
    """Read an id or a name; one that a spreadsheet could take for a formula gets a note."""
    if isinstance(value, str) and value.startswith(_FORMULA) and value.strip():
        found.note("looks like a spreadsheet formula; kept as text", value)
    return read_text(value, found)


_SINGLE: Final[dict[Profile, CellReader]] = {
    Profile.ID: read_label,
    Profile.NAME: read_label,
    Profile.KIND: read_kind,
    Profile.FLAG: read_flag,
    Profile.LEAD: read_text,
    Profile.UPDATED: read_date,
}
