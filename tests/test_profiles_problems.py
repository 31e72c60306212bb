import datetime as dt
import gzip
import json
import random
import traceback
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from matcher.columns import Rejection
from matcher.errors import ProfileError
from matcher.profiles import read_profiles
from matcher.profiles.duplicates import find_duplicates

TODAY = dt.date(2024, 6, 1)
HEADER = "id,name,vision\n"


def write(tmp_path, data, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("t.csv", b"", "it holds none"),
        ("t.csv", b"\n\n,,\n", "it holds none"),
        ("t.csv", HEADER.encode(), "it holds none"),
        ("t.csv", b"sep=;\n", "it holds none"),
        ("t.jsonl", b"\n \n", "it holds none"),
        ("t.csv", HEADER.encode() + b"1,a,\x81\n", "got byte 0x81 at byte 19. Save it as CSV UTF-8"),
        ("t.csv", "id,name,vision\n1,é—é,".encode() + b"\xff\n", "got byte 0xFF at byte 25"),
        ("t.csv", b"\x00\x01\x02\xff\xfe", "got byte 0xFF at byte 3"),
        ("t.csv", HEADER.encode("utf-16-le") + b"\x00", "got byte 0x00 at byte 30"),
        ("t.csv", HEADER.encode("utf-32"), "got UTF-32 at byte 0"),
        ("t.csv", HEADER + '"', "it holds none"),
        ("t.xlsx", b"PK\x03\x04 not a workbook", "must be a workbook; it cannot be opened"),
        ("t.xlsx", b"", "must be a workbook"),
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "damaged, protected by a password"),
        (
            "t.xlsx",
            b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0",
            "by a password. Open it,",
        ),
        ("t.xls", b"\xef\xbb\xbf<html><table>", "or a web page under another name"),
        ("t.parquet", b"PAR1 not one", "must be a Parquet file; it cannot be opened"),
        ("t.csv.gz", b"not packed", "must be gzip; it is damaged"),
        ("t.jsonl.gz", gzip.compress(b"{}" * 999, mtime=0)[:-9], "must be gzip; it is damaged"),
        ("t.doc", b"", r"must end in one of \.csv, \.csv\.gz, .*\.parquet"),
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
        ([], "it holds none"),
        (pd.DataFrame({"id": [], "name": [], "vision": []}), "it holds none"),
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
        (
            "sqlite://",
            "CREATE TABLE t (id)",
            "one SELECT, WITH or VALUES statement.*got CREATE",
        ),
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
        (9, "1", ""),
        (9, "1", "id"),
    ]
    assert table.rejected.loc[0, "reason"] == "id already used on line 2"
    assert table.rejected.loc[4, "reason"] == "must be 0 or more; got -3"
    assert table.rejected.loc[4, "value"] == "-3"
    assert "at most 5 cells, as the header; got 7" in table.rejected.loc[9, "reason"]
    assert table.kept["id"].tolist() == ["1", "5", "6", "7"]
    assert (table.n_rows, table.n_rejected) == (8, 4)
    assert table.notes[["line", "reason"]].to_numpy().tolist() == [
        [6, "must be a possible date; got '2020-02-31'; left empty"]
    ]
    assert list(table.rejected.columns) == list(table.notes.columns) == list(Rejection)


def test_rejected_unreadable_cell_is_stated_once():
    rejected = read_profiles([{"id": "a\x00", "name": ["x"], "needs": "x (9)"}]).rejected
    assert rejected["column"].tolist() == ["id", "name", "needs"]
    assert rejected.loc[0, "value"] == r"a\x00"


def test_rejected_value_is_short():
    rejected = read_profiles([{"id": 1, "name": "a", "vision": "x" * 60_000}]).rejected
    assert len(rejected.loc[0, "value"]) == 200
    assert rejected.loc[0, "reason"] == "text must be at most 50,000 characters; got 60,000"


def test_extra_cells_are_cleaned_with_a_note():
    table = read_profiles([{"id": 1, "name": "a", "vision": "v", "shoe": "x\x02", "tags": ["\udfff"]}])
    assert table.kept.loc[0, ["shoe", "tags"]].tolist() == ["x", ()]
    assert [reason for reason in table.notes["reason"] if "left out" in reason] == [
        "text must not hold a control character; got U+0002 at position 2; left out",
        "text must not hold a lone surrogate; got U+DFFF at position 1; left out",
    ]


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


