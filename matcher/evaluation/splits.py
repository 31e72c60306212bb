"""Splits of an outcome log into rows to learn from and rows to be judged on."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Flags
from matcher.columns import Outcome
from matcher.errors import ConfigError, EvaluationError
from matcher.evaluation.checks import check_columns, check_pairs, check_share, check_whole


@dataclass(frozen=True)
class Split:
    """A log in parts; every row is in exactly one of them, in its order and with its index.

    Attributes
    ----------
    train : DataFrame
        Rows to learn from.
    test : DataFrame
        Rows to be judged on.
    left_out : DataFrame
        Rows that may serve neither.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    left_out: pd.DataFrame


def split_by_date(
    log: pd.DataFrame,
    *,
    date: str | dt.date | pd.Timestamp | None = None,
    share: float | None = None,
) -> Split:
    """Split a log in time: learn from what came before, judge on what came after.

    Parameters
    ----------
    log : DataFrame
        Column date (dates, or texts as 2024-12-31), in every row; more are kept. Times of day are ignored,
        so rows of one day never part; times with a zone count by their day in UTC.
    date : date or str, optional
        First day of the test rows. Either this or `share`.
    share : float, optional
        Share of the rows, in the order of dates, to learn from; above 0 and below 1. The day that would
        part goes to the test rows, so `train` never holds more than this share.

    Returns
    -------
    split : Split
        Every date in `train` is before every date in `test`; `left_out` is empty.

    Raises
    ------
    EvaluationError
        If the column is missing, a date is, or no row comes before or none after the split.
    ConfigError
        If not exactly one of date and share is given, or it is out of range.

    References
    ----------
    Own definition; a split in time, for a random one learns from the future of the pairs it is judged on.
    """
    check_columns(log, "the log", (Outcome.DATE,))
    if (date is None) == (share is None):
        raise ConfigError("exactly one of date and share must be given; got both or none. Give one.")
    days = _days(log[Outcome.DATE])
    first = _first_test_day(days, share) if share is not None else _day(date)
    is_train = (days < first).to_numpy(bool)
    if is_train.all() or not is_train.any():
        raise EvaluationError(
            f"the log must have rows before and from {first.date().isoformat()} on; got "
            f"{is_train.sum()} before and {(~is_train).sum()} after. Choose another date or share."
        )
    return _parts(log, is_train, ~is_train)


def split_by_organisation(
    log: pd.DataFrame, *, share: float = 0.2, seed: int = 0, both: bool = False
) -> Split:
    """Split a log by organisations: judge on organisations that the training rows never name.

    Parameters
    ----------
    log : DataFrame
        Columns seeker, candidate; more are kept.
    share : float
        Expected share of the organisations held out; above 0 and below 1. The share of rows is larger, or
        smaller with `both`.
    seed : int
        0 or more; the seed and the id alone decide, so new rows move no organisation.
    both : bool
        If true, test rows have two organisations held out, and rows with just one are left out; otherwise
        test rows have at least one.

    Returns
    -------
    split : Split
        No organisation of `train` is held out. With few organisations a part may be empty.

    Raises
    ------
    EvaluationError
        If a column or an id is missing.
    ConfigError
        If share or seed is out of range.

    References
    ----------
    Own definition; an organisation is held out where BLAKE2b of seed and id, as a fraction, is below share.
    """
    check_pairs(log, "the log")
    check_share(share, "share")
    check_whole(seed, "seed", 0)
    held = [_held_out(log[name], share, seed) for name in (Outcome.SEEKER, Outcome.CANDIDATE)]
    is_test = held[0] & held[1] if both else held[0] | held[1]
    return _parts(log, ~(held[0] | held[1]), is_test)


def _parts(log: pd.DataFrame, is_train: Flags, is_test: Flags) -> Split:
    return Split(log[is_train], log[is_test], log[~(is_train | is_test)])


def _days(column: pd.Series) -> pd.Series:
    """Read dates as days, those with a time zone as days in UTC."""
    days = pd.to_datetime(column, errors="coerce", format="ISO8601", utc=True)
    missing = int(days.isna().sum())
    if missing:
        raise EvaluationError(
            f"the log must have a date in every row; got {missing} rows without. Drop them."
        )
    return days.dt.tz_localize(None).dt.normalize()


def _day(date: str | dt.date | pd.Timestamp | None) -> pd.Timestamp:
    try:
        day = pd.Timestamp(date)  # type: ignore[arg-type]
    except (TypeError, ValueError) as err:
        raise ConfigError(f"date must be a date as 2024-12-31; got {date!r}. Change it.") from err
    if pd.isna(day):
        raise ConfigError(f"date must be a date as 2024-12-31; got {date!r}. Change it.")
    return (day if day.tzinfo is None else day.tz_convert("UTC").tz_localize(None)).normalize()


def _first_test_day(days: pd.Series, share: float) -> pd.Timestamp:
    check_share(share, "share")
    if not len(days):
        raise EvaluationError("the log must have at least one row to be split; got none. Give a longer log.")
    return pd.Timestamp(days.sort_values().iloc[int(share * len(days))])


def _held_out(column: pd.Series, share: float, seed: int) -> Flags:
    chosen = {one for one in column.unique() if _fraction(one, seed) < share}
    return np.asarray(column.isin(chosen), dtype=np.bool_)


def _fraction(one: object, seed: int) -> float:
    """Turn seed and id into a fraction in [0, 1)."""
    text = f"{seed}\0{one}".encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest()) / 2**56
