"""`record` as people start it: real processes, exit codes, one clear line on stderr."""

import datetime as dt
import sqlite3
import sys
from pathlib import Path

import openpyxl
import pandas as pd
import processes
import pytest

from matcher.outcomes.log import OutcomeLog
from matcher.outcomes.reading import read_outcomes
from matcher.output.forms import ReviewPair, write_review_form

ROOT = Path(__file__).parents[1]
SCRIPT = [sys.executable, str(ROOT / "scripts" / "record.py")]
CONSOLE = [str(Path(sys.executable).with_name("matcher")), "record"]
EVENT = ["--seeker", "a", "--candidate", "b", "--stage", "bertemu", "--date", "02/11/2024"]
UNCHECKED = "ids are not checked: --profiles names the file of organisations\n"
PROFILES = "id,name,mission\na,Aneka,coffee for farmers\nb,Bina,courses for farmers\nc,Cipta,boats\n"


@pytest.fixture
def call(tmp_path):
    (tmp_path / "profiles.csv").write_text(PROFILES, encoding="utf-8")

    def run(*arguments, command=SCRIPT, code=0, fresh=False):
        cache = str(tmp_path / "cache")
        done = processes.run(command, *arguments, cwd=tmp_path, fresh=fresh, MATCHER_CACHE=cache)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


@pytest.mark.slow
@pytest.mark.parametrize("command", [SCRIPT, CONSOLE])
def test_record_correct_withdraw_and_list(call, tmp_path, command):
    done = call("log.db", *EVENT, "--seeker-rating", 4, "--reason", "cocok", command=command, fresh=True)
    assert (done.stdout, done.stderr) == ("", f"recorded as entry 1\n{UNCHECKED}")
    assert call("log.db", *EVENT, command=command).stderr.startswith("already there: entry 1\n")
    done = call("log.db", "--correct", 1, "--stage", "sepakat", "--candidate-rating", 5, command=command)
    assert done.stderr == "entry 1 is corrected by entry 2\n"
    listed = call("log.db", "--list", command=command).stdout.splitlines()
    assert listed[0].split() == [
        *["id", "seeker", "candidate", "stage", "date", "seeker_rating", "candidate_rating", "reason"]
    ]
    assert listed[1].split() == ["2", "a", "b", "agreed", "2024-11-02", "4.0", "5.0", "cocok"]
    assert (
        call("log.db", "--withdraw", 2, "--reason", "salah", command=command).stderr
        == "entry 2 is withdrawn\n"
    )
    assert call("log.db", "--list", command=command).stdout == "no outcomes\n"
    assert len(OutcomeLog(tmp_path / "log.db").entries(with_history=True)) == 3


def test_record_import_writes_rejected_rows_and_strict_tells(call, tmp_path):
    rows = "seeker,candidate,stage,date\na,b,met,2024-11-02\na,b,wed,2024-11-02\na,z,met,2024-11-02\n"
    (tmp_path / "rows.csv").write_text(rows)
    done = call("log.db", "--import", "rows.csv", "--profiles", "profiles.csv", "--strict", code=1)
    assert done.stderr.splitlines() == [
        "1 recorded, 0 already there, 2 rejected of 3 rows",
        "rejected rows, with reasons: rows.csv.rejected.csv",
    ]
    rejected = pd.read_csv(tmp_path / "rows.csv.rejected.csv")
    assert rejected[["line", "column"]].to_numpy().tolist() == [[3, "stage"], [4, "candidate"]]


def test_record_import_says_where_the_table_starts(call, tmp_path):
    (tmp_path / "rows.csv").write_text("Hasil 2024,,,\nseeker,candidate,stage,date\na,b,met,2024-11-02\n")
    said = "the header is on line 2; lines above it are not read as organisations"
    assert f"note: {said}" in call("log.db", "--import", "rows.csv").stderr.splitlines()
    assert read_outcomes(tmp_path / "rows.csv").notes == (said,)


@pytest.mark.parametrize("lang", ["en", "id"])
def test_record_takes_a_review_form_that_came_back(call, tmp_path, lang):
    write_review_form([ReviewPair("a", "b")], tmp_path / "form.xlsx", lang)
    empty = call("log.db", "--import-reviews", "form.xlsx").stderr
    assert empty == "0 recorded, 0 already there, 0 rejected, 2 empty of 2 rows\n" + UNCHECKED
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    sheet = book.worksheets[0]
    for row, answer in ((2, 4), (3, 9)):  # date, and how far goals were reached: 9 is no answer
        sheet.cell(row, 7, dt.date(2024, 11, 2))
        sheet.cell(row, 8, answer)
    book.save(tmp_path / "form.xlsx")
    told = call("log.db", "--import-reviews", "form.xlsx", "--strict", code=1).stderr.splitlines()
    assert told[0] == "1 recorded, 0 already there, 1 rejected of 2 rows"
    assert pd.read_csv(tmp_path / "form.xlsx.rejected.csv")["line"].tolist() == [3]
    (review,) = OutcomeLog(tmp_path / "log.db").reviews().itertuples()
    assert (review.seeker, review.candidate, review.side, review.goals_reached) == ("a", "b", "seeker", 4)


