"""Columns that the design does not know: kept, with numbers as numbers and lists as tuples."""

import re
from decimal import Decimal
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.tables.findings import Findings
from matcher.tables.texts import as_list, clean_text, is_missing

_PLAIN_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST_EXACT: Final = 2**53


def read_extra(cells: list[Any], typed: bool, found: Findings) -> "pd.Series[Any]":
    """Read an extra column.

    Parameters
    ----------
    cells : list
    typed : bool
        Whether numbers come as numbers; if not, a column of nothing but plain numbers is taken for numbers.
    found : Findings
        Told of texts that are too long or hold control characters.

    Returns
    -------
    Series
        float64 (NaN where empty) if all cells are numbers; else objects: lists are tuples (() where empty),
        texts "" where empty, anything else as it was, None where empty.
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
    series = pd.Series(index=range(len(values)), dtype=object)
    series[:] = values
    return series


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
