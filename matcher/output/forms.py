"""Workbooks that people fill in: profiles, grades of pairs, and reviews of partnerships."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from matcher.columns import ANSWERS, NUMBERS, Answer, Profile
from matcher.documents.language import Messages, check_lang
from matcher.documents.sheets import HEADER_FILL, FormColumn, check_new_workbook, write_form
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes import records
from matcher.outcomes.records import ANSWERED_BY, CANDIDATE_NAME, REASON, SEEKER_NAME, SIDE_WORDS

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]
"""Canonical profiles of the seeker and of the candidate."""

GIVEN_FILL: Final = "7F7F7F"
"""Colour of columns that are filled in by the program, or may stay empty."""
COLOURS: Final = {"required": HEADER_FILL, "optional": GIVEN_FILL}
MIDDLE: Final = "2E75B6"
SHORT: Final = 280
"""Characters of a profile's mission or vision that are shown."""
MOST_RESOURCES: Final = 6  # needs or offers of a profile that are shown, the weightiest first
GIVEN: Final = (Answer.SEEKER, Answer.CANDIDATE, SEEKER_NAME, CANDIDATE_NAME, Answer.SIDE, ANSWERED_BY)
"""Columns of a review that are filled in by the program."""
OTHER_WIDTH: Final = 16
MOST_WIDTH: Final = 60
QUESTION: Final = ("text", "lowest", "highest")
FIRST_DAY: Final = "DATE(2000,1,1)"
PROFILE_TEXTS, GRADE_TEXTS, REVIEW_TEXTS = (
    bundled_toml(__package__, f"{name}_form.toml") for name in ("profile", "grade", "review")
)
"""Columns, words to choose from, instructions and examples of the three forms."""


def check_form(path: str | os.PathLike[str], lang: str) -> None:
    """Raise the `OutputError` or `ConfigError` that writing a form would raise."""
    check_lang(lang)
    check_new_workbook(path)


def _check(kind: Mapping[str, str], texts: Sequence[str], messages: Messages, **parts: str) -> dict[str, str]:
    """Return a check by which a spreadsheet refuses what the reader would reject, with title and text."""
    title, text = (messages.say(one, **parts) for one in texts)
    return {**kind, "errorTitle": title, "error": text}


def _choice(words: Iterable[object]) -> dict[str, str]:
    return {"type": "list", "formula1": f'"{",".join(map(str, words))}"'}


def choice_check(words: Sequence[str], texts: Sequence[str], messages: Messages) -> dict[str, str]:
    """Return the check of a cell in which one of some words is chosen; `texts` are its title and advice."""
    return _check(_choice(words), texts, messages, words=", ".join(words))


def form_columns(
    headers: Mapping[str, str],
    texts: Mapping[str, Any],
    messages: Messages,
    checks: Mapping[str, Mapping[str, Any]],
    notes: Mapping[str, str] | None = None,
) -> list[FormColumn]:
    """Return columns of a form by their headers, each with its check and note, if it has any.

    `texts` has their `column_widths` and `formats` where these are not the usual one, and which are
    `filled_in` by people.
    """
    return [
        FormColumn(
            messages.say(header),
            texts["column_widths"].get(name, OTHER_WIDTH),
            (notes or {}).get(name, ""),
            HEADER_FILL if name in texts["filled_in"] else GIVEN_FILL,
            texts["formats"].get(name, texts["format"]),
            checks.get(name),
        )
        for name, header in headers.items()
    ]


def write_template(path: str | os.PathLike[str], lang: str = "en") -> None:
    """Write a workbook in which people fill in profiles, in either language; `read_profiles` reads it as is.

    Raises
    ------
    OutputError, ConfigError
        If the path does not end in .xlsx, cannot be written, or a file is there already: it might be one
        that people have filled in; if the language has no catalogue.
    """
    check_form(path, lang)
    messages = Messages(lang)
    say, texts = messages.say, PROFILE_TEXTS
    examples = texts["examples"][lang]
    fields = [
        (messages.say_header(field["header"]), say(field["need"]), say(field["advice"]))
        for field in texts["fields"]
    ]
    columns = [
        FormColumn(
            header,
            field["width"],
            f"{advice} ({need})",
            COLOURS.get(field["need"], MIDDLE),
            field.get("format", "General"),
            _profile_check(Profile(field["column"]), messages),
        )
        for field, (header, need, advice) in zip(texts["fields"], fields, strict=True)
    ]
    names = [field["column"] for field in texts["fields"]]
    shown = [{**examples[0], "lead": texts["lead_example"]}[name] for name in names]
    categories = zip(texts["words"]["category"][lang], map(say, texts["category_meanings"]), strict=True)
    tables = (
        (map(say, texts["column_header"]), ((*field, one) for field, one in zip(fields, shown, strict=True))),
        (map(say, texts["category_header"]), categories),
    )
    filled = [[example.get(name) for name in names] for example in examples]
    write_form(path, texts, messages, columns, [], filled, tables)


def _profile_check(column: Profile, messages: Messages) -> dict[str, str] | None:
    if words := PROFILE_TEXTS["words"].get(column):
        return choice_check(words[messages.lang], PROFILE_TEXTS["wrong_choice"], messages)
    least = {"type": "decimal", "formula1": "0", "operator": "greaterThanOrEqual"}
    return _check(least, PROFILE_TEXTS["wrong_number"], messages) if column in NUMBERS else None


