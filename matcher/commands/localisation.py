"""The language of what commands print: help, messages, warnings and errors."""

import re
import sys
import warnings
from collections.abc import Sequence
from typing import Any, Final

import typer

from matcher.documents.blocks import Document
from matcher.documents.language import LANGUAGES, messages_in_use, use_language
from matcher.documents.writing import to_markdown
from matcher.files import bundled_toml

PANELS: Final = bundled_toml("matcher.commands", "terminal.toml")["typer"]
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
    warnings.showwarning = lambda message, *_, **__: echo(f"note: {message}")
    lang = requested_language(sys.argv[1:])
    if lang == "en":
        return
    from typer import rich_utils

    if lang not in LANGUAGES:
        return
    use_language(lang)
    left_to_typer = {"value": "{}", "command_path": "{command_path}", "help_option": "{help_option}"}
    for name, text in PANELS.items():
        setattr(rich_utils, name, messages_in_use().say(text, **left_to_typer))
    _translate_help(command)
    show = rich_utils.rich_format_error

    def show_translated(err: Any) -> None:
        text = render(err.format_message())
        err.format_message = lambda: text
        show(err)

    setattr(rich_utils, "rich_format_error", show_translated)  # noqa: B010


def _translate_help(command: Any) -> None:
    for part in getattr(command, "commands", {}).values():
        _translate_help(part)
    command.options_metavar = render(command.options_metavar)
    if hasattr(command, "subcommand_metavar"):
        command.subcommand_metavar = render(command.subcommand_metavar)
    get_usage, usage = command.get_usage, render("Usage: ")
    command.get_usage = lambda context: get_usage(context).replace("Usage: ", usage, 1)
    for name in ("help", "short_help", "epilog"):
        if text := getattr(command, name, None):
            paragraphs = (" ".join(paragraph.split()) for paragraph in text.split("\n\n"))
            setattr(command, name, "\n\n".join(map(render, paragraphs)))
    for option in (*command.params, command.get_help_option(typer.Context(command))):
        if option and option.help:
            option.help = render(option.help)


def render(text: str) -> str:
    """Return an English message in the language in use."""
    return messages_in_use().render(text)


def echo(text: str, *, err: bool = True) -> None:
    """Print lines of messages, by default on stderr, in the language in use."""
    typer.echo("\n".join(map(render, text.split("\n"))), err=err)


def show(document: Document) -> None:
    """Print a document on stdout: as Markdown, on a terminal without the backslashes of Markdown."""
    text = to_markdown(document)
    typer.echo(re.sub(r"\\(.)", r"\1", text) if sys.stdout.isatty() else text, nl=False)
