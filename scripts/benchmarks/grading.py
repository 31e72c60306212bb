"""What grades teach: weights and bands from grades of half of the seekers, judged on the other half."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import typer

from benchmarks.judging import SEED, Results, describe_machine
from benchmarks.languages import show_table
from matcher import Matcher
from matcher.columns import BANDS
from matcher.config import BandSettings
from matcher.datasets import load_demo
from matcher.evaluation.graded import band_meaning, fit_bands
from matcher.learning.graded_lists import rank_graded
from matcher.learning.graded_weights import gather_graded, score_seekers, train_on_pairs
from matcher.matching.bands import assign_bands
from matcher.matching.scoring import analyst_ranker
from matcher.outcomes.grades import GOOD, read_grades
from matcher.ranking import WeightedRanker

SIZES: Final = (0, 10, 30, 100, 300)
DRAWS: Final = 20


def judge_grading(judged: Path) -> Results:
    """Return, for each number of grades, one row per draw."""
    matcher = Matcher().fit(load_demo())
    pairs = read_grades([judged / "demo_grades.csv"], known=matcher.pool["id"].tolist()).pairs
    data, lists = gather_graded(matcher, pairs), rank_graded(matcher, pairs)
    read = lists[lists["grade"].notna()].assign(good=lambda rows: rows["grade"] >= GOOD)
    base = analyst_ranker(matcher.scorer.pool)
    before = score_seekers(data, base.fit(data.pool))
    rows = []
    for draw in range(DRAWS):
        rng = np.random.default_rng(SEED + draw)
        seekers = np.array(sorted(set(data.seeker)))
        early = rng.choice(seekers, len(seekers) // 2, replace=False)
        ours = np.flatnonzero(np.isin(data.seeker, early))
        order, late = rng.permutation(len(ours)), data.take(~np.isin(data.seeker, early))
        known = np.flatnonzero(read["seeker"].isin(early))
        shuffled = rng.permutation(known)
        for size in SIZES:
            taken = np.isin(np.arange(len(data.grade)), ours[order[:size]])
            training = train_on_pairs(data.take(taken), base)
            after = score_seekers(late, training.ranker)
            always = WeightedRanker(
                training.learned, base.conflict_strength, conduct_limit=base.conduct_limit
            )
            taken_anyway = score_seekers(late, always.fit(data.pool))
            judged_bands = _judge_bands(read.iloc[shuffled[:size]], read[~read["seeker"].isin(early)])
            rows.append(
                {
                    "grades": size,
                    "used": int(taken.sum()),
                    "draw": draw,
                    "learned": training.is_better,
                    "difference": float((after - before[after.index]).mean()),
                    "unvalidated": float((taken_anyway - before[after.index]).mean()),
                    **judged_bands,
                }
            )
    table = pd.DataFrame(rows)
    _show(table)
    return {"draws": table.to_dict("records"), "nDCG@5": float(before.mean())}


def _judge_bands(early: pd.DataFrame, late: pd.DataFrame) -> dict[str, Any]:
    """Return what each band is said to mean by the early grades, and how often late pairs are good."""
    limits = fit_bands(early, BandSettings()) if len(early) else BandSettings()
    stated = band_meaning(early, limits)
    rank, place, met = (late[name].to_numpy() for name in ("rank", "place", "met"))
    found = late["good"].groupby(assign_bands(rank, place, met, limits)).mean().reindex(BANDS)
    return {f"{band} stated": stated[band] for band in BANDS} | {
        f"{band} found": share for band, share in found.items()
    }


def _show(table: pd.DataFrame) -> None:
    rows = []
    for size, mine in table.groupby("grades"):
        means = mine.mean(numeric_only=True)
        cells = [str(size), f"{means['used']:.0f}", f"{mine['learned'].sum()} of {len(mine)}"]
        for name in ("difference", "unvalidated"):
            low, middle, high = mine[name].quantile([0.0, 0.5, 1.0])
            cells.append(f"{middle:+.3f} ({low:+.3f} to {high:+.3f})")
        cells += [f"{means[f'{band} stated']:.2f} / {means[f'{band} found']:.2f}" for band in BANDS]
        rows.append(cells)
    header = ["grades", "used", "weights changed", "nDCG@5, median difference", "if never validated"]
    show_table("what grades teach", [*header, *(f"{band}: said / found" for band in BANDS)], rows)
    typer.echo("\n" + "; ".join(f"{name} {value}" for name, value in describe_machine().items()))
