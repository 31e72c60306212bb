"""A review: what was found about partnerships and the engine, and what to do about it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control, linregress
from scipy.stats import t as student

from matcher.arrays import Floats
from matcher.columns import ANSWERS, SIDES, Answer, Profile, Shown
from matcher.evaluation.metrics import PAIR
from matcher.outcomes.history import DAYS_A_YEAR
from matcher.outcomes.reading import RATINGS
from matcher.review import engine
from matcher.review.data import FORMED, LEVEL, Pair, ReviewData, ReviewSettings

SAME_REVIEW: Final = 60  # days within which answers of both sides belong to one review
LEAST_NOISE: Final = 0.15  # least standard deviation of answers about a trend: they are whole numbers
MOST_OWN_P: Final = 0.1  # of a trend by the noise of its own answers alone: one odd answer is no trend
LEAST_MOVE: Final = 0.5  # change of one question, in points, from which it is named as a reason
MOST_MOVED: Final = 3
APART, FALLING, ONE_SIDED, CALIBRATION = "drifting_apart", "falling", "one_sided", "calibration"
KINDS: Final = (APART, FALLING, ONE_SIDED, CALIBRATION, "drift")  # kinds of alarm; all of drift is one
DATE, SIDE, WISH = str(Answer.DATE), str(Answer.SIDE), str(Answer.CHANGES_WANTED)


@dataclass(frozen=True)
class DueReview:
    """A review that a partnership, begun on `since`, owes or will owe soon.

    `due` is the earlier day of both sides; `sides` are those whose answers are due by then or within the days
    of notice; any side answered `last`; `days_over` is below 0 before `due`.
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
    """Return reviews overdue or due soon, the longest overdue first; where none are kept, none is overdue."""
    answered = data.answers.groupby([*PAIR, SIDE])[DATE].max().to_dict()
    notice = data.day + pd.Timedelta(days=settings.notice_days)
    found, later = [], pd.DateOffset(months=settings.review_months)
    live = data.partnerships[data.partnerships["is_live"]]
    for seeker, candidate, since in live[[*PAIR, "since"]].itertuples(index=False):
        last = {side: answered.get((seeker, candidate, side)) for side in SIDES}
        months = settings.first_review_months
        while data.reviews is None and since + pd.DateOffset(months=months) < data.day:
            months += settings.review_months
        first = since + pd.DateOffset(months=months)
        days = {side: day + later if day else first for side, day in last.items()}
        if sides := tuple(side for side, day in days.items() if day <= notice):
            due, latest = min(days.values()), max(filter(None, last.values()), default=None)
            found.append(DueReview((seeker, candidate), since, due, sides, latest, (data.day - due).days))
    return tuple(sorted(found, key=lambda one: (-one.days_over, one.pair)))


def stale_profiles(data: ReviewData, settings: ReviewSettings) -> Stale:
    """Return the profiles older than `stale_years` on the day of the review."""
    table, limit = data.profiles, settings.stale_years
    updated = pd.to_datetime(table.get(Profile.UPDATED, pd.Series(pd.NaT, table.index)))
    ages = (data.day - updated).dt.days / DAYS_A_YEAR
    ids = ((str(id_), age) for id_, age in zip(table[Profile.ID], ages.tolist(), strict=True) if age > limit)
    oldest = tuple(sorted(ids, key=lambda one: (-one[1], one[0])))
    return Stale(oldest, len(table), int(updated.isna().sum()), limit)


