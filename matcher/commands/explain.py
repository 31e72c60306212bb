"""`matcher explain` and `matcher brief`: documents about one pair of organisations."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.commands import options
from matcher.commands.localisation import echo, show

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.recommendations import Matcher


def explain(
    profiles: str,
    seeker: str,
    candidate: str,
    instead_of: str | None = None,
    out: Path | None = None,
    lang: str = "en",
    history: str | None = None,
    ranker: Path | None = None,
    config: Path | None = None,
    query: str | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    min_band: str | None = None,
    quiet: bool = False,
) -> None:
    """Explain why a candidate matches a seeker, from both sides, or why it and not another."""
    _check_request(out, lang)
    tables = {"history": history, "query": query, "mapping": options.read_columns(columns, mapping)}
    matcher = fit_files(profiles, ranker, options.read_config(config, min_band=min_band), quiet, tables)
    found = (
        matcher.explain(seeker, candidate, lang=lang)
        if instead_of is None
        else matcher.compare(seeker, candidate, instead_of, lang=lang)
    )
    if out is None:
        show(found.document())
    else:
        found.save(out)


def brief(
    profiles: str,
    seeker: str,
    candidate: str,
    out: Path,
    lang: str = "en",
    history: str | None = None,
    ranker: Path | None = None,
    config: Path | None = None,
    query: str | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    start: datetime | None = None,
    weeks: int = 2,
    quiet: bool = False,
) -> None:
    """Draft the page that two organisations bring to a first meeting."""
    from matcher.output.brief import Plan

    _check_request(out, lang)
    tables = {"history": history, "query": query, "mapping": options.read_columns(columns, mapping)}
    matcher = fit_files(profiles, ranker, options.read_config(config), quiet, tables)
    plan = Plan(start=start.date() if start else None, rhythm_weeks=weeks)
    matcher.brief(seeker, candidate, lang, plan=plan).save(out)


def _check_request(out: Path | None, lang: str) -> None:
    """Refuse, before any work, an unknown language or a document that could not be written."""
    from matcher.commands.inputs import check_target
    from matcher.documents.language import check_lang
    from matcher.documents.writing import DOCUMENT_ENDINGS

    check_lang(lang)
    check_target("out", out, DOCUMENT_ENDINGS)


def fit_files(
    profiles: str, ranker: Path | None, settings: Config, quiet: bool, tables: dict[str, Any]
) -> Matcher:
    """Return a matcher that has read all inputs; rejected rows are counted on stderr."""
    from matcher.commands.inputs import open_inputs
    from matcher.ranking.storage import open_ranker

    trained = open_ranker(ranker) if ranker else None
    matcher, inputs = open_inputs(profiles, settings, trained, progress=not quiet, **tables)
    table = inputs.profiles
    if not matcher.is_fitted:
        matcher.fit(table, inputs.history)
    if table.n_rejected:
        counts = f"{table.n_rejected:,} of {table.n_rows:,} rows were rejected"
        echo(f"{counts}; matcher match writes them with reasons")
    return matcher
