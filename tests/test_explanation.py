"""Explanations and comparisons as documents: complete, true to the numbers, bilingual, text only."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from villages import FISH, FORBIDDEN, ICE, MUSIC, PAYLOADS, SHOP, TWO_LANGUAGES, Page, part

from matcher import Matcher
from matcher.documents.blocks import Bullets, Paragraph, Table, Terms
from matcher.documents.writing import to_html, to_markdown
from matcher.explanations.contributions import Account
from matcher.explanations.matches import FARTHEST, NeedMatch, most_open, standing_of
from matcher.explanations.remarks import render_words

# Words that are spelt alike in both languages, and words of the profiles.
ALIKE = {"data", "desa", "pabrik"}


@pytest.fixture
def matcher(encoder):
    return Matcher(encoder=encoder).fit([FISH, ICE, SHOP, MUSIC])


def glance(explanation):
    (terms,) = [block for block in part(explanation.document(), "At a glance") if isinstance(block, Terms)]
    return dict(terms.pairs)


def with_gains(explanation, ours, theirs, **changes):
    sides = {
        f"{name}_side": replace(
            side := getattr(explanation, f"{name}_side"), account=replace(side.account, gain=gain)
        )
        for name, gain in (("seeker", ours), ("candidate", theirs))
    }
    return replace(explanation, **sides, **changes)


def test_document_gains_have_their_percentile_in_the_pool(matcher):
    told = matcher.explain("desa", "pabrik")
    side = replace(told.seeker_side, percentile=0.945)
    shown = glance(replace(with_gains(told, 0.5, 0.4), seeker_side=side))
    assert shown["For you"].startswith("more than 94% of the pairs in this pool; gain ")
    assert "chance" not in shown["For you"]


def test_document_highest_pair_is_not_called_above_all(matcher):
    told = matcher.explain("desa", "pabrik")
    top = replace(told, seeker_side=replace(told.seeker_side, percentile=1.0))
    assert "more than 99% of" in glance(top)["For you"]


def test_document_probabilities_are_shown_as_probabilities(matcher):
    one = with_gains(
        matcher.explain("desa", "pabrik"), 0.121, 0.0032, is_probability=True, mutual=0.00038, score=0.00038
    )
    shown = glance(one)
    assert shown["For you"] == "a chance of about 12% that you agree"
    assert shown["For them"] == "a chance of about 0.32% that they agree"
    assert shown["Match of both"] == "a chance of about 0.038% that both agree"
    sought = glance(replace(one, score=0.0002))["Match of both"]
    assert sought.endswith("both agree; 0.02% in your list, because many others seek them")


def test_document_small_amounts_have_digits_and_sum_to_the_gain(matcher):
    one = matcher.explain("desa", "pabrik")
    account = one.seeker_side.account
    small = replace(
        account,
        gain=account.gain / 1000,
        contributions=tuple(replace(part, amount=part.amount / 1000) for part in account.contributions),
    )
    one = replace(one, seeker_side=replace(one.seeker_side, account=small))
    table = [block for block in one.document().blocks if getattr(block, "caption", "") == "For you"][-1]
    amounts = [float(row[-1].replace("−", "-")) for row in table.rows]
    assert 0 < amounts[-1] < 0.001
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=len(amounts) * 1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs", "sentence"),
    [
        (0.5, 0.5, "both gain about as much"),
        (0.0, 0.0, "both gain about as much"),
        (0.5, 0.25, "you gain more; their gain is 50% of yours"),
        (0.25, 0.5, "they gain more; your gain is 50% of theirs"),
    ],
)
def test_document_imbalance_is_said_in_words(matcher, ours, theirs, sentence):
    assert glance(with_gains(matcher.explain("desa", "pabrik"), ours, theirs))["Balance"] == sentence


def test_document_excluded_pair_says_so_and_has_no_rank(encoder):
    told = Matcher(encoder=encoder).fit([FISH | {"excludes": "pabrik"}, ICE, SHOP]).explain("desa", "pabrik")
    document = told.document()
    (warning, _) = part(document, "At a glance")
    assert warning == Paragraph("These two are never recommended to each other: you exclude them.")
    assert "your list" not in str(told)


def test_document_reasons_concerns_unknowns_and_improvements_are_all_there(demo):
    told = demo.explain("omah-sareh", "lkp-bina-rawat-serayu")
    document = told.document()
    for heading, sentences in (
        ("Why it serves you", told.seeker_side.reasons),
        ("Why it serves them", told.candidate_side.reasons),
        ("What to talk about", told.concerns),
        ("What is not known", told.unknowns),
        ("What would raise the match", [improvement.text for improvement in told.improvements]),
    ):
        (listed,) = part(document, heading)
        assert sentences
        assert [item.lower() for item in listed.items] == [sentence.lower() for sentence in sentences]


def test_document_where_nothing_is_to_say_says_that(matcher):
    told = replace(matcher.explain("desa", "pabrik"), concerns=(), unknowns=(), improvements=(), passages=())
    document = told.document()
    for heading in ("What to talk about", "What is not known", "What would raise the match"):
        (nothing,) = part(document, heading)
        assert isinstance(nothing, Paragraph)


def test_document_needs_stand_beside_offers_in_both_directions(matcher):
    ours, theirs, _ = part(matcher.explain("desa", "pabrik").document(), "Who brings what to whom")
    assert ours.caption == "Your needs, their offers"
    assert ours.rows[0][:4] == (
        "facilities: “cold store for fish”",
        "5 of 5",
        "facilities: “cold store for fish near the pier”",
        "4 of 5",
    )
    assert ours.rows[0][5] == "answers it"
    assert ours.rows[1][5] == "open"
    assert theirs.caption == "Their needs, your offers"
    assert len(theirs.rows) == 2


def test_document_sides_without_needs_or_offers_are_stated(matcher):
    none, open_, _ = part(matcher.explain("toko", "sekolah").document(), "Who brings what to whom")
    assert none == Paragraph("You name no needs.")
    assert isinstance(open_, Table)
    silent = matcher.explain("desa", "sekolah").document()
    rows = part(silent, "Who brings what to whom")[0].rows
    assert {row[2:4] for row in rows} == {("no offer", "–")}


def test_document_passages_stand_side_by_side_with_their_words(matcher):
    told = matcher.explain("desa", "pabrik")
    (table,) = part(told.document(), "Passages that say nearly the same")
    ((about, yours, theirs, words, likeness),) = table.rows
    (match,) = told.passages
    assert about == "vision, mission, values"
    assert (yours, theirs) == (f"“{match.quotes.ours.text}”", f"“{match.quotes.theirs.text}”")
    assert words == render_words(match.words)
    assert float(likeness) == pytest.approx(match.likeness, abs=0.005)


def amounts(table):
    return [float(row[-1].replace("−", "-")) for row in table.rows]


@pytest.mark.parametrize("method", ["exact", "shapley"])
def test_document_rows_add_up_to_the_gain(demo, method):
    told = demo.explain("omah-sareh", "lkp-bina-rawat-serayu")
    if method == "shapley":
        old = told.seeker_side.account
        account = Account(old.gain + 0.2, 0.2, old.contributions, "shapley")
        told = replace(told, seeker_side=replace(told.seeker_side, account=account))
    how, ours, _ = part(told.document(), "How the gains come about")
    *rows, gain = amounts(ours)
    assert gain == pytest.approx(told.seeker_side.gain, abs=0.0005)
    assert sum(rows) == pytest.approx(gain, abs=0.0005 * len(rows))
    assert how.text.startswith("Exact" if method == "exact" else "Shapley values against the usual pair")
    assert (ours.rows[0][0] == "a usual pair") == (method == "shapley")


def test_document_unknown_features_and_the_gate_are_named(demo):
    told = demo.explain("omah-sareh", "lkp-bina-rawat-serayu")
    _, ours, _ = part(told.document(), "How the gains come about")
    rows = {row[0]: row for row in ours.rows}
    assert rows["goals that point the same way"][1] == "not known"
    assert rows["competition in the market"][3] == "only lowers"
    assert rows["trust"][3] == "4%"


@pytest.mark.parametrize(
    ("categories", "excess", "n_words", "standing", "answer"),
    [
        (("data", "data"), 0.1, 3, 0.3, "answered"),
        (("data", "data"), 0.1, 2, 0.25, "possible"),
        (("data", "data"), 0.1, 1, 0.1, "open"),  # one word in common carries most wrong ones
        (("data", "data"), -0.05, 3, 0.3, "possible"),  # others are as close to either of the two
        (("", "data"), 0.1, 3, 0.3, "possible"),
        (("", ""), 0.2, 3, 0.3, "answered"),
        (("data", "people"), 0.2, 3, 0.5, "answered"),
        (("data", "people"), 0.1, 3, 0.3, "open"),
    ],
)
def test_answer_follows_category_words_excess_and_standing(categories, excess, n_words, standing, answer):
    need, offer = categories
    seen = {"standing": standing, "excess": excess, "n_words": n_words}
    match = NeedMatch("need", need, 3, "offer", offer, 3, 0.4, 0.2, **seen)
    assert match.answer == answer
    assert replace(match, offer="").answer == "open"
    assert replace(match, can_answer=False).answer == "open"


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_chance_never_falls_with_excess_standing_words_or_category(one, other, low, high):
    excess, standing = sorted((one, other)), sorted((low, high))
    seen = {"standing": standing[0], "excess": excess[0], "n_words": 1}
    match = NeedMatch("need", "data", 3, "offer", "people", 3, 0.4, 0.2, **seen)
    assert 0.0 <= match.chance <= 1.0
    rises = {"excess": excess[1], "standing": standing[1], "n_words": 2, "offer_category": "data"}
    for more in ({name: value} for name, value in rises.items()):
        assert replace(match, **more).chance >= match.chance


@pytest.mark.parametrize(
    ("need", "country", "can_answer"),
    [
        ("network: cold stores in Kupang", "Malaysia", False),
        ("network: cold stores in Kupang", "Indonesia", True),
        ("network: cold stores", "Malaysia", True),
    ],
)
def test_offer_of_another_country_than_the_need_names_is_no_answer(encoder, need, country, can_answer):
    rows = [
        {"id": "desa", "name": "Desa", "country": "Indonesia", "needs": need},
        {"id": "toko", "name": "Toko", "country": country, "offers": "network: cold stores by the sea"},
    ]
    told = Matcher(encoder=encoder).fit(rows).explain("desa", "toko")
    assert told.seeker_side.needs[0].can_answer == can_answer
    assert any("your need says" in text for text in told.concerns) != can_answer


def test_standing_is_the_distance_from_both_prices_within_bounds():
    assert standing_of(0.4, 0.4, 0.5) == pytest.approx(np.log(0.8))
    assert standing_of(0.9, 0.1, 0.1) == -standing_of(0.1, 0.9, 0.9) == FARTHEST
    assert standing_of(0.0, 0.4, 0.5) == standing_of(0.4, 0.0, 0.5) == 0.0


def test_document_lists_the_words_of_needs_and_offers_with_exact_shares(encoder):
    told = Matcher(encoder=encoder).fit(TWO_LANGUAGES).explain("marine", "laut", lang="id")
    (match,) = told.seeker_side.needs
    assert match.words[0].ours == "tissue culture"
    assert match.words[0].theirs == "kultur jaringan"
    assert sum(word.share for word in match.words) == pytest.approx(1.0)
    table = next(
        block for block in part(told.document(), "Siapa menyediakan apa") if isinstance(block, Table)
    )
    assert table.rows[0][0] == (
        "bahan: “tissue culture seedlings of seaweed for 40 growers” (bahasa Inggris)"
    )
    assert table.rows[0][2].endswith("“bibit kultur jaringan rumput laut untuk petani” (bahasa Indonesia)")
    shares = dict(cell.rsplit(" ", 1) for cell in table.rows[0][-1].split("; "))
    assert set(shares) == {"tissue culture ~ kultur jaringan", "seaweed ~ rumput laut", "seedlings ~ bibit"}
    for word in match.words:
        assert shares[f"{word.ours} ~ {word.theirs}"] == f"{int(word.share * 100)}%"


def test_document_of_one_language_marks_none(matcher):
    told = to_markdown(matcher.explain("desa", "pabrik").document())
    assert "” (English)" not in told
    assert "” (Indonesian)" not in told


def test_most_open_is_the_need_of_which_most_is_left():
    needs = tuple(NeedMatch("n", "", weight, "o", "", 3, 0.1, met) for weight, met in ((5, 0.9), (3, 0)))
    assert most_open(needs) is needs[1]
    answered = replace(needs[1], offer="o", likeness=0.9, excess=0.3, standing=0.5)
    assert most_open((needs[0], answered)) is needs[0]
    assert most_open((answered,)) is None
    assert most_open(()) is None


def words_of(text):
    return set(re.findall(r"[a-z]{3,}", text.lower()))


def test_document_indonesian_has_no_english_word_but_those_of_profiles(matcher):
    profiles = words_of(str([FISH, ICE, SHOP, MUSIC]))
    for pair in (("desa", "pabrik"), ("pabrik", "desa"), ("toko", "sekolah")):
        english, indonesian = (
            words_of(to_markdown(matcher.explain(*pair, lang=lang).document())) for lang in ("en", "id")
        )
        assert (english & indonesian) - profiles - ALIKE == set()


def test_comparison_indonesian_has_no_english_word_but_those_of_profiles(matcher):
    profiles = words_of(str([FISH, ICE, SHOP, MUSIC]))
    english, indonesian = (
        words_of(to_markdown(matcher.compare("desa", "pabrik", "toko", lang=lang).document()))
        for lang in ("en", "id")
    )
    assert (english & indonesian) - profiles - ALIKE == set()


def test_contrast_document_says_why_and_shows_both(matcher):
    comparison = matcher.compare("desa", "pabrik", "toko")
    document = comparison.document()
    short, ours, theirs = (block for block in document.blocks if isinstance(block, Bullets | Table))
    assert [item.lower() for item in short.items] == [text.lower() for text in comparison.sentences()]
    assert ours.header[1:3] == ("Pabrik", "Toko")
    for table, side in ((ours, "seeker"), (theirs, "candidate")):
        gains = (getattr(comparison, place) for place in ("first", "second"))
        first, second = (getattr(told, f"{side}_side").gain for told in gains)
        assert sum(amounts(table)) == pytest.approx(first - second, abs=0.0005 * len(table.rows))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_document_payloads_in_profiles_are_text_only(encoder, payload):
    fish = FISH | {"name": f"Desa {payload}", "mission": f"villages that sell fish {payload}"}
    ice = ICE | {
        "needs": [f"people: skippers {payload}"],
        "offers": [f"facilities: cold store for fish {payload}"],
    }
    told = Matcher(encoder=encoder).fit([fish, ice, SHOP]).explain("desa", "pabrik")
    shown = MarkdownIt("commonmark").enable("table").render(told.to_markdown())
    for page in (to_html(told.document()), shown):
        assert Page(page).found & FORBIDDEN == set()
    assert payload.replace("<", "&lt;").replace(">", "&gt;") in to_html(told.document())


def test_document_is_the_same_every_time_and_in_every_form(matcher):
    told, again = (matcher.explain("desa", "pabrik", lang="id") for _ in range(2))
    assert str(told) == told.to_markdown() == told._repr_markdown_() == str(again)
    assert to_html(told.document()) == to_html(again.document())
    assert not hasattr(told, "_repr_html_")
