"""Rows of a log as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Boolean, Date, Float, Integer, String, Table

from matcher.outcomes.logbook.moments import Moment


def frame_of(rows: Sequence[dict[str, Any]], table: Table, columns: Sequence[str]) -> pd.DataFrame:
    """Build a table of some columns, each of the type that the database gives it.

    Numbers that may be missing are float; dates are datetime64, moments are UTC.
    """
    series = {name: _series([row[name] for row in rows], table.c[name]) for name in columns}
    return pd.DataFrame(series, columns=list(columns))


def _series(cells: list[Any], column: Any) -> pd.Series[Any]:
    kind = column.type
    if isinstance(kind, Moment):
        return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object), utc=True))
    if isinstance(kind, Date):
        return pd.Series(pd.to_datetime(pd.Series(cells, dtype=object)))
    if isinstance(kind, Float) or (isinstance(kind, Integer) and column.nullable):
        return pd.Series(cells, dtype=np.float64)
    if isinstance(kind, Boolean):
        return pd.Series(cells, dtype=bool)
    if isinstance(kind, String):
        return pd.Series(cells, dtype="str")
    return pd.Series(cells, dtype=np.int64 if isinstance(kind, Integer) else object)
