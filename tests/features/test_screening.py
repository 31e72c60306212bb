"""Screens leave out no text in which a pattern matches."""

import re

import pytest

from matcher.datasets import load_demo
from matcher.features import counted_texts, statements
from matcher.features.places import mentions
from matcher.features.screening import LEAST, Screen
from matcher.profiles.records import records_of, said_by


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\bsites?\b(?! plan)", "On Site"),
        (r"(?<!or )(?:on)[- ]site$", "on-site\n"),
        (r"a\sb", "a\x0bb"),
        (r"[\s:]b", "a\x1cb"),
        (r"(?P<number>[0-9]+)(?=\s+(?:km|m)\b) km|(?!)x", "12 km"),
        (r"\bécole\b", "une école"),
        (r"\bkota\b", "ékota kota"),
        (r"[)(\]]x\(", ")x("),
    ],
)
def test_what_matches_may_match(pattern, text):
    compiled = re.compile(pattern, re.IGNORECASE)
    assert compiled.search(text)
    assert Screen(compiled).may_match([text] * LEAST) == [True] * LEAST


def test_texts_that_cannot_match_are_left_out_also_among_others():
    screen = Screen(re.compile(r"\bonly\b"), re.compile(r"\bhanya (?:untuk|bagi)\b"))
    texts = ["lonely", "hanya", "Hanya untuk NTT", "", "\ud800"]
    assert screen.may_match(texts * 4) == [False, False, True, False, True] * 4
    assert screen.may_match(texts) == [True] * 5  # so few are not searched twice


def test_facts_and_advertisements_of_the_demo_are_found_with_and_without_screens():
    records = records_of(load_demo().kept)
    texts = [text for record in records for text in said_by(record)]
    for text, cues in zip(texts, statements.cues_of(texts), strict=True):
        assert cues.area or not (statements.mission_area(text)[0] or mentions(text))
        assert cues.area or not statements.area_and_clause(text, is_need=True)[0]
        assert cues.amounts or not statements.stated_amounts(text)
        assert cues.condition or not statements.stated_condition(text)
        assert cues.standing or not (statements.says_unregistered(text) or statements.groups_of("", "", text))
    for record, may in zip(records, counted_texts.may_advertise(records), strict=True):
        assert may or not counted_texts.advertising_text(record)
