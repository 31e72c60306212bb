"""Where a log is kept: rows only added, several writers, files that are no log, servers."""

import os
import re
import signal
import sqlite3
import subprocess
import sys

import pandas as pd
import pytest
import sqlalchemy
from logs import NOON, PAIR, fill, set_clock
from servers import database

from matcher import read_outcomes
from matcher.errors import MatcherError, OutcomeError, OutputError
from matcher.outcomes.database import address_of
from matcher.outcomes.log import OutcomeLog


@pytest.fixture(autouse=True, scope="module")
def noon():
    with pytest.MonkeyPatch.context() as patch:
        set_clock(patch)
        yield


@pytest.fixture
def run_sql(place):
    """Run statements as any other program could."""

    def run(*statements):
        engine = sqlalchemy.create_engine(address_of(place))
        with engine.begin() as connection:
            results = [connection.exec_driver_sql(statement) for statement in statements]
            rows = results[-1].all() if results[-1].returns_rows else None
        engine.dispose()
        return rows

    return run


@pytest.fixture
def server():
    return database()


@pytest.fixture
def engine(server):
    engine = sqlalchemy.create_engine(server)
    yield engine
    engine.dispose()


@pytest.fixture
def statements():
    """Collect the statements that are sent to any database."""
    sent = []

    def collect(_connection, _cursor, statement, *_):
        sent.append(statement)

    sqlalchemy.event.listen(sqlalchemy.Engine, "before_cursor_execute", collect)
    yield sent
    sqlalchemy.event.remove(sqlalchemy.Engine, "before_cursor_execute", collect)


# Rows are only added


def test_log_sends_no_statement_that_changes_or_removes_rows(log, statements, tmp_path):
    fill(log)
    log.correct(1, stage="agreed")
    log.withdraw(2, "no")
    log.roll_back(NOON.date(), "no better")
    log.round("spring")
    for read in (log.entries, log.reviews, log.runs, log.shown, log.adjustments, log.weights_in_force):
        read()
    words = {word for statement in statements for word in re.findall("[A-Z]+", statement)}
    assert {"SELECT", "INSERT", "CREATE"} <= words
    assert not words & {"UPDATE", "DELETE", "TRUNCATE", "DROP", "ALTER", "REPLACE", "MERGE", "TRIGGER"}


def test_database_refuses_a_second_correction_of_one_row(log, run_sql):
    log.record(**PAIR)
    log.correct(1, stage="agreed")
    copy = "seeker, candidate, stage, date, reason, recorded_at, is_void, corrects"
    with pytest.raises(sqlalchemy.exc.IntegrityError):
        run_sql(f"INSERT INTO entries (id, {copy}) SELECT 3, {copy} FROM entries WHERE id = 2")


def test_outcomes_view_shows_what_holds(log, run_sql):
    log.record(**PAIR)
    log.record(**{**PAIR, "stage": "invited"})
    log.correct(1, stage="agreed")
    log.withdraw(2, "no")
    assert run_sql("SELECT id, stage FROM outcomes") == [(3, "agreed")]


# Several writers, and killed ones

WRITER = """
import sys
from matcher.outcomes.log import OutcomeLog
log, name, count = OutcomeLog(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for n in range(count):
    log.record(f"{name}-{n}", "z", "met", "2024-01-01")
    if n < 12:
        log.record("shared", "z", "met", f"2024-01-{n + 1:02}")
"""
BATCH_WRITER = """
import sys, pandas as pd
from matcher.outcomes.log import OutcomeLog
log = OutcomeLog(sys.argv[1])
for n in range(10_000):
    rows = [{"seeker": f"{n}-{m}", "candidate": "z", "stage": "met", "date": "2024-01-01"} for m in range(7)]
    log.record_many(pd.DataFrame(rows))
    print(n, flush=True)
"""


