"""A pair of organisations, and what in their profiles meets: passages, and needs with offers."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from scipy.special import expit

from matcher.arrays import Flags, Floats
from matcher.encoders.lexical import WordMatch
from matcher.explanations.organisation import (
    MOST,
    Items,
    Organisation,
    Sides,
    Texts,
    WordMatcher,
    distinct_words,
)
from matcher.explanations.remarks import Quote, Quotes
from matcher.features.complementarity import counted, likeness
from matcher.features.facts import contradictions
from matcher.features.organisations import Resources
from matcher.features.places import countries_of
from matcher.features.statements import named_countries, wanted_countries

ALIKE: Final = 0.4  # cosine from which passages are quoted; of chance pairs of the demo .2 % reach it
ANSWERED: Final = 0.9  # chance that an offer answers a need from which it is said to
POSSIBLE: Final = 0.8  # from which it is said that it may
NEAR: Final = 0.7  # from which it is said to be the closest
CHANCE: Final = {"constant": -3.79, "same_category": 1.82, "standing": 4.91, "excess": 7.03, "n_words": 0.77}
"""Log odds that an offer does what a need asks for, or an important part of it.

Logistic regression on pairs of the demo and of five markets that were read, by `scripts/fit_answers.py`;
how often it is right: docs/explanations.md.
"""
MOST_WORDS: Final = 3  # words in common that count; more make an answer no likelier
LEAST_LIKENESS: Final = 0.3  # from which a need is not called open: its offer would be asked for once more
FARTHEST: Final = 0.5  # standing beyond which the share of right answers rises no more
MAX_PASSAGES: Final = 3  # passages of vision and mission shown side by side; of goals and indicators one each
ASPECTS: Final = {
    "values": "passages",
    "goals_long": "goals_long",
    "goals_short": "goals_short",
    "indicators": "indicators",
    "culture": "styles",
}
LEVELS: Final = 5


class Meeting(NamedTuple):
    """How needs and offers meet; arrays of shape (n_needs, n_offers)."""

    likenesses: Floats  # as `complementarity` counts them
    excesses: Floats  # how far `likenesses` are above those with the closest texts of the pool
    met: Floats  # how far each offer meets each need, as `counted`
    fails: Flags  # whether both contradict each other, by facts or the countries that needs name

    def part(self, needs: slice, offers: slice) -> "Meeting":
        """Return how some of the needs and of the offers meet."""
        return Meeting._make(each[needs, offers] for each in self)


def meet(needs: Resources, offers: Resources, *usual: Floats) -> Meeting:
    """Return how needs and offers meet; how close texts usually come to either is as of `usual_likeness`."""
    alike, fails = likeness(needs, offers), contradictions(needs.facts, offers.facts)
    met = counted(alike, needs, offers, fails)
    for row, wanted in enumerate(map(wanted_countries, needs.texts)):
        for column, text in enumerate(offers.texts if wanted else ()):
            places = countries_of(offers.facts.at(column).places)
            fails[row, column] |= bool(places) and not wanted & (places | named_countries(text))
    return Meeting(alike, alike - (usual[0][:, None] + usual[1]) / 2.0, met, fails)


NO_QUOTES: Final = Quotes(Quote(""), Quote(""))
NO_MEETING: Final = Meeting._make([*[np.empty((0, 0))] * 3, np.empty((0, 0), dtype=bool)])


@dataclass(frozen=True)
class PairSide:
    """One side of a pair."""

    organisation: Organisation
    features: Mapping[str, float]  # components, then those of a learned ranker, in [0, 1]; NaN unknown
    gain: float  # in [0, 1]
    percentile: float = math.nan  # share of the pool's pairs whose gain is lower, in [0, 1]; NaN unknown
    meeting: Meeting = NO_MEETING  # of its needs and the offers of the other side

    @property
    def record(self) -> Mapping[str, Any]:
        """Its canonical profile."""
        return self.organisation.record


@dataclass(frozen=True)
class Pair:
    """A seeker, a candidate, and what is known of the two."""

    seeker: PairSide
    candidate: PairSide
    sought_after: float  # share of the pool that is less sought-after than the candidate, in [0, 1]
    ties: int  # number of earlier joint works
    calibrated: bool = False  # whether gains are probabilities that a side agrees
    standing: float = 0.0  # how far the mutual score is above those with the best partners: `standing_of`
    twin: str = ""
    flagged_twin: str = ""
    """Name of one whose profile is nearly that of the candidate, and of one with a red flag; "": none."""
    same_work: float = 0.0  # likeness of both profiles by their words, in [0, 1]
    offers_alike: Floats = field(default_factory=lambda: np.empty((0, 0)))
    """Shape (n_offers of the seeker, n_offers of the candidate): likenesses of their offers."""

    @property
    def sides(self) -> Sides:
        """Both organisations."""
        return self.seeker.organisation, self.candidate.organisation

    def turned(self) -> "Pair":
        """Return the same pair seen by the candidate."""
        return Pair(self.candidate, self.seeker, 0.0, self.ties, self.calibrated, self.standing)


@dataclass(frozen=True)
class PassageMatch:
    """Two passages of close meaning."""

    aspect: str  # a key of `ASPECTS`
    likeness: float  # cosine of their vectors, in [0, 1]
    words: tuple[tuple[str, str], ...]  # at most `MOST` pairs by which both match, the strongest first
    quotes: Quotes  # both with their languages where these differ


@dataclass(frozen=True)
class NeedMatch:
    """A need of one side and the best offer of the other."""

    need: str
    category: str
    importance: int  # in 1..5
    offer: str
    offer_category: str  # empty where the other side offers nothing
    level: int  # of the offer, in 1..5; 0 without one
    likeness: float  # of the texts of need and offer, in [0, 1], as `complementarity` counts it
    met: float  # how far the need is met, in [0, 1], as `complementarity` counts it
    words: tuple[WordMatch, ...] = ()  # by which both match, with exact shares of the likeness by words
    quotes: Quotes = NO_QUOTES  # both with their languages, and words that match, where these differ
    standing: float = 0.0  # of the pair, as `standing_of`
    can_answer: bool = True
    """False where facts contradict each other, or words in common are only quantities, days or names."""
    excess: float = 0.0  # of the pair of texts, as of `PairSide`
    n_words: int = MOST_WORDS  # different ones in common, at most `MOST_WORDS`; that many until they are read

    @property
    def chance(self) -> float:
        """Estimated probability that the offer does what the need asks for, or an important part of it."""
        if not (self.offer and self.can_answer):
            return 0.0
        # A category that one of the two does not name counts half.
        is_named = self.category and self.offer_category
        seen = {
            "constant": 1.0,
            "same_category": float(self.category == self.offer_category) if is_named else 0.5,
            "standing": self.standing,
            "excess": self.excess,
            "n_words": self.n_words,
        }
        return float(expit(sum(CHANCE[name] * value for name, value in seen.items())))

    @property
    def answer(self) -> Literal["answered", "possible", "open"]:
        """How far the closest offer answers the need; "possible" ones must be read by people."""
        if self.chance >= POSSIBLE:
            return "answered" if self.chance >= ANSWERED else "possible"
        return "open"


def match_passages(pair: Pair, words: WordMatcher) -> tuple[PassageMatch, ...]:
    """Return the most alike passages of both sides, an aspect after the other, the closest first."""
    found = []
    for aspect, name in ASPECTS.items():
        ours, theirs = (side.passages(name) for side in pair.sides)
        most = MAX_PASSAGES if aspect == "values" else 1
        for row, column, cosine in closest_passages(ours, theirs, most):
            texts = str(ours.texts[row]), str(theirs.texts[column])
            common = distinct_words(words.specific(pair.sides, *texts), *(one.language for one in pair.sides))
            found.append(PassageMatch(aspect, cosine, common[:MOST], words.quotes(pair.sides, *texts)))
    return tuple(found)


def closest_passages(ours: Texts, theirs: Texts, most: int) -> list[tuple[int, int, float]]:
    """Return at most `most` (row, column, likeness) of `ALIKE` passages, the closest first, each once."""
    likeness = ours.vectors @ theirs.vectors.T
    found: list[tuple[int, int, float]] = []
    while likeness.size and len(found) < most and likeness.max() >= ALIKE:
        row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
        found.append((int(row), int(column), min(float(likeness[row, column]), 1.0)))
        likeness[row, :] = likeness[:, column] = -1.0
    return found


def match_needs(pair: Pair, words: WordMatcher, least: float = 0.0) -> tuple[NeedMatch, ...]:
    """Return needs with the candidate's best offer, weightiest first, if their chance can reach `least`."""
    meeting, needs, offers = pair.seeker.meeting, pair.sides[0].needs, pair.sides[1].offers
    seen: list[tuple[Any, ...]] = [(-1, 0.0, 0.0, 0.0, False)] * len(meeting.met)
    if meeting.met.size:
        at = np.arange(len(meeting.met)), meeting.met.argmax(axis=1)
        seen = [*zip(at[1].tolist(), *(each[at].tolist() for each in meeting), strict=True)]
    matches = []
    for row, (column, alike, excess, met, fails) in enumerate(seen):
        both = *_resource(needs, row), *(_resource(offers, column) if column >= 0 else ("", "", 0))
        numbers = {"standing": pair.standing, "can_answer": not fails, "excess": excess}
        match = NeedMatch(*both, alike, met, **numbers)
        if match.chance < least:
            continue
        texts = match.need, match.offer
        specific, in_common = words.specific(pair.sides, *texts), words.matches(pair.sides, *texts)
        distinct = distinct_words(specific, *(side.language for side in pair.sides))
        can_answer = match.can_answer and (not in_common or bool(specific))
        quotes, n_words = words.exchange(pair.sides, *texts), min(len(distinct), MOST_WORDS)
        match = replace(match, words=in_common, quotes=quotes, can_answer=can_answer, n_words=n_words)
        matches.append(match)
    return tuple(sorted(matches, key=lambda match: -match.importance * match.met))


def most_open(needs: tuple[NeedMatch, ...]) -> NeedMatch | None:
    """Return the open need of which most is left to be met, by importance; None where none is open."""
    unmet = [match for match in needs if match.answer == "open" and match.likeness < LEAST_LIKENESS]
    return max(unmet, key=lambda match: match.importance * (1.0 - match.met), default=None)


def standing_of(mutual: float, *prices: float) -> float:
    """Return the sum of log(mutual / price) of both, within ± `FARTHEST`; 0 where one of them is 0.

    Own definition, after CSLS (Conneau et al. 2018); a price is the mean mutual score with the best partners.
    """
    if min(mutual, *prices) <= 0.0:
        return 0.0
    return float(np.clip(sum(math.log(mutual / price) for price in prices), -FARTHEST, FARTHEST))


def _resource(resources: Items, row: int) -> tuple[str, str, int]:
    level = round(float(resources.weights[row]) * LEVELS)
    return str(resources.texts[row]), str(resources.categories[row]), level
