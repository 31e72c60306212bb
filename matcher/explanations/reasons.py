"""Why a pair serves one of its sides, concerns about it, and what its profiles leave unstated."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Set
from itertools import islice
from typing import Final

import numpy as np
import pandas as pd
from pandas.api.typing import NaTType

from matcher.columns import Profile
from matcher.explanations.matches import MAX_PASSAGES, NEAR, Pair, PairSide, closest_passages, match_needs
from matcher.explanations.organisation import MOST, Trait, WordMatcher, traits_of
from matcher.explanations.remarks import Remark, signal_of
from matcher.features.counted_texts import favourable, is_adverse
from matcher.features.facts import Contradiction, contradiction
from matcher.features.places import are_islands_apart, countries_of
from matcher.features.statements import (
    Condition,
    area_and_clause,
    clauses_of,
    is_local,
    mission_area,
    open_condition,
    stated_condition,
)

MAX_REASONS: Final = 4
MAX_MEETINGS: Final = 2  # need-offer pairs named in the reasons
SAME_FIELD: Final = 0.22
"""How far `topic` must be above the pool's mean for two organisations to be said to work in one field.

Of 48 such reasons that were read, all of the 22 above it were right, and 15 of the 26 below.
"""
LIKE_FIELD: Final = 0.12  # the same for the words in common to be named, of which there must then be `MOST`
LEAST_TOPICS: Final = 2  # words that name the field, at least
RARE: Final = 0.2  # share of the pool's pairs up to which a language or a region that two share is named
STANDS_OUT: Final = 0.75  # share of the pool's pairs that a gain must be above for that to be a reason
OF_BOTH: Final = ("partners", "same", "ratio", "pairs")  # remarks on signals with one wording for both sides
OTHER: Final = {True: "their_", False: "your_"}
"""Beginning of codes of what the other side brings, by whether the seeker gains."""
OF_ONE_FIELD: Final = {"topic": LIKE_FIELD} | dict.fromkeys(
    ("values", "goals", "expectations", "culture"), SAME_FIELD
)
"""How far `topic` must be above the pool's mean for words or passages of both to be quoted."""
COLLISION: Final = 0.3  # conflict score from which competition is a concern
ONE_SIDED: Final = 0.6  # smaller over larger gain under which a pair is called one-sided
ONE_SIDED_PROBABILITIES: Final = 0.2  # the same for probabilities: most are small, over powers of ten
STALE_YEARS: Final = 2.0  # age of a profile from which it is called stale
SOUGHT_AFTER: Final = 0.95  # share of the pool above which a candidate is called heavily sought-after
FLAGGED: Final = {"observation": "observation", "yellow": "yellow_flag"}  # codes, by the flag of a candidate
MOST_FACTS: Final = 2  # contradictions of place, amounts and conditions that are shown of a pair
MOST_CLAIMS: Final = 2  # claims that speak against the candidate, of which each is quoted
LIKELY: Final = 0.2  # likeness from which facts of a need and an offer of its category are compared
LIKELY_OTHER: Final = 0.3  # the same for an offer of another category
SAME_OFFERS: Final = 0.22  # mean likeness of offers to the other side's closest from which two may compete
SAME_WORK: Final = 0.15  # lexical similarity of profiles from which they may; both are needed
MEETINGS: Final = ("their_offer", "their_closest_offer", "your_offer", "your_closest_offer")
"""Reasons that say that an offer meets a need, by whose offer it is."""
UNLIKE: Final = 0.15  # likeness of working styles under which they are called different


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

    A component gives a reason when it is known, counts, and lies above what is usual in the pool. For the
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
    found = [*islice(candidates, MAX_REASONS), *signal_remarks(standing_out, ours=ours)]
    if found:
        found += _shared(pair, rare)
        n_sourced = sum(one.source != "" for one in favourable(pair.candidate.record[Profile.EVIDENCE]))
        found += [Remark(f"{OTHER[ours]}evidence", {"number": n_sourced})] * (n_sourced > 0)
    is_likely = pair.calibrated and pair.seeker.percentile >= STANDS_OUT
    chance = Remark(f"{OTHER[not ours]}chance", {"share": pair.seeker.gain})
    return [*(found or [Remark("nothing_specific")])[:MAX_REASONS], *[chance] * is_likely]


