"""Checks of the engine: calibration of shown probabilities, drift, a challenger."""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy.special import logit
from scipy.stats import chi2_contingency, false_discovery_control, ks_2samp, ttest_1samp

from matcher.arrays import Floats
from matcher.columns import SIDES, Profile, Recommendation, Shown
from matcher.evaluation.calibration import measure_calibration
from matcher.evaluation.intervals import Interval, clustered_mean, paired_difference
from matcher.evaluation.metrics import seeker_metrics
from matcher.evaluation.pairs import PAIR, check_pairs
from matcher.review.data import FIGURES, FORMED, Enough, ReviewData, ReviewSettings

EDGE: Final = 1e-4
"""Probabilities are kept so far from 0 and 1: the log-odds of neither is finite."""

NUMBERS: Final = (Profile.STAFF, Profile.BUDGET, Profile.FOUNDED)
WORDS: Final = (Profile.KIND, Profile.COUNTRY)
COUNTED: Final = (Profile.NEEDS, Profile.OFFERS)
FILLED: Final = "filled"
LEAST_KNOWN: Final = 20
"""Numbers in each period before their distributions are compared."""
LEAST_EXPECTED: Final = 5.0
"""Expected count below which categories are merged: the chi-square test holds for no less."""

Verdict = Literal["too_little", "fine", "too_high", "too_low", "too_bold", "too_timid"]
Advice = Literal["keep", "retrain", "reweight"]
DEPTH: Final = 10
METRICS: Final = (f"nDCG@{DEPTH}", f"R@{DEPTH}")


@dataclass(frozen=True)
class CalibrationCheck:
    """Shown probabilities against what formed."""

    verdict: Verdict
    """Bold is too near to 0 and 1, timid too near to the mean."""
    enough: Enough
    """The need that is not met, or the last one."""
    n_pairs: int
    n_seekers: int
    n_formed: int
    n_young: int
    """Pairs judged, their seekers, those that formed, and pairs shown too recently to be judged."""
    predicted: float
    observed: float
    """Mean probability, and share that formed; NaN without pairs."""
    level_p: float = math.nan
    slope_p: float = math.nan
    """Of the tests that the mean and the spread of the probabilities are right; NaN without a verdict."""
    brier: Interval | None = None
    ece: Interval | None = None
    """With 95 % intervals over seekers."""
    curve: pd.DataFrame | None = None
    """See `matcher.evaluation.calibration.Calibration`."""


@dataclass(frozen=True)
class Shift:
    """How the distribution of one column moved."""

    about: str
    name: str
    """`scores` (means of a seeker's list) or `inputs` (profiles), and the column; with " filled" behind it
    where the share of filled cells is compared.
    """
    n_reference: int
    n_now: int
    """Seekers."""
    distance: float
    p: float
    """Kolmogorov-Smirnov distance and test of numbers; total variation distance and chi-square test of
    categories.
    """
    before: float = math.nan
    after: float = math.nan
    """Medians of numbers; NaN for categories."""
    sure: float = 1.0
    """`p` adjusted for the number of columns."""
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
    """Lists of the ranker in use and of another one, made on the same day for the same seekers."""

    champion: pd.DataFrame
    challenger: pd.DataFrame
    """Columns seeker, candidate, rank."""
    fixed: dt.date
    """Day on which both were fixed: only what formed later counts."""


@dataclass(frozen=True)
class Challenge:
    """Advice on the ranker, seekers with later partners, and figures by metric."""

    advice: Advice
    enough: Enough
    champion: dict[str, Interval]
    challenger: dict[str, Interval]
    difference: dict[str, Interval]


def judge_calibration(data: ReviewData, settings: ReviewSettings) -> CalibrationCheck | None:
    """Compare the shown probabilities with what formed; None where none were shown.

    Notes
    -----
    Two t tests over seekers of the residuals (formed less probability): their sum (level) and their
    product with the log-odds (slope; a score test), each at half the alarm rate.

    References
    ----------
    Cox (1958), "Two further applications of a model for binary regression"; Van Calster et al. (2019),
    "Calibration: the Achilles heel of predictive analytics".
    """
    if not settings.calibrated or data.shown is None or not data.shown[Shown.MUTUAL].notna().any():
        return None
    pairs, n_young = shown_pairs(data.shown, data, settings)
    pairs = pairs[pairs[Shown.MUTUAL].between(0.0, 1.0)]
    seekers, probability = pairs[Shown.SEEKER].to_numpy(), pairs[Shown.MUTUAL].to_numpy(np.float64)
    label = pairs[FORMED].to_numpy(np.float64)
    n_formed, n_seekers = int(label.sum()), int(pairs[Shown.SEEKER].nunique())
    needs = (
        Enough(n_formed, settings.least_events, "formed"),
        Enough(len(pairs) - n_formed, settings.least_events, "unformed"),
        Enough(n_seekers, settings.least_seekers, "seekers"),
    )
    enough = next((need for need in needs if not need.is_met), needs[-1])
    means = (float(pairs[Shown.MUTUAL].mean()), float(pairs[FORMED].mean()))
    found = CalibrationCheck("too_little", enough, len(pairs), n_seekers, n_formed, n_young, *means)
    if not enough.is_met:
        return found
    odds = logit(probability.clip(EDGE, 1.0 - EDGE))
    level = label - probability
    sums = pd.DataFrame({"level": level, "slope": level * (odds - odds.mean())}).groupby(seekers).sum()
    tests = ttest_1samp(sums, 0.0)
    errors = measure_calibration(probability, label, seekers, draws=settings.draws, seed=settings.seed)
    return replace(
        found,
        verdict=_verdict(tests.statistic, tests.pvalue, settings.alarm_rate / 2.0),
        level_p=float(tests.pvalue[0]),
        slope_p=float(tests.pvalue[1]),
        brier=errors.brier,
        ece=errors.ece,
        curve=errors.curve,
    )


