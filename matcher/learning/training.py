"""Training of a ranker: the simplest that is near the best on later dates; its model card."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher import ranking
from matcher.arrays import Flags, Floats
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.evaluation.intervals import clustered_mean, measure_calibration, paired_difference
from matcher.explanations.remarks import LABELS
from matcher.features import COMPONENT_NAMES
from matcher.learning.training_pairs import TrainingPairs, gather_pairs
from matcher.outcomes import JointWork, StageEvent
from matcher.outcomes.snapshots import take_snapshots
from matcher.ranking import AnyRanker, CalibratedRanker, Calibration, WeightedRanker
from matcher.ranking.simple import SIMPLE

DEPTH: Final = 10  # rankers are chosen by nDCG at this depth
FOLDS: Final = 4
FIRST_FOLD: Final = 0.4  # share of the clusters, the earliest, that is only learned from
LEAST_LABELS: Final = 10
LEAST_SEEKERS: Final = 4
LEAST_FOR_BOOSTED: Final = 200
SHRINKAGES: Final = (800.0, 200.0, 50.0)
STACKED_SHRINKAGE: Final = 50.0
LISTED: Final = 15  # features that a model card names
ANALYST: Final = "WeightedRanker"  # the candidate model with the analyst's weights
STACKED: Final = "StackedRanker"
BLIND: Final = (*SIMPLE, STACKED)  # components that were unknown in training count nothing to them


@dataclass(frozen=True)
class Training:
    """A ranker fitted to all pairs, or the analyst's where there are too few, and how it was chosen.

    The validation is as from `summarise`, with which model was chosen; the calibration of the last fold.
    """

    ranker: CalibratedRanker | WeightedRanker
    chosen: str
    validation: pd.DataFrame
    calibration: Mapping[str, float]
    n_labels: int
    n_seekers: int
    notes: tuple[str, ...] = ()


def train_ranker(
    pool: pd.DataFrame,
    works: Iterable[JointWork],
    config: Config,
    encoder: Encoder,
    *,
    events: Iterable[StageEvent] = (),
    stable: bool = False,
    progress: bool = False,
) -> Training:
    """Learn a ranker from outcomes, the most complex that the data support; see `take_snapshots`."""
    snapshots = take_snapshots(pool, works, events, stable=stable)
    n_labels, n_seekers = 0, 0
    reason = "no joint work of two known organisations is dated after the first ones"
    if snapshots:
        pairs = gather_pairs(snapshots, config, encoder, seed=config.seed, progress=progress).learnable()
        if is_enough(pairs):
            return train_on(pairs, config, config.seed)
        n_labels, n_seekers = pairs.n_labels, pairs.n_seekers
        reason = (
            f"{n_labels} partnerships of {len(set(pairs.cluster))} seekers or works are too few to learn "
            f"from ({LEAST_LABELS} of {LEAST_SEEKERS} are needed)"
        )
    analyst = WeightedRanker.from_config(config)
    note = f"{reason}: the analyst's weights stand"
    return Training(analyst, ANALYST, pd.DataFrame(), {}, n_labels, n_seekers, (note,))


def is_enough(pairs: TrainingPairs) -> bool:
    """Return whether pairs have `LEAST_LABELS` partnerships of `LEAST_SEEKERS` clusters."""
    return pairs.n_labels >= LEAST_LABELS and len(set(pairs.cluster)) >= LEAST_SEEKERS


def train_on(pairs: TrainingPairs, config: Config, seed: int = 0) -> Training:
    """Choose a candidate model on later dates, calibrate it there, and fit it to all pairs."""
    models = candidate_models(pairs, config, seed)
    judged = {name: _validate(make, pairs) for name, make in models.items()}
    table = summarise({name: scores for name, (scores, _) in judged.items()})
    chosen = choose(table)
    table["chosen"] = table.index == chosen
    _, held = judged[chosen]
    return Training(
        CalibratedRanker(fit_ranker(models[chosen](), pairs), _calibrate(held)),
        chosen,
        table,
        _measure_calibration(held),
        pairs.n_labels,
        pairs.n_seekers,
        tuple(_notes(pairs, models, chosen)),
    )


def candidate_models(pairs: TrainingPairs, config: Config, seed: int) -> dict[str, Callable[[], AnyRanker]]:
    """Return the makers of the rankers to choose from, by name, the simplest first."""
    weights, strength = config.weights.as_dict(), config.conflict_strength
    models: dict[str, Callable[[], AnyRanker]] = {ANALYST: partial(WeightedRanker.from_config, config)}
    for name, starts in SIMPLE.items():
        if signals := tuple(one for one in pairs.features if one.startswith(starts)):
            models[name] = partial(ranking.SignalRanker, signals, pairs.features)
    if len(models) > 1:
        models[STACKED] = partial(ranking.StackedRanker, weights, strength, STACKED_SHRINKAGE, pairs.features)
    for shrinkage in SHRINKAGES:
        name = f"PairwiseRanker({shrinkage:g})"
        models[name] = partial(ranking.PairwiseRanker, weights, strength, shrinkage, pairs.features)
    if pairs.n_labels >= LEAST_FOR_BOOSTED:
        models["BoostedRanker"] = partial(ranking.BoostedRanker, pairs.features, weights, seed=seed)
    return models


def fit_ranker(ranker: AnyRanker, pairs: TrainingPairs) -> AnyRanker:
    """Fit a ranker, in place, to the seekers' side alone: both found fewer partners (docs/benchmarks.md)."""
    drawn = pairs.thin()
    ours, _ = drawn.columns(ranker.features_)
    return ranker.fit(ours, drawn.label, groups=drawn.seeker, sample_weight=drawn.weight)


