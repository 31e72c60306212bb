"""JSON lines, Excel workbooks, Parquet files and tables in memory."""

import io
import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import pandas as pd

from matcher.errors import ProfileError
from matcher.tables.cells import unguard
from matcher.tables.delimited import decode, read_delimited, wide_encoding
from matcher.tables.raw import Broken, RawTable, table_of_columns, table_of_records, table_of_rows

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
