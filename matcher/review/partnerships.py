"""Reviews that partnerships owe, and profiles that were not updated for long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import SIDES, Answer, Profile
from matcher.review.data import PAIR, Pair, ReviewData
from matcher.review.settings import ReviewSettings

DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True)
class DueReview:
    """A review that a partnership owes, or will owe soon.

    Attributes
    ----------
    pair : tuple of str
    since : Timestamp
        Beginning of the partnership.
    due : Timestamp
        Day of the review: the earlier one of both sides.
    sides : tuple of str
        Sides whose answers are due by that day or within the days of notice.
    last : Timestamp or None
        Last answers of any side.
    days_over : int
        Days since it was due; below 0 before.
    """

    pair: Pair
    since: pd.Timestamp
    due: pd.Timestamp
    sides: tuple[str, ...]
    last: pd.Timestamp | None
    days_over: int


@dataclass(frozen=True)
class Stale:
    """Ids and years since the update of profiles older than `years`, oldest first; undated are not judged."""

    ids: tuple[tuple[str, float], ...]
    n_profiles: int
    n_undated: int
    years: float


def due_reviews(data: ReviewData, settings: ReviewSettings) -> tuple[DueReview, ...]:
    """Return the reviews that are overdue or due soon, the longest overdue first.

    Notes
    -----
    A side's first review is due `first_review_months` after the partnership began, each later one
    `review_months` after its last answers. Where no reviews are kept at all, none is overdue: the next
    day of the calendar counted from the beginning is given. Own definition.
    """
    answered = data.answers.groupby([*PAIR, str(Answer.SIDE)])[Answer.DATE].max().to_dict()
    notice = data.day + pd.Timedelta(days=settings.notice_days)
    found = []
    for seeker, candidate, since, is_live in data.partnerships.itertuples(index=False):
        last = {side: answered.get((seeker, candidate, side)) for side in SIDES}
        days = {side: _due_day(since, day, data, settings) for side, day in last.items()}
        due = min(days.values())
        if is_live and due <= notice:
            sides = tuple(side for side, day in days.items() if day <= notice)
            latest = max((day for day in last.values() if day is not None), default=None)
            found.append(DueReview((seeker, candidate), since, due, sides, latest, (data.day - due).days))
    return tuple(sorted(found, key=lambda one: (-one.days_over, one.pair)))


def _due_day(
    since: pd.Timestamp, last: pd.Timestamp | None, data: ReviewData, settings: ReviewSettings
) -> pd.Timestamp:
    if last is not None:
        return last + pd.DateOffset(months=settings.review_months)
    months = settings.first_review_months
    while data.reviews is None and since + pd.DateOffset(months=months) < data.day:
        months += settings.review_months
    return since + pd.DateOffset(months=months)


def stale_profiles(data: ReviewData, settings: ReviewSettings) -> Stale:
    """Return the profiles older than `stale_years` on the day of the review."""
    table = data.profiles
    updated = pd.to_datetime(table.get(Profile.UPDATED, pd.Series(pd.NaT, table.index)))
    ages = (data.day - updated).dt.days / DAYS_A_YEAR
    old = ages > settings.stale_years
    ids = [(str(id_), float(age)) for id_, age in zip(table.loc[old, Profile.ID], ages[old], strict=True)]
    oldest = tuple(sorted(ids, key=lambda one: (-one[1], one[0])))
    return Stale(oldest, len(table), int(updated.isna().sum()), settings.stale_years)
