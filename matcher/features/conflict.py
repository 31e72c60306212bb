"""`conflict`: whether both sides sell the same products to the same markets; a gate."""

from typing import Final

import numpy as np

from matcher.arrays import Floats, Positions
from matcher.features.component import Context
from matcher.features.organisations import Organisations
from matcher.features.ragged import Ragged, best_matches

UNLIKE: Final = 0.5  # cosine up to which two products or markets are different things
SAME: Final = 0.85  # cosine from which two products or markets are the same thing


def score(seekers: Organisations, candidates: Organisations, context: Context, columns: Positions) -> Floats:
    """Likeness of the most alike products x likeness of the most alike markets.

    0 is no collision, 1 a full one; NaN where either side names no products or no markets. Own
    definition, see docs/scores.md.
    """
    products = _most_alike(seekers.products, candidates.products, columns)
    return products * _most_alike(seekers.markets, candidates.markets, columns)


def _most_alike(seekers: Ragged, candidates: Ragged, columns: Positions) -> Floats:
    """Ramp of the highest cosine of any two rows of a pair, from `UNLIKE` (0) to `SAME` (1)."""
    highest = best_matches(seekers, candidates, columns)[2]
    return np.clip((highest - UNLIKE) / (SAME - UNLIKE), 0.0, 1.0)
