"""`OutcomeLog`: append-only store of outcomes, reviews, runs and adjustments."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from matcher.config import Config
from matcher.errors import OutcomeError
from matcher.outcomes import database
from matcher.outcomes.database import Cells, Database, address_of, frame_of, name_of
from matcher.outcomes.journal import ENTRIES, REVIEWS, Journal, Recorded, only_row
from matcher.outcomes.reading import OutcomeTable, Source
from matcher.outcomes.reviews import ReviewTable
from matcher.outcomes.runs import Run, add_run
from matcher.outcomes.vocabulary import REASON
from matcher.tables.findings import Findings
from matcher.tables.values import clean_text, parse_date
from matcher.tables.writing import write_table

Weights = dict[str, float] | None


class OutcomeLog:
    """Append-only store of outcomes, reviews, runs and adjustments.

    Parameters
    ----------
    place : path or str
        A `.db`, `.sqlite` or `.sqlite3` file, created on first write, or `postgresql://user@host/database`.
    wait : float, default 30
        Seconds to wait for another writer.

    Raises
    ------
    OutcomeError
        If the place cannot hold a log; in any method also if it holds something else or a log of a
        later version, or a value cannot be recorded. `OutputError` if it is locked or cannot be written.

    Notes
    -----
    Writers take turns; a method returns after its rows are on disk. Methods that record take
    `recorded_at`, a datetime with a time zone (default: now), stored in UTC; and `known`, a collection of
    the ids that may appear (default: any).

    Examples
    --------
    >>> import tempfile
    >>> log = OutcomeLog(tempfile.mkdtemp() + "/log.db")
    >>> log.record("omah-sareh", "lkp-bina", "met", "2024-11-02", seeker_rating=4).stored
    (1,)
    >>> log.correct(1, stage="agreed")
    2
    >>> log.entries()[["seeker", "candidate", "stage"]].values.tolist()
    [['omah-sareh', 'lkp-bina', 'agreed']]
    """

    def __init__(self, place: str | os.PathLike[str], *, wait: float = 30.0) -> None:
        self._database = Database(address_of(place), wait)

    def __repr__(self) -> str:
        """Return the place, without its password."""
        return f"OutcomeLog({name_of(self._database.url)!r})"

    def prepare(self) -> None:
        """Create the log if there is none, and check that it can be written."""
        with self._database.writing():
            pass

    def record(
        self,
        seeker: str,
        candidate: str,
        stage: str,
        date: str | dt.date,
        *,
        seeker_rating: float | None = None,
        candidate_rating: float | None = None,
        reason: str = "",
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
    ) -> Recorded:
        """Record an outcome of a pair.

        Parameters
        ----------
        seeker, candidate : str
            Ids of two organisations, of at most 200 characters.
        stage : str
            One of `matcher.columns.STAGES`, or its Indonesian word.
        date : str or date
            Not in the future.
        seeker_rating, candidate_rating : float, optional
            Satisfaction of each side, from 1 to 5.
        reason : str, default ""

        Returns
        -------
        recorded : Recorded
            The new id, or the id of the valid entry of the same event.
        """
        cells = (seeker, candidate, stage, date, seeker_rating, candidate_rating, reason)
        record = pd.DataFrame([dict(zip(ENTRIES.columns, cells, strict=True))], dtype=object)
        now, today = _time(recorded_at)
        table = ENTRIES.read(record, today, known)
        only_row(table)
        return self._add(ENTRIES, table, now)

    def record_many(
        self,
        source: Source | OutcomeTable,
        *,
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
    ) -> Recorded:
        """Record many outcomes in one transaction.

        Parameters
        ----------
        source : path, DataFrame or OutcomeTable
            As for `read_outcomes`. A group row becomes a row for each two of its members at stage
            "agreed"; its texts and further columns are not stored.
        """
        now, today = _time(recorded_at)
        return self._add(ENTRIES, ENTRIES.read(source, today, known), now)

    def correct(
        self,
        id_: int,
        *,
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
        **changes: Any,
    ) -> int:
        """Add a corrected version of a valid entry, and return its id.

        Parameters
        ----------
        id_ : int
            A valid entry: neither corrected nor withdrawn.
        changes : values of `seeker`, `candidate`, `stage`, `date`, the ratings or `reason`
            None empties a rating.

        Raises
        ------
        OutcomeError
            If the entry is not valid, nothing changes, a value cannot be recorded, or another valid entry
            has the same event.
        """
        return self._correct(ENTRIES, id_, changes, known, recorded_at)

    def withdraw(self, id_: int, reason: str, *, recorded_at: dt.datetime | None = None) -> int:
        """Add a row that withdraws a valid entry, and return its id."""
        text = _reason(reason)
        if not text:
            raise OutcomeError("reason must be given to withdraw an entry; got none.")
        return self._withdraw(ENTRIES, id_, {REASON: text}, recorded_at)

    def entries(self, *, with_history: bool = False) -> pd.DataFrame:
        """Return the valid outcomes, in the order in which they were recorded.

        Parameters
        ----------
        with_history : bool, default False
            Whether to include corrected and withdrawn rows, and the columns `corrects` and `is_void`.

        Returns
        -------
        entries : DataFrame
            The columns of `Outcome`, then id, reason, recorded_at (UTC).
        """
        *columns, reason = ENTRIES.columns
        return self._frame(ENTRIES, (*columns, "id", reason), with_history)

    def export(self, path: str | Path) -> None:
        """Write the valid outcomes: .csv .tsv .xlsx .parquet .jsonl[.gz]; `record_many` reads them."""
        write_table(self.entries(), path)

    def record_reviews(
        self,
        source: Source,
        *,
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
    ) -> Recorded:
        """Record the rows of a source that `read_reviews` keeps."""
        now, today = _time(recorded_at)
        return self._add(REVIEWS, REVIEWS.read(source, today, known), now)

    def correct_review(self, id_: int, *, recorded_at: dt.datetime | None = None, **changes: Any) -> int:
        """Replace a review; as `correct`."""
        return self._correct(REVIEWS, id_, changes, None, recorded_at)

    def withdraw_review(self, id_: int, *, recorded_at: dt.datetime | None = None) -> int:
        """Add a row that withdraws a review; as `withdraw`."""
        return self._withdraw(REVIEWS, id_, {}, recorded_at)

    def reviews(self, *, with_history: bool = False) -> pd.DataFrame:
        """Return the reviews, in the order in which they were recorded; see `entries`."""
        return self._frame(REVIEWS, (*REVIEWS.columns, "id"), with_history)

    def record_run(self, run: Run, shown: pd.DataFrame, *, recorded_at: dt.datetime | None = None) -> bool:
        """Record a run and the lists that it showed.

        Parameters
        ----------
        run : Run
        shown : DataFrame
            As `Matcher.recommend` returns it.

        Returns
        -------
        is_new : bool
            False where the same run is stored already.

        Raises
        ------
        OutcomeError
            If a run of this id showed other lists.
        """
        now, _ = _time(recorded_at)
        with self._database.writing() as log:
            return add_run(log, run, shown, now)

    def runs(self) -> pd.DataFrame:
        """Return the runs, in the order in which they were recorded."""
        table = database.runs
        return self._select(sa.select(table).order_by(table.c.recorded_at, table.c.id), table)

    def shown(self, run: str | None = None) -> pd.DataFrame:
        """Return the lists of one run or of all, sorted by run, seeker and rank."""
        table = database.shown
        query = sa.select(table).order_by(table.c.run, table.c.seeker, table.c.rank)
        return self._select(query if run is None else query.where(table.c.run == run), table)

    def record_adjustment(
        self,
        weights: Mapping[str, float],
        date: str | dt.date,
        reason: str,
        *,
        recorded_at: dt.datetime | None = None,
    ) -> int:
        """Put weights in force, and return the id of the adjustment.

        Raises
        ------
        ConfigError
            If a weight is unknown or out of range.
        OutcomeError
            If the date cannot be read.
        """
        checked = Config.from_dict({"weights": dict(weights)}).weights.as_dict()
        return self._adjust(
            date,
            reason,
            recorded_at,
            lambda rows: (checked, rows[-1]["weights"] if rows else None, "accepted"),
        )

    def roll_back(self, date: str | dt.date, reason: str, *, recorded_at: dt.datetime | None = None) -> int:
        """Put the weights back that the last adjustment replaced, and return the id of the row.

        Raises
        ------
        OutcomeError
            If there is nothing to roll back.
        """
        return self._adjust(date, reason, recorded_at, _rolled_back)

    def adjustments(self) -> pd.DataFrame:
        """Return the adjustments; `weights` and `before` are dicts or, for those of the settings, None."""
        table = database.adjustments
        return self._select(sa.select(table).order_by(table.c.id), table)

    def weights_in_force(self) -> dict[str, float] | None:
        """Return the weights of the last adjustment; None where those of the settings are in force."""
        weights = self.adjustments()["weights"]
        return weights.iloc[-1] if len(weights) else None

    def _adjust(
        self,
        date: str | dt.date,
        reason: str,
        recorded_at: dt.datetime | None,
        change: Callable[[list[Cells]], tuple[Weights, Weights, str]],
    ) -> int:
        """Add an adjustment: `change` returns new weights, former weights and action, given earlier rows."""
        try:
            day = parse_date(str(date))
        except ValueError as err:
            raise OutcomeError(f"date {err}.") from err
        cells = {"date": day, "reason": _reason(reason), "recorded_at": _time(recorded_at)[0]}
        table = database.adjustments
        with self._database.writing() as log:
            weights, before, action = change(log.rows(sa.select(table).order_by(table.c.id)))
            id_ = log.next_id(table)
            log.add(table, [{**cells, "id": id_, "weights": weights, "before": before, "action": action}])
        return id_

    def _add(self, journal: Journal, table: OutcomeTable | ReviewTable, now: dt.datetime) -> Recorded:
        with self._database.writing() as log:
            return journal.record(log, table, now)

    def _correct(
        self,
        journal: Journal,
        id_: int,
        changes: Mapping[str, Any],
        known: Collection[str] | None,
        recorded_at: dt.datetime | None,
    ) -> int:
        unknown = sorted(set(changes) - set(journal.columns))
        if unknown or not changes:
            raise OutcomeError(
                f"changes must name some of {', '.join(journal.columns)}; got {', '.join(unknown) or 'none'}."
            )
        now, today = _time(recorded_at)
        with self._database.writing() as log:
            old = journal.row(log, id_)
            cells = {name: old[name] for name in journal.columns} | dict(changes)
            record = pd.DataFrame([cells], dtype=object)
            return journal.replace(log, old, only_row(journal.read(record, today, known)), now)

    def _withdraw(
        self, journal: Journal, id_: int, changes: Mapping[str, str], recorded_at: dt.datetime | None
    ) -> int:
        now, _ = _time(recorded_at)
        with self._database.writing() as log:
            old = journal.row(log, id_)
            return journal.supersede(log, old, {**old, **changes}, now, is_void=True)

    def _frame(self, journal: Journal, columns: tuple[str, ...], with_history: bool) -> pd.DataFrame:
        with self._database.reading() as log:
            rows = journal.rows(log, with_history=with_history)
        names = (*columns, "recorded_at", *(("corrects", "is_void") if with_history else ()))
        return frame_of(rows, [journal.table.c[name] for name in names])

    def _select(self, query: sa.Select[Any], table: sa.Table) -> pd.DataFrame:
        with self._database.reading() as log:
            return frame_of(log.rows(query), table.c)


def _time(recorded_at: dt.datetime | None) -> tuple[dt.datetime, dt.date]:
    """Return the given or present time in UTC, and its day in its own time zone."""
    now = dt.datetime.now().astimezone() if recorded_at is None else recorded_at
    if not isinstance(now, dt.datetime) or now.tzinfo is None:
        raise OutcomeError(
            f"recorded_at must be a datetime with a time zone; got {recorded_at}. Use datetime.now(UTC)."
        )
    return now.astimezone(dt.UTC), now.date()


def _reason(reason: str) -> str:
    text = clean_text(reason, Findings())
    if text is None:
        raise OutcomeError("reason must be printable text of at most 50,000 characters. Shorten or clean it.")
    return text


def _rolled_back(rows: list[Cells]) -> tuple[Weights, Weights, str]:
    accepted: list[Cells] = []
    for row in rows:
        if row["action"] == "accepted":
            accepted.append(row)
        else:
            accepted.pop()
    if not accepted:
        raise OutcomeError("there must be an adjustment to roll back; all are, or none was accepted.")
    return accepted[-1]["before"], accepted[-1]["weights"], "rolled_back"
