"""What in two profiles meets: passages, and needs with offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from matcher.arrays import Floats
from matcher.explanations.pair import Pair
from matcher.explanations.reasons import ALIKE, ANSWERS
from matcher.features.complementarity import meeting
from matcher.features.ragged import Ragged
from matcher.features.sides import Resources

EncodeTexts = Callable[[Sequence[str], str], Floats]
"""Texts and their language -> unit vectors."""

MAX_PASSAGES: Final = 3
"""Passages of vision and mission shown side by side; of goals and indicators one each."""
MAX_WORDS: Final = 3
CARRIES: Final = 0.1
"""Share of a likeness that must go with a word for the word to be shown."""
ASPECTS: Final = {
    "values": "passages",
    "goals_long": "goals_long",
    "goals_short": "goals_short",
    "indicators": "indicators",
    "culture": "styles",
}
LEVELS: Final = 5


@dataclass(frozen=True)
class PassageMatch:
    """Two passages that say nearly the same.

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
    """

    aspect: str
    yours: str
    theirs: str
    likeness: float
    your_words: tuple[str, ...]
    their_words: tuple[str, ...]


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
        Cosine of need and offer, in [0, 1].
    met : float
        How far the need is met, in [0, 1], as `complementarity` counts it.
    is_answered : bool
        Whether the texts too speak of the same (cosine of .4), and not the categories alone.
    """

    need: str
    category: str
    importance: int
    offer: str
    offer_category: str
    level: int
    likeness: float
    met: float
    is_answered: bool


def match_passages(pair: Pair, encode: EncodeTexts) -> tuple[PassageMatch, ...]:
    """Return the most alike passages of both sides, an aspect after the other, the closest first.

    Parameters
    ----------
    pair : Pair
    encode : callable
        Encodes a passage from which a word was taken out.
    """
    found = []
    for aspect, field in ASPECTS.items():
        most = MAX_PASSAGES if aspect == "values" else 1
        ours, theirs = getattr(pair.seeker.side, field), getattr(pair.candidate.side, field)
        for row, column, likeness in _closest(ours, theirs)[:most]:
            yours, other = str(ours.texts[row]), str(theirs.texts[column])
            words = (
                _carrying(yours, theirs.vectors[column], pair.seeker.side.text_languages[0], encode),
                _carrying(other, ours.vectors[row], pair.candidate.side.text_languages[0], encode),
            )
            found.append(PassageMatch(aspect, yours, other, likeness, *words))
    return tuple(found)


def match_needs(needs: Resources, offers: Resources) -> tuple[NeedMatch, ...]:
    """Return every need of one organisation with the best offer of another, by importance x how far met.

    Parameters
    ----------
    needs, offers : Resources
        Each of one organisation.
    """
    met = meeting(needs, offers)
    matches = [_need_match(needs, offers, place, met[place]) for place in range(len(needs.weights))]
    return tuple(sorted(matches, key=lambda match: -match.importance * match.met))


def _need_match(needs: Resources, offers: Resources, place: int, met: Floats) -> NeedMatch:
    need = str(needs.items.texts[place]), str(needs.categories[place]), _level(needs.weights[place])
    if not len(met):
        return NeedMatch(*need, "", "", 0, 0.0, 0.0, False)
    best = int(met.argmax())
    likeness = max(float(needs.items.vectors[place] @ offers.items.vectors[best]), 0.0)
    offer = str(offers.items.texts[best]), str(offers.categories[best]), _level(offers.weights[best])
    return NeedMatch(*need, *offer, likeness, float(met[best]), likeness >= ANSWERS)


def _level(weight: float) -> int:
    return round(float(weight) * LEVELS)


def _closest(ours: Ragged, theirs: Ragged) -> list[tuple[int, int, float]]:
    """Return (row, column, likeness) of `ALIKE` pairs, the closest first; each row and column once."""
    if not len(ours.vectors) or not len(theirs.vectors):
        return []
    likeness = ours.vectors @ theirs.vectors.T
    found = []
    while likeness.max(initial=-1.0) >= ALIKE:
        row, column = np.unravel_index(int(likeness.argmax()), likeness.shape)
        found.append((int(row), int(column), min(float(likeness[row, column]), 1.0)))
        likeness[row, :] = likeness[:, column] = -1.0
    return found


def _carrying(text: str, other: Floats, language: str, encode: EncodeTexts) -> tuple[str, ...]:
    """Return the words of a text without which it would be less like another, the strongest first.

    Each word is left out in turn (occlusion; Li, Monroe and Jurafsky 2016, "Understanding neural
    networks through representation erasure"), so that any encoder can be asked, across languages too.
    """
    words = text.split()
    places = [place for place, word in enumerate(words) if any(sign.isalpha() for sign in word)]
    if len(places) < 2:
        return ()
    without = [" ".join(words[:place] + words[place + 1 :]) for place in places]
    likeness = encode([text, *without], language) @ other
    lost = (likeness[0] - likeness[1:]) / max(float(likeness[0]), 1e-9)
    order = [place for place in np.argsort(-lost, kind="stable") if lost[place] >= CARRIES]
    told = (words[places[place]].strip("“”\"'()[].,;:!?–—") for place in order)
    return tuple(dict.fromkeys(word for word in told if word))[:MAX_WORDS]
