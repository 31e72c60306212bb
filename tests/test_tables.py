import csv
import datetime as dt
import gzip
import json
import os
import signal
import stat
import subprocess
import sys
from functools import partial

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.errors import OutputError
from matcher.files import check_target
from matcher.profiles import Claim, Resource
from matcher.tables import writing as tables
from matcher.tables.writing import WRITERS, rejected_path, write_parts, write_table

check_writable = partial(check_target, "path", endings=WRITERS)
ENDINGS = ["csv", "tsv", "xlsx", "parquet", "jsonl", "jsonl.gz"]


@pytest.fixture
def frame():
    table = pd.DataFrame(
        {
            "id": ["a", "=1+1", "-x"],
            "score": [0.5, np.nan, 1.125],
            "rank": [1, 2, 3],
            "when": pd.to_datetime(["2024-01-31", None, "2024-01-31 10:00"], format="mixed"),
            "tags": pd.Series([("a;b", "c"), (), ["(", "d"]], dtype=object),
            "needs": pd.Series([(Resource("funding", "x", 2),), (), ()], dtype=object),
            "proof": pd.Series([(Claim("y", "z", dt.date(2020, 1, 2)),), (), None], dtype=object),
            "good": [True, False, True],
        }
    )
    table.index = [5, 5, 7]
    return table


def csv_rows(path, delimiter=","):
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.reader(handle, delimiter=delimiter))


