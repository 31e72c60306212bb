"""Databases: the rows that one query gives, read without any possibility of a change."""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

from matcher.errors import ProfileError
from matcher.tables.raw import RawTable, table_of_columns

_QUOTED: Final = re.compile(
    r"""(?<![\w$])[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`"""
    r"""|(?<![\w$])\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*(?!!).*?\*/""",
    re.DOTALL,
)
"""Texts, quoted names and comments of SQL: a semicolon in them ends no statement."""
_READS: Final = re.compile(r"[\s(]*(?:select|with|values)\b", re.IGNORECASE)
_WRITES: Final = re.compile("read-?only|read-write mode", re.IGNORECASE)
"""What databases report of a statement that would change something in a transaction that only reads."""


def is_database(source: object) -> bool:
    """Say whether a source is an address (``…://…``) or an object of SQLAlchemy."""
    if isinstance(source, str):
        return "://" in source
    return type(source).__module__.partition(".")[0] == "sqlalchemy"


def read_query(source: Any, query: object) -> RawTable:
    """Read the rows that a query of a URL, engine or connection gives; a `ProfileError` has no password."""
    if query is None or query == "":
        raise ProfileError(
            "query must be given with a database; got none. Pass query='SELECT id, name, … FROM …'."
        )
    from sqlalchemy.exc import SQLAlchemyError
    from sqlalchemy.sql import ClauseElement

    if isinstance(query, str):
        _check_query(query)
    secrets: list[str] = []
    try:
        with _connected(source, secrets) as connection, _reading_only(connection):
            if isinstance(query, ClauseElement):
                _check_query(str(query.compile(dialect=connection.dialect)))
            run = connection.exec_driver_sql if isinstance(query, str) else connection.execute
            result = run(query)
            names, rows = list(result.keys()), result.all()
    except ProfileError:
        raise
    except (SQLAlchemyError, sqlite3.Error, ImportError, OSError, ValueError, TypeError) as err:
        reason = reason_of(err, secrets)
        if _WRITES.search(reason):
            raise ProfileError(f"query must change nothing; got: {reason}. Pass one SELECT.") from None
        raise ProfileError(
            f"the database must answer the query; got {type(err).__name__}: {reason}. Check "
            "the address, that its driver is installed, and that the query is one SELECT."
        ) from None  # the chained text could hold the password
    return table_of_columns(names, [[row[at] for row in rows] for at in range(len(names))], len(rows))


def _check_query(query: str) -> None:
    bare = _QUOTED.sub(lambda found: " " if found[0].startswith(("--", "/*")) else "''", query)
    statements = [part.strip() for part in bare.split(";") if part.strip()]
    if len(statements) == 1 and _READS.match(statements[0]):
        return
    word = statements[0].split()[0][:20].upper() if statements else "none"
    raise ProfileError(
        "query must be one SELECT, WITH or VALUES statement, for the database is only read; "
        f"got {f'{len(statements)} statements' if len(statements) > 1 else word}. Pass one SELECT."
    )


@contextmanager
def _reading_only(connection: Any) -> Iterator[None]:
    """Have SQLite or PostgreSQL refuse what would change anything; other databases are rolled back."""
    run = connection.exec_driver_sql
    opening, closing_ = list[str](), list[str]()
    if connection.dialect.name == "sqlite":
        opening = ["PRAGMA query_only = ON"]
        closing_ = [f"PRAGMA query_only = {run('PRAGMA query_only').scalar()}"]
    elif connection.dialect.name == "postgresql":
        is_open = not getattr(connection.connection.dbapi_connection, "autocommit", False)
        opening = ["SAVEPOINT reads" if is_open else "BEGIN", "SET TRANSACTION READ ONLY"]
        closing_ = ["ROLLBACK TO SAVEPOINT reads" if is_open else "ROLLBACK"]
    for statement in opening:
        run(statement)
    try:
        yield
    finally:
        for statement in closing_:
            run(statement)


@contextmanager
def _connected(source: Any, secrets: list[str]) -> Iterator[Any]:
    """Open a connection that is not kept, or borrow the caller's; nothing is ever committed."""
    import sqlalchemy

    if isinstance(source, sqlalchemy.Connection):
        own = not source.in_transaction()
        try:
            yield source
        finally:
            if own:
                source.rollback()
        return
    engine = source
    if not isinstance(source, sqlalchemy.Engine):
        try:
            url = sqlalchemy.make_url(source)
        except (sqlalchemy.exc.ArgumentError, ValueError) as err:
            raise ValueError("the address is not of the form dialect://user:password@host/database") from err
        secrets.extend(secrets_of(url))
        memory = url.database in (None, "", ":memory:") or str(url.database).startswith("file:")
        is_file = url.get_backend_name() == "sqlite" and not memory
        engine = (
            sqlite_reader(url) if is_file else sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
        )
    secrets.extend(secrets_of(engine.url))
    with engine.connect() as connection:
        yield connection


def sqlite_reader(url: Any, mode: str = "ro", wait: float = 5.0) -> Any:
    """Return an engine whose connections to a file of SQLite change nothing, also on a read-only medium."""
    import sqlalchemy

    path = Path(str(url.database))

    def connect() -> sqlite3.Connection:
        if not path.is_file():
            raise FileNotFoundError(f"no such file: {path}")
        uri = f"{path.resolve().as_uri()}?mode={mode}"  # of rw, closing removes the files beside it
        connection = sqlite3.connect(uri, uri=True, timeout=wait, check_same_thread=False)
        try:
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except sqlite3.OperationalError as err:
            connection.close()
            if not re.search("readonly|unable to open", str(err)):
                raise
            connection = _copy_of(path)
        connection.execute("PRAGMA query_only = ON")
        return connection

    return sqlalchemy.create_engine(url, creator=connect, poolclass=sqlalchemy.NullPool, hide_parameters=True)


def _copy_of(path: Path) -> sqlite3.Connection:
    """Return a copy in memory: a log with a write-ahead log cannot be opened on a read-only medium."""
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        for ending in ("", "-wal"):
            if (part := path.with_name(path.name + ending)).is_file():
                shutil.copyfile(part, copy.with_name(copy.name + ending))
        with closing(sqlite3.connect(copy)) as whole:
            whole.backup(memory)
    return memory


def secrets_of(url: Any) -> list[str]:
    """Return what in an address may be a password: the password itself and the options after the ``?``."""
    parts = [[value] if isinstance(value, str) else value for value in url.query.values()]
    return [str(part) for part in (url.password, *chain(*parts)) if part]


def reason_of(err: BaseException, secrets: list[str]) -> str:
    """Return the first line of the driver's report, without secrets; further lines may hold cells."""
    text = (str(getattr(err, "orig", None) or err).strip() or type(err).__name__).splitlines()[0]
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text[:200]
