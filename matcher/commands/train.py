"""`matcher evaluate`, `train`, `adjust`, `grade`: lists and weights by what became of pairs, or by grades."""

import datetime as dt
import re
import shlex
import sys
from pathlib import Path

from matcher.columns import Profile
from matcher.commands.terminal import Request, echo, show
from matcher.documents.blocks import rendered
from matcher.errors import ConfigError
from matcher.files import check_target
from matcher.profiles.records import records_of


def evaluate(
    given: Request,
    outcomes: str | None = None,
    grades: list[Path] | None = None,
    json: Path | None = None,
    picture: Path | None = None,
    save_bands: Path | None = None,
    ablate: bool = False,
    k: int = 100,
) -> None:
    """Evaluate the engine, beside simple systems, on what happened after the profiles' date or on grades.

    Joint works up to the latest date in the profiles are history; later ones are to be found. With --grades,
    lists are judged by the grades that people gave in sheets of `matcher grade`. The report goes to stdout.
    """
    if (outcomes is None) == (not grades):
        raise ConfigError(
            "outcomes or grades must be given, and not both. Name one with --outcomes or --grades."
        )
    if (save_bands and not grades) or (grades and (picture or ablate)):
        raise ConfigError("save-bands must go with --grades, picture and ablate with --outcomes.")
    # Heavy imports come after the arguments are checked, so that --help and typing errors are quick.
    from matcher.commands.labelled import evaluate_batch, evaluate_grades
    from matcher.evaluation.document import make_document

    if outcomes is None:
        evaluate_grades(given, grades or [], json, save_bands)
        return
    found = evaluate_batch(given, outcomes, json_out=json, picture=picture, ablation=ablate, k=k)
    show(rendered(make_document(found), given.lang))


def train(
    given: Request,
    out: Path,
    outcomes: str | None = None,
    grades: list[Path] | None = None,
    stable: bool = False,
) -> None:
    """Learn a ranker from outcomes or grades, and write it with its model card.

    Outcomes after the profiles' date are labels of the profiles as they are; earlier ones of what was
    known then. With --grades, weights are learned from sheets of `matcher grade`. Use it with
    `matcher match --ranker`.
    """
    if not (grades or outcomes):
        raise ConfigError("outcomes or grades must be given. Name one with --outcomes or --grades.")
    from matcher.commands.labelled import train_batch, train_grades

    script, *arguments = sys.argv  # addresses of databases may hold passwords, and are cut
    command = shlex.join([Path(script).name, *(re.sub("://.*", "://...", text) for text in arguments)])
    if grades:
        train_grades(given, grades, out, outcomes, command)
    elif outcomes:
        train_batch(given, outcomes, out, stable=stable, command=command)


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
) -> None:
    """Propose weights, within bounds, from what became of matches, and show what they would change.

    The proposal goes to stdout as Markdown. Nothing is written before --accept; a log that the outcomes
    come from records it, and --roll-back puts the former weights back.
    """
    from matcher.commands.inputs import check_not_inputs, fit_inputs
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
    found = adjustment.propose_weights(
        matcher, inputs.logs["outcomes"], bounds=limits, seekers=seeker or None, stable=stable
    )
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


def grade(given: Request, out: Path, n: int = 100, grades: list[Path] | None = None) -> None:
    """Write a sheet of pairs for people to grade from 0 to 3, without their scores.

    An hour gives about a hundred grades. `matcher evaluate --grades` then says how good the lists are.
    """
    from matcher.commands.inputs import fit_inputs
    from matcher.documents.sheets import check_new_workbook
    from matcher.learning.grading import draw_pairs
    from matcher.outcomes.records import read_grades
    from matcher.output.forms import write_grade_form

    check_new_workbook(out)
    matcher, inputs = fit_inputs(given)
    earlier = read_grades(grades, known=inputs.profiles.kept[Profile.ID].tolist()) if grades else None
    graded = [] if earlier is None else zip(earlier.kept["seeker"], earlier.kept["candidate"], strict=True)
    pairs = draw_pairs(matcher, n, graded, seed=matcher.config.seed)
    records = {record[Profile.ID]: record for record in records_of(matcher.pool)}
    write_grade_form([(records[one], records[other]) for one, other in pairs], out, given.lang)
    lines = inputs.remarks()
    lines += [f"note: {note}" for note in earlier.notes()] if earlier else []
    if len(pairs) < n:
        lines.append(f"only {len(pairs):,} pairs of the {n:,} asked for are left to be graded")
    n_seekers = len({seeker for seeker, _ in pairs})
    lines.append(f"{len(pairs):,} pairs of {n_seekers:,} seekers to be graded: {out}")
    echo("\n".join(lines))
