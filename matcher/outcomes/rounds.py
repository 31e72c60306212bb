"""Rounds of introductions in a log: their events, and the state that these give when replayed."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final

import pandas as pd
import sqlalchemy as sa

from matcher.columns import SIDES
from matcher.documents.language import N_
from matcher.errors import OutcomeError
from matcher.outcomes import database
from matcher.outcomes.database import Cells, Transaction
from matcher.outcomes.journal import ENTRY, add_rows, withdraw_entry
from matcher.outcomes.reading import read_entries
from matcher.outcomes.records import LONGEST_ID, REASON

ANSWERS: Final = ("accepted", "declined")
OPEN: Final = ("invited", "accepted")
"""Statuses of pairs of which an answer is awaited."""
DRAFT: Final = ("proposed", "pinned")
"""Statuses of pairs that no side has been informed of."""
STATUSES: Final = (*DRAFT, "vetoed", "dropped", *OPEN, "agreed", "declined", "expired", "withdrawn")
FROM: Final[Mapping[str, tuple[str, ...]]] = {
    "proposed": ("", "dropped", "proposed"),
    "pinned": DRAFT,
    "vetoed": DRAFT,
    "dropped": DRAFT,
    "published": DRAFT,
    "accepted": (*OPEN, "declined"),
    "declined": (*OPEN, "declined"),
    "expired": OPEN,
    "withdrawn": (*OPEN, "agreed"),
}
"""Statuses of a pair from which each action is possible; "" for a pair that is new to the round."""
COLUMNS: Final = ("number", "seeker", "candidate", "status", "declined_by", "reason", "answer_by")
"""Columns of the table of a round."""


@dataclass(frozen=True)
class RoundEvent:
    """What happened to a pair of a round."""

    seeker: str
    candidate: str
    """Ids."""
    action: str
    """A key of `FROM`."""
    date: dt.date
    side: str = ""
    """"seeker" or "candidate" for an answer; "" otherwise."""
    reason: str = ""
    """Required for a veto or a withdrawal."""
    answer_by: dt.date | None = None
    """Last day of an answer, for "published"."""
    details: Mapping[str, str] = field(default_factory=dict)
    """What is to be known of the pair from now on, such as its slot, or names and reasons as published."""


@dataclass(frozen=True)
class RoundPair:
    """A pair of a round."""

    number: int
    """Of the pair in the round, from 1: it names the pair without naming an organisation."""
    seeker: str
    candidate: str
    action: str = ""
    """The last action that was not an answer."""
    reason: str = ""
    """Why it was vetoed, dropped, pinned or withdrawn."""
    published: dt.date | None = None
    answer_by: dt.date | None = None
    """Day of publication and last day of an answer; None before publication."""
    answers: Mapping[str, RoundEvent] = field(default_factory=dict)
    """The valid answer of each side that answered."""
    details: Mapping[str, str] = field(default_factory=dict)

    def status(self, on: dt.date | None = None) -> str:
        """Return one of `STATUSES` on a day; without a day nothing expires by itself."""
        if self.action != "published":
            return self.action
        if self.declined_by:
            return "declined"
        if self.agreed:
            return "agreed"
        if on and self.answer_by and on > self.answer_by:
            return "expired"
        return "accepted" if self.answers else "invited"

    @property
    def slot(self) -> int:
        """The number with which its time slot begins; 0 without one."""
        found = re.match(r"\d+", self.details.get("slot", ""))
        return int(found[0]) if found else 0

    @property
    def agreed(self) -> dt.date | None:
        """The day on which both sides had accepted, also of a pair that was withdrawn later."""
        days = [one.date for one in self.answers.values() if one.action == "accepted"]
        return max(days) if len(days) == len(SIDES) else None

    @property
    def declined_by(self) -> tuple[str, ...]:
        """The sides that declined."""
        return tuple(
            side for side in SIDES if side in self.answers and self.answers[side].action == "declined"
        )

    def after(self, event: RoundEvent) -> "RoundPair":
        """Return the pair after an event; `OutcomeError` if the event is not possible."""
        if problem := self._problem(event):
            raise OutcomeError(" ".join([event.seeker, "/", event.candidate, problem]))
        details = {**self.details, **event.details}
        if event.side:
            return replace(self, answers={**self.answers, event.side: event}, details=details)
        after = replace(self, action=event.action, reason=event.reason, details=details)
        is_published = event.action == "published"
        return replace(after, published=event.date, answer_by=event.answer_by) if is_published else after

    def outcomes(self) -> list[tuple[str, dt.date, str]]:
        """Return the stages that the pair reached in the round, each with its day and reason."""
        stages = [("invited", self.published, "")] if self.published else []
        accepted = [one.date for one in self.answers.values() if one.action == "accepted"]
        if accepted:
            stages.append(("replied", min(accepted), ""))
        if self.agreed and self.action != "withdrawn":
            stages.append(("agreed", self.agreed, ""))
        for side in self.declined_by:
            answer = self.answers[side]
            stages.append(("declined", answer.date, f"{side}: {answer.reason}".strip()))
        return stages

    def _problem(self, event: RoundEvent) -> str:
        """Return why an event is not possible; "" if it is."""
        status, answer = self.status(), self.answers.get(event.side)
        if event.action not in FROM or (event.side in SIDES) != (event.action in ANSWERS):
            return N_("must have one of the actions {0}; got {1}.").format(", ".join(FROM), event.action)
        if answer and (status == "declined" or answer.action == event.action):
            text = N_("must get one answer from a side; the {0} {1} on {2}.")
            return text.format(event.side, answer.action, answer.date)
        if status not in FROM[event.action]:
            needed = " or ".join(filter(None, FROM[event.action]))
            return N_("must be {0} to be {1}; got {2}.").format(needed, event.action, status or "none")
        if event.action in ("vetoed", "withdrawn") and not event.reason.strip():
            return N_("must have a reason to be {0}; got none. Add it.").format(event.action)
        if event.action == "published" and not (event.answer_by and event.answer_by >= event.date):
            return N_("must be answered by {0} or later; got {1}.").format(event.date, event.answer_by)
        if event.side and self.published and event.date < self.published:
            return N_("must be answered from {0} on; got {1}.").format(self.published, event.date)
        return ""


@dataclass(frozen=True)
class RoundState:
    """A round as its events left it."""

    name: str
    pairs: Mapping[tuple[str, str], RoundPair] = field(default_factory=dict)
    """In the order in which they were first proposed."""

    def after(self, events: Iterable[RoundEvent]) -> "RoundState":
        """Return the state after further events; `OutcomeError` if one of them is not possible."""
        pairs = dict(self.pairs)
        for event in events:
            key = (event.seeker, event.candidate)
            if key[::-1] in pairs:
                text = N_("{0} must be named as the round names the pair: {1}.")
                raise OutcomeError(text.format(" / ".join(key), " / ".join(key[::-1])))
            pairs[key] = pairs.get(key, RoundPair(len(pairs) + 1, *key)).after(event)
        return replace(self, pairs=pairs)

    def having(self, *statuses: str, on: dt.date | None = None) -> list[RoundPair]:
        """Return the pairs that have one of some statuses on a day."""
        return [pair for pair in self.pairs.values() if pair.status(on) in statuses]

    def table(self, on: dt.date | None = None) -> pd.DataFrame:
        """Return one row per pair, with the columns of `COLUMNS`."""
        rows = [
            (
                pair.number,
                pair.seeker,
                pair.candidate,
                pair.status(on),
                ", ".join(pair.declined_by),
                "; ".join(filter(None, [pair.reason, *(one.reason for one in pair.answers.values())])),
                pair.answer_by,
            )
            for pair in self.pairs.values()
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))


def replay(log: Iterable[Cells], name: str) -> RoundState:
    """Return the state of a round from the rows of events of a log, in their order, also of other rounds."""
    names = RoundEvent.__dataclass_fields__
    rows = (row for row in log if row["round"] == name)
    return RoundState(name).after(RoundEvent(**{one: row[one] for one in names}) for row in rows)


def events_of(log: Transaction, name: str | None = None) -> list[Cells]:
    """Return the events of a round, or of all, in the order in which they were recorded."""
    table = database.round_events
    if not sa.inspect(log.connection).has_table(table.name):  # logs that were made before there were rounds
        return []
    query = sa.select(table).order_by(table.c.id)
    return log.rows(query if name is None else query.where(table.c.round == name))


def add_events(
    log: Transaction, name: str, events: Sequence[RoundEvent], now: dt.datetime, today: dt.date
) -> RoundState:
    """Add events of a round, and the outcomes that they are, all or none; return the state after them."""
    if not name.strip() or len(name) > LONGEST_ID or not name.isprintable():
        raise OutcomeError(
            f"round must be named with 1 to {LONGEST_ID} printable characters; got {len(name)}."
        )
    table = database.round_events
    table.create(log.connection, checkfirst=True)
    state = replay(events_of(log, name), name).after(events)
    rows = [asdict(event) | {"round": name, "recorded_at": now} for event in events]
    first = log.next_id(table)
    log.add(table, [{**row, "id": id_} for id_, row in enumerate(rows, start=first)])
    touched = dict.fromkeys((event.seeker, event.candidate) for event in events)
    cells = [
        (*key, stage, day, None, None, reason)
        for key in touched
        for stage, day, reason in state.pairs[key].outcomes()
    ]
    if cells:
        entries = read_entries(pd.DataFrame(cells, columns=list(ENTRY), dtype=object), today)
        if entries.n_rejected:
            raise OutcomeError(f"date {entries.rejected[REASON].iloc[0]}.")
        add_rows(log, database.entries, entries, now)
    for event in events:
        if event.action == "withdrawn":
            _withdraw_agreement(log, state.pairs[event.seeker, event.candidate], now)
    return state


def _withdraw_agreement(log: Transaction, pair: RoundPair, now: dt.datetime) -> None:
    """Withdraw the outcome that a pair agreed in the round, if it did: it is no joint work any more."""
    table = database.entries
    event = {"seeker": pair.seeker, "candidate": pair.candidate, "stage": "agreed", "date": pair.agreed}
    same = [table.c[name] == value for name, value in event.items()]
    for row in log.rows(sa.select(table.c.id).where(database.holding(table), *same)):
        withdraw_entry(log, row["id"], pair.reason, now)
