"""Weighted means that leave out what is not known."""

from collections.abc import Sequence

import numpy as np

from matcher.arrays import Floats


def blend(parts: Sequence[tuple[float, Floats]]) -> Floats:
    """Average matrices by share, leaving out the NaN of each; NaN where every part is NaN.

    Parameters
    ----------
    parts : sequence of (share, ndarray of shape (n_seekers, n_candidates))
        Shares are >= 0 and need not sum to 1.

    Returns
    -------
    scores : ndarray of shape (n_seekers, n_candidates)
        Inside the range of the known parts.
    """
    total = np.zeros_like(parts[0][1])
    known_share = np.zeros_like(total)
    for share, scores in parts:
        known = ~np.isnan(scores)
        total += np.where(known, share * scores, 0.0)
        known_share += share * known
    return np.divide(total, known_share, out=np.full_like(total, np.nan), where=known_share > 0)
