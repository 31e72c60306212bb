"""Runs commands, as `matcher` with its subcommands or each as a script."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

import typer

from matcher.commands.adjust import adjust
from matcher.commands.evaluate import evaluate
from matcher.commands.explain import brief, explain
from matcher.commands.forms import review_form, template
from matcher.commands.match import match
from matcher.commands.record import record
from matcher.commands.review import review
from matcher.commands.train import train
from matcher.errors import MatcherError
from matcher.files import bundled_toml

DEFECT: Final = 70
"""Exit code where the program itself is at fault: 1 already means that something needs attention."""
COMMANDS: Final = (match, explain, brief, template, train, evaluate, record, review, review_form, adjust)

Command = Callable[..., None]


def run(command: Command) -> None:
    """Run one command as a script."""
    _run_app(_make_app(command))


def main() -> None:
    """Run the command `matcher` with its subcommands."""
    app = _make_app(*COMMANDS)
    app.callback()(_about)
    _run_app(app)


def _about() -> None:
    """Rank partners for organisations, for the benefit of both sides, with reasons."""


def _make_app(*commands: Command) -> typer.Typer:
    """Return an app of some commands, each with its example below its options."""
    # Pretty exceptions would print local variables, and with them the text of profiles.
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
    examples = bundled_toml("matcher.commands", "examples.toml")
    for command in commands:
        name = command.__name__
        app.command(name.replace("_", "-"), epilog=f"Example: {examples[name]}")(command)
    return app


def _run_app(app: Callable[..., Any]) -> None:
    """Run an app; an error that the user can correct is one line on stderr and exit code 2."""
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
