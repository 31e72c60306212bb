"""`goals`: likeness of short-term and of long-term goals."""

from typing import Final

from matcher.arrays import Floats
from matcher.documents.language import N_
from matcher.features.component import Component, Context, blend
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_match


def score(seekers: Organisations, candidates: Organisations, context: Context) -> Floats:
    """Mean likeness of short-term goals with short-term and of long-term goals with long-term.

    The mean of what is known; NaN where no horizon is stated by both. Own definition, see
    docs/scores.md.
    """
    short = best_match(seekers.goals_short, candidates.goals_short)
    long = best_match(seekers.goals_long, candidates.goals_long)
    return blend((1.0, short), (1.0, long))


COMPONENT: Final = Component(
    name="goals",
    score=score,
    label=N_("goals that point the same way"),
    short_label=N_("Goals"),
    meaning=N_("Whether short-term and long-term goals point the same way."),
    content=N_("how alike goals are, short-term with short-term and long-term with long-term"),
    usual=(0.16, 0.13),
)
