"""Messages in the languages of the package: English is the source, others are in `locales/<lang>.po`."""

from __future__ import annotations

import gettext
import io
import math
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent
from pandas import Timestamp

from matcher.errors import ConfigError

LANGUAGES: Final = ("en", "id")
QUOTE_LENGTH: Final = 110
"""Characters after which a quoted passage is cut: a reason must be read at a glance."""


class Messages:
    """Messages, numbers and dates in one language.

    Parameters
    ----------
    lang : str
        One of `LANGUAGES`.

    Raises
    ------
    ConfigError
        If the language has no catalogue.
    """

    def __init__(self, lang: str) -> None:
        check_lang(lang)
        self.lang = lang
        self._messages = _catalogue(lang)
        self._locale = Locale.parse(lang)

    def say(self, message: str, **parts: object) -> str:
        """Return the message in this language, its {parts} filled in."""
        return self._messages.gettext(message).format(**parts)

    def say_header(self, header: str) -> str:
        """Return the header of a column that people fill in; it may differ from the same word elsewhere."""
        return self._messages.pgettext("field", header)

    def count(self, one: str, many: str, number: int) -> str:
        """Return the message for a number, {number} filled in, in the form the language asks for."""
        return self._messages.ngettext(one, many, number).format(number=number)

    def listing(self, items: Sequence[str]) -> str:
        """Return 'a, b, and c' as this language writes it."""
        return str(format_list(list(items), locale=self._locale))

    def language(self, code: str) -> str:
        """Return the name of a language in this language; the code itself where it has none."""
        return str(self._locale.languages.get(code, code))

    def percent(self, share: float) -> str:
        """Return a share in [0, 1] in whole percent, as this language writes it.

        Nothing is called certain or impossible by rounding: .996 is 99 %, .004 below 1 %.
        """
        whole = math.floor(share * 100.0 + 1e-9)
        if whole == 0 and share > 0.0:
            return f"< {format_percent(0.01, locale=self._locale)}"
        return str(format_percent(whole / 100.0, locale=self._locale))

    def number(self, value: float, decimals: int = 2) -> str:
        """Return a number with a fixed number of decimals, as this language writes it."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def date(self, stamp: Timestamp) -> str:
        """Return a date as this language writes it."""
        return str(format_date(stamp.date(), format="medium", locale=self._locale))


def check_lang(lang: str) -> None:
    """Raise `ConfigError` unless there is a catalogue of the language."""
    if lang not in LANGUAGES:
        raise ConfigError(f"lang must be one of {', '.join(LANGUAGES)}; got {lang!r}.")


def N_(message: str) -> str:  # noqa: N802
    """Mark a constant as a message of the catalogue, as `gettext` does; it is translated where used."""
    return message


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    """Return the messages of a language; English is the source and needs none."""
    if lang == "en":
        return gettext.NullTranslations()
    source = resources.files("matcher.documents").joinpath("locales", f"{lang}.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def quote(text: str) -> str:
    """Return a text on one line, cut at a word after about `QUOTE_LENGTH` characters."""
    line = " ".join(text.split()).rstrip(";,")
    if len(line) <= QUOTE_LENGTH:
        return line
    head = line[:QUOTE_LENGTH]
    return f"{head.rsplit(' ', 1)[0]} …"
