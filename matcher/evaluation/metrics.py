"""Metrics of lists: ranks of the true partners for both sides, and exposure of the candidates."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix

from matcher.arrays import Floats, Ints, Positions
from matcher.columns import Recommendation
from matcher.errors import EvaluationError
from matcher.evaluation.pairs import PAIR, check_types, check_whole, ranked, true_ranks, turned
from matcher.matching.selection import Selected

DEPTHS: Final = (10, 20, 50, 100)  # depths at which lists are judged when the caller names none
LORENZ: Final = ("candidates", "exposure")
"""Columns of a Lorenz curve: cumulated shares, from the least shown candidate on."""


def seeker_metrics(
    recommendations: pd.DataFrame, truth: pd.DataFrame, ks: Sequence[int] = DEPTHS
) -> pd.DataFrame:
    """Return reciprocal rank, nDCG and recall of each seeker's list.

    Parameters
    ----------
    recommendations, truth : as for `true_ranks`
    ks : sequence of int
        Depths of nDCG and recall, each at least 1; one named twice counts once.

    Returns
    -------
    metrics : DataFrame of shape (n_seekers, 1 + 2 * n_ks)
        Indexed by the seekers of the truth, in the order of ids; in [0, 1], higher is better. Columns: "MRR"
        (one over the rank of the first true partner), "nDCG@k" for each k (gains 1 or 0, discount log2(1 +
        rank), ideal list of min(k, true partners)), "R@k" for each k (share of the true partners among the
        first k). Partners that were not recommended score 0.

    Raises errors as `true_ranks`, and `ConfigError` if a k is below 1.

    References
    ----------
    Voorhees (1999), "The TREC-8 question answering track report" (reciprocal rank); Järvelin and Kekäläinen
    (2002), "Cumulated gain-based evaluation of IR techniques" (nDCG, with the discount log2(1 + rank)).

    Examples
    --------
    >>> import pandas as pd
    >>> lists = pd.DataFrame({"seeker": "s", "candidate": ["a", "b", "c"], "rank": [1, 2, 3]})
    >>> truth = pd.DataFrame({"seeker": ["s", "s"], "candidate": ["b", "z"]})
    >>> seeker_metrics(lists, truth, [2]).round(3).to_dict("index")
    {'s': {'MRR': 0.5, 'nDCG@2': 0.387, 'R@2': 0.5}}
    """
    for k in ks:
        check_whole(k, "k")
    ranks = true_ranks(recommendations, truth).set_index(str(Recommendation.SEEKER))[Recommendation.RANK]
    by_seeker = ranks.groupby(level=0)
    counts = by_seeker.size()
    columns = {"MRR": 1.0 / by_seeker.min()}
    depths = list(dict.fromkeys(int(k) for k in ks))
    for k in depths:
        ideals = np.cumsum(_discount(np.arange(1, k + 1), k))[np.minimum(counts, k) - 1]
        gains = pd.Series(_discount(ranks, k), ranks.index).groupby(level=0).sum()
        # Sums in another order than the ideal's may exceed 1 by a rounding error.
        columns[f"nDCG@{k}"] = (gains / ideals).clip(upper=1.0)
    columns |= {f"R@{k}": (ranks <= k).groupby(level=0).mean() for k in depths}
    return pd.DataFrame(columns)


def _discount(ranks: ArrayLike, k: int) -> Floats:
    """Return 1 / log2(1 + rank) up to rank k, then 0."""
    ranks = np.asarray(ranks, dtype=np.float64)
    return np.where(ranks <= k, 1.0 / np.log2(1.0 + ranks), 0.0)


def both_sides(
    recommendations: pd.DataFrame, truth: pd.DataFrame, ks: Sequence[int] = DEPTHS
) -> pd.DataFrame:
    """Return each metric's means over seekers and candidates, and the worse: good means hide a side."""
    seekers = seeker_metrics(recommendations, truth, ks).mean()
    candidates = seeker_metrics(*turned(recommendations, truth), ks).mean()
    means = pd.DataFrame({"seekers": seekers, "candidates": candidates})
    return means.assign(worse=means.min(axis=1)).rename_axis(index="metric")


@dataclass(frozen=True)
class ExpectedMatches:
    """How many true pairs would find each other."""

    total: float
    """Expected number of mutual matches, in [0, n]."""
    share: float
    """`total` / `n`, in [0, 1]; NaN without true pairs."""
    n: int
    """Number of distinct true pairs."""


def expected_matches(recommendations: pd.DataFrame, truth: pd.DataFrame, k: int = 10) -> ExpectedMatches:
    """Return how many true pairs would find each other if both sides read the first k of their lists.

    The sum over true pairs of 1 / log2(1 + rank) in both lists, 0 beyond k; own variant of Su, Bayoumi and
    Joachims (2022), "Optimizing Rankings for Recommendation in Matching Markets": a lower bound of theirs.
    """
    check_whole(k, "k")
    ours = true_ranks(recommendations, truth)
    # By (seeker, candidate) again, as the other side's table is.
    theirs = true_ranks(*turned(recommendations, truth)).sort_values(PAIR[::-1], kind="stable")
    seen, seen_back = (_discount(side[Recommendation.RANK], k) for side in (ours, theirs))
    total = float(seen @ seen_back)
    return ExpectedMatches(total, total / len(seen) if len(seen) else math.nan, len(seen))


