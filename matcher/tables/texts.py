"""Cells of text: anything readable as text, cleaned, or a reason why not."""

import datetime as dt
import math
import re
import unicodedata
from decimal import Decimal
from typing import Final
from uuid import UUID

import numpy as np
import pandas as pd

from matcher.tables.findings import Findings

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
        found.reject(_bad_sign(bad[0], bad.start() + 1), text)
        return None
    text = _spaces(text)
    if text.startswith("#") and text in _EXCEL_ERRORS:
        found.reject(f"cell holds the spreadsheet error {text}; mend its formula or empty it", text)
        return None
    return text


def _bad_sign(sign: str, position: int) -> str:
    kind = "a lone surrogate" if "\ud800" <= sign <= "\udfff" else "a control character"
    return f"text must not hold {kind}; got U+{ord(sign):04X} at position {position}"


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
    """Give the items of a list, tuple, set or array; None for anything else."""
    if isinstance(value, np.ndarray):
        items = value.tolist()
        return items if isinstance(items, list) else [items]
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return list(value) if isinstance(value, (list, tuple)) else None


def is_missing(value: object) -> bool:
    """Say whether a single value stands for nothing: None, NaN, NaT or NA."""
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
