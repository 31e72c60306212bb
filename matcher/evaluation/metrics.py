"""Metrics of lists, the checks of their tables, and exposure of the candidates."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_matrix

from matcher.arrays import Floats, Ints, Positions
from matcher.columns import SIDES, Recommendation
from matcher.errors import ConfigError, EvaluationError
from matcher.matching.selection import Selected

DEPTHS: Final = (10, 20, 50, 100)  # depths at which lists are judged when the caller names none
PAIR: Final = [str(side) for side in SIDES]
LORENZ: Final = ("candidates", "exposure")  # cumulated shares, from the least shown candidate on


def check_columns(table: pd.DataFrame, what: str, columns: Iterable[str]) -> None:
    """Raise `EvaluationError` unless a table, called `what` in the message, has some columns."""
    wanted = [str(column) for column in columns]
    if missing := [column for column in wanted if column not in table.columns]:
        found = ", ".join(str(column) for column in table.columns) or "none"
        raise EvaluationError(
            f"{what} must have the columns {', '.join(wanted)}; got {found} "
            f"(missing: {', '.join(missing)}). Add or rename the missing ones."
        )


def check_pairs(table: pd.DataFrame, what: str, *more: str) -> None:
    """Raise `EvaluationError` unless every row has a seeker and a candidate, and the table columns `more`."""
    check_columns(table, what, (*PAIR, *more))
    if empty := int(table[PAIR].isna().any(axis=1).sum()):
        raise EvaluationError(
            f"{what} must have a seeker and a candidate in every row; got {empty} rows without. Drop them."
        )


def read_numbers(column: pd.Series, what: str) -> Floats:
    """Return a column of numbers, or of texts of numbers, as floats; `EvaluationError` unless all are."""
    numbers: Floats = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan)
    if wrong := int(np.isnan(numbers).sum()):
        raise EvaluationError(f"{what} must be a number in every row; got {wrong} rows without. Drop them.")
    return numbers


def check_whole(value: object, what: str, least: int = 1) -> None:
    """Raise `ConfigError` unless a setting is a whole number of at least `least`."""
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or value < least:  # type: ignore[operator]
        raise ConfigError(f"{what} must be a whole number of at least {least}; got {value!r}. Change it.")


def ranked(recommendations: pd.DataFrame) -> pd.DataFrame:
    """Return seeker, candidate and rank of recommendations: by seeker and rank, gaps closed.

    Equal ranks go by candidate id. Raises `EvaluationError` if a column, an id or a rank is missing, or a
    pair is named twice.
    """
    check_pairs(recommendations, "recommendations", Recommendation.RANK)
    read = read_numbers(recommendations[Recommendation.RANK], "rank of recommendations")
    lists = recommendations[PAIR].astype(object).assign(rank=read)
    if extra := int(lists.duplicated(PAIR).sum()):
        raise EvaluationError(
            f"recommendations must name a candidate at most once a seeker; got {extra} duplicate rows. "
            "Drop them."
        )
    lists = lists.sort_values([PAIR[0], "rank", PAIR[1]], ignore_index=True)
    return lists.assign(rank=lists.groupby(PAIR[0]).cumcount() + 1)


def true_ranks(recommendations: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return seeker, candidate and rank of each distinct true pair, by ids; infinite if not recommended."""
    wanted = truth[PAIR].astype(object).drop_duplicates().sort_values(PAIR, ignore_index=True)
    found = wanted.merge(ranked(recommendations), how="left", on=PAIR)
    return found.assign(rank=found["rank"].astype(np.float64).fillna(np.inf))


