"""Cells as people fill them in, in English and Indonesian: what is read, and what the notes say."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from matcher.errors import ProfileError
from matcher.outcomes import read_outcomes
from matcher.profiles import read_profiles
from matcher.profiles.vocabulary import column_of
from matcher.tables.dates import parse_date
from matcher.tables.numbers import parse_rating

TODAY = dt.date(2025, 6, 1)


def table_of(column, *cells):
    records = [
        {"id": str(number), "name": f"n{number}", "vision": "v", column: cell}
        for number, cell in enumerate(cells)
    ]
    return read_profiles(records, today=TODAY)


def reasons(table):
    return [reason for reason in table.notes["reason"] if "no category" not in reason]


def read(column, cell):
    """Return a cell's value and the reasons of its notes; the organisation is kept."""
    table = table_of(column, cell)
    assert table.n_rejected == 0
    return table.kept[column_of(column) or column][0], reasons(table)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1.200", 1200),
        ("1,200", 1200),
        ("1 200", 1200),
        ("1\u00a0200", 1200),
        ("1'200", 1200),
        ("10.000", 10_000),
        ("1.000.000", 1_000_000),
        ("1.200,5", 1200.5),
        ("12,5", 12.5),
        ("１２０", 120),
        ("120 orang", 120),
        ("± 120 orang", 120),
        ("+/- 120", 120),
        ("kurang lebih 120 orang", 120),
        ("kira-kira 50", 50),
        ("ca. 40", 40),
        ("about 40 people", 40),
        ("sekitar 1.500 karyawan", 1500),
        ("12 full-time", 12),
        ("15 staf tetap", 15),
        ("40 FTE", 40),
        ("2k", 2000),
        ("1,2 ribu", 1200),
        ("Jumlah: 12", 12),
        ("1e3", 1000),
        (np.int64(7), 7),
    ],
)
def test_counts_are_read_in_the_forms_people_write(cell, expected):
    assert read("staff", cell) == (expected, [])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("100+", 100),
        ("> 100", 100),
        ("lebih dari 100", 100),
        ("12 (8 tetap, 4 relawan)", 12),
        ("120 (seratus dua puluh) orang", 120),
        ("40 (2023)", 40),
    ],
)
def test_counts_that_say_more_are_read_with_a_note(cell, expected):
    assert read("staff", cell) == (expected, [f"read as {expected}"])


@pytest.mark.parametrize(
    "cell",
    [
        "50-100",
        "50–100 orang",
        "dua puluh",
        "12 staff + 30 volunteers",
        "tak terbatas",
        "--1",
        "-5",
        "5%",
        True,
        "#N/A",
    ],
)
def test_counts_that_are_no_single_number_are_left_empty_with_a_note(cell):
    value, notes = read("staff", cell)
    assert math.isnan(value)
    assert notes[0].startswith("must be")
    assert notes[0].endswith("; left empty")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("450 juta", 450e6),
        ("40 Miliar", 40e9),
        ("5 milyar", 5e9),
        ("3 triliun", 3e12),
        ("Rp 1,2 T", 1.2e12),
        ("50 jt", 50e6),
        ("Rp 85.000.000.000,-", 85e9),
        ("Rp 85 Milyar,-", 85e9),
        ("Rp. 1.500.000.000,00", 1.5e9),
        ("Rp1.500.000.000", 1.5e9),
        ("Rp 1,500,000,000", 1.5e9),
        ("Rp 1.5 miliar", 1.5e9),
        ("1.250 juta", 1.25e9),
        ("1 miliar 500 juta", 1.5e9),
        ("Rp 2,5 M", 2.5e9),
        ("Rp 2.1 M", 2.1e9),
        ("Rp 15M/tahun", 15e9),
        ("US$ 2m", 2e6),
        ("US$2.5M", 2.5e6),
        ("USD 2.1 M", 2.1e6),
        ("SGD 1.5m", 1.5e6),
        ("$ 1,200,000.00", 1.2e6),
        ("€ 1.200.000", 1.2e6),
        ("£2bn", 2e9),
        ("1,250 million", 1.25e9),
        ("US$ 2 m p.a.", 2e6),
        ("sekitar Rp 2 miliar", 2e9),
        ("Rp 10 juta per tahun", 10e6),
        ("Rp 1.234", 1234),
        ("12.50", 12.5),
        (1_500_000_000, 1.5e9),
    ],
)
def test_money_is_read_in_the_forms_people_write(cell, expected):
    assert read("budget", cell) == (pytest.approx(expected, rel=1e-12), [])


