"""Partnerships whose answers fall, whose sides drift apart, or that serve one side only."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, linregress
from scipy.stats import t as student

from matcher.arrays import Floats
from matcher.columns import ANSWERS, SIDES, Answer, Outcome
from matcher.review.data import LEVEL, PAIR, RATINGS, Enough, Pair, ReviewData
from matcher.review.partnerships import DAYS_A_YEAR
from matcher.review.settings import ReviewSettings

APART: Final = "drifting_apart"
FALLING: Final = "falling"
ONE_SIDED: Final = "one_sided"
SAME_REVIEW: Final = 60
"""Days within which answers of both sides belong to one review."""
LEAST_NOISE: Final = 0.15
"""Least standard deviation of an answer about its trend, in points: answers are whole numbers."""
MOST_OWN_P: Final = 0.1
"""Largest p of a trend by the noise of its own answers alone: one odd answer is no trend."""
LEAST_MOVE: Final = 0.5
"""Change of one question, in points, from which it is named as a reason."""
MOST_MOVED: Final = 3

Key = tuple[str, ...]
Waiting = tuple[tuple[Pair, Enough], ...]


@dataclass(frozen=True)
class Moved:
    """One side's answers to one question: the means of the earlier and of the later half, 1 to 5."""

    side: str
    question: str
    first: float
    last: float


@dataclass(frozen=True)
class Wish:
    """What a side wrote that should change; the text may hold anything."""

    side: str
    date: pd.Timestamp
    text: str


@dataclass(frozen=True)
class Finding:
    """A partnership that needs attention.

    Attributes
    ----------
    kind : str
        `drifting_apart`, `falling` or `one_sided`.
    pair : tuple of str
    side : str
        Whose answers fall, or who benefits less; of drifting apart, whose answers moved down against the
        other's.
    n : int
        Reviews behind it.
    first, last : float
        Of `falling` the side's answers, of `drifting_apart` the difference of the sides' answers (seeker
        less candidate), at both ends of the fitted line; of `one_sided` the benefit of this and of the
        other side.
    p, sure : float
        See `fit_trends`; of `one_sided` p is NaN.
    moved : tuple of Moved
        Questions that moved most in that direction.
    wishes : tuple of Wish
        The latest words of each side.
    """

    kind: str
    pair: Pair
    side: str
    n: int
    first: float
    last: float
    p: float
    sure: float
    moved: tuple[Moved, ...] = ()
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True)
class Screening:
    """What testing for one kind gave: findings, surest first; series tested; pairs with too few answers."""

    kind: str
    findings: tuple[Finding, ...]
    n_judged: int
    waiting: Waiting


@dataclass(frozen=True)
class Trend:
    """A line, or two means, of `n` values at both ends, and two p values; see `fit_trends`."""

    n: int
    first: float
    last: float
    p: float
    sure: float


