"""What all encoders ask of texts before, and of vectors after, the model runs."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.errors import EncoderError

Real = TypeVar("Real", bound=np.floating[Any])

MAX_CHARACTERS: Final = 8192
"""Longest part of a text that is read, in characters after runs of blanks became one.

Models read about 512 tokens, some 2,000 characters of English; the rest would be thrown away after
a costly tokenisation.
"""


def check_texts(texts: Sequence[str]) -> list[str]:
    """Return the texts as a list, having checked that they are texts.

    Parameters
    ----------
    texts : sequence of str
        A single string is refused: its letters would be taken for texts.

    Returns
    -------
    texts : list of str

    Raises
    ------
    EncoderError
        If `texts` is one string, or an item is no string.
    """
    if isinstance(texts, str):
        raise EncoderError("texts must be a list of strings; got one string. Put it in a list.")
    listed: list[Any] = list(texts)
    for place, text in enumerate(listed):
        if not isinstance(text, str):
            kind = type(text).__name__
            raise EncoderError(
                f"texts must hold only strings; got {kind} at position {place}. Turn missing values into ''."
            )
    return listed


def has_substance(text: str) -> bool:
    """Tell whether a text has a letter or digit of any script, so that a vector would mean something."""
    return any(map(str.isalnum, text))


def tidy(text: str) -> str:
    """Make runs of blanks one space, cut to `MAX_CHARACTERS`, replace what UTF-8 cannot hold by '?'."""
    short = " ".join(text.split())[:MAX_CHARACTERS].rstrip()
    return short.encode("utf-8", "replace").decode("utf-8")


def by_length(texts: Sequence[str]) -> list[str]:
    """Sort by length, then text: batches then depend on the set of texts, and hold texts of like length."""
    return sorted(texts, key=lambda text: (len(text), text))


def in_batches(ordered: Sequence[str], size: int) -> Iterator[list[str]]:
    """Cut sorted texts into batches of like length: a batch is padded to its longest text.

    Parameters
    ----------
    ordered : sequence of str
        As `by_length` gives them.
    size : int
        Texts a batch at most, at least 1.

    Yields
    ------
    batch : list of str
        None in it is longer than twice the first one plus 100 characters. Never empty.
    """
    batch: list[str] = []
    for text in ordered:
        if batch and (len(batch) == size or len(text) > 2 * len(batch[0]) + 100):
            yield batch
            batch = []
        batch.append(text)
    if batch:
        yield batch


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