@pytest.mark.parametrize(
    ("cell", "expected"), [("2,5 M", 2.5e9), ("2.1 M", 2.1e6), ("1.234", 1234), ("> Rp 2 miliar", 2e9)]
)
def test_money_with_a_likely_reading_is_read_with_a_note(cell, expected):
    assert read("budget", cell) == (expected, [f"read as {expected:.15g}"])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2 M", "2 M could be 2 million or 2 miliar"),
        ("2.500 M", "2.500 could be 2.5 or 2500"),
        ("1,250 juta", "1,250 could be 1.25 or 1250"),
        ("Rp 100 - 200 juta", "must be one number"),
        ("Rp 10 juta per bulan", "must be a number"),
        ("Rp 5, USD 3", "must be in one currency"),
    ],
)
def test_money_with_two_readings_is_left_empty_with_both(cell, reason):
    value, notes = read("budget", cell)
    assert math.isnan(value)
    assert reason in notes[-1]


@pytest.mark.parametrize(
    ("header", "cells", "expected", "note"),
    [
        ("Anggaran", ["2 M", "450 juta"], [2e9, 450e6], "read as 2000000000"),
        ("budget", ["2 M", "US$ 3 M"], [2e6, 3e6], None),
        ("budget", ["Rp 3 M", "US$ 3 M"], [3e9, 3e6], "amounts are in IDR, USD and are not converted"),
    ],
)
def test_money_is_read_as_the_rest_of_its_column(header, cells, expected, note):
    table = table_of(header, *cells)
    assert table.kept["budget"].tolist() == expected
    assert reasons(table) == ([note] if note else [])


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("1998", 1998),
        ("1.998", 1998),
        ("tahun 1998", 1998),
        ("sejak 1998", 1998),
        ("10-09-1956", 1956),
        ("Jakarta, 12 Maret 1998", 1998),
        ("1998 (akta notaris)", 1998),
        (dt.date(1998, 3, 1), 1998),
        ("1998-2000", math.nan),
        ("98", math.nan),
        ("1420 H", math.nan),
        ("abad 19", math.nan),
        ("2099", math.nan),
    ],
)
def test_founded_is_read_or_left_empty(cell, expected):
    assert read("founded", cell)[0] == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    "cell",
    [
        "12 Maret 2024",
        "12 March 2024",
        "March 12, 2024",
        "12th March 2024",
        "12-Mar-24",
        "12 Mrt 2024",
        "Selasa, 12 Maret 2024",
        "per 12 Maret 2024",
        "12 Maret 2024 pukul 10.30 WIB",
        "12/03/2024",
        "12-3-2024",
        "12.03.2024",
        "12 / 03 / 2024",
        "12/03/24",
        "2024/03/12",
        "20240312",
        "12/03/2024 14.30.05",
        "2024/03/12 2:30:05 PM GMT+7",
        "2024-03-12T14:22:10.123+07:00",
        "45363",
        45363,
        np.datetime64("2024-03-12"),
    ],
)
def test_dates_are_read_in_the_forms_people_and_forms_write(cell):
    assert read("updated", cell)[0] == pd.Timestamp("2024-03-12")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Agustus 2023", "2023-08-01"),
        ("1 Nopember 2023", "2023-11-01"),
        ("Mar-24", "2024-03-01"),
        ("03/2024", "2024-03-01"),
        ("2 Mei 2024", "2024-05-02"),
        ("12 Des 2023", "2023-12-12"),
        ("June 5th, 2024", "2024-06-05"),
    ],
)
def test_dates_with_the_name_of_a_month_are_read(cell, expected):
    assert parse_date(cell).isoformat() == expected


@pytest.mark.parametrize(
    "cell", ["24-03-12", "12 Maret", "Q1 2024", "kemarin", "31/02/2024", "2999", "2026-01-01"]
)
def test_dates_that_cannot_be_read_are_left_empty_with_a_note(cell):
    value, notes = read("updated", cell)
    assert pd.isna(value)
    assert notes[-1].endswith("; left empty")


def test_dates_of_a_column_are_read_month_first_where_it_shows_so():
    table = table_of("updated", "5/13/2024 14:22:10", "5/6/2024 09:00:00")
    assert table.kept["updated"].dt.strftime("%m-%d").tolist() == ["05-13", "05-06"]
    assert reasons(table) == ["dates are read month first, as 5/13/2024 shows"]


