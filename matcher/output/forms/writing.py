"""Writing a review form: the rows to fill in, the instructions, an example."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from matcher.columns import ANSWERS, Answer, Profile
from matcher.documents.language import Voice, check_lang
from matcher.documents.sheets import HEADER_FILL, HEADER_INK, check_ending, save_workbook
from matcher.errors import OutputError
from matcher.files import check_replaceable
from matcher.output.forms.pairs import ReviewPair, check_pairs
from matcher.output.forms.questions import (
    ANSWERED_BY,
    CANDIDATE_NAME,
    EXAMPLE_ANSWERS,
    EXAMPLE_CHANGES,
    GIVEN,
    HEADERS,
    QUESTIONS,
    SCALE,
    SEEKER_NAME,
    SHEETS,
    SIDE_WORDS,
    STEPS,
    TABLE_HEADER,
    TITLE,
    WRONG_ANSWER,
    WRONG_DATE,
    WRONG_SIDE,
)
from matcher.output.forms.wording import form_voice
from matcher.output.profile_form import load_form
from matcher.tables.writing import sheet_value

Row = dict[str, object]

SPARE: Final = 200
"""Empty rows below that are checked too while they are filled in."""
MOST_PAIRS: Final = 500_000
"""Two rows each must fit a sheet."""
GIVEN_FILL: Final = "7F7F7F"
WIDTHS: Final[Mapping[str, int]] = {
    SEEKER_NAME: 28,
    CANDIDATE_NAME: 28,
    ANSWERED_BY: 28,
    Answer.SEEKER: 18,
    Answer.CANDIDATE: 18,
    Answer.CHANGES_WANTED: 60,
}
OTHER_WIDTH: Final = 16
FORMATS: Final[Mapping[str, str]] = {Answer.SEEKER: "@", Answer.CANDIDATE: "@", Answer.DATE: "yyyy-mm-dd"}
"""Number formats; a spreadsheet would make 1 of the id 001."""
FIRST_DAY: Final = dt.date(2000, 1, 1)
EXAMPLE_DAY: Final = dt.date(2025, 6, 30)


def write_review_form(
    pairs: Iterable[ReviewPair | tuple[str, str]], path: str | os.PathLike[str], lang: str = "en"
) -> None:
    """Write a workbook in which both sides of partnerships say how they go.

    Parameters
    ----------
    pairs : iterable of ReviewPair or (seeker, candidate)
        Each becomes two rows, one a side; one named twice counts once.
    path : str or path
        A new file that ends in .xlsx.
    lang : {"en", "id"}, default "en"
        Language of headers, questions, instructions and the example. `read_review_form` reads either.

    Raises
    ------
    OutcomeError
        If there are no pairs, or one does not name two organisations.
    OutputError
        If the path does not end in .xlsx, cannot be written, or a file is there already: it might be one
        that people have filled in.
    ConfigError
        If the language has no catalogue.

    Notes
    -----
    The same pairs and language give the same bytes. Texts stay texts: no name runs as a formula.
    """
    import openpyxl

    checked = check_pairs(pairs)
    if len(checked) > MOST_PAIRS:
        raise OutputError(
            f"a form must have at most {MOST_PAIRS:,} partnerships; got {len(checked):,}. Write several."
        )
    check_form(path, lang)
    voice = form_voice(lang)
    book = openpyxl.Workbook()
    form, instructions, example = book.worksheets[0], book.create_sheet(), book.create_sheet()
    for sheet, title in zip((form, instructions, example), SHEETS, strict=True):
        sheet.title = voice.say(title)
    _fill(form, list(_rows(checked, voice)), voice)
    _instruct(instructions, voice)
    _fill(example, list(_example_rows(voice)), voice)
    save_workbook(book, path)


def check_form(path: str | os.PathLike[str], lang: str) -> None:
    """Check that a form can be written, before the long work that leads to it.

    Raises
    ------
    OutputError, ConfigError
        As `write_review_form` would.
    """
    check_lang(lang)
    check_ending(path)
    if Path(path).is_file():
        raise OutputError(
            f"{os.fspath(path)} must be a new file; there is one already, which may be filled in. "
            "Choose another name or remove it first."
        )
    check_replaceable(path)


def _rows(pairs: Iterable[ReviewPair], voice: Voice) -> Iterator[Row]:
    """Yield two rows a pair, as they are sent out."""
    for pair in pairs:
        names = (pair.seeker_name or pair.seeker, pair.candidate_name or pair.candidate)
        for side, name in zip(SIDE_WORDS[voice.lang], names, strict=True):
            yield {
                Answer.SEEKER: pair.seeker,
                Answer.CANDIDATE: pair.candidate,
                SEEKER_NAME: names[0],
                CANDIDATE_NAME: names[1],
                Answer.SIDE: side,
                ANSWERED_BY: name,
            }


def _example_rows(voice: Voice) -> Iterator[Row]:
    one, other = load_form()["examples"][voice.lang]
    pair = ReviewPair(one[Profile.ID], other[Profile.ID], one[Profile.NAME], other[Profile.NAME])
    for row, answers, changes in zip(_rows([pair], voice), EXAMPLE_ANSWERS, EXAMPLE_CHANGES, strict=True):
        filled: Row = dict(zip(ANSWERS, answers, strict=True))
        yield {**row, **filled, Answer.DATE: EXAMPLE_DAY, Answer.CHANGES_WANTED: voice.say(changes)}


def _fill(sheet: Any, rows: Sequence[Row], voice: Voice) -> None:
    """Give a sheet the header, widths, formats, checks and rows of the form."""
    sheet.freeze_panes = "A2"
    last = len(rows) + 1 + SPARE
    for place, column in enumerate(HEADERS, start=1):
        _write_header(sheet, place, column, voice)
        _format_column(sheet, place, column)
        for number, row in enumerate(rows, start=2):
            cell = write_cell(sheet, number, place, row.get(column))
            cell.number_format = FORMATS.get(column, "General")
    _add_checks(sheet, last, voice)


def _write_header(sheet: Any, place: int, column: str, voice: Voice) -> None:
    from openpyxl.comments import Comment

    cell = write_cell(sheet, 1, place, voice.say(HEADERS[column]))
    _mark(cell, GIVEN_FILL if column in GIVEN else HEADER_FILL)
    question = next((one for one in QUESTIONS if one.column == column), None)
    if question is not None:
        advice = " ".join([voice.say(question.text), *_ends(question.lowest, question.highest, voice)])
        cell.comment = Comment(advice, "matcher", height=50 + 18 * (len(advice) // 36), width=280)


def _ends(lowest: str, highest: str, voice: Voice) -> list[str]:
    if not lowest:
        return []
    return [f"1 = {voice.say(lowest)};", f"5 = {voice.say(highest)}."]


def _mark(cell: Any, colour: str) -> None:
    """Let a cell stand out as a header."""
    from openpyxl.styles import Font, PatternFill

    cell.font = Font(bold=True, color=HEADER_INK)
    cell.fill = PatternFill("solid", fgColor=colour)


def _format_column(sheet: Any, place: int, column: str) -> None:
    """Set width and format of a column, also for cells that are still empty."""
    from openpyxl.styles import Alignment
    from openpyxl.utils import get_column_letter

    whole = sheet.column_dimensions[get_column_letter(place)]
    whole.width = WIDTHS.get(column, OTHER_WIDTH)
    whole.alignment = Alignment(vertical="top", wrap_text=True)
    whole.number_format = FORMATS.get(column, "General")


def _add_checks(sheet: Any, last: int, voice: Voice) -> None:
    """Let the spreadsheet refuse what the reader would reject."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words = SIDE_WORDS[voice.lang]
    first = f"DATE({FIRST_DAY:%Y},1,1)"
    checks = [
        (ANSWERS, DataValidation("list", f'"{",".join(map(str, SCALE))}"'), WRONG_ANSWER),
        ((Answer.DATE,), DataValidation("date", first, "TODAY()", operator="between"), WRONG_DATE),
        ((Answer.SIDE,), DataValidation("list", f'"{",".join(words)}"'), WRONG_SIDE),
    ]
    for columns, check, (title, text) in checks:
        check.errorTitle, check.error = voice.say(title), voice.say(text, words=voice.listing(words))
        check.allow_blank, check.showErrorMessage = True, True
        for column in columns:
            check.add(_cells(column, last))
        sheet.add_data_validation(check)


