"""The commands that learn and evaluate: thin doors to the functions of the package."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

TRAIN_EXAMPLE: Final = (
    "Example: matcher train organisations.csv --outcomes outcomes.csv --out models/ours, then "
    "matcher match organisations.csv --out matches.xlsx --ranker models/ours"
)

EVALUATE_EXAMPLE: Final = (
    "Example: matcher evaluate organisations.csv --outcomes outcomes.csv --ranker models/ours "
    "--json evaluation.json --picture evaluation.png --ablate > evaluation.md"
)


def train(
    profiles: Annotated[
        str, typer.Argument(help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or a database URL.")
    ],
    outcomes: Annotated[
        str, typer.Option(help="What became of matches: a file or a log.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Folder of the trained ranker.", show_default=False)],
    history: Annotated[str | None, typer.Option(help="Further, earlier outcomes.")] = None,
    config: Annotated[
        Path | None, typer.Option(help="Settings and weights, a TOML file: what learned weights lean on.")
    ] = None,
    encoder: Annotated[
        str | None, typer.Option(help="A sentence-transformers name or path, in place of the default.")
    ] = None,
    stable: Annotated[
        bool,
        typer.Option(
            "--stable-profiles",
            help="Take profiles to have said the same all along: earlier outcomes then teach more.",
        ),
    ] = False,
    query: Annotated[str | None, typer.Option(help="SQL query, with a database URL.")] = None,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bars.")] = False,
) -> None:
    """Learn a ranker from outcomes, choose it on later dates, and write it with its model card.

    Outcomes after the profiles' date teach from the profiles as they are; earlier ones from what was
    known then. Use it with `matcher match --ranker`.
    """
    from matcher.commands.train import train_batch
    from matcher.config import Config

    settings = Config.from_toml(config) if config else Config()
    report = train_batch(
        profiles,
        outcomes,
        out,
        history=history,
        query=query,
        config=settings.model_copy(update={"encoder": encoder}) if encoder else settings,
        stable=stable,
        seed=seed,
        progress=not quiet,
        command=_command_as_typed(),
    )
    typer.echo(str(report), err=True)


def _command_as_typed() -> str:
    """Return the command for the model card; addresses of databases may hold passwords and are cut."""
    script, *arguments = sys.argv
    return shlex.join([Path(script).name, *(re.sub("://.*", "://...", text) for text in arguments)])


def evaluate(
    profiles: Annotated[
        str, typer.Argument(help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or a database URL.")
    ],
    outcomes: Annotated[
        str, typer.Option(help="What became of matches: a file or a log.", show_default=False)
    ],
    history: Annotated[str | None, typer.Option(help="Further, earlier outcomes.")] = None,
    ranker: Annotated[
        Path | None, typer.Option(help="Folder of a trained ranker, to be judged beside the weights.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings and weights, a TOML file.")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="A sentence-transformers name or path, in place of the default.")
    ] = None,
    query: Annotated[str | None, typer.Option(help="SQL query, with a database URL.")] = None,
    json: Annotated[Path | None, typer.Option(help="All figures, a .json file.")] = None,
    picture: Annotated[Path | None, typer.Option(help="Systems, exposure, calibration: a .png file.")] = None,
    ablate: Annotated[bool, typer.Option("--ablate", help="Leave out one feature at a time.")] = False,
    k: Annotated[int, typer.Option("-k", min=10, help="Length of the lists that are judged.")] = 100,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bars.")] = False,
) -> None:
    """Judge the engine, beside simple systems, on what happened after the profiles' date.

    Joint works up to the latest date in the profiles are history; later ones are to be found. The report
    goes to stdout.
    """
    from matcher.commands.evaluate import evaluate_batch
    from matcher.config import Config

    settings = Config.from_toml(config) if config else Config()
    evaluation = evaluate_batch(
        profiles,
        outcomes,
        history=history,
        ranker=ranker,
        query=query,
        config=settings.model_copy(update={"encoder": encoder}) if encoder else settings,
        json_out=json,
        picture=picture,
        ablation=ablate,
        k=k,
        seed=seed,
        progress=not quiet,
    )
    typer.echo(str(evaluation), nl=False)
