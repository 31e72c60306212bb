"""Needs, offers and evidence: cells of items that have a text and further parts."""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import numpy as np

from matcher.profiles.vocabulary import category_of, fold, index_words
from matcher.tables.cells import (
    escape,
    split_items,
    top_level,
    trailing_backslashes,
    trailing_group,
    unescape,
    unescape_before,
)
from matcher.tables.findings import Findings
from matcher.tables.values import (
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
        Who or what says so; "" where none is given.
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
    """How items of one kind are written in cells and objects."""

    noun: str
    keys: Mapping[str, str]
    type: type[tuple[Any, ...]]
    from_cell: Callable[[str, Findings], Any]
    from_parts: Callable[..., Any]


def read_resources(value: object, found: Findings) -> tuple[Resource, ...]:
    """Read a cell of needs or offers: a string in cell syntax, or a list of strings and objects.

    Text in the last parentheses of an item is its weight if it is a number, else plain text.
    """
    keys = {"category": ("kategori",), "text": ("teks", "uraian"), "weight": ("level", "bobot", "tingkat")}
    form = _Form("resource", index_words(keys), Resource, _resource_from_cell, _resource_from_parts)
    return _read_items(value, form, found)


def read_claims(value: object, today: dt.date, found: Findings) -> tuple[Claim, ...]:
    """Read a cell of evidence: a string in cell syntax, or a list of strings and objects.

    The last parentheses of an item hold its source and date; a comma before the date divides them.
    """
    keys = {"text": ("claim", "teks", "klaim"), "source": ("sumber",), "date": ("tanggal",)}

    def from_cell(item: str, found: Findings) -> Claim | None:
        return _claim_from_cell(item, today, found)

    def from_parts(text: object, source: object, date: object, found: Findings) -> Claim | None:
        return _claim_from_parts(text, source, date, today, found)

    return _read_items(value, _Form("claim", index_words(keys), Claim, from_cell, from_parts), found)


def _read_items(value: object, form: _Form, found: Findings) -> tuple[Any, ...]:
    if isinstance(value, (form.type, Mapping)):
        value = [value]
    items = as_list(value)
    if items is None:
        text = value if isinstance(value, str) else read_text(value, found)
        cleaned = clean_text(text, found)
        read = [form.from_cell(item, found) for item in split_items(cleaned or "")]
    else:
        read = [_from_object(item, form, found) for item in items if not is_missing(item)]
    return tuple(item for item in read if item is not None)


def _from_object(item: object, form: _Form, found: Findings) -> Any:
    names = tuple(dict.fromkeys(form.keys.values()))
    if isinstance(item, form.type):
        return form.from_parts(*item, found)
    if isinstance(item, Mapping):
        parts = {form.keys.get(fold(str(key)), str(key)): part for key, part in item.items()}
        for key in parts.keys() - set(names):
            found.note(f"key {key[:40]!r} of a {form.noun} is not used; known: {', '.join(names)}", "")
        return form.from_parts(*(parts.get(name) for name in names), found)
    if not isinstance(item, str):
        found.reject(f"must be a list of texts or of objects {{{', '.join(names)}}}", item)
        return None
    text = clean_text(item, found)
    return form.from_cell(text, found) if text else None


def _text_of(part: object, found: Findings) -> str:
    return "" if is_missing(part) else read_text(part, found)


def _resource_from_parts(category: object, text: object, weight: object, found: Findings) -> Resource | None:
    before = len(found.problems)
    word, body, level = _text_of(category, found), _text_of(text, found), _level(weight, found)
    return _resource(word, body, level, found) if len(found.problems) == before else None


def _resource_from_cell(item: str, found: Findings) -> Resource | None:
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
    """Return the position of the colon after the category; an address or a time (10:30) has none."""
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


def _claim_from_parts(
    text: object, source: object, date: object, today: dt.date, found: Findings
) -> Claim | None:
    before = len(found.problems)
    body, given_by = _text_of(text, found), _text_of(source, found)
    when = None if is_missing(date) else read_past_date(date, today, found)
    return _claim(body, given_by, when, found) if len(found.problems) == before else None


def _claim_from_cell(item: str, today: dt.date, found: Findings) -> Claim | None:
    body, group = trailing_group(item)
    if group is None:
        return _claim(unescape(item), "", None, found)
    before = len(found.problems)
    source, date = _source_and_date(group)
    when = read_past_date(date, today, found)
    return _claim(unescape(body), source, when, found) if len(found.problems) == before else None


def _source_and_date(group: str) -> tuple[str, str]:
    source, comma, date = (part.strip() for part in group.rpartition(","))
    if looks_like_date(date):
        return unescape(source), date
    return (unescape(source), "") if comma and not date else (unescape_before(group, ")"), "")


def _claim(text: str, source: str, date: dt.date | None, found: Findings) -> Claim | None:
    if not text:
        found.reject("evidence must have a text; write claim (source, YYYY-MM-DD)", "")
        return None
    return Claim(text, source, date)
