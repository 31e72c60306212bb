"""Workbooks that people fill in: profiles, grades of pairs, and reviews of partnerships."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from matcher.columns import ANSWERS, NUMBERS, SIDES, Answer, Profile
from matcher.documents.language import Messages
from matcher.documents.sheets import HEADER_FILL, SheetColumn, check_new_workbook, write_form
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes import records
from matcher.outcomes.records import ANSWERED_BY, CANDIDATE_NAME, REASON, SEEKER_NAME, SIDE_WORDS

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]  # canonical profiles of the seeker and of the candidate

GIVEN_FILL: Final = "7F7F7F"  # colour of columns that the program fills in, or that may stay empty
COLOURS: Final = {"required": HEADER_FILL, "optional": GIVEN_FILL}
MIDDLE: Final = "2E75B6"
SHORT: Final = 280  # characters of a profile's mission or vision that are shown
MOST_RESOURCES: Final = 6  # needs or offers of a profile that are shown, the weightiest first
GIVEN: Final = (Answer.SEEKER, Answer.CANDIDATE, SEEKER_NAME, CANDIDATE_NAME, Answer.SIDE, ANSWERED_BY)
"""Columns of a review that are filled in by the program."""
OTHER_WIDTH: Final = 16
MOST_WIDTH: Final = 60
QUESTION: Final = ("text", "lowest", "highest")
DAYS: Final = {"type": "date", "formula1": "DATE(2000,1,1)", "formula2": "TODAY()"}
LEAST: Final = {"type": "decimal", "formula1": "0", "operator": "greaterThanOrEqual"}
PROFILE_TEXTS, GRADE_TEXTS, REVIEW_TEXTS = (
    bundled_toml(__package__, f"{name}_form.toml") for name in ("profile", "grade", "review")
)
"""Columns, words to choose from, instructions and examples of the three forms."""


def _check(kind: Mapping[str, str], texts: Sequence[str], messages: Messages, **parts: str) -> dict[str, str]:
    """Return a check by which a spreadsheet refuses what the reader would reject, with title and text."""
    title, text = (messages.say(one, **parts) for one in texts)
    return {**kind, "errorTitle": title, "error": text}


def choice_check(
    words: Iterable[object], texts: Sequence[str], messages: Messages, listed: str = ""
) -> dict[str, str]:
    """Return the check of a cell in which one of some words is chosen; `texts` are its title and advice."""
    shown = [*map(str, words)]
    kind = {"type": "list", "formula1": f'"{",".join(shown)}"'}
    return _check(kind, texts, messages, words=listed or ", ".join(shown))


def form_columns(
    headers: Mapping[str, str],
    texts: Mapping[str, Any],
    messages: Messages,
    checks: Mapping[str, Mapping[str, Any]],
    notes: Mapping[str, str] | None = None,
) -> list[SheetColumn]:
    """Return columns of a form by their headers, each with its check and note, if it has any."""
    return [
        SheetColumn(
            messages.say(header),
            texts["column_widths"].get(name, OTHER_WIDTH),
            texts["formats"].get(name, texts["format"]),
            (notes or {}).get(name, ""),
            HEADER_FILL if name in texts["filled_in"] else GIVEN_FILL,
            checks.get(name),
        )
        for name, header in headers.items()
    ]


def write_template(path: str | os.PathLike[str], lang: str = "en") -> None:
    """Write a workbook in which people fill in profiles, in either language; `read_profiles` reads it as is.

    `OutputError` if the path does not end in .xlsx, cannot be written, or a file is there already: it might
    be one that people have filled in. `ConfigError` if the language has no catalogue.
    """
    messages, texts = Messages(lang), PROFILE_TEXTS
    check_new_workbook(path)
    say = messages.say
    shown = {**texts["examples"][lang][0], "lead": texts["lead_example"]}
    explained, columns = [], []
    for field in texts["fields"]:
        name, need, advice = field["column"], say(field["need"]), say(field["advice"])
        header, colour = messages.say_header(field["header"]), COLOURS.get(field["need"], MIDDLE)
        check = _check(LEAST, texts["wrong_number"], messages) if name in NUMBERS else None
        if name in texts["words"]:
            check = choice_check(texts["words"][name][lang], texts["wrong_choice"], messages)
        format_ = field.get("format", "General")
        columns.append(SheetColumn(header, field["width"], format_, f"{advice} ({need})", colour, check))
        explained.append((header, need, advice, shown[name]))
    categories = zip(texts["words"]["category"][lang], map(say, texts["category_meanings"]), strict=True)
    tables = (
        (map(say, texts["column_header"]), explained),
        (map(say, texts["category_header"]), categories),
    )
    filled = cells_of(texts["examples"][lang], [field["column"] for field in texts["fields"]])
    write_form(path, texts, messages, columns, [], filled, tables)


def write_grade_form(pairs: Sequence[Pair], path: str | os.PathLike[str], lang: str = "en") -> None:
    """Write a workbook in which people grade pairs, in order, from 0 to 3; texts are never read as formulas.

    Path, language and errors are as for `write_template`; `OutcomeError` also if there are no pairs.
    `read_grades` reads either language. Equal pairs and language give equal bytes.
    """
    messages, texts = Messages(lang), GRADE_TEXTS
    check_new_workbook(path)
    if not pairs:
        raise OutcomeError("pairs must hold at least one pair to be graded; got none. Name one.")
    example = _graded(PROFILE_TEXTS["examples"][lang])
    example |= {**texts["example"], REASON: messages.say(texts["example"][REASON])}
    rows, shown = (cells_of(made, records.GRADE_HEADERS) for made in (map(_graded, pairs), [example]))
    meanings = [messages.say(text) for text in texts["meanings"]]
    table = (map(messages.say, texts["table_header"]), zip(records.GRADES, meanings, strict=True))
    said = [f"{grade}: {meaning}" for grade, meaning in zip(records.GRADES, meanings, strict=True)]
    checks = {records.GRADE: choice_check(records.GRADES, texts["wrong_grade"], messages)}
    columns = form_columns(records.GRADE_HEADERS, texts, messages, checks, {records.GRADE: "\n".join(said)})
    write_form(path, texts, messages, columns, rows, shown, [table])


def cells_of(rows: Iterable[Mapping[str, object]], columns: Iterable[str]) -> list[list[object]]:
    """Return the cells of rows in the order of some columns; None where a row has none."""
    return [[row.get(column) for column in columns] for row in rows]


def _graded(pair: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    cells: dict[str, object] = {}
    for side, profile in zip(SIDES, pair, strict=True):
        place = ", ".join(filter(None, (profile.get(Profile.REGION), profile.get(Profile.COUNTRY))))
        about = profile.get(Profile.MISSION) or profile.get(Profile.VISION) or ""
        short = about if len(about) <= SHORT else about[:SHORT].rsplit(" ", 1)[0] + " …"
        cells[side] = profile[Profile.ID]
        cells[f"{side}_short"] = "\n".join(filter(None, (profile[Profile.NAME], place, short)))
        for column in (Profile.NEEDS, Profile.OFFERS):
            cells[f"{side}_{column}"] = _listed(profile.get(column))
    return cells


def _listed(resources: Any) -> str:
    """Return needs or offers as lines; those of a made-up profile are one text."""
    if isinstance(resources, str) or not resources:
        return "\n".join(f"• {one}" for one in (resources or "").split("; ") if one)
    best = sorted(resources, key=lambda one: -(one.weight or 0))[:MOST_RESOURCES]
    return "\n".join(f"• {one.text}" for one in best)


class ReviewPair(NamedTuple):
    """Ids of a partnership to be reviewed, and the names of both organisations ("" if unknown)."""

    seeker: str
    candidate: str
    seeker_name: str = ""
    candidate_name: str = ""


def write_review_form(pairs: Iterable[ReviewPair], path: str | os.PathLike[str], lang: str = "en") -> None:
    """Write a workbook in which both sides of partnerships answer the questions of a review, a row a side.

    A pair named twice counts once. Path, language and errors are as for `write_grade_form`; `read_reviews`
    reads either language.
    """
    checked = [*dict.fromkeys(pairs)]
    if not checked:
        raise OutcomeError("pairs must hold at least one partnership to be reviewed; got none. Name one.")
    messages, texts, headers = Messages(lang), REVIEW_TEXTS, records.REVIEW_HEADERS
    check_new_workbook(path)
    say, sides = messages.say, SIDE_WORDS[lang]
    rows, example = (cells_of(made, headers) for made in (_rows(checked, lang), _example_rows(messages)))
    notes, questions = {}, []
    for question in texts["questions"]:
        text, *ends = (say(question[name]) for name in QUESTION if name in question)
        notes[question["column"]] = "{} 1 = {}; 5 = {}.".format(text, *ends) if ends else text
        questions.append([say(headers[question["column"]]), text, *(ends or (None, None))])
    checks: dict[str, Mapping[str, str]] = {
        **dict.fromkeys(ANSWERS, choice_check(range(1, 6), texts["wrong_answer"], messages)),
        Answer.DATE: _check(DAYS, texts["wrong_date"], messages),
        Answer.SIDE: choice_check(sides, texts["wrong_side"], messages, messages.listing(sides)),
    }
    # What is given stays on one line: rows of a form have no height, so that they grow with the answers.
    lengths = [max(len(str(cell or "")) for cell in cells) + 4 for cells in zip(*rows, strict=True)]
    columns = [
        column._replace(width=max(column.width, min(MOST_WIDTH, length)))
        for column, length in zip(form_columns(headers, texts, messages, checks, notes), lengths, strict=True)
    ]
    tables = [(map(say, texts["table_header"]), questions)]
    answered_by = say(headers[ANSWERED_BY])
    write_form(path, texts, messages, columns, rows, example, tables, answered_by=answered_by)


def _rows(pairs: Iterable[ReviewPair], lang: str) -> Iterator[dict[str, object]]:
    for pair in pairs:
        names = (pair.seeker_name or pair.seeker, pair.candidate_name or pair.candidate)
        for side, name in zip(SIDE_WORDS[lang], names, strict=True):
            yield dict(zip(GIVEN, (pair.seeker, pair.candidate, *names, side, name), strict=True))


def _example_rows(messages: Messages) -> Iterator[dict[str, object]]:
    one, other = PROFILE_TEXTS["examples"][messages.lang]
    pair = ReviewPair(one[Profile.ID], other[Profile.ID], one[Profile.NAME], other[Profile.NAME])
    made_up = REVIEW_TEXTS["example"]
    filled = zip(_rows([pair], messages.lang), made_up["answers"], made_up["changes"], strict=True)
    for row, answers, changes in filled:
        row.update(zip(ANSWERS, answers, strict=True))
        yield {**row, Answer.DATE: made_up["date"], Answer.CHANGES_WANTED: messages.say(changes)}
