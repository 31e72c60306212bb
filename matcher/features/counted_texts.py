"""Which texts and claims of a profile count, and the needs and offers that its sentences imply."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import chain
from typing import Any, Final, Self

import numpy as np

from matcher.columns import RESOURCES, Profile
from matcher.documents.language import N_, Messages
from matcher.encoders.passages import split_passages
from matcher.encoders.words import WORD
from matcher.features.screening import Screen
from matcher.files import bundled_toml
from matcher.profiles import Claim, Resource
from matcher.profiles.records import PROSE
from matcher.tables.values import lowered

MOST_OTHERS: Final = 5  # organisations with which a profile may have needs or offers in common, and all count
MOST_RESOURCES: Final = 10  # needs and offers up to which all count: what is in common may be copied from it
LEAST_WORDS: Final = 5  # different words of a text that can be recognised in another profile
MOST_TERMS: Final = 12  # sectors, products and markets that count; the first ones
LEAST_LEVEL: Final = 1  # level of what an advertisement offers
FREE_TERMS: Final = 4  # products and markets that count without a word in the other texts; the first ones
ROOT: Final = 5  # first letters of a word by which a product or market is recognised in the other texts
REPEATED: Final = 2 / 3  # share of words in common from which needs or offers say nearly the same
MOST_CATEGORIES: Final = 2  # categories in which a profile may say nearly the same, and it counts
MOST_SOURCES: Final = 3  # organisations of which it may have passages that nobody else has, and all count
MOST_PASSAGES: Final = 8  # passages up to which all of a profile count, as of needs and offers
LIST_WORDS: Final = 16  # words from which a passage may be a list of words
LIST_SIGNS: Final = 0.5  # signs between items per word from which it is one
LONG_LIST: Final = 8  # signs between items from which a mission, or needs and offers together, are a list
MANY_ITEMS: Final = 3  # signs between items from which a text of an advertisement is a list of keywords
STYLES: Final = ("boast", "everything", "contact")
LEAST_STYLES: Final = 3  # kinds of cues, of `STYLES` and lists, of an advertisement
IMPLIED_WEIGHT: Final = 1  # importance or level of what another column states: below that of most others
MOST_IMPLIED: Final = 8  # sentences that count, of needs and of offers; the first ones
IMPLYING: Final = {
    Profile.MISSION: N_("mission"),
    Profile.GOALS_SHORT: N_("short-term goals"),
    Profile.GOALS_LONG: N_("long-term goals"),
    Profile.VISION: N_("vision"),
}
"""Columns whose sentences are read, in this order, and what readers call them."""

TERMS: Final = (Profile.SECTOR, Profile.PRODUCTS, Profile.MARKETS)
LEFT_OUT: Final[Mapping[str, str]] = bundled_toml(__package__, "counted_texts.toml")
"""Why texts do not count."""

Key = frozenset[str]
Record = dict[str, Any]


class TextFilter:
    """Leaves out of profiles what does not count: see docs/scores.md, “What does not count”.

    Texts are the same if they have the same words in any order, at least `LEAST_WORDS` different ones; of a
    profile with texts taken from others shorter ones too.
    """

    def fit(self, records: Iterable[Record]) -> Self:
        """Learn the texts of a pool of canonical profiles."""
        ids, digests, numbers = [], list[int](), list[int]()
        for number, record in enumerate(records):
            ids.append(record[Profile.ID])
            keys = {*map(key_of, (*_resources(record), *_passages(record)))}
            digests += map(_digest, keys)
            numbers += [number] * len(keys)
        found, carriers = np.array(digests, dtype=np.uint64), np.array(numbers, dtype=np.int64)
        order = np.lexsort((carriers, found))
        self._ids = np.array(ids, dtype=object)
        self._digests, self._carriers = found[order], carriers[order]
        return self

    def _carrying(self, key: Key) -> set[str]:
        digest = np.uint64(_digest(key))
        first, last = (self._digests.searchsorted(digest, side) for side in ("left", "right"))
        return {*self._ids[self._carriers[first:last]]}

    def apply_all(self, records: Sequence[Record]) -> list[tuple[Record, dict[str, int]]]:
        """Return `apply` of each of many profiles."""
        return [self.apply(*one) for one in zip(records, may_advertise(records), strict=True)]

    def apply(self, record: Record, may_be_advert: bool = True) -> tuple[Record, dict[str, int]]:
        """Return a canonical profile with the texts that count, and how many do not, by `LEFT_OUT`."""
        kept, numbers = {**record}, Counter[str]()
        is_advert = may_be_advert and bool(advertising_text(record))
        passages = {column: split_passages(record[column]) for column in PROSE}
        taken = self._copied(record, [*_resources(record)], MOST_RESOURCES, MOST_OTHERS)
        every = [*chain.from_iterable(passages.values())]
        pasted = self._copied(record, every, MOST_PASSAGES, MOST_SOURCES, are_alone=True)
        for column, texts in passages.items():
            own = [text for text in texts if not (is_list(text) or (is_advert and is_filler(text)))]
            left = [text for text in own if not _is_in(text, pasted)]
            if len(left) < len(texts):
                kept[column] = "\n".join(left)
            numbers["lists"] += len(texts) - len(own)
            numbers["pasted"] += len(own) - len(left)
        for column in RESOURCES:
            counted = without_repeats(record[column])
            kept[column] = tuple(item for item in counted if not _is_in(item.text, taken))
            numbers["repeated"] += len(record[column]) - len(counted)
            numbers["shared"] += len(counted) - len(kept[column])
        if is_advert:
            kept[Profile.OFFERS] = tuple(item._replace(weight=LEAST_LEVEL) for item in kept[Profile.OFFERS])
        for column in TERMS:
            terms = tuple(record.get(column, ()))
            kept[column] = terms[: 0 if is_advert else MOST_TERMS]
            numbers["advert" if is_advert else "terms"] += len(terms) - len(kept[column])
        long = [column for column in TERMS if column != Profile.SECTOR and len(kept[column]) > FREE_TERMS]
        said = _roots(" ".join([*_passages(kept), *_resources(kept)])) if long else set()
        for column in long:
            rest = [term for term in kept[column][FREE_TERMS:] if not said.isdisjoint(_roots(term))]
            numbers["unmentioned"] += len(kept[column]) - FREE_TERMS - len(rest)
            kept[column] = (*kept[column][:FREE_TERMS], *rest)
        return kept, {why: numbers[why] for why in LEFT_OUT if numbers[why]}

    def _copied(
        self, record: Record, texts: Sequence[str], most: int, most_sources: int, *, are_alone: bool = False
    ) -> set[Key]:
        """Return the texts copied from others; `are_alone`: sources are those of texts that have one."""
        if len(texts) <= most:
            return set()
        own = {record[Profile.ID], record[Profile.LEAD]}
        common = {key: others for text in texts if (others := self._carrying(key := key_of(text)) - own)}
        known = [others for key, others in common.items() if len(key) >= LEAST_WORDS]
        counts = Counter(other for others in known for other in others)
        copies = {other for other, count in counts.items() if 2 * count > len(known)}
        found = [others - copies for others in known]
        sources = set().union(*(others for others in found if len(others) == 1 or not are_alone))
        return {*common} if len(sources) > most_sources else set()


def render_left_out(numbers: Mapping[str, int], messages: Messages) -> tuple[str, ...]:
    """Return the numbers of `TextFilter.apply` in words; no text of the profile."""
    return tuple(
        messages.say(LEFT_OUT[why], number=number, most=MOST_TERMS, free=FREE_TERMS)
        for why, number in numbers.items()
    )


def _resources(record: Mapping[str, Any]) -> Iterator[str]:
    return (item.text for column in RESOURCES for item in record[column])


def _passages(record: Mapping[str, Any]) -> Iterator[str]:
    return (text for column in PROSE for text in split_passages(record[column]))


def _roots(text: str) -> set[str]:
    """Return the first letters of the words of a text, without the shortest words."""
    return {word[:ROOT] for word in key_of(text) if len(word) >= ROOT - 1}


def key_of(text: str) -> Key:
    """Return the words of a text, by which it is recognised."""
    return frozenset(WORD.findall(text.casefold()))


def _digest(key: Key) -> int:
    return int.from_bytes(blake2b(" ".join(sorted(key)).encode(), digest_size=8).digest(), "little")


def _is_in(text: str, keys: set[Key]) -> bool:
    return bool(keys) and key_of(text) in keys


def without_repeats(items: Sequence[Resource]) -> tuple[Resource, ...]:
    """Return needs or offers without those that say nearly the same in more than `MOST_CATEGORIES`."""
    if len({item.category for item in items}) <= MOST_CATEGORIES:
        return tuple(items)
    keyed = [(item, key_of(item.text)) for item in items]
    return tuple(
        item
        for item, key in keyed
        if len(key) < LEAST_WORDS
        or len({other.category for other, words in keyed if _are_alike(key, words)}) <= MOST_CATEGORIES
    )


def _are_alike(one: Key, other: Key) -> bool:
    return len(one & other) >= REPEATED * len(one | other)


def is_list(passage: str) -> bool:
    """Return whether a passage is a long list of words without a sentence."""
    n_words = len(passage.split())
    return n_words >= LIST_WORDS and _n_signs(passage) >= LIST_SIGNS * n_words


@lru_cache(65536)
def is_adverse(claim: Claim) -> bool:
    """Return whether a claim speaks against its organisation: a complaint, warning, sanction or dispute."""
    text = lowered(f"{claim.text} . {claim.source}")
    return bool(_CAUTIONS["adverse"].search(_CAUTIONS["cleared"].sub(" ", text)))


def favourable(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims that count as evidence, in their order."""
    return [claim for claim in claims if not is_adverse(claim)]


