"""`matcher explain` and `matcher brief`: documents about one pair of organisations."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.commands import options
from matcher.commands.localisation import echo

if TYPE_CHECKING:
    from matcher.profiles.layout import TableMapping
    from matcher.recommendations import Matcher


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
    lang: options.Lang = "en",
    history: options.History = None,
    ranker: options.RankerFolder = None,
    config: options.ConfigFile = None,
    query: options.Query = None,
    columns: options.Columns = None,
    mapping: options.MappingFile = None,
    quiet: options.Quiet = False,
) -> None:
    """Explain why a candidate matches a seeker, from both sides, or why it and not another."""
    _check_request(out, lang)
    matcher = _fit_files(
        profiles, history, query, options.read_columns(columns, mapping), ranker, config, progress=not quiet
    )
    found = (
        matcher.explain(seeker, candidate, lang=lang)
        if instead_of is None
        else matcher.compare(seeker, candidate, instead_of, lang=lang)
    )
    if out is None:
        typer.echo(found.to_markdown(), nl=False)
    else:
        found.save(out)


def brief(
    profiles: options.Profiles,
    seeker: options.Seeker,
    candidate: options.Candidate,
    out: Annotated[Path, typer.Option(help="Page to write: .md .html .docx.", show_default=False)],
    lang: options.Lang = "en",
    history: options.History = None,
    ranker: options.RankerFolder = None,
    config: options.ConfigFile = None,
    query: options.Query = None,
    columns: options.Columns = None,
    mapping: options.MappingFile = None,
    start: Annotated[datetime | None, options.day("Day from which reviews are counted.")] = None,
    weeks: Annotated[int, typer.Option(min=1, max=52, help="Proposed weeks between two meetings.")] = 2,
    quiet: options.Quiet = False,
) -> None:
    """Draft the page that two organisations bring to a first meeting."""
    from matcher.output.plan import Plan

    _check_request(out, lang)
    matcher = _fit_files(
        profiles, history, query, options.read_columns(columns, mapping), ranker, config, progress=not quiet
    )
    plan = Plan(start=start.date() if start else None, rhythm_weeks=weeks)
    matcher.brief(seeker, candidate, lang, plan=plan).save(out)


def _check_request(out: Path | None, lang: str) -> None:
    """Refuse, before any work, an unknown language or a document that could not be written."""
    from matcher.commands.inputs import check_target
    from matcher.documents.language import check_lang
    from matcher.documents.writing import DOCUMENT_ENDINGS

    check_lang(lang)
    check_target("out", out, DOCUMENT_ENDINGS)


def _fit_files(
    profiles: str,
    history: str | None,
    query: str | None,
    mapping: TableMapping,
    ranker: Path | None,
    config: Path | None,
    progress: bool,
) -> Matcher:
    """Return a matcher that has read all inputs; rejected rows are counted on stderr."""
    from matcher.commands.inputs import read_inputs
    from matcher.ranking.storage import open_ranker
    from matcher.recommendations import Matcher

    settings = options.read_config(config)
    trained = open_ranker(ranker) if ranker else None
    inputs = read_inputs(profiles, query=query, mapping=mapping, history=history)
    table = inputs.profiles
    matcher = Matcher(settings, trained, progress=progress).fit(table, inputs.history)
    if table.n_rejected:
        counts = f"{table.n_rejected:,} of {table.n_rows:,} rows were rejected"
        echo(f"{counts}; matcher match writes them with reasons")
    return matcher
