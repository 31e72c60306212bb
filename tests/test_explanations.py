"""Reasons, concerns and unknowns: true, complete, from the right side, in both languages."""

import re

import pandas as pd
import pytest
from villages import LAUT, MARINE, TWO_LANGUAGES

from matcher import Matcher
from matcher.documents.language import QUOTE_LENGTH, Messages
from matcher.explanations.matches import Pair, PairSide
from matcher.explanations.organisation import Organisation
from matcher.explanations.reasons import MAX_REASONS, concerns, reasons, signal_remarks, unknowns
from matcher.explanations.remarks import render_all
from matcher.profiles import check_profile

AS_OF = pd.Timestamp("2024-06-01")
NAN = float("nan")

# Concerns and unknowns of a pair in which nothing is wrong, and of pairs in which one thing is.

SOUND = {
    "id": "x",
    "mission": "water",
    "needs": ["funding: money"],
    "offers": ["training: courses"],
    "goals_short": "ten wells",
    "indicators": "wells dug",
    "languages": ["id", "en"],
    "evidence": ["dug a well (report, 2023)"],
    "updated": "2024-01-01",
}


def said(remarks, lang="en"):
    return list(render_all(remarks, Messages(lang)))


PARTS = {"topic": 0.5, "values": 0.5, "complementarity": 0.5, "conflict": 0.0, "trust": 0.5, "culture": 0.9}


def pair(seeker=(), candidate=(), parts=(), seeker_gain=0.5, candidate_gain=0.5, signals=(), **numbers):
    features = {**PARTS, **dict(parts), **dict(signals)}
    sides = [
        PairSide(Organisation(check_profile({**SOUND, **dict(record)}), None), features, gain)
        for record, gain in ((seeker, seeker_gain), (candidate, candidate_gain))
    ]
    return Pair(*sides, **{"sought_after": 0.5, "ties": 0} | numbers)


def test_concerns_sound_pair_has_none():
    assert concerns(pair(), AS_OF) == []
    assert unknowns(pair()) == []


@pytest.mark.parametrize(
    ("changes", "concern"),
    [
        ({"candidate": {"flag": "observation"}}, "they are under observation"),
        ({"candidate": {"flag": "yellow"}}, "they carry a yellow flag"),
        ({"seeker": {"flag": "observation"}}, "you carry a flag yourself; they will ask about it"),
        ({"seeker": {"flag": "yellow"}}, "you carry a flag yourself; they will ask about it"),
        ({"seeker": {"flag": "red"}}, "you carry a flag yourself; they will ask about it"),
        (
            {"parts": {"conflict": 0.3}},
            "both sell like products to like markets; agree first who serves whom",
        ),
        (
            {"seeker_gain": 0.8, "candidate_gain": 0.4},
            "one-sided: you gain more than they do; think of what you can bring",
        ),
        (
            {"seeker_gain": 0.4, "candidate_gain": 0.8},
            "one-sided: they gain more than you do; ask for what you need",
        ),
        ({"candidate": {"languages": ["jv"]}}, "no shared language"),
        (
            {"candidate": {"updated": "2022-05-01"}},
            "their profile is old: updated May 1, 2022; ask what has changed",
        ),
        ({"candidate": {"evidence": []}}, "they give no evidence for what they say"),
        ({"sought_after": 0.95}, "heavily sought-after: many others would like to work with them"),
        ({"parts": {"culture": 0.1}}, "ways of working differ: a point to discuss"),
    ],
)
def test_concerns_one_fault_is_stated_alone_and_in_both_languages(changes, concern):
    faulty = pair(**changes)
    assert said(concerns(faulty, AS_OF)) == [concern]
    assert len(said(concerns(faulty, AS_OF), "id")) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"seeker": {"evidence": [], "updated": "2010-01-01"}},
        {"parts": {"conflict": 0.29}},
        {"parts": {"conflict": NAN, "culture": NAN}},
        {"seeker_gain": 0.31, "candidate_gain": 0.5},
        {"seeker_gain": 0.0, "candidate_gain": 0.0},
        {"candidate": {"languages": []}},
        {"seeker": {"languages": []}},
        {"candidate": {"languages": ["jv", "en"]}},
        {"candidate": {"updated": "2022-06-15"}},
        {"candidate": {"updated": ""}},
        {"sought_after": 0.94},
    ],
)
def test_concerns_harmless_or_unknown_values_are_not_stated(changes):
    assert concerns(pair(**changes), AS_OF) == []


