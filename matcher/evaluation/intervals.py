"""Means over seekers, and paired differences of two rankers, with 95 % intervals."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy import stats

from matcher.arrays import Floats

LEVEL: Final = 0.95
"""Probability with which an interval holds the mean."""


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    """The figure itself."""
    low: float
    high: float
    """Bounds of the interval, in the units of the mean; NaN where none is claimed."""
    n: int
    """Number of organisations behind it."""


@dataclass(frozen=True)
class ClusteredMean:
    """The mean of a figure over clusters of seekers."""

    mean: float
    """Mean of the clusters' means, in the figure's units; NaN without clusters."""
    error: float
    """Standard error of the mean over clusters, >= 0; NaN with fewer than two."""
    n: int
    """Number of clusters."""

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
    """Return the mean of a figure over clusters of seekers.

    Parameters
    ----------
    values : Series of shape (n_seekers,)
        NaN where a seeker is not judged; it is left out.
    clusters : array-like of shape (n_seekers,), optional
        The cluster of each seeker, such as the joint work that several members could have led; each
        seeker is its own cluster when left out.

    Examples
    --------
    >>> clustered_mean(pd.Series([0.0, 1.0, 0.5]), ["a", "a", "b"]).mean
    0.5
    """
    means = values if clusters is None else values.groupby(list(clusters)).mean()
    n = int(means.count())
    return ClusteredMean(float(means.mean()), (float(means.var()) / max(n, 1)) ** 0.5, n)


def paired_difference(new: pd.Series, old: pd.Series, clusters: Any = None) -> ClusteredMean:
    """Return by how much one ranker's figure exceeds another's over the same seekers.

    The one rule of the package for whether a ranker is better. A ranker replaces the one in use only if the
    whole 95 % interval of its paired difference is above 0 (`is_above`). Among rankers that were
    trained together and pass this rule against the analyst's weights, the simplest is taken that is at most
    one standard error behind the best.

    Parameters
    ----------
    new, old : Series of shape (n_seekers,)
        A figure of each seeker, such as nDCG@10, with the same index; NaN where it is not judged.
    clusters : array-like of shape (n_seekers,), optional
        As for `clustered_mean`, in the order of `new`.

    Notes
    -----
    Own definition: the seekers' differences are averaged within each cluster, and the clusters' means are
    taken as independent, with Student's t for the interval. Paired, because seekers differ more among
    themselves than two rankers do; clustered, because the seekers of one joint work share their partners.

    References
    ----------
    Student (1908), "The probable error of a mean"; Breiman, Friedman, Olshen and Stone (1984), section
    3.4.3, for the rule of one standard error.
    """
    return clustered_mean(new - old.reindex(new.index), clusters)


def mean_intervals(table: pd.DataFrame, *, least: float = 0.0, enough: int = 0) -> dict[str, Interval]:
    """Return each column's mean over seekers, NaN not judged; intervals are cut to [least, 1].

    The interval of fewer than `enough` seekers is NaN.
    """
    found = {}
    for name, column in table.items():
        one = clustered_mean(column).interval
        bounds = max(one.low, least), min(one.high, 1.0)
        low, high = bounds if one.n >= enough else (math.nan, math.nan)
        found[str(name)] = replace(one, low=low, high=high)
    return found
