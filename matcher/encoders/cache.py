"""Encoder that remembers: each distinct text is encoded once, in memory and on disk."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from tqdm import tqdm

from matcher.encoders.encoder import Encoder, Vectors
from matcher.encoders.store import VectorStore
from matcher.encoders.texts import by_length, check_texts, has_substance
from matcher.errors import EncoderError

_CHUNK: Final = 256
"""Texts encoded between two writes: what a killed run can lose, a few seconds of work."""


class CachedEncoder:
    """An encoder in front of another one, that runs the other only for texts it has not seen.

    Parameters
    ----------
    encoder : Encoder
        The one that does the work.
    folder : Path, optional
        Where the vectors are kept between runs, in one file an encoder; None keeps them in memory only.
    progress : bool, default False
        Show a bar on stderr at each call that has something to encode, as if each asked for it.

    Notes
    -----
    Memory: 4 bytes times dimensions for each distinct text seen (384 dimensions: 1.5 KB), plus about
    200 bytes. Texts are not kept, only their digests. An unusable cache file is a warning, not an error.
    """

    def __init__(self, encoder: Encoder, folder: Path | None, *, progress: bool = False) -> None:
        self._encoder = encoder
        self._progress = progress
        self._store = VectorStore(folder or Path(), encoder.fingerprint, encoder.dimensions)
        self._store.usable = folder is not None
        self._known: dict[bytes, Vectors] = {}

    @property
    def name(self) -> str:
        """Name of the encoder that does the work."""
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        """Fingerprint of the encoder that does the work: remembering changes no vector."""
        return self._encoder.fingerprint

    @property
    def is_centred(self) -> bool:
        """Whether the encoder that does the work has centred its vectors already."""
        return self._encoder.is_centred

    @property
    def dimensions(self) -> int:
        """Length of each vector."""
        return self._encoder.dimensions

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Give one unit vector a text, in the order of the texts.

        Parameters
        ----------
        texts : sequence of str
            May repeat; each distinct text is encoded once, now or in an earlier run.
        progress : bool, default False
            Show a bar on stderr that counts only the texts really encoded.

        Returns
        -------
        vectors : ndarray of shape (n_texts, dimensions), float32
            Unit rows, or zeros for a text without letters or digits.

        Raises
        ------
        EncoderError
            If `texts` is one string or holds something else than strings, or the encoder breaks its
            promise of finite vectors of one length.
        """
        listed = check_texts(texts)
        keys = {text: self._store.key(text) for text in set(listed) if has_substance(text)}
        self._recall(keys.values())
        missing = {text: key for text, key in keys.items() if key not in self._known}
        self._learn(missing, progress=progress or self._progress)
        rows = np.zeros((len(listed), self.dimensions), dtype=np.float32)
        for place, text in enumerate(listed):
            if text in keys:
                rows[place] = self._known[keys[text]]
        return rows

    def _recall(self, keys: Iterable[bytes]) -> None:
        unknown = sorted(key for key in keys if key not in self._known)
        if unknown:
            self._known.update(self._store.find(unknown))

    def _learn(self, missing: dict[str, bytes], *, progress: bool) -> None:
        if not missing:
            return
        ordered = by_length(list(missing))
        with tqdm(total=len(ordered), desc="encoding", unit="text", disable=not progress) as bar:
            for start in range(0, len(ordered), _CHUNK):
                chunk = ordered[start : start + _CHUNK]
                vectors = self._checked(self._encoder.encode(chunk), len(chunk))
                fresh = {missing[text]: vector.copy() for text, vector in zip(chunk, vectors, strict=True)}
                self._known.update(fresh)
                self._store.keep(fresh)
                bar.update(len(chunk))

    def _checked(self, vectors: Vectors, count: int) -> Vectors:
        rows = np.asarray(vectors, dtype=np.float32)
        finite = bool(np.isfinite(rows).all())
        if rows.shape != (count, self.dimensions) or not finite:
            raise EncoderError(
                f"encoder {self.name!r} must give finite vectors of shape {(count, self.dimensions)}; "
                f"got shape {rows.shape}, finite: {finite}. Mend it, or name another one."
            )
        return rows
