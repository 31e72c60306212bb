"""`matcher explain`: why a candidate matches a seeker, or why it and not another one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from matcher.commands import options

if TYPE_CHECKING:
    from matcher.commands.inputs import Source
    from matcher.config import Config
    from matcher.documents import Rendered
    from matcher.recommendations import Matcher

EXAMPLE: Final = (
    "Example: matcher explain organisations.csv --seeker omah-sareh --candidate lkp-bina-rawat-serayu "
    "--instead-of nagamori-elder-care-npo"
)


def explain(
    profiles: options.Profiles,
    seeker: options.Seeker,
    candidate: options.Candidate,
    instead_of: Annotated[
        str | None, typer.Option(help="Id of another candidate: say why not this one.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="File to write: .md .html .docx; Markdown on stdout if left out.")
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of the text: en or id.")] = "en",
    history: options.History = None,
    ranker: options.RankerFolder = None,
    config: options.ConfigFile = None,
    query: options.Query = None,
    quiet: options.Quiet = False,
) -> None:
    """Explain why a candidate matches a seeker, from both sides, or why it and not another."""
    check_request(out, lang)
    matcher = fit_files(
        profiles, history, query, ranker=ranker, config=options.read_config(config), progress=not quiet
    )
    found: Rendered
    if instead_of is None:
        found = matcher.explain(seeker, candidate, lang=lang)
    else:
        found = matcher.compare(seeker, candidate, instead_of, lang=lang)
    if out is None:
        typer.echo(found.to_markdown(), nl=False)
    else:
        found.save(out)


def check_request(out: Path | None, lang: str) -> None:
    """Refuse, before any work, an unknown language or a document that could not be written."""
    from matcher.commands.inputs import check_target
    from matcher.documents import DOCUMENT_ENDINGS
    from matcher.documents.language import check_lang

    check_lang(lang)
    check_target("out", out, DOCUMENT_ENDINGS)


def fit_files(
    profiles: Source,
    history: Source | None,
    query: str | None,
    *,
    ranker: Path | None,
    config: Config,
    progress: bool,
) -> Matcher:
    """Return a matcher that has read all inputs; rejected rows are counted on stderr."""
    from matcher.commands.inputs import read_inputs
    from matcher.ranking.storage import open_ranker
    from matcher.recommendations import Matcher

    trained = open_ranker(ranker) if ranker else None
    inputs = read_inputs(profiles, query=query, history=history)
    table = inputs.profiles
    matcher = Matcher(config, trained, progress=progress).fit(table, inputs.history)
    if table.n_rejected:
        counts = f"{table.n_rejected:,} of {table.n_rows:,} rows were rejected"
        typer.echo(f"{counts}; matcher match writes them with reasons", err=True)
    return matcher
