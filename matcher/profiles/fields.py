"""What each column holds: the reader of its cells, and the checks of the whole table."""

import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import FLAGS, LISTS, NUMBERS, RESOURCES, SUBSTANCE, TEXTS, Profile
from matcher.profiles.layout import Layout, guess_column
from matcher.profiles.resources import read_claims, read_resources
from matcher.profiles.vocabulary import SHORT, kind_of, language_of, languages_of, meaning_of
from matcher.tables.cells import FORMULA_SIGNS, literal_items, split_items, unbullet, unescape
from matcher.tables.dates import date_order, read_date
from matcher.tables.numbers import currencies_of, money_column, read_currency, read_quantity, read_year
from matcher.tables.raw import Formula, RawTable
from matcher.tables.values import (
    LARGEST_EXACT,
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
    shown,
)

CellReader = Callable[[Any, Findings], Any]
_REQUIRED: Final = (
    Profile.ID, Profile.NAME, Profile.EXCLUDES, Profile.FLAG, Profile.LEAD, Profile.MUST, Profile.NEVER
)  # fmt: skip
"""Columns of which an unreadable cell rejects the record: its name, and what rules depend on."""
_COMMA_LISTS: Final = (Profile.SECTOR, Profile.PRODUCTS, Profile.MARKETS, Profile.VALUES)
"""Lists of which an item may hold a comma: it separates where the rest of the column shows it."""
_NO_ANSWERS: Final = (
    *NUMBERS, Profile.UPDATED, Profile.COUNTRY, Profile.REGION, Profile.LANGUAGES, Profile.CHANNELS,
    Profile.EXCLUDES, Profile.FLAG, Profile.LEAD,
)  # fmt: skip
"""Columns in which ``no`` or ``0`` may be content: the code of Norway, an id, a number."""
_COMMA: Final = re.compile(r"\s*(?:,|\s/\s)\s*(?:(?:dan|and|serta|&)\s+)?")
_NO_LIST: Final = re.compile(r"[(&]|\b(?:dan|and|serta)\b", re.IGNORECASE)
_AS_SEPARATORS: Final = "commas read as separators; write semicolons to be sure"
_LONGEST_PART: Final = 4  # words of a part between commas up to which it may be an item
_AND: Final = re.compile(
    r"\s*[,/&+|]\s*(?:(?:dan|and|serta)\s+)?|\s+(?:dan|and|serta|or|atau|&|-|–)\s+", re.IGNORECASE
)
_FIRST_YEAR = 1000  # earliest year in which an organisation may have been founded
_NOT_UNIQUE: Final = "must be unique"
_NOT_ORDERED: Final = "must be capacity_min or more"
_EMPTIED: Final = (*NUMBERS, Profile.UPDATED)  # columns of which a value that fails a check is left empty
_VALUED: Final = (*_EMPTIED, Profile.FLAG)  # whose bad value a reason may repeat: it is no text of a profile
_EMPTY: Final[Mapping[Profile, Any]] = {
    **dict.fromkeys((*LISTS, *RESOURCES, Profile.EVIDENCE), ()),
    **dict.fromkeys(NUMBERS, math.nan),
    Profile.UPDATED: None,
    Profile.FLAG: "none",
}
"""Value of the empty cells of a column other than a text."""
_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")


