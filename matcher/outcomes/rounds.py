"""Rounds of introductions in a log: their events, the state that these give when replayed, and sheets."""

import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import pandas as pd
import sqlalchemy as sa
from openpyxl.utils import get_column_letter

from matcher.columns import SIDES
from matcher.documents.language import N_
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes import database
from matcher.outcomes.database import Transaction
from matcher.outcomes.journal import ENTRY, Recorded, add_rows, withdraw_entry
from matcher.outcomes.reading import read_entries
from matcher.outcomes.records import LONGEST_ID, REASON, RecordReader, open_records, round_column, text_of
from matcher.profiles.vocabulary import meaning_of

ANSWERS: Final = ("accepted", "declined")
OPEN: Final = ("invited", "accepted")  # statuses of pairs of which an answer is awaited
DRAFT: Final = ("proposed", "pinned")  # statuses of pairs that no side has been informed of
FROM: Final[Mapping[str, tuple[str, ...]]] = {  # statuses before each action; "" for a new pair
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
HEADERS: Final[Mapping[str, str]] = bundled_toml(__package__, "vocabulary.toml")["round_form"]
"""Headers of the columns of both sheets."""
TEXTS: Final = ("seeker_name", "candidate_name", "reasons_seeker", "reasons_candidate", "slot")
"""Columns of a draft that are kept as details of a pair, as staff left them."""
DECISION, ANSWER, MEETING, ROUND, ORGANISATION = "decision", "answer", "meeting", "round", "organisation"
ACTIONS: Final = {"accept": "accepted", "decline": "declined", "pin": "pinned", "veto": "vetoed"}
MOST_SHOWN: Final = 5


@dataclass(frozen=True)
class RoundEvent:
    """What happened to a pair of a round.

    The action is a key of `FROM`; an answer names the side, a veto or withdrawal its reason, and "published"
    the last day of an answer. `details` are to be known of the pair from now on, such as its slot.
    """

    seeker: str
    candidate: str
    action: str
    date: dt.date
    side: str = ""
    reason: str = ""
    answer_by: dt.date | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RoundPair:
    """A pair of a round; its number, from 1, names it without naming an organisation.

    `action` is the last one that was not an answer, `reason` why it was vetoed, dropped, pinned or withdrawn;
    days are None before publication; `answers` has the valid one of each side that answered.
    """

    number: int
    seeker: str
    candidate: str
    action: str = ""
    reason: str = ""
    published: dt.date | None = None
    answer_by: dt.date | None = None
    answers: Mapping[str, RoundEvent] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)

    def status(self, on: dt.date | None = None) -> str:
        """Return the last action, or what became of a published pair by a day; None: nothing expires."""
        if self.action != "published":
            return self.action
        if self.days("declined"):
            return "declined"
        if self.agreed:
            return "agreed"
        is_over = on and self.answer_by and on > self.answer_by
        return "expired" if is_over else "accepted" if self.answers else "invited"

    @property
    def slot(self) -> int:
        """The number with which its time slot begins; 0 without one."""
        found = re.match(r"\d+", self.details.get("slot", ""))
        return int(found[0]) if found else 0

    def days(self, action: str) -> dict[str, dt.date]:
        """Return the sides that accepted, or declined, each with the day."""
        return {side: one.date for side in SIDES if (one := self.answers.get(side)) and one.action == action}

    @property
    def agreed(self) -> dt.date | None:
        """The day on which both sides had accepted, also of a pair that was withdrawn later."""
        days = self.days("accepted").values()
        return max(days) if len(days) == len(SIDES) else None

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
        if accepted := self.days("accepted").values():
            stages.append(("replied", min(accepted), ""))
        if self.agreed and self.action != "withdrawn":
            stages.append(("agreed", self.agreed, ""))
        for side, day in self.days("declined").items():
            stages.append(("declined", day, f"{side}: {self.answers[side].reason}".strip()))
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
    pairs: Mapping[tuple[str, str], RoundPair] = field(default_factory=dict)  # in the order of proposal

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
        """Return one row per pair: its number, ids and status, and what was answered."""
        columns = ["number", "seeker", "candidate", "status", "declined_by", "reason", "answer_by"]
        rows = []
        for pair in self.pairs.values():
            reasons = filter(None, [pair.reason, *(one.reason for one in pair.answers.values())])
            cells = (pair.status(on), ", ".join(pair.days("declined")), "; ".join(reasons), pair.answer_by)
            rows.append((pair.number, pair.seeker, pair.candidate, *cells))
        return pd.DataFrame(rows, columns=columns)


