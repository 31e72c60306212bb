import csv
import datetime as dt
import gzip
import io
import json

import numpy as np
import openpyxl
import pandas as pd
import pytest
import sqlalchemy

from matcher.columns import Profile
from matcher.profiles import Claim, Resource, read_profiles
from matcher.tables.raw import Wanted
from matcher.tables.reading import read_workbook
from matcher.tables.writing import write_table

TODAY = dt.date(2024, 6, 1)
CSV = (
    "id,Nama,jenis,sektor,bahasa,misi,kebutuhan,sumber daya,jumlah staf,bukti,diperbarui,rating\n"
    '01,Kopi Gayo,bisnis,"kopi; ekspor","id; en","Kopi\nadil","dana: mesin (5); orang: juri",'
    '"pelatihan: kelas",12,"juara (SCAI, 2022-03-01)",2024-01-31,3.5\n'
    "02,SMK Tani,pendidikan,,id,Sekolah tani,,data: panen (2),,,,\n"
)
RECORDS = [
    {
        "id": "01",
        "name": "Kopi Gayo",
        "kind": "business",
        "sector": ["kopi", "ekspor"],
        "languages": ["id", "en"],
        "mission": "Kopi\nadil",
        "needs": [{"category": "funding", "text": "mesin", "weight": 5}, "people: juri"],
        "offers": [{"category": "training", "text": "kelas"}],
        "staff": 12,
        "evidence": [{"text": "juara", "source": "SCAI", "date": "2022-03-01"}],
        "updated": "2024-01-31",
        "rating": 3.5,
    },
    {"id": "02", "name": "SMK Tani", "kind": "education", "languages": ["id"], "mission": "Sekolah tani"}
    | {"offers": [{"category": "data", "text": "panen", "weight": 2}]},
]


@pytest.fixture
def expected():
    return read_profiles(RECORDS, today=TODAY).kept


def same(table, expected):
    assert table.rejected.empty, table.rejected
    pd.testing.assert_frame_equal(table.kept[list(expected.columns)], expected)


def test_profiles_kept_is_canonical(expected):
    assert list(expected.columns) == [column.value for column in Profile] + ["rating"]
    first = expected.loc[0]
    assert first["id"] == "01"
    assert type(first["mission"]) is str
    assert first["sector"] == ("kopi", "ekspor")
    assert first["needs"] == (Resource("funding", "mesin", 5), Resource("people", "juri", 3))
    assert first["evidence"] == (Claim("juara", "SCAI", dt.date(2022, 3, 1)),)
    assert expected["updated"].dtype == "datetime64[ns]"
    assert expected["updated"].isna().tolist() == [False, True]
    assert {str(expected[name].dtype) for name in ("staff", "budget", "rating")} == {"float64"}
    assert {str(expected[name].dtype) for name in ("id", "vision", "needs", "excludes")} == {"object"}
    assert expected.loc[1, "vision"] == ""
    assert expected.loc[1, "flag"] == "none"
    assert expected.index.equals(pd.RangeIndex(2))


def rows_of_csv():
    return [[cell or None for cell in row] for row in csv.reader(io.StringIO(CSV))]


def csv_with(delimiter):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows_of_csv())
    return text.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_profiles_csv_in_any_encoding_gives_the_same(tmp_path, expected, encoding, delimiter):
    for ending in "csv", "tsv":
        path = tmp_path / f"t.{ending}"
        path.write_bytes(csv_with(delimiter).encode(encoding))
        same(read_profiles(path, today=TODAY), expected)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_profiles_csv_with_a_separator_line_gives_the_same(tmp_path, expected, delimiter):
    path = tmp_path / "T.CSV"
    path.write_text(f"sep={delimiter}\n{csv_with(delimiter)}", encoding="utf-8")
    same(read_profiles(str(path), today=TODAY), expected)


