"""Workbooks of recommendations: opened as a spreadsheet program would, and read back as a table."""

import datetime as dt

import numpy as np
import openpyxl
import pandas as pd
import pytest
from batches import match_batch
from openpyxl.utils import get_column_letter

from matcher.columns import REMARKS, Recommendation, Rejection
from matcher.documents.language import Messages
from matcher.errors import ConfigError, OutputError
from matcher.features import COMPONENT_NAMES
from matcher.output import results
from matcher.output.results import write_recommendations

TITLES = {
    "en": ["recommendations", "rejected", "notes", "columns"],
    "id": ["rekomendasi", "ditolak", "catatan", "kolom"],
}
FINDING_COLUMNS = ["input", *(str(column) for column in Rejection)]
COMPONENTS = list(COMPONENT_NAMES)
BEFORE = list(Recommendation)[: list(Recommendation).index(Recommendation.PRICE)]
SCORE_COLUMNS = [*BEFORE, *COMPONENTS, Recommendation.PRICE, Recommendation.COMPLETENESS]
PAYLOADS = ["=1+1", '=HYPERLINK("http://x","y")', "+1", "-x", "@SUM(A1)", "\tx", "\rx", "#N/A", "{=1}"]


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({str(name): rng.uniform(0, 1, 4).round(6) for name in SCORE_COLUMNS})
    table["seeker"] = ["a", "a", "b", "b"]
    table["candidate"] = ["b", "c", "a", "007"]
    table["name"] = ["Bina", "Cipta", "Aneka", "NA"]
    table["rank"] = [1, 2, 1, 2]
    for name, top in (("score", 0.3), ("mutual", 0.35), ("seeker_gain", 0.4), ("candidate_gain", 0.5)):
        table[name] = [top, 0.2, 0.1, 0.05]
    table["culture"] = [0.5, np.nan, np.nan, np.nan]
    for name in REMARKS:
        table[str(name)] = ["first reason | second reason", "one", "", "x " * 300]
    return table


def findings(*rows):
    return pd.DataFrame(rows, columns=FINDING_COLUMNS)


REJECTED = findings(("profiles", 3, "d", "name", "", "must be filled"))
NOTES = findings(("profiles", 4, "e", "kind", "club", "unknown kind, read as other"))


@pytest.fixture
def written(tmp_path, frame):
    def write(lang="en", recommendations=frame, rejected=REJECTED, notes=NOTES):
        path = tmp_path / f"out.{lang}.xlsx"
        write_recommendations(recommendations, rejected, notes, path, lang)
        return openpyxl.load_workbook(path)

    return write


def values(sheet):
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def bars_of(sheet):
    """Return, by column name, the ends of each data bar and its colour."""
    names = {get_column_letter(place): cell.value for place, cell in enumerate(sheet[1], start=1)}
    found = {}
    for cells in sheet.conditional_formatting:
        for rule in cells.rules:
            if rule.type == "dataBar":
                ends = [(end.type, end.val) for end in rule.dataBar.cfvo]
                letter = str(cells.sqref).split("2:")[0]
                assert str(cells.sqref) == f"{letter}2:{letter}{sheet.max_row}"
                found[names[letter]] = (*ends, rule.dataBar.color.rgb[-6:])
    return found


@pytest.mark.parametrize("lang", ["en", "id"])
def test_workbook_sheets_are_named_in_the_readers_language(written, lang):
    assert written(lang).sheetnames == TITLES[lang]


@pytest.mark.parametrize("lang", ["en", "id"])
def test_workbook_read_back_equals_the_table(tmp_path, written, frame, lang):
    written(lang)
    labels = [Messages(lang).say_header(name, "column") for name in frame.columns]
    texts = dict.fromkeys((labels[frame.columns.get_loc(name)] for name in ("candidate", "name")), str)
    path = tmp_path / f"out.{lang}.xlsx"
    read = pd.read_excel(path, dtype=texts, keep_default_na=False, na_values=[])
    assert read.columns.tolist() == labels
    assert (labels == frame.columns.tolist()) == (lang == "en")
    read.columns = frame.columns
    read["culture"] = pd.to_numeric(read["culture"])
    for name in frame.columns:
        assert read[name].tolist() == pytest.approx(frame[name].tolist(), nan_ok=True), name


