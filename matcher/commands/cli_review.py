"""The command `matcher review`: a door to `matcher.review`, which `matcher.commands` registers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

if TYPE_CHECKING:
    from matcher.commands.review import ContestFiles

REVIEW_EXAMPLE: Final = (
    "Example: matcher review log.db --profiles organisations.csv --out review --lang id, for a scheduler: "
    "exit code 0 nothing to do, 1 something needs attention, 2 the input cannot be used"
)


def review(
    outcomes: Annotated[
        str,
        typer.Argument(
            help="Outcome log, a .db file or an address; or a file of outcomes, without reviews and lists."
        ),
    ],
    profiles: Annotated[
        str,
        typer.Option(
            help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or an URL.", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder of review.html, review.md and review.json.", show_default=False)
    ],
    lang: Annotated[str, typer.Option(help="Language of the review: en or id.")] = "en",
    as_of: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day of the review; today if left out.", show_default=False),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings of the review (rhythm, rates, thresholds), a TOML file.")
    ] = None,
    champion: Annotated[Path | None, typer.Option(help="Lists of the ranker in use.")] = None,
    challenger: Annotated[Path | None, typer.Option(help="Lists of another ranker, to compare.")] = None,
    fixed: Annotated[
        dt.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day on which both lists were made.", show_default=False),
    ] = None,
    query: Annotated[str | None, typer.Option(help="SQL query, with a database URL.")] = None,
) -> None:
    """Look at partnerships and at the engine, and say what needs attention.

    Exit codes: 0 nothing to do; 1 something needs attention (an alarm or an overdue review); 2 the input
    cannot be used. The documents are written in the first two cases.
    """
    from matcher.commands.review import review_files
    from matcher.review.settings import ReviewSettings

    done = review_files(
        outcomes,
        profiles,
        out,
        lang=lang,
        as_of=as_of.date() if as_of else dt.date.today(),
        settings=ReviewSettings.from_toml(config) if config else None,
        contest=_contest(champion, challenger, fixed),
        query=query,
    )
    typer.echo(str(done) + ("" if as_of else " (as of today)"), err=True)
    if done.needs_attention:
        raise typer.Exit(1)


def _contest(
    champion: Path | None, challenger: Path | None, fixed: dt.datetime | None
) -> ContestFiles | None:
    from matcher.commands.review import ContestFiles
    from matcher.errors import EvaluationError

    if champion is None and challenger is None and fixed is None:
        return None
    if champion is None or challenger is None or fixed is None:
        raise EvaluationError("--champion, --challenger and --fixed must be given together. Add the others.")
    return ContestFiles(champion, challenger, fixed.date())
