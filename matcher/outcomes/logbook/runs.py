"""Runs: what a batch was asked, and which candidates it showed to whom."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, insert, select

from matcher.columns import Recommendation
from matcher.config import Config
from matcher.errors import OutcomeError
from matcher.outcomes.logbook import schema
from matcher.outcomes.logbook.checking import none_if_nan
from matcher.outcomes.records import LONGEST_ID

FIGURES: Final = (
    Recommendation.SCORE,
    Recommendation.MUTUAL,
    Recommendation.SEEKER_GAIN,
    Recommendation.CANDIDATE_GAIN,
)
PROPENSITY: Final = "propensity"
CHUNK: Final = 50_000


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
        Settings, with the seed and the share of exploration.
    ranker : str
        Which ranker it was, in words.
    k : int
        Places of a list.
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


def add_run(connection: Connection, run: Run, shown: pd.DataFrame, moment: dt.datetime) -> bool:
    """Add a run and what it showed; False where it is there already.

    Raises
    ------
    OutcomeError
        If a run of this name is there and showed other lists.
    """
    rows = list(_rows(run, shown))
    if connection.scalar(select(schema.runs.c.id).where(schema.runs.c.id == run.id)) is not None:
        _check_same(connection, run, rows)
        return False
    connection.execute(insert(schema.runs), [_run_row(run, moment)])
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(schema.shown), rows[start : start + CHUNK])
    return True


def _run_row(run: Run, moment: dt.datetime) -> dict[str, Any]:
    return {
        "id": run.id,
        "date": run.date,
        "recorded_at": moment,
        "config": run.config.to_toml(),
        "ranker": run.ranker,
        "seed": run.config.seed,
        "k": run.k,
        "n_seekers": run.n_seekers,
        "exploration": 0.0,
    }


def _rows(run: Run, shown: pd.DataFrame) -> Iterable[dict[str, Any]]:
    """Yield what was shown; a list without propensities was sure to be what it is."""
    if PROPENSITY not in shown:
        shown = shown.assign(**{PROPENSITY: 1.0})
    names = (Recommendation.SEEKER, Recommendation.CANDIDATE, Recommendation.RANK, *FIGURES)
    for cells in zip(*(shown[name] for name in (*names, PROPENSITY)), strict=True):
        seeker, candidate, rank, *figures = cells
        numbers = dict(zip((*map(str, FIGURES), PROPENSITY), map(none_if_nan, figures), strict=True))
        yield {"run": run.id, "seeker": seeker, "candidate": candidate, "rank": int(rank), **numbers}


def _check_same(connection: Connection, run: Run, rows: list[dict[str, Any]]) -> None:
    there = connection.execute(
        select(schema.shown.c.seeker, schema.shown.c.rank, schema.shown.c.candidate).where(
            schema.shown.c.run == run.id
        )
    )
    if {tuple(row) for row in there} != {(row["seeker"], row["rank"], row["candidate"]) for row in rows}:
        raise OutcomeError(
            f"run must have a name of its own; {run.id!r} is there and showed other lists. Name another."
        )
