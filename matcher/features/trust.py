"""`trust`: how far the seeker can rely on the candidate."""

from typing import Final

import numpy as np

from matcher.arrays import Floats, Positions
from matcher.features.component import Context, blend
from matcher.features.organisations import Organisations

EVIDENCE: Final = 0.5
FRESHNESS: Final = 0.2
TIES: Final = 0.3
NEUTRAL: Final = 0.5  # trust, before its flag lowers it, in one of which nothing else is known


def both(
    seekers: Organisations, candidates: Organisations, context: Context, columns: Positions
) -> tuple[Floats, Floats]:
    """Evidence, freshness and joint work (inverted U: Gulati 1995, Uzzi 1997), lowered by a flag.

    NaN where the candidate gives neither evidence nor a date and there is no history.
    """
    ties = np.take_along_axis(context.ties(seekers.tie_ids, candidates.tie_ids), columns, axis=1)
    # A seeker relies on what is known of the candidate.
    return _trust(candidates, columns, ties, context), _trust(seekers, np.s_[:, None], ties, context)


def _trust(side: Organisations, at: Positions | tuple[slice, None], ties: Floats, context: Context) -> Floats:
    """Return the trust in one side of pairs, at some positions, broadcast to the shape of `ties`."""
    evidence, freshness, factor = side.evidence[at], side.freshness[at], side.flag_factor[at]
    unknown = np.isnan(freshness) & (evidence == 0.0)
    known = np.where(unknown, np.nan, evidence)
    weighed = (EVIDENCE, known), (FRESHNESS, freshness)
    parts = [(share, np.broadcast_to(fact, ties.shape)) for share, fact in weighed]
    if context.history is not None:
        familiar = familiarity(ties, context.config.trust.best_ties)
        # Without evidence and date, no tie is unknown rather than 0.
        parts.append((TIES, np.where(unknown & (ties == 0.0), np.nan, familiar)))
    trust = blend(*parts)
    return np.where(np.isnan(trust) & (factor < 1.0), NEUTRAL, trust) * factor


def familiarity(ties: Floats, best: float) -> Floats:
    """Inverted U: 0 without earlier joint work, 1 at `best` ties, falling slowly after."""
    share = ties / best
    return np.asarray(share * np.exp(1.0 - share))
