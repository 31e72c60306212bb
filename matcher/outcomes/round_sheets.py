"""Sheets of a round that come back: decisions of staff on a draft, and answers of organisations."""

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from openpyxl.utils import get_column_letter

from matcher.columns import SIDES
from matcher.documents.language import LANGUAGES, Messages
from matcher.errors import OutcomeError
from matcher.files import bundled_toml
from matcher.outcomes.database import Transaction
from matcher.outcomes.journal import Recorded
from matcher.outcomes.records import REASON, RecordReader, open_records, text_of
from matcher.outcomes.rounds import (
    DRAFT,
    OPEN,
    RoundEvent,
    RoundPair,
    RoundState,
    add_events,
    events_of,
    replay,
)
from matcher.profiles.vocabulary import meaning_of
from matcher.tables.values import fold

HEADERS: Final[Mapping[str, str]] = bundled_toml(__package__, "vocabulary.toml")["round_form"]
"""Headers of the columns of both sheets."""
TEXTS: Final = ("seeker_name", "candidate_name", "reasons_seeker", "reasons_candidate", "slot")
"""Columns of a draft that are kept as details of a pair, as staff left them."""
DECISION, ANSWER, MEETING, ROUND, ORGANISATION = "decision", "answer", "meeting", "round", "organisation"
ACTIONS: Final = {"accept": "accepted", "decline": "declined", "pin": "pinned", "veto": "vetoed"}
MOST_SHOWN: Final = 5


def words_of_form(table: str, lang: str) -> tuple[str, ...]:
    """Return the words of a table of the vocabulary that a form offers in a language."""
    words = bundled_toml(__package__, "vocabulary.toml")[table]
    return tuple(words) if lang == "en" else tuple(listed[0] for listed in words.values())


@cache
def _headers() -> dict[str, str]:
    named = {fold(Messages(lang).say(text)): name for name, text in HEADERS.items() for lang in LANGUAGES}
    return {fold(name): name for name in HEADERS} | named


def column_of(header: str) -> str | None:
    """Return the column of a header in either language; None if there is none."""
    return _headers().get(fold(header))


def read_draft(
    path: str | os.PathLike[str], state: RoundState, date: dt.date
) -> tuple[list[RoundEvent], list[RoundPair]]:
    """Read what staff decided on a day on the pairs of a draft: events, and the pairs that are kept.

    A row without a decision is kept; a pair without a row is dropped. Pairs are as the sheet has them.

    Raises
    ------
    OutcomeError
        If the sheet cannot be read, or a cell cannot be used: with the names of the first such cells.
    """
    records = RecordReader(open_records(Path(path), column_of), column_of, date, for_log=True)
    _check_columns(records, path, ("seeker", "candidate", DECISION, REASON))
    events: list[RoundEvent] = []
    kept: dict[tuple[str, str], RoundPair] = {}
    seen = set()
    busy = {
        (id_, pair.slot) for pair in state.having(*OPEN, "agreed") for id_ in (pair.seeker, pair.candidate)
    }
    for record in records:
        key = text_of(record["seeker"]), text_of(record["candidate"])
        pair = None if key in seen else state.pairs.get(key)
        seen.add(key)
        decision = meaning_of(text_of(record[DECISION]) or "keep", "decisions", __package__)
        reason = records.free_text(record[REASON], REASON)
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
                records.reject(
                    "slot", "must begin with the number of a slot in which both are free", texts["slot"]
                )
            busy |= held
    _raise_problems(records, path)
    gone = (pair for key, pair in state.pairs.items() if key not in seen and pair.status() in DRAFT)
    events += [RoundEvent(pair.seeker, pair.candidate, "dropped", date) for pair in gone]
    return events, list(kept.values())


def _check_columns(records: RecordReader, path: object, needed: tuple[str, ...]) -> None:
    if missing := [HEADERS[name] for name in needed if name not in records.columns]:
        raise OutcomeError(f"{path} must have the columns {', '.join(missing)}. Keep the headers.")


def _raise_problems(records: RecordReader, path: object) -> None:
    """Raise `OutcomeError` with the cells that cannot be used."""
    problems = sorted(records.found.problems)
    cells = [
        f"{get_column_letter(records.columns.index(one.column) + 1)}{records.raw.lines[one.row]}: "
        f"{one.column} {one.reason}" + (f"; got {one.value}" if one.value else "")
        for one in problems[:MOST_SHOWN]
    ]
    if cells:
        raise OutcomeError(f"{path} must be corrected; got: {'; '.join(cells)}.")


def add_answers(log: Transaction, path: Path, date: dt.date, now: dt.datetime, today: dt.date) -> Recorded:
    """Add the answers in the sheet of an organisation to the rounds that it names."""
    records = RecordReader(open_records(path, column_of), column_of, today, for_log=True)
    _check_columns(records, path, (ROUND, MEETING, ORGANISATION, ANSWER, REASON))
    states: dict[str, RoundState] = {}
    found: dict[str, list[RoundEvent]] = {}
    already: list[int] = []
    stored: list[int] = []
    n_empty = 0
    for record in records:
        if not text_of(record[ANSWER]) and not text_of(record[REASON]):
            n_empty += 1
            continue
        name = text_of(record[ROUND])
        state = states.get(name) or replay(events_of(log, name), name)
        event = _answer_of(record, records, state, date)
        if event is None:
            continue
        pair = state.pairs[event.seeker, event.candidate]
        if event.side in pair.answers and pair.answers[event.side].action == event.action:
            already.append(pair.number)
            continue
        try:
            states[name] = state.after([event])
            found.setdefault(name, []).append(event)
            stored.append(pair.number)
        except OutcomeError as err:
            records.reject(ANSWER, str(err)[str(err).index("must ") :].rstrip("."))
    for name, events in found.items():
        add_events(log, name, events, now, today)
    return Recorded(tuple(stored), tuple(already), records.rejected(), (), len(records.raw), n_empty)


def _answer_of(
    record: Mapping[str, object], records: RecordReader, state: RoundState, date: dt.date
) -> RoundEvent | None:
    """Return the answer in a row; None where it is rejected."""
    number, own = text_of(record[MEETING]).removesuffix(".0"), text_of(record[ORGANISATION])
    pair = next((one for one in state.pairs.values() if str(one.number) == number), None)
    sides = [side for side in SIDES if pair and getattr(pair, side) == own]
    word = meaning_of(text_of(record[ANSWER]), "answers", __package__)
    reason = records.free_text(record[REASON], REASON)
    if pair is None or not sides:
        records.reject(MEETING, "must be a meeting of the organisation in a round of this log", number)
    elif word is None:
        records.reject(ANSWER, "must be accept or decline", record[ANSWER])
    elif records.is_sound:
        return RoundEvent(pair.seeker, pair.candidate, ACTIONS[word], date, sides[0], reason)
    return None
