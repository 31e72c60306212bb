"""Outcomes of earlier matches as joint works and stages, read from pair rows or group rows."""

import datetime as dt
import itertools
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import pandas as pd

from matcher.columns import STAGES, TEXTS, Outcome, Profile
from matcher.errors import OutcomeError, ProfileError
from matcher.outcomes.records import (
    LOG_ENDINGS,
    LOG_VIEW,
    REASON,
    Ids,
    RecordReader,
    Row,
    Source,
    frame_of,
    open_records,
    text_of,
)
from matcher.profiles import vocabulary
from matcher.profiles.layout import Given, TableMapping, read_mapping
from matcher.profiles.records import Roster
from matcher.tables.databases import is_database, read_query, sqlite_reader
from matcher.tables.dates import day_of
from matcher.tables.raw import RawTable
from matcher.tables.values import WithRejected

JOINT_WORK: Final = ("agreed", "active", "renewed", "ended")  # stages from which two have worked together
DECLINED: Final = "declined"
RATINGS: Final = (str(Outcome.SEEKER_RATING), str(Outcome.CANDIDATE_RATING))
LEAD: Final = "lead"
PARTNERS: Final = "partners"
PAIR_COLUMNS: Final = {*list(Outcome)[:4]}  # columns that pair rows must have
GROUP_COLUMNS: Final = {LEAD, PARTNERS, Outcome.DATE}  # columns that group rows must have
COLUMNS: Final = (*dict.fromkeys((*Outcome, REASON, Profile.ID, LEAD, PARTNERS)),)
UNUSED_STAGE: Final = "have a stage before agreed"
SHARED: Final = (Profile.LEAD, Profile.SECTOR, Profile.LANGUAGES, Profile.COUNTRY, Profile.REGION)
"""Columns that have the names they have in profiles."""
WORK_TEXTS: Final = (Profile.NAME, Profile.VISION, Profile.MISSION)  # of a group row: the text of its work
NO_TERMS: Final = {Outcome.DATE, PARTNERS, Profile.ID, Profile.NAME, *TEXTS}.difference(SHARED) | {LEAD}
"""Columns of a group row that are no terms of its work."""


