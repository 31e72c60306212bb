"""The contract of encoders: which texts they take, and the unit vectors that they return."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Floats32
from matcher.errors import EncoderError

Real = TypeVar("Real", bound=np.floating[Any])


@runtime_checkable
class Encoder(Protocol):
    """Anything that turns texts into unit vectors; tests and users may bring their own."""

    @property
    def name(self) -> str:
        """Name to show to people; two encoders may share it."""

    @property
    def fingerprint(self) -> str:
        """Hex digest that changes whenever weights, tokenizer or settings (prefix, pooling) change."""

    @property
    def is_centred(self) -> bool:
        """Whether the mean of each language is already subtracted from the vectors."""

    @property
    def dimensions(self) -> int:
        """Length of each vector."""

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Floats32:
        """Return one unit vector per text, in the order of the texts.

        Parameters
        ----------
        texts : sequence of str
            May be empty, and may repeat.
        progress : bool, default False
            Show a progress bar on stderr.

        Returns
        -------
        vectors : ndarray of shape (n_texts, dimensions), float32
            Rows of length 1, or all zeros for a text without letters or digits. Never NaN.

        Raises
        ------
        EncoderError
            If `texts` is one string or holds anything but strings.
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


def by_length(texts: Sequence[str]) -> list[str]:
    """Sort by length, then text: batches then depend on the set of texts only and need little padding."""
    return sorted(texts, key=lambda text: (len(text), text))


def unit_rows(vectors: NDArray[Real]) -> NDArray[Real]:
    """Scale rows to length 1; a row that is zero, infinite or NaN becomes zero.

    Parameters
    ----------
    vectors : ndarray of shape (n, dimensions)

    Returns
    -------
    rows : ndarray of shape (n, dimensions), of the same type
    """
    rows = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > 0)
    scaled = np.zeros(rows.shape, dtype=np.float64)
    np.divide(rows, lengths, out=scaled, where=usable)
    return scaled.astype(vectors.dtype)
