"""Ranking metrics, one row a seeker: how high the partners stand with whom it really went together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats, Ints
from matcher.evaluation.checks import check_whole
from matcher.evaluation.columns import Place
from matcher.evaluation.places import code_ids, true_places

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
        place of the first true partner, whatever its place; 0 without one), "nDCG@k" for each k (gains 1 or
        0, discount log2(1 + place), ideal list of min(k, true partners)), "R@k" for each k (share of the
        true partners among the first k). The seekers are those of the truth: one without recommendations
        scores 0, and so does a partner that was not recommended; seekers without truth are left out.

    Raises
    ------
    EvaluationError
        If a column, an id or a rank is missing, or recommendations name a pair twice.
    ConfigError
        If a k is below 1.

    Notes
    -----
    n log n in the number of rows; 2 million rows take some seconds. Empty truth gives no rows. Recall is
    over all true partners, so with more than k of them it stays below 1.

    References
    ----------
    Voorhees (1999), "The TREC-8 question answering track report" (reciprocal rank); Järvelin and Kekäläinen
    (2002), "Cumulated gain-based evaluation of IR techniques" (nDCG, with the discount log2(1 + place)).

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
    true = true_places(recommendations, truth)
    seekers, (owners,) = code_ids(true[Place.SEEKER])
    places = true[Place.PLACE].to_numpy(np.float64)
    columns = _columns(owners, places, list(dict.fromkeys(int(k) for k in ks)))
    return pd.DataFrame(columns, index=seekers.rename(str(Place.SEEKER)))


def _columns(owners: Ints, places: Floats, ks: Sequence[int]) -> dict[str, Floats]:
    """Work out every metric from the places of the true partners."""
    counts = np.bincount(owners)
    first = np.full(len(counts), np.inf)
    np.minimum.at(first, owners, places)
    columns = {"MRR": 1.0 / first}
    columns |= {f"nDCG@{k}": _ndcg(owners, places, counts, k) for k in ks}
    return columns | {f"R@{k}": _sums(owners, places <= k, counts) / counts for k in ks}


def _ndcg(owners: Ints, places: Floats, counts: Ints, k: int) -> Floats:
    ideals = np.cumsum(1.0 / np.log2(1.0 + np.arange(1, k + 1)))
    gains = np.where(places <= k, 1.0 / np.log2(1.0 + places), 0.0)
    # sums in another order than the ideal's may pass 1 by a rounding
    return np.asarray(np.minimum(_sums(owners, gains, counts) / ideals[np.minimum(counts, k) - 1], 1.0))


def _sums(owners: Ints, values: NDArray[np.generic], counts: Ints) -> Floats:
    return np.asarray(np.bincount(owners, weights=values.astype(np.float64), minlength=len(counts)))
