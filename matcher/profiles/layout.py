"""Which column of a table holds what: known headers, words in headers, contents, or what a mapping says."""

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import Final, TypeAlias

import tomli_w
from rapidfuzz import fuzz, process

from matcher.columns import LISTS, NUMBERS, RESOURCES, SUBSTANCE, TEXTS, Profile
from matcher.errors import ProfileError
from matcher.files import read_toml, replacing
from matcher.profiles.vocabulary import (
    EXACT,
    GENERAL,
    KNOWN,
    Reading,
    column_of,
    is_general,
    meaning_of,
    read_header,
    shortened,
    words_of,
)
from matcher.tables.dates import looks_like_date
from matcher.tables.raw import RawTable, Wanted, is_blank
from matcher.tables.values import fold, is_missing, is_placeholder, shown

_LISTED: Final = 30  # headers that a message lists
_CLOSE_ENOUGH: Final = 75.0  # similarity of header and known word, 0 to 100, from which it is suggested
_SHORTEST_GUESS: Final = 4
_SAMPLED: Final = 200  # filled cells of a column by which its content is known
_GIVEN, _CONTENT = 2.0, 0.3  # confidence of what a mapping says, and of what the cells show
_LONGEST_ID: Final = 60

Given: TypeAlias = "Mapping[str, str] | TableMapping | str | os.PathLike[str] | None"
_MAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE)
_AMOUNT: Final = re.compile(r"[\s\d.,+%-]+")
_ANSWERS: Final = frozenset(("ya", "tidak", "yes", "no", "y", "t", "n", "true", "false", "benar", "salah"))
_NAMELESS: Final = re.compile(r"(?:column_|Unnamed: )\d+$")


@dataclass(frozen=True)
class TableMapping:
    """What a user says about a table; it overrules all that is guessed."""

    columns: Mapping[str, str] = field(default_factory=dict)  # by header; "" for one of an extra column
    sheet: str = ""  # sheet to read; "" for the one with most known headers
    header: int = 0  # line of the headers; 0 for the row with most known headers
    is_partial: bool = False  # whether headers that the table lacks are passed over

    def wanted(self, known: Callable[[str], str | None] | None = None) -> Wanted:
        """Return how the sheet and the header are found; `known` knows headers of other tables."""
        named = {fold(header): column for header, column in self.columns.items() if column}

        def meaning(header: str) -> tuple[str, float] | None:
            if given := named.get(fold(header)):
                return given, EXACT
            if known is not None:
                return (column, EXACT) if (column := known(header)) else None
            return next(iter(read_header(header)), None)

        return Wanted(meaning, self.sheet, self.header)

    def to_toml(self, path: str | os.PathLike[str]) -> None:
        """Write the mapping, for `read_mapping`."""
        content = {"sheet": self.sheet, "header": self.header, "columns": dict(self.columns)}
        with replacing(path) as handle:
            handle.write(tomli_w.dumps({key: value for key, value in content.items() if value}).encode())


def read_mapping(
    given: Given, column_of: Callable[[str], str | None] = column_of, names: Sequence[str] = tuple(Profile)
) -> TableMapping:
    """Return a mapping that is given as it is, as a dict of columns by header, or as a TOML file.

    Raises `ConfigError` if the file cannot be read, `ProfileError` if it names what is no column.
    """
    if isinstance(given, TableMapping):
        return given
    if given is None or isinstance(given, Mapping):
        columns, sheet, header = dict(given or {}), "", 0
    else:
        content = read_toml(given, "mapping")
        unknown = ", ".join(sorted(content.keys() - {"sheet", "header", "columns"})) or "something else"
        columns, sheet, header = map(content.pop, ("columns", "sheet", "header"), ({}, "", 0))
        is_sound = isinstance(columns, dict) and isinstance(sheet, str) and type(header) is int
        if content or not is_sound or not all(isinstance(value, str) for value in columns.values()):
            raise ProfileError(
                f"mapping {os.fspath(given)} must hold sheet (text), header (line) and [columns] with lines "
                f'such as "Their header" = "needs"; got {unknown}.'
            )
    return TableMapping(_checked(columns, column_of, names), sheet, header)


def _checked(
    columns: Mapping[str, str], column_of: Callable[[str], str | None], names: Sequence[str]
) -> dict[str, str]:
    canonical = {}
    for header, name in columns.items():
        if re.search("[\ud800-\udfff]", str(header)):
            raise ProfileError(f"mapping must name headers in plain text; got {shown(header)}.")
        column = column_of(str(name))
        if name and column not in names:
            raise ProfileError(
                f"mapping of {shortened(header)!r} must be one of {', '.join(names)}, or empty to keep an "
                f"extra column; got {name!r}."
            )
        canonical[header] = str(column or "")
    twice = [column for column, number in Counter(canonical.values()).items() if column and number > 1]
    if twice:
        raise ProfileError(f"mapping must name each column once; got {', '.join(twice)} more than once.")
    return canonical


