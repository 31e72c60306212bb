"""Two gains -> one mutual score."""

from __future__ import annotations

import numpy as np

from matcher.arrays import Floats


def mutual_score(seeker_gain: Floats, candidate_gain: Floats, *, calibrated: bool = False) -> Floats:
    """Return the harmonic mean of two gains, or their product where they are probabilities.

    Parameters
    ----------
    seeker_gain, candidate_gain : ndarray, same shape
        In [0, 1].
    calibrated : bool, default False
        Whether gains are the probabilities that each side agrees: their product is then the
        probability that both do.

    Returns
    -------
    mutual : ndarray, same shape
        In [0, 1]; 0 where either gain is 0. Symmetric: yes. Never above twice the smaller gain, so
        a one-sided pair cannot hide behind its better half, as it could in an arithmetic mean.

    References
    ----------
    Pizzato et al. (2013), "Recommending people to people", for the harmonic mean.
    """
    if calibrated:
        return np.asarray(seeker_gain * candidate_gain)
    total = seeker_gain + candidate_gain
    product = 2.0 * seeker_gain * candidate_gain
    return np.divide(product, total, out=np.zeros_like(total), where=total > 0)
