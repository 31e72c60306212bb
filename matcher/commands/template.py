"""`matcher template`: a workbook in which people fill in profiles."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

EXAMPLE: Final = (
    "Example: matcher template --out organisations.xlsx --lang id, then, once it is filled in, "
    "matcher match organisations.xlsx --out matches.xlsx --lang id"
)


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
