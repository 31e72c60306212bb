"""All shards of a run, in processes of one machine or of a cluster that share a saved pool."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from matcher.commands.shards import Part, Task, differences, read_meta, write_shard
from matcher.documents.language import N_, progress_bar
from matcher.errors import MissingExtraError, ShardError
from matcher.matching.pool import BLOCK
from matcher.profiles import ProfileTable
from matcher.recommendations import Matcher

LEAST_SHARDS: Final = 16
MOST_SHARDS: Final = 128
BLOCKS: Final = 8
"""Blocks of a shard where neither of the limits above holds."""
RETRIES: Final = 3  # times that a cluster runs a shard again whose worker was lost
POOL: Final = "pool"  # name of the saved pool in the folder of shards
_OPEN: Final[dict[tuple[str, str], Matcher]] = {}  # the pool that a worker has opened, by its path and run


def write_shards(matcher: Matcher, task: Task, *, jobs: int, resume: bool, backend: str) -> None:
    """Write all shards of a run into a folder that exists; see `write_shard`.

    Other backends than "local" use the cluster at RAY_ADDRESS or DASK_SCHEDULER_ADDRESS, whose machines all
    see the folder by its path; without one, a local one. With `resume`, shards of an earlier run are kept.
    """
    seekers, folder = task.seekers, task.folder
    parts = divide(len(seekers.kept if isinstance(seekers, ProfileTable) else seekers))
    _check_left(folder, {**task.run, "shards": len(parts)}, resume)
    missing = [part for part in parts if not part.path(folder).exists()]
    finished: Iterator[str]
    if is_alone := (jobs, backend) == (1, "local"):
        finished = (write_shard(matcher, task, part) for part in missing)
    else:
        matcher.save(folder / POOL)
        finished = BACKENDS[backend](task._replace(folder=folder.resolve()), missing, jobs)
    done = len(parts) - len(missing)
    shown = matcher.progress and not is_alone  # alone, each shard shows its seekers
    with progress_bar(shown, N_("matching"), N_("shard"), total=len(parts), initial=done) as bar:
        try:
            for _ in finished:
                bar.update(1)
        except BrokenProcessPool as err:
            raise ShardError(
                "processes must run to their end; one was killed, or memory was used up. What is done is in "
                f"{folder}: run again with --resume."
            ) from err


def divide(n_seekers: int) -> list[Part]:
    """Return the parts of a run: of about `BLOCKS` blocks, as far as the limits on their number allow."""
    n_blocks = -(-n_seekers // BLOCK)
    total = max(min(n_blocks, LEAST_SHARDS), min(n_blocks // BLOCKS, MOST_SHARDS), 1)
    return [Part(number, total) for number in range(1, total + 1)]


def _check_left(folder: Path, run: Mapping[str, Any], resume: bool) -> None:
    """Check that shards of an earlier run may be used, and are of this one."""
    left = sorted(folder.glob("*.parquet"))
    if left and not resume:
        raise ShardError(
            f"{folder} must be empty; got {len(left)} shards of an earlier run. Use them with --resume, or "
            "remove the folder."
        )
    for path in left:
        if differing := differences(run, read_meta(path)["run"]):
            raise ShardError(
                f"shards to resume must be of this run; {path} differs in {', '.join(differing)}. Remove the "
                "folder."
            )


def _run_local(task: Task, parts: Sequence[Part], jobs: int) -> Iterator[str]:
    from joblib import Parallel, delayed

    run = delayed(_run)
    yield from Parallel(n_jobs=jobs, return_as="generator_unordered")(run(task, part) for part in parts)


def _run_on_ray(task: Task, parts: Sequence[Part], jobs: int) -> Iterator[str]:
    ray = _library("ray", "ray")
    if not ray.is_initialized():
        ray.init(**({} if "RAY_ADDRESS" in os.environ else {"num_cpus": jobs}), log_to_driver=False)
    run, shared = ray.remote(max_retries=RETRIES)(_run), ray.put(task)
    waiting = [run.remote(shared, part) for part in parts]
    while waiting:
        done, waiting = ray.wait(waiting)
        yield from ray.get(done)


def _run_on_dask(task: Task, parts: Sequence[Part], jobs: int) -> Iterator[str]:
    distributed = _library("distributed", "dask")
    address = os.environ.get("DASK_SCHEDULER_ADDRESS")
    local = {} if address else {"n_workers": jobs, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.Client(address, **local) as client:
        shared = client.scatter(task, hash=False, broadcast=True)
        futures = [client.submit(_run, shared, part, pure=False, retries=RETRIES) for part in parts]
        yield from (future.result() for future in distributed.as_completed(futures))


def _library(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError as err:
        raise MissingExtraError(
            f"--backend {extra} needs a library that is not installed. Install the extra {extra}: "
            f"pip install 'partner-matcher[{extra}]'."
        ) from err


def _run(task: Task, part: Part) -> str:
    """Write one shard with the saved pool, in a worker."""
    key = str(task.folder / POOL), json.dumps(task.run)
    if key not in _OPEN:  # once in each process; the folder may hold another run later
        _OPEN.clear()
        _OPEN[key] = Matcher.load(key[0], encoder=task.encoder, check=False)
    return write_shard(_OPEN[key], task, part)


BACKENDS: Final[Mapping[str, Callable[[Task, Sequence[Part], int], Iterator[str]]]] = {
    "local": _run_local,
    "ray": _run_on_ray,
    "dask": _run_on_dask,
}
