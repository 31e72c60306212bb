"""Word and phrase translations with probabilities, by which bags of words cross between two languages."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.preprocessing import normalize

from matcher.encoders.languages import FUNCTION_WORDS
from matcher.encoders.static import bundled_model
from matcher.encoders.words import stems_of, stop_words
from matcher.errors import EncoderError

LEXICON: Final = "lexicon-id-en"
"""Name of the lexicon that comes with the package."""
LONGEST_PHRASE: Final = 4  # stems of the longest phrase
TABLES_FILE: Final = "lexicon.safetensors"

Pair = tuple[str, str, float]


@dataclass(frozen=True)
class Translations:
    """Translations from stems and phrases of one language into stems of another."""

    source: str
    target: str
    """ISO 639-1 codes."""
    units: Mapping[str, int]
    """Row of each stem, and of each phrase (its stems joined by spaces)."""
    words: Sequence[str]
    """Stem of each column."""
    table: csr_matrix
    """Shape (n_units, n_words): probability of each stem as a translation of the unit; rows sum to 1."""

    def of(self, unit: str) -> dict[str, float]:
        """Return the translations of one unit with their probabilities; empty where it has none."""
        row = self.units.get(unit)
        if row is None:
            return {}
        at = slice(*self.table.indptr[row : row + 2])
        columns, shares = self.table.indices[at].tolist(), self.table.data[at].tolist()
        return {self.words[column]: share for column, share in zip(columns, shares, strict=True)}

    def cover(self, stems: Sequence[str]) -> list[str]:
        """Cut stems, left to right, into the longest phrases that have translations, and single stems."""
        units, stop, longest = list[str](), 0, self._longest
        begun = [(start, longest[pair]) for start, pair in enumerate(pairwise(stems)) if pair in longest]
        for start, most in begun:
            ends = range(min(start + most, len(stems)), start + 1, -1)
            phrases = (" ".join(stems[start:end]) for end in ends)
            phrase = next((phrase for phrase in phrases if phrase in self.units), None)
            if start >= stop and phrase:
                units += [*stems[stop:start], phrase]
                stop = start + phrase.count(" ") + 1
        return [*units, *stems[stop:]]

    @cached_property
    def _longest(self) -> dict[tuple[str, str], int]:
        """Number of stems of the longest phrase that begins with two stems."""
        longest: dict[tuple[str, str], int] = {}
        for phrase in (unit.split(" ") for unit in self.units if " " in unit):
            start = phrase[0], phrase[1]
            longest[start] = max(len(phrase), longest.get(start, 0))
        return longest


@dataclass(frozen=True)
class Lexicon:
    """Translations between two languages, in both directions."""

    directions: Mapping[tuple[str, str], Translations]
    function_words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Of a language beside English and Indonesian: words that translate English function words."""

    @classmethod
    def from_pairs(cls, languages: tuple[str, str], pairs: Sequence[Pair]) -> Lexicon:
        """Build a lexicon from pairs of words or phrases, each with a weight above 0, as `tabulate`."""
        one, other = languages
        stemmed = [(stems_of(a, one), stems_of(b, other), weight) for a, b, weight in pairs]
        directions = {
            (one, other): tabulate(one, other, stemmed),
            (other, one): tabulate(other, one, [(b, a, weight) for a, b, weight in stemmed]),
        }
        sides = {other: [(a, b) for a, b, _ in pairs]} if one == "en" else {}
        sides |= {one: [(b, a) for a, b, _ in pairs]} if other == "en" else {}
        grammar = stop_words("en")
        found = {
            code: frozenset(word.casefold() for english, word in both if english.casefold() in grammar)
            for code, both in sides.items()
            if code not in FUNCTION_WORDS
        }
        return cls(directions, {code: words for code, words in found.items() if words})


def tabulate(
    source: str, target: str, entries: Iterable[tuple[Sequence[str], Sequence[str], float]]
) -> Translations:
    """Turn entries (stems, stems of the translation, weight) into a table of probabilities.

    The weight is shared evenly among the stems. Raises `EncoderError` if no entry has both.
    """
    cells = [
        (" ".join(stems), stem, weight / len(translation))
        for stems, translation, weight in entries
        if stems and len(stems) <= LONGEST_PHRASE
        for stem in translation
    ]
    if not cells:
        raise EncoderError(f"lexicon must hold words of {source} and {target}; it holds none of both.")
    phrases, words, weights = zip(*cells, strict=True)
    (units, rows), (found, columns) = (np.unique(each, return_inverse=True) for each in (phrases, words))
    table = normalize(csr_matrix((weights, (rows, columns)), dtype=np.float64), norm="l1")
    numbers = {unit: number for number, unit in enumerate(units.tolist())}
    return Translations(source, target, numbers, found.tolist(), table)


def open_lexicon(path: str | Path | None = None) -> Lexicon:
    """Open the lexicon of the package, a folder of `scripts/train_lexicon.py`, or a TSV of word pairs.

    A TSV's header names two languages (``en<TAB>ms``); a third column `weight` may say how common each
    translation is. Raises `EncoderError` if the path is neither, or its content is damaged.
    """
    source = bundled_model(LEXICON) if path is None else Path(path)
    return _read_folder(source) if source.is_dir() else _read_pairs(source)


def _read_folder(folder: Path) -> Lexicon:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        languages = manifest["languages"]
        for name, digest in manifest["sha256"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise ValueError(f"{name} is not as its manifest states")
        tables = load_file(folder / TABLES_FILE)
        units = {
            code: (folder / f"units.{code}.txt").read_text(encoding="utf-8").splitlines()
            for code in languages
        }
        directions = {}
        for source, target in (tuple(languages), tuple(reversed(languages))):
            data, *places = (tables[f"{source}-{target}.{name}"] for name in ("data", "indices", "indptr"))
            shape = len(units[source]), len(units[target])
            table = normalize(csr_matrix((data.astype(np.float64) / 255.0, *places), shape), norm="l1")
            numbers = {unit: number for number, unit in enumerate(units[source])}
            directions[source, target] = Translations(source, target, numbers, units[target], table)
    except (OSError, KeyError, TypeError, ValueError, SafetensorError) as err:
        raise EncoderError(f"{folder} must hold a lexicon; it cannot be opened ({err}).") from err
    return Lexicon(directions)


def _read_pairs(path: Path) -> Lexicon:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except (OSError, UnicodeDecodeError, csv.Error) as err:
        raise EncoderError(f"{path} must be a lexicon's folder or a TSV of word pairs; {err}.") from err
    codes = [name for name in (rows[0] if rows else {}) if name and len(name) == 2]
    if len(codes) != 2:
        raise EncoderError(
            f"{path} must name two languages in its header, such as en<TAB>ms; it names {len(codes)}."
        )
    one, other = codes
    pairs = [
        (row[one], row[other], _weight(path, line, row.get("weight")))
        for line, row in enumerate(rows, 2)
        if row[one] and row[other]
    ]
    return Lexicon.from_pairs((one, other), pairs)


def _weight(path: Path, line: int, cell: str | None) -> float:
    if not cell:
        return 1.0
    try:
        weight = float(cell)
    except ValueError:
        weight = 0.0
    if not 0.0 < weight < float("inf"):
        raise EncoderError(f"{path}, line {line}: weight must be a number above 0; got {cell!r}.")
    return weight
