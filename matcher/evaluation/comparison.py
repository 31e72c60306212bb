"""Compares the engine with simple systems on what happened after the profiles' date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import Recommendation
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import ConfigError
from matcher.evaluation.calibration import Calibration
from matcher.evaluation.groups import group_seekers, slice_metrics
from matcher.evaluation.intervals import Interval, mean_intervals, paired_difference
from matcher.evaluation.lists import (
    ANALYST,
    COSINE,
    ONE_SIDED,
    POPULARITY,
    RANDOM,
    RANKER,
    TFIDF,
    EvaluationPool,
    Ranked,
    rank_systems,
)
from matcher.evaluation.metrics import (
    DEPTHS,
    ExpectedMatches,
    Exposure,
    both_sides,
    expected_matches,
    lorenz_curve,
    measure_exposure,
    seeker_metrics,
)
from matcher.evaluation.sensitivity import (
    DEPTH,
    SPREADS,
    Ablation,
    MutedScorer,
    Stability,
    change_scorers,
    features_in_force,
    measure_stability,
)
from matcher.matching.scoring import PoolScorer, Ranker, needs_signals
from matcher.outcomes import JointWork
from matcher.outcomes.snapshots import Snapshot, snapshot_date, take_snapshot
from matcher.profiles.records import latest_date
from matcher.ranking import WeightedRanker

LABELS: Final = {
    RANDOM: "random",
    POPULARITY: "popularity",
    TFIDF: "TF-IDF",
    COSINE: "cosine only",
    ONE_SIDED: "one-sided",
    ANALYST: "analyst weights",
    RANKER: "trained ranker",
}
"""Names of systems in JSON, and as people read them; the simplest first."""
METRICS: Final = ("MRR", "nDCG@10", "nDCG@20", "R@10", "R@50", "R@100")
MAIN_METRICS: Final = ("nDCG@10", "R@50")
"""Metrics of groups and ablations."""
LEAST_K: Final = 10


@dataclass(frozen=True)
class Figures:
    """How good the lists of one system are.

    Attributes
    ----------
    by_seeker : DataFrame
        Metrics, one row per seeker.
    seekers : mapping of str to Interval
        Means of `by_seeker` with intervals.
    sides : DataFrame
        Means over seekers, over candidates, and the worse of both; a row per metric.
    matches : ExpectedMatches
        True pairs that would find each other within the first ten ranks of both sides.
    exposure : Exposure
        How the first ten ranks are distributed.
    lorenz : DataFrame
        The Lorenz curve of the first ten ranks.
    """

    by_seeker: pd.DataFrame
    seekers: Mapping[str, Interval]
    sides: pd.DataFrame
    matches: ExpectedMatches
    exposure: Exposure
    lorenz: pd.DataFrame


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    truth : Snapshot
        What was known, and what was to be found.
    n_profiles, n_reachable : int
        Size of the pool, and how many of it may be recommended to anybody.
    n_barred : int
        True pairs that no system may recommend: a red flag, or one excludes the other.
    k, seed : int
    main : str
        The system that the others are compared with: the trained ranker, else the analyst's weights.
    figures : mapping of str to Figures
        By system, the keys of `LABELS`, the simplest first.
    differences : mapping of str to mapping of str to Interval
        Mean paired difference, main less the other system, by system and metric.
    slices : mapping of str to DataFrame
        Of the main system, the analyst's weights and TF-IDF; as from `slice_metrics`.
    slice_differences : DataFrame or None
        Mean paired difference, main less the analyst's weights, in the same columns. None where the
        analyst's weights are the main system.
    newcomers : mapping of str to mapping
        Of the main system, the analyst's weights and TF-IDF: recall by metric over the true partners without
        joint work before the snapshot ("partners"), and over those of seekers without it too ("both"), so
        that neither organisation occurs in the history. n is 0 and the rest NaN where there are none.
    calibration : Calibration or None
        Of the main system, where its ranker is calibrated.
    stability : tuple of Stability
        How far lists move where the analyst's weights are changed a little.
    ablations : tuple of Ablation
        What the main system loses without each feature; empty unless asked for.
    notes : tuple of str
        What a reader must know to trust the figures.
    """

    truth: Snapshot
    n_profiles: int
    n_reachable: int
    n_barred: int
    k: int
    seed: int
    main: str
    figures: Mapping[str, Figures]
    differences: Mapping[str, Mapping[str, Interval]]
    slices: Mapping[str, pd.DataFrame]
    slice_differences: pd.DataFrame | None
    newcomers: Mapping[str, Mapping[str, Mapping[str, Interval]]]
    calibration: Calibration | None
    stability: tuple[Stability, ...]
    ablations: tuple[Ablation, ...] = ()
    notes: tuple[str, ...] = ()


