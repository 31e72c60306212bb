"""`complementarity`: how far the candidate's offers meet the seeker's needs."""

from typing import Final

import numpy as np

from matcher.arrays import Flags, Floats, Positions
from matcher.features.component import Context
from matcher.features.organisations import Organisations, Resources

SAME_CATEGORY: Final = 0.3  # what an offer of the needed category is worth beside the likeness of its text
ALIKE_AT_ALL: Final = 0.08
"""Likeness from which the category counts in full; below, in proportion: a category alone is no match."""
OTHER_CATEGORY: Final = 0.6  # what the likeness of texts still counts when the categories differ
FULL: Final = 5  # offers of an organisation that count in full; the first ones
CONTRADICTED: Final = 0.5  # by what an offer counts that contradicts the need in area, amount or condition
BEST: Final = 0.7  # share of the need that is met best; the rest is the mean over all needs
NEAREST: Final = 5  # texts to which a text is compared for how close others come to it
WORDS: Final = 0.6  # share of lexical likeness in the likeness of a need and an offer; the rest is semantic


def both(
    seekers: Organisations, candidates: Organisations, context: Context, columns: Positions
) -> tuple[Floats, Floats]:
    """Mix of the need that is met best and of the mean over all needs, by importance (`mixed`).

    NaN without needs or offers. A further offer lowers no score. Own definition, see docs/scores.md.
    """
    ours = _listed(seekers.needs, candidates.offers, columns, are_needs=True)
    return ours, _listed(seekers.offers, candidates.needs, columns, are_needs=False)


def _listed(ours: Resources, theirs: Resources, columns: Positions, *, are_needs: bool) -> Floats:
    """Return how far needs are met in listed pairs, shape as `columns`; `are_needs`: ours are the needs."""
    from matcher.encoders import kernels

    # Of each text of ours in turn, those of the listed organisations.
    sizes = theirs.counts[columns].sum(axis=1)
    rows = np.split(theirs.rows_of(columns.ravel()), np.cumsum(sizes)[:-1])
    listed = [np.tile(one, count) for one, count in zip(rows, ours.counts.tolist(), strict=True)]
    lists = np.concatenate([[0], np.cumsum(np.repeat(sizes, ours.counts))]), np.concatenate(listed)
    close = ours.lexical.listed_likeness(theirs.lexical, lists)
    one, other = ((side.vectors.codes, side.vectors.scales, side.codes) for side in (ours, theirs))
    kernels.closeness(close, one, other, lists, (WORDS, SAME_CATEGORY, ALIKE_AT_ALL, OTHER_CATEGORY))
    close[ours.facts.listed(theirs.facts, lists, are_needs=are_needs)] *= CONTRADICTED
    groups = (ours.offsets, ours.weights), (theirs.offsets, theirs.weights)
    return kernels.satisfied(close, lists[0], *groups, columns, (are_needs, FULL, BEST))


def mixed(best: float, mean: float) -> float:
    """Mix the highest importance x met of a seeker's needs with the mean over its needs."""
    return BEST * best + (1.0 - BEST) * mean


def counted(texts: Floats, needs: Resources, offers: Resources, fails: Flags) -> Floats:
    """Return how far offers meet needs by the `likeness` of their texts: closeness x level, of its shape.

    `fails` are `contradictions` of their facts. Without a category the text decides alone; an offer of the
    needed category is worth more, unless its text has nothing in common.
    """
    ours, theirs = needs.codes[:, None], offers.codes
    is_same = (ours == theirs) & (ours != -1)
    closeness = texts * np.where((ours != -1) & (theirs != -1), OTHER_CATEGORY, 1.0)
    same = texts[is_same]
    alike = np.minimum(same / ALIKE_AT_ALL, 1.0)
    closeness[is_same] = SAME_CATEGORY * alike + (1.0 - SAME_CATEGORY) * same
    closeness *= offers.weights * place_counts(offers.counts)
    closeness[fails] *= CONTRADICTED
    return np.asarray(closeness)


def place_counts(sizes: Positions) -> Floats:
    """Return what each offer counts by its place r among those of each organisation: min(1, `FULL` / r)^2."""
    starts = np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.asarray(np.minimum(1.0, FULL / (np.arange(len(starts)) - starts + 1)) ** 2)


def usual_likeness(ones: Resources, others: Resources) -> Floats:
    """Mean likeness of each text to the `NEAREST` closest others, shape (n_ones,); 0 without others."""
    closest = np.sort(likeness(ones, others), axis=1)[:, -NEAREST:]
    return np.asarray(closest.sum(axis=1) / max(closest.shape[1], 1))


def likeness(needs: Resources, offers: Resources) -> Floats:
    """Likeness of the texts of needs and offers by words and meaning, in [0, 1], (n_needs, n_offers)."""
    meaning = np.maximum(needs.vectors.cosines(offers.vectors), 0.0)
    return np.minimum(WORDS * needs.lexical.likeness(offers.lexical) + (1.0 - WORDS) * meaning, 1.0)
