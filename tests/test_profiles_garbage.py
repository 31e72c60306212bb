import csv
import io
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from matcher.columns import Profile
from matcher.errors import ProfileError
from matcher.profiles import ProfileTable, check_profile, read_profiles
from matcher.tables.writing import write_table

shared = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
headers = st.sampled_from([*(column.value for column in Profile), "visi", "tags", "skor", ""])
odd_text = st.one_of(
    st.text(max_size=12),
    st.text("();:,\\0123456789-/ .a", max_size=12),
    st.sampled_from(
        ["12", "1.234", "-5", "2020-01-01", "31/02/2020", "red", "=1+1", "x\x00", "#N/A", "dana: a (7)"]
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    odd_text,
    st.dates(),
    st.datetimes(),
    st.binary(max_size=3),
)
cells = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["category", "text", "weight", "source", "date", "x"]), inner, max_size=3
        )
    ),
    max_leaves=4,
)
required = {"id": odd_text, "name": odd_text, "mission": odd_text}


def counted(table, n_rows=None):
    assert isinstance(table, ProfileTable)
    assert table.n_rows == len(table.kept) + table.n_rejected
    assert n_rows is None or table.n_rows == n_rows
    assert table.kept["id"].is_unique
    assert (table.kept["id"] != "").all()
    assert table.rejected["line"].is_monotonic_increasing
    return table


@shared
@given(st.lists(st.fixed_dictionaries(required, optional={"staff": cells, "needs": cells, "offers": cells,
       "evidence": cells, "flag": cells, "updated": cells, "languages": cells, "tags": cells, "kind": cells}),
       min_size=1, max_size=5))  # fmt: skip
def test_garbage_records_are_all_counted(records):
    table = counted(read_profiles(records), len(records))
    again = read_profiles(table.kept) if len(table.kept) else table
    assert again.rejected.empty or table.kept.empty
    for record in records[:2]:
        try:
            check_profile(record)
        except ProfileError as err:
            assert "profile must be valid" in str(err)


@shared
@given(
    st.lists(
        st.one_of(scalars, st.dictionaries(headers | st.text(max_size=4), cells, max_size=4)), min_size=1
    )
)
def test_garbage_lists_give_a_table_or_an_error(records):
    try:
        counted(read_profiles(records), len(records))
    except ProfileError as err:
        assert str(err)


@shared
@given(st.sampled_from(["csv", "tsv", "jsonl", "csv.gz", "xlsx", "parquet"]), st.binary(max_size=300))
def test_garbage_bytes_give_a_table_or_an_error(tmp_path, ending, data):
    path = tmp_path / f"t.{ending}"
    path.write_bytes(data)
    try:
        counted(read_profiles(path))
    except ProfileError as err:
        assert str(path) in str(err) or "columns must" in str(err) or "header" in str(err)


@shared
@given(
    st.text(max_size=300),
    st.sampled_from(["utf-8", "utf-16", "cp1252", "utf-16-be"]),
    st.sampled_from(",;\t"),
)
def test_garbage_text_under_a_good_header_gives_a_table_or_an_error(tmp_path, text, encoding, delimiter):
    path = tmp_path / "t.csv"
    header = delimiter.join(["id", "name", "needs", "staff", "updated"])
    path.write_bytes(f"{header}\n{text}".encode(encoding, errors="ignore"))
    try:
        counted(read_profiles(path))
    except ProfileError as err:
        assert str(path) in str(err)


@shared
@given(st.lists(st.tuples(odd_text, odd_text, odd_text, odd_text, odd_text), min_size=1, max_size=6))
@example([("0", "0", "000", "1,", ""), ("00", "0", "000", ";0,1", "")])
@example([("0", "0", "000", "0,0,1;0", "")])
def test_garbage_csv_written_and_read_again_is_the_same(tmp_path, rows):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([["id", "name", "needs", "sector", "evidence"], *rows])
    path = tmp_path / "t.csv"
    path.write_bytes(text.getvalue().encode("utf-8", errors="replace"))
    try:
        first = counted(read_profiles(path))
    except ProfileError as err:
        assert "it holds none" in str(err)
        return
    for ending in ("jsonl", "csv", "xlsx", "parquet") if len(first.kept) else ():
        copy = tmp_path / f"copy.{ending}"
        write_table(first.kept, copy)
        pd.testing.assert_frame_equal(counted(read_profiles(copy)).kept, first.kept)
    write_table(first.rejected, tmp_path / "rejected.csv")


@pytest.mark.parametrize("depth", [50, 5000])
def test_garbage_deep_json_is_rejected_or_kept(tmp_path, depth):
    path = tmp_path / "t.jsonl"
    record = {"id": 1, "name": "a", "vision": "v"}
    line = json.dumps(record)[:-1] + ', "tags": ' + "[" * depth + "]" * depth + "}"
    path.write_text(line)
    assert counted(read_profiles(path)).n_rows == 1


@pytest.mark.parametrize("mission", [False, 0, "FALSE", "tidak", "-", "#N/A"])
def test_profiles_cells_that_say_nothing_are_read_alike_whatever_their_type(mission):
    table = read_profiles([{"id": "a", "name": "A", "misi": mission}])
    assert table.n_rejected == 1
