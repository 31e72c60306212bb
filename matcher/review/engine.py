"""Checks of the engine: conversion by stage, calibration of shown probabilities, drift, a challenger."""

import datetime as dt
import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import logit
from scipy.stats import binomtest, chi2_contingency, false_discovery_control, ks_2samp, ttest_1samp

from matcher.columns import SIDES, Profile, Recommendation, Shown
from matcher.evaluation.comparison import UNKNOWN
from matcher.evaluation.intervals import Interval, clustered_mean, measure_calibration, paired_difference
from matcher.evaluation.metrics import PAIR, check_pairs, seeker_metrics
from matcher.review.data import FIGURES, FORMED, STEPS, Enough, ReviewData, ReviewSettings

WINDOWS: Final = {"replied": 60, "met": 120, "agreed": 180, "active": 120, "renewed": 450}
"""Days after the stage before, used where the log has too few steps for a quantile."""
USUAL_SHARE: Final = 0.9
LEAST_TIMED: Final = 20
SHORTEST: Final = 30
ALL: Final = "all"
EDGE: Final = 1e-4  # probabilities are kept so far from 0 and 1: the log-odds of neither is finite

NUMBERS: Final = (Profile.STAFF, Profile.BUDGET, Profile.FOUNDED)
WORDS: Final = (Profile.KIND, Profile.COUNTRY)
COUNTED: Final = (Profile.NEEDS, Profile.OFFERS)
FILLED: Final = "filled"
LEAST_KNOWN: Final = 20  # numbers in each period before their distributions are compared
LEAST_EXPECTED: Final = 5.0  # count below which categories are merged: chi-square holds for no less

