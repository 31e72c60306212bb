"""The commands that match, learn, judge and explain: thin doors to the functions of the package."""

from __future__ import annotations

import re
import shlex
import sys
from datetime import datetime
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

BRIEF_EXAMPLE: Final = (
    "Example: matcher brief organisations.csv --seeker omah-sareh --candidate lkp-bina-rawat-serayu "
    "--out brief.docx --lang id --start 2027-01-15"
)

EXPLAIN_EXAMPLE: Final = (
    "Example: matcher explain organisations.csv --seeker omah-sareh --candidate lkp-bina-rawat-serayu "
    "--instead-of nagamori-elder-care-npo"
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


def brief(
    profiles: Annotated[
        str, typer.Argument(help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or a database URL.")
    ],
    seeker: Annotated[str, typer.Option(help="Id of the organisation that seeks.", show_default=False)],
    candidate: Annotated[str, typer.Option(help="Id of the other organisation.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Page to write: .md .html .docx.", show_default=False)],
    lang: Annotated[str, typer.Option(help="Language of the page: en or id.")] = "en",
    history: Annotated[str | None, typer.Option(help="Earlier outcomes: a file or a log.")] = None,
    ranker: Annotated[
        Path | None, typer.Option(help="Folder of a trained ranker; the analyst's weights if left out.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings and weights, a TOML file.")] = None,
    query: Annotated[str | None, typer.Option(help="SQL query, with a database URL.")] = None,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day from which reviews are counted.", show_default=False),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=52, help="Proposed weeks between two talks.")] = 2,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bars.")] = False,
) -> None:
    """Draft the page that two organisations bring to a first meeting."""
    from matcher.commands.explain import PairFiles, brief_pair
    from matcher.config import Config
    from matcher.output.briefs import Plan

    settings = Config.from_toml(config) if config else None
    files = PairFiles(profiles, history, ranker, query, settings)
    plan = Plan(start=start.date() if start else None, rhythm_weeks=weeks)
    paper = brief_pair(files, seeker, candidate, out, lang=lang, plan=plan, progress=not quiet)
    _tell_rejected(paper.n_rejected, paper.n_profiles)


def explain(
    profiles: Annotated[
        str, typer.Argument(help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or a database URL.")
    ],
    seeker: Annotated[str, typer.Option(help="Id of the organisation that seeks.", show_default=False)],
    candidate: Annotated[str, typer.Option(help="Id of the other organisation.", show_default=False)],
    instead_of: Annotated[
        str | None, typer.Option(help="Id of another candidate: say why not this one.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write: .md .html .docx; Markdown on stdout if left out.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the text: en or id.")] = "en",
    history: Annotated[str | None, typer.Option(help="Earlier outcomes: a file or a log.")] = None,
    ranker: Annotated[
        Path | None, typer.Option(help="Folder of a trained ranker; the analyst's weights if left out.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings and weights, a TOML file.")] = None,
    query: Annotated[str | None, typer.Option(help="SQL query, with a database URL.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bars.")] = False,
) -> None:
    """Tell why a candidate matches a seeker, from both sides, or why it and not another."""
    from matcher.commands.explain import PairFiles, explain_pair
    from matcher.config import Config
    from matcher.documents import to_markdown

    settings = Config.from_toml(config) if config else None
    files = PairFiles(profiles, history, ranker, query, settings)
    paper = explain_pair(
        files, seeker, candidate, instead_of=instead_of, out=out, lang=lang, progress=not quiet
    )
    _tell_rejected(paper.n_rejected, paper.n_profiles)
    if out is None:
        typer.echo(to_markdown(paper.document), nl=False)


def _tell_rejected(n_rejected: int, n_rows: int) -> None:
    if n_rejected:
        message = f"{n_rejected:,} of {n_rows:,} rows were rejected; matcher match writes them with reasons"
        typer.echo(message, err=True)
