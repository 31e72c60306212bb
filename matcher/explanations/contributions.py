"""What each feature adds to a gain, and what would raise a match: one thing changed, and scored again."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

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
LEAST_RISE: Final = 0.02
"""Share of the mutual score by which a change must raise it to be named."""


@dataclass(frozen=True)
class Contribution:
    """What one component, or one group of signals, adds to a gain."""

    feature: str
    """A component, or a group of `remarks.SIGNALS`."""
    value: float
    usual: float
    """In this pair, and the pool's mean, in [0, 1], NaN unknown; of a group the mean of known signals."""
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
    """Return what each feature adds to the gain of one pair as one side sees it; features unknown are NaN."""
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

    Of 2^n coalitions none is sampled. Shapley (1953); baseline Shapley of Sundararajan and Najmi (2020).
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


@dataclass(frozen=True)
class Improvement:
    """One change, and the mutual score with it."""

    kind: str
    """One of "your_need", "their_need", "unknown", "collision"."""
    text: str
    """A sentence in the reader's language."""
    mutual: float
    """With the change, all else as it is; for "unknown" at best. In [0, 1]."""


class Situation(NamedTuple):
    """A pair as the ranker sees it."""

    features: tuple[str, ...]
    views: Floats
    """Shape (2, n_features): what the seeker and what the candidate sees; NaN unknown."""
    mutual: Callable[[Floats, Floats], float]
    """The two views -> mutual score."""

    def seen(self, name: str) -> Floats:
        """Return what both sides see of a feature; NaN where the ranker ignores it."""
        return self.views[:, self.features.index(name)] if name in self.features else np.full(2, np.nan)

    def with_feature(self, name: str, *values: float) -> float:
        """Return the mutual score where both sides see other values of a feature; NaN leaves a side."""
        given = np.array(values)[:, None]
        is_changed = np.array([name == feature for feature in self.features]) & ~np.isnan(given)
        return self.mutual(*np.where(is_changed, given, self.views))


def improvements(
    situation: Situation,
    weights: Mapping[str, float],
    your_needs: tuple[NeedMatch, ...],
    their_needs: tuple[NeedMatch, ...],
    messages: Messages,
) -> tuple[Improvement, ...]:
    """Return at most `MOST` changes that would raise a match by `LEAST_RISE`, the largest rise first."""
    now, nan = situation.mutual(*situation.views), float("nan")
    found: list[tuple[Remark, float]] = []
    for code, needs in (("your_need", your_needs), ("their_need", their_needs)):
        if best := most_open(needs):
            importance = np.array([match.importance for match in needs]) / LEVELS
            each = np.array([1.0 if match is best else match.met for match in needs])
            met = mixed(float((importance * each).max()), float(np.average(each, weights=importance)))
            sides = (met, nan) if code == "your_need" else (nan, met)
            mutual = situation.with_feature("complementarity", *sides)
            found.append((Remark(code, {"need": best.need, "now": now, "then": mutual}), mutual))
    found += _unknown(situation, weights)
    if situation.seen("conflict")[0] >= COLLISION:
        mutual = situation.with_feature("conflict", 0.0, 0.0)
        found.append((Remark("collision", {"now": now, "then": mutual}), mutual))
    raising = sorted((one for one in found if one[1] > now * (1.0 + LEAST_RISE)), key=lambda one: -one[1])
    return tuple(Improvement(one.code, render(one, messages), mutual) for one, mutual in raising[:MOST])


def _unknown(situation: Situation, weights: Mapping[str, float]) -> Iterator[tuple[Remark, float]]:
    """Yield each unknown component that counts, with the mutual score at best."""
    for name in COMPONENT_NAMES:
        is_unknown = np.isnan(situation.seen(name))
        if name not in ("conflict", "complementarity") and weights[name] > 0.0 and is_unknown.any():
            low, high = (
                situation.with_feature(name, *np.where(is_unknown, value, np.nan)) for value in (0.0, 1.0)
            )
            yield Remark("unknown", {"component": name, "low": low, "high": high}), high
