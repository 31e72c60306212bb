"""The database behind an outcome log."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from matcher.errors import OutcomeError
from matcher.outcomes.records import LOG_ENDINGS

DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
"""Databases that can hold a log, with the driver that is used."""


def address_of(place: str | os.PathLike[str]) -> URL:
    """Return the address of a log given as a path or as an address.

    Raises
    ------
    OutcomeError
        If it is neither a file that ends as a log does, nor the address of a database that can hold one.
    """
    text = os.fspath(place)
    if "://" not in text:
        if not text.lower().endswith(LOG_ENDINGS):
            raise OutcomeError(f"log must end in one of {', '.join(LOG_ENDINGS)}; got {text}. Rename it.")
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
