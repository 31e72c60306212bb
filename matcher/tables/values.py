"""Cells of texts: what is read, what is cleaned, what is no content, and the findings about it."""

import datetime as dt
import html
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

import numpy as np
import pandas as pd

from matcher.columns import Rejection
from matcher.files import bundled_toml

SHOWN: Final = 200  # longest value, in characters, that a table of rejections shows

_UNSAFE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
DEEPEST: Final = 20  # lists and objects of a cell may be nested so deep
LONGEST: Final = 50_000  # longest text of a cell, in characters
_BAD: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_BLANK: Final = "".join(sign for sign in map(chr, range(0xFFFF)) if sign.isspace()) + "\u200b\u2060\ufeff"
_WORDS: Final = bundled_toml(__package__, "vocabulary.toml")
_ERRORS: Final = frozenset(_WORDS["spreadsheet"]["errors"].split())
_ERROR: Final = re.compile(r"Err:[0-9]{3}|#{3,}", re.IGNORECASE)
LARGEST_EXACT: Final = 2.0**53  # whole number up to which floats are exact
_ESCAPE: Final = re.compile("_x([0-9A-Fa-f]{4})_")
_HIDDEN: Final = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_ITEM_TAG: Final = re.compile(r"<(?:br|hr|/?p|/?div|/?li|/tr|/h[1-6]|/ul|/ol)\b[^<>]*>\s*", re.IGNORECASE)
_TAG: Final = re.compile(
    r"</?(?:a|abbr|b|big|blockquote|body|br|center|code|dd|div|dl|dt|em|font|h[1-6]|head|html|hr|i|img|li|meta|"
    r"o:p|ol|p|pre|s|section|small|span|strike|strong|sub|sup|table|tbody|td|tfoot|th|thead|title|tr|tt|u|ul)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_WIDE: Final = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)} | str.maketrans("　、。", " ,.")
_USUAL: Final = _WIDE | dict.fromkeys((*range(0x2010, 0x2016), 0x2212), "-")
_NO_SIGN: Final = re.compile(r"[\W_]+")
_PARTS: Final = re.compile(r"[/,;|\n]")
_AT_PRESENT: Final = re.compile(
    r"\b(?:untuk |pada )?(?:saat|sementara) ini\b|\b(?:at (?:this time|the moment|present)|currently)\b"
    r"|(?<=\w)\s*\([^()]*\)",
    re.IGNORECASE,
)  # what may stand beside "none" without adding content
LONGEST_PLACEHOLDER: Final = 80  # longest text, in characters, that may be no content
_SIGNS: Final = "-_.,?…*/\\~•·'\"=+|()[]{}<>:;! "


class Finding(NamedTuple):
    """One problem or note: the record's position (-1 = the table), column, value and reason."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class Findings:
    """Collects problems and notes; `row` and `column` are those of the cell that is being read."""

    column: str = ""
    row: int = -1
    is_optional: bool = False  # whether a problem costs the cell and not its record
    problems: list[Finding] = field(default_factory=list)
    left_empty: list[Finding] = field(default_factory=list)  # problems of optional cells
    notes: list[Finding] = field(default_factory=list)
    no_content: dict[str, Counter[str]] = field(default_factory=dict)
    n_of_cells: int = 0  # all that was found in cells, also texts without content

    @property
    def n_rejected(self) -> int:
        """Number of problems so far, of optional cells too."""
        return len(self.problems) + len(self.left_empty)

    def reject(self, reason: str, value: object) -> None:
        """Record a problem with the present cell."""
        self.n_of_cells += 1
        problems = self.left_empty if self.is_optional else self.problems
        problems.append(Finding(self.row, self.column, shown(value), reason))

    def read_as_empty(self, text: str) -> None:
        """Count a text without content, such as n/a, of the present column."""
        self.n_of_cells += 1
        self.no_content.setdefault(self.column, Counter())[shown(text)[:20]] += 1

    def note(self, reason: str, value: object) -> None:
        """Record a remark on the present cell."""
        self.n_of_cells += 1
        self.notes.append(Finding(self.row, self.column, shown(value), reason))

    def note_column(self, column: str, reason: str) -> None:
        """Record a remark on a whole column; on the whole table where its name is ""."""
        self.notes.append(Finding(-1, column, "", reason))


def shown(value: object) -> str:
    """Shorten a value to `SHOWN` characters and spell out what cannot be printed."""
    try:
        text = "" if value is None else str(value)[: SHOWN + 1]
    except (RecursionError, ValueError):  # nested too deeply, or an integer of more than 4,300 digits
        text = type(value).__name__
    text = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def findings_frame(rows: list[tuple[int, str, str, str, str]]) -> pd.DataFrame:
    """Build a table of rejections or notes from (line, id, column, value, reason)."""
    frame = pd.DataFrame(rows, columns=[column.value for column in Rejection], dtype=object)
    return frame.astype({Rejection.LINE.value: "int64"})


class WithRejected:
    """Base of what was read or recorded from a table, of which some records were rejected."""

    rejected: pd.DataFrame

    @property
    def n_rejected(self) -> int:
        """Number of records rejected, each counted once."""
        return int(self.rejected[Rejection.LINE.value].nunique())


def clean_text(text: str, found: Findings) -> str | None:
    r"""Clean a text: NFC, stripped, line ends as ``\n``, without HTML; None where it is rejected."""
    if len(text) > LONGEST:
        found.reject(f"text must be at most {LONGEST:,} characters; got {len(text):,}", text)
        return None
    if "<" in text or "&" in text or "_x" in text:
        text = _without_markup(text, found)
    if bad := _BAD.search(text):
        kind = "a lone surrogate" if "\ud800" <= bad[0] <= "\udfff" else "a control character"
        reason = f"must not hold {kind}; got U+{ord(bad[0]):04X} at position {bad.start() + 1}"
        if not found.is_optional:
            found.reject(f"text {reason}", text)
            return None
        found.note(f"text {reason}; left out", text)
        text = _BAD.sub(" ", text)
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\v", " ").replace("\f", " ").strip(_BLANK)
    if is_error(text):
        found.reject(f"cell holds the spreadsheet error {text}; mend its formula or empty it", text)
        return None
    return text


def is_error(text: str) -> bool:
    """Return whether a text is an error that a spreadsheet shows instead of a value."""
    return text[:1] in ("#", "E", "e") and (text.upper() in _ERRORS or _ERROR.fullmatch(text) is not None)


def _without_markup(text: str, found: Findings) -> str:
    """Return a text without HTML and escapes of workbooks, with a note; as it is where it has none."""
    plain, before = text, ""
    while plain != before:  # what is escaped twice is read twice
        before = plain
        plain = _ESCAPE.sub(lambda escape: _BAD.sub(" ", chr(int(escape[1], 16))), plain)
        if _TAG.search(plain) or _HIDDEN.search(plain):
            plain = _ITEM_TAG.sub("\n", _HIDDEN.sub("", plain))
            plain = _TAG.sub("", re.sub(r"</?t[dh]\b[^<>]*>", " ", plain)).strip()
        plain = _ENTITY.sub(lambda entity: html.unescape(entity[0]).replace("\xa0", " "), plain)
    if plain != text:
        found.note("HTML or escaped signs replaced by their text", text)
    return plain


def narrow(text: str) -> str:
    """Return a text with the signs of full width, such as ``；`` and ``（``, in their usual width."""
    return text if text.isascii() else text.translate(_WIDE)


def folded(text: str) -> str:
    """Return a text for comparison: usual width, dashes and spaces, lower case."""
    return " ".join(text.translate(_USUAL).casefold().split())


def lowered(text: str) -> str:
    """Return a text in lower case, letter by letter: faster to search than by a pattern that ignores case."""
    return text.replace("\u0130", "i").lower()  # the one letter whose lower case has two signs


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """Fold a word for comparison: lower case, letters and digits only."""
    return _NO_SIGN.sub("", unicodedata.normalize("NFKC", word).casefold())


_ALWAYS, _NAMES, _ANSWERS = (
    frozenset(map(fold, _WORDS["placeholders"][name].split(";"))) for name in ("always", "words", "answers")
)
_WITH_NAMES: Final = _ALWAYS | _NAMES
_WITH_ANSWERS: Final = _WITH_NAMES | _ANSWERS


@lru_cache(maxsize=65536)
def is_placeholder(text: str, *, is_name: bool = False, is_answer: bool = False) -> bool:
    """Return whether a text is no content, such as ``-``, ``n/a`` or ``belum ada``.

    With `is_name`, ``None`` and ``NA`` may be content; with `is_answer`, ``no`` and ``0`` are none either.
    """
    if len(text) > LONGEST_PLACEHOLDER:
        return False
    if is_error(text.strip()):
        return True
    bare = _AT_PRESENT.sub(" ", text)
    if not (whole := fold(bare)):
        bare, whole = text, fold(text)
    if not whole:
        return bool(text.strip()) and set(folded(text)) <= set("-_ " if is_name else _SIGNS)
    if is_name and whole in ("na", "nvt", "nd"):
        return not text.strip().isalpha()
    words = _ALWAYS if is_name else _WITH_ANSWERS if is_answer else _WITH_NAMES
    return whole in words or all(part in words for part in map(fold, _PARTS.split(bare)) if part)


def read_text(value: object, found: Findings) -> str:
    """Read a cell of text; numbers, dates and truth values are written out; "" where it is rejected."""
    text = value if type(value) is str else written_out(value)
    if text is None:
        found.reject(f"must be text; got {type(value).__name__}", value)
        return ""
    return clean_text(text, found) or ""


def read_free_text(value: object, found: Findings) -> str:
    """Read a cell of free text; a list of texts is joined by ``; ``."""
    items = as_list(value)
    if items is None:
        return read_text(value, found)
    return "; ".join(filter(None, (read_text(item, found) for item in items if not is_missing(item))))


def as_list(value: object) -> list[object] | None:
    """Return the items of a list, tuple, set or array; None for anything else."""
    if isinstance(value, np.ndarray):
        items = value.tolist()
        return items if isinstance(items, list) else [items]
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    return list(value) if isinstance(value, (list, tuple)) else None


def is_deep(value: object, most: int = DEEPEST) -> bool:
    """Return whether lists or objects are nested more than `most` deep."""
    if value is None or isinstance(value, (str, int, float)):  # most parts: spares the slower checks
        return False
    if isinstance(value, Mapping):
        value = list(value.values())
    if not isinstance(value, (list, tuple)) or not value:
        return False
    return most == 0 or any(is_deep(part, most - 1) for part in value if type(part) is not str)


def is_missing(value: object) -> bool:
    """Return whether a single value is missing: None, NaN, NaT or NA."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, Decimal):
        return value.is_nan()
    return isinstance(value, (float, np.floating, np.datetime64)) and bool(value != value)


def written_out(value: object) -> str | None:
    """Write a single value as text: 12.0 as 12, dates as ISO; None for lists, objects and bytes."""
    if isinstance(value, np.generic):  # a date after the year 9999 has no item but a number
        is_late = isinstance(value, np.datetime64) and isinstance(value.item(), int)
        value = str(value) if is_late else value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        if not isinstance(value, int) and abs(float(value)) < LARGEST_EXACT and value == int(value):
            value = int(value)
        with suppress(ValueError):  # Python refuses to write out integers of more than 4,300 digits
            return str(value)
        return None
    if isinstance(value, pd.Timestamp) and value.year > dt.MAXYEAR:
        return str(value)
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat(sep=" ")
    return str(value) if isinstance(value, (str, dt.date, dt.time, UUID)) else None
