"""Excel workbooks: the first visible sheet."""

import io
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Final

from matcher.errors import ProfileError
from matcher.tables.raw import RawTable, table_of_rows

_FORMULA: Final = tuple("'" + sign for sign in "=+-@\t\r")


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
        table.found.row, table.found.column = -1, ""
        table.found.note(f"only the first of {len(sheets)} visible sheets is read", "")
    return table


def _rows(sheet: Any) -> Iterator[tuple[int, Sequence[object]]]:
    sheet.reset_dimensions()  # the size that a file claims is often wrong
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        width = max((place + 1 for place, cell in enumerate(row) if cell not in (None, "")), default=0)
        if width:
            yield number, [_bare(cell) for cell in row[:width]]


def _bare(cell: object) -> object:
    """Take off the apostrophe that keeps a cell from running as a formula."""
    return cell[1:] if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
