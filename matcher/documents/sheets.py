"""Sheets of Excel workbooks: layout, widths, wrapped texts; saving."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from matcher.errors import OutputError
from matcher.files import repack, replacing
from matcher.tables.writing import check_columns, check_sheet, sheet_value

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.datavalidation import DataValidation

Error = tuple[str, str]

HEADER_FILL: Final = "1F3864"
HEADER_INK: Final = "FFFFFF"
LINE: Final = "7F7F7F"


def check_ending(path: str | os.PathLike[str]) -> None:
    """Raise `OutputError` unless a path ends in .xlsx, in any case."""
    if not os.fspath(path).lower().endswith(".xlsx"):
        raise OutputError(f"a workbook must end in .xlsx; got {os.fspath(path)}. Name it so.")


def save_workbook(book: Workbook, path: str | os.PathLike[str]) -> None:
    """Save a workbook.

    Raises
    ------
    OutputError
        If the path cannot be written; what stood there before is untouched then.
    """
    draft = io.BytesIO()
    book.save(draft)
    with replacing(path) as handle:
        repack(draft, handle)


@dataclass(frozen=True)
class ColumnFormat:
    """Width, wrapping and number format of a column.

    Attributes
    ----------
    width : float
        In characters.
    wrapped : bool
        Whether long texts go on below.
    number_format : str
        As spreadsheets write it.
    """

    width: float = 14.0
    wrapped: bool = False
    number_format: str = "General"


@dataclass(frozen=True)
class Bars:
    """Data bars of some columns, all from 0 to the same end.

    Attributes
    ----------
    columns : tuple of str
        Those that the table lacks are passed over.
    end : float
        Value of a full bar, above 0.
    colour : str
        RRGGBB.
    """

    columns: tuple[str, ...]
    end: float
    colour: str


def add_sheet(
    book: Workbook, title: str, frame: pd.DataFrame, formats: Sequence[ColumnFormat], frozen: int
) -> Any:
    """Add a table as a sheet of a write-only workbook.

    Parameters
    ----------
    book : Workbook
        Made with `write_only=True`.
    title : str
        Name of the sheet.
    frame : DataFrame
        Its columns are the header, as they are.
    formats : sequence of ColumnFormat
        One per column.
    frozen : int
        Number of first columns that stay in sight.

    Returns
    -------
    sheet : write-only worksheet of openpyxl
        Complete but for bars and lines.

    Raises
    ------
    OutputError
        If two columns share a name, or a sheet cannot hold so many rows.
    """
    from openpyxl.utils import get_column_letter

    check_columns(frame)
    check_sheet(frame)
    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = f"{get_column_letter(frozen + 1)}2"
    if len(formats):
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(formats))}{len(frame) + 1}"
    for place, format_ in enumerate(formats, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = format_.width
    for row in _rows(sheet, frame, formats):
        sheet.append(row)
    return sheet


def _rows(sheet: Any, frame: pd.DataFrame, formats: Sequence[ColumnFormat]) -> Iterator[list[Any]]:
    """Yield header and rows; a column's cell is used again and again, for each row is written at once."""
    header = [_header_cell(sheet) for _ in formats]
    yield [_filled(cell, str(name)) for cell, name in zip(header, frame.columns, strict=True)]
    cells = [_body_cell(sheet, format_) for format_ in formats]
    columns = [frame.iloc[:, place].astype(object).tolist() for place in range(len(formats))]
    for values in zip(*columns, strict=True):
        yield [_filled(cell, value) for cell, value in zip(cells, values, strict=True)]


def _header_cell(sheet: Any) -> Cell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill

    cell = WriteOnlyCell(sheet)
    cell.font = Font(bold=True, color=HEADER_INK)
    cell.fill = PatternFill("solid", fgColor=HEADER_FILL)
    cell.alignment = Alignment(vertical="top")
    return cell


def _body_cell(sheet: Any, format_: ColumnFormat) -> Cell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet)
    cell.alignment = Alignment(vertical="top", wrap_text=format_.wrapped)
    cell.number_format = format_.number_format
    return cell


