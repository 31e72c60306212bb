"""Review forms: both sides fill them in, the reader takes them; what is untouched is passed over."""

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import processes
import pytest

from matcher.columns import ANSWERS, Answer
from matcher.commands.review import review_form
from matcher.documents.language import Messages
from matcher.errors import ConfigError, OutcomeError, OutputError
from matcher.outcomes.records import REVIEW_HEADERS, read_reviews, review_column
from matcher.output.forms import (
    GIVEN,
    ReviewPair,
    write_review_form,
)
from matcher.output.forms import (
    REVIEW_TEXTS as TEXTS,
)
from matcher.profiles.vocabulary import meaning_of
from matcher.review import gather

LANGUAGES = ["en", "id"]
TITLES = {"en": ["review", "instructions", "example"], "id": ["tinjauan", "petunjuk", "contoh"]}
PAIRS = [
    ReviewPair("omah-sareh", "lkp-bina", "Omah Sareh", "LKP Bina"),
    ReviewPair("007", "=1+1", "-Tujuh", '=HYPERLINK("http://x","y")'),
]
DAY = dt.date(2025, 3, 1)
ANSWER = {
    "date": DAY,
    "goals_reached": 4,
    "communication": 2,
    "trust": 5,
    "benefit": 3,
    "indicators_on_track": 1,
    "changes_wanted": "=meet monthly; not by mail",
}


@pytest.fixture(params=LANGUAGES)
def lang(request):
    return request.param


@pytest.fixture
def path(tmp_path, lang):
    write_review_form(PAIRS, tmp_path / "form.xlsx", lang)
    return tmp_path / "form.xlsx"


@pytest.fixture
def book(path):
    return openpyxl.load_workbook(path)


def fill_in(path, answers):
    """Type answers into rows of the first sheet, counted from 0, as people would."""
    book = openpyxl.load_workbook(path)
    form = book.worksheets[0]
    places = {review_column(cell.value): cell.column for cell in form[1]}
    for row, record in answers.items():
        for column, value in record.items():
            cell = form.cell(row + 2, places[column])
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"
    book.save(path)


def test_form_filled_in_is_read_as_it_was_meant(path):
    fill_in(path, {0: ANSWER, 1: {**ANSWER, "trust": None}, 3: {**ANSWER, "changes_wanted": None}})
    table = read_reviews(path)
    assert (table.n_rows, table.n_empty, table.n_rejected) == (4, 1, 0)
    kept = table.kept
    assert list(kept.columns) == [str(column) for column in Answer]
    assert kept["seeker"].tolist() == ["omah-sareh", "omah-sareh", "007"]
    assert kept["candidate"].tolist() == ["lkp-bina", "lkp-bina", "=1+1"]
    assert kept["side"].tolist() == ["seeker", "candidate", "candidate"]
    assert kept["date"].tolist() == [pd.Timestamp(DAY)] * 3
    assert kept["benefit"].tolist() == [3.0, 3.0, 3.0]
    np.testing.assert_array_equal(kept["trust"], [5.0, np.nan, 5.0])
    assert kept["changes_wanted"].tolist() == ["=meet monthly; not by mail"] * 2 + [""]


def test_form_untouched_has_only_empty_rows(path):
    table = read_reviews(path)
    assert (table.n_rows, table.n_empty, table.n_rejected, len(table.kept)) == (4, 4, 0, 0)
    assert list(table.kept.columns) == [str(column) for column in Answer]
    assert table.kept["date"].dtype.kind == "M"


def test_form_in_the_other_language_and_as_csv_is_read_alike(tmp_path):
    tables = []
    for lang in LANGUAGES:
        path = tmp_path / f"{lang}.xlsx"
        write_review_form(PAIRS, path, lang)
        fill_in(path, {0: ANSWER})
        rows = list(openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True))
        pd.DataFrame(rows[1:], columns=rows[0]).to_csv(tmp_path / f"{lang}.csv", index=False)
        tables += [read_reviews(path).kept, read_reviews(tmp_path / f"{lang}.csv").kept]
    assert len(tables[0]) == 1
    for table in tables[1:]:
        pd.testing.assert_frame_equal(table, tables[0])


def test_form_sheets_are_named_in_the_readers_language_and_the_first_is_the_form(book, lang):
    assert book.sheetnames == TITLES[lang]
    form = book.worksheets[0]
    assert [review_column(cell.value) for cell in form[1]] == list(REVIEW_HEADERS)
    assert form.freeze_panes == "A2"
    assert form.max_row == 1 + 2 * len(PAIRS)