def _validate(make: Callable[[], AnyRanker], pairs: TrainingPairs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return, over all folds, the scores of seekers, and utilities of the pairs not learned from."""
    scores, held = [], []
    for fold, (early, late) in enumerate(split_folds(pairs, FIRST_FOLD, FOLDS)):
        ranker, judged = fit_ranker(make(), pairs.take(early)), pairs.take(late)
        ours, theirs = (ranker.utility(side) for side in judged.columns(ranker.features_))
        scores.append(score_lists(judged, ours + theirs))
        columns = {"ours": ours, "theirs": theirs, "label": judged.label, "weight": judged.weight}
        held.append(pd.DataFrame({**columns, "seeker": judged.seeker, "fold": fold}))
    return pd.concat(scores, ignore_index=True), pd.concat(held, ignore_index=True)


def score_lists(pairs: TrainingPairs, score: Floats) -> pd.DataFrame:
    """Return, by seeker, nDCG@10 of `all` partners and of `newcomers` (NaN without any), and the cluster."""
    rows = []
    starts = np.flatnonzero(np.diff(pairs.seeker, prepend=-1))
    for start, end in itertools.pairwise([*starts, len(score)]):
        label, own = pairs.label[start:end] > 0, score[start:end]
        partners = np.flatnonzero(label)
        # A pair that represents several candidates counts as several.
        counts = np.where(label, 1.0, pairs.weight[start:end])
        above = (own[None, :] > own[partners, None]) + 0.5 * (own[None, :] == own[partners, None])
        # Partners that tie share their ranks: each alone at the first of them would exceed the ideal.
        ranks = above @ counts + 0.5  # half of the partner itself is counted in
        fresh = pairs.newcomer[start:end][partners]
        rows.append((_ndcg(ranks), _ndcg(ranks[fresh])))
    return pd.DataFrame(rows, columns=["all", "newcomers"]).assign(cluster=pairs.cluster)


def _ndcg(ranks: Floats) -> float:
    if not len(ranks):
        return float("nan")
    ideal = (1.0 / np.log2(2.0 + np.arange(min(len(ranks), DEPTH)))).sum()
    # Ranks are estimates and may fall between two ranks; the discount is taken as it is.
    return float((1.0 / np.log2(1.0 + ranks[ranks <= DEPTH])).sum() / ideal)


def split_folds(pairs: TrainingPairs, first: float, n_folds: int) -> list[tuple[Flags, Flags]]:
    """Return flags of seekers, shape (n_seekers,), to learn from and to judge on, for each fold.

    All but the earliest share `first` of the clusters are judged on, in turn: later or, of one day, others.
    """
    clusters = pd.unique(pairs.cluster[np.argsort(pairs.date, kind="stable")])
    bounds = np.unique(np.linspace(first, 1.0, n_folds + 1) * len(clusters)).astype(int)
    order = pd.Index(clusters).get_indexer(pd.Index(pairs.cluster))
    folds = []
    for low, high in itertools.pairwise(bounds):
        late = (order >= low) & (order < high)
        early = (pairs.date < pairs.date[late].min()) if late.any() else late
        if late.any() and not early.any():
            early = order < low
        if early.any() and late.any():
            folds.append((early, late))
    return folds


def summarise(scores: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return how well each candidate model found partners, from `score_lists`, the analyst's weights first.

    Means are over `n` clusters. `difference` is the paired one from the best of those that do not lose
    newcomers, `newcomers difference` that from the analyst's weights; `surely gained` is the lower end of the
    95 % interval of the difference in nDCG@10 from these.
    """
    simplest = next(iter(scores.values()))
    clusters, rows = simplest["cluster"], {}
    for name, own in scores.items():
        found, fresh = (clustered_mean(own[column], clusters) for column in ("all", "newcomers"))
        gain = paired_difference(own["all"], simplest["all"], clusters)
        lost = paired_difference(own["newcomers"], simplest["newcomers"], clusters)
        rows[name] = {
            "nDCG@10": found.mean,
            "error": found.error,
            "surely gained": gain.interval.low,
            "newcomers": fresh.mean,
            "newcomers error": fresh.error,
            "newcomers difference": lost.mean,
            "newcomers difference error": lost.error,
            "n": found.n,
            "n newcomers": fresh.n,
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("ranker")
    best = str(table.loc[_near(table, "newcomers difference"), "nDCG@10"].idxmax())
    behind = [paired_difference(own["all"], scores[best]["all"], clusters) for own in scores.values()]
    table[["difference", "difference error"]] = [(each.mean, each.error) for each in behind]
    return table


def choose(table: pd.DataFrame) -> str:
    """Return the simplest candidate model of `summarise` that is at most one standard error behind the best.

    Left out are models that are more than one error behind the analyst's weights on newcomers, find less than
    a simpler one, or do not surely find more than the analyst's weights, which stand where nothing is left.
    """
    fair = table[_near(table, "newcomers difference")]
    sure = (fair["surely gained"] > 0.0) | (fair.index == table.index[0])
    near = _near(fair, "difference") & (fair["nDCG@10"] >= fair["nDCG@10"].cummax())
    return str((near & sure).idxmax() if (near & sure).any() else table.index[0])


def _near(table: pd.DataFrame, name: str) -> "pd.Series[bool]":
    """Return which differences are at most one standard error below 0, or have no error."""
    return ~(table[name] < -table[f"{name} error"])


def _calibrate(held: pd.DataFrame) -> Calibration:
    return Calibration().fit(*(held[name].to_numpy() for name in ("ours", "theirs", "label", "weight")))


def _measure_calibration(held: pd.DataFrame) -> dict[str, float]:
    """Measure, on the last fold, a calibration fitted to the folds before."""
    is_last = held["fold"] == held["fold"].max()
    if is_last.all():
        return {}
    earlier, last = _calibrate(held[~is_last]), held[is_last]
    ours, theirs = (earlier.predict(last[side].to_numpy()) for side in ("ours", "theirs"))
    measured = measure_calibration(ours * theirs, *(last[name] for name in ("label", "seeker", "weight")))
    ece, rate = measured.ece, float(np.average(last["label"], weights=last["weight"]))
    figures = {"Brier": measured.brier.mean, "ECE": ece.mean, "ECE low": ece.low, "ECE high": ece.high}
    return {**figures, "base rate": rate}


def _notes(pairs: TrainingPairs, models: Mapping[str, object], chosen: str) -> list[str]:
    notes = []
    if "BoostedRanker" not in models:
        notes.append(
            f"{pairs.n_labels} partnerships are too few for boosted trees ({LEAST_FOR_BOOSTED} are needed)"
        )
    is_silent = np.isnan(pairs.seeker_side).all(axis=0)
    silent = [name for name in np.array(pairs.features)[is_silent] if name in COMPONENT_NAMES]
    if those := "; ".join(LABELS[name] for name in silent):
        notes.append(
            f"nothing is known of {those} at the time of the labels: these do not count"
            if chosen in BLIND
            else f"nothing is known of {those} at the time of the labels: the analyst's weights of "
            "these stand"
        )
    return notes


def facts_of(training: Training, command: str, data: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return the facts of a training for a manifest: how it was made, from what, how good it is."""
    table = training.validation.astype(object).where(training.validation.notna(), None)
    return {
        "chosen": training.chosen,
        "command": command,
        "data": dict(data),
        "seed": seed,
        "labels": training.n_labels,
        "seekers": training.n_seekers,
        "features": list(training.ranker.features_),
        "validation": table.to_dict("index"),
        "calibration": dict(training.calibration),
        "notes": list(training.notes),
    }


def write_card(training: Training, command: str, data: Mapping[str, Any], seed: int) -> str:
    """Return the model card, Markdown: purpose, data, figures, what counts, limits, command."""
    from jinja2 import Environment, StrictUndefined

    source = Path(__file__).with_name("model_card.md.jinja").read_text(encoding="utf-8")
    template = Environment(  # noqa: S701 - Markdown, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    ).from_string(source)
    shares, ranker = list[tuple[str, float]](), training.ranker
    if hasattr(ranker, "means_"):
        # Weights where there are any: shares are of the past, of which less was known than now.
        counted = getattr(getattr(ranker, "ranker", ranker), "weights_", ranker.shares_)
        pairs = zip(ranker.features_, counted, strict=True)
        shares = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:LISTED]
    return template.render(
        training=training,
        rows=training.validation.to_dict("index"),
        is_learned=training.chosen != ANALYST,
        is_simple=training.chosen in SIMPLE,
        calibration={name: f"{value:.6f}" for name, value in training.calibration.items()},
        shares=shares,
        command=command,
        data=data,
        seed=seed,
    )
