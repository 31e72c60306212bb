"""What a shard costs: the saved pool, seconds of the processor and bytes, and how they grow with the pool."""

from __future__ import annotations

import resource
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import typer

from benchmarks.judging import SEED, Results
from benchmarks.sizes import apart, generate
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.commands.shards import Part, Task, read_shards, write_shard
from matcher.matching.pool import BLOCK

SIZES = (1000, 2000, 4000, 8000)
MEASURED = 4 * BLOCK  # seekers of the shard that is timed
ADDED = 32  # organisations that are added in one call, and whose updates are timed one by one
SCALES = (100_000, 1_000_000, 10_000_000, 100_000_000)
HEADS = (
    "organisations",
    "read and fit, s",
    "saved pool, KB an organisation",
    "load, s",
    "shard, ms a seeker",
    "by the model, ms",
    "shard, KB a seeker",
    "merge, ms a seeker",
    "peak of a worker, GiB",
)


def time_shards(sizes: Sequence[int]) -> Results:
    """Time shards of several pools in processor seconds, each step in a process of its own."""
    found = {size: _cost(size) for size in sizes}
    seconds = [one["seeker"] for one in found.values()]
    # The last size is left out of the model, which is checked against it.
    slope, constant = np.polyfit(sizes[:-1], seconds[:-1], 1) if len(sizes) > 2 else (np.nan, np.nan)
    typer.echo("| " + " | ".join(HEADS) + " |\n" + "|---" * len(HEADS) + "|")
    for size, one in found.items():
        cells = [one["fit"], one["pool"] / 1e3, one["load"], one["seeker"] * 1e3]
        cells += [(constant + slope * size) * 1e3, one["bytes"] / 1e3, one["merge"] * 1e3, one["peak"]]
        typer.echo(f"| {size:,} | " + " | ".join(f"{cell:.3g}" for cell in cells) + " |")
    typer.echo(f"\nA seeker: {constant * 1e3:.3g} ms + {slope * 1e6:.3g} µs x organisations of the pool.\n")
    typer.echo(f"| organisations | add 1, s | add {ADDED}, s | remove 1, s |\n|---|---|---|---|")
    for size, one in found.items():
        updates = " | ".join(f"{one[name]:.3g}" for name in ("add", "add many", "remove"))
        typer.echo(f"| {size:,} | {updates} |")
    typer.echo()
    last = found[sizes[-1]]
    typer.echo("| organisations | saved pool, GB | shards, GB | hours of one core |\n|---|---|---|---|")
    for scale in SCALES:
        hours = scale * (constant + slope * scale + last["merge"]) / 3600
        gigabytes = (last[name] * scale / 1e9 for name in ("pool", "bytes"))
        typer.echo(f"| {scale:,} | " + " | ".join(f"{cell:.3g}" for cell in (*gigabytes, hours)) + " |")
    return {"sizes": {str(size): one for size, one in found.items()}, "slope": slope, "constant": constant}


def _cost(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        return {
            step: cost
            for work in (_save, _match, _update)
            for step, cost in apart(work, size, folder).items()
        }


def _save(size: int, folder: str) -> dict[str, float]:
    """Read, fit and save a pool."""
    warnings.simplefilter("ignore")
    path = Path(folder, "profiles.jsonl")
    pd.DataFrame(generate(size)).to_json(path, orient="records", lines=True)
    start = time.process_time()
    matcher = Matcher().fit(read_profiles(path))
    fit = time.process_time() - start
    saved = matcher.save(Path(folder, "pool"))
    return {"fit": fit, "pool": sum(one.stat().st_size for one in saved.rglob("*") if one.is_file()) / size}


def _match(size: int, folder: str) -> dict[str, float]:
    """Write one shard with the saved pool, and merge it."""
    warnings.simplefilter("ignore")
    marks = [time.process_time()]
    matcher = Matcher.load(Path(folder, "pool"), check=False)
    marks.append(time.process_time())
    part = Part(1, max(size // MEASURED, 1))
    settings = matcher.config.model_dump(mode="json")
    run: dict[str, Any] = {"settings": settings, "k": 20, "lang": "en", "explain": "all"}
    ids = matcher.pool[Profile.ID].tolist()
    write_shard(matcher, Task(ids, Path(folder), run, {}), part)
    path, seekers = part.path(Path(folder)), part.of(size).stop
    marks.append(time.process_time())
    for _ in read_shards([path], matcher.config):
        pass
    load, shard, merge = np.diff([*marks, time.process_time()]).tolist()
    return {
        "load": load,
        "seeker": shard / seekers,
        "merge": merge / seekers,
        "bytes": path.stat().st_size / seekers,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }


def _update(size: int, folder: str) -> dict[str, float]:
    """Add to the saved pool, and take out of it."""
    warnings.simplefilter("ignore")
    matcher = Matcher.load(Path(folder, "pool"), check=False)
    rows = pd.DataFrame(generate(2 * ADDED, SEED + 1))
    rows[Profile.ID] = [f"new{at}" for at in rows.index]
    matcher.add(rows[:1])  # compiles, and takes the reference seekers out of the pool
    marks = [time.process_time()]
    for at in (1, 2, 3):
        matcher.add(rows[at : at + 1])
    marks.append(time.process_time())
    matcher.add(rows[ADDED:])
    marks.append(time.process_time())
    for at in (1, 2, 3):
        matcher.remove(f"new{at}")
    one, many, gone = np.diff([*marks, time.process_time()]).tolist()
    return {"add": one / 3, "add many": many, "remove": gone / 3}
