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
from matcher.review.data import Enough, ReviewData
from matcher.review.partnerships import DAYS_A_YEAR, LEVEL, Pair, Partnership, rows_since
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
MOST_QUOTES: Final = 2
_PAIR: Final = [str(side) for side in SIDES]

Key = tuple[str, ...]


@dataclass(frozen=True)
class Moved:
    """One side's answers to one question: the means of the earlier and of the later half, 1 to 5."""

    side: str
    question: str
    first: float
    last: float

    @property
    def change(self) -> float:
        """Later less earlier, in points."""
        return self.last - self.first


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
    p : float
        By the noise of its own answers alone; NaN for `one_sided`.
    sure : float
        By the noise pooled over partnerships, adjusted for their number: the rate of false alarms.
    moved : tuple of Moved
        Questions that moved most in that direction.
    wishes : tuple of Wish
        The latest words of each side on what should change.
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
    """The partnerships tested for one kind of trouble.

    Attributes
    ----------
    kind : str
    findings : tuple of Finding
        Surest first.
    n_judged : int
        Partnerships (of `falling`, sides of partnerships) with enough answers.
    waiting : tuple of (pair, Enough)
        Those with too few, and how many more are needed.
    """

    kind: str
    findings: tuple[Finding, ...]
    n_judged: int
    waiting: tuple[tuple[Pair, Enough], ...]


@dataclass(frozen=True)
class Trend:
    """A least-squares line: values at both ends, its p alone, and the pooled and adjusted one."""

    first: float
    last: float
    p: float
    sure: float


def screen_apart(answers: pd.DataFrame, settings: ReviewSettings) -> Screening:
    """Find partnerships whose sides' answers diverge: the difference grows, away from 0.

    Notes
    -----
    The difference of the sides' mean answers, review by review; see `fit_trends`.
    """
    reviews = paired_answers(answers, LEVEL)
    values = reviews.assign(value=reviews["seeker_value"] - reviews["candidate_value"])
    series, waiting = _series(values, _PAIR, answers, settings.least_reviews)
    findings = []
    for (seeker, candidate), trend in fit_trends(series, "two-sided").items():
        if _is_reported(trend, abs(trend.last) - abs(trend.first), settings):
            side = SIDES[0] if trend.last < 0 else SIDES[1]
            pair, n = (seeker, candidate), len(series[seeker, candidate])
            findings.append(_finding(APART, pair, side, n, trend, answers))
    return _screening(APART, findings, len(series), waiting)


def screen_falling(
    data: ReviewData,
    partnerships: Mapping[Pair, Partnership],
    answers: pd.DataFrame,
    settings: ReviewSettings,
) -> Screening:
    """Find sides whose answers fall; without any answers, whose ratings in the log do. See `fit_trends`."""
    if data.reviews is None or data.reviews.empty:
        ratings = {str(Outcome.SEEKER_RATING): SIDES[0], str(Outcome.CANDIDATE_RATING): SIDES[1]}
        log = rows_since(data.outcomes, data, partnerships)
        rows = log.melt([*_PAIR, str(Outcome.DATE)], list(ratings), "side", "value")
        rows = rows.assign(side=rows["side"].map(ratings))
    else:
        rows = answers.assign(value=answers[LEVEL])
    series, waiting = _series(rows, [*_PAIR, str(Answer.SIDE)], rows, settings.least_reviews)
    findings = []
    for key, trend in fit_trends(series, "less").items():
        if _is_reported(trend, trend.first - trend.last, settings):
            findings.append(_finding(FALLING, (key[0], key[1]), key[2], len(series[key]), trend, answers))
    return _screening(FALLING, findings, len(series), waiting)