@dataclass(frozen=True)
class Exposure:
    """How evenly the first k ranks of the lists are distributed over the candidates."""

    gini: float
    """Of the number of lists per candidate, as `gini`: 0 when all are in as many."""
    coverage: float
    """Share of the candidates in at least one list, in [0, 1]."""
    largest_share: float
    """Share of the lists that hold the most shown candidate, in [0, 1]; NaN without lists."""
    top_percent_lists: float
    """Mean number of lists that hold a candidate of the most shown percent; NaN when none is shown."""
    seekers_without: float
    """Share of the seekers without any recommendation, in [0, 1]; NaN unless the seekers are given."""
    n_lists: int
    n_candidates: int
    """Number of seekers with a list, and of candidates, shown or not."""
    lorenz: pd.DataFrame = field(compare=False)
    """Columns of `LORENZ`: from (0, 0) to (1, 1), never above the diagonal; no rows without lists."""


def measure_exposure(
    recommendations: pd.DataFrame,
    candidates: Iterable[Any],
    k: int = 10,
    *,
    seekers: Iterable[Any] | None = None,
) -> Exposure:
    """Return how the first k ranks of all lists are distributed over the candidates.

    Parameters
    ----------
    recommendations : as for `ranked`
    candidates, seekers : iterable of ids
        Every candidate that could have been shown, and every seeker that asked, each once.
    k : int
        Ranks of a list that count; at least 1.

    Raises
    ------
    EvaluationError, ConfigError
        As for `ranked`; if an id is given twice or recommendations name one that is not given; if k is below
        1.

    References
    ----------
    Gini (1912), in the form for sorted counts; Lorenz (1905), "Methods of measuring the concentration of
    wealth"; coverage and Gini of recommendations as in Gunawardana and Shani (2015), "Evaluating recommender
    systems". Congestion, `largest_share` and `top_percent_lists`: own definition.
    """
    check_whole(k, "k")
    lists = ranked(recommendations)
    pool = _all_ids(candidates, lists[Recommendation.CANDIDATE], "candidates")
    shown_to = lists.loc[lists["rank"] <= k, Recommendation.CANDIDATE].value_counts()
    counts: Ints = np.sort(shown_to.reindex(pool, fill_value=0).to_numpy(np.int64))
    shown, n_lists, n_candidates = counts[counts > 0][::-1], lists[Recommendation.SEEKER].nunique(), len(pool)
    top = shown[: math.ceil(len(shown) / 100)]
    held = np.concatenate([[0], np.cumsum(counts)])
    steps = len(held) if len(shown) else 0
    curve = np.linspace(0.0, 1.0, steps), held[:steps] / max(held[-1], 1)
    without = math.nan
    if seekers is not None:
        asked = _all_ids(seekers, lists[Recommendation.SEEKER], "seekers")
        without = 1.0 - n_lists / len(asked) if len(asked) else math.nan
    return Exposure(
        gini=gini(counts),
        coverage=len(shown) / n_candidates if n_candidates else math.nan,
        largest_share=float(shown[0] / n_lists) if len(shown) else math.nan,
        top_percent_lists=float(top.mean()) if len(top) else math.nan,
        seekers_without=without,
        n_lists=n_lists,
        n_candidates=n_candidates,
        lorenz=pd.DataFrame(np.column_stack(curve), columns=list(LORENZ)),
    )


class Balance(NamedTuple):
    """Quality of lists beside how evenly they show the organisations of a pool."""

    ndcg: float
    """Mean nDCG of the lists by mutual score, against lists without prices."""
    gini: float
    """Of the number of lists per organisation, as in `Exposure`."""
    coverage: float
    """Share of the organisations in at least one list."""
    matches: float
    """Sum over pairs of mutual score / (rank in the one's list x rank in the other's)."""


def measure_balance(
    lists: Selected, ideal: Selected, mutual: Floats, seekers: Positions, k: int = 10
) -> Balance:
    """Return quality and balance of the lists of organisations of a pool.

    Lists are with, `ideal` ones without prices; ranks beyond `k` count in the matches alone. Mutual scores,
    shape (n_seekers, n), are in [0, 1], NaN where a pair is not eligible. Seekers are given by their
    positions in the pool; matches of a sample of it are scaled to the pool.
    """
    (n_seekers, n), (rows, positions, ranks) = mutual.shape, lists
    found, best = (
        np.bincount(one.rows, _discount(one.ranks, k) * mutual[one.rows, one.positions], n_seekers)
        for one in (lists, ideal)
    )
    counts = np.bincount(positions[ranks <= k], minlength=n)[~np.isnan(mutual).all(axis=0)]
    at = seekers[rows], positions
    wanted = csr_matrix((mutual[rows, positions] / ranks, at), (n, n))
    matches = wanted.multiply(csr_matrix((1.0 / ranks, at), (n, n)).T).sum() / 2.0
    return Balance(
        float((found[best > 0] / best[best > 0]).mean()) if best.any() else math.nan,
        gini(counts),
        float((counts > 0).mean()) if len(counts) else math.nan,
        float(matches) * (n / max(n_seekers, 1)) ** 2,
    )


def gini(counts: Ints) -> float:
    """Return half the mean absolute difference of two counts over their mean, in [0, 1); NaN for zeros."""
    total = int(counts.sum())
    if not total:
        return math.nan
    positions = np.arange(1, len(counts) + 1)
    weighted = int(((2 * positions - len(counts) - 1) * np.sort(counts)).sum())
    return weighted / (len(counts) * total)


def _all_ids(ids: Iterable[Any], listed: pd.Series, what: str) -> pd.Index:
    """Return the ids of a pool; none may be there twice, and none that is listed be missing."""
    known: pd.Index[Any] = pd.Index(list(ids), dtype=object)
    if twice := int(known.duplicated().sum()):
        raise EvaluationError(f"{what} must hold each id once; got {twice} duplicates. Drop them.")
    check_types(known.to_series(), listed)
    if strangers := listed[~listed.isin(known)].nunique():
        raise EvaluationError(
            f"{what} must hold every id that recommendations name; got {strangers} ids that they do not. "
            f"Give the whole pool."
        )
    return known
