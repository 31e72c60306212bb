"""Needs, offers and evidence: cells of items that have a text and further parts."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np

from matcher.profiles.vocabulary import fold, index_words, meaning_of
from matcher.tables.cells import (
    escape,
    split_items,
    top_level,
    trailing_backslashes,
    trailing_group,
    unescape,
    unescape_before,
)
from matcher.tables.values import (
    Findings,
    as_list,
    clean_text,
    is_missing,
    looks_like_date,
    read_past_date,
    read_text,
)

DEFAULT_WEIGHT: Final = 3
"""Importance or level of a resource that gives none, from 1 to 5."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


class Resource(NamedTuple):
    """One need or offer.

    Parameters
    ----------
    category : str
        One of `matcher.columns.CATEGORIES`, another word in lower case, or "" where none is given.
    text : str
        What exactly; the word given as category where nothing else is said.
    weight : int
        Importance (need) or level (offer), 1 to 5.
    """

    category: str
    text: str
    weight: int = DEFAULT_WEIGHT

    def __str__(self) -> str:
        """Write it as in a cell: ``category: text (weight)``; reading gives the same resource back."""
        head = escape(self.category, ";:") + trailing_backslashes(self.category)
        return f"{head}: {escape(self.text)} ({self.weight})"


class Claim(NamedTuple):
    """One piece of evidence.

    Parameters
    ----------
    text : str
        What is claimed.
    source : str
        Its source; "" where none is given.
    date : datetime.date or None
        When; a year alone is its first day.
    """

    text: str
    source: str = ""
    date: dt.date | None = None

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


class _Form(NamedTuple):
    """How items of one kind are written in cells and objects: two texts and a third part."""

    noun: str
    keys: Mapping[str, Sequence[str]]
    type: type[Any]
    split: Callable[[str], tuple[str, str, object]]
    read_last: Callable[[object, Findings], Any]
    build: Callable[[str, str, Any, Findings], Any]


def read_resources(value: object, found: Findings) -> tuple[Resource, ...]:
    """Read a cell of needs or offers: a string in cell syntax, or a list of strings and objects.

    Text in the last parentheses of an item is its weight if it is a number, else plain text.
    """
    keys = {"category": ("kategori",), "text": ("teks", "uraian"), "weight": ("level", "bobot", "tingkat")}
    return _read_items(value, _Form("resource", keys, Resource, _split_resource, _level, _resource), found)


def read_claims(value: object, today: dt.date, found: Findings) -> tuple[Claim, ...]:
    """Read a cell of evidence: a string in cell syntax, or a list of strings and objects.

    The last parentheses of an item hold its source and date; a comma before the date divides them.
    """
    keys = {"text": ("claim", "teks", "klaim"), "source": ("sumber",), "date": ("tanggal",)}

    def read_day(date: object, found: Findings) -> dt.date | None:
        return read_past_date(date, today, found)

    return _read_items(value, _Form("claim", keys, Claim, _split_claim, read_day, _claim), found)


def _read_items(value: object, form: _Form, found: Findings) -> tuple[Any, ...]:
    items: list[Any] | None = [value] if isinstance(value, (form.type, Mapping)) else as_list(value)
    is_cell = items is None
    if items is None:
        text = value if isinstance(value, str) else read_text(value, found)
        items = split_items(clean_text(text, found) or "")
    read = []
    for item in items:
        before = len(found.problems)
        parts = form.split(str(item)) if is_cell else _parts_of(item, form, found)
        if parts is not None:
            last = form.read_last(parts[2], found)
            if len(found.problems) == before and (built := form.build(parts[0], parts[1], last, found)):
                read.append(built)
    return tuple(read)


def _parts_of(item: object, form: _Form, found: Findings) -> tuple[str, str, object] | None:
    """Return the parts of an item of a list; None where it is empty or rejected."""
    names = form.type._fields
    if isinstance(item, Mapping):
        known = index_words(form.keys)
        parts = {known.get(fold(str(key)), str(key)): part for key, part in item.items()}
        for key in parts.keys() - set(names):
            found.note(f"key {key[:40]!r} of a {form.noun} is not used; known: {', '.join(names)}", "")
        item = form.type(*(parts.get(name) for name in names))
    if isinstance(item, form.type):
        one, other = ("" if is_missing(part) else read_text(part, found) for part in item[:2])
        return one, other, item[2]
    if isinstance(item, str):
        text = clean_text(item, found)
        return form.split(text) if text else None
    if not is_missing(item):
        found.reject(f"must be a list of texts or of objects {{{', '.join(names)}}}", item)
    return None


def _split_resource(item: str) -> tuple[str, str, object]:
    """Return category, text and weight of an item of a cell."""
    body, group = trailing_group(item)
    if group is None or not _NUMBER.fullmatch(group):
        body, group = item, None
    colon = _category_end(body)
    if colon is None:
        text = unescape(body)
        return text if meaning_of(text, "categories") else "", text, group
    return unescape_before(body[:colon].rstrip(), ":"), unescape(body[colon + 1 :].strip()), group


def _category_end(body: str) -> int | None:
    """Return the position of the colon after the category; an address or a time (10:30) has none."""
    colons = top_level(body, ":")
    if not colons:
        return None
    at = colons[0]
    before, after = body[max(at - 1, 0) : at], body[at + 1 : at + 2]
    is_time = before.isdigit() and after.isdigit()
    return None if is_time or body.startswith("//", at + 1) else at


def _resource(word: str, text: str, level: int, found: Findings) -> Resource | None:
    if not word and not text:
        found.reject("resource must have a text; write category: text (n)", "")
        return None
    category = meaning_of(word, "categories")
    if category is None:
        category = " ".join(word.lower().split())
        reason = (
            f"unknown category {category[:40]!r} kept" if word else "no category; write category: text (n)"
        )
        found.note(reason, word or text)
    return Resource(category, text or word, level)


def _level(weight: object, found: Findings) -> int | None:
    """Read a weight; None where it is rejected, the default where there is none."""
    if isinstance(weight, np.generic):
        weight = weight.item()
    if is_missing(weight) or (isinstance(weight, str) and not weight.strip()):
        return DEFAULT_WEIGHT
    number: float | None = None
    if isinstance(weight, str) and _NUMBER.fullmatch(weight.strip()):
        number = float(weight.replace(",", "."))
    elif isinstance(weight, (int, float)) and not isinstance(weight, bool):
        number = weight
    if number is not None and number in (1, 2, 3, 4, 5):
        return int(number)
    got = repr(weight[:20]) if isinstance(weight, str) else str(weight)[:20]
    if isinstance(weight, str) and _NUMBER.fullmatch(weight):
        got += f". If it belongs to the text, write a level after it: ({weight[:20]}) (3)"
    found.reject(f"level must be a whole number from 1 to 5; got {got}", weight)
    return None


def _split_claim(item: str) -> tuple[str, str, object]:
    """Return text, source and date of an item of a cell."""
    body, group = trailing_group(item)
    if group is None:
        return unescape(item), "", None
    source, comma, date = (part.strip() for part in group.rpartition(","))
    if looks_like_date(date):
        return unescape(body), unescape(source), date
    return unescape(body), unescape(source) if comma and not date else unescape_before(group, ")"), None


def _claim(text: str, source: str, date: dt.date | None, found: Findings) -> Claim | None:
    if not text:
        found.reject("evidence must have a text; write claim (source, YYYY-MM-DD)", "")
        return None
    return Claim(text, source, date)
