"""The database behind an outcome log: its tables, and transactions that read or add rows, and change none."""

import datetime as dt
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from matcher.columns import ANSWERS, SIDES, Answer, Outcome
from matcher.errors import MatcherError, OutcomeError, OutputError
from matcher.files import ending_of
from matcher.outcomes.records import LOG_ENDINGS, LOG_VIEW, LONGEST_ID, REASON
from matcher.tables.databases import reason_of, secrets_of, sqlite_reader

Cells = dict[str, Any]

KIND: Final = "matcher outcome log"
VERSION: Final = 2  # version of the tables; a log of another one is refused
WAIT: Final = 30.0  # seconds to wait for another writer
LOCK: Final = 7_233_101_877  # number of the lock that writers of a log in PostgreSQL take one after another
DTYPES: Final = {  # of columns of tables, by those of the database
    sa.Date: "datetime64[s]",
    sa.DateTime: "datetime64[us, UTC]",
    sa.Integer: "int64",
    sa.Float: "float64",
    sa.Boolean: "bool",
    sa.String: "str",
    sa.Text: "str",
    sa.JSON: "object",
}
DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""Databases that can hold a log, with the driver that is used."""

metadata: Final = sa.MetaData()
_KNOWN_ERRORS: Final = (
    (("locked", "busy", "lock timeout"), OutputError, "must be free; another program holds it. Try again"),
    (("not a database",), OutcomeError, "must be a database; the file holds something else. Name another"),
    (("malformed", "disk image"), OutcomeError, "must be whole; the file is damaged. Restore a copy"),
    (
        ("readonly", "read-only", "unable to open", "permission", "full"),
        OutputError,
        "must be a file that can be opened and written. Check its folder, the permissions and the disk",
    ),
)


def _text(name: str, length: int | None = None, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text if length is None else sa.String(length), nullable=False, **options)


def _journal(name: str, state: str, numbers: Iterable[str], text: str) -> sa.Table:
    """Describe a table whose rows may replace earlier ones."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        *(_text(name, LONGEST_ID) for name in SIDES),
        _text(state, 20),
        sa.Column("date", sa.Date, nullable=False),
        *(sa.Column(str(number), sa.Float) for number in numbers),
        _text(text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrects", sa.Integer, sa.ForeignKey(f"{name}.id"), unique=True),
        sa.Column("is_void", sa.Boolean, nullable=False),
    )


about: Final = sa.Table("about", metadata, sa.Column("name", sa.String(50), primary_key=True), _text("value"))
entries: Final = _journal("entries", "stage", (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING), REASON)
reviews: Final = _journal("reviews", "side", ANSWERS, str(Answer.CHANGES_WANTED))
runs: Final = sa.Table(
    "runs",
    metadata,
    _text("id", LONGEST_ID, primary_key=True),
    sa.Column("date", sa.Date),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    _text("config"),
    _text("ranker"),
    *(sa.Column(name, sa.Integer, nullable=False) for name in ("seed", "k", "n_seekers")),
)
shown: Final = sa.Table(
    "shown",
    metadata,
    sa.Column("run", sa.String(LONGEST_ID), sa.ForeignKey("runs.id"), primary_key=True),
    *(_text(name, LONGEST_ID, primary_key=True) for name in SIDES),
    sa.Column("rank", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Float) for name in ("score", "mutual", "seeker_gain", "candidate_gain")),
)
adjustments: Final = sa.Table(
    "adjustments",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("date", sa.Date, nullable=False),
    *(sa.Column(name, sa.JSON(none_as_null=True)) for name in ("weights", "before")),
    _text("reason"),
    _text("action", 20),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
)
round_events: Final = sa.Table(
    "round_events",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    *(_text(name, LONGEST_ID) for name in ("round", *SIDES)),
    *(_text(name, 20) for name in ("action", "side")),
    sa.Column("date", sa.Date, nullable=False),
    _text("reason"),
    sa.Column("answer_by", sa.Date),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
)


def now() -> dt.datetime:
    """Return the present time, in the local time zone."""
    return dt.datetime.now().astimezone()


def holding(journal: sa.Table) -> Any:
    """Return the condition that a row is neither replaced nor withdrawn."""
    later = journal.alias("later")
    return ~journal.c.is_void & ~sa.select(later.c.id).where(later.c.corrects == journal.c.id).exists()


@dataclass(frozen=True)
class Transaction:
    """A connection to a log; rows can be read and added, but not changed or removed."""

    connection: sa.Connection
    began: dt.datetime = field(default_factory=lambda: now())  # when; rows that are added were recorded then

    def rows(self, query: sa.Select[Any]) -> list[Cells]:
        """Return the rows of a query, cells by column."""
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def add(self, target: sa.Table, rows: Sequence[Cells]) -> None:
        """Add rows, recorded now."""
        if "recorded_at" in target.c:
            rows = [row | {"recorded_at": self.began.astimezone(dt.UTC)} for row in rows]
        if rows:
            self.connection.execute(sa.insert(target), rows)

    def next_id(self, target: sa.Table) -> int:
        """Return the next id; unique, since only one writer is active at a time."""
        return int(self.connection.scalar(sa.select(sa.func.coalesce(sa.func.max(target.c.id), 0))) or 0) + 1


