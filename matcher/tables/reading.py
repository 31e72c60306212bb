"""Opens a source: a file by its ending, a table in memory, or a database."""

import gzip
import os
import zlib
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.errors import ProfileError
from matcher.tables.databases import is_database, read_query
from matcher.tables.formats import READERS, read_frame
from matcher.tables.raw import RawTable, table_of_records

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
            f"{named} must hold at least one {noun}; it holds no {noun}s. Add one a row, below the header."
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
    data = _load(name)
    return READERS[ending](gunzip(data, name) if ending.endswith(".gz") else data, name)


def _load(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except FileNotFoundError as err:
        raise ProfileError(f"{name} must be a file that exists; there is none. Check the path.") from err
    except (OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or str(err)
        raise ProfileError(
            f"{name} must be a readable file; got: {reason}. Check path and permissions."
        ) from err


def gunzip(data: bytes, name: str) -> bytes:
    """Unpack gzip.

    Raises
    ------
    ProfileError
        If the data are damaged or no gzip.
    """
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as err:
        raise ProfileError(f"{name} must be gzip; it is damaged or something else. Pack it again.") from err
