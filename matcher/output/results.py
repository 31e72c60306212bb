"""A workbook of recommendations: the list, rejected rows, notes, and what each column means."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from openpyxl import Workbook

from matcher.columns import BANDS, REMARKS, Recommendation
from matcher.documents.language import Messages
from matcher.documents.sheets import SheetColumn, add_bars, add_lines, add_sheet
from matcher.features import COMPONENT_NAMES, COMPONENTS, GATES
from matcher.files import bundled_toml, ending_of, replacing, save_fixed
from matcher.tables.writing import notes_path, rejected_path

MEANINGS: Final = bundled_toml(__package__, "results.toml")
RECOMMENDATION: Final[Mapping[str, Mapping[str, Any]]] = {
    **MEANINGS["recommendation"],
    **{one.name: {**MEANINGS["component"][str(one.direction)], "text": one.content} for one in COMPONENTS},
}
"""Text, range, good values (where some are better) and width of the columns of recommendations."""
MOST_FINDINGS: Final = 100_000  # rejected rows and notes that are shown; all are in the files beside it
HEADLINES: Final = ("score", "mutual", "seeker_gain", "candidate_gain")
SCORES: Final = frozenset(name for name, one in RECOMMENDATION.items() if one["range"].startswith("0 to 1"))
SMALL_TOO: Final = "[<0.001]0.000000;[<0.1]0.0000;0.00"  # format of what may be small, as chances mostly are
BLUE, GREEN, GREY, RED = "5B9BD5", "70AD47", "A6A6A6", "E06666"


def write_recommendations(
    recommendations: pd.DataFrame,
    rejected: pd.DataFrame,
    notes: pd.DataFrame,
    path: str | os.PathLike[str],
    lang: str = "en",
) -> None:
    """Write recommendations as a workbook whose first sheet can be read back as a table.

    Same tables, same bytes. Texts are safe to open, as `matcher.tables.writing` makes them. Rows of one
    seeker are adjacent; at most `MOST_FINDINGS` rejected rows, and notes, are shown. `OutputError` if the
    path does not end in .xlsx or cannot be written, two columns share a name, or there are more rows than a
    sheet can hold; what stood there before is untouched then.
    """
    ending_of(path, (".xlsx",))
    messages = Messages(lang)
    book = Workbook(write_only=True)
    titles = [messages.say(title) for title in MEANINGS["sheets"]]
    _add_recommendations(book, titles[0], recommendations, messages)
    files = rejected_path(path).name, notes_path(path).name
    for title, frame, file in zip(titles[1:], (rejected, notes), files, strict=False):
        widths = [MEANINGS["finding"].get(name, {}).get("width", 14.0) for name in frame.columns]
        shown = frame
        if len(frame) > MOST_FINDINGS:
            more = messages.say("{number} more: see {file}", number=len(frame) - MOST_FINDINGS, file=file)
            shown = frame.head(MOST_FINDINGS + 1).astype(object)
            shown.iloc[-1] = [*[None] * (frame.shape[1] - 1), more]
        headers = [messages.say_header(name, "column") for name in frame.columns]
        columns = [*map(SheetColumn, headers, widths)]
        add_sheet(book, title, shown, columns, min(3, frame.shape[1]))
    shared = messages.listing(titles[1:3])
    rows = [
        *_meanings(titles[0], recommendations, RECOMMENDATION, messages),
        *_meanings(shared, rejected, MEANINGS["finding"], messages),
        *(("", "", messages.say(remark), "", "") for remark in MEANINGS["remarks"]),
    ]
    header = [messages.say(name) for name in ("sheet", "column", "meaning", "range", "good is")]
    columns = [*map(SheetColumn, header, MEANINGS["widths"])]
    add_sheet(book, titles[3], pd.DataFrame(rows, columns=header), columns, 2)
    with replacing(path) as handle:
        save_fixed(book, handle)


def _add_recommendations(book: Workbook, title: str, frame: pd.DataFrame, messages: Messages) -> None:
    columns = [_column(name, messages.say_header(name, "column")) for name in frame.columns]
    if Recommendation.BAND in frame:
        bands = {name: messages.say(name) for name in BANDS}
        frame = frame.replace({str(Recommendation.BAND): bands})
    sheet = add_sheet(book, title, frame, columns, min(4, frame.shape[1]), REMARKS[-1])
    # One scale for score, mutual and gains, and another for components.
    numbers = frame.reindex(columns=list(HEADLINES)).to_numpy(dtype=float)
    top = min(1.0, float(np.nanmax(numbers, initial=0.0))) or 1.0
    add_bars(sheet, frame, HEADLINES[:2], top, BLUE)
    add_bars(sheet, frame, HEADLINES[2:], top, GREEN)
    add_bars(sheet, frame, [name for name in COMPONENT_NAMES if name not in GATES], 1.0, GREY)
    add_bars(sheet, frame, GATES, 1.0, RED)
    add_lines(sheet, frame)


def _column(name: str, label: str) -> SheetColumn:
    # The filter's button needs room beside each word of the header.
    width = max(RECOMMENDATION.get(name, {}).get("width", 0.0), max(map(len, label.split() or [""])) + 5.0)
    digits = SMALL_TOO if name in (*HEADLINES, Recommendation.PRICE) else "0.00"
    return SheetColumn(label, width, digits if name in SCORES else "General")


def _meanings(
    title: str, frame: pd.DataFrame, known: Mapping[str, Mapping[str, Any]], messages: Messages
) -> Iterator[tuple[str, ...]]:
    for name in frame.columns:
        meaning = {"good": "", **known.get(name, MEANINGS["other"])}
        texts = (meaning[part] for part in ("text", "range", "good"))
        header = messages.say_header(str(name), "column")
        yield title, header, *(messages.say(text) if text else "" for text in texts)
