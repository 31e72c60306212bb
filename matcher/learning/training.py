"""Which ranker the data bear: chosen on later dates, the simplest that is not surely behind the best."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.evaluation import measure_calibration
from matcher.features import COMPONENT_NAMES
from matcher.learning.training_pairs import TrainingPairs, gather_pairs
from matcher.outcomes import JointWork, StageEvent
from matcher.outcomes.snapshots import take_snapshots
from matcher.ranking import (
    AnyRanker,
    BoostedRanker,
    CalibratedRanker,
    Calibration,
    PairwiseRanker,
    WeightedRanker,
)

DEPTH: Final = 10
"""nDCG at this depth is what rankers are chosen by."""
FOLDS: Final = 4
FIRST_FOLD: Final = 0.4
"""Share of the seekers, the earliest, that is only learned from."""
LEAST_LABELS: Final = 10
LEAST_SEEKERS: Final = 4
LEAST_FOR_BOOSTED: Final = 200
SHRINKAGES: Final = (50.0, 200.0, 800.0)
FIGURES: Final = [
    "nDCG@10",
    "error",
    "difference",
    "difference error",
    "newcomers",
    "newcomers error",
    "newcomers difference",
    "newcomers difference error",
    "n",
    "n newcomers",
]
"""Columns of a validation."""


@dataclass(frozen=True)
class Training:
    """What training gives.

    Attributes
    ----------
    ranker : CalibratedRanker or WeightedRanker
        Learned from everything; the analyst's weights where the data bear no more.
    rung : str
        Name of the ranker chosen.
    validation : DataFrame
        One row a ranker tried, as `summarise` gives it, and whether it was chosen.
    calibration : mapping of str to float
        Brier score and expected calibration error of the pair's probability, on the last fold.
    n_labels, n_seekers : int
        What was learned from.
    notes : tuple of str
        What the user should know.
    """

    ranker: CalibratedRanker | WeightedRanker
    rung: str
    validation: pd.DataFrame
    calibration: Mapping[str, float]
    n_labels: int
    n_seekers: int
    notes: tuple[str, ...] = field(default=())


def train_ranker(
    pool: pd.DataFrame,
    works: Sequence[JointWork],
    config: Config,
    encoder: Encoder,
    *,
    talks: Iterable[StageEvent] = (),
    stable: bool = False,
    seed: int = 0,
    progress: bool = False,
) -> Training:
    """Learn a ranker from outcomes, as far as they bear one.

    Parameters
    ----------
    pool : DataFrame
        Canonical profiles as they are now.
    works : sequence of JointWork
        All joint works: those before the profiles' date are history and labels of earlier
        snapshots, later ones are labels of the profiles as they are.
    config : Config
        Settings; its weights are what learned ones are shrunk to.
    encoder : Encoder
        Text -> unit vectors.
    talks : iterable of StageEvent, optional
        What was said of pairs: of those who declined in the time of the labels it is known that no
        partnership formed then.
    stable : bool, default False
        Whether profiles may be taken to have said the same all along.
    seed : int, default 0
    progress : bool, default False
        Whether to show a progress bar on stderr.

    Returns
    -------
    training : Training
    """
    snapshots = take_snapshots(pool, works, talks, stable=stable)
    analyst = WeightedRanker(config.weights.as_dict(), config.conflict_strength)
    if not snapshots:
        note = (
            "no joint work of two known organisations is dated after the first ones: the analyst's weights "
            "stand"
        )
        return Training(analyst, "WeightedRanker", _no_validation(), {}, 0, 0, (note,))
    gathered = gather_pairs(snapshots, config, encoder, seed=seed, progress=progress)
    # Whose partners may not be recommended teaches nothing, and cannot be judged.
    pairs = gathered.take(gathered.n_found > 0)
    n_cases = len(set(pairs.cluster))
    if pairs.n_labels < LEAST_LABELS or n_cases < LEAST_SEEKERS:
        note = (
            f"{pairs.n_labels} partnerships of {n_cases} seekers or works are too few to learn from "
            f"({LEAST_LABELS} of {LEAST_SEEKERS} are needed): the analyst's weights stand"
        )
        return Training(
            analyst, "WeightedRanker", _no_validation(), {}, pairs.n_labels, pairs.n_seekers, (note,)
        )
    return train_on(pairs, config, seed)


def train_on(pairs: TrainingPairs, config: Config, seed: int = 0) -> Training:
    """Choose a ranker on later dates, calibrate it there, and fit it to all pairs."""
    rungs = make_rungs(pairs, config, seed)
    folds = _folds(pairs)
    tried = {
        name: [_validate(make(), pairs, early, late) for early, late in folds] for name, make in rungs.items()
    }
    table = summarise({name: pd.concat([trial.scores for trial in trials]) for name, trials in tried.items()})
    rung = choose(table)
    table["chosen"] = table.index == rung
    notes = list(_notes(pairs, rungs))
    calibration = _calibrate(tried[rung])
    measured = _measure_calibration(tried[rung])
    final = fit_ranker(rungs[rung](), pairs)
    return Training(
        CalibratedRanker(final, calibration),
        rung,
        table,
        measured,
        pairs.n_labels,
        pairs.n_seekers,
        tuple(notes),
    )


def make_rungs(pairs: TrainingPairs, config: Config, seed: int) -> dict[str, Callable[[], AnyRanker]]:
    """Return the rankers that the data bear, the simplest first."""
    weights, strength = config.weights.as_dict(), config.conflict_strength
    rungs: dict[str, Callable[[], AnyRanker]] = {"WeightedRanker": lambda: WeightedRanker(weights, strength)}
    for shrinkage in sorted(SHRINKAGES, reverse=True):
        rungs[f"PairwiseRanker({shrinkage:g})"] = _pairwise(weights, strength, shrinkage, pairs.features)
    if pairs.n_labels >= LEAST_FOR_BOOSTED:
        rungs["BoostedRanker"] = lambda: BoostedRanker(pairs.features, weights, seed=seed)
    return rungs


def _pairwise(
    weights: Mapping[str, float], strength: float, shrinkage: float, features: Sequence[str]
) -> Callable[[], AnyRanker]:
    return lambda: PairwiseRanker(weights, strength, shrinkage, features)


def fit_ranker(ranker: AnyRanker, pairs: TrainingPairs) -> AnyRanker:
    """Fit a ranker to pairs, in place, and return it.

    It learns from what seekers saw in the partners that they found; the same function then tells
    what a candidate gains by a seeker. Learning from both sides at once found fewer partners
    (docs/benchmarks.md).
    """
    drawn = pairs.thin()
    ours, _ = drawn.columns(ranker.features_)
    ranker.fit(ours, drawn.label, groups=drawn.seeker, sample_weight=drawn.weight)
    return ranker


@dataclass(frozen=True)
class _Trial:
    """One ranker on one fold: scores a seeker, and what calibration needs."""

    scores: pd.DataFrame
    seeker_utility: Floats
    candidate_utility: Floats
    pairs: TrainingPairs


def _validate(
    ranker: AnyRanker, pairs: TrainingPairs, early: NDArray[np.bool_], late: NDArray[np.bool_]
) -> _Trial:
    fit_ranker(ranker, pairs.take(early))
    held = pairs.take(late)
    ours, theirs = held.columns(ranker.features_)
    utilities = ranker.utility(ours), ranker.utility(theirs)
    scores = score_lists(held, utilities[0] + utilities[1])
    return _Trial(scores, utilities[0], utilities[1], held)


def score_lists(pairs: TrainingPairs, score: Floats) -> pd.DataFrame:
    """Return nDCG@10 of each seeker, of all its partners and of newcomers among them.

    All candidates are there unless the pool is large; then one that stands for several pushes
    partners down by as many. Equal scores push down by half. A seeker without partners is not judged: NaN.
    """
    rows = []
    starts = np.flatnonzero(np.diff(pairs.seeker, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(score)], strict=True):
        label, weight, own = pairs.label[start:end] > 0, pairs.weight[start:end], score[start:end]
        partners = np.flatnonzero(label)
        above = (own[None, :] > own[partners, None]) + 0.5 * (own[None, :] == own[partners, None])
        places = 1.0 + above[:, ~label] @ weight[~label]
        among = own[partners]
        places += (among[None, :] > among[:, None]).sum(axis=1)
        # Partners that tie share their places: each alone at the first of them would be above the ideal.
        places += 0.5 * ((among[None, :] == among[:, None]).sum(axis=1) - 1)
        fresh = pairs.newcomer[start:end][partners]
        rows.append((_ndcg(places), _ndcg(places[fresh])))
    return pd.DataFrame(rows, columns=["all", "newcomers"]).assign(cluster=pairs.cluster)


def _ndcg(places: Floats) -> float:
    if not len(places):
        return float("nan")
    ideal = (1.0 / np.log2(2.0 + np.arange(min(len(places), DEPTH)))).sum()
    # Places are estimates and may fall between two ranks; the discount is taken as it is.
    return float((1.0 / np.log2(1.0 + places[places <= DEPTH])).sum() / ideal)


def _folds(pairs: TrainingPairs) -> list[tuple[NDArray[np.bool_], NDArray[np.bool_]]]:
    """Return (learned from, judged on) for each fold.

    What is judged is later or, where all is of one day, of other clusters.
    """
    clusters = pd.unique(pairs.cluster[np.argsort(pairs.date, kind="stable")])
    bounds = np.unique(np.linspace(FIRST_FOLD, 1.0, FOLDS + 1) * len(clusters)).astype(int)
    place = pd.Series(np.arange(len(clusters)), index=clusters).loc[list(pairs.cluster)].to_numpy()
    folds = []
    for low, high in itertools.pairwise(bounds):
        late = (place >= low) & (place < high)
        early = (pairs.date < pairs.date[late].min()) if late.any() else late
        if late.any() and not early.any():
            early = place < low
        if early.any() and late.any():
            folds.append((early, late))
    return folds


def summarise(scores: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how well each ranker found partners, the simplest first.

    Parameters
    ----------
    scores : mapping of str to DataFrame
        Of each ranker what `score_lists` gives, of the same seekers; the first are the analyst's weights.

    Returns
    -------
    table : DataFrame
        One row a ranker. `nDCG@10` and `newcomers` are means over clusters, each with its standard error.
        `difference` is from the best of those that do not lose newcomers, `newcomers difference` from the
        analyst's weights: means over clusters of what is paired there, in nDCG, with their standard
        errors. `n` and `n newcomers` count clusters.
    """
    means = {name: table.groupby("cluster")[["all", "newcomers"]].mean() for name, table in scores.items()}
    found = pd.DataFrame({name: mean["all"] for name, mean in means.items()})
    fresh = pd.DataFrame({name: mean["newcomers"] for name, mean in means.items()})
    table = pd.concat(
        [
            _over_clusters(found, "nDCG@10", "error"),
            _over_clusters(fresh, "newcomers", "newcomers error"),
            _over_clusters(fresh.sub(fresh.iloc[:, 0], axis=0), "newcomers difference"),
        ],
        axis=1,
    )
    best = table.loc[_keep_newcomers(table), "nDCG@10"].idxmax()
    return (
        table.join(_over_clusters(found.sub(found[best], axis=0), "difference"))
        .assign(**{"n": found.count(), "n newcomers": fresh.count()})[FIGURES]
        .rename_axis("ranker")
    )


