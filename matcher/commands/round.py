"""`matcher round`: who meets whom in a round of introductions, and its life on the outcome log."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd
import typer

from matcher.commands.terminal import Request, echo
from matcher.documents.language import messages_in_use
from matcher.errors import ConfigError, OutcomeError
from matcher.tables.writing import write_or_remove, write_table

if TYPE_CHECKING:
    from matcher.outcomes.log import OutcomeLog
    from matcher.outcomes.rounds import RoundEvent, RoundPair, RoundState
    from matcher.output.assignments import Assignment

TURNED: Final = ("{}", "{}_name", "reasons_{}")  # columns that both sides exchange with their places
MOST_NAMED: Final = 20  # organisations left out that are printed


def draft(
    given: Request,
    out: Path,
    fixed: Path | None = None,
    vetoed: Path | None = None,
    slots: int | None = None,
    capacity: int | None = None,
    log: str | None = None,
    round_name: str | None = None,
    edits: Path | None = None,
    on: dt.datetime | None = None,
    report: Path | None = None,
) -> None:
    """Choose the pairs that meet, so that all gain the most together and no rule or capacity is broken.

    With --log and --round the log keeps them as proposed, and the sheet has columns for decisions of staff.
    """
    from matcher.commands.inputs import check_outputs, fit_inputs, read_pins
    from matcher.outcomes.rounds import OPEN
    from matcher.output.report.pages import write_report
    from matcher.output.report.sections import ReportData

    left_out = out.with_name(f"{out.name}.left_out.csv")
    sources = given.profiles, given.seekers, fixed, vetoed, given.history
    check_outputs(out, sources, report, [left_out])
    day = _day(on)
    kept = open_round(log, round_name, edits, out, day)
    matcher, inputs = fit_inputs(given)
    changed = {name: value for name, value in (("slots", slots), ("capacity", capacity)) if value}
    limits = matcher.config.round
    planned = limits.from_dict({**limits.model_dump(), **changed})
    pairs: dict[str, Any] = {
        name: [pair[:2] for pair in read_pins(path)] if path else []
        for name, path in (("fixed", fixed), ("vetoed", vetoed))
    }
    if kept:
        going = kept.state.having(*OPEN, "agreed")
        if planned.slots > 1 and not all(pair.slot for pair in going):
            raise ConfigError(
                "slots must be given from the first draft of a round on; got pairs that have none."
            )
        pairs["fixed"] += _keys(kept.state.having("pinned"))
        pairs["fixed"] += [(pair.seeker, pair.candidate, pair.slot) for pair in going]
        pairs["vetoed"] += _keys(kept.state.having("vetoed", "declined", "expired", "withdrawn"))
    found = matcher.assign(inputs.seekers, settings=planned, lang=given.lang, **pairs)
    if kept:
        slot = found.table["slot"].astype(str) if planned.slots > 1 else ""
        taken = {pair[:2] for pair in pairs["fixed"]}
        propose(kept, taken, found.table.assign(slot=slot), out, given.lang)
    else:
        write_table(found.table, out)
    echo(describe(found))
    echo(f"who meets whom: {out}")
    files = {"out": out, "report": report, **inputs.write_findings(out)}
    if report and len(found.table):
        write_report(ReportData(**found.make_lists(), **inputs.described(files)), report, lang=given.lang)
        echo(f"report: {report}")
    if write_or_remove(found.left_out, left_out):
        echo(f"who was left out, and why: {left_out}")


def next_(given: Request, **own: Any) -> None:
    """Fill the places of a round that are free again; pairs that are agreed, open or pinned stay.

    What was vetoed, declined or not answered in time is never proposed again.
    """
    if not own["log"]:
        raise ConfigError("--log and --round must be given for the next draft of a round. Add them.")
    draft(given, **own)


vars(next_)["__wrapped__"] = draft  # the same options


def describe(found: Assignment) -> str:
    """Return what a round is worth and who was left out, line by line."""
    first = found.left_out.iloc[:MOST_NAMED]
    lines = [
        f"{len(found.table):,} pairs meet, with a value of {found.value:.2f}",
        "no round has a higher value"
        if found.is_exact
        else f"no round has a value that is higher by more than {100.0 * found.gap:.2f} %",
        f"{len(found.blocking_pairs):,} pairs do not meet though both would rather",
        f"{found.envy:,} organisations would rather have the meetings of another",
        f"{len(found.left_out):,} seekers are without a meeting or have too few",
        *found.notes,
        *(f"{name}: {reason}" for name, reason in zip(first["name"], first["reason"], strict=True)),
    ]
    return "\n".join(lines)


def publish(
    sheet: Path,
    log: str,
    round_name: str,
    answer_by: dt.datetime,
    out: Path,
    disclosure: str = "hidden",
    on: dt.datetime | None = None,
    lang: str = "en",
) -> None:
    """Record what staff decided on a draft, and write letters and sheets for answers to both sides."""
    from matcher.outcomes.log import OutcomeLog
    from matcher.outcomes.rounds import RoundEvent, read_draft
    from matcher.output.letters import DISCLOSURES, write_letters

    if disclosure not in DISCLOSURES:
        raise ConfigError(f"disclosure must be hidden or open; got {disclosure!r}.")
    place, day = OutcomeLog(log), _day(on)
    decided, kept = read_draft(sheet, place.round(round_name), day)
    last, open_to = answer_by.date(), {"disclosure": disclosure}
    events = [
        RoundEvent(*key, "published", day, answer_by=last, details={**pair.details, **open_to})
        for key, pair in zip(_keys(kept), kept, strict=True)
    ]
    if not kept:
        raise OutcomeError(f"{sheet} must keep a pair to be published; got none.")
    state = place.record_round(round_name, [*decided, *events])
    n_letters = write_letters(state, out, lang, day, frozenset(_keys(kept)))
    counts = Counter(event.action for event in decided)
    lines = [f"{counts['vetoed']:,} pairs vetoed, {counts['dropped']:,} without a row dropped"]
    lines.append(f"{len(kept):,} pairs published, {n_letters:,} letters: {out}")
    echo("\n".join(lines))


def status(
    log: str, round_name: str, on: dt.datetime | None = None, out: Path | None = None, lang: str = "en"
) -> None:
    """Show how the pairs of a round stand on a day, and write letters with what each side may know."""
    from matcher.outcomes.log import OutcomeLog
    from matcher.output.letters import write_letters

    state, day, messages = OutcomeLog(log).round(round_name), _day(on), messages_in_use()
    if not state.pairs:
        raise OutcomeError(f"round must be one of the log; got {round_name!r}. Use matcher round draft.")
    table = state.table(day)
    table["status"] = table["status"].map(messages.say)
    table["answer_by"] = table["answer_by"].fillna("")
    headers = [messages.say_header(name, "column") for name in table.columns]
    typer.echo(table.set_axis(headers, axis="columns").to_string(index=False, na_rep=""))
    if out:
        echo(f"{write_letters(state, out, lang, day):,} letters: {out}")


def withdraw(
    log: str,
    round_name: str,
    meetings: list[int],
    reason: str,
    out: Path,
    on: dt.datetime | None = None,
    lang: str = "en",
) -> None:
    """Withdraw meetings that were published: their places are free again, and both sides get new letters.

    The log keeps the reason; letters do not give it.
    """
    from matcher.outcomes.log import OutcomeLog
    from matcher.outcomes.rounds import RoundEvent
    from matcher.output.letters import write_letters

    place, day = OutcomeLog(log), _day(on)
    pairs = {pair.number: pair for pair in place.round(round_name).pairs.values()}
    if unknown := sorted({*meetings} - {*pairs}):
        named = ", ".join(map(str, unknown))
        raise OutcomeError(f"meeting must be a number that matcher round status shows; got {named}.")
    keys = _keys(pairs[number] for number in dict.fromkeys(meetings))
    events = [RoundEvent(*key, "withdrawn", day, reason=reason) for key in keys]
    n_letters = write_letters(place.record_round(round_name, events), out, lang, day, frozenset(keys))
    echo(f"{len(events):,} meetings withdrawn, {n_letters:,} letters: {out}")


def _day(on: dt.datetime | None) -> dt.date:
    return on.date() if on else dt.date.today()


class OpenRound(NamedTuple):
    """A round that is to be drafted: its log, its state, and what has expired since."""

    log: OutcomeLog
    state: RoundState
    late: list[RoundEvent]
    day: dt.date


def open_round(
    log: str | None, name: str | None, edits: Path | None, out: Path, day: dt.date
) -> OpenRound | None:
    """Return the round that a draft goes on with, after the edits of staff; None without a log."""
    from matcher.documents.sheets import check_new_workbook
    from matcher.outcomes.log import OutcomeLog
    from matcher.outcomes.rounds import RoundEvent, read_draft

    if (log is None) != (name is None) or (edits and log is None):
        raise ConfigError("--log and --round must be given together, and with --edits. Add the other.")
    if log is None or name is None:
        return None
    check_new_workbook(out)
    place = OutcomeLog(log)
    place.prepare()
    state = place.round(name)
    if edits:
        state = place.record_round(name, read_draft(edits, state, day)[0])
    late = [pair for pair in state.having("expired", on=day) if pair.action == "published"]
    events = [RoundEvent(*key, "expired", day) for key in _keys(late)]
    return OpenRound(place, state.after(events), events, day)


def propose(
    kept: OpenRound, fixed: Collection[tuple[str, str]], found: pd.DataFrame, out: Path, lang: str
) -> None:
    """Record what has expired and the pairs for the free places, and write these as a draft."""
    from matcher.outcomes.rounds import DRAFT, RoundEvent, words_of_form
    from matcher.output.letters import write_draft

    known, rows = kept.state.pairs, found.rename(columns={"name": "candidate_name"})
    # A pair keeps the seeker that it had in the round.
    turned = [key[::-1] in known for key in zip(rows["seeker"], rows["candidate"], strict=True)]
    for name in TURNED:
        sides = [name.format("seeker"), name.format("candidate")]
        rows.loc[turned, sides] = rows.loc[turned, sides[::-1]].to_numpy()
    rows["key"] = list(zip(rows["seeker"], rows["candidate"], strict=True))
    new = rows[[key not in fixed for key in rows["key"]]]
    gone = [key for key in _keys(kept.state.having("proposed")) if key not in {*new["key"]}]
    events = [*kept.late, *(RoundEvent(*key, "dropped", kept.day) for key in gone)]
    for (seeker, candidate), slot in zip(new["key"], new["slot"], strict=True):
        events.append(RoundEvent(seeker, candidate, "proposed", kept.day, details={"slot": slot}))
    state = kept.log.record_round(kept.state.name, events)
    shown = rows[[state.pairs[key].action in DRAFT for key in rows["key"]]]
    pairs, pin = [state.pairs[key] for key in shown["key"]], words_of_form("decisions", lang)[1]
    decisions = [pin if pair.action == "pinned" else "" for pair in pairs]
    write_draft(out, shown.assign(meeting=[pair.number for pair in pairs], decision=decisions), lang)
    echo(f"{len(pairs):,} pairs proposed; {len(kept.late):,} others were not answered in time")


def _keys(pairs: Iterable[RoundPair]) -> list[tuple[str, str]]:
    return [(pair.seeker, pair.candidate) for pair in pairs]
