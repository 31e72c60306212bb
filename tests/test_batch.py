"""`match_batch`: files in, whole files out, broken rows set aside; with the fake encoder."""

import csv
import json
import re
import warnings

import openpyxl
import pandas as pd
import pytest
from batches import match_batch

from matcher.config import Config
from matcher.errors import ConfigError, MatcherError, OutputError, ProfileError

HEADER = "id,name,mission,needs,offers,excludes,updated\n"
ROWS = [
    "a,Aneka,fair coffee,training: courses (5),distribution: trucks,,2023-01-01\n",
    "b,Bina,farmers teach farmers,distribution: trucks (4),training: courses (5),,2023-02-01\n",
    "c,Cipta,boats for clinics,funding: fuel (2),people: nurses,d,2023-03-01\n",
    "d,Daya,clean seas,network: villages (2),funding: fuel (5),,2024-01-01\n",
]
N_PAIRS = 4 * 3 - 2
"""Every pair of the four in both directions, less c and d, who exclude each other."""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "profiles.csv").write_text(HEADER + "".join(ROWS), encoding="utf-8")
    return tmp_path


def batch(folder, encoder, out="out.csv", profiles="profiles.csv", **options):
    return match_batch(folder / profiles, folder / out, encoder=encoder, **options)


def add(folder, *rows):
    with (folder / "profiles.csv").open("a", encoding="utf-8") as file:
        file.writelines(f"{row}\n" for row in rows)


def rows_of(path):
    name = path.name
    if name.endswith(".xlsx"):
        return list(openpyxl.load_workbook(path).active.iter_rows(min_row=2, values_only=True))
    if ".jsonl" in name:
        return pd.read_json(path, lines=True).to_numpy().tolist()
    if name.endswith(".parquet"):
        return pd.read_parquet(path).to_numpy().tolist()
    return pd.read_csv(path, sep="\t" if name.endswith(".tsv") else ",").to_numpy().tolist()


def listed(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("ending", [".csv", ".tsv", ".xlsx", ".parquet", ".jsonl", ".jsonl.gz", ".CSV"])
def test_batch_each_output_format_holds_every_recommendation(folder, encoder, ending):
    report = batch(folder, encoder, out=f"out{ending}")
    assert report.n_recommendations == N_PAIRS
    read = rows_of(folder / f"out{ending}".lower()) if ending != ".CSV" else listed(folder / "out.CSV")
    assert len(read) == N_PAIRS
    assert sorted(path.name for path in folder.iterdir()) == sorted(["profiles.csv", f"out{ending}"])


def test_batch_counts_in_equal_counts_out(folder, encoder):
    add(folder, "e,,no name,,,,", "f,Fajar,,,,,", "a,Again,twice,,,,", ",Gema,good,,,,")
    report = batch(folder, encoder)
    assert (report.n_profiles, report.n_rejected, report.n_seekers, report.n_alone) == (8, 4, 4, 0)
    rejected = listed(report.rejected)
    assert [row["line"] for row in rejected] == ["6", "7", "8", "9"]
    assert [row["id"] for row in rejected] == ["e", "f", "a", ""]
    assert {row["input"] for row in rejected} == {"profiles"}
    assert list(rejected[0]) == ["input", "line", "id", "column", "value", "reason"]
    assert "8 organisations read, 4 rows rejected" in str(report)


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("a,Again,twice,,,,", "id", "id already used on line 2"),
        (f"e,Elok,{'x' * 1_000_000},,,,", "mission", "at most 50,000 characters; got 1,000,000"),
        (",Elok,dry nets,,,,", "id", "must be filled"),
        ("e,Elok,,,,,", "vision, mission, needs, offers", "must fill one of"),
        ("e,Elok,dry nets,,,,,too,many", "", "must have at most 7 cells"),
    ],
)
def test_batch_broken_row_is_set_aside_and_the_others_are_matched(folder, encoder, row, column, reason):
    add(folder, row)
    report = batch(folder, encoder)
    assert (report.n_rejected, report.n_recommendations) == (1, N_PAIRS)
    (problem,) = listed(report.rejected)
    assert (problem["line"], problem["column"]) == ("6", column)
    assert reason in problem["reason"]
    assert len(problem["value"]) <= 201


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("e,Elok,\x07bell,,,,", "mission", "control character; got U+0007"),
        ("e,Elok,dry nets,funding: money (9),,,", "needs", "whole number from 1 to 5; got '9'"),
        ("e,Elok,dry nets,,,,2199-12-31", "updated", "must not be in the future"),
        ("e,Elok,dry nets,,,,31/02/2020", "updated", "must be a possible date"),
        ("e,Elok,dry nets,,,,=cmd()", "updated", "must be a date"),
    ],
)
def test_batch_row_with_an_unreadable_optional_cell_is_kept_with_a_note(folder, encoder, row, column, reason):
    add(folder, row)
    report = batch(folder, encoder)
    assert (report.n_rejected, report.rejected, report.n_seekers) == (0, None, 5)
    assert "e" in {row["seeker"] for row in listed(report.out)}
    (note,) = listed(report.notes)
    assert (note["line"], note["id"], note["column"]) == ("6", "e", column)
    assert reason in note["reason"]
    assert re.search(r"left (out|empty)", note["reason"])
    assert not note["value"].startswith("=")


