"""Reasons: specific, in the order of their weight to readers, and without contradictions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from villages import FISH, ICE, MUSIC, SHOP

from matcher import Matcher
from matcher.columns import Recommendation
from matcher.explanations.explainer import Explainer
from matcher.explanations.reasons import LIKE_FIELD, RARE, SAME_FIELD, rare_traits
from matcher.features import COMPONENT_NAMES
from matcher.features.counted_texts import IMPLIED_WEIGHT
from matcher.profiles import check_profile

FIXED = [HealthCheck.function_scoped_fixture]
"""The encoder of tests has no state."""
ANSWERS = ("their_offer", "your_offer")
CLOSEST = ("their_closest_offer", "your_closest_offer")
NEAR = ("their_near_offer", "your_near_offer")
ORDER = [
    *ANSWERS,
    *CLOSEST,
    *NEAR,
    "earlier_works",
    "topic",
    "purpose",
    "goals",
    "indicators",
    "working_style",
]
OPPOSITES = {
    "no_shared_language": "shared_language",
    "working_styles_differ": "working_style",
    "no_evidence": "their_evidence",
}


def contradictions(remarks):
    """Return what one pair's remarks say and deny."""
    reasons = [*remarks[Recommendation.REASONS_SEEKER], *remarks[Recommendation.REASONS_CANDIDATE]]
    codes = {reason.code for reason in reasons}
    stated = {concern.code for concern in remarks[Recommendation.CONCERNS]}
    return [(concern, code) for concern, code in OPPOSITES.items() if concern in stated and code in codes]


def assert_sound(explanation):
    """No reason, concern, need or improvement of one pair contradicts another."""
    assert contradictions(explanation.remarks) == []
    sides = (
        (Recommendation.REASONS_SEEKER, explanation.seeker_side, "your_need"),
        (Recommendation.REASONS_CANDIDATE, explanation.candidate_side, "their_need"),
    )
    for column, side, kind in sides:
        answers = {match.need: match.answer for match in side.needs}
        named = [reason for reason in explanation.remarks[column] if reason.code in ANSWERS]
        assert all(answers[reason.parts["need"].text] == "answered" for reason in named)
        raised = [change.text for change in explanation.improvements if change.kind == kind]
        met = [need for need, answer in answers.items() if answer != "open"]
        assert not any(f"need “{need}”" in text for need in met for text in raised)


def in_order(reasons):
    places = [ORDER.index(reason.code) for reason in reasons if reason.code in ORDER]
    return [place > 1 and place for place in places] == sorted(place > 1 and place for place in places)


@pytest.fixture(scope="module")
def demo_remarks(demo):
    blocks = demo.recommend_in_blocks(demo.pool["id"].tolist(), 5)
    return [pair for table, said in blocks for pair in zip(table.to_dict("records"), said, strict=True)]


def test_demo_no_row_contradicts_itself(demo_remarks):
    assert [(row["seeker"], row["candidate"]) for row, said in demo_remarks if contradictions(said)] == []


def test_demo_every_side_has_reasons_or_says_that_nothing_specific_was_found(demo_remarks):
    sides = [said[column] for _, said in demo_remarks for column in list(said)[:2]]
    codes = [[reason.code for reason in reasons] for reasons in sides]
    assert all(found == ["nothing_specific"] or "nothing_specific" not in found for found in codes)
    assert all(found == ["nothing_specific"] or set(found) & set(ORDER) for found in codes)
    assert all(map(in_order, sides))
    forms = [[bool(set(found) & set(form)) for form in (ANSWERS, CLOSEST, NEAR)] for found in codes]
    assert max(map(sum, forms)) == 1  # a side is given one form
    assert 0.1 < sum(found != ["nothing_specific"] for found in codes) / len(codes) < 0.9


def test_demo_words_in_common_are_named_of_like_fields_and_three_of_less_like_ones(demo, demo_remarks):
    typical = demo.scorer.ranker.means_[COMPONENT_NAMES.index("topic")]
    named = [
        (row["topic"] - typical, len(one.parts["words"]))
        for row, said in demo_remarks
        for one in sum(said.values(), ())
        if one.code == "topic"
    ]
    assert min(above for above, _ in named) >= LIKE_FIELD - 1e-5
    assert {number for above, number in named if above < SAME_FIELD - 1e-5} == {3}
    assert {number for above, number in named if above > SAME_FIELD + 1e-5} == {2, 3}


def test_demo_strong_pairs_mostly_name_the_need_by_which_they_are(demo_remarks):
    strong = [said for row, said in demo_remarks if row["band"] == "strong"]
    named = {*ANSWERS, *CLOSEST}
    naming = [any(one.code in named for one in sum(said.values(), ())) for said in strong]
    assert np.mean(naming) > 0.4  # in others the category decided, or only quantities, days or names match


def test_demo_explanations_agree_with_themselves(demo, demo_remarks):
    rows = [row for row, said in demo_remarks if any(one.code in ANSWERS for one in sum(said.values(), ()))]
    for row in rows[::3]:
        assert_sound(demo.explain(row["seeker"], row["candidate"]))


