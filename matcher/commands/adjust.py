"""`matcher adjust`: weights, within bounds, from what became of matches."""

import datetime as dt
from pathlib import Path
from typing import Any

from matcher.commands.localisation import echo, show
from matcher.commands.options import Request
from matcher.errors import ConfigError


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
    from matcher.commands.inputs import check_not_inputs, check_target, fit_inputs
    from matcher.learning import adjustment
    from matcher.outcomes import is_log
    from matcher.outcomes.log import OutcomeLog

    if accept and roll_back:
        raise ConfigError("--accept and --roll-back must not be given together; leave one out.")
    check_target("out", out, (".toml",))
    check_not_inputs(out, [out], (given.profiles, outcomes, given.history, bounds))
    if accept or roll_back:
        adjustment.check_reason(reason)
    day, log = date.date() if date else dt.date.today(), OutcomeLog(outcomes) if is_log(outcomes) else None
    if roll_back:
        if log is None:
            raise ConfigError(
                f"outcomes must be a log for a roll-back; got {outcomes}. Name the log that records it."
            )
        adjustment.roll_back(log, reason, day, given.settings()).save(out)
        echo(f"the former weights are in force again: {out}")
        return
    limits = None if bounds is None else adjustment.read_bounds(bounds)
    matcher, inputs = fit_inputs(given, outcomes)
    how: dict[str, Any] = {"seekers": seeker or None, "stable": stable, "seed": seed}
    how |= {"bounds": limits, "progress": not given.quiet}
    found = adjustment.propose_weights(matcher, inputs.logs["outcomes"], **how)
    lines = inputs.remarks()
    if not found.is_change:
        lines.append("nothing is proposed: the present weights stand, and nothing was written")
    elif not accept:
        lines.append("new weights are proposed; nothing was written: --accept puts them in force")
    else:
        lines.append(f"new weights are in force: {out}")
        if log:
            adjustment.accept(found, log, reason, day)
            named = "the database" if "://" in outcomes else outcomes  # an address may hold a password
            lines.append(f"recorded in the log: {named}")
        found.config.save(out)
    show(adjustment.adjustment_document(found, given.lang))
    echo("\n".join(lines))