WRITTEN_TWICE = {
    "a letter more": lambda name: f"{name[:7]}x{name[7:]}",
    "a letter less": lambda name: name[:-6] + name[-5:],
    "two letters": lambda name: f"{name[:3]}x{name[4:-3]}y{name[-2:]}",
    "a form": lambda name: f"PT {name}",
    "a place": lambda name: f"{name} (Aceh)",
    "order": lambda name: " ".join(reversed(name.split())),
}


@pytest.mark.parametrize("change", WRITTEN_TWICE.values(), ids=WRITTEN_TWICE)
def test_duplicates_among_thousands_with_a_common_beginning_are_found(change):
    generator = random.Random(0)
    begun = "Kelompok Usaha Bersama Perempuan Nelayan Kabupaten Lombok Timur"
    words = ["".join(generator.choices("abcdefghijklmnoprstu", k=7)) for _ in range(6_000)]
    names = [f"{begun} {one} {other}" for one, other in zip(words[::2], words[1::2], strict=True)]
    twins = [change(name) for name in names[:50]]
    frame = pd.DataFrame({"name": names + twins, "country": ""})
    frame["id"] = frame.index.astype(str)
    tracemalloc.start()
    found = find_duplicates(frame)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    missing = {(str(row), str(len(names) + row)) for row in range(50)} - set(
        zip(found["id"], found["other_id"], strict=True)
    )
    assert not missing
    assert found.groupby("other_id").size().max() <= 5
    assert peak < 300e6


FAR = pd.Series([np.datetime64("12000-01-01", "s"), np.datetime64("2020-01-01", "s")])
NESTED = json.loads("[" * 300 + "1" + "]" * 300)


@pytest.mark.parametrize("column", ["updated", "founded_on", "vision"])
def test_date_in_a_year_beyond_9999_is_no_traceback(tmp_path, column):
    frame = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "mission": "m", column: FAR})
    path = tmp_path / "t.parquet"
    frame.to_parquet(path)
    for source in frame, path, frame.to_dict("records"), frame.astype(object):
        table = read_profiles(source)
        assert table.kept["id"].tolist()[-1] == "2"
        is_stated = {*table.rejected["column"], *table.notes["column"]} >= {column}
        assert is_stated or "12000-01-01" in str(table.kept.at[0, column])


@pytest.mark.parametrize(
    "today", ["2020-06-01", "01/06/2020", np.datetime64("2020-06-01"), pd.Timestamp("2020-06-01")]
)
def test_today_is_read_as_any_date(today):
    assert (
        read_profiles([{"id": 1, "name": "a", "vision": "v", "founded": 2020}], today=today).n_rejected == 0
    )
    with pytest.raises(ProfileError, match=r"today must be a date as .* got 'soon'\."):
        read_profiles([{"id": 1, "name": "a", "vision": "v"}], today="soon")


@pytest.mark.parametrize("column", ["shoe", "needs", "sector", "vision", "evidence", "name", "staff"])
@pytest.mark.parametrize("cell", [NESTED, {"a": NESTED}], ids=["lists", "objects"])
def test_deeply_nested_cell_is_left_out_with_a_note(tmp_path, column, cell):
    records = [{"id": 1, "name": "a", "mission": "m", column: cell}, {"id": 2, "name": "b", "mission": "m"}]
    path = tmp_path / "t.jsonl"
    path.write_text("\n".join(map(json.dumps, records)))
    for source in path, records, pd.DataFrame(records):
        table = read_profiles(source)
        assert table.kept["id"].tolist() == (["2"] if column == "name" else ["1", "2"])
        if column != "name":
            assert (column, "lists nested more than 20 deep are left out") in zip(
                table.notes["column"], table.notes["reason"], strict=True
            )


def test_repeated_cells_have_their_notes_in_every_record():
    cells = {
        "mission": "m",
        "kind": "cuaca",
        "needs": "dana: a (7); b",
        "staff": "lebih dari 120",
        "region": "-",
    }
    table = read_profiles([{"id": str(number), "name": f"N{number}", **cells} for number in range(3)])
    of_rows = table.notes[table.notes["line"] > 0]
    found = [sorted(zip(rows["column"], rows["reason"], strict=True)) for _, rows in of_rows.groupby("line")]
    assert found[0] == found[1] == found[2]
    assert {column for column, _ in found[0]} == {"kind", "needs", "staff"}
    assert "read as empty, for it says nothing: 3 x '-'" in set(table.notes["reason"])
