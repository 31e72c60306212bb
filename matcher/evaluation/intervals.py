"""Means over seekers, paired differences of two rankers, and calibration, with 95 % intervals."""

import math
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from matcher.arrays import Floats

LEVEL: Final = 0.95  # probability with which an interval holds the mean
DRAWS: Final = 2000  # resamples when the caller names no number
LIMITS: Final = (0.025, 0.975)  # quantiles of the resamples that bound an interval of 95 %
RELIABILITY: Final = ("lowest", "highest", "predicted", "observed", "n", "weight")  # columns of the curve


@dataclass(frozen=True)
class Interval:
    """A mean over n organisations with its 95 % interval, whose ends are NaN where none is claimed."""

    mean: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class ClusteredMean:
    """The mean of a figure over n clusters of seekers, and its standard error, NaN with fewer than two."""

    mean: float
    error: float
    n: int

    @property
    def interval(self) -> Interval:
        """The mean with its 95 % interval by Student's t; the ends are NaN with fewer than two clusters."""
        reach = float(stats.t.ppf((1.0 + LEVEL) / 2.0, max(self.n - 1, 1))) * self.error
        return Interval(self.mean, self.mean - reach, self.mean + reach, self.n)

    @property
    def is_above(self) -> bool:
        """Whether the whole interval is above 0: as a paired difference, the first ranker is better."""
        return self.interval.low > 0.0


def wilson_bounds(share: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of the 95 % intervals of shares of n observations, in [0, 1] (Wilson 1927)."""
    z2 = float(stats.norm.ppf((1.0 + LEVEL) / 2.0)) ** 2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    # Rounded: at a share of 0 or 1 one end is 0 or 1 but for the last bits.
    low, high = (np.clip(np.round(end, 9), 0.0, 1.0) for end in (centre - reach, centre + reach))
    return low, high


def clustered_mean(values: pd.Series, clusters: Any = None) -> ClusteredMean:
    """Return the mean of a figure, NaN of seekers not judged, over clusters, shape (n_seekers,) each.

    A cluster is such as the joint work that several members could have led, or else the seeker.
    """
    means = values if clusters is None else values.groupby(list(clusters)).mean()
    n = int(means.count())
    return ClusteredMean(float(means.mean()), (float(means.var()) / max(n, 1)) ** 0.5, n)


def paired_difference(new: pd.Series, old: pd.Series, clusters: Any = None) -> ClusteredMean:
    """Return by how much one ranker's figure, such as nDCG@10, exceeds another's over the same seekers.

    The one rule of the package for whether a ranker is better: it replaces the one in use only if the whole
    95 % interval of its paired difference is above 0 (`is_above`). Among rankers that were trained together
    and pass this rule against the analyst's weights, the simplest is taken that is at most one standard error
    behind the best (Breiman, Friedman, Olshen and Stone 1984, section 3.4.3).

    Figures have the same index; clusters are in the order of `new`. Paired, because seekers differ more among
    themselves than two rankers do; clustered, because the seekers of one joint work share their partners.
    """
    return clustered_mean(new - old.reindex(new.index), clusters)


def mean_intervals(table: pd.DataFrame, *, least: float = 0.0, enough: int = 0) -> dict[str, Interval]:
    """Return each column's mean with an interval cut to [least, 1], NaN of fewer than `enough` seekers."""
    found = {}
    for name, column in table.items():
        one = clustered_mean(column).interval
        bounds = max(one.low, least), min(one.high, 1.0)
        low, high = bounds if one.n >= enough else (math.nan, math.nan)
        found[str(name)] = replace(one, low=low, high=high)
    return found


@dataclass(frozen=True)
class Calibration:
    """How far probabilities are from what happened, by rows of weight above 0.

    Brier score, the weighted mean squared distance of probability and label, and expected calibration error
    over bins of equal mass are in [0, 1], 0 is best; their intervals count the groups. The curve has the
    columns of `RELIABILITY` by bin, from low to high: its ends, weighted means, rows and their weight.
    """

    brier: Interval
    ece: Interval
    predicted: float
    observed: float  # weighted mean probability, and weighted share of label 1
    n_rows: int
    curve: pd.DataFrame = field(compare=False)


def measure_calibration(
    probability: ArrayLike,
    label: ArrayLike,
    group: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    bins: int = 10,
    draws: int = DRAWS,
    seed: int = 0,
) -> Calibration:
    """Return Brier score and expected calibration error with 95 % bootstrap intervals over groups.

    All are of shape (n_rows,); weights are not all 0, and rows of one group (a seeker) are drawn together.
    Equal probabilities share a bin, and bins are those of the full data in every resample. The error of a
    sample is biased upwards, more so in small samples, and that of a resample again: `low` may lie above 0,
    even above `mean`, where the probabilities are right. Brier (1950); Naeini, Cooper and Hauskrecht (2015)
    for the error; Nguyen and O'Connor (2015) for bins of equal mass.
    """
    numbers, _ = pd.factorize(np.asarray(group), sort=True)
    arrays = {"group": numbers, "p": probability, "y": label, "w": 1.0 if weight is None else weight}
    rows = pd.DataFrame(arrays).astype(dict.fromkeys("pyw", np.float64))
    # In an order that does not depend on theirs.
    rows = rows[rows["w"] > 0.0].sort_values(["group", "p", "y", "w"], ignore_index=True)
    gap, codes, w = rows["p"] - rows["y"], rows["group"], rows["w"]
    # The bin of a row is where the middle of its probability's mass falls.
    _, level = np.unique(rows["p"], return_inverse=True)
    mass = np.bincount(level, weights=w)
    middle = np.cumsum(mass) - mass / 2.0
    of_bin = np.minimum((middle / mass.sum() * bins).astype(np.int64), bins - 1)[level]
    sums = (w * gap).groupby([codes, of_bin]).sum().unstack(fill_value=0)
    totals = np.column_stack([sums, (w * gap**2).groupby(codes).sum(), w.groupby(codes).sum()])
    n, rng = len(totals), np.random.default_rng(seed)
    # A ratio of sums over groups: `scipy.stats.bootstrap` would copy every row of every group drawn.
    drawn = [np.bincount(rng.integers(0, n, n), minlength=n) @ totals for _ in range(draws)]
    # All rows, then the resamples: sums of gaps by bin, of squares, and of weights.
    every = np.vstack([totals.sum(axis=0), *drawn])
    figures = np.abs(every[:, :-2]).sum(axis=1) / every[:, -1], every[:, -2] / every[:, -1]
    bounds = ((float(one[0]), *np.quantile(one[1:], LIMITS).tolist()) for one in figures)
    ece, brier = (Interval(mean, low, high, n) for mean, low, high in bounds)
    predicted, observed = (float(np.average(rows[name], weights=w)) for name in ("p", "y"))
    table = rows.assign(wp=rows["p"] * w, wy=rows["y"] * w).groupby(of_bin)
    parts = (("p", "min"), ("p", "max"), ("wp", "sum"), ("wy", "sum"), ("p", "size"), ("w", "sum"))
    curve = table.agg(**dict(zip(RELIABILITY, parts, strict=True))).reset_index(drop=True)
    curve[["predicted", "observed"]] = curve[["predicted", "observed"]].div(curve["weight"], axis=0)
    return Calibration(brier, ece, predicted, observed, len(rows), curve)