def start(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.slow
def test_four_writers_at_once_lose_nothing(place):
    writers = [start(WRITER, place, name, "16") for name in "abcd"]
    for writer in writers:
        _, errors = writer.communicate(timeout=300)
        assert writer.returncode == 0, errors
    seekers = OutcomeLog(place).entries()["seeker"]
    own = seekers[seekers != "shared"]
    assert sorted(own) == sorted(f"{name}-{n}" for name in "abcd" for n in range(16))
    assert (seekers == "shared").sum() == 12


@pytest.mark.slow
@pytest.mark.parametrize("n_batches", [1, 5, 20])
def test_killed_writer_leaves_whole_batches_only(place, n_batches):
    writer = start(BATCH_WRITER, place)
    done = [int(writer.stdout.readline()) for _ in range(n_batches)]
    os.kill(writer.pid, signal.SIGKILL)
    printed = [*done, *map(int, writer.communicate()[0].split())]
    log = OutcomeLog(place)
    batches = log.entries()["seeker"].str.split("-").str[0].astype(int).value_counts()
    assert set(batches) == {7}
    # The last batch may have been committed without its number being printed.
    assert set(printed) <= set(batches.index) <= {*printed, max(printed) + 1}
    assert log.record(**PAIR).stored == (len(batches) * 7 + 1,)


# Files that are no log


def test_log_is_made_on_first_write_only(tmp_path):
    log = OutcomeLog(tmp_path / "log.sqlite3")
    with pytest.raises(OutcomeError, match="must be a log that exists; there is none"):
        log.entries()
    assert not list(tmp_path.iterdir())
    log.record(**PAIR)
    assert (tmp_path / "log.sqlite3").is_file()


def test_log_is_in_wal_mode_and_whole(tmp_path):
    OutcomeLog(tmp_path / "log.db").record(**PAIR)
    with sqlite3.connect(tmp_path / "log.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.parametrize("name", ["log.csv", "log", "log.xlsx"])
def test_log_of_another_ending_is_refused(name):
    with pytest.raises(OutcomeError, match=r"log must end in one of \.db, \.sqlite, \.sqlite3"):
        OutcomeLog(name)


@pytest.mark.parametrize(
    "address", ["mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:", "nonsense://"]
)
def test_log_at_an_address_that_cannot_hold_one_is_refused(address):
    with pytest.raises(OutcomeError, match="log must be") as caught:
        OutcomeLog(address)
    assert "secret" not in str(caught.value)


def test_log_at_an_address_of_sqlite_is_the_file(tmp_path):
    OutcomeLog(f"sqlite:///{tmp_path}/log.db").record(**PAIR)
    assert len(OutcomeLog(tmp_path / "log.db").entries()) == 1


def write_text(path):
    path.write_bytes(b"seeker,candidate\n" * 100)


def write_other_database(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE about (name, value, more)")
        connection.execute("CREATE TABLE invoices (id)")
    connection.close()


def write_newer_log(path):
    OutcomeLog(path).prepare()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE about SET value = '3' WHERE name = 'version'")
    connection.close()


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (write_text, "must be a database; the file holds something else"),
        (write_other_database, "must be an outcome log; it holds 2 tables of something else"),
        (write_newer_log, "must be a log of version 2; got version 3. Update partner-matcher"),
    ],
)
@pytest.mark.parametrize("call", [OutcomeLog.entries, OutcomeLog.prepare])
def test_foreign_file_is_refused_and_left_as_it_is(tmp_path, write, message, call):
    path = tmp_path / "log.db"
    write(path)
    before = path.read_bytes()
    with pytest.raises(OutcomeError, match=message):
        call(OutcomeLog(path))
    assert path.read_bytes() == before


def test_read_outcomes_of_a_database_that_is_no_log_says_so(tmp_path):
    write_other_database(tmp_path / "log.db")
    with pytest.raises(OutcomeError, match="must be an outcome log"):
        read_outcomes(tmp_path / "log.db")


def test_empty_file_becomes_a_log(tmp_path):
    (tmp_path / "log.db").touch()
    with pytest.raises(OutcomeError, match="must hold a log; it holds nothing"):
        OutcomeLog(tmp_path / "log.db").entries()
    assert OutcomeLog(tmp_path / "log.db").record(**PAIR).stored == (1,)


def test_damaged_file_is_reported(tmp_path):
    path = tmp_path / "log.db"
    OutcomeLog(path).record_many(pd.DataFrame([{**PAIR, "seeker": f"s{n}"} for n in range(500)]))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(MatcherError, match=r"log\.db must"):
        OutcomeLog(path).entries()


def test_locked_file_is_reported_after_the_wait(tmp_path, monkeypatch):
    monkeypatch.setattr("matcher.outcomes.database.WAIT", 0.05)
    log = OutcomeLog(tmp_path / "log.db")
    log.record(**PAIR)
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OutputError, match="must be free; another program holds it"):
        log.record("c", "d", "met", "2026-11-01")
    assert len(log.entries()) == 1  # readers wait for nobody
    other.close()
    assert log.record("c", "d", "met", "2026-11-01").stored == (2,)


