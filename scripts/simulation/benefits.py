"""Benefits of all pairs as a matrix; element (i, j) equals `simulation.facts.benefit`."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Floats
from simulation.facts import (
    HIGHEST_LEVEL,
    LANGUAGE_VALUE,
    NEED_VALUE,
    REGION_VALUE,
    RIVAL_PRODUCT_WORDS,
    RIVAL_VALUE,
    SECTOR_VALUE,
    UNSTATED_NEEDS,
    Facts,
)


def benefit_matrix(facts: Sequence[Facts]) -> Floats:
    """Return what each organisation would get from each other one: at (i, j) `benefit(facts[i], facts[j])`.

    The diagonal is not used. A few products of matrices: about 10 ms for 176 organisations.
    """
    rivals = (_shared([one.products for one in facts]) >= RIVAL_PRODUCT_WORDS) & (
        _shared([one.markets for one in facts]) > 0
    )
    return np.asarray(
        NEED_VALUE * _met_needs(facts)
        + SECTOR_VALUE * _overlaps([one.sector for one in facts])
        + LANGUAGE_VALUE * (_shared([one.languages for one in facts]) > 0)
        + REGION_VALUE * _same_regions(facts)
        + RIVAL_VALUE * rivals
    )


def _met_needs(facts: Sequence[Facts]) -> Floats:
    categories = {category for one in facts for category in (*one.offers, *dict(one.needs))}
    index = {category: column for column, category in enumerate(sorted(categories))}
    needs, offers = np.zeros((2, len(facts), len(index)))
    for row, one in enumerate(facts):
        for category, weight in one.needs:
            needs[row, index[category]] += weight
        for category, level in one.offers.items():
            offers[row, index[category]] = level
    totals = needs.sum(axis=1, keepdims=True) * HIGHEST_LEVEL
    return np.where(totals > 0, needs @ offers.T / np.where(totals > 0, totals, 1.0), UNSTATED_NEEDS)


def _overlaps(listed: Sequence[frozenset[str]]) -> Floats:
    sizes = np.array([len(words) for words in listed], dtype=np.float64)
    shorter = np.minimum(sizes[:, None], sizes[None, :])
    return np.asarray(_shared(listed) / np.maximum(shorter, 1.0))


def _same_regions(facts: Sequence[Facts]) -> NDArray[np.bool_]:
    countries = np.array([one.country for one in facts], dtype=object)
    unknown = countries == ""
    may_be = unknown[:, None] | unknown[None, :] | (countries[:, None] == countries[None, :])
    return np.asarray(may_be & (_shared([one.places for one in facts]) > 0), dtype=np.bool_)


def _shared(listed: Iterable[frozenset[str]]) -> Floats:
    """Count the words that each two share."""
    sets = list(listed)
    index = {word: column for column, word in enumerate(sorted(frozenset().union(*sets)))}
    present = np.zeros((len(sets), len(index)))
    for row, words in enumerate(sets):
        present[row, [index[word] for word in words]] = 1.0
    return present @ present.T
