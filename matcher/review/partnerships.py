"""Partnerships on the day of a review, the answers of their sides, due reviews, and stale profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import ANSWERS, SIDES, Answer, Outcome, Profile
from matcher.review.data import PAIR, ReviewData
from matcher.review.settings import ReviewSettings

LIVE: Final = frozenset({"agreed", "active", "renewed"})
ENDED: Final = "ended"
LEVEL: Final = "level"
LEAST_ANSWERED: Final = 3
"""Questions that a side must have answered for their mean to count."""
DAYS_A_YEAR: Final = 365.25
Pair = tuple[str, str]


@dataclass(frozen=True)
class Partnership:
    """A pair that agreed to work together, as the log first names it: since when, and whether it goes on."""

    pair: Pair
    since: pd.Timestamp
    is_live: bool = True


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


def find_partnerships(outcomes: pd.DataFrame) -> dict[Pair, Partnership]:
    """Return the last partnership of each pair that ever had one, in the order of ids.

    Parameters
    ----------
    outcomes : DataFrame
        Checked pair rows, by date. A pair that is logged in both directions is one pair; one that agrees
        again after an end begins anew.
    """
    found: dict[Pair, Partnership] = {}
    rows = in_one_direction(outcomes, outcomes)
    rows = rows[rows[Outcome.STAGE].isin([*LIVE, ENDED])]
    for seeker, candidate, stage, day in rows[[*PAIR, Outcome.STAGE, Outcome.DATE]].itertuples(index=False):
        pair, before = (seeker, candidate), found.get((seeker, candidate))
        if stage == ENDED:
            if before is not None and before.is_live:
                found[pair] = Partnership(pair, before.since, is_live=False)
        elif before is None or not before.is_live:
            found[pair] = Partnership(pair, day)
    return dict(sorted(found.items()))


def in_one_direction(table: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """Write each pair of a table in the direction of its first row in the log.

    Sides and ratings are exchanged with the ids.
    """
    first: dict[frozenset[str], str] = {}
    for pair in log[PAIR].itertuples(index=False):
        first.setdefault(frozenset(pair), pair[0])
    pairs = table[PAIR].itertuples(index=False)
    other = pd.Series([first.get(frozenset(pair), pair[0]) != pair[0] for pair in pairs], table.index, bool)
    ratings = (str(Outcome.SEEKER_RATING), str(Outcome.CANDIDATE_RATING))
    names = dict(zip((*PAIR, *ratings), (*PAIR[::-1], *ratings[::-1]), strict=True))
    exchanged = table[other].rename(columns=names)
    if Answer.SIDE in table:
        exchanged = exchanged.assign(**{str(Answer.SIDE): exchanged[Answer.SIDE].map(names)})
    return pd.concat([table[~other], exchanged[table.columns]]).sort_index()


def rows_since(
    table: pd.DataFrame, data: ReviewData, partnerships: Mapping[Pair, Partnership]
) -> pd.DataFrame:
    """Return the rows of partnerships that go on, since they began, in the direction of the log."""
    live = [one for one in partnerships.values() if one.is_live]
    since = pd.Series([one.since for one in live], dtype="datetime64[ns]")
    begun = pd.DataFrame([one.pair for one in live], columns=PAIR, dtype=object).assign(since=since)
    rows = in_one_direction(table, data.outcomes).merge(begun, on=PAIR)
    return rows[rows[Answer.DATE] >= rows["since"]].drop(columns="since").reset_index(drop=True)


def live_answers(data: ReviewData, partnerships: Mapping[Pair, Partnership]) -> pd.DataFrame:
    """Return the answers of partnerships that go on, since they began, by date.

    Returns
    -------
    answers : DataFrame
        Columns of `Answer` and `level`, the mean of the questions answered; NaN where fewer than
        `LEAST_ANSWERED` are. Empty where no reviews are kept.
    """
    if data.reviews is None or data.reviews.empty:
        return data.outcomes.head(0).reindex(columns=[*map(str, Answer), LEVEL])
    rows = rows_since(data.reviews, data, partnerships)
    answered = rows[[str(question) for question in ANSWERS]]
    is_known = answered.notna().sum(axis=1) >= LEAST_ANSWERED
    return rows.assign(**{LEVEL: answered.mean(axis=1).where(is_known)})


def due_reviews(
    data: ReviewData,
    partnerships: Mapping[Pair, Partnership],
    answers: pd.DataFrame,
    settings: ReviewSettings,
) -> tuple[DueReview, ...]:
    """Return the reviews that are overdue or due soon, the longest overdue first.

    Notes
    -----
    A side's first review is due `first_review_months` after the partnership began, each later one
    `review_months` after its last answers. Where no reviews are kept at all, none is overdue: the next
    day of the calendar counted from the beginning is given. Own definition.
    """
    last = answers.groupby([*PAIR, str(Answer.SIDE)])[Answer.DATE].max().to_dict()
    live = [one for one in partnerships.values() if one.is_live]
    due = [_due(one, {side: last.get((*one.pair, side)) for side in SIDES}, data, settings) for one in live]
    listed = [one for one in due if one.days_over >= -settings.notice_days]
    return tuple(sorted(listed, key=lambda one: (-one.days_over, one.pair)))


def _due(
    partnership: Partnership,
    last: Mapping[str, pd.Timestamp | None],
    data: ReviewData,
    settings: ReviewSettings,
) -> DueReview:
    since, first = partnership.since, settings.first_review_months
    days = {
        side: since + pd.DateOffset(months=first)
        if day is None
        else day + pd.DateOffset(months=settings.review_months)
        for side, day in last.items()
    }
    if data.reviews is None:
        months = first
        while since + pd.DateOffset(months=months) < data.day:
            months += settings.review_months
        days = dict.fromkeys(SIDES, since + pd.DateOffset(months=months))
    notice = data.day + pd.Timedelta(days=settings.notice_days)
    sides, due = tuple(side for side, day in days.items() if day <= notice), min(days.values())
    latest = max((day for day in last.values() if day is not None), default=None)
    return DueReview(partnership.pair, since, due, sides, latest, (data.day - due).days)


def stale_profiles(data: ReviewData, settings: ReviewSettings) -> Stale:
    """Return the profiles older than `stale_years` on the day of the review."""
    table = data.profiles
    updated = pd.to_datetime(table.get(Profile.UPDATED, pd.Series(pd.NaT, table.index)))
    ages = (data.day - updated).dt.days / DAYS_A_YEAR
    old = ages > settings.stale_years
    ids = [(str(id_), float(age)) for id_, age in zip(table.loc[old, Profile.ID], ages[old], strict=True)]
    oldest = tuple(sorted(ids, key=lambda one: (-one[1], one[0])))
    return Stale(oldest, len(table), int(updated.isna().sum()), settings.stale_years)
