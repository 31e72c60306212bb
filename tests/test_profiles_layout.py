"""Tables as programme officers make them: any header, any sheet, questions of forms, no ids, mappings."""

import base64
import csv
import gzip
import itertools
import zipfile

import openpyxl
import pytest
from typer.testing import CliRunner

from matcher.commands.check import check
from matcher.commands.cli import _make_app
from matcher.errors import MatcherError, ProfileError
from matcher.profiles import check_profile, read_profiles
from matcher.profiles.vocabulary import kind_of, read_header

HEADER = ["No", "Nama Lembaga", "Jenis Lembaga", "Provinsi", "Misi", "Kebutuhan", "Yang bisa kami tawarkan"]
ROWS = [
    [1, "Yayasan Tunas Bahari", "Yayasan", "Bali", "Mendampingi nelayan", "dana: mesin", "jaringan: nelayan"],
    [2, "PT Surya Kering", "Perusahaan Swasta", "Banten", "Membuat mesin", "data: hasil", "teknologi: mesin"],
    [3, "Dinas Perikanan", "Pemda", "Bali", "Melayani nelayan", "orang: pendamping", "kebijakan: izin"],
]
NAMES = [row[1] for row in ROWS]
TITLES = [["DATA CALON MITRA 2026"], ["Diisi oleh dinas, per 1 Maret 2026", "", ""], []]
GROUPS = ["", "Identitas", "", "", "Isi", "Kemitraan", ""]
ENGLISH = ["number", "organisation name", "type", "province", "mission", "needs", "offers"]
NUMBERS = [f"({n})" for n in range(1, 8)]
LAYOUTS = {
    "plain": [HEADER, *ROWS],
    "title rows": [*TITLES, HEADER, *ROWS],
    "one title": [TITLES[0], HEADER, *ROWS],
    "groups above": [GROUPS, HEADER, *ROWS],
    "titles and groups": [*TITLES, GROUPS, HEADER, *ROWS],
    "English below": [HEADER, ENGLISH, *ROWS],
    "English above": [ENGLISH, HEADER, *ROWS],
    "numbers of columns": [HEADER, NUMBERS, *ROWS],
    "header on each page": [HEADER, ROWS[0], HEADER, ROWS[1], [], HEADER, ROWS[2]],
    "empty columns": [[HEADER[0], "", *HEADER[1:], ""], *([row[0], "", *row[1:], ""] for row in ROWS)],
    "merged in two rows": [
        ["No", "Nama", "", "Provinsi", "Misi", "Kebutuhan", "Tawaran"],
        ["", "Lembaga", "Jenis Lembaga", "", "", "", ""],
        *ROWS,
    ],
    "instructions below the titles": [
        ["Petunjuk: isi semua kolom"],
        ["Kebutuhan: tulis dengan jelas"],
        HEADER,
        *ROWS,
    ],
}

