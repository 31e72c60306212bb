"""A workbook of recommendations: the list, rejected rows, notes, and what each column means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from matcher.columns import Recommendation, Rejection
from matcher.documents.language import Voice
from matcher.documents.sheets import (
    ColumnFormat,
    add_bars,
    add_lines,
    add_sheet,
    check_ending,
    save_workbook,
)
from matcher.features import COMPONENT_NAMES, COMPONENTS, GATES
from matcher.tables.writing import notes_path, rejected_path

if TYPE_CHECKING:
    from openpyxl import Workbook


class Meaning(NamedTuple):
    """What a column holds, which values there can be, and what is good ("" where nothing is better)."""

    text: str
    range: str
    good: str = ""


TEXT: Final = "text"
FROM_0_TO_1: Final = "0 to 1"
OR_EMPTY: Final = "0 to 1; empty: unknown, because one side does not say it"
HIGH: Final = "high"
GOOD: Final = {1: HIGH, 0: "", -1: "low, best 0"}
"""By the direction of a component."""
REASONS: Final = "text; “ | ” stands between two of them"

RECOMMENDATION: Final[Mapping[str, Meaning]] = {
    Recommendation.SEEKER: Meaning("ID of the organisation or opportunity that looks for partners", TEXT),
    Recommendation.CANDIDATE: Meaning("ID of the organisation that is recommended to the seeker", TEXT),
    Recommendation.NAME: Meaning("name of the candidate", TEXT),
    Recommendation.RANK: Meaning("place in the seeker's list", "1, 2, 3, …", "1 is the best"),
    Recommendation.SCORE: Meaning(
        "what lists are ordered by: the mutual score, less something for candidates that many others want",
        FROM_0_TO_1,
        "high; compare it within one seeker's list only",
    ),
    Recommendation.MUTUAL: Meaning(
        "both gains in one number (their harmonic mean; their product where the gains are probabilities): "
        "low as soon as one side gains little",
        FROM_0_TO_1,
        HIGH,
    ),
    Recommendation.SEEKER_GAIN: Meaning(
        "what the seeker gains: the weighted mean of the components, lowered by a conflict. It is no "
        "probability, unless a trained ranker has calibrated it",
        FROM_0_TO_1,
        HIGH,
    ),
    Recommendation.CANDIDATE_GAIN: Meaning(
        "what the candidate gains: the same, seen from its side. It is no probability, unless a trained "
        "ranker has calibrated it",
        FROM_0_TO_1,
        "high, and not far from seeker_gain: otherwise the partnership is one-sided",
    ),
    **{
        component.name: Meaning(component.content, OR_EMPTY, GOOD[component.direction])
        for component in COMPONENTS
    },
    Recommendation.PRICE: Meaning(
        "how sought-after the candidate is: the mean mutual score of those that want it most",
        FROM_0_TO_1,
        "low: fewer others want the same partner",
    ),
    Recommendation.COMPLETENESS: Meaning(
        "how much of what counts is known of this pair, over both sides",
        FROM_0_TO_1,
        "high: the score rests on more; where it is low, complete the profiles first",
    ),
    Recommendation.REASONS_SEEKER: Meaning("why the partnership serves the seeker", REASONS),
    Recommendation.REASONS_CANDIDATE: Meaning("why the partnership serves the candidate", REASONS),
    Recommendation.CONCERNS: Meaning(
        "what to talk about before you agree", REASONS, "empty, or soon settled"
    ),
    Recommendation.UNKNOWNS: Meaning(
        "what one of the two sides does not say, so that it could not be judged", REASONS, "empty"
    ),
}
"""Columns of the recommendations."""

FINDING: Final[Mapping[str, Meaning]] = {
    "input": Meaning("which of the files", "profiles, seekers, history"),
    Rejection.LINE: Meaning(
        "line in that file",
        "whole number; the header's line: the whole table; empty: two organisations that look like one",
    ),
    Rejection.ID: Meaning("ID in that line", TEXT),
    Rejection.COLUMN: Meaning("column in which it was found", TEXT),
    Rejection.VALUE: Meaning("what is written there, shortened", TEXT),
    Rejection.REASON: Meaning("what is wrong with it, or worth a look", TEXT),
}
"""Columns of rejected rows and of notes."""

OTHER: Final = Meaning("a column of your own", "any")
"""Meaning of columns that are not known here."""

REMARKS: Final = (
    "Gains are weighted means of the components, and no probabilities. Only where a trained ranker with a "
    "calibration was used (--ranker) is a gain the probability that this side agrees.",
    "Components are seen from the seeker's side. Where one is unknown, the mean of all organisations stands "
    "in for it: never 0, and never full marks.",
    "The bars of score, mutual, seeker_gain and candidate_gain are drawn to one scale, from 0 to the largest "
    "of these numbers in the sheet; the bars of components go from 0 to 1.",
    "Rejected rows were not used: correct them in your file and run the matching again. What stands in the "
    "notes was used and is only worth a look.",
    "A text that a spreadsheet would run as a formula has an apostrophe in front.",
)
"""What holds for several columns; shown below the list of columns."""

TITLES: Final = ("recommendations", "rejected", "notes", "columns")
"""Names of the sheets, in their order."""

MOST_FINDINGS: Final = 100_000
"""Rejected rows and notes that a workbook shows; all of them are in the files beside it."""

HEADLINES: Final = (
    Recommendation.SCORE,
    Recommendation.MUTUAL,
    Recommendation.SEEKER_GAIN,
    Recommendation.CANDIDATE_GAIN,
)
SCORES: Final = (*HEADLINES, *COMPONENT_NAMES, Recommendation.PRICE, Recommendation.COMPLETENESS)
BLUE, GREEN, GREY, RED = "5B9BD5", "70AD47", "A6A6A6", "E06666"

WIDTHS: Final[Mapping[str, float]] = {
    Recommendation.SEEKER: 22.0,
    Recommendation.CANDIDATE: 22.0,
    Recommendation.NAME: 30.0,
    Recommendation.RANK: 8.0,
}
TEXTS: Final = (
    Recommendation.REASONS_SEEKER,
    Recommendation.REASONS_CANDIDATE,
    Recommendation.CONCERNS,
    Recommendation.UNKNOWNS,
)
FINDING_WIDTHS: Final = dict(zip(FINDING, (12.0, 10.0, 22.0, 22.0, 50.0, 80.0), strict=True))
MEANING_FORMATS: Final = tuple(ColumnFormat(width) for width in (18.0, 20.0, 70.0, 32.0, 40.0))


def write_recommendations(
    recommendations: pd.DataFrame,
    rejected: pd.DataFrame,
    notes: pd.DataFrame,
    path: str | os.PathLike[str],
    lang: str = "en",
) -> None:
    """Write recommendations as a workbook whose first sheet can be read back as a table.

    Parameters
    ----------
    recommendations : DataFrame
        As `Matcher.recommend` returns it; rows of one seeker stand together.
    rejected, notes : DataFrame
        The input, then the columns of `matcher.columns.Rejection`; may be empty. At most the first
        100,000 rows of each are shown.
    path : str or path
        Ends in .xlsx.
    lang : {"en", "id"}, default "en"
        Language of the sheets' names and of the sheet that explains the columns. The columns themselves
        keep their names.

    Raises
    ------
    OutputError
        If the path does not end in .xlsx or cannot be written, two columns share a name, or there are
        more recommendations than a sheet can hold. What stood there before is untouched then.
    ConfigError
        If the language has no catalogue.

    Notes
    -----
    Same tables, same bytes. Texts are safe to open, as `matcher.tables.writing` makes them. Rows are
    written one by one.
    """
    import openpyxl

    check_ending(path)
    voice = Voice(lang)
    book = openpyxl.Workbook(write_only=True)
    titles = [voice.say(title) for title in TITLES]
    _add_recommendations(book, titles[0], recommendations)
    for title, frame, file in (
        (titles[1], rejected, rejected_path(path).name),
        (titles[2], notes, notes_path(path).name),
    ):
        formats = [ColumnFormat(FINDING_WIDTHS.get(name, 14.0)) for name in frame.columns]
        add_sheet(book, title, _shown(frame, voice, file), formats, min(3, frame.shape[1]))
    add_sheet(book, titles[3], _meanings(recommendations, rejected, titles, voice), MEANING_FORMATS, 2)
    save_workbook(book, path)


def _add_recommendations(book: Workbook, title: str, frame: pd.DataFrame) -> None:
    sheet = add_sheet(book, title, frame, [_format(name) for name in frame.columns], min(3, frame.shape[1]))
    # One scale for score, mutual and gains, and another for components.
    top = _top(frame.reindex(columns=list(HEADLINES)))
    add_bars(sheet, frame, HEADLINES[:2], top, BLUE)
    add_bars(sheet, frame, HEADLINES[2:], top, GREEN)
    add_bars(sheet, frame, [name for name in COMPONENT_NAMES if name not in GATES], 1.0, GREY)
    add_bars(sheet, frame, GATES, 1.0, RED)
    add_lines(sheet, frame)


def _format(name: str) -> ColumnFormat:
    if name in TEXTS:
        return ColumnFormat(60.0)
    width = WIDTHS.get(name, len(name) + 5.0)  # the filter's button needs room beside the name
    return ColumnFormat(width, "0.00" if name in SCORES else "General")


def _top(frame: pd.DataFrame) -> float:
    """Return the largest number, in (0, 1]; 1 where there is none."""
    numbers = frame.to_numpy(dtype=float)
    known = numbers[np.isfinite(numbers) & (numbers > 0)]
    return min(1.0, float(known.max(initial=0.0))) or 1.0


def _shown(frame: pd.DataFrame, voice: Voice, file: str) -> pd.DataFrame:
    """Return the findings that are shown, and a last row that says where the others are."""
    if len(frame) <= MOST_FINDINGS:
        return frame
    more = voice.say("{number} more: see {file}", number=len(frame) - MOST_FINDINGS, file=file)
    last = pd.DataFrame([{frame.columns[-1]: more}], columns=frame.columns)
    return pd.concat([frame.iloc[:MOST_FINDINGS].astype(object), last.astype(object)], ignore_index=True)


def _meanings(
    recommendations: pd.DataFrame, findings: pd.DataFrame, titles: list[str], voice: Voice
) -> pd.DataFrame:
    """Return the sheet that explains every column, then what holds for several."""
    shared = voice.listing(titles[1:3])
    rows = [_meaning(titles[0], name, RECOMMENDATION, voice) for name in recommendations.columns]
    rows += [_meaning(shared, name, FINDING, voice) for name in findings.columns]
    rows += [("", "", voice.say(remark), "", "") for remark in REMARKS]
    header = [voice.say(name) for name in ("sheet", "column", "meaning", "range", "good is")]
    return pd.DataFrame(rows, columns=header)


def _meaning(
    title: str, column: str, known: Mapping[str, Meaning], voice: Voice
) -> tuple[str, str, str, str, str]:
    text, values, good = known.get(column, OTHER)
    return title, str(column), voice.say(text), voice.say(values), voice.say(good) if good else ""
