"""`complementarity`: how far the candidate's offers meet the seeker's needs."""

from typing import Final

import numpy as np

from matcher.arrays import Floats
from matcher.documents.language import N_
from matcher.features.component import Component, Context
from matcher.features.organisations import Organisations, Resources

SAME_CATEGORY: Final = 0.3
"""What an offer of the needed category is worth whatever its text."""
OTHER_CATEGORY: Final = 0.6
"""What the likeness of texts still counts when the categories differ."""

WORDS: Final = 0.5
"""Share of lexical likeness in the likeness of a need and an offer; the rest is semantic."""


def score(seekers: Organisations, candidates: Organisations, context: Context) -> Floats:
    """Sum over needs of importance x best offer x level, over the sum of importance.

    NaN where the seeker names no needs or the candidate no offers. A further offer never lowers the
    score of a candidate that has offers already. Own definition, see docs/scores.md.
    """
    needs, importance = seekers.needs, seekers.needs.weights[:, None]
    best = candidates.offers.max_groups(meeting(seekers.needs, candidates.offers))
    sums, totals = needs.sum_groups(best * importance), needs.sum_groups(importance)
    return np.divide(sums, totals, out=np.full_like(sums, np.nan), where=totals > 0)


def meeting(needs: Resources, offers: Resources) -> Floats:
    """How far each offer meets each need: closeness x level, in [0, 1], shape (n_needs, n_offers).

    The closeness of texts counts in full within a category and less across; an offer of the needed
    category is worth something whatever its text says. Without a category the text decides alone.
    """
    return counted(likeness(needs, offers), needs, offers)


def counted(texts: Floats, needs: Resources, offers: Resources) -> Floats:
    """Return how far offers meet needs by the likeness of their texts, as `meeting`."""
    same = needs.categories[:, None] == offers.categories[None, :]
    named = (needs.categories != "")[:, None] & (offers.categories != "")[None, :]
    within = SAME_CATEGORY + (1.0 - SAME_CATEGORY) * texts
    closeness = np.where(named & same, within, np.where(named, OTHER_CATEGORY * texts, texts))
    return np.asarray(closeness * offers.weights[None, :])


def likeness(needs: Resources, offers: Resources) -> Floats:
    """Likeness of the texts of needs and offers by words and by meaning, in [0, 1], shape as `meeting`."""
    words = np.sqrt(needs.lexical.similarity(offers.lexical))
    meaning = np.maximum(needs.vectors @ offers.vectors.T, 0.0)
    return np.minimum(WORDS * words + (1.0 - WORDS) * meaning, 1.0)


COMPONENT: Final = Component(
    name="complementarity",
    score=score,
    label=N_("needs met by offers"),
    short_label=N_("Needs met"),
    meaning=N_("How well the candidate's offers meet the seeker's needs."),
    content=N_("how far the candidate's offers meet the seeker's needs, by importance and level"),
)
