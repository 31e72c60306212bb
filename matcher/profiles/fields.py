"""What each column holds: the reader of its cells, and the checks of the whole table."""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import FLAGS, LISTS, NUMBERS, RESOURCES, SUBSTANCE, TEXTS, Profile
from matcher.profiles.resources import read_claims, read_resources
from matcher.profiles.vocabulary import kind_of, language_of, languages_of, meaning_of
from matcher.tables.cells import FORMULA_SIGNS, literal_items, split_items, unbullet, unescape
from matcher.tables.dates import date_order, read_date
from matcher.tables.numbers import money_column, read_currency, read_quantity, read_year
from matcher.tables.values import (
    LONGEST_PLACEHOLDER,
    Finding,
    Findings,
    as_list,
    clean_text,
    fold,
    is_deep,
    is_error,
    is_missing,
    is_placeholder,
    narrow,
    read_free_text,
    read_text,
)

Rule = tuple[str, "pd.Series[bool]", str]
CellReader = Callable[[Any, Findings], Any]


REQUIRED: Final = (
    Profile.ID, Profile.NAME, Profile.EXCLUDES, Profile.FLAG, Profile.LEAD, Profile.MUST, Profile.NEVER
)  # fmt: skip
"""Columns of which an unreadable cell rejects the record: its name, and what rules depend on."""
COMMA_LISTS: Final = (Profile.SECTOR, Profile.PRODUCTS, Profile.MARKETS, Profile.VALUES)
"""Lists of which an item may hold a comma: it separates where the rest of the column shows it."""
_NO_ANSWERS: Final = (
    *NUMBERS, Profile.UPDATED, Profile.COUNTRY, Profile.REGION, Profile.LANGUAGES, Profile.CHANNELS,
    Profile.EXCLUDES, Profile.FLAG, Profile.LEAD,
)  # fmt: skip
"""Columns in which ``no`` or ``0`` may be content: the code of Norway, an id, a number."""
_COMMA: Final = re.compile(r"\s*(?:,|\s/\s)\s*(?:(?:dan|and|serta|&)\s+)?")
_NO_LIST: Final = re.compile(r"[(&]|\b(?:dan|and|serta)\b", re.IGNORECASE)
_AS_SEPARATORS: Final = "commas read as separators; write semicolons to be sure"
_LONGEST_PART: Final = 4
"""Words of a part between commas up to which it may be an item."""
_AND: Final = re.compile(
    r"\s*[,/&+|]\s*(?:(?:dan|and|serta)\s+)?|\s+(?:dan|and|serta|or|atau|&|-|–)\s+", re.IGNORECASE
)
FIRST_YEAR = 1000  # earliest year in which an organisation may have been founded
NOT_UNIQUE: Final = "must be unique"
NOT_ORDERED: Final = "must be capacity_min or more"
_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST_EXACT: Final = 2**53


def cell_reader(
    column: Profile, today: dt.date, header: str, cells: Sequence[object], found: Findings
) -> CellReader:
    """Return the reader of a column's filled cells, which may depend on the header and on the other cells."""
    if column in (Profile.EVIDENCE, Profile.UPDATED):
        order = date_order(cells, found)
        if column == Profile.EVIDENCE:
            return lambda value, found: read_claims(value, today, found, order)
        return lambda value, found: read_date(value, found, order)
    if column == Profile.BUDGET:
        money = money_column(header, cells, found)
        return lambda value, found: read_quantity(value, found, money)
    if column in COMMA_LISTS:
        known = comma_items(cells, found)
        return lambda value, found: read_list(value, found, known)
    return _READERS[column]


def has_no_content(column: str, cell: object) -> bool:
    """Return whether a filled cell says nothing, such as ``-``, ``n/a`` or ``belum ada``."""
    text = cell if isinstance(cell, str) else "0" if type(cell) in (int, float, bool) and not cell else ""
    if not 0 < len(text) <= LONGEST_PLACEHOLDER or is_error(text.strip()):
        return False  # an error is reported as such
    if column in (Profile.ID, Profile.NAME):
        return is_placeholder(text, is_name=True)
    is_flag = column == Profile.FLAG and ("?" in text or meaning_of(text, "flags"))
    if is_flag or (column == Profile.COUNTRY and text.strip() == "NA"):
        return False
    return is_placeholder(text, is_answer=column not in _NO_ANSWERS)


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


def read_list(value: object, found: Findings, known: frozenset[str] | None = None) -> tuple[str, ...]:
    """Read a list of texts, each once; items without content are left out.

    With `known`, an item is divided at its commas if every part, folded, is known, or all look like items.
    """
    items = as_list(value)
    if items is None:
        text = narrow(read_text(value, found))
        items = literal_items(text)
        read = [unescape(item) for item in split_items(re.sub(r"[|\t]", "\n", text))] if items is None else []
        if known is not None:
            read = [part for item in read for part in _at_commas(item, known, found, is_only=len(read) == 1)]
    if items is not None:
        read = [narrow(read_text(item, found)) for item in items if not is_missing(item)]
    kept = []
    for item in map(unbullet, read):
        if item and (is_error(item) or has_no_content(found.column, item)):
            found.read_as_empty(item)
        elif item:
            kept.append(item)
    return tuple(dict.fromkeys(kept))