def turned(recommendations: pd.DataFrame, truth: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return lists and true pairs as the candidates see them: seekers by descending score, ties by id."""
    lists, pairs = (table[PAIR].set_axis(PAIR[::-1], axis=1) for table in (recommendations, truth))
    return lists.assign(rank=-recommendations[Recommendation.SCORE]), pairs


def seeker_metrics(
    recommendations: pd.DataFrame, truth: pd.DataFrame, ks: Sequence[int] = DEPTHS
) -> pd.DataFrame:
    """Return metrics of the lists of the seekers of the truth, by id; in [0, 1], higher is better.

    Columns: "MRR" (one over the rank of the first true partner; Voorhees 1999), "nDCG@k" for each k (gains 1
    or 0, discount log2(1 + rank), ideal list of min(k, true partners); Järvelin and Kekäläinen 2002), "R@k"
    (share of the true partners among the first k). Partners not recommended score 0. Errors as of `ranked`.
    """
    ranks = true_ranks(recommendations, truth).set_index(str(Recommendation.SEEKER))[Recommendation.RANK]
    by_seeker = ranks.groupby(level=0)
    counts = by_seeker.size()
    columns = {"MRR": 1.0 / by_seeker.min()}
    for k in ks:
        ideals = np.cumsum(_discount(np.arange(1, k + 1), k))[np.minimum(counts, k) - 1]
        gains = pd.Series(_discount(ranks, k), ranks.index).groupby(level=0).sum()
        # Sums in another order than the ideal's may exceed 1 by a rounding error.
        columns[f"nDCG@{k}"] = (gains / ideals).clip(upper=1.0)
    columns |= {f"R@{k}": (ranks <= k).groupby(level=0).mean() for k in ks}
    return pd.DataFrame(columns)


def _discount(ranks: ArrayLike, k: int) -> Floats:
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
    """How many of n distinct true pairs would find each other, and their share; NaN without true pairs."""

    total: float
    share: float
    n: int


def expected_matches(recommendations: pd.DataFrame, truth: pd.DataFrame, k: int = 10) -> ExpectedMatches:
    """Return how many true pairs would find each other if both sides read the first k of their lists.

    The sum over true pairs of 1 / log2(1 + rank) in both lists, 0 beyond k; own variant of Su, Bayoumi and
    Joachims (2022), "Optimizing Rankings for Recommendation in Matching Markets": a lower bound of theirs.
    """
    ours = true_ranks(recommendations, truth)
    # By (seeker, candidate) again, as the other side's table is.
    theirs = true_ranks(*turned(recommendations, truth)).sort_values(PAIR[::-1], kind="stable")
    seen, seen_back = (_discount(side[Recommendation.RANK], k) for side in (ours, theirs))
    total = float(seen @ seen_back)
    return ExpectedMatches(total, total / len(seen) if len(seen) else math.nan, len(seen))


@dataclass(frozen=True)
class Exposure:
    """How evenly the first k ranks of the lists are distributed over the candidates.

    Coverage is the share of the candidates in at least one of the `n_lists`. Of the most shown candidate and
    percent of candidates, NaN without lists, are the share, and the mean number, of lists that hold one.
    """

    gini: float
    coverage: float
    largest_share: float
    top_percent_lists: float
    seekers_without: float  # share of the seekers without any, in [0, 1]; NaN unless seekers are given
    n_lists: int
    n_candidates: int
    lorenz: pd.DataFrame = field(compare=False)  # `LORENZ` from (0, 0) to (1, 1); no rows without lists


def measure_exposure(
    recommendations: pd.DataFrame,
    candidates: Iterable[Any],
    k: int = 10,
    *,
    seekers: Collection[Any] | None = None,
) -> Exposure:
    """Return how the first k ranks of all lists are distributed over the candidates.

    `candidates` are the ids of all that could have been shown, seekers of all that asked, each once. Raises
    `EvaluationError` as `ranked`, and if a candidate is not given. Gini (1912) and Lorenz (1905), as in
    Gunawardana and Shani (2015), "Evaluating recommender systems".
    """
    lists, pool = ranked(recommendations), pd.Index(list(candidates), dtype=object)
    listed = lists[Recommendation.CANDIDATE]
    if strangers := listed[~listed.isin(pool)].nunique():
        raise EvaluationError(
            f"candidates must hold every id that recommendations name; got {strangers} ids that they do not. "
            f"Give the whole pool."
        )
    shown_to = listed[lists["rank"] <= k].value_counts()
    counts: Ints = np.sort(shown_to.reindex(pool, fill_value=0).to_numpy(np.int64))
    n_lists, n_shown = lists[Recommendation.SEEKER].nunique(), int((counts > 0).sum())
    held = np.concatenate([[0], np.cumsum(counts)])
    steps = len(held) if n_shown else 0
    curve = np.linspace(0.0, 1.0, steps), held[:steps] / max(held[-1], 1)
    return Exposure(
        gini=gini(counts),
        coverage=n_shown / len(pool) if len(pool) else math.nan,
        largest_share=float(counts[-1] / n_lists) if n_shown else math.nan,
        top_percent_lists=float(counts[-math.ceil(n_shown / 100) :].mean()) if n_shown else math.nan,
        seekers_without=1.0 - n_lists / len(seekers) if seekers is not None else math.nan,
        n_lists=n_lists,
        n_candidates=len(pool),
        lorenz=pd.DataFrame(np.column_stack(curve), columns=list(LORENZ)),
    )


class Balance(NamedTuple):
    """Quality of lists beside how evenly they show the organisations of a pool, as in `Exposure`.

    nDCG is by mutual score, against lists without prices; matches sum mutual score / (rank x rank) of pairs.
    """

    ndcg: float
    gini: float
    coverage: float
    matches: float


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
