"""Shards: parts of the seekers, each matched against the whole pool, in one process or many; their merging.

Each is kept as one file, of Parquet. It has a row per recommendation and, with rank 0, a row per organisation
whose list is known: `highest` holds the best mutual scores of that list, on which bands depend. The metadata
`matcher` is a JSON object: the number of the shard, what was matched and how (`run`), and in shard 1 what
only a whole run writes (`whole`).
"""

import json
import os
import re
import shutil
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from joblib import Parallel, delayed

from matcher.arrays import IDLE
from matcher.columns import Profile, Recommendation, Rejection
from matcher.commands.batch import Batch, overbooked, summarise
from matcher.commands.inputs import check_outputs
from matcher.config import Config
from matcher.documents.language import N_, Messages, progress_bar
from matcher.encoders import Encoder
from matcher.errors import ConfigError, MissingExtraError, OutputError, ShardError
from matcher.files import replacing
from matcher.matching.pool import BLOCK
from matcher.matching.rules import notes_frame
from matcher.matching.selection import PLACES, assign_bands, places_among
from matcher.output.lists import is_listed, with_bands
from matcher.output.results import write_recommendations
from matcher.profiles import ProfileTable
from matcher.recommendations import Matcher
from matcher.tables import writing

META: Final = b"matcher"
HIGHEST: Final = "highest"
EXTRA: Final = ("exact_mutual", "met", "stays")  # columns that a recommendation has only in a shard
NO_SHARD: Final = N_(
    "{0} must be a whole shard of matcher match --shard; it is not. Remove it, and run that part again."
)
MOST_NAMED: Final = 20  # missing shards that a message names
LEAST_SHARDS: Final = 16
MOST_SHARDS: Final = 128
BLOCKS: Final = 8  # of a shard where neither of the limits above holds
RETRIES: Final = 3  # times that a cluster runs a shard again whose worker was lost
POOL: Final = "pool"  # name of the saved pool in the folder of shards
_OPEN: Final[dict[tuple[str, str], Matcher]] = {}  # the pool that a worker has opened, by its path and run
COUNTED: Final = [Recommendation.SEEKER, Recommendation.CANDIDATE, Recommendation.RANK, Recommendation.BAND]
"""Columns by which recommendations are counted; only these are held of all shards at once."""