def _cell_reader(
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
    if column in _COMMA_LISTS:
        known = _comma_items(cells, found)
        return lambda value, found: _read_list(value, found, known)
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


def _read_list(value: object, found: Findings, known: frozenset[str] | None = None) -> tuple[str, ...]:
    """Read a list of texts, each once; with `known` items between commas, also what is divided by commas."""
    items, text = as_list(value), ""
    if items is None:
        text = narrow(read_text(value, found))
        items = literal_items(text)
    if items is not None:
        read = [narrow(read_text(item, found)) for item in items if not is_missing(item)]
    else:
        read = [unescape(item) for item in split_items(re.sub(r"[|\t]", "\n", text))]
        is_only = len(read) == 1 and not text.endswith(";")
        if known is not None:
            read = [part for item in read for part in _at_commas(item, known, found, is_only=is_only)]
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


def _comma_items(cells: Sequence[object], found: Findings) -> frozenset[str]:
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
    """Read languages as ISO 639 codes; unknown ones are kept only beside known ones, both with a note."""
    read, unknown = list[str](), list[str]()
    for item in _read_list(value, found):
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
                unknown += (codes := [name.lower()])
            read += codes
    is_kept = len(read) > len(unknown)
    kept = "unknown language kept; use a code of ISO 639-1 such as id or en"
    empty = "unknown language, read as empty; use a code of ISO 639-1 such as id or en"
    for name in unknown:
        found.note(kept if is_kept else empty, name)
    return tuple(dict.fromkeys(read)) if is_kept else ()


def _read_channels(value: object, found: Findings) -> tuple[str, ...]:
    """Read channels; without a semicolon, commas separate them, and slashes and "and" between short ones."""
    items = _read_list(value, found)
    if len(items) != 1 or "://" in items[0] or re.search("[(]|[0-9]/[0-9]", items[0]):
        return items
    for pattern, longest in ((_COMMA, 3), (_AND, 2)):
        parts = [part for item in items for part in pattern.split(item) if part]
        empty = [part for part in parts if has_no_content(Profile.CHANNELS, part)]
        filled = [part for part in parts if part not in empty]
        if filled and all(len(part) > 1 and len(part.split()) <= longest for part in filled):
            items = tuple(dict.fromkeys(filled))
            for part in empty:
                found.read_as_empty(part)
    return items


def _read_kind(value: object, found: Findings) -> str:
    kind, is_word = kind_of(text := read_text(value, found))
    if not is_word:
        found.note(f"read as {kind}, by a word in it", text)
    if text and kind is None:
        found.note("unknown kind, read as other; use business, education, social, public or other", text)
    return kind or ("other" if text else "")


def _read_flag(value: object, found: Findings) -> str:
    text = read_text(value, found)
    return meaning_of(text, "flags") or text or "none"  # an unknown one is rejected by the checks


def _read_label(value: object, found: Findings) -> str:
    """Read an id or a name; one that a spreadsheet could take for a formula gets a note."""
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS) and value.strip():
        found.note("looks like a spreadsheet formula; kept as text", value)
    return read_text(value, found)


_READERS: Final[dict[Profile, CellReader]] = {
    **dict.fromkeys(LISTS, _read_list),
    **dict.fromkeys(RESOURCES, read_resources),
    **dict.fromkeys(NUMBERS, read_quantity),
    **dict.fromkeys(TEXTS, read_free_text),
    Profile.ID: _read_label,
    Profile.NAME: _read_label,
    Profile.KIND: _read_kind,
    Profile.LANGUAGES: read_languages,
    Profile.CHANNELS: _read_channels,
    Profile.FOUNDED: read_year,
    Profile.CURRENCY: read_currency,
    Profile.FLAG: _read_flag,
    Profile.LEAD: read_text,
}


