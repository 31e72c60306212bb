"""Looks for partnerships whose sides drift apart, whose answers fall, or that serve one side only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from matcher.arrays import Floats, Ints
from matcher.columns import SIDES, Answer, Outcome
from matcher.review.inputs import ReviewData
from matcher.review.moderation import moderate
from matcher.review.partnerships import LEVEL, Pair, Partnership, day_numbers, turn
from matcher.review.settings import ReviewSettings
from matcher.review.trends import Key, Trend, adjust, measure_trends
from matcher.review.troubles import (
    APART,
    FALLING,
    LEAST_MOVE,
    MOST_MOVED,
    ONE_SIDED,
    Moved,
    Trouble,
    Watch,
    latest_wishes,
    moved_questions,
)
from matcher.review.verdicts import Enough

Points = tuple[Floats, Floats]
Answers = Mapping[Pair, pd.DataFrame]

SAME_ROUND: Final = 60
"""Answers of both sides within so many days belong to one review."""
DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True)
class Rounds:
    """Reviews to which both sides answered, by date.

    Attributes
    ----------
    years : ndarray of shape (n_reviews,)
        Since the first.
    seeker, candidate : ndarray of shape (n_reviews,)
        What each side answered.
    """

    years: Floats
    seeker: Floats
    candidate: Floats

    def __len__(self) -> int:
        """Count the reviews."""
        return len(self.years)

    def latest(self, n: int) -> Rounds:
        """Return the last n reviews."""
        return Rounds(self.years[-n:], self.seeker[-n:], self.candidate[-n:])


def watch_apart(answers: Answers, settings: ReviewSettings) -> Watch:
    """Look for partnerships whose sides' answers part: the difference grows, away from 0.

    Notes
    -----
    The difference of the sides' mean answers, review by review. It is told if its slope is surer than the
    alarm rate (Benjamini-Hochberg over partnerships), the order of the values bears it out, and the
    sides end further apart by `least_change`. Own definition on `measure_trends`.
    """
    rounds = {pair: _rounds(rows, rows[LEVEL]) for pair, rows in answers.items()}
    points: dict[Key, Points] = {
        pair: (one.years, one.seeker - one.candidate) for pair, one in rounds.items()
    }
    enough, waiting = _parted(points, settings.least_reviews)
    troubles = []
    for key, trend in measure_trends(enough, seed=settings.seed).items():
        grown = abs(trend.last) - abs(trend.first)
        if _is_told(trend, settings) and grown >= settings.least_change:
            pair = (key[0], key[1])
            lower = SIDES[0] if trend.last < 0 else SIDES[1]
            troubles.append(_of_trend(APART, pair, lower, trend, answers[pair]))
    return Watch(APART, _surest_first(troubles), len(enough), waiting)


def watch_falling(
    data: ReviewData, partnerships: Mapping[Pair, Partnership], answers: Answers, settings: ReviewSettings
) -> Watch:
    """Look for sides whose answers fall; without answers, whose ratings in the log do.

    Notes
    -----
    As in `watch_apart`, over the sides of all partnerships, one-sided.
    """
    points: dict[Key, Points] = dict(_falling_points(data, partnerships, answers))
    enough, waiting = _parted(points, settings.least_reviews)
    troubles = []
    for key, trend in measure_trends(enough, downwards=True, seed=settings.seed).items():
        if _is_told(trend, settings) and -trend.change >= settings.least_change:
            pair = (key[0], key[1])
            rows = answers.get(pair)
            troubles.append(_of_trend(FALLING, pair, key[2], trend, rows))
    return Watch(FALLING, _surest_first(troubles), len(enough), waiting)


def watch_one_sided(answers: Answers, settings: ReviewSettings) -> Watch:
    """Look for partnerships of which one side has little benefit and the other much.

    Notes
    -----
    Over the latest `recent_reviews` to which both answered. Told where the mean benefit of one side is
    at most `low_benefit`, of the other at least `high_benefit`,
    and a t test finds the difference above `tolerated_gap` (noise moderated over partnerships, p adjusted by
    Benjamini-Hochberg). Own definition.
    """
    found = {pair: _rounds(rows, rows[Answer.BENEFIT]) for pair, rows in answers.items()}
    rounds = {pair: one.latest(settings.recent_reviews) for pair, one in found.items()}
    need = settings.least_benefit_reviews
    waiting = tuple((p, Enough(len(one), need, "reviews")) for p, one in rounds.items() if len(one) < need)
    judged = {pair: one for pair, one in rounds.items() if len(one) >= need}
    troubles = []
    for (pair, one), sure in zip(judged.items(), _gap_chances(judged, settings), strict=True):
        side = SIDES[0] if one.seeker.mean() < one.candidate.mean() else SIDES[1]
        low, high = sorted((float(one.seeker.mean()), float(one.candidate.mean())))
        if low <= settings.low_benefit and high >= settings.high_benefit and sure <= settings.alarm_rate:
            told = (len(one), low, high, math.nan, float(sure))
            rows = answers[pair]
            moved = _reasons(ONE_SIDED, side, rows)
            troubles.append(Trouble(ONE_SIDED, pair, side, *told, moved, latest_wishes(rows)))
    return Watch(ONE_SIDED, _surest_first(troubles), len(judged), waiting)


def _gap_chances(judged: Mapping[Pair, Rounds], settings: ReviewSettings) -> Floats:
    """Give the adjusted chance of each mean difference if the true one were what is tolerated."""
    if not judged:
        return np.empty(0)
    gaps = [one.seeker - one.candidate for one in judged.values()]
    counts = np.array([len(gap) for gap in gaps], dtype=np.float64)
    variances, freedom = moderate(np.array([gap.var(ddof=1) for gap in gaps]), counts - 1.0)
    beyond = np.abs([gap.mean() for gap in gaps]) - settings.tolerated_gap
    return adjust(list(student.sf(beyond / np.sqrt(variances / counts), freedom)))


def _is_told(trend: Trend, settings: ReviewSettings) -> bool:
    return trend.sure <= settings.alarm_rate and trend.is_in_order


def _of_trend(kind: str, pair: Pair, side: str, trend: Trend, rows: pd.DataFrame | None) -> Trouble:
    moved = () if rows is None else _reasons(kind, side, rows)
    wishes = () if rows is None else latest_wishes(rows)
    figures = (trend.n, trend.first, trend.last, trend.p_order, trend.sure)
    return Trouble(kind, pair, side, *figures, moved, wishes)


def _reasons(kind: str, side: str, rows: pd.DataFrame) -> tuple[Moved, ...]:
    """Name the questions that moved: falls of this side; where both drift apart, rises of the other too."""
    if kind != APART:
        moved = [one for one in moved_questions(rows, [side]) if one.change <= -LEAST_MOVE]
    else:
        moved = [
            one
            for one in moved_questions(rows)
            if (one.change if one.side != side else -one.change) >= LEAST_MOVE
        ]
    return tuple(moved[:MOST_MOVED])


def _surest_first(troubles: list[Trouble]) -> tuple[Trouble, ...]:
    return tuple(sorted(troubles, key=lambda one: (one.sure, one.pair, one.side)))


def _parted(
    points: Mapping[Key, Points], need: int
) -> tuple[dict[Key, Points], tuple[tuple[Pair, Enough], ...]]:
    """Part the series that are long enough, and on different days, from those that are not."""
    enough = {key: one for key, one in points.items() if len(one[1]) >= need and np.ptp(one[0]) > 0}
    short: dict[Pair, Enough] = {}
    for key, (_, values) in points.items():
        if key not in enough:
            short.setdefault((key[0], key[1]), Enough(min(len(values), need - 1), need, "reviews"))
    return enough, tuple(sorted(short.items(), key=lambda one: (one[1].missing, one[0])))


def _rounds(rows: pd.DataFrame, values: pd.Series) -> Rounds:
    """Pair the answers of both sides, review by review: each with the nearest of the other side."""
    known = values.notna().to_numpy(bool)
    days = day_numbers(rows[Answer.DATE])
    side, numbers = rows[Answer.SIDE].to_numpy(str), values.to_numpy(np.float64)
    ones, others = (np.flatnonzero(known & (side == one)) for one in SIDES)
    if not len(ones) or not len(others):
        return Rounds(*(np.empty(0) for _ in range(3)))
    apart = np.abs(days[ones][:, None] - days[others][None, :])
    nearest, back = apart.argmin(axis=1), apart.argmin(axis=0)
    places = np.arange(len(ones))
    # Each answer stands in one review only: two are paired if each is the other's nearest.
    is_pair = (back[nearest] == places) & (apart[places, nearest] <= SAME_ROUND)
    first, second = ones[is_pair], others[nearest[is_pair]]
    return Rounds((days[first] - days[first][:1]) / DAYS_A_YEAR, numbers[first], numbers[second])


def _falling_points(
    data: ReviewData, partnerships: Mapping[Pair, Partnership], answers: Answers
) -> Iterator[tuple[Key, Points]]:
    if data.reviews is None or not len(data.reviews):
        yield from _ratings(data, partnerships)
        return
    for pair, rows in answers.items():
        days, level = day_numbers(rows[Answer.DATE]), rows[LEVEL].to_numpy(np.float64)
        sides = rows[Answer.SIDE].to_numpy(str)
        for side in SIDES:
            yield (*pair, side), _points(days, level, (sides == side) & ~np.isnan(level))


def _ratings(data: ReviewData, partnerships: Mapping[Pair, Partnership]) -> Iterator[tuple[Key, Points]]:
    """Give the ratings in the log since each living partnership began."""
    log = turn(data.outcomes)
    columns = dict(zip(SIDES, (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING), strict=True))
    for pair, rows in log.groupby(list(SIDES), sort=True):
        partnership = partnerships.get((str(pair[0]), str(pair[1])))
        if partnership is None or not partnership.is_live:
            continue
        rows = rows[rows[Outcome.DATE] >= partnership.since]
        days = day_numbers(rows[Outcome.DATE])
        for side, column in columns.items():
            rating = rows[column].to_numpy(np.float64)
            yield (*partnership.pair, side), _points(days, rating, ~np.isnan(rating))


def _points(days: Ints, values: Floats, kept: NDArray[np.bool_]) -> Points:
    """Give the kept values with the years since the first of them."""
    mine = days[kept]
    return np.asarray((mine - mine[:1]) / DAYS_A_YEAR, dtype=np.float64), values[kept]