@pytest.mark.parametrize("ending", ["csv.gz", "jsonl", "jsonl.gz"])
def test_profiles_packed_and_json_lines_give_the_same(tmp_path, expected, ending):
    path = tmp_path / f"t.{ending}"
    text = CSV if "csv" in ending else "\n".join(json.dumps(record) for record in RECORDS)
    data = text.encode()
    path.write_bytes(gzip.compress(data) if ending.endswith("gz") else data)
    same(read_profiles(path, today=TODAY), expected)


def test_profiles_workbook_gives_the_same(tmp_path, expected):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in rows_of_csv():
        book.active.append(row)
    book.active["I2"], book.active["L2"] = 12, 3.5
    book.active["K2"] = dt.datetime(2024, 1, 31)
    book.save(path)
    same(read_profiles(path, today=TODAY), expected)


def test_profiles_workbook_numbers_as_ids_are_written_without_decimals(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (None,), ("id", "name", "vision"), (12.0, "a", "v"), (), ("007", "b", 5):
        book.active.append(row)
    book.create_sheet("empty")
    book.create_sheet("more").append(["as you wish"])
    book.save(path)
    table = read_profiles(path)
    assert table.kept["id"].tolist() == ["12", "007"]
    assert table.kept["vision"].tolist() == ["v", "5"]
    assert table.notes["reason"].tolist() == ["only the sheet 'Sheet' is read; not read: 'more' (1)"]


def test_profiles_workbook_line_is_the_sheet_row(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    for row in (None,), ("id", "name", "vision"), (1, "a", "v"), (None,), (2, "", "v"), (3, "c", "v", "more"):
        book.active.append(row)
    book.save(path)
    rejected = read_profiles(path).rejected
    assert rejected["line"].tolist() == [5]
    assert rejected["id"].tolist() == ["2"]


def test_profiles_frame_and_parquet_give_the_same(tmp_path, expected):
    frame = pd.DataFrame(RECORDS)
    same(read_profiles(frame, today=TODAY), expected)
    frame["needs"] = [
        [{"category": "dana", "text": "mesin", "weight": 5}, {"category": "orang", "text": "juri"}],
        None,
    ]
    frame["sector"] = [np.array(["kopi", "ekspor"]), None]
    frame["updated"] = pd.to_datetime(frame["updated"])
    same(read_profiles(frame, today=TODAY), expected)
    frame.to_parquet(tmp_path / "t.parquet")
    same(read_profiles(tmp_path / "t.parquet", today=TODAY), expected)


def test_profiles_database_gives_the_same(tmp_path, expected):
    frame = pd.DataFrame(rows_of_csv()[1:], columns=rows_of_csv()[0])
    frame["rating"] = [3.5, None]
    url = f"sqlite:///{tmp_path / 't.db'}"
    engine = sqlalchemy.create_engine(url)
    frame.to_sql("t", engine, index=False)
    query = "SELECT * FROM t WHERE id LIKE '0%' AND 'a:b' = 'a:b'"
    same(read_profiles(url, query=query, today=TODAY), expected)
    same(read_profiles(engine, query=sqlalchemy.text("SELECT * FROM t"), today=TODAY), expected)
    with engine.connect() as connection:
        same(read_profiles(connection, query=query, today=TODAY), expected)
        assert not connection.in_transaction()
        with connection.begin():
            same(read_profiles(connection, query=query, today=TODAY), expected)
            assert connection.in_transaction()


@pytest.mark.parametrize("ending", ["csv", "tsv", "xlsx", "parquet", "jsonl", "jsonl.gz"])
def test_profiles_kept_written_and_read_is_the_same(tmp_path, expected, ending):
    path = tmp_path / f"t.{ending}"
    write_table(expected, path)
    same(read_profiles(path, today=TODAY), expected)


def test_profiles_table_and_kept_read_again_are_the_same(expected):
    table = read_profiles(expected, today=TODAY)
    assert read_profiles(table) is table
    same(table, expected)


def test_profiles_windows_encoding_is_noted(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("id,name,vision\n1,Café,“naïve”\n".encode("cp1252"))
    table = read_profiles(path)
    assert table.kept.loc[0, "name"] == "Café"
    assert "Windows-1252" in table.notes.loc[0, "reason"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_profiles_csv_line_is_where_the_record_starts(tmp_path, end):
    path = tmp_path / "t.csv"
    lines = ["", "id,name,vision", '1,a,"two', 'lines"', "", ",,", "2,b,", '3,"', '",v', "4,d,v,x", "5,e,v,,"]
    path.write_bytes(end.join(lines).encode())
    table = read_profiles(path)
    assert table.kept["id"].tolist() == ["1", "5"]
    assert table.kept.loc[0, "vision"] == "two\nlines"
    assert table.rejected["line"].tolist() == [7, 8, 10]
    assert table.n_rows == 5


def test_profiles_csv_short_rows_are_filled(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,vision,country\n1,a,v\n")
    assert read_profiles(path).kept.loc[0, "country"] == ""


def test_profiles_json_broken_lines_are_rejected_one_by_one(tmp_path):
    path = tmp_path / "t.jsonl"
    good = b'{"id": "1", "name": "a", "vision": "v"}'
    lines = [
        good,
        b"",
        b"{broken",
        b"[1]",
        b'"text"',
        b'{"id": "2", "id": "3"}',
        b'{"id": "\xff"}',
        b"[" * 20_000,
    ]
    path.write_bytes(b"\n".join([*lines, b'{"a\\u0007": 1}']))
    table = read_profiles(path)
    assert table.kept["id"].tolist() == ["1"]
    assert table.rejected["line"].tolist() == [3, 4, 5, 6, 7, 8, 9]
    reasons = table.rejected["reason"].tolist()
    assert "must be a JSON object" in reasons[0]
    assert reasons[1] == "record must be an object; got list"
    assert "appears twice" in reasons[3]
    assert "byte 0xFF at byte 8" in reasons[4]
    assert "nested too deeply" in reasons[5]
    assert "U+0007" in reasons[6]


def test_profiles_json_with_only_broken_lines_gives_a_table(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text("{\n[]\n")
    table = read_profiles(path)
    assert (table.n_rows, table.n_rejected, len(table.kept)) == (2, 2, 0)


def test_profiles_apostrophe_of_a_guarded_formula_is_taken_off(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,vision\n'-1,'Apa,'=1+1\n")
    kept = read_profiles(path).kept
    assert kept.loc[0, ["id", "name", "vision"]].tolist() == ["-1", "'Apa", "=1+1"]


def test_profiles_extras_keep_their_types(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,name,vision,size,zip,mixed\n1,a,v,2.5,007,1\n2,b,v,,12,x\n")
    kept = read_profiles(path).kept
    assert kept["size"].dtype == "float64"
    assert kept["zip"].tolist() == ["007", "12"]
    assert kept["mixed"].tolist() == ["1", "x"]
    records = [
        {"id": 1, "name": "a", "vision": "v", "tags": ["x", "y"]},
        {"id": 2, "name": "b", "vision": "v"},
    ]
    assert read_profiles(records).kept["tags"].tolist() == [("x", "y"), ()]


TYPED = ["A", 12, 1.5, 10**15 + 1, -3, True, "0012", "a\nb", dt.datetime(2024, 1, 5, 10, 30), dt.time(9)]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [(1, 30, "plain"), (3, 30, "#N/A"), (3, 30, "a_x0041_"), (2, 900, "beside"), (120_000, 1, "below")],
)
def test_workbook_is_read_the_same_whatever_library_reads_it(row, column, value):
    book = openpyxl.Workbook()
    for cells in (["id", *map(str, range(len(TYPED)))], ["k", *TYPED], ["l", *reversed(TYPED)]):
        book.active.append(cells)
    book.active.cell(row, column, value)
    book.save(content := io.BytesIO())
    table = read_workbook(content.getvalue(), "t.xlsx", Wanted(lambda _: None))
    pairs = [column[:2] for column in table.columns[1 : len(TYPED) + 1]]
    assert repr(pairs) == repr([list(pair) for pair in zip(TYPED, reversed(TYPED), strict=True)])
    assert any(value in column for column in (table.headers, *table.columns))
