"""A workbook in which people fill in profiles: the form, instructions, two examples."""

from __future__ import annotations

import os
from typing import Any, Final

from matcher.columns import NUMBERS, Profile
from matcher.documents.language import Messages
from matcher.documents.sheets import (
    HEADER_FILL,
    add_check,
    check_new_workbook,
    finish_sheet,
    format_column,
    save_workbook,
    write_cell,
    write_header,
    write_lines,
    write_rows,
)
from matcher.files import bundled_toml

LAST_ROW: Final = 5_000
"""Last row of the form whose cells are checked while they are filled in."""

CHOICES: Final = (Profile.KIND, Profile.FLAG)
COLOURS: Final = {"required": HEADER_FILL, "optional": "7F7F7F"}
MIDDLE: Final = "2E75B6"
TEXTS: Final = bundled_toml(__package__, "profile_form.toml")
"""Columns, words to choose from, instructions, examples."""


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

    check_new_workbook(path)
    messages = Messages(lang)
    book = openpyxl.Workbook()
    form, instructions, examples = book.worksheets[0], book.create_sheet(), book.create_sheet()
    for sheet, title in zip((form, instructions, examples), TEXTS["sheets"], strict=True):
        sheet.title = messages.say(title)
    _lay_out_form(form, messages)
    _write_instructions(instructions, messages)
    _lay_out_form(examples, messages)
    for row, example in enumerate(TEXTS["examples"][lang], start=2):
        for position, field in enumerate(TEXTS["fields"], start=1):
            write_cell(examples, row, position, example.get(field["column"]))
    finish_sheet(form, 2, is_filled_in=True)
    finish_sheet(instructions)
    finish_sheet(examples, 2)
    save_workbook(book, path)


def _lay_out_form(sheet: Any, messages: Messages) -> None:
    """Give a sheet the header, widths, formats and checks of the form."""
    sheet.freeze_panes = "C2"
    for position, field in enumerate(TEXTS["fields"], start=1):
        column = Profile(field["column"])
        note = f"{messages.say(field['advice'])} ({messages.say(field['need'])})"
        colour = COLOURS.get(field["need"], MIDDLE)
        write_header(sheet, 1, position, messages.say_header(field["header"]), colour=colour, note=note)
        format_column(sheet, position, field["width"], field.get("format", "General"))
        _add_check(sheet, position, column, messages)


def _add_check(sheet: Any, position: int, column: Profile, messages: Messages) -> None:
    """Add a check by which the spreadsheet refuses what the reader would reject."""
    from openpyxl.worksheet.datavalidation import DataValidation

    if column in CHOICES:
        words = TEXTS["words"][column][messages.lang]
        title, text = (messages.say(one, words=", ".join(words)) for one in TEXTS["wrong_choice"])
        check = DataValidation("list", f'"{",".join(words)}"')
    elif column in NUMBERS:
        title, text = (messages.say(one) for one in TEXTS["wrong_number"])
        check = DataValidation("decimal", "0", operator="greaterThanOrEqual")
    else:
        return
    add_check(sheet, check, [position], LAST_ROW, (title, text))


def _write_instructions(sheet: Any, messages: Messages) -> None:
    """Write the instructions: steps, columns, categories."""
    for letter, width in zip("ABCD", (24, 24, 70, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    steps = [messages.say(step) for step in TEXTS["steps"]]
    row = write_lines(sheet, messages.say(TEXTS["title"]), steps, 4) + 1
    example = {**TEXTS["examples"][messages.lang][0], "lead": TEXTS["lead_example"]}
    fields = (
        (
            messages.say_header(field["header"]),
            messages.say(field["need"]),
            messages.say(field["advice"]),
            example[field["column"]],
        )
        for field in TEXTS["fields"]
    )
    row = write_rows(sheet, row, map(messages.say, TEXTS["column_header"]), fields) + 1
    categories = zip(
        TEXTS["words"]["category"][messages.lang], map(messages.say, TEXTS["category_meanings"]), strict=True
    )
    write_rows(sheet, row, map(messages.say, TEXTS["category_header"]), categories)
