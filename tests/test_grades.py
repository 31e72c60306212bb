"""Sheets of pairs to be graded: what is drawn, how it looks, and what is read of it."""

import sys
from pathlib import Path

import openpyxl
import pandas as pd
import processes
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from matcher import Matcher
from matcher.columns import Profile
from matcher.datasets import load_demo
from matcher.encoders.languages import guess_language
from matcher.errors import OutcomeError, OutputError
from matcher.learning.grading import draw_pairs
from matcher.outcomes.records import GRADE_HEADERS, grade_column, read_grades
from matcher.output.forms import GRADE_TEXTS as TEXTS
from matcher.output.forms import write_grade_form
from matcher.profiles.records import all_text, records_of
from matcher.tables.writing import write_table

ROOT = Path(__file__).parents[1]
NAMES = [*GRADE_HEADERS]


@pytest.fixture(scope="module")
def matcher(demo):
    return demo


@pytest.fixture(scope="module")
def records(matcher):
    return {record[Profile.ID]: record for record in records_of(matcher.pool)}


def fill_in(path, grades):
    """Type grades into the rows of a sheet, from the first, as people would; return the ids of its rows."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = {grade_column(cell.value): cell.column for cell in sheet[1] if cell.value}
    for row, grade in enumerate(grades, start=2):
        sheet.cell(row, columns["grade"]).value = grade
    book.save(path)
    return [
        tuple(sheet.cell(row, columns[name]).value for name in ("seeker", "candidate"))
        for row in range(2, sheet.max_row + 1)
    ]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n=st.integers(1, 150), seed=st.integers(0, 2**31))
def test_no_pair_is_drawn_twice_or_again(matcher, n, seed):
    first = draw_pairs(matcher, n, seed=seed)
    assert first == draw_pairs(matcher, n, seed=seed)
    again = draw_pairs(matcher, n, first, seed=seed)
    keys = [frozenset(pair) for pair in (*first, *again)]
    assert len(first) == len(again) == n
    assert len(keys) == len(set(keys))
    assert all(len(key) == 2 for key in keys)
    assert pd.Series([seeker for seeker, _ in first]).value_counts().max() <= 5


def test_all_pairs_of_a_small_pool_are_drawn_once():
    few = Matcher().fit(load_demo().kept.iloc[:6])
    eligible = few.recommend_all(6, explain=False)
    keys = {frozenset(pair) for pair in zip(eligible["seeker"], eligible["candidate"], strict=True)}
    drawn = [frozenset(pair) for pair in draw_pairs(few, 100)]
    assert len(drawn) == len(keys)
    assert {*drawn} == keys


def test_the_first_of_lists_are_drawn_of_both_languages_in_an_order_that_says_nothing(matcher, records):
    pairs = draw_pairs(matcher, 100, seed=1)
    seekers = list(dict.fromkeys(seeker for seeker, _ in pairs))
    firsts = matcher.recommend(seekers, 1, explain=False)
    tops = set(zip(firsts["seeker"], firsts["candidate"], strict=True))
    found = {frozenset(pair) for pair in pairs}
    assert sum(frozenset(top) in found for top in tops) >= len(tops) - 1  # the last seeker may be cut short
    languages = pd.Series([guess_language(all_text(records[one])) for one in seekers]).value_counts()
    assert abs(languages["en"] - languages["id"]) <= 1
    at = [position for position, pair in enumerate(pairs) if pair in tops]
    assert 30 < sum(at) / len(at) < 70
    assert pairs != draw_pairs(matcher, 100, seed=2)


@pytest.mark.parametrize("lang", ["en", "id"])
def test_a_sheet_is_filled_in_and_read(tmp_path, records, lang):
    path = tmp_path / "sheet.xlsx"
    one, other, third = list(records.values())[:3]
    evil = {**other, Profile.NAME: '=HYPERLINK("http://x","y")'}
    write_grade_form([(one, evil), (one, third), (evil, third)], path, lang)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    cell = sheet.cell(2, NAMES.index("candidate_short") + 1)
    assert cell.value.startswith("'=HYPERLINK")
    assert cell.data_type == "s"
    (check,) = sheet.data_validations.dataValidation
    assert check.formula1 == '"0,1,2,3"'
    ids = fill_in(path, [3, None, "2"])
    table = read_grades([path])
    assert list(zip(table.kept["seeker"], table.kept["candidate"], strict=True)) == [ids[0], ids[2]]
    assert table.kept["grade"].tolist() == [3, 2]
    assert table.empty == {"sheet.xlsx": [3]}
    with pytest.raises(OutputError, match="must be a new file"):
        write_grade_form([(one, other)], path, lang)


def test_bad_grades_are_named_by_line_and_nothing_unread_is_bad(tmp_path):
    path = tmp_path / "grades.csv"
    path.write_text("seeker,candidate,grade\na,b,3\na,c,4\na,d,\na,b,1\na,z,2\na,c,2.0\n", encoding="utf-8")
    table = read_grades([path], known=["a", "b", "c", "d"])
    assert table.kept[["candidate", "grade"]].to_numpy().tolist() == [["b", 3], ["c", 2]]
    notes = list(table.notes())
    assert notes[0] == "grades.csv, line 3: grade must be 0, 1, 2 or 3; got '4'"
    assert notes[1].startswith("grades.csv, line 5: grade must be given once; line 2 is of the same pair")
    assert notes[2].startswith("grades.csv, line 6: candidate must be the id of one of the 4 profiles")
    assert notes[3] == "grades.csv: 1 rows have no grade and are passed over (lines 4)"
    assert table.n_rows == len(table.kept) + table.n_rejected + 1


def test_two_readers_are_kept_apart_and_averaged():
    frame = pd.DataFrame({"seeker": ["a"], "candidate": ["b"], "grade": [3]})
    table = read_grades([frame, frame.assign(grade=2)])
    assert table.kept["reader"].nunique() == 2
    assert table.pairs["grade"].tolist() == [2.5]


def test_a_table_without_grades_is_refused():
    with pytest.raises(OutcomeError, match="grade is missing"):
        read_grades([pd.DataFrame({"seeker": ["a"], "candidate": ["b"]})])


@pytest.mark.parametrize(("lang", "said"), [("en", "pairs of"), ("id", "siap dinilai")])
def test_command_writes_a_sheet(tmp_path, lang, said):
    profiles, sheet = tmp_path / "profiles.jsonl", tmp_path / "sheet.xlsx"
    write_table(load_demo().kept.iloc[:60], profiles)
    command = [sys.executable, str(ROOT / "scripts" / "grade.py"), str(profiles), "--out", str(sheet)]
    ran = processes.run([*command, "-n", "12", "--lang", lang, "--quiet"], cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert said in ran.stderr
    ids = fill_in(sheet, [0] * 12)
    assert len(ids) == 12
    again = processes.run(
        [*command[:-1], str(tmp_path / "b.xlsx"), "-n", "12", "--grades", str(sheet), "--quiet"], cwd=tmp_path
    )
    assert again.returncode == 0, again.stderr
    assert not {*ids} & {*fill_in(tmp_path / "b.xlsx", [])}


def test_meanings_are_as_many_as_grades():
    assert len(TEXTS["meanings"]) == 4
