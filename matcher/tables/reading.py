"""Opens a source: a file by its ending, a table in memory, or a database."""

import gzip
import io
import json
import os
import re
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.errors import ProfileError
from matcher.files import ending_of
from matcher.tables.cells import unguard
from matcher.tables.databases import is_database, read_query
from matcher.tables.delimited import decode, read_delimited, wide_encoding
from matcher.tables.raw import (
    Formula,
    RawTable,
    Sheet,
    Wanted,
    find_sheet,
    table_of_columns,
    table_of_records,
    table_of_rows,
)
from matcher.tables.values import DEEPEST, LARGEST_EXACT, is_deep

_LOCAL: Final = ("http://", "https://", "ftp://", "s3://", "gs://", "file://")
_ZIP: Final = b"PK\x03\x04"  # how new workbooks begin; old or encrypted ones as below
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# A cell that openpyxl reads better: with a formula (those of validations and formats are others), an error,
# an escaped sign, or far below or beside the table, where calamine would fill all cells before it.
_SPECIAL: Final = re.compile(
    rb"""<f[\s/>]|\bt=["']e["']|_x[0-9A-Fa-f]{4}_|\br=["'](?:[A-Z]{3}|[A-Z]{1,2}[0-9]{6})"""
)
_XLS_ERROR: Final = re.compile(
    rb"\x05\x02\x08\0.{6}[\0\x07\x0f\x17\x1d\x24\x2a]\x01|"
    rb"\x06\0.\0.{6}\x02.[\0\x07\x0f\x17\x1d\x24\x2a].{3}\xff\xff",
    re.DOTALL,
)
"""An error in a cell, or as the value of a formula, of an .xls file; calamine reads it as empty."""
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_CELLS: Final = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_WIDEST: Final = 2**14  # columns of a spreadsheet; a damaged file may claim more
_VALUE_TYPE: Final = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_INDEX: Final = re.compile(r"__index_level_[0-9]+__")


def open_source(source: Any, wanted: Wanted, query: object = None) -> RawTable:
    """Read the cells of a source; raise `ProfileError` if it cannot be opened or holds no records."""
    if isinstance(source, str) and source.lower().startswith(_LOCAL):
        raise ProfileError(
            "source must be a local file or a database; got a web address. Download the file first."
        )
    is_path = isinstance(source, (str, os.PathLike))
    if is_database(source):
        table = read_query(source, query)
    elif query is not None:
        raise ProfileError(f"query must go with a database; got a {type(source).__name__}. Leave query out.")
    elif isinstance(source, pd.DataFrame):
        table = read_frame(source)
    elif isinstance(source, (list, tuple)):
        table = table_of_records(list(enumerate(source, start=1)))
    elif is_path:
        table = _open_file(os.fspath(source), wanted)
    else:
        raise ProfileError(
            f"source must be a path, a DataFrame, a list of dicts or a database; got {type(source).__name__}."
        )
    if table.typed:  # cells of others are texts
        _empty_deep_cells(table)
    if not len(table):
        named = os.fspath(source) if is_path else "the table"
        raise ProfileError(f"{named} must hold at least one row below the header; it holds none. Fill it in.")
    return table


def _empty_deep_cells(table: RawTable) -> None:
    found = table.found
    for header, cells in zip(table.headers, table.columns, strict=True):
        for row in (row for row, cell in enumerate(cells) if is_deep(cell)):
            found.row, found.column, cells[row] = row, header, None
            found.note(f"lists nested more than {DEEPEST} deep are left out", "")