OLD_WITH_ERRORS = (
    "H4sIAAAAAAACA+1XX2xTZRQ/323X3o7R3Q0mOKBWFBmsEJBEZxTXraCQaGYQ/8Qska7esrquXbrOwINSRN4g0fAgDySGsAcTE9SY"
    "6IMmbm88aPSFB40mgycNPlSjISRu198592vpape0hRD/7Nyc73z3fP/Pv+98337TMXf+4+4rVAWPkocWnAD5KngKaJZ+LCJD8xYc"
    "xymxnWX4V8G8pqxDL/TXAmSd+7VeA5ouw38TDlAWX57CtJcyoDk6So3AXbCYyvnqGbNQZ796YXn95tfn+M1x3AOs9n+O9ez/rcAV"
    "wDbgSmAQ2O5eAdQB7ASuAq4GdolNEK0BrgXeDewGrtPrbtCUMYz6vcCNmnc/6KbleHNHIWBCi74W+nzlV6xy0f0VWMRH3lmxi6vA"
    "YZpg24jF04nwnYJB2UNc8R5mYKS7UVN0DtwgfSjcL6TcLdYHiFK4T1v0i0ZU9n5ayo1SBonHfyZjvhfOTgrRD2Llb4sTKPKrGMUp"
    "TSkaQRxMoUc3XWL/OiY92DvUgLRwr1tpDXnbaJp97Ek7Y+fi6TnxnWn6Q3yiBDNh5vNw4f9eH99okE//O/40ZFdLzr1u/2I1f8sS"
    "/MgS/K1L8AN/458x4FcFcphaBY/QjoJPaGfBK3RVwS90daHFOST2exJR+KxXbIqeHbXt/Cm4p8I3q0wg0cHTiq7RSxykiwdkKV+R"
    "gzF7cSlpr8RdtKLIbvQlnMGk4wpB35xRUZRRCv1quWHfRPg3EdbN64j8f9KDckX43Ukz8fE4yHhqMgUymY8nMe0A7pR4KofaIJgj"
    "U2NTDq4Sk2Je9ypJmF3Am2ro0tTg+8aNS9aiuNSGzb+CQ7End8hBLEy3Lbb+2tWHuvtfFn7h5guFNrF0KaKOo2XWu1VG9Er5pvQt"
    "3VcnhPeWlA+Ux//Uv7mi3lOuF/u3VNTPI74EsCsSBRhYLaLWtvlOzB6a6y9RRc+hxaTX5dikLprt+qRBIZ5yaRqWrkfcqKHahadq"
    "8Iwq3rzc0+7NTPpP4U+V/wyRnfunpKen/Mc9vSLnDXIO7umX3MLdqp9CCgGTfNzdkMEterAhg1lBbxj8x4P5YL/QMzxNcZ+rqKKp"
    "rY3XwdLFHTKLt9gj/EDRqpGqGNQq43gMr/e40Umf+tx4T/SYCJ6w5XYtRNLBlg7DVA+blROpUnrUSovetAuOp9XNoSzTcP3SbXqC"
    "c5anU4lcdjKbzIf3HknY6fAjD287GB+x02lbTjyYSib7biV3U65HNg0LDom+asxLcyff++3G0Kj1wTsm9W7+5DsW+FnttEqLkHW+"
    "T+d5w1o4ozrfy+ucr6DzvlM6V/x5ntgUZEx2ws5MHD2S5jVDun2HnrsE1fXCmteCF479qCrrt/v8zDEuf3353PZ11pl3cf7IjYt7"
    "OGJW8YZ1nloKhVbFGZ8q+ybJfcHtfbo9WpE7s6wGJiaet3OTqWxmsYxYvru276R/KtzO95/Ir8qHao1hmRYCbv0FrJ6jMWRcvI+x"
    "hvffKQHHlbPTwLvquq/kJzGsO44Mdwh7eLWp9T0Vb7B6xqwH7i/76RDyQbtp/XHAbfT9F9JvNZ1B0BTOP468lHW/H1aQFJ0wJ498"
    "NQvO0tCj129pQP73AC+V19+DFRKyB1sssLH99DVx/vuA7y+//wX+Al0obxYAFgAA"
)
"""An .xls file of two organisations of which one cell holds =1/0, packed."""


def write(path, rows, sheets=()):
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for sheet, content in (("Data", rows), *sheets):
            page = book.active if sheet == "Data" else book.create_sheet(sheet, 0)
            page.title = sheet
            for line, row in enumerate(content, start=1):
                for at, cell in enumerate(row, start=1):
                    page.cell(line, at).value = cell if cell != "" else None
        book.save(path)
    else:
        with path.open("w", newline="", encoding="utf-8") as handle:
            csv.writer(handle, delimiter=";" if path.stem == "s" else ",").writerows(rows)
    return path


