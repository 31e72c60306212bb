"""Rankers learned from the past, against peers and simple systems, on later dates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import typer
from scipy.sparse import csr_matrix

from benchmarks.cases import Case, load_grants, load_interreg
from benchmarks.judging import SEED, Lists, Results, judge, show
from benchmarks.systems import engine, popularity, ranked, tfidf
from matcher import Matcher
from matcher.arrays import Floats
from matcher.columns import Profile
from matcher.config import Config
from matcher.encoders import open_encoder
from matcher.learning.training import Training, candidate_models, fit_ranker, train_on
from matcher.learning.training_pairs import TrainingPairs, gather_pairs
from matcher.outcomes import History, read_outcomes
from matcher.outcomes.snapshots import take_snapshots
from matcher.ranking import AnyRanker, CalibratedRanker, PairwiseRanker

LAMBDAMART: Final[dict[str, Any]] = {
    "n_estimators": 150,
    "num_leaves": 6,
    "learning_rate": 0.05,
    "min_child_samples": 30,
    "reg_lambda": 10.0,
    "colsample_bytree": 0.5,
    "verbose": -1,
    "n_jobs": 1,
}
"""As the boosted ranker, for a fair comparison."""
FACTORS: Final = 32


def judge_learning(data: Path, score: Path) -> Results:
    """Train on what was known before each snapshot, and judge on what came after it."""
    results: Results = {}
    for case in (load_interreg(data), load_grants(data)):
        pairs = pairs_before(case)
        training = train_on(pairs, Config(), SEED)
        _tell(training)
        lists = {name: system(case) for name, system in _systems(pairs, training).items()}
        results[case.name] = judge(case, lists, score)
        show(case.name, results[case.name])
        results[f"{case.name}, against the analyst's weights"] = judge(
            case, lists, score, baseline="analyst's weights"
        )
        show(case.name, results[f"{case.name}, against the analyst's weights"], baseline="analyst's weights")
        results[f"{case.name}, training"] = {
            "chosen": training.chosen,
            "labels": training.n_labels,
            "seekers": training.n_seekers,
            "validation": training.validation.astype(object).to_dict("index"),
            "calibration": dict(training.calibration),
        }
    return results


def pairs_before(case: Case) -> TrainingPairs:
    """Return the pairs to learn from that were known before the snapshot."""
    history = History.of(read_outcomes(case.history))
    works = () if history is None else history.works
    return gather_pairs(
        take_snapshots(case.pool, works), Config(), open_encoder(None), seed=SEED, progress=True
    )


def _systems(pairs: TrainingPairs, training: Training) -> dict[str, Callable[[Case], Lists]]:
    """Return the chosen ranker, every candidate model, peers, and simple systems."""
    systems: dict[str, Callable[[Case], Lists]] = {"chosen": _with(training.ranker)}
    for name, make in candidate_models(pairs, Config(), SEED).items():
        if name != "WeightedRanker":
            systems[name] = _with(fit_ranker(make(), pairs))
    return {
        **systems,
        "LambdaMART (LightGBM)": _with(_as_ranker(pairs)),
        "ALS (implicit)": als,
        "analyst's weights": engine,
        "popularity": popularity,
        "TF-IDF": tfidf,
    }


def _with(ranker: AnyRanker | CalibratedRanker) -> Callable[[Case], Lists]:
    def lists(case: Case) -> Lists:
        # Profiles that seek pay prices, and prices come from mutual scores of any scale: judged without.
        config = Config.from_dict({"market": {"strength": 0.0, "reference": 64}})
        matcher = Matcher(config, ranker, progress=True).fit(case.pool, case.history)
        table = matcher.recommend(case.seekers, case.depth, explain=False)
        return {str(id_): rows["candidate"].tolist() for id_, rows in table.groupby("seeker", sort=False)}

    return lists


class LambdaRanker(PairwiseRanker):
    """LightGBM's LambdaMART behind the interface of a ranker; only for this comparison."""

    def learn(self, pairs: TrainingPairs) -> LambdaRanker:
        """Fit to what seekers saw."""
        from lightgbm import LGBMRanker

        drawn = pairs.thin()
        ours, _ = drawn.columns(self.features_)
        PairwiseRanker.fit(self, ours)
        sizes = np.bincount(drawn.seeker)
        self.model_ = LGBMRanker(**LAMBDAMART, random_state=SEED).fit(ours, drawn.label, group=sizes)
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Return the model's score of each pair, brought to (0, 1) without changing the order."""
        return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(self.model_.predict(X), dtype=np.float64))))


def _as_ranker(pairs: TrainingPairs) -> LambdaRanker:
    return LambdaRanker(feature_names=pairs.features).learn(pairs)


def als(case: Case) -> Lists:
    """Implicit-feedback matrix factorisation of who worked with whom; a call is its lead."""
    from implicit.als import AlternatingLeastSquares

    history = History.of(read_outcomes(case.history))
    ids = sorted({member for work in history.works for member in work.members} | {*case.pool[Profile.ID]})
    place = {id_: row for row, id_ in enumerate(ids)}
    counts: dict[tuple[int, int], float] = {}
    for work in history.works:
        for one in work.members:
            for other in work.members:
                if one != other:
                    counts[place[one], place[other]] = counts.get((place[one], place[other]), 0.0) + 1.0
    rows, columns = zip(*counts, strict=True)
    matrix = csr_matrix((list(counts.values()), (rows, columns)), shape=(len(ids), len(ids)))
    model = AlternatingLeastSquares(factors=FACTORS, random_state=SEED, num_threads=1)
    model.fit(matrix, show_progress=False)
    seekers = [
        place.get(lead or id_, -1)
        for id_, lead in zip(case.seekers[Profile.ID], case.seekers[Profile.LEAD], strict=True)
    ]
    pool = model.item_factors[[place[id_] for id_ in case.pool[Profile.ID]]]
    scores = np.zeros((len(seekers), len(pool)))
    for row, seeker in enumerate(seekers):
        if seeker >= 0:
            scores[row] = model.user_factors[seeker] @ pool.T
    return ranked(case, scores)


def _tell(training: Training) -> None:
    typer.echo(
        f"\n{training.n_labels} partnerships of {training.n_seekers} seekers; chosen: {training.chosen}"
    )
    typer.echo(training.validation.to_string(float_format=lambda value: f"{value:.3f}"))
    typer.echo(f"calibration: {training.calibration}")
