"""How noisy answers are: the noise of one partnership, moderated by that of all others."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import digamma, polygamma

from matcher.arrays import Floats

LEAST_NOISE: Final = 0.15
"""Standard deviation of a mean of answers below which rounding alone could account for it, in points."""
LEAST_LOGGED: Final = 0.05
"""The same for the logarithms from which the spread of the noise is estimated: that of 0 is not finite."""
MOST_PRIOR: Final = 200.0
"""Degrees of freedom at which the noise of all is taken to be the same."""


def moderate(variances: Floats, freedom: Floats) -> tuple[Floats, Floats]:
    """Draw variances of few observations towards their common value.

    Parameters
    ----------
    variances : ndarray of shape (n,)
        Residual variances, 0 or more.
    freedom : ndarray of shape (n,)
        Degrees of freedom of each, 1 or more.

    Returns
    -------
    moderated, freedom : ndarray of shape (n,)
        Posterior variances and the degrees of freedom of a t statistic that uses them.

    Notes
    -----
    The prior is estimated from the spread of the log variances; where that is no more than sampling
    makes it, the noise is taken to be the same, and the prior is the pooled variance. With fewer than three
    there is none and the variances stay as they are. No variance is taken to be below `LEAST_NOISE`
    squared: answers are whole numbers.

    References
    ----------
    Smyth (2004), "Linear models and empirical Bayes methods for assessing differential expression in
    microarray experiments", section 6.2.
    """
    floored = np.maximum(variances, LEAST_NOISE**2)
    if len(floored) < 3:
        return floored, freedom
    # The logarithms need a floor of their own, far lower: cut off at rounding, the prior would be too high.
    logs = np.log(np.maximum(variances, LEAST_LOGGED**2))
    shifted = logs - digamma(freedom / 2.0) + np.log(freedom / 2.0)
    prior_freedom = _prior_freedom(float(shifted.var(ddof=1) - polygamma(1, freedom / 2.0).mean()))
    if prior_freedom == MOST_PRIOR:
        prior = freedom @ variances / freedom.sum()
    else:
        prior = np.exp(shifted.mean() + digamma(prior_freedom / 2.0) - np.log(prior_freedom / 2.0))
    prior = max(float(prior), LEAST_NOISE**2)
    total = prior_freedom + freedom
    return np.asarray((prior_freedom * prior + freedom * floored) / total), np.asarray(total)


def _prior_freedom(excess: float) -> float:
    """Solve trigamma(d / 2) = excess by bisection; the most where the spread is no more than sampling's."""
    low, high = 0.05, MOST_PRIOR
    if excess <= float(polygamma(1, high / 2.0)):
        return high
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if float(polygamma(1, middle / 2.0)) > excess else (low, middle)
    return low