def _cells(column: str, last: int) -> str:
    from openpyxl.utils import get_column_letter

    letter = get_column_letter(list(HEADERS).index(column) + 1)
    return f"{letter}2:{letter}{last}"


def _instruct(sheet: Any, voice: Voice) -> None:
    """Write the instructions: steps, then questions with the ends of the scale."""
    from openpyxl.styles import Font

    for letter, width in zip("ABCD", (24, 52, 52, 52), strict=True):
        sheet.column_dimensions[letter].width = width
    _write_line(sheet, 1, voice.say(TITLE)).font = Font(bold=True, size=14)
    for number, step in enumerate(STEPS, start=1):
        told = voice.say(step, answered_by=voice.say(HEADERS[ANSWERED_BY]))
        _write_line(sheet, number + 1, f"{number}. {told}")
    row = len(STEPS) + 3
    for place, name in enumerate(TABLE_HEADER, start=1):
        _mark(write_cell(sheet, row, place, voice.say(name)), HEADER_FILL)
    for question in QUESTIONS:
        row += 1
        texts = (HEADERS[question.column], question.text, question.lowest, question.highest)
        for place, text in enumerate(texts, start=1):
            write_cell(sheet, row, place, voice.say(text) if text else None)


def _write_line(sheet: Any, row: int, text: str) -> Any:
    """Write a text over the whole width."""
    cell = write_cell(sheet, row, 1, text)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(TABLE_HEADER))
    sheet.row_dimensions[row].height = 32  # merged cells do not grow by themselves
    return cell


def write_cell(sheet: Any, row: int, place: int, value: object) -> Any:
    """Write a cell; a text stays a text, whatever it looks like."""
    from openpyxl.styles import Alignment

    cell = sheet.cell(row, place)
    flat = sheet_value(value)
    cell.value = flat
    if isinstance(flat, str):
        cell.data_type = "s"
    cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell
