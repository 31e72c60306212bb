"""`trust`: how far the seeker can rely on the candidate."""

from typing import Final

import numpy as np

from matcher.arrays import Floats
from matcher.features.component import Context, blend
from matcher.features.organisations import Organisations

EVIDENCE: Final = 0.5
FRESHNESS: Final = 0.2
TIES: Final = 0.3
NEUTRAL: Final = 0.5
"""Trust, before its flag lowers it, in a flagged candidate of which nothing else is known."""


def score(seekers: Organisations, candidates: Organisations, context: Context) -> Floats:
    """Evidence, freshness and earlier joint work, lowered by a flag.

    Earlier joint work helps most at `config.trust.best_ties` works. NaN where the candidate gives
    neither evidence nor a date and there is no history.

    References
    ----------
    Inverted U of familiarity: Gulati (1995), Uzzi (1997); the form x exp(1 - x) is our own.
    """
    shape = (len(seekers), len(candidates))
    unknown = np.isnan(candidates.freshness) & (candidates.evidence == 0.0)
    evidence = np.where(unknown, np.nan, candidates.evidence)
    ties = context.ties(seekers.tie_ids, candidates.tie_ids)
    parts = [
        (EVIDENCE, np.broadcast_to(evidence, shape)),
        (FRESHNESS, np.broadcast_to(candidates.freshness, shape)),
    ]
    if context.history is not None:
        familiar = familiarity(ties, context.config.trust.best_ties)
        # Without evidence and date, no tie is unknown rather than 0.
        parts.append((TIES, np.where(unknown[None, :] & (ties == 0.0), np.nan, familiar)))
    trust, factor = blend(*parts), candidates.flag_factor[None, :]
    return np.where(np.isnan(trust) & (factor < 1.0), NEUTRAL, trust) * factor


def familiarity(ties: Floats, best: float) -> Floats:
    """Inverted U: 0 without earlier joint work, 1 at `best` ties, falling slowly after."""
    share = ties / best
    return np.asarray(share * np.exp(1.0 - share))