@pytest.mark.parametrize(("low", "is_stated"), [(0.03, True), (0.08, False)])
def test_concerns_probabilities_are_called_one_sided_only_where_they_lie_far_apart(low, is_stated):
    found = concerns(pair(seeker_gain=0.2, candidate_gain=low, calibrated=True), AS_OF)
    assert ("you_gain_more" in [concern.code for concern in found]) == is_stated


def test_concerns_several_faults_come_gravest_first():
    faulty = pair(candidate={"flag": "yellow", "evidence": []}, parts={"conflict": 1.0})
    codes = [concern.code for concern in concerns(faulty, AS_OF)]
    assert codes == ["yellow_flag", "competition", "no_evidence"]


@pytest.mark.parametrize(
    ("emptied", "name"),
    [
        (["mission"], "purpose"),
        (["needs"], "needs"),
        (["offers"], "offers"),
        (["goals_short"], "goals"),
        (["indicators"], "indicators"),
        (["languages"], "languages"),
        (["updated"], "date of the profile"),
    ],
)
def test_unknowns_each_empty_part_is_stated_on_its_side(emptied, name):
    empty = dict.fromkeys(emptied, "")
    assert said(unknowns(pair(candidate=empty))) == [f"they do not say: {name}"]
    assert said(unknowns(pair(seeker=empty))) == [f"you do not say: {name}"]
    told = said(unknowns(pair(candidate=empty)), "id")
    assert told[0].startswith("mereka belum menyebutkan: ")
    assert name not in told[0]


@pytest.mark.parametrize("text", ["😀🚀", "?!... —"])
def test_unknowns_texts_without_words_say_nothing(text):
    wordless = {"mission": text, "goals_short": text, "indicators": text}
    assert said(unknowns(pair(wordless))) == ["you do not say: purpose, goals, and indicators"]


def test_unknowns_several_are_listed_theirs_first():
    told = said(unknowns(pair({"needs": ""}, {"offers": "", "updated": ""})))
    assert told == ["they do not say: offers and date of the profile", "you do not say: needs"]


# Whole recommendations.

LONG = "a cold store for fish " * 12


def village(**changes):
    """Four organisations; `desa` and `pabrik` serve each other, the other two are background."""
    records = {
        "desa": {
            "mission": "villages that sell their own fish",
            "needs": [{"category": "facilities", "text": "cold store for fish", "weight": 5}],
            "offers": [{"category": "people", "text": "skippers who know the reef", "weight": 5}],
            "region": "Maluku",
            "evidence": ["sold ten tons (cooperative, 2023)"],
        },
        "pabrik": {
            "mission": "ice for villages that sell fish",
            "needs": [{"category": "people", "text": "skippers who know the reef well", "weight": 4}],
            "offers": [{"category": "facilities", "text": "cold store for fish near the pier", "weight": 4}],
            "region": "Maluku",
            "evidence": ["runs a store (audit, 2023)", "a second one"],
        },
        "sekolah": {"mission": "music lessons", "offers": "training: piano", "needs": "content: songs"},
        "bank": {"mission": "loans", "offers": "funding: loans", "needs": "network: shops"},
    }
    shared = {"languages": ["id"], "updated": "2024-01-01"}
    return [
        {"id": id_, "name": id_.title(), **shared, **record, **changes.get(id_, {})}
        for id_, record in records.items()
    ]


def told(encoder, seeker, candidate, lang="en", **changes):
    table = Matcher(encoder=encoder).fit(village(**changes)).recommend(seeker, 9, lang=lang)
    return table.set_index("candidate").loc[candidate]


def test_reasons_quote_the_need_and_the_offer_behind_the_number(encoder):
    row = told(encoder, "desa", "pabrik")
    reason = "they offer “cold store for fish near the pier” for your need “cold store for fish”"
    assert reason in row["reasons_seeker"]


def test_reasons_for_the_candidate_are_stated_from_the_seeker_s_side(encoder):
    row = told(encoder, "desa", "pabrik")
    reason = "you offer “skippers who know the reef” for their need “skippers who know the reef well”"
    assert reason in row["reasons_candidate"]
    assert "they offer" not in row["reasons_candidate"]
    assert "you offer" not in row["reasons_seeker"]


def test_reasons_of_the_turned_pair_swap_who_offers_what(encoder):
    row = told(encoder, "pabrik", "desa")
    need, offer = "skippers who know the reef well", "skippers who know the reef"
    assert f"they offer “{offer}” for your need “{need}”" in row["reasons_seeker"]
    meeting = "you offer “cold store for fish near the pier” for their need “cold store for fish”"
    assert meeting in row["reasons_candidate"]