@pytest.mark.parametrize("name", ["t.csv", "s.csv", "t.xlsx"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_table_is_read_whatever_stands_around_it(tmp_path, layout, name):
    table = read_profiles(write(tmp_path / name, LAYOUTS[layout]))
    assert table.rejected.empty, table.rejected
    assert table.kept["name"].tolist() == NAMES
    assert table.kept["id"].tolist() == ["1", "2", "3"]
    assert table.kept["kind"].tolist() == ["social", "business", "public"]
    assert table.kept["mission"].tolist() == [row[4] for row in ROWS]
    assert [needs[0].category for needs in table.kept["needs"]] == ["funding", "data", "people"]
    assert [offers[0].category for offers in table.kept["offers"]] == ["network", "technology", "policy"]
    assert "running numbers, read as id; each must stay with its organisation" in set(table.notes["reason"])


FORMS = {
    "google": [
        ("Cap waktu", "2026-03-01", "updated"),
        ("Email Address", "a@b.org", None),
        ("1. Apa nama lembaga Anda? *", "Aneka", "name"),
        ("Termasuk jenis apakah lembaga Anda?", "LSM", "kind"),
        ("Di provinsi mana lembaga Anda bekerja?", "Bali", "region"),
        ("Apa misi lembaga Anda?", "Kami mengajar", "mission"),
        ("Dukungan apa yang Anda butuhkan dari mitra?", "dana: buku", "needs"),
        ("Apa yang dapat Anda tawarkan kepada mitra?", "pelatihan: kelas", "offers"),
        ("Nama kontak person", "Budi", None),
        ("Apakah Anda membutuhkan surat tugas?", "Ya", None),
    ],
    "kobo": [
        ("_id", 771, "id"),
        ("identitas/nama_lembaga", "Aneka", "name"),
        ("identitas/jenis_lembaga", "Koperasi", "kind"),
        ("isi/visi", "Desa yang maju", "vision"),
        ("isi/kebutuhan", "dana: buku", "needs"),
        ("_submission_time", "2026-03-01", "updated"),
    ],
    "microsoft": [
        ("ID", 1, "id"),
        ("Start time", "2026-03-01", None),
        ("Completion time", "2026-03-01", "updated"),
        ("Email", "anonymous", None),
        ("Name", "Budi Santoso", None),
        ("Name of your organisation", "Aneka", "name"),
        ("Please describe the mission of your organisation", "We teach", "mission"),
        ("What does your organisation need from partners?", "funding: books", "needs"),
        ("What can you offer to partners?", "training: classes", "offers"),
        ("How many employees do you have?", "12", "staff"),
    ],
    "two languages": [
        ("Nama / Name", "Aneka", "name"),
        ("Visi | Vision", "Desa yang maju", "vision"),
        ("Jumlah Karyawan (orang)", "12", "staff"),
        ("Anggaran (Rp)", "120000000", "budget"),
        ("Tahun berdiri:", "1999", "founded"),
    ],
}


@pytest.mark.parametrize("name", ["t.csv", "s.csv", "t.xlsx"])
@pytest.mark.parametrize("form", FORMS)
def test_questions_of_forms_are_columns_and_each_guess_is_noted(tmp_path, form, name):
    headers, cells, columns = zip(*FORMS[form], strict=True)
    table = read_profiles(write(tmp_path / name, [headers, cells]))
    assert len(table.kept) == 1
    assert table.kept.loc[0, "name"] == "Aneka"
    filled = {column for column in columns if column}
    assert {column for column in filled if not table.kept.loc[0, column]} == set()
    noted = set(table.notes["column"])
    for header, column in zip(headers, columns, strict=True):
        assert header in table.kept or column or header == "Name"
        assert not column or read_header(header)[0].confidence > 0.93 or header.strip() in noted


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[:4])
def test_ids_are_made_of_names_whatever_the_order(tmp_path, order):
    rows = [row[1:] for row in ROWS] + [["Dinas Perikanan", "Pemda", "Jawa", "Melayani", "", ""]]
    first = read_profiles(write(tmp_path / "a.csv", [HEADER[1:], *rows])).kept
    again = read_profiles(write(tmp_path / "b.csv", [HEADER[1:], rows[3], *(rows[at] for at in order)])).kept
    assert set(first["id"]) == set(again["id"])
    assert first["id"].tolist()[:2] == ["yayasan-tunas-bahari", "pt-surya-kering"]
    assert first["id"].str.match(r"dinas-perikanan-[0-9a-f]{8}$").tolist() == [False, False, True, True]


def test_ids_are_made_of_names_where_numbers_start_again(tmp_path):
    rows = [*ROWS[:2], [1, *ROWS[2][1:]]]
    table = read_profiles(write(tmp_path / "t.csv", [HEADER, *rows]))
    assert table.kept["id"].tolist()[0] == "yayasan-tunas-bahari"
    reasons = table.notes["reason"].str
    assert reasons.startswith("the running numbers are not one per organisation: ids are made").any()


@pytest.mark.parametrize("first", [[["Isi lembar kedua"]], [["Petunjuk"], ["Kebutuhan", "tulis"]], []])
def test_sheet_with_the_table_is_found(tmp_path, first):
    table = read_profiles(write(tmp_path / "t.xlsx", [HEADER, *ROWS], [("Petunjuk", first)]))
    assert table.kept["name"].tolist() == NAMES
    assert table.notes["reason"].str.contains("only the sheet 'Data' is read").any() == bool(first)


def write_ods(path, cells):
    names = ("office", "table", "text")
    spaces = " ".join(f"xmlns:{one}='urn:oasis:names:tc:opendocument:xmlns:{one}:1.0'" for one in names)
    spaces += " xmlns:calcext='urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0'"
    rows = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)
    sheet = f"<table:table table:name='Data'>{rows}</table:table>"
    body = f"<office:body><office:spreadsheet>{sheet}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
        content = f"<office:document-content {spaces}>{body}</office:document-content>"
        parts.writestr("content.xml", content)


