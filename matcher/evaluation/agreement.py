"""Agreement of two sets of lists: whether a change leaves the ranking as it was."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Ints
from matcher.columns import Recommendation
from matcher.evaluation.checks import check_pairs, check_share, check_whole
from matcher.evaluation.ranks import code_ids, true_ranks


def rank_agreement(
    recommendations: pd.DataFrame, other: pd.DataFrame, ks: Sequence[int] = (10,), *, p: float = 0.9
) -> pd.DataFrame:
    """Return how far two sets of lists agree, seeker by seeker.

    Parameters
    ----------
    recommendations, other : DataFrame
        Columns seeker, candidate, rank; more are ignored. Lists go by rank; equal ranks by candidate id.
    ks : sequence of int
        Depths of the overlap, each at least 1; one named twice counts once.
    p : float
        Persistence of rank-biased overlap, above 0 and below 1; at 0.9 the first ten ranks carry 86 % of
        the weight.

    Returns
    -------
    agreement : DataFrame of shape (n_seekers, 1 + n_ks)
        Indexed by seeker, in the order of ids; all in [0, 1], symmetric, 1 for identical lists. Columns:
        "RBO" (extrapolated), "overlap@k" for each k: candidates in both first k, over k or over the longer
        list's length where that is less. A seeker in one of the tables only scores 0.

    Raises
    ------
    EvaluationError
        If a column, an id or a rank is missing, or a table names a pair twice.
    ConfigError
        If a k is below 1 or p out of range.

    References
    ----------
    Webber, Moffat and Zobel (2010), "A similarity measure for indefinite rankings", equation 32 (lists of
    unlike lengths). Overlap over the longer list: own definition.

    Examples
    --------
    >>> import pandas as pd
    >>> lists = pd.DataFrame({"seeker": "s", "candidate": ["a", "b"], "rank": [1, 2]})
    >>> swapped = lists.assign(rank=[2, 1])
    >>> rank_agreement(lists, swapped, [1, 2]).to_dict("index")
    {'s': {'RBO': 0.9, 'overlap@1': 0.0, 'overlap@2': 1.0}}
    """
    check_share(p, "p")
    for k in ks:
        check_whole(k, "k")
    check_pairs(other, "the other recommendations", Recommendation.RANK)
    ranks = true_ranks(recommendations, other), true_ranks(other, recommendations)
    mine, theirs = (table[np.isfinite(table[Recommendation.RANK])] for table in ranks)  # the same pairs
    deeper = np.maximum(*(each[Recommendation.RANK].to_numpy(np.int64) for each in (mine, theirs)))
    tables = mine, recommendations, other
    seekers, (owners, *listed) = code_ids(*(table[Recommendation.SEEKER] for table in tables))
    lengths = [np.bincount(each, minlength=len(seekers)) for each in listed]
    short, longer = np.minimum(*lengths), np.maximum(*lengths)
    columns = {"RBO": _rbo(owners, deeper, short, longer, p)}
    for k in dict.fromkeys(ks):
        columns[f"overlap@{k}"] = _counts(owners[deeper <= k], longer) / np.minimum(longer, int(k))
    return pd.DataFrame(columns, index=seekers.rename(str(Recommendation.SEEKER)))


def _rbo(owners: Ints, deeper: Ints, short: Ints, longer: Ints, p: float) -> Floats:
    """Compute equation 32 with a common candidate counting from the deeper of its ranks on.

    With s and l the lengths and X(d) the overlap at depth d, it is (1 - p) / p times
    sum over d = 1..l of X(d) p^d / d, plus sum over d = s+1..l of X(s) (1/s - 1/d) p^d; plus
    ((X(l) - X(s)) / l + X(s) / s) p^l. Sums over d are differences of running sums.
    """
    depths = np.arange(1, longer.max(initial=0) + 1)
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
