"""Tables from a database: one query, read only, passwords kept out of every message."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.errors import ProfileError
from matcher.tables.raw import RawTable, table_of_columns

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine


def is_database(source: object) -> bool:
    """Say whether a source is an address (``…://…``) or an object of SQLAlchemy."""
    if isinstance(source, str):
        return "://" in source
    return type(source).__module__.partition(".")[0] == "sqlalchemy"


def read_query(source: "str | URL | Engine | Connection", query: object) -> RawTable:
    """Read the rows that a query gives.

    Raises
    ------
    ProfileError
        If the address, the driver, the connection or the query fails; never with a password.
    """
    if query is None or query == "":
        raise ProfileError(
            "query must be given with a database; got none. Pass query='SELECT id, name, … FROM …'."
        )
    from sqlalchemy.exc import SQLAlchemyError

    secrets: list[str] = []
    try:
        with _connected(source, secrets) as connection:
            result = (
                connection.exec_driver_sql(query) if isinstance(query, str) else connection.execute(query)
            )
            names, rows = list(result.keys()), result.all()
    except (SQLAlchemyError, ImportError, OSError, ValueError, TypeError) as err:
        raise ProfileError(
            f"the database must answer the query; got {type(err).__name__}: {reason_of(err, secrets)}. Check "
            "the address, that its driver is installed, and that the query is one SELECT."
        ) from None  # the chained text could hold the password
    columns = [[row[position] for row in rows] for position in range(len(names))]
    return table_of_columns(names, columns, len(rows))


@contextmanager
def _connected(source: Any, secrets: list[str]) -> Iterator[Any]:
    """Open a connection, or borrow the caller's; nothing is ever committed."""
    import sqlalchemy

    if isinstance(source, sqlalchemy.Connection):
        own = not source.in_transaction()
        try:
            yield source
        finally:
            if own:
                source.rollback()
        return
    engine = source if isinstance(source, sqlalchemy.Engine) else _engine(source, secrets)
    secrets.extend(secrets_of(engine.url))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        if engine is not source:
            engine.dispose()


def _engine(source: Any, secrets: list[str]) -> Any:
    import sqlalchemy

    try:
        url = sqlalchemy.make_url(source)
    except (sqlalchemy.exc.ArgumentError, ValueError) as err:
        raise ValueError("the address is not of the form dialect://user:password@host/database") from err
    secrets.extend(secrets_of(url))
    memory = url.database in (None, "", ":memory:") or str(url.database).startswith("file:")
    if url.get_backend_name() == "sqlite" and not memory and not Path(str(url.database)).is_file():
        raise FileNotFoundError(f"no such file: {url.database}")
    return sqlalchemy.create_engine(url)


def secrets_of(url: Any) -> list[str]:
    """Return what in an address may be a password: the password itself and the options after the ``?``."""
    values = [url.password, *url.query.values()]
    flat = [part for value in values if value for part in ([value] if isinstance(value, str) else value)]
    return [str(part) for part in flat if part]


def reason_of(err: BaseException, secrets: list[str]) -> str:
    """Return the first line of the driver's report, without secrets; further lines may hold cells."""
    lines = str(getattr(err, "orig", None) or err).strip().splitlines() or [type(err).__name__]
    text = lines[0]
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text[:200]
