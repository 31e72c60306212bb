"""Why a pair serves one of its sides: the components that stand out, with the texts behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from matcher.columns import Profile
from matcher.explanations.matches import ALIKE, MAX_PASSAGES, Pair, closest_passages, match_needs
from matcher.explanations.remarks import Remark, signal_of
from matcher.explanations.words import WordMatcher

MAX_REASONS: Final = 4
MAX_MEETINGS: Final = 2
"""Need-offer pairs named in the reasons."""
MAY_ANSWER: Final = 0.25
"""Likeness from which an offer of the needed category is named as a possible answer."""
SAME_FIELD: Final = 0.4
"""`topic` from which two organisations are said to work in the same field.

Two chance pairs of the demo in a hundred reach it; three in four judged pairs that do are of one field.
"""
WORDLESS: Final = 0.6
"""Cosine from which passages are quoted that have no word in common, in either language."""
LEAST_TOPICS: Final = 2
"""Words that name the field, at least."""
STANDS_OUT: Final = 0.75
"""Share of the pool's pairs that a gain must be above for that to be a reason."""
OF_BOTH: Final = ("partners", "same", "ratio", "pairs")
"""Remarks on signals with one wording for both sides."""
OTHER: Final = {True: "their_", False: "your_"}
"""Beginning of codes of what the other side brings, by whether the seeker gains."""


def reasons(
    pair: Pair,
    typical: Mapping[str, float],
    weights: Mapping[str, float],
    words: WordMatcher,
    *,
    ours: bool = True,
) -> list[Remark]:
    """Return why the pair serves one of its sides, the strongest reason first.

    A component is a reason when it is known, carries weight and lies above what is usual in the
    pool; they are ordered by weight x excess.

    Parameters
    ----------
    pair : Pair
        The pair as the side sees it: turned for the candidate.
    typical, weights : mapping of str to float
        The pool's mean and the weight of each feature.
    words : WordMatcher
        Of the pool.
    ours : bool, default True
        Whether the side is the seeker, to whom remarks are worded.

    Returns
    -------
    reasons : list of Remark
        At most `MAX_REASONS`, and how high the gain is if it is high; may be empty.
    """
    excess = {
        name: weights.get(name, 0.0) * (value - typical[name])
        for name, value in pair.seeker.features.items()
        if not math.isnan(value) and not math.isnan(typical[name])
    }
    standing_out = sorted((name for name in excess if excess[name] > 0), key=lambda name: -excess[name])
    found: list[Remark] = []
    for name in standing_out:
        if name in _REASONS and len(found) < MAX_REASONS:
            found += _REASONS[name](pair, words, ours)
    signals = signal_remarks(standing_out, ours=ours)
    # What can be checked in both profiles comes first; what the past suggests fills the room left.
    return [*[*found, *signals][:MAX_REASONS], *_gain(pair, ours)]


def signal_remarks(names: Iterable[str], *, ours: bool) -> list[Remark]:
    """Return one remark per kind of signal, in the order of the first signal of each.

    Parameters
    ----------
    names : iterable of str
        Features that stand out, the strongest first; components give no remark here.
    ours : bool
        As for `reasons`.
    """
    columns: dict[str, dict[str, None]] = {}
    for name in names:
        _, code, column = signal_of(name)
        if code:
            listed = columns.setdefault(code if code in OF_BOTH else OTHER[ours] + code, {})
            listed |= {column: None} if column else {}
    return [Remark(code, {"columns": tuple(listed)} if listed else {}) for code, listed in columns.items()]


def _gain(pair: Pair, ours: bool) -> list[Remark]:
    """Return how high the gain is: a probability where it was calibrated, else a percentile."""
    if not pair.seeker.percentile >= STANDS_OUT:
        return []
    code, share = ("chance", pair.seeker.gain) if pair.calibrated else ("percentile", pair.seeker.percentile)
    return [Remark(OTHER[not ours] + code, {"share": share})]


def _quoting(
    code: str, names: tuple[str, str], pair: Pair, texts: tuple[str, str], words: WordMatcher, ours: bool
) -> Remark:
    """Return a remark on a text of the side that gains and one of the other, named in this order.

    Words are given in the order of seeker and candidate.
    """
    quotes = words.quotes(pair, *texts)
    pairs = quotes.words if ours else tuple((one, other) for other, one in quotes.words)
    parts = {names[0]: quotes.ours, names[1]: quotes.theirs}
    return Remark(code, {**parts, "words": pairs} if pairs else parts)


def _passages(code: str, *fields: str) -> Reason:
    """Return a function that quotes the closest passages of the first field that has any."""

    def remarks(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
        names = ("yours", "theirs") if ours else ("theirs", "yours")
        for field in fields:
            one, other = getattr(pair.seeker.encoded, field), getattr(pair.candidate.encoded, field)
            for row, column, cosine in closest_passages(one, other, MAX_PASSAGES):
                texts = str(one.texts[row]), str(other.texts[column])
                if cosine >= WORDLESS or words.specific(pair, *texts):
                    return [_quoting(code, names, pair, texts, words, ours)]
        return []

    return remarks


def _topic(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    """Return the words that name the field of both, where it is the same one."""
    if pair.seeker.features["topic"] < SAME_FIELD:
        return []
    found = words.topics(pair if ours else pair.turned())
    return [Remark("topic", {"words": found})] if len(found) >= LEAST_TOPICS else []


def _expectations(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    """Return the closest indicators, else that both state goals for the same horizons."""
    stated, others = (
        [side.encoded.goals_short.counts[0] > 0, side.encoded.goals_long.counts[0] > 0]
        for side in (pair.seeker, pair.candidate)
    )
    return _passages("indicators", "indicators")(pair, words, ours) or [Remark("horizon")] * (
        stated == others
    )


def _complementarity(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    """Return the needs that are met most, by importance, of those of which the texts too are near."""
    found = []
    for match in match_needs(pair.seeker.encoded.needs, pair.candidate.encoded.offers):
        if match.likeness < (MAY_ANSWER if match.has_same_category else ALIKE):
            continue
        texts = match.need, match.offer
        # What only shares a quantity or a month answers nothing.
        if words.specific(pair, *texts) or not words.matches(pair, *texts):
            code = OTHER[ours] + ("offer" if match.is_answered else "possible_offer")
            found.append(_quoting(code, ("need", "offer"), pair, texts, words, ours))
    return found[:MAX_MEETINGS]


def _communication(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    one, other = pair.seeker.record, pair.candidate.record
    shared = tuple(code for code in one[Profile.LANGUAGES] if code in other[Profile.LANGUAGES])
    found = [Remark("shared_language", {"languages": shared})] if shared else []
    if pair.seeker.encoded.regions[0] and pair.seeker.encoded.regions[0] == pair.candidate.encoded.regions[0]:
        found.append(Remark("same_region", {"region": other[Profile.REGION]}))
    return found


def _trust(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    n_claims = len(pair.candidate.record[Profile.EVIDENCE])
    numbers = {"earlier_works": pair.ties, f"{OTHER[ours]}evidence": n_claims}
    return [Remark(code, {"number": number}) for code, number in numbers.items() if number]


Reason = Callable[[Pair, WordMatcher, bool], list[Remark]]
_REASONS: Final[Mapping[str, Reason]] = {
    "topic": _topic,
    "values": _passages("purpose", "passages"),
    "complementarity": _complementarity,
    "goals": _passages("goals", "goals_long", "goals_short"),
    "expectations": _expectations,
    "communication": _communication,
    "trust": _trust,
    "culture": _passages("working_style", "styles"),
}
"""What each component gives as reasons, from the pair as the side that gains sees it."""
