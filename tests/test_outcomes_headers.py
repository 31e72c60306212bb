"""Headers and stages of logs: English and Indonesian read alike, and twins are refused."""

import datetime as dt

import pandas as pd
import pytest

from matcher import read_outcomes
from matcher.columns import STAGES, Outcome
from matcher.commands.inputs import read_inputs
from matcher.commands.terminal import Request
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes.log import OutcomeLog
from matcher.outcomes.records import REVIEW_HEADERS
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
    for words in (words for table, words in tables.items() if "form" not in table):
        folded = [fold(word) for name, others in words.items() for word in (name, *others)]
        assert len(set(folded)) == len(folded)
    assert set(tables["stages"]) == set(STAGES)
    assert set(tables["headers"]) >= set(Outcome)
    assert set(tables["review_headers"]) == set(REVIEW_HEADERS)


TITLED = "Catatan hasil kemitraan 2024\n\n{}\na,b,bertemu,2024-11-02\nb,c,sepakat,2024-12-02\n"


def test_outcomes_below_title_rows_are_read(tmp_path):
    (tmp_path / "o.csv").write_text(TITLED.format("Pencari,Kandidat,Tahap,Tanggal"))
    assert read_outcomes(tmp_path / "o.csv").kept["stage"].tolist() == ["met", "agreed"]


@pytest.mark.parametrize("by_file", [False, True])
def test_outcomes_with_other_headers_are_recorded_by_a_mapping(tmp_path, by_file):
    (tmp_path / "o.csv").write_text(TITLED.format("Lembaga 1,Lembaga 2,Tahap,Tanggal"))
    mapping = {"Lembaga 1": "seeker", "Lembaga 2": "kandidat"}
    if by_file:
        lines = [f'"{header}" = "{column}"' for header, column in mapping.items()]
        mapping = tmp_path / "m.toml"
        mapping.write_text("\n".join(["[columns]", *lines]))
    log = OutcomeLog(tmp_path / "log.db")
    assert log.record_many(tmp_path / "o.csv", mapping=mapping).n_rejected == 0
    assert log.entries()["seeker"].tolist() == ["a", "b"]
    with pytest.raises(OutcomeError, match="mapping must name headers of the table"):
        log.record_many(tmp_path / "o.csv", mapping={"Lembaga 3": "seeker"})


def test_ids_of_a_history_that_are_written_otherwise_are_noted(tmp_path):
    (tmp_path / "p.csv").write_text("id,name,mission\norg-007,Aneka,coffee\norg-8,Bina,courses\n")
    (tmp_path / "h.csv").write_text("seeker,candidate,stage,date\nORG-7,Bina,met,2024-11-02\n")
    inputs = read_inputs(Request(tmp_path / "p.csv", history=tmp_path / "h.csv"))
    assert inputs.notes()[["input", "id", "value"]].values.tolist() == [
        ["history", "org-8", "Bina"],
        ["history", "org-007", "ORG-7"],
    ]
    assert inputs.history.kept["seeker"].tolist() == ["org-007"]
