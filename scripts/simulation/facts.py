"""Facts of organisations from which the simulation computes the benefit of a partner.

Only countable content of profiles is used: categories, levels, single words, place names. The engine's
vectors and scores are not used, so that a simulated history does not favour them.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import pandas as pd

from matcher.columns import Profile

NEED_VALUE: Final = 3.0  # of a partner who offers, at the highest level, every category that is needed
SECTOR_VALUE: Final = 1.2
LANGUAGE_VALUE: Final = 0.8
REGION_VALUE: Final = 0.5
RIVAL_VALUE: Final = -1.5
UNSTATED_NEEDS: Final = 0.2  # share of the needs assumed to be met where an organisation states none
HIGHEST_LEVEL: Final = 5
RIVAL_PRODUCT_WORDS: Final = 2  # one shared word ("solar") does not make the same product
SHORTEST_WORD: Final = 4
COMMON_WORDS: Final = frozenset({"from", "with", "untuk", "dengan", "dari", "pada", "other", "small"})
COMPASS_WORDS: Final = frozenset(
    [
        *("north", "south", "east", "west", "central", "northern", "southern", "eastern", "western"),
        *("utara", "selatan", "timur", "barat", "tengah", "kota", "kabupaten", "city", "region"),
        *("island", "islands", "pulau", "kepulauan"),
    ]
)


@dataclass(frozen=True)
class Facts:
    """The facts of one organisation; those in sets are single words in lower case, codes or ids."""

    id: str
    needs: tuple[tuple[str, float], ...]  # category and importance (1 to 5) of each
    offers: Mapping[str, float]  # highest level (1 to 5) in each category
    sector: frozenset[str]
    products: frozenset[str]
    markets: frozenset[str]
    places: frozenset[str]
    languages: frozenset[str]
    excludes: frozenset[str]
    country: str
    flag: str
    founded: float  # year, NaN where not given
    capacity: float  # new partnerships per year, NaN where not given
    n_claims: int

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Self:
        """Take the facts out of one row of canonical columns."""
        return cls(
            id=row[Profile.ID],
            needs=tuple((need.category, float(need.weight)) for need in row[Profile.NEEDS]),
            offers=_levels(row[Profile.OFFERS]),
            sector=_words(row[Profile.SECTOR]),
            products=_words(row[Profile.PRODUCTS]),
            markets=_words(row[Profile.MARKETS]),
            places=_words([row[Profile.REGION]]) - COMPASS_WORDS,
            languages=frozenset(row[Profile.LANGUAGES]),
            excludes=frozenset(row[Profile.EXCLUDES]),
            country=row[Profile.COUNTRY],
            flag=row[Profile.FLAG],
            founded=float(row[Profile.FOUNDED]),
            capacity=float(row[Profile.CAPACITY_MAX]),
            n_claims=len(row[Profile.EVIDENCE]),
        )


def read_facts(profiles: pd.DataFrame) -> list[Facts]:
    """Return the facts of each organisation, sorted by id whatever the order of rows."""
    records: list[dict[str, Any]] = profiles.to_dict("records")  # type: ignore[assignment]
    return sorted((Facts.from_row(record) for record in records), key=lambda facts: facts.id)


def benefit(one: Facts, other: Facts) -> float:
    """Return the benefit of `one` from `other`, by facts only, from -1.5 to 5.5.

    NEED_VALUE x met needs + SECTOR_VALUE x shared sector words + LANGUAGE_VALUE if a language is shared
    + REGION_VALUE if the region is + RIVAL_VALUE if they are rivals. Not symmetric: the needs are those of
    `one`. Own definition.
    """
    return (
        NEED_VALUE * met_needs(one, other)
        + SECTOR_VALUE * overlap(one.sector, other.sector)
        + LANGUAGE_VALUE * bool(one.languages & other.languages)
        + REGION_VALUE * same_region(one, other)
        + RIVAL_VALUE * are_rivals(one, other)
    )


def met_needs(one: Facts, other: Facts) -> float:
    """Return the share, in [0, 1], of the importance of one's needs that the other's offers meet.

    A need counts by its importance, times the level at which its category is offered, out of 5.
    """
    total = sum(weight for _, weight in one.needs)
    if not total:
        return UNSTATED_NEEDS
    met = sum(weight * other.offers.get(category, 0.0) for category, weight in one.needs)
    return met / (total * HIGHEST_LEVEL)


def overlap(words: frozenset[str], others: frozenset[str]) -> float:
    """Return the shared words over the shorter list, in [0, 1]; 0 where either is empty."""
    shorter = min(len(words), len(others))
    return len(words & others) / shorter if shorter else 0.0


def same_region(one: Facts, other: Facts) -> bool:
    """Return whether the regions share a place name; compass words and other countries do not count."""
    same_country = not one.country or not other.country or one.country == other.country
    return same_country and bool(one.places & other.places)


def are_rivals(one: Facts, other: Facts) -> bool:
    """Return whether two organisations sell a similar product (two shared words) to a similar market."""
    alike = len(one.products & other.products) >= RIVAL_PRODUCT_WORDS
    return alike and bool(one.markets & other.markets)


def _levels(offers: Iterable[Any]) -> dict[str, float]:
    levels: dict[str, float] = {}
    for offer in offers:
        levels[offer.category] = max(levels.get(offer.category, 0.0), float(offer.weight))
    return levels


def _words(texts: Iterable[str]) -> frozenset[str]:
    found = re.findall(r"[^\W\d_]+", " ".join(texts).casefold())
    return frozenset(word for word in found if len(word) >= SHORTEST_WORD) - COMMON_WORDS
