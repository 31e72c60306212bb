"""`expectations`: likeness of indicators, and the same horizon of plans."""

from typing import Final

import numpy as np

from matcher.arrays import Floats
from matcher.features.component import Context, blend
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_matches

INDICATORS: Final = 0.6
HORIZON: Final = 0.4


def both(seekers: Organisations, candidates: Organisations, context: Context) -> tuple[Floats, Floats]:
    """Likeness of indicators and agreement of stated horizons.

    NaN where neither indicators nor goals are stated by both. Own definition, see docs/scores.md.
    """
    horizon = _same_horizon(seekers, candidates)
    matches = best_matches(seekers.indicators, candidates.indicators)
    ours, theirs = (blend((INDICATORS, match), (HORIZON, horizon)) for match in matches)
    return ours, theirs


def _same_horizon(seekers: Organisations, candidates: Organisations) -> Floats:
    """Shared over stated horizons (short, long): 1 the same, .5 one of two, 0 none; NaN if unstated."""
    ours, theirs = (
        np.column_stack([side.goals_short.counts > 0, side.goals_long.counts > 0]).astype(np.float64)
        for side in (seekers, candidates)
    )
    shared = ours @ theirs.T
    stated = ours.sum(axis=1)[:, None] + theirs.sum(axis=1)[None, :] - shared
    both = np.outer(ours.any(axis=1), theirs.any(axis=1))
    return np.asarray(np.divide(shared, stated, out=np.full_like(shared, np.nan), where=both))
