"""Bands: whether a recommendation is strong, possible or weak."""

from __future__ import annotations

from typing import Final

import numpy as np

from matcher.arrays import Floats, Objects, Positions
from matcher.columns import BANDS
from matcher.config import BandSettings

STRONG, POSSIBLE, WEAK = BANDS
PLACES: Final = 5
"""Places of each one's list that are kept: thresholds are among them."""
TIES: Final = 1e-9
"""Mutual scores that differ by less are equal: sums of floats differ in the last bits."""


def assign_bands(ranks: Positions, places: Positions, met: Floats, limits: BandSettings) -> Objects:
    """Return the band of each recommendation, shape (n,).

    "strong": each stands among the other's two best, and an important need of one side is met.
    "possible": each stands among the other's five best. Else "weak". Own definition, with the share of
    good pairs of each band in docs/benchmarks.md; the limits can be fitted to grades.

    Parameters
    ----------
    ranks, places : ndarray of shape (n,)
        Place of the candidate in the seeker's list, and of the seeker in the candidate's, from 1.
    met : ndarray of shape (n,)
        The higher `complementarity` of both sides, in [0, 1]; NaN counts as 0.
    limits : BandSettings
    """
    both = np.maximum(ranks, places)
    is_strong = (both <= limits.strong_places) & (np.nan_to_num(met) >= limits.strong_met)
    return np.where(is_strong, STRONG, np.where(both <= limits.possible_places, POSSIBLE, WEAK)).astype(
        object
    )


def highest(mutual: Floats) -> Floats:
    """Return the `PLACES` highest mutual scores of each row in falling order; NaN where there are fewer.

    Parameters
    ----------
    mutual : ndarray of shape (n_seekers, n_candidates)
        NaN where a pair is not eligible.
    """
    found = -np.sort(-mutual, axis=1)[:, :PLACES]  # NaN last
    missing = PLACES - found.shape[1]
    return np.pad(found, ((0, 0), (0, missing)), constant_values=np.nan)


def places_among(mutual: Floats, best: Floats) -> Positions:
    """Return the place, from 1, of a mutual score among the best of a list: at most `PLACES` + 1.

    Parameters
    ----------
    mutual : ndarray of shape (n,)
    best : ndarray of shape (n, PLACES)
        Of each one's list, as of `highest`.
    """
    return np.asarray(1 + (best > mutual[:, None] + TIES).sum(axis=1))
