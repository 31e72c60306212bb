"""An organisation as explanations need it, and the words by which texts of two match."""

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Objects
from matcher.columns import Profile
from matcher.documents.language import N_
from matcher.encoders.encoder import has_substance
from matcher.encoders.lexical import Piece, WordMatch
from matcher.encoders.words import stems_of
from matcher.explanations.remarks import TEXTS, Quote, Quotes
from matcher.features import Organisations
from matcher.features.counted_texts import advertising_text, source_of
from matcher.features.facts import FactColumns, holder_facts
from matcher.features.organisations import OrganisationEncoder, Resources, texts_of
from matcher.features.places import Places, location
from matcher.profiles.records import normalise
from matcher.profiles.vocabulary import language_of

Trait = tuple[str, Hashable]  # code of a reason, and the language or region that two share
MOST: Final = 3  # pairs of words shown beside texts
LEAST_SHARE: Final = 0.08  # share of the likeness of two texts from which a pair of words is shown
LEAST_TOPIC: Final = 0.03  # the same for all that two organisations say, where many words share the likeness
SPECIFIC: Final = 0.08  # share of the pool's other organisations up to which a word of theirs names a field
RECURS: Final = 2  # times that one of the two must use a word for it to name their field
_INSIDE: Final = re.compile(r"[\w,)][ \u00a0]$")  # end of what stands before a word inside a sentence
_GENERIC: Final = {code: frozenset(words.split()) for code, words in TEXTS["generic"].items()}


def traits_of(languages: Iterable[str], region: str) -> Iterator[Trait]:
    """Yield the languages and the region of a canonical profile."""
    yield from (("shared_language", code) for code in languages)
    if region := normalise(region):
        yield "same_region", region


class Texts(NamedTuple):
    """Passages of one organisation; as of `Ragged`."""

    texts: Objects
    vectors: Floats


class Items(NamedTuple):
    """Needs or offers of one organisation; as of `Resources`."""

    texts: Objects
    categories: Objects
    weights: Floats
    facts: FactColumns


@dataclass(frozen=True, eq=False)
class Organisation:
    """A canonical profile, and the same organisation among others that are encoded."""

    record: Mapping[str, Any]  # the canonical profile
    encoded: Organisations
    row: int = 0  # position of the organisation in `encoded`

    def passages(self, field: str) -> Texts:
        """Return the texts of a field of `encoded`."""
        ragged = getattr(self.encoded, field)
        at = slice(*ragged.offsets[self.row : self.row + 2])
        return Texts(ragged.texts[at], ragged.vectors[at].floats)

    @cached_property
    def needs(self) -> Items:
        """Its needs, implied ones too."""
        return _items(self.encoded.needs, self.row)

    @cached_property
    def offers(self) -> Items:
        """Its offers, implied ones too."""
        return _items(self.encoded.offers, self.row)

    @cached_property
    def language(self) -> str:
        """Language of its texts; "" where unknown."""
        return str(self.encoded.text_languages[self.row])

    @cached_property
    def said(self) -> tuple[str, ...]:
        """All its texts."""
        return tuple(filter(None, texts_of(self.record)))

    @cached_property
    def traits(self) -> dict[Trait, None]:
        """Its languages and its region, in order."""
        return dict.fromkeys(traits_of(self.record[Profile.LANGUAGES], self.record[Profile.REGION]))

    @cached_property
    def places(self) -> Places:
        """Where it is."""
        return location(self.record[Profile.COUNTRY], self.record[Profile.REGION])

    @cached_property
    def has_known_languages(self) -> bool:
        """Whether it names languages, all of which are known."""
        languages = self.record[Profile.LANGUAGES]
        return bool(languages) and all(map(language_of, languages))

    @cached_property
    def is_unregistered(self) -> bool:
        """Whether it says that it is no legal entity."""
        return holder_facts([self.record], None)[0].standing.is_unregistered

    @cached_property
    def advertisement(self) -> str:
        """The text by which its profile reads like an advertisement, or ""."""
        return advertising_text(self.record)

    @cached_property
    def empty_fields(self) -> tuple[str, ...]:
        """Fields that it leaves empty and that a score would need."""
        record = self.record
        purposes = (record[Profile.VISION], record[Profile.MISSION], *record[Profile.VALUES])
        is_given = {
            N_("purpose"): any(map(has_substance, purposes)),
            N_("needs"): bool(record[Profile.NEEDS]),
            N_("offers"): bool(record[Profile.OFFERS]),
            N_("goals"): has_substance(record[Profile.GOALS_SHORT] + record[Profile.GOALS_LONG]),
            N_("indicators"): has_substance(record[Profile.INDICATORS]),
            N_("languages"): bool(record[Profile.LANGUAGES]),
            N_("date of the profile"): not pd.isna(record[Profile.UPDATED]),
        }
        return tuple(name for name, given in is_given.items() if not given)


