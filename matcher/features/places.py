"""Places that texts name, and whether one lies in another: Indonesia by regency, the rest by country."""

import math
import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import product
from typing import Final, NamedTuple

from babel import Locale
from sklearn.metrics.pairwise import haversine_distances

from matcher.documents.language import LANGUAGES
from matcher.files import bundled_toml
from matcher.tables.values import lowered

EARTH_RADIUS: Final = 6371.0  # km
_WIDE: Final = re.compile(r"serving|melayani|\d+ provin|seluruh|nation|nasional", re.IGNORECASE)
"""What says that an organisation works in more places than that of its office."""
Places = frozenset[str]
"""Places by their first names; countries by ISO 3166 codes."""


class Mention(NamedTuple):
    """A place named in a text, from `start` to before `stop`."""

    start: int
    stop: int
    place: str


class _Gazetteer(NamedTuple):
    """Places by name in lower case, what lies in each (itself too), and centres in radians."""

    names: dict[str, str]
    inside: dict[str, Places]
    centres: dict[str, tuple[float, ...]]
    countries: Places
    apart: Places
    pattern: re.Pattern[str]


def mentions(text: str, *, any_case: bool = False) -> list[Mention]:
    """Return the places that a text names, in its order; the longest name counts.

    With `any_case` lower case counts, as in a cell that holds only a place.

    Examples
    --------
    >>> [mention.place for mention in mentions("in West Java and Padang, not in padang rumput")]
    ['Jawa Barat', 'Padang']
    """
    known = _gazetteer()
    found = ((at.start(), at.end(), at[0]) for at in known.pattern.finditer(lowered(text)))
    return [
        Mention(start, stop, known.names[" ".join(name.casefold().split())])
        for start, stop, name in found
        if any_case or not text[start:stop].islower()
    ]


def place_names() -> re.Pattern[str]:
    """Return a pattern of the names of all places, in lower case."""
    return _gazetteer().pattern


@lru_cache(65536)
def location(country: str, region: str) -> Places:
    """Return where an organisation is, as exactly as is known; empty where unknown."""
    found = {mention.place for text in (country, region) for mention in mentions(text, any_case=True)}
    inside, provinces = _gazetteer().inside, found & set(_gazetteer().centres)
    if provinces:
        # A regency of another province is a name that happens to be the same.
        within = frozenset().union(*(inside[one] for one in provinces))
        found = {one for one in found if one not in inside["ID"] or one in within or provinces & inside[one]}
    if _WIDE.search(region):
        return frozenset(found)
    return frozenset(place for place in found if found & inside[place] == {place})


@lru_cache(65536)
def lies_in(places: Places, area: Places) -> bool | None:
    """Return whether an organisation at `places` lies in `area`; None where the profile does not say."""
    inside = _gazetteer().inside
    if any(place in inside[part] for place in places for part in area):
        return True
    may_overlap = any(inside[place] & inside[part] for place in places for part in area)
    return None if may_overlap or not places or not area else False


def distance(places: Iterable[str], others: Iterable[str]) -> float:
    """Return the km between the centres of the nearest two provinces; NaN where one is not known."""
    ones, found = (filter(None, map(_centre, side)) for side in (places, others))
    return min((_distance(*both) for both in product(ones, found)), default=math.nan)


@cache
def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    return EARTH_RADIUS * float(haversine_distances([one], [other])[0, 0])


def local_names(text: str, lang: str) -> str:
    """Return a text with its countries, and in Indonesian its provinces too, as a language names them.

    Examples
    --------
    >>> local_names("Semarang, Central Java", "id"), local_names("Jerman", "en")
    ('Semarang, Jawa Tengah', 'Germany')
    """
    known, countries, written = _gazetteer(), Locale(lang).territories, text
    for start, stop, place in reversed(mentions(text, any_case=True)):
        is_named = place in known.countries or (lang == "id" and place in known.centres)
        if is_named and place != text[start:stop]:
            written = f"{written[:start]}{countries.get(place, place)}{written[stop:]}"
    return written


def country_code(text: str) -> str:
    """Return the code that a text is, in capital letters; "" where it is none."""
    code = text.strip().upper()
    return code if code in _gazetteer().countries else ""


@lru_cache(65536)
def countries_of(places: Places) -> Places:
    """Return the codes of the countries in which places lie; of a larger area none."""
    known = _gazetteer()
    return frozenset(code for place in places for code in known.countries if place in known.inside[code])


def are_islands_apart(places: Places, others: Places) -> bool:
    """Return whether two organisations are known to be on different islands of Indonesia and around."""
    known = _gazetteer()
    on, other = ({one for one in known.apart if side & known.inside[one]} for side in (places, others))
    return bool(on and other and not on & other)


@cache
def _centre(place: str) -> tuple[float, ...] | None:
    known = _gazetteer()
    return next((at for name, at in known.centres.items() if place in known.inside[name]), None)


@cache
def _gazetteer() -> _Gazetteer:
    tables = bundled_toml(__package__, "places.toml")
    names: dict[str, str] = {}
    provinces = tables["provinces"].items()
    members = {_listed(one, names)[0]: _listed(about["within"], names) for one, about in provinces}
    names |= {name: one for one, about in provinces for name in about["names"]}
    centres = {one: tuple(map(math.radians, about["centre"])) for one, about in provinces}
    countries = frozenset(code for code in Locale("en").territories if len(code) == 2 and code.isalpha())
    for language in LANGUAGES:
        names |= {name: code for code, name in Locale(language).territories.items() if code in countries}
    names |= {name: code for code, others in tables["countries"].items() for name in others}
    members["ID"] = list(centres)
    for group, within in (tables["islands"] | tables["world"]).items():
        members[_listed(group, names)[0]] = _listed(within, names)
    inside = {place: _within(place, members) for place in {*names.values(), *members}}
    pattern = _alternatives(sorted({*map(lowered, names)}, key=len, reverse=True))
    return _Gazetteer(
        {name.casefold(): place for name, place in names.items()},
        inside,
        centres,
        countries,
        frozenset(" ".join(one.split()) for one in tables["apart"].split(",")),
        re.compile(rf"(?<![\w-])(?:{pattern})(?![\w-])"),
    )


def _alternatives(names: Sequence[str], depth: int = 0) -> str:
    """Return a pattern of names, of which the first that fits counts, split by their first two letters."""
    if depth == 2 or len(names) == 1:
        return "|".join(re.escape(name[depth:]).replace(r"\ ", r"\s+") for name in names)
    letters = dict.fromkeys(name[depth] for name in names)
    groups = {one: [name for name in names if name[depth] == one] for one in letters}
    return "|".join(
        f"{re.escape(one)}(?:{_alternatives(group, depth + 1)})".replace(r"\ ", r"\s+")
        for one, group in groups.items()
    )


def _listed(text: str, names: dict[str, str]) -> list[str]:
    """Return the places of a list, each by its first name, and enter all names; a code is no name."""
    places = []
    for place in text.split(","):
        first, *others = (" ".join(name.split()) for name in place.split("|"))
        names |= dict.fromkeys([name for name in (first, *others) if len(name) > 2], first)
        places.append(first)
    return places


def _within(place: str, members: dict[str, list[str]]) -> Places:
    parts = (_within(part, members) for part in members.get(place, ()) if part != place)
    return frozenset([place]).union(*parts)
