"""Opens a source: a file by its ending, a table in memory, or a database."""

import gzip
import io
import json
import os
import re
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from matcher.errors import ProfileError
from matcher.tables.cells import unguard
from matcher.tables.delimited import decode, read_delimited, wide_encoding
from matcher.tables.raw import Broken, RawTable, table_of_columns, table_of_records, table_of_rows

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

_LOCAL: Final = ("http://", "https://", "ftp://", "s3://", "gs://", "file://")


def open_source(source: Any, query: object = None, *, noun: str) -> RawTable:
    """Open a source and read its cells; their meaning is read elsewhere.

    Parameters
    ----------
    source : path, DataFrame, list of mappings, database URL, engine or connection
    query : str, optional
        SQL, with a database.
    noun : str
        What a record is, for the message about an empty source.

    Raises
    ------
    ProfileError
        If it cannot be opened or holds no records.
    """
    table = _open(source, query)
    if not len(table):
        named = os.fspath(source) if _is_path(source) else "the table"
        raise ProfileError(
            f"{named} must hold at least one {noun}; it holds no {noun}s. Add one per row, below the header."
        )
    return table


def _open(source: Any, query: object) -> RawTable:
    if isinstance(source, str) and source.lower().startswith(_LOCAL):
        raise ProfileError(
            "source must be a local file or a database; got a web address. Download the file first."
        )
    if is_database(source):
        return read_query(source, query)
    if query is not None:
        raise ProfileError(f"query must go with a database; got a {type(source).__name__}. Leave query out.")
    if isinstance(source, pd.DataFrame):
        return read_frame(source)
    if isinstance(source, (list, tuple)):
        return table_of_records(list(enumerate(source, start=1)))
    if _is_path(source):
        return _open_file(os.fspath(source))
    raise ProfileError(
        f"source must be a path, a DataFrame, a list of dicts or a database; got {type(source).__name__}."
    )


def _is_path(source: object) -> bool:
    return isinstance(source, (str, os.PathLike))


def _open_file(name: Any) -> RawTable:
    if not isinstance(name, str):
        raise ProfileError(f"source must be a path as text; got {type(name).__name__}.")
    ending = max((ending for ending in READERS if name.lower().endswith(ending)), key=len, default=None)
    if Path(name).is_dir():
        raise ProfileError(f"{name} must be a file; got a folder. Name the file in it.")
    if ending is None:
        raise ProfileError(f"{name} must end in one of {', '.join(READERS)}. Save it as one of these.")
    return READERS[ending](_load(name), name)


def _load(name: str) -> bytes:
    """Read a file whole, unpacked if its name ends in .gz."""
    try:
        data = Path(name).read_bytes()
        return gzip.decompress(data) if name.lower().endswith(".gz") else data
    except FileNotFoundError as err:
        raise ProfileError(f"{name} must be a file that exists; there is none. Check the path.") from err
    except (gzip.BadGzipFile, EOFError, zlib.error) as err:
        raise ProfileError(f"{name} must be gzip; it is damaged or something else. Pack it again.") from err
    except (OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or str(err)
        raise ProfileError(
            f"{name} must be a readable file; got: {reason}. Check path and permissions."
        ) from err


_UTF8: Final = "utf-8"


def read_json_lines(data: bytes, name: str) -> RawTable:
    """Read the bytes of a JSONL file; a broken line is a rejected record, blank lines are skipped."""
    if wide_encoding(data) is not None:
        data = decode(data, name)[0].encode(_UTF8, errors="surrogatepass")
    lines = enumerate(data.split(b"\n"), start=1)
    return table_of_records([(number, _record(line)) for number, line in lines if line.strip()])


def _record(line: bytes) -> Any:
    try:
        return json.loads(line.decode(_UTF8), object_pairs_hook=_object)
    except UnicodeDecodeError as err:
        return Broken(f"line must be UTF-8; got byte 0x{line[err.start]:02X} at byte {err.start}")
    except json.JSONDecodeError as err:
        return Broken(f"line must be a JSON object; {err.msg} at character {err.pos + 1}")
    except RecursionError:
        return Broken("line must be a JSON object; got one nested too deeply")
    except ValueError as err:
        return Broken(f"line must be a JSON object; {str(err)[:80]}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key appears twice")
    return record


def read_workbook(data: bytes, name: str) -> RawTable:
    """Read the bytes of an .xlsx file; formulas give the value that was last computed.

    Raises
    ------
    ProfileError
        If it is no workbook that can be opened.
    """
    import openpyxl

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which do not matter here
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            rows = list(_rows(sheets[0])) if sheets else []
    except Exception as err:  # a damaged file makes openpyxl raise almost anything
        raise ProfileError(
            f"{name} must be an Excel workbook (.xlsx); it cannot be opened ({type(err).__name__}). "
            "Open it in a spreadsheet program and save it as .xlsx again."
        ) from err
    header_line, headers = rows[0] if rows else (0, [])
    table = table_of_rows(iter(rows[1:]), headers, header_line, typed=True)
    if len(sheets) > 1:
        table.found.note_column("", f"only the first of {len(sheets)} visible sheets is read")
    return table


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[object]]]:
    sheet.reset_dimensions()  # the size that a file claims is often wrong
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        width = max((count for count, cell in enumerate(row, start=1) if cell not in (None, "")), default=0)
        if width:
            yield number, [unguard(cell) for cell in row[:width]]


_INDEX: Final = re.compile(r"__index_level_[0-9]+__")


def read_frame(frame: pd.DataFrame) -> RawTable:
    """Read a DataFrame; its index is ignored."""
    columns: list[list[object]] = []
    for position in range(frame.shape[1]):
        series = frame.iloc[:, position].astype(object)
        columns.append(series.where(series.notna(), None).tolist())
    return table_of_columns(list(frame.columns), columns, len(frame))


def read_parquet(data: bytes, name: str) -> RawTable:
    """Read the bytes of a Parquet file.

    Raises
    ------
    ProfileError
        If it is no Parquet file that can be opened.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
        kept = [at for at, column in enumerate(table.column_names) if not _INDEX.fullmatch(column)]
        columns = [table.column(position).to_pylist() for position in kept]
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as err:
        raise ProfileError(
            f"{name} must be a Parquet file; it cannot be opened ({type(err).__name__}). Write it again."
        ) from err
    return table_of_columns([table.column_names[position] for position in kept], columns, table.num_rows)


Reader = Callable[[bytes, str], RawTable]

READERS: Final[dict[str, Reader]] = {
    ".csv": read_delimited,
    ".csv.gz": read_delimited,
    ".tsv": read_delimited,
    ".tsv.gz": read_delimited,
    ".xlsx": read_workbook,
    ".jsonl": read_json_lines,
    ".jsonl.gz": read_json_lines,
    ".parquet": read_parquet,
}
"""What reads a file, by its ending (in any case)."""


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
