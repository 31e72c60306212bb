"""Why a pair serves one of its sides: what was found in both profiles, with the texts behind it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from itertools import islice
from typing import Any, Final

from matcher.columns import Profile
from matcher.explanations.matches import MAX_PASSAGES, NEAR, Pair, closest_passages, match_needs, read_match
from matcher.explanations.organisation import Trait, traits_of
from matcher.explanations.remarks import Remark, signal_of
from matcher.explanations.words import MOST, WordMatcher

MAX_REASONS: Final = 4
MAX_MEETINGS: Final = 2
"""Need-offer pairs named in the reasons."""
SAME_FIELD: Final = 0.22
"""How far `topic` must be above the pool's mean for two organisations to be said to work in one field.

Of 48 such reasons that were read, all of the 22 above it were right, and 15 of the 26 below.
"""
LIKE_FIELD: Final = 0.12
"""The same for the words in common to be named, of which there must then be `MOST`."""
LEAST_TOPICS: Final = 2
"""Words that name the field, at least."""
RARE: Final = 0.2
"""Share of the pool's pairs up to which a language or a region that two share is named."""
STANDS_OUT: Final = 0.75
"""Share of the pool's pairs that a gain must be above for that to be a reason."""
OF_BOTH: Final = ("partners", "same", "ratio", "pairs")
"""Remarks on signals with one wording for both sides."""
OTHER: Final = {True: "their_", False: "your_"}
"""Beginning of codes of what the other side brings, by whether the seeker gains."""


def reasons(
    pair: Pair,
    typical: Mapping[str, float],
    slopes: Mapping[str, float],
    words: WordMatcher,
    rare: Set[Trait] = frozenset(),
    *,
    ours: bool = True,
) -> list[Remark]:
    """Return at most `MAX_REASONS` why the pair serves one of its sides, and a high probability of it.

    A component gives a reason when it is known, counts, and lies above what is usual in the pool: needs
    that are answered first, then the field of both, then passages. Signals of a learned ranker follow, then
    the `rare` traits that both have, and evidence; where there is nothing specific, a remark says so. For the
    candidate the pair is turned, and `ours` false; `slopes` are what a unit of each feature counts.
    """
    excess = {
        name: slopes.get(name, 0.0) * (value - typical[name])
        for name, value in pair.seeker.features.items()
        if not math.isnan(value) and not math.isnan(typical[name])
    }
    standing_out = sorted((name for name in excess if excess[name] > 0), key=lambda name: -excess[name])
    above = pair.seeker.features["topic"] - typical["topic"]
    candidates = (
        remark
        for name, reason in _REASONS.items()
        if name in standing_out and (name not in OF_ONE_FIELD or above >= OF_ONE_FIELD[name])
        for remark in reason(pair, words, ours)
        if remark.code != "topic" or above >= SAME_FIELD or len(remark.parts["words"]) >= MOST
    )
    found = [*islice(candidates, MAX_REASONS)]
    found += signal_remarks(standing_out, ours=ours)
    if not found:
        return [Remark("nothing_specific"), *_gain(pair, ours)]
    found += _shared(pair, rare)
    if number := pair.candidate.organisation.n_sourced:
        found.append(Remark(f"{OTHER[ours]}evidence", {"number": number}))
    return [*found[:MAX_REASONS], *_gain(pair, ours)]


def rare_traits(records: Sequence[Mapping[str, Any]]) -> frozenset[Trait]:
    """Return the traits that at most `RARE` of the pairs of a pool share, by its canonical records."""
    counts = Counter(trait for record in records for trait in traits_of(record))
    return frozenset(trait for trait, number in counts.items() if (number / len(records)) ** 2 <= RARE)


def _shared(pair: Pair, rare: Set[Trait]) -> list[Remark]:
    """Return the rare traits that both have."""
    one, other = pair.sides
    both = [trait for trait in one.traits if trait in rare and trait in other.traits]
    parts: dict[str, dict[str, Any]] = {code: {} for code, _ in both}
    if languages := tuple(value for code, value in both if code == "shared_language"):
        parts["shared_language"] = {"languages": languages}
    if "same_region" in parts:
        parts["same_region"] = {"region": other.record[Profile.REGION]}
    return [Remark(code, named) for code, named in parts.items()]


