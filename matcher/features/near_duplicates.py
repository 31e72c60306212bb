"""Organisations whose texts are nearly the same: one that was entered twice, or copies."""

from __future__ import annotations

from typing import Final

import numpy as np

from matcher.arrays import Flags, Positions
from matcher.features.organisations import Organisations

WORDS: Final = 0.6
"""Lexical similarity of all texts from which two profiles may be nearly the same."""
MEANING: Final = 0.75
"""Cosine of mean vectors from which they may be; both are needed.

Of the pairs of different organisations of the demo none reaches .46 and .63; copies without one need and
one offer have .8 and more.
"""
LEAST_STEMS: Final = 20
"""Stems of a profile from which it can be compared: short ones are alike by chance."""


def near_duplicates(ours: Organisations, theirs: Organisations) -> Flags:
    """Return which organisations have nearly the same texts, shape (n_ours, n_theirs).

    Parameters
    ----------
    ours, theirs : Organisations
        An organisation that is in both is a near-duplicate of itself.
    """
    close = ours.meaning @ theirs.meaning.T >= MEANING
    close &= _is_comparable(ours)[:, None] & _is_comparable(theirs)[None, :]
    rows, columns = (np.flatnonzero(close.any(axis=axis)) for axis in (1, 0))
    if len(rows):
        words = ours.lexical[rows].similarity(theirs.lexical[columns])
        close[np.ix_(rows, columns)] &= words >= WORDS
    return np.asarray(close)


def twins_of(pool: Organisations, block: int = 512) -> dict[int, Positions]:
    """Return the positions of the near-duplicates of each organisation of a pool that has any."""
    twins: dict[int, Positions] = {}
    for start in range(0, len(pool), block):
        rows = np.arange(start, min(start + block, len(pool)))
        close = near_duplicates(pool.take(rows), pool)
        close[np.arange(len(rows)), rows] = False
        twins |= {int(rows[row]): np.flatnonzero(close[row]) for row in np.flatnonzero(close.any(axis=1))}
    return twins


def _is_comparable(organisations: Organisations) -> Flags:
    """Return which profiles are long enough, and state needs or offers."""
    # Without these, profiles of partners that describe one project, or of branches of one body, are alike.
    spaces = organisations.lexical.spaces
    is_long = np.max([np.diff(space.indptr) for space in spaces], axis=0) >= LEAST_STEMS
    return np.asarray(is_long & (organisations.needs.counts + organisations.offers.counts > 0))