def _verdict(statistic: Floats, p: Floats, rate: float) -> Verdict:
    """Return the verdict of the tests of level and slope."""
    if p[0] <= rate:
        return "too_low" if statistic[0] > 0 else "too_high"
    if p[1] <= rate:
        return "too_timid" if statistic[1] > 0 else "too_bold"
    return "fine"


def shown_pairs(shown: pd.DataFrame, data: ReviewData, settings: ReviewSettings) -> tuple[pd.DataFrame, int]:
    """Return each shown pair with whether it formed in time, and the number of those shown too recently.

    Returns
    -------
    pairs : DataFrame
        Each pair once, as it was first shown, with a column `agreed` of bool; pairs that had formed before
        being shown are left out. Either direction of a pair in the log counts.
    n_young : int
        Pairs that have not yet had `horizon_days` to form.
    """
    rows = shown.drop_duplicates(PAIR)
    agreed = data.reached[FORMED].dropna().sort_values(ascending=False)
    pairs = agreed.index.to_frame()[PAIR].itertuples(index=False)
    days = {frozenset(pair): day for pair, day in zip(pairs, agreed, strict=True)}
    keys = rows[PAIR].itertuples(index=False)
    formed = pd.Series([days.get(frozenset(pair), pd.NaT) for pair in keys], rows.index, "datetime64[ns]")
    horizon = pd.Timedelta(days=settings.horizon_days)
    fresh = formed.isna() | (formed >= rows[Shown.DATE])
    old = rows[Shown.DATE] + horizon <= data.day
    kept = rows.assign(**{FORMED: formed - rows[Shown.DATE] <= horizon})[fresh & old]
    return kept.reset_index(drop=True), int((fresh & ~old).sum())


def judge_drift(data: ReviewData, settings: ReviewSettings) -> Drift | None:
    """Compare seekers' profiles and lists of the reference period with those of now; None without lists.

    Notes
    -----
    The unit is the seeker, once per period: rows of one list are not independent. A shift is an alarm if
    its p, adjusted by Benjamini-Hochberg over all columns, is at most the alarm rate and its distance at
    least `least_distance`. Seekers in both periods make the tests stricter. Own definition.
    """
    if data.shown is None or data.shown.empty:
        return None
    parts = _periods(data.shown, settings)
    if parts is None:
        return Drift((), None, None, Enough(data.shown[Shown.DATE].nunique(), 2, "runs"))
    reference, now = ((part[Shown.DATE].min(), part[Shown.DATE].max()) for part in parts)
    enough = Enough(min(part[Shown.SEEKER].nunique() for part in parts), settings.least_units, "seekers")
    if not enough.is_met:
        return Drift((), reference, now, enough)
    old, new = (_columns(data.profiles, part) for part in parts)
    shifts = [one for key, values in old.items() for one in _shifts(*key, values, new[key])]
    adjusted = false_discovery_control([one.p for one in shifts]) if shifts else ()
    judged = []
    for one, sure in zip(shifts, adjusted, strict=True):
        is_alarm = bool(sure <= settings.alarm_rate) and one.distance >= settings.least_distance
        judged.append(replace(one, sure=float(sure), is_alarm=is_alarm))
    return Drift(tuple(sorted(judged, key=lambda one: (one.sure, one.name))), reference, now, enough)


def _periods(shown: pd.DataFrame, settings: ReviewSettings) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Split the runs at the end of the reference period, or take their first and last third."""
    days = np.sort(shown[Shown.DATE].unique())
    third = max(1, len(days) // 3)
    is_old, is_new = shown[Shown.DATE] <= days[third - 1], shown[Shown.DATE] >= days[-third]
    if settings.reference_until is not None:
        is_old = shown[Shown.DATE] <= pd.Timestamp(settings.reference_until)
        is_new = ~is_old
    return (shown[is_old], shown[is_new]) if len(days) > 1 and is_old.any() and is_new.any() else None


def _columns(profiles: pd.DataFrame, part: pd.DataFrame) -> dict[tuple[str, str], pd.Series]:
    """Return the figures of a period's lists and profiles, once per seeker."""
    lists = part.groupby(Shown.SEEKER)[list(map(str, FIGURES))].mean()
    columns = {("scores", str(name)): lists[name] for name in FIGURES}
    mine = profiles[profiles[Profile.ID].astype(str).isin(part[Shown.SEEKER])]
    for name in mine.columns.intersection([*NUMBERS, *COUNTED, *WORDS]):
        cells = mine[name].map(len, na_action="ignore") if name in COUNTED else mine[name]
        if name in WORDS:
            columns["inputs", str(name)] = cells.astype(object).fillna("").astype(str)
        else:
            columns["inputs", str(name)] = pd.to_numeric(cells, errors="coerce")
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

    A pair forms more easily if it was shown, which favours the ranker that was in use: a challenger's gain
    is understated.
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
    if not enough.is_met:
        return Challenge("keep", enough, {}, {}, {})
    old, new = (seeker_metrics(table, truth, [DEPTH])[list(METRICS)] for table in lists)
    figures = {"champion": old, "challenger": new, "difference": new - old.reindex(new.index)}
    intervals = {
        key: {name: clustered_mean(table[name]).interval for name in METRICS}
        for key, table in figures.items()
    }
    is_better = paired_difference(new[METRICS[0]], old[METRICS[0]]).is_above
    return Challenge("retrain" if is_better else "keep", enough, **intervals)
