"""Rows of two encodings as one: organisations that are added to others, and left out of them."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
from scipy.sparse import issparse, vstack

from matcher.arrays import Positions
from matcher.encoders.lexical import LexicalVectors
from matcher.features.facts import FactColumns
from matcher.features.ragged import Ragged


def merge_rows(one: Any, other: Any, order: Positions) -> Any:
    """Return rows of two encodings of one kind; `order` numbers those of `other` after those of `one`.

    These are arrays, sparse matrices, mappings and dataclasses of them.
    """
    if isinstance(one, np.ndarray):
        return np.concatenate([one, other])[order]
    if issparse(one):
        return vstack([one, other], format="csr")[order]
    if isinstance(one, FactColumns):
        return one.merged(other, order)
    if isinstance(one, Ragged):
        return _merge_ragged(one, other, order)
    if isinstance(one, LexicalVectors):
        spaces = [merge_rows(*both, order) for both in zip(one.spaces, other.spaces, strict=True)]
        return LexicalVectors(spaces, merge_rows(one.shares, other.shares, order), one.scale)
    if isinstance(one, tuple):
        return type(one)(*(merge_rows(*both, order) for both in zip(one, other, strict=True)))
    if isinstance(one, dict):
        return {name: merge_rows(values, other[name], order) for name, values in one.items()}
    # What was made from the fields of `one` and kept is merged too: making it anew would take all its rows.
    merged = {name: merge_rows(values, getattr(other, name), order) for name, values in vars(one).items()}
    whole = replace(one, **{each.name: merged[each.name] for each in fields(one)})
    vars(whole).update(merged)
    return whole


def _merge_ragged(one: Ragged, other: Ragged, order: Positions) -> Ragged:
    counts = np.concatenate([one.counts, other.counts])
    firsts = np.cumsum(counts) - counts
    offsets = np.concatenate([[0], np.cumsum(counts[order])]).astype(np.int64)
    rows = np.repeat(firsts[order] - offsets[:-1], counts[order]) + np.arange(offsets[-1])
    names = [each.name for each in fields(one) if each.name != "offsets"]
    merged = {name: merge_rows(getattr(one, name), getattr(other, name), rows) for name in names}
    return replace(one, offsets=offsets, **merged)