def test_workbook_header_and_first_columns_stay_in_sight(written):
    book = written()
    assert book["recommendations"].freeze_panes == "E2"
    assert book["rejected"].freeze_panes == "D2"
    assert book["columns"].freeze_panes == "C2"


def test_workbook_every_sheet_has_a_filter_over_all_rows(written, frame):
    book = written()
    assert book["recommendations"].auto_filter.ref == f"A1:{get_column_letter(frame.shape[1])}5"
    assert book["rejected"].auto_filter.ref == "A1:F2"
    assert book["notes"].auto_filter.ref == "A1:F2"


def test_workbook_bars_of_gains_share_a_scale_and_those_of_components_go_to_one(written):
    bars = bars_of(written()["recommendations"])
    assert set(bars) == {"score", "mutual", "seeker_gain", "candidate_gain", *COMPONENTS}
    for name in ("score", "mutual", "seeker_gain", "candidate_gain"):
        assert bars[name][:2] == (("num", 0.0), ("num", 0.5))
    for name in COMPONENTS:
        assert bars[name][:2] == (("num", 0.0), ("num", 1.0))
    assert bars["conflict"][2] != bars["trust"][2]


def test_workbook_line_between_seekers_covers_every_cell(written, frame):
    sheet = written()["recommendations"]
    lines = [
        (str(cells.sqref), rule.formula, rule.dxf.border.top.style)
        for cells in sheet.conditional_formatting
        for rule in cells.rules
        if rule.type == "expression"
    ]
    assert lines == [(f"A2:{get_column_letter(frame.shape[1])}5", ["$A2<>$A1"], "thin")]


def test_workbook_scores_have_two_decimals_and_ranks_none(written):
    sheet = written()["recommendations"]
    shown = {cell.value: sheet.cell(2, cell.column).number_format for cell in sheet[1]}
    small_too = {"score", "mutual", "seeker_gain", "candidate_gain", "price"}
    assert {shown[name] for name in small_too} == {"[<0.001]0.000000;[<0.1]0.0000;0.00"}
    others = {*SCORE_COLUMNS} - {"seeker", "seeker_name", "candidate", "name", "rank", "band"} - small_too
    assert {shown[name] for name in others} == {"0.00"}
    assert shown["rank"] == "General"


def test_workbook_reasons_are_wrapped_in_wide_columns_and_keep_their_separator(written):
    sheet = written()["recommendations"]
    for cell in sheet[1]:
        if cell.value in REMARKS:
            below = sheet.cell(2, cell.column)
            assert below.value == "first reason | second reason"
            assert below.alignment.wrap_text is True
            assert below.alignment.vertical == "top"
            assert sheet.column_dimensions[cell.column_letter].width == 44


def prints_in_landscape_on_pages_as_wide_as_the_table(sheet):
    setup = sheet.page_setup
    found = (
        setup.orientation,
        setup.fitToWidth,
        setup.fitToHeight,
        sheet.sheet_properties.pageSetUpPr.fitToPage,
    )
    return found == ("landscape", 1, 0, True)


def test_workbook_is_printed_in_landscape_header_and_names_on_every_page(written):
    book = written()
    assert all(map(prints_in_landscape_on_pages_as_wide_as_the_table, book))
    first = book.worksheets[0]
    assert first.print_title_rows == "$1:$1"
    assert first.print_title_cols == "$A:$D"
    header = [cell.value for cell in first[1]]
    last = get_column_letter(header.index(REMARKS[-1]) + 1)
    assert first.print_area == f"'{first.title}'!$A$1:${last}$5"


@pytest.mark.parametrize(("n_letters", "n_lines"), [(5, 1), (100, 3), (1000, 24), (30_000, 27.3)])
def test_workbook_rows_are_as_high_as_their_longest_text(written, frame, n_letters, n_lines):
    long = frame.assign(concerns=["x" * n_letters, *frame["concerns"][1:]])
    sheet = written(recommendations=long).worksheets[0]
    assert sheet.row_dimensions[2].height == pytest.approx(15 * n_lines, rel=0.01)
    assert sheet.row_dimensions[3].height < 100


