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
from matcher.outcomes.reviews import read_reviews

PAIR: Final = [str(side) for side in SIDES]
FIGURES: Final = (Shown.SCORE, Shown.MUTUAL, Shown.SEEKER_GAIN, Shown.CANDIDATE_GAIN)


@dataclass(frozen=True)
class ReviewData:
    """Checked tables as they were known on the day of the review, by date; made by `gather`.

    `reviews` and `shown` are None where they are not kept, which is not the same as none given.
    """

    outcomes: pd.DataFrame
    reviews: pd.DataFrame | None
    shown: pd.DataFrame | None
    profiles: pd.DataFrame
    day: pd.Timestamp


@dataclass(frozen=True)
class Enough:
    """How many units (reviews, pairs, formed, unformed, seekers or runs) there are, and a verdict needs.

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
        As for `read_reviews`; every row must be sound.
    shown : DataFrame, optional
        Columns of `Shown`; figures may be missing.
    as_of : date, optional
        Day of the review; the latest date in the tables when left out. Later rows are left out.

    Raises
    ------
    EvaluationError
        If a column or an id is missing, a date cannot be read, an answer is out of range, a side or stage
        is unknown, or there is no date at all.
    OutcomeError
        If a column of the reviews is missing.
    """
    check_columns(profiles, "profiles", (Profile.ID,))
    tables = {"outcomes": _outcomes(outcomes)}
    if reviews is not None:
        tables["reviews"] = _reviews(reviews)
    if shown is not None:
        tables["shown"] = _shown(shown)
    day = pd.Timestamp(as_of) if as_of is not None else _latest(tables.values(), profiles)
    end = day.normalize() + pd.Timedelta(days=1)
    known = {name: table[table[Outcome.DATE] < end].reset_index(drop=True) for name, table in tables.items()}
    return ReviewData(known["outcomes"], known.get("reviews"), known.get("shown"), profiles, day)


def _outcomes(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "outcomes", Outcome.STAGE, Outcome.DATE)
    unknown = sorted({str(stage) for stage in table[Outcome.STAGE]} - set(STAGES))
    if unknown:
        raise EvaluationError(
            f"stage of outcomes must be one of {', '.join(STAGES)}; got {unknown[0]!r}. Correct it."
        )
    return _dated(table, "outcomes", (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING))


def _reviews(table: pd.DataFrame) -> pd.DataFrame:
    if table.empty:
        return _dated(pd.DataFrame(columns=list(map(str, Answer))), "reviews", ANSWERS)
    read = read_reviews(table, today=dt.date.max)
    if read.n_rejected:
        row = read.rejected.iloc[0]
        raise EvaluationError(
            f"{row['column']} of reviews {row['reason']}; got {row['value']!r} in row {row['line']}. "
            "Correct it."
        )
    return _dated(read.kept, "reviews", ANSWERS)


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    check_pairs(table, "the shown lists", Shown.DATE, Shown.RANK)
    runs = table.get(Shown.RUN, table[Shown.DATE].astype(str))
    return _dated(table.assign(**{str(Shown.RUN): runs}), "the shown lists", (Shown.RANK, *FIGURES))


def _dated(table: pd.DataFrame, what: str, numbers: Iterable[str]) -> pd.DataFrame:
    """Read ids as texts, dates as days without zone, and numbers, which may lack; order by date and pair."""
    dates = pd.to_datetime(table[Outcome.DATE], errors="coerce", utc=True).dt.tz_localize(None)
    missing = int(dates.isna().sum())
    if missing:
        raise EvaluationError(f"{what} must have a date in every row; got {missing} rows without. Add them.")
    read: dict[str, pd.Series] = {side: table[side].astype(str) for side in PAIR}
    empty = pd.Series(float("nan"), table.index)
    for name in numbers:
        read[str(name)] = pd.to_numeric(table.get(name, empty), errors="coerce").astype("float64")
    read[str(Outcome.DATE)] = dates.astype("datetime64[ns]")
    return table.assign(**read).sort_values([str(Outcome.DATE), *PAIR], kind="stable", ignore_index=True)


def _latest(tables: Iterable[pd.DataFrame], profiles: pd.DataFrame) -> pd.Timestamp:
    days = [table[Outcome.DATE].max() for table in tables]
    if Profile.UPDATED in profiles:
        days.append(pd.to_datetime(profiles[Profile.UPDATED]).max())
    known = [pd.Timestamp(day) for day in days if not pd.isna(day)]
    if not known:
        raise EvaluationError("the tables of a review must hold a date; got none. Name the day: as_of.")
    return max(known).normalize()
