"""The command line: arguments and options, described in `options.toml`; the language of what is printed."""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from matcher.documents.blocks import Document
from matcher.documents.language import LANGUAGES, check_lang, messages_in_use, use_language
from matcher.documents.writing import to_markdown
from matcher.errors import ProfileError
from matcher.files import bundled_toml
from matcher.profiles.layout import TableMapping, read_mapping

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.encoders import Encoder

    ConfigSource = str | Path | Config | None
    EncoderSource = str | Encoder | None
    Source = str | Path
else:  # what a command line holds
    ConfigSource, EncoderSource, Source = Path | None, str | None, str

Command = Callable[..., None]

OPTIONS: Final = bundled_toml("matcher.commands", "options.toml")
"""Help, names and limits of the parameters of commands: those of a command, and `shared` ones."""
PANELS: Final = bundled_toml("matcher.commands", "terminal.toml")["typer"]
"""Texts of typer, by the constants of `typer.rich_utils` that hold them."""


@dataclass(frozen=True)
class Request:
    """What most commands are given: each takes those of these options that `parameters.toml` names."""

    profiles: Source
    seekers: Path | None = None
    history: Source | None = None
    config: ConfigSource = None
    ranker: Path | None = None
    encoder: EncoderSource = None
    device: str | None = None
    min_band: str | None = None
    no_repeats: bool = False
    query: str | None = None
    columns: list[str] | None = None
    mapping: Path | None = None
    lang: str = "en"
    quiet: bool = False

    def __post_init__(self) -> None:
        check_lang(self.lang)

    def settings(
        self, must: Sequence[str] | None = None, pins: Sequence[tuple[str, str, int]] = ()
    ) -> Config:
        """Return the settings of the file, or the defaults, with what options change and further rules."""
        from matcher.config import Config

        if must:
            from matcher.matching.conditions import check_conditions

            check_conditions(must)
        given = self.config
        config = Config.from_toml(given) if isinstance(given, str | Path) else given or Config()
        settings = config.model_dump()
        changes = {name: getattr(self, name) for name in ("encoder", "device", "min_band")}
        settings |= {name: value for name, value in changes.items() if isinstance(value, str)}
        rules = settings["rules"]
        rules |= {"must": [*rules["must"], *(must or ())], "pins": [*rules["pins"], *pins]}
        rules["no_repeats"] = rules["no_repeats"] or self.no_repeats
        return Config.from_dict(settings)


def described(command: Command) -> Command:
    """Return a command with the options that `OPTIONS` describes, those of `Request` in place of `given`."""
    name = inspect.unwrap(command).__name__
    texts = {**OPTIONS["shared"], **OPTIONS.get(name, {})}
    own = inspect.signature(command, eval_str=True).parameters
    known = {**inspect.signature(Request, eval_str=True).parameters, **own}
    orders = bundled_toml("matcher.commands", "parameters.toml")
    names = orders[name].split() if name in orders else [*own]

    @wraps(command)
    def run(**options: Any) -> None:
        check_lang(options.get("lang", "en"))
        shared = {name: options.pop(name) for name in names if name not in own}
        command(*[Request(**shared)] if shared else (), **options)

    vars(run)["__signature__"] = inspect.Signature([_option(known[one], texts[one]) for one in names])
    return run


def _option(parameter: inspect.Parameter, text: str | dict[str, Any]) -> inspect.Parameter:
    """Return a parameter with what typer is to know of it; a flag has no opposite."""
    settings = {"help": text} if isinstance(text, str) else dict(text)
    make: Any = typer.Argument if settings.pop("argument", False) else typer.Option
    flag = [f"--{parameter.name.replace('_', '-')}"] if parameter.annotation is bool else []
    annotation: Any = Annotated[parameter.annotation, make(*settings.pop("names", flag), **settings)]
    # In any order, whatever has a default.
    return parameter.replace(annotation=annotation, kind=inspect.Parameter.KEYWORD_ONLY)


def read_columns(columns: Sequence[str] | None, mapping: Path | None, **known: Any) -> TableMapping:
    """Return what is said of columns: a file, overruled by header=column; `known` as for `read_mapping`."""
    said, pairs = read_mapping(mapping, **known), [one.rpartition("=") for one in columns or ()]
    if not all(sign for _, sign, _ in pairs):
        raise ProfileError(f"map must be written as 'Their header=needs'; got {', '.join(columns or ())}.")
    single = {header: column.strip() for header, _, column in pairs}
    named = read_mapping(single, **known).columns
    rest = {one: column for one, column in said.columns.items() if not column or column not in named.values()}
    return replace(said, columns={**rest, **named})


def requested_language(arguments: Sequence[str]) -> str:
    """Return what follows the last --lang among the arguments of a command; "en" without one."""
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--lang", nargs="?", const="", default="en")
    return str(parser.parse_known_args(arguments)[0].lang)


def localise(command: Any) -> None:
    """Set the language that is asked for, if known, and translate help and usage errors of a command."""
    warnings.showwarning = lambda message, *_, **__: echo(f"note: {message}")
    lang = requested_language(sys.argv[1:])
    if lang == "en" or lang not in LANGUAGES:
        return
    from typer import rich_utils

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