def compare(
    pool: pd.DataFrame,
    works: Sequence[JointWork],
    config: Config,
    encoder: Encoder,
    *,
    ranker: Ranker | None = None,
    k: int = 100,
    seed: int = 0,
    ablation: bool = False,
    progress: bool = False,
) -> Comparison:
    """Compare the engine with simple systems on what happened after the profiles' date.

    Parameters
    ----------
    pool : DataFrame
        Canonical profiles.
    works : sequence of JointWork
        All joint works: those up to the profiles' date are history, later ones are to be found.
    config : Config
        Settings; its weights are the analyst's.
    encoder : Encoder
        Text -> unit vectors; texts are encoded once for all systems.
    ranker : ranker, optional
        A trained one; it becomes the main system.
    k : int, default 100
        Length of the lists; at least 10.
    seed : int, default 0
        Of the random system, the changed weights and the intervals of the calibration.
    ablation : bool, default False
        Whether to leave out one feature at a time.
    progress : bool, default False
        Whether to show progress bars on stderr.

    Raises
    ------
    EvaluationError
        If nothing is to be found after the profiles' date.
    ConfigError
        If k is below 10.
    ModelError
        If the ranker was saved by an earlier version and lacks what this one needs.
    """
    if k < LEAST_K:
        raise ConfigError(f"k must be at least {LEAST_K}; got {k}. Judge longer lists.")
    truth = take_snapshot(pool, works, snapshot_date(pool, config))
    signals = ranker is not None and needs_signals([ranker])
    task = EvaluationPool(truth, config, encoder, signals=signals, progress=progress)
    analyst = task.prepare(WeightedRanker(config.weights.as_dict(), config.conflict_strength))
    main, judged = (ANALYST, analyst) if ranker is None else (RANKER, task.prepare(ranker))
    shares = features_in_force(judged) if ablation else {}
    scorers = {ANALYST: PoolScorer(task.pool, analyst), main: PoolScorer(task.pool, judged)}
    scorers |= {_without(feature): MutedScorer(task.pool, judged, feature) for feature in shares}
    scorers |= change_scorers(task.pool, analyst, SPREADS, seed=seed)
    ranked = rank_systems(task, scorers, k, main=main, seed=seed, progress=progress)
    return _Judge(task, ranked, main, k, seed).judge(shares)


def _without(feature: str) -> str:
    return f"without {feature}"


def metrics_within(k: int, names: Sequence[str] = METRICS) -> list[str]:
    """Return the metrics that lists of length k can give."""
    return [name for name in names if int(name.partition("@")[2] or 1) <= k]


def measure_by_seeker(table: pd.DataFrame, pairs: pd.DataFrame, k: int) -> pd.DataFrame:
    """Return the metrics of each seeker that lists of length k can give."""
    return seeker_metrics(table, pairs, _depths(k))[metrics_within(k)]


def _depths(k: int) -> list[int]:
    return [depth for depth in DEPTHS if depth <= k]


