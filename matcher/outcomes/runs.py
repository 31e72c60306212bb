"""Runs: what a batch was asked, and which candidates it showed to whom."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

import pandas as pd

from matcher.config import Config
from matcher.errors import OutcomeError
from matcher.outcomes.records import LONGEST_ID


@dataclass(frozen=True)
class Run:
    """What a run was asked.

    Attributes
    ----------
    id : str
        Names the run; at most 200 characters.
    date : date or None
        The date as of which profiles were matched; None where they name none.
    config : Config
        Settings, with the seed.
    ranker : str
        Which ranker it was, in words.
    k : int
        Length of a list.
    n_seekers : int
        Seekers, with those to whom nobody was shown.
    """

    id: str
    date: dt.date | None
    config: Config
    ranker: str
    k: int
    n_seekers: int

    def __post_init__(self) -> None:
        if not self.id.strip() or len(self.id) > LONGEST_ID or not self.id.isprintable():
            raise OutcomeError(
                f"run must be named with 1 to {LONGEST_ID} printable characters; got {len(self.id)}."
            )


def name_run(*parts: object) -> str:
    """Name a run by all that went into it: the same inputs give the same name, whatever the order of rows.

    Parameters
    ----------
    parts : DataFrame or anything with a stable text
        Inputs; of a table every row counts.
    """
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, pd.DataFrame):
            rows = pd.util.hash_pandas_object(part.astype(str), index=False)
            digest.update(rows.sort_values().to_numpy().tobytes())
        else:
            digest.update(str(part).encode("utf-8", "backslashreplace"))
        digest.update(b"\0")
    return f"run-{digest.hexdigest()[:16]}"
