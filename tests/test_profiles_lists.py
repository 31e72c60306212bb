"""Lists, languages, needs, evidence and texts as people fill them in; cells without content."""

import datetime as dt

import pytest
from test_profiles_values import read, reasons, table_of

from matcher.profiles import Claim, Resource, read_profiles


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("en\nid", ("en", "id")),
        ("Indonesia dan Inggris", ("id", "en")),
        ("English and Swahili", ("en", "sw")),
        ("Indonesian, English, and Dutch", ("id", "en", "nl")),
        ("id-en", ("id", "en")),
        ("en-id", ("en", "id")),
        ("EN/ID", ("en", "id")),
        ("en-ID", ("en",)),
        ("pt-br", ("pt",)),
        ("zh-TW", ("zh",)),
        ("Indonesia & Inggris", ("id", "en")),
        ("Indonesia；Inggris", ("id", "en")),
        ("Indonesia - Inggris", ("id", "en")),
        ("Bahasa Indonesia Bahasa Inggris", ("id", "en")),
        ("B. Indonesia (aktif), B. Inggris (lisan, tulisan)", ("id", "en")),
        ("• Indonesia\n• Inggris", ("id", "en")),
        ("1. Indonesia 2. Inggris", ("id", "en")),
        ('["id", "en"]', ("id", "en")),
        ("['id', 'en']", ("id", "en")),
        ("Indonesia, Bugis", ("id", "bug")),
        ("Inggriss", ("en",)),
        ("no", ("no",)),
        ("Bilingual (Indonesia & Inggris)", ("id", "en")),
        ("Utama: Indonesia; lainnya: Inggris", ("id", "en")),
        ("English only", ("en",)),
        ("Dothraki", ()),
        ("Dothraki; id", ("dothraki", "id")),
        ("n/a", ()),
        ("belum diketahui", ()),
    ],
)
def test_languages_are_read_however_they_are_separated(cell, expected):
    assert read("languages", cell)[0] == expected


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ("channels", "email, whatsapp", ("email", "whatsapp")),
        ("channels", "Email/WA", ("Email", "WA")),
        ("channels", "email dan telepon", ("email", "telepon")),
        ("channels", "email / tidak ada", ("email",)),
        ("channels", "-, email", ("email",)),
        ("channels", '[null, "email"]', ("email",)),
        ("channels", "24/7 hotline", ("24/7 hotline",)),
        ("channels", "meetings in Java and Bali islands", ("meetings in Java and Bali islands",)),
        ("sector", "tani\npangan", ("tani", "pangan")),
        ("sector", "• tani • pangan", ("tani", "pangan")),
        ("sector", "-tani\n-pangan", ("tani", "pangan")),
        ("sector", "1) tani 2) pangan", ("tani", "pangan")),
        ("sector", "a. tani\nb. pangan", ("tani", "pangan")),
        ("sector", "tani | pangan", ("tani", "pangan")),
        ("sector", "tani；pangan", ("tani", "pangan")),
        ("sector", '["tani", "pangan"]', ("tani", "pangan")),
        ("sector", "Pertanian, Kehutanan, dan Perikanan", ("Pertanian, Kehutanan, dan Perikanan",)),
        ("sector", "tani, pangan, laut", ("tani", "pangan", "laut")),
        ("sector", "tani / pangan / laut", ("tani", "pangan", "laut")),
        ("sector", "hasil hutan bukan kayu, pangan, laut", ("hasil hutan bukan kayu, pangan, laut",)),
        ("sector", "health; n/a; #REF!", ("health",)),
        ("products", "3D printing", ("3D printing",)),
        ("excludes", "org-2\norg-3; -", ("org-2", "org-3")),
    ],
)
def test_lists_are_divided_where_an_item_cannot_hold_the_separator(column, cell, expected):
    assert read(column, cell)[0] == expected


def test_lists_are_divided_at_commas_where_the_column_has_no_other_separator():
    table = table_of("sector", "health, food", "food, energy", "energy")
    assert table.kept["sector"].tolist() == [("health", "food"), ("food", "energy"), ("energy",)]
    assert reasons(table) == ["commas read as separators; write semicolons to be sure"]


def test_lists_with_semicolons_are_divided_at_commas_between_known_items_only():
    table = table_of("sector", "health; food", "food, health", "oil, gas and coal; food")
    assert table.kept["sector"].tolist() == [
        ("health", "food"),
        ("food", "health"),
        ("oil, gas and coal", "food"),
    ]