def _over_clusters(scores: pd.DataFrame, name: str, error: str = "") -> pd.DataFrame:
    """Return mean and standard error of each column, one a ranker."""
    return pd.DataFrame({name: scores.mean(), error or f"{name} error": scores.sem()})


def _keep_newcomers(table: pd.DataFrame) -> pd.Series[bool]:
    """Tell who finds newcomers not surely worse than the analyst's weights do, or where nothing tells."""
    return ~(table["newcomers difference"] < -table["newcomers difference error"])


def choose(table: pd.DataFrame) -> str:
    """Return the simplest ranker that is not surely behind the best.

    Surely means by more than one standard error of the difference: works that are hard for one
    ranker are hard for all, and a difference is known much better than either mean. Nor is a ranker
    taken that finds less than a simpler one does, or that surely loses newcomers against the
    analyst's weights.

    Parameters
    ----------
    table : DataFrame
        As `summarise` gives it.

    References
    ----------
    Breiman, Friedman, Olshen and Stone (1984), the one-standard-error rule; with the error of the
    paired difference: own definition.
    """
    fair = table[_keep_newcomers(table)]
    near = ~(fair["difference"] < -fair["difference error"])
    return str((near & (fair["nDCG@10"] >= fair["nDCG@10"].cummax())).idxmax())


