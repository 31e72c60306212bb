"""Exposure: how the places in the lists are distributed over the candidates."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Ints
from matcher.columns import Recommendation
from matcher.errors import EvaluationError
from matcher.evaluation.checks import check_pairs, check_whole, read_numbers
from matcher.evaluation.columns import Curve
from matcher.evaluation.ranks import check_distinct, code_ids, list_ranks

_TOP: Final = 0.01


@dataclass(frozen=True)
class Exposure:
    """How evenly the top-k places are distributed.

    Attributes
    ----------
    gini : float
        Gini coefficient of the number of places per candidate, in [0, 1): 0 when all have as many,
        (n - 1) / n when one has all; NaN without a place or a candidate.
    coverage, without_place : float
        Share of the candidates with at least one place, and with none, in [0, 1].
    largest_share : float
        Share of the lists that hold the most shown candidate, in [0, 1]; NaN without lists.
    top_percent_lists : float
        Mean number of lists that hold a candidate of the most shown percent (at least one candidate); NaN
        when none is shown.
    seekers_without : float
        Share of the seekers without any recommendation, in [0, 1]; NaN unless the seekers are given.
    n_lists, n_candidates : int
        Number of seekers with a list, and of candidates, shown or not.
    """

    gini: float
    coverage: float
    without_place: float
    largest_share: float
    top_percent_lists: float
    seekers_without: float
    n_lists: int
    n_candidates: int


def measure_exposure(
    recommendations: pd.DataFrame,
    candidates: Iterable[Any],
    k: int = 10,
    *,
    seekers: Iterable[Any] | None = None,
) -> Exposure:
    """Return how the first k places of all lists are distributed over the candidates.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank; more are ignored.
    candidates : iterable of ids
        Every candidate that could have been shown, each once.
    k : int
        Places of a list that count; at least 1.
    seekers : iterable of ids, optional
        Every seeker that asked, each once.

    Returns
    -------
    exposure : Exposure

    Raises
    ------
    EvaluationError
        If a column, an id or a rank is missing, a pair or an id is named twice, or recommendations name a
        candidate or a seeker that the lists of ids do not.
    ConfigError
        If k is below 1.

    References
    ----------
    Gini (1912), in the form for sorted counts; coverage and Gini of recommendations as in Gunawardana and
    Shani (2015), "Evaluating recommender systems". Congestion, `largest_share` and `top_percent_lists`: own
    definition.
    """
    counts, n_lists = _place_counts(recommendations, candidates, k)
    shown = np.sort(counts[counts > 0])[::-1]
    coverage = len(shown) / len(counts) if len(counts) else math.nan
    top = shown[: math.ceil(_TOP * len(shown))]
    return Exposure(
        gini=gini(counts),
        coverage=coverage,
        without_place=1.0 - coverage,
        largest_share=float(shown[0] / n_lists) if len(shown) else math.nan,
        top_percent_lists=float(top.mean()) if len(top) else math.nan,
        seekers_without=math.nan if seekers is None else _share_without(recommendations, seekers),
        n_lists=n_lists,
        n_candidates=len(counts),
    )


def gini(counts: Ints) -> float:
    """Return the Gini coefficient of counts.

    In [0, (n - 1) / n]: half the mean absolute difference of two counts over their mean. NaN when all of
    the counts, shape (n,), are 0 or there are none.

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


def lorenz_curve(recommendations: pd.DataFrame, candidates: Iterable[Any], k: int = 10) -> pd.DataFrame:
    """Return the Lorenz curve of the top-k places over the candidates.

    Parameters and errors are those of `measure_exposure`.

    Returns
    -------
    curve : DataFrame of shape (n_candidates + 1, 2)
        Columns of `Curve`: cumulated share of the candidates, from the least shown on, and cumulated share of
        the places that they hold; from (0, 0) to (1, 1), never above the diagonal. No rows without a place.

    References
    ----------
    Lorenz (1905), "Methods of measuring the concentration of wealth".
    """
    counts, _ = _place_counts(recommendations, candidates, k)
    held = np.concatenate([[0], np.cumsum(np.sort(counts))])
    if not held[-1]:
        return pd.DataFrame({str(name): np.empty(0) for name in Curve})
    shares = {Curve.CANDIDATES: np.linspace(0.0, 1.0, len(held)), Curve.PLACES: held / held[-1]}
    return pd.DataFrame({str(name): values for name, values in shares.items()})


def _place_counts(recommendations: pd.DataFrame, candidates: Iterable[Any], k: int) -> tuple[Ints, int]:
    """Count the top-k places of each candidate, and the lists."""
    check_whole(k, "k")
    check_pairs(recommendations, "recommendations", Recommendation.RANK)
    ranks = read_numbers(recommendations[Recommendation.RANK], "rank of recommendations")
    seekers, (owners,) = code_ids(recommendations[Recommendation.SEEKER])
    n_candidates, codes = _codes_within(recommendations[Recommendation.CANDIDATE], candidates, "candidates")
    check_distinct(owners * n_candidates + codes, "recommendations")
    shown = codes[list_ranks(owners, codes, ranks) <= k]
    return np.bincount(shown, minlength=n_candidates), len(seekers)


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


def _share_without(recommendations: pd.DataFrame, seekers: Iterable[Any]) -> float:
    n_seekers, codes = _codes_within(recommendations[Recommendation.SEEKER], seekers, "seekers")
    return 1.0 - len(np.unique(codes)) / n_seekers if n_seekers else math.nan
