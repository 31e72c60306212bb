"""Needs and offers: what an organisation lacks or brings, with how much it matters."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np

from matcher.profiles.words import category_of, fold
from matcher.tables.cells import (
    escape,
    split_items,
    top_level,
    trailing_group,
    unescape,
    unescape_before,
)
from matcher.tables.findings import Findings
from matcher.tables.texts import as_list, clean_text, is_missing, read_text

DEFAULT_WEIGHT: Final = 3
"""Importance or level of a resource that gives none, from 1 to 5."""

_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")
_KEYS: Final = {
    "category": "category",
    "kategori": "category",
    "text": "text",
    "teks": "text",
    "uraian": "text",
    "weight": "weight",
    "level": "weight",
    "bobot": "weight",
    "tingkat": "weight",
}


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
        return f"{_head(self.category)}: {escape(self.text)} ({self.weight})"


def _head(category: str) -> str:
    tail = len(category) - len(category.rstrip("\\"))
    return escape(category, ";:") + "\\" * tail


def read_resources(value: object, found: Findings) -> tuple[Resource, ...]:
    """Read a cell of needs or offers: a string in cell syntax, or a list of strings and objects.

    Text in the last parentheses of an item is its weight if it is a number, else plain text.
    """
    if isinstance(value, (Resource, Mapping)):
        value = [value]
    items = as_list(value)
    if items is None:
        text = value if isinstance(value, str) else read_text(value, found)
        cleaned = clean_text(text, found)
        read = [_from_item(item, found) for item in split_items(cleaned or "")]
    else:
        read = [_from_object(item, found) for item in items if not is_missing(item)]
    return tuple(resource for resource in read if resource is not None)


def _from_object(item: object, found: Findings) -> Resource | None:
    if isinstance(item, Resource):
        return _from_parts(item.category, item.text, item.weight, found)
    if isinstance(item, Mapping):
        parts = {_KEYS.get(fold(str(key)), str(key)): part for key, part in item.items()}
        for key in parts.keys() - {"category", "text", "weight"}:
            found.note(f"key {key[:40]!r} of a resource is not used; known: category, text, weight", "")
        return _from_parts(parts.get("category"), parts.get("text"), parts.get("weight"), found)
    if not isinstance(item, str):
        found.reject("must be a list of texts or of objects {category, text, weight}", item)
        return None
    text = clean_text(item, found)
    return _from_item(text, found) if text else None


def _from_parts(category: object, text: object, weight: object, found: Findings) -> Resource | None:
    before = len(found.problems)
    word = "" if is_missing(category) else read_text(category, found)
    body = "" if is_missing(text) else read_text(text, found)
    level = _level(weight, found)
    return _resource(word, body, level, found) if len(found.problems) == before else None


def _from_item(item: str, found: Findings) -> Resource | None:
    body, group = trailing_group(item)
    level: int | None = DEFAULT_WEIGHT
    if group is not None and _NUMBER.fullmatch(group):
        level = _level(group, found)
    else:
        body = item
    if level is None:
        return None
    colon = _category_end(body)
    if colon is None:
        text = unescape(body)
        return _resource(text if category_of(text) else "", text, level, found)
    return _resource(
        unescape_before(body[:colon].rstrip(), ":"), unescape(body[colon + 1 :].strip()), level, found
    )


def _category_end(body: str) -> int | None:
    """Position of the colon after the category; an address (``http://``) or a time (10:30) has none."""
    colons = top_level(body, ":")
    if not colons:
        return None
    at = colons[0]
    before, after = body[max(at - 1, 0) : at], body[at + 1 : at + 2]
    is_time = before.isdigit() and after.isdigit()
    return None if is_time or body.startswith("//", at + 1) else at


def _resource(word: str, text: str, level: int | None, found: Findings) -> Resource | None:
    if not word and not text:
        found.reject("resource must have a text; write category: text (n)", "")
        return None
    category = category_of(word)
    if category is None:
        category = " ".join(word.lower().split())
        reason = (
            f"unknown category {category[:40]!r} kept" if word else "no category; write category: text (n)"
        )
        found.note(reason, word if word else text)
    return Resource(category, text or word, DEFAULT_WEIGHT if level is None else level)


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
    found.reject(f"level must be a whole number from 1 to 5; got {got}{_hint(weight)}", weight)
    return None


def _hint(weight: object) -> str:
    if isinstance(weight, str) and _NUMBER.fullmatch(weight):
        return f". If it belongs to the text, write a level after it: ({weight[:20]}) (3)"
    return ""