def screen_apart(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find partnerships whose sides' mean answers diverge: the difference grows, away from 0."""
    rows = paired_answers(data.answers, LEVEL)
    series, waiting = _series(rows, PAIR, data.answers, settings.least_reviews)
    trends = fit_trends(series, PAIR, "two-sided")
    grown = trends["last"].abs() - trends["first"].abs() >= settings.least_change
    trends[SIDE] = np.where(trends["last"] < 0, *SIDES)
    return _screening(APART, trends, grown, waiting, data, settings.alarm_rate)


def screen_falling(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find sides whose mean answers fall; where no answers are kept, whose ratings in the log do."""
    rows = data.answers.rename(columns={LEVEL: "value"})
    if data.reviews is None or data.reviews.empty:
        rows = data.since_begun(data.outcomes).melt([*PAIR, DATE], list(RATINGS), SIDE, "value")
        rows = rows.replace({SIDE: dict(zip(RATINGS, SIDES, strict=True))})
    series, waiting = _series(rows, [*PAIR, SIDE], rows, settings.least_reviews)
    trends = fit_trends(series, [*PAIR, SIDE], "less")
    fallen = trends["first"] - trends["last"] >= settings.least_change
    return _screening(FALLING, trends, fallen, waiting, data, settings.alarm_rate)


def screen_one_sided(data: ReviewData, settings: ReviewSettings) -> Screening:
    """Find partnerships of which one side has little benefit and the other much, by the settings.

    A t test (variance pooled over partnerships, p adjusted by Benjamini-Hochberg) of the latest reviews must
    find the difference above `tolerated_gap`. Own definition.
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
    return _screening(
        ONE_SIDED, tested.reset_index(), is_found.to_numpy(), waiting, data, settings.alarm_rate
    )


def fit_trends(
    series: pd.DataFrame, keys: list[str], alternative: Literal["less", "two-sided"]
) -> pd.DataFrame:
    """Fit a line to each series of at least 3 rows; return its ends, and two p values.

    `p` is of the series alone, whose three or four answers do not show its noise; `sure` of a t test with the
    residual variance pooled over all series, adjusted by Benjamini-Hochberg.
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
    """Return the reviews to which both sides answered: date, both values, and `value`, their difference.

    Each answer is paired once, with the nearest one of the other side, at most `SAME_REVIEW` days away.
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
    both["value"] = both["seeker_value"] - both["candidate_value"]
    nearest = (both[DATE] - both["other"]).abs().sort_values(kind="stable").index
    return both.loc[nearest].drop_duplicates([*PAIR, "other"]).sort_values([DATE, *PAIR], ignore_index=True)


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


def _screening(
    kind: str, tested: pd.DataFrame, is_found: Any, waiting: dict[Pair, int], data: ReviewData, rate: float
) -> Screening:
    """Return what is found and significant, by p, with the answers of the pair."""
    findings, answers = [], data.answers
    is_sure = (tested["sure"] <= rate) & ~(tested["p"] > MOST_OWN_P)
    found = tested[is_found & is_sure].sort_values(["sure", *PAIR, SIDE])
    columns = [*PAIR, SIDE, "n", "first", "last", "p", "sure"]
    for one, other, side, n, first, last, p, sure in found[columns].itertuples(index=False):
        mine = answers[(answers[PAIR] == [one, other]).all(axis=1)]
        written = mine[mine[WISH].astype(str).str.strip() != ""].groupby(SIDE).tail(1).iloc[::-1]
        latest = written[[SIDE, DATE, WISH]].set_axis(["side", "date", "text"], axis=1)
        said: Any = _moved(kind, side, mine), tuple(latest.to_dict("records"))
        findings.append(Finding(kind, (one, other), side, n, first, last, p, sure, *said))
    return Screening(kind, tuple(findings), len(tested), waiting)


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


@dataclass(frozen=True)
class Alarm:
    """A finding of one of `KINDS` (of drift `drift_inputs` or `drift_scores`) at or below the alarm rate.

    `sure` is the rate of false alarms; of calibration the alarm rate itself.
    """

    kind: str
    about: Finding | engine.Shift | engine.CalibrationCheck
    sure: float


@dataclass(frozen=True)
class Review:
    """The result of `review`: what is due (overdue first), what was found, and what to do.

    `counts` has the numbers of outcomes, pairs, partnerships (that ever worked together), live (that still
    do), formed (that ever agreed), reviews, shown and runs; the last three are None where they are not kept.
    `calibration` is None where no probabilities were shown, `drift` where lists were not kept, `challenge`
    without a contest. `names` are those of organisations by their ids, where profiles give them.
    """

    day: pd.Timestamp
    settings: ReviewSettings
    counts: Mapping[str, Any]
    due: tuple[DueReview, ...]
    screenings: tuple[Screening, ...]
    stale: Stale
    conversion: tuple[engine.Step, ...]
    calibration: engine.CalibrationCheck | None
    drift: engine.Drift | None
    challenge: engine.Challenge | None
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All alarms: partnerships first, then the engine."""
        found = [Alarm(one.kind, one, one.sure) for each in self.screenings for one in each.findings]
        if self.calibration is not None and self.calibration.verdict not in ("fine", "too_little"):
            found.append(Alarm(CALIBRATION, self.calibration, self.settings.alarm_rate))
        shifts = self.drift.shifts if self.drift is not None else ()
        found += [Alarm(f"drift_{one.about}", one, one.sure) for one in shifts if one.is_alarm]
        return tuple(found)

    @property
    def overdue(self) -> tuple[DueReview, ...]:
        """Reviews whose day has passed."""
        return tuple(one for one in self.due if one.days_over > 0)

    @property
    def verdict(self) -> str:
        """`attention` where there is an alarm or an overdue review, else `nothing`."""
        return "attention" if self.alarms or self.overdue else "nothing"

    @property
    def advice(self) -> engine.Advice:
        """What to do with the ranker.

        A better challenger is taken. Else, where probabilities are off or something drifted, retraining is
        advised if `retrain_labels` pairs formed, and weights set by an analyst if fewer did.
        """
        if self.challenge is not None and self.challenge.advice != "keep":
            return self.challenge.advice
        if all(isinstance(alarm.about, Finding) for alarm in self.alarms):
            return "keep"
        return "retrain" if self.counts["formed"] >= self.settings.retrain_labels else "reweight"


def review(
    data: ReviewData, settings: ReviewSettings | None = None, *, contest: engine.Contest | None = None
) -> Review:
    """Review every partnership and the engine as of the day of the data, whatever the order of its rows.

    Raises `EvaluationError` if the lists of a contest lack a column or name a pair twice.
    """
    settings = settings or ReviewSettings()
    screens = (screen_apart, screen_falling, screen_one_sided)
    return Review(
        day=data.day,
        settings=settings,
        counts={
            "outcomes": len(data.outcomes),
            "pairs": len(data.outcomes.drop_duplicates(PAIR)),
            "partnerships": len(data.partnerships),
            "live": int(data.partnerships["is_live"].sum()),
            "formed": int(data.reached[FORMED].count()),
            "reviews": None if data.reviews is None else len(data.reviews),
            "shown": None if data.shown is None else len(data.shown),
            "runs": None if data.shown is None else int(data.shown[Shown.RUN].nunique()),
        },
        due=due_reviews(data, settings),
        screenings=tuple(screen(data, settings) for screen in screens),
        stale=stale_profiles(data, settings),
        conversion=engine.measure_conversion(data, settings),
        calibration=engine.judge_calibration(data, settings),
        drift=engine.judge_drift(data, settings),
        challenge=None if contest is None else engine.judge_challenge(data, contest, settings),
        names=dict(zip(*(data.profiles.get(name, ()) for name in (Profile.ID, Profile.NAME)), strict=False)),
    )
