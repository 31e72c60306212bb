"""Facts: what contradicts what, from profiles to how far needs are met and to concerns."""

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.features.complementarity import CONTRADICTED
from matcher.features.facts import (
    FactColumns,
    Facts,
    Standing,
    contradiction,
    contradictions,
    holder_facts,
    is_beyond,
    stated_facts,
)
from matcher.features.statements import Amount, Area, Condition, cues_of
from matcher.profiles import check_profile


def facts_of(text, region="", *, is_need, category="funding", **profile):
    record = check_profile({"id": "x", "name": "x", "mission": "work", "region": region, **profile})
    (holder,), (cues,) = holder_facts([record], dt.date(2026, 1, 1)), cues_of([text])
    return stated_facts(text, category, holder, is_need=is_need, cues=cues)


@pytest.mark.parametrize(
    ("need", "offer", "expected"),
    [
        (("a grant", "Medan"), ("a grant, Java only", "Bandung"), "offer_area"),
        (("a grant", "Malang, Jawa Timur"), ("a grant, Java only", "Bandung"), ""),
        (("a grant", ""), ("a grant, Java only", "Bandung"), ""),
        (("a grant", "Indonesia"), ("a grant, Java only", "Bandung"), ""),
        (("sisa dapur radius 40 km", "Banjarbaru"), ("sisa dapur", "Bener Meriah, Aceh"), "need_area"),
        (("sisa dapur radius 40 km", "Banjarbaru"), ("sisa dapur", "Martapura"), ""),
        (("sisa dapur radius 40 km", "Bandung"), ("sisa dapur", "Tegal"), ""),
        (("sisa dapur radius 40 km", "Bandung"), ("leftovers", "Germany"), "need_area"),
        (("sisa dapur radius 40 km", "Batam"), ("leftovers", "Singapore"), ""),
        (("a host outside Europe", "Oulu, Finland"), ("a house", "Germany"), "need_area"),
        (("a host outside Europe", "Oulu, Finland"), ("a house", "Bali"), ""),
        (("Rp 2 miliar", ""), ("hibah sampai Rp 50 juta", ""), "amount"),
        (("Rp 100 juta", ""), ("hibah sampai Rp 50 juta", ""), ""),
        (("USD 100", ""), ("loans IDR 25 million to 2 billion", ""), "amount"),
        (("USD 500", ""), ("a fund of IDR 2 billion", ""), ""),
        (("500 hectares or more", ""), ("40 hektare gambut", ""), "amount"),
        (("500 hectares or more", ""), ("40 ton", ""), ""),
        (("Kami belum berbadan hukum", ""), ("untuk kelompok berbadan hukum", ""), ""),
    ],
)
def test_contradiction_is_only_of_what_both_are_known_to_say(need, offer, expected):
    found = contradiction(facts_of(*need, is_need=True), facts_of(*offer, is_need=False))
    assert found == expected


@pytest.mark.parametrize(
    ("condition", "profile", "expected"),
    [
        ("legal entity required", {"needs": ["people: Kami belum berbadan hukum"]}, True),
        ("legal entity required", {}, False),
        ("non-profits only", {"kind": "business"}, True),
        ("non-profits only", {"kind": "social"}, False),
        ("no lenders", {"products": ["loans"]}, True),
        ("no lenders", {"products": ["wells"]}, False),
        ("no companies", {"kind": "business"}, True),
        ("no companies", {"kind": "social"}, False),
        ("public bodies only", {"kind": "business"}, True),
        ("public bodies only", {"kind": "education"}, False),
        ("public bodies only", {"kind": ""}, False),
        ("schools only", {"kind": "public"}, True),
        ("schools only", {"kind": "public", "name": "SMK Negeri 2"}, False),
        ("tidak menerima perusahaan rokok", {"sector": ["tobacco"]}, True),
        ("registered for at least three years", {"founded": 2024}, True),
        ("registered for at least three years", {"founded": 2020}, False),
        ("registered for at least three years", {}, False),
    ],
)
def test_contradiction_of_a_condition_either_way(condition, profile, expected):
    stated, other = facts_of(condition, is_need=False), facts_of("money", is_need=True, **profile)
    assert (contradiction(other, stated) == "offer_condition") is expected
    stated, other = facts_of(condition, is_need=True), facts_of("money", is_need=False, **profile)
    assert (contradiction(stated, other) == "need_condition") is expected


def test_mission_limits_offers_without_an_area_of_their_own_and_no_needs():
    mission = "Kami menyalurkan zakat. Wilayah kerja kami hanya Kalimantan Tengah."
    area = Area(frozenset(["Kalimantan Tengah"]))
    assert facts_of("modal", is_need=False, mission=mission).area == area
    assert facts_of("modal, khusus Bali", is_need=False, mission=mission).area == Area(frozenset(["Bali"]))
    assert facts_of("modal", is_need=True, mission=mission).area is None


