"""Runs: what a batch was asked, and which candidates it showed to whom."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Final

import pandas as pd
import sqlalchemy as sa

from matcher.config import Config
from matcher.errors import OutcomeError
from matcher.outcomes import database
from matcher.outcomes.database import Cells, Transaction
from matcher.outcomes.records import LONGEST_ID

CHUNK: Final = 50_000
"""Rows that are added by one statement."""


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


def add_run(log: Transaction, run: Run, shown: pd.DataFrame, now: dt.datetime) -> bool:
    """Add a run and what it showed; False where it is there already.

    Raises
    ------
    OutcomeError
        If a run of this name is there and showed other lists.
    """
    rows = _shown_rows(run, shown)
    if log.rows(sa.select(database.runs.c.id).where(database.runs.c.id == run.id)):
        _check_same(log, run, rows)
        return False
    cells = {name: getattr(run, name) for name in ("id", "date", "ranker", "k", "n_seekers")}
    config = {"config": run.config.to_toml(), "seed": run.config.seed}
    log.add(database.runs, [{**cells, **config, "recorded_at": now}])
    for start in range(0, len(rows), CHUNK):
        log.add(database.shown, rows[start : start + CHUNK])
    return True


def _shown_rows(run: Run, shown: pd.DataFrame) -> list[Cells]:
    names = [column.name for column in database.shown.c if column.name != "run"]
    frame = shown[names].astype(object)
    rows = frame.where(frame.notna(), None).itertuples(index=False, name=None)
    return [{"run": run.id, **dict(zip(names, row, strict=True))} for row in rows]


def _check_same(log: Transaction, run: Run, rows: list[Cells]) -> None:
    """Raise unless a run that is there showed the same lists."""
    names = ("seeker", "rank", "candidate")
    table = database.shown
    there = log.rows(sa.select(*(table.c[name] for name in names)).where(table.c.run == run.id))
    if {tuple(row.values()) for row in there} != {tuple(row[name] for name in names) for row in rows}:
        raise OutcomeError(
            f"run must have a name of its own; {run.id!r} is there and showed other lists. Name another."
        )