def _filled(cell: Cell, value: object) -> Any:
    """Put a value into a cell; nothing is written where there is none."""
    flat = sheet_value(value)
    if flat is None or flat == "":
        return None
    if isinstance(flat, dt.date):
        return flat  # in a cell of its own: it would leave its format to the rows below
    cell.value = flat
    if isinstance(flat, str):
        cell.data_type = "s"  # whatever it resembles
    return cell


def add_bars(sheet: Any, frame: pd.DataFrame, bars: Bars) -> None:
    """Show numbers as bars in their cells."""
    from openpyxl.formatting.rule import DataBarRule

    for column in bars.columns:
        if len(frame) and column in frame.columns:
            rule = DataBarRule(  # type: ignore[no-untyped-call]
                "num", 0, "num", bars.end, bars.colour, minLength=0, maxLength=100
            )
            sheet.conditional_formatting.add(_cells(frame, column, column), rule)


def add_lines(sheet: Any, frame: pd.DataFrame) -> None:
    """Draw a thin line wherever the first column changes, also once the sheet was sorted anew."""
    from openpyxl.formatting.rule import FormulaRule
    from openpyxl.styles import Border, Side

    if len(frame):
        line = Border(top=Side(style="thin", color=LINE))
        rule = FormulaRule(formula=["$A2<>$A1"], border=line)  # type: ignore[no-untyped-call]
        sheet.conditional_formatting.add(_cells(frame, frame.columns[0], frame.columns[-1]), rule)


def _cells(frame: pd.DataFrame, first: str, last: str) -> str:
    from openpyxl.utils import get_column_letter

    left, right = (get_column_letter(frame.columns.tolist().index(name) + 1) for name in (first, last))
    return f"{left}2:{right}{len(frame) + 1}"


def write_cell(sheet: Any, row: int, column: int, value: object) -> Any:
    """Write a cell of a form; a text stays a text, whatever it looks like."""
    from openpyxl.styles import Alignment

    cell = sheet.cell(row, column)
    flat = sheet_value(value)
    cell.value = flat
    if isinstance(flat, str):
        cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def write_header(sheet: Any, row: int, column: int, text: str, *, colour: str, note: str = "") -> None:
    """Write a header cell of a form, with a comment where a note is given."""
    from openpyxl.comments import Comment
    from openpyxl.styles import Font, PatternFill

    cell = write_cell(sheet, row, column, text)
    cell.font = Font(bold=True, color=HEADER_INK)
    cell.fill = PatternFill("solid", fgColor=colour)
    if note:
        cell.comment = Comment(note, "matcher", height=50 + 18 * (len(note) // 36), width=280)


def write_lines(sheet: Any, title: str, steps: Sequence[str], width: int) -> int:
    """Write a title and numbered steps over a number of columns; return the row below them."""
    from openpyxl.styles import Font

    for row, text in enumerate([title, *(f"{n}. {step}" for n, step in enumerate(steps, start=1))], start=1):
        cell = write_cell(sheet, row, 1, text)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
        sheet.row_dimensions[row].height = 32  # merged cells do not grow by themselves
        if row == 1:
            cell.font = Font(bold=True, size=14)
    return len(steps) + 2


def format_column(sheet: Any, column: int, width: float, number_format: str = "General") -> None:
    """Set width and format of a column, also for cells that are still empty."""
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    whole = sheet.column_dimensions[get_column_letter(column)]
    whole.width = width
    whole.alignment = Alignment(vertical="top", wrap_text=True)
    whole.number_format = number_format


def add_check(sheet: Any, check: DataValidation, columns: Sequence[int], last_row: int, error: Error) -> None:
    """Add a check of cells below the header, with the title and text that a wrong value shows."""
    from openpyxl.utils import get_column_letter

    check.errorTitle, check.error = error
    check.allow_blank, check.showErrorMessage = True, True
    for column in columns:
        letter = get_column_letter(column)
        check.add(f"{letter}2:{letter}{last_row}")
    sheet.add_data_validation(check)
