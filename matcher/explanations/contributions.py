"""What each feature adds to a gain."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from matcher.arrays import Floats
from matcher.explanations.remarks import signal_of
from matcher.matching.scoring import Ranker
from matcher.ranking import AdditiveRanker


@dataclass(frozen=True)
class Contribution:
    """What one component, or one group of signals, adds to a gain."""

    feature: str
    """A component, or a group of `remarks.SIGNALS`."""
    value: float
    usual: float
    """Value in this pair, and the pool's mean, in [0, 1]; of a group the mean of its known signals. NaN
    unknown.
    """
    share: float
    """Its share of the weight in this pool, in [0, 1]."""
    amount: float
    """What it adds; below 0 where it takes away."""


@dataclass(frozen=True)
class Account:
    """How one side's gain comes about: `base` and the contributions sum to `gain`."""

    gain: float
    """In [0, 1]."""
    base: float
    """0 for a weighted mean, else the gain of the usual pair: every feature at the pool's mean."""
    contributions: tuple[Contribution, ...]
    """Features that count, in the order of the ranker."""
    method: Literal["exact", "shapley"]
    """Terms of the sum, or Shapley values of the groups against the usual pair."""


def account_for(ranker: Ranker, row: Floats) -> Account:
    """Return what each feature adds to the gain of one pair as one side sees it; features unknown are NaN.

    Weighted means are split exactly; boosted trees and calibrated gains by Shapley values against the usual
    pair. Groups are at most 14.
    """
    groups: dict[str, list[int]] = {}
    for column, feature in enumerate(ranker.features_):
        groups.setdefault(signal_of(feature)[0] or feature, []).append(column)
    usual, shares = np.asarray(ranker.means_), np.asarray(ranker.shares_)
    if isinstance(ranker, AdditiveRanker):
        terms = ranker.contributions(row[None, :])[0]
        base, amounts = 0.0, np.array([terms[columns].sum() for columns in groups.values()])
    else:
        base = float(ranker.predict(usual[None, :])[0])
        amounts = shapley_values(ranker.predict, row, usual, list(groups.values()))
    # What has neither a share in this pool nor an amount in this pair is left out.
    contributions = tuple(
        Contribution(name, _mean(row[columns]), _mean(usual[columns]), share, float(amount))
        for (name, columns), amount in zip(groups.items(), amounts, strict=True)
        if (share := float(shares[columns].sum())) > 0.0 or amount != 0.0
    )
    gain = float(ranker.predict(row[None, :])[0])
    return Account(gain, base, contributions, "exact" if isinstance(ranker, AdditiveRanker) else "shapley")


def shapley_values(
    predict: Callable[[Floats], Floats], row: Floats, usual: Floats, groups: Sequence[Sequence[int]]
) -> Floats:
    """Return the Shapley value of each group of columns; they sum to predict(row) - predict(usual).

    The average over all orders in which groups are set from the usual to the observed value. A group that
    equals its baseline has the value 0; for n others 2^n rows are predicted, none is sampled.

    References
    ----------
    Shapley (1953); Sundararajan and Najmi (2020), "The many Shapley values for model explanation",
    baseline Shapley.
    """
    values = np.zeros(len(groups))
    moved = [
        position
        for position, columns in enumerate(groups)
        if not np.array_equal(row[list(columns)], usual[list(columns)], equal_nan=True)
    ]
    n = len(moved)
    coalitions = np.arange(2**n)
    is_in = (coalitions[:, None] >> np.arange(n)) & 1 == 1
    rows = np.tile(usual, (len(coalitions), 1))
    for player, position in enumerate(moved):
        columns = list(groups[position])
        rows[np.ix_(is_in[:, player], columns)] = row[columns]
    worth = predict(rows)
    sizes = is_in.sum(axis=1)
    weights = np.array([1.0 / (n * math.comb(n - 1, size)) for size in range(n)])
    for player, position in enumerate(moved):
        without = coalitions[~is_in[:, player]]
        values[position] = weights[sizes[without]] @ (worth[without | (1 << player)] - worth[without])
    return values


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan
