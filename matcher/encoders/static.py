"""The embedded encoder: sums of word and character n-gram vectors; fast, and without torch."""

import hashlib
import json
import re
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matcher.arrays import Floats32, Positions
from matcher.errors import EncoderError

WORD: Final = re.compile(r"[^\W_]+")
N_BUCKETS: Final = 16_384  # rows that all character n-grams share, by hash
NGRAM_LENGTHS: Final = (3, 4, 5)
LONGEST_WORD: Final = 40  # letters that are used of a longer run of letters, which is no word of any language
LONGEST_TEXT: Final = 65_536  # characters of a text that are read
MOST_WORDS: Final = 65_536  # words whose rows are kept
WEIGHTS_FILE: Final = "model.safetensors"
WORDS_FILE: Final = "vocabulary.txt"
SETTINGS_FILE: Final = "encoder.json"
EMBEDDED: Final = "encoder-id-en"
"""Name of the model that comes with the package."""


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, in order."""
    return WORD.findall(text[:LONGEST_TEXT].lower())


@lru_cache(65536)
def buckets_of(word: str) -> tuple[int, ...]:
    """Return the buckets of a word's character n-grams, with its borders marked; never empty."""
    marked = f"<{word[:LONGEST_WORD]}>"
    n_signs, is_plain = len(marked), marked.isascii()
    signs: Any = marked.encode() if is_plain else marked  # the signs of plain words are bytes
    spans = [(at, at + length) for length in NGRAM_LENGTHS for at in range(max(n_signs - length + 1, 1))]
    grams = [signs[start:stop] if is_plain else signs[start:stop].encode() for start, stop in spans]
    return tuple([zlib.crc32(gram) % N_BUCKETS for gram in grams])


def bucket_means(words: Sequence[str]) -> csr_matrix:
    """Return the matrix that averages bucket rows for each word, shape (n_words, N_BUCKETS)."""
    lists = [*map(buckets_of, words)]
    counts = np.array([*map(len, lists)], dtype=np.int64)
    values = np.repeat(1.0 / counts, counts).astype(np.float32)
    columns = np.fromiter(chain.from_iterable(lists), np.int64, counts.sum())
    offsets = np.concatenate([[0], np.cumsum(counts)])
    return csr_matrix((values, columns, offsets), shape=(len(words), N_BUCKETS))


class StaticEncoder:
    """Sum of word vectors, each its own row plus the mean of its n-grams' rows (Bojanowski et al. 2017).

    An unknown word is the mean of its n-grams' rows alone. Raises `EncoderError` if a file is missing or
    damaged.
    """

    is_centred = True
    """Each language's mean was subtracted before training."""

    def __init__(self, folder: str | Path) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        folder = Path(folder)
        try:
            tensors = load_file(folder / WEIGHTS_FILE)
            words = (folder / WORDS_FILE).read_text(encoding="utf-8").split("\n")
            settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        except (OSError, ValueError, SafetensorError) as err:
            raise EncoderError(
                f"encoder must be a folder with {WEIGHTS_FILE}, {WORDS_FILE}, {SETTINGS_FILE}; got {folder}. "
                "Train it with scripts/train_encoder.py, or name another encoder."
            ) from err
        self.name = str(settings["name"])
        files = [(folder / name).read_bytes() for name in (WEIGHTS_FILE, WORDS_FILE, SETTINGS_FILE)]
        self.fingerprint = hashlib.sha256(b"".join(files)).hexdigest()
        if len(tensors["words"]) != len(words):
            raise EncoderError(
                f"{folder} must have one row per word; got {len(tensors['words'])} rows, {len(words)} words."
            )
        self._tensors, self._words = tensors, np.array(words, dtype=object)
        self._ngrams = _dequantise(tensors["ngrams"], tensors["ngram_scales"])
        # One matrix: rows of known words first, then the rows of buckets for unknown ones.
        unknown = self._ngrams * np.float32(settings["unknown_weight"])
        self._rows: Floats32 = np.concatenate([np.zeros_like(tensors["words"], dtype=np.float32), unknown])
        self._is_open = np.ones(len(words), dtype=bool)
        self._positions = {word: position for position, word in enumerate(words)}
        self._kept: dict[str, tuple[int, ...]] = {}
        self.dimensions = int(self._rows.shape[1])

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Floats32:
        """Return one unit vector per text; see `Encoder.encode`. No bar: it takes less time than one."""
        counts = self._count_rows(texts)
        self._fill(np.unique(counts.indices))
        vectors = np.asarray(counts @ self._rows, dtype=np.float32)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 1e-12))

    def _fill(self, rows: Positions) -> None:
        """Compute the rows of words that are used for the first time: most of a vocabulary never is."""
        rows = rows[rows < len(self._words)]
        rows = rows[self._is_open[rows]]
        own = _dequantise(self._tensors["words"][rows], self._tensors["word_scales"][rows])
        whole = own + bucket_means(self._words[rows].tolist()) @ self._ngrams
        self._rows[rows] = whole * self._tensors["word_weights"][rows].astype(np.float32)[:, None]
        self._is_open[rows] = False

    def _count_rows(self, texts: Iterable[str]) -> csr_matrix:
        """Return how much of each row goes into each text, shape (n_texts, n_rows)."""
        spoken = [words_of(text) for text in texts]
        if len(self._kept) > MOST_WORDS:
            self._kept.clear()
        for word in {*chain.from_iterable(spoken)} - self._kept.keys():
            row, first = self._positions.get(word), len(self._words)
            self._kept[word] = tuple(first + at for at in buckets_of(word)) if row is None else (row,)
        parts = [*map(self._kept.__getitem__, chain.from_iterable(spoken))]
        sizes = np.fromiter(map(len, parts), np.int64, len(parts))
        columns = np.fromiter(chain.from_iterable(parts), np.int32, int(sizes.sum()))
        values = np.repeat(1.0 / sizes, sizes).astype(np.float32)
        offsets = np.concatenate([[0], np.cumsum(sizes)])[np.cumsum([0, *map(len, spoken)])]
        return csr_matrix((values, columns, offsets), (len(spoken), len(self._rows)))


def bundled_model(name: str = EMBEDDED) -> Path:
    """Return the folder of a model that comes with the package."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models" / name
    return installed if installed.is_dir() else package.parent / "models" / name


def _dequantise(rows: NDArray[np.int8], scales: NDArray[np.float16]) -> Floats32:
    return np.asarray(rows.astype(np.float32) * scales.astype(np.float32)[:, None])
