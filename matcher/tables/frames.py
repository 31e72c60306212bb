"""Tables in memory and Parquet files: records numbered from 1."""

import io
import re
from collections.abc import Sequence
from typing import Final

import pandas as pd

from matcher.errors import ProfileError
from matcher.tables.raw import RawTable, named_header, table_of_records

_INDEX: Final = re.compile(r"__index_level_[0-9]+__")


def read_frame(frame: pd.DataFrame) -> RawTable:
    """Read a DataFrame; its index is not looked at."""
    columns: list[list[object]] = []
    for place in range(frame.shape[1]):
        series = frame.iloc[:, place]
        cells = series.astype(object).tolist()
        missing = series.isna().tolist()
        columns.append([None if gone else cell for cell, gone in zip(cells, missing, strict=True)])
    return table_of_columns(list(frame.columns), columns, len(frame))


def read_records(records: Sequence[object]) -> RawTable:
    """Read a list of dicts; anything else in it is a rejected record."""
    return table_of_records(list(enumerate(records, start=1)))


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
        names = [name for name in table.column_names if not _INDEX.fullmatch(name)]
        places = [place for place, name in enumerate(table.column_names) if not _INDEX.fullmatch(name)]
        columns = [table.column(place).to_pylist() for place in places]
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as err:
        raise ProfileError(
            f"{name} must be a Parquet file; it cannot be opened ({type(err).__name__}). Write it again."
        ) from err
    return table_of_columns(names, columns, table.num_rows)


def table_of_columns(names: Sequence[object], columns: list[list[object]], n_rows: int) -> RawTable:
    """Build a table from columns of cells; records are numbered from 1."""
    table = RawTable([], columns, list(range(1, n_rows + 1)))
    table.headers = [named_header(name, place, table.found) for place, name in enumerate(names)]
    return table
