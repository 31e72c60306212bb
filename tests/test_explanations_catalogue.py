"""Messages: every one translated, nothing stale, quotes cut, each language in its own forms."""

import ast
import io
import re
import string
from importlib import resources

import pandas as pd
import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from matcher.columns import CATEGORIES, KINDS
from matcher.documents.language import LANGUAGES, QUOTE_LENGTH, Voice, quote
from matcher.explanations import LABELS
from matcher.explanations.labels import ASPECT_LABELS, CATEGORY_LABELS
from matcher.explanations.matches import ASPECTS
from matcher.output.briefs.exchange import WORDS
from matcher.output.briefs.parties import KIND_LABELS
from matcher.output.briefs.proposals import INDICATORS

ROOMS = ("matcher.explanations", "matcher.output.briefs")
MODULES = [
    (room, entry.name)
    for room in ROOMS
    for entry in sorted(resources.files(room).iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".py")
]
SPOKEN = {
    "matcher.explanations": ("reasons.py", "concerns.py", "telling.py", "contrast.py"),
    "matcher.output.briefs": ("retelling.py", "exchange.py", "proposals.py", "parties.py", "making.py"),
}
"""Modules in which every sentence is said to a reader."""


def catalogue(room="matcher.explanations"):
    return read_po(io.BytesIO(resources.files(room).joinpath("locales", "id.po").read_bytes()), locale="id")


def translated(room="matcher.explanations"):
    return {message.id: message.string for message in catalogue(room) if message.id}


def known_in(room):
    """Give all messages that a voice of the room knows: its own and those of the explanations."""
    return translated("matcher.explanations") | translated(room)


def forms_of(messages):
    return {text for message in messages for text in ([message] if isinstance(message, str) else message)}


def tree_of(room, module):
    return ast.parse(resources.files(room).joinpath(module).read_text(encoding="utf-8"))


def sentences_in(room, module):
    """Give the string constants of a module that are sentences: no docstrings, no parts of f-strings."""
    tree = tree_of(room, module)
    silent = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            silent.add(id(node.value))
        if isinstance(node, ast.JoinedStr):
            silent.update(id(part) for part in ast.walk(node))
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in silent and re.search(r"[a-z]{2,} [a-z]{2,}", node.value):
            yield node.value


def constants_in(room, module):
    tree = tree_of(room, module)
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}


def fields(message):
    return {name for _, name, _, _ in string.Formatter().parse(message) if name is not None}


@pytest.mark.parametrize(("room", "module"), MODULES)
def test_catalogue_every_extracted_message_is_translated(room, module):
    source = io.BytesIO(resources.files(room).joinpath(module).read_bytes())
    found = extract("python", source, keywords={"say": None, "count": (1, 2)})
    known = known_in(room)
    for _, message, _, _ in found:
        key = tuple(message) if isinstance(message, (tuple, list)) else message
        assert known.get(key), message


@pytest.mark.parametrize(
    ("room", "module"), [(room, module) for room, modules in SPOKEN.items() for module in modules]
)
def test_catalogue_every_sentence_of_the_source_is_translated(room, module):
    known = forms_of(known_in(room))
    sentences = list(sentences_in(room, module))
    assert sentences
    assert [sentence for sentence in sentences if sentence not in known] == []


@pytest.mark.parametrize(
    ("room", "names"),
    [
        ("matcher.explanations", [*LABELS.values(), *CATEGORY_LABELS.values(), *ASPECT_LABELS.values()]),
        ("matcher.output.briefs", [*KIND_LABELS.values(), *INDICATORS.values(), *WORDS.values()]),
    ],
)
def test_catalogue_every_name_that_is_looked_up_is_translated(room, names):
    known = known_in(room)
    assert [name for name in names if not known.get(name)] == []


def test_labels_name_every_kind_category_and_aspect():
    assert set(KIND_LABELS) == set(KINDS)
    assert set(CATEGORY_LABELS) == set(INDICATORS) == set(CATEGORIES)
    assert set(ASPECT_LABELS) == set(ASPECTS)


@pytest.mark.parametrize("room", ROOMS)
def test_catalogue_has_no_stale_message(room):
    used = set().union(*(constants_in(*entry) for entry in MODULES if entry[0] == room))
    assert forms_of(translated(room)) - used == set()


@pytest.mark.parametrize("room", ROOMS)
def test_catalogue_has_nothing_twice_fuzzy_nor_obsolete(room):
    source = resources.files(room).joinpath("locales", "id.po").read_text(encoding="utf-8")
    ids = re.findall(r'^msgid (".+")$', source, re.MULTILINE)
    assert len(ids) == len(set(ids))
    assert [message.id for message in catalogue(room) if message.id and message.fuzzy] == []
    assert list(catalogue(room).obsolete) == []


def test_catalogue_rooms_say_no_message_in_two_ways():
    ours, theirs = (translated(room) for room in ROOMS)
    assert {message for message in ours.keys() & theirs.keys() if ours[message] != theirs[message]} == set()


@pytest.mark.parametrize("room", ROOMS)
def test_catalogue_placeholders_are_equal_in_both_languages(room):
    for message, text in translated(room).items():
        plural = message[-1] if isinstance(message, (tuple, list)) else message
        for form in [text] if isinstance(text, str) else text:
            assert fields(form) == fields(plural), message


def test_voice_unknown_language_is_refused():
    with pytest.raises(ValueError, match=r"lang must be one of en, id; got 'de'"):
        Voice("de")


@pytest.mark.parametrize(
    ("lang", "one", "three"),
    [
        ("en", "they give 1 piece of evidence", "they give 3 pieces of evidence"),
        ("id", "mereka menyertakan 1 bukti", "mereka menyertakan 3 bukti"),
    ],
)
def test_voice_counts_in_the_form_that_the_language_asks_for(lang, one, three):
    forms = "they give {number} piece of evidence", "they give {number} pieces of evidence"
    assert [Voice(lang).count(*forms, number) for number in (1, 3)] == [one, three]


def test_voice_names_languages_lists_and_dates_in_each_language():
    stamp = pd.Timestamp("2021-05-03")
    assert Voice("id").date(stamp) == "3 Mei 2021"
    assert Voice("en").date(stamp) == "May 3, 2021"
    assert Voice("id").language("en") == "Inggris"
    assert Voice("en").language("xx") == "xx"
    assert Voice("en").listing(["a", "b", "c"]) == "a, b, and c"
    assert Voice("id").listing(["a", "b", "c"]) == "a, b, dan c"


def test_voice_braces_in_a_quoted_text_are_kept():
    message = "they offer “{offer}” for your need “{need}”"
    for lang in LANGUAGES:
        told = Voice(lang).say(message, offer="{x} {0}", need="}{")
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
