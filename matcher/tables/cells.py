r"""The syntax of a cell that holds several items, as people type it in a spreadsheet.

Semicolons separate the items, and so do line breaks, bullets and the numbers of a numbered list. A
separator inside matched parentheses belongs to its item, and so does one after a backslash (``\;``). Quotes
mean nothing here. A backslash counts only right before ``; : ( )`` and a line break; to end an item with a
real backslash before a semicolon, double it. Parentheses without a partner are text. A list may also be
written as in JSON or Python.
"""

import ast
import json
import re
from contextlib import suppress
from typing import Any, Final

FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""First signs of texts that a spreadsheet takes for formulas."""
_GUARDED: Final = tuple(f"'{sign}" for sign in FORMULA_SIGNS)

_MARK: Final = re.compile(r"(?<!\\)(\\*)([;:()\n])")
_SIGN: Final = re.compile(r"[;:()\n]")
_BULLET: Final = re.compile(
    r"\s*(?:(?:[•●▪◦‣∙➢➤►✓✔☑✅■□◆\uf0b7\uf0a7]\s*|[-–—*·o»>]\s+|[-–—*](?=[^\W\d_])|\(?[0-9]{1,2}[.)]\s+|\(?[a-z][.)]\s+(?=[^\W\d]))+)"
)
_INNER_BULLET: Final = re.compile(r"(?<=\S)[ \t]+(?=[•●▪◦‣∙➢➤►✓✔☑✅■□◆\uf0b7\uf0a7])")
_LABEL: Final = re.compile(r"[^\W\d][^:;()\n]{0,40}:(?!//)")
_LISTED: Final = re.compile(r"\[\s*(?:[\"'{\d\]]|null\b|None\b)|\(\s*(?:[\"']|Resource\(|Claim\()")
_SEPARATORS: Final = re.compile(r"[;\s]+")


def marks(text: str) -> list[tuple[int, str]]:
    """Find the signs that count: position and sign of each ``; : ( )`` or line break not escaped."""
    if "\\" not in text:
        return [(found.start(), found[0]) for found in _SIGN.finditer(text)]
    return [(found.start(2), found[2]) for found in _MARK.finditer(text) if len(found[1]) % 2 == 0]


def matched(signs: list[tuple[int, str]]) -> dict[int, int]:
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
    """Positions of some signs outside all matched parentheses."""
    signs = marks(text)
    pairs = matched(signs)
    covered, found = -1, []
    for position, sign in signs:
        covered = max(covered, pairs.get(position, -1))
        if sign in wanted and position > covered:
            found.append(position)
    return found


def split_items(text: str, *, is_prose: bool = False) -> list[str]:
    r"""Split a cell into items, still escaped; empty items are dropped.

    With `is_prose`, items are sentences that may run over several lines: a line break then separates only
    before a bullet, a number or ``category:``, after a level, and between lines that each begin alike.

    Examples
    --------
    >>> split_items("health; food (rice; corn); ;a\\;b")
    ['health', 'food (rice; corn)', 'a\\;b']
    """
    text = _numbered(text if text.isascii() else _INNER_BULLET.sub("\n", text))
    if ";" not in text and "\n" not in text:
        return [text.strip()] if text.strip() else []
    cuts = top_level(text, ";\n")
    if is_prose and (breaks := [cut for cut in cuts if text[cut] == "\n"]):
        kept = _dividing(text, breaks, has_others=len(breaks) < len(cuts))
        cuts = [cut for cut in cuts if text[cut] == ";" or cut in kept]
    items, start = [], 0
    for cut in cuts:
        tail = len(trailing_backslashes(text[start:cut]))  # right before a semicolon, two mean one
        items.append(text[start : cut - tail + tail // 2].strip())
        start = cut + 1
    items.append(text[start:].strip())
    return [item for item in items if item and not _SEPARATORS.fullmatch(item)]


def _numbered(text: str) -> str:
    """Break a numbered list that is written in one line: ``1. a 2. b``."""
    if not re.match(r"\s*\(?1[.)]\s", text) or "\n" in text:
        return text
    number, start = 2, 0
    while found := re.compile(rf"\s\(?{number}[.)]\s").search(text, start):
        text = f"{text[: found.start()]}\n{text[found.start() + 1 :]}"
        number, start = number + 1, found.end()
    return text


def _dividing(text: str, breaks: list[int], *, has_others: bool) -> list[int]:
    """Return the line breaks between items, of those in a cell of sentences."""
    starts = [text[cut + 1 :].lstrip() for cut in breaks]
    has_others = has_others or any(map(_BULLET.match, starts))
    is_upper = text.lstrip()[:1].isupper()
    dividing = []
    for cut, start in zip(breaks, starts, strict=True):
        begins = _BULLET.match(start) or _LABEL.match(start)
        follows_level = re.search(r"[0-9]\s*\)\s*$", text[max(cut - 20, 0) : cut])
        continues = has_others or (is_upper and start[:1].islower())
        if begins or follows_level or not continues:
            dividing.append(cut)
    return dividing


def unbullet(item: str) -> str:
    """Return an item without the bullet or number before it."""
    return item[found.end() :] if (found := _BULLET.match(item)) else item


def literal_items(text: str) -> list[Any] | None:
    """Return the items of a list written as in JSON or Python, such as ``["a", "b"]``; None for others."""
    if not _LISTED.match(text) or text[-1] not in "])":
        return None
    # pandas writes lists, also of records and dates, into a file as Python does
    for read in (json.loads, lambda text: ast.literal_eval(_Plain().visit(ast.parse(text, mode="eval")))):
        with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
            items = read(text)
            return list(items) if isinstance(items, (list, tuple)) else None
    return None


class _Plain(ast.NodeTransformer):
    """Turns records into mappings, and dates such as datetime.date(2024, 1, 31) into ISO texts."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if node.keywords and not node.args:
            names = [ast.Constant(one.arg) for one in node.keywords]
            return ast.Dict([*names], [one.value for one in node.keywords])
        numbers = [str(one.value).zfill(2) for one in node.args if isinstance(one, ast.Constant)]
        return ast.Constant("-".join(numbers[:3]))


def trailing_group(text: str) -> tuple[str, str | None]:
    """Split off the last parentheses: what comes before them, and what is inside (None without them)."""
    if not text.endswith(")"):
        return text, None
    for opening, closing in matched(marks(text)).items():
        if closing == len(text) - 1:
            return text[:opening].rstrip(), text[opening + 1 : -1].strip()
    return text, None


def unescape(text: str) -> str:
    r"""Take away the backslashes that protect ``; : ( )`` and line breaks."""
    if "\\" not in text:
        return text
    return _MARK.sub(lambda found: "\\" * (len(found[1]) // 2) + found[2], text)


def escape(text: str, protect: str = ";\n") -> str:
    """Write a text as `unescape` reads it: signs to `protect` and single parentheses do not count then."""
    signs = [(position, sign) for position, sign in enumerate(text) if sign in "()"]
    pairs = matched(signs)
    alone = dict(signs).keys() - pairs.keys() - set(pairs.values())

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
    """Remove the apostrophe that `guard` writes; what is no text stays."""
    return cell[1:] if isinstance(cell, str) and cell.startswith(_GUARDED) else cell
