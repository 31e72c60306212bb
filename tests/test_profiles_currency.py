"""The currency of a budget: read from the cell, the header or its column, and shown with the budget."""

import pytest

from matcher.documents.language import Messages
from matcher.profiles import read_profiles
from matcher.tables.numbers import currencies_of


@pytest.mark.parametrize(
    ("header", "cell", "currency"),
    [
        ("budget", "Rp 85.000.000.000,-", "IDR"),
        ("budget", "450 juta rupiah", "IDR"),
        ("budget", "US$ 2m", "USD"),
        ("anggaran", 450000000, ""),
        ("anggaran", "", ""),
        ("anggaran", "banyak", ""),
    ],
)
def test_currency_of_a_budget_is_read_from_its_cell(header, cell, currency):
    kept = read_profiles([{"id": 1, "name": "Lentera", "mission": "Air bersih", header: cell}]).kept
    assert kept.loc[0, "currency"] == currency


@pytest.mark.parametrize(
    ("header", "cell", "currency"),
    [
        ("Anggaran (Rp)", 450000000, "IDR"),
        ("Anggaran (dalam juta rupiah)", "450", "IDR"),
        ("Budget (USD)", "20000", "USD"),
        ("Budget (USD)", "Rp 450 juta", "IDR"),
    ],
)
def test_currency_of_a_header_holds_unless_the_cell_states_another(header, cell, currency):
    assert currencies_of(header, [cell]) == [currency]


def test_currency_that_one_cell_states_holds_for_the_column_and_a_column_of_currencies_before_both():
    rows = [
        {"id": 1, "name": "Lentera", "mission": "air", "anggaran": "Rp 4.000.000", "mata uang": ""},
        {"id": 2, "name": "Rasa", "mission": "air", "anggaran": "5000000", "mata uang": ""},
        {"id": 3, "name": "Nusa", "mission": "air", "anggaran": "6000", "mata uang": "dolar"},
        {"id": 4, "name": "Rumah", "mission": "air", "anggaran": "7000", "mata uang": "ringgit Malaysia"},
    ]
    assert read_profiles(rows).kept["currency"].tolist() == ["IDR", "IDR", "USD", "ringgit Malaysia"]


@pytest.mark.parametrize(
    ("cell", "currency"), [([], ""), (["rupiah"], "IDR"), ("<b>USD</b>", "USD"), ({"a": 1}, "")]
)
def test_column_of_currencies_is_read_as_other_texts(cell, currency):
    table = read_profiles([{"id": 1, "name": "Lentera", "mission": "air", "currency": cell}])
    assert table.kept["currency"].tolist() == [currency]


@pytest.mark.parametrize(
    ("lang", "currency", "shown"),
    [
        ("id", "IDR", "Rp1.850.000.000"),
        ("en", "IDR", "IDR 1,850,000,000"),
        ("en", "USD", "$1,850,000,000"),
        ("id", "ringgit", "ringgit 1.850.000.000"),
        ("id", "", "1.850.000.000 (mata uang tidak disebutkan)"),
    ],
)
def test_money_is_shown_with_its_currency(lang, currency, shown):
    assert Messages(lang).money(1_850_000_000.0, currency) == shown
