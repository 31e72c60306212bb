"""Parts of briefs: needs and offers in one direction, texts cut to length, plans."""

import pytest

from matcher.errors import ConfigError
from matcher.explanations.matches import NeedMatch
from matcher.output.brief import Direction, Plan, cut


def need(text, offer, *, kind="same", importance=3, met=0.2, excess=0.1):
    category = "data" if kind == "same" else "people"
    return NeedMatch(text, category, importance, offer, "data", 5, 0.4, met, standing=0.2, excess=excess)


def direction(*needs):
    return Direction({"receiver": "A", "giver": "B"}, (), needs, None)


def test_direction_clear_answers_come_first_then_those_of_the_category_by_weight():
    across = need("across", "third", kind="other", excess=0.3, met=0.9)
    light, heavy = need("light", "first", importance=1), need("heavy", "second", importance=5)
    clear = need("clear", "fourth", kind="other", met=0.1, excess=0.6)
    met = direction(across, light, heavy, clear).met()
    assert [match.need for match in met] == ["clear", "heavy", "light", "across"]


def test_direction_across_categories_an_offer_answers_one_need_only():
    nurses = need("nurses", "90 nurses")
    nappies = need("nappies", "90 nurses", kind="other", excess=0.3)
    both = direction(nappies, nurses)
    assert both.met() == [nurses]
    assert both.open() == [nappies]
    assert direction(nappies).met() == [nappies]


def test_direction_open_needs_are_ordered_by_what_is_left_to_be_met():
    small = need("small", "x", importance=2, met=0.0, excess=-0.3)
    half = need("half", "x", importance=5, met=0.5, excess=-0.3)
    large = need("large", "x", importance=4, met=0.0, excess=-0.3)
    assert direction(small, half, large).open() == [large, half, small]


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("two\n words;", 5, "two words"),
        ("We teach. We also lend tools to all who ask.", 6, "We teach. …"),
        (
            "Yes. We also lend tools to all who ask for them here.",
            9,
            "Yes. We also lend tools to all who ask …",
        ),
        ("one two three four", 3, "one two three …"),
        ("x" * 500, 2, "x" * 28 + " …"),
        ("", 4, ""),
    ],
)
def test_cut_ends_at_sentences_or_words(text, words, expected):
    assert cut(text, words) == expected


@pytest.mark.parametrize("name", ["rhythm_weeks", "first_review_months", "review_months"])
@pytest.mark.parametrize("number", [0, 61, True, 1.5])
def test_plan_refuses_numbers_out_of_range(name, number):
    with pytest.raises(ConfigError, match=rf"{name} must be a whole number from 1 to \d+; got {number!r}"):
        Plan(**{name: number})
