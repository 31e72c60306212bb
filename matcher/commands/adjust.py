"""`matcher adjust`: weights, within bounds, from what became of matches."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.commands.localisation import echo, show
from matcher.commands.options import Request
from matcher.errors import ConfigError

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.learning.adjustment import Adjustment


def adjust(
    given: Request,
    outcomes: str,
    out: Path,
    bounds: Path | None = None,
    seeker: list[str] | None = None,
    accept: bool = False,
    roll_back: bool = False,
    reason: str = "",
    date: dt.datetime | None = None,
    stable: bool = False,
    seed: int = 0,
) -> None:
    """Propose weights, within bounds, from what became of matches, and show what they would change.

    The proposal goes to stdout as Markdown. Nothing is written before --accept; a log that the outcomes
    come from records it, and --roll-back puts the former weights back.
    """
    from matcher.commands.inputs import check_not_inputs, check_target
    from matcher.learning.adjustment import check_reason, propose_weights, read_bounds
    from matcher.learning.documents import adjustment_document

    if accept and roll_back:
        raise ConfigError("--accept and --roll-back must not be given together; leave one out.")
    check_target("out", out, (".toml",))
    check_not_inputs(out, [out], (given.profiles, outcomes, given.history, bounds))
    if accept or roll_back:
        check_reason(reason)
    day = date.date() if date else dt.date.today()
    if roll_back:
        _undo(outcomes, out, reason, day, given.settings())
        echo(f"the former weights are in force again: {out}")
        return
    limits = None if bounds is None else read_bounds(bounds)
    matcher, inputs = given.open(outcomes)
    adjustment = propose_weights(
        matcher,
        inputs.logs["outcomes"],
        bounds=limits,
        seekers=seeker or None,
        stable=stable,
        seed=seed,
        progress=not given.quiet,
    )
    lines = inputs.remarks()
    if not adjustment.is_change:
        lines.append("nothing is proposed: the present weights stand, and nothing was written")
    elif not accept:
        lines.append("new weights are proposed; nothing was written: --accept puts them in force")
    else:
        lines += _accept(adjustment, outcomes, out, reason, day)
    show(adjustment_document(adjustment, given.lang))
    echo("\n".join(lines))


def _accept(adjustment: Adjustment, outcomes: str, out: Path, reason: str, day: dt.date) -> list[str]:
    """Write the new weights, record them in the log that the outcomes come from, and say so."""
    from matcher.learning.adjustment import accept
    from matcher.outcomes import is_log
    from matcher.outcomes.log import OutcomeLog

    lines = [f"new weights are in force: {out}"]
    if is_log(outcomes):
        accept(adjustment, OutcomeLog(outcomes), reason, day)
        named = "the database" if "://" in outcomes else outcomes  # an address may hold a password
        lines.append(f"recorded in the log: {named}")
    adjustment.config.save(out)
    return lines


def _undo(log: str, out: Path, reason: str, date: dt.date, config: Config) -> None:
    """Write the weights that the last adjustment of a log replaced, and record it there."""
    from matcher.learning.adjustment import roll_back
    from matcher.outcomes import is_log
    from matcher.outcomes.log import OutcomeLog

    if not is_log(log):
        raise ConfigError(f"outcomes must be a log for a roll-back; got {log}. Name the log that records it.")
    roll_back(OutcomeLog(log), reason, date, config).save(out)