CELL = "<table:table-cell office:value-type='string'{1}><text:p>{0}</text:p></table:table-cell>"
ODS = [[CELL.format(cell, "") for cell in row] for row in (HEADER, *ROWS)]


def test_workbooks_of_other_programs_are_read(tmp_path):
    write_ods(tmp_path / "t.ods", ODS)
    assert read_profiles(tmp_path / "t.ods").kept["name"].tolist() == NAMES


def test_merged_cells_and_errors_of_other_programs_are_read(tmp_path):
    cells = [list(row) for row in ODS]
    cells[1][3] = CELL.format("Bali", " table:number-rows-spanned='3'")
    cells[2][3] = cells[3][3] = "<table:covered-table-cell/>"
    cells[3][6] = CELL.format("#DIV/0!", " calcext:value-type='error'").replace("string", "float")
    write_ods(tmp_path / "t.ods", cells)
    table = read_profiles(tmp_path / "t.ods")
    assert table.kept["region"].tolist() == ["Bali"] * 3
    assert table.notes["reason"].str.startswith("cell holds the spreadsheet error #DIV/0!").sum() == 1


def test_errors_of_old_workbooks_are_noted(tmp_path):
    (tmp_path / "t.xls").write_bytes(gzip.decompress(base64.b64decode(OLD_WITH_ERRORS)))
    table = read_profiles(tmp_path / "t.xls")
    assert table.kept["name"].tolist() == ["A", "B"]
    assert (
        table.notes["reason"].str.startswith("cells with an error, such as #DIV/0!, are empty in .xls").any()
    )


def test_formulas_without_values_are_not_empty(tmp_path):
    rows = [
        ["id", "name", "mission", "excludes", "region"],
        ["a", "A", "m", "", '="Ba"&"li"'],
        ["b", "B", "m", "=A2", ""],
    ]
    table = read_profiles(write(tmp_path / "t.xlsx", rows))
    assert table.kept["id"].tolist() == ["a"]
    assert table.rejected[["id", "column"]].to_numpy().tolist() == [["b", "excludes"]]
    assert "formula was never computed" in table.notes.loc[0, "reason"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Koperasi", "business"),
        ("BUMN", "business"),
        ("BUMDes Maju", "business"),
        ("PT (Persero)", "business"),
        ("CV.", "business"),
        ("Perguruan Tinggi Negeri", "education"),
        ("Pondok Pesantren Putri", "education"),
        ("LSM/NGO", "social"),
        ("Yayasan / LSM", "social"),
        ("Civil Society Organisation (CSO)", "social"),
        ("Pemerintah Daerah", "public"),
        ("Dinas Kesehatan Kabupaten", "public"),
        ("Puskesmas", "public"),
        ("cuaca", None),
        ("BMT", "business"),
        ("LKSA", "social"),
    ],
)
def test_kinds_are_known_by_their_words(text, kind):
    assert kind_of(text)[0] == kind


