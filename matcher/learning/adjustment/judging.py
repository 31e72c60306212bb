"""Whether learned weights find more on later dates than those in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Flags
from matcher.evaluation import Interval, mean_interval
from matcher.features import COMPONENT_NAMES
from matcher.learning import TrainingPairs
from matcher.learning.adjustment.learning import learn_weights
from matcher.learning.training import score_lists
from matcher.matching.scoring import mutual_score
from matcher.ranking import WeightedRanker

EARLY: Final = 0.5
"""Share of what hangs together, the earliest, that judged weights are learned from."""


@dataclass(frozen=True)
class Judgement:
    """How weights that were learned from the earlier part do on the later one.

    Attributes
    ----------
    present, learned : float
        nDCG@10 of the weights in force and of the learned ones, means over what hangs together.
    gain : Interval
        Paired difference, learned - present.
    newcomers : Interval
        The same where only partners without an earlier joint work are to be found; NaN where there are
        none.
    """

    present: float
    learned: float
    gain: Interval
    newcomers: Interval

    @property
    def is_better(self) -> bool:
        """Whether the learned weights find more, by more than chance, and newcomers not surely less."""
        return self.gain.low > 0.0 and not self.newcomers.high < 0.0


def judge_learning(
    pairs: TrainingPairs,
    present: Mapping[str, float],
    limits: Mapping[str, tuple[float, float]],
    conflict_strength: float,
    *,
    shrinkage: float,
    seed: int = 0,
) -> Judgement | None:
    """Learn from the earlier part and judge on the later one; None where they cannot be told apart.

    Parameters
    ----------
    pairs : TrainingPairs
    present, limits, shrinkage : as for `learn_weights`
    conflict_strength : float
    seed : int
        Of the bootstrap.

    Returns
    -------
    judgement : Judgement or None
        Lists are ordered by the mutual score, as a matcher without prices orders them; the interval is
        over rows that hang together, such as those of one work.

    References
    ----------
    nDCG@10 as in `matcher.learning`; Efron (1979) for the interval.
    """
    early, later = split_by_time(pairs)
    if not early.any() or not later.any():
        return None
    learned, n_labels = learn_weights(pairs.take(early), present, limits, shrinkage)
    if not n_labels:
        return None
    held = pairs.take(later)
    old, new = (_quality(held, weights, conflict_strength) for weights in (present, learned))
    gains = new - old
    return Judgement(
        float(old["all"].mean()),
        float(new["all"].mean()),
        mean_interval(gains["all"], seed=seed),
        mean_interval(gains["newcomers"].dropna(), seed=seed),
    )


def split_by_time(pairs: TrainingPairs) -> tuple[Flags, Flags]:
    """Return which seekers are of the earlier part and which of the later one, shape (n_seekers,) each.

    Where all labels are of one day, the parts are of other clusters; those of one day are never parted
    otherwise, and no cluster is in both.
    """
    clusters = pd.Series(pairs.date).groupby(pairs.cluster).min().sort_values(kind="stable")
    cut = int(np.ceil(EARLY * len(clusters)))
    if cut >= len(clusters):
        return np.ones(pairs.n_seekers, dtype=bool), np.zeros(pairs.n_seekers, dtype=bool)
    day = clusters.iloc[cut]
    early = clusters[clusters < day].index
    if not len(early):
        later_days = clusters[clusters > day]
        early = clusters.index[: -len(later_days)] if len(later_days) else clusters.index[:cut]
    chosen = np.isin(pairs.cluster.astype(str), np.asarray(early, dtype=str))
    return chosen, ~chosen


def _quality(pairs: TrainingPairs, weights: Mapping[str, float], strength: float) -> pd.DataFrame:
    """Return nDCG@10 of each cluster under some weights, of all partners and of newcomers among them."""
    ours, theirs = pairs.columns(COMPONENT_NAMES)
    ranker = WeightedRanker(weights, strength).fit(np.concatenate([ours, theirs]))
    scores = score_lists(pairs, mutual_score(ranker.predict(ours), ranker.predict(theirs)))
    return scores.groupby("cluster")[["all", "newcomers"]].mean()