def test_mission_conditions_hold_for_funding_alone():
    mission = "Grants for forests. Applicants need legal registration."
    assert facts_of("USD 80,000", is_need=False, mission=mission).condition == Condition(must_register=True)
    assert facts_of("courses", is_need=False, category="training", mission=mission).condition is None


def test_whom_a_mission_refuses_holds_for_all_offers():
    mission = "Courses for villages. We do not work with tobacco companies."
    found = facts_of("courses", is_need=False, category="training", mission=mission).condition
    assert found == Condition(refused=frozenset(["tobacco"]))


places = st.sampled_from(["Aceh", "Bali", "Bandung", "Jawa", "ID", "DE"]).map(lambda one: frozenset([one]))
facts = st.builds(
    Facts,
    places=st.just(frozenset()) | places,
    standing=st.builds(
        Standing, st.sampled_from(["", "business"]), st.booleans(), st.sampled_from([1.0, np.inf])
    ),
    area=st.none() | st.builds(Area, places, st.booleans(), st.sampled_from([0.0, 40.0])),
    amounts=st.lists(st.sampled_from([Amount("kg", 0.0, 5.0), Amount("kg", 90.0, 95.0)]), max_size=1).map(
        tuple
    ),
    condition=st.none() | st.builds(Condition, st.sampled_from([0.0, 3.0]), st.booleans(), st.booleans()),
)


@given(st.lists(facts, max_size=5), st.lists(facts, max_size=5))
def test_contradictions_of_blocks_are_those_of_each_two(needs, offers):
    found = contradictions(FactColumns(needs), FactColumns(offers))
    assert found.shape == (len(needs), len(offers))
    for row, need in enumerate(needs):
        assert found[row].tolist() == [bool(contradiction(need, offer)) for offer in offers]


@given(places, places)
def test_nowhere_is_both_within_and_outside_an_area(area, there):
    assert not (is_beyond(Area(area), there) and is_beyond(Area(area, is_outside=True), there))
    assert not is_beyond(Area(area), frozenset())


COOLER = {
    "id": "cooler",
    "mission": "ice for fish",
    "region": "Bandung",
    "offers": ["facilities: cold store for fish, Java only"],
}
SEEKER = {"id": "seeker", "mission": "fish from Medan", "needs": ["facilities: cold store for fish"]}


@pytest.fixture
def explained(encoder, pool_of):
    def explain(region, needs=(), **changes):
        seeker = {**SEEKER, "region": region, "needs": [*SEEKER["needs"], *needs]}
        return (
            Matcher(encoder=encoder).fit(pool_of(seeker, {**COOLER, **changes})).explain("seeker", "cooler")
        )

    return explain


def test_offer_for_another_place_meets_the_need_less_and_is_a_concern(explained):
    far, near = explained("Medan"), explained("Surabaya")
    assert far.seeker_side.needs[0].met == pytest.approx(CONTRADICTED * near.seeker_side.needs[0].met)
    assert far.concerns[0] == "place: their offer says “cold store for fish, Java only”, and you are in Medan"
    assert "place" not in "".join(near.concerns)


def test_flag_comes_before_a_contradiction_and_that_before_the_rest(explained):
    found = explained("Medan", flag="yellow").concerns
    assert [concern.split(":")[0] for concern in found[:2]] == ["they carry a yellow flag", "place"]


def test_explained_amounts_sum_to_the_gain_where_facts_contradict(explained):
    account = explained("Medan")
    sums = account.table().groupby("side")["amount"].sum()
    assert sums["seeker"] == pytest.approx(account.seeker_side.gain, abs=1e-9)


def test_concern_is_left_out_where_another_offer_may_answer(explained):
    offers = [*COOLER["offers"], "facilities: cold store for fish at sea"]
    assert "place" not in "".join(explained("Medan", offers=offers).concerns)


@pytest.mark.parametrize("region", ["Surabaya", "Medan"])
def test_added_offer_for_another_place_never_lowers_what_is_met(explained, region):
    offers = [*COOLER["offers"], "facilities: cold store for fish, only in Bali"]
    alone, more = explained(region), explained(region, offers=offers)
    assert more.seeker_side.needs[0].met >= alone.seeker_side.needs[0].met


def test_condition_that_only_a_legal_entity_meets_is_a_concern(explained):
    needs = ["people: The counterpart must be a registered body"]
    found = explained("Bandung", needs=needs, mission="Ice. Kami belum berbadan hukum.")
    condition = "“The counterpart must be a registered body”"
    assert found.concerns[0] == f"your condition, which their profile does not seem to meet: {condition}"
    assert "condition" not in "".join(explained("Bandung", needs=needs).concerns)