def state_of(log: Transaction, name: str) -> RoundState:
    """Return the state of a round, replayed from its events in a log; one without any has no pair."""
    table = database.round_events
    columns = (table.c[one] for one in RoundEvent.__dataclass_fields__)
    rows = log.rows(sa.select(*columns).where(table.c.round == name).order_by(table.c.id))
    return RoundState(name).after(RoundEvent(**row) for row in rows)


def add_events(log: Transaction, name: str, events: Sequence[RoundEvent]) -> RoundState:
    """Add events of a round, and the outcomes that they are, all or none; return the state after them."""
    table, n = database.round_events, len(name)
    if not name.strip() or n > LONGEST_ID or not name.isprintable():
        raise OutcomeError(f"round must be named with 1 to {LONGEST_ID} printable characters; got {n}.")
    state = state_of(log, name).after(events)
    numbered = enumerate(events, start=log.next_id(table))
    log.add(table, [asdict(event) | {"round": name, "id": id_} for id_, event in numbered])
    touched = dict.fromkeys((event.seeker, event.candidate) for event in events)
    reached = [(*key, *outcome) for key in touched for outcome in state.pairs[key].outcomes()]
    if cells := [(*event, None, None, reason) for *event, reason in reached]:
        entries = read_entries(pd.DataFrame(cells, columns=list(ENTRY), dtype=object), log.began.date())
        if entries.n_rejected:
            raise OutcomeError(f"date {entries.rejected[REASON].iloc[0]}.")
        add_rows(log, database.entries, entries)
    # What a withdrawn pair had agreed in the round is no joint work any more.
    valid = sa.select(database.entries).where(database.holding(database.entries))
    for event in [one for one in events if one.action == "withdrawn"]:
        pair = state.pairs[event.seeker, event.candidate]
        agreed = {"seeker": pair.seeker, "candidate": pair.candidate, "stage": "agreed", "date": pair.agreed}
        for row in log.rows(valid.filter_by(**agreed)):
            withdraw_entry(log, row["id"], pair.reason)
    return state


def words_of_form(table: str, lang: str) -> tuple[str, ...]:
    """Return the words of a table of the vocabulary that a form offers in a language."""
    words = bundled_toml(__package__, "vocabulary.toml")[table]
    return tuple(words) if lang == "en" else tuple(listed[0] for listed in words.values())


