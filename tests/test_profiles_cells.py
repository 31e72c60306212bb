import datetime as dt
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from matcher.errors import ProfileError
from matcher.profiles import Claim, Resource, check_profile, read_profiles
from matcher.profiles.resources import read_claims, read_resources
from matcher.tables.cells import escape, split_items, unescape
from matcher.tables.values import Findings

TODAY = dt.date(2024, 6, 1)


def needs_of(text):
    return check_profile({"needs": text}, TODAY)["needs"]


def evidence_of(text):
    return check_profile({"vision": "v", "evidence": text}, TODAY)["evidence"]


def value_of(column, value):
    return check_profile({"vision": "v", column: value}, TODAY)[column]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("funding: two machines (5)", [("funding", "two machines", 5)]),
        ("pendanaan: dua mesin (5)", [("funding", "dua mesin", 5)]),
        ("dana: mesin; SDM: relawan (2)", [("funding", "mesin", 3), ("people", "relawan", 2)]),
        ("Sumber Daya Manusia: guru", [("people", "guru", 3)]),
        ("keahlian: (2) dua mesin (5)", [("expertise", "(2) dua mesin", 5)]),
        ("training: courses (for women)", [("training", "courses (for women)", 3)]),
        ("training: courses (high)", [("training", "courses", 4)]),
        ("pelatihan: kursus (tinggi) (4)", [("training", "kursus (tinggi)", 4)]),
        ("data: ratio 1:2: all (1)", [("data", "ratio 1:2: all", 1)]),
        (
            "sarana: ruang (meja; kursi) (4); riset: x",
            [("facilities", "ruang (meja; kursi)", 4), ("research", "x", 3)],
        ),
        (r"content: a\; b; network: c", [("content", "a; b", 3), ("network", "c", 3)]),
        (r"content: part \(100\)", [("content", "part (100)", 3)]),
        ("content: part (100) (3)", [("content", "part (100)", 3)]),
        ("content: smile :( (2); data: d", [("content", "smile :(", 2), ("data", "d", 3)]),
        ('content: "a"; data: b', [("content", '"a"', 3), ("data", "b", 3)]),
        ("see https://example.org/a", [("", "see https://example.org/a", 3)]),
        ("open at 10:30", [("", "open at 10:30", 3)]),
        ("bahan", [("materials", "bahan", 3)]),
        ("funding: (4)", [("funding", "funding", 4)]),
        ("some help (2)", [("", "some help", 2)]),
        (": funding (2)", [("", "funding", 2)]),
        ("Moral Support: visits", [("moral support", "visits", 3)]),
        ("funding: x (3.0);; ;", [("funding", "x", 3)]),
        ("funding:x(5)", [("funding", "x", 5)]),
    ],
)
def test_needs_cell_syntax_is_understood(cell, expected):
    assert needs_of(cell) == tuple(Resource(*parts) for parts in expected)


@pytest.mark.parametrize("level", ["9", "0", "-1", "2.5", "2,5", "+7", "100"])
def test_needs_bad_level_is_rejected(level):
    with pytest.raises(
        ProfileError, match=r"needs: level must be a whole number from 1 to 5; got '.*write a level"
    ):
        needs_of(f"funding: machines ({level})")


@pytest.mark.parametrize("level", ["much", "banyak", 9, 0, -1, 2.5, True, "2.5", [3]])
def test_needs_bad_level_in_object_is_rejected(level):
    with pytest.raises(ProfileError, match="level must be a whole number from 1 to 5; got"):
        needs_of([{"category": "funding", "text": "x", "weight": level}])