def rare_traits(pool: pd.DataFrame) -> frozenset[Trait]:
    """Return the traits that at most `RARE` of the pairs of a pool share, by its canonical profiles."""
    cells = pool[[Profile.LANGUAGES, Profile.REGION]].itertuples(index=False, name=None)
    counts = Counter(trait for languages, region in cells for trait in traits_of(languages, region))
    return frozenset(trait for trait, number in counts.items() if (number / len(pool)) ** 2 <= RARE)


def _shared(pair: Pair, rare: Set[Trait]) -> list[Remark]:
    one, other = pair.sides
    both = [trait for trait in one.traits if trait in rare and trait in other.traits]
    languages = tuple(value for code, value in both if code == "shared_language")
    found = [Remark("shared_language", {"languages": languages})] if languages else []
    if len(both) > len(languages):
        found.append(Remark("same_region", {"region": other.record[Profile.REGION]}))
    return found


def signal_remarks(names: Iterable[str], *, ours: bool) -> list[Remark]:
    """Return one remark per kind of signal among features that stand out, in their order."""
    columns: dict[str, dict[str, None]] = {}
    for name in names:
        _, code, column = signal_of(name)
        if code:
            listed = columns.setdefault(code if code in OF_BOTH else OTHER[ours] + code, {})
            listed |= {column: None} if column else {}
    return [Remark(code, {"columns": tuple(listed)} if listed else {}) for code, listed in columns.items()]


def _quoting(
    code: str, names: tuple[str, str], pair: Pair, texts: tuple[str, str], words: WordMatcher, ours: bool
) -> Remark:
    """Return a remark on a text of the side that gains and one of the other; words as seeker, candidate."""
    quotes = (words.exchange if "need" in names else words.quotes)(pair.sides, *texts)
    pairs = quotes.words if ours else tuple((one, other) for other, one in quotes.words)
    parts = {names[0]: quotes.ours, names[1]: quotes.theirs}
    return Remark(code, {**parts, "words": pairs} if pairs else parts)


def _passages(code: str, *fields: str) -> "Reason":
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
    found = words.topics(*(pair if ours else pair.turned()).sides)
    return [Remark("topic", {"words": found})] if len(found) >= LEAST_TOPICS else []


def _complementarity(pair: Pair, words: WordMatcher, ours: bool) -> list[Remark]:
    """Return the needs that are answered, else one that may be, else one with its closest offer."""
    matches, names = match_needs(pair, words, NEAR), ("need", "offer")
    for code, found in (
        ("offer", [match for match in matches if match.answer == "answered"][:MAX_MEETINGS]),
        ("closest_offer", [match for match in matches if match.answer == "possible"][:1]),
        ("near_offer", [one for one in matches if one.chance >= NEAR and one.n_words >= LEAST_TOPICS][:1]),
    ):
        if found:
            texts = [(match.need, match.offer) for match in found]
            return [_quoting(f"{OTHER[ours]}{code}", names, pair, both, words, ours) for both in texts]
    return []


Reason = Callable[[Pair, WordMatcher, bool], list[Remark]]
_REASONS: Final[Mapping[str, Reason]] = {
    "complementarity": _complementarity,
    "trust": lambda pair, *_: [Remark("earlier_works", {"number": pair.ties})] if pair.ties else [],
    "topic": _topic,
    "values": _passages("purpose", "passages"),
    "goals": _passages("goals", "goals_long", "goals_short"),
    "expectations": _passages("indicators", "indicators"),
    "culture": _passages("working_style", "styles"),
}
"""What each component gives as reasons, from the pair as the side that gains sees it, in their order."""