@dataclass
class Layout:
    """Positions of the known and the extra columns in the source, and the confidence by position."""

    known: dict[Profile, int] = field(default_factory=dict)
    extras: dict[str, int] = field(default_factory=dict)
    confidence: dict[int, float] = field(default_factory=dict)


def lay_out(raw: RawTable, mapping: TableMapping) -> Layout:
    """Find the known columns and the extras; every guess is noted."""
    given = given_columns(raw.headers, mapping)
    contents = [_content(column) for column in raw.columns]
    filled = [len(column) - sum(map(is_blank, column)) for column in raw.columns]
    claims: list[tuple[float, int, int, Profile]] = []
    is_form = any(is_general(header, "form") for header in raw.headers)
    for position, header in enumerate(raw.headers):
        if position in given:
            readings = [Reading(Profile(given[position]), _GIVEN)] if given[position] else []
        else:
            readings = [one for one in read_header(header) if _fits(one, contents[position])][:1]
            if is_form and readings == [Reading(Profile.NAME, GENERAL)]:  # who answers the form
                readings = [Reading(Profile.NAME, _CONTENT)]
        claims += [(one.confidence, filled[position], -position, one.column) for one in readings]
    layout, lost = Layout(), {}
    for confidence, _, at, column in sorted(claims, reverse=True):  # the surest first, then the fullest
        if column in layout.known:
            lost[-at] = column
        else:
            layout.known[column], layout.confidence[-at] = -at, confidence
    _guess_by_content(raw, contents, {*layout.known.values(), *given, *lost}, layout)
    layout.known = {column: layout.known[column] for column in Profile if column in layout.known}
    _note_guesses(raw, layout, lost)
    taken = {column.value for column in Profile}
    for position, header in enumerate(raw.headers):
        if position not in layout.known.values():
            name = header
            if name in taken:
                name = f"{header} (column {position + 1})"
                raw.found.note_column(header, f"name used twice; this one is kept as {name!r}")
            taken.add(name)
            layout.extras[name] = position
    return layout


def given_columns(headers: Sequence[str], mapping: TableMapping) -> dict[int, str]:
    """Return the columns that the mapping names, by position."""
    given = {}
    for header, column in mapping.columns.items():
        exact = [at for at, one in enumerate(headers) if one == header.strip()]
        near = [at for at, one in enumerate(headers) if (fold(one) or one) == (fold(header) or header)]
        if places := exact or near:
            given[places[0]] = column
        elif not mapping.is_partial:
            listed = ", ".join(repr(shortened(one)) for one in headers[:_LISTED])
            raise ProfileError(f"mapping must name headers of the table; got {header!r}, found: {listed}.")
    return given


def _content(column: Sequence[object]) -> dict[str, float]:
    """Return which share of the filled cells are dates, numbers and so on; empty without filled cells."""
    filled = (cell for cell in column if not is_blank(cell) and not is_missing(cell))
    cells = islice((cell for cell in filled if not is_placeholder(str(cell))), _SAMPLED)
    kinds = list(map(_kinds, cells))
    return {kind: sum(one[kind] for one in kinds) / len(kinds) for kind in kinds[0]} if kinds else {}


def _kinds(cell: object) -> dict[str, bool]:
    text = str(cell).strip()
    return {
        "date": hasattr(cell, "year") or looks_like_date(text),
        "mail": _MAIL.fullmatch(text) is not None,
        "number": isinstance(cell, int | float) or _AMOUNT.fullmatch(text) is not None,
        "digits": any(sign.isdigit() for sign in text),
        "answer": isinstance(cell, bool) or text.casefold() in _ANSWERS,
        "resource": ":" in text and meaning_of(text.partition(":")[0], "categories") is not None,
    }


def _fits(reading: Reading, content: Mapping[str, float]) -> bool:
    """Whether cells may be what words in their header say; a known header is taken at its word."""
    column = reading.column
    if reading.confidence >= KNOWN or not content:
        return True
    if column in NUMBERS or column == Profile.UPDATED:
        return content["digits"] >= 0.5
    if column in (Profile.ID, Profile.FLAG, Profile.LEAD):
        return content["mail"] < 0.5
    no_text = max(content[kind] for kind in ("date", "mail", "number", "answer"))
    return no_text < 0.5 or column not in (Profile.NAME, Profile.KIND, *LISTS, *RESOURCES, *TEXTS)


def _guess_by_content(
    raw: RawTable, contents: Sequence[Mapping[str, float]], taken: Collection[int], layout: Layout
) -> None:
    """Find dates below a column without a header, and needs or offers where the other one is known."""
    for position, (header, content) in enumerate(zip(raw.headers, contents, strict=True)):
        lacking = [column for column in RESOURCES if column not in layout.known]
        if position in taken or not content:
            continue
        if content["resource"] >= 0.5 and len(lacking) == 1:
            column = lacking[0]
        elif content["date"] >= 0.9 and _NAMELESS.match(header) and Profile.UPDATED not in layout.known:
            column = Profile.UPDATED
        else:
            continue
        layout.known[column], layout.confidence[position] = position, _CONTENT


