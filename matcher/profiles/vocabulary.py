"""Words of tables: the column, category, kind, flag or language that a word means."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final

from matcher.columns import Profile
from matcher.errors import MatcherError
from matcher.files import bundled_toml

SHORT: Final = 40
"""Characters of a header that a message shows."""


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


@cache
def header_words() -> dict[str, Profile]:
    """Map every folded header that is known to its column."""
    return {word: Profile(name) for word, name in words_of("headers").items()}


def column_of(header: str) -> Profile | None:
    """Return the column that a header means; None for an extra column."""
    return header_words().get(fold(header))


def unique_columns(
    headers: Sequence[str], column_of: Callable[[str], str | None], error: type[MatcherError]
) -> list[str]:
    """Return the column of each header, or its position; an error if two have the same column."""
    first: dict[str, str] = {}
    for position, header in enumerate(headers):
        column = column_of(header) or f"other column {position}"
        if column in first:
            raise error(
                f"columns must be unique; got {shortened(first[column])!r} and {shortened(header)!r}, both "
                f"read as {shortened(column)!r}. Rename or remove one of them."
            )
        first[column] = header
    return list(first)


def shortened(header: str) -> str:
    """Return a header, truncated for a message."""
    return header if len(header) <= SHORT else header[: SHORT - 1] + "…"


@cache
def words_of(table: str, package: str = __package__) -> dict[str, str]:
    """Return the folded words of a table of a package's `vocabulary.toml`, each with its canonical name."""
    return index_words(bundled_toml(package, "vocabulary.toml")[table])


def meaning_of(word: str, table: str, package: str = __package__) -> str | None:
    """Return the canonical name that a word of a table means; None if there is none.

    Examples
    --------
    >>> meaning_of("Pendanaan", "categories"), meaning_of("weather", "categories")
    ('funding', None)
    """
    return words_of(table, package).get(fold(word))


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
    return frozenset(bundled_toml(__package__, "vocabulary.toml")["language_codes"].split())


@cache
def _language_names() -> dict[str, str]:
    from babel import Locale

    names: dict[str, str] = {}
    for locale in ("id", "en"):
        named = Locale(locale).languages
        names |= {fold(name): code for code, name in named.items() if code in _language_codes()}
    return names | words_of("languages")
