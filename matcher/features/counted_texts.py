"""Which texts of a profile count: needs and offers taken from many others, and lists of words, do not."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final, Self

from matcher.columns import Profile
from matcher.encoders.passages import split_passages
from matcher.encoders.words import WORD

MOST_OTHERS: Final = 5
"""Organisations with which a profile may have some of its texts in common, and all of them still count."""
MOST_RESOURCES: Final = 10
"""Needs and offers up to which all of a profile count: what it has in common may be copied from it."""
LEAST_WORDS: Final = 5
"""Different words of a text that can be recognised in another profile."""
MOST_TERMS: Final = 12
"""Sectors, products and markets that count; the first ones."""
LIST_WORDS: Final = 16
"""Words from which a passage may be a list of words."""
LIST_SIGNS: Final = 0.5
"""Signs between items per word from which it is one."""

PROSE: Final = (
    Profile.VISION,
    Profile.MISSION,
    Profile.GOALS_SHORT,
    Profile.GOALS_LONG,
    Profile.INDICATORS,
)
_SIGNS: Final = re.compile(r"[,;/|·]")

Key = frozenset[str]
Record = dict[str, Any]


class TextFilter:
    """Leaves out of profiles what does not count.

    That is, of a profile of more than `MOST_RESOURCES` needs and offers that has different ones in common
    with more than `MOST_OTHERS` organisations, all these needs and offers; passages that are lists of
    words; and sectors, products and markets beyond the first `MOST_TERMS`. Passages in common count:
    partners in one project often describe it by the same sentences. Texts are the same if they have the
    same words in any order, at least `LEAST_WORDS` different ones. Own definition, measured in
    docs/benchmarks.md.
    """

    def fit(self, records: Iterable[Record]) -> Self:
        """Learn the texts of a pool.

        Parameters
        ----------
        records : iterable of dict
            Canonical profiles.
        """
        self._carriers: dict[Key, set[str]] = {}
        for record in records:
            for key in _keys(record):
                self._carriers.setdefault(key, set()).add(record[Profile.ID])
        return self

    def apply(self, record: Record) -> Record:
        """Return a canonical profile or opportunity with the texts that count, and all else."""
        taken = self._taken(record)
        kept = {**record}
        for column in PROSE:
            passages = split_passages(record[column])
            left = [text for text in passages if not is_list(text)]
            if len(left) < len(passages):
                kept[column] = "\n".join(left)
        if taken:
            for column in (Profile.NEEDS, Profile.OFFERS):
                kept[column] = tuple(item for item in record[column] if key_of(item.text) not in taken)
        for column in (Profile.SECTOR, Profile.PRODUCTS, Profile.MARKETS):
            kept[column] = tuple(record.get(column, ()))[:MOST_TERMS]
        return kept

    def _taken(self, record: Mapping[str, Any]) -> set[Key]:
        """Return the texts in common with others, where these others have few of them each."""
        if len(record[Profile.NEEDS]) + len(record[Profile.OFFERS]) <= MOST_RESOURCES:
            return set()
        own = {record[Profile.ID], record[Profile.LEAD]}
        common = {key: others for key in _keys(record) if (others := self._carriers.get(key, set()) - own)}
        counts = Counter(other for others in common.values() for other in others)
        # One that has most of them is a copy, or the original, and no other source.
        sources = sum(2 * count <= len(common) for count in counts.values())
        return {*common} if sources > MOST_OTHERS else set()


def _keys(record: Mapping[str, Any]) -> set[Key]:
    resources = (item.text for column in (Profile.NEEDS, Profile.OFFERS) for item in record[column])
    return {key for text in resources if len(key := key_of(text)) >= LEAST_WORDS}


def key_of(text: str) -> Key:
    """Return the words of a text, by which it is recognised."""
    return frozenset(WORD.findall(text.casefold()))


def is_list(passage: str) -> bool:
    """Return whether a passage is a long list of words without a sentence."""
    n_words = len(passage.split())
    return n_words >= LIST_WORDS and len(_SIGNS.findall(passage)) >= LIST_SIGNS * n_words
