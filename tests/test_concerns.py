"""Concerns about evidence, advertisements and possible competition, and their wording."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher import Matcher
from matcher.explanations import reasons as concerns
from matcher.explanations.matches import Pair, PairSide
from matcher.explanations.organisation import Organisation
from matcher.explanations.remarks import Quote, Remark
from matcher.profiles import Resource, check_profile

LOOMS = {
    "mission": "We teach women of the island to weave cotton ikat cloth with natural indigo dye",
    "country": "Indonesia",
    "offers": ["training: weaving ikat cloth with natural indigo dye"],
    "needs": ["funding: a roof"],
}
OTHERS = [
    {"id": f"o{number}", "mission": text, "country": "Indonesia", "offers": [f"people: {text}"]}
    for number, text in enumerate(["boats and nets", "solar pumps", "nurses for clinics", "maps of forests"])
]


@pytest.fixture
def concerns_of(pool_of, encoder):
    """Return the concerns of "a" about "b" in a small pool."""

    def run(lang="en", a=(), b=()):
        pool = pool_of({"id": "a", **LOOMS, **dict(a)}, {"id": "b", **LOOMS, **dict(b)}, *OTHERS)
        return Matcher(encoder=encoder).fit(pool).explain("a", "b", lang=lang).concerns

    return run


def test_adverse_claims_are_quoted(concerns_of):
    claims = ["dug wells (report, 2023)", "Teguran tertulis dinas (surat, 2024)", "late reports (desk, 2024)"]
    said = [text for text in concerns_of(b={"evidence": claims}) if "entry against them" in text]
    assert said == [
        "their evidence has an entry against them: “Teguran tertulis dinas”; ask what became of it",
        "their evidence has an entry against them: “late reports”; ask what became of it",
    ]


def test_only_adverse_claims_are_no_evidence(concerns_of):
    assert "they give no evidence for what they say" in concerns_of(b={"evidence": ["Sanksi (dinas, 2024)"]})


def test_advertisement_is_quoted(concerns_of):
    said = concerns_of("id", b={"vision": "Solusi terbaik, hubungi kami sekarang"})
    assert any("terkesan seperti iklan: “Solusi terbaik, hubungi kami sekarang”" in text for text in said)


def rivals(concerns):
    return [text for text in concerns if text.startswith("you may compete")]


CO_OP = {
    "mission": "A co-operative that teaches young people of the hills to weave ikat cloth with indigo dye",
    "offers": ["training: weaving ikat cloth with indigo dye, three months"],
}


def test_like_offers_in_one_country_may_compete(concerns_of):
    (said,) = rivals(concerns_of(b=CO_OP))
    assert "“weaving ikat cloth with natural indigo dye”" in said
    assert "“weaving ikat cloth with indigo dye, three months”" in said


FISHERS = (
    "Forty boats land tuna before dawn at the northern harbour, where our members repair nets, salt what is "
    "left, keep engines running, sell ice by the block and watch over the reef with patrols"
)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({}, {**CO_OP, "country": "Kenya"}),
        ({"needs": ["training: weaving ikat cloth with indigo dye, three months"]}, CO_OP),
        ({}, {**CO_OP, "offers": ["facilities: a dry store beside the harbour"]}),
        (
            {},
            {"mission": FISHERS, "goals_short": FISHERS, "offers": ["training: natural indigo dye"]},
        ),
    ],
)
def test_no_competition_elsewhere_or_where_one_needs_the_other(concerns_of, a, b):
    assert rivals(concerns_of(a=a, b=b)) == []


DYE = {"needs": ["training: a teacher of indigo dye who visits every week"], "region": "Kupang"}
TEACHER = {
    "id": "b",
    "mission": "teach indigo dye",
    "offers": ["training: a teacher of indigo dye who visits"],
}


@pytest.mark.parametrize(("region", "is_apart"), [("Malang", True), ("Soe, NTT", False), ("", False)])
def test_need_for_somebody_near_by_on_another_island(concerns_of, region, is_apart):
    said = [text for text in concerns_of(a=DYE, b={**TEACHER, "region": region}) if "another island" in text]
    expected = (
        "place: the need “a teacher of indigo dye who visits every week” is for somebody near by; you are in "
        "Kupang, they are in Malang, on another island"
    )
    assert said == [expected] * is_apart


def test_condition_that_cannot_be_compared_is_to_be_checked(concerns_of):
    offer = "training: a teacher of indigo dye, wajib menginap"
    assert (
        "their condition: “a teacher of indigo dye, wajib menginap”; please check that you meet it"
        in concerns_of(a=DYE, b={**TEACHER, "offers": [offer]})
    )


def test_refused_kind_is_a_concern_with_the_condition_quoted(concerns_of):
    refusing = {
        **TEACHER,
        "offers": ["training: a teacher of indigo dye who visits; no companies"],
    }
    condition = "their condition, which your profile does not seem to meet: “no companies”"
    assert condition in concerns_of(a={**DYE, "kind": "business"}, b=refusing)
    assert condition not in concerns_of(a={**DYE, "kind": "social"}, b=refusing)


TEXTS = (
    "a teacher of indigo dye",
    "a teacher of indigo dye; no companies",
    "a teacher of indigo dye, Java only",
    "a teacher of boats; legal entity required",
)
named = st.tuples(st.sampled_from(["training", ""]), st.sampled_from(TEXTS))
resources = st.lists(named, min_size=1, max_size=2, unique=True).map(
    lambda items: tuple(Resource(category, text, 4) for category, text in items)
)
profiles = st.fixed_dictionaries(
    {
        "needs": resources,
        "offers": resources,
        "kind": st.sampled_from(["business", "social"]),
        "region": st.sampled_from(["Bandung", "Medan"]),
        "mission": st.sampled_from([LOOMS["mission"], "Boats. Kami belum berbadan hukum."]),
    }
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(profiles, profiles)
def test_neighbouring_texts_do_not_contradict_each_other(pool_of, encoder, a, b):
    rows = [{"id": id_, **row, "needs": list(row["needs"])} for id_, row in (("a", a), ("b", b))]
    rows = [{**row, **{name: "; ".join(map(str, row[name])) for name in ("needs", "offers")}} for row in rows]
    explained = Matcher(encoder=encoder).fit(pool_of(*rows, *OTHERS)).explain("a", "b")
    for kind, offers in (("your_need", b["offers"]), ("their_need", a["offers"])):
        named = [one.text for one in explained.improvements if one.kind == kind]
        assert not [text for text in named for offer in offers if f"need “{offer.text}” would" in text]
    remarks = explained.remarks
    reasons = [*remarks["reasons_seeker"], *remarks["reasons_candidate"]]
    met = {remark.parts["need"].text for remark in reasons if "need" in remark.parts}
    quoted = [remark.parts for remark in remarks["concerns"] if remark.code in CONTRADICTIONS]
    assert not met & {parts.get(name) for parts in quoted for name in ("text", "need")}


CONTRADICTIONS = {
    f"{whose}_{what}" for whose in ("your", "their") for what in ("need_area", "amount", "condition")
}


@pytest.mark.parametrize("is_reason", [False, True])
def test_need_that_is_given_as_a_reason_is_no_contradiction(monkeypatch, is_reason):
    one = Organisation(check_profile({"id": "x", "mission": "work"}), None)
    sides = [PairSide(one, {}, 0.5) for _ in "ab"]
    pair = Pair(*sides, sought_after=0.5, ties=0)
    found = [("two tonnes", "ninety tonnes", "amount")]
    monkeypatch.setattr(concerns, "failing_facts", lambda given: found if given is pair else [])
    parts = {"need": Quote("two tonnes"), "offer": Quote("two tonnes and more")}
    reasons = [Remark("their_closest_offer", parts)] * is_reason
    assert [remark.code for remark in concerns.failing(pair, reasons)] == ["your_amount"] * (not is_reason)


LOAN = {"needs": ["funding: a loan for buying indigo dye and cotton cloth, about 900 juta"]}
SMALL = "funding: a loan for buying indigo dye and cotton cloth, 30 juta a year"


@pytest.mark.parametrize(
    ("further", "is_far"),
    [
        ([], True),
        (["funding: pembiayaan bagi hasil 50 juta sampai 1 miliar"], False),
        (["funding: prizes"], True),
        (["funding: uang saku 5 juta"], True),
        (["training: night school for weavers"], True),
    ],
    ids=["alone", "fits", "no amount", "too little too", "of another category"],
)
def test_amount_is_no_concern_if_that_of_another_offer_of_the_category_fits(concerns_of, further, is_far):
    found = [text for text in concerns_of(a=LOAN, b={"offers": [SMALL, *further]}) if "amounts" in text]
    assert bool(found) == is_far
