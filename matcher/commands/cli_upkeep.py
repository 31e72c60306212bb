"""Commands for matches that are under way: reviews by both sides, and weights that follow experience.

Doors to the package as in `matcher.commands`, which registers them.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

REVIEW_FORM_EXAMPLE: Final = (
    "Example: matcher review-form review.xlsx --outcomes outcomes.csv --profiles organisations.csv --lang id"
)
ADJUST_EXAMPLE: Final = (
    "Example: matcher adjust organisations.csv --outcomes log.db --out tuned.toml > proposal.md, then, once "
    "that is read, the same with --accept --reason 'found more partners in 2025'"
)


def review_form(
    out: Annotated[Path, typer.Argument(help="Form to write, a new .xlsx file.", show_default=False)],
    outcomes: Annotated[
        str, typer.Option(help="What became of matches: a file or a log.", show_default=False)
    ],
    profiles: Annotated[
        Path | None, typer.Option(help="Organisations, for their names; ids if left out.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the form: en or id.")] = "en",
) -> None:
    """Write a form in which both sides of every partnership under way say how it goes."""
    from matcher.commands.review_form import make_review_form

    report = make_review_form(outcomes, out, profiles=profiles, lang=lang)
    typer.echo(str(report), err=True)


def adjust(
    profiles: Annotated[
        str, typer.Argument(help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or a database URL.")
    ],
    outcomes: Annotated[
        str, typer.Option(help="What became of matches: a file or a log.", show_default=False)
    ],
    out: Annotated[
        Path, typer.Option(help="Settings with the new weights, a .toml file.", show_default=False)
    ],
    history: Annotated[str | None, typer.Option(help="Further, earlier outcomes: a file or a log.")] = None,
    bounds: Annotated[
        Path | None,
        typer.Option(help="TOML file with lines such as trust = [0.1, 0.25]; 30 % of each if left out."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings and present weights, a TOML file.")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="A sentence-transformers name or path, in place of the default.")
    ] = None,
    seeker: Annotated[
        list[str] | None, typer.Option(help="Id whose list is compared; again for more. All if left out.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Put in force what is proposed.")] = False,
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Put back the weights before the log's last adjustment.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why, in a few words, for the log.", show_default=False)] = "",
    date: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day from which it holds; today if left out."),
    ] = None,
    stable: Annotated[
        bool, typer.Option("--stable-profiles", help="Take profiles to have said the same all along.")
    ] = False,
    query: Annotated[str | None, typer.Option(help="SQL query, with a database URL.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the proposal: en or id.")] = "en",
    seed: Annotated[int, typer.Option(min=0)] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bars.")] = False,
) -> None:
    """Propose weights, within bounds, from what became of matches, and show what they would change.

    The proposal goes to stdout as Markdown. Nothing is written before --accept; a log that the outcomes
    come from is told, and can take it back with --roll-back.
    """
    from matcher.commands.adjust import AdjustmentFiles, Deed, adjust_batch, undo_adjustment
    from matcher.config import Config
    from matcher.documents import to_markdown
    from matcher.errors import ConfigError

    if accept and roll_back:
        raise ConfigError("--accept and --roll-back must not be given together; leave one out.")
    settings = Config.from_toml(config) if config else Config()
    deed = Deed(reason, date.date() if date else dt.date.today())
    if roll_back:
        undo_adjustment(outcomes, out, deed, settings)
        typer.echo(f"the former weights are in force again: {out}", err=True)
        return
    settings = settings.model_copy(update={"encoder": encoder}) if encoder else settings
    report = adjust_batch(
        AdjustmentFiles(profiles, outcomes, history, query, bounds, settings),
        out,
        deed=deed if accept else None,
        seekers=tuple(seeker or ()),
        stable=stable,
        lang=lang,
        seed=seed,
        progress=not quiet,
    )
    typer.echo(to_markdown(report.adjustment.document(lang)), nl=False)
    typer.echo(str(report), err=True)