class Part(NamedTuple):
    """One of several shards, numbered from 1."""

    number: int
    total: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a part such as "2/8"; raise `ConfigError` if it is none."""
        found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", text)
        if not found or int(found[1]) > int(found[2]):
            raise ConfigError(f"--shard must be a part such as 1/8 or 8/8; got {text}.")
        return cls(int(found[1]), int(found[2]))

    def of(self, n_seekers: int) -> slice:
        """Return which of the seekers are in the part: whole blocks, for scores are computed by block."""
        n_blocks = -(-n_seekers // BLOCK)
        first, last = (n_blocks * number // self.total for number in (self.number - 1, self.number))
        return slice(first * BLOCK, min(last * BLOCK, n_seekers))

    def path(self, folder: Path) -> Path:
        """Return where the shard is kept."""
        return folder / f"shard-{self.number:0{len(str(self.total))}}-of-{self.total}.parquet"


class Task(NamedTuple):
    """What is known of a run in all its shards: see the metadata above."""

    seekers: Sequence[str] | ProfileTable
    folder: Path
    run: Mapping[str, Any]
    whole: Mapping[str, Any]
    encoder: Encoder | None = None


def match_shards(
    batch: Batch,
    out: Path,
    shard: str | None = None,
    backend: str = "local",
    jobs: int = 1,
    resume: bool = False,
) -> str:
    """Match a shard of the seekers, such as "2/8", into the folder `out`; or all, and merge them there."""
    if backend not in BACKENDS:
        raise ConfigError(f"--backend must be one of {', '.join(BACKENDS)}; got {backend}.")
    part, given = Part.parse(shard) if shard else None, batch.given
    folder = out if part else Path(f"{out}.shards")
    if part:
        _make_folder(folder)
    else:
        check_outputs(out, (given.profiles, given.seekers, given.history))
    batch.open()
    batch.fit()
    batch.choose()
    task = Task(batch.asking, folder, *batch.described(), batch.matcher.encoder)
    if part:
        return write_shard(batch.matcher, task, part)
    _make_folder(folder)
    _write_all(batch.matcher, task, backend, jobs, resume=resume)
    done = merge_shards(folder, out)
    shutil.rmtree(folder, ignore_errors=True)
    return done


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise OutputError(
            f"{path} must be a folder for shards; got: {err.strerror}. Choose another."
        ) from err


def write_shard(matcher: Matcher, task: Task, part: Part) -> str:
    """Match a part of the seekers with a fitted matcher, write the shard, and say so."""
    asking: Sequence[str] | ProfileTable
    seekers, _, run, whole, _ = task
    if isinstance(seekers, ProfileTable):
        cut, is_pool = part.of(len(seekers.kept)), False
        asking = replace(seekers, kept=seekers.kept[cut].reset_index(drop=True))
    else:
        cut, is_pool = part.of(len(seekers)), len(seekers) == len(matcher.pool)
        asking = seekers[cut]
    if is_pool and matcher.config.market.floor:
        raise ConfigError(
            "market.floor needs all lists together; got a run in shards. Match without them, or set it to 0."
        )
    n_seekers, table, path = cut.stop - cut.start, pa.table({}), part.path(task.folder)
    if n_seekers:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "rules of seekers")  # they are in the notes
            lists = [*matcher.make_lists(asking, run["k"], run["lang"], run["explain"])]
        # Where the whole pool seeks, other shards have the lists of candidates.
        found = [one.selected.positions[one.selected.ranks <= PLACES] for one, _ in lists]
        known = np.arange(cut.start, cut.stop) if is_pool else np.unique(np.concatenate(found))
        ids = matcher.pool[Profile.ID].iloc[known].reset_index(drop=True)
        best = pd.DataFrame({Recommendation.SEEKER: ids, HIGHEST: [*matcher.scorer.highest_of(known)]})
        rows = []
        for one, listed in lists:
            extra = one.scores.mutual, one.scores.best_met, one.stays
            rows.append(listed.assign(**dict(zip(EXTRA, extra, strict=True))))
        rows.append(best.assign(**{Recommendation.RANK: 0, EXTRA[-1]: False}))
        table = pa.Table.from_pandas(pd.concat(rows, ignore_index=True), preserve_index=False)
    meta = {"shard": part.number, "run": {**run, "shards": part.total}}
    meta |= {"whole": whole} if part.number == 1 else {}
    with replacing(path) as handle:
        pq.write_table(table.replace_schema_metadata({META: json.dumps(meta)}), handle)
    return f"shard {part.number:,} of {part.total:,}, {n_seekers:,} seekers: {path}"


def _write_all(matcher: Matcher, task: Task, backend: str, jobs: int, *, resume: bool) -> None:
    """Write all shards of a run, locally or on the cluster at RAY_ADDRESS or DASK_SCHEDULER_ADDRESS, if any.

    Machines of a cluster all see the folder by its path. With `resume`, shards of an earlier run are kept.
    """
    seekers, folder = task.seekers, task.folder
    parts = divide(len(seekers.kept if isinstance(seekers, ProfileTable) else seekers))
    left, run = sorted(folder.glob("*.parquet")), {**task.run, "shards": len(parts)}
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
    missing = [part for part in parts if not part.path(folder).exists()]
    finished: Iterator[str]
    if is_alone := (jobs, backend) == (1, "local"):
        finished = (write_shard(matcher, task, part) for part in missing)
    else:
        matcher.save(folder / POOL)
        finished = BACKENDS[backend](task._replace(folder=folder.resolve()), missing, jobs)
    shown = matcher.progress and not is_alone  # alone, each shows its seekers
    done = len(parts) - len(missing)
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


def _run_local(task: Task, parts: Sequence[Part], jobs: int) -> Iterator[str]:
    run, workers = delayed(_run), Parallel(jobs, return_as="generator_unordered", idle_worker_timeout=IDLE)
    yield from workers(run(task, part) for part in parts)


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
    key = str(task.folder / POOL), json.dumps(task.run)
    if key not in _OPEN:  # once in each process; the folder may hold another run later
        _OPEN.clear()
        _OPEN[key] = Matcher.load(key[0], encoder=task.encoder, check=False)
    return write_shard(_OPEN[key], task, part)


BACKENDS: Final = {"local": _run_local, "ray": _run_on_ray, "dask": _run_on_dask}


def open_shards(folder: Path) -> tuple[list[Path], dict[str, Any]]:
    """Return the complete shards of one run, in the order of the seekers, and the metadata of the first."""
    paths = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    if not paths:
        raise ShardError(f"{folder} must be a folder of shards; got none. Run matcher match --shard.")
    found = {path: read_meta(path) for path in paths}
    run = found[paths[0]]["run"]
    for path, other in found.items():
        if differing := differences(run, other["run"]):
            raise ShardError(
                f"shards must be of one run; {path} differs from {paths[0]} in {', '.join(differing)}. "
                "Remove those of another run, or run them anew."
            )
    by_number = {meta["shard"]: path for path, meta in found.items()}
    if len(found) > len(by_number):
        raise ShardError(f"shards must be in {folder} once; got one twice. Remove the copy.")
    if missing := [number for number in range(1, run["shards"] + 1) if number not in by_number]:
        listed = ", ".join(map(str, missing[:MOST_NAMED])) + (", …" if missing[MOST_NAMED:] else "")
        raise ShardError(
            f"shards must be complete; of {run['shards']} shards {len(missing)} are missing in {folder}: "
            f"{listed}. Run matcher match --shard for each."
        )
    return [by_number[number] for number in sorted(by_number)], found[by_number[1]]


def read_shards(paths: Sequence[Path], config: Config) -> Iterator[pd.DataFrame]:
    """Yield the recommendations of each shard, as one run makes them."""
    tables = [table for path in paths if (table := _read(path, "==")).num_columns]
    named = [np.asarray(table[str(Recommendation.SEEKER)], dtype=object) for table in tables]
    best = [table[HIGHEST].combine_chunks().flatten().to_numpy(zero_copy_only=False) for table in tables]
    joined = pd.Index(np.concatenate([np.empty(0, dtype=object), *named]))
    scores, is_first = np.concatenate([np.empty(0), *best]).reshape(-1, PLACES), ~joined.duplicated()
    ids = joined[is_first]
    highest = np.vstack([scores[is_first], np.full(PLACES, np.nan)])  # the last row is of those unknown
    for path in paths:
        table = _read(path, ">")
        if not table.num_columns:
            continue
        frame = table.drop_columns(HIGHEST).to_pandas()
        exact, met, stays = (frame.pop(name).to_numpy() for name in EXTRA)
        places = places_among(exact, highest[ids.get_indexer(pd.Index(frame[Recommendation.CANDIDATE]))])
        bands = assign_bands(frame[Recommendation.RANK].to_numpy(), places, met, config.bands)
        wanted = is_listed(bands, stays.astype(bool), config.min_band)
        yield with_bands(frame, bands)[wanted].reset_index(drop=True)


def read_meta(path: Path) -> dict[str, Any]:
    """Return the metadata of a shard; raise `ShardError` if the file is none."""
    try:
        meta: dict[str, Any] = json.loads((pq.read_schema(path).metadata or {})[META])
        meta["shard"], meta["run"]["shards"]  # both must be there
    except (OSError, KeyError, TypeError, ValueError) as err:
        raise ShardError(NO_SHARD.format(path)) from err
    return meta


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Return the names under which two runs differ; settings by their own names."""
    runs = [{**run.get("settings", {}), **run, "settings": None} for run in (one, other)]
    return sorted(name for name in {*runs[0], *runs[1]} if runs[0].get(name) != runs[1].get(name))