def test_form_headers_speak_indonesian_as_people_write_it(tmp_path):
    write_review_form(PAIRS, tmp_path / "f.xlsx", "id")
    headers = [cell.value for cell in openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0][1]]
    assert headers[-6:] == [
        "Tujuan tercapai",
        "Komunikasi",
        "Kepercayaan",
        "Manfaat bagi kami",
        "Indikator sesuai rencana",
        "Perubahan yang diinginkan",
    ]


def test_form_names_who_answers_each_row_and_leaves_the_answers_empty(book):
    form = book.worksheets[0]
    rows = [
        dict(zip(REVIEW_HEADERS, row, strict=True)) for row in form.iter_rows(min_row=2, values_only=True)
    ]
    assert [row["answered_by"] for row in rows[:2]] == ["Omah Sareh", "LKP Bina"]
    assert [meaning_of(row["side"], "sides", "matcher.outcomes") for row in rows] == [
        "seeker",
        "candidate",
    ] * 2
    assert all(row[column] is None for row in rows for column in REVIEW_HEADERS if column not in GIVEN)


def test_form_no_text_runs_as_a_formula(book):
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f"
                assert not (isinstance(cell.value, str) and cell.value.startswith(("=", "+", "-", "@")))


def test_form_checks_answers_dates_and_sides_while_they_are_filled_in(book, lang):
    form = book.worksheets[0]
    letters = {review_column(cell.value): cell.column_letter for cell in form[1]}
    last = form.max_row + 200
    checks = {}
    for check in form.data_validations.dataValidation:
        assert check.showErrorMessage
        assert "{" not in check.error
        for cells in str(check.sqref).split():
            checks[cells] = (check.type, check.formula1)
    for column in ANSWERS:
        assert checks[f"{letters[column]}2:{letters[column]}{last}"] == ("list", '"1,2,3,4,5"')
    assert checks[f"{letters['date']}2:{letters['date']}{last}"][0] == "date"
    words = checks[f"{letters['side']}2:{letters['side']}{last}"][1].strip('"').split(",")
    assert [meaning_of(word, "sides", "matcher.outcomes") for word in words] == ["seeker", "candidate"]


def test_form_instructions_state_what_the_ends_of_each_question_mean(book, lang):
    messages = Messages(lang)
    result = {row[0]: row[1:] for row in book.worksheets[1].iter_rows(values_only=True)}
    for question in TEXTS["questions"]:
        texts = [question.get(name) for name in ("text", "lowest", "highest")]
        assert result[messages.say(REVIEW_HEADERS[question["column"]])] == tuple(
            messages.say(text) if text else None for text in texts
        )
    lines = " ".join(str(line) for line in result)
    assert f"“{messages.say(REVIEW_HEADERS['answered_by'])}”" in lines
    assert "{" not in lines


def test_form_example_is_itself_a_form_that_the_reader_takes(book, tmp_path):
    for sheet in book.worksheets[:2]:
        book.remove(sheet)
    book.save(tmp_path / "example.xlsx")
    table = read_reviews(tmp_path / "example.xlsx")
    assert (len(table.kept), table.n_empty, table.n_rejected) == (2, 0, 0)
    assert (table.kept["changes_wanted"].str.len() > 20).all()
    assert table.kept[[str(column) for column in ANSWERS]].notna().all(axis=None)


def test_form_ids_stay_text(book):
    form = book.worksheets[0]
    assert form["A4"].value == "007"
    assert form["A4"].number_format == form.column_dimensions["A"].number_format == "@"


def test_form_is_the_same_bytes_each_time_and_a_pair_named_twice_counts_once(path, tmp_path, lang):
    write_review_form([*PAIRS, PAIRS[0]], tmp_path / "again.xlsx", lang)
    assert path.read_bytes() == (tmp_path / "again.xlsx").read_bytes()


def test_form_never_replaces_a_file(path):
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"must be a new file; there is one already"):
        write_review_form(PAIRS, path)
    assert path.read_bytes() == before


