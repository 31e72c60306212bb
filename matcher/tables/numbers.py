"""Cells of numbers: counts, money, years and ratings, as people write them in English and Indonesian."""

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from matcher.files import bundled_toml
from matcher.tables.values import Findings, folded, read_free_text

_TEXTS: Final = bundled_toml(__package__, "vocabulary.toml")
_CURRENCIES: Final = {word: code for code, words in _TEXTS["currencies"].items() for word in words.split()}
_SCALES: Final = {word: float(scale) for scale, words in _TEXTS["scales"].items() for word in words.split()}
_WORDS: Final = {name: frozenset(words.split()) for name, words in _TEXTS["amounts"].items()}

_ONE_SIGN: Final = re.compile(r"([+-]?[0-9]+)(?:[.,]([0-9]+))?([eE][+-]?[0-9]+)?")
_GROUPED: Final = re.compile(
    r"([+-]?)([0-9]{1,3}(?:([., \u00a0\u202f'’])[0-9]{3})(?:\3[0-9]{3})*)(?:([.,])([0-9]+))?"
)
_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_YEAR: Final = re.compile(r"(?<![0-9.,])(?:1[789]|20)[0-9]{2}(?![0-9]|[.,][0-9])")
_STARS: Final = re.compile("([★⭐*]+)\ufe0f?[☆✩]*")
_RATING: Final = re.compile(
    r"(?:(?:level|tingkat|skor|score|nilai|bobot|skala|rating)\s*[:=]?\s*)?([+-]?[0-9]+(?:[.,][0-9]+)?)"
    r"\s*(?:(?:/|dari|out of|of)\s*5)?\s*(?:stars?|bintang)?"
)
_TOKEN: Final = re.compile(
    r"([0-9]+(?:[.,'’][0-9]+|\s[0-9]{3}(?![0-9]))*)"
    r"|((?:us|au|ca|nz|hk|[sacu])?\$|[^\W\d_]+|[^\s\w.,:=]|_)"
)
_ENDING: Final = re.compile(r"(?<=[0-9])\s*[.,](?:\s*$|(?=\s))|(?<=[0-9a-z])\s*[.,]\s*[-=]+")


class Money(NamedTuple):
    """What a column says of its amounts: the code of their currency, how many units one is, its language."""

    currency: str = ""
    scale: float = 1.0
    is_indonesian: bool = False


def plain_number(text: str) -> float:
    """Return a number such as ``1.234,56`` and ``1,234.56``; raise `ValueError` where a text is none."""
    if one := _ONE_SIGN.fullmatch(text):
        return float(f"{one[1]}.{one[2] or 0}{one[3] or ''}")
    grouped = _GROUPED.fullmatch(text)
    if grouped is None or grouped[3] == grouped[4]:
        raise ValueError("must be a number")
    sign, groups, _, _, decimals = grouped.groups()
    return float(f"{sign}{re.sub('[^0-9]', '', groups)}.{decimals or 0}")


def _finite(value: float | Decimal, found: Findings, scale: float = 1.0) -> float:
    try:
        number = float(value) * scale
    except OverflowError:
        number = math.inf
    if math.isfinite(number):
        return number
    found.reject("must be a finite number", value)
    return math.nan


def read_year(value: object, found: Findings) -> float:
    """Read a year, also from a date or from ``sejak 1998``; NaN where it is rejected."""
    if isinstance(value, dt.date):
        return float(value.year)
    years = set(_YEAR.findall(value)) if isinstance(value, str) else set()
    if len(years) != 1:
        return read_quantity(value, found)
    if len(str(value).strip()) > len(year := years.pop()):
        found.note(f"read as {year}", value)
    return float(year)


@lru_cache(maxsize=4096)
def parse_rating(text: str) -> float | None:
    """Return a rating such as ``4``, ``4,5``, ``4/5``, ``4 dari 5`` or ``★★★★``; None where it is none."""
    text = folded(text) if len(text) < 30 else ""
    if stars := _STARS.fullmatch(text):
        return float(len(stars[1]))
    rating = _RATING.fullmatch(text)
    return float(rating[1].replace(",", ".")) if rating else None


def read_currency(value: object, found: Findings) -> str:
    """Read a currency: its code where the word is known, such as IDR for ``rupiah``, else the text itself."""
    text = read_free_text(value, found)
    code = _CURRENCIES.get(folded(text).strip("."))
    return code or (text.upper() if len(text) == len("IDR") else text)


def currencies_of(header: str, cells: Sequence[object]) -> list[str]:
    """Return the currency that each cell of a column of money states, else the column's; "" for none."""
    currency = money_column(header, cells, Findings()).currency
    return [next(_codes(cell), currency) for cell in cells]


