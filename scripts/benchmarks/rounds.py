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

SIZES = (1000, 5000)
MOST = 5
"""Capacities are drawn from 1 to this."""


def time_rounds(sizes: Sequence[int]) -> Results:
    """Time fitting and a round without texts among generated organisations, in processor seconds."""
    typer.echo(
        "| organisations | fit, s | round, s | meetings | gap to the bound, % |\n|---|---|---|---|---|"
    )
    results: Results = {}
    for size in sizes:
        rng = np.random.default_rng(SEED)
        rows = [
            {**row, "capacity_min": "", Profile.CAPACITY_MAX: int(rng.integers(1, MOST + 1))}
            for row in generate(size)
        ]
        frame = pd.DataFrame(
            [
                {
                    name: json.dumps(cell) if isinstance(cell, list | dict) else cell
                    for name, cell in row.items()
                }
                for row in rows
            ]
        )
        start = time.process_time()
        matcher = Matcher().fit(read_profiles(frame))
        fitted = time.process_time()
        found = matcher.assign(explain=False)
        done = time.process_time()
        one = {"fit": fitted - start, "round": done - fitted, "meetings": len(found.table), "gap": found.gap}
        results[str(size)] = one
        typer.echo(
            f"| {size:,} | {one['fit']:.1f} | {one['round']:.1f} | {len(found.table):,} | "
            f"{100 * found.gap:.2f} |"
        )
    return results