def _items(items: Resources, row: int) -> Items:
    at = items.rows_of(np.array([row]))
    return Items(items.texts[at], items.categories[at], items.weights[at], items.facts[at])


READINGS_KEPT: Final = 8192  # texts whose words are kept: lists share many candidates
Sides = tuple[Organisation, Organisation]  # seeker and candidate, or the candidate first where it gains


class WordMatcher:
    """Finds the words by which texts of a pool match; the encoder is fitted to the pool."""

    def __init__(self, encoder: OrganisationEncoder) -> None:
        self._encoder = encoder
        self._read = lru_cache(READINGS_KEPT)(encoder.read)
        self._read_all = lru_cache(READINGS_KEPT)(encoder.read)  # apart: short texts would push these out
        self._matched = lru_cache(READINGS_KEPT)(self._match_pieces)
        self._count = lru_cache(READINGS_KEPT)(self._count_stems)
        self.topics = lru_cache(READINGS_KEPT)(self._find_topics)

    def matches(self, sides: Sides, ours: str, theirs: str) -> tuple[WordMatch, ...]:
        """Return the words by which two texts match, phrases whole; shares sum to 1, the greatest first."""
        return self._matched(*self._pieces(sides, ours, theirs))

    def quotes(self, sides: Sides, ours: str, theirs: str) -> Quotes:
        """Return two texts as remarks quote them: with languages and common words where these differ."""
        (_, one), (_, other) = self._pieces(sides, ours, theirs)
        if not one or not other or one == other:
            return Quotes(Quote(ours), Quote(theirs), ())
        found = [match for match in self.specific(sides, ours, theirs) if match.share >= LEAST_SHARE]
        return Quotes(Quote(ours, one), Quote(theirs, other), distinct_words(found, one, other)[:MOST])

    def exchange(self, sides: Sides, need: str, offer: str) -> Quotes:
        """Return a need of the seeker and an offer of the candidate as `quotes`, with their columns."""
        ours, theirs, words = self.quotes(sides, need, offer)
        source = source_of(need, sides[0].record, Profile.NEEDS)
        other_source = source_of(offer, sides[1].record, Profile.OFFERS)
        return Quotes(ours._replace(source=source), theirs._replace(source=other_source), words)

    def specific(self, sides: Sides, ours: str, theirs: str) -> list[WordMatch]:
        """Return the words of `matches` but quantities, currencies, days and names."""
        (_, one), (_, other) = self._pieces(sides, ours, theirs)
        about = (one, other), (ours, theirs), _places(*sides)
        return [match for match in self.matches(sides, ours, theirs) if not _is_unspecific(match, *about)]

    def _find_topics(self, seeker: Organisation, candidate: Organisation) -> tuple[tuple[str, str], ...]:
        """Return at most `MOST` words of both that name their field: they recur, and few others use them."""
        texts = seeker.said, candidate.said
        languages = one, other = seeker.language, candidate.language
        ours, theirs = map(self._read_all, texts, languages)
        found = self._encoder.lexical.match(ours, theirs, LEAST_TOPIC)
        counts = [*map(self._count, texts, languages)]
        about = languages, (" | ".join(texts[0]), " | ".join(texts[1])), _places(seeker, candidate)
        specific = []
        for match in (one for one in found if one.spread <= SPECIFIC):
            stems = _stems(match.ours, one), _stems(match.theirs, other)
            recurs = max(min(count[stem] for stem in each) for count, each in zip(counts, stems, strict=True))
            may_name = recurs >= RECURS and (one != other or stems[0] == stems[1])
            if may_name and not _is_unspecific(match, *about):
                specific.append(match)
        return distinct_words(specific, one, other)[:MOST]

    def _pieces(self, sides: Sides, ours: str, theirs: str) -> tuple[Piece, Piece]:
        return self._encoder.piece(ours, sides[0].language), self._encoder.piece(theirs, sides[1].language)

    def _match_pieces(self, ours: Piece, theirs: Piece) -> tuple[WordMatch, ...]:
        one, other = (self._read((text,), language) for text, language in (ours, theirs))
        return tuple(whole_phrases(self._encoder.lexical.match(one, other), ours[1], theirs[1]))

    def _count_stems(self, texts: tuple[str, ...], spoken: str) -> Counter[str]:
        return Counter(stem for text in texts for stem in stems_of(*self._encoder.piece(text, spoken)))


