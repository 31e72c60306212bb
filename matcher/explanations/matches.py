"""A pair of organisations, and what in their profiles meets: passages, and needs with offers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from matcher.arrays import Floats
from matcher.encoders.lexical import WordMatch
from matcher.explanations.remarks import Quote, Quotes
from matcher.features import Organisations
from matcher.features.complementarity import OTHER_CATEGORY, counted, likeness
from matcher.features.organisations import Resources
from matcher.features.ragged import Ragged

EncodeTexts = Callable[[Sequence[str], str], Floats]
"""Texts and their language -> unit vectors."""

ALIKE: Final = 0.4
"""Cosine from which passages are quoted as close, and closeness from which an offer answers a need.

Of chance pairs of the demo two in a thousand reach it. Of the judged pairs whose need and offer of one
category do, 56 % are good; of those of two categories 12 %, no more than of all.
"""
LIKELY: Final = 0.2
LIKELY_OTHER: Final = 0.3
"""Likeness from which an offer of the needed, and of another, category is shown as a possible answer.

Own definition. In the judged pairs of the demo most such offers of the needed category fit when read; of
other categories few do.
"""
MAX_PASSAGES: Final = 3
"""Passages of vision and mission shown side by side; of goals and indicators one each."""
MAX_WORDS: Final = 3
CARRIES: Final = 0.1
"""Share of a likeness that must be lost without a word for the word to be shown."""
ASPECTS: Final = {
    "values": "passages",
    "goals_long": "goals_long",
    "goals_short": "goals_short",
    "indicators": "indicators",
    "culture": "styles",
}
LEVELS: Final = 5


class Organisation(NamedTuple):
    """A canonical profile, and the same organisation encoded, of length 1."""

    record: Mapping[str, Any]
    encoded: Organisations


@dataclass(frozen=True)
class PairSide:
    """One side of a pair.

    Attributes
    ----------
    record, encoded : as in `Organisation`
    features : mapping of str to float
        Components, then further features of a learned ranker, as this side sees them, in [0, 1]; NaN
        unknown.
    gain : float
        In [0, 1].
    percentile : float
        Share of the pool's pairs whose gain is lower, in [0, 1]; NaN unknown.
    """

    record: Mapping[str, Any]
    encoded: Organisations
    features: Mapping[str, float]
    gain: float
    percentile: float = math.nan


@dataclass(frozen=True)
class Pair:
    """A seeker, a candidate, and what is known of the two.

    Attributes
    ----------
    seeker, candidate : PairSide
    sought_after : float
        Share of the pool that is less sought-after than the candidate, in [0, 1].
    ties : int
        Number of earlier joint works.
    goals_short : float
        Likeness of the two short-term goals, in [0, 1]; NaN unknown.
    calibrated : bool
        Whether gains are probabilities that a side agrees.
    """

    seeker: PairSide
    candidate: PairSide
    sought_after: float
    ties: int
    goals_short: float
    calibrated: bool = False

    def turned(self) -> Pair:
        """Return the same pair seen by the candidate."""
        return replace(self, seeker=self.candidate, candidate=self.seeker, sought_after=0.0)


@dataclass(frozen=True)
class PassageMatch:
    """Two passages of close meaning.

    Attributes
    ----------
    aspect : str
        A key of `ASPECTS`.
    yours, theirs : str
        As the profiles have them.
    likeness : float
        Cosine of their vectors, in [0, 1].
    your_words, their_words : tuple of str
        Words without which the likeness would be lower by a tenth or more, the strongest first.
    marked : Quotes, optional
        Both with their languages where these differ.
    """

    aspect: str
    yours: str
    theirs: str
    likeness: float
    your_words: tuple[str, ...]
    their_words: tuple[str, ...]
    marked: Quotes | None = None

    @property
    def quotes(self) -> Quotes:
        """Both passages, marked with their languages where these differ."""
        return self.marked or Quotes(Quote(self.yours), Quote(self.theirs))


@dataclass(frozen=True)
class NeedMatch:
    """A need of one side and the best offer of the other.

    Attributes
    ----------
    need, category : str
    importance : int
        In 1..5.
    offer, offer_category : str
        "" where the other side offers nothing.
    level : int
        Of the offer, in 1..5; 0 without one.
    likeness : float
        Of the texts of need and offer, in [0, 1], as `complementarity` counts it.
    met : float
        How far the need is met, in [0, 1], as `complementarity` counts it.
    words : tuple of WordMatch
        The words by which both match, with their exact shares of the likeness by words.
    marked : Quotes, optional
        Both with their languages, and words that match, where these differ.
    """

    need: str
    category: str
    importance: int
    offer: str
    offer_category: str
    level: int
    likeness: float
    met: float
    words: tuple[WordMatch, ...] = ()
    marked: Quotes | None = None

    @property
    def quotes(self) -> Quotes:
        """Need and offer, marked with their languages where these differ."""
        return self.marked or Quotes(Quote(self.need), Quote(self.offer))

    @property
    def is_answered(self) -> bool:
        """Whether the likeness, as the score counts it between these categories, is at least `ALIKE`."""
        is_other = self.category and self.offer_category and not self.has_same_category
        return self.likeness * (OTHER_CATEGORY if is_other else 1.0) >= ALIKE

    @property
    def has_same_category(self) -> bool:
        """Whether the offer is of the category that the need names."""
        return self.category != "" and self.category == self.offer_category

    @property
    def answer(self) -> Literal["answered", "possible", "open"]:
        """How far the closest offer answers the need: "possible" ones must be read by people.

        An offer that a reason names is never "open".
        """
        if self.is_answered:
            return "answered"
        least = LIKELY if self.has_same_category else LIKELY_OTHER
        return "possible" if self.likeness >= least else "open"


def match_passages(pair: Pair, encode: EncodeTexts) -> tuple[PassageMatch, ...]:
    """Return the most alike passages of both sides, an aspect after the other, the closest first.

    Parameters
    ----------
    pair : Pair
    encode : callable
        Encodes a passage from which a word was taken out.
    """
    found = []
    languages = [side.encoded.text_languages[0] for side in (pair.seeker, pair.candidate)]
    for aspect, name in ASPECTS.items():
        ours, theirs = getattr(pair.seeker.encoded, name), getattr(pair.candidate.encoded, name)
        most = MAX_PASSAGES if aspect == "values" else 1
        for row, column, cosine in closest_passages(ours, theirs, most):
            yours, other = str(ours.texts[row]), str(theirs.texts[column])
            your_words = _carrying(yours, theirs.vectors[column], languages[0], encode)
            their_words = _carrying(other, ours.vectors[row], languages[1], encode)
            found.append(PassageMatch(aspect, yours, other, cosine, your_words, their_words))
    return tuple(found)


def closest_passages(ours: Ragged, theirs: Ragged, most: int) -> list[tuple[int, int, float]]:
    """Return (row, column, likeness) of `ALIKE` passages, the closest first; each row and column once.

    Parameters
    ----------
    ours, theirs : Ragged
        Each of one organisation.
    most : int
        Pairs of passages at most.
    """
    likeness = ours.vectors @ theirs.vectors.T
    found: list[tuple[int, int, float]] = []
    while likeness.size and len(found) < most and likeness.max() >= ALIKE:
        row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
        found.append((int(row), int(column), min(float(likeness[row, column]), 1.0)))
        likeness[row, :] = likeness[:, column] = -1.0
    return found


def match_needs(needs: Resources, offers: Resources) -> tuple[NeedMatch, ...]:
    """Return every need of one organisation with the best offer of another, by importance x how far met.

    Parameters
    ----------
    needs, offers : Resources
        Each of one organisation.
    """
    matches = []
    likenesses = likeness(needs, offers)
    for position, met in enumerate(counted(likenesses, needs, offers)):
        offer, closest, highest = ("", "", 0), 0.0, 0.0
        if len(met):
            best = int(met.argmax())
            closest = float(likenesses[position, best])
            offer, highest = _resource(offers, best), float(met[best])
        matches.append(NeedMatch(*_resource(needs, position), *offer, closest, highest))
    return tuple(sorted(matches, key=lambda match: -match.importance * match.met))


def most_open(needs: tuple[NeedMatch, ...]) -> NeedMatch | None:
    """Return the need of which most is left to be met, by importance; None where there is none."""
    return max(needs, key=lambda match: match.importance * (1.0 - match.met), default=None)


def _resource(resources: Resources, row: int) -> tuple[str, str, int]:
    """Return text, category and importance or level of a need or an offer."""
    level = round(float(resources.weights[row]) * LEVELS)
    return str(resources.texts[row]), str(resources.categories[row]), level


def _carrying(text: str, other: Floats, language: str, encode: EncodeTexts) -> tuple[str, ...]:
    """Return the words of a text without which it would be less like another, the strongest first.

    Each word is left out in turn (occlusion; Li, Monroe and Jurafsky 2016, "Understanding neural
    networks through representation erasure"), so that any encoder can be asked, across languages too.
    """
    words = text.split()
    positions = [position for position, word in enumerate(words) if any(sign.isalpha() for sign in word)]
    if len(positions) < 2:
        return ()
    without = [" ".join(words[:position] + words[position + 1 :]) for position in positions]
    likeness = encode([text, *without], language) @ other
    lost = (likeness[0] - likeness[1:]) / max(float(likeness[0]), 1e-9)
    order = [row for row in np.argsort(-lost, kind="stable") if lost[row] >= CARRIES]
    carrying = (words[positions[row]].strip("“”\"'()[].,;:!?–—") for row in order)
    return tuple(dict.fromkeys(filter(None, carrying)))[:MAX_WORDS]
