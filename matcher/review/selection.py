"""What was shown at which place, and what other lists would have been worth."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES
from matcher.evaluation import Interval, gini
from matcher.evaluation.checks import check_pairs
from matcher.evaluation.intervals import LIMITS, resample_counts
from matcher.review.columns import Shown
from matcher.review.conversion import FORMED
from matcher.review.inputs import ReviewData
from matcher.review.promises import shown_pairs
from matcher.review.rates import Rate, clustered_rate
from matcher.review.settings import ReviewSettings
from matcher.review.verdicts import Enough

NO_PROPENSITIES: Final = "no_propensities"
NO_OVERLAP: Final = "no_overlap"
SMALL_SAMPLE: Final = "small_sample"
ESTIMATED: Final = "estimated"


@dataclass(frozen=True)
class Place:
    """What was shown at one place of the lists.

    Attributes
    ----------
    rank : int
    n_shown, n_candidates : int
        Rows, and different candidates among them.
    propensity : float
        Mean chance of being shown; NaN where it was not kept.
    rate : Rate
        Share that formed, of the pairs that had the time to.
    """

    rank: int
    n_shown: int
    n_candidates: int
    propensity: float
    rate: Rate


@dataclass(frozen=True)
class Selection:
    """Who was shown.

    Attributes
    ----------
    places : tuple of Place
    n_shown, n_candidates : int
        Rows, and different candidates among them.
    gini : float
        Inequality of how often these candidates were shown; 0 for all alike.
    explores : bool
        Whether any row was left to chance: without it nothing can be said of other lists.
    """

    places: tuple[Place, ...]
    n_shown: int
    n_candidates: int
    gini: float
    explores: bool


@dataclass(frozen=True)
class Estimate:
    """What other lists would have been worth, from what was shown.

    Attributes
    ----------
    state : str
        `estimated`, or why not: `no_propensities`, `no_overlap` or `small_sample`.
    overlap : float
        Share of the other lists' places that could have been shown, estimated; NaN without propensities.
    sample : Enough
        Effective number of shown pairs that speak for the other lists.
    value, shown : Interval or None
        Share that forms of a place in the other lists, and of what was shown.
    difference : Interval or None
        The former less the latter; an interval above 0 speaks for the other lists.
    """

    state: str
    overlap: float
    sample: Enough
    value: Interval | None = None
    shown: Interval | None = None
    difference: Interval | None = None


def describe_selection(data: ReviewData, settings: ReviewSettings) -> Selection | None:
    """Return what was shown at which place; None without lists."""
    if data.shown is None or not len(data.shown):
        return None
    judged, _ = shown_pairs(data, settings)
    ranks = sorted(data.shown[Shown.RANK].dropna().astype(int).unique())
    places = tuple(_place(int(rank), data.shown, judged) for rank in ranks)
    counts = data.shown[Shown.CANDIDATE].value_counts().to_numpy().astype(np.int64)
    explores = bool((data.shown[Shown.PROPENSITY] < 1.0).any())
    return Selection(places, len(data.shown), len(counts), gini(counts), explores)


def _place(rank: int, shown: pd.DataFrame, judged: pd.DataFrame) -> Place:
    rows, mine = shown[shown[Shown.RANK] == rank], judged[judged[Shown.RANK] == rank]
    rate = clustered_rate(mine[FORMED].to_numpy(bool), mine[Shown.SEEKER].to_numpy())
    propensity = float(rows[Shown.PROPENSITY].mean())
    return Place(rank, len(rows), int(rows[Shown.CANDIDATE].nunique()), propensity, rate)


def estimate_value(data: ReviewData, lists: pd.DataFrame, settings: ReviewSettings) -> Estimate:
    """Estimate what other lists would have been worth, from what was shown and became of it.

    Parameters
    ----------
    data : ReviewData
        With shown lists; `propensity` is the chance with which a candidate came into its list.
    lists : DataFrame
        Columns seeker, candidate and, where lists differ from run to run, run.
    settings : ReviewSettings

    Returns
    -------
    estimate : Estimate
        Self-normalised inverse propensity scoring, with 95 % bootstrap intervals over seekers.

    Notes
    -----
    The value of a place is taken not to depend on its rank, nor on who else is listed. A candidate that
    could not have been shown tells nothing, whatever the weights: so the estimate is refused where the sum
    of the weights falls short of the number of places, and where few pairs carry them.

    References
    ----------
    Swaminathan and Joachims (2015), "The self-normalized estimator for counterfactual learning"; Kong
    (1992), effective sample size.
    """
    check_pairs(lists, "the other lists")
    if data.shown is None or not (data.shown[Shown.PROPENSITY] > 0.0).any():
        return Estimate(NO_PROPENSITIES, math.nan, Enough(0, settings.least_sample, "sample"))
    rows, _ = shown_pairs(data, settings, first=False)
    rows = rows[rows[Shown.PROPENSITY] > 0.0].reset_index(drop=True)
    weight = _weights(rows, lists)
    overlap = _overlap(rows, lists, weight)
    size = float(weight.sum() ** 2 / (weight @ weight)) if weight.any() else 0.0
    sample = Enough(int(size), settings.least_sample, "sample")
    if overlap < settings.least_overlap:
        return Estimate(NO_OVERLAP, overlap, sample)
    if not sample.is_met:
        return Estimate(SMALL_SAMPLE, overlap, sample)
    return Estimate(ESTIMATED, overlap, sample, *_intervals(rows, weight, settings))


def _keys(lists: pd.DataFrame) -> list[str]:
    return [str(Shown.RUN), *SIDES] if Shown.RUN in lists else list(SIDES)


def _weights(rows: pd.DataFrame, lists: pd.DataFrame) -> Floats:
    """Give each shown row 1 / propensity where the other lists hold it too, else 0."""
    keys = _keys(lists)
    wanted = pd.MultiIndex.from_frame(lists[keys].astype(str))
    is_held = pd.MultiIndex.from_frame(rows[keys].astype(str)).isin(wanted)
    return np.asarray(np.where(is_held, 1.0 / rows[Shown.PROPENSITY].to_numpy(np.float64), 0.0))


def _overlap(rows: pd.DataFrame, lists: pd.DataFrame, weight: Floats) -> float:
    """Estimate which share of the other lists' places could be shown: the weights' sum over the places."""
    by = _keys(lists)[:-1]
    calls = rows[[str(Shown.RUN), str(Shown.SEEKER)]].drop_duplicates().astype(str)
    places = lists.astype(dict.fromkeys(by, str)).drop_duplicates(_keys(lists)).groupby(by).size().rename("n")
    n_places = float(calls.merge(places.reset_index(), on=by)["n"].sum())
    return min(1.0, float(weight.sum()) / n_places) if n_places else 0.0


def _intervals(
    rows: pd.DataFrame, weight: Floats, settings: ReviewSettings
) -> tuple[Interval, Interval, Interval]:
    hits = rows[FORMED].to_numpy(np.float64)
    _, code = np.unique(rows[Shown.SEEKER].to_numpy(str), return_inverse=True)
    sums = np.column_stack(
        [np.bincount(code, weights=v) for v in (weight * hits, weight, hits, np.ones(len(hits)))]
    )
    drawn = np.concatenate(
        [_figures(counts @ sums) for counts in resample_counts(len(sums), settings.draws, settings.seed)]
    )
    low, high = np.nanquantile(drawn, LIMITS, axis=0)
    means = _figures(sums.sum(axis=0, keepdims=True))[0]
    one, other, difference = (
        Interval(float(mean), float(a), float(b), len(sums))
        for mean, a, b in zip(means, low, high, strict=True)
    )
    return one, other, difference


def _figures(sums: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        value, shown = sums[:, 0] / sums[:, 1], sums[:, 2] / sums[:, 3]
    return np.column_stack([value, shown, value - shown])