@dataclass(frozen=True)
class JointWork:
    """Work of one or more organisations; that of a single member creates no tie."""

    members: tuple[str, ...]  # ids, sorted; at least one
    date: pd.Timestamp | None = None  # when it began; None counts as before everything
    lead: str = ""  # the organisation that led it or sought the others; "" if unknown
    text: str = ""  # what it was about; "" if unknown
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Its further columns, such as sector or programme, their names in lower case, each term once."""

    def terms_of(self, column: str) -> tuple[str, ...]:
        """Return the terms of a column, whatever the case of its name; none where it is missing."""
        return self.terms.get(column.casefold(), ())

    @property
    def key(self) -> tuple[tuple[str, ...], pd.Timestamp, str, str]:
        """Identity of the work, equal for the same work of two logs."""
        return self.members, self.day, self.lead, self.text

    @property
    def is_dated(self) -> bool:
        """Whether it is known when the work began."""
        return self.date is not None and not pd.isna(self.date)

    @property
    def day(self) -> pd.Timestamp:
        """When it began; `Timestamp.min` where that is unknown."""
        return self.date if self.date is not None and self.is_dated else pd.Timestamp.min


@dataclass(frozen=True)
class StageEvent:
    """The stage that two organisations had reached on a day."""

    members: tuple[str, str]  # ids, sorted: the direction does not matter
    day: pd.Timestamp
    stage: str  # one of `matcher.columns.STAGES`
    side: str = ""  # id of the member whose reason it is, as `side_of` reads it; "" if none is named


@dataclass(frozen=True)
class OutcomeTable(WithRejected):
    """Outcomes that were read."""

    kept: pd.DataFrame
    """Pair rows with the columns of `Outcome`; a group row became one row for each two of its members, at
    stage "agreed"; a group of one gives none. `date` is datetime64, ratings are float.
    """
    rejected: pd.DataFrame  # one row per problem, with the columns of `Rejection`
    n_rows: int
    works: tuple[JointWork, ...]  # in the kept rows, also of groups of one
    events: tuple[StageEvent, ...] = ()  # stages in the kept rows; group rows give none
    reasons: tuple[str, ...] = ()  # reason of each kept row; "" if none is given
    rewritten: tuple[tuple[str, str], ...] = ()  # as written, and the ids that `named_by` read them as
    notes: tuple[str, ...] = ()  # what was taken of the table as a whole, such as the line of its header

    def named_by(self, roster: Roster) -> Self:
        """Return the same outcomes with the ids of a roster, where they are written otherwise."""
        sides = [str(Outcome.SEEKER), str(Outcome.CANDIDATE)]
        names = {*self.kept[sides].to_numpy().ravel()}
        names |= {name for work in self.works for name in (*work.members, work.lead) if name}
        ids = {name: roster.one(name) or name for name in names}
        rewritten = tuple(sorted((name, id_) for name, id_ in ids.items() if name != id_))
        if not rewritten:
            return self
        members = [tuple(sorted({ids[name] for name in work.members})) for work in self.works]
        works = [
            replace(work, members=own, lead=ids.get(work.lead, ""))
            for work, own in zip(self.works, members, strict=True)
        ]
        kept = self.kept.assign(**{side: self.kept[side].map(ids) for side in sides})
        events = tuple(_events_of_log(kept, self.reasons)) if self.events else ()
        return replace(self, kept=kept, works=tuple(works), events=events, rewritten=rewritten)

    def unused(self, known: Collection[str], before: dt.date | None) -> str:
        """Return how many rows, up to a date, count as history, and why others do not; "" if all do."""
        frame, last = self.kept, pd.Timestamp.max if before is None else pd.Timestamp(before)
        if self.events:
            is_unknown = ~(frame[Outcome.SEEKER].isin(known) & frame[Outcome.CANDIDATE].isin(known))
            is_repeated, is_later = _repeated_rows(frame), frame[Outcome.DATE] > last
            is_early = ~frame[Outcome.STAGE].isin((*JOINT_WORK, DECLINED))
        else:
            is_unknown = pd.Series([not any(one in known for one in work.members) for work in self.works])
            is_repeated = pd.Series([work.key for work in self.works], dtype=object).duplicated()
            is_later = pd.Series([work.day > last for work in self.works])
            is_early = is_unknown & False
        fails = {
            "name an organisation without a profile": is_unknown,
            "repeat another row": is_repeated,
            f"are later than the profiles ({before})": is_later,
            UNUSED_STAGE: is_early,
        }
        why = pd.Series(np.select([one.to_numpy(bool) for one in fails.values()], list(fails), ""))
        counts = why[why != ""].value_counts(sort=False)
        n_used = int((why == "").sum())
        if counts.empty or (n_used and set(counts.index) == {UNUSED_STAGE}):
            return ""
        stated = "; ".join(f"{number:,} {reason}" for reason, number in counts.items())
        return f"{n_used:,} of {len(why):,} rows used, because {stated}"


def read_outcomes(source: Source | OutcomeTable, *, today: dt.date | str | None = None) -> OutcomeTable:
    """Read outcomes from pair rows or group rows; what cannot be used is rejected with its reason.

    Parameters
    ----------
    source : path, DataFrame, OutcomeTable, or address of a database
        Pair rows `seeker, candidate, stage, date[, seeker_rating, candidate_rating, reason]`, or group
        rows `id, date, lead, partners` (everyone in the group worked together). Any format of profiles;
        headers and stages in English or Indonesian. A `.db` or `.sqlite` file or an address is an
        outcome log (`matcher.outcomes.log`); it may hold no outcome yet.
    today : date or str, optional
        Later dates are rejected; the current date when left out.

    Raises
    ------
    OutcomeError
        If the source cannot be read, is empty, has the columns of neither kind, or two headers mean
        the same column.
    """
    if isinstance(source, OutcomeTable):
        return source
    return _read(RecordReader(_open(source), column_of, day_of(today, OutcomeError)), source)


def read_entries(
    source: Source | OutcomeTable, today: dt.date, known: Ids = None, mapping: Given = None
) -> OutcomeTable:
    """Read outcomes to be recorded: what a log cannot store and ids that are not `known` are rejected."""
    rows = source.kept.assign(**{REASON: source.reasons}) if isinstance(source, OutcomeTable) else source
    raw = _open(rows, read_mapping(mapping, column_of, COLUMNS))
    return _read(RecordReader(raw, column_of, today, known, for_log=True), source)


def is_log(source: object) -> bool:
    """Return whether a source is a log: a file by its ending, an address, or an object of SQLAlchemy."""
    is_path = isinstance(source, str | os.PathLike)
    return is_database(source) or (is_path and str(source).lower().endswith(LOG_ENDINGS))


def _open(source: Any, mapping: TableMapping | None = None) -> RawTable:
    """Open a table, or the valid outcomes of a log as they were recorded; errors show no password."""
    if not is_log(source):
        return open_records(source, known_column, mapping)
    from matcher.outcomes.database import address_of

    address = address_of(source) if isinstance(source, str | os.PathLike) else source
    if address is not source and address.get_backend_name() == "sqlite":
        address = sqlite_reader(address, "rw")
    columns = ", ".join([*Outcome, REASON])
    try:
        return read_query(address, f"SELECT {columns} FROM {LOG_VIEW} ORDER BY id")  # noqa: S608
    except ProfileError as err:
        named = "the address" if is_database(source) else os.fspath(source)
        raise OutcomeError(f"{named} must be an outcome log, as `matcher record` makes it; {err}") from err


def known_column(header: str) -> str | None:
    """Return the column of a header; None for an unknown one."""
    shared = vocabulary.column_of(header)
    known = str(shared) if shared in SHARED else None
    return vocabulary.meaning_of(header, "headers", __package__) or known


def column_of(header: str) -> str:
    """Return the column of a header; an unknown header in lower case."""
    return known_column(header) or header.strip().casefold()


def _read(records: RecordReader, source: object) -> OutcomeTable:
    has_pairs, has_groups = (columns <= {*records.columns} for columns in (PAIR_COLUMNS, GROUP_COLUMNS))
    if not has_pairs and not has_groups:
        name = source if isinstance(source, str | Path) else "the outcomes"
        raise OutcomeError(
            f"{name} must have the columns seeker, candidate, stage, date (pair rows) or "
            f"id, date, lead, partners (group rows); got "
            f"{', '.join(records.raw.headers) or 'none'}. Rename the columns."
        )
    kept, works = list[Row](), list[JointWork]()
    for record in records:
        date = records.day(record)
        members = [] if has_pairs else _members(record, records)
        rows = [_pair_row(record, records)] if has_pairs else []
        for one, other in itertools.combinations(members, 2):
            rows.append({Outcome.SEEKER: one, Outcome.CANDIDATE: other, Outcome.STAGE: "agreed"})
        if records.is_sound and date:
            kept += [{**row, Outcome.DATE: date} for row in rows]
            works += [] if has_pairs else [_work(record, members, date)]
    frame = frame_of(kept, tuple(Outcome), RATINGS)
    reasons = tuple(row.get(REASON, "") for row in kept)
    events = tuple(_events_of_log(frame, reasons)) if has_pairs else ()
    works = _works_of_log(frame) if has_pairs else works
    counted = frame, records.rejected(), len(records.raw)
    return OutcomeTable(*counted, tuple(works), events, reasons, notes=records.notes())


def _pair_row(record: Mapping[str, object], records: RecordReader) -> Row:
    row = records.pair(record)
    row[Outcome.STAGE] = vocabulary.meaning_of(text_of(record[Outcome.STAGE]), "stages", __package__)
    if row[Outcome.STAGE] is None:
        records.reject(Outcome.STAGE, f"must be one of {', '.join(STAGES)}", record[Outcome.STAGE])
    row |= {column: records.rating(record, column) for column in RATINGS}
    return row | {REASON: records.free_text(record, REASON)}


def _members(record: Mapping[str, object], records: RecordReader) -> list[str]:
    cells = [(LEAD, record[LEAD]), *((PARTNERS, item) for item in _items(record[PARTNERS]))]
    members = {records.id(cell, column) for column, cell in cells if text_of(cell)}
    if not members:
        records.reject(LEAD, "group must have a lead or partners")
    return sorted(members)


def _work(record: Mapping[str, object], members: Sequence[str], date: dt.date) -> JointWork:
    terms = {
        column: tuple(dict.fromkeys(filter(None, map(text_of, _items(cell)))))
        for column, cell in record.items()
        if column not in NO_TERMS
    }
    return JointWork(
        members=tuple(members),
        date=pd.Timestamp(date),
        lead=text_of(record[LEAD]),
        text="\n".join(text for column in WORK_TEXTS if (text := text_of(record.get(column)))),
        terms={column: listed for column, listed in terms.items() if listed},
    )


def _items(cell: object) -> list[object]:
    """Return the items of a cell: of a list, of text separated by semicolons, or of texts in a list."""
    items = list(cell) if isinstance(cell, list | tuple | np.ndarray) else [cell]
    return [part for item in items for part in (item.split(";") if isinstance(item, str) else [item])]


def _works_of_log(log: pd.DataFrame) -> list[JointWork]:
    """Return a joint work for each row of a pair at stage "agreed" or "renewed"; repeated rows count once.

    A pair that only has later stages counts once, at its first date.
    """
    rows = log[log[Outcome.STAGE].isin(JOINT_WORK)]
    rows = rows.sort_values([Outcome.DATE, Outcome.SEEKER, Outcome.CANDIDATE], kind="stable")
    rows = rows[~_repeated_rows(rows)]
    both = rows[[Outcome.SEEKER, Outcome.CANDIDATE]].to_numpy(dtype=object)
    pairs = pd.Series([tuple(sorted(pair)) for pair in both], rows.index, dtype=object)
    rows = rows.assign(pair=pairs, is_start=rows[Outcome.STAGE].isin(("agreed", "renewed")))
    has_start = rows.groupby("pair")["is_start"].transform("any").astype(bool)
    rows = rows[rows["is_start"] | ~(has_start | rows.duplicated("pair"))]
    return [*map(JointWork, rows["pair"], rows[Outcome.DATE], rows[Outcome.SEEKER])]


def _repeated_rows(log: pd.DataFrame) -> pd.Series:
    """Return which pair rows state the stage of a pair on a day again, in either direction."""
    sides = np.sort(log[[Outcome.SEEKER, Outcome.CANDIDATE]].to_numpy(dtype=object), axis=1)
    pairs = pd.DataFrame(sides, index=log.index)
    return pairs.join(log[[Outcome.STAGE, Outcome.DATE]]).duplicated()


def _events_of_log(log: pd.DataFrame, reasons: Sequence[str]) -> Iterator[StageEvent]:
    columns = [log[name] for name in (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.DATE, Outcome.STAGE)]
    for seeker, candidate, day, stage, reason in zip(*columns, reasons, strict=True):
        pair = (min(seeker, candidate), max(seeker, candidate))
        yield StageEvent(pair, day, stage, side_of(reason, seeker, candidate))


def side_of(reason: str, seeker: str, candidate: str) -> str:
    """Return the id of the side whose reason it is; "" if the reason does not begin with a side.

    Examples
    --------
    >>> [side_of(reason, "a", "b") for reason in ("kandidat: tidak ada staf", "b: no staff", "no staff")]
    ['b', 'b', '']
    """
    named, colon, _ = reason.partition(":")
    sides = {"seeker": seeker, "candidate": candidate, seeker: seeker, candidate: candidate}
    return sides.get(vocabulary.meaning_of(named, "sides", __package__) or named.strip(), "") if colon else ""
