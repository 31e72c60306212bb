"""Saves fitted pools as folders of data with a manifest of digests, and opens them after checking it."""

import hashlib
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final, NamedTuple

from matcher.config import Config
from matcher.encoders import Encoder, open_encoder
from matcher.errors import ModelError
from matcher.features import OrganisationEncoder
from matcher.files import read_toml
from matcher.matching.data import ARRAYS, STATE, read_data, read_frame, write_data, write_frame
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import PoolScorer
from matcher.profiles import ProfileTable
from matcher.ranking.storage import (
    ESTIMATOR,
    MANIFEST,
    check_files,
    check_folder,
    load_estimator,
    read_manifest,
    writing_folder,
)

KIND: Final = "pool"
FORMAT: Final = 5
"""Version of the files; a change of the attributes of a type that is saved raises it."""
SETTINGS: Final = "config.toml"
TABLES: Final = ("kept", "rejected", "notes", "duplicates", "set_aside")
MARKET: Final = "market.parquet"
FILES: Final = (ARRAYS, STATE, SETTINGS, ESTIMATOR, MANIFEST, MARKET, *(f"{name}.parquet" for name in TABLES))


class SavedPool(NamedTuple):
    """A fitted pool: what a `Matcher` has after `fit`."""

    table: ProfileTable
    scorer: PoolScorer
    has_ranker: bool  # one that was given, in place of the analyst's weights
    history_note: str


def save_pool(folder: str | Path, saved: SavedPool) -> Path:
    """Write a fitted pool; errors are those of `Matcher.save`, also if a profile holds what is no data."""
    from skops.io import dump

    scorer, pool = saved.scorer, saved.scorer.pool
    config = pool.context.config
    facts = {
        "format": FORMAT,
        "matcher": version("partner-matcher"),
        "encoder": pool.encoder.fingerprint,
        "lexicons": _digests(config.lexicons),
        "n_organisations": len(pool),
    }
    root = {
        "has_ranker": saved.has_ranker,
        "history_note": saved.history_note,
        "n_rows": saved.table.n_rows,
        "pool": pool.content,
        "scorer": scorer.learned,
        "market": scorer.market and scorer.market[1],
    }
    seekers = scorer.market[0] if scorer.market else pool.frame[:0]
    with writing_folder(folder, KIND, FILES, facts) as draft:
        write_data(root, draft, pool.encoder.known)
        for name in TABLES:
            write_frame(getattr(saved.table, name), draft / f"{name}.parquet")
        write_frame(seekers, draft / MARKET)
        (draft / SETTINGS).write_text(config.to_toml(), encoding="utf-8")
        dump(scorer.ranker, draft / ESTIMATOR)
    return Path(folder)


check_pool_folder = partial(check_folder, kind=KIND, files=FILES)


def open_pool(folder: str | Path, encoder: Encoder | None = None, *, check: bool = True) -> SavedPool:
    """Open a pool that `save_pool` wrote; parameters and errors are those of `Matcher.load`."""
    path = Path(folder)
    manifest = read_manifest(path, KIND)
    if (got := manifest.get("format")) != FORMAT:
        raise ModelError(
            f"{path} holds a pool of format {got}; this version reads {FORMAT}. Fit and save the pool again, "
            "or use the version that saved it."
        )
    if check:
        check_files(path, manifest, {*FILES} - {MANIFEST})
    config = Config.from_dict(read_toml(path / SETTINGS, KIND))
    encoding = OrganisationEncoder(encoder or open_encoder(config.encoder), config)
    present = {"encoder": encoding.fingerprint, "lexicons": _digests(config.lexicons)}
    for name, now in present.items():
        if manifest[name] != now:
            what = name.removesuffix("s")
            raise ModelError(
                f"{path} was saved with another {what} than this one. Fit and save the pool again."
            )
    root = read_data(path, encoding.known)
    encoding.learned = root["pool"]["learned"]
    frames = {name: read_frame(path / f"{name}.parquet") for name in TABLES}
    table = ProfileTable(**frames, n_rows=root["n_rows"])
    pool = EncodedPool.restored(table.kept, config, encoding, root["pool"], table.set_aside)
    scorer = PoolScorer(pool, load_estimator(path, manifest))
    scorer.learned = root["scorer"]
    if root["market"] is not None:
        scorer.market = read_frame(path / MARKET), root["market"]
    return SavedPool(table, scorer, root["has_ranker"], root["history_note"])


def _digests(paths: Sequence[str]) -> dict[str, str]:
    """Return the digest of each lexicon, a file or a folder."""
    found = {}
    for path in map(Path, paths):
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        content = b"".join(file.read_bytes() for file in files)
        found[str(path)] = hashlib.sha256(content).hexdigest()
    return found