def _rules(
    frame: pd.DataFrame, today: dt.date, required: bool
) -> Iterator[tuple[str, "pd.Series[bool]", str]]:
    """Yield the column, whether each record fails, and the reason, for one rule after the other."""
    if required:
        ids = frame[Profile.ID]
        yield Profile.ID, ids == "", "must be filled"
        yield Profile.NAME, frame[Profile.NAME] == "", "must be filled"
        yield Profile.ID, ids.duplicated() & (ids != ""), _NOT_UNIQUE
    yield Profile.FLAG, ~frame[Profile.FLAG].isin(FLAGS), f"must be one of {', '.join(FLAGS)}"
    for column in (Profile.STAFF, Profile.BUDGET, Profile.CAPACITY_MIN, Profile.CAPACITY_MAX):
        yield column, frame[column] < 0, "must be 0 or more"
    founded = frame[Profile.FOUNDED]
    no_year = founded.notna() & ~(founded.between(_FIRST_YEAR, today.year) & (founded % 1 == 0))
    yield Profile.FOUNDED, no_year, f"must be a year from {_FIRST_YEAR} to {today.year}"
    yield Profile.CAPACITY_MAX, frame[Profile.CAPACITY_MIN] > frame[Profile.CAPACITY_MAX], _NOT_ORDERED
    future = frame[Profile.UPDATED] > pd.Timestamp(today)
    yield Profile.UPDATED, future, f"must not be in the future (today is {today})"
    yield ", ".join(SUBSTANCE), _is_bare(frame), f"must fill one of {', '.join(SUBSTANCE)}"


def _is_bare(frame: pd.DataFrame) -> "pd.Series[bool]":
    return ~frame[list(SUBSTANCE)].map(bool).any(axis=1)


def _read_extra(raw: RawTable, position: int) -> "pd.Series[Any]":
    """Read an extra column: as float64 if all are numbers, else as tuples (of lists), texts, or as it is."""
    cells = enumerate(raw.columns[position])
    values = [None if row in raw.broken else _clean(cell, row, raw.found) for row, cell in cells]
    filled = [value for value in values if value is not None]
    if filled and all(_is_number(value, raw.typed) for value in filled):
        return pd.Series([np.nan if value is None else float(value) for value in values], dtype="float64")
    if any(isinstance(value, tuple) for value in filled):
        values = [() if one is None else one if isinstance(one, tuple) else (one,) for one in values]
    elif all(isinstance(value, str) for value in filled):
        values = ["" if value is None else value for value in values]
    return pd.Series(values, dtype=object)


def _clean(cell: Any, row: int, found: Findings) -> Any:
    found.row = row
    cell = _without_formula(cell, found)
    if is_missing(cell):
        return None
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
    return tuple(value for item in items if (value := _clean(item, row, found)) is not None)


def _is_number(value: object, typed: bool) -> bool:
    if isinstance(value, str):
        return not typed and _PLAIN_NUMBER.fullmatch(value) is not None
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        return False
    return not isinstance(value, int) or abs(value) <= LARGEST_EXACT


def read_records(raw: RawTable, layout: Layout, today: dt.date, required: bool) -> pd.DataFrame:
    """Read all cells and check all records, also the rejected ones; what is wrong is in `raw.found`."""
    found = raw.found
    series: dict[str, pd.Series[Any]] = {}
    for column in Profile:
        found.is_optional = required and column not in _REQUIRED
        values = _read_column(raw, layout.known.get(column), column, today)
        series[column.value] = pd.Series(values, dtype="float64" if column in NUMBERS else object)
    series[Profile.UPDATED] = pd.to_datetime(series[Profile.UPDATED]).astype("datetime64[ns]")
    if (position := layout.known.get(Profile.BUDGET)) is not None:
        stated = pd.Series(currencies_of(raw.headers[position], raw.columns[position]), dtype=object)
        is_open = (series[Profile.CURRENCY] == "") & series[Profile.BUDGET].notna()
        series[Profile.CURRENCY] = series[Profile.CURRENCY].mask(is_open, stated)
    unused = [column for column in Profile if column not in layout.known]
    found.is_optional = required
    for header, position in layout.extras.items():
        guess = guess_column(header, unused)
        meant = f"; if it holds {guess}, rename it so" if guess else ""
        found.note_column(header, f"unknown column, kept as an extra{meant}")
        found.column = header
        series[header] = _read_extra(raw, position)
    for column_read, texts in found.no_content.items():
        words = ", ".join(f"{count} x {text!r}" for text, count in texts.most_common(5))
        found.note_column(column_read, f"read as empty, for it says nothing: {words}")
    frame = pd.DataFrame(series)
    failed = _failed(frame, raw, layout, today, required)
    if not required:  # of a single profile every problem counts, for its caller sees no notes
        found.problems += failed
        return frame
    is_bare = _is_bare(frame)
    lacking = {one for one in found.left_empty if one.column in SUBSTANCE and is_bare[one.row]}
    emptied = [one for one in failed if one.column in _EMPTIED]
    for one in emptied:
        frame.loc[one.row, one.column] = pd.NaT if one.column == Profile.UPDATED else math.nan
        if one.reason.startswith(_NOT_ORDERED):
            frame.loc[one.row, str(Profile.CAPACITY_MIN)] = math.nan
    found.problems += [*lacking, *(one for one in failed if one.column not in _EMPTIED)]
    found.left_empty = emptied + [one for one in found.left_empty if one not in lacking]
    return frame


