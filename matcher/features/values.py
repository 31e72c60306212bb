"""`values`: do vision, mission and values point the same way?"""

import numpy as np

from matcher.features.context import Context
from matcher.features.ragged import Floats, best_match
from matcher.features.sides import Side


def score(seekers: Side, candidates: Side, context: Context) -> Floats:
    """Mix of best-matching passages, whole-text cosine and TF-IDF.

    Parameters
    ----------
    seekers, candidates : Side
        n_seekers and n_candidates organisations.
    context : Context
        `config.values` holds the shares.

    Returns
    -------
    scores : ndarray of shape (n_seekers, n_candidates)
        In [0, 1]; NaN where either side has no vision, mission or values. Symmetric: no, the mean
        runs over the seeker's passages.

    References
    ----------
    Own definition, measured in docs/benchmarks.md.
    """
    shares = context.config.values
    total = shares.passages + shares.whole + shares.lexical
    passages = best_match(seekers.passages, candidates.passages)
    whole = np.maximum(seekers.passages.means() @ candidates.passages.means().T, 0.0)
    lexical = np.asarray((seekers.lexical @ candidates.lexical.T).todense())
    # The square root brings TF-IDF cosines, mostly below .2, to the scale of the other two parts.
    mixed = shares.passages * passages + shares.whole * whole + shares.lexical * np.sqrt(lexical)
    return np.asarray(mixed / total)