def test_reasons_purposes_are_quoted_from_the_right_sides(encoder):
    ours, theirs = "villages that sell their own fish", "ice for villages that sell fish"
    message = f"close in purpose: yours “{ours}”, theirs “{theirs}”"
    row = told(encoder, "desa", "pabrik")
    assert message in row["reasons_seeker"]
    assert message in row["reasons_candidate"]


def test_reasons_evidence_is_counted_on_the_right_side(encoder):
    row = told(encoder, "desa", "pabrik")
    # A claim without a source is not counted.
    assert "they give 1 piece of evidence with its source" in row["reasons_seeker"]
    assert "you give 1 piece of evidence with its source" in row["reasons_candidate"]


def test_reasons_never_name_what_does_not_stand_out(encoder):
    row = told(encoder, "sekolah", "bank")
    assert "offer" not in row["reasons_seeker"]
    assert "close in purpose" not in row["reasons_seeker"]


def test_reasons_are_at_most_so_many_on_each_side(encoder):
    row = told(encoder, "desa", "pabrik")
    for column in ("reasons_seeker", "reasons_candidate"):
        assert 1 <= len(row[column].split(" | ")) <= MAX_REASONS + 1  # the last tells where the gain stands


def test_reasons_across_languages_are_marked_and_name_the_words_that_match(encoder):
    row = Matcher(encoder=encoder).fit(TWO_LANGUAGES).recommend("marine", 1).iloc[0]
    assert row["candidate"] == "laut"
    assert (
        "they offer “bibit kultur jaringan rumput laut untuk petani” (Indonesian) for your need “tissue "
        "culture seedlings of seaweed for 40 growers” (English): tissue culture ~ kultur jaringan, "
        "seaweed ~ rumput laut, seedlings ~ bibit"
    ) in row["reasons_seeker"]
    # The words of the seeker come first on the other side too.
    assert (
        "you offer “trials of seaweed strains in the sea” (English) for their need “uji galur rumput laut di "
        "laut untuk petani” (Indonesian): sea ~ laut, seaweed ~ rumput laut, trials ~ uji"
    ) in row["reasons_candidate"]


def test_reasons_across_languages_are_marked_in_the_reader_s_language(encoder):
    row = Matcher(encoder=encoder).fit(TWO_LANGUAGES).recommend("laut", 1, lang="id").iloc[0]
    assert (
        "mereka menawarkan “trials of seaweed strains in the sea” (bahasa Inggris) untuk kebutuhan Anda "
        "“uji galur rumput laut di laut untuk petani” (bahasa Indonesia): laut ~ sea, "
        "rumput laut ~ seaweed, uji ~ trials"
    ) in row["reasons_seeker"]


def test_reasons_name_the_field_of_both_by_specific_words(encoder):
    row = Matcher(encoder=encoder).fit(TWO_LANGUAGES).recommend("marine", 1).iloc[0]
    field = "words in common: seaweed ~ rumput laut, seedlings ~ bibit"
    assert field in row["reasons_seeker"]
    assert field in row["reasons_candidate"]


def test_reasons_words_that_many_use_name_no_field(encoder):
    common = "Seaweed seedlings for the growers"
    others = [{"id": f"o{n}", "name": "o", "mission": f"{common} of place {n}"} for n in range(20)]
    rows = [{**MARINE, "mission": common}, {**MARINE, "id": "twin", "mission": common}, *others]
    for row in (rows[0], rows[1]):
        row.update(needs="", offers="")
    found = Matcher(encoder=encoder).fit(rows).recommend("marine", 20).set_index("candidate").loc["twin"]
    assert found["topic"] > 0.4
    assert "words in common" not in found["reasons_seeker"]


def test_reasons_a_shared_month_answers_no_need(encoder):
    need, offer = "data: counts of feeders and cars since March", "data: footpaths drawn until March"
    rows = [{**MARINE, "needs": need}, {**LAUT, "offers": offer}, *TWO_LANGUAGES[2:]]
    matcher = Matcher(encoder=encoder).fit(rows)
    (match,) = matcher.explain("marine", "laut").seeker_side.needs
    assert match.words
    assert match.answer == "open"
    row = matcher.recommend("marine", 9).set_index("candidate").loc["laut"]
    assert "footpaths" not in row["reasons_seeker"]


def test_reasons_quote_no_passages_without_a_common_word(encoder):
    """Function words alone make these missions alike."""
    rows = village(
        desa={"mission": "we are for all who sing"}, pabrik={"mission": "all the boats are for sale"}
    )
    row = Matcher(encoder=encoder).fit(rows).recommend("desa", 9).set_index("candidate").loc["pabrik"]
    assert "close in purpose" not in row["reasons_seeker"]