@pytest.mark.parametrize(("ending", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_write_table_delimited_has_mark_and_guarded_flat_cells(tmp_path, frame, ending, delimiter):
    path = tmp_path / f"t.{ending}"
    write_table(frame, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfid")
    rows = csv_rows(path, delimiter)
    assert rows[1] == [
        "a", "0.5", "1", "2024-01-31", "a\\;b; c", "funding: x (2)", "y (z, 2020-01-02)", "true",
    ]  # fmt: skip
    assert rows[2] == ["'=1+1", "", "2", "", "", "", "", "false"]
    assert rows[3] == ["'-x", "1.1250", "3", "2024-01-31 10:00:00", "\\(; d", "", "", "true"]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("size", [1, 3, 7, 50])
def test_write_parts_gives_the_bytes_of_the_whole(tmp_path, monkeypatch, ending, size):
    monkeypatch.setattr(tables, "GROUP", 8)
    whole = pd.DataFrame({"id": [f"o{n}" for n in range(23)], "score": np.arange(23) / 7.0})
    whole.loc[4, "score"] = np.nan
    write_table(whole, tmp_path / f"whole.{ending}")
    parts = (whole[start : start + size] for start in range(0, len(whole), size))
    write_parts(parts, tmp_path / f"parts.{ending}")
    one, other = (tmp_path / f"{name}.{ending}" for name in ("whole", "parts"))
    if ending == "xlsx":
        cells = [list(openpyxl.load_workbook(path).active.values) for path in (one, other)]
        assert cells[0] == cells[1]
    else:
        assert one.read_bytes() == other.read_bytes()


KILLED = """
import os, signal, sys
import pandas as pd
from matcher.tables.writing import write_parts

def parts():
    for number in range(1000):
        if number == 900:
            os.kill(os.getpid(), signal.SIGKILL)
        yield pd.DataFrame({"id": [f"o{number}"] * 100})

write_parts(parts(), sys.argv[1])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl.gz"])
def test_write_parts_that_is_killed_leaves_the_file_of_before(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    path.write_text("before")
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "before"


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_write_table_formula_text_is_guarded(tmp_path, sign):
    table = pd.DataFrame({f"{sign}h": [f"{sign}cmd", "safe"], "n": [-1, -2.5]})
    write_table(table, tmp_path / "t.csv")
    assert csv_rows(tmp_path / "t.csv") == [[f"'{sign}h", "n"], [f"'{sign}cmd", "-1.0"], ["safe", "-2.5"]]
    write_table(table, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value[0] == "'"
    assert sheet["B2"].value == -1


def test_write_table_list_that_starts_like_a_formula_is_guarded(tmp_path):
    write_table(pd.DataFrame({"a": [("=1+1", "b")]}), tmp_path / "t.csv")
    assert csv_rows(tmp_path / "t.csv")[1] == ["'=1+1; b"]


def test_write_table_workbook_is_ready_to_use(tmp_path, frame):
    write_table(frame, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:H4"
    assert sheet["D2"].value == dt.datetime(2024, 1, 31)
    assert sheet["E2"].value == "a\\;b; c"
    assert sheet["H2"].value is True
    assert sheet["B3"].value is None


def test_write_table_workbook_cells_stay_legal(tmp_path):
    texts = ["a\x01\x0bb\ufffe", "x" * 40_000, "😀" * 20_000, "#N/A", "=x", "2024-01-01", "a\ud800"]
    values = [*texts, float("inf"), 10**30, pd.Timestamp("1850-01-01"), pd.Timestamp("2024-01-01", tz="UTC")]
    write_table(pd.DataFrame({"a": pd.Series(values, dtype=object)}), tmp_path / "t.xlsx")
    cells = [cell for (cell,) in openpyxl.load_workbook(tmp_path / "t.xlsx").active.iter_rows(min_row=2)]
    assert cells[0].value == "ab"
    assert len(cells[1].value) == 32_767
    assert cells[1].value.endswith("x…")
    assert len(cells[2].value.encode("utf-16-le")) <= 2 * 32_767
    assert {cell.data_type for cell in cells[:8]} == {"s"}
    assert cells[6].value == "a\\ud800"
    assert [cells[7].value, cells[9].value] == ["inf", "1850-01-01"]
    assert cells[10].value == "2024-01-01 00:00:00+00:00"


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz"])
def test_write_table_json_lines_hold_arrays_and_objects(tmp_path, frame, ending):
    path = tmp_path / f"t.{ending}"
    write_table(frame, path)
    data = path.read_bytes()
    lines = (gzip.decompress(data) if ending.endswith("gz") else data).decode().splitlines()
    assert json.loads(lines[0]) == {
        "id": "a",
        "score": 0.5,
        "rank": 1,
        "when": "2024-01-31",
        "tags": ["a;b", "c"],
        "needs": [{"category": "funding", "text": "x", "weight": 2}],
        "proof": [{"text": "y", "source": "z", "date": "2020-01-02"}],
        "good": True,
    }
    assert json.loads(lines[1])["score"] is None
    assert json.loads(lines[2])["id"] == "-x"


def test_write_table_parquet_holds_arrays_and_objects(tmp_path, frame):
    import pyarrow.parquet as pq

    path = tmp_path / "t.parquet"
    frame["mixed"] = pd.Series([1, "a", ("b", "c")], dtype=object).to_numpy()
    frame["none"] = None
    write_table(frame, path)
    rows = pq.read_table(path).to_pylist()
    assert rows[0]["needs"] == [{"category": "funding", "text": "x", "weight": 2}]
    assert rows[0]["proof"][0]["date"] == dt.date(2020, 1, 2)
    assert [row["score"] for row in rows] == [0.5, None, 1.125]
    assert [row["mixed"] for row in rows] == ["1", "a", "b; c"]
    assert [row["none"] for row in rows] == [None] * 3


@pytest.mark.parametrize("ending", ENDINGS)
def test_write_table_same_frame_gives_same_bytes(tmp_path, frame, ending, monkeypatch):
    first, second = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    write_table(frame, first)
    monkeypatch.setattr("time.time", lambda: 2e9)
    write_table(frame, second)
    assert first.read_bytes() == second.read_bytes()


def test_write_table_workbook_hides_when_it_was_made(tmp_path, frame):
    import zipfile

    write_table(frame, tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        assert {entry.date_time for entry in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert book.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2


@pytest.mark.parametrize("ending", ENDINGS)
def test_write_table_without_rows_or_columns_is_a_file(tmp_path, ending):
    for number, frame in enumerate([pd.DataFrame(), pd.DataFrame({"a": pd.Series([], dtype=object)})]):
        write_table(frame, tmp_path / f"{number}.{ending}")
        assert (tmp_path / f"{number}.{ending}").is_file()


@pytest.mark.parametrize("ending", ENDINGS)
def test_write_table_failure_leaves_what_was_there(tmp_path, frame, ending, monkeypatch):
    path = tmp_path / f"t.{ending}"
    path.write_text("before")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables.os, "fsync", fail)
    with pytest.raises(OutputError, match="must be writable; got: No space left on device"):
        write_table(frame, path)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_write_table_interruption_leaves_nothing(tmp_path, frame, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(tables.json, "dumps", stop)
    with pytest.raises(KeyboardInterrupt):
        write_table(frame, tmp_path / "t.jsonl")
    assert not list(tmp_path.iterdir())


def test_write_table_replaces_the_file_behind_a_link(tmp_path, frame):
    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    real.write_text("before")
    link.symlink_to(real)
    write_table(frame, link)
    assert link.is_symlink()
    assert real.read_bytes().startswith(b"\xef\xbb\xbfid")


def test_write_table_file_has_usual_permissions(tmp_path, frame):
    before = os.umask(0o022)
    try:
        write_table(frame, tmp_path / "t.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "t.csv").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    "function", [check_writable, lambda path: write_table(pd.DataFrame({"a": [1]}), path)]
)
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("t.txt", r"must end in one of \.csv, \.tsv, \.xlsx, \.parquet, \.jsonl, \.jsonl\.gz"),
        ("t", "must end in one of"),
        ("missing/t.csv", "must be in a folder that exists; there is none. Create it first"),
        ("folder.csv", "must be a file; got a folder"),
        ("file.csv/t.csv", "must be in a folder that exists"),
    ],
)
def test_tables_unusable_path_is_refused(tmp_path, function, name, reason):
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "file.csv").touch()
    with pytest.raises(OutputError, match=reason):
        function(str(tmp_path / name))


@pytest.mark.parametrize(
    "function", [check_writable, lambda path: write_table(pd.DataFrame({"a": [1]}), path)]
)
def test_tables_locked_folder_is_refused(tmp_path, function, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tables.os, "open", refuse)
    with pytest.raises(OutputError, match=r"must be writable; got: Permission denied\. Choose another"):
        function(tmp_path / "t.csv")


def test_check_writable_leaves_no_trace(tmp_path):
    check_writable(tmp_path / "t.XLSX")
    assert not list(tmp_path.iterdir())


def test_write_table_twin_columns_are_refused(tmp_path):
    with pytest.raises(OutputError, match="columns must be unique to be written; got twice: a"):
        write_table(pd.DataFrame([[1, 2]], columns=["a", "a"]), tmp_path / "t.csv")


def test_write_table_too_many_rows_for_a_sheet_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_MOST_ROWS", 2)
    with pytest.raises(OutputError, match=r"must have at most 2 rows; got 3\. Write \.csv"):
        write_table(pd.DataFrame({"a": [1, 2, 3]}), tmp_path / "t.xlsx")


def test_rejected_path_stands_beside_the_result(tmp_path):
    assert rejected_path(tmp_path / "out.jsonl.gz") == tmp_path / "out.jsonl.gz.rejected.csv"
    assert rejected_path("o.csv").name == "o.csv.rejected.csv"


def test_writers_are_the_documented_endings():
    assert list(WRITERS) == [f".{ending}" for ending in ENDINGS]


leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=8),
    st.datetimes(),
    st.dates(),
    st.binary(max_size=3),
    st.decimals(),
)


def nested(inner):
    return (
        st.lists(inner, max_size=2)
        | st.tuples(inner)
        | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    )


anything = st.recursive(leaves, nested, max_leaves=3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(anything, max_size=4), st.sampled_from(ENDINGS))
def test_write_table_any_cells_are_written(tmp_path, values, ending):
    path = tmp_path / f"t.{ending}"
    write_table(pd.DataFrame({"a": pd.Series(values, dtype=object), "b": range(len(values))}), path)
    assert path.stat().st_size > 0 or not values
    if ending == "csv":
        assert len(csv_rows(path)) == len(values) + 1
