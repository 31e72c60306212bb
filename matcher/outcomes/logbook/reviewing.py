"""Reviews that are to be recorded, as a ledger takes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Final

import pandas as pd

from matcher.columns import ANSWERS, Answer
from matcher.outcomes.logbook.checking import Checked, none_if_nan
from matcher.outcomes.reviews import read_reviews

CHANGES: Final = "changes_wanted"


def check_reviews(
    source: str | Path | pd.DataFrame, today: dt.date, known: Collection[str] | None = None
) -> Checked:
    """Read and check reviews."""
    table = read_reviews(source, known=known, today=today)
    rows = [{str(name): value for name, value in row.items()} for row in table.kept.to_dict("records")]
    for row in rows:
        row[Answer.DATE] = row[Answer.DATE].date()
        row.update({str(name): none_if_nan(row[name]) for name in ANSWERS})
    return Checked(rows, table.rejected, table.n_rows, n_empty=table.n_empty)