def test_record_reviews_of_a_pair_without_an_outcome_are_named(call, tmp_path):
    rows = "seeker,candidate,side,date,goals_reached\na,b,seeker,2024-11-02,4\nb,c,seeker,2024-11-02,4\n"
    (tmp_path / "reviews.csv").write_text(rows)
    call("log.db", *EVENT)
    lines = call("log.db", "--import-reviews", "reviews.csv").stderr.splitlines()
    assert lines[1:-1] == ["reviews of pairs without an outcome in the log, which no review shows: b / c"]


def test_record_list_and_export_show_names_of_profiles(call, tmp_path):
    call("log.db", *EVENT)
    header, row = call("log.db", "--list", "--profiles", "profiles.csv").stdout.splitlines()
    assert header.split()[:5] == ["id", "seeker", "seeker_name", "candidate", "candidate_name"]
    call("log.db", "--export", "out.csv", "--profiles", "profiles.csv")
    exported = pd.read_csv(tmp_path / "out.csv").iloc[0]
    names = pd.read_csv(tmp_path / "profiles.csv").astype(str).set_index("id")["name"]
    assert exported[["seeker_name", "candidate_name"]].tolist() == [names["a"], names["b"]]
    assert names["a"] in row


def test_record_export_is_read_back(call, tmp_path):
    call("log.db", *EVENT)
    assert call("log.db", "--export", "out.xlsx").stderr == "1 outcome: out.xlsx\n"
    assert call("other.db", "--import", "out.xlsx").stderr.startswith("1 recorded")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["log.db", "--seeker", "a"], "an outcome must have --candidate, --stage, --date"),
        (["log.db", *EVENT[:-1], "2024-13-01"], "date must be a possible date; got '2024-13-01'"),
        (["log.db", *EVENT[:-1], "2924-01-01"], "date must be from 1700-01-01 to"),
        (["log.db", *EVENT, "--seeker-rating", "9"], "seeker_rating must be a number from 1 to 5; got '9.0'"),
        (["log.db", *EVENT, "--list"], "--list must stand without --seeker, --candidate, --stage, --date"),
        (
            ["log.db", "--list", "--withdraw", "1"],
            "one task must be asked for at a time; got --withdraw, --list",
        ),
        (["log.db", "--withdraw", "1"], "--withdraw must have --reason"),
        (["log.db", "--list"], "log.db must be a log that exists; there is none"),
        (["log.csv", "--list"], "log must end in one of .db, .sqlite, .sqlite3; got log.csv"),
        (["none/log.db", *EVENT], "none/log.db must be in a folder that exists"),
        (["profiles.db", "--list"], "profiles.db must be a database; the file holds something else"),
        (["invoices.db", *EVENT], "invoices.db must be an outcome log; it holds 1 tables of something else"),
        (["log.db", "--import", "none.csv"], "none.csv must be a file that exists"),
        (["log.db", *EVENT, "--profiles", "none.csv"], "none.csv must be a file that exists"),
        (["mysql://u:secret@h/d", "--list"], "log must be in a SQLite file or in PostgreSQL; got mysql"),
        (["postgresql://u:secret@127.0.0.1:1/d", "--list"], "must answer; got OperationalError"),
    ],
)
def test_record_what_cannot_be_is_one_line_and_exit_code_2(call, tmp_path, arguments, message):
    (tmp_path / "profiles.db").write_text(PROFILES * 50)
    with sqlite3.connect(tmp_path / "invoices.db") as connection:
        connection.execute("CREATE TABLE invoices (id)")
    connection.close()
    done = call(*arguments, code=2)
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "secret" not in done.stderr
    assert not (tmp_path / "log.db").exists()


def test_record_bytes_that_are_no_text_are_refused(call, tmp_path):
    done = call("log.db", *EVENT[:2], "--candidate", "b\udcff", *EVENT[4:], code=2)
    assert "candidate text must not hold a lone surrogate" in done.stderr


def test_record_help_shows_an_example(call):
    assert "Example: matcher record log.db" in " ".join(call("--help").stdout.split())


@pytest.mark.slow
def test_match_keeps_its_run_and_reads_the_log_as_history(call, tmp_path):
    call("log.db", "--seeker", "a", "--candidate", "b", "--stage", "agreed", "--date", "2024-01-01")
    match = [sys.executable, str(ROOT / "scripts" / "match_batch.py")]
    asked = ["profiles.csv", "--out", "out.csv", "-k", 2, "--quiet", "--history", "log.db", "--log", "log.db"]
    first = call(*asked, command=match)
    log = OutcomeLog(tmp_path / "log.db")
    (run,) = log.runs()["id"]
    assert f"recorded in the log as {run}" in first.stderr
    written = pd.read_csv(tmp_path / "out.csv")
    shown = log.shown()
    columns = ["seeker", "candidate", "rank", "score"]
    assert shown[columns].to_numpy().tolist() == written[columns].to_numpy().tolist()

    before = (tmp_path / "out.csv").read_bytes()
    call(*asked, command=match, fresh=True)
    assert (tmp_path / "out.csv").read_bytes() == before
    assert log.runs()["id"].tolist() == [run]
    call(*asked, "--run", "second", command=match)
    assert set(log.runs()["id"]) == {run, "second"}
    assert log.runs()["recorded_at"].max() <= pd.Timestamp(dt.datetime.now(dt.UTC))