def test_reasons_long_needs_are_cut(encoder):
    need = {"needs": [{"category": "facilities", "text": LONG, "weight": 5}]}
    row = told(encoder, "desa", "pabrik", desa=need)
    quoted = re.search(r"for your need “([^”]*)”", row["reasons_seeker"])[1]
    assert quoted.endswith(" …")
    assert len(quoted) <= QUOTE_LENGTH + 2


def test_reasons_earlier_work_is_stated_to_both(encoder):
    history = pd.DataFrame(
        {"seeker": ["pabrik"] * 2, "candidate": ["desa"] * 2, "stage": "agreed", "date": ["2021", "2022"]}
    )
    row = Matcher(encoder=encoder).fit(village(), history).recommend("desa", 1).iloc[0]
    assert "you worked together 2 times before" in row["reasons_seeker"]
    assert "you worked together 2 times before" in row["reasons_candidate"]


def test_concerns_of_whole_recommendations_follow_the_profiles(encoder):
    row = told(encoder, "desa", "pabrik", pabrik={"flag": "yellow", "updated": "2020-02-03", "evidence": ""})
    assert "they carry a yellow flag" in row["concerns"]
    assert "their profile is old: updated Feb 3, 2020; ask what has changed" in row["concerns"]
    assert "they give no evidence for what they say" in row["concerns"]
    assert "no shared language" not in row["concerns"]


def test_concerns_equally_priced_candidates_are_not_called_sought_after(encoder):
    twins = [{**village()[0], "id": id_} for id_ in ("a", "b", "c")]
    table = Matcher(encoder=encoder).fit(twins).recommend_all()
    assert table["price"].nunique() == 1
    assert table.loc[table["concerns"].str.contains("sought-after"), "candidate"].unique().tolist() == []


def test_unknowns_of_whole_recommendations_name_both_sides(encoder):
    row = told(encoder, "desa", "pabrik", pabrik={"goals_short": "ice", "indicators": "tons of ice"})
    assert row["unknowns"] == "you do not say: goals and indicators"


def test_indonesian_texts_hold_no_english_template_words(encoder, translated):
    """Profiles speak in invented words, so every English word would come from a template."""
    plain = {"mission": "zuka lomi", "goals_short": "tebo", "languages": ["id"], "region": "Maluku"}
    rows = [
        {"id": "p", "needs": "funding: vash (5)", "offers": "training: kreb", "evidence": "morr"},
        {"id": "q", "needs": "training: kreb (5)", "offers": "funding: vash", "updated": "2010-01-01"},
        {"id": "r", "needs": "data: quil", "offers": "data: xant", "flag": "yellow", "languages": ["jv"]},
    ]
    rows = [{"name": row["id"], "updated": "2024-01-01", **plain, **row} for row in rows]
    table = Matcher(encoder=encoder).fit(rows).recommend_all(9, lang="id")
    texts = " ".join(
        table[["reasons_seeker", "reasons_candidate", "concerns", "unknowns"]].to_numpy().ravel()
    )
    written = set(re.findall(r"[a-z]+", texts.casefold()))
    known = translated
    bare = [
        re.sub(r"\{.*?\}", "", " ".join([message] if isinstance(message, str) else message))
        for message in known
    ]
    english = set(re.findall(r"[a-z]+", " ".join(bare).casefold()))
    indonesian = " ".join(form if isinstance(form, str) else form[0] for form in known.values())
    assert len(written) > 20
    assert written & english - set(re.findall(r"[a-z]+", indonesian.casefold())) == set()


def test_reasons_signals_of_a_learned_ranker_are_stated_once_per_kind_and_from_each_side():
    seen = {
        "similar_work": 0.9,
        "similar_work_same_programme": 0.8,
        "same_sector": 1.0,
        "same_programme": 1.0,
    }
    found = reasons(
        pair({"evidence": []}, {"evidence": []}, dict.fromkeys(PARTS, NAN), signals=seen),
        dict.fromkeys([*PARTS, *seen], 0.1),
        {"similar_work": 0.4, "similar_work_same_programme": 0.1, "same_sector": 0.3, "same_programme": 0.2},
        None,
    )
    assert said(found) == [
        "they took part in works much like this",
        "you have in common: sector and “programme”",
    ]


def test_reasons_signals_are_stated_in_indonesian_from_the_reader_s_side():
    assert said(signal_remarks(["works", "pairs_region"], ours=False), "id") == [
        "Anda sudah sering bekerja sama dengan pihak lain",
        "mitra seperti Anda dan mereka sudah sering bekerja sama, dilihat dari wilayah",
    ]


def test_reasons_signals_that_nobody_knows_are_not_stated():
    assert signal_remarks(["unheard_of"], ours=True) == []