Verdict = Literal["too_little", "fine", "too_high", "too_low", "too_bold", "too_timid"]
Advice = Literal["keep", "retrain", "reweight"]
DEPTH: Final = 10
METRICS: Final = (f"nDCG@{DEPTH}", f"R@{DEPTH}")


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval, all in [0, 1], NaN without pairs; pairs, and those that count."""

    share: float
    low: float
    high: float
    n: int
    hits: int


@dataclass(frozen=True)
class Step:
    """How the step from one stage to another went for one group (`value` of the grouping `by`).

    A pair counts if it reached `start` at least `days`, the usual time, before the day of the review, and as
    a success if it reached `end` within that time; `n_young` pairs reached `start` later.
    """

    by: str
    value: str
    start: str
    end: str
    days: int
    rate: Rate
    n_young: int
    enough: Enough


@dataclass(frozen=True)
class CalibrationCheck:
    """Shown probabilities against what formed: bold is too near to 0 and 1, timid too near to the mean.

    `enough` is the need that is not met, or the last one; pairs are young that were shown too recently to be
    judged. The p values test that mean (level) and spread (slope) of the probabilities are right; for the
    other figures see `matcher.evaluation.intervals.Calibration`.
    """

    verdict: Verdict
    enough: Enough
    n_pairs: int
    n_seekers: int
    n_formed: int
    n_young: int
    predicted: float
    observed: float
    level_p: float = math.nan
    slope_p: float = math.nan
    brier: Interval | None = None
    ece: Interval | None = None
    curve: pd.DataFrame | None = None


@dataclass(frozen=True)
class Shift:
    """How the distribution over seekers of a column of `scores` (means of lists) or `inputs` moved.

    Numbers have Kolmogorov-Smirnov distance, test and medians; categories, and whether cells are `FILLED`,
    total variation distance and chi-square test. `sure` is `p` adjusted for the number of columns.
    """

    about: str
    name: str
    n_reference: int
    n_now: int
    distance: float
    p: float
    before: float = math.nan
    after: float = math.nan
    sure: float = 1.0
    is_alarm: bool = False


@dataclass(frozen=True)
class Drift:
    """Shifts, surest first; first and last day of both periods; seekers of the smaller one (or runs)."""

    shifts: tuple[Shift, ...]
    reference: tuple[pd.Timestamp, pd.Timestamp] | None
    now: tuple[pd.Timestamp, pd.Timestamp] | None
    enough: Enough


@dataclass(frozen=True)
class Contest:
    """Lists of the ranker in use and of another one, made on the same day for the same seekers.

    Columns seeker, candidate, rank. Only what formed after both were fixed counts.
    """

    champion: pd.DataFrame
    challenger: pd.DataFrame
    fixed: dt.date


@dataclass(frozen=True)
class Challenge:
    """Advice on the ranker, seekers with later partners, and figures by metric."""

    advice: Advice
    enough: Enough
    champion: dict[str, Interval]
    challenger: dict[str, Interval]
    difference: dict[str, Interval]


def measure_conversion(data: ReviewData, settings: ReviewSettings) -> tuple[Step, ...]:
    """Return every step from stage to stage, and from the invitation to the agreement, for all and by group.

    Pairs that had less than the usual time are left out: to count their successes only would bias the share.
    """
    reached, found = data.reached, []
    groups = _groups(data, reached)
    for start, end in [*itertools.pairwise(STEPS), (STEPS[0], FORMED)]:
        days = usual_days(reached, start, end)
        window = pd.Timedelta(days=days)
        old = reached[start] + window <= data.day
        young = reached[start].notna() & ~old
        hit = reached[end] - reached[start] <= window
        for by, group in groups.items():
            for value in sorted(set(group), key=lambda one: (one == UNKNOWN, one.zfill(2))):
                mine = group == value
                rate = clustered_rate(hit[old & mine], reached.index[old & mine].get_level_values(0))
                enough = Enough(rate.n, settings.least_pairs, "pairs")
                found.append(Step(by, value, start, end, days, rate, int((young & mine).sum()), enough))
    return tuple(found)


def usual_days(reached: pd.DataFrame, start: str, end: str) -> int:
    """Return the 0.9 quantile of the days that steps in the log took; `WINDOWS` where there are few."""
    times = (reached[end] - reached[start]).dropna().dt.days
    if len(times) >= LEAST_TIMED:
        return max(SHORTEST, math.ceil(float(times.quantile(USUAL_SHARE))))
    return sum(WINDOWS[stage] for stage in STEPS[STEPS.index(start) + 1 : STEPS.index(end) + 1])


def clustered_rate(hits: ArrayLike, cluster: ArrayLike) -> Rate:
    """Return a share with a Wilson interval for the effective number of pairs: n over the design effect.

    Kish (1965), "Survey sampling"; Korn and Graubard (1998), effective sample size in an interval.
    """
    values = np.asarray(hits, dtype=np.float64)
    n = len(values)
    if not n:
        return Rate(math.nan, math.nan, math.nan, 0, 0)
    share = float(values.mean())
    _, code = np.unique(np.asarray(cluster), return_inverse=True)
    sums = np.bincount(code, weights=values - share)
    alone, effect = n * share * (1.0 - share), 1.0
    if alone > 0.0 and len(sums) > 1:
        effect = max(1.0, float(sums @ sums) * len(sums) / (len(sums) - 1) / alone)
    worth = max(1, round(n / effect))
    interval = binomtest(round(share * worth), worth).proportion_ci(method="wilson")
    return Rate(share, min(share, interval.low), max(share, interval.high), n, int(values.sum()))


def _groups(data: ReviewData, reached: pd.DataFrame) -> dict[str, pd.Series]:
    groups = {ALL: pd.Series(ALL, reached.index)}
    seekers = pd.Series(reached.index.get_level_values(0), reached.index)
    profiles = data.profiles.set_index(data.profiles[Profile.ID].astype(str))
    for name in (Profile.KIND, Profile.COUNTRY):
        if name in profiles:
            words = profiles[name].astype(object).fillna("").astype(str).str.strip()
            groups[str(name)] = seekers.map(words).fillna("").replace("", UNKNOWN)
    agreed = reached[FORMED].dropna().reset_index()
    first = pd.concat([agreed.set_index(side)[FORMED] for side in PAIR]).groupby(level=0).min()
    is_known = first.reindex(seekers).to_numpy() < reached[STEPS[0]]
    groups["newcomer"] = is_known.map({True: "established", False: "newcomer"})
    if data.shown is not None and len(data.shown):
        scores = data.shown.dropna(subset=[Shown.SCORE]).drop_duplicates(PAIR).set_index(PAIR)[Shown.SCORE]
        tenths = ((scores.rank() - 0.5) * 10 / max(1, len(scores))).astype(int) + 1  # 10 is the highest
        groups["score"] = tenths.astype(str).reindex(reached.index).fillna(UNKNOWN)
    return groups


def judge_calibration(data: ReviewData, settings: ReviewSettings) -> CalibrationCheck | None:
    """Compare the shown probabilities with what formed; None where none were shown.

    Two t tests over seekers of the residuals (formed less probability): their sum (level) and their product
    with the log-odds (slope; a score test), each at half the alarm rate. Cox (1958), "Two further
    applications of a model for binary regression"; Van Calster et al. (2019), "Calibration: the Achilles
    heel of predictive analytics".
    """
    if not settings.calibrated or data.shown is None or not data.shown[Shown.MUTUAL].notna().any():
        return None
    pairs, n_young = shown_pairs(data.shown, data, settings)
    pairs = pairs[pairs[Shown.MUTUAL].between(0.0, 1.0)]
    seekers = pairs[Shown.SEEKER].to_numpy()
    probability, label = (pairs[name].to_numpy(np.float64) for name in (Shown.MUTUAL, FORMED))
    n_formed, n_seekers = int(label.sum()), int(pairs[Shown.SEEKER].nunique())
    counts = {"formed": n_formed, "unformed": len(pairs) - n_formed, "seekers": n_seekers}
    least = (settings.least_events, settings.least_events, settings.least_seekers)
    needs = [Enough(n, need, unit) for (unit, n), need in zip(counts.items(), least, strict=True)]
    enough = next((need for need in needs if need.missing), needs[-1])
    means = (float(pairs[Shown.MUTUAL].mean()), float(pairs[FORMED].mean()))
    found = CalibrationCheck("too_little", enough, len(pairs), n_seekers, n_formed, n_young, *means)
    if enough.missing:
        return found
    odds = logit(probability.clip(EDGE, 1.0 - EDGE))
    level = label - probability
    sums = pd.DataFrame({"level": level, "slope": level * (odds - odds.mean())}).groupby(seekers).sum()
    tests = ttest_1samp(sums, 0.0)
    p = tests.pvalue.tolist()
    ends: list[tuple[Verdict, Verdict]] = [("too_high", "too_low"), ("too_bold", "too_timid")]
    signs = zip(ends, tests.statistic > 0.0, p, strict=True)
    sure = (end[int(is_above)] for end, is_above, one in signs if one <= settings.alarm_rate / 2.0)
    verdict: Verdict = next(sure, "fine")
    errors = measure_calibration(probability, label, seekers, draws=settings.draws, seed=settings.seed)
    figures: dict[str, Any] = {name: getattr(errors, name) for name in ("brier", "ece", "curve")}
    return replace(found, verdict=verdict, level_p=p[0], slope_p=p[1], **figures)


def shown_pairs(shown: pd.DataFrame, data: ReviewData, settings: ReviewSettings) -> tuple[pd.DataFrame, int]:
    """Return each pair, as first shown, and whether it formed in `horizon_days`; and how many are too young.

    Pairs that had formed before, in either direction, are left out.
    """
    rows, agreed = shown.drop_duplicates(PAIR), data.reached[FORMED].dropna()
    days = pd.concat([agreed, agreed.swaplevel()]).groupby(level=[0, 1]).min()
    formed = days.reindex(pd.MultiIndex.from_frame(rows[PAIR])).set_axis(rows.index)
    horizon = pd.Timedelta(days=settings.horizon_days)
    fresh = formed.isna() | (formed >= rows[Shown.DATE])
    old = rows[Shown.DATE] + horizon <= data.day
    kept = rows.assign(**{FORMED: formed - rows[Shown.DATE] <= horizon})[fresh & old]
    return kept.reset_index(drop=True), int((fresh & ~old).sum())


def judge_drift(data: ReviewData, settings: ReviewSettings) -> Drift | None:
    """Compare seekers' profiles and lists of the reference period with those of now; None without lists.

    The unit is the seeker, once per period: rows of one list are not independent. p is adjusted by
    Benjamini-Hochberg over all columns. Own definition.
    """
    if data.shown is None or data.shown.empty:
        return None
    dates = data.shown[Shown.DATE]
    days = np.sort(dates.unique())
    third = max(1, len(days) // 3)
    is_old, is_new = dates <= days[third - 1], dates >= days[-third]
    if settings.reference_until is not None:
        is_old = dates <= pd.Timestamp(settings.reference_until)
        is_new = ~is_old
    if len(days) == 1 or not is_old.any() or not is_new.any():
        return Drift((), None, None, Enough(len(days), 2, "runs"))
    parts = data.shown[is_old], data.shown[is_new]
    reference, now = ((part[Shown.DATE].min(), part[Shown.DATE].max()) for part in parts)
    enough = Enough(min(part[Shown.SEEKER].nunique() for part in parts), settings.least_units, "seekers")
    if enough.missing:
        return Drift((), reference, now, enough)
    old, new = (_columns(data.profiles, part) for part in parts)
    shifts = [one for key, values in old.items() for one in _shifts(*key, values, new[key])]
    adjusted = false_discovery_control([one.p for one in shifts]).tolist() if shifts else ()
    rate, least = settings.alarm_rate, settings.least_distance
    judged = (
        replace(one, sure=sure, is_alarm=sure <= rate and one.distance >= least)
        for one, sure in zip(shifts, adjusted, strict=True)
    )
    return Drift(tuple(sorted(judged, key=lambda one: (one.sure, one.name))), reference, now, enough)


def _columns(profiles: pd.DataFrame, part: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    """Return the figures of a period's lists and profiles, once per seeker."""
    lists = part.groupby(Shown.SEEKER)[list(map(str, FIGURES))].mean()
    columns = {("scores", str(name)): lists[name] for name in FIGURES}
    mine = profiles[profiles[Profile.ID].astype(str).isin(part[Shown.SEEKER])]
    for name in mine.columns.intersection([*NUMBERS, *COUNTED, *WORDS]):
        cells = mine[name].map(len, na_action="ignore") if name in COUNTED else mine[name]
        words = mine[name].astype(object).fillna("").astype(str)
        columns["inputs", name] = words if name in WORDS else pd.to_numeric(cells, errors="coerce")
    return columns


