"""`expectations`: likeness of indicators, and the same horizon of plans."""

from typing import Final

import numpy as np

from matcher.arrays import Floats, Positions
from matcher.features.component import Context, blend
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_matches

INDICATORS: Final = 0.6
HORIZON: Final = 0.4


def both(
    seekers: Organisations, candidates: Organisations, context: Context, columns: Positions
) -> tuple[Floats, Floats]:
    """Likeness of indicators and agreement of stated horizons; NaN where both are unknown."""
    # Shared over stated horizons (short, long): 1 the same, .5 one of two, 0 none; NaN if unstated.
    ours = [goals.counts[:, None] > 0 for goals in (seekers.goals_short, seekers.goals_long)]
    theirs = [goals.counts[columns] > 0 for goals in (candidates.goals_short, candidates.goals_long)]
    shared = np.sum(np.logical_and(ours, theirs), axis=0, dtype=np.float64)
    stated = np.sum(np.logical_or(ours, theirs), axis=0, dtype=np.float64)
    known = np.any(ours, axis=0) & np.any(theirs, axis=0)
    horizon = np.divide(shared, stated, out=np.full_like(shared, np.nan), where=known)
    matches = best_matches(seekers.indicators, candidates.indicators, columns)
    mine, yours = (blend((INDICATORS, match), (HORIZON, horizon)) for match in matches[:2])
    return mine, yours
