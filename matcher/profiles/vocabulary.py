"""Words of tables: the column, category, kind, flag or language that a word means."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import Any

from matcher.columns import Profile
from matcher.files import bundled_toml


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """Fold a word for comparison: lower case, letters and digits only.

    Examples
    --------
    >>> fold("Tujuan_Jangka-Pendek ")
    'tujuanjangkapendek'
    """
    return "".join(sign for sign in unicodedata.normalize("NFKC", word).casefold() if sign.isalnum())


def index_words(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Map every folded word, and each canonical name itself, to its canonical name."""
    return {fold(word): str(name) for name, others in words.items() for word in (name, *others)}


def load_words() -> dict[str, Any]:
    """Return the tables of `vocabulary.toml`."""
    return bundled_toml(__package__, "vocabulary.toml")


@cache
def header_words() -> dict[str, Profile]:
    """Map every folded header that is known to its column."""
    return {word: Profile(name) for word, name in index_words(load_words()["headers"]).items()}


@cache
def _words(table: str) -> dict[str, str]:
    return index_words(load_words()[table])


def column_of(header: str) -> Profile | None:
    """Return the column that a header means; None for an extra column."""
    return header_words().get(fold(header))


def category_of(word: str) -> str | None:
    """Return the resource category that a word means; None if there is none."""
    return _words("categories").get(fold(word))


def kind_of(word: str) -> str | None:
    """Return the kind of organisation that a word means; None if there is none."""
    return _words("kinds").get(fold(word))


def flag_of(word: str) -> str | None:
    """Return the flag that a word means; None if there is none."""
    return _words("flags").get(fold(word))


@lru_cache(maxsize=4096)
def language_of(word: str) -> str | None:
    """Return the ISO 639-1 code of a language given as a code, a locale or a name; None if unknown.

    Examples
    --------
    >>> language_of("Bahasa Inggris"), language_of("id-ID"), language_of("Klingon")
    ('en', 'id', None)
    """
    code = word.strip().lower().replace("_", "-").partition("-")[0]
    if code in _language_codes():
        return code
    names = _language_names()
    whole = fold(word)
    bare = fold(" ".join(part for part in word.split() if part.casefold() not in ("bahasa", "language")))
    return names.get(whole) or names.get(bare)


@cache
def _language_codes() -> frozenset[str]:
    return frozenset(load_words()["language_codes"].split())


@cache
def _language_names() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for locale in ("id", "en"):
        named = Locale(locale).languages
        names |= {fold(name): code for code, name in named.items() if code in _language_codes()}
    return names | _words("languages")
