"""Ids in any notation, and what a cell that names organisations means: `id_key` and `Roster`."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from typing import Final, NamedTuple

from rapidfuzz import fuzz, process

from matcher.tables.values import fold

_HYPHENS: Final = "\u2043\u2212\u02d7"
_UNSEEN: Final = "\u034f\u115f\u1160\u180b\u180c\u180d\ufe0e\ufe0f"
_AROUND: Final = " \t\n\"'`´“”„‘’‚«»[]{}()<>*#.,;:•·"
_LOST_ZEROS: Final = re.compile(r"(?<![\w.])0+(?=\d+(?!\w))")
_WHOLE_NUMBER: Final = re.compile(r"(-?\d+)\.0+")
_DECIMAL: Final = re.compile(r"\d+(?:[.,]\d+)+")
_LINES: Final = re.compile(r"[\n\r\t;；|¦•·●▪‣、]")
_COMMAS: Final = re.compile("[,，،]")
_LINKS: Final = r"[/&+]|\b(?:and|or|dan|atau|serta|juga)\b"
_PARTS: Final = re.compile(rf"\s*(?:{_COMMAS.pattern}|{_LINKS})\s*", re.IGNORECASE)
_REMARK: Final = re.compile(rf"[()\[\]{{}}（）:=]|\s[-–—]\s|{_LINKS}", re.IGNORECASE)
"""What divides an id or a name from a remark on it."""
_NUMBERING: Final = re.compile(r"^\s*(?:[-–—*]|\d{1,2}[.)])\s+(?=\S)")
_AND: Final = re.compile(r"\b(?:and|dan)\b|\+")
_Part = tuple[str, list[str], bool]
"""Part of a cell, the organisations that it names, and whether it is neither an id nor one name."""
_LONGEST: Final = 6  # parts that one name with separators in it may have
_NEAR: Final = 60.0  # similarity, 0 to 100, from which an organisation is suggested

_MOST_SEARCHED: Final = 300


@lru_cache(maxsize=65536)
def id_key(id_: str) -> str:
    """Return what is equal for all notations of one id.

    Case, invisible and direction marks, the kind of hyphens and spaces, quotes and brackets around it,
    leading zeros of numbers and a final .0 of a whole number do not count.

    Examples
    --------
    >>> id_key("\u200eORG\u2011007"), id_key("00012"), id_key("12.0"), id_key("2.30")
    ('org-7', '12', '12', '2.30')
    """
    text = id_.casefold()
    if not text.isascii():
        seen = "".join(map(_seen, unicodedata.normalize("NFKC", text)))
        text = unicodedata.normalize("NFKC", seen.casefold())
    text = " ".join(text.split()).strip(_AROUND)
    if whole := _WHOLE_NUMBER.fullmatch(text):
        text = whole[1]
    return _LOST_ZEROS.sub("", text)


def _name_key(name: str) -> str:
    return _AND.sub("&", id_key(name))


def _seen(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Cf" or sign in _UNSEEN:
        return ""
    return "-" if kind == "Pd" or sign in _HYPHENS else sign


class Named(NamedTuple):
    """What a cell of ids and names means."""

    ids: tuple[str, ...]
    """Organisations that it names, each once, as the roster has them."""
    unknown: tuple[str, ...]
    """Parts that name nobody."""
    guesses: tuple[tuple[str, tuple[str, ...]], ...]
    """Parts that are neither an id nor a name as it is written, and the ids that they were taken for."""


class Roster:
    """The organisations of a table, found by id or name in any notation; an id may be repeated."""

    def __init__(self, ids: Iterable[str], names: Iterable[str]) -> None:
        self._rows = [row for row in zip(ids, names, strict=True) if row[0]]
        self._by_key = _indexed((id_key(id_), id_) for id_, _ in self._rows)
        self._by_name = _indexed((_name_key(name), id_) for id_, name in self._rows)
        self._shown = dict(self._rows)
        self._n_searched = 0

    def same(self, id_: str) -> list[str]:
        """Return all ids of which one is another notation of the other."""
        return self._by_key.get(id_key(id_), [])

    def find(self, text: str) -> list[str]:
        """Return the organisations that an id or a name means, in any notation; several share the name."""
        if not (key := id_key(text)):
            return []
        return self._by_key.get(key) or self._by_name.get(_name_key(text)) or []

    def one(self, text: str) -> str:
        """Return the organisation that an id or a name means, itself first; "" where that is unclear."""
        found = self.find(text)
        if text in found:
            return text
        return found[0] if len({*map(id_key, found)}) == 1 else ""

    def nearest(self, text: str) -> str:
        """Return the organisation with the id or name most like a text, as id (name); "" where none is near.

        After `_MOST_SEARCHED` texts none is sought: it takes a while in a large table.
        """
        self._n_searched += 1
        if self._n_searched > _MOST_SEARCHED:
            return ""
        best = process.extractOne(id_key(text), list(self._words), scorer=fuzz.ratio, score_cutoff=_NEAR)
        if best is None:
            return ""
        id_ = self._words[best[0]]
        name = self._shown[id_]
        return id_ if name in ("", id_) else f"{id_} ({name})"

    @cached_property
    def _folded(self) -> dict[str, list[str]]:
        """Organisations by id and name without signs, which few cells need."""
        return _indexed((fold(text), row[0]) for row in self._rows for text in row)

    @cached_property
    def _words(self) -> dict[str, str]:
        """The first organisation of each name and id."""
        return {key: ids[0] for index in (self._by_name, self._by_key) for key, ids in index.items()}

    def read(self, items: Sequence[str]) -> Named:
        """Read a cell that names organisations by id or name, separated in any of the usual ways."""
        lines = [line for item in items for line in ([item] if self.find(item) else _LINES.split(item))]
        parts = [part for line in lines for part in self._parts(_NUMBERING.sub("", line))]
        named = dict.fromkeys(id_ for _, ids, _ in parts for id_ in ids)
        unknown = dict.fromkeys(text for text, ids, _ in parts if not ids)
        guesses = [(text, tuple(ids)) for text, ids, is_guess in parts if is_guess]
        return Named(tuple(named), tuple(unknown), tuple(guesses))

    def _parts(self, line: str) -> Iterator[_Part]:
        """Yield the parts of a line; parts that are one name together come first."""
        cuts = [(cut.start(), cut.end()) for cut in _PARTS.finditer(line)]
        starts, ends = [0, *(end for _, end in cuts)], [*(start for start, _ in cuts), len(line)]
        at = unread = 0
        while at < len(starts):
            last = min(len(starts), at + _LONGEST) - 1
            while last >= at and not (ids := self.find(line[starts[at] : ends[last]])):
                last -= 1
            if last >= at:
                yield from self._rest(line[starts[unread] : ends[at - 1]] if unread < at else "")
                is_shared = len({*map(id_key, ids)}) > 1
                yield line[starts[at] : ends[last]].strip(), ids, is_shared
                at = unread = last + 1
            else:
                at += 1
        yield from self._rest(line[starts[unread] :] if unread < len(starts) else "")

    def _rest(self, text: str) -> Iterator[_Part]:
        """Yield what is no name as it is written: ids between spaces, guesses, else nobody."""
        for piece in (one for one in _COMMAS.split(text) if any(map(str.isalnum, one))):
            words = [self.find(word) for word in piece.split()]
            if all(words):
                yield piece, [id_ for ids in words for id_ in ids], False
            else:
                ids = self._guess(piece)
                yield (piece.strip(), ids, True) if ids else (" ".join(piece.split()), ids, False)

    def _guess(self, text: str) -> list[str]:
        """Return what a text may name: with a remark, other signs, or made a number by a spreadsheet."""
        bare = text.strip()
        if _DECIMAL.fullmatch(bare):
            parts = [self.find(part) for part in re.split("[.,]", bare)]
            return [id_ for part in parts for id_ in part] if all(parts) else []
        found = [id_ for part in _REMARK.split(bare) for id_ in self.find(part)]
        if not found and any(sign.isalpha() for sign in bare):
            found = self._folded.get(fold(bare), [])
        return list(dict.fromkeys(found))


def _indexed(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the ids of each key, each once; "" is no key."""
    index: dict[str, list[str]] = {}
    for key, id_ in rows:
        if key and id_ not in index.setdefault(key, []):
            index[key].append(id_)
    return index
