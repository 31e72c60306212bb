"""Sensitivity: what lists lose without one feature, and how far changed weights move them."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Ints
from matcher.columns import Recommendation
from matcher.evaluation.lists import ListTables
from matcher.evaluation.pairs import PAIR, check_pairs, check_types, check_whole, ranked
from matcher.features import GATES
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import PoolScorer, Ranker
from matcher.ranking import AdditiveRanker, CalibratedRanker

SPREADS: Final = (0.2, 0.5)
"""How far each weight is moved, as a share of it."""
DRAWS: Final = 10
DEPTH: Final = 10
"""Number of first ranks that are compared: people are assumed to read no further."""
PERSISTENCE: Final = 0.9
"""Of rank-biased overlap: the first ten ranks carry 86 % of the weight."""


def rank_agreement(
    recommendations: pd.DataFrame, other: pd.DataFrame, ks: Sequence[int] = (10,)
) -> pd.DataFrame:
    """Return how far two sets of lists agree, seeker by seeker.

    Parameters
    ----------
    recommendations, other : as for `ranked`
    ks : sequence of int
        Depths of the overlap, each at least 1; one named twice counts once.

    Returns
    -------
    agreement : DataFrame of shape (n_seekers, 1 + n_ks)
        Indexed by seeker, in the order of ids; all in [0, 1], symmetric, 1 for identical lists. Columns:
        "RBO" (extrapolated, of persistence `PERSISTENCE`), "overlap@k" for each k: candidates in both first
        k, over k or over the longer list's length where that is less. A seeker in one of the tables
        only scores 0.

    Raises
    ------
    EvaluationError, ConfigError
        As for `ranked`; if a k is below 1.

    References
    ----------
    Webber, Moffat and Zobel (2010), "A similarity measure for indefinite rankings", equation 32 (lists of
    unlike lengths). Overlap over the longer list: own definition.

    Examples
    --------
    >>> import pandas as pd
    >>> lists = pd.DataFrame({"seeker": "s", "candidate": ["a", "b"], "rank": [1, 2]})
    >>> rank_agreement(lists, lists.assign(rank=[2, 1]), [1, 2]).to_dict("index")
    {'s': {'RBO': 0.9, 'overlap@1': 0.0, 'overlap@2': 1.0}}
    """
    for k in ks:
        check_whole(k, "k")
    check_pairs(other, "the other recommendations", Recommendation.RANK)
    ours, theirs = ranked(recommendations), ranked(other)
    check_types(ours[Recommendation.SEEKER], theirs[Recommendation.SEEKER])
    check_types(ours[Recommendation.CANDIDATE], theirs[Recommendation.CANDIDATE])
    lengths = pd.concat([each[Recommendation.SEEKER].value_counts() for each in (ours, theirs)], axis=1)
    lengths = lengths.fillna(0).astype(np.int64).sort_index()
    short, longer = (ends(axis=1).to_numpy(np.int64) for ends in (lengths.min, lengths.max))
    common = ours.merge(theirs, on=PAIR).sort_values(PAIR)  # sums of floats depend on their order
    seekers = pd.Index(lengths.index, dtype=object, name=str(Recommendation.SEEKER))
    owners = seekers.get_indexer(pd.Index(common[Recommendation.SEEKER]))
    deeper = common[["rank_x", "rank_y"]].max(axis=1).to_numpy(np.int64)
    columns = {"RBO": _rbo(owners, deeper, short, longer)}
    for k in dict.fromkeys(ks):
        columns[f"overlap@{k}"] = _counts(owners[deeper <= k], longer) / np.minimum(longer, int(k))
    return pd.DataFrame(columns, index=seekers)


def _rbo(owners: Ints, deeper: Ints, short: Ints, longer: Ints) -> Floats:
    """Compute equation 32; a common candidate counts from the deeper of its ranks on.

    With s and l the lengths and X(d) the overlap at depth d, it is (1 - p) / p times
    sum over d = 1..l of X(d) p^d / d, plus sum over d = s+1..l of X(s) (1/s - 1/d) p^d; plus
    ((X(l) - X(s)) / l + X(s) / s) p^l. Sums over d are differences of running sums.
    """
    p, depths = PERSISTENCE, np.arange(1, longer.max(initial=0) + 1)
    powers = np.concatenate([[0.0], np.cumsum(p**depths)])
    by_depth = np.concatenate([[0.0], np.cumsum(p**depths / depths)])
    gained = by_depth[longer[owners]] - by_depth[deeper - 1]
    sums = np.bincount(owners, weights=gained, minlength=len(longer))
    at_end = _counts(owners, longer)
    at_short = _counts(owners[deeper <= short[owners]], longer)
    share = np.divide(at_short, short, out=np.zeros(len(short)), where=short > 0)
    beyond = share * (powers[longer] - powers[short]) - at_short * (by_depth[longer] - by_depth[short])
    tail = ((at_end - at_short) / longer + share) * p ** longer.astype(np.float64)
    return np.asarray(np.clip((1.0 - p) / p * (sums + beyond) + tail, 0.0, 1.0))


def _counts(owners: Ints, lengths: Ints) -> Floats:
    return np.bincount(owners, minlength=len(lengths)).astype(np.float64)


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
    """Return the share of each feature that has any, the greatest first.

    Shares are of the ranker's weight, in [0, 1]; NaN for a gate of an additive ranker, which lowers gains
    instead of adding to them.
    """
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
    """How far lists under changed weights agree with the unchanged ones."""

    spread: float
    """Each weight was multiplied by a factor in [1 - spread, 1 + spread]."""
    overlap: float
    least_overlap: float
    """Overlap of the first ten ranks, in [0, 1], 1 where nothing moved: mean over draws and seekers, and the
    lowest mean over seekers of any draw.
    """
    rbo: float
    least_rbo: float
    """The same of rank-biased overlap."""
    draws: int


def change_weights(
    ranker: AdditiveRanker, spreads: Sequence[float], *, draws: int = DRAWS, seed: int = 0
) -> dict[str, AdditiveRanker]:
    """Return copies of a fitted ranker whose weights are each multiplied by a random factor.

    Factors are drawn evenly from [1 - spread, 1 + spread], with spreads in [0, 1). Weights then sum to 1
    again; the pool's means and the conflict gate stay. The keys are the names under which
    `measure_stability` finds the lists.
    """
    changed = {}
    for spread in spreads:
        rng = np.random.default_rng([seed, round(1000 * spread)])
        for draw in range(draws):
            other = changed[_name(spread, draw)] = copy.deepcopy(ranker)
            moved = ranker.weights_ * rng.uniform(1.0 - spread, 1.0 + spread, len(ranker.weights_))
            other.weights_ = moved / moved.sum()
    return changed


def _name(spread: float, draw: int) -> str:
    return f"{spread} {draw}"


def measure_stability(
    lists: ListTables, unchanged: str, spreads: Sequence[float], *, draws: int = DRAWS
) -> list[Stability]:
    """Return how far the lists under `change_weights` agree with those of the unchanged system, by spread."""
    before, found = lists.table(unchanged), []
    for spread in spreads:
        tables = (lists.table(_name(spread, draw)) for draw in range(draws))
        means = pd.DataFrame([rank_agreement(before, after, [DEPTH]).mean() for after in tables])
        overlap, rbo = means[f"overlap@{DEPTH}"], means["RBO"]
        mean, least = (float(overlap.mean()), float(rbo.mean())), (float(overlap.min()), float(rbo.min()))
        found.append(Stability(spread, mean[0], least[0], mean[1], least[1], draws))
    return found
