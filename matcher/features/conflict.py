"""`conflict`: whether both sides sell the same products to the same markets; a gate."""

from typing import Final

import numpy as np

from matcher.arrays import Floats, Positions
from matcher.features.component import Context
from matcher.features.organisations import Organisations
from matcher.features.ragged import best_matches

UNLIKE: Final = 0.5  # cosine up to which two products or markets are different things
SAME: Final = 0.85  # cosine from which two products or markets are the same thing


def score(seekers: Organisations, candidates: Organisations, context: Context, columns: Positions) -> Floats:
    """Likeness of the most alike products x that of the most alike markets; NaN where a side names none."""
    sides = (seekers.products, candidates.products), (seekers.markets, candidates.markets)
    highest = np.stack([best_matches(*both, columns)[2] for both in sides])
    products, markets = np.clip((highest - UNLIKE) / (SAME - UNLIKE), 0.0, 1.0)
    return np.asarray(products * markets)