def read_draft(
    path: str | os.PathLike[str], state: RoundState, date: dt.date
) -> tuple[list[RoundEvent], list[RoundPair]]:
    """Read what staff decided on a day on the pairs of a draft: events, and the pairs that are kept.

    A row without a decision is kept; a pair without a row is dropped. Pairs are as the sheet has them. Raises
    `OutcomeError` if the sheet cannot be read, or with the names of the first cells that cannot be used.
    """
    records = RecordReader(open_records(Path(path), round_column), round_column, date, for_log=True)
    _check_columns(records, path, ("seeker", "candidate", DECISION, REASON))
    events, kept, seen = list[RoundEvent](), dict[tuple[str, str], RoundPair](), set[tuple[str, str]]()
    busy = {(id_, one.slot) for one in state.having(*OPEN, "agreed") for id_ in (one.seeker, one.candidate)}
    for record in records:
        key = text_of(record["seeker"]), text_of(record["candidate"])
        pair = None if key in seen else state.pairs.get(key)
        seen.add(key)
        decision = meaning_of(text_of(record[DECISION]) or "keep", "decisions", __package__)
        reason = records.free_text(record, REASON)
        if pair is None or pair.status() not in DRAFT:
            records.reject("seeker", "must be of a pair that the round proposes, once", " / ".join(key))
        elif decision is None:
            records.reject(DECISION, "must be one of keep, pin, veto, or empty", record[DECISION])
        elif decision == "veto" and not reason:
            records.reject(REASON, "must be given for a veto")
        elif decision == "veto" or (decision == "pin" and pair.action != "pinned"):
            events.append(RoundEvent(*key, ACTIONS[decision], date, reason=reason))
        if pair and decision != "veto":
            texts = {name: text_of(record[name]) for name in TEXTS if name in record}
            kept[key] = replace(pair, details={**pair.details, **texts})
            held = {(id_, kept[key].slot) for id_ in key if texts.get("slot")}
            if held & busy or any(not slot for _, slot in held):
                reason = "must begin with the number of a slot in which both are free"
                records.reject("slot", reason, texts["slot"])
            busy |= held
    if problems := sorted(records.found.problems):
        cells = (
            f"{get_column_letter(records.columns.index(one.column) + 1)}{records.raw.lines[one.row]}: "
            f"{one.column} {one.reason}" + (f"; got {one.value}" if one.value else "")
            for one in problems[:MOST_SHOWN]
        )
        raise OutcomeError(f"{path} must be corrected; got: {'; '.join(cells)}.")
    gone = (pair for key, pair in state.pairs.items() if key not in seen and pair.status() in DRAFT)
    events += [RoundEvent(pair.seeker, pair.candidate, "dropped", date) for pair in gone]
    return events, list(kept.values())


def _check_columns(records: RecordReader, path: object, needed: tuple[str, ...]) -> None:
    if missing := [HEADERS[name] for name in needed if name not in records.columns]:
        raise OutcomeError(f"{path} must have the columns {', '.join(missing)}. Keep the headers.")


def add_answers(log: Transaction, path: Path, date: dt.date | None) -> Recorded:
    """Add the answers in the sheet of an organisation to the rounds that it names."""
    records = RecordReader(open_records(path, round_column), round_column, log.began.date(), for_log=True)
    _check_columns(records, path, (ROUND, MEETING, ORGANISATION, ANSWER, REASON))
    states, found = dict[str, RoundState](), dict[str, list[RoundEvent]]()
    already, stored, n_empty = list[int](), list[int](), 0
    for record in records:
        if not text_of(record[ANSWER]) and not text_of(record[REASON]):
            n_empty += 1
            continue
        name = text_of(record[ROUND])
        state = states.get(name) or state_of(log, name)
        event = _answer_of(record, records, state, date or log.began.date())
        if event is None:
            continue
        pair = state.pairs[event.seeker, event.candidate]
        if event.side in pair.days(event.action):
            already.append(pair.number)
            continue
        try:
            states[name] = state.after([event])
            found.setdefault(name, []).append(event)
            stored.append(pair.number)
        except OutcomeError as err:
            records.reject(ANSWER, str(err)[str(err).index("must ") :].rstrip("."))
    for name, events in found.items():
        add_events(log, name, events)
    return Recorded(tuple(stored), tuple(already), records.rejected(), (), len(records.raw), n_empty)


def _answer_of(
    record: Mapping[str, object], records: RecordReader, state: RoundState, date: dt.date
) -> RoundEvent | None:
    number, own = text_of(record[MEETING]).removesuffix(".0"), text_of(record[ORGANISATION])
    pair = next((one for one in state.pairs.values() if str(one.number) == number), None)
    sides = [side for side in SIDES if pair and getattr(pair, side) == own]
    word = meaning_of(text_of(record[ANSWER]), "answers", __package__)
    reason = records.free_text(record, REASON)
    if pair is None or not sides:
        records.reject(MEETING, "must be a meeting of the organisation in a round of this log", number)
    elif word is None:
        records.reject(ANSWER, "must be accept or decline", record[ANSWER])
    elif records.is_sound:
        return RoundEvent(pair.seeker, pair.candidate, ACTIONS[word], date, sides[0], reason)
    return None
