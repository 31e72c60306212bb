"""How time and memory grow with the number of organisations, against exact search for nearest vectors."""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial, wraps
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import typer
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import threadpool_info

from benchmarks.judging import SEED, Results
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.config import Config
from matcher.datasets import DEMO_PATH
from matcher.encoders.device import open_device
from matcher.errors import ConfigError
from matcher.features import OrganisationEncoder
from matcher.matching import pool as encoded_pool
from matcher.matching.candidates import CandidateSearch
from matcher.matching.scoring import PoolScorer

PER_CLUSTER = 200.0  # mean number of organisations of a cluster; sizes have a long tail
BASES = 6  # organisations of the demo whose texts a cluster recombines
SWAPPED = 0.3  # share of the words of a text that another word replaces
STATED = 3  # needs, and offers, of an organisation
SIZES = (1000, 4000, 10000)
DIMS, NEAREST = 384, 100
"""Size of the vectors and number of neighbours of the plain searches."""
MOST_SEARCHED = 100_000  # organisations up to which these are timed: they take hours beyond
KERNEL_SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
"""By which OpenBLAS is told its kernel, and the size that goes with it."""
FAST = "SkylakeX"
"""Kernel that the OpenBLAS of FAISS does not choose by itself on every processor with AVX-512."""
Part = tuple[Any, str, str]
"""Owner and name of a function, and what it is called in the results."""
FIT_PARTS: Sequence[Part] = (
    (OrganisationEncoder, "fit", "words"),
    (OrganisationEncoder, "encode", "encode"),
    (encoded_pool, "twins_of", "near-duplicates"),
    (PoolScorer, "fit", "prices"),
)
LIST_PARTS: Sequence[Part] = (
    (CandidateSearch, "choose", "choose"),
    (encoded_pool, "score_pairs", "components"),
    (PoolScorer, "score_block", "gains"),
    (PoolScorer, "list_best", "select"),
)
STAGES = ("read", "fit", "search", "lists", "write")
DRAWN = (*STAGES, "all", "product", "FAISS")
LEAST_DRAWN = 0.01
"""Seconds below which a stage did nothing, such as the search of candidates in a small pool."""
ONES = ("one", "one with reasons", "one query")
"""Median of the milliseconds that pass in `ASKED` calls: `recommend` of one; a query of FAISS, one thread."""
ASKED = 20
SHOWN = (*STAGES, "all", "wall", "seekers", "peak", "candidates", "list value", *ONES, "product", "FAISS")


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


def time_sizes(
    sizes: Sequence[int],
    repeats: int,
    picture: Path | None = None,
    device: str = "cpu",
    seekers: int = sys.maxsize,
) -> Results:
    """Time every stage from file to table at several sizes, each run in a process of its own.

    Stages are in seconds of the processor, of all cores, which other work on the machine changes least;
    `wall` is what passed. Stages and their parts are printed on stderr when they are done. Of more than
    `seekers` organisations, the lists of so many are made, and `lists` and `write` are taken times the ratio.
    """
    for name in KERNEL_SETTINGS:  # the fastest kernel that each library finds, whatever the caller has set
        os.environ.pop(name, None)
    typer.echo("| organisations | " + " | ".join(SHOWN) + " |\n" + "|---" * (len(SHOWN) + 1) + "|")
    try:
        results: Results = {"device": open_device(device)}
    except ConfigError as err:
        raise typer.BadParameter(str(err)) from err
    typer.echo(f"estimates of candidates: {results['device']}", err=True)
    medians = {}
    for size in sizes:
        runs = [apart(_time_once, size, device, seekers) | _search_apart(size) for _ in range(repeats)]
        numbers = [name for name, value in runs[0].items() if isinstance(value, float)]
        found = {name: statistics.median(run[name] for run in runs) for name in numbers}
        results[str(size)], medians[size] = {"runs": runs, "medians": found}, found
        typer.echo(f"| {size:,} | " + " | ".join(f"{found.get(name, 0.0):.3g}" for name in SHOWN) + " |")
        typer.echo(f"kernels: {runs[0]['kernels']}; FAISS with {runs[0]['FAISS kernel']}", err=True)
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
    for stage in DRAWN:
        found = np.array([one.get(stage, 0.0) for one in medians.values()])
        seconds = np.where(found >= LEAST_DRAWN, found, np.nan)
        axes.loglog(list(medians), seconds, marker="o", label=stage)
    axes.set(xlabel="organisations", ylabel="seconds of the processor")
    axes.legend()
    figure.savefig(path)


