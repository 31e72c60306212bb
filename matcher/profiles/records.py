"""Canonical profiles as records: their texts and dates, the seekers, and which organisations a cell names."""

import datetime as dt
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from matcher.arrays import Objects
from matcher.columns import RESOURCES, Profile, Rejection
from matcher.errors import ProfileError
from matcher.profiles.reading import ProfileTable, read_profiles
from matcher.profiles.vocabulary import column_of
from matcher.tables.values import fold

Profiles = str | Path | pd.DataFrame | ProfileTable
Seeker = str | Mapping[str, Any]

SEEKER_FORMS: Final = "seeker must be an id as text, a mapping of columns, or a list or table of them"
PROSE: Final = (Profile.VISION, Profile.MISSION, Profile.GOALS_SHORT, Profile.GOALS_LONG, Profile.INDICATORS)
"""Columns of free text that says what an organisation does and wants."""
_RULES: Final = (Profile.EXCLUDES, Profile.NEVER, Profile.PIN)
_OWN: Final = (Profile.ID, Profile.NAME, Profile.LEAD, Profile.FLAG, *_RULES)
LENT: Final = tuple(column for column in Profile if column not in _OWN)
"""Columns that an opportunity takes over from its lead where its own are empty."""

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


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the canonical columns of a table, one mapping per row."""
    columns = [column for column in Profile if column in frame]
    cells = frame[columns].to_numpy(dtype=object).tolist()  # `to_dict` is slow
    return [dict(zip(columns, row, strict=True)) for row in cells]


def said_by(record: Mapping[str, Any]) -> list[str]:
    """Return all sentences of one record: prose, values as one text, needs and offers; empty ones too."""
    resources = [resource.text for column in RESOURCES for resource in record[column]]
    return [*(record[column] for column in PROSE), stated_values(record), *resources]


def all_text(record: Mapping[str, Any]) -> str:
    """Return all sentences of one record, from which its language is guessed."""
    return "\n".join(filter(None, said_by(record)))


def stated_values(record: Mapping[str, Any]) -> str:
    """Return the values as one text; sorted, for the order of a list has no meaning."""
    return "; ".join(sorted(record[Profile.VALUES]))


def latest_date(pool: pd.DataFrame) -> dt.date | None:
    """Return the latest date that the profiles name, so that results do not depend on today's; or None."""
    claims = [claim.date for evidence in pool[Profile.EVIDENCE] for claim in evidence if claim.date]
    updates = [stamp.date() for stamp in pool[Profile.UPDATED].dropna()]
    return max([*claims, *updates], default=None)


def normalise(term: str) -> str:
    """Fold case and inner white space, so that 'Site  visits' equals 'site visits'."""
    return " ".join(term.casefold().split())


@lru_cache(maxsize=65536)
def id_key(id_: str) -> str:
    """Return what is equal for all notations of one id, as org-7 for ORG-007."""
    text = id_.casefold()
    if not text.isascii():
        seen = "".join(map(_seen, unicodedata.normalize("NFKC", text)))
        text = unicodedata.normalize("NFKC", seen.casefold())
    text = " ".join(text.split()).strip(_AROUND)
    if whole := _WHOLE_NUMBER.fullmatch(text):
        text = whole[1]
    return _LOST_ZEROS.sub("", text)


