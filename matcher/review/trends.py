"""Trends in few answers: a robust slope, a moderated t test, and an exact test of their order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import false_discovery_control
from scipy.stats import t as student

from matcher.arrays import Floats
from matcher.review.moderation import moderate

Key = tuple[str, ...]

MOST_ENUMERATED: Final = 7
"""Answers whose orders are all tried; of more, `ORDERS` are drawn."""
ORDERS: Final = 4999
MOST_ORDER_P: Final = 0.1
"""Largest share of orders with as strong a trend, or the least there can be: one odd answer is no trend."""
_TINY: Final = 1e-12


@dataclass(frozen=True)
class Trend:
    """How a figure moved.

    Attributes
    ----------
    n : int
        Points.
    slope : float
        Median of the slopes between any two points (Theil-Sen), in points a year.
    first, last : float
        The robust line at the first and the last day.
    p : float
        Chance of a least-squares slope as steep in noise alone.
    p_order : float
        Share of the orders of the same values whose slope is as steep.
    sure : float
        `p` adjusted for looking at many (Benjamini-Hochberg): the false-alarm rate at which this is told.
    downwards : bool
        Whether only falls were looked for.
    """

    n: int
    slope: float
    first: float
    last: float
    p: float
    p_order: float
    sure: float = 1.0
    downwards: bool = False

    @property
    def is_in_order(self) -> bool:
        """Tell whether the order of the values bears the trend out; three must all go one way."""
        least = (1.0 if self.downwards else 2.0) / math.factorial(min(self.n, MOST_ENUMERATED))
        return self.p_order <= max(MOST_ORDER_P, least + _TINY)

    @property
    def change(self) -> float:
        """The robust change over the days seen, in points."""
        return self.last - self.first


def adjust(p: Sequence[float]) -> Floats:
    """Return p values adjusted for their number.

    References
    ----------
    Benjamini and Hochberg (1995), "Controlling the false discovery rate". Where nothing is there at all,
    the share of families with any p at or below a rate is at most that rate (independent or positively
    dependent p values).
    """
    return np.asarray(false_discovery_control(np.asarray(p, dtype=np.float64)) if len(p) else np.empty(0))


def measure_trends(
    series: Mapping[Key, tuple[Floats, Floats]], *, downwards: bool = False, seed: int = 0
) -> dict[Key, Trend]:
    """Return the trend of each series.

    Parameters
    ----------
    series : mapping of key to (years, values)
        Each of at least 3 points, not all of one day; no NaN.
    downwards : bool
        Look for falls only, which makes both tests one-sided; else for either direction.
    seed : int
        Decides which orders are drawn for long series.

    Returns
    -------
    trends : dict
        In the order of `series`.

    Notes
    -----
    With n points no test of order alone gives less than 1 / n!, too much to pick one of many partnerships
    out of a year of reviews. So the noise is moderated over all series (`moderate`) for `p`, and the order
    is tested beside it. `p` holds for noise near to normal; means of answers are.

    References
    ----------
    Sen (1968), "Estimates of the regression coefficient based on Kendall's tau"; Smyth (2004); permutation
    of order: Fisher (1935), "The design of experiments".
    """
    if not series:
        return {}
    fits = [_fit(years, values) for years, values in series.values()]
    slopes, variances, spreads, freedom = (np.array(column) for column in zip(*fits, strict=True))
    moderated, total = moderate(variances, freedom)
    t = slopes / np.sqrt(moderated / spreads)
    chances = student.cdf(t, total) if downwards else 2.0 * student.sf(np.abs(t), total)
    adjusted = adjust(chances)
    found = {}
    for (key, (years, values)), p, sure in zip(series.items(), chances, adjusted, strict=True):
        slope, first, last = robust_line(years, values)
        order = order_chance(years, values, downwards=downwards, seed=seed)
        found[key] = Trend(len(values), slope, first, last, float(p), order, float(sure), downwards)
    return found


def robust_line(years: Floats, values: Floats) -> tuple[float, float, float]:
    """Return the Theil-Sen slope, and the line at the first and the last day.

    Examples
    --------
    >>> import numpy as np
    >>> robust_line(np.array([0.0, 1.0, 2.0, 3.0]), np.array([4.0, 3.0, 2.0, 1.0]))
    (-1.0, 4.0, 1.0)
    """
    one, other = np.triu_indices(len(years), 1)
    steps = years[other] - years[one]
    slope = float(np.median((values[other] - values[one])[steps != 0] / steps[steps != 0]))
    base = float(np.median(values - slope * years))
    return slope, base + slope * float(years.min()), base + slope * float(years.max())


def order_chance(years: Floats, values: Floats, *, downwards: bool = False, seed: int = 0) -> float:
    """Return the share of the orders of the values whose least-squares slope is as steep, either way or down.

    Exact up to `MOST_ENUMERATED` points; above, of the order at hand and `ORDERS` drawn ones.

    Examples
    --------
    >>> import numpy as np
    >>> round(order_chance(np.arange(4.0), np.array([4.0, 3.0, 2.0, 1.0])) * 24)
    2
    """
    centred = years - years.mean()
    seen, is_all = float(centred @ values), len(values) <= MOST_ENUMERATED
    tried = values[_orders(len(values))] if is_all else _drawn_orders(values, seed)
    steepness = tried @ centred
    as_steep = steepness <= seen + _TINY if downwards else np.abs(steepness) >= abs(seen) - _TINY
    share, n = float(as_steep.mean()), len(tried)
    return share if is_all else (share * n + 1.0) / (n + 1.0)


def _drawn_orders(values: Floats, seed: int) -> Floats:
    rng = np.random.default_rng(seed)
    return np.asarray(rng.permuted(np.tile(values, (ORDERS, 1)), axis=1))


@cache
def _orders(n: int) -> NDArray[np.int64]:
    return np.array(list(itertools.permutations(range(n))), dtype=np.int64)


def _fit(years: Floats, values: Floats) -> tuple[float, float, float, float]:
    """Fit a line by least squares: slope, residual variance, spread of the days, degrees of freedom."""
    centred = years - years.mean()
    spread = float(centred @ centred)
    slope = float(centred @ values) / spread
    rest = values - values.mean() - slope * centred
    freedom = float(len(values) - 2)
    return slope, float(rest @ rest) / freedom, spread, freedom
