"""Runs commands, as `matcher` with its subcommands or one by one as scripts."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

import typer

from matcher.commands import (
    adjust,
    brief,
    evaluate,
    explain,
    match,
    record,
    review,
    review_form,
    template,
    train,
)
from matcher.errors import MatcherError

DEFECT: Final = 70
"""Exit code where the program itself is at fault: 1 already means that something needs attention."""
COMMANDS: Final = (match, explain, brief, template, train, evaluate, record, review, review_form, adjust)
"""Modules of the commands, each with a function of the same name and an `EXAMPLE`."""


def run(command: ModuleType) -> None:
    """Run one command as a script of its own."""
    app = _new_app()
    _add(app, command)
    _run_app(app)


def main() -> None:
    """Run the command `matcher` with its subcommands."""
    app = _new_app()
    for command in COMMANDS:
        _add(app, command)
    app.callback()(_about)
    _run_app(app)


def _add(app: typer.Typer, command: ModuleType) -> None:
    name = command.__name__.rpartition(".")[2]
    app.command(name.replace("_", "-"), epilog=command.EXAMPLE)(getattr(command, name))


def _about() -> None:
    """Rank partners for organisations, for the benefit of both sides, with reasons."""


def _new_app() -> typer.Typer:
    # Pretty exceptions would print local variables, and with them the text of profiles.
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


def _run_app(app: Callable[..., Any]) -> None:
    """Run an app; an error that the user can mend is one line on stderr and exit code 2."""
    try:
        app()
    except MatcherError as err:
        typer.echo(f"error: {err}", err=True)
        sys.exit(2)
    except Exception:
        traceback.print_exc()
        sys.exit(DEFECT)
    except KeyboardInterrupt:
        typer.echo("stopped", err=True)
        sys.exit(130)
