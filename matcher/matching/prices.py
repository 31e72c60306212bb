"""Prices: how many others want a candidate, and how much that lowers its score."""

from __future__ import annotations

import numpy as np

from matcher.arrays import Floats


class PriceLearner:
    """Learns the price of each candidate: the mean of its strongest suitors' mutual scores.

    Only the strongest suitors of each candidate are held: memory does not grow with the number of
    reference seekers.

    Parameters
    ----------
    neighbours : int
        Number of strongest suitors; fewer where fewer are eligible.
    n_candidates : int

    References
    ----------
    Conneau et al. (2018), "Word translation without parallel data", the r term of CSLS, on mutual
    scores instead of cosines.
    """

    def __init__(self, neighbours: int, n_candidates: int) -> None:
        self._neighbours = neighbours
        self._strongest: Floats = np.empty((0, n_candidates))

    def add(self, mutual: Floats) -> None:
        """Add a block of mutual scores in [0, 1], shape (n_suitors, n_candidates); NaN where not eligible."""
        both = np.concatenate([self._strongest, mutual])
        self._strongest = -np.sort(-both, axis=0)[: self._neighbours]  # NaN last

    def prices(self) -> Floats:
        """Return the prices, shape (n_candidates,), in [0, 1]; 0 without an eligible suitor."""
        totals, counts = np.nansum(self._strongest, axis=0), (~np.isnan(self._strongest)).sum(axis=0)
        return np.asarray(np.divide(totals, counts, out=np.zeros_like(totals), where=counts > 0))


def priced_score(
    mutual: Floats, prices: Floats, strength: float | Floats, lowest: float | None = None
) -> Floats:
    """Take half the price, as far as it is above the lowest, off the mutual score.

    Parameters
    ----------
    mutual : ndarray of shape (n_seekers, n_candidates)
        In [0, 1].
    prices : ndarray of shape (n_candidates,)
        In [0, 1].
    strength : float, or ndarray of shape (n_seekers, 1)
        0 leaves the mutual score as it is; 1 is the full CSLS correction.
    lowest : float, optional
        The price of the cheapest candidate of the pool; that of `prices` when left out.

    Returns
    -------
    scores : ndarray of shape (n_seekers, n_candidates)
        In [0, 1], at most the mutual score.

    Notes
    -----
    CSLS is 2 m - r_seeker - r_candidate. For one seeker's list r_seeker is a constant, so half of
    it, m - r_candidate / 2, ranks the same; taking only what lies above the cheapest candidate's
    price keeps the scale of m.
    """
    excess = prices - (prices.min(initial=1.0) if lowest is None else lowest)
    return np.asarray(np.clip(mutual - strength * excess / 2.0, 0.0, 1.0))
