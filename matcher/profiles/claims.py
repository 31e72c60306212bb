"""Evidence: what an organisation says it did, who says so, and when."""

import datetime as dt
from collections.abc import Mapping
from typing import Final, NamedTuple

from matcher.profiles.words import fold
from matcher.tables.cells import escape, split_items, trailing_group, unescape, unescape_before
from matcher.tables.dates import looks_like_date, read_past_date
from matcher.tables.findings import Findings
from matcher.tables.texts import as_list, clean_text, is_missing, read_text

_KEYS: Final = {
    "text": "text",
    "claim": "text",
    "teks": "text",
    "klaim": "text",
    "source": "source",
    "sumber": "source",
    "date": "date",
    "tanggal": "date",
}


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
            return f"{text} ({source}{_tail(source)})"
        return f"{text} ()" if text.endswith(")") else text


def _tail(source: str) -> str:
    """Backslashes to add at the end, so that the closing parenthesis still counts."""
    return "\\" * (len(source) - len(source.rstrip("\\")))


def read_claims(value: object, today: dt.date, found: Findings) -> tuple[Claim, ...]:
    """Read a cell of evidence: a string in cell syntax, or a list of strings and objects.

    The last parentheses of an item hold its source and date; a comma before the date divides them.
    """
    if isinstance(value, (Claim, Mapping)):
        value = [value]
    items = as_list(value)
    if items is None:
        text = value if isinstance(value, str) else read_text(value, found)
        cleaned = clean_text(text, found)
        read = [_from_item(item, today, found) for item in split_items(cleaned or "")]
    else:
        read = [_from_object(item, today, found) for item in items if not is_missing(item)]
    return tuple(claim for claim in read if claim is not None)


def _from_object(item: object, today: dt.date, found: Findings) -> Claim | None:
    if isinstance(item, Claim):
        return _from_parts(item.text, item.source, item.date, today, found)
    if isinstance(item, Mapping):
        parts = {_KEYS.get(fold(str(key)), str(key)): part for key, part in item.items()}
        for key in parts.keys() - {"text", "source", "date"}:
            found.note(f"key {key[:40]!r} of a claim is not used; known: text, source, date", "")
        return _from_parts(parts.get("text"), parts.get("source"), parts.get("date"), today, found)
    if not isinstance(item, str):
        found.reject("must be a list of texts or of objects {text, source, date}", item)
        return None
    text = clean_text(item, found)
    return _from_item(text, today, found) if text else None


def _from_parts(text: object, source: object, date: object, today: dt.date, found: Findings) -> Claim | None:
    before = len(found.problems)
    body = "" if is_missing(text) else read_text(text, found)
    said_by = "" if is_missing(source) else read_text(source, found)
    when = None if is_missing(date) else read_past_date(date, today, found)
    if len(found.problems) > before:
        return None
    return _claim(body, said_by, when, found)


def _from_item(item: str, today: dt.date, found: Findings) -> Claim | None:
    body, group = trailing_group(item)
    if group is None:
        return _claim(unescape(item), "", None, found)
    before = len(found.problems)
    source, date = _source_and_date(group)
    when = read_past_date(date, today, found)
    if len(found.problems) > before:
        return None
    return _claim(unescape(body), source, when, found)


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
