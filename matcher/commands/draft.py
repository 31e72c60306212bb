"""`matcher round draft`: who meets whom in a round of introductions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.commands.localisation import echo
from matcher.commands.options import Request
from matcher.commands.round import open_round, propose
from matcher.errors import ConfigError
from matcher.tables.writing import check_writable, write_or_remove, write_table

if TYPE_CHECKING:
    from matcher.commands.inputs import Inputs
    from matcher.output.assignments import Assignment

MOST_NAMED = 20  # organisations left out that are printed


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
    from matcher.commands.inputs import check_not_inputs, fit_inputs, read_pins
    from matcher.output.report.pages import check_report

    left_out = out.with_name(f"{out.name}.left_out.csv")
    targets = [out, left_out]
    for target in targets:
        check_writable(target)
    if report:
        check_report(report)
        targets.append(report)
    check_not_inputs(out, targets, [given.profiles, given.seekers, fixed, vetoed, given.history])
    kept = open_round(log, round_name, edits, out, on)
    matcher, inputs = fit_inputs(given)
    changed = {name: value for name, value in (("slots", slots), ("capacity", capacity)) if value}
    limits = matcher.config.round
    pairs: dict[str, Any] = {
        name: [pair[:2] for pair in read_pins(path)] if path else []
        for name, path in (("fixed", fixed), ("vetoed", vetoed))
    }
    if kept:
        pairs = {name: [*listed, *kept.pairs[name]] for name, listed in pairs.items()}
    planned = limits.from_dict({**limits.model_dump(), **changed})
    if kept and planned.slots > 1 and not all(slot for *_, slot in kept.asked):
        raise ConfigError("slots must be given from the first draft of a round on; got pairs that have none.")
    found = matcher.assign(inputs.seekers, settings=planned, lang=given.lang, **pairs)
    if kept:
        propose(kept, found.table, out, given.lang, has_slots=planned.slots > 1)
    else:
        write_table(found.table, out)
    echo(describe(found))
    echo(f"who meets whom: {out}")
    findings = inputs.write_findings(out)
    if report and len(found.table):
        _write_report(found, inputs, (out, *findings), report, given.lang)
    if write_or_remove(found.left_out, left_out):
        echo(f"who was left out, and why: {left_out}")


def _write_report(
    found: Assignment, inputs: Inputs, written: Sequence[Path | None], report: Path, lang: str
) -> None:
    """Write the report of a round, with a list of meetings for each seeker."""
    from matcher.output.report.pages import write_report
    from matcher.output.report.sections import ReportData

    out, *_ = written
    names = [inputs.names["profiles"], *(path.name if path else "" for path in written)]
    data = ReportData(
        **found.make_lists(),
        n_rows=inputs.profiles.n_rows,
        n_rejected=inputs.n_rejected,
        files=dict(zip(("profiles", "out", "rejected", "notes"), names, strict=True)),
        linked=out is not None and out.resolve().parent == report.resolve().parent,
    )
    write_report(data, report, lang=lang)
    echo(f"report: {report}")


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
    lines = [
        f"{len(found.table):,} pairs meet, with a value of {found.value:.2f}",
        "no round has a higher value"
        if found.is_exact
        else f"no round has a value that is higher by more than {100.0 * found.gap:.2f} %",
        f"{len(found.blocking_pairs):,} pairs do not meet though both would rather",
        f"{found.envy:,} organisations would rather have the meetings of another",
        f"{len(found.left_out):,} seekers are without a meeting or have too few",
        *found.notes,
    ]
    first = found.left_out.iloc[:MOST_NAMED]
    lines += [f"{name}: {reason}" for name, reason in zip(first["name"], first["reason"], strict=True)]
    return "\n".join(lines)