def advertising_text(record: Mapping[str, Any]) -> str:
    """Return the text by which a profile reads like an advertisement; "" where it does not.

    It does if `LEAST_STYLES` kinds of cues stand in its mission, vision, needs and offers, or a phone number,
    a link or a call to contact beside one other kind. Own definition.
    """
    texts = _texts_of(record)
    mission, _, *resources = texts
    found = {style: text for text in texts for style in _styles(text)}
    longest = max(texts, key=_n_signs, default="")
    if _n_signs(mission) >= LONG_LIST or _n_signs(" ".join(resources)) >= LONG_LIST:
        found["list"] = longest
    is_one = len(found) >= LEAST_STYLES or ("contact" in found and len(found) > 1)
    return next(iter(found.values())) if is_one else ""


def may_advertise(records: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Return whether each of many profiles may have an `advertising_text`; found fast."""
    return _STYLED.may_match(["\n".join(_texts_of(record)) for record in records])


def _texts_of(record: Mapping[str, Any]) -> list[str]:
    resources = [item.text for column in RESOURCES for item in record[column]]
    return [record[Profile.MISSION], record[Profile.VISION], *resources]


@lru_cache(65536)
def _styles(text: str) -> tuple[str, ...]:
    lower = lowered(text)
    return tuple(style for style in STYLES if _CAUTIONS[style].search(lower))


def is_filler(text: str) -> bool:
    """Return whether a text of an advertisement is a list of keywords or a call to contact."""
    return _n_signs(text) >= MANY_ITEMS or bool(_CAUTIONS["contact"].search(lowered(text)))


def _n_signs(text: str) -> int:
    return len(_CAUTIONS["list"].findall(text))


def with_implied(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a canonical profile with needs, and with offers, from its sentences where it names none."""
    return {**record, **{column: record[column] or implied(record, column) for column in RESOURCES}}


def implied(record: Mapping[str, Any], column: Profile) -> tuple[Resource, ...]:
    """Return the sentences that state a need or an offer by a cue of `implied.toml`, without a category."""
    cues = _CUES[column]
    sentences = (text for source in IMPLYING for text in split_passages(record[source]))
    found = dict.fromkeys(
        text
        for text in sentences
        if (cues["en"].search(text) or cues["id"].search(text)) and not cues["not"].search(text)
    )
    return tuple(Resource("", text, IMPLIED_WEIGHT) for text in [*found][:MOST_IMPLIED])


def source_of(text: str, record: Mapping[str, Any], column: Profile) -> str:
    """Return the name of the column that states a need or an offer; "" where it is `column` itself."""
    if record[column]:
        return ""
    return next((name for source, name in IMPLYING.items() if text in split_passages(record[source])), "")


_CAUTIONS: Final = {
    name: re.compile(pattern)
    for group in bundled_toml(__package__, "cautions.toml").values()
    for name, pattern in group.items()
}
_STYLED: Final = Screen(*map(_CAUTIONS.__getitem__, STYLES))
_CUES: Final = {
    side: {name: re.compile(pattern, re.IGNORECASE) for name, pattern in cues.items()}
    for side, cues in bundled_toml(__package__, "implied.toml").items()
}