def test_batch_level_in_words_is_left_out_with_a_note_in_json(folder, encoder):
    records = [{"id": row[0], "name": row, "mission": f"mission {row}"} for row in "ab"]
    records.append({"id": "c", "name": "c", "needs": [{"text": "money", "weight": "much"}]})
    path = folder / "p.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    report = batch(folder, encoder, profiles="p.jsonl")
    assert (report.n_rejected, report.n_seekers) == (0, 3)
    reasons = [(note["id"], note["reason"]) for note in listed(report.notes) if note["column"] == "needs"]
    message = "level must be a whole number from 1 to 5; got 'much'"
    assert [id_ for id_, reason in reasons if message in reason] == ["c"], reasons


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_batch_formulas_in_names_are_texts_in_csv_and_xlsx(folder, encoder, sign):
    name = f"{sign}cmd()"
    add(folder, f"e,{name},dry nets,,,,")
    batch(folder, encoder)
    for header in ("seeker_name", "name"):
        names = {row[header] for row in listed(folder / "out.csv")}
        assert f"'{name}" in names
        assert name not in names
    batch(folder, encoder, out="out.xlsx")
    columns = list(openpyxl.load_workbook(folder / "out.xlsx").active.iter_cols())
    for header in ("seeker_name", "name"):
        (cells,) = (column for column in columns if column[0].value == header)
        assert {cell.data_type for cell in cells} == {"s"}
        assert f"'{name}" in {cell.value for cell in cells}
    assert name not in {cell.value for column in columns for cell in column}


def test_batch_formulas_in_rejected_values_are_texts(folder, encoder):
    add(folder, "=1+1,Elok,,,,,", "=2+2,Elok,dry nets,,,,", "=2+2,Elok,dry nets,,,,", "e,Elok,,,,,=cmd()")
    rejected = listed(batch(folder, encoder).rejected)
    assert {row["id"] for row in rejected} == {"'=1+1", "'=2+2", "e"}
    assert "'=cmd()" in {row["value"] for row in rejected}
    assert not any(cell.startswith("=") for row in rejected for cell in row.values())


def test_batch_stale_files_of_an_earlier_run_are_removed(folder, encoder):
    clean = (folder / "profiles.csv").read_text(encoding="utf-8")
    add(folder, "e,,no name,,,,", "f,Aneka,a twin,,,,")
    report = batch(folder, encoder)
    assert report.rejected.exists()
    assert report.notes.exists()
    (folder / "profiles.csv").write_text(clean, encoding="utf-8")
    report = batch(folder, encoder)
    assert (report.rejected, report.notes) == (None, None)
    assert sorted(path.name for path in folder.iterdir()) == ["out.csv", "profiles.csv"]


def test_batch_duplicates_and_extras_are_noted(folder, encoder):
    add(folder, "f,Aneka,a twin,,,,")
    report = batch(folder, encoder)
    assert report.n_duplicates == 1
    (note,) = listed(report.notes)
    assert (note["id"], note["column"]) == ("a", "name")
    assert note["reason"] == "looks like f (likeness 100 of 100)"


def test_batch_near_duplicates_and_lists_of_words_are_noted_everywhere(folder, encoder):
    words = "hill farmers prune coffee dry cherries raised tables taste every lot sell green beans roasters "
    words = f"{words} abroad cooperative warehouse harbour station reading music garden".split()
    twin = f"We bring {' and '.join(words)} to towns"
    add(folder, *(f'{id_},{name},"{twin}",,data: maps,,' for id_, name in (("f", "Fajar"), ("g", "Gunung"))))
    add(folder, f'h,Hutan,"We farm.\n{", ".join(words)}",,data: maps,,')
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = batch(folder, encoder, report=folder / "report.html")
    assert (report.n_twins, report.n_cut) == (2, 1)
    assert "2 organisations are nearly the same as others: a list has one" in str(report)
    assert "texts of 1 organisations do not count" in str(report)
    reasons = {note["id"]: note["reason"] for note in listed(report.notes)}
    assert reasons["f"] == "nearly the same as g: a list has one of them"
    assert (
        reasons["h"] == "passages that do not count, because they are lists of words or calls to contact: 1"
    )
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "so that a list has one of them: 2<" in page
    assert "some texts do not count (copied from many, or lists of words): 1<" in page
    batch(folder, encoder, out="out.xlsx")
    cells = {cell.value for row in openpyxl.load_workbook(folder / "out.xlsx")["notes"] for cell in row}
    assert {*reasons.values()} <= cells