def screen_one_sided(answers: pd.DataFrame, settings: ReviewSettings) -> Screening:
    """Find partnerships of which one side has little benefit and the other much.

    Notes
    -----
    Over the latest `recent_reviews` to which both sides answered: the mean benefit of one side is at most
    `low_benefit`, of the other at least `high_benefit`, and a t test (noise pooled over partnerships, p
    adjusted by Benjamini-Hochberg) finds the difference above `tolerated_gap`. Own definition.
    """
    reviews = paired_answers(answers, str(Answer.BENEFIT)).groupby(_PAIR).tail(settings.recent_reviews)
    gaps = reviews.assign(value=reviews["seeker_value"] - reviews["candidate_value"])
    series, waiting = _series(gaps, _PAIR, answers, settings.least_benefit_reviews)
    values = [rows["value"].to_numpy(np.float64) for rows in series.values()]
    beyond = [abs(gap.mean()) - settings.tolerated_gap for gap in values]
    squares, counts = [((gap - gap.mean()) ** 2).sum() for gap in values], [len(gap) for gap in values]
    chances = _pooled_p(beyond, squares, counts, [n - 1 for n in counts])
    findings = []
    for (key, rows), p in zip(series.items(), chances, strict=True):
        means = dict(zip(SIDES, rows[["seeker_value", "candidate_value"]].mean(), strict=True))
        side, other = sorted(SIDES, key=lambda one: means[one])
        is_apart = means[side] <= settings.low_benefit and means[other] >= settings.high_benefit
        if is_apart and p <= settings.alarm_rate:
            trend = Trend(means[side], means[other], math.nan, float(p))
            findings.append(_finding(ONE_SIDED, (key[0], key[1]), side, len(rows), trend, answers))
    return _screening(ONE_SIDED, findings, len(series), waiting)


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
    A series of three or four answers does not tell its own noise: `sure` is of a t test with the residual
    variance pooled over all series, adjusted by Benjamini-Hochberg. `p` is of the series alone.
    """
    fits, slopes, squares, spreads = [], [], [], []
    for rows in series.values():
        years = ((rows[Answer.DATE] - rows[Answer.DATE].min()).dt.days / DAYS_A_YEAR).to_numpy(np.float64)
        values = rows["value"].to_numpy(np.float64)
        fit = linregress(years, values, alternative=alternative)
        line = fit.intercept + fit.slope * years
        fits.append((float(line[0]), float(line[-1]), float(fit.pvalue)))
        slopes.append(-fit.slope if alternative == "less" else abs(fit.slope))
        squares.append(((values - line) ** 2).sum())
        spreads.append(((years - years.mean()) ** 2).sum())
    freedom = [len(rows) - 2 for rows in series.values()]
    tails = 1.0 if alternative == "less" else 2.0
    chances = _pooled_p(slopes, squares, spreads, freedom, tails)
    return {key: Trend(*fit, float(sure)) for key, fit, sure in zip(series, fits, chances, strict=True)}


def _pooled_p(
    effects: Sequence[float],
    squares: Sequence[float],
    information: Sequence[float],
    freedom: Sequence[int],
    tails: float = 1.0,
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
        Columns seeker, candidate, date (of the seeker's answer), seeker_value and candidate_value. Each
        answer is paired with the nearest one of the other side, at most `SAME_REVIEW` days away, once.
    """
    day = str(Answer.DATE)
    known = answers[[*_PAIR, str(Answer.SIDE), day, column]].dropna()
    seekers, candidates = (
        known[known[Answer.SIDE] == side]
        .rename(columns={column: f"{side}_value"})
        .drop(columns=str(Answer.SIDE))
        for side in SIDES
    )
    within = pd.Timedelta(days=SAME_REVIEW)
    both = pd.merge_asof(
        seekers,
        candidates.assign(other=candidates[day]),
        on=day,
        by=_PAIR,
        tolerance=within,
        direction="nearest",
    ).dropna()
    nearest = both.assign(gap=(both[day] - both["other"]).abs()).sort_values("gap", kind="stable")
    once = nearest.drop_duplicates([*_PAIR, "other"])
    return once.drop(columns=["gap", "other"]).sort_values([day, *_PAIR], ignore_index=True)


def _series(
    rows: pd.DataFrame, keys: list[str], everyone: pd.DataFrame, need: int
) -> tuple[dict[Key, pd.DataFrame], tuple[tuple[Pair, Enough], ...]]:
    """Return the series with values on enough days, and the pairs with too few on any side."""
    groups = {tuple(map(str, key)): group for key, group in rows.dropna(subset="value").groupby(keys)}
    days = {key: int(group[Answer.DATE].nunique()) for key, group in groups.items()}
    endings = [(side,) for side in SIDES] if len(keys) > len(_PAIR) else [()]
    waiting = []
    for pair in sorted(set(everyone[_PAIR].itertuples(index=False, name=None))):
        enough = Enough(min(days.get((*pair, *ending), 0) for ending in endings), need, "reviews")
        if not enough.is_met:
            waiting.append((pair, enough))
    series = {key: group for key, group in groups.items() if days[key] >= need}
    return series, tuple(sorted(waiting, key=lambda one: one[1].missing))


def _is_reported(trend: Trend, change: float, settings: ReviewSettings) -> bool:
    is_sure = trend.sure <= settings.alarm_rate and trend.p <= MOST_OWN_P
    return is_sure and change >= settings.least_change


def _finding(kind: str, pair: Pair, side: str, n: int, trend: Trend, answers: pd.DataFrame) -> Finding:
    mine = answers[(answers[_PAIR[0]] == pair[0]) & (answers[_PAIR[1]] == pair[1])]
    return Finding(kind, pair, side, n, **vars(trend), moved=_moved(kind, side, mine), wishes=_wishes(mine))


def _moved(kind: str, side: str, answers: pd.DataFrame) -> tuple[Moved, ...]:
    """Name the questions that moved: falls of this side; of sides that diverge, rises of the other too."""
    moved = []
    for one in SIDES if kind == APART else (side,):
        for question in ANSWERS:
            given = answers.loc[answers[Answer.SIDE] == one, question].dropna()
            half = len(given) // 2
            if half:
                means = (float(given.iloc[:half].mean()), float(given.iloc[-half:].mean()))
                moved.append(Moved(one, str(question), *means))
    away = [one for one in moved if (-one.change if one.side == side else one.change) >= LEAST_MOVE]
    return tuple(sorted(away, key=lambda one: -abs(one.change))[:MOST_MOVED])


def _wishes(answers: pd.DataFrame) -> tuple[Wish, ...]:
    """Return each side's latest words on what should change, newest first."""
    written = answers[answers[Answer.CHANGES_WANTED].astype(str).str.strip() != ""]
    latest = written.groupby(Answer.SIDE).tail(1).iloc[::-1]
    rows = latest[[Answer.SIDE, Answer.DATE, Answer.CHANGES_WANTED]].itertuples(index=False)
    return tuple(Wish(*row) for row in rows)[:MOST_QUOTES]


def _screening(
    kind: str, findings: list[Finding], n_judged: int, waiting: tuple[tuple[Pair, Enough], ...]
) -> Screening:
    surest = sorted(findings, key=lambda one: (one.sure, one.pair, one.side))
    return Screening(kind, tuple(surest), n_judged, waiting)
