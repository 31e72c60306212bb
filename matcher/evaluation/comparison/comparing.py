"""Compares the engine with simple systems on what happened after the profiles' date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from tqdm import tqdm

from matcher.columns import Profile
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import ConfigError
from matcher.evaluation import Interval, paired_differences
from matcher.evaluation.comparison.ablation import Ablation, ablatable, ablate
from matcher.evaluation.comparison.arena import Arena
from matcher.evaluation.comparison.chances import ChanceKeeper, Chances
from matcher.evaluation.comparison.engines import Engine, is_calibrated, n_looks, rank_engines
from matcher.evaluation.comparison.figures import (
    MAIN_METRICS,
    Figures,
    measure_by_seeker,
    measure_newcomers,
    measure_system,
    metrics_within,
)
from matcher.evaluation.comparison.groups import slice_seekers
from matcher.evaluation.comparison.lists import Lists
from matcher.evaluation.comparison.notes import count_barred, write_notes
from matcher.evaluation.comparison.results import Comparison
from matcher.evaluation.comparison.stability import (
    DRAWS,
    SPREADS,
    Stability,
    change_weights,
    measure_stability,
)
from matcher.evaluation.comparison.systems import (
    ANALYST,
    LABELS,
    ONE_SIDED,
    RANKER,
    TFIDF,
    rank_simply,
)
from matcher.features import COMPONENT_NAMES
from matcher.matching.scoring import Ranker
from matcher.outcomes import JointWork
from matcher.outcomes.truth import gather_truth, snapshot_date
from matcher.ranking import WeightedRanker

LEAST_DEPTH: Final = 10


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
        Of the random system, the bootstrap and the changed weights.
    ablation : bool, default False
        Whether to leave out one feature at a time.
    progress : bool, default False
        Whether to show progress bars on stderr.

    Returns
    -------
    comparison : Comparison

    Raises
    ------
    EvaluationError
        If nothing is to be found after the profiles' date.
    ConfigError
        If k is below 10.
    """
    if k < LEAST_DEPTH:
        raise ConfigError(f"k must be at least {LEAST_DEPTH}; got {k}. Judge longer lists.")
    truth = gather_truth(pool, works, snapshot_date(pool, config))
    signals = ranker is not None and not set(ranker.features_) <= set(COMPONENT_NAMES)
    arena = Arena(pool, truth, config, encoder, signals=signals, progress=progress)
    main = ANALYST if ranker is None else RANKER
    asked: dict[str, Ranker] = {} if ranker is None else {RANKER: ranker}
    asked[ANALYST] = WeightedRanker(config.weights.as_dict(), config.conflict_strength)
    rankers = arena.prepare(asked)
    keeper = ChanceKeeper(arena, seed) if is_calibrated(rankers[main]) else None
    engines = {name: Engine(own) for name, own in rankers.items()}
    engines[main] = Engine(rankers[main], watch=keeper.watch if keeper else None)
    engines[ONE_SIDED] = Engine(rankers[ANALYST], one_sided=True)
    features = ablatable(rankers[main]) if ablation else {}
    variants = _moved(rankers[ANALYST], seed) | _cut(rankers[main], features)
    with tqdm(
        total=n_looks(arena), desc="comparing", unit="seeker", disable=not progress, leave=False
    ) as bar:
        ranked = rank_simply(arena, k, seed) | rank_engines(arena, engines | variants, k, bar.update)
    chances = keeper.measure() if keeper else None
    return _judge(_Run(arena, ranked, rankers[main], main, k, seed), features, chances)


def _moved(analyst: Any, seed: int) -> dict[str, Engine]:
    """Return the analyst's weights, moved a little, by spread and draw."""
    return {
        f"{spread} {draw}": Engine(other)
        for spread in SPREADS
        for draw, other in enumerate(change_weights(analyst, spread, seed=seed))
    }


def _cut(ranker: Ranker, features: Mapping[str, float]) -> dict[str, Engine]:
    """Return the main ranker without each of its features."""
    return {f"without {feature}": Engine(ablate(ranker, feature)[0]) for feature in features}


@dataclass(frozen=True)
class _Run:
    """All lists of a comparison, and what they were made with."""

    arena: Arena
    ranked: Mapping[str, Lists]
    ranker: Ranker
    main: str
    k: int
    seed: int

    @property
    def pairs(self) -> pd.DataFrame:
        return self.arena.truth.pairs

    @property
    def metrics(self) -> list[str]:
        return [name for name in MAIN_METRICS if name in metrics_within(self.k)]


def _judge(run: _Run, features: Mapping[str, float], chances: Chances | None) -> Comparison:
    arena, reachable = run.arena, run.arena.reachable()
    seekers = arena.seekers[Profile.ID].tolist()
    tables = {name: run.ranked[name].table() for name in LABELS if name in run.ranked}
    figures = {
        name: measure_system(table, run.pairs, seekers, reachable, run.k, seed=run.seed)
        for name, table in tables.items()
    }
    n_barred = count_barred(arena)
    watched = dict.fromkeys((run.main, ANALYST, TFIDF))
    return Comparison(
        truth=arena.truth,
        n_profiles=len(arena.pool),
        n_reachable=len(reachable),
        n_barred=n_barred,
        k=run.k,
        seed=run.seed,
        main=run.main,
        figures=figures,
        differences={
            name: paired_differences(figures[run.main].by_seeker, each.by_seeker, seed=run.seed)
            for name, each in figures.items()
            if name != run.main
        },
        slices={
            name: slice_seekers(arena, figures[name].by_seeker[run.metrics], run.seed) for name in watched
        },
        slice_differences=_slice_differences(run, figures),
        newcomers={name: _newcomers(run, tables[name]) for name in watched},
        chances=chances,
        stability=_stability(run),
        ablations=_ablations(run, figures[run.main].by_seeker, features),
        notes=tuple(write_notes(arena, n_barred)),
    )


def _slice_differences(run: _Run, figures: Mapping[str, Figures]) -> pd.DataFrame | None:
    """Return the main system less the analyst's weights by group; None where these are the main system."""
    if run.main == ANALYST:
        return None
    ours, theirs = (figures[name].by_seeker[run.metrics] for name in (run.main, ANALYST))
    return slice_seekers(run.arena, ours - theirs.reindex(ours.index), run.seed)


def _newcomers(run: _Run, table: pd.DataFrame) -> dict[str, dict[str, Interval]]:
    history, fresh = run.arena.truth.history, run.arena.newcomers()
    return measure_newcomers(table, run.pairs, fresh, history, run.k, seed=run.seed)


def _stability(run: _Run) -> tuple[Stability, ...]:
    moved = {spread: [run.ranked[f"{spread} {draw}"] for draw in range(DRAWS)] for spread in SPREADS}
    return tuple(measure_stability(run.ranked[ANALYST], moved))


def _ablations(run: _Run, full: pd.DataFrame, features: Mapping[str, float]) -> tuple[Ablation, ...]:
    found = []
    for feature, share in features.items():
        lists = run.ranked[f"without {feature}"].table()
        left = measure_by_seeker(lists, run.pairs, run.k)[run.metrics]
        changes = paired_differences(left, full[run.metrics], seed=run.seed)
        found.append(Ablation(feature, share, ablate(run.ranker, feature)[1], changes))
    return tuple(found)
