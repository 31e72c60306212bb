"""Random input for every reader: an error that is no `MatcherError` is a finding, and so is a lost row.

Run by `make fuzz`, not by `make test`: each reader has its share of `FUZZ_MINUTES`. Hypothesis keeps what it
found in `.hypothesis/` and prints the smallest input; that becomes a case in tests/test_profiles_garbage.py.
"""

import contextlib
import datetime as dt
import io
import json
import math
import os
import sqlite3
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import get_args

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher.columns import STAGES, Profile
from matcher.errors import MatcherError
from matcher.files import bundled_toml
from matcher.outcomes import read_outcomes
from matcher.outcomes.reading import column_of
from matcher.profiles import read_profiles
from matcher.profiles.layout import read_mapping
from matcher.profiles.vocabulary import kind_of, language_of, languages_of, read_header
from matcher.tables.dates import Order, parse_date, read_date
from matcher.tables.numbers import Money, parse_rating, read_currency, read_quantity, read_year
from matcher.tables.values import Findings, is_placeholder

MINUTES = float(os.environ.get("FUZZ_MINUTES", "10"))
SLOWEST = dt.timedelta(seconds=20)
"""Longest time for one input, on a busy machine."""
SCRATCH = TemporaryDirectory()
FOLDER = Path(SCRATCH.name)
VOCABULARY = bundled_toml("matcher.profiles", "vocabulary.toml")
TODAY = dt.date(2026, 1, 1)