WORDS = ("cold", "store", "fish", "boats", "songs", "loans", "reef", "tide", "tables", "nets")
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4, unique=True).map(" ".join)
resources = st.lists(
    st.builds("{}: {}".format, st.sampled_from(["data", "funding", "facilities"]), phrases),
    max_size=3,
    unique_by=lambda text: text.partition(": ")[2],
)
profiles = st.fixed_dictionaries(
    {
        "mission": phrases,
        "needs": resources,
        "offers": resources,
        "goals_short": st.one_of(st.just(""), phrases),
        "goals_long": st.one_of(st.just(""), phrases),
        "working_style": st.one_of(st.just(""), phrases),
        "languages": st.lists(st.sampled_from(["en", "id", "jv"]), unique=True),
        "evidence": st.lists(st.sampled_from(["ten wells (report, 2023)", "a well"]), unique=True),
    }
)


@settings(max_examples=15, suppress_health_check=FIXED)
@given(drawn=st.lists(profiles, min_size=3, max_size=6))
def test_pools_explanations_agree_with_themselves(encoder, drawn):
    rows = [{"id": f"o{number}", "name": f"O{number}", **record} for number, record in enumerate(drawn)]
    matcher = Matcher(encoder=encoder).fit(rows)
    for other in rows[1:]:
        assert_sound(matcher.explain("o0", other["id"]))


# What says nothing of a field of work.
NUMBERS = st.integers(2, 9999).map(str)
NAMED = ("Kupang", "Banyuwangi", "Tastwerk", "Sipakatau")
EMPTY = st.one_of(
    NUMBERS,
    st.builds("{} {}".format, NUMBERS, st.sampled_from(["kg", "tons", "km", "litres", "usd", "million"])),
    st.sampled_from(["Monday", "March", "2024", "two weeks", "half a year"]),
    st.sampled_from(NAMED),
)


@settings(max_examples=25, suppress_health_check=FIXED)
@given(shared=st.lists(EMPTY, min_size=1, max_size=4))
def test_numbers_units_days_and_names_make_no_match(encoder, shared):
    """Two organisations that have nothing else in common get no word, no topic and no passage."""
    same = " and ".join(shared)
    one = f"grow seaweed near {same} with growers"
    other = f"teach braille around {same} to children"
    rows = [
        {**FISH, "mission": one, "needs": f"data: {one}", "offers": ""},
        {**ICE, "mission": other, "offers": f"data: {other}", "needs": ""},
        SHOP,
        MUSIC,
    ]
    matcher = Matcher(encoder=encoder).fit(rows)
    explainer = Explainer(matcher.scorer)
    ((_, block),) = matcher.scorer.score_own(np.array([0]))
    listed = matcher.scorer.list_best(matcher.pool[:1], block, 1)
    (pair,) = explainer._pairs(matcher.pool, matcher.scorer.pool.organisations, listed)
    assert explainer._words.specific(pair.sides, one, other) == []
    assert explainer._words.topics(*pair.sides) == ()
    told = matcher.explain("desa", "pabrik")
    assert [match.answer for match in told.seeker_side.needs] == ["open"]
    assert {reason.code for reason in told.remarks[Recommendation.REASONS_SEEKER]} <= {"nothing_specific"}


def test_rare_traits_are_shared_by_few_pairs():
    base = {"name": "n", "mission": "m"}
    rows = [{"id": str(n), "languages": ["en"], "region": "Maluku" if n < 4 else "Bali"} for n in range(10)]
    rows[0]["languages"] = ["en", "jv"]
    found = rare_traits(pd.DataFrame([check_profile(base | row) for row in rows]))
    assert ("shared_language", "jv") in found
    assert ("shared_language", "en") not in found
    assert ("same_region", "maluku") in found  # 16 % of pairs
    assert ("same_region", "bali") not in found  # 36 %
    assert RARE == 0.2


def test_common_language_is_no_reason_and_a_rare_one_is(encoder):
    def reasons_with(codes):
        rows = [FISH | {"languages": codes}, ICE | {"languages": codes}]
        others = [
            {"id": f"o{n}", "name": "O", "mission": f"songs {n}", "languages": ["id"]} for n in range(4)
        ]
        table = Matcher(encoder=encoder).fit([*rows, *others]).recommend("desa", 5).set_index("candidate")
        return table.loc["pabrik", "reasons_seeker"]

    assert "shared language: Javanese" in reasons_with(["jv", "id"])
    assert "shared language" not in reasons_with(["id"])


def test_needs_come_before_the_field_and_the_field_before_what_is_rare(encoder):
    rows = [FISH | {"region": "Seram"}, ICE | {"region": "Seram"}, SHOP, MUSIC, {**MUSIC, "id": "koor"}]
    remarks = Matcher(encoder=encoder).fit(rows).explain("desa", "pabrik").remarks
    codes = [reason.code for reason in remarks[Recommendation.REASONS_SEEKER]]
    assert codes[0] == "their_offer"
    assert codes.index("their_offer") < codes.index("purpose") < codes.index("same_region")


def test_needs_and_offers_of_a_mission_are_quoted_with_their_place(encoder):
    need = "We are looking for a cold store for fish near the pier."
    offer = "We provide skippers who know the reef well."
    village = {**FISH, "mission": f"{FISH['mission']}. {need} {offer}", "needs": "", "offers": ""}
    matcher = Matcher(encoder=encoder).fit([village, ICE, SHOP, MUSIC])
    explanation = matcher.explain("desa", "pabrik", lang="id")
    page = explanation.to_markdown().replace("\\", "")
    assert f"untuk kebutuhan Anda “{need}” [misi]" in page
    assert f"Anda menawarkan “{offer}” [misi]" in page
    quotes = explanation.seeker_side.needs[0].quotes
    assert (quotes.ours.source, quotes.theirs.source) == ("mission", "")
    assert [match.importance for match in explanation.seeker_side.needs] == [IMPLIED_WEIGHT]
