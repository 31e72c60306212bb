"""How time and memory grow with the number of organisations, against exact search for nearest vectors."""

from __future__ import annotations

import json
import resource
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import typer
from threadpoolctl import threadpool_info

from benchmarks.judging import SEED, Results
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.datasets import DEMO_PATH

PER_CLUSTER = 200.0
"""Mean number of organisations of a cluster; sizes have a long tail."""
BASES = 6
"""Organisations of the demo whose texts a cluster recombines."""
SWAPPED = 0.3
"""Share of the words of a text that another word replaces."""
STATED = 3
"""Needs, and offers, of an organisation."""
SIZES = (1000, 4000, 10000)
DIMS, NEAREST = 384, 100
"""Size of the vectors and number of neighbours of the plain searches."""


def generate(size: int, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """Yield organisations in clusters of very different size, made of texts of the demo, as rows of JSON.

    Each column comes from one of the `BASES` organisations of its cluster, needs and offers one by one. Of
    the words of long texts `SWAPPED` are replaced by words of a vocabulary that grows with the square root of
    `size` and is used with falling frequency (Zipf), so that most words are rare, as in real texts.
    """
    rng = np.random.default_rng(seed)
    demo = [json.loads(line) for line in DEMO_PATH.read_text(encoding="utf-8").splitlines()]
    n_clusters = max(2, round(size / PER_CLUSTER))
    shares = rng.pareto(1.2, n_clusters) + 0.1
    clusters = rng.choice(n_clusters, size, p=shares / shares.sum())
    bases = rng.integers(len(demo), size=(n_clusters, BASES))
    apart = (Profile.ID, Profile.NAME, Profile.EXCLUDES)
    columns = sorted({name for one in demo for name in one} - {*apart})
    n_words = 200 * int(np.sqrt(size))
    for number, cluster in enumerate(clusters.tolist()):
        chosen = bases[cluster][rng.integers(BASES, size=len(columns))]
        row = {name: demo[base].get(name) for name, base in zip(columns, chosen.tolist(), strict=True)}
        for name in (Profile.VISION, Profile.MISSION, Profile.GOALS_SHORT, Profile.GOALS_LONG):
            row[name] = _swapped(row[name] or "", n_words, rng)
        for name in (Profile.NEEDS, Profile.OFFERS):
            stated = [one for base in bases[cluster].tolist() for one in demo[base].get(name) or ()]
            picked = rng.choice(len(stated), min(STATED, len(stated)), replace=False)
            row[name] = [
                {**stated[at], "text": _swapped(stated[at]["text"], n_words, rng)} for at in picked.tolist()
            ]
        yield {Profile.ID: f"o{number:07d}", Profile.NAME: f"Organisation {number}", **row}


def _swapped(text: str, n_words: int, rng: np.random.Generator) -> str:
    words = text.split()
    for place in np.flatnonzero(rng.random(len(words)) < SWAPPED).tolist():
        words[place] = f"kata{rng.zipf(1.3) % n_words}"
    return " ".join(words)


def time_sizes(sizes: Sequence[int], repeats: int, picture: Path | None = None) -> Results:
    """Time every stage from file to table at several sizes, each run in a process of its own."""
    heads = [
        *(
            "organisations",
            "read, s",
            "fit, s",
            "lists, s",
            "write, s",
            "all, s",
            "processor, s",
            "peak, GiB",
        ),
        *("list value", "plain product, s", "FAISS flat, s"),
    ]
    typer.echo("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    results: Results = {
        "blas": [found["architecture"] for found in threadpool_info() if "architecture" in found]
    }
    medians = {}
    for size in sizes:
        runs = [_apart(size) for _ in range(repeats)]
        found = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        results[str(size)], medians[size] = {"runs": runs, "medians": found}, found
        typer.echo(f"| {size:,} | " + " | ".join(f"{value:.3g}" for value in found.values()) + " |")
    if len(sizes) > 1:
        for name in ("fit", "lists", "all"):
            slope = np.polyfit(np.log(sizes), np.log([medians[size][name] for size in sizes]), 1)[0]
            results[f"growth of {name}"] = float(slope)
            typer.echo(f"growth exponent of {name}: {slope:.2f}")
    if picture:
        _draw(medians, picture)
    return results


def _draw(medians: dict[int, dict[str, float]], path: Path) -> None:
    """Draw the stages over the number of organisations, both axes logarithmic."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    for stage in ("read", "fit", "lists", "write", "all", "product", "faiss"):
        axes.loglog(list(medians), [one[stage] for one in medians.values()], marker="o", label=stage)
    axes.set(xlabel="organisations", ylabel="seconds")
    axes.legend()
    figure.savefig(path)


def _apart(size: int) -> dict[str, float]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_time_once, size).result()


def _time_once(size: int) -> dict[str, float]:
    """Return seconds of each stage, of all, of the processor, peak memory in GiB, and of plain searches."""
    warnings.simplefilter("ignore")
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "profiles.jsonl")
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in generate(size))
        started, processor = time.perf_counter(), time.process_time()
        with _timed(found, "read"):
            table = read_profiles(path)
        with _timed(found, "fit"):
            matcher = Matcher().fit(table)
        with _timed(found, "lists"):
            lists = matcher.recommend_all(20, explain=False)
        with _timed(found, "write"):
            lists.to_parquet(Path(folder, "lists.parquet"))
        found["all"] = time.perf_counter() - started
        found["processor"] = time.process_time() - processor
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    search = matcher.scorer.search
    found["list value"] = search.value.mean if search and search.value else 1.0
    vectors = np.random.default_rng(SEED).standard_normal((size, DIMS), dtype=np.float32)
    with _timed(found, "product"):
        for start in range(0, size, 256):
            np.argpartition(vectors[start : start + 256] @ vectors.T, -min(NEAREST, size), axis=1)
    found["faiss"] = float("nan")
    try:
        import faiss
    except ImportError:
        return found
    with _timed(found, "faiss"):
        index = faiss.IndexFlatIP(DIMS)
        index.add(vectors)
        index.search(vectors, NEAREST)
    return found


@contextmanager
def _timed(found: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    found[name] = time.perf_counter() - start
