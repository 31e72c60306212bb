"""A workbook in which people fill in profiles: the form, instructions, two examples."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from matcher.columns import LISTS, NUMBERS, Profile
from matcher.documents.language import Voice
from matcher.documents.sheets import check_ending, save_workbook
from matcher.errors import OutputError
from matcher.tables.writing import sheet_value

LAST_ROW: Final = 5_000
"""Last row of the form whose cells are checked while they are filled in."""

CHOICES: Final = (Profile.KIND, Profile.FLAG)
SHORT: Final = (*NUMBERS, *CHOICES, Profile.UPDATED, Profile.COUNTRY)
AS_TEXT: Final = (Profile.ID, Profile.LEAD, Profile.EXCLUDES)
"""Columns of IDs: a spreadsheet would make 1 of 001."""
MIDDLING: Final = (*LISTS, *AS_TEXT, Profile.NAME, Profile.REGION)
COLOURS: Final = {"required": "1F3864", "optional": "7F7F7F"}
MIDDLE: Final = "2E75B6"


@cache
def load_form() -> dict[str, Any]:
    """Return the texts of `profile_form.toml`: columns, words to choose from, instructions, examples."""
    return tomllib.loads(
        resources.files(__package__).joinpath("profile_form.toml").read_text(encoding="utf-8")
    )


def write_template(path: str | os.PathLike[str], lang: str = "en") -> None:
    """Write a workbook in which people fill in profiles; `read_profiles` reads it as it is.

    Parameters
    ----------
    path : str or path
        A new file that ends in .xlsx.
    lang : {"en", "id"}, default "en"
        Language of headers, choices, instructions and examples. Cells may be filled in either.

    Raises
    ------
    OutputError
        If the path does not end in .xlsx, cannot be written, or a file is there already: it might be one
        that people have filled in.
    ConfigError
        If the language has no catalogue.
    """
    import openpyxl

    check_ending(path)
    if Path(path).is_file():
        raise OutputError(
            f"{os.fspath(path)} must be a new file; there is one already, which may be filled in. "
            "Choose another name or remove it first."
        )
    voice = Voice(lang)
    book = openpyxl.Workbook()
    form, instructions, examples = book.worksheets[0], book.create_sheet(), book.create_sheet()
    for sheet, title in zip((form, instructions, examples), load_form()["sheets"], strict=True):
        sheet.title = voice.say(title)
    _lay_out_form(form, voice)
    _instruct(instructions, voice)
    _lay_out_form(examples, voice)
    for row, example in enumerate(load_form()["examples"][lang], start=2):
        for position, field in enumerate(load_form()["fields"], start=1):
            _write(examples, row, position, example.get(field["column"]))
    save_workbook(book, path)


def _lay_out_form(sheet: Any, voice: Voice) -> None:
    """Give a sheet the header, widths, formats and checks of the form."""
    sheet.freeze_panes = "C2"
    for position, field in enumerate(load_form()["fields"], start=1):
        _write_header(sheet, position, field, voice)
        _format_column(sheet, position, Profile(field["column"]))
        _add_check(sheet, position, Profile(field["column"]), voice)


def _write_header(sheet: Any, position: int, field: Mapping[str, str], voice: Voice) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment

    cell = _write(sheet, 1, position, voice.say_header(field["header"]))
    _mark(cell, COLOURS.get(field["need"], MIDDLE))
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    advice = f"{voice.say(field['advice'])} ({voice.say(field['need'])})"
    cell.comment = Comment(advice, "matcher", height=50 + 18 * (len(advice) // 36), width=280)


def _mark(cell: Any, colour: str) -> None:
    """Format a cell as a header."""
    from openpyxl.styles import Font, PatternFill

    cell.font = Font(bold=True, color="FFFFFF")
    cell.fill = PatternFill("solid", fgColor=colour)


def _format_column(sheet: Any, position: int, column: Profile) -> None:
    """Set width and format of a column, also for cells that are still empty."""
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    whole = sheet.column_dimensions[get_column_letter(position)]
    whole.width = 16 if column in SHORT else 26 if column in MIDDLING else 44
    whole.alignment = Alignment(vertical="top", wrap_text=True)
    whole.number_format = _number_format(column)


def _number_format(column: Profile) -> str:
    if column in AS_TEXT:
        return "@"
    return "yyyy-mm-dd" if column == Profile.UPDATED else "General"


def _add_check(sheet: Any, position: int, column: Profile, voice: Voice) -> None:
    """Add a check by which the spreadsheet refuses what the reader would reject."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    if column in CHOICES:
        words = ",".join(load_form()["words"][column][voice.lang])
        check = DataValidation("list", f'"{words}"')
        check.errorTitle = voice.say(load_form()["wrong_choice"][0])
        check.error = voice.say(load_form()["wrong_choice"][1], words=words.replace(",", ", "))
    elif column in NUMBERS:
        check = DataValidation("decimal", "0", operator="greaterThanOrEqual")
        check.errorTitle, check.error = (voice.say(text) for text in load_form()["wrong_number"])
    else:
        return
    check.allow_blank, check.showErrorMessage = True, True
    letter = get_column_letter(position)
    check.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(check)


def _write(sheet: Any, row: int, position: int, value: object) -> Any:
    """Write a cell; it takes on the format of its column, and texts stay texts."""
    from openpyxl.styles import Alignment

    cell = sheet.cell(row, position)
    flat = sheet_value(value)
    cell.value = flat
    if isinstance(flat, str):
        cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _instruct(sheet: Any, voice: Voice) -> None:
    """Write the instructions: steps, columns, categories."""
    from openpyxl.styles import Font

    for letter, width in zip("ABCD", (24, 24, 70, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    form = load_form()
    _write_line(sheet, 1, voice.say(form["title"])).font = Font(bold=True, size=14)
    for number, step in enumerate(form["steps"], start=1):
        _write_line(sheet, number + 1, f"{number}. {voice.say(step)}")
    row = len(form["steps"]) + 3
    row = _write_rows(sheet, row, (voice.say(name) for name in form["column_header"]), _field_rows(voice))
    meanings = (voice.say(meaning) for meaning in form["category_meanings"])
    pairs = ([*pair] for pair in zip(form["words"]["category"][voice.lang], meanings, strict=True))
    _write_rows(sheet, row + 1, (voice.say(name) for name in form["category_header"]), pairs)


def _write_line(sheet: Any, row: int, text: str) -> Any:
    """Write a text over the whole width."""
    cell = _write(sheet, row, 1, text)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=4)
    sheet.row_dimensions[row].height = 32  # merged cells do not grow by themselves
    return cell


def _field_rows(voice: Voice) -> Iterable[list[object]]:
    form = load_form()
    example = {**form["examples"][voice.lang][0], "lead": form["lead_example"]}
    for field in form["fields"]:
        texts = [voice.say_header(field["header"]), voice.say(field["need"]), voice.say(field["advice"])]
        yield [*texts, example[field["column"]]]


def _write_rows(sheet: Any, row: int, header: Iterable[str], rows: Iterable[list[Any]]) -> int:
    """Write a small table; return the first row below it."""
    for position, name in enumerate(header, start=1):
        _mark(_write(sheet, row, position, name), COLOURS["required"])
    for values in rows:
        row += 1
        for position, value in enumerate(values, start=1):
            _write(sheet, row, position, value)
    return row + 1
