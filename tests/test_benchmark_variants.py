import pandas as pd

from benchmarks.languages import Graded
from benchmarks.variants import in_one_sentence, in_the_mission, judge_variants, without_categories
from matcher import read_profiles
from matcher.features.counted_texts import implied

PROFILES = [
    {
        "id": "a",
        "mission": "The school of the village by the river.",
        "needs": "materials: Old books in Malay. Any age (5); funding: SMS credit for the parents (2)",
        "offers": "people: readers of the old script (4)",
    },
    {
        "id": "b",
        "mission": "Perpustakaan untuk anak di kampung ini.",
        "needs": "people: Pembaca aksara lama (3)",
        "offers": "materials: Buku lama bahasa Melayu (3); network: Sekolah lain di pulau ini (4)",
    },
    {"id": "c", "mission": "We are the boat builders of the coast."},
]


def pool():
    return read_profiles([{"name": row["id"], **row} for row in PROFILES]).kept


def test_categories_are_taken_out():
    changed = without_categories(pool())
    assert [tuple(item) for item in changed["offers"][1]] == [
        ("", "Buku lama bahasa Melayu", 3),
        ("", "Sekolah lain di pulau ini", 4),
    ]


def test_needs_become_one_sentence_in_their_language():
    changed = in_one_sentence(pool(), ", ")
    assert [tuple(item) for item in changed["needs"][0]] == [
        ("", "old books in Malay, Any age, and SMS credit for the parents", 4)
    ]
    assert changed["offers"][1][0].text == "buku lama bahasa Melayu, dan sekolah lain di pulau ini"
    listed = in_one_sentence(pool(), "; ")
    assert listed["offers"][1][0].text == "buku lama bahasa Melayu; sekolah lain di pulau ini"


def test_needs_and_offers_move_to_the_mission_and_are_found_there():
    changed = in_the_mission(pool())
    assert not any(map(len, [*changed["needs"], *changed["offers"]]))
    assert changed["mission"][2] == PROFILES[2]["mission"]
    row = changed.iloc[1].to_dict()
    assert [item.text for item in implied(row, "needs")] == ["Kami mencari pembaca aksara lama."]
    assert len(implied(row, "offers")) == 2


def test_variants_are_judged_beside_the_profiles_as_written(capsys):
    pairs = pd.DataFrame(
        [("a", "b", 3), ("a", "c", 2), ("b", "a", 3)], columns=["seeker", "candidate", "grade"]
    )
    results = judge_variants({"market x": Graded(pool(), pairs, complete=True)})
    assert results["market x"]["as written"]["P@1"]["mean"] == 1.0
    printed = capsys.readouterr().out
    assert "| market x | in the mission |" in printed
    assert "| mean of markets | no categories |" in printed