def test_batch_second_run_writes_the_same_bytes(folder, encoder):
    for ending in (".csv", ".xlsx", ".parquet", ".jsonl.gz"):
        batch(folder, encoder, out=f"one{ending}")
        batch(folder, encoder, out=f"two{ending}")
        assert (folder / f"one{ending}").read_bytes() == (folder / f"two{ending}").read_bytes()


def test_batch_rows_in_another_order_write_the_same_bytes(folder, encoder):
    batch(folder, encoder, out="one.csv")
    (folder / "profiles.csv").write_text(HEADER + "".join(reversed(ROWS)), encoding="utf-8")
    batch(folder, encoder, out="two.csv")
    assert (folder / "one.csv").read_bytes() == (folder / "two.csv").read_bytes()


def test_batch_seekers_may_be_profiles_and_opportunities(folder, encoder):
    seekers = "id,name,mission,lead\ncall-1,Call,coffee for clinics,a\nnew,Newcomer,boats,\n,Nameless,x,\n"
    (folder / "seekers.csv").write_text(seekers, encoding="utf-8")
    report = batch(folder, encoder, seekers=folder / "seekers.csv", k=9)
    assert (report.n_profiles, report.n_rejected, report.n_seekers) == (4, 1, 2)
    pairs = [(row["seeker"], row["candidate"]) for row in listed(report.out)]
    assert {one for one, _ in pairs} == {"call-1", "new"}
    assert {other for one, other in pairs if one == "call-1"} == {"b", "c", "d"}
    assert {other for one, other in pairs if one == "new"} == {"a", "b", "c", "d"}
    assert [row["input"] for row in listed(report.rejected)] == ["seekers"]


def test_batch_seekers_without_any_partner_are_counted(folder, encoder):
    (folder / "s.csv").write_text("id,name,mission,excludes\nx,X,x,a;b;c;d\ny,Y,y,\n", encoding="utf-8")
    report = batch(folder, encoder, seekers=folder / "s.csv", k=2)
    assert (report.n_seekers, report.n_alone, report.n_recommendations) == (2, 1, 2)
    assert "1 seekers have no eligible partner" in str(report)


def test_batch_history_rejects_its_broken_rows_and_feeds_trust(folder, encoder):
    log = "seeker,candidate,stage,date\na,d,agreed,2022-01-01\na,b,wed,2022-01-01\n"
    (folder / "history.csv").write_text(log, encoding="utf-8")
    report = batch(folder, encoder, history=folder / "history.csv")
    assert report.n_rejected == 1
    (problem,) = listed(report.rejected)
    assert (problem["input"], problem["line"], problem["column"]) == ("history", "3", "stage")
    trust = {(row["seeker"], row["candidate"]): float(row["trust"]) for row in listed(report.out)}
    assert trust["a", "d"] > trust["b", "d"]


def test_batch_settings_decide_the_score(folder, encoder):
    settings = Config.from_dict({"weights": {"complementarity": 1}, "market": {"strength": 0}})
    rows = listed(batch(folder, encoder, config=settings).out)
    pairs = sorted((float(row["complementarity"]), float(row["seeker_gain"])) for row in rows)
    assert [gain for _, gain in pairs] == sorted(gain for _, gain in pairs)
    assert len({gain for _, gain in pairs}) == len({met for met, _ in pairs}) > 1
    assert all(row["score"] == row["mutual"] for row in rows)


def test_batch_language_decides_the_texts(folder, encoder):
    texts = [row["concerns"] for row in listed(batch(folder, encoder, lang="id").out)]
    assert all("profil mereka tidak memuat bukti" in text for text in texts)


def test_batch_k_limits_each_seeker_and_may_exceed_the_pool(folder, encoder):
    assert batch(folder, encoder, k=1).n_recommendations == 4
    assert batch(folder, encoder, k=1000).n_recommendations == N_PAIRS