def test_missing_folder_and_folder_are_reported(tmp_path):
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(OutputError, match="must be in a folder that exists"):
        OutcomeLog(tmp_path / "none" / "log.db").prepare()
    with pytest.raises(OutputError, match="must be a file; got a folder"):
        OutcomeLog(tmp_path / "folder.db").prepare()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission_is_reported(tmp_path):
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="must be a file that can be opened and written"):
            OutcomeLog(tmp_path / "log.db").prepare()
    finally:
        tmp_path.chmod(0o700)


def test_errors_of_the_database_hold_no_text(log, run_sql):
    log.prepare()
    log.record(**PAIR)
    run_sql("DROP VIEW outcomes")
    run_sql("ALTER TABLE entries RENAME TO gone")
    with pytest.raises(MatcherError) as caught:
        log.record("secret-id", "b", "met", "2026-11-01", reason="secret words")
    assert "secret" not in str(caught.value)
    assert "Traceback" not in str(caught.value)


# Servers


def test_postgres_log_stands_beside_other_tables(server, engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id integer)")
    assert OutcomeLog(server).record(**PAIR).stored == (1,)


def test_postgres_foreign_table_of_the_same_name_is_refused(server, engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE runs (id integer)")
    with pytest.raises(OutcomeError, match="it holds 1 tables of something else"):
        OutcomeLog(server).prepare()
    assert sqlalchemy.inspect(engine).get_table_names() == ["runs"]


def test_postgres_address_without_driver_is_read(server):
    short = server.replace("postgresql+psycopg://", "postgresql://")
    OutcomeLog(short).record(**PAIR)
    assert len(read_outcomes(short, today=NOON.date()).kept) == 1


def test_postgres_database_without_log_cannot_be_read(server):
    with pytest.raises(OutcomeError, match="must hold a log; it holds nothing"):
        OutcomeLog(server).entries()
    with pytest.raises(OutcomeError, match="the address must be an outcome log"):
        read_outcomes(server)


def test_postgres_lock_of_another_writer_is_reported_after_the_wait(server, engine, monkeypatch):
    monkeypatch.setattr("matcher.outcomes.database.WAIT", 0.1)
    log = OutcomeLog(server)
    log.prepare()
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7233101877)")
        with pytest.raises(OutputError, match="must be free; another program holds it"):
            log.record(**PAIR)
    assert log.record(**PAIR).stored == (1,)


def test_postgres_database_that_is_not_there_is_reported_without_password(server):
    address = server.replace("tester@", "tester:secret@").replace("/log_", "/nowhere_")
    log = OutcomeLog(address)
    with pytest.raises(OutputError, match="must answer; got OperationalError") as caught:
        log.record(**PAIR)
    assert "secret" not in f"{caught.value}{log!r}"
    with pytest.raises(OutcomeError, match="the address must be an outcome log") as caught:
        read_outcomes(address)
    assert "secret" not in str(caught.value)


def test_postgres_text_that_only_sqlite_could_hold_is_rejected_before(server):
    with pytest.raises(OutcomeError, match="control character"):
        OutcomeLog(server).record("a\0", "b", "met", "2026-11-01")
