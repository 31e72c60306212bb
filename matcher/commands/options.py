"""Arguments and options of commands, described in `options.toml`, and what most commands are given."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from matcher.documents.language import check_lang
from matcher.errors import ProfileError
from matcher.files import bundled_toml
from matcher.profiles.layout import Given, TableMapping, read_mapping

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.encoders import Encoder
    from matcher.matching.scoring import Ranker

    ConfigSource = str | Path | Config | None
    RankerSource = str | Path | Ranker | None
    EncoderSource = str | Encoder | None
    MappingSource = Given
    Source = str | Path
else:  # what a command line holds
    ConfigSource = RankerSource = MappingSource = Path | None
    EncoderSource = str | None
    Source = str

Command = Callable[..., None]

OPTIONS: Final = bundled_toml("matcher.commands", "options.toml")
"""Help, names and limits of the parameters of commands: those of a command, and `shared` ones."""


@dataclass(frozen=True)
class Request:
    """What most commands are given: each takes those of these options that `parameters.toml` names.

    From Python, settings, ranker, encoder and mapping may be given as objects.
    """

    profiles: Source
    seekers: Path | None = None
    history: Source | None = None
    config: ConfigSource = None
    ranker: RankerSource = None
    encoder: EncoderSource = None
    device: str | None = None
    min_band: str | None = None
    no_repeats: bool = False
    query: str | None = None
    columns: list[str] | None = None
    mapping: MappingSource = None
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
    """Return a command whose parameters are the arguments and options that `OPTIONS` describes.

    In place of a parameter `given`, it has options of `Request`.
    """
    name = inspect.unwrap(command).__name__
    texts = {**OPTIONS["shared"], **OPTIONS.get(name, {})}
    own = inspect.signature(command, eval_str=True).parameters
    known = {**inspect.signature(Request, eval_str=True).parameters, **own}
    orders = bundled_toml("matcher.commands", "parameters.toml")
    names = orders[name].split() if name in orders else [*own]

    @wraps(command)
    def run(**options: Any) -> None:
        shared = {name: options.pop(name) for name in names if name not in own}
        command(*[Request(**shared)] if shared else (), **options)

    vars(run)["__signature__"] = inspect.Signature(
        [
            known[one].replace(
                annotation=Annotated[known[one].annotation, _option(known[one], texts[one])],
                kind=inspect.Parameter.KEYWORD_ONLY,  # in any order, whatever has a default
            )
            for one in names
        ]
    )
    return run


def _option(parameter: inspect.Parameter, text: str | dict[str, Any]) -> Any:
    """Return what typer is to know of a parameter; a flag has no opposite."""
    settings = {"help": text} if isinstance(text, str) else dict(text)
    make: Any = typer.Argument if settings.pop("argument", False) else typer.Option
    flag = [f"--{parameter.name.replace('_', '-')}"] if parameter.annotation is bool else []
    return make(*settings.pop("names", flag), **settings)


def read_columns(columns: Sequence[str] | None, mapping: Given, **known: Any) -> TableMapping:
    """Return what is said about the columns of a table: a file, overruled by single ones as header=column.

    `known` is as for `read_mapping`.
    """
    said = read_mapping(mapping, **known)
    if not all("=" in one for one in columns or ()):
        raise ProfileError(f"map must be written as 'Their header=needs'; got {', '.join(columns or ())}.")
    single = {header: column.strip() for header, _, column in (one.rpartition("=") for one in columns or ())}
    named = read_mapping(single, **known).columns
    rest = {one: column for one, column in said.columns.items() if not column or column not in named.values()}
    return replace(said, columns={**rest, **named})
