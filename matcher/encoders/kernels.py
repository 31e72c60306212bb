"""Comparisons of lists of pairs, compiled: each row of one side with those of the other listed for it.

Every pair is computed by itself; inner products of codes in whole numbers, all else in float64. Import this
module where it is used: numba is slow to import.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np
from numba import njit

from matcher.arrays import Bytes, Flags, Floats, Ints, Lists, Positions

Function = TypeVar("Function", bound=Callable[..., Any])
Sparse = tuple[Ints, Ints, Floats]
"""Row starts, columns and values of a sparse matrix of rows."""
Groups = tuple[Positions, Floats]
Vectors = tuple[Positions, Bytes, Floats]
"""Offsets of groups, and the codes and scales of their rows, as of `UnitRows`."""
Texts = tuple[Bytes, Floats, Positions]
Settings = tuple[bool, int, float]
QUICK: Final = {"reassoc", "contract"}
"""Sums may be taken in another order, always the same one for a pair."""


def compiled(function: Function) -> Function:
    """Return a function, compiled at its first call; the result is kept where a folder can be written."""
    options: dict[str, Any] = {"nogil": True, "fastmath": QUICK}
    try:
        return cast("Function", njit(cache=True, **options)(function))
    except RuntimeError:  # no folder for it
        return cast("Function", njit(**options)(function))


@compiled
def _code_dot(one: Bytes, other: Bytes) -> Any:  # pragma: no cover
    # In 32 bits throughout, which processors multiply and add many of at once.
    total: Any = np.int32(0)
    for at in range(len(one)):
        total = np.int32(total + np.int32(np.int32(one[at]) * np.int32(other[at])))
    return total


@compiled
def add_sparse_dots(
    found: Floats, ours: Sparse, theirs: Sparse, weights: tuple[Floats, Floats], lists: Lists, width: int
) -> None:  # pragma: no cover
    """Add to `found` the inner products of sparse rows, each by the sum of the weights of both rows."""
    starts, columns = lists
    dense = np.zeros(width)
    for row in range(len(starts) - 1):
        for k in range(ours[0][row], ours[0][row + 1]):
            dense[ours[1][k]] += ours[2][k]
        for at in range(starts[row], starts[row + 1]):
            column = columns[at]
            rows = slice(theirs[0][column], theirs[0][column + 1])
            places, values = theirs[1][rows], theirs[2][rows]
            total = 0.0
            for k in range(len(values)):
                # Without a sign: numba then needs no test for places counted from the end.
                total += values[k] * dense[np.uint32(places[k])]
            found[at] += (weights[0][row] + weights[1][column]) * total
        for k in range(ours[0][row], ours[0][row + 1]):
            dense[ours[1][k]] = 0.0


@compiled
def rescale(
    found: Floats, ours: Floats, theirs: Floats, scale: float, exponent: float, lists: Lists
) -> None:  # pragma: no cover
    """Bring similarities across languages to one scale by shares of languages, then all to a power."""
    starts, columns = lists
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            if found[at] > 0.0:
                same = 0.0
                for language in range(ours.shape[1]):
                    same += ours[row, language] * theirs[columns[at], language]
                found[at] = min(found[at] * (scale + (1.0 - scale) * min(same, 1.0)), 1.0) ** exponent


@compiled
def _mean_of_best(values: Floats, most: int) -> float:  # pragma: no cover
    total, kept = 0.0, min(most, len(values))
    for _ in range(kept):
        at = values.argmax()
        total += values[at]
        values[at] = -1.0
    return total / kept


@compiled
def _widest(offsets: Positions) -> Any:  # pragma: no cover
    # Not by `np.diff` and `max`: compiling these takes longer than all else here.
    most = 0
    for group in range(len(offsets) - 1):
        most = max(most, offsets[group + 1] - offsets[group])
    return most


@compiled
def best_matches(ours: Vectors, theirs: Vectors, columns: Positions, most: int) -> Floats:  # pragma: no cover
    """Return `ragged.best_matches` of listed pairs of groups, and the highest cosine."""
    found = np.full((3, *columns.shape), np.nan)
    best, other = np.empty(_widest(ours[0])), np.empty(_widest(theirs[0]))
    for row in range(columns.shape[0]):
        start, size = ours[0][row], ours[0][row + 1] - ours[0][row]
        for at in range(columns.shape[1]):
            first, last = theirs[0][columns[row, at]], theirs[0][columns[row, at] + 1]
            if size and last > first:
                best[:size] = 0.0
                other[: last - first] = 0.0
                highest = 0.0
                for b in range(last - first):
                    for a in range(size):
                        cosine = _code_dot(theirs[1][first + b], ours[1][start + a])
                        cosine *= theirs[2][first + b] * ours[2][start + a]
                        highest = max(highest, cosine)
                        best[a], other[b] = max(best[a], cosine), max(other[b], cosine)
                found[2, row, at] = highest
                found[0, row, at] = _mean_of_best(best[:size], most)
                found[1, row, at] = _mean_of_best(other[: last - first], most)
    return found


@compiled
def mark(found: Flags, table: Flags, ours: Ints, theirs: Ints, lists: Lists) -> None:  # pragma: no cover
    """Set `found` where a table of codes is set, by the codes of the rows of each side."""
    starts, columns = lists
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            if table[ours[row], theirs[columns[at]]]:
                found[at] = True


@compiled
def closeness(
    words: Floats, ours: Texts, theirs: Texts, lists: Lists, settings: tuple[float, float, float, float]
) -> None:  # pragma: no cover
    """Turn similarities of words into those of needs and offers, as `complementarity.counted`."""
    starts, columns = lists
    share, same, alike, other = settings
    for row in range(len(starts) - 1):
        for at in range(starts[row], starts[row + 1]):
            column = columns[at]
            scale = ours[1][row] * theirs[1][column]
            meaning = max(_code_dot(ours[0][row], theirs[0][column]) * scale, 0.0)
            text = min(share * words[at] + (1.0 - share) * meaning, 1.0)
            if ours[2][row] != -1 and theirs[2][column] != -1:
                if ours[2][row] == theirs[2][column]:
                    text = same * min(text / alike, 1.0) + (1.0 - same) * text
                else:
                    text *= other
            words[at] = text


@compiled
def satisfied(
    close: Floats, starts: Positions, ours: Groups, theirs: Groups, columns: Positions, settings: Settings
) -> Floats:  # pragma: no cover
    """Return how far needs are met by offers, shape as `columns`; NaN where a side has none.

    `close` is that of each text of ours with all of the listed groups of theirs. Of each side offsets and
    weights; settings: whether ours are needs, offers that count in full, share of the best.
    """
    are_needs, full, share = settings
    found = np.full(columns.shape, np.nan)
    for row in range(columns.shape[0]):
        first, n_ours, before = ours[0][row], ours[0][row + 1] - ours[0][row], 0
        for at in range(columns.shape[1]):
            begin = theirs[0][columns[row, at]]
            n_theirs = theirs[0][columns[row, at] + 1] - begin
            if n_ours and n_theirs:
                highest, total, weights = 0.0, 0.0, 0.0
                for need in range(n_ours if are_needs else n_theirs):
                    met = 0.0
                    for offer in range(n_theirs if are_needs else n_ours):
                        a, b = (need, offer) if are_needs else (offer, need)
                        level = theirs[1][begin + b] if are_needs else ours[1][first + a]
                        place = min(1.0, full / (offer + 1)) ** 2
                        met = max(met, close[starts[first + a] + before + b] * level * place)
                    importance = ours[1][first + need] if are_needs else theirs[1][begin + need]
                    highest, total = max(highest, met * importance), total + met * importance
                    weights += importance
                found[row, at] = share * highest + (1.0 - share) * total / weights
            before += n_theirs
    return found