def write_grade_form(pairs: Sequence[Pair], path: str | os.PathLike[str], lang: str = "en") -> None:
    """Write a workbook in which people grade pairs, in order, from 0 to 3; texts are never read as formulas.

    Path, language and errors are as for `write_template`; `OutcomeError` also if there are no pairs.
    `read_grades` reads either language. Equal pairs and language give equal bytes.
    """
    check_form(path, lang)
    if not pairs:
        raise OutcomeError("pairs must hold at least one pair to be graded; got none. Name one.")
    messages = Messages(lang)
    made_up, texts = PROFILE_TEXTS["examples"][lang], GRADE_TEXTS
    example = _graded((made_up[0], made_up[1]))
    example |= {
        records.GRADE: texts["example"][records.GRADE],
        REASON: messages.say(texts["example"][REASON]),
    }
    rows, shown = (_cells(made, records.GRADE_HEADERS) for made in (map(_graded, pairs), [example]))
    meanings = [messages.say(text) for text in texts["meanings"]]
    table = (map(messages.say, texts["table_header"]), zip(records.GRADES, meanings, strict=True))
    said = [f"{grade}: {meaning}" for grade, meaning in zip(records.GRADES, meanings, strict=True)]
    checks = {records.GRADE: _check(_choice(records.GRADES), texts["wrong_grade"], messages)}
    columns = form_columns(records.GRADE_HEADERS, texts, messages, checks, {records.GRADE: "\n".join(said)})
    write_form(path, texts, messages, columns, rows, shown, [table])


def _cells(rows: Iterable[Mapping[str, object]], columns: Iterable[str]) -> list[list[object]]:
    return [[row.get(column) for column in columns] for row in rows]


def _graded(pair: Pair) -> dict[str, object]:
    return {**_graded_side(pair[0], "seeker"), **_graded_side(pair[1], "candidate")}


def _graded_side(profile: Mapping[str, Any], side: str) -> dict[str, object]:
    """Return the cells of one organisation."""
    place = ", ".join(filter(None, (profile.get(Profile.REGION), profile.get(Profile.COUNTRY))))
    about = profile.get(Profile.MISSION) or profile.get(Profile.VISION) or ""
    short = about if len(about) <= SHORT else about[:SHORT].rsplit(" ", 1)[0] + " …"
    return {
        side: profile[Profile.ID],
        f"{side}_short": "\n".join(filter(None, (profile[Profile.NAME], place, short))),
        f"{side}_needs": _listed(profile.get(Profile.NEEDS)),
        f"{side}_offers": _listed(profile.get(Profile.OFFERS)),
    }


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
    check_form(path, lang)
    messages = Messages(lang)
    say = messages.say
    notes = {question["column"]: _note(question, messages) for question in REVIEW_TEXTS["questions"]}
    rows, example = (
        _cells(made, records.REVIEW_HEADERS) for made in (_rows(checked, messages), _example_rows(messages))
    )
    # What is given stays on one line: rows of a form have no height, so that they grow with the answers.
    lengths = [max(len(str(cell or "")) for cell in cells) + 4 for cells in zip(*rows, strict=True)]
    made = form_columns(records.REVIEW_HEADERS, REVIEW_TEXTS, messages, _review_checks(messages), notes)
    columns = [
        column._replace(width=max(column.width, min(MOST_WIDTH, length)))
        for column, length in zip(made, lengths, strict=True)
    ]
    headers = records.REVIEW_HEADERS
    answered_by = say(headers[ANSWERED_BY])
    questions = (
        [say(headers[one["column"]]), *(say(one[name]) if name in one else None for name in QUESTION)]
        for one in REVIEW_TEXTS["questions"]
    )
    tables = [(map(say, REVIEW_TEXTS["table_header"]), questions)]
    write_form(path, REVIEW_TEXTS, messages, columns, rows, example, tables, answered_by=answered_by)


def _rows(pairs: Iterable[ReviewPair], messages: Messages) -> Iterator[dict[str, object]]:
    """Yield two rows per pair, without answers."""
    for pair in pairs:
        names = (pair.seeker_name or pair.seeker, pair.candidate_name or pair.candidate)
        for side, name in zip(SIDE_WORDS[messages.lang], names, strict=True):
            yield dict(zip(GIVEN, (pair.seeker, pair.candidate, *names, side, name), strict=True))


def _example_rows(messages: Messages) -> Iterator[dict[str, object]]:
    one, other = PROFILE_TEXTS["examples"][messages.lang]
    pair = ReviewPair(one[Profile.ID], other[Profile.ID], one[Profile.NAME], other[Profile.NAME])
    made_up = REVIEW_TEXTS["example"]
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


def _review_checks(messages: Messages) -> dict[str, Mapping[str, str]]:
    words = SIDE_WORDS[messages.lang]
    days = {"type": "date", "formula1": FIRST_DAY, "formula2": "TODAY()"}
    checks = (
        (ANSWERS, _choice(range(1, 6)), "wrong_answer"),
        ((Answer.DATE,), days, "wrong_date"),
        ((Answer.SIDE,), _choice(words), "wrong_side"),
    )
    return {
        column: _check(kind, REVIEW_TEXTS[name], messages, words=messages.listing(words))
        for columns, kind, name in checks
        for column in columns
    }
