"""Needs, offers and evidence: cells of items that have a text and further parts."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from matcher.profiles.vocabulary import index_words, meaning_of
from matcher.tables.cells import (
    escape,
    literal_items,
    split_items,
    top_level,
    trailing_backslashes,
    trailing_group,
    unbullet,
    unescape,
)
from matcher.tables.dates import Order, looks_like_date, read_date
from matcher.tables.numbers import parse_rating
from matcher.tables.values import Findings, as_list, fold, is_missing, is_placeholder, narrow, read_text

DEFAULT_WEIGHT: Final = 3  # importance or level of a resource that gives none, from 1 to 5

_SQUARE: Final = re.compile(r"\[([^\[\]()]{1,20})\][.,]?$|(?<=\))[.,]$")
"""A level in square brackets, or a full stop after it."""
_NO_COLON: Final = re.compile(r"\d:\d|.?://", re.DOTALL)  # the colon of a time or an address ends no category
Parts = tuple[str, str, object]  # two texts of an item, and its weight or date


class Resource(NamedTuple):
    """One need or offer."""

    category: str  # one of `vocabulary.CATEGORIES`, another word in lower case, or "" where none is given
    text: str  # what exactly; the word given as category where nothing else is said
    weight: int = DEFAULT_WEIGHT  # importance (need) or level (offer), 1 to 5

    def __str__(self) -> str:
        """Write it as in a cell: ``category: text (weight)``; reading gives the same resource back."""
        head = escape(self.category, ";:\n") + trailing_backslashes(self.category)
        return f"{head}: {escape(self.text)} ({self.weight})"


class Claim(NamedTuple):
    """One piece of evidence."""

    text: str  # what is claimed
    source: str = ""  # its source; "" where none is given
    date: dt.date | None = None  # when; a year alone is its first day

    def __str__(self) -> str:
        """Write it as in a cell: ``claim (source, date)``; reading gives the same claim back."""
        text, source = escape(self.text), escape(self.source)
        if self.date is not None:
            return f"{text} ({source}, {self.date.isoformat()})"
        if "," in source or looks_like_date(self.source):
            return f"{text} ({source}, )"
        if source:
            return f"{text} ({source}{trailing_backslashes(source)})"
        return f"{text} ()" if text.endswith(")") else text


_KEYS: Final[Mapping[type[Any], Mapping[str, str]]] = {
    Resource: index_words(
        {"category": ["kategori"], "text": ["teks", "uraian"], "weight": ["level", "bobot", "tingkat"]}
    ),
    Claim: index_words({"text": ["claim", "teks", "klaim"], "source": ["sumber"], "date": ["tanggal"]}),
}
"""Keys of an object, by what it is read as."""


def read_resources(value: object, found: Findings) -> tuple[Resource, ...]:
    """Read a cell of needs or offers: a string in cell syntax, or a list of strings and objects."""
    items = _read_items(value, Resource, _split_resource, found)
    return tuple(one for parts in items if (one := _resource(*parts, found)))


def read_claims(value: object, today: dt.date, found: Findings, order: Order = "day") -> tuple[Claim, ...]:
    """Read a cell of evidence: a string in cell syntax, or a list of strings and objects."""
    claims = []
    for text, source, date in _read_items(value, Claim, _split_claim, found):
        before = found.n_rejected
        day = read_date(date, found, order, today)
        if found.n_rejected > before and isinstance(date, str):
            source = f"{source}, {date}" if source else date
        text = unbullet(text)
        if not text:
            found.reject("evidence must have a text; write claim (source, YYYY-MM-DD)", "")
        elif is_placeholder(text, is_answer=True):
            found.read_as_empty(text)
        else:
            claims.append(Claim(text, "" if is_placeholder(source) else source, day))
    return tuple(claims)


def _read_items(
    value: object, kind: type[Any], split: Callable[[str], Parts], found: Findings
) -> Iterator[Parts]:
    """Yield the parts of the items of a cell, one after the other: findings keep their order."""
    items: list[Any] | None = [value] if isinstance(value, (kind, Mapping)) else as_list(value)
    if is_cell := items is None:
        text = narrow(read_text(value, found))
        items = literal_items(text)
        if is_cell := items is None:
            items = split_items(text, is_prose=True)
    for item in items or ():
        parts = split(str(item)) if is_cell else _parts_of(item, kind, split, found)
        if parts is not None:
            yield parts


def _parts_of(item: object, kind: type[Any], split: Callable[[str], Parts], found: Findings) -> Parts | None:
    """Return the parts of an item of a list; None where it is empty or rejected."""
    names, noun = kind._fields, kind.__name__.lower()
    if isinstance(item, Mapping):
        known = _KEYS[kind]
        parts = {known.get(fold(str(key)), str(key)): part for key, part in item.items()}
        for key in parts.keys() - set(names):
            found.note(f"key {key[:40]!r} of a {noun} is not used; known: {', '.join(names)}", "")
        item = kind(*map(parts.get, names))
    if isinstance(item, kind):
        one, other = ("" if is_missing(part) else narrow(read_text(part, found)) for part in item[:2])
        return one, other, item[2]
    if isinstance(item, str):
        text = read_text(item, found)
        return split(narrow(text)) if text else None
    if not is_missing(item):
        found.reject(f"must be a list of texts or of objects {{{', '.join(names)}}}", item)
    return None


def _split_resource(item: str) -> Parts:
    item = _SQUARE.sub(lambda square: f"({square[1]})" if square[1] else "", unbullet(item))
    body, group = trailing_group(item)
    if group is None or _stated_level(group) is None:
        body, group = item, None
    colon = next(iter(top_level(body, ":")), None)
    if colon is None or _NO_COLON.match(body, max(colon - 1, 0)):
        text = unescape(body)
        return text if meaning_of(text, "categories") else "", text, group
    # what stands before the colon is unescaped with it: backslashes at its end count only there
    return unescape(f"{body[:colon].rstrip()}:")[:-1], unescape(body[colon + 1 :].strip()), group


def _resource(word: str, text: str, weight: object, found: Findings) -> Resource | None:
    word = unbullet(word)
    text = unbullet(text) if is_placeholder(word) or not word else text
    if is_placeholder(text or word, is_answer=True):
        found.read_as_empty(text or word)
        return None
    if is_placeholder(word):
        found.read_as_empty(word)
        word = ""
    if not word and not text:
        found.reject("resource must have a text; write category: text (n)", "")
        return None
    before = found.n_rejected
    level = _level(weight, found)
    if found.n_rejected > before and isinstance(weight, str):
        text = f"{text or word} ({weight})"
    category = meaning_of(word, "categories")
    if category is None:
        category = " ".join(word.lower().split())
        unknown = f"unknown category {category[:40]!r} kept"
        found.note(unknown if word else "no category; write category: text (n)", word or text)
    return Resource(category, text or word, level)


def _stated_level(text: str) -> float | None:
    """Return the level that a text says in digits or in a word; None where it says none."""
    if (number := parse_rating(text)) is not None:
        return number
    word = meaning_of(re.sub(r"^[1-5]\s*[-=:]\s*", "", text), "levels")
    return float(text[0] if text[0] in "12345" else word) if word else None


def _level(weight: object, found: Findings) -> int:
    """Read a weight; the default where there is none or it is rejected."""
    weight = weight.item() if isinstance(weight, np.generic) else weight
    text = weight if isinstance(weight, str) else ""
    if is_missing(weight) or (isinstance(weight, str) and not text.strip()):
        return DEFAULT_WEIGHT
    number = _stated_level(text) if text else weight
    if isinstance(number, (int, float)) and not isinstance(number, bool) and number in (1, 2, 3, 4, 5):
        if meaning_of(text, "levels") and parse_rating(text) is None:
            found.note(f"level {text[:20]!r} read as {int(number)}", text)
        return int(number)
    reason = f"level must be a whole number from 1 to 5; got {repr(text[:20]) if text else str(weight)[:20]}"
    if text and number is not None:
        reason += ". " + f"If it belongs to the text, write a level after it: ({text[:20]}) (3)"
    found.reject(reason, weight)
    return DEFAULT_WEIGHT


def _split_claim(item: str) -> Parts:
    body, group = trailing_group(unbullet(item))
    if group is None:
        return unescape(body), "", None
    *source, last = group.split(",")
    for n_parts in (2, 1) if last.strip() else ():  # "March 12, 2024" has a comma too
        head, date = group.split(",")[:-n_parts], ",".join(group.split(",")[-n_parts:]).strip()
        if looks_like_date(date) and date[0] != ",":
            return unescape(body), unescape(",".join(head).strip()), date
    if source and (not last.strip() or is_placeholder(last.strip())):
        return unescape(body), unescape(",".join(source).strip()), None
    return unescape(body), unescape(f"{group})")[:-1], None