class Database:
    """Transactions on a log in SQLite or PostgreSQL, which is created on first write."""

    def __init__(self, place: str | os.PathLike[str]) -> None:
        self.url = address_of(place)
        self._is_server = self.url.get_backend_name() != "sqlite"
        self._is_known = False

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open an exclusive write transaction: it is committed as a whole or not at all."""
        if not self._is_server:
            self._prepare_file(Path(str(self.url.database)))
        with _translated(self.url), self._engine.begin() as connection:
            if self._is_server:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(WAIT * 1000)}")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
            if not self._is_made(connection):
                _make(connection)
            yield Transaction(connection)

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Open a read transaction, which does not wait for writers."""
        if not self._is_server and not Path(str(self.url.database)).is_file():
            raise OutcomeError(f"{name_of(self.url)} must be a log that exists; there is none. Record first.")
        engine = self._engine if self._is_server else sqlite_reader(self.url, "rw", WAIT)
        with _translated(self.url), engine.connect() as connection:
            if not self._is_made(connection):
                raise OutcomeError(f"{name_of(self.url)} must hold a log; it holds nothing. Record first.")
            yield Transaction(connection)

    @cached_property
    def _engine(self) -> sa.Engine:
        # Without a pool nothing stays open: files can be moved, and processes can be forked.
        options = {} if self._is_server else {"connect_args": {"timeout": WAIT}}
        engine = sa.create_engine(self.url, poolclass=sa.NullPool, hide_parameters=True, **options)
        if not self._is_server:
            sa.event.listen(engine, "connect", _set_up)
            # The write lock comes first: taken after reading, two writers could deadlock.
            sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
        return engine

    def _prepare_file(self, path: Path) -> None:
        if path.is_dir():
            raise OutputError(f"{path} must be a file; got a folder. Name a file in it.")
        if not path.parent.is_dir():
            raise OutputError(f"{path} must be in a folder that exists; there is none. Create it first.")
        if path.is_file() and path.stat().st_size:
            return
        # With a write-ahead log readers do not wait. Where setting it fails, as for two programs that create
        # the file together, the log is as safe without; an unusable file fails when it is opened.
        with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=WAIT)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")

    def _is_made(self, connection: sa.Connection) -> bool:
        """Return whether the log exists; raise for a database of something else or another version."""
        if self._is_known:
            return True
        inspector, facts = sa.inspect(connection), dict[str, str]()
        tables = set(inspector.get_table_names())
        columns = inspector.get_columns(about.name) if about.name in tables else []
        if {one["name"] for one in columns} == set(about.c.keys()):
            facts = {row.name: row.value for row in connection.execute(sa.select(about))}
        is_log = facts.get("kind") == KIND
        if is_log and (version := facts.get("version", "")) != str(VERSION):
            raise OutcomeError(
                f"{name_of(self.url)} must be a log of version {VERSION}; got version {version[:20]}. "
                "Update partner-matcher."
            )
        # A server's database may hold other tables too; a file is a log or something else.
        foreign = tables.intersection(metadata.tables) if self._is_server else tables
        if foreign and not is_log:
            raise OutcomeError(
                f"{name_of(self.url)} must be an outcome log; it holds {len(foreign):,} tables of "
                "something else. Name another."
            )
        self._is_known = is_log
        return is_log


def rows_of(frame: pd.DataFrame) -> list[Cells]:
    """Return the rows of a table, None where a cell is missing."""
    frame = frame.astype(object).where(frame.notna(), None)
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def frame_of(rows: Sequence[Cells], columns: Sequence[Any]) -> pd.DataFrame:
    """Return rows as a table: nullable integers as float, dates as datetime64, timestamps in UTC."""
    dtypes = {one.name: DTYPES[type(one.type)] for one in columns}
    dtypes |= {one.name: "float64" for one in columns if isinstance(one.type, sa.Integer) and one.nullable}
    return pd.DataFrame(rows, columns=list(dtypes), dtype=object).astype(dtypes)


def address_of(place: str | os.PathLike[str]) -> sa.URL:
    """Return the URL of a log given as a path or an address; `OutcomeError` if it can be neither."""
    text = os.fspath(place)
    if "://" not in text:
        ending_of(text, LOG_ENDINGS, OutcomeError, "log")
        return sa.URL.create("sqlite", database=str(Path(text)))
    try:
        url = sa.make_url(text)
    except (ArgumentError, ValueError):  # the chained text could hold the password
        raise OutcomeError("log must be a path or postgresql://user@host/database; got neither.") from None
    driver = DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None or (driver == "sqlite" and url.database in (None, "", ":memory:")):
        raise OutcomeError(
            f"log must be in a SQLite file or in PostgreSQL; got {url.drivername} without a place there. "
            "Name a file or postgresql://user@host/database."
        )
    return url.set(drivername=driver)


def name_of(url: sa.URL) -> str:
    """Return the path of a log, or its address without password and options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


def _make(connection: sa.Connection) -> None:
    metadata.create_all(connection)
    columns = (entries.c[name] for name in ("id", *Outcome, REASON, "recorded_at"))
    view = sa.select(*columns).where(holding(entries))
    query = view.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
    connection.exec_driver_sql(f"CREATE VIEW {LOG_VIEW} AS {query}")
    facts = [{"name": "kind", "value": KIND}, {"name": "version", "value": str(VERSION)}]
    connection.execute(sa.insert(about), facts)


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None  # transactions are begun by the engine, not by the driver
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")  # what is committed is on the disk


@contextmanager
def _translated(url: sa.URL) -> Iterator[None]:
    """Convert errors of SQLAlchemy into errors of this package, without passwords and cells of rows."""
    try:
        yield
    except MatcherError:
        raise
    except (SQLAlchemyError, ImportError, OSError) as err:
        # The chained text could hold a password or a reason.
        name, reason = name_of(url), reason_of(err, secrets_of(url))
        for signs, kind, text in _KNOWN_ERRORS:
            if any(sign in reason.lower() for sign in signs):
                raise kind(f"{name} {text}.") from None
        raise OutputError(
            f"{name} must answer; got {type(err).__name__}: {reason}. Check the address, that its driver "
            "is installed (pip install 'partner-matcher[postgres]'), and the rights of the user."
        ) from None
