"""Organisations whose texts are nearly the same: one that was entered twice, or copies."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from matcher.arrays import Flags, Floats32, Positions, in_threads
from matcher.encoders.lexical import LexicalVectors, side_weights
from matcher.features.organisations import Organisations
from matcher.features.ragged import cosines

WORDS: Final = 0.6  # lexical similarity of all texts from which two profiles may be nearly the same
MEANING: Final = 0.75
"""Cosine of mean vectors from which they may be; both are needed. Of the pairs of different organisations of
the demo none reaches .46 and .63; copies without one need and one offer have .8 and more.
"""
GROUPS: Final = 320  # of words, by which similarities are bounded; more leave fewer pairs to be compared
ROUNDING: Final = 1e-4  # more than what a bound in float32 may be too low
MANY: Final = 8192  # organisations from which a pool is compared by several threads
LEAST_STEMS: Final = 20  # of a profile from which it can be compared: short ones are alike by chance


def near_duplicates(ours: Organisations, theirs: Organisations) -> Flags:
    """Return which organisations have nearly the same texts, (n_ours, n_theirs): each also as itself."""
    close = ours.meaning.cosines(theirs.meaning) >= MEANING
    close &= _is_comparable(ours)[:, None] & _is_comparable(theirs)
    rows, columns = np.nonzero(close)
    close[rows, columns] = ours.lexical.similarity_of_pairs(theirs.lexical, rows, columns) >= WORDS
    return np.asarray(close)


def twins_of(pool: Organisations, block: int = 512) -> dict[int, Positions]:
    """Return the positions of the near-duplicates of each organisation of a pool that has any."""
    comparable = np.flatnonzero(_is_comparable(pool))
    vectors, factors = _bounds(pool.lexical)
    vectors, meaning = vectors[comparable], pool.meaning

    def twins_among(part: tuple[int, int]) -> Positions:
        """Return the pairs, shape (2, n_pairs), of some rows with some columns, each pair once."""
        row, column = part
        mine, yours = vectors[row : row + block] * factors, vectors[column : column + 8 * block]
        # In one dimension, where numpy finds them fastest. The second of a pair is a later one.
        ones, others = np.divmod(np.flatnonzero(mine @ yours.T >= WORDS - ROUNDING), len(yours))
        is_later = others + column > ones + row
        ones, others = comparable[ones[is_later] + row], comparable[others[is_later] + column]
        is_near = pool.lexical.similarity_of_pairs(pool.lexical, ones, others) >= WORDS
        ones, others = ones[is_near], others[is_near]
        is_near = cosines(meaning[ones], meaning, others[:, None])[:, 0] >= MEANING
        return np.stack([ones[is_near], others[is_near]])

    n = len(comparable)
    parts = [(row, column) for row in range(0, n, block) for column in range(row, n, 8 * block)]
    found = in_threads(twins_among, parts) if n > MANY else map(twins_among, parts)
    return _by_position(np.concatenate([np.empty((2, 0), dtype=np.int64), *found], axis=1), len(pool))


def _bounds(lexical: LexicalVectors) -> tuple[Floats32, Floats32]:
    """Return a vector of each text, and factors: products with them are no lower than the similarities.

    Of texts with weights m and n of a language, (m + n) c = 2 sqrt(m n) c + (sqrt(m) - sqrt(n))^2 c, where
    the cosine c is 1 at most, and no higher than the product of lengths in groups of words (Cauchy-Schwarz).
    """
    weights = side_weights(lexical.shares).astype(np.float32)
    squares = np.zeros((len(lexical), GROUPS), dtype=np.float32)
    for space, weight in zip(lexical.spaces, weights.T, strict=True):
        values = np.repeat(2.0 * weight, np.diff(space.indptr)) * space.data.astype(np.float32) ** 2
        # The heaviest words stand in groups of their own, and all groups weigh about the same.
        places = np.argsort(np.argsort(-np.bincount(space.indices, values, space.shape[1]), kind="stable"))
        turns, groups = np.divmod(places, GROUPS)
        groups = np.where(turns % 2, GROUPS - 1 - groups, groups)[space.indices]
        squares += csr_matrix((values, groups, space.indptr), squares.shape).toarray()
    lengths, roots = np.sqrt(squares, out=squares), np.sqrt(weights)
    vectors = np.hstack([lengths, roots, np.ones((len(lexical), 1), dtype=np.float32)])
    return vectors, np.repeat([1.0, -2.0, 1.0], [GROUPS, roots.shape[1], 1]).astype(np.float32)


def _by_position(pairs: Positions, n_organisations: int) -> dict[int, Positions]:
    """Return the others of each position that stands in pairs, shape (2, n_pairs), in rising order."""
    (ones, others), n = np.concatenate([pairs, pairs[::-1]], axis=1), max(n_organisations, 1)
    ones, others = np.divmod(np.unique(ones * n + others), n)
    positions, starts = np.unique(ones, return_index=True)
    return dict(zip(positions.tolist(), np.split(others, starts[1:]), strict=False))


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
