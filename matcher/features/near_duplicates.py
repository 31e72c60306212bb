"""Organisations whose texts are nearly the same: one that was entered twice, or copies."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from matcher.arrays import Flags, Positions
from matcher.encoders.lexical import LexicalVectors
from matcher.features.organisations import Organisations

WORDS: Final = 0.6
"""Lexical similarity of all texts from which two profiles may be nearly the same."""
MEANING: Final = 0.75
"""Cosine of mean vectors from which they may be; both are needed.

Of the pairs of different organisations of the demo none reaches .46 and .63; copies without one need and
one offer have .8 and more.
"""
FEW: Final = 64
"""Pairs of which one is close up to which the words of close pairs are compared alone, else of all."""
LEAST_STEMS: Final = 20
"""Stems of a profile from which it can be compared: short ones are alike by chance."""


def near_duplicates(ours: Organisations, theirs: Organisations) -> Flags:
    """Return which organisations have nearly the same texts, shape (n_ours, n_theirs).

    Parameters
    ----------
    ours, theirs : Organisations
        An organisation that is in both is a near-duplicate of itself.
    """
    close = ours.meaning.cosines(theirs.meaning) >= MEANING
    close &= _is_comparable(ours)[:, None] & _is_comparable(theirs)
    _leave_same_words(close, ours.lexical, theirs.lexical)
    return np.asarray(close)


def twins_of(pool: Organisations, block: int = 512) -> dict[int, Positions]:
    """Return the positions of the near-duplicates of each organisation of a pool that has any."""
    meaning, comparable = pool.meaning.floats.astype(np.float32), np.flatnonzero(_is_comparable(pool))
    found = [np.empty((2, 0), dtype=np.int64)]
    for start in range(0, len(comparable), block):
        rows, columns = comparable[start : start + block], comparable[start:]
        # In one dimension, where numpy finds them fastest. Each pair once: the second is a later one.
        flat = np.flatnonzero(meaning[rows] @ meaning[columns].T >= MEANING)
        ones, others = np.divmod(flat, len(columns))
        ones, others = ones[others > ones], others[others > ones]
        used, at = np.unique(others, return_inverse=True)
        close, columns = np.zeros((len(rows), len(used)), dtype=bool), columns[used]
        close[ones, at] = True
        _leave_same_words(close, pool.lexical[rows], pool.lexical[columns])
        ones, others = np.nonzero(close)
        found.append(np.stack([rows[ones], columns[others]]))
    return _by_position(np.concatenate(found, axis=1), len(pool))


def _by_position(pairs: Positions, n_organisations: int) -> dict[int, Positions]:
    """Return the others of each position that stands in pairs, shape (2, n_pairs), in rising order."""
    (ones, others), n = np.concatenate([pairs, pairs[::-1]], axis=1), max(n_organisations, 1)
    ones, others = np.divmod(np.unique(ones * n + others), n)
    positions, starts = np.unique(ones, return_index=True)
    return dict(zip(positions.tolist(), np.split(others, starts[1:]), strict=False))


def _leave_same_words(close: Flags, ours: LexicalVectors, theirs: LexicalVectors) -> None:
    """Leave the pairs of `close` whose words are nearly the same too."""
    rows, columns = np.nonzero(close)
    if len(rows) * FEW < close.size:
        close[rows, columns] = ours.similarity_of_pairs(theirs, rows, columns) >= WORDS
    else:
        close &= ours.similarity(theirs) >= WORDS


def _is_comparable(organisations: Organisations) -> Flags:
    """Return which profiles are long enough, and state needs or offers."""
    # Without these, profiles of partners that describe one project, or of branches of one body, are alike.
    spaces = organisations.lexical.spaces
    is_long = np.max([np.diff(space.indptr) for space in spaces], axis=0) >= LEAST_STEMS
    return np.asarray(is_long & (organisations.needs.counts + organisations.offers.counts > 0))


def merge_twins(
    twins: Mapping[int, Positions], order: Positions, n_before: int, organisations: Organisations
) -> dict[int, Positions]:
    """Return the twins of some organisations, and of those from position `n_before` in `order` on."""
    now = np.full(max(n_before, int(order.max(initial=-1)) + 1), -1)
    now[order] = np.arange(len(order))
    ones = np.repeat(np.array([*twins], dtype=np.int64), [*map(len, twins.values())])
    others = np.concatenate([ones[:0], *twins.values()])
    added = np.flatnonzero(order >= n_before)
    rows, columns = np.nonzero(near_duplicates(organisations.take(added), organisations))
    pairs = np.concatenate([now[np.stack([ones, others])], [added[rows], columns]], axis=1)
    return _by_position(pairs[:, (pairs.min(axis=0) >= 0) & (pairs[0] != pairs[1])], len(order))
