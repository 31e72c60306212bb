"""`matcher template`, `grade` and `review-form`: workbooks that people fill in; `matcher demo`."""

from pathlib import Path

from matcher.columns import Profile
from matcher.commands.localisation import echo
from matcher.commands.options import Request, read_columns
from matcher.documents.language import check_lang
from matcher.errors import OutcomeError, OutputError
from matcher.files import replacing
from matcher.profiles import read_profiles
from matcher.profiles.records import records_of
from matcher.tables.writing import check_writable, write_table


def template(out: Path, lang: str = "en") -> None:
    """Write a workbook in which people fill in profiles, with instructions and two examples.

    `matcher match` reads it as it is.
    """
    from matcher.output.forms import write_template

    write_template(out, lang)
    echo(f"fill in the first sheet of {out}")


def demo(out: Path, lang: str = "en") -> None:
    """Write the fictional organisations of the demo, and their history as outcomes.csv beside them."""
    from matcher.datasets import HISTORY_PATH, load_demo

    check_lang(lang)
    history = out.with_name("outcomes.csv")
    check_writable(out)
    for path in (out, history):
        if path.exists():
            raise OutputError(f"{path} must be a new file; there is one already. Choose another folder.")
    write_table(load_demo().kept, out)
    with replacing(history) as handle:
        handle.write(HISTORY_PATH.read_bytes())
    echo(f"the demo's organisations: {out}; their history: {history}")


def review_form(
    out: Path,
    outcomes: str,
    profiles: Path | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    lang: str = "en",
) -> None:
    """Write a form in which both sides review every active partnership."""
    from matcher.outcomes import read_outcomes
    from matcher.output.forms import check_form, open_pairs, write_review_form

    check_form(out, lang)
    log = read_outcomes(outcomes)
    table = None if profiles is None else read_profiles(profiles, mapping=read_columns(columns, mapping))
    names = {} if table is None else dict(zip(table.kept[Profile.ID], table.kept[Profile.NAME], strict=True))
    pairs = open_pairs(log.kept, names)
    if not pairs:
        named = "the log" if "://" in str(outcomes) else outcomes  # an address may hold a password
        raise OutcomeError(
            f"{named} must hold a partnership that is agreed on or under way; got {len(log.kept)} rows "
            "and none of them. There is nothing to review yet."
        )
    write_review_form(pairs, out, lang)
    n_unnamed = len({id_ for pair in pairs for id_ in pair[:2] if not names.get(id_)})
    n_rejected = log.n_rejected + (0 if table is None else table.n_rejected)
    lines = [f"{n_rejected:,} rows of the inputs were rejected"] if n_rejected else []
    if n_unnamed:
        lines.append(f"{n_unnamed:,} organisations are shown by their ids: no name is known")
    lines.append(f"{len(pairs):,} partnerships to be reviewed by both sides: {out}")
    echo("\n".join(lines))


def grade(given: Request, out: Path, n: int = 100, grades: list[Path] | None = None, seed: int = 0) -> None:
    """Write a sheet of pairs for people to grade from 0 to 3, without their scores.

    An hour gives about a hundred grades. `matcher evaluate --grades` then says how good the lists are.
    """
    from matcher.commands.inputs import fit_inputs
    from matcher.learning.grading import draw_pairs
    from matcher.outcomes.records import read_grades
    from matcher.output.forms import check_form, write_grade_form

    check_form(out, given.lang)
    matcher, inputs = fit_inputs(given)
    earlier = read_grades(grades, known=inputs.profiles.kept[Profile.ID].tolist()) if grades else None
    graded = [] if earlier is None else zip(earlier.kept["seeker"], earlier.kept["candidate"], strict=True)
    pairs = draw_pairs(matcher, n, graded, seed=seed)
    records = {record[Profile.ID]: record for record in records_of(matcher.pool)}
    write_grade_form([(records[one], records[other]) for one, other in pairs], out, given.lang)
    lines = inputs.remarks()
    lines += [f"note: {note}" for note in earlier.notes()] if earlier else []
    if len(pairs) < n:
        lines.append(f"only {len(pairs):,} pairs of the {n:,} asked for are left to be graded")
    n_seekers = len({seeker for seeker, _ in pairs})
    lines.append(f"{len(pairs):,} pairs of {n_seekers:,} seekers to be graded: {out}")
    echo("\n".join(lines))
