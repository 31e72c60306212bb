"""Ranking metrics of both sides: how high in each list the true partners are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from matcher.arrays import Floats
from matcher.columns import Recommendation
from matcher.evaluation.checks import check_whole
from matcher.evaluation.columns import Side
from matcher.evaluation.ranks import candidate_lists, swap_pairs, true_ranks

DEPTHS: Final = (10, 20, 50, 100)
"""Depths at which lists are judged when the caller names none."""


def seeker_metrics(
    recommendations: pd.DataFrame, truth: pd.DataFrame, ks: Sequence[int] = DEPTHS
) -> pd.DataFrame:
    """Return reciprocal rank, nDCG and recall of each seeker's list.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank; more are ignored. Lists go by rank, lowest first, gaps closed;
        equal ranks by candidate id.
    truth : DataFrame
        Columns seeker, candidate; a pair named twice counts once.
    ks : sequence of int
        Depths of nDCG and recall, each at least 1; one named twice counts once.

    Returns
    -------
    metrics : DataFrame of shape (n_seekers, 1 + 2 * n_ks)
        Indexed by seeker, in the order of ids; all in [0, 1], higher is better. Columns: "MRR" (one over the
        rank of the first true partner; 0 without one), "nDCG@k" for each k (gains 1 or 0, discount
        log2(1 + rank), ideal list of min(k, true partners)), "R@k" for each k (share of the true partners
        among the first k). The seekers are those of the truth: one without recommendations
        scores 0, and so does a partner that was not recommended; seekers without truth are left out.

    Raises
    ------
    EvaluationError
        If a column, an id or a rank is missing, or recommendations name a pair twice.
    ConfigError
        If a k is below 1.

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


@dataclass(frozen=True)
class ExpectedMatches:
    """How many true pairs would find each other.

    Attributes
    ----------
    total : float
        Expected number of mutual matches, in [0, n].
    share : float
        `total` / `n`, in [0, 1]; NaN without true pairs.
    n : int
        Number of distinct true pairs.
    """

    total: float
    share: float
    n: int


def candidate_metrics(
    recommendations: pd.DataFrame, truth: pd.DataFrame, ks: Sequence[int] = DEPTHS
) -> pd.DataFrame:
    """Return the metrics of `seeker_metrics`, seen from the candidates.

    A candidate's list holds the seekers to whom it was recommended, by descending score, ties by seeker id.
    Own definition: a reciprocal recommendation must serve both sides.

    Parameters, returns and errors are those of `seeker_metrics`, with a column score in place of rank, and
    one row per candidate of the truth.
    """
    metrics = seeker_metrics(candidate_lists(recommendations), swap_pairs(truth), ks)
    return metrics.rename_axis(index=str(Recommendation.CANDIDATE))


def both_sides(
    recommendations: pd.DataFrame, truth: pd.DataFrame, ks: Sequence[int] = DEPTHS
) -> pd.DataFrame:
    """Return each metric's mean over seekers, mean over candidates, and the worse of both.

    A good mean may hide that one side is badly served. Parameters and errors are those of `seeker_metrics`,
    with a column score besides rank.

    Returns
    -------
    means : DataFrame of shape (1 + 2 * n_ks, 3)
        Indexed by metric, columns of `Side`, in [0, 1]; NaN where the truth is empty.
    """
    seekers = seeker_metrics(recommendations, truth, ks).mean()
    candidates = candidate_metrics(recommendations, truth, ks).mean()
    means = pd.DataFrame({str(Side.SEEKERS): seekers, str(Side.CANDIDATES): candidates})
    return means.assign(**{str(Side.WORSE): means.min(axis=1)}).rename_axis(index="metric")


def expected_matches(recommendations: pd.DataFrame, truth: pd.DataFrame, k: int = 10) -> ExpectedMatches:
    """Return how many true pairs would find each other if both sides read their lists from the top.

    Parameters
    ----------
    recommendations, truth : DataFrame
        As in `seeker_metrics`, with a column score besides rank; candidates' lists as in
        `candidate_metrics`.
    k : int
        Nobody reads beyond this rank; at least 1.

    Returns
    -------
    matches : ExpectedMatches
        The sum over true pairs of examination(rank in the seeker's list) x examination(rank in the
        candidate's list); examination(r) = 1 / log2(1 + r) up to k, else 0.

    Raises
    ------
    EvaluationError, ConfigError
        As in `seeker_metrics`.

    Notes
    -----
    A simplification of the paper: a candidate's list holds every seeker to whom it was recommended, not only
    those who went on to write to it, so the total is a lower bound of what its process gives.

    References
    ----------
    Su, Bayoumi and Joachims (2022), "Optimizing Rankings for Recommendation in Matching Markets".
    """
    check_whole(k, "k")
    ours = true_ranks(recommendations, truth)
    theirs = true_ranks(candidate_lists(recommendations), swap_pairs(truth))
    # By (seeker, candidate) again, as the other side's table is.
    theirs = theirs.sort_values([Recommendation.CANDIDATE, Recommendation.SEEKER], kind="stable")
    seen, seen_back = (_discount(side[Recommendation.RANK], k) for side in (ours, theirs))
    total = float(seen @ seen_back)
    return ExpectedMatches(total, total / len(seen) if len(seen) else float("nan"), len(seen))
