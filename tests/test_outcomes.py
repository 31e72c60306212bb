"""Outcomes: pair rows and group rows from every format, what is refused, and joint work counted by hand."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from worlds import history_of

from matcher import read_outcomes
from matcher.errors import OutcomeError
from matcher.outcomes import History

TODAY = dt.date(2024, 6, 1)
COLUMNS = ["seeker", "candidate", "stage", "date", "seeker_rating", "candidate_rating"]
PAIRS = [
    {"seeker": "a", "candidate": "b", "stage": "agreed", "date": "2023-01-31", "seeker_rating": 4},
    {"seeker": "b", "candidate": "c", "stage": "Invited", "date": "2023-02", "candidate_rating": 2.5},
    {"seeker": "c", "candidate": "a", "stage": "ended", "date": "31/12/2023"},
]
GROUPS = [
    {"id": "p1", "date": "2023-01-01", "lead": "a", "partners": ["b", "c"]},
    {"id": "p2", "date": "2023-05-01", "lead": "d", "partners": ["a"]},
]


def write(tmp_path, rows, ending):
    """Bring rows into one of the forms that people bring."""
    path = tmp_path / f"log{ending}"
    if ending == "frame":
        return pd.DataFrame(rows)
    if ending == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    elif ending == ".parquet":
        pd.DataFrame(rows).to_parquet(path)
    else:
        flat = [{k: "; ".join(v) if isinstance(v, list) else v for k, v in row.items()} for row in rows]
        frame = pd.DataFrame(flat)
        frame.to_csv(path, index=False) if ending == ".csv" else frame.to_excel(path, index=False)
    return path


def row(**changes):
    return {"seeker": "a", "candidate": "b", "stage": "agreed", "date": "2023-01-01", **changes}


def read(*rows):
    return read_outcomes(pd.DataFrame(list(rows)), today=TODAY)


def ties(table, *pairs, before=None):
    history = History.of(table).until(before)
    return [history.ties(np.array([a], object), np.array([b], object))[0, 0] for a, b in pairs]


FORMS = pytest.mark.parametrize("form", [".csv", ".jsonl", ".xlsx", ".parquet", "frame"])


@FORMS
def test_outcomes_pair_rows_read_alike_from_every_form(tmp_path, form):
    table = read_outcomes(write(tmp_path, PAIRS, form), today=TODAY)
    assert (table.n_rows, table.n_rejected) == (3, 0)
    assert table.kept.columns.tolist() == COLUMNS
    assert table.kept["seeker"].tolist() == ["a", "b", "c"]
    assert table.kept["stage"].tolist() == ["agreed", "invited", "ended"]
    assert table.kept["date"].dt.strftime("%Y-%m-%d").tolist() == ["2023-01-31", "2023-02-01", "2023-12-31"]
    np.testing.assert_array_equal(table.kept["seeker_rating"], [4, np.nan, np.nan])
    np.testing.assert_array_equal(table.kept["candidate_rating"], [np.nan, 2.5, np.nan])


@FORMS
def test_outcomes_group_rows_become_a_pair_row_for_each_two_members(tmp_path, form):
    table = read_outcomes(write(tmp_path, GROUPS, form), today=TODAY)
    assert (table.n_rows, table.n_rejected) == (2, 0)
    pairs = list(zip(table.kept["seeker"], table.kept["candidate"], strict=True))
    assert pairs == [("a", "b"), ("a", "c"), ("b", "c"), ("a", "d")]
    assert table.kept["stage"].unique().tolist() == ["agreed"]
    assert table.kept["date"].dt.year.unique().tolist() == [2023]


def test_outcomes_read_before_are_returned_as_they_are():
    table = read(row())
    assert read_outcomes(table) is table


def test_outcomes_headers_in_another_case_and_extra_columns_are_taken():
    table = read({"Seeker ": "a", "CANDIDATE": "b", "Stage": "met", "Date": "2023", "remark": "went well"})
    assert len(table.kept) == 1
    assert table.kept.columns.tolist() == COLUMNS


def test_outcomes_numeric_ids_match_those_of_the_profiles():
    table = read(row(seeker=12.0, candidate=7))
    assert table.kept[["seeker", "candidate"]].to_numpy().tolist() == [["12", "7"]]


@pytest.mark.parametrize("inner", [["b", "c"], {"id": "b"}])
def test_outcomes_partner_that_is_no_text_rejects_its_group(inner):
    table = read({"date": "2023", "lead": "a", "partners": ["d", inner]})
    assert len(table.kept) == 0
    assert table.rejected["reason"].tolist() == [f"must be one id, a text; got {type(inner).__name__}"]


def test_outcomes_partners_in_one_text_of_a_list_are_several():
    table = read({"date": "2023", "lead": "a", "partners": ["b; c", 5.0, None]})
    assert sorted({*table.kept["seeker"], *table.kept["candidate"]}) == ["5", "a", "b", "c"]


def test_outcomes_numeric_partners_of_a_group_are_members():
    table = read({"date": "2023", "lead": 1, "partners": 2})
    assert table.kept[["seeker", "candidate"]].to_numpy().tolist() == [["1", "2"]]


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"stage": "married"}, "stage", "must be one of invited, declined, replied, met, agreed"),
        ({"stage": ""}, "stage", "must be one of invited"),
        ({"stage": None}, "stage", "must be one of invited"),
        ({"stage": 3}, "stage", "must be one of invited"),
        ({"date": "2024-06-02"}, "date", "must not be in the future; got 2024-06-02, today is 2024-06-01"),
        ({"date": "2023-02-30"}, "date", "must be a possible date; got '2023-02-30'"),
        ({"date": "soon"}, "date", "must be a date as YYYY-MM-DD"),
        ({"date": ""}, "date", "must be given"),
        ({"date": None}, "date", "must be given"),
        ({"seeker": ""}, "seeker", "must be given"),
        ({"seeker": None}, "seeker", "must be given"),
        ({"candidate": "  "}, "candidate", "must be given"),
        ({"candidate": "a"}, "candidate", "must differ from the seeker"),
        ({"seeker_rating": 0}, "seeker_rating", "must be a number from 1 to 5"),
        ({"seeker_rating": 6}, "seeker_rating", "must be a number from 1 to 5"),
        ({"candidate_rating": "good"}, "candidate_rating", "must be a number from 1 to 5"),
        ({"candidate_rating": True}, "candidate_rating", "must be a number from 1 to 5"),
        ({"candidate_rating": [4]}, "candidate_rating", "must be a number from 1 to 5"),
        ({"seeker": ["a", "c"]}, "seeker", "must be one id, a text; got list"),
        ({"seeker": ["a"]}, "seeker", "must be one id, a text; got list"),
        ({"candidate": {"id": "b"}}, "candidate", "must be one id, a text; got dict"),
        ({"candidate": np.array(["b"])}, "candidate", "must be one id, a text; got ndarray"),
        ({"reason": ["busy"]}, "reason", "must be a text; got list"),
    ],
)
def test_outcomes_broken_row_is_rejected_with_line_column_and_reason(changes, column, reason):
    table = read(row(), row(**changes), row(stage="met"))
    assert (len(table.kept), table.n_rejected, table.n_rows) == (2, 1, 3)
    assert table.rejected[["line", "column"]].to_numpy().tolist() == [[2, column]]
    assert table.rejected.loc[0, "reason"].startswith(reason)


def test_outcomes_every_problem_of_a_row_is_reported_and_counted_as_one_row():
    table = read(row(seeker="", stage="x", date="x", seeker_rating=9))
    assert sorted(table.rejected["column"]) == ["date", "seeker", "seeker_rating", "stage"]
    assert (table.n_rejected, len(table.kept)) == (1, 0)


@pytest.mark.parametrize("rating", [1, 5, "3", 2.5, "4.5"])
def test_outcomes_ratings_from_one_to_five_are_kept(rating):
    assert read(row(seeker_rating=rating)).kept["seeker_rating"].tolist() == [float(rating)]


def test_outcomes_rejected_rows_name_the_line_of_the_file(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("seeker,candidate,stage,date\na,b,met,2023\n\na,b,met,2023-13\n", encoding="utf-8")
    assert read_outcomes(path, today=TODAY).rejected["line"].tolist() == [4]


def test_outcomes_broken_json_line_is_rejected_and_the_others_kept(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text(f"{json.dumps(row())}\n{{broken\n[1]\n{json.dumps(row())}\n", encoding="utf-8")
    table = read_outcomes(path, today=TODAY)
    assert (table.n_rows, len(table.kept), table.n_rejected) == (4, 2, 2)
    assert table.rejected["line"].tolist() == [2, 3]


@pytest.mark.parametrize("partners", ["", None, [], "a", ["a", ""]])
def test_outcomes_group_of_one_is_kept_and_gives_no_pair(partners):
    table = read(GROUPS[1], {"date": "2023", "lead": "a", "partners": partners})
    assert len(table.kept) == 1
    assert (table.n_rows, table.n_rejected) == (2, 0)


def test_outcomes_group_without_anybody_is_rejected():
    table = read({"date": "2023", "lead": "", "partners": ""})
    assert table.n_rejected == 1
    assert "lead or partners" in table.rejected.loc[0, "reason"]


def test_outcomes_group_with_a_future_date_is_rejected_whole():
    table = read({"date": "2025", "lead": "a", "partners": "b; c"})
    assert (len(table.kept), table.n_rejected) == (0, 1)


@pytest.mark.parametrize("content", ["", "seeker,candidate,stage,date\n", "\n\n"])
def test_outcomes_empty_file_is_refused(tmp_path, content):
    path = tmp_path / "log.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OutcomeError, match=r"log\.csv must hold"):
        read_outcomes(path)


def test_outcomes_missing_file_is_refused(tmp_path):
    with pytest.raises(OutcomeError, match=r"none\.csv must be a file that exists"):
        read_outcomes(tmp_path / "none.csv")


def test_outcomes_unknown_columns_are_refused_with_what_was_found():
    with pytest.raises(OutcomeError, match=r"seeker, candidate, stage, date .*; got from, to, how\. Rename"):
        read({"from": "a", "to": "b", "how": "met"})


values = {
    "seeker": st.sampled_from(["a", "b", "", None, 3]),
    "candidate": st.sampled_from(["a", "b", "c", ""]),
    "stage": st.sampled_from(["met", "AGREED", "none", None]),
    "date": st.sampled_from(["2023-01-01", "2022", "2099", "x", None]),
    "seeker_rating": st.sampled_from([None, 1, 5, 6, "good"]),
}


@given(st.lists(st.fixed_dictionaries(values), min_size=1, max_size=8))
def test_outcomes_counts_in_equal_counts_out(rows):
    table = read(*rows)
    assert table.n_rows == len(rows) == len(table.kept) + table.n_rejected
    assert (table.kept["seeker"] != table.kept["candidate"]).all()
    assert table.kept["date"].notna().all()


def test_history_stages_of_one_work_count_once():
    table = read(row(stage="invited"), row(stage="agreed"), row(stage="active"), row(stage="ended"))
    assert ties(table, ("a", "b")) == [1]


def test_history_ties_counted_by_hand():
    rows = [
        row(stage="agreed"),
        row(seeker="b", candidate="a", stage="renewed"),
        row(candidate="c", stage="met"),
        row(candidate="d", stage="ended"),
        row(candidate="e", stage="declined"),
    ]
    table = read(*rows)
    assert ties(table, ("a", "b"), ("b", "a"), ("a", "c"), ("d", "a"), ("e", "a")) == [2, 2, 0, 1, 0]
    assert len({id_ for work in History.of(table).works for id_ in work.members}) == 3


def test_history_each_group_is_a_work_of_its_own():
    table = read(*GROUPS, {"id": "p3", "date": "2023-09-01", "lead": "b", "partners": ["a"]})
    assert ties(table, ("a", "b"), ("a", "c"), ("c", "b"), ("a", "d"), ("d", "b")) == [2, 1, 1, 1, 0]


def test_history_before_a_date_leaves_out_what_came_after():
    table = read(row(date="2022-01-01"), row(stage="renewed", date="2023-06-30"))
    counts = [ties(table, ("a", "b"), before=dt.date(*day))[0] for day in [(2021, 1, 1), (2023, 6, 29)]]
    assert counts == [0, 1]
    assert ties(table, ("a", "b")) == [2]


def test_history_of_ids_it_has_never_seen_is_zero():
    history = history_of([("a", "b")])
    counts = history.ties(np.array(["a", "x"], object), np.array(["x", "b", "a"], object))
    np.testing.assert_array_equal(counts, [[0, 1, 0], [0, 0, 0]])