def _open_file(name: Any, wanted: Wanted) -> RawTable:
    if not isinstance(name, str):
        raise ProfileError(f"source must be a path as text; got {type(name).__name__}.")
    if Path(name).is_dir():
        raise ProfileError(f"{name} must be a file; got a folder. Name the file in it.")
    read = READERS[ending_of(name, READERS, ProfileError)]
    try:
        data = Path(name).read_bytes()
        data = gzip.decompress(data) if name.lower().endswith(".gz") else data
    except FileNotFoundError as err:
        raise ProfileError(f"{name} must be a file that exists; there is none. Check the path.") from err
    except (gzip.BadGzipFile, EOFError, zlib.error) as err:
        raise ProfileError(f"{name} must be gzip; it is damaged or something else. Pack it again.") from err
    except (OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or str(err)
        raise ProfileError(
            f"{name} must be a readable file; got: {reason}. Check path and permissions."
        ) from err
    is_workbook = read is read_delimited and data.startswith(_ZIP)
    return read_workbook(data, name, wanted) if is_workbook else read(data, name, wanted)


def read_json_lines(data: bytes, name: str, _: Wanted) -> RawTable:
    """Read the bytes of a JSONL file; a broken line is a rejected record, blank lines are skipped."""
    if wide_encoding(data) is not None:
        data = decode(data, name)[0].encode(errors="surrogatepass")
    lines = enumerate(data.split(b"\n"), start=1)
    return table_of_records([(number, _record(line)) for number, line in lines if line.strip()])


def _record(line: bytes) -> Any:
    try:
        return json.loads(line.decode(), object_pairs_hook=_object)
    except UnicodeDecodeError as err:
        return ProfileError(f"line must be UTF-8; got byte 0x{line[err.start]:02X} at byte {err.start}")
    except json.JSONDecodeError as err:
        return ProfileError(f"line must be a JSON object; {err.msg} at character {err.pos + 1}")
    except RecursionError:
        return ProfileError("line must be a JSON object; got one nested too deeply")
    except ValueError as err:
        return ProfileError(f"line must be a JSON object; {str(err)[:80]}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise ValueError("a key appears twice")
    return record


def read_workbook(data: bytes, name: str, wanted: Wanted) -> RawTable:
    """Read a workbook; formulas give the value that was last computed."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and validations, which do not matter here
            sheets = _sheets(data)
    except Exception as err:  # a damaged file makes the libraries raise almost anything
        raise ProfileError(f"{name} must be a workbook; {_reason_closed(data, err)}") from err
    sheet, header = find_sheet(sheets, wanted, name)
    rows = sheet.rows[header.below :]
    if _fill_merged(sheet, dict(rows)):
        header.notes.append("cells merged over several rows hold for each of these rows")
    if data.startswith(_OLE) and _XLS_ERROR.search(data):
        header.notes.append(
            "cells with an error, such as #DIV/0!, are empty in .xls; save as .xlsx to see them"
        )
    width = max((len(cells) for _, cells in rows), default=0)
    header.cells = [*header.cells, *[None] * (width - len(header.cells))]  # cells beside the table are extras
    table = table_of_rows(rows, header, typed=True)
    table.sheet = sheet.name
    return table


def _sheets(data: bytes) -> list[Sheet]:
    """Return the visible sheets; .xlsx with special cells by openpyxl, others by calamine, which is fast."""
    with suppress(Exception), zipfile.ZipFile(io.BytesIO(data)) as parts:
        names = [name for name in parts.namelist() if name.startswith(("xl/worksheets/", "xl/sharedStrings"))]
        content = list(map(parts.read, names))
        if not any(map(_SPECIAL.search, content)):
            with suppress(Exception):
                return _fast_sheets(data)
        is_merged = any(b"<mergeCell " in one for one in content)
        merged = {sheet.name: sheet.merged for sheet in _fast_sheets(data)} if is_merged else {}
        return [sheet._replace(merged=merged.get(sheet.name, ())) for sheet in _xlsx_sheets(data)]
    return _fast_sheets(data)


def _fast_sheets(data: bytes) -> list[Sheet]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book, read = CalamineWorkbook.from_filelike(io.BytesIO(data)), []
    for listed in book.sheets_metadata:
        if listed.typ == SheetTypeEnum.WorkSheet and listed.visible == SheetVisibleEnum.Visible:
            sheet = book.get_sheet_by_name(listed.name)
            rows = list(_rows(sheet.to_python(skip_empty_area=False)))
            read.append(Sheet(listed.name, rows, sheet.merged_cell_ranges or ()))
    return _with_ods_cells(data, read) if data.startswith(_ZIP) else read


def _with_ods_cells(data: bytes, sheets: list[Sheet]) -> list[Sheet]:
    """Add merged cells and errors to the sheets of an .ods file: calamine gives neither."""
    from openpyxl.xml.functions import fromstring

    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        if "content.xml" not in parts.namelist():
            return sheets
        root = fromstring(parts.read("content.xml"))
    tables = {table.get(f"{_TABLE}name"): table for table in root.iter(f"{_TABLE}table")}
    return [_with_ods_table(sheet, tables[sheet.name]) if sheet.name in tables else sheet for sheet in sheets]


def _with_ods_table(sheet: Sheet, table: Any) -> Sheet:
    merged, rows, row = [], dict(sheet.rows), 0
    for line in table.iter(f"{_TABLE}table-row"):
        column = 0
        for cell in (one for one in line if one.tag in _CELLS):
            span = [int(cell.get(f"{_TABLE}number-{name}-spanned", 1)) for name in ("rows", "columns")]
            if span[0] > 1:
                merged.append(((row, column), (row + span[0] - 1, column + span[1] - 1)))
            if cell.get(_VALUE_TYPE) == "error" and column < _WIDEST:
                cells = [*rows.get(row + 1, ()), *[None] * (column + 1)]
                cells[column] = "".join(cell.itertext())
                rows[row + 1] = cells[: max(len(rows.get(row + 1, ())), column + 1)]
            column += int(cell.get(f"{_TABLE}number-columns-repeated", 1))
        row += int(line.get(f"{_TABLE}number-rows-repeated", 1))
    return sheet._replace(rows=sorted(rows.items()), merged=merged)


def _fill_merged(sheet: Sheet, rows: Mapping[int, Any]) -> bool:
    """Give cells that are merged over several rows their value in each of these rows; whether any are."""
    filled = [
        (line, column, rows[top + 1][column])
        for (top, column), (bottom, _) in sheet.merged
        for line in range(top + 2, min(bottom + 1, max(rows, default=0)) + 1)
        if line in rows and column < len(rows.get(top + 1, ()))
    ]
    for line, column, value in filled:
        rows[line].extend([None] * (column + 1 - len(rows[line])))
        rows[line][column] = value
    return bool(filled)


def _xlsx_sheets(data: bytes) -> list[Sheet]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    sheets = []
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible":
            for one in (sheet, formulas[sheet.title]):
                one.reset_dimensions()  # the size that a file claims is often wrong
            rows = map(_computed, sheet.iter_rows(), formulas[sheet.title].iter_rows(values_only=True))
            sheets.append(Sheet(sheet.title, list(_rows(rows))))
    return sheets


def _computed(cells: Sequence[Any], formulas: Sequence[object]) -> list[object]:
    """Return the values of a row; a formula where none was ever stored ("str" is a stored empty text)."""
    return [
        Formula(str(formula))
        if cell.value is None and formula is not None and cell.data_type != "str"
        else cell.value
        for cell, formula in zip(cells, formulas, strict=True)
    ]


def _rows(rows: Iterable[Sequence[object]]) -> Iterator[tuple[int, Sequence[object]]]:
    for number, row in enumerate(rows, start=1):
        width = max((count for count, cell in enumerate(row, start=1) if cell not in (None, "")), default=0)
        if width:
            yield number, list(map(_cell, row[:width]))


def _cell(cell: object) -> object:
    """Return a cell as openpyxl gives it: calamine gives whole numbers decimals."""
    if isinstance(cell, float) and abs(cell) < LARGEST_EXACT and cell.is_integer():
        return int(cell)
    return unguard(cell)


def _reason_closed(data: bytes, err: Exception) -> str:
    if type(err).__name__ == "PasswordError" or "EncryptedPackage".encode("utf-16-le") in data:
        return "it is protected by a password. Open it, remove the password and save it again."
    return (
        f"it cannot be opened ({type(err).__name__}): damaged, protected by a password, or a web page under "
        "another name. Open it in a spreadsheet program and save it as .xlsx without a password."
    )


def read_frame(frame: pd.DataFrame) -> RawTable:
    """Read a DataFrame; its index is ignored."""
    columns = [frame.iloc[:, position].astype(object) for position in range(frame.shape[1])]
    cells = [column.where(column.notna(), None).tolist() for column in columns]
    return table_of_columns(list(frame.columns), cells, len(frame))


def read_parquet(data: bytes, name: str, _: Wanted) -> RawTable:
    """Read the bytes of a Parquet file; raise `ProfileError` if it is none that can be opened."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
        table = table.select([at for at, name in enumerate(table.column_names) if not _INDEX.fullmatch(name)])
        columns = [_values_of(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as err:
        raise ProfileError(
            f"{name} must be a Parquet file; it cannot be opened ({type(err).__name__}). Write it again."
        ) from err
    return table_of_columns(table.column_names, columns, table.num_rows)


def _values_of(column: Any) -> list[object]:
    """Return the cells of a column; those of numpy where Python has no date so late."""
    try:
        return list(column.to_pylist())
    except OverflowError:
        return list(column.to_numpy())


READERS: Final[dict[str, Callable[[bytes, str, Wanted], RawTable]]] = {
    **dict.fromkeys((".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt"), read_delimited),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".ods"), read_workbook),
    **dict.fromkeys((".jsonl", ".jsonl.gz"), read_json_lines),
    ".parquet": read_parquet,
}
"""What reads a file, by its ending (in any case)."""
