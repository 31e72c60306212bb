"""Messages: every one translated, nothing stale, quotes cut, each language in its own forms."""

import re
import string
import tomllib
from pathlib import Path

import pandas as pd
import printed
import pytest
from babel.messages.extract import extract
from hypothesis import given
from hypothesis import strategies as st

import matcher
from matcher.columns import KINDS
from matcher.commands.terminal import OPTIONS
from matcher.documents.language import LANGUAGES, QUOTE_LENGTH, Messages, quote
from matcher.explanations.matches import ASPECTS
from matcher.explanations.remarks import LABELS, TEXTS
from matcher.features import COMPONENTS
from matcher.features.counted_texts import LEFT_OUT
from matcher.output import brief
from matcher.profiles.vocabulary import CATEGORIES

PACKAGE = Path(matcher.__file__).parent
KEYWORDS = {"say": None, "say_header": None, "count": (1, 2), "N_": None}


def sources():
    """Give the path and the extraction method of each file that may hold messages."""
    yield from ((path, "python") for path in sorted(PACKAGE.rglob("*.py")))
    yield from ((path, "jinja2.ext:babel_extract") for path in sorted(PACKAGE.rglob("*.jinja")))


def extracted(path, method):
    """Give the messages that a file marks: each a text, or a pair where it has a plural."""
    with path.open("rb") as source:
        for _, message, _, _ in extract(method, source, keywords=KEYWORDS):
            yield tuple(message) if isinstance(message, tuple | list) else message


def texts_in(path, method):
    """Give every text of a file, marked or not: tables of names are translated where they are used."""
    if method == "python":
        yield from printed.texts_in(path)
    for message in extracted(path, method):
        yield from [message] if isinstance(message, str) else message


