"""What each feature adds to a gain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Final, Literal

import numpy as np

from matcher.arrays import Floats
from matcher.features import COMPONENT_NAMES
from matcher.matching.scoring import Ranker
from matcher.ranking import AdditiveRanker

Method = Literal["exact", "shapley"]

SIGNAL_GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "acquaintance": ("ties", "common_partners"),
    "earlier_works": ("similar_work", "neighbour_works"),
    "experience": ("works", "sought_after", "recency"),
    "in_common": ("same_",),
    "size": ("ratio_",),
    "typical_pair": ("pairs_",),
}
"""Signals of learned rankers that say one thing to a reader, by how their names begin; the first fits."""


@dataclass(frozen=True)
class Contribution:
    """What one component, or one group of signals, adds to a gain.

    Attributes
    ----------
    feature : str
        A component, or a key of `SIGNAL_GROUPS`.
    value, usual : float
        What was seen in this pair, and what is usual in the pool, in [0, 1]; of a group the mean of
        what is known. NaN unknown.
    share : float
        How much it counts in this pool, in [0, 1].
    amount : float
        What it adds; below 0 where it takes away.
    """

    feature: str
    value: float
    usual: float
    share: float
    amount: float


@dataclass(frozen=True)
class Account:
    """How one side's gain comes about: `base` and the contributions sum to `gain`.

    Attributes
    ----------
    gain : float
        In [0, 1].
    base : float
        What the gain is before anything is added: 0 for a weighted mean, else the gain of a pair in
        which all is as usual in the pool.
    contributions : tuple of Contribution
        Features that count, in the order of the ranker.
    method : {"exact", "shapley"}
        "exact": the terms of the sum that the gain is. "shapley": Shapley values of the groups against
        the usual pair.
    """

    gain: float
    base: float
    contributions: tuple[Contribution, ...]
    method: Method


def account_for(ranker: Ranker, row: Floats) -> Account:
    """Return what each feature adds to the gain of one pair.

    Parameters
    ----------
    ranker : Ranker
        Shown the pool.
    row : ndarray of shape (n_features,)
        What one side of the pair looks like; NaN where unknown.

    Returns
    -------
    account : Account
        Its parts sum to the ranker's gain.

    Notes
    -----
    Weighted means are split exactly. Boosted trees and calibrated gains are no sums: they are split by
    Shapley values, the average over all orders in which groups of features can be put from what is
    usual to what was seen. All 2^n coalitions are computed, none is sampled; there are at most 14 groups.

    References
    ----------
    Shapley (1953); Sundararajan and Najmi (2020), "The many Shapley values for model explanation",
    baseline Shapley.
    """
    groups = _groups(ranker)
    usual, shares = np.asarray(ranker.means_), np.asarray(ranker.shares_)
    method: Method = "exact" if isinstance(ranker, AdditiveRanker) else "shapley"
    if isinstance(ranker, AdditiveRanker):
        base, amounts = 0.0, ranker.contributions(row[None, :])[0]
    else:
        base, amounts = float(ranker.predict(usual[None, :])[0]), _shapley(ranker, row, groups.values())
    parts = (
        Contribution(
            feature=name,
            value=_mean(row[columns]),
            usual=_mean(usual[columns]),
            share=float(shares[columns].sum()),
            amount=float(amounts[columns].sum()),
        )
        for name, columns in groups.items()
    )
    # What neither counts in this pool nor moves this pair is left out.
    kept = tuple(part for part in parts if part.share > 0.0 or part.amount != 0.0)
    return Account(float(ranker.predict(row[None, :])[0]), base, kept, method)


def group_of(feature: str) -> str:
    """Return the component or group of signals that a feature belongs to.

    Examples
    --------
    >>> group_of("trust"), group_of("ratio_staff"), group_of("works_same_sector")
    ('trust', 'size', 'experience')
    """
    if feature in COMPONENT_NAMES:
        return feature
    for group, beginnings in SIGNAL_GROUPS.items():
        if feature.startswith(beginnings):
            return group
    return feature


def shapley_values(
    predict: Callable[[Floats], Floats], row: Floats, usual: Floats, groups: Sequence[Sequence[int]]
) -> Floats:
    """Return the Shapley value of each group of columns.

    Parameters
    ----------
    predict : callable
        Rows of shape (n, n_features) -> values of shape (n,).
    row, usual : ndarray of shape (n_features,)
        What was seen, and the baseline.
    groups : sequence of sequence of int
        Columns that change together.

    Returns
    -------
    values : ndarray of shape (n_groups,)
        They sum to predict(row) - predict(usual).

    Notes
    -----
    Predicts 2^n_groups rows.
    """
    n = len(groups)
    coalitions = np.arange(2**n)
    is_in = (coalitions[:, None] >> np.arange(n)) & 1 == 1
    rows = np.tile(usual, (len(coalitions), 1))
    for position, columns in enumerate(groups):
        rows[np.ix_(is_in[:, position], list(columns))] = row[list(columns)]
    worth = predict(rows)
    sizes = is_in.sum(axis=1)
    weights = np.array([1.0 / (n * comb(n - 1, size)) for size in range(n)])
    values = np.zeros(n)
    for position in range(n):
        without = coalitions[~is_in[:, position]]
        values[position] = weights[sizes[without]] @ (worth[without | (1 << position)] - worth[without])
    return values


def _shapley(ranker: Ranker, row: Floats, groups: Iterable[list[int]]) -> Floats:
    """Return the Shapley value of each group, in the place of its first column; 0 in the others."""
    usual = np.asarray(ranker.means_)
    # A group that is as usual adds nothing in any coalition.
    moved = [
        columns for columns in groups if not np.array_equal(row[columns], usual[columns], equal_nan=True)
    ]
    amounts = np.zeros(len(row))
    amounts[[columns[0] for columns in moved]] = shapley_values(ranker.predict, row, usual, moved)
    return amounts


def _groups(ranker: Ranker) -> dict[str, list[int]]:
    """Return the columns of each component and group of signals."""
    groups: dict[str, list[int]] = {}
    for column, feature in enumerate(ranker.features_):
        groups.setdefault(group_of(feature), []).append(column)
    return groups


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
