"""The learning curve of outcomes: rankers trained on some of the past works, judged on all later calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import typer

from benchmarks.cases import Case, json_rows, load_interreg
from benchmarks.judging import SEED, Results, describe_machine
from benchmarks.languages import show_table
from benchmarks.learning import pairs_before
from matcher.arrays import Floats
from matcher.columns import Profile
from matcher.config import Config
from matcher.encoders import open_encoder
from matcher.evaluation.intervals import paired_difference
from matcher.learning.training import (
    ANALYST,
    candidate_models,
    fit_ranker,
    is_enough,
    score_lists,
    train_on,
)
from matcher.learning.training_pairs import TrainingPairs, gather_pairs
from matcher.matching.scoring import mutual_score
from matcher.outcomes import History, read_outcomes
from matcher.outcomes.snapshots import DAY, Snapshot, snapshot_date
from matcher.ranking import AnyRanker, CalibratedRanker

DRAWS: Final = {10: 10, 30: 10, 100: 10, 300: 5, 800: 1}
"""Draws for each number of partnerships; 800 are nearly all."""


def judge_outcomes(data: Path) -> Results:
    """Return one row per number of partnerships and draw of past works."""
    case, config = load_interreg(data), Config()
    past, later = pairs_before(case).learnable(), _later(case).learnable()
    analyst = fit_ranker(candidate_models(past, config, SEED)[ANALYST](), past)
    before = _score(later, analyst)
    rows = []
    for size, draws in DRAWS.items():
        for draw in range(draws):
            order = np.random.default_rng(SEED + draw).permutation(pd.unique(past.cluster))
            drawn = _draw(past, order, size)
            training = train_on(drawn, config, SEED) if is_enough(drawn) else None
            after = before if training is None else _score(later, training.ranker)
            gain = paired_difference(after["all"], before["all"], before["cluster"])
            rows.append(
                {
                    "partnerships": size,
                    "used": drawn.n_labels,
                    "draw": draw,
                    "chosen": ANALYST if training is None else training.chosen,
                    "nDCG@10": float(after["all"].mean()),
                    "difference": gain.mean,
                    "error": gain.error,
                }
            )
            typer.echo(str(rows[-1]))
    _show(pd.DataFrame(rows))
    return {"draws": rows, "analyst": float(before["all"].mean())}


def _later(case: Case) -> TrainingPairs:
    """Return the pairs of the later calls, all candidates of each."""
    known, history = set(case.pool[Profile.ID]), History.of(read_outcomes(case.history))
    partners = {
        row["id"]: frozenset(row["partners"]) & known - {row["lead"]} for row in json_rows(case.truth)
    }
    nothing = dict.fromkeys(partners, frozenset[str]())
    date = snapshot_date(case.pool, Config())
    works = {id_: id_ for id_ in partners}
    truth = (case.pool, case.seekers, partners, nothing, nothing, works, history, (), ())
    return gather_pairs([Snapshot(date, date + DAY, *truth)], Config(), open_encoder(None), seed=SEED)


def _draw(pairs: TrainingPairs, order: Any, size: int) -> TrainingPairs:
    """Return the pairs of the first works of an order that have `size` partnerships together."""
    labels = pd.Series(pairs.n_found).groupby(pairs.cluster).sum()[order].cumsum()
    return pairs.take(np.isin(pairs.cluster, labels.index[labels.shift(fill_value=0) < size]))


def _score(pairs: TrainingPairs, ranker: AnyRanker | CalibratedRanker) -> pd.DataFrame:
    """Return nDCG@10 of each call's list, ranked as a `Matcher` does without prices."""
    ours, theirs = (ranker.predict(side) for side in pairs.columns(ranker.features_))
    both: Floats = ours * theirs if isinstance(ranker, CalibratedRanker) else mutual_score(ours, theirs)
    return score_lists(pairs, both)


def _show(table: pd.DataFrame) -> None:
    rows = []
    for size, mine in table.groupby("partnerships"):
        cells = [
            str(size),
            f"{mine['used'].median():.0f}",
            f"{(mine['chosen'] != ANALYST).sum()} of {len(mine)}",
        ]
        for name in ("nDCG@10", "difference"):
            sign = "+" if name == "difference" else ""
            low, middle, high = mine[name].quantile([0.0, 0.5, 1.0])
            cells.append(f"{middle:{sign}.3f} ({low:{sign}.3f} to {high:{sign}.3f})")
        rows.append([*cells, f"{(mine['difference'] < -mine['error']).sum()} of {len(mine)}"])
    header = [
        "partnerships",
        "used",
        "other than the analyst's weights",
        "nDCG@10, median",
        "difference, median",
    ]
    show_table("what outcomes teach", [*header, "below by more than its error"], rows)
    typer.echo("\n" + "; ".join(f"{name} {value}" for name, value in describe_machine().items()))
