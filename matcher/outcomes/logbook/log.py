"""`OutcomeLog`: one place in which what became of matches is kept for good."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

import pandas as pd
from sqlalchemy import select

from matcher.errors import OutcomeError
from matcher.outcomes import OutcomeTable
from matcher.outcomes.database import address_of
from matcher.outcomes.logbook import adjustments, schema
from matcher.outcomes.logbook.checking import Checked, check_entries, only_row
from matcher.outcomes.logbook.frames import frame_of
from matcher.outcomes.logbook.ledger import ENTRIES, REVIEWS, Cells, Ledger
from matcher.outcomes.logbook.looking import notes_of
from matcher.outcomes.logbook.moments import moment_of
from matcher.outcomes.logbook.recorded import Recorded, notes_frame
from matcher.outcomes.logbook.reviewing import CHANGES, check_reviews
from matcher.outcomes.logbook.runs import Run, add_run
from matcher.outcomes.logbook.store import Store
from matcher.outcomes.logbook.troubles import name_of
from matcher.outcomes.vocabulary import REASON
from matcher.tables.writing import write_table

ENTRY_COLUMNS: Final = (*schema.EVENT, *schema.RATINGS, "id", REASON, "recorded_at")
REVIEW_COLUMNS: Final = (*schema.REVIEW, *schema.SCORES, CHANGES, "id", "recorded_at")
HISTORY_COLUMNS: Final = ("corrects", "is_void")

Check = Callable[..., Checked]


class OutcomeLog:
    """Keeps outcomes, reviews, runs and adjustments. Rows are added, never changed or removed.

    Parameters
    ----------
    place : path or str
        A `.db`, `.sqlite` or `.sqlite3` file, made on first write, or `postgresql://user@host/database`.
    wait : float, default 30
        Seconds to wait for another writer.

    Raises
    ------
    OutcomeError
        If the place cannot hold a log. Every method raises it too where the place holds something else
        or a log of a later version, and `OutputError` where it is locked or cannot be written.

    Notes
    -----
    Writers come one after another; what a method has returned is on the disk. Moments are UTC.

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
        self._store = Store(address_of(place), wait)

    def __repr__(self) -> str:
        """Show the place, without its password."""
        return f"OutcomeLog({name_of(self._store.url)!r})"

    def prepare(self) -> None:
        """Make the log if there is none, and check that it can be written: before long work."""
        with self._store.writing():
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
        """Record what became of a pair.

        Parameters
        ----------
        seeker, candidate : str
            Ids of two organisations, of at most 200 characters.
        stage : str
            One of `matcher.columns.STAGES`, or its Indonesian word.
        date : str or date
            Not in the future.
        seeker_rating, candidate_rating : float, optional
            How each side was satisfied, from 1 to 5.
        reason : str, optional
            Why, in a few words.
        known : collection of str, optional
            Ids that may appear; any when left out.
        recorded_at : datetime, optional
            With a time zone; the present moment when left out.

        Returns
        -------
        recorded : Recorded
            The new id, or the id of the entry that tells the same event already.

        Raises
        ------
        OutcomeError
            If a value cannot be recorded.
        """
        record = {
            **dict(zip(schema.EVENT, (seeker, candidate, stage, date), strict=True)),
            **dict(zip(schema.RATINGS, (seeker_rating, candidate_rating), strict=True)),
            REASON: reason,
        }
        moment = moment_of(recorded_at)
        checked = check_entries(pd.DataFrame([record], dtype=object), moment.date(), known)
        only_row(checked)
        return self._add(ENTRIES, checked, moment)

    def record_many(
        self,
        source: str | Path | pd.DataFrame | OutcomeTable,
        *,
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
    ) -> Recorded:
        """Record many outcomes: all that can be recorded, or none where the log refuses.

        Parameters
        ----------
        source : path, DataFrame or OutcomeTable
            As `read_outcomes` takes it, with an optional column `reason`. A group row becomes a row for
            each two of its members at stage "agreed"; its texts and further columns are not kept.
        known, recorded_at : as for `record`

        Returns
        -------
        recorded : Recorded

        Raises
        ------
        OutcomeError
            If the source cannot be read.
        """
        moment = moment_of(recorded_at)
        return self._add(ENTRIES, check_entries(source, moment.date(), known), moment)

    def import_file(
        self,
        path: str | Path,
        *,
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
    ) -> Recorded:
        """Record what a file holds; as `record_many`."""
        return self.record_many(path, known=known, recorded_at=recorded_at)

    def correct(
        self,
        id_: int,
        *,
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
        **changes: Any,
    ) -> int:
        """Replace an entry by one that tells it rightly; both are kept, the new one holds.

        Parameters
        ----------
        id_ : int
            An entry that holds.
        changes : values of `seeker`, `candidate`, `stage`, `date`, the ratings or `reason`
            None empties a rating.
        known, recorded_at : as for `record`

        Returns
        -------
        id : int
            Of the new entry.

        Raises
        ------
        OutcomeError
            If the entry does not hold, a change is none or cannot be recorded, or the event would then be
            told by two entries.
        """
        check = partial(check_entries, known=known)
        return self._correct(ENTRIES, check, id_, changes, moment_of(recorded_at))

    def withdraw(self, id_: int, reason: str, *, recorded_at: dt.datetime | None = None) -> int:
        """Say that an entry holds no longer; the same event may be recorded again.

        Returns
        -------
        id : int
            Of the row that says so.

        Raises
        ------
        OutcomeError
            If the entry does not hold or no reason is given.
        """
        moment = moment_of(recorded_at)
        told = adjustments.told_of(moment.date(), reason, moment)[REASON]
        if not told:
            raise OutcomeError("reason must be given to withdraw an entry; got none.")
        with self._store.writing() as connection:
            old = ENTRIES.row(connection, id_)
            return ENTRIES.withdraw(connection, old, {REASON: told}, moment)

    def entries(self, *, with_history: bool = False) -> pd.DataFrame:
        """Return the outcomes, in the order in which they were recorded.

        Parameters
        ----------
        with_history : bool, default False
            Whether to return every row ever recorded, with `corrects` and `is_void`.

        Returns
        -------
        entries : DataFrame
            The columns of `Outcome`, then id, reason, recorded_at (UTC).
        """
        return self._ledger_frame(ENTRIES, ENTRY_COLUMNS, with_history=with_history)

    def export(self, path: str | Path) -> None:
        """Write the outcomes that hold: .csv .tsv .xlsx .parquet .jsonl[.gz]; `import_file` reads them.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        write_table(self.entries(), path)

    def record_reviews(
        self,
        source: str | Path | pd.DataFrame,
        *,
        known: Collection[str] | None = None,
        recorded_at: dt.datetime | None = None,
    ) -> Recorded:
        """Record how sides see their partnerships.

        Parameters
        ----------
        source : path or DataFrame
            Columns seeker, candidate, side, date, and scores from 1 to 5: goals_reached, communication,
            trust, benefit, indicators_on_track; and changes_wanted. What `read_reviews` reads.
        known, recorded_at : as for `record`
        """
        moment = moment_of(recorded_at)
        return self._add(REVIEWS, check_reviews(source, moment.date(), known), moment)

    def correct_review(self, id_: int, *, recorded_at: dt.datetime | None = None, **changes: Any) -> int:
        """Replace a review; as `correct`."""
        return self._correct(REVIEWS, check_reviews, id_, changes, moment_of(recorded_at))

    def withdraw_review(self, id_: int, *, recorded_at: dt.datetime | None = None) -> int:
        """Say that a review holds no longer; as `withdraw`."""
        with self._store.writing() as connection:
            old = REVIEWS.row(connection, id_)
            return REVIEWS.withdraw(connection, old, {}, moment_of(recorded_at))

    def reviews(self, *, with_history: bool = False) -> pd.DataFrame:
        """Return the reviews, in the order in which they were recorded; see `entries`."""
        return self._ledger_frame(REVIEWS, REVIEW_COLUMNS, with_history=with_history)

    def record_run(self, run: Run, shown: pd.DataFrame, *, recorded_at: dt.datetime | None = None) -> bool:
        """Record a run and what it showed to whom.

        Parameters
        ----------
        run : Run
        shown : DataFrame
            As `Matcher.recommend` returns it. Where it has no column `propensity`, each row was sure to
            be shown: 1.

        Returns
        -------
        is_new : bool
            False where the same run is there already.

        Raises
        ------
        OutcomeError
            If a run of this name is there and showed other lists.
        """
        with self._store.writing() as connection:
            return add_run(connection, run, shown, moment_of(recorded_at))

    def runs(self) -> pd.DataFrame:
        """Return the runs, in the order in which they were recorded."""
        table = schema.runs
        query = select(table).order_by(table.c.recorded_at, table.c.id)
        return frame_of(self._rows(query), table, table.c.keys())

    def shown(self, run: str | None = None) -> pd.DataFrame:
        """Return what was shown, of one run or of all: by run, seeker and rank."""
        table = schema.shown
        query = select(table).order_by(table.c.run, table.c.seeker, table.c.rank)
        rows = self._rows(query if run is None else query.where(table.c.run == run))
        return frame_of(rows, table, table.c.keys())

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
            If the date is none.
        """
        told = adjustments.told_of(date, reason, moment_of(recorded_at))
        with self._store.writing() as connection:
            return adjustments.accept(connection, weights, told)

    def roll_back(self, date: str | dt.date, reason: str, *, recorded_at: dt.datetime | None = None) -> int:
        """Put the weights back that the last adjustment replaced, and return the id of the row.

        Raises
        ------
        OutcomeError
            If there is nothing to roll back.
        """
        told = adjustments.told_of(date, reason, moment_of(recorded_at))
        with self._store.writing() as connection:
            return adjustments.roll_back(connection, told)

    def adjustments(self) -> pd.DataFrame:
        """Return the adjustments, in order; `weights` and `before` are dicts, None for the settings' own."""
        with self._store.reading() as connection:
            rows = adjustments.rows_of(connection)
        return frame_of(rows, schema.adjustments, schema.adjustments.c.keys())

    def weights_in_force(self) -> dict[str, float] | None:
        """Return the weights of the last adjustment; None where the settings' own are in force."""
        with self._store.reading() as connection:
            return adjustments.in_force(connection)

    def _add(self, ledger: Ledger, checked: Checked, moment: dt.datetime) -> Recorded:
        with self._store.writing() as connection:
            results = ledger.add(connection, checked.rows, moment)
            notes = notes_of(connection, ledger, checked, results)
        holders = [result for result in results if not isinstance(result, int)]
        return Recorded(
            stored=tuple(result for result in results if isinstance(result, int)),
            already=tuple(int(row["id"]) for row in holders),
            rejected=checked.rejected,
            notes=notes_frame(notes),
            n_rows=checked.n_rows,
            n_empty=checked.n_empty,
        )

    def _correct(
        self, ledger: Ledger, check: Check, id_: int, changes: Mapping[str, Any], moment: dt.datetime
    ) -> int:
        names = (*ledger.event, *ledger.details)
        unknown = sorted(set(changes) - set(names))
        if unknown or not changes:
            raise OutcomeError(
                f"changes must name some of {', '.join(names)}; got {', '.join(unknown) or 'none'}."
            )
        with self._store.writing() as connection:
            old = ledger.row(connection, id_)
            record = {**{name: old[name] for name in names}, **changes}
            new = only_row(check(pd.DataFrame([record], dtype=object), moment.date()))
            return ledger.replace(connection, old, new, moment)

    def _ledger_frame(self, ledger: Ledger, columns: tuple[str, ...], *, with_history: bool) -> pd.DataFrame:
        with self._store.reading() as connection:
            rows = ledger.rows(connection, with_history=with_history)
        return frame_of(rows, ledger.table, (*columns, *HISTORY_COLUMNS) if with_history else columns)

    def _rows(self, query: Any) -> list[Cells]:
        with self._store.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
