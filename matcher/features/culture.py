"""`culture`: likeness of working styles. A point to discuss: its weight is 0 by default."""

from matcher.arrays import Floats, Positions
from matcher.features.component import Context
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_matches


def score(seekers: Organisations, candidates: Organisations, context: Context, columns: Positions) -> Floats:
    """Likeness of working styles; NaN where either side gives none. Own definition, see docs/scores.md."""
    return best_matches(seekers.styles, candidates.styles, columns)[0]
