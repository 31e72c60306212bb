"""Ids in any notation, and cells that name organisations."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.outcomes.reading import read_entries
from matcher.profiles.records import Roster, id_key

ROSTER = Roster(
    ["org-1", "org-2", "org-3", "007", "2", "3", "12"],
    ["Alpha", "PT Maju, Tbk", "Yayasan Bumi dan Laut", "Bond", "Two", "Three", "Dua belas"],
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ORG-1", "org-1"),
        ("org‑1", "org-1"),
        ("org–1", "org-1"),
        ("org−1", "org-1"),
        ("org－1", "org-1"),
        ("\u200eorg-1\u202c", "org-1"),
        ("\ufefforg-1\u00a0", "org-1"),
        ("00012", "12"),
        ("12.0", "12"),
        ("12.00", "00012"),
        ("org-007", "ORG-7"),
        ("ＯＲＧ-１", "org-1"),
        ("'007", "7"),
        ('"org-1"', "org-1"),
        ("Bumi  Lestari", "bumi lestari"),
    ],
)
def test_notations_of_one_id_have_one_key(one, other):
    assert id_key(one) == id_key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [("org-1", "org-10"), ("1-23", "12-3"), ("2.30", "2.3"), ("a01", "a1"), ("1.05", "1.5"), ("-", "+")],
)
def test_other_ids_keep_their_own_key(one, other):
    assert id_key(one) != id_key(other)


@given(st.text(max_size=20))
def test_key_of_a_key_is_the_key(text):
    assert id_key(id_key(text)) == id_key(text)


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("org-2, org-3", ["org-2", "org-3"]),
        ("org-2\norg-3", ["org-2", "org-3"]),
        ("org-2；org-3", ["org-2", "org-3"]),
        ("org-2、org-3", ["org-2", "org-3"]),
        ("org-2，org-3", ["org-2", "org-3"]),
        ("org-2 | org-3", ["org-2", "org-3"]),
        ("org-2 / org-3", ["org-2", "org-3"]),
        ("org-2 and org-3", ["org-2", "org-3"]),
        ("org-2 dan ORG-3", ["org-2", "org-3"]),
        ("org-2 & org-3.", ["org-2", "org-3"]),
        ("org-2 org-3", ["org-2", "org-3"]),
        ("org-1, org-2 dan org-3", ["org-1", "org-2", "org-3"]),
        ("• org-2\n• org-3", ["org-2", "org-3"]),
        ("- org-2\n- org-3", ["org-2", "org-3"]),
        ("1. org-2\n2. org-3", ["org-2", "org-3"]),
        ('["org-2", "org-3"]', ["org-2", "org-3"]),
        ("7", ["007"]),
        ("2.0", ["2"]),
        ("2,3", ["2", "3"]),
        ("PT MAJU, TBK", ["org-2"]),
        ("Alpha, PT Maju, Tbk dan Yayasan Bumi dan Laut", ["org-1", "org-2", "org-3"]),
        ("Yayasan Bumi & Laut", ["org-3"]),
        ("", []),
        (" - ", []),
    ],
)
def test_organisations_are_found_in_any_notation(cell, ids):
    assert ROSTER.read([cell]) == (tuple(ids), (), ())


@pytest.mark.parametrize(
    ("cell", "ids"),
    [
        ("2.3", ["2", "3"]),
        ("2.3.12", ["2", "3", "12"]),
        ("org-2 (competitor since 2019)", ["org-2"]),
        ("org-2 – pesaing", ["org-2"]),
        ("org-2: konflik", ["org-2"]),
        ("org-2 (a) dan org-3 (b)", ["org-2", "org-3"]),
        ("org_2", ["org-2"]),
        ("PT Maju Tbk", ["org-2"]),
    ],
)
def test_guesses_are_reported(cell, ids):
    assert ROSTER.read([cell]) == (tuple(ids), (), ((cell, tuple(ids)),))


@pytest.mark.parametrize(
    ("cell", "ids", "unknown", "nearest"),
    [
        ("org-22", [], ["org-22"], "org-2 (PT Maju, Tbk)"),
        ("org-3, org-99 and Alfa", ["org-3"], ["org-99 and Alfa"], "org-1 (Alpha)"),
        ("Yayasan Bumi dan Lautt", [], ["Yayasan Bumi dan Lautt"], "org-3 (Yayasan Bumi dan Laut)"),
        ("Yayasan Maju 2", [], ["Yayasan Maju 2"], ""),
        ("2.5", [], ["2.5"], None),
    ],
)
def test_what_names_nobody_is_reported_with_the_nearest(cell, ids, unknown, nearest):
    assert ROSTER.read([cell]) == (tuple(ids), tuple(unknown), ())
    if nearest == "org-1 (Alpha)":
        assert ROSTER.nearest("Alfa") == nearest
    elif nearest:
        assert ROSTER.nearest(unknown[0]) == nearest


def test_a_name_that_two_share_means_both_and_is_reported():
    roster = Roster(["a", "b"], ["SMK Maju", "smk maju"])
    assert roster.read(["SMK Maju"]) == (("a", "b"), (), (("SMK Maju", ("a", "b")),))


@given(st.lists(st.sampled_from(["org-1", "org-2", "org-3", "007", "2"]), min_size=1, unique=True), st.data())
def test_any_list_of_ids_in_any_notation_is_read(ids, data):
    joint = data.draw(st.sampled_from(["; ", ", ", "\n", " dan ", "/", "；", " and "]))
    forms = [data.draw(st.sampled_from([id_, id_.upper(), f"\u200f{id_}", f" {id_}\u00a0"])) for id_ in ids]
    assert set(ROSTER.read([joint.join(forms)]).ids) == set(ids)


def test_log_entries_have_the_ids_of_the_profiles():
    rows = pd.DataFrame(
        {"seeker": ["1.0", "3"], "candidate": ["ORG-2", "1"], "stage": "met", "date": "2024-01-01"}
    )
    table = read_entries(rows, dt.date(2025, 1, 1), known={"001", "org-2"})
    assert table.kept[["seeker", "candidate"]].to_numpy().tolist() == [["001", "org-2"]]
    assert table.rejected["reason"].tolist() == ["must be the id of one of the 2 profiles"]