def texts_of_data(value):
    """Give every text of a data file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_of_data(part)


def fields(message):
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.996, "99%"),
        (0.29, "29%"),
        (0.05, "5%"),
        (0.0199, "1.9%"),
        (0.0003, "0.03%"),
        (0.000349, "0.034%"),
        (3e-7, "< 0.0001%"),
    ],
)
def test_percentages_have_two_significant_digits_and_call_nothing_certain(share, shown):
    assert Messages("en").percent(share) == shown
    assert Messages("id").percent(share) == shown.replace(".", ",")


@given(st.floats(1e-6, 1.0), st.floats(1e-6, 1.0))
def test_percentages_keep_the_order_of_shares_and_are_never_higher(one, other):
    low, high = (
        float(Messages("en").percent(share).removeprefix("< ")[:-1]) for share in sorted((one, other))
    )
    assert low <= high
    assert 0.0 < low <= 100.0 * min(one, other) + 1e-4


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda value: value.name)
def test_catalogue_every_message_of_an_error_a_note_or_an_option_is_translated(path, translated):
    found = [text for text in printed.messages_in(path) if not translated.get(text)]
    assert found == [], "messages of f-strings stand in id.po with {0}, {1}, {2:,} for their values"


@pytest.mark.parametrize(("path", "method"), list(sources()), ids=lambda value: Path(value).name)
def test_catalogue_every_extracted_message_is_translated(path, method, translated):
    assert [message for message in extracted(path, method) if not translated.get(message)] == []


def test_catalogue_every_help_of_an_option_is_translated(translated):
    texts = set(texts_of_data(OPTIONS)) - {"%Y-%m-%d"}
    assert [text for text in texts if not text.startswith("-") and not translated.get(text)] == []


def test_catalogue_has_no_stale_message(translated):
    used = {text for source in sources() for text in texts_in(*source)}
    used |= printed.TYPER
    used |= {
        text for path in PACKAGE.rglob("*.toml") for text in texts_of_data(tomllib.loads(path.read_text()))
    }
    known = {text for key in translated for text in ([key] if isinstance(key, str) else key)}
    assert known - used == set()


def test_catalogue_has_nothing_twice_fuzzy_nor_obsolete(catalogue):
    source = PACKAGE.joinpath("documents", "locales", "id.po").read_text(encoding="utf-8")
    keys = re.findall(r'(?:^msgctxt ".+"\n)?^msgid (?:".+"\n)+', source, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert list(catalogue.obsolete) == []


def test_catalogue_placeholders_are_equal_in_both_languages(catalogue):
    for message in catalogue:
        if message.id:
            plural = message.id if isinstance(message.id, str) else message.id[-1]
            for form in [message.string] if isinstance(message.string, str) else message.string:
                assert fields(form) == fields(plural), message.id


def test_catalogue_every_text_of_a_component_is_translated(translated):
    texts = [text for one in COMPONENTS for text in (one.label, one.short_label, one.meaning, one.content)]
    assert [text for text in texts if not translated.get(text)] == []


def test_labels_name_every_kind_category_and_aspect(translated):
    assert set(brief.TEXTS["kinds"]) == set(KINDS)
    assert set(brief.TEXTS["indicators"]) == set(CATEGORIES)
    assert set(TEXTS["aspects"]) == set(ASPECTS)
    tables = (
        LABELS,
        dict(zip(CATEGORIES, CATEGORIES, strict=True)),
        TEXTS["aspects"],
        LEFT_OUT,
        TEXTS["answers"],
        TEXTS["methods"],
        dict(enumerate(texts_of_data([TEXTS["headers"], TEXTS["contrast"]]))),
        brief.TEXTS["kinds"],
        brief.TEXTS["indicators"],
        brief.TEXTS["answers"],
    )
    assert [name for table in tables for name in table.values() if not translated.get(name)] == []


def test_voice_unknown_language_is_refused():
    with pytest.raises(ValueError, match=r"lang must be one of en, id; got 'de'"):
        Messages("de")


@pytest.mark.parametrize(
    ("lang", "one", "three"),
    [
        ("en", "you worked together once before", "you worked together 3 times before"),
        ("id", "pernah bekerja sama 1 kali", "pernah bekerja sama 3 kali"),
    ],
)
def test_voice_counts_in_the_form_that_the_language_asks_for(lang, one, three):
    forms = "you worked together once before", "you worked together {number} times before"
    assert [Messages(lang).count(*forms, number) for number in (1, 3)] == [one, three]


def test_voice_names_languages_lists_and_dates_in_each_language():
    stamp = pd.Timestamp("2021-05-03")
    assert Messages("id").date(stamp) == "3 Mei 2021"
    assert Messages("en").date(stamp) == "May 3, 2021"
    assert Messages("id").language("en") == "Inggris"
    assert Messages("en").language("xx") == "xx"
    assert Messages("en").listing(["a", "b", "c"]) == "a, b, and c"
    assert Messages("id").listing(["a", "b", "c"]) == "a, b, dan c"


def test_voice_braces_in_a_quoted_text_are_kept():
    message = "they offer “{offer}” for your need “{need}”"
    for lang in LANGUAGES:
        told = Messages(lang).say(message, offer="{x} {0}", need="}{")
        assert "“{x} {0}”" in told
        assert "“}{”" in told


@given(st.text(max_size=400))
def test_quote_any_text_is_one_short_line_of_it(text):
    line = " ".join(text.split())
    quoted = quote(text)
    assert "\n" not in quoted
    assert len(quoted) <= QUOTE_LENGTH + 2
    assert line.startswith(quoted.removesuffix(" …"))


def test_quote_cuts_at_a_word_and_only_where_it_must():
    assert quote("a" * QUOTE_LENGTH) == "a" * QUOTE_LENGTH
    assert quote("word " * 40) == "word " * (QUOTE_LENGTH // 5) + "…"
    assert quote("x" * 300) == "x" * QUOTE_LENGTH + " …"
    assert quote("two\n\n lines;") == "two lines"
