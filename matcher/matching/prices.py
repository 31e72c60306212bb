"""Prices: how many others want a candidate, and how much that lowers its score."""

from __future__ import annotations

import warnings
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix, vstack

from matcher.arrays import Floats, Positions
from matcher.config import MarketSettings

MOST_STEPS: Final = 2000
TOLERANCE: Final = 1e-4
"""Share of a capacity that may be missing, or too much, in an equilibrium."""


class PriceLearner:
    """Learns the price of each candidate: the mean mutual score of its `neighbours` strongest suitors.

    Conneau et al. (2018), "Word translation without parallel data": the r term of CSLS, on mutual scores.
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
    """Take half the price, as far as it is above the lowest of the pool, off the mutual score; all in [0, 1].

    Of shape (n_seekers, n_candidates); prices (n_candidates,), and strength (n_seekers, 1) or one number: 0
    leaves the mutual score as it is, 1 is the full CSLS correction. CSLS is 2 m - r_seeker - r_candidate. For
    one seeker's list r_seeker is a constant, so half of it, m - r_candidate / 2, ranks the same; taking only
    what lies above the cheapest candidate's price keeps the scale of m.
    """
    excess = prices - (prices.min(initial=1.0) if lowest is None else lowest)
    return np.asarray(np.clip(mutual - strength * excess / 2.0, 0.0, 1.0))


class EquilibriumLearner:
    """Learns prices from the pairs of some seekers of a pool: those of `equilibrium_prices`."""

    def __init__(self, market: MarketSettings, capacities: Floats) -> None:
        self._market, self._capacities = market, capacities
        self._rows: list[Positions] = []
        self._pairs: list[csr_matrix] = []
        self._levels: list[Floats] = []

    def add(self, rows: Positions, columns: Positions, mutual: Floats) -> None:
        """Add a block of mutual scores of seekers and candidates by position; NaN where not eligible."""
        own = PriceLearner(self._market.neighbours, len(rows))
        own.add(mutual.T)
        row, column = np.nonzero(~np.isnan(mutual))
        values = mutual[row, column].astype(np.float32)
        entries = values, (row, np.broadcast_to(columns, mutual.shape)[row, column])
        self._rows.append(rows)
        self._pairs.append(csr_matrix(entries, (len(rows), len(self._capacities))))
        self._levels.append(own.prices())

    def prices(self) -> Floats:
        """Return the prices, shape (n_candidates,), in [0, 1]; warn where they are no equilibrium.

        Only differences count in an equilibrium: prices have the mean that those of `PriceLearner` have
        for the seekers, or a lower one where the highest would be above 1.
        """
        n, rows = len(self._capacities), np.concatenate(self._rows)
        below = vstack(self._pairs, format="coo")
        square = csr_matrix((below.data, (rows[below.row], below.col)), (n, n))
        weights = np.full(n, n / len(rows))
        weights[rows] = 1.0
        market, outside = self._market, self._market.method == "tu"
        found, converged = equilibrium_prices(
            square, self._capacities, market.beta, outside=outside, weights=weights
        )
        if not converged:
            warnings.warn(
                f"prices of {market.method} do not agree after {MOST_STEPS} steps: the last are used. "
                "Raise market.beta or choose tu.",
                stacklevel=4,
            )
        if np.isnan(found).all():
            return np.zeros(n)
        found += min(np.concatenate(self._levels).mean() - np.nanmean(found), 1.0 - np.nanmax(found))
        return np.clip(np.nan_to_num(found, nan=np.nanmin(found)), 0.0, 1.0)


def equilibrium_prices(
    mutual: csr_matrix, capacities: Floats, beta: float, *, outside: bool, weights: Floats | float = 1.0
) -> tuple[Floats, bool]:
    """Return prices at which expected partnerships fill the capacities of one pool, and whether they do.

    Prices have shape (n,), NaN without a capacity or a partner.

    Parameters
    ----------
    mutual : csr_matrix of shape (n, n)
        Mutual scores in [0, 1] of the pairs that may be recommended, in either direction.
    beta : float
        Scale of the noise in choices, in units of the mutual score; at least .01.
    outside : bool
        Whether part of a capacity may stay free (transferable utility), or all of it is filled (Sinkhorn).
    weights : float, or ndarray of shape (n,)
        For how many partners each known one counts: above 1 where only pairs with a sample are known.

    Notes
    -----
    Expected partnerships are exp(m_ij / beta) a_i a_j, with a_i^2 + a_i sum_j exp(m_ij / beta) a_j = c_i;
    Sinkhorn leaves out a_i^2, the part that stays free. Each step takes the geometric mean of a and its
    solution by the others' values, so that a single pool converges as two sides do. The price is
    -2 beta log a: less half the prices of both, mutual scores rank as the expected partnerships do.
    Choo and Siow (2006); Tomita et al. (2023), arXiv 2306.09060; Nakada et al. (2024), arXiv 2411.19214.
    Knight, Ruiz and Ucar (2014) for symmetric scaling.
    """
    likes = np.exp(mutual.data.astype(float) / beta)
    kernel = csr_matrix((likes, mutual.indices, mutual.indptr), mutual.shape)
    kernel = kernel.maximum(kernel.T)
    has_price = (capacities > 0) & (kernel @ (capacities > 0).astype(float) > 0)
    prices = np.where(has_price, 0.0, np.nan)
    limits, missing = capacities[has_price], np.inf
    scale = np.broadcast_to(weights, len(prices))[has_price] / 2.0
    kernel = kernel[has_price][:, has_price]
    logs = np.log(limits) / 2.0
    for _ in range(MOST_STEPS):
        half = scale * (kernel @ np.exp(logs))
        # The equal form sqrt(c + h^2) - h cancels where h is large.
        divisor = np.sqrt(limits + half**2) + half if outside else 2.0 * half
        steps = (np.log(limits / divisor) - logs) / 2.0
        logs += steps
        missing = 2.0 * np.abs(steps).max(initial=0.0)
        if missing < TOLERANCE:
            break
    prices[has_price] = -2.0 * beta * logs
    return prices, bool(missing < TOLERANCE)
