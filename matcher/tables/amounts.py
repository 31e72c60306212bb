"""Cells of numbers, in English and Indonesian writing, taken only where they can mean one thing."""

import math
import re
from decimal import Decimal
from typing import Final

import numpy as np

from matcher.tables.findings import Findings

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