def how(confidence: float) -> str:
    """Return in a few words why a column is read as it is; "" for a known header."""
    if confidence >= _GIVEN or confidence in (EXACT, GENERAL):
        return ""
    return "by its content" if confidence == _CONTENT else "by a word in its header"


def _note_guesses(raw: RawTable, layout: Layout, lost: Mapping[int, Profile]) -> None:
    for column, position in layout.known.items():
        header, reason = raw.headers[position], how(layout.confidence[position])
        if reason and not column_of(header):
            raw.found.note_column(header, f"read as {column}, {reason}; --map or mapping overrules it")
    for position, column in sorted(lost.items()):
        better = shortened(raw.headers[layout.known[column]])
        reason = f"also means {column}, which is read from {better!r}; kept as an extra"
        raw.found.note_column(raw.headers[position], reason)


def require_columns(layout: Layout) -> None:
    """Check that the table has a name and something to match on; an error guesses which was meant."""
    missing = [] if Profile.NAME in layout.known else [Profile.NAME]
    named: list[str] = [*missing]
    if not layout.known.keys() & {*SUBSTANCE}:
        missing, named = [*missing, *SUBSTANCE], [*named, f"one of {', '.join(SUBSTANCE)}"]
    if not missing:
        return
    found = [*layout.known, *map(shortened, layout.extras)]
    listed = ", ".join(found[:_LISTED]) + (", …" if len(found) > _LISTED else "")
    guesses = [(guess_column(header, missing), header) for header in layout.extras]
    meant = [f"Did you mean {shortened(header)!r} as {column}?" for column, header in guesses if column]
    advice = " ".join([*meant, f"Name the columns so, or say --map 'Their header={missing[0]}'."])
    raise ProfileError(
        f"columns must include name and one of {', '.join(SUBSTANCE)}; missing: {', '.join(named)}; "
        f"found: {listed or 'none'}. {advice}"
    )


def guess_column(header: str, among: Sequence[Profile]) -> Profile | None:
    """Guess which of some columns a misspelt header means; None where nothing is close."""
    folded = fold(header)
    known = {word: column for word, column in words_of("headers").items() if column in among}
    # Words of up to three letters are close to half of the language; "id" is still worth a guess.
    words = [word for word in known if word == "id" and folded.startswith(word)]
    words += [word for word in known if min(len(word), len(folded)) >= _SHORTEST_GUESS]
    best = process.extractOne(folded, words, scorer=fuzz.ratio, score_cutoff=_CLOSE_ENOUGH)
    return Profile(known[best[0]]) if best else None


def ensure_ids(raw: RawTable, layout: Layout, read: Callable[[object], str]) -> None:
    """Make ids, the same in any order, from names where no column holds them or running numbers repeat."""
    position = layout.known.get(Profile.ID)
    if position is not None and not is_general(raw.headers[position], "numbering"):
        return
    names = [read(cell) for cell in raw.columns[layout.known[Profile.NAME]]]
    if position is not None:
        numbers, header = [read(cell) for cell in raw.columns[position]], raw.headers[position]
        n_filled = [sum(not is_blank(column[row]) for column in raw.columns) for row in range(len(raw))]
        used = [number for number, name, n in zip(numbers, names, n_filled, strict=True) if name and n > 1]
        if all(used) and len(set(used)) == len(used):
            raw.found.note_column(header, "running numbers, read as id; each must stay with its organisation")
            return
        reason = "the running numbers are not one per organisation"
        layout.extras[header] = position
    else:
        reason = "there is no column of ids"
    plain = (unicodedata.normalize("NFKD", name.casefold()) for name in names)
    kept = ("".join(sign for sign in name if not unicodedata.combining(sign)) for name in plain)
    ids = ["-".join(re.findall(r"\w+", name))[:_LONGEST_ID].rstrip("-") for name in kept]
    repeated = {slug for slug, number in Counter(ids).items() if number > 1}
    for row in (row for row, slug in enumerate(ids) if slug in repeated):
        columns = zip(raw.headers, raw.columns, strict=True)
        cells = repr(sorted((header, str(column[row])) for header, column in columns))
        ids[row] += f"-{sha256(cells.encode(errors='surrogatepass')).hexdigest()[:8]}"
    layout.known = {Profile.ID: 0} | layout.known | {Profile.ID: len(raw.columns)}
    raw.headers.append(Profile.ID.value)
    raw.columns.append([*ids])
    example = next(filter(None, ids), "")
    raw.found.note_column(Profile.ID.value, f"{reason}: ids are made from the names, such as {example!r}")