def test_lists_of_one_cell_that_are_divided_at_commas_are_noted():
    table = table_of("sector", "health; food", "tani / pangan / laut", "food / health")
    assert table.kept["sector"].tolist() == [
        ("health", "food"),
        ("tani", "pangan", "laut"),
        ("food", "health"),
    ]
    assert reasons(table) == ["commas read as separators; write semicolons to be sure"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("• dana: a (5)\n• pelatihan: b (3)", [("funding", "a", 5), ("training", "b", 3)]),
        ("1. technology: a (5); 2. expertise: b (4)", [("technology", "a", 5), ("expertise", "b", 4)]),
        ("funding: a (5)\ntraining: b", [("funding", "a", 5), ("training", "b", 3)]),
        ("Dana\nPelatihan", [("funding", "Dana", 3), ("training", "Pelatihan", 3)]),
        ("Kami butuh dana\nuntuk petani", [("", "Kami butuh dana\nuntuk petani", 3)]),
        ("funding：a（5）；training：b", [("funding", "a", 5), ("training", "b", 3)]),
        ("funding: a (5/5)", [("funding", "a", 5)]),
        ("funding: a (4,0)", [("funding", "a", 4)]),
        ("funding: a [4].", [("funding", "a", 4)]),
        ("funding: a (★★)", [("funding", "a", 2)]),
        ("funding: a (5 - sangat penting)", [("funding", "a", 5)]),
        ("funding: a (high)", [("funding", "a", 4)]),
        ("dana: a (sangat penting)", [("funding", "a", 5)]),
        ("dana: 40 farms (100)", [("funding", "40 farms (100)", 3)]),
        ("<ul><li>dana: a</li><li>data: b</li></ul>", [("funding", "a", 3), ("data", "b", 3)]),
        ("data: R&amp;D (4)", [("data", "R&D", 4)]),
        ('[{"category": "dana", "text": "a", "weight": 5}]', [("funding", "a", 5)]),
        ("rice, corn and beans", [("", "rice, corn and beans", 3)]),
        ("dana: tidak ada; data: b", [("data", "b", 3)]),
    ],
)
def test_needs_are_divided_and_their_levels_read(cell, expected):
    assert read("needs", cell)[0] == tuple(Resource(*parts) for parts in expected)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a (Kompas, 12 Maret 2020)", ("a", "Kompas", dt.date(2020, 3, 12))),
        ("a (Ministry, March 12, 2020)", ("a", "Ministry", dt.date(2020, 3, 12))),
        ("a (b, 31/02/2020)", ("a", "b, 31/02/2020", None)),
        ("• a (b, n/a)", ("a", "b", None)),
    ],
)
def test_evidence_keeps_its_claim_whatever_its_date(cell, expected):
    assert read("evidence", cell)[0] == (Claim(*expected),)


EMPTY = [
    "N/A",
    "n/a",
    "n.v.t.",
    "-",
    "—",
    "...",
    "tidak ada",
    "Belum ada.",
    "TBD",
    "nil",
    "none",
    "NaN",
    "unknown",
]
TEXTS = [
    "needs",
    "offers",
    "mission",
    "goals_short",
    "working_style",
    "region",
    "indicators",
    "evidence",
    "products",
]


@pytest.mark.parametrize("cell", EMPTY)
@pytest.mark.parametrize("column", [*TEXTS, "kind", "excludes", "budget", "updated", "lead", "languages"])
def test_cells_without_content_are_empty_with_a_note(column, cell):
    value, notes = read(column, cell)
    assert str(value) in ("", "()", "none", "nan", "NaT")
    assert notes == [f"read as empty, for it says nothing: 1 x {cell!r}"]


@pytest.mark.parametrize(
    "cell",
    [
        "n/a (not applicable)",
        "tidak ada kebutuhan saat ini",
        "not applicable at this time",
        "None / tidak ada",
    ],
)
def test_cells_that_say_none_in_more_words_are_empty(cell):
    assert read("needs", cell)[0] == ()


@pytest.mark.parametrize("cell", ["0", 0, "no", "tidak"])
def test_answers_are_no_content_of_texts(cell):
    assert read("needs", cell)[0] == ()


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("country", "NA"),
        ("country", "NO"),
        ("name", "None"),
        ("name", "Nil Foundation"),
        ("name", "NA"),
        ("id", "0"),
        ("mission", "0812-3456-7890"),
        ("mission", "No plastic"),
        ("region", "12"),
    ],
)
def test_true_values_that_look_like_no_content_stay(column, cell):
    assert read(column, cell)[0] == cell


@pytest.mark.parametrize("cell", ["-", "N/A", "tidak ada", "#N/A"])
@pytest.mark.parametrize("column", ["id", "name"])
def test_required_cells_without_content_are_rejected(column, cell):
    assert table_of(column, cell).n_rejected == 1


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("We train._x000D_\nWe sell._x000D_\n", "We train.\nWe sell."),
        ("<p>Rice &amp; <b>corn</b></p>", "Rice & corn"),
        ("&amp;lt;p&amp;gt;Rice", "Rice"),
        ("Rice&nbsp;&#39;n&#x27; corn", "Rice 'n' corn"),
        ("<!-- x --><style>p {}</style>Rice", "Rice"),
        ("Ri\x07ce", "Ri ce"),
        ("#SPILL!", ""),
        ("#NV", ""),
        ("Err:502", ""),
        ("#########", ""),
    ],
)
def test_texts_are_cleaned_with_a_note(cell, expected):
    value, notes = read("mission", cell)
    assert value == expected
    assert len(notes) == 1


@pytest.mark.parametrize("cell", ["5 < 6 & 7 > 3", "AT&T; R&D;", "a <b@c.org>", "#1 in rice", "_x_"])
def test_texts_with_signs_of_markup_stay(cell):
    assert read("mission", cell) == (cell, [])


@pytest.mark.parametrize("cell", ["email, -, whatsapp", "email; -; whatsapp"])
def test_channels_without_content_are_noted(cell):
    table = read_profiles([{"id": 1, "name": "a", "mission": "m", "channels": cell}])
    assert table.kept.at[0, "channels"] == ("email", "whatsapp")
    assert table.notes["reason"].tolist() == ["read as empty, for it says nothing: 1 x '-'"]
