"""Runs: the inputs of a batch, and the candidates that it showed."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

import pandas as pd
import sqlalchemy as sa

from matcher.config import Config
from matcher.errors import OutcomeError
from matcher.outcomes import database
from matcher.outcomes.database import Transaction, rows_of
from matcher.outcomes.records import LONGEST_ID


@dataclass(frozen=True)
class Run:
    """Inputs of a run.

    Attributes
    ----------
    id : str
        At most 200 characters.
    date : date or None
        As of which profiles were matched; None where they have no date.
    config : Config
        Settings, with the seed.
    ranker : str
        Description of the ranker.
    k : int
        Length of a list.
    n_seekers : int
        Number of seekers, including those with an empty list.
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
    """Return an id of a run: a digest of its inputs, independent of the order of rows.

    Parameters
    ----------
    parts : DataFrame or anything with a stable text
        Inputs.
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
    """Add a run and its lists, and return whether it is new; `OutcomeError` if its id has other lists."""
    table = database.shown
    lists = shown[[column.name for column in table.c if column.name != "run"]]
    rows = rows_of(lists.assign(run=run.id))
    if log.rows(sa.select(database.runs.c.id).where(database.runs.c.id == run.id)):
        names = ("seeker", "rank", "candidate")
        stored = log.rows(sa.select(*(table.c[name] for name in names)).where(table.c.run == run.id))
        if {tuple(row.values()) for row in stored} != {tuple(row[name] for name in names) for row in rows}:
            raise OutcomeError(
                f"run must have a name of its own; {run.id!r} is there and showed other lists. Name another."
            )
        return False
    cells = {name: getattr(run, name) for name in ("id", "date", "ranker", "k", "n_seekers")}
    config = {"config": run.config.to_toml(), "seed": run.config.seed}
    log.add(database.runs, [{**cells, **config, "recorded_at": now}])
    log.add(table, rows)
    return True