def test_needs_all_bad_levels_are_reported_together():
    with pytest.raises(ProfileError, match=r"got 2 problem.*'9'.*'0'"):
        needs_of("funding: a (9); data: b (2); people: c (0)")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"category": "dana", "text": "x", "weight": 5}, ("funding", "x", 5)),
        ({"kategori": "dana", "teks": "x", "bobot": "2"}, ("funding", "x", 2)),
        ({"category": "funding", "text": "x; y (9)", "weight": None}, ("funding", "x; y (9)", 3)),
        ({"category": "data"}, ("data", "data", 3)),
        ({"text": "x", "weight": 4.0}, ("", "x", 4)),
        ("network: y (1)", ("network", "y", 1)),
        (Resource("data", "z", 2), ("data", "z", 2)),
    ],
)
def test_needs_objects_and_strings_in_lists_are_understood(item, expected):
    assert needs_of([item]) == (Resource(*expected),)


@pytest.mark.parametrize("value", ["(4)", [{"weight": 3}], [{}], [5], 5 * [None] + [b"x"]])
def test_needs_without_text_are_rejected(value):
    with pytest.raises(ProfileError, match=r"needs: (resource must have a text|must be a list)"):
        needs_of(value)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("award (Ministry, 2020-05-03)", ("award", "Ministry", dt.date(2020, 5, 3))),
        ("penghargaan (Kementerian, 03/05/2020)", ("penghargaan", "Kementerian", dt.date(2020, 5, 3))),
        ("award (Law No. 5, 2003)", ("award", "Law No. 5", dt.date(2003, 1, 1))),
        ("award (2021-07)", ("award", "", dt.date(2021, 7, 1))),
        ("award (Ministry)", ("award", "Ministry", None)),
        ("award (a (b), 2020)", ("award", "a (b)", dt.date(2020, 1, 1))),
        ("award", ("award", "", None)),
        ("won (twice) ()", ("won (twice)", "", None)),
        ("award (Report, 2020, )", ("award", "Report, 2020", None)),
    ],
)
def test_evidence_cell_syntax_is_understood(cell, expected):
    assert evidence_of(cell) == (Claim(*expected),)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a (b, 31/02/2020)", "possible date; got '31/02/2020'"),
        ("a (b, 2020-13-45)", "possible date"),
        ("a (b, 2030-01-01)", "must not be in the future; got 2030-01-01, today is 2024-06-01"),
        ("(b, 2020)", "evidence must have a text"),
        ([{"text": "a", "date": "soon"}], "must be a date as YYYY-MM-DD"),
        ([3], "must be a list of texts or of objects"),
        ([{"source": "a"}], "evidence must have a text"),
    ],
)
def test_evidence_bad_claims_are_rejected(value, reason):
    with pytest.raises(ProfileError, match=f"evidence: .*{reason}"):
        evidence_of(value)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12", 12),
        (" 1200.5 ", 1200.5),
        ("1.234,56", 1234.56),
        ("1,234.56", 1234.56),
        ("1.234.567", 1234567),
        ("1,234,567", 1234567),
        ("1 234 567", 1234567),
        ("12,5", 12.5),
        ("0,125", 0.125),
        ("1234,567", 1234.567),
        ("1E+06", 1e6),
        ("1,234.567", 1234.567),
        (12, 12),
        (1.125, 1.125),
    ],
)
def test_amount_in_one_meaning_is_read(cell, expected):
    assert value_of("budget", cell) == expected


@pytest.mark.parametrize("cell", ["1.234", "1,234"])
def test_amount_with_one_group_of_three_is_thousands(cell):
    table = read_profiles([{"id": 1, "name": "a", "vision": "v", "staff": cell, "budget": cell}])
    assert table.kept[["staff", "budget"]].to_numpy().tolist() == [[1234, 1234]]
    assert table.notes[["column", "reason"]].to_numpy().tolist() == [["budget", "read as 1234"]]


@pytest.mark.parametrize(
    "cell",
    [
        "many",
        "1.23.456",
        "12 people",
        "1,2,3",
        "Rp 5, USD 3",
        "--1",
        "1.234.56",
        "inf",
        True,
        [1],
        "1.234 567",
    ],
)
def test_amount_that_is_none_is_rejected(cell):
    with pytest.raises(ProfileError, match=r"budget: must be (in )?(a|one) "):
        value_of("budget", cell)


