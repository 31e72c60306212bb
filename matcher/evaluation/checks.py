"""Checks of the tables and settings that an evaluation is given."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import Recommendation
from matcher.errors import ConfigError, EvaluationError


def check_columns(table: pd.DataFrame, what: str, columns: Iterable[str]) -> None:
    """Check that a table has some columns.

    Parameters
    ----------
    table : DataFrame
    what : str
        Name of the table in the message, in the plural or as "the log".
    columns : iterable of str
        Columns that must be there; more are ignored.

    Raises
    ------
    EvaluationError
        If one is missing; the message names those missing and those found.
    """
    wanted = [str(column) for column in columns]
    missing = [column for column in wanted if column not in table.columns]
    if missing:
        found = ", ".join(str(column) for column in table.columns) or "none"
        raise EvaluationError(
            f"{what} must have the columns {', '.join(wanted)}; got {found} "
            f"(missing: {', '.join(missing)}). Add or rename the missing ones."
        )


def check_pairs(table: pd.DataFrame, what: str, *more: str) -> None:
    """Raise `EvaluationError` unless every row has a seeker and a candidate, and the table columns `more`."""
    ids = (Recommendation.SEEKER, Recommendation.CANDIDATE)
    check_columns(table, what, (*ids, *more))
    empty = int(table[list(ids)].isna().any(axis=1).sum())
    if empty:
        raise EvaluationError(
            f"{what} must have a seeker and a candidate in every row; got {empty} rows without. Drop them."
        )


def read_numbers(column: pd.Series, what: str) -> Floats:
    """Return a column of numbers, or of texts of numbers, as floats without NaN, shape (n_rows,).

    Raises
    ------
    EvaluationError
        If a cell is missing or no number; the message says how many are.
    """
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    wrong = int(np.isnan(numbers).sum())
    if wrong:
        raise EvaluationError(f"{what} must be a number in every row; got {wrong} rows without. Drop them.")
    return np.asarray(numbers)


def check_whole(value: object, what: str, least: int = 1) -> None:
    """Raise `ConfigError` unless a setting is a whole number of at least `least`."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least:  # type: ignore[operator]
        raise ConfigError(f"{what} must be a whole number of at least {least}; got {value!r}. Change it.")


def check_share(value: float, what: str) -> None:
    """Raise `ConfigError` unless a setting lies strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise ConfigError(f"{what} must be above 0 and below 1; got {value!r}. Change it.")