def money_column(header: str, cells: Sequence[object], found: Findings) -> Money:
    """Return what a column of money says of its currency; different ones are noted, for none is converted."""
    words = _words_of(header)
    stated, among = set(_codes(header)), {code for cell in cells for code in _codes(cell)}
    if len(stated | among) > 1:
        codes = ", ".join(sorted(stated | among))
        found.note_column(found.column, f"amounts are in {codes} and are not converted")
    scale = math.prod(_SCALES[word] for word in words if len(word) > 1 and word in _SCALES)
    if scale != 1.0:
        found.note_column(found.column, f"numbers are multiplied by {scale:.15g}, as the header says")
    one = stated if len(stated) == 1 else among if len(among) == 1 and not stated else set()
    is_indonesian = bool(words and words[0] in _WORDS["indonesian_headers"]) or any(
        word in _WORDS["indonesian"] for cell in cells if isinstance(cell, str) for word in _words_of(cell)
    )
    return Money(next(iter(one), ""), scale, is_indonesian)


def _codes(cell: object) -> Iterator[str]:
    words = _words_of(cell) if isinstance(cell, str) else ()
    return (_CURRENCIES[word] for word in words if word in _CURRENCIES)


@lru_cache(maxsize=8192)
def _words_of(text: str) -> list[str]:
    return [word for number, word in _TOKEN.findall(folded(text)) if word]


class _Reader:
    """Reads one amount from its numbers and words; `unsure` says that a note should say how it was read."""

    def __init__(self, column: Money | None) -> None:
        self.column, self.currency, self.unsure = column, "", False
        self.parts: list[tuple[str, str]] = []

    def read(self, text: str) -> float:
        open_number = ""
        for number, word in _TOKEN.findall(text):
            if number:
                if open_number:
                    raise ValueError("must be one number")
                open_number = number
            elif open_number and (word in _SCALES or (word == "m" and self.column is not None)):
                self.parts.append((open_number, word))
                open_number = ""
            else:
                self._word(word, is_after=bool(open_number or self.parts))
        if open_number:
            self.parts.append((open_number, ""))
        if not self.parts:
            raise ValueError("must be a number")
        scales = [_SCALES.get(word) or self._millions(number, word) for number, word in self.parts]
        if scales != sorted(set(scales), reverse=True):
            raise ValueError("must be one number")
        return sum(self._number(*part) * scale for part, scale in zip(self.parts, scales, strict=True))

    def _word(self, word: str, is_after: bool) -> None:
        if word in _WORDS["bounds"]:
            self.unsure = True
        elif self.column is not None and word in _CURRENCIES:
            if self.currency not in ("", _CURRENCIES[word]):
                raise ValueError("must be in one currency")
            self.currency = _CURRENCIES[word]
        elif word == "-":
            raise ValueError("must be one number" if is_after else "must be a number")
        elif word == "+" and is_after:
            self.unsure = True
        elif word not in _WORDS["about"] | _WORDS["units" if self.column is None else "per_year"] | {"/"}:
            raise ValueError("must be a number")

    def _millions(self, number: str, word: str) -> float:
        """Return how many `M` is: by currency, else by the header and by the decimal sign."""
        column = self.column or Money()
        if not word:
            return column.scale
        if currency := self.currency or column.currency:
            return 1e9 if currency == "IDR" else 1e6
        self.unsure = True
        if column.is_indonesian or "," in number:
            return 1e9
        if "." in number:
            return 1e6
        raise ValueError(f"must be one number; {number} M could be {number} million or {number} miliar")

    def _number(self, number: str, word: str) -> float:
        digits = number.replace("’", "'").replace(" ", "'")
        if not _THOUSANDS.fullmatch(digits):
            return plain_number(digits)
        whole, decimal = re.sub("[.,]", "", digits), float(digits.replace(",", "."))
        if word and word not in _WORDS["indonesian" if "." in digits else "english"]:
            raise ValueError(f"must be one number; {digits} could be {decimal:.15g} or {whole}")
        self.unsure |= self.column is not None and not (word or self.currency or self.column.currency)
        return float(whole)


def read_quantity(value: Any, found: Findings, column: Money | None = None) -> float:
    """Read how many, as in ``± 1.200 orang``, or how much money, as in ``450 juta``; NaN where it is none."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, str):
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return _finite(value, found, column.scale if column else 1.0)
        found.reject(f"must be a number; got {type(value).__name__}", value)
        return math.nan
    text = folded(value)
    if not text:
        return math.nan
    plain = text if re.fullmatch(r"-[0-9.,]+", text) or re.search("[0-9]e[+-]?[0-9]", text) else ""
    reader = _Reader(column)
    text = re.sub(r"kira-kira|kira2|kurang lebih|lebih kurang|more or less|\+/-|\+-", "±", text)
    text = re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", " ", _ENDING.sub(" ", text))
    for group in re.findall(r"(?<=[0-9a-z\s])\(([^()]*)\)", text):
        words = _words_of(group)
        if not (words and all(word in _SCALES or word in _CURRENCIES for word in words)):
            text, reader.unsure = text.replace(f"({group})", " "), True
    try:
        number = plain_number(plain) if plain else reader.read(re.sub("[()]", " ", text))
    except ValueError as err:
        reason = str(err) if "could be" in str(err) else f"{err}; got {value.strip()[:40]!r}"
        found.reject(f"{reason}: write digits only, or leave it empty", value)
        return math.nan
    if reader.unsure:
        found.note(f"read as {number:.15g}", value)
    return _finite(number, found)
