"""What to talk about before a partnership, and what nobody has said yet."""

from __future__ import annotations

import math
from typing import Final

import pandas as pd
from pandas._libs.tslibs.nattype import NaTType

from matcher.columns import Profile
from matcher.documents.language import Voice
from matcher.explanations.pair import Pair, Party

COLLISION: Final = 0.3
"""Conflict score from which a collision is named."""
ONE_SIDED: Final = 0.6
"""Smaller over larger gain under which a pair is called one-sided."""
ONE_SIDED_CHANCES: Final = 0.2
"""The same for gains that are probabilities, which are mostly small and spread over powers of ten."""
STALE_YEARS: Final = 2.0
"""Age of a profile from which it is called stale."""
SOUGHT_AFTER: Final = 0.95
"""Share of the pool above which a candidate is called heavily sought-after."""
UNLIKE_GOALS: Final = 0.15
"""Likeness of short-term goals, or of working styles, under which they are called different."""


def concerns(pair: Pair, as_of: pd.Timestamp | NaTType, voice: Voice) -> list[str]:
    """Return what speaks against a pair or must be discussed, the gravest first.

    Parameters
    ----------
    pair : Pair
        The pair as the seeker sees it.
    as_of : Timestamp
        Date from which the age of a profile is counted; NaT where none is known.
    voice : Voice
        Language.

    Returns
    -------
    concerns : list of str
        May be empty.
    """
    told = [
        *_flag(pair, voice),
        *_collision(pair, voice),
        *_one_sided(pair, voice),
        *_language(pair, voice),
        *_record(pair, as_of, voice),
        *_market(pair, voice),
        *_differences(pair, voice),
    ]
    return list(told)


def unknowns(pair: Pair, voice: Voice) -> list[str]:
    """Return what each side leaves unsaid that a score would need."""
    told = []
    theirs, yours = _unsaid(pair.candidate, voice), _unsaid(pair.seeker, voice)
    if theirs:
        told.append(voice.say("they do not say: {fields}", fields=voice.listing(theirs)))
    if yours:
        told.append(voice.say("you do not say: {fields}", fields=voice.listing(yours)))
    return told


def _flag(pair: Pair, voice: Voice) -> list[str]:
    told = []
    messages = {
        "observation": "they are under observation",
        "yellow": "they carry a yellow flag",
    }
    if message := messages.get(pair.candidate.record[Profile.FLAG]):
        told.append(voice.say(message))
    if pair.seeker.record[Profile.FLAG] in ("yellow", "red"):
        told.append(voice.say("you carry a flag yourself; they will ask about it"))
    return told


def _collision(pair: Pair, voice: Voice) -> list[str]:
    if not pair.seeker_components["conflict"] >= COLLISION:
        return []
    return [voice.say("both sell like products to like markets; agree first who serves whom")]


def _one_sided(pair: Pair, voice: Voice) -> list[str]:
    low, high = sorted((pair.seeker_gain, pair.candidate_gain))
    if low >= (ONE_SIDED_CHANCES if pair.calibrated else ONE_SIDED) * high:
        return []
    if pair.seeker_gain > pair.candidate_gain:
        return [voice.say("one-sided: you gain more than they do; think of what you can bring")]
    return [voice.say("one-sided: they gain more than you do; ask for what you need")]


def _language(pair: Pair, voice: Voice) -> list[str]:
    ours, theirs = pair.seeker.record[Profile.LANGUAGES], pair.candidate.record[Profile.LANGUAGES]
    if not ours or not theirs or set(ours) & set(theirs):
        return []
    return [voice.say("no shared language")]


def _record(pair: Pair, as_of: pd.Timestamp | NaTType, voice: Voice) -> list[str]:
    told = []
    updated = pair.candidate.record[Profile.UPDATED]
    if not pd.isna(updated) and (as_of - updated).days > STALE_YEARS * 365.25:
        told.append(
            voice.say("their profile is old: updated {date}; ask what has changed", date=voice.date(updated))
        )
    if not pair.candidate.record[Profile.EVIDENCE]:
        told.append(voice.say("they give no evidence for what they say"))
    return told


def _market(pair: Pair, voice: Voice) -> list[str]:
    if pair.sought_after < SOUGHT_AFTER:
        return []
    return [voice.say("heavily sought-after: many others would like to work with them")]


def _differences(pair: Pair, voice: Voice) -> list[str]:
    told = []
    if _unlike(pair.goals_short):
        told.append(voice.say("short-term goals differ: speak about what comes first"))
    if _unlike(pair.seeker_components["culture"]):
        told.append(voice.say("ways of working differ: a point to discuss"))
    return told


def _unlike(likeness: float) -> bool:
    return not math.isnan(likeness) and likeness < UNLIKE_GOALS


def _unsaid(party: Party, voice: Voice) -> list[str]:
    """Return the names of the parts of a profile that are empty, in the reader's language."""
    record = party.record
    purposes = (record[Profile.VISION], record[Profile.MISSION], *record[Profile.VALUES])
    said = {
        "purpose": any(_has_words(text) for text in purposes),
        "needs": bool(record[Profile.NEEDS]),
        "offers": bool(record[Profile.OFFERS]),
        "goals": _has_words(record[Profile.GOALS_SHORT] + record[Profile.GOALS_LONG]),
        "indicators": _has_words(record[Profile.INDICATORS]),
        "languages": bool(record[Profile.LANGUAGES]),
        "date of the profile": not pd.isna(record[Profile.UPDATED]),
    }
    return [voice.say(name) for name, is_said in said.items() if not is_said]


def _has_words(text: str) -> bool:
    """Tell whether a text says anything that can be compared: emoji and signs do not."""
    return any(sign.isalnum() for sign in text)
