"""`matcher grade`: a sheet of the pairs that are worth grading."""

from __future__ import annotations

from pathlib import Path

from matcher.columns import Profile
from matcher.commands import options
from matcher.commands.localisation import echo


def grade(
    profiles: str,
    out: Path,
    n: int = 100,
    grades: list[Path] | None = None,
    history: str | None = None,
    config: Path | None = None,
    encoder: str | None = None,
    query: str | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    seed: int = 0,
    lang: str = "en",
    quiet: bool = False,
) -> None:
    """Write a sheet of pairs for people to grade from 0 to 3, without their scores.

    An hour gives about a hundred grades. `matcher evaluate --grades` then says how good the lists are.
    """
    from matcher.commands.inputs import read_inputs
    from matcher.learning.grade_sample import draw_pairs
    from matcher.outcomes.grades import read_grades
    from matcher.output.grade_form import check_form, write_grade_form
    from matcher.profiles.records import records_of
    from matcher.recommendations import Matcher

    check_form(out, lang)
    settings = options.read_config(config, encoder=encoder)
    mapped = options.read_columns(columns, mapping)
    inputs = read_inputs(profiles, query=query, mapping=mapped, history=history)
    earlier = read_grades(grades, known=inputs.profiles.kept[Profile.ID].tolist()) if grades else None
    matcher = Matcher(settings, progress=not quiet).fit(inputs.profiles, inputs.history)
    graded = [] if earlier is None else zip(earlier.kept["seeker"], earlier.kept["candidate"], strict=True)
    pairs = draw_pairs(matcher, n, graded, seed=seed)
    records = {record[Profile.ID]: record for record in records_of(matcher.pool)}
    write_grade_form([(records[one], records[other]) for one, other in pairs], out, lang)
    lines = [f"{inputs.n_rejected:,} rows of the inputs were rejected"] if inputs.n_rejected else []
    lines += [f"note: {note}" for note in earlier.notes()] if earlier else []
    if len(pairs) < n:
        lines.append(f"only {len(pairs):,} pairs of the {n:,} asked for are left to be graded")
    n_seekers = len({seeker for seeker, _ in pairs})
    lines.append(f"{len(pairs):,} pairs of {n_seekers:,} seekers to be graded: {out}")
    echo("\n".join(lines))
