"""The language of what commands print: help, messages, warnings and errors."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any, Final

import typer

PANELS: Final = {
    "ARGUMENTS_PANEL_TITLE": "Arguments",
    "OPTIONS_PANEL_TITLE": "Options",
    "COMMANDS_PANEL_TITLE": "Commands",
    "ERRORS_PANEL_TITLE": "Error",
    "REQUIRED_LONG_STRING": "[required]",
    "DEFAULT_STRING": "[default: {value}]",
    "RICH_HELP": "Try [blue]'{command_path} {help_option}'[/] for help.",
}
"""Texts of typer, by the constants of `typer.rich_utils` that hold them."""


def requested_language(arguments: Sequence[str]) -> str:
    """Return what follows the last --lang among the arguments of a command; "en" without one."""
    lang = "en"
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument.startswith("--lang="):
            lang = argument.partition("=")[2]
        elif argument == "--lang":
            lang = following
    return lang


def localise(command: Any) -> None:
    """Set the language that is asked for, and translate the help and the usage errors of a command.

    An unknown language is left for the command to refuse.
    """
    warnings.showwarning = _show_warning
    lang = requested_language(sys.argv[1:])
    if lang == "en":
        return
    from typer import rich_utils

    from matcher.documents.language import LANGUAGES, messages_in_use, use_language

    if lang not in LANGUAGES:
        return
    use_language(lang)
    left_to_typer = {"value": "{}", "command_path": "{command_path}", "help_option": "{help_option}"}
    for name, text in PANELS.items():
        setattr(rich_utils, name, messages_in_use().say(text, **left_to_typer))
    for part in (command, *getattr(command, "commands", {}).values()):
        _translate_help(part)
    show = rich_utils.rich_format_error

    def show_translated(err: Any) -> None:
        text = render(err.format_message())
        err.format_message = lambda: text
        show(err)

    setattr(rich_utils, "rich_format_error", show_translated)  # noqa: B010


def _translate_help(command: Any) -> None:
    for name in ("help", "short_help", "epilog"):
        if text := getattr(command, name, None):
            paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
            setattr(command, name, "\n\n".join(map(render, paragraphs)))
    for option in (*command.params, command.get_help_option(typer.Context(command))):
        if option and option.help:
            option.help = render(option.help)


def render(text: str) -> str:
    """Return an English message in the language in use."""
    from matcher.documents.language import messages_in_use

    return messages_in_use().render(text)


def echo(text: str, *, err: bool = True) -> None:
    """Print lines of messages, by default on stderr, in the language in use."""
    typer.echo("\n".join(map(render, text.split("\n"))), err=err)


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    echo(f"note: {message}")
