"""A sheet in which people grade pairs, without seeing scores; `matcher.outcomes.grades` reads it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from matcher.columns import Outcome, Profile
from matcher.documents.language import Messages, check_lang
from matcher.documents.sheets import HEADER_FILL, FormColumn, check_new_workbook, write_form
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes.grades import GRADE, GRADES, HEADERS
from matcher.outcomes.records import REASON
from matcher.output import profile_form

GIVEN_FILL: Final = "7F7F7F"
SHORT: Final = 280
"""Characters of a profile's mission or vision that are shown."""
MOST_RESOURCES: Final = 6
"""Needs or offers of a profile that are shown, the weightiest first."""
TEXTS: Final = bundled_toml(__package__, "grade_form.toml")

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]
"""Canonical profiles of the seeker and of the candidate."""


def check_form(path: str | os.PathLike[str], lang: str) -> None:
    """Raise the `OutputError` or `ConfigError` that `write_grade_form` would raise."""
    check_lang(lang)
    check_new_workbook(path)


def write_grade_form(pairs: Sequence[Pair], path: str | os.PathLike[str], lang: str = "en") -> None:
    """Write a workbook in which people grade pairs from 0 to 3.

    Parameters
    ----------
    pairs : sequence of (seeker, candidate)
        Canonical profiles, in the order in which they are shown.
    path : str or path
        A new file that ends in .xlsx.
    lang : {"en", "id"}, default "en"
        Language of headers and instructions. `read_grades` reads either.

    Raises
    ------
    OutcomeError
        If there are no pairs.
    OutputError
        If the path does not end in .xlsx, exists already, or cannot be written.

    Notes
    -----
    Equal pairs and language give equal bytes. Texts are never read as formulas.
    """
    check_form(path, lang)
    if not pairs:
        raise OutcomeError("pairs must hold at least one pair to be graded; got none. Name one.")
    messages = Messages(lang)
    made_up = profile_form.TEXTS["examples"][lang]
    example = _row((made_up[0], made_up[1]))
    example |= {GRADE: TEXTS["example"][GRADE], REASON: messages.say(TEXTS["example"][REASON])}
    rows, shown = (
        [[row.get(column) for column in HEADERS] for row in made] for made in (map(_row, pairs), [example])
    )
    meanings = [messages.say(text) for text in TEXTS["meanings"]]
    table = (map(messages.say, TEXTS["table_header"]), zip(GRADES, meanings, strict=True))
    columns = [*_columns(messages, meanings)]
    write_form(path, TEXTS, messages, columns, rows, shown, [table], frozen=1, n_spare=0, is_fitted=True)


def _columns(messages: Messages, meanings: Sequence[str]) -> Iterable[FormColumn]:
    title, text = map(messages.say, TEXTS["wrong_grade"])
    said = "\n".join(f"{grade}: {meaning}" for grade, meaning in zip(GRADES, meanings, strict=True))
    grades = ",".join(map(str, GRADES))
    check = {"type": "list", "formula1": f'"{grades}"', "errorTitle": title, "error": text}
    for name, header in HEADERS.items():
        is_grade = name == GRADE
        yield FormColumn(
            messages.say(header),
            TEXTS["column_widths"][name],
            said if is_grade else "",
            HEADER_FILL if name in (GRADE, REASON) else GIVEN_FILL,
            "General" if is_grade else "@",
            check if is_grade else None,
        )


def _row(pair: Pair) -> dict[str, object]:
    return {**_half(pair[0], "seeker"), **_half(pair[1], "candidate")}


def _half(profile: Mapping[str, Any], side: str) -> dict[str, object]:
    """Return the cells of one organisation."""
    place = ", ".join(filter(None, (profile.get(Profile.REGION), profile.get(Profile.COUNTRY))))
    about = profile.get(Profile.MISSION) or profile.get(Profile.VISION) or ""
    short = about if len(about) <= SHORT else about[:SHORT].rsplit(" ", 1)[0] + " …"
    return {
        {"seeker": Outcome.SEEKER, "candidate": Outcome.CANDIDATE}[side]: profile[Profile.ID],
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
