"""What grades teach: weights and bands from grades of half of the seekers, judged on the other half."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import typer
from scipy import stats

from benchmarks.judging import SEED, Results, describe_machine
from benchmarks.languages import show_table
from matcher import Matcher
from matcher.columns import BANDS
from matcher.config import BandSettings
from matcher.datasets import load_demo
from matcher.evaluation.graded import band_meaning, fit_bands
from matcher.learning.grading import gather_graded, rank_graded, score_seekers, train_on_pairs
from matcher.matching.fitted import analyst_ranker
from matcher.matching.selection import assign_bands
from matcher.outcomes.records import GOOD, read_grades
from matcher.ranking import WeightedRanker

SIZES: Final = (0, 10, 30, 100, 300)
DRAWS: Final = 20
NEAR: Final = 0.1  # largest distance of the stated from the found share of good pairs that is called near


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
            judged_bands = _judge_bands(read.iloc[shuffled[:size]], read[~read["seeker"].isin(early)], read)
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


def _judge_bands(early: pd.DataFrame, late: pd.DataFrame, read: pd.DataFrame) -> dict[str, Any]:
    """Return what each band is said to mean by the early grades, and how often late pairs are good.

    `chance` is the probability that both differ by at most `NEAR` if each late pair is good with the
    share of all pairs that were read in this band, and `exact` the same had that share been stated.
    """
    limits = fit_bands(early, BandSettings()) if len(early) else BandSettings()
    stated = band_meaning(early, limits)
    counts, true = (_shares(rows, limits) for rows in (late, read))
    figures: dict[str, Any] = {}
    for band in BANDS:
        n, share, found = int(counts["count"][band]), float(true["mean"][band]), float(counts["mean"][band])
        figures |= {
            f"{band} stated": stated[band],
            f"{band} found": found,
            f"{band} n": n,
            f"{band} near": abs(stated[band] - found) <= NEAR,
            f"{band} chance": chance_near(n, share, stated[band]),
            f"{band} exact": chance_near(n, share, share),
        }
    return figures


def _shares(rows: pd.DataFrame, limits: BandSettings) -> pd.DataFrame:
    """Return number and share of good pairs of each band."""
    rank, place, met = (rows[name].to_numpy() for name in ("rank", "place", "met"))
    bands = assign_bands(rank, place, met, limits)
    return rows["good"].groupby(bands).agg(["count", "mean"]).reindex(BANDS)


def chance_near(n: int, share: float, stated: float) -> float:
    """Return the probability that that the share found among n pairs is near the stated one."""
    found = np.arange(n + 1) / n
    return float(stats.binom.pmf(np.arange(n + 1), n, share)[np.abs(found - stated) <= NEAR].sum())


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
    rows = [
        [str(size), band, f"{mine[f'{band} n'].median():.0f}", f"{mine[f'{band} near'].sum()} of {len(mine)}"]
        + [f"{len(mine) * mine[f'{band} {name}'].mean():.1f}" for name in ("chance", "exact")]
        for size, mine in table.groupby("grades")
        for band in BANDS
    ]
    header = ["grades", "band", "pairs judged (median)", f"draws within {NEAR:.2f}"]
    show_table("single draws of bands", [*header, "expected by chance", "had the true share been said"], rows)
    typer.echo("\n" + "; ".join(f"{name} {value}" for name, value in describe_machine().items()))
