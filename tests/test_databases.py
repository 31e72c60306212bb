"""Databases are only read: whatever the query says, nothing in them changes."""

import os
import pwd
import shutil
import sqlite3
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy
from servers import database

from matcher import read_outcomes
from matcher.errors import OutputError, ProfileError
from matcher.outcomes.log import OutcomeLog
from matcher.profiles import read_profiles
from matcher.tables.databases import read_query

REFUSED = [
    "DROP TABLE t",
    "/* SELECT */ drop table t -- SELECT",
    "ALTER TABLE t ADD COLUMN more TEXT",
    "CREATE TABLE other (id TEXT)",
    "CREATE TABLE other AS SELECT * FROM t",
    "ATTACH DATABASE 'other.db' AS other",
    "PRAGMA user_version = 7",
    "PRAGMA query_only = OFF",
    "VACUUM",
    "INSERT INTO t VALUES ('3', 'c', 'v')",
    "UPDATE t SET name = 'x' RETURNING *",
    "DELETE FROM t RETURNING *",
    "REPLACE INTO t VALUES ('1', 'x', 'v')",
    "SELECT * FROM t; DROP TABLE t",
    "SELECT 1; COMMIT; DELETE FROM t",
    "COMMIT; SELECT * FROM t",
    "SELECT '; it''s' ; -- no\nDROP TABLE t",
    "EXPLAIN SELECT * FROM t",
    "-- nothing",
    ";",
    " ",
]
WRITING = [
    "WITH one AS (SELECT '9' AS id) INSERT INTO t SELECT id, 'x', 'v' FROM one RETURNING *",
    "WITH one AS (SELECT 1) DELETE FROM t RETURNING *",
    "WITH one AS (SELECT 1) UPDATE t SET name = 'x' RETURNING *",
]
WRITING_ON_A_SERVER = [
    *WRITING,
    "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone",
    "SELECT * INTO other FROM t",
    "SELECT * FROM t FOR UPDATE",
    "SELECT set_config('transaction_read_only', 'off', false), nextval('s')",
]
READING = [
    "SELECT * FROM t",
    " \n-- all; of them\nSELECT id, name, vision FROM t;  -- done; really",
    "with one as (select * from t) select id, name, vision || ';' as vision from one;",
    "VALUES ('1', 'a;b', 'it''s; --')",
    """SELECT id AS "id;", name, 'delete from t; drop table t' AS vision /* ; */ FROM t;""",
]


@pytest.fixture
def make():
    """Put the same table into a database, and return a function that reads all there is."""

    def fill(url):
        engine = sqlalchemy.create_engine(url)
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (id TEXT, name TEXT, vision TEXT)")
            connection.exec_driver_sql("INSERT INTO t VALUES ('1', 'a', 'v'), ('2', 'b', 'v')")
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("CREATE SEQUENCE s")

        def content():
            with engine.connect() as connection:
                tables = sorted(sqlalchemy.inspect(connection).get_table_names())
                return tables, connection.exec_driver_sql("SELECT * FROM t ORDER BY id").all()

        return content

    return fill


@pytest.fixture(
    params=["path", "wal", "engine", "connection", "autocommit", "server", "server engine", "server auto"]
)
def source(request, tmp_path):
    """Give the address of a database, and the source that it is read by."""
    kind = request.param
    url = database() if "server" in kind else f"sqlite:///{tmp_path / 't.db'}"
    if kind == "wal":
        with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    if kind in ("path", "wal", "server"):
        yield url, url
        return
    options = {"isolation_level": "AUTOCOMMIT"} if "auto" in kind else {}
    engine = sqlalchemy.create_engine(url, **options)
    if kind == "connection":
        with engine.connect() as connection:
            yield url, connection
    else:
        yield url, engine
    engine.dispose()


def test_database_is_never_changed(source, make, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url, place = source
    content = make(url)
    before, files = content(), {path.name for path in tmp_path.iterdir()}
    for query in REFUSED:
        with pytest.raises(ProfileError, match=r"query must be one SELECT, WITH or VALUES|must be given"):
            read_query(place, query)
    for query in WRITING_ON_A_SERVER if "postgresql" in url else WRITING:
        with pytest.raises(ProfileError, match=r"query must change nothing|near"):
            read_query(place, query)
    with pytest.raises(ProfileError, match="query must be one SELECT"):
        read_query(place, sqlalchemy.text("DROP TABLE t"))
    assert content() == before
    assert {path.name for path in tmp_path.iterdir()} - files <= {"t.db-wal", "t.db-shm"}
    for query in READING:
        assert len(read_query(place, query)) in (1, 2)
    chosen = sqlalchemy.select(sqlalchemy.text("* FROM t WHERE id = :id")).params(id="2")
    assert len(read_query(place, chosen)) == 1


def test_database_query_says_what_it_got(tmp_path, make):
    make(url := f"sqlite:///{tmp_path / 't.db'}")
    with pytest.raises(ProfileError, match=r"for the database is only read; got DROP\. Pass"):
        read_profiles(url, query="drop table t")
    with pytest.raises(ProfileError, match="got 2 statements"):
        read_profiles(url, query="SELECT * FROM t; SELECT 1")
    with pytest.raises(ProfileError, match="got none"):
        read_profiles(url, query="/* nothing */")


def test_database_connection_of_the_caller_can_be_written_to_afterwards(tmp_path, make):
    for url in f"sqlite:///{tmp_path / 't.db'}", database():
        content = make(url)
        engine = sqlalchemy.create_engine(url)
        with engine.connect() as connection:
            connection.exec_driver_sql("INSERT INTO t VALUES ('3', 'c', 'v')")
            assert len(read_query(connection, "SELECT * FROM t")) == 3
            connection.exec_driver_sql("INSERT INTO t VALUES ('4', 'd', 'v')")
            connection.commit()
        engine.dispose()
        assert len(content()[1]) == 4


@pytest.fixture
def medium():
    """Give a folder that can be made one that nothing can be written to, by the present user."""
    folder = Path(tempfile.mkdtemp())
    user = pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else os.geteuid()

    @contextmanager
    def locked():
        for path in (*folder.iterdir(), folder):
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = os.geteuid()
        os.seteuid(user)
        try:
            yield
        finally:
            os.seteuid(before)
            folder.chmod(0o755)

    yield folder, locked
    shutil.rmtree(folder)


@pytest.mark.parametrize("is_open", [False, True])
def test_log_on_a_medium_that_cannot_be_written_to_is_read(medium, is_open):
    folder, locked = medium
    log = OutcomeLog(folder / "log.db")
    log.record("a", "b", "met", "2024-01-01")
    with closing(sqlite3.connect(folder / "log.db")) as other:
        other.execute("SELECT * FROM entries").fetchall()
        if is_open:  # another program has it open: the second entry is in the write-ahead log only
            log.record("a", "c", "met", "2024-01-01")
            (folder / "log.db-shm").unlink()
        with locked():
            assert len(read_outcomes(folder / "log.db").kept) == len(log.entries()) == 1 + is_open
            with pytest.raises(OutputError, match="must be a file that can be opened and written"):
                log.record("a", "d", "met", "2024-01-01")


def test_log_leaves_nothing_beside_it(tmp_path):
    OutcomeLog(tmp_path / "log.db").record("a", "b", "met", "2024-01-01")
    assert len(read_outcomes(tmp_path / "log.db").kept) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["log.db"]
