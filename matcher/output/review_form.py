"""Review forms: workbooks in which both sides of partnerships say how they go.

`matcher.outcomes.reviews` reads what comes back.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import pandas as pd

from matcher.columns import ANSWERS, STAGES, Answer, Outcome, Profile
from matcher.documents.language import N_, Voice, check_lang
from matcher.documents.sheets import (
    HEADER_FILL,
    add_check,
    check_ending,
    format_column,
    save_workbook,
    write_cell,
    write_header,
    write_lines,
)
from matcher.errors import OutcomeError, OutputError
from matcher.files import check_replaceable
from matcher.outcomes import JOINT_WORK
from matcher.outcomes.reviews import ANSWERED_BY, CANDIDATE_NAME, HEADERS, SEEKER_NAME, SIDE_WORDS
from matcher.output.profile_form import load_form

Row = dict[str, object]

GIVEN: Final = (Answer.SEEKER, Answer.CANDIDATE, SEEKER_NAME, CANDIDATE_NAME, Answer.SIDE, ANSWERED_BY)
"""Columns that are filled in before the form is sent."""
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


class ReviewPair(NamedTuple):
    """A partnership to be reviewed.

    Attributes
    ----------
    seeker, candidate : str
        Ids.
    seeker_name, candidate_name : str
        What people call them; "" if unknown.
    """

    seeker: str
    candidate: str
    seeker_name: str = ""
    candidate_name: str = ""


class Question(NamedTuple):
    """What is asked, and what the ends of the scale mean; none where the answer is a text."""

    column: Answer
    text: str
    lowest: str = ""
    highest: str = ""


QUESTIONS: Final = (
    Question(
        Answer.GOALS_REACHED,
        N_("How far are the goals reached that you both agreed on for this time?"),
        N_("none of them is reached, nor is anything to be seen of it"),
        N_("all goals for this time are reached"),
    ),
    Question(
        Answer.COMMUNICATION,
        N_("How well do you and the partner keep in touch?"),
        N_("messages go unanswered; we hear of important things late or by chance"),
        N_("we hear in good time what we need to know, and questions are soon answered"),
    ),
    Question(
        Answer.TRUST,
        N_("How far do you trust the partner?"),
        N_("promises are not kept, or important things are held back"),
        N_("promises are kept, and difficulties are told openly"),
    ),
    Question(
        Answer.BENEFIT,
        N_("What does the partnership bring your own organisation?"),
        N_("it costs us more than it brings"),
        N_("it brings us far more than it costs"),
    ),
    Question(
        Answer.INDICATORS_ON_TRACK,
        N_("Do the agreed indicators move as planned?"),
        N_("they do not move, or nobody measures them"),
        N_("all of them are measured and move as planned"),
    ),
    Question(Answer.CHANGES_WANTED, N_("What should be done differently from now on?")),
)

SHEETS: Final = (N_("review"), N_("instructions"), N_("example"))
"""Names of the sheets, in their order."""
TITLE: Final = N_("Partnership review: how to fill in this form")
STEPS: Final = (
    N_(
        "One row is one partnership as one of its two sides sees it. Fill in the rows in which "
        "“{answered_by}” names your organisation, and leave the others as they are."
    ),
    N_(
        "Write the day on which you answer as 2026-03-01 or 01/03/2026, the day first. It must not lie in "
        "the future."
    ),
    N_(
        "Answer each question with a whole number from 1 to 5; what 1 and 5 mean stands below. Leave empty "
        "what you cannot judge yet."
    ),
    N_("In the last column write in your own words what should change. It may stay empty."),
    N_("Change no ID and no side: by them the answers find their partnership."),
    N_("The third sheet shows a form that is filled in. Its organisations are made up."),
    N_(
        "When you are done, save the file as .xlsx and send it back. Rows without any answer are passed over."
    ),
)
TABLE_HEADER: Final = (N_("Column"), N_("Question"), N_("1 means"), N_("5 means"))
WRONG_ANSWER: Final = (
    N_("Not an answer"),
    N_("Please choose a whole number from 1 to 5, or leave the cell empty."),
)
WRONG_DATE: Final = (N_("Not a possible date"), N_("Please write a day up to today."))
WRONG_SIDE: Final = (N_("Not a side"), N_("Please choose one of: {words}."))

EXAMPLE_DAY: Final = dt.date(2025, 6, 30)
EXAMPLE_ANSWERS: Final = ((4, 3, 5, 4, 3), (3, 4, 5, 4, 2))
"""Of the two sides of the made-up partnership, in the order of `ANSWERS`."""
EXAMPLE_CHANGES: Final = (
    N_("Tell us by the 20th how many kilos you can take next month; then nothing spoils."),
    N_("Weigh at the village and not only in Semarang, so that both of us have the same figures."),
)


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
        By ids. A pair counts if the last of its stages from "agreed" on is not "ended"; on one day, the
        later stage is the last. Who is called the seeker goes by the first of these stages.
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
    """Write a workbook in which both sides of partnerships say how they go.

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
        If the path does not end in .xlsx, cannot be written, or a file is there already: it might be one
        that people have filled in.
    ConfigError
        If the language has no catalogue.

    Notes
    -----
    The same pairs and language give the same bytes. Texts stay texts: no name runs as a formula.
    """
    import openpyxl

    checked = _distinct(pairs)
    if len(checked) > MOST_PAIRS:
        raise OutputError(
            f"a form must have at most {MOST_PAIRS:,} partnerships; got {len(checked):,}. Write several."
        )
    check_form(path, lang)
    voice = Voice(lang)
    book = openpyxl.Workbook()
    form, instructions, example = book.worksheets[0], book.create_sheet(), book.create_sheet()
    for sheet, title in zip((form, instructions, example), SHEETS, strict=True):
        sheet.title = voice.say(title)
    _fill(form, list(_rows(checked, voice)), voice)
    _write_instructions(instructions, voice)
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


def _distinct(pairs: Iterable[ReviewPair | tuple[str, str]]) -> list[ReviewPair]:
    """Return pairs once each, in the order given, after checking them."""
    found: dict[tuple[str, str], ReviewPair] = {}
    for number, pair in enumerate(pairs, start=1):
        own = _checked(pair, number)
        found.setdefault((own.seeker, own.candidate), own)
    if not found:
        raise OutcomeError("pairs must hold at least one partnership to be reviewed; got none. Name one.")
    return list(found.values())


def _checked(pair: ReviewPair | tuple[str, str], number: int) -> ReviewPair:
    if isinstance(pair, str) or not 2 <= len(pair) <= len(ReviewPair._fields):
        raise OutcomeError(f"pair {number} must be (seeker, candidate); got {pair!r}. Give two ids.")
    own = ReviewPair(*pair)
    if not all(isinstance(text, str) for text in own) or not own.seeker.strip() or not own.candidate.strip():
        raise OutcomeError(
            f"pair {number} must have two ids as text; got {own.seeker!r} and {own.candidate!r}. Correct it."
        )
    if own.seeker == own.candidate:
        raise OutcomeError(
            f"pair {number} must be of two organisations; got {own.seeker!r} twice. Correct it."
        )
    return own


def _rows(pairs: Iterable[ReviewPair], voice: Voice) -> Iterator[Row]:
    """Yield two rows per pair, as they are sent out."""
    for pair in pairs:
        names = (pair.seeker_name or pair.seeker, pair.candidate_name or pair.candidate)
        for side, name in zip(SIDE_WORDS[voice.lang], names, strict=True):
            yield dict(zip(GIVEN, (pair.seeker, pair.candidate, *names, side, name), strict=True))


def _example_rows(voice: Voice) -> Iterator[Row]:
    one, other = load_form()["examples"][voice.lang]
    pair = ReviewPair(one[Profile.ID], other[Profile.ID], one[Profile.NAME], other[Profile.NAME])
    for row, answers, changes in zip(_rows([pair], voice), EXAMPLE_ANSWERS, EXAMPLE_CHANGES, strict=True):
        filled: Row = dict(zip(ANSWERS, answers, strict=True))
        yield {**row, **filled, Answer.DATE: EXAMPLE_DAY, Answer.CHANGES_WANTED: voice.say(changes)}


def _fill(sheet: Any, rows: Sequence[Row], voice: Voice) -> None:
    """Give a sheet the header, widths, formats, checks and rows of the form."""
    sheet.freeze_panes = "A2"
    questions: dict[str, Question] = {question.column: question for question in QUESTIONS}
    for number, (column, header) in enumerate(HEADERS.items(), start=1):
        note = _note(questions[column], voice) if column in questions else ""
        colour = GIVEN_FILL if column in GIVEN else HEADER_FILL
        write_header(sheet, 1, number, voice.say(header), colour=colour, note=note)
        number_format = FORMATS.get(column, "General")
        format_column(sheet, number, WIDTHS.get(column, OTHER_WIDTH), number_format)
        for line, row in enumerate(rows, start=2):
            write_cell(sheet, line, number, row.get(column)).number_format = number_format
    _add_checks(sheet, len(rows) + 1 + SPARE, voice)


def _note(question: Question, voice: Voice) -> str:
    ends = ((1, question.lowest, ";"), (5, question.highest, "."))
    return " ".join(
        [voice.say(question.text), *(f"{n} = {voice.say(end)}{sign}" for n, end, sign in ends if end)]
    )


def _add_checks(sheet: Any, last_row: int, voice: Voice) -> None:
    """Let the spreadsheet refuse what the reader would reject."""
    from openpyxl.worksheet.datavalidation import DataValidation

    words = SIDE_WORDS[voice.lang]
    checks = [
        (ANSWERS, DataValidation("list", '"1,2,3,4,5"'), WRONG_ANSWER),
        ((Answer.DATE,), DataValidation("date", FIRST_DAY, "TODAY()", operator="between"), WRONG_DATE),
        ((Answer.SIDE,), DataValidation("list", f'"{",".join(words)}"'), WRONG_SIDE),
    ]
    numbers = {column: number for number, column in enumerate(HEADERS, start=1)}
    for columns, check, (title, text) in checks:
        error = voice.say(title), voice.say(text, words=voice.listing(words))
        add_check(sheet, check, [numbers[column] for column in columns], last_row, error)


def _write_instructions(sheet: Any, voice: Voice) -> None:
    """Write the steps, then the questions with the ends of the scale."""
    for letter, width in zip("ABCD", (24, 52, 52, 52), strict=True):
        sheet.column_dimensions[letter].width = width
    answered_by = voice.say(HEADERS[ANSWERED_BY])
    steps = [voice.say(step, answered_by=answered_by) for step in STEPS]
    row = write_lines(sheet, voice.say(TITLE), steps, len(TABLE_HEADER)) + 1
    for column, name in enumerate(TABLE_HEADER, start=1):
        write_header(sheet, row, column, voice.say(name), colour=HEADER_FILL)
    for line, question in enumerate(QUESTIONS, start=row + 1):
        texts = (HEADERS[question.column], question.text, question.lowest, question.highest)
        for column, text in enumerate(texts, start=1):
            write_cell(sheet, line, column, voice.say(text) if text else None)
