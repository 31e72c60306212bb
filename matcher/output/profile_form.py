"""A workbook in which people fill in profiles: the form, instructions, two examples."""

from __future__ import annotations

import os
from typing import Final

from matcher.columns import NUMBERS, Profile
from matcher.documents.language import Messages
from matcher.documents.sheets import (
    HEADER_FILL,
    FormColumn,
    check_new_workbook,
    write_form,
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
    check_new_workbook(path)
    messages = Messages(lang)
    say, examples = messages.say, TEXTS["examples"][lang]
    fields = [
        (messages.say_header(field["header"]), say(field["need"]), say(field["advice"]))
        for field in TEXTS["fields"]
    ]
    columns = [
        FormColumn(
            header,
            field["width"],
            f"{advice} ({need})",
            COLOURS.get(field["need"], MIDDLE),
            field.get("format", "General"),
            _check(Profile(field["column"]), messages),
        )
        for field, (header, need, advice) in zip(TEXTS["fields"], fields, strict=True)
    ]
    names = [field["column"] for field in TEXTS["fields"]]
    shown = [{**examples[0], "lead": TEXTS["lead_example"]}[name] for name in names]
    categories = zip(TEXTS["words"]["category"][lang], map(say, TEXTS["category_meanings"]), strict=True)
    tables = (
        (map(say, TEXTS["column_header"]), ((*field, one) for field, one in zip(fields, shown, strict=True))),
        (map(say, TEXTS["category_header"]), categories),
    )
    filled = [[example.get(name) for name in names] for example in examples]
    write_form(path, TEXTS, messages, columns, [], filled, tables, frozen=2, n_spare=LAST_ROW - 1)


def _check(column: Profile, messages: Messages) -> dict[str, str] | None:
    """Return a check by which the spreadsheet refuses what the reader would reject."""
    if column in CHOICES:
        words = TEXTS["words"][column][messages.lang]
        title, text = (messages.say(one, words=", ".join(words)) for one in TEXTS["wrong_choice"])
        return {"type": "list", "formula1": f'"{",".join(words)}"', "errorTitle": title, "error": text}
    if column in NUMBERS:
        title, text = (messages.say(one) for one in TEXTS["wrong_number"])
        least = {"type": "decimal", "formula1": "0", "operator": "greaterThanOrEqual"}
        return {**least, "errorTitle": title, "error": text}
    return None
