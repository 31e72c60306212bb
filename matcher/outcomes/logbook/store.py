"""The database behind a log: opened for one transaction at a time, made on first write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, insert, inspect, select

from matcher.errors import OutcomeError, OutputError
from matcher.outcomes.logbook.schema import KIND, VERSION, VIEW_SQL, about, guards, metadata
from matcher.outcomes.logbook.troubles import name_of, told_plainly

LOCK: Final = 7_233_101_877
"""Number of the lock that writers of a log in PostgreSQL take one after another."""


class Store:
    """Gives transactions on a log.

    Parameters
    ----------
    url : URL
        Of SQLite or PostgreSQL.
    wait : float
        Seconds to wait for another writer.
    """

    def __init__(self, url: URL, wait: float) -> None:
        self.url = url
        self._wait = wait
        self._engine: Engine | None = None
        self._is_known = False

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a transaction that no other writer runs beside; all of it is kept, or nothing."""
        if not self._is_server:
            self._prepare_file(Path(str(self.url.database)))
        with told_plainly(self.url), self._opened().begin() as connection:
            if self._is_server:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(self._wait * 1000)}")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            if not self._is_made(connection):
                self._make(connection)
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that only reads, and waits for no writer."""
        if not self._is_server and not Path(str(self.url.database)).is_file():
            raise OutcomeError(f"{name_of(self.url)} must be a log that exists; there is none. Record first.")
        with told_plainly(self.url), self._opened().connect() as connection:
            connection = connection.execution_options(reading=True)
            if not self._is_made(connection):
                raise OutcomeError(f"{name_of(self.url)} must hold a log; it holds nothing. Record first.")
            yield connection

    @property
    def _is_server(self) -> bool:
        return self.url.get_backend_name() != "sqlite"

    def _opened(self) -> Engine:
        if self._engine is None:
            # Without a pool nothing stays open: files can be moved, and processes can be forked.
            options = {} if self._is_server else {"connect_args": {"timeout": self._wait}}
            self._engine = create_engine(self.url, poolclass=NullPool, hide_parameters=True, **options)
            if not self._is_server:
                event.listen(self._engine, "connect", _set_up)
                event.listen(self._engine, "begin", _begin)
        return self._engine

    def _prepare_file(self, path: Path) -> None:
        if path.is_dir():
            raise OutputError(f"{path} must be a file; got a folder. Name a file in it.")
        if not path.parent.is_dir():
            raise OutputError(f"{path} must be in a folder that exists; there is none. Create it first.")
        if path.is_file() and path.stat().st_size:
            return
        # With a log of what is to come readers wait for nobody. Where this fails, as for two that make
        # the file at once, the log is as safe without; and what is wrong is told when the file is opened.
        with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=self._wait)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    def _is_made(self, connection: Connection) -> bool:
        """Say whether the log is there; refuse a database of something else and a schema of tomorrow."""
        if self._is_known:
            return True
        tables = set(inspect(connection).get_table_names())
        facts: dict[str, str] = {}
        if about.name in tables:
            columns = {column["name"] for column in inspect(connection).get_columns(about.name)}
            if columns == set(about.c.keys()):
                facts = {row.name: row.value for row in connection.execute(select(about))}
        if facts.get("kind") == KIND:
            self._check_version(facts.get("version", ""))
            self._is_known = True
            return True
        # A server's database may hold much; a file is a log or something else.
        strangers = tables.intersection(metadata.tables) if self._is_server else tables
        if strangers:
            raise OutcomeError(
                f"{name_of(self.url)} must be an outcome log; it holds {len(strangers):,} tables of "
                "something else. Name another."
            )
        return False

    def _check_version(self, version: str) -> None:
        if not version.isdecimal() or int(version) > VERSION:
            raise OutcomeError(
                f"{name_of(self.url)} must be a log of version {VERSION} or earlier; got version "
                f"{version[:20]}. Update partner-matcher."
            )

    def _make(self, connection: Connection) -> None:
        metadata.create_all(connection)
        connection.exec_driver_sql(VIEW_SQL)
        connection.execute(
            insert(about), [{"name": "kind", "value": KIND}, {"name": "version", "value": str(VERSION)}]
        )
        for statement in guards(connection.dialect.name):
            connection.exec_driver_sql(statement)


def _set_up(connection: Any, _: object) -> None:
    """Prepare a connection to SQLite: what is committed is on the disk."""
    connection.isolation_level = None  # transactions are begun below, not by the driver
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    """Take the lock of a writer at once: taken later, two that have read could wait for each other."""
    is_reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if is_reading else "BEGIN IMMEDIATE")
