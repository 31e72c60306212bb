"""Shards: parts of the seekers, each matched against the whole pool and kept as one file; their merging.

The file is Parquet. It has a row per recommendation and, with rank 0, a row per organisation whose list is
known: `highest` holds the best mutual scores of that list, on which bands depend. The metadata `matcher` is a
JSON object: the number of the shard, what was matched and how (`run`), and in shard 1 what only a whole run
writes (`whole`).
"""

import json
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from matcher.arrays import Floats, Positions
from matcher.columns import Profile, Recommendation
from matcher.config import Config
from matcher.documents.language import N_
from matcher.encoders import Encoder
from matcher.errors import ConfigError, ShardError
from matcher.files import replacing
from matcher.matching.pool import BLOCK
from matcher.matching.scoring import Listed
from matcher.matching.selection import PLACES, assign_bands, places_among
from matcher.output.lists import is_listed, with_bands
from matcher.profiles import ProfileTable
from matcher.recommendations import Matcher

META: Final = b"matcher"
HIGHEST: Final = "highest"
EXACT, MET, STAYS, CAPACITY = EXTRA = ("exact_mutual", "met", "stays", "capacity")
"""Columns that a recommendation has only in a shard; `capacity` is that of the candidate."""
NO_SHARD: Final = N_(
    "{0} must be a whole shard of matcher match --shard; it is not. Remove it, and run that part again."
)
MOST_NAMED: Final = 20  # missing shards that a message names


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
    meta = {"shard": part.number, "run": {**run, "shards": part.total}}
    if part.number == 1:
        meta["whole"] = whole
    n_seekers, table, path = cut.stop - cut.start, pa.table({}), part.path(task.folder)
    if n_seekers:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "rules of seekers")  # they are in the notes
            lists = [*matcher.make_lists(asking, run["k"], run["lang"], run["explain"])]
        # Where the whole pool seeks, other shards have the lists of candidates.
        found = [one.selected.positions[one.selected.ranks <= PLACES] for one, _ in lists]
        known = np.arange(cut.start, cut.stop) if is_pool else np.unique(np.concatenate(found))
        table = pa.Table.from_pandas(_frame(matcher, lists, known), preserve_index=False)
    with replacing(path) as handle:
        pq.write_table(table.replace_schema_metadata({META: json.dumps(meta)}), handle)
    return f"shard {part.number:,} of {part.total:,}, {n_seekers:,} seekers: {path}"


def _frame(matcher: Matcher, lists: Sequence[tuple[Listed, pd.DataFrame]], known: Positions) -> pd.DataFrame:
    """Return the rows of a shard: recommendations, and the lists of the organisations at some positions."""
    capacity = matcher.pool[Profile.CAPACITY_MAX].to_numpy()
    rows = []
    for one, table in lists:
        extra = one.scores.mutual, one.scores.best_met, one.stays, capacity[one.selected.positions]
        rows.append(table.assign(**dict(zip(EXTRA, extra, strict=True))))
    ids = matcher.pool[Profile.ID].iloc[known].reset_index(drop=True)
    best = pd.DataFrame({Recommendation.SEEKER: ids, HIGHEST: [*matcher.scorer.highest_of(known)]})
    return pd.concat([*rows, best.assign(**{Recommendation.RANK: 0, STAYS: False})], ignore_index=True)


@dataclass(frozen=True)
class Shards:
    """All shards of a run, in the order of the seekers."""

    paths: tuple[Path, ...]
    run: Mapping[str, Any]
    whole: Mapping[str, Any]
    """See the metadata above."""

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Find the shards of a folder; raise `ShardError` unless they are complete and of one run."""
        paths = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
        if not paths:
            raise ShardError(f"{folder} must be a folder of shards; got none. Run matcher match --shard.")
        found = [(path, read_meta(path)) for path in paths]
        first, meta = found[0]
        for path, other in found:
            if differing := differences(meta["run"], other["run"]):
                raise ShardError(
                    f"shards must be of one run; {path} differs from {first} in {', '.join(differing)}. "
                    "Remove those of another run, or run them anew."
                )
        by_number = {other["shard"]: path for path, other in found}
        total = meta["run"]["shards"]
        if len(found) > len(by_number):
            raise ShardError(f"shards must be in {folder} once; got one twice. Remove the copy.")
        if missing := [number for number in range(1, total + 1) if number not in by_number]:
            listed = ", ".join(map(str, missing[:MOST_NAMED])) + (", …" if missing[MOST_NAMED:] else "")
            raise ShardError(
                f"shards must be complete; of {total} shards {len(missing)} are missing in {folder}: "
                f"{listed}. Run matcher match --shard for each."
            )
        (whole,) = (other["whole"] for _, other in found if other["shard"] == 1)
        return cls(tuple(by_number[number] for number in sorted(by_number)), meta["run"], whole)

    def recommendations(self) -> Iterator[tuple[pd.DataFrame, dict[str, float]]]:
        """Yield the recommendations of each shard, as one run makes them, and capacities of candidates."""
        config = Config.from_dict(dict(self.run["settings"]))
        ids, highest = self._lists()
        for path in self.paths:
            table = _read(path, ">")
            if not table.num_columns:
                continue
            frame = table.drop_columns(HIGHEST).to_pandas()
            exact, met, stays, capacity = (frame.pop(name).to_numpy() for name in EXTRA)
            places = places_among(exact, highest[ids.get_indexer(pd.Index(frame[Recommendation.CANDIDATE]))])
            bands = assign_bands(frame[Recommendation.RANK].to_numpy(), places, met, config.bands)
            wanted = is_listed(bands, stays.astype(bool), config.min_band)
            capacities = dict(zip(frame[Recommendation.CANDIDATE], capacity.tolist(), strict=True))
            yield with_bands(frame, bands)[wanted].reset_index(drop=True), capacities

    def _lists(self) -> "tuple[pd.Index[str], Floats]":
        """Return ids, and the highest mutual scores in their lists; a last row of NaN for those unknown."""
        tables = [table for path in self.paths if (table := _read(path, "==")).num_columns]
        ids = [np.asarray(table[str(Recommendation.SEEKER)], dtype=object) for table in tables]
        best = [table[HIGHEST].combine_chunks().flatten().to_numpy(zero_copy_only=False) for table in tables]
        joined = pd.Index(np.concatenate([np.empty(0, dtype=object), *ids]))
        scores = np.concatenate([np.empty(0), *best]).reshape(-1, PLACES)
        is_first = ~joined.duplicated()
        return joined[is_first], np.vstack([scores[is_first], np.full(PLACES, np.nan)])


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
    names = sorted(name for name in {*one, *other} if one.get(name) != other.get(name))
    if "settings" in names and isinstance(other.get("settings"), dict):
        inner = differences(one.get("settings") or {}, other["settings"])
        names = [name for name in names if name != "settings"] + inner
    return names


def _read(path: Path, test: str) -> pa.Table:
    """Return the rows of a shard whose rank is 0 or above it; an empty table of an empty shard."""
    try:
        if not pq.read_schema(path).names:
            return pa.table({})
        return pq.read_table(path, filters=[(str(Recommendation.RANK), test, 0)])
    except (OSError, pa.ArrowException) as err:
        raise ShardError(NO_SHARD.format(path)) from err