@pytest.mark.parametrize(
    "header",
    [
        "Nama lengkap",
        "Alamat email lembaga",
        "No. HP",
        "Jabatan",
        "Nama penanggung jawab",
        "Website",
        "Alamat",
    ],
)
def test_headers_about_persons_and_contacts_are_no_columns(header):
    assert read_header(header) == ()


def test_column_that_lost_its_field_is_not_taken_for_another(tmp_path):
    rows = [["id", "nama", "kebutuhan", "kebutuhan", "misi"], [1, "A", "dana: x", "data: y", "m"]]
    table = read_profiles(write(tmp_path / "t.csv", rows))
    assert table.kept.loc[0, "offers"] == ()


def test_cells_beside_a_table_cost_no_organisation(tmp_path):
    rows = [["id", "nama", "misi"], [1, "A", "m", "cek lagi"], [2, "B", "n"]]
    table = read_profiles(write(tmp_path / "t.xlsx", rows))
    assert table.kept["column_4"].tolist() == ["cek lagi", ""]


def test_totals_and_sources_below_a_table_are_rejected_and_numbers_stay_ids(tmp_path):
    table = read_profiles(
        write(tmp_path / "t.csv", [HEADER, *ROWS, ["", "Jumlah"], ["", "", "", "", "Sumber: X"]])
    )
    assert table.kept["id"].tolist() == ["1", "2", "3"]
    assert table.n_rejected == 2


@pytest.mark.parametrize(
    ("header", "column"),
    [("Nama Sekolah", "name"), ("Name of NGO", "name"), ("Type of NGO", "kind"), ("Bentuk Koperasi", "kind")],
)
def test_headers_with_a_kind_of_organisation_are_names_or_kinds(header, column):
    assert read_header(header)[0].column == column


def test_mapping_overrules_what_is_guessed(tmp_path):
    rows = [["kode x", "judul", "Kebutuhan", "isi"], ["a", "A", "tidak dipakai", "dana: buku"]]
    path = write(tmp_path / "t.csv", rows)
    said = {"judul": "nama", "isi": "needs", "Kebutuhan": "", "KODE_X": "id"}
    table = read_profiles(path, mapping=said)
    assert table.kept.loc[0, ["id", "name", "Kebutuhan"]].tolist() == ["a", "A", "tidak dipakai"]
    assert table.kept.loc[0, "needs"][0].text == "buku"


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [
        ({"judul": "name", "x": "needs"}, "must name headers of the table; got 'x', found: 'id', 'judul'"),
        ({"judul": "blob"}, "mapping of 'judul' must be one of id, name"),
        ({"judul": "name", "id": "name"}, "must name each column once; got name"),
        ({"\ud800": "needs"}, r"mapping must name headers in plain text; got \\ud800"),
        ("none.toml", "mapping must be a readable file; got none.toml"),
    ],
)
def test_mapping_that_cannot_hold_is_refused(tmp_path, mapping, reason):
    path = write(tmp_path / "t.csv", [["id", "judul", "misi"], ["a", "A", "m"]])
    with pytest.raises(MatcherError, match=reason):
        read_profiles(path, mapping=mapping)


def test_mapping_file_of_another_form_is_refused(tmp_path):
    (tmp_path / "m.toml").write_text("colums = 3\n")
    with pytest.raises(ProfileError, match=r"must hold sheet .*; got colums"):
        read_profiles([{"name": "a", "misi": "m"}], mapping=tmp_path / "m.toml")


def test_mapping_file_of_a_windows_editor_is_read(tmp_path):
    (tmp_path / "m.toml").write_text('columns = {judul = "name"}\n', encoding="utf-8-sig")
    kept = read_profiles([{"judul": "A", "misi": "m"}], mapping=tmp_path / "m.toml").kept
    assert kept["name"].tolist() == ["A"]


