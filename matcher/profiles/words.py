"""Looking up the words of a table: what column, category, kind, flag or language is meant."""

import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

from matcher.columns import Profile
from matcher.profiles import vocabulary


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """Fold a word for comparison: lower case, letters and digits only.

    Examples
    --------
    >>> fold("Tujuan_Jangka-Pendek ")
    'tujuanjangkapendek'
    """
    return "".join(sign for sign in unicodedata.normalize("NFKC", word).casefold() if sign.isalnum())


def _index(words: Mapping[str, Iterable[str]]) -> dict[str, str]:
    return {fold(word): name for name, others in words.items() for word in (name, *others)}


@cache
def header_words() -> dict[str, Profile]:
    """Give every folded header that is known, with the column it stands for."""
    return {fold(word): column for column in Profile for word in (column, *vocabulary.HEADERS[column])}


_CATEGORIES = _index(vocabulary.CATEGORIES)
_KINDS = _index(vocabulary.KINDS)
_FLAGS = _index(vocabulary.FLAGS)


def column_of(header: str) -> Profile | None:
    """Find the column that a header stands for; None for an extra column."""
    return header_words().get(fold(header))


def category_of(word: str) -> str | None:
    """Find the resource category that a word stands for; None if there is none."""
    return _CATEGORIES.get(fold(word))


def kind_of(word: str) -> str | None:
    """Find the kind of organisation that a word stands for; None if there is none."""
    return _KINDS.get(fold(word))


def flag_of(word: str) -> str | None:
    """Find the flag that a word stands for; None if there is none."""
    return _FLAGS.get(fold(word))


@lru_cache(maxsize=4096)
def language_of(word: str) -> str | None:
    """Find the ISO 639-1 code of a language given as a code, a locale or a name; None if unknown.

    Examples
    --------
    >>> language_of("Bahasa Inggris"), language_of("id-ID"), language_of("Klingon")
    ('en', 'id', None)
    """
    code = word.strip().lower().replace("_", "-").partition("-")[0]
    if code in vocabulary.LANGUAGE_CODES:
        return code
    names = _language_names()
    whole = fold(word)
    bare = fold(" ".join(part for part in word.split() if part.casefold() not in ("bahasa", "language")))
    return names.get(whole) or names.get(bare)


@cache
def _language_names() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for locale in ("id", "en"):
        spoken = Locale(locale).languages
        names |= {fold(name): code for code, name in spoken.items() if code in vocabulary.LANGUAGE_CODES}
    return names | _index(vocabulary.LANGUAGES)
