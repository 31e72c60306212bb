"""Metrics of lists: ranks of the true partners for both sides, and exposure of the candidates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from matcher.arrays import Floats, Ints
from matcher.columns import Recommendation
from matcher.errors import EvaluationError
from matcher.evaluation.pairs import (
    candidate_lists,
    check_distinct,
    check_pairs,
    check_whole,
    code_ids,
    list_ranks,
    read_numbers,
    swap_pairs,
    true_ranks,
)

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
        Indexed by metric, columns seekers, candidates, worse, in [0, 1]; NaN where the truth is empty.
    """
    seekers = seeker_metrics(recommendations, truth, ks).mean()
    candidates = candidate_metrics(recommendations, truth, ks).mean()
    means = pd.DataFrame({"seekers": seekers, "candidates": candidates})
    return means.assign(worse=means.min(axis=1)).rename_axis(index="metric")


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


class Curve(StrEnum):
    """Columns of a Lorenz curve: cumulated shares, from the least shown candidate on."""

    CANDIDATES = "candidates"
    EXPOSURE = "exposure"


@dataclass(frozen=True)
class Exposure:
    """How evenly the first k ranks of the lists are distributed over the candidates.

    Attributes
    ----------
    gini : float
        Gini coefficient of the number of lists per candidate, in [0, 1): 0 when all are in as many,
        (n - 1) / n when one is in all; NaN without a list or a candidate.
    coverage : float
        Share of the candidates in at least one list, in [0, 1].
    largest_share : float
        Share of the lists that hold the most shown candidate, in [0, 1]; NaN without lists.
    top_percent_lists : float
        Mean number of lists that hold a candidate of the most shown percent (at least one candidate); NaN
        when none is shown.
    seekers_without : float
        Share of the seekers without any recommendation, in [0, 1]; NaN unless the seekers are given.
    n_lists, n_candidates : int
        Number of seekers with a list, and of candidates, shown or not.
    lorenz : DataFrame of shape (n_candidates + 1, 2)
        Columns of `Curve`: cumulated share of the candidates, from the least shown on, and cumulated share
        of the lists' ranks that they hold; from (0, 0) to (1, 1), never above the diagonal. No rows without
        lists.
    """

    gini: float
    coverage: float
    largest_share: float
    top_percent_lists: float
    seekers_without: float
    n_lists: int
    n_candidates: int
    lorenz: pd.DataFrame = field(compare=False)


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
    recommendations : DataFrame
        Columns seeker, candidate, rank; more are ignored.
    candidates : iterable of ids
        Every candidate that could have been shown, each once.
    k : int
        Ranks of a list that count; at least 1.
    seekers : iterable of ids, optional
        Every seeker that asked, each once.

    Raises
    ------
    EvaluationError
        If a column, an id or a rank is missing, a pair or an id is named twice, or recommendations name a
        candidate or a seeker that the lists of ids do not.
    ConfigError
        If k is below 1.

    References
    ----------
    Gini (1912), in the form for sorted counts; Lorenz (1905), "Methods of measuring the concentration of
    wealth"; coverage and Gini of recommendations as in Gunawardana and Shani (2015), "Evaluating recommender
    systems". Congestion, `largest_share` and `top_percent_lists`: own definition.
    """
    check_whole(k, "k")
    check_pairs(recommendations, "recommendations", Recommendation.RANK)
    ranks = read_numbers(recommendations[Recommendation.RANK], "rank of recommendations")
    owners_ids, (owners,) = code_ids(recommendations[Recommendation.SEEKER])
    n_candidates, codes = _codes_within(recommendations[Recommendation.CANDIDATE], candidates, "candidates")
    check_distinct(owners * n_candidates + codes, "recommendations")
    counts = np.sort(np.bincount(codes[list_ranks(owners, codes, ranks) <= k], minlength=n_candidates))
    shown, n_lists = counts[counts > 0][::-1], len(owners_ids)
    top = shown[: math.ceil(len(shown) / 100)]
    without = math.nan
    if seekers is not None:
        n_seekers, listed = _codes_within(recommendations[Recommendation.SEEKER], seekers, "seekers")
        without = 1.0 - len(np.unique(listed)) / n_seekers if n_seekers else math.nan
    return Exposure(
        gini=gini(counts),
        coverage=len(shown) / n_candidates if n_candidates else math.nan,
        largest_share=float(shown[0] / n_lists) if len(shown) else math.nan,
        top_percent_lists=float(top.mean()) if len(top) else math.nan,
        seekers_without=without,
        n_lists=n_lists,
        n_candidates=n_candidates,
        lorenz=_lorenz(counts),
    )


def gini(counts: Ints) -> float:
    """Return the Gini coefficient of counts: half the mean absolute difference of two over their mean.

    In [0, (n - 1) / n]; NaN when all of the counts, shape (n,), are 0 or there are none.

    Examples
    --------
    >>> gini(np.array([2, 2])), gini(np.array([0, 0, 0, 8]))
    (0.0, 0.75)
    """
    total = int(counts.sum())
    if not total:
        return math.nan
    positions = np.arange(1, len(counts) + 1)
    weighted = int(((2 * positions - len(counts) - 1) * np.sort(counts)).sum())
    return weighted / (len(counts) * total)


def _lorenz(counts: Ints) -> pd.DataFrame:
    """Return the Lorenz curve of counts in ascending order."""
    held = np.concatenate([[0], np.cumsum(counts)])
    steps = len(held) if held[-1] else 0
    shares = np.linspace(0.0, 1.0, steps), held[:steps] / max(held[-1], 1)
    return pd.DataFrame(np.column_stack(shares), columns=[str(name) for name in Curve])


def _codes_within(column: pd.Series, ids: Iterable[Any], what: str) -> tuple[int, Ints]:
    """Number the ids of a column within the list of all ids."""
    known = pd.Series(list(ids), dtype=object)
    twice = int(known.duplicated().sum())
    if twice:
        raise EvaluationError(f"{what} must hold each id once; got {twice} duplicates. Drop them.")
    every, (listed, codes) = code_ids(known, column)
    strangers = len(every) - len(listed)
    if strangers:
        raise EvaluationError(
            f"{what} must hold every id that recommendations name; got {strangers} ids that they do not. "
            f"Give the whole pool."
        )
    return len(every), codes
