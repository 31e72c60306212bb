"""What each feature adds to a gain, and what would raise a match: one thing changed, and scored again."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from matcher.arrays import Floats
from matcher.documents.language import Messages
from matcher.explanations.matches import LEVELS, NeedMatch, most_open
from matcher.explanations.reasons import COLLISION
from matcher.explanations.remarks import Remark, render, signal_of
from matcher.features import COMPONENT_NAMES
from matcher.features.complementarity import mixed
from matcher.matching.scoring import Ranker
from matcher.ranking import AdditiveRanker

MOST: Final = 4
LEAST_RISE: Final = 0.02  # share of the mutual score by which a change must raise it to be named


@dataclass(frozen=True)
class Contribution:
    """What one component, or one group of signals, adds to a gain."""

    feature: str  # a component, or a group of signals
    value: float
    usual: float
    """In this pair, and the pool's mean, in [0, 1], NaN unknown; of a group the mean of known signals."""
    share: float  # its share of the weight in this pool, in [0, 1]
    amount: float  # what it adds; below 0 where it takes away


@dataclass(frozen=True)
class Account:
    """How one side's gain comes about: `base` and the contributions sum to `gain`."""

    gain: float  # in [0, 1]
    base: float  # 0 for a weighted mean, else the gain of the usual pair: every feature at the pool's mean
    contributions: tuple[Contribution, ...]  # features that count, in the order of the ranker
    method: Literal["exact", "shapley"]  # terms of the sum, or Shapley values against the usual pair


def account_for(ranker: Ranker, row: Floats) -> Account:
    """Return what each feature adds to the gain of one pair as one side sees it; features unknown are NaN."""
    groups: dict[str, list[int]] = {}
    for column, feature in enumerate(ranker.features_):
        groups.setdefault(signal_of(feature)[0] or feature, []).append(column)
    usual, shares = np.asarray(ranker.means_), np.asarray(ranker.shares_)
    method: Literal["exact", "shapley"] = "exact" if isinstance(ranker, AdditiveRanker) else "shapley"
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
    return Account(float(ranker.predict(row[None, :])[0]), base, contributions, method)


def shapley_values(
    predict: Callable[[Floats], Floats], row: Floats, usual: Floats, groups: Sequence[Sequence[int]]
) -> Floats:
    """Return the Shapley value of each group of columns; they sum to predict(row) - predict(usual).

    Of 2^n coalitions none is sampled. Shapley (1953); baseline Shapley of Sundararajan and Najmi (2020).
    """
    values = np.zeros(len(groups))
    is_moved = ~((row == usual) | (np.isnan(row) & np.isnan(usual)))
    moved = [position for position, columns in enumerate(groups) if is_moved[list(columns)].any()]
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


@dataclass(frozen=True)
class Improvement:
    """One change, and the mutual score with it."""

    kind: str  # one of "your_need", "their_need", "unknown", "collision"
    text: str  # a sentence in the reader's language
    mutual: float  # with the change, all else as it is; for "unknown" at best. In [0, 1]


def improvements(
    seen: Mapping[str, Floats],
    mutual_of: Callable[[Floats, Floats], float],
    weights: Mapping[str, float],
    your_needs: tuple[NeedMatch, ...],
    their_needs: tuple[NeedMatch, ...],
    messages: Messages,
) -> tuple[Improvement, ...]:
    """Return at most `MOST` changes that would raise a match by `LEAST_RISE`, the largest rise first.

    `seen` are the ranker's features, each as the seeker and as the candidate sees it, NaN unknown, of which
    `mutual_of` makes the mutual score; `weights` those of components.
    """

    def changed(name: str, *values: float) -> float:
        """Return the mutual score where both sides see other values of a feature; NaN leaves a side."""
        views = dict(seen)
        if name in seen:
            views[name] = np.where(np.isnan(values), seen[name], values)
        return mutual_of(*np.column_stack([*views.values()]))

    now = mutual_of(*np.column_stack([*seen.values()]))
    found: list[tuple[Remark, float]] = []
    for code, needs in (("your_need", your_needs), ("their_need", their_needs)):
        if best := most_open(needs):
            importance = np.array([match.importance for match in needs]) / LEVELS
            each = np.array([1.0 if match is best else match.met for match in needs])
            met = mixed(float((importance * each).max()), float(np.average(each, weights=importance)))
            sides = (met, math.nan) if code == "your_need" else (math.nan, met)
            mutual = changed("complementarity", *sides)
            found.append((Remark(code, {"need": best.need, "now": now, "then": mutual}), mutual))
    for name in COMPONENT_NAMES:
        # What weighs nothing may be no feature of the ranker.
        if name in ("conflict", "complementarity") or weights[name] == 0.0 or not np.isnan(seen[name]).any():
            continue
        low, high = (changed(name, *np.where(np.isnan(seen[name]), end, np.nan)) for end in (0.0, 1.0))
        found.append((Remark("unknown", {"component": name, "low": low, "high": high}), high))
    if "conflict" in seen and seen["conflict"][0] >= COLLISION:
        mutual = changed("conflict", 0.0, 0.0)
        found.append((Remark("collision", {"now": now, "then": mutual}), mutual))
    raising = sorted((one for one in found if one[1] > now * (1.0 + LEAST_RISE)), key=lambda one: -one[1])
    return tuple(Improvement(one.code, render(one, messages), mutual) for one, mutual in raising[:MOST])
