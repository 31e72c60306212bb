"""Bootstrap intervals of means over seekers: how far a mean would move with other organisations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.stats import bootstrap

from matcher.arrays import Floats
from matcher.errors import EvaluationError
from matcher.evaluation.checks import check_whole, read_numbers

DRAWS: Final = 2000
"""Resamples when the caller names no number."""
LIMITS: Final = (0.025, 0.975)
"""Quantiles of the resamples that bound an interval of 95 %."""
_CELLS: Final = 2_000_000


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval.

    Attributes
    ----------
    mean : float
        The figure itself.
    low, high : float
        Bounds of the interval, in the units of the mean; NaN where none is claimed.
    n : int
        Number of organisations behind it.
    """

    mean: float
    low: float
    high: float
    n: int


def mean_interval(values: pd.Series, *, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Return the mean of a figure over seekers with its 95 % bootstrap interval.

    Parameters
    ----------
    values : Series of shape (n_seekers,)
        Indexed by seeker, each once; no NaN. The order of rows does not matter.
    draws : int
        Resamples; at least 1.
    seed : int
        The same seed and seekers give the same interval.

    Returns
    -------
    interval : Interval
        Percentile interval; mean, low and high are NaN without seekers.

    Raises
    ------
    EvaluationError
        If a seeker is twice in the index or a value is missing.
    ConfigError
        If draws is below 1 or seed below 0.

    References
    ----------
    Efron (1979), "Bootstrap methods: another look at the jackknife"; percentile interval.

    Examples
    --------
    >>> import pandas as pd
    >>> mean_interval(pd.Series([0.5, 0.5], index=["a", "b"]))
    Interval(mean=0.5, low=0.5, high=0.5, n=2)
    """
    return mean_intervals(values.to_frame("value"), draws=draws, seed=seed)["value"]


def mean_intervals(table: pd.DataFrame, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Interval]:
    """Return each column's mean with its 95 % bootstrap interval over seekers.

    Parameters
    ----------
    table : DataFrame of shape (n_seekers, n_metrics)
        Indexed by seeker, each once; no NaN. The order of rows does not matter.
    draws, seed : int
        As in `mean_interval`. All columns share the resamples.

    Returns
    -------
    intervals : dict of str to Interval
        One per column, in the order of the columns.

    Raises
    ------
    EvaluationError, ConfigError
        As in `mean_interval`.
    """
    _check_seekers(table)
    check_whole(draws, "draws")
    check_whole(seed, "seed", 0)
    ordered, n = table.sort_index(), len(table)
    values = [read_numbers(ordered[name], f"{name} of the table") for name in ordered.columns]
    if not n or not values:
        return {str(name): Interval(math.nan, math.nan, math.nan, 0) for name in table.columns}
    means = np.mean(values, axis=1)
    low, high = means, means
    if n > 1:  # one seeker has no other resample than itself
        low, high = bootstrap(
            (np.array(values),),
            np.mean,
            axis=1,
            n_resamples=draws,
            batch=max(1, _CELLS // (n * len(values))),
            method="percentile",
            rng=np.random.default_rng(seed),
        ).confidence_interval
    # Quantiles of equal values may differ in their last bit, in either direction.
    low, high = np.minimum(low, high), np.maximum(low, high)
    found = zip(table.columns, means, low, high, strict=True)
    return {str(name): Interval(float(m), float(a), float(b), n) for name, m, a, b in found}


def paired_differences(
    table: pd.DataFrame, other: pd.DataFrame, *, draws: int = DRAWS, seed: int = 0
) -> dict[str, Interval]:
    """Return the mean difference `table` - `other` over the same seekers, with 95 % intervals.

    Parameters
    ----------
    table, other : DataFrame of shape (n_seekers, n_metrics)
        Indexed by the same seekers, each once, with the same columns; no NaN.
    draws, seed : int
        As in `mean_interval`.

    Returns
    -------
    intervals : dict of str to Interval
        One per column; an interval above 0 favours `table`, one that holds 0 neither.

    Raises
    ------
    EvaluationError
        If seekers or columns differ, a seeker is named twice or a value is missing.
    ConfigError
        As in `mean_interval`.

    Notes
    -----
    Paired, for seekers differ more among themselves than two rankings do.
    """
    for each in (table, other):
        _check_seekers(each)
    return mean_intervals(table - other, draws=draws, seed=seed)  # NaN where only one has a seeker or metric


def resample_counts(n: int, draws: int, seed: int) -> Iterator[Floats]:
    """Yield bootstrap resamples of n rows as counts, blocks of shape (n_block, n); `draws` rows together.

    For statistics that are no plain mean: a ratio of sums over clusters is computed from the counts by one
    matrix product, where `scipy.stats.bootstrap` would copy every row of every cluster.

    Raises
    ------
    ConfigError
        If draws is below 1 or seed below 0.
    """
    check_whole(draws, "draws")
    check_whole(seed, "seed", 0)
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // n)
    for start in range(0, draws, block):
        size = min(block, draws - start)
        drawn = rng.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        yield np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n).astype(np.float64)


def _check_seekers(table: pd.DataFrame) -> None:
    twice = int(table.index.duplicated().sum())
    if twice:
        raise EvaluationError(
            f"the table's index must name each seeker once; got {twice} duplicates. Take one row a seeker."
        )
