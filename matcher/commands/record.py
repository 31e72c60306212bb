"""What `matcher record` does: one thing at a time with an outcome log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from matcher.columns import Outcome, Profile
from matcher.errors import OutcomeError
from matcher.outcomes.vocabulary import REASON
from matcher.profiles import read_profiles
from matcher.tables.writing import check_writable, rejected_path, write_or_remove

if TYPE_CHECKING:
    from matcher.outcomes.log import OutcomeLog, Recorded

EVENT: Final = (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.STAGE, Outcome.DATE)
TASKS: Final = ("--import", "--import-reviews", "--export", "--correct", "--withdraw", "--list")
LISTED: Final = ("id", *Outcome, REASON)


@dataclass(frozen=True)
class Done:
    """What was done.

    Attributes
    ----------
    told : str
        For the person who asked.
    table : str
        The log as text, where that was asked for.
    n_rejected : int
        Rows that were not recorded.
    """

    told: str = ""
    table: str = ""
    n_rejected: int = 0


def do_task(
    place: str, tasks: Mapping[str, Any], cells: Mapping[str, Any], profiles: Sequence[str] = ()
) -> Done:
    """Do the one thing that is asked for with a log.

    Parameters
    ----------
    place : str
        Path or address of the log.
    tasks : mapping of str to value
        What is asked for, by one of `TASKS`; an outcome is recorded where it is empty.
    cells : mapping of str to value
        Cells of an outcome, of its correction, or the reason of a withdrawal.
    profiles : sequence of str
        Files whose ids may appear; any ids where there is none.

    Raises
    ------
    MatcherError
        If more than one thing is asked for, cells are missing or do not belong to it, or it fails.
    """
    from matcher.outcomes.log import OutcomeLog

    if len(tasks) > 1:
        raise OutcomeError(f"one task must be asked for at a time; got {', '.join(tasks)}. Leave out others.")
    task: str = next(iter(tasks), "")
    value: Any = tasks.get(task)
    _check_cells(task, cells)
    log, known = OutcomeLog(place), _known(profiles)
    if task == "--correct":
        return Done(f"entry {value} is corrected by entry {log.correct(value, known=known, **cells)}")
    if task == "--withdraw":
        log.withdraw(value, cells[REASON])
        return Done(f"entry {value} is withdrawn")
    if task == "--import":
        return _import(log, Path(value), known)
    if task == "--import-reviews":
        return _import_reviews(log, Path(value), known)
    if task == "--export":
        check_writable(value)
        log.export(value)
        return Done(f"{len(log.entries()):,} outcomes: {value}")
    return Done(table=_listed(log)) if task == "--list" else _record(log, cells, known)


def _check_cells(task: str, cells: Mapping[str, Any]) -> None:
    allowed = {"": (*Outcome, REASON), "--correct": (*Outcome, REASON), "--withdraw": (REASON,)}.get(task, ())
    needed = {"": EVENT, "--withdraw": (REASON,)}.get(task, ())
    missing = [_option(name) for name in needed if name not in cells]
    foreign = [_option(name) for name in cells if name not in allowed]
    if missing:
        raise OutcomeError(f"{task or 'an outcome'} must have {', '.join(missing)}; got none. Add it.")
    if foreign:
        raise OutcomeError(f"{task} must stand without {', '.join(foreign)}. Leave it out.")


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _known(profiles: Sequence[str]) -> set[str] | None:
    """Return the ids of some files of profiles; None for any ids."""
    if not profiles:
        return None
    return {id_ for path in profiles for id_ in read_profiles(path).kept[Profile.ID]}


def _record(log: OutcomeLog, cells: Mapping[str, Any], known: set[str] | None) -> Done:
    done = log.record(**cells, known=known)
    told = f"recorded as entry {done.stored[0]}" if done.stored else f"already there: entry {done.already[0]}"
    return Done("\n".join([told, *str(done).splitlines()[1:]]))


def _import(log: OutcomeLog, path: Path, known: set[str] | None) -> Done:
    rejections = rejected_path(path)
    check_writable(rejections)
    done: Recorded = log.record_many(path, known=known)
    rejected = write_or_remove(done.rejected, rejections)
    lines = [str(done)] + ([f"rejected rows, with reasons: {rejected}"] if rejected else [])
    return Done("\n".join(lines), n_rejected=done.n_rejected)


def _import_reviews(log: OutcomeLog, path: Path, known: set[str] | None) -> Done:
    """Record the answers of a review form that came back."""
    rejections = rejected_path(path)
    check_writable(rejections)
    done = log.record_reviews(path, known=known)
    rejected = write_or_remove(done.rejected, rejections)
    lines = [
        f"{len(done.stored):,} reviews recorded, {len(done.already):,} already there, {done.n_rejected:,} "
        f"rejected, {done.n_empty:,} empty of {done.n_rows:,} rows"
    ]
    lines += [f"rejected rows, with reasons: {rejected}"] if rejected else []
    return Done("\n".join(lines), n_rejected=done.n_rejected)


def _listed(log: OutcomeLog) -> str:
    """Write the outcomes that hold as aligned text, one a line."""
    frame = log.entries()[list(LISTED)]
    if frame.empty:
        return "no outcomes\n"
    frame[REASON] = frame[REASON].str.replace(r"\s+", " ", regex=True)
    frame[Outcome.DATE] = frame[Outcome.DATE].dt.strftime("%Y-%m-%d")
    return f"{frame.to_string(index=False, na_rep='')}\n"
