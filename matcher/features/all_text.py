"""Likeness of all texts of two profiles, whatever their columns."""

from __future__ import annotations

import numpy as np

from matcher.arrays import Flags, Floats
from matcher.encoders.lexical import LexicalVectors
from matcher.features.overlaps import known


def all_text(ours: LexicalVectors, theirs: LexicalVectors) -> Floats:
    """Return the lexical likeness (TF-IDF) of each pair, shape (n_ours, n_theirs); NaN without words."""
    return np.where(known(_has_words(ours), _has_words(theirs)), ours.likeness(theirs), np.nan)


def _has_words(texts: LexicalVectors) -> Flags:
    return np.asarray(np.any([space.getnnz(axis=1) > 0 for space in texts.spaces], axis=0), dtype=np.bool_)
