"""Sheets of Excel workbooks: layout, widths, wrapped texts; saving."""

import datetime as dt
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.formatting.rule import DataBarRule, FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from matcher.documents.language import Messages
from matcher.errors import OutputError
from matcher.files import check_replaceable, ending_of, replacing, save_fixed
from matcher.tables.writing import check_sheet, put, sheet_value

HEADER_FILL: Final = "1F3864"
HEADER_INK: Final = "FFFFFF"
LINE: Final = "7F7F7F"
WRAPPED_FROM: Final = 16.0  # width of a column from which its texts are wrapped
BUTTON: Final = 4.0  # width that the button of a filter takes of a header
LINE_HEIGHT: Final = 15.0  # of a line of text, in points
MOST_HEIGHT: Final = 409.0  # of the highest row that spreadsheets allow
MOST_FITTED: Final = 20_000  # rows whose heights are set; spreadsheets set those of others when they open it
A4, A3 = 9, 8
WIDEST_A4, WIDEST_A3 = 200.0, 480.0  # characters across that are still read in print on a landscape page


def check_new_workbook(path: str | os.PathLike[str]) -> None:
    """Raise `OutputError` unless a form can be written: to a new file, for one may be filled in already."""
    ending_of(path, (".xlsx",))
    if Path(path).is_file():
        raise OutputError(
            f"{os.fspath(path)} must be a new file; there is one already, which may be filled in. "
            "Choose another name or remove it first."
        )
    check_replaceable(path)


class SheetColumn(NamedTuple):
    """A column: header, width in characters, format of numbers; wide ones wrap their texts."""

    header: str
    width: float
    number_format: str = "General"
    note: str = ""  # of the header, in a form
    colour: str = HEADER_FILL
    check: Mapping[str, Any] | None = None  # in a form: the arguments of `DataValidation`


def add_sheet(
    book: Workbook,
    title: str,
    frame: pd.DataFrame,
    columns: Sequence[SheetColumn],
    frozen: int,
    last: str = "",
) -> Any:
    """Add a table as a sheet of a workbook made with `write_only=True`, and return the sheet.

    The first `frozen` columns stay in sight; the `last` one that is printed, all where the table lacks it, is
    named. Errors are those of `check_sheet`.
    """
    check_sheet(frame)
    sheet: Any = book.create_sheet(title)
    sheet.freeze_panes = f"{get_column_letter(frozen + 1)}2"
    if columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(frame) + 1}"
    widths = [column.width for column in columns]
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if last in frame.columns:
        widths = widths[: frame.columns.tolist().index(last) + 1]
        sheet.print_area = f"A1:{get_column_letter(len(widths))}{len(frame) + 1}"
    _set_print(sheet, sum(widths), frozen)
    for number, row in enumerate(_rows(sheet, frame, columns), start=1):
        if number <= MOST_FITTED:
            # Words of the header go on below, beside the buttons of the filter.
            button = BUTTON if number == 1 else 0.0
            sheet.row_dimensions[number].height = _lines_height(
                (getattr(cell, "value", None), column.width - button)
                for cell, column in zip(row, columns, strict=True)
                if column.width >= WRAPPED_FROM or button
            )
        sheet.append(row)
    return sheet


def _set_print(sheet: Any, width: float, frozen: int) -> None:
    """Print a sheet in landscape, fitted to the width of the page; header and first columns are repeated."""
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A4 if width <= WIDEST_A4 else A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = max(1, math.ceil(width / WIDEST_A3)), 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.oddFooter.center.text = "&A  &P / &N"
    if frozen:
        sheet.print_title_rows = "1:1"
        sheet.print_title_cols = f"A:{get_column_letter(frozen)}"


def _lines_height(texts: Iterable[tuple[object, float]]) -> float:
    """Return the height of a row of texts in points, each with the width of its cell in characters."""
    n_lines = (
        sum(max(1, math.ceil(1.05 * len(line) / width)) for line in text.split("\n"))
        for text, width in texts
        if isinstance(text, str)
    )
    return min(MOST_HEIGHT, LINE_HEIGHT * max(n_lines, default=1))


def _rows(sheet: Any, frame: pd.DataFrame, columns: Sequence[SheetColumn]) -> Iterator[list[Any]]:
    """Yield header and rows; a column's cell is used again and again, for each row is written at once."""
    header = _mark_header(_cell(sheet, SheetColumn("", WRAPPED_FROM)), HEADER_FILL)
    yield [_filled(copy(header), column.header) for column in columns]
    cells = [_cell(sheet, column) for column in columns]
    values = [frame.iloc[:, place].astype(object).tolist() for place in range(len(columns))]
    for row in zip(*values, strict=True):
        yield [_filled(cell, value) for cell, value in zip(cells, row, strict=True)]


def _cell(sheet: Any, column: SheetColumn) -> Cell:
    cell = WriteOnlyCell(sheet)
    cell.alignment = Alignment(vertical="top", wrap_text=column.width >= WRAPPED_FROM)
    cell.number_format = column.number_format
    return cell


def _mark_header(cell: Cell, colour: str) -> Cell:
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
    return put(cell, flat)


def add_bars(sheet: Any, frame: pd.DataFrame, columns: Iterable[str], end: float, colour: str) -> None:
    """Show numbers as bars in their cells, from 0 to `end`, in a colour RRGGBB, of columns that there are."""
    bar: Any = DataBarRule
    for column in columns if len(frame) else ():
        if column in frame.columns:
            rule = bar("num", 0, "num", end, colour, minLength=0, maxLength=100)
            sheet.conditional_formatting.add(_cells(frame, column, column), rule)


