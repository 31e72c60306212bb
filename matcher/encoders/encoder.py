"""The contract of encoders: which texts they take and which unit vectors they return; and rounded ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Bytes, Flags, Floats, Floats32, Positions
from matcher.errors import EncoderError

Real = TypeVar("Real", bound=np.floating[Any])
LARGEST: Final = 127  # code of the number of a row that is largest
PART: Final = 256  # rows that are rounded at a time, so that they stay in the processor's cache


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into unit vectors; tests and users may bring their own."""

    name: str
    """To show to people; two encoders may share it."""
    fingerprint: str
    """Hex digest that changes whenever weights, tokenizer or settings change."""
    is_centred: bool
    """Whether the mean of each language is already subtracted from the vectors."""
    dimensions: int

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Floats32:
        """Return one vector per text, which may repeat, in their order, shape (n_texts, dimensions).

        Rows have length 1, or are all zeros for a text without letters or digits; never NaN. `progress` shows
        a bar on stderr. Raises `EncoderError` if `texts` is one string or holds anything but strings.
        """


def check_texts(texts: Sequence[str]) -> list[str]:
    """Return the texts as a list; raise `EncoderError` for one string, or an item that is none."""
    if isinstance(texts, str):
        raise EncoderError("texts must be a list of strings; got one string. Put it in a list.")
    listed: list[Any] = list(texts)
    for position, text in enumerate(listed):
        if not isinstance(text, str):
            raise EncoderError(
                f"texts must hold only strings; got {type(text).__name__} at position {position}. "
                "Turn missing values into ''."
            )
    return listed


def has_substance(text: str) -> bool:
    """Return whether a text has a letter or digit of any script; without one a vector has no meaning."""
    return text[:1].isalnum() or any(map(str.isalnum, text))


def unit_rows(vectors: NDArray[Real]) -> NDArray[Real]:
    """Scale rows, shape (n, dimensions), to length 1; a row that is zero, infinite or NaN becomes zero."""
    rows = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > 0)
    scaled: Floats = np.divide(rows, lengths, out=np.zeros_like(rows), where=usable)
    return scaled.astype(vectors.dtype)


@dataclass(frozen=True)
class UnitRows:
    """Rows of length 1, or 0, each number in one byte: the codes of a row, times its scale.

    Inner products of codes are whole numbers: up to 1,040 dimensions they are below 2**24, exact in float32
    in whatever order they are summed. So cosines do not depend on how they are computed.
    """

    codes: Bytes
    """Shape (n_rows, n_dims), from -`LARGEST` to `LARGEST`."""
    scales: Floats
    """Shape (n_rows,): 1 / length of the codes; 0 for a row of zeros."""

    @classmethod
    def of(cls, vectors: Floats) -> Self:
        """Return rows of any length, shape (n_rows, n_dims), at length 1, rounded."""
        codes, scales = np.empty(vectors.shape, dtype=np.int8), np.zeros(len(vectors))
        for start in range(0, len(vectors), PART):
            rows = slice(start, start + PART)
            largest = np.abs(vectors[rows]).max(axis=1, initial=0.0, keepdims=True)
            factors = np.divide(LARGEST, largest, out=np.zeros_like(largest), where=largest > 0.0)
            rounded = np.rint(vectors[rows] * factors)
            lengths = np.linalg.norm(rounded, axis=1)
            np.divide(1.0, lengths, out=scales[rows], where=lengths > 0.0)
            codes[rows] = rounded
        return cls(codes, scales)

    @classmethod
    def joined(cls, parts: Iterable[UnitRows]) -> Self:
        """Return the rows of one or more parts, one after the other."""
        codes, scales = zip(*((part.codes, part.scales) for part in parts), strict=True)
        return cls(np.concatenate(codes), np.concatenate(scales))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Positions | slice) -> UnitRows:
        return UnitRows(self.codes[rows], self.scales[rows])

    @property
    def is_zero(self) -> Flags:
        """Which rows are zero, shape (n_rows,)."""
        return np.asarray(self.scales == 0.0)

    @property
    def floats(self) -> Floats:
        """The rows as numbers, shape (n_rows, n_dims)."""
        return self.codes * self.scales[:, None]

    def cosines(self, other: UnitRows) -> Floats:
        """Return the cosines of all pairs of rows, shape (n_self, n_other)."""
        found = (self.codes.astype(np.float32) @ other.codes.T.astype(np.float32)) * self.scales[:, None]
        found *= other.scales
        return np.asarray(found)
