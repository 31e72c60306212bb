"""Rows of two encodings as one: organisations that are added to others, and left out of them."""

import copy
from dataclasses import fields, replace
from functools import partial
from typing import Any, Final

import numpy as np
from scipy.sparse import issparse, vstack

from matcher.arrays import Positions
from matcher.encoders.lexical import LexicalVectors
from matcher.features.facts import CodedColumn
from matcher.features.ragged import Ragged

MOST_RUNS: Final = 64  # runs of rows up to which each is copied whole


def merge_rows(one: Any, other: Any, order: Positions) -> Any:
    """Return rows of two encodings of one kind; `order` numbers those of `other` after those of `one`."""
    if isinstance(one, np.ndarray) or issparse(one):
        join = partial(vstack, format="csr") if issparse(one) else np.concatenate
        runs = _runs(one, other, order)
        return join([one, other])[order] if runs is None else join(runs)
    if isinstance(one, CodedColumn):
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
    merged = copy.copy(one)
    for name, values in vars(one).items():
        vars(merged)[name] = merge_rows(values, getattr(other, name), order)
    return merged


def _runs(one: Any, other: Any, order: Positions) -> list[Any] | None:
    """Return the parts of both whose rows follow each other in `order`, to be copied whole; None of many."""
    n = one.shape[0]
    firsts = np.flatnonzero((np.diff(order, prepend=-2) != 1) | (order == n))
    if len(firsts) > MOST_RUNS:
        return None
    ends = np.append(firsts, len(order))[1:]
    found = [one[:0], other[:0]]
    for start, length in zip(order[firsts].tolist(), (ends - firsts).tolist(), strict=True):
        found.append(one[start : start + length] if start < n else other[start - n : start - n + length])
    return found


def _merge_ragged(one: Ragged, other: Ragged, order: Positions) -> Ragged:
    both = replace(one, offsets=np.concatenate([one.offsets, one.offsets[-1] + other.offsets[1:]]))
    rows, offsets = both.rows_of(order), np.concatenate([[0], np.cumsum(both.counts[order])])
    names = [each.name for each in fields(one) if each.name != "offsets"]
    merged = {name: merge_rows(getattr(one, name), getattr(other, name), rows) for name in names}
    return replace(one, offsets=offsets, **merged)
