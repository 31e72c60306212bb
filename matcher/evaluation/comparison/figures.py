"""The figures of one system: what both sides find, and how the places are shared out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import Recommendation
from matcher.evaluation import (
    DEPTHS,
    ExpectedMatches,
    Exposure,
    Interval,
    both_sides,
    expected_matches,
    lorenz_curve,
    mean_intervals,
    measure_exposure,
    seeker_metrics,
)
from matcher.outcomes import History

METRICS: Final = ("MRR", "nDCG@10", "nDCG@20", "R@10", "R@50", "R@100")
MAIN_METRICS: Final = ("nDCG@10", "R@50")
"""What slices and ablations look at."""
DEPTH: Final = 10
"""Places of a list that people are taken to look at: exposure and expected matches."""


@dataclass(frozen=True)
class Figures:
    """How good the lists of one system are.

    Attributes
    ----------
    by_seeker : DataFrame
        Metrics, one row a seeker.
    seekers : mapping of str to Interval
        Means of `by_seeker` with intervals.
    sides : DataFrame
        Means over seekers, over candidates, and the worse of both; a row a metric.
    matches : ExpectedMatches
        True pairs that would find each other within the first ten places of both sides.
    exposure : Exposure
        How the first ten places are shared out.
    lorenz : DataFrame
        The Lorenz curve of the first ten places.
    """

    by_seeker: pd.DataFrame
    seekers: Mapping[str, Interval]
    sides: pd.DataFrame
    matches: ExpectedMatches
    exposure: Exposure
    lorenz: pd.DataFrame


def metrics_within(k: int) -> list[str]:
    """Return the metrics that lists of length k can tell."""
    return [name for name in METRICS if int(name.partition("@")[2] or 1) <= k]


def measure_by_seeker(table: pd.DataFrame, pairs: pd.DataFrame, k: int) -> pd.DataFrame:
    """Return the metrics of each seeker that lists of length k can tell."""
    return seeker_metrics(table, pairs, _depths(k))[metrics_within(k)]


def measure_system(
    table: pd.DataFrame,
    pairs: pd.DataFrame,
    seekers: Sequence[str],
    candidates: Iterable[str],
    k: int,
    *,
    seed: int = 0,
) -> Figures:
    """Return the figures of one system.

    Parameters
    ----------
    table : DataFrame
        Recommendations: seeker, candidate, rank, score.
    pairs : DataFrame
        The truth: seeker, candidate.
    seekers, candidates : ids
        Who asked, and who could have been recommended to anybody.
    k : int
        Length of the lists, at least 10: metrics of greater depths are left out.
    seed : int
        Of the bootstrap.
    """
    by_seeker = measure_by_seeker(table, pairs, k)
    listed = list(candidates)
    return Figures(
        by_seeker,
        mean_intervals(by_seeker, seed=seed),
        both_sides(table, pairs, _depths(k)).loc[metrics_within(k)],
        expected_matches(table, pairs, DEPTH),
        measure_exposure(table, listed, DEPTH, seekers=seekers),
        lorenz_curve(table, listed, DEPTH),
    )


def measure_newcomers(
    table: pd.DataFrame, pairs: pd.DataFrame, newcomer: pd.Series, history: History, k: int, *, seed: int = 0
) -> dict[str, dict[str, Interval]]:
    """Return how well partners are found that had no joint work before the snapshot.

    Parameters
    ----------
    table, pairs, k, seed : as for `measure_system`
    newcomer : Series of bool or None
        Indexed by seeker: whether it had no joint work before; None where nobody knows who seeks.
    history : History
        As of the snapshot.

    Returns
    -------
    found : dict of str to dict of str to Interval
        "partners": over the partners that are newcomers; "both": over those of seekers that are newcomers
        too, so that neither organisation occurs in the history. Recall by metric name; n is 0 and the rest
        NaN where there are none.
    """
    fresh = pairs[history.n_works(pairs[Recommendation.CANDIDATE].to_numpy(dtype=object)) == 0]
    both = fresh[fresh[Recommendation.SEEKER].map(newcomer).eq(True)]
    recalls = [name for name in metrics_within(k) if name.startswith("R@")]
    return {
        name: _recalls(table, some, recalls, k, seed) for name, some in (("partners", fresh), ("both", both))
    }


def _recalls(
    table: pd.DataFrame, pairs: pd.DataFrame, names: Sequence[str], k: int, seed: int
) -> dict[str, Interval]:
    if pairs.empty:
        return dict.fromkeys(names, Interval(math.nan, math.nan, math.nan, 0))
    return mean_intervals(measure_by_seeker(table, pairs, k)[list(names)], seed=seed)


def _depths(k: int) -> list[int]:
    return [depth for depth in DEPTHS if depth <= k]
