"""Sheets of Excel workbooks: layout, widths, wrapped texts; saving."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from matcher.errors import OutputError
from matcher.files import check_replaceable, repack, replacing
from matcher.tables.writing import check_sheet, sheet_value

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.datavalidation import DataValidation

Error = tuple[str, str]

HEADER_FILL: Final = "1F3864"
HEADER_INK: Final = "FFFFFF"
LINE: Final = "7F7F7F"
WRAPPED_FROM: Final = 30.0
"""Width of a column from which its texts are wrapped."""


def check_ending(path: str | os.PathLike[str]) -> None:
    """Raise `OutputError` unless a path ends in .xlsx, in any case."""
    if not os.fspath(path).lower().endswith(".xlsx"):
        raise OutputError(f"a workbook must end in .xlsx; got {os.fspath(path)}. Name it so.")


def check_new_workbook(path: str | os.PathLike[str]) -> None:
    """Check that a form can be written, before the work that leads to it.

    Raises
    ------
    OutputError
        If the path does not end in .xlsx, cannot be written, or a file is there already: it might be one
        that people have filled in.
    """
    check_ending(path)
    if Path(path).is_file():
        raise OutputError(
            f"{os.fspath(path)} must be a new file; there is one already, which may be filled in. "
            "Choose another name or remove it first."
        )
    check_replaceable(path)


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


class ColumnFormat(NamedTuple):
    """Width of a column in characters, and the format of its numbers; wide columns wrap their texts."""

    width: float = 14.0
    number_format: str = "General"

    @property
    def is_wrapped(self) -> bool:
        """Whether long texts go on below."""
        return self.width >= WRAPPED_FROM


def add_sheet(
    book: Workbook, title: str, frame: pd.DataFrame, formats: Sequence[ColumnFormat], frozen: int
) -> Any:
    """Add a table as a sheet of a workbook made with `write_only=True`.

    Parameters
    ----------
    book : Workbook
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
        To which bars and lines can be added.

    Raises
    ------
    OutputError
        If two columns share a name, or a sheet cannot hold so many rows.
    """
    from openpyxl.utils import get_column_letter

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
    header = _mark_header(_cell(sheet, ColumnFormat()), HEADER_FILL)
    yield [_filled(copy(header), str(name)) for name in frame.columns]
    cells = [_cell(sheet, format_) for format_ in formats]
    columns = [frame.iloc[:, place].astype(object).tolist() for place in range(len(formats))]
    for values in zip(*columns, strict=True):
        yield [_filled(cell, value) for cell, value in zip(cells, values, strict=True)]


def _cell(sheet: Any, format_: ColumnFormat) -> Cell:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment

    cell = WriteOnlyCell(sheet)
    cell.alignment = Alignment(vertical="top", wrap_text=format_.is_wrapped)
    cell.number_format = format_.number_format
    return cell


def _mark_header(cell: Cell, colour: str) -> Cell:
    from openpyxl.styles import Font, PatternFill

    cell.font = Font(bold=True, color=HEADER_INK)
    cell.fill = PatternFill("solid", fgColor=colour)
    return cell


def _filled(cell: Cell, value: object) -> Any:
    """Put a value into a cell; nothing is written where there is none."""
    flat = sheet_value(value)
    if flat is None or flat == "":
        return None
    if isinstance(flat, dt.date):
        return flat  # in a separate cell: it would leave its format to the rows below
    return _put(cell, flat)


def _put(cell: Cell, flat: Any) -> Cell:
    """Give a cell a value; a text stays a text, whatever it looks like."""
    cell.value = flat
    if isinstance(flat, str):
        cell.data_type = "s"
    return cell


def add_bars(sheet: Any, frame: pd.DataFrame, columns: Iterable[str], end: float, colour: str) -> None:
    """Show numbers as bars in their cells, from 0 to `end`, in a colour RRGGBB.

    Columns that the table lacks are passed over.
    """
    from openpyxl.formatting.rule import DataBarRule

    for column in columns if len(frame) else ():
        if column in frame.columns:
            rule = DataBarRule(  # type: ignore[no-untyped-call]
                "num", 0, "num", end, colour, minLength=0, maxLength=100
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

    cell = _put(sheet.cell(row, column), sheet_value(value))
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def write_header(
    sheet: Any, row: int, column: int, text: str, *, colour: str = HEADER_FILL, note: str = ""
) -> None:
    """Write a header cell of a form, with a comment where a note is given."""
    from openpyxl.comments import Comment

    cell = _mark_header(write_cell(sheet, row, column, text), colour)
    if note:
        cell.comment = Comment(note, "matcher", height=50 + 18 * (len(note) // 36), width=280)


def write_rows(sheet: Any, row: int, header: Iterable[str], rows: Iterable[Iterable[object]]) -> int:
    """Write a small table from a row of a form on; return the first row below it."""
    for column, name in enumerate(header, start=1):
        write_header(sheet, row, column, name)
    for values in rows:
        row += 1
        for column, value in enumerate(values, start=1):
            write_cell(sheet, row, column, value)
    return row + 1


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
