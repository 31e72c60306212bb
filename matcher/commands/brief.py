"""`matcher brief`: the page that two organisations bring to a first meeting."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from matcher.commands import options

EXAMPLE: Final = (
    "Example: matcher brief organisations.csv --seeker omah-sareh --candidate lkp-bina-rawat-serayu "
    "--out brief.docx --lang id --start 2027-01-15"
)


def brief(
    profiles: options.Profiles,
    seeker: options.Seeker,
    candidate: options.Candidate,
    out: Annotated[Path, typer.Option(help="Page to write: .md .html .docx.", show_default=False)],
    lang: Annotated[str, typer.Option(help="Language of the page: en or id.")] = "en",
    history: options.History = None,
    ranker: options.RankerFolder = None,
    config: options.ConfigFile = None,
    query: options.Query = None,
    start: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Day from which reviews are counted.", show_default=False),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=52, help="Proposed weeks between two meetings.")] = 2,
    quiet: options.Quiet = False,
) -> None:
    """Draft the page that two organisations bring to a first meeting."""
    from matcher.commands.explain import check_request, fit_files
    from matcher.output.brief import Plan

    check_request(out, lang)
    matcher = fit_files(
        profiles, history, query, ranker=ranker, config=options.read_config(config), progress=not quiet
    )
    plan = Plan(start=start.date() if start else None, rhythm_weeks=weeks)
    matcher.brief(seeker, candidate, lang, plan=plan).save(out)
