"""What a round of introductions costs and how near it is to the bound, at several sizes."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
import typer

from benchmarks.judging import SEED, Results
from benchmarks.sizes import generate
from matcher import Matcher, read_profiles
from matcher.columns import Profile

SIZES = (500, 1000, 2000, 5000)
MOST = 5  # capacities are drawn from 1 to this


def time_rounds(sizes: Sequence[int]) -> Results:
    """Time fitting and a round without texts among generated organisations."""
    heads = (
        "organisations",
        "fit, processor s",
        "round, processor s",
        "round, s",
        "meetings",
        "gap to the bound, %",
    )
    typer.echo("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    results: Results = {}
    for size in sizes:
        profiles = read_profiles(_organisations(size))
        marks = [_now()]
        matcher = Matcher().fit(profiles)
        marks.append(_now())
        found = matcher.assign(explain=False)
        marks.append(_now())
        (fit, _), (processor, clock) = np.diff(marks, axis=0).tolist()
        one = {"fit": fit, "round": processor, "clock": clock, "meetings": len(found.table), "gap": found.gap}
        results[str(size)] = one
        typer.echo(
            f"| {size:,} | {fit:.1f} | {processor:.1f} | {clock:.1f} | {len(found.table):,} | "
            f"{100 * found.gap:.4f} |"
        )
    return results


def _organisations(size: int) -> pd.DataFrame:
    """Return generated organisations, with capacities from 1 to `MOST`."""
    rng = np.random.default_rng(SEED)
    rows = [
        {**row, "capacity_min": "", Profile.CAPACITY_MAX: int(rng.integers(1, MOST + 1))}
        for row in generate(size)
    ]
    return pd.DataFrame(
        [
            {name: json.dumps(cell) if isinstance(cell, list | dict) else cell for name, cell in row.items()}
            for row in rows
        ]
    )


def _now() -> tuple[float, float]:
    return time.process_time(), time.perf_counter()
