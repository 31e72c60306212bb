"""Array types that the stages hand to each other, how lists of pairs are laid out, and work in parts."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar, cast

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray

Part = TypeVar("Part")
Made = TypeVar("Made")

IDLE: Final = 60  # seconds after which a process without work ends and its memory is free

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Ints = NDArray[np.int64]
Bytes = NDArray[np.int8]
Positions = NDArray[np.int64]  # row numbers, from 0
Lists = tuple[Positions, Positions]
"""Starts and columns: row r of ours is compared with the rows columns[starts[r]:starts[r + 1]] of theirs."""
Flags = NDArray[np.bool_]
Objects = NDArray[np.object_]


def lists_of(columns: Positions) -> Lists:
    """Return lists of pairs, as of `Lists`, of the columns of each row."""
    return np.arange(len(columns) + 1) * columns.shape[1], columns.ravel()


def in_threads(make: Callable[[Part], Made], parts: Sequence[Part]) -> Iterator[Made]:
    """Return what is made of each part, in their order, by as many threads as numba is set to use."""
    if len(parts) < 2:
        return map(make, parts)
    from numba import get_num_threads

    threads = Parallel(get_num_threads(), backend="threading", return_as="generator")
    return cast("Iterator[Made]", threads(delayed(make)(part) for part in parts))


def in_processes(make: Callable[[Part], Made], parts: Iterable[Part], n_parts: int) -> Iterator[Made]:
    """Do as `in_threads`, by processes; `make` is a function of a module, or a `partial` of one."""
    if n_parts < 2:
        return map(make, parts)
    from numba import get_num_threads

    processes = Parallel(
        get_num_threads(), return_as="generator", pre_dispatch="n_jobs", idle_worker_timeout=IDLE
    )
    return cast("Iterator[Made]", processes(delayed(make)(part) for part in parts))