def test_workbook_every_header_fits_its_column(written):
    for sheet in written().worksheets:
        for cell in sheet[1]:
            assert (
                sheet.column_dimensions[cell.column_letter].width >= max(map(len, cell.value.split())) + 2
            ), cell.value
            assert cell.font.bold


def test_workbook_findings_are_in_their_sheets(written):
    book = written()
    assert values(book["rejected"]) == [
        FINDING_COLUMNS,
        ["profiles", 3, "d", "name", None, "must be filled"],
    ]
    assert values(book["notes"])[1] == ["profiles", 4, "e", "kind", "club", "unknown kind, read as other"]


def test_workbook_without_findings_or_recommendations_still_opens(written, frame):
    book = written(recommendations=frame.head(0), rejected=findings(), notes=findings())
    assert values(book["recommendations"]) == [frame.columns.tolist()]
    assert values(book["rejected"]) == values(book["notes"]) == [FINDING_COLUMNS]
    assert len(book["recommendations"].conditional_formatting) == 0


def test_workbook_scores_all_zero_or_unknown_still_have_a_scale(written, frame):
    for name in results.HEADLINES:
        frame[name] = [0.0, np.nan, 0.0, np.nan]
    assert bars_of(written(recommendations=frame)["recommendations"])["score"][1] == ("num", 1.0)


def test_workbook_more_findings_than_shown_says_where_the_others_are(written, monkeypatch):
    monkeypatch.setattr(results, "MOST_FINDINGS", 2)
    many = findings(*(("profiles", line, "", "", "", "broken") for line in range(2, 7)))
    assert values(written(rejected=many)["rejected"])[3][5] == "3 more: see out.en.xlsx.rejected.csv"
    assert values(written("id", notes=many)["catatan"])[3][5] == "3 baris lagi: lihat out.id.xlsx.notes.csv"


@pytest.mark.parametrize("lang", ["en", "id"])
def test_workbook_every_column_is_explained(written, frame, lang):
    book = written(lang)
    result = [row for row in values(book[TITLES[lang][3]])[1:] if row[1]]
    columns = [*frame.columns, *FINDING_COLUMNS]
    assert [row[1] for row in result] == [Messages(lang).say_header(name, "column") for name in columns]
    other = Messages(lang).say(results.MEANINGS["other"]["text"])
    for row in result:
        assert row[0] and row[2] and row[3]
        assert row[2] != other


def test_workbook_says_that_gains_are_no_probabilities(written):
    english, indonesian = (written(lang).worksheets[3] for lang in ("en", "id"))
    gain = {row[1]: row[2] for row in values(english)}["seeker_gain"]
    assert "weighted mean" in gain
    assert "no probability, unless a trained ranker has calibrated it" in gain
    gain = {row[1]: row[2] for row in values(indonesian)}["manfaat bagi pencari mitra"]
    assert "rata-rata tertimbang" in gain
    assert "bukan peluang, kecuali sudah dikalibrasi" in gain


def test_workbook_column_of_ones_own_is_kept_and_named_so(written, frame):
    frame["checked by"] = [pd.Timestamp("2024-01-31"), 3, "me", None]
    book = written(recommendations=frame)
    column = [row[-1] for row in values(book["recommendations"])]
    assert column == ["checked by", dt.datetime(2024, 1, 31), 3, "me", None]
    assert book["recommendations"].cell(3, frame.shape[1]).number_format == "General"
    assert ["recommendations", "checked by", "a column of your own", "any", None] in values(book["columns"])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_workbook_text_that_looks_like_a_formula_stays_text_in_every_sheet(written, frame, payload):
    frame["name"] = frame["concerns"] = payload
    bad = findings(("profiles", 2, payload, payload, payload, payload))
    book = written(recommendations=frame, rejected=bad, notes=bad)
    cells = [book["recommendations"]["D2"], book["rejected"]["C2"], book["notes"]["E2"]]
    for cell in cells:
        assert cell.data_type == "s"
        assert cell.value.lstrip("'").strip() == payload.strip()
        assert not cell.value.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_workbook_column_name_that_looks_like_a_formula_stays_text(written, frame):
    frame["=1+1"] = 1
    cell = written(recommendations=frame)["recommendations"].cell(1, frame.shape[1])
    assert (cell.value, cell.data_type) == ("'=1+1", "s")


