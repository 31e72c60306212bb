"""The tables that a review reads, checked and cut at its day; and whether they suffice for a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import ANSWERS, SIDES, STAGES, Answer, Outcome, Profile, Shown
from matcher.errors import EvaluationError
from matcher.evaluation.checks import check_columns, check_pairs

_RATINGS: Final = (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING)
FIGURES: Final = (Shown.SCORE, Shown.MUTUAL, Shown.SEEKER_GAIN, Shown.CANDIDATE_GAIN)


@dataclass(frozen=True)
class ReviewData:
    """Checked tables as they were known on the day of the review; made by `gather`.

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
    """

    outcomes: pd.DataFrame
    reviews: pd.DataFrame | None
    shown: pd.DataFrame | None
    profiles: pd.DataFrame
    day: pd.Timestamp


@dataclass(frozen=True)
class Enough:
    """The data at hand and those that a verdict needs.

    Attributes
    ----------
    have, need : int
    unit : str
        What is counted: reviews, pairs, formed, unformed, seekers or runs.

    Examples
    --------
    >>> Enough(12, 30, "seekers").missing
    18
    """

    have: int
    need: int
    unit: str

    @property
    def is_met(self) -> bool:
        """Whether a verdict can be given."""
        return self.have >= self.need

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(0, self.need - self.have)


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
        Pair rows with the columns of `Outcome`; ratings may be missing.
    profiles : DataFrame
        Canonical profiles, each id once.
    reviews : DataFrame, optional
        Columns of `Answer`: answers of 1 to 5 or NaN, side is seeker or candidate.
    shown : DataFrame, optional
        Columns of `Shown`; figures may be missing.
    as_of : date, optional
        Day of the review; the latest date in the tables when left out. Later rows are left out.

    Raises
    ------
    EvaluationError
        If a column or an id is missing, a date cannot be read, an answer is out of range, a side or stage
        is unknown, or there is no date at all.
    """
    check_columns(profiles, "profiles", (Profile.ID,))
    tables = {"outcomes": _outcomes(outcomes)}
    if reviews is not None:
        tables["reviews"] = _reviews(reviews)
    if shown is not None:
        tables["shown"] = _shown(shown)
    day = pd.Timestamp(as_of) if as_of is not None else _latest(tables.values(), profiles)
    known = {name: _until(table, day) for name, table in tables.items()}
    return ReviewData(known["outcomes"], known.get("reviews"), known.get("shown"), profiles, day)


def _outcomes(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "outcomes", Outcome.STAGE, Outcome.DATE)
    _check_words(table[Outcome.STAGE], "stage of outcomes", STAGES)
    return _dated(_with_numbers(table, _RATINGS), "outcomes")


def _reviews(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "reviews", Answer.SIDE, Answer.DATE)
    _check_words(table[Answer.SIDE], "side of reviews", SIDES)
    read = _with_numbers(table, ANSWERS)
    answers = read[list(ANSWERS)]
    wrong = int((answers.notna() & ~((answers >= 1.0) & (answers <= 5.0))).to_numpy().sum())
    if wrong:
        raise EvaluationError(
            f"answers of reviews must be 1 to 5 or empty; got {wrong} others. Correct them."
        )
    wanted = read.get(Answer.CHANGES_WANTED, pd.Series("", read.index)).astype(object)
    texts = wanted.where(wanted.notna(), "").astype(str)
    return _dated(read.assign(**{str(Answer.CHANGES_WANTED): texts}), "reviews")


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "the shown lists", Shown.DATE, Shown.RANK)
    read = _with_numbers(table, (Shown.RANK, *FIGURES))
    if Shown.RUN not in read:
        read = read.assign(**{str(Shown.RUN): read[Shown.DATE].astype(str)})
    return _dated(read, "the shown lists")


def _with_numbers(table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Read columns as numbers; one that is missing is empty."""
    empty = pd.Series(float("nan"), table.index)
    read = {str(name): pd.to_numeric(table.get(name, empty), errors="coerce") for name in columns}
    return table.assign(**{name: column.astype("float64") for name, column in read.items()})


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
    unknown = sorted({str(value) for value in column} - set(allowed))
    if unknown:
        found = ", ".join(map(repr, unknown[:3]))
        raise EvaluationError(f"{what} must be one of {', '.join(allowed)}; got {found}. Correct them.")


def _latest(tables: Iterable[pd.DataFrame], profiles: pd.DataFrame) -> pd.Timestamp:
    days = [table[Outcome.DATE].max() for table in tables]
    if Profile.UPDATED in profiles:
        days.append(pd.to_datetime(profiles[Profile.UPDATED]).max())
    known = [pd.Timestamp(day) for day in days if not pd.isna(day)]
    if not known:
        raise EvaluationError("the tables of a review must hold a date; got none. Name the day: as_of.")
    return max(known).normalize()


def _until(table: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    inside = table[Outcome.DATE] < day.normalize() + pd.Timedelta(days=1)
    return table[inside].reset_index(drop=True)
