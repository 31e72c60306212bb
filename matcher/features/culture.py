"""`culture`: likeness of working styles. A point to discuss: its weight is 0 by default."""

from typing import Final

from matcher.arrays import Floats
from matcher.documents.language import N_
from matcher.features.component import Component, Context
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_match


def score(seekers: Organisations, candidates: Organisations, context: Context) -> Floats:
    """Likeness of the two descriptions of working style.

    NaN where either side gives no working style. Own definition, see docs/scores.md.
    """
    return best_match(seekers.styles, candidates.styles)


COMPONENT: Final = Component(
    name="culture",
    score=score,
    label=N_("ways of working"),
    short_label=N_("Ways of working"),
    meaning=N_("How alike the ways of working are: a point to discuss."),
    content=N_(
        "how alike ways of working are; a point to discuss, which counts only if an analyst gives it weight"
    ),
    usual=(0.09, 0.10),
    direction=0,
    is_symmetric=True,
    is_conduct=True,
)