def concerns(pair: Pair, as_of: pd.Timestamp | NaTType, reasons: Collection[Remark] = ()) -> list[Remark]:
    """Return what must be discussed, the most serious first; `as_of` is NaT where it is unknown."""
    ours, theirs = pair.seeker.record, pair.candidate.record
    (one, other), flag, updated = pair.sides, theirs[Profile.FLAG], theirs[Profile.UPDATED]
    low, high = sorted((pair.seeker.gain, pair.candidate.gain))
    is_one_sided = low < (ONE_SIDED_PROBABILITIES if pair.calibrated else ONE_SIDED) * high
    competes = pair.seeker.features["conflict"] >= COLLISION
    is_rival = not (pair.twin or pair.flagged_twin or competes)
    speak = one.has_known_languages and other.has_known_languages
    shared = {*ours[Profile.LANGUAGES]} & {*theirs[Profile.LANGUAGES]}
    is_old = not pd.isna(updated) and (as_of - updated).days > STALE_YEARS * 365.25
    adverse = [claim.text for claim in theirs[Profile.EVIDENCE] if is_adverse(claim)][:MOST_CLAIMS]
    stated = {reason.code for reason in reasons}  # one may say the opposite of the same texts
    are_unlike = pair.seeker.features["culture"] < UNLIKE and "working_style" not in stated
    return [
        *[Remark("flagged_twin", {"other": pair.flagged_twin})] * (pair.flagged_twin != ""),
        *[Remark(FLAGGED.get(flag, ""))] * (flag in FLAGGED),
        *[Remark("twin", {"other": pair.twin})] * (pair.twin != ""),
        *(Remark("adverse_claim", {"text": text}) for text in adverse),
        *[Remark("advertisement", {"text": other.advertisement})] * (other.advertisement != ""),
        *(failing(pair, reasons) or islice(_to_check(pair, reasons), 1)),
        *(_rivals(pair) if is_rival else []),
        *[Remark("your_flag")] * (ours[Profile.FLAG] != "none"),
        *[Remark("competition")] * competes,
        *[Remark("you_gain_more" if pair.seeker.gain > low else "they_gain_more")] * is_one_sided,
        *[Remark("no_shared_language")] * (speak and not shared),
        *[Remark("old_profile", {"date": updated})] * is_old,
        *[Remark("no_evidence")] * (not favourable(theirs[Profile.EVIDENCE])),
        *[Remark("sought_after")] * (pair.sought_after >= SOUGHT_AFTER),
        *[Remark("working_styles_differ")] * are_unlike,
    ]


def _to_check(pair: Pair, reasons: Iterable[Remark]) -> Iterator[Remark]:
    """Yield what people must check of needs and offers that are given as reasons: conditions, islands."""
    one, other = pair.sides
    for reason in (reason for reason in reasons if reason.code in MEETINGS):
        need, offer = reason.parts["need"].text, reason.parts["offer"].text
        sides = ("your", "their") if reason.code.startswith("their") else ("their", "your")
        for whose, text in zip(sides, (need, offer), strict=True):
            if clause := open_condition(text):
                yield Remark(f"{whose}_open_condition", {"text": clause})
        if is_local(need) and are_islands_apart(one.places, other.places):
            regions = {
                "your_region": one.record[Profile.REGION],
                "their_region": other.record[Profile.REGION],
            }
            yield Remark("other_island", {"text": need, **regions})


def _rivals(pair: Pair) -> Iterator[Remark]:
    """Yield that both may compete: one country, like profiles, offers closer than any need and offer."""
    (one, other), alike = pair.sides, pair.offers_alike
    is_near = countries_of(one.places) & countries_of(other.places)
    if pair.same_work < SAME_WORK or not alike.size or not is_near:
        return
    closeness = (alike.max(axis=1).mean() + alike.max(axis=0).mean()) / 2
    met = max(side.meeting.likenesses.max(initial=0.0) for side in (pair.seeker, pair.candidate))
    if closeness >= SAME_OFFERS and closeness > met:
        row, column = np.unravel_index(int(alike.argmax()), alike.shape)
        parts = {"yours": str(one.offers.texts[row]), "theirs": str(other.offers.texts[column])}
        yield Remark("may_compete", parts)


