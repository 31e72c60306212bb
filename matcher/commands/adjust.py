"""`matcher adjust`: weights, within bounds, from what became of matches."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.commands import options
from matcher.commands.localisation import echo
from matcher.errors import ConfigError

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.learning.adjustment import Adjustment
    from matcher.profiles.layout import Given


@dataclass(frozen=True)
class AdjustmentReport:
    """What an adjustment from files did.

    Attributes
    ----------
    adjustment : Adjustment
    n_rejected : int
        Rows of the inputs that could not be used.
    written : Path or None
        Where the settings with new weights are; None where nothing was accepted.
    log : str
        Log in which it is recorded, without a password; "" if none.
    """

    adjustment: Adjustment
    n_rejected: int
    written: Path | None = None
    log: str = ""

    def __str__(self) -> str:
        """Return a few lines: what was left out, proposed and written."""
        lines = []
        if self.n_rejected:
            lines.append(f"{self.n_rejected:,} rows of the inputs were rejected")
        if not self.adjustment.is_change:
            lines.append("nothing is proposed: the present weights stand, and nothing was written")
        elif self.written is None:
            lines.append("new weights are proposed; nothing was written: --accept puts them in force")
        else:
            lines.append(f"new weights are in force: {self.written}")
        if self.log:
            lines.append(f"recorded in the log: {self.log}")
        return "\n".join(lines)


def adjust(
    profiles: options.Profiles,
    outcomes: options.Outcomes,
    out: Annotated[
        Path, typer.Option(help="Settings with the new weights, a .toml file.", show_default=False)
    ],
    history: options.MoreHistory = None,
    bounds: Annotated[
        Path | None,
        typer.Option(help="TOML file with lines such as trust = [0.1, 0.25]; 30 % of each if left out."),
    ] = None,
    config: options.ConfigFile = None,
    encoder: options.EncoderName = None,
    seeker: Annotated[
        list[str] | None, typer.Option(help="Id whose list is compared; again for more. All if left out.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Put in force what is proposed.")] = False,
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Put back the weights before the log's last adjustment.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, in a few words, for the log.", show_default=False)] = "",
    date: Annotated[dt.datetime | None, options.day("Day from which it holds; today if left out.")] = None,
    stable: options.Stable = False,
    query: options.Query = None,
    columns: options.Columns = None,
    mapping: options.MappingFile = None,
    lang: options.Lang = "en",
    seed: options.Seed = 0,
    quiet: options.Quiet = False,
) -> None:
    """Propose weights, within bounds, from what became of matches, and show what they would change.

    The proposal goes to stdout as Markdown. Nothing is written before --accept; a log that the outcomes
    come from records it, and --roll-back puts the former weights back.
    """
    from matcher.documents.writing import to_markdown
    from matcher.learning.adjustment_document import adjustment_document

    if accept and roll_back:
        raise ConfigError("--accept and --roll-back must not be given together; leave one out.")
    day = date.date() if date else dt.date.today()
    if roll_back:
        _undo(outcomes, out, reason, day, options.read_config(config))
        echo(f"the former weights are in force again: {out}")
        return
    report = adjust_batch(
        profiles,
        outcomes,
        out,
        history=history,
        query=query,
        mapping=options.read_columns(columns, mapping),
        bounds=bounds,
        config=options.read_config(config, encoder=encoder),
        accepted=day if accept else None,
        reason=reason,
        seekers=tuple(seeker or ()),
        stable=stable,
        lang=lang,
        seed=seed,
        progress=not quiet,
    )
    typer.echo(to_markdown(adjustment_document(report.adjustment, lang)), nl=False)
    echo(str(report))


def adjust_batch(
    profiles: str | Path,
    outcomes: str | Path,
    out: str | Path,
    *,
    history: str | Path | None = None,
    query: str | None = None,
    mapping: Given = None,
    bounds: str | Path | None = None,
    config: Config | None = None,
    accepted: dt.date | None = None,
    reason: str = "",
    seekers: tuple[str, ...] = (),
    stable: bool = False,
    lang: str = "en",
    seed: int = 0,
    progress: bool = False,
) -> AdjustmentReport:
    """Propose weights from files and, if that is decided already, accept them.

    Parameters
    ----------
    profiles, outcomes, history, query, mapping, bounds, reason, stable, seed : as the options of `adjust`
    out : path
        A .toml file: the settings with the new weights. It is written, and recorded in the log that the
        outcomes come from, only if weights are accepted and anything is proposed.
    config : Config, optional
        Settings, with the weights in force.
    accepted : date, optional
        Day from which the proposal is in force; nothing is written if left out.
    seekers : tuple of str
        Ids whose lists are compared; all where empty.
    lang : {"en", "id"}, default "en"
        Checked only: of the document that the caller will make.
    progress : bool, default False
        Whether to show progress bars on stderr.

    Raises
    ------
    MatcherError
        If an input cannot be used, or the file or the log not be written.
    """
    from matcher.commands.inputs import check_not_inputs, check_target, read_inputs
    from matcher.documents.language import check_lang
    from matcher.learning.adjustment import accept, check_reason, propose_weights, read_bounds
    from matcher.outcomes import is_log
    from matcher.outcomes.log import OutcomeLog
    from matcher.recommendations import Matcher

    check_lang(lang)
    check_target("out", out, (".toml",))
    check_not_inputs(out, [Path(out)], (profiles, outcomes, history, bounds))
    if accepted is not None:
        check_reason(reason)
    limits = None if bounds is None else read_bounds(bounds)
    inputs = read_inputs(profiles, query=query, mapping=mapping, outcomes=outcomes, history=history)
    matcher = Matcher(config, progress=progress).fit(inputs.profiles, inputs.history)
    adjustment = propose_weights(
        matcher,
        inputs.logs["outcomes"],
        bounds=limits,
        seekers=seekers or None,
        stable=stable,
        seed=seed,
        progress=progress,
    )
    if accepted is None or not adjustment.is_change:
        return AdjustmentReport(adjustment, inputs.n_rejected)
    log = ""
    if is_log(outcomes):
        accept(adjustment, OutcomeLog(outcomes), reason, accepted)
        log = str(outcomes) if inputs.names["outcomes"] else "the database"
    _write(adjustment.config, out)
    return AdjustmentReport(adjustment, inputs.n_rejected, Path(out), log)


def _undo(log: str, out: Path, reason: str, date: dt.date, config: Config) -> None:
    """Write the weights that the last adjustment of a log replaced, and record it there."""
    from matcher.commands.inputs import check_target
    from matcher.learning.adjustment import check_reason, roll_back
    from matcher.outcomes import is_log
    from matcher.outcomes.log import OutcomeLog

    if not is_log(log):
        raise ConfigError(f"outcomes must be a log for a roll-back; got {log}. Name the log that records it.")
    check_target("out", out, (".toml",))
    check_reason(reason)
    _write(roll_back(OutcomeLog(log), reason, date, config), out)


def _write(settings: Config, out: str | Path) -> None:
    from matcher.files import replacing

    with replacing(out) as handle:
        handle.write(settings.to_toml().encode())
