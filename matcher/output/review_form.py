"""Workbooks in which both sides of partnerships answer; `matcher.outcomes.reviews` reads them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from matcher.columns import ANSWERS, STAGES, Answer, Outcome, Profile
from matcher.documents.language import Messages, check_lang
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
from matcher.errors import OutcomeError, OutputError
from matcher.files import bundled_toml
from matcher.outcomes import JOINT_WORK
from matcher.outcomes.reviews import ANSWERED_BY, CANDIDATE_NAME, HEADERS, SEEKER_NAME, SIDE_WORDS
from matcher.output import profile_form

Row = dict[str, object]

GIVEN: Final = (Answer.SEEKER, Answer.CANDIDATE, SEEKER_NAME, CANDIDATE_NAME, Answer.SIDE, ANSWERED_BY)
"""Columns that are filled in by the program."""
SPARE: Final = 200
"""Empty rows below that are checked too while they are filled in."""
MOST_PAIRS: Final = 500_000
"""Two rows per pair must fit a sheet."""
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
FIRST_DAY: Final = "DATE(2000,1,1)"
TEXTS: Final = bundled_toml(__package__, "review_form.toml")
"""Instructions, questions, example."""


class ReviewPair(NamedTuple):
    """Ids of a partnership to be reviewed, and the names of both organisations ("" if unknown)."""

    seeker: str
    candidate: str
    seeker_name: str = ""
    candidate_name: str = ""


def open_pairs(log: pd.DataFrame, names: Mapping[str, str] | None = None) -> list[ReviewPair]:
    """Return the partnerships that are agreed on or under way.

    Parameters
    ----------
    log : DataFrame
        Pair rows with the columns of `Outcome`, such as `read_outcomes(...).kept`.
    names : mapping of str to str, optional
        Name of each id.

    Returns
    -------
    pairs : list of ReviewPair
        Sorted by ids: the pairs whose last stage from "agreed" on is not "ended"; of several on one day,
        the later stage counts. The seeker is that of the first of these stages.
    """
    known = names or {}
    rows = log[log[Outcome.STAGE].isin(JOINT_WORK)]
    rows = rows.assign(order=rows[Outcome.STAGE].map(STAGES.index)).sort_values(
        [Outcome.DATE, "order", Outcome.SEEKER, Outcome.CANDIDATE], kind="stable"
    )
    sides: dict[frozenset[str], tuple[str, str]] = {}
    last: dict[frozenset[str], str] = {}
    columns = (rows[name] for name in (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE))
    for seeker, candidate, stage in zip(*columns, strict=True):
        key = frozenset((seeker, candidate))
        sides.setdefault(key, (seeker, candidate))
        last[key] = stage
    kept = sorted(pair for key, pair in sides.items() if last[key] != "ended")
    return [ReviewPair(one, other, known.get(one, ""), known.get(other, "")) for one, other in kept]


def write_review_form(
    pairs: Iterable[ReviewPair | tuple[str, str]], path: str | os.PathLike[str], lang: str = "en"
) -> None:
    """Write a workbook in which both sides of partnerships answer the questions of a review.

    Parameters
    ----------
    pairs : iterable of ReviewPair or (seeker, candidate)
        Each becomes two rows, one per side; a pair named twice counts once.
    path : str or path
        A new file that ends in .xlsx.
    lang : {"en", "id"}, default "en"
        Language of headers, questions, instructions and the example. `read_reviews` reads either.

    Raises
    ------
    OutcomeError
        If there are no pairs, or one does not name two organisations.
    OutputError
        If the path does not end in .xlsx, exists already, or cannot be written.
    ConfigError
        If the language has no catalogue.

    Notes
    -----
    Equal pairs and language give equal bytes. Texts are never read as formulas.
    """
    import openpyxl

    checked = _distinct(pairs)
    if len(checked) > MOST_PAIRS:
        raise OutputError(
            f"a form must have at most {MOST_PAIRS:,} partnerships; got {len(checked):,}. Write several."
        )
    check_form(path, lang)
    messages = Messages(lang)
    book = openpyxl.Workbook()
    form, instructions, example = book.worksheets[0], book.create_sheet(), book.create_sheet()
    for sheet, title in zip((form, instructions, example), TEXTS["sheets"], strict=True):
        sheet.title = messages.say(title)
    _fill(form, list(_rows(checked, messages)), messages)
    _write_instructions(instructions, messages)
    _fill(example, list(_example_rows(messages)), messages)
    finish_sheet(form, 1, is_filled_in=True)
    finish_sheet(instructions)
    finish_sheet(example, 1)
    save_workbook(book, path)


def check_form(path: str | os.PathLike[str], lang: str) -> None:
    """Raise the `OutputError` or `ConfigError` that `write_review_form` would raise."""
    check_lang(lang)
    check_new_workbook(path)


def _distinct(pairs: Iterable[ReviewPair | tuple[str, str]]) -> list[ReviewPair]:
    """Return pairs once each, in the order given, after checking them."""
    found: dict[tuple[str, str], ReviewPair] = {}
    for number, pair in enumerate(pairs, start=1):
        if isinstance(pair, str) or not 2 <= len(pair) <= len(ReviewPair._fields):
            raise OutcomeError(f"pair {number} must be (seeker, candidate); got {pair!r}. Give two ids.")
        seeker, candidate = pair[:2]
        if not all(isinstance(text, str) for text in pair) or not seeker.strip() or not candidate.strip():
            raise OutcomeError(
                f"pair {number} must have two ids as text; got {seeker!r} and {candidate!r}. Correct it."
            )
        if seeker == candidate:
            raise OutcomeError(
                f"pair {number} must be of two organisations; got {seeker!r} twice. Correct it."
            )
        found.setdefault((seeker, candidate), ReviewPair(*pair))
    if not found:
        raise OutcomeError("pairs must hold at least one partnership to be reviewed; got none. Name one.")
    return list(found.values())


def _rows(pairs: Iterable[ReviewPair], messages: Messages) -> Iterator[Row]:
    """Yield two rows per pair, without answers."""
    for pair in pairs:
        names = (pair.seeker_name or pair.seeker, pair.candidate_name or pair.candidate)
        for side, name in zip(SIDE_WORDS[messages.lang], names, strict=True):
            yield dict(zip(GIVEN, (pair.seeker, pair.candidate, *names, side, name), strict=True))


def _example_rows(messages: Messages) -> Iterator[Row]:
    one, other = profile_form.TEXTS["examples"][messages.lang]
    pair = ReviewPair(one[Profile.ID], other[Profile.ID], one[Profile.NAME], other[Profile.NAME])
    made_up = TEXTS["example"]
    filled = zip(_rows([pair], messages), made_up["answers"], made_up["changes"], strict=True)
    for row, answers, changes in filled:
        row.update(zip(ANSWERS, answers, strict=True))
        yield {**row, Answer.DATE: made_up["date"], Answer.CHANGES_WANTED: messages.say(changes)}


def _fill(sheet: Any, rows: Sequence[Row], messages: Messages) -> None:
    """Write the header, widths, formats, checks and rows of the form."""
    sheet.freeze_panes = "A2"
    notes = {question["column"]: _note(question, messages) for question in TEXTS["questions"]}
    for number, (column, header) in enumerate(HEADERS.items(), start=1):
        colour = GIVEN_FILL if column in GIVEN else HEADER_FILL
        write_header(sheet, 1, number, messages.say(header), colour=colour, note=notes.get(column, ""))
        number_format = FORMATS.get(column, "General")
        format_column(sheet, number, WIDTHS.get(column, OTHER_WIDTH), number_format)
        for line, row in enumerate(rows, start=2):
            write_cell(sheet, line, number, row.get(column)).number_format = number_format
    _add_checks(sheet, len(rows) + 1 + SPARE, messages)


def _note(question: Mapping[str, str], messages: Messages) -> str:
    """Return a question with the meaning of the ends of its scale."""
    if "lowest" not in question:
        return messages.say(question["text"])
    text, lowest, highest = (messages.say(question[name]) for name in ("text", "lowest", "highest"))
    return f"{text} 1 = {lowest}; 5 = {highest}."


def _add_checks(sheet: Any, last_row: int, messages: Messages) -> None:
    """Add data validation for values that the reader would reject."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words = SIDE_WORDS[messages.lang]
    checks = [
        (ANSWERS, DataValidation("list", '"1,2,3,4,5"'), "wrong_answer"),
        ((Answer.DATE,), DataValidation("date", FIRST_DAY, "TODAY()", operator="between"), "wrong_date"),
        ((Answer.SIDE,), DataValidation("list", f'"{",".join(words)}"'), "wrong_side"),
    ]
    numbers = {column: number for number, column in enumerate(HEADERS, start=1)}
    for columns, check, name in checks:
        title, text = TEXTS[name]
        error = messages.say(title), messages.say(text, words=messages.listing(words))
        add_check(sheet, check, [numbers[column] for column in columns], last_row, error)


def _write_instructions(sheet: Any, messages: Messages) -> None:
    """Write the steps, then the questions with the ends of the scale."""
    for letter, width in zip("ABCD", (24, 52, 52, 52), strict=True):
        sheet.column_dimensions[letter].width = width
    answered_by = messages.say(HEADERS[ANSWERED_BY])
    steps = [messages.say(step, answered_by=answered_by) for step in TEXTS["steps"]]
    row = write_lines(sheet, messages.say(TEXTS["title"]), steps, len(TEXTS["table_header"])) + 1
    names = ("text", "lowest", "highest")
    questions = ((HEADERS[one["column"]], *map(one.get, names)) for one in TEXTS["questions"])
    lines = [[messages.say(text) if text else None for text in line] for line in questions]
    write_rows(sheet, row, map(messages.say, TEXTS["table_header"]), lines)
