"""Why a pair serves one of its sides: the components that stand out, with the texts behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from matcher.columns import Profile
from matcher.documents.language import Voice, quote
from matcher.explanations.pair import Pair
from matcher.explanations.signals import tell_signals
from matcher.features.complementarity import meeting
from matcher.features.ragged import Ragged

MAX_REASONS: Final = 4
MAX_MEETINGS: Final = 2
"""Need-offer pairs named in one reason."""
ALIKE: Final = 0.4
"""Cosine from which two passages are quoted as close: one random pair in a thousand reaches it."""
ANSWERS: Final = 0.4
"""Cosine from which an offer is named as an answer to a need; one random pair in a thousand reaches it."""
MAY_ANSWER: Final = 0.25
"""Cosine from which an offer of the needed category is named as a possible answer."""
STANDS_OUT: Final = 0.75
"""Share of the pool's pairs that a gain must be above for that to be a reason."""

Teller = Callable[[Pair, Voice, bool], list[str]]


def reasons(
    pair: Pair, typical: Mapping[str, float], weights: Mapping[str, float], voice: Voice
) -> list[str]:
    """Return why the pair serves its seeker, the strongest reason first.

    A component is a reason when it is known, carries weight and lies above what is usual in the
    pool; they are ordered by weight x excess.

    Parameters
    ----------
    pair : Pair
        The pair as this seeker sees it.
    typical, weights : mapping of str to float
        The pool's mean and the weight of each component.
    voice : Voice
        Language.

    Returns
    -------
    reasons : list of str
        At most `MAX_REASONS`, and where the gain stands if that is high; may be empty.
    """
    return _tell(pair, typical, weights, voice, ours=True)


def reasons_for_candidate(
    pair: Pair, typical: Mapping[str, float], weights: Mapping[str, float], voice: Voice
) -> list[str]:
    """Return why the pair serves its candidate, told to the seeker; else like `reasons`."""
    return _tell(pair.turned(), typical, weights, voice, ours=False)


def _tell(
    pair: Pair, typical: Mapping[str, float], weights: Mapping[str, float], voice: Voice, *, ours: bool
) -> list[str]:
    seen = {**pair.seeker_components, **pair.seeker_signals}
    excess = {
        name: weights.get(name, 0.0) * (value - typical[name])
        for name, value in seen.items()
        if not math.isnan(value) and not math.isnan(typical[name])
    }
    standing_out = sorted((name for name in excess if excess[name] > 0), key=lambda name: -excess[name])
    told = [
        sentence
        for name in standing_out
        if name in _TELLERS
        for sentence in _TELLERS[name](pair, voice, ours)
    ]
    signals = [name for name in standing_out if name in pair.seeker_signals]
    # What can be checked in both profiles comes first; what the past suggests fills the room left.
    listed = [*told[:MAX_REASONS], *tell_signals(signals, voice, ours=ours)][:MAX_REASONS]
    return [*listed, *_tell_standing(pair, voice, ours)]


def _tell_standing(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    """Say where the gain stands: a probability where it was calibrated, else a percentile."""
    if not pair.seeker_percentile >= STANDS_OUT:
        return []
    if pair.calibrated:
        share = voice.percent(pair.seeker_gain)
        message = "chance that you agree: about {share}" if ours else "chance that they agree: about {share}"
    else:
        share = voice.percent(pair.seeker_percentile)
        message = (
            "more for you than {share} of the pairs in this pool"
            if ours
            else "more for them than {share} of the pairs in this pool"
        )
    return [voice.say(message, share=share)]


def _tell_values(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    closest = closest_texts(pair.seeker.side.passages, pair.candidate.side.passages)
    message = "close in purpose: yours “{yours}”, theirs “{theirs}”"
    return [voice.say(message, **_whose(closest, ours))] if closest else []


def _tell_goals(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    message = "goals in one direction: yours “{yours}”, theirs “{theirs}”"
    for field in ("goals_long", "goals_short"):
        closest = closest_texts(getattr(pair.seeker.side, field), getattr(pair.candidate.side, field))
        if closest:
            return [voice.say(message, **_whose(closest, ours))]
    return []


def _tell_expectations(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    closest = closest_texts(pair.seeker.side.indicators, pair.candidate.side.indicators)
    if closest:
        return [voice.say("like indicators: yours “{yours}”, theirs “{theirs}”", **_whose(closest, ours))]
    return [voice.say("both plan in the same horizon")] if _same_horizon(pair) else []


def _tell_complementarity(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    told = []
    for need, offer, is_answered in met_needs(pair):
        if ours and is_answered:
            message = "they offer “{offer}” for your need “{need}”"
        elif ours:
            message = "their offer “{offer}” may answer your need “{need}”"
        elif is_answered:
            message = "you offer “{offer}” for their need “{need}”"
        else:
            message = "your offer “{offer}” may answer their need “{need}”"
        told.append(voice.say(message, need=quote(need), offer=quote(offer)))
    return told


def _tell_communication(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    ours_, theirs = pair.seeker.record, pair.candidate.record
    told = []
    shared = [code for code in ours_[Profile.LANGUAGES] if code in theirs[Profile.LANGUAGES]]
    if shared:
        told.append(
            voice.say(
                "shared language: {languages}", languages=voice.listing([voice.language(c) for c in shared])
            )
        )
    if pair.seeker.side.regions[0] and pair.seeker.side.regions[0] == pair.candidate.side.regions[0]:
        told.append(voice.say("same region: {region}", region=quote(theirs[Profile.REGION])))
    return told


def _tell_trust(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    told = []
    if pair.ties:
        told.append(
            voice.count(
                "you worked together once before", "you worked together {number} times before", pair.ties
            )
        )
    claims = len(pair.candidate.record[Profile.EVIDENCE])
    if claims and ours:
        told.append(
            voice.count(
                "they give {number} piece of evidence", "they give {number} pieces of evidence", claims
            )
        )
    elif claims:
        told.append(
            voice.count("you give {number} piece of evidence", "you give {number} pieces of evidence", claims)
        )
    return told


def _tell_culture(pair: Pair, voice: Voice, ours: bool) -> list[str]:
    closest = closest_texts(pair.seeker.side.styles, pair.candidate.side.styles)
    message = "like ways of working: yours “{yours}”, theirs “{theirs}”"
    return [voice.say(message, **_whose(closest, ours))] if closest else []


_TELLERS: Final[dict[str, Teller]] = {
    "values": _tell_values,
    "complementarity": _tell_complementarity,
    "goals": _tell_goals,
    "expectations": _tell_expectations,
    "communication": _tell_communication,
    "trust": _tell_trust,
    "culture": _tell_culture,
}


def closest_texts(ours: Ragged, theirs: Ragged) -> tuple[str, str] | None:
    """Return the most alike pair of texts of two organisations; None where no two are `ALIKE`."""
    if not len(ours.vectors) or not len(theirs.vectors):
        return None
    likeness = ours.vectors @ theirs.vectors.T
    row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
    if likeness[row, column] < ALIKE:
        return None
    return str(ours.texts[row]), str(theirs.texts[column])


def met_needs(pair: Pair) -> list[tuple[str, str, bool]]:
    """Return (need of the seeker, best offer of the candidate, whether it is an answer beyond doubt).

    By importance x how far the need is met; only those of which the texts too speak of the same.
    """
    needs, offers = pair.seeker.side.needs, pair.candidate.side.offers
    if not len(needs.weights) or not len(offers.weights):
        return []
    met = meeting(needs, offers)
    every, best = np.arange(len(met)), met.argmax(axis=1)
    likeness = (needs.items.vectors * offers.items.vectors[best]).sum(axis=1)
    same = (needs.categories == offers.categories[best]) & (needs.categories != "")
    order = np.argsort(-needs.weights * met[every, best], kind="stable")
    return [
        (str(needs.items.texts[need]), str(offers.items.texts[best[need]]), bool(likeness[need] >= ANSWERS))
        for need in order
        if likeness[need] >= (MAY_ANSWER if same[need] else ANSWERS)
    ][:MAX_MEETINGS]


def _same_horizon(pair: Pair) -> bool:
    """Whether both state goals for the same horizons."""
    ours, theirs = pair.seeker.side, pair.candidate.side
    return all(
        (getattr(ours, field).counts[0] > 0) == (getattr(theirs, field).counts[0] > 0)
        for field in ("goals_short", "goals_long")
    )


def _whose(texts: tuple[str, str], ours: bool) -> dict[str, str]:
    """Name the two texts from the reader's side: the reader is always the seeker of the list."""
    yours, theirs = texts if ours else texts[::-1]
    return {"yours": quote(yours), "theirs": quote(theirs)}
