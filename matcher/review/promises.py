"""Whether the probabilities that were shown came true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.columns import SIDES
from matcher.evaluation import Interval, measure_calibration, reliability_curve
from matcher.review.columns import Shown
from matcher.review.conversion import FORMED, reach_dates
from matcher.review.inputs import ReviewData
from matcher.review.logistic import Estimate, fit_logistic, log_odds
from matcher.review.settings import ReviewSettings
from matcher.review.verdicts import Enough, first_lacking

FINE: Final = "fine"
TOO_HIGH: Final = "too_high"
TOO_LOW: Final = "too_low"
TOO_BOLD: Final = "too_bold"
TOO_TIMID: Final = "too_timid"
TOO_LITTLE: Final = "too_little"


@dataclass(frozen=True)
class Promises:
    """Probabilities against what formed.

    Attributes
    ----------
    verdict : str
        `too_little`, `fine`, `too_high`, `too_low`, `too_bold` (too near to 0 and 1) or `too_timid`.
    enough : Enough
        The need that is not met, or the last one.
    n_pairs, n_seekers, n_formed, n_young : int
        Pairs judged, their seekers, those that formed, and pairs shown too lately to be judged.
    predicted, observed : float
        Mean probability, and share that formed; NaN without pairs.
    level : Estimate or None
        Log-odds to be added to every probability (calibration in the large); 0 is right.
    slope : Estimate or None
        Slope of the log-odds; 1 is right, below 1 is too bold.
    brier, ece : Interval or None
        With 95 % intervals over seekers.
    curve : DataFrame or None
        See `reliability_curve`.
    """

    verdict: str
    enough: Enough
    n_pairs: int
    n_seekers: int
    n_formed: int
    n_young: int
    predicted: float
    observed: float
    level: Estimate | None = None
    slope: Estimate | None = None
    brier: Interval | None = None
    ece: Interval | None = None
    curve: pd.DataFrame | None = None


def judge_promises(data: ReviewData, settings: ReviewSettings) -> Promises | None:
    """Compare the shown probabilities with what formed; None where none were shown.

    Notes
    -----
    Each pair counts once, as it was first shown, and only if that was `horizon_days` before the day of
    the review: then all had the same time to form. Pairs that had formed before are left out. The level
    and the slope are each judged at half the alarm rate, so that right probabilities are called
    wrong in at most that share of programmes.

    References
    ----------
    Cox (1958), "Two further applications of a model for binary regression"; Van Calster et al. (2019),
    "Calibration: the Achilles heel of predictive analytics".
    """
    if not settings.calibrated or data.shown is None or not data.shown[Shown.MUTUAL].notna().any():
        return None
    pairs, n_young = shown_pairs(data, settings)
    pairs = pairs[pairs[Shown.MUTUAL].between(0.0, 1.0)]
    label = pairs[FORMED].to_numpy(np.float64)
    n_formed, n_seekers = int(label.sum()), int(pairs[Shown.SEEKER].nunique())
    enough = first_lacking(
        Enough(n_formed, settings.least_events, "formed"),
        Enough(len(label) - n_formed, settings.least_events, "unformed"),
        Enough(n_seekers, settings.least_seekers, "seekers"),
    )
    counts = (enough, len(label), n_seekers, n_formed, n_young)
    means = (float(pairs[Shown.MUTUAL].mean()), float(label.mean()) if len(label) else np.nan)
    if not enough.is_met:
        return Promises(TOO_LITTLE, *counts, *means)
    return _judged(pairs, label, counts, means, settings)


def _judged(
    pairs: pd.DataFrame,
    label: np.ndarray[tuple[int], np.dtype[np.float64]],
    counts: tuple[Enough, int, int, int, int],
    means: tuple[float, float],
    settings: ReviewSettings,
) -> Promises:
    probability = pairs[Shown.MUTUAL].to_numpy(np.float64)
    odds, ones = log_odds(probability), np.ones((len(label), 1))
    groups, rate = (pairs[Shown.SEEKER], pairs[Shown.CANDIDATE]), settings.alarm_rate / 2.0
    (level,) = fit_logistic(ones, label, groups, rate, odds)
    slope = fit_logistic(np.column_stack([ones, odds]), label, groups, rate)[1]
    found = measure_calibration(
        probability, label, pairs[Shown.SEEKER], draws=settings.draws, seed=settings.seed
    )
    curve = reliability_curve(probability, label)
    return Promises(_verdict(level, slope), *counts, *means, level, slope, found.brier, found.ece, curve)


def _verdict(level: Estimate, slope: Estimate) -> str:
    if level.high < 0.0:
        return TOO_HIGH
    if level.low > 0.0:
        return TOO_LOW
    if slope.high < 1.0:
        return TOO_BOLD
    return TOO_TIMID if slope.low > 1.0 else FINE


def shown_pairs(
    data: ReviewData, settings: ReviewSettings, *, first: bool = True
) -> tuple[pd.DataFrame, int]:
    """Return each shown pair with whether it formed in time, and the number of those shown too lately.

    Parameters
    ----------
    data : ReviewData
        With shown lists.
    settings : ReviewSettings
    first : bool
        Whether a pair counts once, as it was first shown, or as often as it was shown.

    Returns
    -------
    pairs : DataFrame
        The rows, with a column `agreed` of bool; pairs that had formed before being shown are
        left out. Either direction of a pair in the log counts.
    n_young : int
        Pairs whose horizon has not passed.
    """
    if data.shown is None:
        return pd.DataFrame(columns=[*map(str, Shown), FORMED]), 0
    rows = data.shown.drop_duplicates(list(SIDES), keep="first") if first else data.shown
    days = _formed_days(data.outcomes)
    keys = [frozenset(pair) for pair in rows[list(SIDES)].itertuples(index=False)]
    formed = pd.to_datetime(pd.Series([days.get(key) for key in keys], index=rows.index))
    horizon = pd.Timedelta(days=settings.horizon_days)
    fresh = formed.isna() | (formed >= rows[Shown.DATE])
    is_old = rows[Shown.DATE] + horizon <= data.day
    in_time = formed.notna() & (formed - rows[Shown.DATE] <= horizon)
    kept = rows.assign(**{FORMED: in_time})[fresh & is_old].reset_index(drop=True)
    return kept, int((fresh & ~is_old).sum())


def _formed_days(outcomes: pd.DataFrame) -> dict[frozenset[str], pd.Timestamp]:
    formed = reach_dates(outcomes)[FORMED].dropna().sort_values(ascending=False)
    pairs = formed.index.to_frame(index=False)[list(SIDES)].itertuples(index=False)
    return {frozenset(pair): pd.Timestamp(day) for pair, day in zip(pairs, formed, strict=True)}