WORDS = sorted({word for words in VOCABULARY["headers"].values() for word in words} | {*Profile})
PIECES = [
    *("12", "1.200", "31/12/2024", "Maret", "juta", "Rp", "US$", "2m", "miliar", "± orang", "%", "1e9", "٣"),
    *("id", "en", "Indonesia", "Inggris", "dan", "and", "&", "/", ";", "；", ",", "|", "dana:", "training"),
    *("(5)", "[", "]", "{", "}", "(", ")", ":", "：", "•", "- ", "1. ", '"', "'", "\\", "=", "#N/A", "N/A"),
    *(
        "<p>",
        "</p>",
        "&nbsp;",
        "&#0;",
        "_x000D_",
        "tidak ada",
        "red",
        "0",
        "é",
        "e\u0301",
        "北京",
        "LSM",
        "NGO",
    ),
    *("https://a.id/b", "a@b.id", "2024-01-31T10:00:00Z", "\n", "\r\n", "\t", "\u200e", "\u00a0", "\ufeff"),
    *("\x00", "\ud800"),
]
text = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=10).map(" ".join) | (
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
)
scalar = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), text, st.dates(), st.datetimes(), st.times(),
    st.decimals(allow_nan=False), st.binary(max_size=4), st.timedeltas(),
)  # fmt: skip
cell = st.recursive(
    scalar,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["category", "text", "weight", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)
header = st.one_of(st.sampled_from(WORDS), text, st.sampled_from(WORDS).map(lambda word: f"Apa {word} Anda?"))


def lines_of(cells, head=header):
    """Return a strategy of the lines of a sheet: some above the header, the header, rows."""
    rows = st.lists(st.lists(cells, max_size=6), max_size=6)
    headers = st.lists(head, min_size=1, max_size=6).map(lambda some: ["nama", "misi", *some])
    return st.tuples(st.lists(st.lists(cells, max_size=4), max_size=2), headers, rows).map(
        lambda parts: [*parts[0], parts[1], *parts[2]]
    )


def check_profiles(source, **said):
    with contextlib.suppress(MatcherError):
        table = read_profiles(source, **said)
        assert table.n_rows == len(table.kept) + table.n_rejected
        assert table.kept["id"].is_unique
        assert (table.kept["id"] != "").all()
        again = read_profiles(table.kept[[*Profile]])
        pd.testing.assert_frame_equal(again.kept[[*Profile]], table.kept[[*Profile]])


def written(name, data):
    path = FOLDER / name
    path.write_bytes(data)
    return path


def delimited(lines, delimiter, encoding, cut):
    def quoted(one):
        value = "" if one is None else str(one)
        return '"' + value.replace('"', '""') + '"' if cut % 2 else value

    data = "\n".join(delimiter.join(map(quoted, line)) for line in lines).encode(encoding, errors="replace")
    check_profiles(written("a.csv", data[: len(data) - cut % 7]))


def delimited_bytes(data, ending):
    check_profiles(written(f"a{ending}", data))


def workbook(lines, changed, ending):
    book = openpyxl.Workbook()
    for at, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            with contextlib.suppress(Exception):  # what a workbook cannot hold
                book.active.cell(at, column, value)
    data = io.BytesIO()
    with contextlib.suppress(Exception):
        book.save(data)
    damaged = bytearray(data.getvalue())
    for position, byte in changed if damaged else ():
        damaged[position % len(damaged)] = byte
    check_profiles(written(f"a{ending}", bytes(damaged)))


def json_cells(columns, cells, as_text):
    row = dict(zip(columns, cells, strict=False))
    if as_text:
        row = {key: json.dumps(value, default=str) for key, value in row.items()}
    check_profiles([{"id": "a", "name": "A", "mission": "m", **row}, {"name": "B", "mission": "m", **row}])


def json_lines(data):
    check_profiles(written("a.jsonl", data))


def json_line(row):
    return json.dumps(row, default=str).encode()


def date(value, order):
    day = read_date(value, found := Findings(), order)
    assert day is None or isinstance(day, dt.date)
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            assert parse_date(value, order) == parse_date(parse_date(value, order).isoformat())
    assert day is not None or found.problems or value is None or value != value or not str(value).strip()


def number(value, column):
    for read in (read_quantity, read_year, lambda one, found: read_quantity(one, found, column)):
        got = read(value, found := Findings())
        assert isinstance(got, float)
        assert not math.isinf(got)
        is_empty = isinstance(value, str) and (not value.strip() or is_placeholder(value))
        assert not math.isnan(got) or found.problems or is_empty, "no number, and nothing says so"
    if isinstance(value, str):
        assert isinstance(read_currency(value, Findings()), str)
        rating = parse_rating(value)
        assert rating is None or rating >= 0


def language(value):
    codes = languages_of(value)
    assert all(code == language_of(code) for code in codes)
    kind, _ = kind_of(value)
    assert kind in (None, "business", "education", "social", "public", "other")


def headers(names):
    for name in names:
        assert all(0.0 <= one.confidence <= 1.0 for one in read_header(name))
        column_of(name)
    check_profiles([{"nama": "A", "misi": "m", **dict.fromkeys(names, "x")}])


def mapping(data, columns):
    path = written("a.toml", data)
    for given_ in (path, columns):
        with contextlib.suppress(MatcherError):
            said = read_mapping(given_)
            said.to_toml(FOLDER / "b.toml")
            assert read_mapping(FOLDER / "b.toml").columns == said.columns
        check_profiles([{"nama": "A", "misi": "m", "Dicari": "dana"}], mapping=given_)


def outcomes(rows, columns):
    lines = [dict(zip(columns, row, strict=True)) for row in rows]
    with contextlib.suppress(MatcherError):
        table = read_outcomes(lines, today=TODAY)
        if all(len(work.members) == 2 for work in table.works):  # a group row gives as many pairs as it has
            assert table.n_rows == len(table.kept) + table.n_rejected
        assert table.kept["stage"].isin(STAGES).all()
        assert table.kept["date"].notna().all()


def database(rows, query):
    path = FOLDER / "a.db"
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        base.execute("CREATE TABLE t (nama, misi, kebutuhan, diperbarui)")
        for row in rows:
            with contextlib.suppress(sqlite3.Error, OverflowError, UnicodeError):
                base.execute("INSERT INTO t VALUES (?, ?, ?, ?)", row)
    before = path.read_bytes()
    for asked in ("SELECT * FROM t", query):
        check_profiles(f"sqlite:///{path}", query=asked)
    assert path.read_bytes() == before


SQL = [
    "SELECT",
    "*",
    "FROM t",
    "DROP TABLE t",
    ";",
    "DELETE",
    "--",
    "UPDATE t SET misi = 1",
    "PRAGMA",
    "ATTACH",
]
STAGE = st.one_of(text, st.sampled_from([*STAGES, "bertemu", "ditolak"]))
PAIR = ["seeker", "candidate", "stage", "date", "seeker_rating"]
GROUP = ["id", "lead", "partners", "tanggal", "name"]
READERS = {
    "delimited text": (
        delimited,
        lines_of(st.one_of(text, st.integers())),
        st.sampled_from(",;\t|"),
        st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
        st.integers(0, 50),
    ),
    "bytes": (
        delimited_bytes,
        st.binary(max_size=60) | text.map(lambda one: f"nama,misi\n{one}".encode(errors="replace")),
        st.sampled_from([".csv", ".tsv", ".txt", ".csv.gz", ".jsonl", ".parquet", ".xlsx", ".xls", ".ods"]),
    ),
    "workbooks": (
        workbook,
        lines_of(scalar),
        st.lists(st.tuples(st.integers(0, 10**5), st.integers(0, 255)), max_size=2),
        st.sampled_from([".xlsx", ".xlsx", ".ods"]),
    ),
    "lists": (
        json_cells,
        st.lists(st.sampled_from([*Profile, "visi", "extra"]), max_size=6, unique=True),
        st.lists(cell, max_size=6),
        st.booleans(),
    ),
    "json lines": (
        json_lines,
        st.lists(
            st.one_of(
                st.binary(max_size=20),
                st.dictionaries(header, cell, max_size=4).map(
                    lambda row: json.dumps(row, default=str).encode()
                ),
            ),
            max_size=4,
        ).map(b"\n".join),
    ),
    "dates": (date, st.one_of(text, scalar), st.sampled_from(get_args(Order))),
    "numbers": (
        number,
        st.one_of(text, scalar),
        st.sampled_from([Money(), Money("IDR", 1.0, True), Money("USD", 1e6)]),
    ),
    "languages": (language, text),
    "headers": (headers, st.lists(header, min_size=1, max_size=8)),
    "mapping files": (
        mapping,
        st.binary(max_size=30) | text.map(lambda one: f'[columns]\n"Dicari" = {json.dumps(one)}'.encode()),
        st.dictionaries(text | st.just("Dicari"), header, max_size=3),
    ),
    "outcomes": (
        outcomes,
        st.lists(st.tuples(scalar, cell, STAGE, scalar, cell), max_size=6),
        st.one_of(st.just(PAIR), st.just(GROUP), st.lists(header, min_size=5, max_size=5)),
    ),
    "databases": (
        database,
        st.lists(st.tuples(text, text, scalar, scalar), max_size=5),
        st.lists(st.sampled_from(SQL) | text, max_size=5).map(" ".join),
    ),
}


@pytest.mark.parametrize("name", READERS)
def test_reader_raises_only_errors_for_people_and_loses_no_row(name):
    check, *parts = READERS[name]
    end = time.monotonic() + 60 * MINUTES / len(READERS)
    run = settings(max_examples=100, deadline=SLOWEST, suppress_health_check=list(HealthCheck))

    @run
    @given(st.tuples(*parts))
    def is_sound(values):
        check(*values)

    while time.monotonic() < end:
        is_sound()