@dataclass(frozen=True)
class _Judge:
    """Computes the figures of ranked lists."""

    task: EvaluationPool
    ranked: Ranked
    main: str
    k: int
    seed: int

    @property
    def pairs(self) -> pd.DataFrame:
        return self.task.truth.pairs

    def judge(self, shares: Mapping[str, float]) -> Comparison:
        systems = [name for name in LABELS if name != RANKER or self.main == RANKER]
        tables = {name: self.ranked.lists.table(name) for name in systems}
        figures = {name: self._figures(table) for name, table in tables.items()}
        best, detailed = figures[self.main].by_seeker, dict.fromkeys((self.main, ANALYST, TFIDF))
        return Comparison(
            truth=self.task.truth,
            n_profiles=len(self.task.pool),
            n_reachable=int(self.ranked.reachable.sum()),
            n_barred=self.ranked.n_barred,
            k=self.k,
            seed=self.seed,
            main=self.main,
            figures=figures,
            differences={
                name: _paired(best, each.by_seeker) for name, each in figures.items() if name != self.main
            },
            slices={name: self._slices(figures[name].by_seeker) for name in detailed},
            slice_differences=(
                None if self.main == ANALYST else self._slices(best - figures[ANALYST].by_seeker, least=-1.0)
            ),
            newcomers={name: self._newcomers(tables[name]) for name in detailed},
            calibration=self.ranked.calibration,
            stability=tuple(measure_stability(self.ranked.lists, ANALYST, SPREADS)),
            ablations=tuple(self._ablation(feature, share, best) for feature, share in shares.items()),
            notes=tuple(_notes(self.task, self.ranked.n_barred)),
        )

    def _figures(self, table: pd.DataFrame) -> Figures:
        by_seeker = measure_by_seeker(table, self.pairs, self.k)
        reachable = self.task.pool.ids[self.ranked.reachable]
        return Figures(
            by_seeker,
            mean_intervals(by_seeker),
            both_sides(table, self.pairs, _depths(self.k)).loc[metrics_within(self.k)],
            expected_matches(table, self.pairs, DEPTH),
            measure_exposure(table, reachable, DEPTH, seekers=self.task.encoded.ids),
            lorenz_curve(table, reachable, DEPTH),
        )

    def _slices(self, by_seeker: pd.DataFrame, *, least: float = 0.0) -> pd.DataFrame:
        languages = list(self.task.encoded.text_languages)
        groups = group_seekers(self.task.seekers, languages, self.task.newcomers())
        return slice_metrics(by_seeker[metrics_within(self.k, MAIN_METRICS)], groups, least=least)

    def _newcomers(self, table: pd.DataFrame) -> dict[str, dict[str, Interval]]:
        candidates = self.pairs[Recommendation.CANDIDATE].to_numpy(dtype=object)
        fresh = self.pairs[self.task.truth.history.n_works(candidates) == 0]
        both = fresh[fresh[Recommendation.SEEKER].map(self.task.newcomers()).eq(True)]
        return {"partners": self._recalls(table, fresh), "both": self._recalls(table, both)}

    def _recalls(self, table: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, Interval]:
        names = [name for name in metrics_within(self.k) if name.startswith("R@")]
        return mean_intervals(measure_by_seeker(table, pairs, self.k)[names])

    def _ablation(self, feature: str, share: float, full: pd.DataFrame) -> Ablation:
        names = metrics_within(self.k, MAIN_METRICS)
        without = measure_by_seeker(self.ranked.lists.table(_without(feature)), self.pairs, self.k)
        return Ablation(feature, share, _paired(without[names], full))


def _paired(new: pd.DataFrame, old: pd.DataFrame) -> dict[str, Interval]:
    return {name: paired_difference(new[name], old[name]).interval for name in new.columns}


def _notes(task: EvaluationPool, n_barred: int) -> Iterable[str]:
    """Yield what a reader must know to trust the figures."""
    truth, counts = task.truth, task.truth.counts
    named = latest_date(task.pool.frame)
    if len(task.seekers) == 1:
        yield "one seeker carries no interval"
    if named is not None and pd.Timestamp(named) > truth.date:
        yield (
            f"profiles name dates up to {named}, after the snapshot that the settings ask for: they may "
            "state what was to be found, and the figures may be too good"
        )
    if not truth.history.works:
        yield "there is no history: popularity knows nothing, and every organisation is a newcomer"
    if counts["unknown_members"]:
        n = counts["unknown_members"]
        yield f"{n:,} members of later works have no profile and could not be found"
    if n_barred:
        yield f"{n_barred:,} partners may not be recommended (red flag or exclusion): no system can find them"
