"""Vectors on disk: one SQLite file an encoder, shared by processes, never a reason to stop."""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np

from matcher.encoders.encoder import Vectors

_log = logging.getLogger(__name__)

_WAIT: Final = 30.0  # seconds that a process waits for another one's write
_ASK: Final = 500  # keys a query; SQLite allows at least 999 variables
_FORMAT: Final = 1  # part of the key: raise it when the meaning of a row changes
_TABLE: Final = (
    "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
)


class VectorStore:
    """Vectors of one encoder in one file, found by a digest of their text.

    Parameters
    ----------
    folder : Path
        Where the file lies; made when missing.
    fingerprint : str
        Of the encoder. It decides the file's name and is mixed into every key, so that vectors of
        different encoders can never mix, even in a renamed file.
    dimensions : int
        Length of each vector.

    Notes
    -----
    A file that cannot be opened, read or written is reported once as a warning and then left alone:
    the store finds and keeps nothing from then on. The text itself is never stored. Connections are
    opened for each call, so that the store can be pickled and survives a fork. Write-ahead logging
    needs a local disk.
    """

    def __init__(self, folder: Path, fingerprint: str, dimensions: int) -> None:
        identity = f"{_FORMAT} {dimensions} {fingerprint}".encode()
        self._salt = blake2b(identity, digest_size=32).digest()
        self._dimensions = dimensions
        self.path = folder / f"{self._salt.hex()[:32]}.sqlite"
        self.usable = True

    def key(self, text: str) -> bytes:
        """Return the digest that stands for a text under this encoder."""
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self._salt, digest_size=32).digest()

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Vectors]:
        """Return the vectors known for some of the keys; damaged ones count as unknown."""
        found: dict[bytes, Vectors] = {}

        def read(connection: sqlite3.Connection) -> None:
            for start in range(0, len(keys), _ASK):
                found.update(self._read(connection, keys[start : start + _ASK]))

        self._guarded(read)
        return found

    def keep(self, vectors: Mapping[bytes, Vectors]) -> None:
        """Write vectors in one transaction; all are there afterwards, or none."""
        rows = [(key, vector.astype("<f4").tobytes()) for key, vector in vectors.items()]

        def write(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

        self._guarded(write)

    def _read(self, connection: sqlite3.Connection, keys: Sequence[bytes]) -> Iterator[tuple[bytes, Vectors]]:
        marks = ",".join("?" * len(keys))
        # Only question marks enter the statement.
        query = f"SELECT key, vector FROM vectors WHERE key IN ({marks})"  # noqa: S608
        for key, blob in connection.execute(query, keys):
            if isinstance(blob, bytes) and len(blob) == 4 * self._dimensions:
                vector = np.frombuffer(blob, dtype="<f4").astype(np.float32)
                if not vector.any() or abs(float(vector @ vector) - 1) < 1e-3:
                    yield bytes(key), vector

    def _guarded(self, action: Callable[[sqlite3.Connection], None]) -> None:
        if not self.usable:
            return
        try:
            with self._connection() as connection:
                action(connection)
        except (sqlite3.Error, OSError) as err:
            self.usable = False
            _log.warning(
                "the vector cache %s cannot be used (%s); going on without it. "
                "Delete that file, or set MATCHER_CACHE to a folder that can be written.",
                self.path,
                err,
            )

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self.path, timeout=_WAIT)) as connection:
            _use_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_TABLE)
            yield connection


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as err:
        # Two processes making the same file at once: the other one is switching it right now.
        if "locked" not in str(err):
            raise
