"""Workbooks in which both sides of partnerships answer; `matcher.outcomes.reviews` reads them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

import pandas as pd

from matcher.columns import ANSWERS, STAGES, Answer, Outcome, Profile
from matcher.documents.language import Messages, check_lang
from matcher.documents.sheets import (
    HEADER_FILL,
    FormColumn,
    check_new_workbook,
    write_form,
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
OTHER_WIDTH: Final = 16
MOST_WIDTH: Final = 60
QUESTION: Final = ("text", "lowest", "highest")
FIRST_DAY: Final = "DATE(2000,1,1)"
TEXTS: Final = bundled_toml(__package__, "review_form.toml")
"""Instructions, widths and formats of columns, questions, example."""


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
    checked = _distinct(pairs)
    if len(checked) > MOST_PAIRS:
        raise OutputError(
            f"a form must have at most {MOST_PAIRS:,} partnerships; got {len(checked):,}. Write several."
        )
    check_form(path, lang)
    messages = Messages(lang)
    say = messages.say
    checks = _checks(messages)
    notes = {question["column"]: _note(question, messages) for question in TEXTS["questions"]}
    rows, example = (
        [[row.get(column) for column in HEADERS] for row in made]
        for made in (_rows(checked, messages), _example_rows(messages))
    )
    # What is given stays on one line: rows of a form have no height, so that they grow with the answers.
    lengths = [max(len(str(cell or "")) for cell in cells) + 4 for cells in zip(*rows, strict=True)]
    columns = [
        FormColumn(
            say(header),
            max(TEXTS["column_widths"].get(column, OTHER_WIDTH), min(MOST_WIDTH, length)),
            notes.get(column, ""),
            GIVEN_FILL if column in GIVEN else HEADER_FILL,
            TEXTS["formats"].get(column, "General"),
            checks.get(column),
        )
        for (column, header), length in zip(HEADERS.items(), lengths, strict=True)
    ]
    answered_by = say(HEADERS[ANSWERED_BY])
    questions = (
        [say(HEADERS[one["column"]]), *(say(one[name]) if name in one else None for name in QUESTION)]
        for one in TEXTS["questions"]
    )
    tables = [(map(say, TEXTS["table_header"]), questions)]
    given = (TEXTS, messages, columns, rows, example, tables)
    write_form(path, *given, frozen=1, n_spare=SPARE, answered_by=answered_by)


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


def _note(question: Mapping[str, str], messages: Messages) -> str:
    """Return a question with the meaning of the ends of its scale."""
    if "lowest" not in question:
        return messages.say(question["text"])
    text, lowest, highest = (messages.say(question[name]) for name in QUESTION)
    return f"{text} 1 = {lowest}; 5 = {highest}."


def _checks(messages: Messages) -> dict[str, Mapping[str, str]]:
    """Return the checks of columns whose values the reader might reject."""
    words = SIDE_WORDS[messages.lang]
    checks = (
        (ANSWERS, {"type": "list", "formula1": '"1,2,3,4,5"'}, "wrong_answer"),
        ((Answer.DATE,), {"type": "date", "formula1": FIRST_DAY, "formula2": "TODAY()"}, "wrong_date"),
        ((Answer.SIDE,), {"type": "list", "formula1": f'"{",".join(words)}"'}, "wrong_side"),
    )
    found: dict[str, Mapping[str, str]] = {}
    for columns, check, name in checks:
        title, text = (messages.say(one, words=messages.listing(words)) for one in TEXTS[name])
        found.update({column: {**check, "errorTitle": title, "error": text} for column in columns})
    return found
