r"""The syntax of a cell that holds several items, as people type it in a spreadsheet.

Semicolons separate the items. A semicolon inside matched parentheses belongs to its item, and so does one
after a backslash (``\;``). Quotes mean nothing here. A backslash counts only right before ``; : ( )``; to
end an item with a real backslash before a semicolon, double it. Parentheses without a partner are text.
"""

import re
from typing import Any, Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""First signs of texts that a spreadsheet takes for formulas."""
_GUARDED: Final = tuple(f"'{sign}" for sign in FORMULA_SIGNS)

_MARK: Final = re.compile(r"(?<!\\)(\\*)([;:()])")
_SIGN: Final = re.compile(r"[;:()]")
Mark = tuple[int, str]


def marks(text: str) -> list[Mark]:
    """Find the signs that count: position and sign of each ``; : ( )`` not behind a backslash."""
    if "\\" not in text:
        return [(found.start(), found[0]) for found in _SIGN.finditer(text)]
    return [(found.start(2), found[2]) for found in _MARK.finditer(text) if len(found[1]) % 2 == 0]


def matched(signs: list[Mark]) -> dict[int, int]:
    """Pair the parentheses: position of each opening one -> position of its closing one."""
    opened: list[int] = []
    pairs: dict[int, int] = {}
    for position, sign in signs:
        if sign == "(":
            opened.append(position)
        elif sign == ")" and opened:
            pairs[opened.pop()] = position
    return pairs


def top_level(text: str, wanted: str) -> list[int]:
    """Positions of a sign outside all matched parentheses."""
    signs = marks(text)
    pairs = matched(signs)
    covered, found = -1, []
    for position, sign in signs:
        covered = max(covered, pairs.get(position, -1))
        if sign == wanted and position > covered:
            found.append(position)
    return found


def split_items(text: str) -> list[str]:
    r"""Split a cell into items, still escaped; empty items are dropped.

    Examples
    --------
    >>> split_items("health; food (rice; corn); ;a\\;b")
    ['health', 'food (rice; corn)', 'a\\;b']
    """
    if ";" not in text:
        return [text.strip()] if text.strip() else []
    items, start = [], 0
    for cut in top_level(text, ";"):
        items.append(_halve_tail(text[start:cut]))
        start = cut + 1
    items.append(text[start:])
    return [item for item in map(str.strip, items) if item]


def trailing_group(text: str) -> tuple[str, str | None]:
    """Split off the last parentheses: what comes before them, and what is inside (None without them)."""
    if not text.endswith(")"):
        return text, None
    for opening, closing in matched(marks(text)).items():
        if closing == len(text) - 1:
            return text[:opening].rstrip(), text[opening + 1 : -1].strip()
    return text, None


def unescape(text: str) -> str:
    r"""Take away the backslashes that protect ``; : ( )``."""
    if "\\" not in text:
        return text
    return _MARK.sub(lambda found: "\\" * (len(found[1]) // 2) + found[2], text)


def unescape_before(text: str, sign: str) -> str:
    """Unescape a part that was cut off right before a sign."""
    return unescape(text + sign)[: -len(sign)]


def escape(text: str, protect: str = ";") -> str:
    r"""Write a text so that reading gives it back: the inverse of `unescape`.

    Parameters
    ----------
    text : str
    protect : str
        Signs that must not count; parentheses without a partner are always protected.

    Examples
    --------
    >>> escape("a; b (c")
    'a\\; b \\(c'
    """
    alone = _alone(text)

    def write(found: re.Match[str]) -> str:
        hidden = found[2] in protect or found.start(2) in alone
        return found[1] * 2 + ("\\" if hidden else "") + found[2]

    return _MARK.sub(write, text)


def trailing_backslashes(text: str) -> str:
    """Return the backslashes at the end of a text: repeated, they do not protect the sign that follows."""
    return text[len(text.rstrip("\\")) :]


def guard(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(FORMULA_SIGNS) else text


def unguard(cell: Any) -> Any:
    """Remove the apostrophe that `guard` writes; anything but a text stays."""
    return cell[1:] if isinstance(cell, str) and cell.startswith(_GUARDED) else cell


def _alone(text: str) -> set[int]:
    """Positions of parentheses without a partner."""
    signs = [(position, sign) for position, sign in enumerate(text) if sign in "()"]
    pairs = matched(signs)
    return {position for position, _ in signs} - pairs.keys() - set(pairs.values())


def _halve_tail(text: str) -> str:
    r"""Halve the backslashes at the end: right before a semicolon, two mean one."""
    tail = len(trailing_backslashes(text))
    return text[: len(text) - tail + tail // 2]