def add_lines(sheet: Any, frame: pd.DataFrame) -> None:
    """Draw a thin line wherever the first column changes, also once the sheet was sorted anew."""
    if len(frame):
        line = Border(top=Side(style="thin", color=LINE))
        rule = FormulaRule(formula=["$A2<>$A1"], border=line)  # type: ignore[no-untyped-call]
        sheet.conditional_formatting.add(_cells(frame, frame.columns[0], frame.columns[-1]), rule)


def _cells(frame: pd.DataFrame, first: str, last: str) -> str:
    left, right = (get_column_letter(frame.columns.tolist().index(name) + 1) for name in (first, last))
    return f"{left}2:{right}{len(frame) + 1}"


def write_form(
    path: str | os.PathLike[str],
    texts: Mapping[str, Any],
    messages: Messages,
    columns: Sequence[SheetColumn],
    rows: Sequence[Sequence[object]],
    examples: Sequence[Sequence[object]],
    tables: Iterable[tuple[Iterable[str], Iterable[Iterable[object]]]],
    **parts: str,
) -> None:
    """Write a workbook of three sheets: one that people fill in, instructions, and examples.

    `texts` has the names of the `sheets`; `title`, `steps` (with `parts`) and `widths` of the instructions;
    `frozen` (or 1), first columns that are repeated on every page; `n_spare` (or 0), empty rows below whose
    cells are checked too; `is_fitted`, whether rows of the first sheet have the height of the texts given.
    `rows` and `examples` are on the first sheet and the third; `tables` are shown below the steps.
    """
    book, frozen, n_spare = Workbook(), texts.get("frozen", 1), texts.get("n_spare", 0)
    form, explained, filled = book.worksheets[0], book.create_sheet(), book.create_sheet()
    for sheet, title in zip((form, explained, filled), texts["sheets"], strict=True):
        sheet.title = messages.say(title)
    for sheet, lines in ((form, rows), (filled, examples)):
        for number, column in enumerate(columns, start=1):
            _add_column(sheet, number, column, [line[number - 1] for line in lines], n_spare)
        sheet.freeze_panes = "A2" if frozen == 1 else f"{get_column_letter(frozen + 1)}2"
    steps = (f"{n}. {messages.say(step, **parts)}" for n, step in enumerate(texts["steps"], start=1))
    _write_instructions(explained, [messages.say(texts["title"]), *steps], tables, texts["widths"])
    _finish(form, frozen, is_filled_in=not texts.get("is_fitted"))
    _finish(explained)
    _finish(filled, frozen)
    with replacing(path) as handle:
        save_fixed(book, handle)


def _add_column(sheet: Any, number: int, column: SheetColumn, values: Sequence[object], n_spare: int) -> None:
    """Write a column of a form, with its format and check also for the cells that are still empty."""
    letter, note = get_column_letter(number), column.note
    header = _mark_header(_write_cell(sheet, 1, number, column.header), column.colour)
    if note:
        header.comment = Comment(note, "matcher", height=50 + 18 * (len(note) // 36), width=280)
    whole = sheet.column_dimensions[letter]
    whole.width, whole.number_format = column.width, column.number_format
    whole.alignment = Alignment(vertical="top", wrap_text=True)
    for row, value in enumerate(values, start=2):
        _write_cell(sheet, row, number, value).number_format = column.number_format
    if column.check:
        cells = f"{letter}2:{letter}{len(values) + 1 + n_spare}"
        check = DataValidation(**column.check, allow_blank=True, showErrorMessage=True, sqref=cells)
        sheet.add_data_validation(check)


def _write_cell(sheet: Any, row: int, column: int, value: object) -> Any:
    cell = put(sheet.cell(row, column), sheet_value(value))
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _write_instructions(
    sheet: Any, lines: Sequence[str], tables: Iterable[Any], widths: Sequence[float]
) -> None:
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    for row, text in enumerate(lines, start=1):
        _write_cell(sheet, row, 1, text)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(widths))
        # Merged cells do not grow by themselves.
        height = _lines_height([(text, sum(widths))]) if row > 1 else 2 * LINE_HEIGHT
        sheet.row_dimensions[row].height = height
    sheet.cell(1, 1).font = Font(bold=True, size=14)
    row = len(lines) + 2
    for header, rows in tables:
        for column, name in enumerate(header, start=1):
            _mark_header(_write_cell(sheet, row, column, name), HEADER_FILL)
        for values in rows:
            row += 1
            for column, value in enumerate(values, start=1):
                _write_cell(sheet, row, column, value)
        row += 2


def _finish(sheet: Any, frozen: int = 0, *, is_filled_in: bool = False) -> None:
    """Set how a sheet is printed and the heights of its rows; rows to be filled in grow by themselves."""
    widths = [sheet.column_dimensions[get_column_letter(n + 1)].width for n in range(sheet.max_column)]
    n_fitted = 1 if is_filled_in else min(MOST_FITTED, sheet.max_row)
    for number, row in enumerate(sheet.iter_rows(max_row=n_fitted, values_only=True), start=1):
        whole = sheet.row_dimensions[number]
        whole.height = whole.height or _lines_height(zip(row, widths, strict=True))
    _set_print(sheet, sum(widths), frozen)