def _calibrate(trials: Sequence[_Trial]) -> Calibration:
    """Fit a calibration to pairs that the rankers had not learned from."""
    return Calibration().fit(
        np.concatenate([trial.seeker_utility for trial in trials]),
        np.concatenate([trial.candidate_utility for trial in trials]),
        np.concatenate([trial.pairs.label for trial in trials]),
        np.concatenate([trial.pairs.weight for trial in trials]),
    )


def _measure_calibration(trials: Sequence[_Trial]) -> dict[str, float]:
    """Judge, on the last fold, a calibration fitted to the folds before."""
    if len(trials) < 2:
        return {}
    earlier, last = _calibrate(trials[:-1]), trials[-1]
    probability = earlier.predict(last.seeker_utility) * earlier.predict(last.candidate_utility)
    measured = measure_calibration(probability, last.pairs.label, last.pairs.seeker, last.pairs.weight)
    return {
        "Brier": measured.brier.mean,
        "ECE": measured.ece.mean,
        "ECE low": measured.ece.low,
        "ECE high": measured.ece.high,
        "base rate": float(np.average(last.pairs.label, weights=last.pairs.weight)),
    }


def _notes(pairs: TrainingPairs, rungs: Mapping[str, object]) -> list[str]:
    notes = []
    if "BoostedRanker" not in rungs:
        notes.append(
            f"{pairs.n_labels} partnerships do not bear boosted trees ({LEAST_FOR_BOOSTED} are needed)"
        )
    silent = [
        name
        for place, name in enumerate(pairs.features)
        if name in COMPONENT_NAMES and np.isnan(pairs.seeker_side[:, place]).all()
    ]
    if silent:
        notes.append(
            f"nothing is known of {', '.join(silent)} at the time of the labels: the analyst's weights of "
            "these stand"
        )
    return notes


def _no_validation() -> pd.DataFrame:
    return pd.DataFrame(columns=[*FIGURES, "chosen"])