def _read(path: Path, test: str) -> pa.Table:
    """Return the rows of a shard whose rank is 0 or above it; an empty table of an empty shard."""
    try:
        if not pq.read_schema(path).names:
            return pa.table({})
        return pq.read_table(path, filters=[(str(Recommendation.RANK), test, 0)])
    except (OSError, pa.ArrowException) as err:
        raise ShardError(NO_SHARD.format(path)) from err


def merge_shards(folder: Path, out: Path) -> str:
    """Merge the shards of a folder into the files of `match_batch`, and say what is in them."""
    check_outputs(out, ())
    paths, meta = open_shards(folder)
    lang, whole, listed = meta["run"]["lang"], meta["whole"], list[pd.DataFrame]()

    def tables() -> Iterator[pd.DataFrame]:
        for table in read_shards(paths, Config.from_dict(meta["run"]["settings"])):
            listed.append(table[COUNTED] if in_parts else table)
            yield table

    if in_parts := writing.is_written_in_parts(out):
        writing.write_parts(tables(), out)
    else:
        deque(tables(), maxlen=0)
    made = pd.concat(listed, ignore_index=True)
    rejected, notes = (
        pd.DataFrame(whole[name], dtype=object).astype({Rejection.LINE.value: "Int64"})
        for name in ("rejected", "notes")
    )
    if full := overbooked(made, whole["capacities"]):
        added = notes_frame(full).assign(input="profiles")[[*notes]].astype(notes.dtypes.to_dict())
        added[Rejection.REASON] = added[Rejection.REASON].map(Messages(lang).render)
        cut = whole["notes_of_profiles"]
        notes = pd.concat([notes[:cut], added, notes[cut:]], ignore_index=True)
    if not in_parts:
        write_recommendations(made, rejected, notes, out, lang)
    files = {"out": out, "rejected": writing.write_or_remove(rejected, writing.rejected_path(out))}
    files["notes"] = writing.write_or_remove(notes, writing.notes_path(out))
    return summarise(made, {**whole["counts"], "n_overbooked": len(full)}, files)