def screen_apart(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find partnerships whose sides' mean answers diverge: the difference grows, away from 0."""
    series, waiting = _series(paired_answers(data.answers, LEVEL), PAIR, data.answers, settings.least_reviews)
    found = {
        (*key, SIDES[0] if one.last < 0 else SIDES[1]): one
        for key, one in fit_trends(series, "two-sided").items()
        if one.p <= MOST_OWN_P and abs(one.last) - abs(one.first) >= settings.least_change
    }
    return _screening(APART, found, series, waiting, data.answers, settings)


def screen_falling(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find sides whose mean answers fall; where no answers are kept, whose ratings in the log do."""
    rows = data.answers.rename(columns={LEVEL: "value"})
    if data.reviews is None or data.reviews.empty:
        rows = data.since_begun(data.outcomes).melt(
            [*PAIR, str(Outcome.DATE)], list(RATINGS), str(Answer.SIDE), "value"
        )
        rows = rows.replace({str(Answer.SIDE): dict(zip(RATINGS, SIDES, strict=True))})
    series, waiting = _series(rows, [*PAIR, str(Answer.SIDE)], rows, settings.least_reviews)
    found = {
        key: one
        for key, one in fit_trends(series, "less").items()
        if one.p <= MOST_OWN_P and one.first - one.last >= settings.least_change
    }
    return _screening(FALLING, found, series, waiting, data.answers, settings)


def screen_one_sided(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find partnerships of which one side has little benefit and the other much.

    Notes
    -----
    Over the latest `recent_reviews` to which both sides answered: the mean benefit of one side is at most
    `low_benefit`, of the other at least `high_benefit`, and a t test (variance pooled over partnerships, p
    adjusted by Benjamini-Hochberg) finds the difference above `tolerated_gap`. Own definition.
    """
    recent = paired_answers(data.answers, str(Answer.BENEFIT)).groupby(PAIR).tail(settings.recent_reviews)
    series, waiting = _series(recent, PAIR, data.answers, settings.least_benefit_reviews)
    gaps = [rows["value"].to_numpy(np.float64) for rows in series.values()]
    beyond = [abs(gap.mean()) - settings.tolerated_gap for gap in gaps]
    counts = [len(gap) for gap in gaps]
    adjusted = _pooled_p(beyond, [gap.var() * len(gap) for gap in gaps], counts, [n - 1 for n in counts])
    found = {}
    for (key, rows), sure in zip(series.items(), adjusted, strict=True):
        means = rows[["seeker_value", "candidate_value"]].mean()
        (low, side), (high, _) = sorted(zip(means, SIDES, strict=True))
        if low <= settings.low_benefit and high >= settings.high_benefit:
            found[*key, side] = Trend(len(rows), low, high, math.nan, float(sure))
    return _screening(ONE_SIDED, found, series, waiting, data.answers, settings)


def fit_trends(
    series: Mapping[Key, pd.DataFrame], alternative: Literal["less", "two-sided"]
) -> dict[Key, Trend]:
    """Fit a line to each series.

    Parameters
    ----------
    series : mapping of key to DataFrame
        Columns date and value; at least 3 rows, of at least 2 days.
    alternative : {"less", "two-sided"}
        Whether falls only are tested for.

    Notes
    -----
    The noise of a series cannot be estimated from its three or four answers: `sure` is of a t test with the
    residual variance pooled over all series, adjusted by Benjamini-Hochberg. `p` is of the series alone.
    """
    fits, slopes, squares, spreads = [], [], [], []
    for rows in series.values():
        years = ((rows[Answer.DATE] - rows[Answer.DATE].min()).dt.days / DAYS_A_YEAR).to_numpy(np.float64)
        values = rows["value"].to_numpy(np.float64)
        fit = linregress(years, values, alternative=alternative)
        line = fit.intercept + fit.slope * years
        fits.append((len(rows), float(line[0]), float(line[-1]), float(fit.pvalue)))
        slopes.append(-fit.slope if alternative == "less" else abs(fit.slope))
        squares.append(((values - line) ** 2).sum())
        spreads.append(((years - years.mean()) ** 2).sum())
    tails = 1 if alternative == "less" else 2
    adjusted = _pooled_p(slopes, squares, spreads, [fit[0] - 2 for fit in fits], tails)
    return {key: Trend(*fit, float(sure)) for key, fit, sure in zip(series, fits, adjusted, strict=True)}


def _pooled_p(
    effects: Sequence[float],
    squares: Sequence[float],
    information: Sequence[float],
    freedom: Sequence[int],
    tails: int = 1,
) -> Floats:
    """Return adjusted p of effects above 0 by t tests with one variance, pooled over all."""
    if not effects:
        return np.empty(0)
    total = sum(freedom)
    variance = max(sum(squares) / total, LEAST_NOISE**2)
    t = np.asarray(effects) * np.sqrt(np.asarray(information) / variance)
    return np.asarray(false_discovery_control(tails * student.sf(t, total)))


def paired_answers(answers: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the reviews to which both sides answered, by date.

    Returns
    -------
    reviews : DataFrame
        Columns seeker, candidate, date (of the seeker's answer), seeker_value, candidate_value, and value,
        their difference. Each answer is paired with the nearest one of the other side, at most
        `SAME_REVIEW` days away, once.
    """
    day, side = str(Answer.DATE), str(Answer.SIDE)
    known = answers[[*PAIR, side, day, column]].dropna()
    mine, other = (known[known[side] == name].drop(columns=side) for name in SIDES)
    both = pd.merge_asof(
        mine.rename(columns={column: "seeker_value"}),
        other.rename(columns={column: "candidate_value"}).assign(other=other[day]),
        on=day,
        by=PAIR,
        tolerance=pd.Timedelta(days=SAME_REVIEW),
        direction="nearest",
    ).dropna()
    both = both.assign(
        apart=(both[day] - both["other"]).abs(), value=both["seeker_value"] - both["candidate_value"]
    )
    once = both.sort_values("apart", kind="stable").drop_duplicates([*PAIR, "other"])
    return once.sort_values([day, *PAIR], ignore_index=True)


def _series(
    rows: pd.DataFrame, keys: list[str], everyone: pd.DataFrame, need: int
) -> tuple[dict[Key, pd.DataFrame], Waiting]:
    """Return the series with values on enough days, and the pairs with too few on any side."""
    groups = {tuple(map(str, key)): group for key, group in rows.dropna(subset="value").groupby(keys)}
    days = {key: int(group[Answer.DATE].nunique()) for key, group in groups.items()}
    endings = [(side,) for side in SIDES] if len(keys) > len(PAIR) else [()]
    pairs = sorted(set(everyone[PAIR].itertuples(index=False, name=None)))
    known = [
        (pair, Enough(min(days.get((*pair, *end), 0) for end in endings), need, "reviews")) for pair in pairs
    ]
    waiting = sorted([one for one in known if not one[1].is_met], key=lambda one: one[1].missing)
    return {key: group for key, group in groups.items() if days[key] >= need}, tuple(waiting)


def _screening(
    kind: str,
    found: Mapping[Key, Trend],
    series: Mapping[Key, pd.DataFrame],
    waiting: Waiting,
    answers: pd.DataFrame,
    settings: ReviewSettings,
) -> Screening:
    """Keep what is significant, by (seeker, candidate, side), and add the answers behind it."""
    findings = []
    for (*pair, side), trend in found.items():
        if trend.sure <= settings.alarm_rate:
            mine = answers[(answers[PAIR] == pair).all(axis=1)]
            moved, wishes = _moved(kind, side, mine), _wishes(mine)
            findings.append(
                Finding(kind, (pair[0], pair[1]), side, **vars(trend), moved=moved, wishes=wishes)
            )
    findings.sort(key=lambda one: (one.sure, one.pair, one.side))
    return Screening(kind, tuple(findings), len(series), waiting)


def _moved(kind: str, side: str, answers: pd.DataFrame) -> tuple[Moved, ...]:
    """Name the questions that moved: falls of this side; of sides that diverge, rises of the other too."""
    moved = []
    for one in SIDES if kind == APART else (side,):
        for question in ANSWERS:
            given = answers.loc[answers[Answer.SIDE] == one, question].dropna()
            half = len(given) // 2
            first, last = float(given.iloc[:half].mean()), float(given.iloc[len(given) - half :].mean())
            size = first - last if one == side else last - first
            if size >= LEAST_MOVE:
                moved.append((size, Moved(one, str(question), first, last)))
    return tuple(one for _, one in sorted(moved, key=lambda one: -one[0])[:MOST_MOVED])


def _wishes(answers: pd.DataFrame) -> tuple[Wish, ...]:
    """Return each side's latest words on what should change, newest first."""
    written = answers[answers[Answer.CHANGES_WANTED].astype(str).str.strip() != ""]
    latest = written.groupby(Answer.SIDE).tail(1).iloc[::-1]
    rows = latest[[Answer.SIDE, Answer.DATE, Answer.CHANGES_WANTED]].itertuples(index=False)
    return tuple(Wish(*row) for row in rows)
