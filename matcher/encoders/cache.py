"""Encoder that keeps its vectors: each distinct text is encoded once, in memory and on disk."""

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np

from matcher.arrays import Floats32
from matcher.documents.language import N_, progress_bar
from matcher.encoders.encoder import Encoder, check_texts, has_substance
from matcher.errors import EncoderError

_log = logging.getLogger(__name__)

_CHUNK: Final = 256  # texts encoded between two writes: what an interrupted run can lose
_TIMEOUT: Final = 30.0  # seconds that a process waits for another one's write
_KEPT: Final = 65_536  # vectors that stay in memory from one call to the next
_QUERY: Final = 500  # keys in one query; SQLite allows at least 999 variables
_FORMAT: Final = 1  # part of every key: raise it when the meaning of a row changes
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
)


class CachedEncoder:
    """An encoder that runs another encoder only for texts whose vectors it does not have.

    `folder` is where vectors are kept between runs, in one file per encoder; None keeps them in memory only:
    the last `_KEPT`, of 1.5 KB each at 384 dimensions. Texts are not kept, only their digests. An unusable
    cache file is a warning, not an error.
    """

    def __init__(self, encoder: Encoder, folder: Path | None) -> None:
        self._encoder = encoder
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.is_centred = encoder.is_centred
        self.dimensions = encoder.dimensions
        # Digest of the encoder: in the file's name and in every key, so that vectors of different
        # encoders never mix, even in a renamed file.
        identity = f"{_FORMAT} {self.dimensions} {self.fingerprint}".encode()
        self._salt = blake2b(identity, digest_size=32).digest()
        file = f"{self._salt.hex()[:32]}.sqlite"
        self._store = _VectorStore(folder / file, self.dimensions) if folder else None
        self._known: dict[bytes, Floats32] = {}

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Floats32:
        """Return one unit vector per text, as `Encoder.encode`; raise `EncoderError` for unusable ones."""
        listed = check_texts(texts)
        keys = {
            text: blake2b(text.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=32).digest()
            for text in dict.fromkeys(listed)
            if has_substance(text)
        }
        unknown = sorted(key for key in keys.values() if key not in self._known)
        if unknown and self._store:
            self._known.update(self._store.find(unknown))
        if missing := {text: key for text, key in keys.items() if key not in self._known}:
            self._encode_missing(missing, progress=progress)
        nothing = np.zeros(self.dimensions, dtype=np.float32)
        found = [self._known[keys[text]] if text in keys else nothing for text in listed]
        rows = np.array(found, dtype=np.float32).reshape(len(listed), self.dimensions)
        for key in [*self._known][:-_KEPT]:
            del self._known[key]
        return rows

    def _encode_missing(self, missing: Mapping[str, bytes], *, progress: bool) -> None:
        # By length, then text: batches then depend on the set of texts only and need little padding.
        ordered = sorted(missing, key=lambda text: (len(text), text))
        size = _CHUNK if self._store else 8 * _CHUNK
        with progress_bar(progress, N_("encoding"), N_("text"), total=len(ordered)) as bar:
            for start in range(0, len(ordered), size):
                chunk = ordered[start : start + size]
                rows = np.asarray(self._encoder.encode(chunk), dtype=np.float32)
                wanted, finite = (len(chunk), self.dimensions), bool(np.isfinite(rows).all())
                if rows.shape != wanted or not finite:
                    raise EncoderError(
                        f"encoder {self.name!r} must give finite vectors of shape {wanted}; got shape "
                        f"{rows.shape}, finite: {finite}. Correct it, or name another one."
                    )
                fresh = {missing[text]: vector.copy() for text, vector in zip(chunk, rows, strict=True)}
                self._known.update(fresh)
                if self._store:
                    self._store.keep(fresh)
                bar.update(len(chunk))


class _VectorStore:
    """Vectors in one SQLite file, shared by processes: connected for each call, for pickles and forks."""

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self.usable = True
        self._dimensions = dimensions

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Floats32]:
        """Return the vectors known for some of the keys; damaged ones count as unknown."""
        found: dict[bytes, Floats32] = {}
        for asked in (keys[start : start + _QUERY] for start in range(0, len(keys), _QUERY)):
            # Only question marks enter the statement.
            query = f"SELECT key, vector FROM vectors WHERE key IN ({','.join('?' * len(asked))})"  # noqa: S608
            vectors = ((bytes(key), self._vector(stored)) for key, stored in self._run(query, [asked]))
            found |= {key: vector for key, vector in vectors if vector is not None}
        return found

    def keep(self, vectors: Mapping[bytes, Floats32]) -> None:
        """Write vectors in one transaction: all of them, or none."""
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]
        self._run("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def _vector(self, stored: object) -> Floats32 | None:
        if not isinstance(stored, bytes) or len(stored) != 4 * self._dimensions:
            return None
        vector = np.frombuffer(stored, dtype="<f4").astype(np.float32)
        return vector if not vector.any() or abs(float(vector @ vector) - 1) < 1e-3 else None

    def _run(self, statement: str, rows: Sequence[Sequence[object]]) -> list[Any]:
        """Execute a statement for each row in one transaction; return what it finds for all of them."""
        if not self.usable:
            return []
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.path, timeout=_TIMEOUT)) as connection, connection:
                connection.execute(_TABLE)
                return [found for row in rows for found in connection.execute(statement, row)]
        except (sqlite3.Error, OSError) as err:
            self.usable = False
            _log.warning(
                "the vector cache %s cannot be used (%s); going on without it. "
                "Delete that file, or set MATCHER_CACHE to a folder that can be written.",
                self.path,
                err,
            )
            return []