def run(*arguments):
    return CliRunner().invoke(_make_app(check), [*map(str, arguments)])


def test_check_shows_columns_and_saves_a_mapping_that_match_reads(tmp_path):
    header = ["Kode X", *HEADER[1:5], "Yang lain"]
    path = write(tmp_path / "t.xlsx", [*TITLES, header, *(row[:6] for row in ROWS)])
    found = run(path, "--lang", "id", "--map", "Yang lain=kebutuhan", "--save-mapping", tmp_path / "m.toml")
    assert found.exit_code == 0, found.output
    assert "# Yang dipahami dari t" in found.output
    assert "| Nama Lembaga | name | judul yang dikenal | 3/3 | Yayasan Tunas Bahari |" in found.output
    assert "| Yang lain | needs | sesuai petunjuk |" in found.output
    assert "| Pemda | public | 1 |" in found.output
    table = read_profiles(path, mapping=tmp_path / "m.toml")
    assert table.kept["needs"].map(len).tolist() == [1, 1, 1]


def test_check_says_what_is_missing_and_what_is_rejected(tmp_path):
    found = run(write(tmp_path / "t.csv", [["id", "judul", "misi"], ["a", "A", "m"]]))
    assert found.exit_code == 1
    assert "columns must include name" in found.output
    assert "| judul | extra column |" in found.output
    found = run(write(tmp_path / "t.csv", [["id", "nama", "misi"], ["a", "", "m"], ["b", "B", "m"]]))
    assert found.exit_code == 1
    assert "## Rejected 1/1" in found.output
    assert "must be filled" in found.output


def test_single_profiles_are_read_by_the_same_headers():
    assert check_profile({"Nama Lembaga": "A", "Apa misi Anda?": "m"})["mission"] == "m"


@pytest.mark.parametrize("n_repeats", [0, 1])
def test_organisations_with_words_of_headers_in_their_cells_are_no_header(tmp_path, n_repeats):
    header = ["Profile ID", "Apa nama lembaga Anda?", "Ceritakan misi Anda", "When was it founded?", "Must"]
    rows = [["1", "A", "melayani nelayan", "berdiri sejak 2020", "kind: social"], ["2", "B", "kopi", "", ""]]
    rows = [*rows, *([header, ["3", "C", "laut", "berdiri sejak 1990", ""]] * n_repeats)]
    table = read_profiles(write(tmp_path / "t.csv", [header, *rows]))
    assert table.kept["name"].tolist() == ["A", "B", "C"][: 2 + n_repeats]
    assert table.kept["founded"].tolist()[0] == 2020


def test_columns_are_known_by_the_cells_that_say_something(tmp_path):
    rows = [["A", "kopi", "45 staf"], ["B", "laut", "nil"], ["C", "susu", "#N/A"], ["D", "padi", "-"]]
    header = ["Nama Lembaga", "Misi", "Berapa jumlah karyawan di sana?"]
    assert read_profiles(write(tmp_path / "t.csv", [header, *rows])).kept["staff"].tolist()[0] == 45


@pytest.mark.parametrize("start", [0, 2])
def test_cells_merged_over_rows_hold_for_each_of_them(tmp_path, start):
    path = write(tmp_path / "t.xlsx", [*TITLES[:start], HEADER, *ROWS])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells(start_row=start + 2, end_row=start + 3, start_column=4, end_column=4)
    book.save(path)
    table = read_profiles(path)
    assert table.kept["region"].tolist() == ["Bali", "Bali", "Bali"]
    assert "cells merged over several rows hold for each of these rows" in table.notes["reason"].tolist()


def test_workbook_of_another_program_with_a_password_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "t.ods", "w") as parts:
        parts.writestr("META-INF/manifest.xml", "<manifest:encryption-data/>")
        parts.writestr("content.xml", b"\x8f\x01")
    with pytest.raises(ProfileError, match="protected by a password"):
        read_profiles(tmp_path / "t.ods")