def signal_remarks(names: Iterable[str], *, ours: bool) -> list[Remark]:
    """Return one remark per kind of signal among features that stand out, in their order."""
    columns: dict[str, dict[str, None]] = {}
    for name in names:
        _, code, column = signal_of(name)
        if code:
            listed = columns.setdefault(code if code in OF_BOTH else OTHER[ours] + code, {})
            listed |= {column: None} if column else {}
    return [Remark(code, {"columns": tuple(listed)} if listed else {}) for code, listed in columns.items()]


def _gain(pair: Pair, ours: bool) -> list[Remark]:
    """Return the probability that the side agrees, where it was calibrated and is high."""
    if not (pair.calibrated and pair.seeker.percentile >= STANDS_OUT):
        return []
    return [Remark(f"{OTHER[not ours]}chance", {"share": pair.seeker.gain})]


def _quoting(
    code: str, names: tuple[str, str], pair: Pair, texts: tuple[str, str], words: WordMatcher, ours: bool
) -> Remark:
    """Return a remark on a text of the side that gains and one of the other; words as seeker, candidate."""
    quotes = (words.exchange if "need" in names else words.quotes)(pair.sides, *texts)
    pairs = quotes.words if ours else tuple((one, other) for other, one in quotes.words)
    parts = {names[0]: quotes.ours, names[1]: quotes.theirs}
    return Remark(code, {**parts, "words": pairs} if pairs else parts)


def _passages(code: str, *fields: str) -> Reason:
    """Return a function that quotes the closest passages with a common word, of the first field with any."""

    def remarks(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
        names = ("yours", "theirs") if ours else ("theirs", "yours")
        for field in fields:
            one, other = (side.passages(field) for side in pair.sides)
            for row, column, _ in closest_passages(one, other, MAX_PASSAGES):
                texts = str(one.texts[row]), str(other.texts[column])
                if words.specific(pair.sides, *texts):
                    return [_quoting(code, names, pair, texts, words, ours)]
        return []

    return remarks


def _topic(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    """Return the words that name the field of both."""
    found = words.topics(*(pair if ours else pair.turned()).sides)
    return [Remark("topic", {"words": found})] if len(found) >= LEAST_TOPICS else []


def _complementarity(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    """Return the needs that are answered, else one that may be, else one with its closest offer."""
    tried = [match for match in match_needs(pair, NEAR) if match.chance >= NEAR]
    matches = [read_match(pair, match, words) for match in tried]
    near = [match for match in matches if match.chance >= NEAR and match.n_words >= LEAST_TOPICS]
    for code, found in (
        ("offer", [match for match in matches if match.answer == "answered"][:MAX_MEETINGS]),
        ("closest_offer", [match for match in matches if match.answer == "possible"][:1]),
        ("near_offer", near[:1]),
    ):
        if found:
            names, code = ("need", "offer"), f"{OTHER[ours]}{code}"
            return [_quoting(code, names, pair, (match.need, match.offer), words, ours) for match in found]
    return []


def _earlier_works(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    return [Remark("earlier_works", {"number": pair.ties})] if pair.ties else []


Reason = Callable[[Pair, WordMatcher, bool], list[Remark]]
_REASONS: Final[Mapping[str, Reason]] = {
    "complementarity": _complementarity,
    "trust": _earlier_works,
    "topic": _topic,
    "values": _passages("purpose", "passages"),
    "goals": _passages("goals", "goals_long", "goals_short"),
    "expectations": _passages("indicators", "indicators"),
    "culture": _passages("working_style", "styles"),
}
"""What each component gives as reasons, from the pair as the side that gains sees it, in their order."""
OF_ONE_FIELD: Final = {"topic": LIKE_FIELD} | dict.fromkeys(
    ("values", "goals", "expectations", "culture"), SAME_FIELD
)
"""How far `topic` must be above the pool's mean for words or passages of both to be quoted."""
