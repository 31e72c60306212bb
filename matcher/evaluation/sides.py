"""Both sides of a recommendation: the seekers' lists, and the lists that candidates would see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.evaluation.checks import check_whole
from matcher.evaluation.columns import Place, Side
from matcher.evaluation.metrics import DEPTHS, seeker_metrics
from matcher.evaluation.places import true_places, turn_pairs, turn_round


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

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, score; more are ignored. A candidate's list holds the seekers to whom it
        was recommended, by descending score, ties by seeker id.
    truth : DataFrame
        Columns seeker, candidate; a pair named twice counts once.
    ks : sequence of int
        Depths of nDCG and recall, each at least 1.

    Returns
    -------
    metrics : DataFrame of shape (n_candidates, 1 + 2 * n_ks)
        Indexed by candidate, for the candidates of the truth; columns and ranges of `seeker_metrics`.

    Raises
    ------
    EvaluationError
        If a column, an id or a score is missing, or recommendations name a pair twice.
    ConfigError
        If a k is below 1.

    References
    ----------
    Own definition: a reciprocal recommendation must serve both who is shown and who is shown to.
    """
    metrics = seeker_metrics(turn_round(recommendations), turn_pairs(truth), ks)
    return metrics.rename_axis(index=str(Place.CANDIDATE))


def both_sides(
    recommendations: pd.DataFrame, truth: pd.DataFrame, ks: Sequence[int] = DEPTHS
) -> pd.DataFrame:
    """Return each metric's mean over seekers, mean over candidates, and the worse of both.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank, score; more are ignored.
    truth : DataFrame
        Columns seeker, candidate; a pair named twice counts once.
    ks : sequence of int
        Depths of nDCG and recall, each at least 1.

    Returns
    -------
    means : DataFrame of shape (1 + 2 * n_ks, 3)
        Indexed by metric, columns of `Side`, in [0, 1]; NaN where the truth is empty.

    Raises
    ------
    EvaluationError
        If a column, an id, a rank or a score is missing, or recommendations name a pair twice.
    ConfigError
        If a k is below 1.

    References
    ----------
    Own definition; the worse side, as a good mean may hide that one side is badly served.
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
        Columns seeker, candidate, rank, score; more are ignored. Seekers' lists go by rank, candidates' lists
        as in `candidate_metrics`.
    truth : DataFrame
        Columns seeker, candidate; a pair named twice counts once.
    k : int
        Nobody reads beyond this place; at least 1.

    Returns
    -------
    matches : ExpectedMatches
        The sum over true pairs of examination(place in the seeker's list) x examination(place in the
        candidate's list); examination(r) = 1 / log2(1 + r) up to k, else 0.

    Raises
    ------
    EvaluationError
        If a column, an id, a rank or a score is missing, or recommendations name a pair twice.
    ConfigError
        If k is below 1.

    Notes
    -----
    A simplification of the paper: a candidate's list holds every seeker to whom it was recommended, not only
    those who went on to write to it, so the total is a lower bound of what its process gives.

    References
    ----------
    Su, Bayoumi and Joachims (2022), "Optimizing Rankings for Recommendation in Matching Markets".
    """
    check_whole(k, "k")
    seen = _examination(true_places(recommendations, truth), k)
    turned = true_places(turn_round(recommendations), turn_pairs(truth))
    # by (seeker, candidate) again, as the other side's table is
    back = turned.sort_values([Place.CANDIDATE, Place.SEEKER], kind="stable")
    total = float(seen @ _examination(back, k))
    return ExpectedMatches(total, total / len(seen) if len(seen) else float("nan"), len(seen))


def _examination(places: pd.DataFrame, k: int) -> Floats:
    """Give the probability that each place is looked at."""
    place = places[Place.PLACE].to_numpy(np.float64)
    return np.where(place <= k, 1.0 / np.log2(1.0 + place), 0.0)
