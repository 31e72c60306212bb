"""What only a server has: other tables beside the log, locks, passwords."""

import datetime as dt

import pytest
import sqlalchemy
from servers import database

from matcher import read_outcomes
from matcher.errors import OutcomeError, OutputError
from matcher.outcomes.logbook import OutcomeLog

NOON = dt.datetime(2026, 11, 2, 12, 0, tzinfo=dt.UTC)
PAIR = ("a", "b", "met", "2026-11-01")


@pytest.fixture
def place():
    return database()


@pytest.fixture
def engine(place):
    engine = sqlalchemy.create_engine(place)
    yield engine
    engine.dispose()


def test_postgres_log_stands_beside_other_tables(place, engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE invoices (id integer)")
    assert OutcomeLog(place).record(*PAIR, recorded_at=NOON).stored == (1,)


def test_postgres_foreign_table_of_the_same_name_is_refused(place, engine):
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE runs (id integer)")
    with pytest.raises(OutcomeError, match="it holds 1 tables of something else"):
        OutcomeLog(place).prepare()
    assert sqlalchemy.inspect(engine).get_table_names() == ["runs"]


def test_postgres_address_without_driver_is_read(place):
    short = place.replace("postgresql+psycopg://", "postgresql://")
    OutcomeLog(short).record(*PAIR, recorded_at=NOON)
    assert len(read_outcomes(short, today=NOON.date()).kept) == 1


def test_postgres_truncate_is_refused(place, engine):
    OutcomeLog(place).record(*PAIR, recorded_at=NOON)
    with engine.begin() as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="only ever added"):
        connection.exec_driver_sql("TRUNCATE entries CASCADE")


def test_postgres_database_without_log_cannot_be_read(place):
    with pytest.raises(OutcomeError, match="must hold a log; it holds nothing"):
        OutcomeLog(place).entries()
    with pytest.raises(OutcomeError, match="the address must be an outcome log"):
        read_outcomes(place)


def test_postgres_lock_of_another_writer_is_told_after_the_wait(place, engine):
    log = OutcomeLog(place, wait=0.1)
    log.prepare()
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7233101877)")
        with pytest.raises(OutputError, match="must be free; another program holds it"):
            log.record(*PAIR, recorded_at=NOON)
    assert log.record(*PAIR, recorded_at=NOON).stored == (1,)


def test_postgres_database_that_is_not_there_is_told_without_password(place):
    address = place.replace("tester@", "tester:secret@").replace("/log_", "/nowhere_")
    log = OutcomeLog(address)
    with pytest.raises(OutputError, match="must answer; got OperationalError") as caught:
        log.record(*PAIR, recorded_at=NOON)
    assert "secret" not in f"{caught.value}{log!r}"
    with pytest.raises(OutcomeError, match="the address must be an outcome log") as caught:
        read_outcomes(address)
    assert "secret" not in str(caught.value)


def test_postgres_text_that_only_sqlite_could_hold_is_rejected_before(place):
    with pytest.raises(OutcomeError, match="control character"):
        OutcomeLog(place).record("a\0", "b", "met", "2026-11-01", recorded_at=NOON)
