import datetime as dt
import gzip
import sqlite3
import traceback

import pandas as pd
import pytest

from matcher.columns import Rejection
from matcher.errors import ProfileError
from matcher.profiles import read_profiles

TODAY = dt.date(2024, 6, 1)
HEADER = "id,name,vision\n"


def write(tmp_path, data, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("t.csv", b"", "holds no organisations"),
        ("t.csv", b"\n\n,,\n", "holds no organisations"),
        ("t.csv", HEADER.encode(), "holds no organisations"),
        ("t.csv", b"sep=;\n", "holds no organisations"),
        ("t.jsonl", b"\n \n", "holds no organisations"),
        ("t.csv", HEADER.encode() + b"1,a,\x81\n", "got byte 0x81 at byte 19. Save it as CSV UTF-8"),
        ("t.csv", "id,name,vision\n1,é—é,".encode() + b"\xff\n", "got byte 0xFF at byte 25"),
        ("t.csv", b"\x00\x01\x02\xff\xfe", "got byte 0xFF at byte 3"),
        ("t.csv", HEADER.encode("utf-16-le") + b"\x00", "got byte 0x00 at byte 30"),
        ("t.csv", HEADER.encode("utf-32"), "got UTF-32 at byte 0"),
        ("t.csv", HEADER + '1,a,v\n2,b,"v\n\n3,c,v\n', "must close every quote; .* record on line 3"),
        ("t.csv", HEADER + '"', "must close every quote; .* record on line 2"),
        ("t.xlsx", b"PK\x03\x04 not a workbook", r"must be an Excel workbook \(.xlsx\); it cannot be opened"),
        ("t.xlsx", b"", "must be an Excel workbook"),
        ("t.parquet", b"PAR1 not one", "must be a Parquet file; it cannot be opened"),
        ("t.csv.gz", b"not packed", "must be gzip; it is damaged"),
        ("t.jsonl.gz", gzip.compress(b"{}" * 999, mtime=0)[:-9], "must be gzip; it is damaged"),
        ("t.xls", b"", r"must end in one of \.csv, \.csv\.gz, .*\.parquet"),
        ("t", b"", "must end in one of"),
    ],
)
def test_profiles_unreadable_file_is_refused(tmp_path, name, data, reason):
    path = write(tmp_path, data, name)
    with pytest.raises(ProfileError, match=reason) as caught:
        read_profiles(path)
    assert str(path) in str(caught.value) or "query" in reason


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("missing.csv", "missing.csv must be a file that exists; there is none"),
        (".", r"^\. must be a file; got a folder"),
        ("a\0.csv", "must be a readable file"),
        ("https://example.org/t.csv", "must be a local file or a database; got a web address"),
        (5, "source must be a path, a DataFrame, a list of dicts or a database; got int"),
        ([], "holds no organisations"),
        (pd.DataFrame({"id": [], "name": [], "vision": []}), "holds no organisations"),
        (pd.DataFrame({"id": [1], "name": [2]}), "missing: one of vision, mission, needs, offers"),
    ],
)
def test_profiles_unusable_source_is_refused(source, reason):
    with pytest.raises(ProfileError, match=reason):
        read_profiles(source)


@pytest.mark.parametrize(
    ("url", "query", "reason"),
    [
        ("sqlite://", None, "query must be given with a database; got none"),
        ("sqlite:///missing.db", "SELECT 1", "no such file: missing.db"),
        ("sqlite://", "SELECT * FROM t", "OperationalError: no such table: t"),
        ("sqlite://", "CREATE TABLE t (id)", "ResourceClosedError"),
        ("sqlite://", "SELECT 1 AS id", "missing: name, one of"),
        ("sqlite://", 5, "the database must answer the query"),
        ("nonsense://a", "SELECT 1", "NoSuchModuleError"),
        ("://", "SELECT 1", "the address is not of the form"),
    ],
)
def test_profiles_database_failure_is_stated(url, query, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProfileError, match=reason):
        read_profiles(url, query=query)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:hunter22@localhost:1/db",
        "sqlite:///missing.db?password=hunter22",
        "nonsense://user:hunter22@localhost/db",
        "post gres://user:hunter22@localhost/db",
        "postgresql://user:hunter22@localhost:port/db",
    ],
)
def test_profiles_database_password_is_never_shown(url):
    with pytest.raises(ProfileError) as caught:
        read_profiles(url, query="SELECT 1")
    assert "hunter22" not in "".join(traceback.format_exception(caught.value))


def test_profiles_database_is_never_changed(tmp_path):
    with sqlite3.connect(tmp_path / "t.db") as base:
        base.execute("CREATE TABLE t (id)")
        base.execute("INSERT INTO t VALUES (1)")
    with pytest.raises(ProfileError, match="one SELECT"):
        read_profiles(f"sqlite:///{tmp_path / 't.db'}", query="DELETE FROM t")
    assert sqlite3.connect(tmp_path / "t.db").execute("SELECT count(*) FROM t").fetchone() == (1,)


def test_profiles_query_for_a_file_is_refused():
    with pytest.raises(ProfileError, match="query must go with a database; got a str"):
        read_profiles("t.csv", query="SELECT 1")


