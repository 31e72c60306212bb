"""Search: who offers, needs or does what a few words say, in two languages."""

import sys

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import Matcher
from matcher.commands.cli import main
from matcher.errors import ConfigError
from matcher.explanations.search import COLUMNS, ENOUGH, KINDS, UNSAID, Query
from matcher.profiles import read_profiles

POOL = [
    {
        "id": "lab",
        "name": "Lab",
        "offers": "facilities: Laboratorium untuk uji air",
        "mission": "Kami menguji.",
    },
    {
        "id": "well",
        "name": "Well",
        "needs": "expertise: tests of the water of our wells",
        "mission": "We dig.",
    },
    {"id": "red", "name": "Red", "offers": "facilities: laboratory for water tests", "flag": "red"},
    {"id": "full", "name": "Full", "offers": "facilities: laboratory for water tests", "capacity_max": 0},
    {"id": "paint", "name": "Paint", "offers": "materials: paint for boats", "flag": "yellow"},
    {"id": "strict", "name": "Strict", "offers": "training: cooking for schools", "must": "kind: education"},
]


@pytest.fixture(scope="module")
def small():
    return Matcher().fit(read_profiles(POOL))


@pytest.mark.parametrize(
    ("text", "kind", "first", "said"),
    [
        ("sign language interpreters", "offer", "ruang-tangan-bicara", "they offer"),
        ("training in dementia care", "offer", "joo-hin-ageing-practice", "they offer"),
        ("aplikasi pembukuan untuk koperasi", "offer", "lapak-hitung-nusantara", "aplikasi pembukuan"),
        ("peta kedalaman banjir", "offer", "petakata", "peta ~ maps"),
        ("refrigeration technicians", "need", "smk-kelautan-pasir-walanda", "technicians ~ teknisi"),
        ("kulkas vaksin tenaga surya", "need", "panay-straits-nursing", "they need"),
    ],
)
def test_demo_finds_and_quotes_within_and_across_languages(demo, text, kind, first, said):
    found = demo.search(text, kind, 5)
    assert found["candidate"].iloc[0] == first
    assert said in found["reason"].iloc[0]
    assert found["matched"].iloc[0][:60] in found["reason"].iloc[0]


def test_what_is_needed_is_quoted_before_what_else_is_written(demo):
    found = demo.search("teknisi pendingin untuk pabrik es", "need", 5).set_index("candidate")
    assert found.loc["uptd-ppi-labuhan-kenari", "matched"].startswith("Teknisi refrigerasi amonia")


def test_kinds_ask_for_what_is_offered_or_needed_or_both(small):
    assert small.search("water test", "offer")["candidate"].iloc[0] == "lab"
    assert small.search("water test", "need")["candidate"].iloc[0] == "well"
    assert set(small.search("water test", "topic")["candidate"][:2]) == {"lab", "well"}


def test_red_flags_and_full_ones_are_left_out_and_counted(small):
    found = small.search("laboratory for water tests", k=10)
    assert not {"red", "full"} & {*found["candidate"]}
    assert found.attrs["left_out"] == {"red": 1, "no_capacity": 1}


def test_conditions_hold_and_those_of_others_are_noted(small):
    found = small.search("cooking for schools", must=["offers: training"])
    assert found["candidate"].tolist() == ["strict"]
    assert found["notes"].tolist() == ["they ask of partners: “kind: education”"]
    assert "yellow flag" in small.search("paint for boats")["notes"].iloc[0]


def test_a_list_is_empty_where_nothing_specific_stands(demo):
    assert demo.search("opera singers").empty
    assert [*demo.search("opera singers")] == [*COLUMNS]


@pytest.mark.parametrize(
    ("text", "kind", "listed"),
    [
        (
            "training in dementia care for carers",
            "offer",
            {"joo-hin-ageing-practice", "nagamori-elder-care-npo"},
        ),
        ("peta kedalaman banjir", "offer", {"petakata"}),
        ("kulkas vaksin tenaga surya", "need", {"panay-straits-nursing", "puskesmas-rantau-keminting"}),
    ],
)
def test_a_list_ends_where_no_more_fit(demo, text, kind, listed):
    found = demo.search(text, kind, 10)
    assert {*found["candidate"]} == listed
    assert found["score"].min() >= ENOUGH


