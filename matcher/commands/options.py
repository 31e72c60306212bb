"""Arguments and options of commands, described in `options.toml`, and what several commands make of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from matcher.errors import ProfileError
from matcher.files import bundled_toml

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.profiles.layout import TableMapping

Command = Callable[..., None]

OPTIONS: Final = bundled_toml("matcher.commands", "options.toml")
"""Help, names and limits of the parameters of commands: those of a command, and `shared` ones."""


def described(command: Command) -> Command:
    """Return a command whose parameters are the arguments and options that `OPTIONS` describes."""
    texts = {**OPTIONS["shared"], **OPTIONS.get(command.__name__, {})}
    signature = inspect.signature(command, eval_str=True)
    parameters = [
        parameter.replace(annotation=Annotated[parameter.annotation, _option(parameter, texts[name])])
        for name, parameter in signature.parameters.items()
    ]

    @wraps(command)
    def run(**given: Any) -> None:
        command(**given)

    vars(run)["__signature__"] = signature.replace(parameters=parameters)
    return run


def _option(parameter: inspect.Parameter, text: str | dict[str, Any]) -> Any:
    """Return what typer is to know of a parameter; a flag has no opposite."""
    settings = {"help": text} if isinstance(text, str) else dict(text)
    make: Any = typer.Argument if settings.pop("argument", False) else typer.Option
    flag = [f"--{parameter.name.replace('_', '-')}"] if parameter.annotation is bool else []
    return make(*settings.pop("names", flag), **settings)


def read_columns(columns: Sequence[str] | None, mapping: Path | None, **known: Any) -> TableMapping:
    """Return what is said about the columns of a table: a file, overruled by single columns.

    `known` is as for `read_mapping`.

    Raises
    ------
    ProfileError
        If the file cannot be read, or a column is not written as header=column.
    """
    from matcher.profiles.layout import read_mapping

    said = read_mapping(mapping, **known)
    if not all("=" in one for one in columns or ()):
        raise ProfileError(f"map must be written as 'Their header=needs'; got {', '.join(columns or ())}.")
    single = {header: column.strip() for header, _, column in (one.rpartition("=") for one in columns or ())}
    named = set(read_mapping(single, **known).columns.values())
    rest = {header: column for header, column in said.columns.items() if not column or column not in named}
    return replace(said, columns={**rest, **read_mapping(single, **known).columns})


def add_rules(
    settings: Config, must: Sequence[str], no_repeats: bool, pins: Sequence[tuple[str, str, int]]
) -> Config:
    """Return settings with further rules; see `matcher.config.RuleSettings`."""
    if must:
        from matcher.matching.conditions import check_conditions

        check_conditions(must)
    rules = settings.rules.model_dump()
    rules |= {"must": [*rules["must"], *must], "pins": [*rules["pins"], *pins]}
    rules["no_repeats"] = rules["no_repeats"] or no_repeats
    return type(settings).from_dict({**settings.model_dump(), "rules": rules})


def read_config(path: Path | None, **changes: Any) -> Config:
    """Return the settings of a file, the defaults without one, with those changed that are not None.

    Raises
    ------
    ConfigError
        If the file or a setting cannot be used.
    """
    from matcher.config import Config

    settings = Config.from_toml(path) if path else Config()
    changed = {name: value for name, value in changes.items() if value is not None}
    return Config.from_dict({**settings.model_dump(), **changed}) if changed else settings