def refused(folder, encoder, error, message, **options):
    """Check that a batch fails in one clear line and leaves what stood at `out` as it was."""
    (folder / "out.csv").write_text("earlier", encoding="utf-8")
    with pytest.raises(MatcherError, match=message) as caught:
        batch(folder, encoder, **options)
    assert isinstance(caught.value, error)
    assert "\n" not in str(caught.value)
    assert (folder / "out.csv").read_text(encoding="utf-8") == "earlier"
    assert [path.name for path in folder.iterdir() if path.name.endswith(".tmp")] == []


@pytest.mark.parametrize("k", [0, -3, True, 1.5])
def test_batch_wrong_k_is_refused_before_anything_is_read(folder, encoder, k):
    refused(folder, encoder, ConfigError, "k must be a whole number", k=k, profiles="missing.csv")


def test_batch_unknown_language_is_refused_before_texts_are_encoded(folder):
    class Untouched:
        def encode(self, texts, *, progress=False):
            raise AssertionError("hours of encoding before a typing error is told")

    refused(folder, Untouched(), ConfigError, "lang must be one of en, id; got 'fr'", lang="fr")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER + ROWS[0], "at least two usable organisations; got 1 of 1 rows"),
        (HEADER + "a,A,,,,,\nb,B,,,,,\n", "at least two usable organisations; got 0 of 2 rows"),
        (HEADER, r"profiles\.csv must hold at least one row below the header"),
        ("", r"profiles\.csv must"),
        ("kode,judul\n1,x\n", "columns must include name and one of .*missing: name"),
        ("x,y\n1,2\n", "columns must include name"),
    ],
)
def test_batch_unusable_profiles_are_refused(folder, encoder, content, message):
    (folder / "profiles.csv").write_text(content, encoding="utf-8")
    refused(folder, encoder, ProfileError, message)


def test_batch_rejected_rows_are_written_even_where_too_few_are_left(folder, encoder):
    (folder / "profiles.csv").write_text(HEADER + "a,A,,,,,\nb,B,,,,,\n", encoding="utf-8")
    refused(folder, encoder, ProfileError, "got 0 of 2 rows")
    assert len(listed(folder / "out.csv.rejected.csv")) == 2


def test_batch_seekers_all_broken_are_refused_with_the_reasons_written(folder, encoder):
    (folder / "s.csv").write_text("id,name,mission\n,A,x\nb,,y\n", encoding="utf-8")
    refused(folder, encoder, ProfileError, "must hold at least one usable seeker", seekers=folder / "s.csv")
    assert len(listed(folder / "out.csv.rejected.csv")) == 2


def test_batch_pool_of_two_that_exclude_each_other_ends_with_an_empty_table(folder, encoder):
    (folder / "profiles.csv").write_text(HEADER + ROWS[2] + ROWS[3], encoding="utf-8")
    report = batch(folder, encoder)
    assert (report.n_recommendations, report.n_alone) == (0, 2)
    assert listed(report.out) == []


def test_batch_folder_in_the_place_of_the_rejected_file_is_refused(folder, encoder):
    (folder / "out.csv.rejected.csv").mkdir()
    refused(folder, encoder, OutputError, r"out\.csv\.rejected\.csv must be a file; got a folder")


def test_batch_out_in_the_place_of_an_input_is_refused(folder, encoder):
    before = (folder / "profiles.csv").read_bytes()
    with pytest.raises(MatcherError, match="must not be"):
        batch(folder, encoder, out="profiles.csv")
    assert (folder / "profiles.csv").read_bytes() == before


@pytest.mark.parametrize("explain", ["none", "top", "all"])
@pytest.mark.parametrize("ending", [".csv", ".parquet", ".xlsx"])
def test_batch_texts_are_those_that_are_asked_for(folder, encoder, monkeypatch, explain, ending):
    monkeypatch.setattr("matcher.output.lists.TOP", 1)
    done = batch(folder, encoder, out=f"out{ending}", explain=explain)
    assert done.n_recommendations == len(rows_of(done.out)) == N_PAIRS
    assert ("reasons of the first 1 of each list only" in str(done)) == (explain == "top")
    if ending != ".xlsx":
        table = pd.read_parquet(done.out) if ending == ".parquet" else pd.read_csv(done.out)
        assert ("reasons_seeker" in table) == (explain != "none")
        if explain != "none":
            is_empty = table["reasons_seeker"].fillna("") == ""
            assert (is_empty == ((table["rank"] > 1) & (explain == "top"))).all()


def test_batch_report_without_reasons_is_refused(folder, encoder):
    with pytest.raises(ConfigError, match="must go with reasons"):
        batch(folder, encoder, report=folder / "report.html", explain="none")
    assert not (folder / "out.csv").exists()
