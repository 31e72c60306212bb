"""How fast fitting, matching and encoding are."""

from __future__ import annotations

import itertools
import statistics
import time
from pathlib import Path

import pandas as pd
import typer

from benchmarks.judging import SEED, Results
from matcher import Matcher, read_profiles


def time_matching(data: Path, repeats: int) -> Results:
    """Time fitting and matching at several sizes, with the texts' vectors at hand."""
    pool = read_profiles(data / "charities" / "profiles.jsonl.gz").kept
    results: Results = {}
    typer.echo("| organisations | fit, s | 20 partners each, s | with reasons, s | seekers a second |")
    typer.echo("|---" * 5 + "|")
    for size in (250, 1000, len(pool)):
        sample = pool.sample(size, random_state=SEED)
        Matcher(progress=True).fit(sample)
        runs = [_time_once(sample) for _ in range(repeats)]
        medians = [statistics.median(run[step] for run in runs) for step in range(3)]
        results[str(size)] = {"runs": runs, "medians": medians}
        cells = [f"{value:.2f}" for value in medians]
        typer.echo(f"| {size:,} | " + " | ".join(cells) + f" | {size / medians[2]:.0f} |")
    return results


def _time_once(sample: pd.DataFrame) -> tuple[float, float, float]:
    """Return seconds of fit, of matching without reasons, and of matching with reasons."""
    marks = [time.perf_counter()]
    matcher = Matcher().fit(sample)
    marks.append(time.perf_counter())
    matcher.recommend_all(20, explain=False)
    marks.append(time.perf_counter())
    matcher.recommend_all(20)
    marks.append(time.perf_counter())
    first, second, third = (after - before for before, after in itertools.pairwise(marks))
    return first, second, third