def test_rare_words_of_a_search_count_more_than_usual_ones(demo):
    """Only two of the words are in the many profiles of farmers and of training."""
    found = demo.search("seaweed farming", "topic")
    assert found["candidate"].iloc[0] == "pokdakan-tanjung-kerapu"
    assert "tano-rura-coffee" not in {*found["candidate"]}


@pytest.mark.parametrize("languages", [("en",), ("en", "id")])
def test_share_of_the_words_said_worked(languages):
    """Of "boats ropes" one says both, one the half; a word that nobody says counts as the rarest other."""
    rows = [("both", "boats and ropes"), ("half", "boats"), ("none", "paint"), ("other", "tali")]
    rows = [(id_, text) for id_, text in rows if "id" in languages or id_ != "other"]
    pool = Matcher().fit(read_profiles([{"id": id_, "name": id_, "offers": text} for id_, text in rows]))
    query = Query(pool.scorer.pool, "boats ropes", "offer", ())
    shares = dict(
        zip(pool.scorer.pool.ids, query.shares(pool.scorer.pool.organisations.lexical), strict=True)
    )
    assert shares["both"] == pytest.approx(1.0) and shares["none"] == pytest.approx(UNSAID)
    assert UNSAID < shares["half"] < 1.0
    more = Query(pool.scorer.pool, "boats ropes xylophones", "offer", ())
    assert more.shares(pool.scorer.pool.organisations.lexical).max() < 1.0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"text": " . "}, "text must say"),
        ({"text": 3}, "text must say"),
        ({"text": "water", "kind": "offers"}, "kind must be one of offer, need, topic"),
        ({"text": "water", "k": 0}, "k must be a whole number"),
        ({"text": "water", "lang": "fr"}, "lang"),
        ({"text": "water", "must": ["schools only"]}, "must must be written as"),
    ],
)
def test_bad_requests_are_refused(small, given, words):
    with pytest.raises(ConfigError, match=words):
        small.search(**given)


@given(
    st.text(min_size=1, max_size=40).filter(lambda text: any(map(str.isalnum, text))),
    st.sampled_from([*KINDS]),
)
def test_any_text_gives_an_ordered_list_of_eligible_organisations(small, text, kind):
    found = small.search(text, kind, 4)
    assert [*found] == [*COLUMNS]
    assert found["rank"].tolist() == [*range(1, len(found) + 1)]
    assert found["score"].is_monotonic_decreasing and found["score"].between(0.0, 1.0).all()
    assert not {"red", "full"} & {*found["candidate"]} and found["candidate"].is_unique
    assert (found["reason"] != "").all()
    assert (found["score"] >= ENOUGH).all()


def test_the_order_of_rows_does_not_matter(small):
    turned = Matcher().fit(read_profiles(POOL[::-1]))
    pd.testing.assert_frame_equal(small.search("water"), turned.search("water"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_saved_pool_finds_the_same(small, kind, tmp_path):
    folder = small.save(tmp_path / "pool")
    pd.testing.assert_frame_equal(Matcher.load(folder).search("air", kind), small.search("air", kind))


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["matcher", "search", *map(str, arguments)])
    main()


def test_command_prints_or_writes(small, tmp_path, monkeypatch, capsys):
    table = tmp_path / "pool.jsonl"
    pd.DataFrame(POOL).to_json(table, orient="records", lines=True)
    out = tmp_path / "found.csv"
    with pytest.raises(SystemExit) as ended:
        command(monkeypatch, "uji air", "--in", table, "-k", "2", "--out", out, "--quiet")
    assert ended.value.code == 0
    assert pd.read_csv(out)["candidate"].iloc[0] == "lab"
    with pytest.raises(SystemExit):
        command(monkeypatch, "opera singers", "--in", table, "--quiet", "--must", "offers: materials")
    printed = capsys.readouterr().out
    assert "No organisation says anything specific" in printed and "Left out by rules" in printed
    with pytest.raises(SystemExit) as ended:
        command(monkeypatch, "uji air", "--in", table, "--kind", "offers", "--quiet")
    assert ended.value.code == 2
