import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.columns import FLAGS, KINDS, Profile
from matcher.errors import ProfileError
from matcher.files import bundled_toml
from matcher.profiles import read_profiles
from matcher.profiles.vocabulary import column_of, language_of, meaning_of
from matcher.tables.values import fold

WORDS = bundled_toml("matcher.profiles", "vocabulary.toml")


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("ID", "id"),
        (" Nama ", "name"),
        ("JENIS", "kind"),
        ("sektor", "sector"),
        ("Bidang", "sector"),
        ("produk", "products"),
        ("pasar", "markets"),
        ("bahasa", "languages"),
        ("saluran", "channels"),
        ("Kanal", "channels"),
        ("nilai", "values"),
        ("pengecualian", "excludes"),
        ("negara", "country"),
        ("wilayah", "region"),
        ("Provinsi", "region"),
        ("daerah", "region"),
        ("gaya-kerja", "working_style"),
        ("Working Style", "working_style"),
        ("visi", "vision"),
        ("MISI", "mission"),
        ("Tujuan Jangka Pendek", "goals_short"),
        ("tujuan_jangka_panjang", "goals_long"),
        ("Short-term goals", "goals_short"),
        ("indikator", "indicators"),
        ("kebutuhan", "needs"),
        ("penawaran", "offers"),
        ("Sumber Daya", "offers"),
        ("tawaran", "offers"),
        ("Jumlah Staf", "staff"),
        ("jumlah pegawai", "staff"),
        ("anggaran", "budget"),
        ("Tahun Berdiri", "founded"),
        ("kapasitas min", "capacity_min"),
        ("Kapasitas Maks", "capacity_max"),
        ("bukti", "evidence"),
        ("tanda", "flag"),
        ("bendera", "flag"),
        ("diperbarui", "updated"),
        ("pemimpin", "lead"),
        ("ketua mitra", "lead"),
        ("rating", None),
        ("", None),
    ],
)
def test_header_in_either_language_is_known(header, column):
    assert column_of(header) == column


@pytest.mark.parametrize("column", list(Profile))
def test_header_canonical_name_stands_for_itself(column):
    assert column_of(column.value.upper().replace("_", " - ")) is column


@pytest.mark.parametrize("table", ["headers", "categories", "kinds", "flags", "languages"])
def test_vocabulary_no_word_means_two_things(table):
    words = WORDS[table]
    folded = [fold(word) for name, others in words.items() for word in (name, *others)]
    assert len(set(folded)) == len(folded)


def test_vocabulary_covers_every_canonical_word():
    assert set(WORDS["headers"]) == set(Profile)
    assert set(WORDS["kinds"]) == set(KINDS)
    assert set(WORDS["flags"]) == set(FLAGS)
    assert all(language_of(code) == code for code in WORDS["languages"])


@pytest.mark.parametrize(
    ("word", "category"),
    [
        ("pendanaan", "funding"),
        ("Dana", "funding"),
        ("keahlian", "expertise"),
        ("jaringan", "network"),
        ("SDM", "people"),
        ("tenaga", "people"),
        ("orang", "people"),
        ("relawan", "people"),
        ("teknologi", "technology"),
        ("data", "data"),
        ("fasilitas", "facilities"),
        ("sarana", "facilities"),
        ("konten", "content"),
        ("distribusi", "distribution"),
        ("reputasi", "reputation"),
        ("kebijakan", "policy"),
        ("pelatihan", "training"),
        ("bahan", "materials"),
        ("material", "materials"),
        ("riset", "research"),
        ("penelitian", "research"),
        ("other", None),
    ],
)
def test_category_word_is_known(word, category):
    assert meaning_of(word, "categories") == category


@pytest.mark.parametrize(
    ("table", "word", "meaning"),
    [
        ("kinds", "usaha", "business"),
        ("kinds", "swasta", "business"),
        ("kinds", "pendidikan", "education"),
        ("kinds", "sosial", "social"),
        ("kinds", "publik", "public"),
        ("kinds", "pemerintah", "public"),
        ("kinds", "blob", None),
        ("flags", "pengamatan", "observation"),
        ("flags", "kuning", "yellow"),
        ("flags", "green", None),
    ],
)
def test_word_of_a_table_has_its_meaning(table, word, meaning):
    assert meaning_of(word, table) == meaning


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Inggris", "en"),
        ("Bahasa Indonesia", "id"),
        ("Jawa", "jv"),
        ("Tionghoa", "zh"),
        ("Norwegian", "no"),
        ("EN_gb", "en"),
        ("", None),
        ("zz", None),
    ],
)
def test_language_word_has_its_code(word, code):
    assert language_of(word) == code


@given(st.text())
def test_words_of_any_text_are_looked_up_without_error(text):
    assert meaning_of(text, "kinds") in (*KINDS, None)
    code = language_of(text)
    assert code is None or (len(code) in (2, 3) and code.isalpha())


def test_headers_for_the_same_column_the_fuller_one_is_read():
    table = read_profiles([{"id": 1, "name": "a", "visi": "", "Vision": "v"}])
    assert table.kept.loc[0, ["vision", "visi"]].tolist() == ["v", ""]
    assert (
        "also means vision, which is read from 'Vision'; kept as an extra" in table.notes["reason"].tolist()
    )


def test_headers_that_are_equal_extras_are_kept_apart(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,vision,score,score\n1,a,v,1,2\n")
    table = read_profiles(path)
    assert table.kept.loc[0, ["score", "score (column 5)"]].tolist() == [1.0, 2.0]
    assert "name used twice; this one is kept as 'score (column 5)'" in table.notes["reason"].tolist()


def test_headers_missing_are_named_with_those_found_and_a_guess():
    with pytest.raises(ProfileError) as caught:
        read_profiles([{"id": 1, "nmae": "a", "country": "x", "shoe": 3}])
    message = str(caught.value)
    assert "missing: name, one of vision, mission, needs, offers" in message
    assert "found: id, country, nmae, shoe" in message
    assert "Did you mean 'nmae' as name?" in message


def test_headers_missing_without_a_guess_say_what_to_do():
    with pytest.raises(ProfileError, match=r"missing: name; found: id, vision\. Name the columns so"):
        read_profiles([{"id": "a", "vision": "v"}])


def test_headers_misspelt_optional_column_is_noted():
    notes = read_profiles([{"id": 1, "name": "a", "mission": "v", "anggran": 5}]).notes
    assert notes.loc[0, "reason"] == "unknown column, kept as an extra; if it holds budget, rename it so"
    assert notes.loc[0, "line"] == 0


def test_headers_empty_columns_are_dropped_and_unnamed_ones_kept(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,vision,,,\n1,a,v,,x,\n")
    table = read_profiles(path)
    assert table.kept.columns[-1] == "column_5"
    assert table.kept.loc[0, "column_5"] == "x"
    assert table.notes["line"].tolist() == [1, 1]


def test_headers_with_control_characters_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,vision,a\x01\n1,a,v,x\n")
    with pytest.raises(ProfileError, match=r"header 4 must be a short text; .*U\+0001"):
        read_profiles(path)


def test_column_without_header_is_noted_even_beside_a_broken_record(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,vision,\na,A,x,1\nb,B,x,2,3\n", encoding="utf-8")
    table = read_profiles(path)
    assert table.n_rejected == 1
    assert ("column_4", 1) in set(zip(table.notes["column"], table.notes["line"], strict=True))
