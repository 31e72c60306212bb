"""Runs commands, as `matcher` with its subcommands or one by one as scripts."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from typing import Any, Final

import typer

from matcher.commands.adjust import EXAMPLE as ADJUST_EXAMPLE
from matcher.commands.adjust import adjust
from matcher.commands.brief import EXAMPLE as BRIEF_EXAMPLE
from matcher.commands.brief import brief
from matcher.commands.cli_matching import (
    EVALUATE_EXAMPLE,
    TRAIN_EXAMPLE,
    evaluate,
    train,
)
from matcher.commands.explain import EXAMPLE as EXPLAIN_EXAMPLE
from matcher.commands.explain import explain
from matcher.commands.match import EXAMPLE as MATCH_EXAMPLE
from matcher.commands.match import match
from matcher.commands.record import EXAMPLE as RECORD_EXAMPLE
from matcher.commands.record import record
from matcher.commands.review import EXAMPLE as REVIEW_EXAMPLE
from matcher.commands.review import review
from matcher.commands.review_form import EXAMPLE as REVIEW_FORM_EXAMPLE
from matcher.commands.review_form import review_form
from matcher.commands.template import EXAMPLE as TEMPLATE_EXAMPLE
from matcher.commands.template import template
from matcher.errors import MatcherError

DEFECT: Final = 70
"""Exit code where the program itself is at fault: 1 already means that something needs attention."""
EPILOGS: Final[dict[Callable[..., None], str]] = {
    match: MATCH_EXAMPLE,
    explain: EXPLAIN_EXAMPLE,
    brief: BRIEF_EXAMPLE,
    template: TEMPLATE_EXAMPLE,
    train: TRAIN_EXAMPLE,
    evaluate: EVALUATE_EXAMPLE,
    record: RECORD_EXAMPLE,
    review: REVIEW_EXAMPLE,
    review_form: REVIEW_FORM_EXAMPLE,
    adjust: ADJUST_EXAMPLE,
}


def run(command: Callable[..., None]) -> None:
    """Run one command as a script of its own."""
    app = _new_app()
    app.command(epilog=EPILOGS[command])(command)
    _run_app(app)


def main() -> None:
    """Run the command `matcher` with its subcommands."""
    app = _new_app()
    for command, epilog in EPILOGS.items():
        app.command(command.__name__.replace("_", "-"), epilog=epilog)(command)
    app.callback()(_about)
    _run_app(app)


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