def apart(function: Callable[..., Results], *given: Any) -> Results:
    """Call a function in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *given).result()


def _time_once(size: int, device: str, seekers: int) -> Results:
    """Return seconds of each stage and of parts, of all, peak memory in GiB, list value and kernels."""
    warnings.simplefilter("ignore")
    found: Results = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "profiles.jsonl")
        with path.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in generate(size))
        started = time.perf_counter()
        with _timed(found, "read"):
            table = read_profiles(path)
        with _timed(found, "fit", FIT_PARTS, _processor):
            matcher = Matcher(Config.from_dict({"device": device})).fit(table)
        with _timed(found, "search"):
            search = matcher.scorer.search
        ids = table.kept[Profile.ID].tolist()[:: -(-size // seekers)]
        with _timed(found, "lists", LIST_PARTS):
            if len(ids) == size:
                lists = matcher.recommend_all(20, explain=False)
            else:  # without bands, for which the lists of all are needed
                lists = pd.concat([made for _, made in matcher.make_lists(ids, 20, "en", False)])
        with _timed(found, "write"):
            lists.to_parquet(Path(folder, "lists.parquet"))
        found["wall"] = time.perf_counter() - started
    for name, explain in zip(ONES, (False, True), strict=False):
        one = partial(matcher.recommend, k=10, explain=explain)
        found[name] = _median(one, ids[:: -(-len(ids) // ASKED)])
    for name in ("lists", "write"):
        found[name] *= size / len(ids)
    found |= {"seekers": float(len(ids)), "all": sum(found[name] for name in STAGES)}
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    found["list value"] = search.value.mean if search and search.value else 1.0
    found["candidates"] = float(search.size if search else size - 1)
    found["kernels"] = _kernels()
    return found


def _search_apart(size: int) -> Results:
    """Return seconds of plain searches; of FAISS the lower of its own choice of a kernel and `FAST`."""
    if size > MOST_SEARCHED:
        return {"FAISS kernel": "not run"}
    own = apart(_search_once, size)
    with patch.dict(os.environ, {KERNEL_SETTINGS[0]: FAST}):
        fast = apart(_search_once, size)
    return min(own, fast, key=lambda found: found["FAISS"]) | {"product": own["product"]}


def _search_once(size: int) -> Results:
    """Return seconds of the `NEAREST` of random vectors by plain products, and by FAISS with its kernel."""
    found: Results = {"FAISS": float("nan"), "FAISS kernel": "not installed"}
    vectors = np.random.default_rng(SEED).standard_normal((size, DIMS), dtype=np.float32)
    with _timed(found, "product"):
        for start in range(0, size, 256):
            np.argpartition(vectors[start : start + 256] @ vectors.T, -min(NEAREST, size), axis=1)
    try:
        import faiss
    except ImportError:
        return found
    with _timed(found, "FAISS"):
        index = faiss.IndexFlatIP(DIMS)
        index.add(vectors)
        index.search(vectors, NEAREST)
    faiss.omp_set_num_threads(1)
    found[ONES[-1]] = _median(lambda row: index.search(vectors[row : row + 1], NEAREST), range(ASKED))
    return found | {"FAISS kernel": _kernels()}


def _median(call: Callable[[Any], object], given: Iterable[Any]) -> float:
    """Return the median of milliseconds that pass in calls, but for the first."""
    passed = []
    for one in given:
        started = time.perf_counter()
        call(one)
        passed.append(1e3 * (time.perf_counter() - started))
    return statistics.median(passed[1:])


def _kernels() -> str:
    """Return the BLAS libraries of this process with version, kernel and threads."""
    blas = [one for one in threadpool_info() if one["user_api"] == "blas"]
    names = ("prefix", "version", "architecture", "num_threads")
    return "; ".join(sorted(" ".join(str(one.get(name)) for name in names) for one in blas))


@contextmanager
def _timed(
    found: Results, name: str, parts: Sequence[Part] = (), clock: Callable[[], float] = time.thread_time
) -> Iterator[None]:
    """Enter the seconds of the processor in a block, and in some functions that it calls.

    Functions that run one at a time are timed by `_processor`, which counts their threads and processes.
    """
    with ExitStack() as stack:
        for owner, function, part in parts:
            counted = _counted(getattr(owner, function), found, part, clock)
            stack.enter_context(patch.object(owner, function, counted))
        start, wall = _processor(), time.perf_counter()
        yield
        passed = time.perf_counter() - wall
        found[name] = _processor() - start
    shown = ", ".join(f"{part} {found.get(part, 0.0):.1f}" for *_, part in parts)
    typer.echo(f"{name}: {found[name]:.1f} s, {passed:.1f} s passed{shown and f' ({shown})'}", err=True)


def _processor() -> float:
    """Return the seconds of the processor of this process and of its workers, which end."""
    get_reusable_executor().shutdown(wait=True)
    workers = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + workers.ru_utime + workers.ru_stime


def _counted(
    function: Callable[..., Any], found: Results, part: str, clock: Callable[[], float]
) -> Callable[..., Any]:
    @wraps(function)
    def run(*args: Any, **named: Any) -> Any:
        start = clock()
        made = function(*args, **named)
        found[part] = found.get(part, 0.0) + clock() - start
        return made

    return run
