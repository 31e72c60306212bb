"""`matcher record`: record into an outcome log, correct, export or list it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import typer

from matcher.columns import Outcome, Profile
from matcher.commands.terminal import echo, read_columns, render
from matcher.documents.language import messages_in_use
from matcher.errors import OutcomeError
from matcher.files import check_replaceable
from matcher.profiles import read_profiles
from matcher.tables.dates import day_of
from matcher.tables.writing import rejected_path, write_or_remove, write_table

if TYPE_CHECKING:
    from matcher.outcomes.log import OutcomeLog

EVENT: Final = (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE, Outcome.DATE)
REASON: Final = "reason"
CELLS: Final = (*Outcome, REASON)
ALLOWED: Final = {"": CELLS, "--correct": CELLS, "--withdraw": (REASON,), "--import-answers": (Outcome.DATE,)}
NEEDED: Final = {"": EVENT, "--withdraw": (REASON,)}
"""Cells that a task, "" to record one outcome, may and must have; none where it is not named."""
PAIR: Final = (Outcome.SEEKER, Outcome.CANDIDATE)
MOST_LISTED: Final = 5


def record(
    log: str,
    seeker: str | None = None,
    candidate: str | None = None,
    stage: str | None = None,
    date: str | None = None,
    seeker_rating: float | None = None,
    candidate_rating: float | None = None,
    reason: str | None = None,
    profiles: list[str] | None = None,
    import_file: Path | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    import_reviews: Path | None = None,
    import_answers: Path | None = None,
    export: Path | None = None,
    correct: int | None = None,
    withdraw: int | None = None,
    lang: str = "en",
    show: bool = False,
    strict: bool = False,
) -> None:
    """Record the outcome of a match in an append-only log.

    Nothing is changed or removed: a correction replaces an entry, and both are kept.
    """
    from matcher.outcomes.log import OutcomeLog

    if (columns or mapping) and import_file is None:
        raise OutcomeError("map and mapping must go with --import; got another task. Leave them out.")
    values: Any = (seeker, candidate, stage, date, seeker_rating, candidate_rating, reason)
    cells = {str(name): cell for name, cell in zip(CELLS, values, strict=True) if cell is not None}
    given: dict[str, Any] = {"--import": import_file, "--import-reviews": import_reviews}
    given |= {"--import-answers": import_answers, "--export": export, "--correct": correct}
    task, value = _chosen({**given, "--withdraw": withdraw, "--list": show or None}, cells)
    place, n_rejected = OutcomeLog(log), 0
    tables = [read_profiles(path).kept for path in profiles or ()]
    rows = (zip(kept[Profile.ID], kept[Profile.NAME], strict=True) for kept in tables)
    known = dict(chain.from_iterable(rows)) if profiles else None  # any ids
    match task:
        case "--correct":
            message = f"entry {value} is corrected by entry {place.correct(value, known=known, **cells)}"
        case "--withdraw":
            place.withdraw(value, cells[REASON])
            message = f"entry {value} is withdrawn"
        case "--import" | "--import-reviews" | "--import-answers":
            message, n_rejected = _import(place, task, value, known, columns, mapping, date)
        case "--export":
            write_table(entries := _with_names(place.entries(), known), value)
            message = f"{len(entries):,} outcomes: {value}"
        case "--list":
            message = _listed(place, known)
        case _:
            done = place.record(**cells, known=known)
            stored = (f"recorded as entry {id_}" for id_ in done.stored)
            there = (f"already there: entry {id_}" for id_ in done.already)
            message = "\n".join([*stored, *there, *str(done).splitlines()[1:]])
    echo(message, err=task != "--list")
    if known is None and task in ("", "--import", "--import-reviews"):
        echo("ids are not checked: --profiles names the file of organisations", err=True)
    if strict and n_rejected:
        raise typer.Exit(1)


def _chosen(given: Mapping[str, Any], cells: Mapping[str, object]) -> tuple[str, Any]:
    """Return the task that is asked for, "" to record an outcome, and what is given for it."""
    tasks = {name: one for name, one in given.items() if one is not None}
    if len(tasks) > 1:
        raise OutcomeError(f"one task must be asked for at a time; got {', '.join(tasks)}. Leave out others.")
    task, value = next(iter(tasks.items()), ("", None))
    missing = ", ".join(map(_option, [one for one in NEEDED.get(task, ()) if one not in cells]))
    foreign = ", ".join(map(_option, [one for one in cells if one not in ALLOWED.get(task, ())]))
    if missing:
        raise OutcomeError(f"{task or 'an outcome'} must have {missing}; got none. Add it.")
    if foreign:
        raise OutcomeError(f"{task} must stand without {foreign}. Leave it out.")
    return task, value


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _with_names(entries: pd.DataFrame, known: Mapping[str, str] | None) -> pd.DataFrame:
    for side in PAIR if known else ():
        names = entries[side].map(dict(known or {})).fillna("")
        entries.insert([*entries.columns].index(side) + 1, f"{side}_name", names)
    return entries


def _import(
    log: OutcomeLog,
    task: str,
    path: Path,
    known: Mapping[str, str] | None,
    columns: Sequence[str] | None,
    mapping: Path | None,
    date: str | None,
) -> tuple[str, int]:
    """Record a file, or all sheets of answers in a folder; return a summary and the rejected rows."""
    from matcher.outcomes.reading import COLUMNS, column_of

    said = read_columns(columns, mapping, column_of=column_of, names=COLUMNS)
    paths = sorted(path.glob("*.xlsx")) if task == "--import-answers" and path.is_dir() else [path]
    if not paths:
        raise OutcomeError(f"{path} must hold .xlsx sheets of answers; there is none. Name another folder.")
    day = day_of(date, OutcomeError) if date else None
    record_file = {
        "--import": partial(log.record_many, known=known, mapping=said),
        "--import-reviews": partial(log.record_reviews, known=known),
        "--import-answers": partial(log.record_answers, date=day),
    }[task]
    lines, n_rejected = list[str](), 0
    for one in paths:
        check_replaceable(rejected_path(one))
        done = record_file(one)
        lines += [one.name, str(done)] if path.is_dir() else [str(done)]
        n_rejected += done.n_rejected
        findings = done.rejected.assign(reason=done.rejected[REASON].map(render))
        if rejected := write_or_remove(findings, rejected_path(one)):
            lines.append(f"rejected rows, with reasons: {rejected}")
    pairs, reviewed = (table[list(PAIR)].agg(tuple, axis=1) for table in (log.entries(), log.reviews()))
    if task == "--import-reviews" and (foreign := sorted({*reviewed} - {*pairs})):
        listed = ", ".join(" / ".join(pair) for pair in foreign[:MOST_LISTED])
        lines.append(f"reviews of pairs without an outcome in the log, which no review shows: {listed}")
    return "\n".join(lines), n_rejected


def _listed(log: OutcomeLog, known: Mapping[str, str] | None) -> str:
    frame = _with_names(log.entries()[["id", *CELLS]], known)
    if frame.empty:
        return "no outcomes"
    frame[REASON] = frame[REASON].str.replace(r"\s+", " ", regex=True)
    frame[Outcome.DATE] = frame[Outcome.DATE].dt.strftime("%Y-%m-%d")
    frame[Outcome.STAGE] = frame[Outcome.STAGE].map(render)
    headers = [messages_in_use().say_header(name, "column") for name in frame.columns]
    return frame.set_axis(headers, axis="columns").to_string(index=False, na_rep="")
