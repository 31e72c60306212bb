"""`matcher template` and `matcher review-form`: workbooks that people fill in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matcher.columns import Profile
from matcher.commands import options
from matcher.errors import OutcomeError


def template(
    out: Annotated[Path, typer.Option(help="Workbook to write, a new .xlsx file.", show_default=False)],
    lang: Annotated[str, typer.Option(help="Language of headers and instructions: en or id.")] = "en",
) -> None:
    """Write a workbook in which people fill in profiles, with instructions and two examples.

    `matcher match` reads it as it is.
    """
    from matcher.output.profile_form import write_template

    write_template(out, lang)
    typer.echo(f"fill in the first sheet of {out}", err=True)


def review_form(
    out: Annotated[Path, typer.Argument(help="Form to write, a new .xlsx file.", show_default=False)],
    outcomes: options.Outcomes,
    profiles: Annotated[
        Path | None, typer.Option(help="Organisations, for their names; ids if left out.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the form: en or id.")] = "en",
) -> None:
    """Write a form in which both sides review every active partnership."""
    from matcher.outcomes import read_outcomes
    from matcher.output.review_form import check_form, open_pairs, write_review_form
    from matcher.profiles import read_profiles

    check_form(out, lang)
    log = read_outcomes(outcomes)
    table = None if profiles is None else read_profiles(profiles)
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
    noun = "partnership" if len(pairs) == 1 else "partnerships"
    lines.append(f"{len(pairs):,} {noun} to be reviewed by both sides: {out}")
    typer.echo("\n".join(lines), err=True)
