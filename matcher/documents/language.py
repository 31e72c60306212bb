"""Messages in the languages of the package: English is the source, others are in `locales/<lang>.po`."""

import gettext
import io
import math
import re
import string
import sys
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, NamedTuple

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent, get_currency_symbol
from pandas import Timestamp
from tqdm import tqdm

from matcher.errors import ConfigError

LANGUAGES: Final = ("en", "id")
QUOTE_LENGTH: Final = 110  # characters after which a passage is cut: a reason must be read at a glance


class Messages:
    """Messages, numbers and dates in one of `LANGUAGES`; `ConfigError` for another language."""

    def __init__(self, lang: str) -> None:
        check_lang(lang)
        self.lang = lang
        self._messages = _catalogue(lang)
        self._locale = Locale.parse(lang)

    def say(self, message: str, **parts: object) -> str:
        """Return the message in this language, its {parts} filled in."""
        return self._messages.gettext(message).format(**parts)

    def say_header(self, header: str, table: str = "field") -> str:
        """Return a header of a form ("field") or of results ("column"); it may differ from the same word."""
        return self._messages.pgettext(table, header)

    def count(self, one: str, many: str, number: int) -> str:
        """Return the message for a number, {number} filled in, in the form the language asks for."""
        return self._messages.ngettext(one, many, number).format(number=number)

    def render(self, text: str) -> str:
        """Return an English text that was filled in already, such as that of an error, in this language.

        Its template is looked up among the messages; a value that is a message is rendered too, and so are
        lines, and parts separated by semicolons or colons. What no template gives stays as it is.
        """
        if self.lang == "en":
            return _ONE.sub(_singular, text)
        if text in _countries():
            return str(self._locale.territories[_countries()[text]])
        if " " in text.strip():
            return _rendered(self.lang, text)
        return self._messages.gettext(text) if text else text

    def listing(self, items: Sequence[str]) -> str:
        """Return 'a, b, and c' as this language writes it."""
        return str(format_list(list(items), locale=self._locale))

    def language(self, code: str) -> str:
        """Return the name of a language in this language; the code itself where it has none."""
        return str(self._locale.languages.get(code, code))

    def percent(self, share: float) -> str:
        """Return a share in [0, 1] in percent with two significant digits, as this language writes it.

        Nothing is called certain or impossible by rounding: .996 is 99 %, .000349 is .034 %.
        """
        decimals = significant_decimals(share)
        steps = 10**decimals
        cut = math.floor(share * steps + 1e-7) / steps
        is_less = share > 0.0 and cut == 0.0
        pattern = f"#,##0.{'#' * (decimals - 2)}%"
        shown = format_percent(1 / steps if is_less else cut, pattern, locale=self._locale)
        return f"< {shown}" if is_less else str(shown)

    def number(self, value: float, decimals: int = 2) -> str:
        """Return a number with a fixed number of decimals, as this language writes it."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return str(format_decimal(value, format=pattern, locale=self._locale))

    def signed(self, value: float, decimals: int = 3) -> str:
        """Return a number with its sign; one that is written as 0 has none."""
        number = self.number(abs(value), decimals)
        return number if number == self.number(0.0, decimals) else f"{'+' if value > 0.0 else '−'}{number}"

    def money(self, amount: float, currency: str) -> str:
        """Return an amount with its currency, a code such as IDR or a word; "" where it is not stated."""
        number = self.number(amount, 0)
        if not currency:
            return f"{number} ({self.say('currency not stated')})"
        symbol = get_currency_symbol(currency, self._locale)
        return f"{symbol} {number}" if symbol[-1].isalpha() and symbol != "Rp" else f"{symbol}{number}"

    def significant(self, value: float) -> str:
        """Return a number with at least two significant digits and two decimals."""
        return self.number(value, significant_decimals(value))

    def date(self, stamp: Timestamp) -> str:
        """Return a date as this language writes it."""
        return str(format_date(stamp.date(), format="medium", locale=self._locale))


def significant_decimals(value: float, least: int = 2) -> int:
    """Return the decimals by which a number in [-1, 1] has `least` significant digits, in [least, 6]."""
    return min(6, least - 1 - math.floor(math.log10(abs(value)))) if 0 < abs(value) < 1 else least


def check_lang(lang: str) -> None:
    """Raise `ConfigError` unless there is a catalogue of the language."""
    if lang not in LANGUAGES:
        raise ConfigError(f"lang must be one of {', '.join(LANGUAGES)}; got {lang!r}.")


def N_(message: str) -> str:  # noqa: N802
    """Mark a constant as a message of the catalogue, as `gettext` does; it is translated where used."""
    return message


_IN_USE: Final = ContextVar("lang", default="en")


def use_language(lang: str) -> None:
    """Set the language of what commands print and of progress bars; English until then."""
    check_lang(lang)
    _IN_USE.set(lang)


def messages_in_use() -> Messages:
    """Return the messages of the language that was set by `use_language`."""
    return Messages(_IN_USE.get())


def progress_bar(shown: bool, what: str, unit: str, **options: Any) -> "tqdm[Any]":
    """Return a bar with the time left, that goes away when it is done, in the language in use.

    It is shown on a terminal and in a notebook only. `what` and `unit` are messages; `options` as of `tqdm`.
    """
    say = messages_in_use().say
    shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    is_read = sys.stderr.isatty() or bool(shell and shell())
    return tqdm(desc=say(what), unit=say(unit), disable=not (shown and is_read), leave=False, **options)


@cache
def _countries() -> dict[str, str]:
    """Return the codes of countries by their English names."""
    return {str(name): str(code) for code, name in Locale.parse("en").territories.items()}


@cache
def _po(lang: str) -> Catalog:
    source = resources.files("matcher.documents").joinpath("locales", f"{lang}.po").read_bytes()
    return read_po(io.BytesIO(source), locale=lang)


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    if lang == "en":
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, _po(lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Template(NamedTuple):
    """A message whose values are found in a text that it gave; `fields` are (name, is an English number)."""

    literal: str
    pattern: re.Pattern[str]
    fields: tuple[tuple[str, bool], ...]
    translation: str


def template_of(message: str, translation: str) -> Template:
    """Return the template of a message with {fields}; a field with a format holds a number."""
    parts = list(string.Formatter().parse(message))
    fields = tuple((name, bool(spec)) for _, name, spec, _ in parts if name is not None)
    values = ["" if name is None else r"([-\d.,]+)" if spec else "(.*?)" for _, name, spec, _ in parts]
    pattern = "".join(re.escape(text) + value for (text, *_), value in zip(parts, values, strict=True))
    literal = max((text for text, *_ in parts), key=len)
    return Template(literal, re.compile(pattern, re.DOTALL), fields, translation)


@cache
def _templates(lang: str) -> list[Template]:
    """Return the messages by which texts are recognised, last those that begin with a value or say little."""
    # None are those of a single word, and short ones with named values: other texts look the same.
    messages = [entry for entry in _po(lang) if isinstance(entry.id, str) and " " in entry.id.strip()]
    found = [template_of(entry.id, entry.string) for entry in messages]
    found = [one for one in found if len(one.literal) > 20 or all(name.isdigit() for name, _ in one.fields)]
    found.sort(key=lambda one: -len(one.pattern.pattern.replace("(.*?)", "")))
    return sorted(found, key=lambda one: one.pattern.pattern.startswith("("))


NUMBER_SIGNS: Final = str.maketrans(",.", ".,")
_MARK: Final = re.compile(r"(\n|[.;:] )")
_COUNT: Final = re.compile(r"^[\d.,]+ ")
_GOT: Final = "; got "
_VERBS: Final = {"are": "is", "were": "was", "have": "has", "look": "looks"}
_NOUNS: Final = (
    "alarm|answer|letter|list|organisation|outcome|pair|partnership|profile|recommendation|record|review|"
    "row|seeker"
)
_ONE: Final = re.compile(
    rf"(?<![\w.,/-])1 (?:((?:overdue )?(?:{_NOUNS}))s|of [\d,]+ \w+)"
    rf"\b((?: of (?:the )?[a-z]+(?: and [a-z]+)?)?)(?:( )({'|'.join(_VERBS)})\b)?"
)


def _singular(found: re.Match[str]) -> str:
    """Return a count of one, "1 rows of outcomes were", with its noun and verb in the singular."""
    noun, after, space, verb = found.groups(default="")
    counted = f"1 {noun}{after}" if noun else found[0].removesuffix(space + verb)
    return f"{counted}{space}{_VERBS.get(verb, '')}"


@lru_cache(maxsize=10_000)
def _rendered(lang: str, text: str) -> str:
    if " " not in text.strip():
        return text
    ends = [(len(text), len(text)), *(found.span() for found in reversed([*_MARK.finditer(text)]))]
    for start, end in ends:
        if (found := _begun(lang, text[:start])) is not None:
            return found + text[start:end] + _rendered(lang, text[end:])
    end = ends[-1][1]
    return text[:end] + _rendered(lang, text[end:]) if end < len(text) else text


def _begun(lang: str, text: str) -> str | None:
    """Return the translation of a message, also behind a number or the name of what must be otherwise."""
    after_number, after_name = _COUNT.sub("", text), text[text.find(" must ") + 1 :]
    for part in (text, text.removesuffix("."), after_number, after_name.removesuffix(".")):
        if (found := _filled(lang, part)) is not None:
            return text.replace(part, found, 1)
    return None


def _filled(lang: str, text: str) -> str | None:
    """Return the translation of a message with its values; None where no template gives the text."""
    for template in _templates(lang):
        if template.literal in text and (found := template.pattern.fullmatch(text)):
            values = {
                name: value.translate(NUMBER_SIGNS) if is_number else _rendered(lang, value)
                for (name, is_number), value in zip(template.fields, found.groups(), strict=True)
            }
            if template.literal == _GOT and text.startswith(values[template.fields[0][0]]):
                continue  # nothing of the message is known: a longer template may hold its beginning
            parts = string.Formatter().parse(template.translation)
            return "".join(literal + values.get(name or "", "") for literal, name, *_ in parts)
    return None


def quote(text: str) -> str:
    """Return a text on one line, cut at a word after about `QUOTE_LENGTH` characters."""
    line = " ".join(text.split()).rstrip(";,")
    if len(line) <= QUOTE_LENGTH:
        return line
    head = line[:QUOTE_LENGTH]
    return f"{head.rsplit(' ', 1)[0]} …"
