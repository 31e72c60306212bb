"""Concerns about a pair, and what its profiles leave unstated."""

from __future__ import annotations

from typing import Final

import pandas as pd
from pandas.api.typing import NaTType

from matcher.columns import Profile
from matcher.documents.language import N_
from matcher.encoders.encoder import has_substance
from matcher.explanations.matches import Pair, PairSide
from matcher.explanations.remarks import Remark

COLLISION: Final = 0.3
"""Conflict score from which competition is a concern."""
ONE_SIDED: Final = 0.6
"""Smaller over larger gain under which a pair is called one-sided."""
ONE_SIDED_PROBABILITIES: Final = 0.2
"""The same for gains that are probabilities, which are mostly small and spread over powers of ten."""
STALE_YEARS: Final = 2.0
"""Age of a profile from which it is called stale."""
SOUGHT_AFTER: Final = 0.95
"""Share of the pool above which a candidate is called heavily sought-after."""
UNLIKE_GOALS: Final = 0.15
"""Likeness of short-term goals, or of working styles, under which they are called different."""


def concerns(pair: Pair, as_of: pd.Timestamp | NaTType) -> list[Remark]:
    """Return what must be discussed before a partnership, the most serious first.

    Parameters
    ----------
    pair : Pair
        The pair as the seeker sees it.
    as_of : Timestamp
        Date from which the age of a profile is counted; NaT where none is known.

    Returns
    -------
    concerns : list of Remark
        May be empty.
    """
    ours, theirs = pair.seeker.record, pair.candidate.record
    languages = ours[Profile.LANGUAGES], theirs[Profile.LANGUAGES]
    updated = theirs[Profile.UPDATED]
    low, high = sorted((pair.seeker.gain, pair.candidate.gain))
    is_one_sided = low < (ONE_SIDED_PROBABILITIES if pair.calibrated else ONE_SIDED) * high
    found = {
        "observation": theirs[Profile.FLAG] == "observation",
        "yellow_flag": theirs[Profile.FLAG] == "yellow",
        "your_flag": ours[Profile.FLAG] in ("yellow", "red"),
        "competition": pair.seeker.features["conflict"] >= COLLISION,
        "you_gain_more": is_one_sided and pair.seeker.gain > pair.candidate.gain,
        "they_gain_more": is_one_sided and pair.seeker.gain <= pair.candidate.gain,
        "no_shared_language": all(languages) and not set(languages[0]) & set(languages[1]),
        "old_profile": not pd.isna(updated) and (as_of - updated).days > STALE_YEARS * 365.25,
        "no_evidence": not theirs[Profile.EVIDENCE],
        "sought_after": pair.sought_after >= SOUGHT_AFTER,
        "goals_differ": pair.goals_short < UNLIKE_GOALS,
        "working_styles_differ": pair.seeker.features["culture"] < UNLIKE_GOALS,
    }
    parts = {"old_profile": {"date": updated}}
    return [Remark(code, parts.get(code, {})) for code, is_so in found.items() if is_so]


def unknowns(pair: Pair) -> list[Remark]:
    """Return the fields that each side leaves empty and that a score would need."""
    empty = {"they_do_not_say": _empty_fields(pair.candidate), "you_do_not_say": _empty_fields(pair.seeker)}
    return [Remark(code, {"fields": fields}) for code, fields in empty.items() if fields]


def _empty_fields(side: PairSide) -> tuple[str, ...]:
    record = side.record
    purposes = (record[Profile.VISION], record[Profile.MISSION], *record[Profile.VALUES])
    is_given = {
        N_("purpose"): any(has_substance(text) for text in purposes),
        N_("needs"): bool(record[Profile.NEEDS]),
        N_("offers"): bool(record[Profile.OFFERS]),
        N_("goals"): has_substance(record[Profile.GOALS_SHORT] + record[Profile.GOALS_LONG]),
        N_("indicators"): has_substance(record[Profile.INDICATORS]),
        N_("languages"): bool(record[Profile.LANGUAGES]),
        N_("date of the profile"): not pd.isna(record[Profile.UPDATED]),
    }
    return tuple(name for name, given in is_given.items() if not given)
