"""The voice of the forms, and the words by which their reader knows columns and sides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from matcher.columns import SIDES
from matcher.documents.language import LANGUAGES, Voice
from matcher.output.forms.questions import HEADERS, OTHER_HEADERS, OTHER_SIDES, SIDE_WORDS
from matcher.profiles.vocabulary import fold


def form_voice(lang: str) -> Voice:
    """Return the voice that knows the messages of this package.

    Raises
    ------
    ConfigError
        If there is no catalogue of the language.
    """
    return Voice(lang)


def column_of(header: str) -> str | None:
    """Find the column of the form that a header stands for, in any language; None if there is none.

    Examples
    --------
    >>> column_of("Manfaat bagi kami"), column_of("benefit"), column_of("weather")
    ('benefit', 'benefit', None)
    """
    return _headers().get(fold(header))


def side_of(word: str) -> str | None:
    """Find the side that a word stands for; None if there is none.

    Examples
    --------
    >>> side_of("Pencari mitra"), side_of("CANDIDATE"), side_of("both")
    ('seeker', 'candidate', None)
    """
    return _sides().get(fold(word))


@cache
def _headers() -> dict[str, str]:
    """Index every name of a column; the form's own come last, for they must be read as they are meant."""
    voices = [form_voice(lang) for lang in LANGUAGES]
    words: dict[str, str] = {}
    for column in HEADERS:
        words |= _index(column, (column, *OTHER_HEADERS.get(column, ())))
    for column, header in HEADERS.items():
        words |= _index(column, (voice.say(header) for voice in voices))
    return words


@cache
def _sides() -> dict[str, str]:
    words: dict[str, str] = {}
    for place, side in enumerate(SIDES):
        words |= _index(side, (side, *OTHER_SIDES[side], *(told[place] for told in SIDE_WORDS.values())))
    return words


def _index(name: str, words: Iterable[str]) -> dict[str, str]:
    return {fold(word): str(name) for word in words}
