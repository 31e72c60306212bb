"""Outcomes kept in a database: what tells a log from other sources, and how its outcomes are read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matcher.columns import Outcome
from matcher.errors import OutcomeError, ProfileError
from matcher.outcomes.vocabulary import REASON
from matcher.tables.databases import is_database, read_query
from matcher.tables.raw import RawTable

if TYPE_CHECKING:
    from sqlalchemy import URL

ENDINGS: Final = (".db", ".sqlite", ".sqlite3")
"""How the file of a log ends, in any case."""
VIEW: Final = "outcomes"
"""What a log shows to whoever reads it: one row an outcome that holds, corrections made."""
DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""Databases that can hold a log, with the driver that is used."""


def is_log(source: object) -> bool:
    """Say whether a source is a database: a file by its ending, an address, or an object of SQLAlchemy."""
    if is_database(source):
        return True
    return isinstance(source, str | os.PathLike) and str(source).lower().endswith(ENDINGS)


def read_log(source: Any) -> RawTable:
    """Read the outcomes that hold, in the order in which they were recorded; there may be none.

    Raises
    ------
    OutcomeError
        If the source is no log, or cannot be read; never with a password.
    """
    columns = ", ".join([*Outcome, REASON])
    try:
        return read_query(_readable(source), f"SELECT {columns} FROM {VIEW} ORDER BY id")  # noqa: S608
    except ProfileError as err:
        named = "the address" if is_database(source) else os.fspath(source)
        raise OutcomeError(f"{named} must be an outcome log, as `matcher record` makes it; {err}") from err


def address_of(place: str | os.PathLike[str]) -> URL:
    """Return the address of a log given as a path or as an address.

    Raises
    ------
    OutcomeError
        If it is neither a file that ends as a log does, nor the address of a database that can hold one.
    """
    from sqlalchemy import URL, make_url
    from sqlalchemy.exc import ArgumentError

    text = os.fspath(place)
    if "://" not in text:
        if not text.lower().endswith(ENDINGS):
            raise OutcomeError(f"log must end in one of {', '.join(ENDINGS)}; got {text}. Rename it.")
        return URL.create("sqlite", database=str(Path(text)))
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):  # the chained text could hold the password
        raise OutcomeError("log must be a path or postgresql://user@host/database; got neither.") from None
    driver = DRIVERS.get(url.drivername.partition("+")[0])
    if driver is None or (driver == "sqlite" and url.database in (None, "", ":memory:")):
        raise OutcomeError(
            f"log must be in a SQLite file or in PostgreSQL; got {url.drivername} without a place there. "
            "Name a file or postgresql://user@host/database."
        )
    return url.set(drivername=driver)


def _readable(source: Any) -> Any:
    return address_of(source) if isinstance(source, str | os.PathLike) else source
