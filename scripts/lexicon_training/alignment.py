"""IBM model 1: translation probabilities of words from weighted pairs of texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from matcher.arrays import Floats

ROUNDS: Final = 6
NULL: Final = ""  # the source word of target words that translate nothing

Words = Sequence[str]


def align_words(pairs: Sequence[tuple[Words, Words, float]]) -> dict[tuple[str, str], float]:
    """Return how likely each pair of words are translations of each other, in (0, 1].

    It is the geometric mean of the probabilities of both directions; `pairs` are texts that say the same in
    two languages, and how often each pair counts.

    References
    ----------
    Brown et al. (1993), model 1, with a null word; the mean of both directions is Liang et al. (2006) in
    its simplest form.
    """
    there = _learn(pairs)
    back = _learn([(target, source, weight) for source, target, weight in pairs])
    return {
        (one, other): float(np.sqrt(share * back[other, one]))
        for (one, other), share in there.items()
        if one != NULL and (other, one) in back
    }


def _learn(pairs: Sequence[tuple[Words, Words, float]]) -> dict[tuple[str, str], float]:
    """Return P(target | source) of every two words of a pair, by expectation maximisation."""
    sources, targets = {NULL: 0}, dict[str, int]()
    rows, columns, slots, weights = list[int](), list[int](), list[int](), list[float]()
    for source, target, weight in pairs:
        numbers = [0, *(sources.setdefault(word, len(sources)) for word in source)]
        for word in target:
            column = targets.setdefault(word, len(targets))
            rows += numbers
            columns += [column] * len(numbers)
            slots += [len(weights)] * len(numbers)
            weights.append(weight)
    slot, weight_of = np.array(slots), np.array(weights)
    keys, cell = np.unique(np.array(rows) * len(targets) + np.array(columns), return_inverse=True)
    row = keys // len(targets)
    share: Floats = 1.0 / np.bincount(row)[row]
    for _ in range(ROUNDS):
        likely = share[cell]
        expected = weight_of[slot] * likely / np.bincount(slot, likely)[slot]
        counts = np.bincount(cell, expected)
        share = counts / np.bincount(row, counts)[row]
    names, words = list(sources), list(targets)
    return {
        (names[key // len(words)], words[key % len(words)]): float(value)
        for key, value in zip(keys, share, strict=True)
    }