def test_workbook_forbidden_signs_are_left_out_and_long_cells_cut(written, frame):
    frame["name"] = pd.Series(["a\x00b\x07c", "x" * 40_000, "\ud800", "\ufffe_"], dtype=object)
    names = [
        row[list(frame).index("name")] for row in values(written(recommendations=frame).worksheets[0])[1:]
    ]
    assert names[0] == "abc"
    assert len(names[1]) == 32_767
    assert names[1].endswith("x…")
    assert names[2:] == [r"\ud800", "_"]


def test_workbook_same_tables_give_same_bytes(tmp_path, frame):
    for name in ("a", "b"):
        write_recommendations(frame.copy(), REJECTED, NOTES, tmp_path / f"{name}.xlsx", "id")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_workbook_that_fails_leaves_what_stood_there(tmp_path, frame):
    path = tmp_path / "out.xlsx"
    path.write_text("mine")
    twins = pd.concat([frame, frame[["score"]]], axis=1)
    with pytest.raises(OutputError, match=r"columns must be unique to be written; got twice: score"):
        write_recommendations(twins, REJECTED, NOTES, path)
    with pytest.raises(ConfigError, match=r"lang must be one of en, id; got 'de'"):
        write_recommendations(frame, REJECTED, NOTES, path, "de")
    assert path.read_text() == "mine"
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.xlsx"]


def test_workbook_of_too_many_rows_is_refused(tmp_path):
    tall = pd.DataFrame({"seeker": np.zeros(1_048_576, dtype=np.int8)})
    with pytest.raises(OutputError, match=r"must have at most 1,048,575 rows; got 1,048,576"):
        write_recommendations(tall, REJECTED, NOTES, tmp_path / "out.xlsx")


def test_workbook_other_ending_or_missing_folder_is_refused(tmp_path, frame):
    with pytest.raises(OutputError, match=r"must end in .xlsx; got .*out.csv"):
        write_recommendations(frame, REJECTED, NOTES, tmp_path / "out.csv")
    with pytest.raises(OutputError, match=r"must be in a folder that exists"):
        write_recommendations(frame, REJECTED, NOTES, tmp_path / "none" / "out.xlsx")


PROFILES = """id,name,kind,mission,needs,offers,updated
a,Aneka,club,fair coffee,training: courses (5),distribution: trucks,2023-01-01
b,Bina,social,farmers teach farmers,distribution: trucks (4),training: courses (5),2023-02-01
c,Cipta,social,boats for clinics,funding: fuel (2),people: nurses,2023-03-01
d,,social,no name,,,
"""


@pytest.mark.parametrize("ending", ["xlsx", "XLSX"])
def test_batch_workbook_holds_the_same_as_the_csv_files(tmp_path, encoder, ending):
    (tmp_path / "profiles.csv").write_text(PROFILES, encoding="utf-8")
    report = match_batch(tmp_path / "profiles.csv", tmp_path / f"o.{ending}", encoder=encoder, lang="id")
    match_batch(tmp_path / "profiles.csv", tmp_path / "o.csv", encoder=encoder, lang="id")
    sheets = pd.read_excel(report.out, sheet_name=None)
    assert list(sheets) == TITLES["id"]
    files = {"rekomendasi": tmp_path / "o.csv", "ditolak": report.rejected, "catatan": report.notes}
    for title, path in files.items():
        table = pd.read_csv(path).replace(
            {"band": {"strong": "kuat", "possible": "mungkin", "weak": "lemah"}}
        )
        table.columns = [Messages("id").say_header(name, "column") for name in table.columns]
        pd.testing.assert_frame_equal(sheets[title], table, check_dtype=False)
    assert report.n_recommendations == len(pd.read_excel(report.out)) == 6


def test_meanings_know_every_column():
    assert set(results.RECOMMENDATION) == {*SCORE_COLUMNS, *REMARKS}
    assert list(results.MEANINGS["finding"]) == FINDING_COLUMNS