def _shifts(about: str, name: str, old: pd.Series, new: pd.Series) -> Iterator[Shift]:
    """Compare a column of both periods: categories; or whether numbers are filled in, and the numbers."""
    if old.empty or new.empty:
        return
    is_text = name in WORDS
    if is_text or old.isna().any() or new.isna().any():
        counts = merged_counts(*((old, new) if is_text else (old.notna(), new.notna())))
        shares = counts / counts.sum(axis=1, keepdims=True)
        distance = float(np.abs(shares[0] - shares[1]).sum() / 2.0)
        p = float(chi2_contingency(counts, correction=False).pvalue) if counts.shape[1] > 1 else 1.0
        yield Shift(about, name if is_text else f"{name} {FILLED}", len(old), len(new), distance, p)
    old, new = old.dropna(), new.dropna()
    if not is_text and min(len(old), len(new)) >= LEAST_KNOWN:
        test = ks_2samp(old, new, method="asymp")
        distance, p = float(test.statistic), float(test.pvalue)
        yield Shift(about, name, len(old), len(new), distance, p, float(old.median()), float(new.median()))


def merged_counts(old: pd.Series, new: pd.Series) -> np.ndarray:
    """Return the counts of categories in both periods; the rarest are merged until enough are expected."""
    counts = pd.DataFrame({"old": old.value_counts(), "new": new.value_counts()}).fillna(0.0)
    counts = counts.assign(total=counts.sum(axis=1)).sort_values("total", kind="stable")
    least = LEAST_EXPECTED * (len(old) + len(new)) / min(len(old), len(new))
    n_rare = max(int((counts["total"] < least).sum()), int((counts["total"].cumsum() < least).sum()) + 1)
    table = counts[["old", "new"]].to_numpy().T
    return np.column_stack([table[:, :n_rare].sum(axis=1), table[:, n_rare:]])