def test_dates_of_a_column_in_both_orders_are_left_empty_where_they_could_be_either():
    table = table_of("updated", "5/13/2024", "13/5/2024", "5/6/2024")
    assert table.kept["updated"].isna().tolist() == [False, False, True]
    assert "both day first and month first" in reasons(table)[0]


def test_dates_of_a_column_that_settles_no_order_are_noted():
    assert reasons(table_of("updated", "05/06/2024")) == [
        "days are read before months: 05/06/2024 is 2024-06-05"
    ]


def test_dates_beyond_the_year_9999_are_left_empty(tmp_path):
    frame = pd.DataFrame({"id": [1], "name": ["a"], "vision": ["v"]})
    frame["updated"] = np.array(["12000-01-01"], dtype="datetime64[s]")
    assert pd.isna(read_profiles(frame).kept.loc[0, "updated"])
    stamps = pa.array(np.array(["12000-01-01", "NaT"], dtype="datetime64[us]"))
    pq.write_table(
        pa.table({"id": ["1", "2"], "name": ["a", "b"], "vision": ["v", "w"], "updated": stamps}),
        tmp_path / "t.parquet",
    )
    table = read_profiles(tmp_path / "t.parquet")
    assert table.kept["updated"].isna().all()
    assert table.notes["line"].tolist() == [1]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("4", 4),
        ("4,5", 4.5),
        ("4/5", 4),
        ("4 dari 5", 4),
        ("5 stars", 5),
        ("★★★☆", 3),
        ("level 2", 2),
        ("good", None),
    ],
)
def test_ratings_are_read_in_the_forms_people_write(cell, expected):
    assert parse_rating(cell) == expected


def test_ratings_with_decimal_commas_and_dates_in_words_are_read_in_outcomes():
    row = {"seeker": "a", "candidate": "b", "stage": "met", "date": "12 Maret 2024"}
    row |= {"seeker_rating": "4,5", "candidate_rating": "n/a"}
    kept = read_outcomes(pd.DataFrame([row])).kept
    assert kept.loc[0, "seeker_rating"] == 4.5
    assert np.isnan(kept.loc[0, "candidate_rating"])
    assert kept.loc[0, "date"] == pd.Timestamp("2024-03-12")


def test_optional_cells_never_cost_the_organisation():
    record = {"id": 1, "name": "a", "vision": "v", "staff": "many", "founded": 2099, "updated": "soon"}
    record |= {"budget": "-1", "capacity_min": 5, "capacity_max": 2, "needs": 5 * [b"x"], "country": {"a": 1}}
    table = read_profiles([record], today=TODAY)
    assert table.n_rejected == 0
    assert (
        table.kept.loc[0, ["staff", "founded", "updated", "budget", "capacity_min", "capacity_max"]]
        .isna()
        .all()
    )
    assert set(table.notes["column"]) >= {
        "staff",
        "founded",
        "updated",
        "budget",
        "capacity_max",
        "needs",
        "country",
    }


def test_substance_that_cannot_be_read_rejects_with_its_reason():
    rejected = read_profiles([{"id": 1, "name": "a", "vision": "#REF!", "staff": "many"}]).rejected
    assert rejected["column"].tolist() == ["vision", "staff"]


@pytest.mark.parametrize("today", ["2025-01-31", dt.datetime(2025, 1, 31, 9), pd.Timestamp("2025-01-31")])
def test_today_may_be_a_text(today):
    record = {"id": 1, "name": "a", "vision": "v", "updated": "2025-02-01"}
    assert "today is 2025-01-31" in read_profiles([record], today=today).notes["reason"][0]


@pytest.mark.parametrize("today", ["soon", True, pd.NaT])
def test_today_that_is_no_date_is_refused(today):
    with pytest.raises(ProfileError, match="today must be a"):
        read_profiles([{"id": 1, "name": "a", "vision": "v"}], today=today)


@pytest.mark.parametrize("cell", ["[<p>", "<b>-</b>", "&ndash;", True, "true", ["n/a"]])
def test_texts_that_say_nothing_without_their_markup_are_empty(cell):
    table = table_of("mission", cell)
    assert table.kept["mission"].tolist() == [""]
    assert any(reason.startswith("read as empty, for it says nothing") for reason in reasons(table))
