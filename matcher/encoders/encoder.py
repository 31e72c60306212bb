"""What every encoder promises: texts in, unit vectors out."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
"""Array of shape (n_texts, dimensions), float32."""


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
        """Whether the mean of each language is already taken out of the vectors."""

    @property
    def dimensions(self) -> int:
        """Length of each vector."""

    def encode(self, texts: Sequence[str], *, progress: bool = False) -> Vectors:
        """Give one unit vector a text, in the order of the texts.

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
        """