def _at_commas(item: str, known: frozenset[str], found: Findings, *, is_only: bool) -> list[str]:
    parts = [part for part in _COMMA.split(item) if part]
    if len(parts) > 1 and all(fold(part) in known for part in parts):
        return parts
    is_short = len(parts) > 2 and all(len(part.split()) <= 2 for part in parts)
    if not is_only or not is_short or _NO_LIST.search(item):
        return [item]
    found.note(_AS_SEPARATORS, item)
    return parts


def comma_items(cells: Sequence[object], found: Findings) -> frozenset[str]:
    """Return the folded items of a column between which a comma separates: single items of other cells.

    All, with a note, where no cell has another separator and two or more hold commas between short parts.
    """
    texts = [cell for cell in cells if isinstance(cell, str) and cell.strip()]
    lists = [_COMMA.split(text) for text in texts if _COMMA.search(text)]
    if not lists:
        return frozenset()
    is_other = any(";" in text or "\n" in text or "(" in text for text in texts)
    is_short = all(0 < len(part.split()) <= _LONGEST_PART for parts in lists for part in parts if part)
    if len(lists) > 1 and is_short and not is_other:
        found.note_column(found.column, _AS_SEPARATORS)
        return frozenset(fold(part) for parts in (*lists, texts) for part in parts)
    return frozenset(fold(item) for text in texts for item in split_items(text) if not _COMMA.search(item))


def read_languages(value: object, found: Findings) -> tuple[str, ...]:
    """Read languages as ISO 639 codes, however they are separated.

    An unknown one is kept beside known ones, and left out where none is known: nothing is then known of the
    languages. Both with a note.
    """
    read: list[str] = []
    unknown = []
    for item in read_list(value, found):
        item = item.rpartition(":")[2] if language_of(item) is None else item
        bare = re.sub(r"\([^()]*\)", " ", item).strip() or item.strip("() ")
        inside = item.partition("(")[2].strip(") ")
        if inside and not languages_of(bare) and any(map(languages_of, _AND.split(inside))):
            bare = inside
        for name in [bare] if language_of(bare) else _AND.split(bare):
            codes = languages_of(name)
            if codes and language_of(name) is None:
                found.note(f"read as {', '.join(codes)}", name)
            if not codes and name:
                unknown.append(codes := [name.lower()])
            read.extend(codes)
    is_kept = len(read) > len(unknown)
    kept = "unknown language kept; use a code of ISO 639-1 such as id or en"
    empty = "unknown language, read as empty; use a code of ISO 639-1 such as id or en"
    for [name] in unknown:
        found.note(kept if is_kept else empty, name)
    return tuple(dict.fromkeys(read)) if is_kept else ()


def read_channels(value: object, found: Findings) -> tuple[str, ...]:
    """Read channels; without a semicolon, commas separate them, and slashes and "and" between short ones."""
    items = read_list(value, found)
    if len(items) == 1 and "://" not in items[0] and not re.search("[(]|[0-9]/[0-9]", items[0]):
        for pattern, longest in ((_COMMA, 3), (_AND, 2)):
            parts = [part for item in items for part in pattern.split(item) if part]
            filled = [part for part in parts if not has_no_content(Profile.CHANNELS, part)]
            if filled and all(len(part) > 1 and len(part.split()) <= longest for part in filled):
                items = tuple(dict.fromkeys(filled))
                for part in parts:
                    if part not in filled:
                        found.read_as_empty(part)
    return items


def read_kind(value: object, found: Findings) -> str:
    """Read the kind of organisation; an unknown one becomes "other", with a note."""
    text = read_text(value, found)
    kind, is_word = kind_of(text)
    if not is_word:
        found.note(f"read as {kind}, by a word in it", text)
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
    **dict.fromkeys(NUMBERS, read_quantity),
    **dict.fromkeys(TEXTS, read_free_text),
    Profile.ID: read_label,
    Profile.NAME: read_label,
    Profile.KIND: read_kind,
    Profile.LANGUAGES: read_languages,
    Profile.CHANNELS: read_channels,
    Profile.FOUNDED: read_year,
    Profile.CURRENCY: read_currency,
    Profile.FLAG: read_flag,
    Profile.LEAD: read_text,
}


def check_table(frame: pd.DataFrame, today: dt.date, required: bool) -> list[Finding]:
    """Check all records of a canonical table; `required`: id and name must be filled, ids unique."""
    rules = _rules(frame, today, required)
    return sorted(
        Finding(int(row), column, "", reason)
        for column, fails, reason in rules
        for row in np.flatnonzero(fails)
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


def read_extra(cells: list[Any], typed: bool, found: Findings) -> "pd.Series[Any]":
    """Read an extra column, whose cells may have types (`typed`) or be all texts.

    float64 if all are numbers, also plain ones in text; else objects: tuples (of lists), texts, or as it is.
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
    found.row = row
    if isinstance(cell, str):
        if is_placeholder(cell, is_name=True):
            found.read_as_empty(cell)
            return None
        return clean_text(cell, found) or None
    items = as_list(cell)
    if items is None:
        return cell.item() if isinstance(cell, np.generic) else cell
    if is_deep(cell):
        found.reject("must not be nested so deeply", "")
        return None
    cleaned = (_clean(item, row, found) for item in items)
    return tuple(value for value in cleaned if value is not None)


def _is_number(value: object, typed: bool) -> bool:
    if isinstance(value, str):
        return not typed and _PLAIN_NUMBER.fullmatch(value) is not None
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    return not isinstance(value, int) or abs(value) <= _LARGEST_EXACT