@pytest.mark.parametrize("cell", [float("inf"), "1e999", 10**400])
def test_amount_without_end_is_rejected(cell):
    with pytest.raises(ProfileError, match="budget: must be a finite number"):
        value_of("budget", cell)


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("staff", "-1", "staff: must be 0 or more; got -1"),
        ("budget", -0.5, "budget: must be 0 or more; got -0.5"),
        ("founded", "999", "founded: must be a year from 1000 to 2024; got 999"),
        ("founded", 2025, "founded: must be a year from 1000 to 2024; got 2025"),
        ("founded", 1999.5, "founded: must be a year from 1000 to 2024; got 1999.5"),
        ("flag", "green", "flag: must be one of none, observation, yellow, red; got green"),
        ("updated", "2024-06-02", "updated: must not be in the future .today is 2024-06-01.; got 2024-06-02"),
        ("updated", "31/02/2020", "updated: must be a possible date; got '31/02/2020'"),
        ("updated", "13/13/2024", "updated: must be a possible date"),
        ("updated", "yesterday", "updated: must be a date as"),
        ("updated", "1500-01-01", "updated: must be from 1700-01-01 to 2261-12-31; got 1500-01-01"),
        ("updated", "2999", "updated: must be from 1700-01-01 to 2261-12-31; got 2999-01-01"),
        ("updated", True, "updated: must be a date as .*got bool"),
        ("country", {"a": 1}, "country: must be text; got dict"),
        ("country", b"x", "country: must be text; got bytes"),
        ("country", "#REF!", "country: cell holds the spreadsheet error #REF!"),
        ("country", "a\x07b", r"country: text must not hold a control character; got U\+0007 at position 2"),
        ("country", "a\ud800", r"country: text must not hold a lone surrogate; got U\+D800 at position 2"),
        ("country", "x" * 50_001, "country: text must be at most 50,000 characters; got 50,001"),
    ],
)
def test_check_profile_bad_value_is_stated_with_its_column(column, cell, reason):
    with pytest.raises(ProfileError, match=reason):
        value_of(column, cell)


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("kind", "Perusahaan", "business"),
        ("kind", "PEMERINTAH", "public"),
        ("kind", "blob", "other"),
        ("kind", "", ""),
        ("flag", "Tidak Ada", "none"),
        ("flag", "merah", "red"),
        ("flag", None, "none"),
        ("languages", "Bahasa Indonesia; Inggris, ms", ("id", "en", "ms")),
        ("languages", ["Indonesian", "id", "English"], ("id", "en")),
        ("languages", "Dothraki; zh-TW; French", ("dothraki", "zh", "fr")),
        ("excludes", [12, 13.0, "x"], ("12", "13", "x")),
        ("sector", "health; food (rice; corn); health", ("health", "food (rice; corn)")),
        ("sector", ["a;b"], ("a;b",)),
        ("region", "  a\vb\fc\r\nd ", "a b c\nd"),
        ("region", "e\u0301", "é"),
        ("region", "\ufeff\u200b x ", "x"),
        ("region", 55281, "55281"),
        ("indicators", ["one", "two"], "one; two"),
        ("lead", 12.0, "12"),
        ("country", "x" * 50_000, "x" * 50_000),
    ],
)
def test_check_profile_value_becomes_canonical(column, cell, expected):
    assert value_of(column, cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2020-05-03", "2020-05-03"),
        ("2020-05", "2020-05-01"),
        ("2020", "2020-01-01"),
        (2020, "2020-01-01"),
        ("03/05/2020", "2020-05-03"),
        ("2020-05-03T10:00:00Z", "2020-05-03"),
        (dt.datetime(2020, 5, 3, 4), "2020-05-03"),
        (dt.date(2020, 5, 3), "2020-05-03"),
        ("2024-06-01", "2024-06-01"),
    ],
)
def test_updated_date_forms_are_read(cell, expected):
    assert value_of("updated", cell).date().isoformat() == expected


