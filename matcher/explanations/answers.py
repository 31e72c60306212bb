"""How far an offer answers a need, in three steps that a reader can act on."""

from __future__ import annotations

from typing import Final, Literal

from matcher.explanations.matches import NeedMatch

Standing = Literal["answered", "possible", "open"]

LIKELY: Final = 0.2
"""Cosine from which an offer of the needed category is shown as a possible answer.

Own definition. In the judged pairs of the demo most such offers do fit when read; of other categories so
few do that more likeness (`LIKELY_OTHER`) is asked of them.
"""
LIKELY_OTHER: Final = 0.3
"""The same for an offer of another category."""


def standing_of(match: NeedMatch) -> Standing:
    """Tell whether the closest offer answers a need.

    Parameters
    ----------
    match : NeedMatch

    Returns
    -------
    standing : {"answered", "possible", "open"}
        "answered" where the texts speak of the same; "possible" where they are near: somebody must read
        both; else "open". An offer that a reason names is never "open".
    """
    if match.is_answered:
        return "answered"
    is_same = match.category != "" and match.category == match.offer_category
    return "possible" if match.likeness >= (LIKELY if is_same else LIKELY_OTHER) else "open"


def most_open(needs: tuple[NeedMatch, ...]) -> NeedMatch | None:
    """Return the need of which most is left to be met, by importance; None where there is none."""
    return max(needs, key=lambda match: match.importance * (1.0 - match.met), default=None)
