"""Runs commands, as `matcher` with its subcommands or each as a script."""

import codecs
import io
import sys
import traceback
import unicodedata
from importlib.metadata import version
from typing import Annotated, Any, Final

import typer

from matcher.commands.check import check, demo, template
from matcher.commands.match import match, merge
from matcher.commands.questions import brief, explain, search, team, tradeoff
from matcher.commands.record import record
from matcher.commands.review import review, review_form
from matcher.commands.round import draft, next_, publish, status, withdraw
from matcher.commands.terminal import OPTIONS, Command, described, echo, localise, render
from matcher.commands.train import adjust, evaluate, grade, train
from matcher.documents.language import N_
from matcher.errors import MatcherError
from matcher.files import bundled_toml

DEFECT: Final = 70  # exit code of faults of the program: 1 already means that something needs attention
COMMANDS: Final = (
    check, match, merge, explain, brief, search, team, template, demo, train, evaluate, record, review,
    review_form, adjust, tradeoff, grade,
)  # fmt: skip
ROUND: Final = (draft, publish, status, withdraw, next_)  # subcommands of `matcher round`
ROUND_HELP: Final = N_("Run a round of introductions: draft, publish, answers, and the next draft.")

PLAIN: Final = bundled_toml("matcher.commands", "terminal.toml")["signs"]
"""What is shown in place of a sign that a terminal does not have."""


def run(command: Command) -> None:
    """Run one command as a script."""
    _run_app(_make_app(command))


def main() -> None:
    """Run the command `matcher` with its subcommands."""
    app = _make_app(*COMMANDS)
    app.add_typer(_make_app(*ROUND), name="round", help=ROUND_HELP)
    app.callback(invoke_without_command=True)(_about)
    _run_app(app)


def _about(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and end.")] = False,
    lang: Annotated[str, typer.Option(help=OPTIONS["shared"]["lang"])] = "en",
) -> None:
    """Rank partners for organisations, for the benefit of both sides, with reasons."""
    if show_version:
        print("matcher", version("partner-matcher"))
        raise typer.Exit
    whole, rounds = ({_name(one): {"lang": lang} for one in commands} for commands in (COMMANDS, ROUND))
    context.default_map = {**whole, "round": rounds}


def _name(command: Command) -> str:
    return command.__name__.strip("_").replace("_", "-")


def _show_any_sign() -> None:
    """Replace signs that a terminal does not have, such as one of Windows, where they ended a command."""
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Replace what a terminal cannot show: signs by similar ones, letters by those without accents."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    signs = unicodedata.normalize("NFKD", error.object[error.start : error.end])
    kept = (sign for sign in signs if not unicodedata.combining(sign))
    return "".join(PLAIN.get(sign, sign if sign.isascii() else "?") for sign in kept), error.end


def _make_app(*commands: Command) -> typer.Typer:
    # Pretty exceptions would print local variables, and with them the text of profiles.
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)
    examples = bundled_toml("matcher.commands", "examples.toml")
    for command in commands:
        epilog = f"Example: {examples[command.__name__]}"
        app.command(_name(command), epilog=epilog)(described(command))
    return app


def _run_app(app: typer.Typer) -> None:
    """Run an app; an error that the user can correct is one line on stderr and exit code 2."""
    _show_any_sign()
    command: Any = typer.main.get_command(app)
    localise(command)
    try:
        command()
    except MatcherError as err:
        typer.echo(render(f"error: {err}"), err=True)
        sys.exit(2)
    except Exception:
        traceback.print_exc()
        sys.exit(DEFECT)
    except KeyboardInterrupt:
        echo("stopped by the user")
        sys.exit(130)
