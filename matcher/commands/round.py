"""`matcher round`: the life of a round on the outcome log."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path

from matcher.commands.localisation import echo
from matcher.documents.language import check_lang, messages_in_use
from matcher.errors import ConfigError, OutcomeError


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
    from matcher.outcomes.round_sheets import read_draft
    from matcher.outcomes.rounds import RoundEvent
    from matcher.output.letters import DISCLOSURES, write_letters

    check_lang(lang)
    if disclosure not in DISCLOSURES:
        raise ConfigError(f"disclosure must be hidden or open; got {disclosure!r}.")
    place, day = OutcomeLog(log), _day(on)
    decided, kept = read_draft(sheet, place.round(round_name), day)
    events = [
        RoundEvent(
            *(pair.seeker, pair.candidate, "published", day),
            answer_by=answer_by.date(),
            details={**pair.details, "disclosure": disclosure},
        )
        for pair in kept
    ]
    if not kept:
        raise OutcomeError(f"{sheet} must keep a pair to be published; got none.")
    state = place.record_round(round_name, [*decided, *events])
    only = frozenset((pair.seeker, pair.candidate) for pair in kept)
    n_letters = write_letters(state, out, lang, day, only)
    counts = Counter(event.action for event in decided)
    lines = [f"{counts['vetoed']:,} pairs vetoed, {counts['dropped']:,} without a row dropped"]
    lines.append(f"{len(kept):,} pairs published, {n_letters:,} letters: {out}")
    echo("\n".join(lines))


def status(
    log: str,
    round_name: str,
    on: dt.datetime | None = None,
    out: Path | None = None,
    lang: str = "en",
) -> None:
    """Show how the pairs of a round stand on a day, and write letters with what each side may know."""
    import typer

    from matcher.outcomes.log import OutcomeLog
    from matcher.output.letters import write_letters

    check_lang(lang)
    state, day, messages = OutcomeLog(log).round(round_name), _day(on), messages_in_use()
    if not state.pairs:
        raise OutcomeError(f"round must be one of the log; got {round_name!r}. Use matcher round draft.")
    table = state.table(day)
    table["status"] = table["status"].map(messages.say)
    headers = [messages.say_header(name, "column") for name in table.columns]
    typer.echo(table.set_axis(headers, axis="columns").to_string(index=False, na_rep=""))
    if out:
        echo(f"{write_letters(state, out, lang, day):,} letters: {out}")


def _day(on: dt.datetime | None) -> dt.date:
    return on.date() if on else dt.date.today()