def test_check_profile_fills_every_column():
    profile = check_profile({"Visi": "maju", "jumlah-staf": 4, "shoe_size": 3}, TODAY)
    assert profile["vision"] == "maju"
    assert profile["staff"] == 4
    assert profile["shoe_size"] == 3
    assert (profile["id"], profile["name"], profile["flag"], profile["needs"]) == ("", "", "none", ())
    assert math.isnan(profile["budget"])


def test_check_profile_all_problems_are_reported_together():
    with pytest.raises(ProfileError, match=r"got 4 problem.*needs: .*staff: .*capacity_max: .*flag: "):
        check_profile(
            {"needs": "x (9)", "staff": "many", "flag": "pink", "capacity_min": 9, "capacity_max": 5}, TODAY
        )


@pytest.mark.parametrize("record", [{}, {"id": "a", "name": "b"}, {"vision": "  "}])
def test_check_profile_without_substance_is_refused(record):
    with pytest.raises(ProfileError, match="must fill one of vision, mission, needs, offers"):
        check_profile(record)


def test_check_profile_of_something_else_is_refused():
    with pytest.raises(ProfileError, match="profile must be a dict; got list"):
        check_profile(["a"])


@given(st.text(max_size=200))
def test_split_items_any_text_escaped_is_one_item(text):
    text = text.strip()
    assert [unescape(item) for item in split_items(escape(text))] in ([text], [])


names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
signs = st.text("\\;:()0123456789 ,-ab", max_size=15)


@given(st.one_of(names, signs), st.one_of(names, signs), st.integers(1, 5))
@example(":", "*A", 1)
def test_resource_written_and_read_is_the_same(category, text, weight):
    found = Findings()
    first = read_resources([{"category": category, "text": text or "t", "weight": weight}], found)
    assert read_resources("; ".join(str(resource) for resource in first * 2), found) == first * 2
    assert first or found.problems or found.no_content
    assert not (first and found.problems)


@given(st.one_of(names, signs), st.one_of(names, signs), st.none() | st.dates(dt.date(1700, 1, 1), TODAY))
def test_claim_written_and_read_is_the_same(text, source, date):
    found = Findings()
    first = read_claims([{"text": f"c{text}", "source": source, "date": date}], TODAY, found)
    assert read_claims(str(first[0]), TODAY, found) == first
    assert not found.problems


def test_notes_state_what_was_kept_but_odd():
    record = {
        "id": "=1",
        "name": "@n",
        "kind": "blob",
        "needs": "odd: x; y",
        "languages": "xx-yy; id",
        "shoe": 1,
    }
    notes = read_profiles([record]).notes
    told = dict(zip(notes["column"] + notes["value"].str[:2], notes["reason"], strict=True))
    assert "formula" in told["id=1"]
    assert "formula" in told["name@n"]
    assert "read as other" in told["kindbl"]
    assert "unknown category 'odd' kept" in told["needsod"]
    assert "no category" in told["needsy"]
    assert "unknown language kept" in told["languagesxx"]
    assert "kept as an extra" in told["shoe"]


@pytest.mark.parametrize("source", ["office, Ende", "2024-01-02", "", "SCAI"])
def test_claim_written_as_a_cell_is_read_back(source):
    claim = Claim("fifty wells", source)
    assert evidence_of(str(claim)) == (claim,)


def test_needs_level_of_a_numpy_number_is_read():
    needs = [{"text": "boats", "weight": np.int64(4)}]
    assert check_profile({"id": "a", "name": "A", "needs": needs})["needs"][0].weight == 4


def test_check_profile_many_problems_are_counted():
    record = {"id": "a", "name": "A", "needs": [{"text": "x", "weight": 9}] * 60}
    with pytest.raises(ProfileError, match="60 problem"):
        check_profile(record)
