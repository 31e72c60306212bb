"""Ranking metrics of both sides: how high in each list the true partners are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats, Ints
from matcher.evaluation.checks import check_whole
from matcher.evaluation.columns import Side, TruePair
from matcher.evaluation.ranks import candidate_lists, code_ids, swap_pairs, true_ranks

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
    true = true_ranks(recommendations, truth)
    seekers, (owners,) = code_ids(true[TruePair.SEEKER])
    ranks = true[TruePair.RANK].to_numpy(np.float64)
    columns = _columns(owners, ranks, list(dict.fromkeys(int(k) for k in ks)))
    return pd.DataFrame(columns, index=seekers.rename(str(TruePair.SEEKER)))


def _columns(owners: Ints, ranks: Floats, ks: Sequence[int]) -> dict[str, Floats]:
    """Work out every metric from the ranks of the true partners."""
    counts = np.bincount(owners)
    first = np.full(len(counts), np.inf)
    np.minimum.at(first, owners, ranks)
    columns = {"MRR": 1.0 / first}
    columns |= {f"nDCG@{k}": _ndcg(owners, ranks, counts, k) for k in ks}
    return columns | {f"R@{k}": _sums(owners, ranks <= k, counts) / counts for k in ks}


def _ndcg(owners: Ints, ranks: Floats, counts: Ints, k: int) -> Floats:
    ideals = np.cumsum(1.0 / np.log2(1.0 + np.arange(1, k + 1)))
    gains = np.where(ranks <= k, 1.0 / np.log2(1.0 + ranks), 0.0)
    # sums in another order than the ideal's may pass 1 by a rounding
    return np.asarray(np.minimum(_sums(owners, gains, counts) / ideals[np.minimum(counts, k) - 1], 1.0))


def _sums(owners: Ints, values: NDArray[np.generic], counts: Ints) -> Floats:
    return np.asarray(np.bincount(owners, weights=values.astype(np.float64), minlength=len(counts)))


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
    return metrics.rename_axis(index=str(TruePair.CANDIDATE))


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
    recommendations : DataFrame
        Columns seeker, candidate, rank, score; more are ignored. Candidates' lists as in
        `candidate_metrics`.
    truth : DataFrame
        Columns seeker, candidate; a pair named twice counts once.
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
    seen = _examination(true_ranks(recommendations, truth), k)
    theirs = true_ranks(candidate_lists(recommendations), swap_pairs(truth))
    # By (seeker, candidate) again, as the other side's table is.
    back = theirs.sort_values([TruePair.CANDIDATE, TruePair.SEEKER], kind="stable")
    total = float(seen @ _examination(back, k))
    return ExpectedMatches(total, total / len(seen) if len(seen) else float("nan"), len(seen))


def _examination(pairs: pd.DataFrame, k: int) -> Floats:
    """Return the probability that each rank is looked at."""
    ranks = pairs[TruePair.RANK].to_numpy(np.float64)
    return np.where(ranks <= k, 1.0 / np.log2(1.0 + ranks), 0.0)
