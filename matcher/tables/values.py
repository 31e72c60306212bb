"""Cells of texts, numbers and dates: what is read, and the findings about what is not."""

import datetime as dt
import math
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
import pandas as pd

from matcher.columns import Rejection

SHOWN: Final = 200
"""Longest value, in characters, that a table of rejections shows."""

_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Finding(NamedTuple):
    """One problem or note: the record's position (-1 = the table), column, value and reason."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Findings:
    """Collects problems and notes; `row` and `column` are those of the cell that is being read."""

    column: str = ""
    row: int = -1
    problems: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def reject(self, reason: str, value: object) -> None:
        """Record a problem with the present cell."""
        self.problems.append(Finding(self.row, self.column, shown(value), reason))

    def note(self, reason: str, value: object) -> None:
        """Record a remark on the present cell."""
        self.notes.append(Finding(self.row, self.column, shown(value), reason))

    def note_column(self, column: str, reason: str) -> None:
        """Record a remark on a whole column; on the whole table where its name is ""."""
        self.notes.append(Finding(-1, column, "", reason))


def shown(value: object) -> str:
    r"""Shorten a value to 200 characters and spell out what cannot be printed.

    Examples
    --------
    >>> shown("a\x07"), len(shown("x" * 500))
    ('a\\x07', 200)
    """
    text = "" if value is None else str(value)[: SHOWN + 1]
    text = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def findings_frame(rows: list[tuple[int, str, str, str, str]]) -> pd.DataFrame:
    """Build a table of rejections or notes from (line, id, column, value, reason)."""
    frame = pd.DataFrame(rows, columns=[column.value for column in Rejection], dtype=object)
    return frame.astype({Rejection.LINE.value: "int64"})


LONGEST: Final = 50_000
"""Longest text of a cell, in characters."""

_BAD: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE: Final = "\u200b\u2060\ufeff"
_EXCEL_ERRORS: Final = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"))
_LARGEST_EXACT: Final = 2.0**53


def clean_text(text: str, found: Findings) -> str | None:
    r"""Clean a text: NFC, stripped, line ends as ``\n``, VT and FF as spaces; None where it is rejected.

    Zero-width signs are stripped from both ends like spaces. Positions in reasons count from 1.
    """
    if len(text) > LONGEST:
        found.reject(f"text must be at most {LONGEST:,} characters; got {len(text):,}", text)
        return None
    if bad := _BAD.search(text):
        kind = "a lone surrogate" if "\ud800" <= bad[0] <= "\udfff" else "a control character"
        reason = f"text must not hold {kind}; got U+{ord(bad[0]):04X} at position {bad.start() + 1}"
        found.reject(reason, text)
        return None
    text = _spaces(text)
    if text.startswith("#") and text in _EXCEL_ERRORS:
        found.reject(f"cell holds the spreadsheet error {text}; mend its formula or empty it", text)
        return None
    return text


def _spaces(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\v" in text or "\f" in text:
        text = text.replace("\v", " ").replace("\f", " ")
    bare = text.strip()
    while bare and (bare[0] in _INVISIBLE or bare[-1] in _INVISIBLE):
        bare = bare.strip(_INVISIBLE).strip()
    return bare


def read_text(value: object, found: Findings) -> str:
    """Read a cell of text; numbers, dates and truth values are written out; "" where it is rejected."""
    if type(value) is not str:
        written = written_out(value)
        if written is None:
            found.reject(f"must be text; got {type(value).__name__}", value)
            return ""
        value = written
    return clean_text(value, found) or ""


def read_free_text(value: object, found: Findings) -> str:
    """Read a cell of free text; a list of texts is joined by ``; ``."""
    items = as_list(value)
    if items is None:
        return read_text(value, found)
    return "; ".join(
        text for text in (read_text(item, found) for item in items if not is_missing(item)) if text
    )


def as_list(value: object) -> list[object] | None:
    """Return the items of a list, tuple, set or array; None for anything else."""
    if isinstance(value, np.ndarray):
        items = value.tolist()
        return items if isinstance(items, list) else [items]
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return list(value) if isinstance(value, (list, tuple)) else None


def is_missing(value: object) -> bool:
    """Return whether a single value is missing: None, NaN, NaT or NA."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, (float, np.floating, np.datetime64)) and bool(value != value)


def written_out(value: object) -> str | None:
    """Write a single value as text: 12.0 as 12, dates as ISO; None for lists, objects and bytes."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return _number_out(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return str(value) if isinstance(value, (dt.date, dt.time, UUID)) else None


def _number_out(value: float | Decimal) -> str | None:
    if not isinstance(value, int):
        number = float(value)
        if math.isfinite(number) and abs(number) < _LARGEST_EXACT and value == int(value):
            return str(int(value))
    try:
        return str(value)
    except ValueError:  # Python refuses to write out integers of more than 4,300 digits
        return None


_PLAIN: Final = re.compile(r"[+-]?[0-9]+(?:[eE][+-]?[0-9]+)?")
_ONE_SIGN: Final = re.compile(r"([+-]?)([0-9]+)([.,])([0-9]+)([eE][+-]?[0-9]+)?")
_GROUPED: Final = re.compile(
    r"([+-]?)([0-9]{1,3}(?:([., \u00a0\u202f])[0-9]{3})(?:\3[0-9]{3})*)(?:([.,])([0-9]+))?"
)
_ADVICE: Final = "write it without a thousands sign"


def read_amount(value: object, found: Findings) -> float:
    """Read a number; NaN where it is rejected.

    ``1.234,56`` and ``1,234.56`` are both read; ``1.234`` and ``1,234`` could be either and are rejected.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str):
        return _from_text(value.strip(), found)
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal)):
        found.reject(f"must be a number; got {type(value).__name__}", value)
        return math.nan
    return _finite(value, found)


def _finite(value: float | Decimal | str, found: Findings) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    found.reject("must be a finite number", value)
    return math.nan


def _from_text(text: str, found: Findings) -> float:
    if not text:
        return math.nan
    if _PLAIN.fullmatch(text):
        return _finite(text, found)
    if one := _ONE_SIGN.fullmatch(text):
        return _from_one_sign(one, found)
    grouped = _GROUPED.fullmatch(text)
    if grouped and grouped[3] != grouped[4]:
        sign, groups, _, _, decimals = grouped.groups()
        digits = re.sub(r"[^0-9]", "", groups)
        return _finite(f"{sign}{digits}.{decimals or 0}", found)
    found.reject(f"must be a number; got {text[:40]!r}: write digits only, or leave it empty", text)
    return math.nan


def _from_one_sign(one: re.Match[str], found: Findings) -> float:
    sign, whole, _, decimals, power = one.groups()
    both_ways = len(decimals) == 3 and len(whole) <= 3 and not whole.startswith("0") and not power
    if both_ways:
        reading = f"{whole}{decimals} or {whole}.{decimals}0"
        found.reject(f"must be one number; got {one[0]!r}, which could be {reading}: {_ADVICE}", one[0])
        return math.nan
    return _finite(f"{sign}{whole}.{decimals}{power or ''}", found)


EARLIEST: Final = dt.date(1700, 1, 1)
LATEST: Final = dt.date(2261, 12, 31)
"""First and last date that are taken; a column of nanoseconds cannot hold much more."""

_ISO: Final = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})(?:[T ][0-9:.,]+(?:Z|[+-][0-9:]+)?)?)?)?"
)
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_FORMS: Final = "YYYY-MM-DD, YYYY-MM, YYYY or DD/MM/YYYY"


def looks_like_date(text: str) -> bool:
    """Return whether a text is written as a date, possible or not."""
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
