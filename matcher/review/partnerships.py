"""Partnerships that owe a review or need attention, and profiles that were not updated for long."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, linregress
from scipy.stats import t as student

from matcher.arrays import Floats
from matcher.columns import ANSWERS, SIDES, Answer, Profile
from matcher.evaluation.pairs import PAIR
from matcher.review.data import LEVEL, RATINGS, Pair, ReviewData, ReviewSettings

DAYS_A_YEAR: Final = 365.25
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
DATE: Final = str(Answer.DATE)
SIDE: Final = str(Answer.SIDE)


@dataclass(frozen=True)
class DueReview:
    """A review that a partnership owes, or will owe soon.

    `since` the partnership began; `due` is the earlier day of both sides; `sides` are those whose answers are
    due by then or within the days of notice; `last` answered any side; `days_over` is below 0 before `due`.
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


@dataclass(frozen=True)
class Finding:
    """A partnership that needs attention, found in n reviews.

    The side is whose answers fall, also against the other's, or who benefits less. `first` and `last` are, of
    `falling` the side's answers, of `drifting_apart` the difference of both (seeker less candidate), at both
    ends of the fitted line; of `one_sided` the benefit of this and of the other side, and `p` is NaN. `moved`
    are the questions that moved most, with the means of the earlier and of the later half of the answers, 1
    to 5; `wishes` the latest answer of each side on what should change, which may hold anything.
    """

    kind: str
    pair: Pair
    side: str
    n: int
    first: float
    last: float
    p: float
    sure: float
    moved: tuple[dict[str, Any], ...] = ()
    wishes: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Screening:
    """Result of testing for one kind: findings by p; series tested; pairs, and how many answers they lack."""

    kind: str
    findings: tuple[Finding, ...]
    n_judged: int
    waiting: Mapping[Pair, int]


def due_reviews(data: ReviewData, settings: ReviewSettings) -> tuple[DueReview, ...]:
    """Return the reviews that are overdue or due soon, the longest overdue first.

    A side's first review is due `first_review_months` after the partnership began, each later one
    `review_months` after its last answers. Where no reviews are kept at all, none is overdue: the next
    day of the calendar counted from the beginning is given. Own definition.
    """
    answered = data.answers.groupby([*PAIR, SIDE])[DATE].max().to_dict()
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


