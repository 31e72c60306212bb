"""Headers and stages of logs: English and Indonesian read alike, and twins are refused."""

import datetime as dt

import pandas as pd
import pytest

from matcher import read_outcomes
from matcher.columns import STAGES, Outcome
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes.reviews import HEADERS
from matcher.tables.values import fold

TODAY = dt.date(2024, 6, 1)
PAIR = {
    "seeker": "a",
    "candidate": "b",
    "stage": "agreed",
    "date": "2023-01-31",
    "seeker_rating": 4,
    "candidate_rating": 2.5,
}
GROUP = {
    "date": "2023-01-31",
    "lead": "a",
    "partners": "b; c",
    "name": "Kopi",
    "vision": "a hill of coffee",
    "mission": "drying coffee",
    "sector": "farming; food",
    "country": "Indonesia",
    "region": "Java",
    "languages": "id",
}
PAIR_TWINS = {
    "seeker": ["Pencari", "pencari mitra", "SEEKER"],
    "candidate": ["kandidat", "Calon", "calon_mitra"],
    "stage": ["tahap", "Tahapan"],
    "date": ["tanggal", "Tgl"],
    "seeker_rating": ["penilaian pencari", "Seeker rating", "nilai_pencari"],
    "candidate_rating": ["penilaian kandidat", "penilaian calon", "Nilai-Kandidat"],
}
GROUP_TWINS = {
    "date": ["tanggal"],
    "lead": ["pemimpin", "Ketua", "mitra utama"],
    "partners": ["mitra", "Para Mitra"],
    "name": ["nama", "Judul"],
    "vision": ["visi"],
    "mission": ["misi", "Teks"],
    "sector": ["sektor", "bidang"],
    "country": ["negara"],
    "region": ["provinsi", "wilayah"],
    "languages": ["bahasa"],
}
TWINS = [
    *[(PAIR, name, twin) for name, twins in PAIR_TWINS.items() for twin in twins],
    *[(GROUP, name, twin) for name, twins in GROUP_TWINS.items() for twin in twins],
]


def read(row):
    return read_outcomes(pd.DataFrame([row]), today=TODAY)


def renamed(row, names):
    return {names.get(name, name): cell for name, cell in row.items()}


def assert_read_alike(one, other):
    assert one.n_rejected == other.n_rejected == 0
    pd.testing.assert_frame_equal(one.kept, other.kept)
    assert one.works == other.works
    assert one.events == other.events


@pytest.mark.parametrize(("row", "name", "twin"), TWINS)
def test_outcomes_header_in_other_words_reads_as_its_twin(row, name, twin):
    assert_read_alike(read(renamed(row, {name: twin})), read(row))


@pytest.mark.parametrize(("row", "twins"), [(PAIR, PAIR_TWINS), (GROUP, GROUP_TWINS)])
def test_outcomes_table_with_all_headers_in_indonesian_reads_as_its_twin(row, twins):
    assert_read_alike(read(renamed(row, {name: words[0] for name, words in twins.items()})), read(row))


@pytest.mark.parametrize(("row", "name", "twin"), TWINS)
def test_outcomes_both_twins_of_a_header_are_refused(row, name, twin):
    twin = f"{twin} " if twin.casefold() == name else twin
    message = f"columns must be unique; got '{name}' and '{twin.strip()}', both read as '{name}'. Rename or"
    with pytest.raises(OutcomeError, match=message):
        read({**row, twin: row[name]})


def test_outcomes_further_columns_that_differ_in_case_are_refused():
    with pytest.raises(OutcomeError, match="got 'Programme' and 'programme', both read as 'programme'"):
        read({**GROUP, "Programme": "x", "programme": "y"})


def test_outcomes_headers_of_neither_kind_are_shown_as_they_were_written():
    with pytest.raises(OutcomeError, match=r"got Pencari, kandidat, Tanggal\. Rename"):
        read({"Pencari": "a", "kandidat": "b", "Tanggal": "2023"})


@pytest.mark.parametrize(
    ("word", "stage"),
    [
        ("diundang", "invited"),
        ("menolak", "declined"),
        ("Ditolak", "declined"),
        ("membalas", "replied"),
        ("bertemu", "met"),
        ("SEPAKAT", "agreed"),
        ("aktif", "active"),
        ("diperpanjang", "renewed"),
        ("berakhir", "ended"),
    ],
)
def test_outcomes_stage_in_indonesian_reads_as_its_twin(word, stage):
    assert_read_alike(read({**PAIR, "stage": word}), read({**PAIR, "stage": stage}))


def test_outcomes_words_stand_for_one_thing_only():
    tables = bundled_toml("matcher.outcomes", "vocabulary.toml")
    for words in tables.values():
        folded = [fold(word) for name, others in words.items() for word in (name, *others)]
        assert len(set(folded)) == len(folded)
    assert set(tables["stages"]) == set(STAGES)
    assert set(tables["headers"]) >= set(Outcome)
    assert set(tables["review_headers"]) == set(HEADERS)
