"""Sensitivity: what lists lose without one feature, and how far changed weights move them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.evaluation.agreement import rank_agreement
from matcher.evaluation.intervals import Interval
from matcher.features import GATES
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import PoolScorer, Ranker
from matcher.ranking import AdditiveRanker, CalibratedRanker

SPREADS: Final = (0.2, 0.5)
"""How far each weight is moved, as a share of it."""
DRAWS: Final = 10
DEPTH: Final = 10
"""Ranks of a list that people are assumed to look at."""


@dataclass(frozen=True)
class Ablation:
    """What changes where one feature has the pool's mean in every pair.

    Attributes
    ----------
    feature : str
    share : float
        The feature's share of the ranker's weight, in [0, 1]; NaN for a gate of an additive ranker, which
        lowers gains instead of adding to them.
    changes : mapping of str to Interval
        Mean paired difference by metric, without the feature less the full system; below 0 where it helps.
    """

    feature: str
    share: float
    changes: Mapping[str, Interval]


class MutedScorer(PoolScorer):
    """Scores with a ranker to which one feature, by its name, has the pool's mean in every pair."""

    def __init__(self, pool: EncodedPool, ranker: Ranker, feature: str) -> None:
        super().__init__(pool, ranker)
        self._column = ranker.features_.index(feature)

    def gain(self, features: Floats) -> Floats:
        """Return gains in [0, 1], as `PoolScorer.gain`."""
        muted = features.copy()
        muted[..., self._column] = self.ranker.means_[self._column]
        return super().gain(muted)


def features_in_force(ranker: Ranker) -> dict[str, float]:
    """Return the share of each feature that has any, the greatest first; NaN for the gates of weights."""
    shares = dict(zip(ranker.features_, map(float, ranker.shares_), strict=True))
    counting = {name: share for name, share in shares.items() if share > 0.0}
    ordered = dict(sorted(counting.items(), key=lambda pair: (-pair[1], pair[0])))
    inner: Any = ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker
    if isinstance(inner, AdditiveRanker) and inner.conflict_strength > 0.0:
        means = zip(ranker.features_, ranker.means_, strict=True)
        ordered |= {name: float("nan") for name, mean in means if name in GATES and mean > 0.0}
    return ordered


@dataclass(frozen=True)
class Stability:
    """How far lists under changed weights agree with the unchanged ones.

    Attributes
    ----------
    spread : float
        Each weight was multiplied by a factor in [1 - spread, 1 + spread].
    overlap, rbo : float
        Mean over draws and seekers of the overlap of the first ten ranks and of rank-biased overlap, in
        [0, 1]; 1 where nothing moved.
    least_overlap, least_rbo : float
        The lowest mean over seekers of any draw.
    draws : int
    """

    spread: float
    overlap: float
    least_overlap: float
    rbo: float
    least_rbo: float
    draws: int


def change_weights(
    ranker: AdditiveRanker, spread: float, *, draws: int = DRAWS, seed: int = 0
) -> list[AdditiveRanker]:
    """Return copies of a fitted ranker whose weights are each multiplied by a random factor.

    Factors are drawn evenly from [1 - spread, 1 + spread], with spread in [0, 1). Weights then sum to 1
    again; the pool's means and the conflict gate stay.
    """
    rng = np.random.default_rng([seed, round(1000 * spread)])
    changed = []
    for _ in range(draws):
        other = copy.deepcopy(ranker)
        moved = ranker.weights_ * rng.uniform(1.0 - spread, 1.0 + spread, len(ranker.weights_))
        other.weights_ = moved / moved.sum()
        changed.append(other)
    return changed


def measure_stability(
    unchanged: pd.DataFrame, changed: Mapping[float, Sequence[pd.DataFrame]]
) -> list[Stability]:
    """Return, for each spread, how far the lists under changed weights agree with the unchanged ones.

    Parameters
    ----------
    unchanged : DataFrame
        Recommendations: seeker, candidate, rank.
    changed : mapping of float to sequence of DataFrame
        For each spread, the recommendations of each draw.
    """
    found = []
    for spread, draws in changed.items():
        means = pd.DataFrame([rank_agreement(unchanged, other, [DEPTH]).mean() for other in draws])
        overlap, rbo = means[f"overlap@{DEPTH}"], means["RBO"]
        mean, least = (float(overlap.mean()), float(rbo.mean())), (float(overlap.min()), float(rbo.min()))
        found.append(Stability(spread, mean[0], least[0], mean[1], least[1], len(draws)))
    return found
