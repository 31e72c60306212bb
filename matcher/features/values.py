"""`values`: likeness of vision, mission and values."""

import numpy as np

from matcher.arrays import Floats, Positions
from matcher.features.component import Context, blend
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_matches, cosines


def both(
    seekers: Organisations, candidates: Organisations, context: Context, columns: Positions
) -> tuple[Floats, Floats]:
    """Mix of best-matching passages, whole-text cosine and words by `config.values`; NaN where unknown."""
    shares = context.config.values
    whole = cosines(seekers.purpose_meaning, candidates.purpose_meaning, columns)
    lexical = seekers.purpose.likeness(candidates.purpose, columns)
    parts = (shares.whole, whole), (shares.lexical, lexical)
    ours, theirs = (
        np.where(np.isnan(passages), np.nan, blend((shares.passages, passages), *parts))
        for passages in best_matches(seekers.passages, candidates.passages, columns)[:2]
    )
    return ours, theirs