def test_rejected_holds_every_problem_in_line_order(tmp_path):
    rows = [
        "1,a,v,5,",
        "1,b,v,5,",
        ",,,-3,pink",
        "4,d,,many,2030-01-01",
        '5,e,"v\nv",1,2020-02-31',
        "6,f,v,1.234,",
        "1,g,v,,,,overflow",
        "7,h,v,7,2020",
    ]
    path = write(tmp_path, "id,name,vision,staff,updated\n" + "\n".join(rows))
    table = read_profiles(path, today=TODAY)
    found = list(zip(table.rejected["line"], table.rejected["id"], table.rejected["column"], strict=True))
    assert found == [
        (3, "1", "id"),
        (4, "", "vision, mission, needs, offers"),
        (4, "", "id"),
        (4, "", "name"),
        (4, "", "staff"),
        (4, "", "updated"),
        (5, "4", "vision, mission, needs, offers"),
        (5, "4", "staff"),
        (5, "4", "updated"),
        (6, "5", "updated"),
        (8, "6", "staff"),
        (9, "1", ""),
        (9, "1", "id"),
    ]
    assert table.rejected.loc[0, "reason"] == "id already used on line 2"
    assert table.rejected.loc[4, "reason"] == "must be 0 or more; got -3"
    assert table.rejected.loc[4, "value"] == "-3"
    assert "at most 5 cells, as the header; got 7" in table.rejected.loc[11, "reason"]
    assert table.kept["id"].tolist() == ["1", "7"]
    assert (table.n_rows, table.n_rejected) == (8, 6)
    assert list(table.rejected.columns) == list(table.notes.columns) == list(Rejection)


def test_rejected_unreadable_cell_is_stated_once():
    rejected = read_profiles([{"id": "a\x00", "name": ["x"], "needs": "x (9)"}]).rejected
    assert rejected["column"].tolist() == ["id", "name", "needs"]
    assert rejected.loc[0, "value"] == r"a\x00"


def test_rejected_value_is_short():
    rejected = read_profiles([{"id": 1, "name": "a", "vision": "x" * 60_000}]).rejected
    assert len(rejected.loc[0, "value"]) == 200
    assert rejected.loc[0, "reason"] == "text must be at most 50,000 characters; got 60,000"


def test_rejected_extra_cells_are_checked_too():
    rejected = read_profiles(
        [{"id": 1, "name": "a", "vision": "v", "shoe": "x\x02", "tags": ["\udfff"]}]
    ).rejected
    assert rejected["column"].tolist() == ["shoe", "tags"]


def test_rejected_every_record_gives_a_table():
    table = read_profiles([{"id": "", "name": "a", "vision": "v"}, 5])
    assert (table.n_rows, table.n_rejected, len(table.kept), len(table.duplicates)) == (2, 2, 0, 0)
    assert table.rejected["reason"].tolist() == ["must be filled", "record must be an object; got int"]


def test_table_summary_states_counts_and_no_text():
    table = read_profiles([{"id": "secret", "name": "secret", "vision": "secret", "secrets": 1}, {"id": 2}])
    assert repr(table) == (
        "ProfileTable(2 records read: 1 kept, 1 rejected (2 problems), 1 notes, 0 possible duplicates)"
    )


def names_table(*rows):
    records = [
        {"id": number, "name": name, "country": land, "vision": "v"}
        for number, (name, land) in enumerate(rows)
    ]
    return read_profiles(records).duplicates


def test_duplicates_near_names_in_one_country_are_paired():
    twins = names_table(
        ("Yayasan Harapan Bangsa", "ID"),
        ("Bangsa Harapan, Yayasan", "id"),
        ("Yayasan Harapn Bangsa", ""),
        ("Yayasan Harapan Bangsa", "MY"),
        ("SMA Negeri 1 Bandung", "ID"),
        ("SMA Negeri 2 Bandung", "ID"),
        ("?!", "ID"),
        ("...", "ID"),
    )
    pairs = set(zip(twins["id"], twins["other_id"], strict=True))
    assert ("0", "1") in pairs
    assert ("0", "2") in pairs
    assert not any({"4", "5", "6", "7"} & set(pair) for pair in pairs)
    assert ("0", "3") not in pairs
    assert twins["similarity"].between(90, 100).all()
    assert list(twins.columns) == ["id", "other_id", "name", "other_name", "similarity"]


def test_duplicates_many_equal_names_are_paired_with_the_first_only():
    twins = names_table(*[("Same Name", "ID")] * 500)
    assert len(twins) == 499
    assert set(twins["id"]) == {"0"}


def test_duplicates_in_a_large_block_are_found_among_neighbours(monkeypatch):
    monkeypatch.setattr("matcher.profiles.duplicates.LARGEST_BLOCK", 2)
    twins = names_table(
        ("Kopi Lestari", ""), ("Xopi Lestari", ""), ("Beras Murni", ""), ("Kopi Lestarii", "")
    )
    assert set(zip(twins["id"], twins["other_id"], strict=True)) >= {("0", "1"), ("0", "3")}
