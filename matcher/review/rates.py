"""Shares with intervals: pairs of one organisation tell less than pairs of many."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import norm

Z95: Final = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval.

    Attributes
    ----------
    share, low, high : float
        In [0, 1]; NaN without pairs.
    n, hits : int
        Pairs, and those that count.
    """

    share: float
    low: float
    high: float
    n: int
    hits: int


def wilson(hits: float, n: float) -> tuple[float, float]:
    """Return the Wilson score interval of 95 %; NaN without trials.

    Parameters
    ----------
    hits, n : float
        0 <= hits <= n; need not be whole.

    References
    ----------
    Wilson (1927), "Probable inference, the law of succession, and statistical inference".

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(5, 10)]
    [0.237, 0.763]
    """
    if n <= 0:
        return math.nan, math.nan
    share, z2 = hits / n, Z95**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, min(centre - half, share)), min(1.0, max(centre + half, share))


def clustered_rate(hits: ArrayLike, cluster: ArrayLike) -> Rate:
    """Return a share with a Wilson interval for the number of pairs that clustered pairs are worth.

    Parameters
    ----------
    hits : array of bool of shape (n_pairs,)
    cluster : array of shape (n_pairs,)
        The seeker of each pair.

    Returns
    -------
    rate : Rate

    Notes
    -----
    The number of pairs is divided by the design effect where that is above 1: the variance of the share
    over clusters (linearised ratio) over that of independent pairs.

    References
    ----------
    Kish (1965), "Survey sampling"; Korn and Graubard (1998), effective sample size in an interval for a
    proportion.
    """
    values = np.asarray(hits, dtype=np.float64)
    if not len(values):
        return Rate(math.nan, math.nan, math.nan, 0, 0)
    worth = len(values) / max(1.0, _design_effect(values, np.asarray(cluster)))
    share = float(values.mean())
    return Rate(share, *wilson(share * worth, worth), len(values), int(values.sum()))


def _design_effect(values: NDArray[np.float64], cluster: NDArray[np.generic]) -> float:
    n, share = len(values), values.mean()
    alone = share * (1.0 - share) / n
    _, code = np.unique(cluster, return_inverse=True)
    n_clusters = int(code.max()) + 1
    if n_clusters < 2 or alone == 0.0:
        return 1.0
    sums = np.bincount(code, weights=values - share)
    between = float(sums @ sums) / n**2 * n_clusters / (n_clusters - 1)
    return float(between / alone)
