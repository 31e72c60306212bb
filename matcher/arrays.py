"""Names of the array types that the stages hand to each other, and how lists of pairs are laid out."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Positions = NDArray[np.int64]
"""Row numbers, from 0."""
Lists = tuple[Positions, Positions]
"""Starts and columns: row r of ours is compared with the rows columns[starts[r]:starts[r + 1]] of theirs."""
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]


def beside(values: NDArray[Any], columns: Positions | None) -> NDArray[Any]:
    """Return values of candidates in the layout of pairs: of seekers, the first axis of values[:, None].

    `columns`, of shape (n_seekers, n_listed), are the candidates with whom each seeker is compared; all
    without.
    """
    return values[None, :] if columns is None else values[columns]


def lists_of(columns: Positions) -> Lists:
    """Return lists of pairs, as of `Lists`, of the columns of each row."""
    return np.arange(len(columns) + 1) * columns.shape[1], columns.ravel()
