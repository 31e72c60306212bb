"""The plain tables that a review reads, checked, and cut at the day of the review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.columns import ANSWERS, SIDES, STAGES, Answer, Outcome, Profile
from matcher.errors import EvaluationError
from matcher.evaluation.checks import check_columns, check_pairs
from matcher.review.columns import Shown

_RATINGS: Final = (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING)
_OUTCOME: Final = (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE, Outcome.DATE)
_ANSWER: Final = (Answer.SEEKER, Answer.CANDIDATE, Answer.SIDE, Answer.DATE)
_SHOWN: Final = (Shown.DATE, Shown.SEEKER, Shown.CANDIDATE, Shown.RANK)


@dataclass(frozen=True)
class ReviewData:
    """Checked tables as they were known on the day of the review; make it with `gather`.

    Attributes
    ----------
    outcomes : DataFrame
        Pair rows, by date.
    reviews : DataFrame or None
        Answers of both sides, by date; None where none are kept, which is not the same as none given.
    shown : DataFrame or None
        What was shown, by date; None where it was not kept.
    profiles : DataFrame
        Canonical profiles.
    day : Timestamp
        The day of the review.
    """

    outcomes: pd.DataFrame
    reviews: pd.DataFrame | None
    shown: pd.DataFrame | None
    profiles: pd.DataFrame
    day: pd.Timestamp


def gather(
    outcomes: pd.DataFrame,
    profiles: pd.DataFrame,
    *,
    reviews: pd.DataFrame | None = None,
    shown: pd.DataFrame | None = None,
    as_of: dt.date | None = None,
) -> ReviewData:
    """Check the tables of a review and cut them at its day.

    Parameters
    ----------
    outcomes : DataFrame
        Pair rows with the columns of `matcher.columns.Outcome`; ratings may be missing.
    profiles : DataFrame
        Canonical profiles, each id once.
    reviews : DataFrame, optional
        Columns of `Answer`: answers of 1 to 5 or NaN, side is seeker or candidate.
    shown : DataFrame, optional
        Columns of `Shown`; figures and propensity may be missing.
    as_of : date, optional
        Day of the review; the latest date in the tables when left out. Later rows are left out.

    Returns
    -------
    data : ReviewData

    Raises
    ------
    EvaluationError
        If a column or an id is missing, a date cannot be read, an answer is out of range, a side or stage
        is unknown, or there is no date at all.
    """
    check_columns(profiles, "profiles", (Profile.ID,))
    tables = {
        "outcomes": _outcomes(outcomes),
        "reviews": None if reviews is None else _reviews(reviews),
        "shown": None if shown is None else _shown(shown),
    }
    day = pd.Timestamp(as_of) if as_of is not None else _latest(tables.values(), profiles)
    known = {name: None if table is None else _until(table, day) for name, table in tables.items()}
    log = known["outcomes"]
    if log is None:  # for the type checker: outcomes are always given
        raise EvaluationError("outcomes must be given; got none. Name a table.")
    return ReviewData(log, known["reviews"], known["shown"], profiles, day)


def _outcomes(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "outcomes", *_OUTCOME)
    _check_words(table[Outcome.STAGE], "stage of outcomes", STAGES)
    return _dated(_filled(table, _RATINGS), "outcomes")


def _reviews(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "reviews", *_ANSWER)
    _check_words(table[Answer.SIDE], "side of reviews", SIDES)
    read = _filled(table, ANSWERS)
    wrong = int(((read[list(ANSWERS)] < 1.0) | (read[list(ANSWERS)] > 5.0)).to_numpy().sum())
    if wrong:
        raise EvaluationError(f"answers of reviews must be 1 to 5 or empty; got {wrong} others. Mend them.")
    wanted = read[Answer.CHANGES_WANTED] if Answer.CHANGES_WANTED in read else pd.Series("", read.index)
    texts = wanted.astype(object).where(wanted.notna(), "").astype(str)
    return _dated(read.assign(**{str(Answer.CHANGES_WANTED): texts}), "reviews")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "the shown lists", *_SHOWN)
    numbers = [name for name in Shown if name not in (Shown.RUN, Shown.DATE, Shown.SEEKER, Shown.CANDIDATE)]
    read = _filled(table, numbers)
    if Shown.RUN not in read:
        read = read.assign(**{str(Shown.RUN): read[Shown.DATE].astype(str)})
    return _dated(read, "the shown lists")


def _filled(table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Read columns as numbers; one that is missing is empty."""
    empty = pd.Series(np.nan, table.index, dtype=np.float64)
    numbers = {str(name): pd.to_numeric(table.get(name, empty), errors="coerce") for name in columns}
    return table.assign(**{name: column.astype(np.float64) for name, column in numbers.items()})


def _dated(table: pd.DataFrame, what: str) -> pd.DataFrame:
    """Read ids as texts and dates as days without zone; order by date, then by pair."""
    dates = pd.to_datetime(table[Outcome.DATE], errors="coerce", utc=True).dt.tz_localize(None)
    missing = int(dates.isna().sum())
    if missing:
        raise EvaluationError(f"{what} must have a date in every row; got {missing} rows without. Add them.")
    ids = {str(side): table[side].astype(str) for side in SIDES}
    read = table.assign(**ids, **{str(Outcome.DATE): dates.astype("datetime64[ns]")})
    return read.sort_values([str(Outcome.DATE), *SIDES], kind="stable", ignore_index=True)


def _check_words(column: pd.Series, what: str, allowed: Iterable[str]) -> None:
    strange = sorted({str(value) for value in column} - set(allowed))
    if strange:
        raise EvaluationError(
            f"{what} must be one of {', '.join(allowed)}; got {', '.join(map(repr, strange[:3]))}. Mend them."
        )


def _latest(tables: Iterable[pd.DataFrame | None], profiles: pd.DataFrame) -> pd.Timestamp:
    days = [table[Outcome.DATE].max() for table in tables if table is not None and len(table)]
    if Profile.UPDATED in profiles:
        days.append(pd.to_datetime(profiles[Profile.UPDATED]).max())
    known = [pd.Timestamp(day) for day in days if not pd.isna(day)]
    if not known:
        raise EvaluationError("the tables of a review must hold a date; got none. Name the day: as_of.")
    return max(known).normalize()


def _until(table: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    inside = table[Outcome.DATE] < day.normalize() + pd.Timedelta(days=1)
    return table[inside].reset_index(drop=True)