def _seen(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Cf" or sign in _UNSEEN:
        return ""
    return "-" if kind == "Pd" or sign in _HYPHENS else sign


class Named(NamedTuple):
    """What a cell of ids and names means."""

    ids: tuple[str, ...]  # organisations that it names, each once, as the roster has them
    unknown: tuple[str, ...]  # parts that name nobody
    guesses: tuple[tuple[str, tuple[str, ...]], ...]  # parts that are no id or name, and what they may mean


class _RowsByKey:
    """Row numbers by key, of which several rows may have one: most have one, which spares lists."""

    def __init__(self, keys: Sequence[str]) -> None:
        n = len(keys)
        self._last = dict(zip(keys, range(n), strict=True))
        last = np.fromiter(map(self._last.__getitem__, keys), dtype=np.int64, count=n)
        self._earlier: dict[str, list[int]] = {}
        for row in np.flatnonzero(last != np.arange(n)).tolist():
            self._earlier.setdefault(keys[row], []).append(row)

    def of(self, key: str) -> list[int]:
        return [*self._earlier.get(key, ()), self._last[key]] if key in self._last else []


def roster_keys(ids: Iterable[str], names: Iterable[str]) -> Objects:
    """Return what ids and names are found by, shape (2, n_rows)."""
    both = [(id_key(id_), _AND.sub("&", id_key(name))) for id_, name in zip(ids, names, strict=True)]
    return np.array(both, dtype=object).reshape(-1, 2).T


class Roster:
    """The organisations of a table, found by id or name in any notation; an id may be repeated."""

    def __init__(self, ids: Iterable[str], names: Iterable[str], keys: Objects | None = None) -> None:
        self._ids, self._names = [*ids], [*names]
        self._keys: list[list[str]] = (roster_keys(self._ids, self._names) if keys is None else keys).tolist()
        self._by_key, self._by_name = map(_RowsByKey, self._keys)
        self._n_searched = 0

    def rows(self, key: str) -> list[int]:
        """Return the rows whose id has a key, as of `id_key`, in rising order."""
        return self._by_key.of(key)

    def _named(self, index: _RowsByKey, key: str) -> list[str]:
        return list(dict.fromkeys(self._ids[row] for row in index.of(key))) if key else []

    def same(self, id_: str) -> list[str]:
        """Return all ids of which one is another notation of the other."""
        return self._named(self._by_key, id_key(id_))

    def find(self, text: str) -> list[str]:
        """Return the organisations that an id or a name means, in any notation; several share the name."""
        key = id_key(text)
        return self._named(self._by_key, key) or self._named(self._by_name, _AND.sub("&", key))

    def one(self, text: str) -> str:
        """Return the organisation that an id or a name means, itself first; "" where that is unclear."""
        found = self.find(text)
        if text in found:
            return text
        return found[0] if len({*map(id_key, found)}) == 1 else ""

    def nearest(self, text: str) -> str:
        """Return the organisation with the id or name most like a text, as id (name); "" if none is near."""
        self._n_searched += 1
        if self._n_searched > _MOST_SEARCHED:  # it takes a while in a large table
            return ""
        keys = [*self._keys[1], *self._keys[0]]  # a name goes before an id that is as near
        best = process.extractOne(id_key(text), keys, scorer=fuzz.ratio, score_cutoff=_NEAR)
        if best is None:
            return ""
        id_ = self.find(best[0])[0]
        name = self._names[self._ids.index(id_)]
        return id_ if name in ("", id_) else f"{id_} ({name})"

    @cached_property
    def _folded(self) -> dict[str, list[str]]:
        """Organisations by id and name without signs, which few cells need."""
        index: dict[str, list[str]] = {}
        for id_, name in zip(self._ids, self._names, strict=True):
            for key in {fold(id_), fold(name)} - {""}:
                index.setdefault(key, []).append(id_)
        return index

    def read(self, items: Sequence[str]) -> Named:
        """Read a cell that names organisations by id or name, separated in any of the usual ways."""
        lines = [line for item in items for line in ([item] if self.find(item) else _LINES.split(item))]
        parts = [part for line in lines for part in self._parts(_NUMBERING.sub("", line))]
        named = dict.fromkeys(id_ for _, ids, _ in parts for id_ in ids)
        unknown = dict.fromkeys(text for text, ids, _ in parts if not ids)
        guesses = ((text, tuple(ids)) for text, ids, is_guess in parts if is_guess)
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


def roster_of(table: ProfileTable) -> Roster:
    """Return the organisations of a table, also of its rejected rows."""
    rows = pd.concat([table.kept, table.set_aside])
    rows = rows[rows[Profile.ID] != ""]
    return Roster(rows[Profile.ID].tolist(), rows[Profile.NAME].tolist())


def list_seekers(seeker: Seeker | Sequence[Seeker]) -> list[Seeker]:
    """Return one seeker or several as a list; a row of a table as a mapping."""
    one = _as_mapping(seeker)
    if isinstance(one, str | Mapping):
        return [one]
    if not isinstance(one, Iterable):
        raise ProfileError(f"{SEEKER_FORMS}; got {type(seeker).__name__}.")
    return [*map(_as_mapping, one)]


def _as_mapping(seeker: Any) -> Any:
    """Return a row of a table, of pandas with headers or a named tuple, as a mapping; others as they are."""
    if isinstance(seeker, pd.Series):
        is_row = any(isinstance(label, str) and column_of(label) is not None for label in seeker.index)
        return seeker.to_dict() if is_row else seeker
    return seeker._asdict() if hasattr(seeker, "_asdict") else seeker


def read_usable(source: Profiles, what: str) -> ProfileTable:
    """Read profiles; warn of rejected rows, unless the caller has read them."""
    table = read_profiles(source)
    if table.n_rejected and table is not source:
        warnings.warn(
            f"{table.n_rejected} of {table.n_rows} {what} were rejected; "
            "read_profiles(...).rejected says why.",
            stacklevel=3,
        )
    return table


def describe_unknown(named: str, several: Sequence[str], table: ProfileTable, what: str) -> str:
    """Return the message that an id or name is not in the pool: shared, rejected, or with near ones."""
    if several:
        listed = ", ".join(map(repr, several))
        return f"{what} must be one organisation; several have this name: {listed}. Give the id."
    same = [named, *table.set_aside.loc[table.set_aside[Profile.NAME] == named, Profile.ID]]
    found = table.rejected[table.rejected[Rejection.ID].isin(same)]
    if len(found):
        why = "; ".join(found[[Rejection.COLUMN, Rejection.REASON]].agg(": ".join, axis=1))
        return f"{what} {named!r} is in the profiles, but its row was rejected; {why}."
    names = dict(zip(table.kept[Profile.ID], table.kept[Profile.NAME], strict=True))
    words = [*names, *names.values()]
    near = process.extract(named, words, processor=str.casefold, limit=6, score_cutoff=70)
    ids = dict.fromkeys([*names][position % len(names)] for _, _, position in near)
    hints = [repr(id_) + (f" ({names[id_]})" if names[id_] != id_ else "") for id_ in [*ids][:3]]
    hint = f" Did you mean {', '.join(hints)}?" if hints else ""
    return f"{what} must be the id or name of one of the {len(names)} profiles; got {named!r}.{hint}"