def judge_challenge(data: ReviewData, contest: Contest, settings: ReviewSettings) -> Challenge:
    """Compare two rankers on the pairs that formed after both were fixed, by `paired_difference` of nDCG@10.

    A pair forms more easily if shown, which favours the ranker in use: a challenger's gain is understated.
    """
    formed = data.reached[FORMED]
    truth = formed[formed > pd.Timestamp(contest.fixed)].index.to_frame(index=False)
    lists = []
    for table in (contest.champion, contest.challenger):
        check_pairs(table, "--champion, --challenger", Recommendation.RANK)
        lists.append(table.astype(dict.fromkeys(SIDES, str)))
        truth = truth[truth[SIDES[0]].isin(lists[-1][SIDES[0]])]
    truth = truth.reset_index(drop=True)
    enough = Enough(int(truth[SIDES[0]].nunique()), settings.least_seekers, "seekers")
    if enough.missing:
        return Challenge("keep", enough, {}, {}, {})
    old, new = (seeker_metrics(table, truth, [DEPTH])[list(METRICS)] for table in lists)
    found = [
        {name: clustered_mean(table[name]).interval for name in METRICS}
        for table in (old, new, new - old.reindex(new.index))
    ]
    is_better = paired_difference(new[METRICS[0]], old[METRICS[0]]).is_above
    return Challenge("retrain" if is_better else "keep", enough, *found)
