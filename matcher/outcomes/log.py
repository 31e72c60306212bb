"""`OutcomeLog`: append-only store of outcomes, reviews, runs, rounds and adjustments."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from matcher.columns import Answer, Outcome
from matcher.config import Config
from matcher.errors import OutcomeError
from matcher.outcomes import database
from matcher.outcomes.database import Cells, Database, holding
from matcher.outcomes.journal import ENTRY, Recorded, add_rows, correct_entry, only_row, withdraw_entry
from matcher.outcomes.reading import OutcomeTable, read_entries
from matcher.outcomes.records import LONGEST_ID, REASON, Ids, ReviewTable, Source, read_reviews
from matcher.outcomes.rounds import RoundEvent, RoundState, add_answers, add_events, state_of
from matcher.profiles.layout import Given
from matcher.tables.values import Findings, clean_text


@dataclass(frozen=True)
class Run:
    """Inputs of a run."""

    id: str
    date: dt.date | None  # as of which profiles were matched; None where they have no date
    config: Config
    ranker: str  # its description
    k: int
    n_seekers: int  # including those with an empty list

    def __post_init__(self) -> None:
        n = len(self.id)
        if not self.id.strip() or n > LONGEST_ID or not self.id.isprintable():
            raise OutcomeError(f"run must be named with 1 to {LONGEST_ID} printable characters; got {n}.")


def name_run(*parts: object) -> str:
    """Return an id of a run: a digest of its inputs, which are tables, in any order of rows, or texts."""
    digest = hashlib.sha256()
    for part in parts:
        if isinstance(part, pd.DataFrame):
            rows = pd.util.hash_pandas_object(part.astype(str), index=False)
            digest.update(rows.sort_values().to_numpy().tobytes())
        else:
            digest.update(str(part).encode("utf-8", "backslashreplace"))
        digest.update(b"\0")
    return f"run-{digest.hexdigest()[:16]}"


class OutcomeLog(Database):
    """Append-only store of outcomes, reviews, runs, rounds and adjustments.

    The place is a `.db`, `.sqlite` or `.sqlite3` file, created on first write, or an address such as
    `postgresql://user@host/database`. Writers take turns; a method returns after its rows are on disk.
    Raises `OutcomeError` if the place cannot hold a log; in any method also if it holds something else or a
    log of another version, or a value cannot be recorded; `OutputError` if it is locked or not writable.

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

    def prepare(self) -> None:
        """Create the log if there is none, and check that it can be written."""
        with self.writing():
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
        known: Ids = None,
    ) -> Recorded:
        """Record an outcome of a pair; return the new id, or that of the valid entry of the same event.

        Ids have at most 200 characters. The stage is one of `matcher.columns.STAGES`, or its Indonesian word,
        the date not in the future; a rating is the satisfaction of a side, from 1 to 5.
        """
        cells = (seeker, candidate, stage, date, seeker_rating, candidate_rating, reason)
        frame = pd.DataFrame([cells], columns=list(ENTRY), dtype=object)
        table = read_entries(frame, database.now().date(), known)
        only_row(table)
        return self._add(database.entries, table)

    def record_many(
        self, source: Source | OutcomeTable, *, known: Ids = None, mapping: Given = None
    ) -> Recorded:
        """Record outcomes, as for `read_outcomes`, in one transaction; the mapping as for `read_profiles`.

        A group row becomes a row for each two of its members at stage "agreed"; its texts and further columns
        are not stored.
        """
        table = read_entries(source, database.now().date(), known, mapping)
        done = self._add(database.entries, table)
        notes = [*table.notes, *done.notes]
        if table.works and not table.events:  # group rows
            notes.append(
                f"{len(table.works):,} group rows became {len(table.kept):,} rows of pairs at stage agreed; "
                "their texts and further columns are not kept"
            )
        return replace(done, notes=tuple(notes))

    def correct(self, id_: int, *, known: Ids = None, **changes: Any) -> int:
        """Add a corrected version of a valid entry, and return its id.

        `changes` are named as in `record`; None empties a rating. They must change something, and make no
        event that another valid entry has.
        """
        with self.writing() as log:
            return correct_entry(log, id_, changes, known)

    def withdraw(self, id_: int, reason: str) -> int:
        """Add a row that withdraws a valid entry, and return its id."""
        text = _reason(reason)
        if not text:
            raise OutcomeError("reason must be given to withdraw an entry; got none.")
        with self.writing() as log:
            return withdraw_entry(log, id_, text)

    def entries(self, *, with_history: bool = False) -> pd.DataFrame:
        """Return the valid outcomes, as recorded: columns of `Outcome`, then id, reason, recorded_at (UTC).

        With history also corrected and withdrawn rows, and the columns `corrects` and `is_void`.
        """
        names = [*Outcome, "id", REASON, "recorded_at", *(["corrects", "is_void"] if with_history else [])]
        return self._rows(database.entries, names, is_valid=not with_history)

    def record_reviews(self, source: Source, *, known: Ids = None) -> Recorded:
        """Record the rows of a source that `read_reviews` keeps."""
        table = read_reviews(source, known=known, today=database.now().date())
        return replace(self._add(database.reviews, table), n_empty=table.n_empty)

    def reviews(self) -> pd.DataFrame:
        """Return the valid reviews, as recorded: the columns of `Answer`, then id, recorded_at (UTC)."""
        return self._rows(database.reviews, [*Answer, "id", "recorded_at"])

    def record_run(self, run: Run, shown: pd.DataFrame) -> None:
        """Record a run and its lists, unless they are stored; `OutcomeError` if it showed other lists."""
        lists = shown[database.shown.c.keys()[1:]].assign(run=run.id)
        cells = {**vars(run), "config": run.config.to_toml(), "seed": run.config.seed}
        with self.writing() as log:
            if not _is_stored(log, run, shown):
                log.add(database.runs, [cells])
                log.add(database.shown, database.rows_of(lists))

    def check_run(self, run: Run, shown: pd.DataFrame) -> None:
        """Raise `OutcomeError` if a run of this id showed other lists."""
        with self.reading() as log:
            _is_stored(log, run, shown)

    def runs(self) -> pd.DataFrame:
        """Return the runs, in the order in which they were recorded."""
        table = database.runs
        return self._select(sa.select(table).order_by(table.c.recorded_at, table.c.id))

    def shown(self) -> pd.DataFrame:
        """Return the lists of all runs, sorted by run, seeker and rank."""
        table = database.shown
        return self._select(sa.select(table).order_by(table.c.run, table.c.seeker, table.c.rank))

    def record_round(self, name: str, events: Sequence[RoundEvent]) -> RoundState:
        """Record events of a round, in order, all or none, with the outcomes that they are; return its state.

        Raises `OutcomeError` if an event is not possible then, or is in the future. Published pairs are
        outcomes at stage "invited"; accepted ones "replied", then "agreed"; declined ones "declined", with
        the side before the reason.
        """
        with self.writing() as log:
            return add_events(log, name, [replace(one, reason=_reason(one.reason)) for one in events])

    def record_answers(self, path: Path, date: dt.date | None = None) -> Recorded:
        """Record a sheet of answers, given on a day (default: today); ids are then numbers of meetings."""
        with self.writing() as log:
            return add_answers(log, path, date)

    def round(self, name: str) -> RoundState:
        """Return the state of a round, replayed from its events; one without events has no pair."""
        with self.reading() as log:
            return state_of(log, name)

    def record_adjustment(self, weights: Mapping[str, float], date: dt.date, reason: str) -> None:
        """Put weights in force; `ConfigError` if one is out of range."""
        checked = Config.from_dict({"weights": dict(weights)}).weights.as_dict()
        self._adjust({"weights": checked, "action": "accepted", "date": date, "reason": _reason(reason)})

    def roll_back(self, date: dt.date, reason: str) -> None:
        """Put the weights back that the last adjustment replaced, if any."""
        self._adjust({"action": "rolled_back", "date": date, "reason": _reason(reason)})

    def _adjust(self, cells: Cells) -> None:
        table = database.adjustments
        with self.writing() as log:
            rows = log.rows(sa.select(table).order_by(table.c.id))
            accepted: list[Cells] = []  # and not rolled back
            for row in rows:
                accepted = [*accepted, row] if row["action"] == "accepted" else accepted[:-1]
            if "weights" in cells:
                cells["before"] = rows[-1]["weights"] if rows else None
            elif accepted:
                cells |= {"weights": accepted[-1]["before"], "before": accepted[-1]["weights"]}
            else:
                raise OutcomeError("there must be an adjustment to roll back; all are, or none was accepted.")
            log.add(table, [{**cells, "id": log.next_id(table)}])

    def adjustments(self) -> pd.DataFrame:
        """Return the adjustments; `weights` and `before` are dicts or, for those of the settings, None."""
        return self._select(sa.select(database.adjustments).order_by(database.adjustments.c.id))

    def weights_in_force(self) -> dict[str, float] | None:
        """Return the weights of the last adjustment; None where those of the settings are in force."""
        weights = self.adjustments()["weights"]
        return weights.iloc[-1] if len(weights) else None

    def _add(self, target: sa.Table, table: OutcomeTable | ReviewTable) -> Recorded:
        with self.writing() as log:
            return add_rows(log, target, table)

    def _rows(self, table: sa.Table, names: Sequence[str], *, is_valid: bool = True) -> pd.DataFrame:
        query = sa.select(*(table.c[name] for name in names)).order_by(table.c.id)
        return self._select(query.where(holding(table)) if is_valid else query)

    def _select(self, query: sa.Select[Any]) -> pd.DataFrame:
        with self.reading() as log:
            return database.frame_of(log.rows(query), [*query.selected_columns])


def _is_stored(log: database.Transaction, run: Run, shown: pd.DataFrame) -> bool:
    if not log.rows(sa.select(database.runs.c.id).where(database.runs.c.id == run.id)):
        return False
    lists = database.shown
    keys = [lists.c[name] for name in ("seeker", "rank", "candidate")]
    stored = {tuple(row.values()) for row in log.rows(sa.select(*keys).where(lists.c.run == run.id))}
    if stored != set(shown[[key.name for key in keys]].itertuples(index=False, name=None)):
        raise OutcomeError(
            f"run must have a name of its own; {run.id!r} is there and showed other lists. Name another."
        )
    return True


def _reason(reason: str) -> str:
    text = clean_text(reason, Findings())
    if text is None:
        raise OutcomeError("reason must be printable text of at most 50,000 characters. Shorten or clean it.")
    return text