def whole_phrases(matches: Sequence[WordMatch], one: str, other: str) -> Sequence[WordMatch]:
    """Return matches across languages with the parts of a phrase put together, under the longest words.

    "tissue culture ~ kultur" and "culture ~ kultur jaringan" become "tissue culture ~ kultur jaringan".
    """
    if one == other:
        return matches
    phrases: list[_Phrase] = []
    for match in matches:
        part = _Phrase(match, _stems(match.ours, one), _stems(match.theirs, other))
        for position, phrase in enumerate(phrases):
            if all(one <= two or two <= one for one, two in zip(phrase[1:], part[1:], strict=True)):
                phrases[position] = phrase.with_part(part)
                break
        else:
            phrases.append(part)
    return sorted((phrase.match for phrase in phrases), key=lambda match: -match.share)


def distinct_words(matches: Iterable[WordMatch], one: str, other: str) -> tuple[tuple[str, str], ...]:
    """Return pairs of words in order, without those of which an earlier pair contains a side."""
    found: dict[tuple[frozenset[str], frozenset[str]], tuple[str, str]] = {}
    for match in matches:
        ours, theirs = _stems(match.ours, one), _stems(match.theirs, other)
        if not any(ours <= a or theirs <= b or (a <= ours and b <= theirs) for a, b in found):
            words = match.ours, match.theirs
            is_one = one == other and ours == theirs
            found[ours, theirs] = (min(words, key=len),) * 2 if is_one else words
    return tuple(found.values())


class _Phrase(NamedTuple):
    """A pair of words or phrases that match, and the stems of both."""

    match: WordMatch
    ours: frozenset[str]
    theirs: frozenset[str]

    def with_part(self, part: "_Phrase") -> "_Phrase":
        """Add the share of another pair; take its longer words unless only one text has such."""
        one, other = self.match, part.match
        is_longer = part.ours > self.ours, part.theirs > self.theirs
        grows = (is_longer[0] and part.theirs != self.theirs) or (is_longer[1] and part.ours != self.ours)
        ours = other.ours if grows and is_longer[0] else one.ours
        theirs = other.theirs if grows and is_longer[1] else one.theirs
        share = one.share + other.share
        spread = (one.spread * one.share + other.spread * other.share) / share
        stems = (self.ours | part.ours, self.theirs | part.theirs) if grows else (self.ours, self.theirs)
        return _Phrase(WordMatch(ours, theirs, share, spread), *stems)


@lru_cache(READINGS_KEPT)
def _stems(words: str, language: str) -> frozenset[str]:
    """Return the stems of words; those of another language than theirs may have none but themselves."""
    return frozenset(stems_of(words, language)) or frozenset([words])


def _places(*sides: Organisation) -> frozenset[str]:
    names = " ".join(side.record[name] for side in sides for name in (Profile.REGION, Profile.COUNTRY))
    return _name_stems(names, *(side.language for side in sides))


@lru_cache(READINGS_KEPT)
def _name_stems(names: str, *languages: str) -> frozenset[str]:
    return frozenset(stem for language in languages for stem in stems_of(names, language))


def _is_unspecific(
    match: WordMatch, languages: Sequence[str], texts: tuple[str, str], places: frozenset[str]
) -> bool:
    """Return whether words are a quantity, a currency, a day, of a place of either, or one proper noun."""
    for words, language in zip((match.ours, match.theirs), languages, strict=True):
        if _stems(words, language) & places or _GENERIC.get(language, frozenset()).issuperset(words.split()):
            return True
    return match.ours == match.theirs and all(_is_proper(match.ours, text) for text in texts)


@lru_cache(READINGS_KEPT)
def _is_proper(words: str, text: str) -> bool:
    """Return whether words are never written small in a text, and with a capital inside a sentence."""
    found = [*re.finditer(rf"\b{re.escape(words)}\b", text, re.IGNORECASE)]
    titled = [one for one in found if one[0][:1].isupper() and not one[0].isupper()]
    inside = [one for one in titled if _INSIDE.search(text[: one.start()])]
    return bool(inside) and all(one[0][:1].isupper() for one in found)