def screen_apart(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find partnerships whose sides' mean answers diverge: the difference grows, away from 0."""
    rows = paired_answers(data.answers, LEVEL)
    series, waiting = _series(rows, PAIR, data.answers, settings.least_reviews)
    trends = fit_trends(series, PAIR, "two-sided")
    grown = trends["last"].abs() - trends["first"].abs() >= settings.least_change
    trends[SIDE] = np.where(trends["last"] < 0, *SIDES)
    found = trends[grown & (trends["p"] <= MOST_OWN_P)]
    return Screening(APART, _findings(APART, found, data, settings), len(trends), waiting)


def screen_falling(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find sides whose mean answers fall; where no answers are kept, whose ratings in the log do."""
    rows = data.answers.rename(columns={LEVEL: "value"})
    if data.reviews is None or data.reviews.empty:
        rows = data.since_begun(data.outcomes).melt([*PAIR, DATE], list(RATINGS), SIDE, "value")
        rows = rows.replace({SIDE: dict(zip(RATINGS, SIDES, strict=True))})
    series, waiting = _series(rows, [*PAIR, SIDE], rows, settings.least_reviews)
    trends = fit_trends(series, [*PAIR, SIDE], "less")
    fallen = trends["first"] - trends["last"] >= settings.least_change
    found = trends[fallen & (trends["p"] <= MOST_OWN_P)]
    return Screening(FALLING, _findings(FALLING, found, data, settings), len(trends), waiting)


def screen_one_sided(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find partnerships of which one side has little benefit and the other much.

    Over the latest `recent_reviews` to which both sides answered: the mean benefit of one side is at most
    `low_benefit`, of the other at least `high_benefit`, and a t test (variance pooled over partnerships, p
    adjusted by Benjamini-Hochberg) finds the difference above `tolerated_gap`. Own definition.
    """
    recent = paired_answers(data.answers, str(Answer.BENEFIT)).groupby(PAIR).tail(settings.recent_reviews)
    series, waiting = _series(recent, PAIR, data.answers, settings.least_benefit_reviews)
    groups = series.groupby(PAIR)
    means, n = groups[["seeker_value", "candidate_value", "value"]].mean(), groups.size()
    beyond = means["value"].abs() - settings.tolerated_gap
    sides = means[["seeker_value", "candidate_value"]]
    tested = pd.DataFrame({"n": n, "first": sides.min(axis=1), "last": sides.max(axis=1), "p": math.nan})
    tested["sure"] = _pooled_p(1, beyond, groups["value"].var(ddof=0) * n, n, n - 1)
    tested[SIDE] = np.where(sides["seeker_value"] < sides["candidate_value"], *SIDES)
    is_found = (tested["first"] <= settings.low_benefit) & (tested["last"] >= settings.high_benefit)
    findings = _findings(ONE_SIDED, tested[is_found].reset_index(), data, settings)
    return Screening(ONE_SIDED, findings, len(tested), waiting)


def fit_trends(
    series: pd.DataFrame, keys: list[str], alternative: Literal["less", "two-sided"]
) -> pd.DataFrame:
    """Fit a line to each series: at least 3 rows of its keys, date and value, of at least 2 days.

    Returns a row per series: its keys, n, the line's first and last value, and two p values. The noise of a
    series cannot be estimated from its three or four answers: `sure` is of a t test with the residual
    variance pooled over all series, adjusted by Benjamini-Hochberg. `p` is of the series alone.
    """
    fits, tests = [], []
    for key, rows in series.groupby(keys):
        years = ((rows[DATE] - rows[DATE].min()).dt.days / DAYS_A_YEAR).to_numpy(np.float64)
        values = rows["value"].to_numpy(np.float64)
        fit = linregress(years, values, alternative=alternative)
        line = fit.intercept + fit.slope * years
        fits.append((*key, len(rows), line[0], line[-1], fit.pvalue))
        effect = -fit.slope if alternative == "less" else abs(fit.slope)
        tests.append((effect, ((values - line) ** 2).sum(), years.var() * len(years), len(rows) - 2))
    trends = pd.DataFrame(fits, columns=[*keys, "n", "first", "last", "p"])
    parts = np.array(tests, np.float64).reshape(-1, 4).T
    return trends.assign(sure=_pooled_p(1 if alternative == "less" else 2, *parts))


def _pooled_p(tails: int, effect: Any, squares: Any, information: Any, freedom: Any) -> Floats:
    """Return adjusted p of effects above 0 by t tests with one variance, pooled over all."""
    if not len(effect):
        return np.empty(0)
    total = freedom.sum()
    variance = max(squares.sum() / total, LEAST_NOISE**2)
    t = np.asarray(effect) * np.sqrt(information / variance)
    return np.asarray(false_discovery_control(tails * student.sf(t, total)))


def paired_answers(answers: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return the reviews to which both sides answered, by the date of the seeker's answer.

    Columns seeker, candidate, date, seeker_value, candidate_value, and value, their difference. Each answer
    is paired once, with the nearest one of the other side, at most `SAME_REVIEW` days away.
    """
    known = answers[[*PAIR, SIDE, DATE, column]].dropna()
    mine, other = (known[known[SIDE] == name].drop(columns=SIDE) for name in SIDES)
    both = pd.merge_asof(
        mine.rename(columns={column: "seeker_value"}),
        other.rename(columns={column: "candidate_value"}).assign(other=other[DATE]),
        on=DATE,
        by=PAIR,
        tolerance=pd.Timedelta(days=SAME_REVIEW),
        direction="nearest",
    ).dropna()
    both = both.assign(
        apart=(both[DATE] - both["other"]).abs(), value=both["seeker_value"] - both["candidate_value"]
    )
    once = both.sort_values("apart", kind="stable").drop_duplicates([*PAIR, "other"])
    return once.sort_values([DATE, *PAIR], ignore_index=True)


def _series(
    rows: pd.DataFrame, keys: list[str], everyone: pd.DataFrame, need: int
) -> tuple[pd.DataFrame, dict[Pair, int]]:
    """Return the rows of series with values on enough days, and how many the other pairs lack."""
    known = rows.dropna(subset="value")
    days = known.groupby(keys)[DATE]
    counts = days.nunique()
    if SIDE in keys:
        counts = counts.unstack(SIDE).reindex(columns=list(SIDES)).min(axis=1, skipna=False)
    pairs = sorted(set(everyone[PAIR].itertuples(index=False, name=None)))
    missing = {pair: need - int(n) for pair, n in zip(pairs, counts.reindex(pairs).fillna(0), strict=True)}
    waiting = {pair: n for pair, n in sorted(missing.items(), key=lambda one: one[1]) if n > 0}
    return known[days.transform("nunique") >= need], waiting


def _findings(
    kind: str, found: pd.DataFrame, data: ReviewData, settings: ReviewSettings
) -> tuple[Finding, ...]:
    """Return what is significant, by p, with the answers of the pair."""
    findings, answers = [], data.answers
    significant = found[found["sure"] <= settings.alarm_rate].sort_values(["sure", *PAIR, SIDE])
    columns = [*PAIR, SIDE, "n", "first", "last", "p", "sure"]
    for *pair, side, n, first, last, p, sure in significant[columns].itertuples(index=False):
        mine = answers[(answers[PAIR] == pair).all(axis=1)]
        moved, wishes = _moved(kind, side, mine), _wishes(mine)
        findings.append(Finding(kind, (pair[0], pair[1]), side, n, first, last, p, sure, moved, wishes))
    return tuple(findings)


def _moved(kind: str, side: str, answers: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Name the questions that moved: falls of this side; of sides that diverge, rises of the other too."""
    moved = []
    for one in SIDES if kind == APART else (side,):
        for question in ANSWERS:
            given = answers.loc[answers[Answer.SIDE] == one, question].dropna()
            half = len(given) // 2
            first, last = float(given.iloc[:half].mean()), float(given.iloc[len(given) - half :].mean())
            size = first - last if one == side else last - first
            if size >= LEAST_MOVE:
                parts = {"side": one, "question": str(question), "first": first, "last": last}
                moved.append((size, parts))
    return tuple(one for _, one in sorted(moved, key=lambda one: -one[0])[:MOST_MOVED])


def _wishes(answers: pd.DataFrame) -> tuple[dict[str, Any], ...]:
    """Return each side's latest answer on what should change, newest first."""
    written = answers[answers[Answer.CHANGES_WANTED].astype(str).str.strip() != ""]
    latest = written.groupby(Answer.SIDE).tail(1).iloc[::-1]
    rows = latest[[SIDE, DATE, str(Answer.CHANGES_WANTED)]].itertuples(index=False)
    return tuple({"side": side, "date": day, "text": text} for side, day, text in rows)