def test_form_of_no_pairs_is_refused(tmp_path):
    with pytest.raises(OutcomeError, match=r"at least one partnership to be reviewed; got none"):
        write_review_form([], tmp_path / "f.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_form_wrong_ending_language_or_folder_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"must end in .xlsx; got .*f.csv"):
        write_review_form(PAIRS, "f.csv")
    with pytest.raises(ConfigError, match=r"lang must be one of en, id; got 'fr'"):
        write_review_form(PAIRS, tmp_path / "f.xlsx", "fr")
    with pytest.raises(OutputError, match=r"must be in a folder that exists"):
        write_review_form(PAIRS, tmp_path / "none" / "f.xlsx")


def log_of(*rows):
    frame = pd.DataFrame([row.split() for row in rows], columns=["seeker", "candidate", "stage", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["a b agreed 2024-01-01"], ["ab"]),
        (["a b active 2024-01-01"], ["ab"]),
        (["b a agreed 2024-01-01", "a b active 2024-02-01"], ["ba"]),
        (["a b agreed 2024-01-01", "a b ended 2024-06-01"], []),
        (["a b ended 2024-06-01", "a b agreed 2024-01-01"], []),
        (["a b agreed 2024-01-01", "b a ended 2024-01-01"], []),
        (["b a agreed 2024-01-01", "a b ended 2024-01-01"], []),
        (["a b ended 2024-01-01", "a b renewed 2024-02-01"], ["ab"]),
        (["a b met 2024-01-01", "c d declined 2024-01-01"], []),
        (["c d agreed 2024-01-01", "a b agreed 2024-02-01"], ["ab", "cd"]),
    ],
)
def test_partnerships_under_way_are_those_agreed_or_active_and_not_ended(rows, expected):
    found = gather(log_of(*rows), pd.DataFrame({"id": []})).partnerships
    live = found.loc[found["is_live"], ["seeker", "candidate"]]
    assert ["".join(pair) for pair in live.to_numpy()] == expected


def test_review_form_command_writes_what_is_under_way_with_names(tmp_path, lang, capsys):
    (tmp_path / "log.csv").write_text(
        "seeker,candidate,stage,date\na,b,agreed,2024-01-01\na,c,agreed,2024-01-01\na,c,ended,2024-02-01\n"
        "a,d,active,2024-01-01\na,,met,2024-01-01\n"
    )
    (tmp_path / "p.csv").write_text("id,name,mission\na,Aneka,we teach\nb,Bina,we lend\n")
    review_form(tmp_path / "f.xlsx", str(tmp_path / "log.csv"), tmp_path / "p.csv", lang=lang)
    assert capsys.readouterr().err.splitlines() == [
        "1 row of the inputs was rejected",
        "1 organisation is shown by their ids: no name is known",
        f"2 partnerships to be reviewed by both sides: {tmp_path / 'f.xlsx'}",
    ]
    rows = list(openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0].iter_rows(2, values_only=True))
    assert [row[5] for row in rows] == ["Aneka", "Bina", "Aneka", "d"]


def test_review_form_command_of_nothing_under_way_is_refused(tmp_path):
    (tmp_path / "log.csv").write_text("seeker,candidate,stage,date\na,b,met,2024-01-01\n")
    with pytest.raises(OutcomeError, match=r"must hold a partnership that is agreed on or under way; got 1"):
        review_form(tmp_path / "f.xlsx", str(tmp_path / "log.csv"))
    assert not (tmp_path / "f.xlsx").exists()


def test_form_filled_in_goes_into_the_log_as_it_is(path, tmp_path):
    log = pytest.importorskip("matcher.outcomes.log").OutcomeLog(tmp_path / "log.db")
    fill_in(path, {0: ANSWER, 1: {**ANSWER, "trust": None}})
    table = read_reviews(path)
    done = log.record_reviews(table.kept)
    assert (len(done.stored), done.n_rejected) == (2, 0)
    assert log.record_reviews(table.kept).already == done.stored
    kept = log.reviews()[[str(column) for column in Answer]]
    assert kept["changes_wanted"].tolist() == table.kept["changes_wanted"].tolist()
    answers = [str(column) for column in ANSWERS]
    np.testing.assert_array_equal(kept[answers].astype(float), table.kept[answers])


@pytest.mark.slow
def test_review_form_command_writes_a_form_and_says_what_is_in_it(tmp_path, lang):
    (tmp_path / "o.csv").write_text("seeker,candidate,stage,date\na,b,agreed,2024-01-01\n")
    command = [str(Path(sys.executable).with_name("matcher")), "review-form", "f.xlsx", "--outcomes"]
    calls = [
        processes.run(command, source, "--lang", lang, cwd=tmp_path, fresh=fresh)
        for source, fresh in (("o.csv", lang == "en"), ("o.csv", False), ("none.csv", False))
    ]
    assert [done.returncode for done in calls] == [0, 2, 2]
    translate = Messages(lang).render
    assert calls[0].stderr.splitlines() == [
        translate("2 organisations are shown by their ids: no name is known"),
        translate("1 partnerships to be reviewed by both sides: f.xlsx"),
    ]
    refusal = "error: f.xlsx must be a new file" if lang == "en" else "kesalahan: f.xlsx"
    assert calls[1].stderr.startswith(refusal)
    assert openpyxl.load_workbook(tmp_path / "f.xlsx").sheetnames == TITLES[lang]
    assert all(done.stdout == "" and "Traceback" not in done.stderr for done in calls)
