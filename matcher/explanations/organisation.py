"""An organisation as explanations need it: its profile, its texts encoded, and what is read of them once."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Objects
from matcher.columns import Profile
from matcher.documents.language import N_
from matcher.encoders.encoder import has_substance
from matcher.features import Organisations
from matcher.features.cautions import advertising_text, favourable, is_adverse
from matcher.features.facts import FactColumns, holder_facts
from matcher.features.organisations import texts_of
from matcher.features.places import Places, location
from matcher.profiles.records import normalise
from matcher.profiles.vocabulary import language_of

Trait = tuple[str, Hashable]
"""Code of a reason, and the language or region that two share."""


def traits_of(record: Mapping[str, Any]) -> Iterator[Trait]:
    """Yield the languages and the region of a canonical profile."""
    yield from (("shared_language", code) for code in record[Profile.LANGUAGES])
    if region := normalise(record[Profile.REGION]):
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

    record: Mapping[str, Any]
    """The canonical profile."""
    encoded: Organisations
    row: int = 0
    """Position of the organisation in `encoded`."""

    def passages(self, field: str) -> Texts:
        """Return the texts of a field of `encoded`."""
        ragged = getattr(self.encoded, field)
        at = slice(*ragged.offsets[self.row : self.row + 2])
        return Texts(ragged.texts[at], ragged.vectors[at].astype(np.float64, copy=False))

    @cached_property
    def needs(self) -> Items:
        """Its needs, implied ones too."""
        return self._items("needs")

    @cached_property
    def offers(self) -> Items:
        """Its offers, implied ones too."""
        return self._items("offers")

    def _items(self, field: str) -> Items:
        items = getattr(self.encoded, field)
        at = slice(*items.offsets[self.row : self.row + 2])
        return Items(items.texts[at], items.categories[at], items.weights[at], items.facts[at])

    @cached_property
    def language(self) -> str:
        """Language of its texts; "" where unknown."""
        return str(self.encoded.text_languages[self.row])

    @cached_property
    def said(self) -> tuple[str, ...]:
        """All its texts."""
        return tuple(filter(None, texts_of(self.record)))

    @cached_property
    def written(self) -> str:
        """All its texts as one."""
        return " | ".join(self.said)

    @cached_property
    def traits(self) -> dict[Trait, None]:
        """Its languages and its region, in order."""
        return dict.fromkeys(traits_of(self.record))

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
        return holder_facts(self.record, None).standing.is_unregistered

    @cached_property
    def advertisement(self) -> str:
        """The text by which its profile reads like an advertisement, or ""."""
        return advertising_text(self.record)

    @cached_property
    def n_favourable(self) -> int:
        """Number of its claims that count as evidence."""
        return len(favourable(self.record[Profile.EVIDENCE]))

    @cached_property
    def n_sourced(self) -> int:
        """Number of these that name a source."""
        return sum(bool(claim.source) for claim in favourable(self.record[Profile.EVIDENCE]))

    @cached_property
    def adverse_claims(self) -> tuple[str, ...]:
        """Texts of claims that speak against it."""
        return tuple(claim.text for claim in self.record[Profile.EVIDENCE] if is_adverse(claim))

    @cached_property
    def empty_fields(self) -> tuple[str, ...]:
        """Fields that it leaves empty and that a score would need."""
        record = self.record
        purposes = (record[Profile.VISION], record[Profile.MISSION], *record[Profile.VALUES])
        is_given = {
            N_("purpose"): any(has_substance(text) for text in purposes),
            N_("needs"): bool(record[Profile.NEEDS]),
            N_("offers"): bool(record[Profile.OFFERS]),
            N_("goals"): has_substance(record[Profile.GOALS_SHORT] + record[Profile.GOALS_LONG]),
            N_("indicators"): has_substance(record[Profile.INDICATORS]),
            N_("languages"): bool(record[Profile.LANGUAGES]),
            N_("date of the profile"): not pd.isna(record[Profile.UPDATED]),
        }
        return tuple(name for name, given in is_given.items() if not given)