def failing(pair: Pair, reasons: Iterable[Remark] = ()) -> list[Remark]:
    """Return at most `MOST_FACTS` contradictions of both profiles, but of needs that a reason calls met."""
    ours, theirs = pair.seeker, pair.candidate
    met = {remark.parts["need"].text for remark in reasons if remark.code in MEETINGS}
    found = [*_unregistered(ours, theirs, "your"), *_unregistered(theirs, ours, "their")]
    found += _failing_needs(pair, "your", "their", met)
    found += _failing_needs(pair.turned(), "their", "your", met)
    distinct = {(remark.code, remark.parts.get("text", "")): remark for remark in found}
    return list(distinct.values())[:MOST_FACTS]


def _unregistered(one: PairSide, other: PairSide, whose: str) -> Iterator[Remark]:
    """Yield the first condition of one side that only a legal entity meets, if the other says it is none."""
    if other.organisation.is_unregistered:
        texts = [one.record[Profile.MISSION], *(need.text for need in one.record[Profile.NEEDS])]
        for clause in (clause for text in texts if stated_condition(text) for clause in clauses_of(text)):
            if (stated_condition(clause) or Condition()).must_register:
                yield Remark(f"{whose}_condition", {"text": clause})
                return


def failing_facts(pair: Pair) -> list[tuple[str, str, Contradiction]]:
    """Return (need, offer, fact) where the candidate's closest offer might answer a need but contradicts it.

    Needs that another offer might answer without a contradiction are left out; the closest texts come first.
    """
    fails, closeness = pair.seeker.meeting.fails, pair.seeker.meeting.likenesses
    if not fails.any():
        return []
    needs, offers = pair.sides[0].needs, pair.sides[1].offers
    has_same = (needs.categories[:, None] == offers.categories[None, :]) & (needs.categories != "")[:, None]
    may_answer = closeness >= np.where(has_same, LIKELY, LIKELY_OTHER)
    found = []
    for row in np.flatnonzero((fails & may_answer).any(axis=1) & ~(may_answer & ~fails).any(axis=1)).tolist():
        column = int(np.where(may_answer[row], closeness[row], 0.0).argmax())
        fact = contradiction(needs.facts.at(row), offers.facts.at(column)) or "need_area"
        asked, others = needs.facts.at(row).amounts, np.flatnonzero(has_same[row] & ~fails[row]).tolist()
        units = {amount.unit for at in others for amount in offers.facts.at(at).amounts}
        if fact == "amount" and not units.isdisjoint(amount.unit for amount in asked):
            continue  # the amount of another offer of the category fits
        found.append((-float(closeness[row, column]), str(needs.texts[row]), str(offers.texts[column]), fact))
    return [(need, offer, fact) for _, need, offer, fact in sorted(found)]


def _failing_needs(pair: Pair, whose: str, others: str, met: Set[str]) -> Iterator[Remark]:
    """Yield where needs of the seeker and the closest offers of the candidate contradict each other."""
    mission = pair.candidate.record[Profile.MISSION]
    here, there = (str(one.record[Profile.REGION] or one.record[Profile.COUNTRY]) for one in pair.sides)
    for need, offer, fact in failing_facts(pair):
        if need in met:
            continue
        if fact == "amount":
            yield Remark(f"{whose}_amount", {"need": need, "offer": offer})
        elif fact == "need_condition":
            yield Remark(f"{whose}_condition", {"text": need})
        elif fact == "offer_condition":
            texts = (clause for text in (offer, mission) for clause in clauses_of(text))
            yield Remark(f"{others}_condition", {"text": next(filter(stated_condition, texts), offer)})
        elif fact == "need_area":
            clause = area_and_clause(need, is_need=True)[1] or need
            yield Remark(f"{whose}_need_area", {"text": clause, "region": there})
        else:
            clause = area_and_clause(offer, is_need=False)[1] or mission_area(mission)[1]
            yield Remark(f"{others}_offer_area", {"text": clause, "region": here})


def unknowns(pair: Pair) -> list[Remark]:
    """Return the fields that each side leaves empty and that a score would need."""
    ours, theirs = (side.empty_fields for side in pair.sides)
    sides = ("they_do_not_say", theirs), ("you_do_not_say", ours)
    return [Remark(code, {"fields": fields}) for code, fields in sides if fields]
