"""Which reviews are due: the first some months after the agreement, then one every few months."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import SIDES, Answer
from matcher.review.inputs import ReviewData
from matcher.review.partnerships import Pair, Partnership
from matcher.review.settings import ReviewSettings

OVERDUE: Final = "overdue"
SOON: Final = "soon"


@dataclass(frozen=True)
class DueReview:
    """A review that a living partnership owes, or will owe soon.

    Attributes
    ----------
    pair : tuple of str
    since : Timestamp
        Beginning of the partnership.
    due : Timestamp
        Day of the review: the earlier one of both sides.
    sides : tuple of str
        Sides whose answers are due by the day of the review or within the days of notice.
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

    @property
    def state(self) -> str:
        """Overdue once the day has passed, soon before."""
        return OVERDUE if self.days_over > 0 else SOON


def due_reviews(
    data: ReviewData,
    partnerships: dict[Pair, Partnership],
    answers: dict[Pair, pd.DataFrame],
    settings: ReviewSettings,
) -> tuple[DueReview, ...]:
    """Return the reviews that are overdue or due soon, the longest overdue first.

    Notes
    -----
    A side's first review is due `first_review_months` after the partnership began, each later one
    `review_months` after its last answers. Where no reviews are kept at all, nobody can be late: then the
    next day of the calendar counted from the beginning is given. Own definition.
    """
    found = []
    for pair, partnership in partnerships.items():
        if partnership.is_live:
            one = _due(data, partnership, answers.get(pair), settings)
            if one.days_over >= -settings.notice_days:
                found.append(one)
    return tuple(sorted(found, key=lambda one: (-one.days_over, one.pair)))


def _due(
    data: ReviewData, partnership: Partnership, answers: pd.DataFrame | None, settings: ReviewSettings
) -> DueReview:
    latest = _latest_answers(answers)
    if data.reviews is None:
        days = dict.fromkeys(SIDES, _next_in_calendar(partnership.since, data.day, settings))
    else:
        days = {side: _next_after(latest.get(side), partnership.since, settings) for side in SIDES}
    notice = data.day + pd.Timedelta(days=settings.notice_days)
    due = min(days.values())
    sides = tuple(side for side, day in days.items() if day <= notice)
    last = max(latest.values(), default=None)
    return DueReview(partnership.pair, partnership.since, due, sides, last, (data.day - due).days)


def _latest_answers(answers: pd.DataFrame | None) -> dict[str, pd.Timestamp]:
    """Give the day of each side's last answers; rows come by date, so the last one stays."""
    return {} if answers is None else dict(zip(answers[Answer.SIDE], answers[Answer.DATE], strict=True))


def _next_after(last: pd.Timestamp | None, since: pd.Timestamp, settings: ReviewSettings) -> pd.Timestamp:
    if last is None:
        return since + pd.DateOffset(months=settings.first_review_months)
    return last + pd.DateOffset(months=settings.review_months)


def _next_in_calendar(since: pd.Timestamp, day: pd.Timestamp, settings: ReviewSettings) -> pd.Timestamp:
    months = settings.first_review_months
    while since + pd.DateOffset(months=months) < day:
        months += settings.review_months
    return since + pd.DateOffset(months=months)