def _read_column(raw: RawTable, position: int | None, column: Profile, today: dt.date) -> list[Any]:
    empty, found = _EMPTY.get(column, ""), raw.found
    if position is None:
        return [empty] * len(raw)
    found.column = column.value
    read = _cell_reader(column, today, raw.headers[position], raw.columns[position], found)
    skipped = set() if column == Profile.ID else raw.broken
    values = []
    known: dict[object, Any] = {"": empty}  # texts in which nothing was found: many are repeated
    for row, cell in enumerate(raw.columns[position]):
        is_text, value = type(cell) is str, empty
        if is_text and cell in known and row not in skipped:
            value = known[cell]
        elif row not in skipped and (is_text or not is_missing(cell)):
            found.row, before = row, found.n_of_cells
            if not (is_empty := has_no_content(column, cell)):
                bare = _without_formula(cell, found)
                value = empty if bare is None else read(bare, found)
                # but for markup
                is_empty = isinstance(value, str) and value != cell and has_no_content(column, value)
            if is_empty:
                found.read_as_empty(str(cell))
                value = empty
            elif is_text and found.n_of_cells == before:
                known[cell] = value
        values.append(value)
    return values


def _without_formula(cell: object, found: Findings) -> object:
    """Return a cell; None for a formula without a stored value, which is rejected as an unreadable cell."""
    if not isinstance(cell, Formula):
        return cell
    found.reject(
        "formula was never computed; open the workbook in a spreadsheet program and save it", cell.text
    )
    return None


def _failed(
    frame: pd.DataFrame, raw: RawTable, layout: Layout, today: dt.date, required: bool
) -> list[Finding]:
    """Check all records; what only follows from a cell that could not be read is no problem of its own."""
    unread = {(one.row, one.column) for one in raw.found.problems + raw.found.left_empty}
    lines = dict(zip(reversed(frame[Profile.ID].tolist()), reversed(raw.lines), strict=True))
    problems = []
    for column, fails, reason in _rules(frame, today, required):
        position = {str(one): at for one, at in layout.known.items()}.get(column)  # none of several columns
        for row in map(int, np.flatnonzero(fails)):
            is_unread = row in raw.broken and reason != _NOT_UNIQUE
            if not is_unread and not any((row, name) in unread for name in column.split(", ")):
                cell = None if position is None else raw.columns[position][row]
                value = "" if is_missing(cell) else shown(cell)
                problems.append(Finding(row, column, value, _worded(reason, column, frame, row, lines)))
    return sorted(problems)


def _worded(reason: str, column: str, frame: Any, row: int, lines: Mapping[Any, int]) -> str:
    value = frame.at[row, column] if column in frame else None
    if reason == _NOT_UNIQUE:
        return f"id already used on line {lines[value]}"
    if column not in _VALUED:
        return reason
    got = f"{value:.15g}" if isinstance(value, float) else str(value)[:SHORT].removesuffix(" 00:00:00")
    if reason == _NOT_ORDERED:
        got = f"{got}, capacity_min is {frame.at[row, Profile.CAPACITY_MIN]:.15g}"
    return f"{reason}; got {got}"
