"""Conditions that a partner must meet, such as `kind: education; country: Indonesia`."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import pandas as pd

from matcher.columns import LISTS, RESOURCES, Profile
from matcher.errors import ConfigError
from matcher.features.places import countries_of, country_code, lies_in, location
from matcher.profiles.records import id_key, records_of
from matcher.profiles.vocabulary import column_of, language_of, meaning_of

_SINGLE: Final = (Profile.KIND, Profile.COUNTRY, Profile.REGION)
FIELDS: Final = (*_SINGLE, *RESOURCES, *LISTS[:6])
"""Columns that a condition may name; needs and offers by their categories."""
_MEANINGS: Final = {Profile.KIND: "kinds", **dict.fromkeys(RESOURCES, "categories")}
_ITEMS: Final = re.compile(r"[;\n；]")
_FIELD: Final = re.compile(r"\s*([^:=：]+?)\s*[:=：]\s*(.+)", re.DOTALL)
_OR: Final = re.compile(r"[,，、/|]|\b(?:or|atau)\b", re.IGNORECASE)
_AND: Final = re.compile(r"[&+]|\b(?:and|dan|serta)\b", re.IGNORECASE)


class Condition(NamedTuple):
    """What a partner must meet: one of some values in one column."""

    column: Profile
    values: tuple[str, ...]

    def __str__(self) -> str:
        """Write it as in a cell."""
        return f"{self.column}: {', '.join(self.values)}"

    def is_met(self, record: Mapping[str, Any]) -> bool:
        """Return whether a profile meets it; one that does not say so does not."""
        return any(_meets(self.column, value, record) for value in self.values)


class Conditions(NamedTuple):
    """Conditions that were read, and the items that are none."""

    read: tuple[Condition, ...]
    unread: tuple[str, ...]


@lru_cache(maxsize=4096)
def read_conditions(items: tuple[str, ...]) -> Conditions:
    """Read a cell of conditions; all hold, and of the values of one, one is enough.

    Examples
    --------
    >>> [str(one) for one in read_conditions(("jenis: sekolah, NGO", "menawarkan: dana dan pelatihan")).read]
    ['kind: education, social', 'offers: funding', 'offers: training']
    """
    read: list[Condition] = []
    unread: list[str] = []
    for item in (part.strip() for cell in items for part in _ITEMS.split(cell)):
        if not id_key(item):
            continue
        found = _FIELD.fullmatch(item)
        column = column_of(found[1]) if found else read[-1].column if read else None
        if column not in FIELDS:
            unread.append(item)
        elif found:
            groups = [found[2]] if column in _SINGLE else _AND.split(found[2])
            read += [Condition(column, values) for group in groups if (values := _values(column, group))]
        else:  # a list that was divided at its commas
            read[-1] = Condition(column, (*read[-1].values, *_values(column, item)))
    return Conditions(tuple(read), tuple(unread))


def check_conditions(items: Sequence[str]) -> None:
    """Raise `ConfigError` unless all items can be read as conditions."""
    if unread := read_conditions(tuple(items)).unread:
        raise ConfigError(
            f"must must be written as column: value, such as 'kind: education'; got {', '.join(unread)}. "
            f"Columns are {', '.join(FIELDS)}."
        )


def _values(column: Profile, text: str) -> tuple[str, ...]:
    """Return values as profiles have them, so that words of both languages are understood."""
    found: dict[str, None] = {}
    for part in (
        part for one in _OR.split(text) for part in (_AND.split(one) if column in _SINGLE else [one])
    ):
        known = meaning_of(part, _MEANINGS[column]) if column in _MEANINGS else None
        known = language_of(part) if column == Profile.LANGUAGES else known
        if id_key(part):
            found[known or " ".join(part.split())] = None
    return tuple(found)


def _meets(column: Profile, value: str, record: Mapping[str, Any]) -> bool:
    cell = record[column]
    if column == Profile.COUNTRY:
        return bool(country_keys(value) & country_keys(cell or record[Profile.REGION]))
    if column == Profile.REGION:
        at = location(record[Profile.COUNTRY], cell)
        return id_key(value) == id_key(cell) or lies_in(at, location("", value)) is True
    return id_key(value) in values_of(column, cell)


@lru_cache(maxsize=8192)
def country_keys(text: str) -> frozenset[str]:
    """Return the countries that a text names, by code; an unknown one by its name."""
    if code := country_code(text):
        return frozenset([code])
    return countries_of(location(text, "")) or frozenset(filter(None, [id_key(text)]))


def values_of(column: str, cell: Any) -> frozenset[str]:
    """Return the values of a cell, each in one notation; needs and offers by their categories."""
    if column == Profile.COUNTRY:
        return country_keys(cell)
    items = (cell,) if isinstance(cell, str) else (getattr(item, "category", item) for item in cell)
    return frozenset(map(id_key, items)) - {""}


def records_met(condition: Condition, frame: pd.DataFrame) -> list[bool]:
    """Return whether each profile of a table meets a condition."""
    return [*map(condition.is_met, records_of(frame[[column for column in FIELDS if column in frame]]))]
