"""Stability: how far lists move where the analyst's weights are a little otherwise."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.evaluation import rank_agreement
from matcher.evaluation.comparison.lists import Lists
from matcher.ranking import AdditiveRanker

SPREADS: Final = (0.2, 0.5)
"""How far each weight is moved, as a share of it."""
DRAWS: Final = 10
DEPTH: Final = 10


@dataclass(frozen=True)
class Stability:
    """How far lists under changed weights agree with the unchanged ones.

    Attributes
    ----------
    spread : float
        Each weight was multiplied by a factor in [1 - spread, 1 + spread].
    overlap, rbo : float
        Mean over draws and seekers of the overlap of the first ten places and of rank-biased overlap, in
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

    Parameters
    ----------
    ranker : AdditiveRanker
        Fitted.
    spread : float
        Factors are drawn evenly from [1 - spread, 1 + spread]; in [0, 1).
    draws : int
    seed : int

    Returns
    -------
    rankers : list of AdditiveRanker
        Weights brought to sum 1 again; what is usual in the pool and the conflict gate stay.
    """
    rng = np.random.default_rng([seed, round(1000 * spread)])
    changed = []
    for _ in range(draws):
        other = copy.deepcopy(ranker)
        moved = ranker.weights_ * rng.uniform(1.0 - spread, 1.0 + spread, len(ranker.weights_))
        other.weights_ = moved / moved.sum()
        changed.append(other)
    return changed


def measure_stability(lists: Lists, changed: Mapping[float, Sequence[Lists]]) -> list[Stability]:
    """Return, for each spread, how far the lists under changed weights agree with the unchanged ones.

    References
    ----------
    Own definition; overlap and rank-biased overlap as in `rank_agreement`.
    """
    unchanged = lists.table()
    found = []
    for spread, draws in changed.items():
        means = [rank_agreement(unchanged, other.table(), [DEPTH]).mean() for other in draws]
        overlap = [float(mean[f"overlap@{DEPTH}"]) for mean in means]
        rbo = [float(mean["RBO"]) for mean in means]
        found.append(
            Stability(
                spread,
                float(np.mean(overlap)),
                min(overlap),
                float(np.mean(rbo)),
                min(rbo),
                len(draws),
            )
        )
    return found
