"""Arguments and options that several commands share, each defined once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.errors import ProfileError

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.profiles.layout import TableMapping

Profiles = Annotated[
    str, typer.Argument(help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or a database URL.")
]
Query = Annotated[str | None, typer.Option(help="SQL query, with a database URL.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--map", help="Header=column, such as 'Yang dicari=needs'; again for more.", show_default=False
    ),
]
MappingFile = Annotated[
    Path | None,
    typer.Option("--mapping", help="Columns: a TOML file of matcher check.", show_default=False),
]
History = Annotated[str | None, typer.Option(help="Earlier outcomes: a file or a log.")]
MoreHistory = Annotated[str | None, typer.Option(help="Further, earlier outcomes.")]
Outcomes = Annotated[str, typer.Option(help="What became of matches: a file or a log.", show_default=False)]
ConfigFile = Annotated[Path | None, typer.Option("--config", help="Settings and weights, a TOML file.")]
RankerFolder = Annotated[
    Path | None,
    typer.Option("--ranker", help="Folder of a trained ranker; the analyst's weights if left out."),
]
EncoderName = Annotated[
    str | None,
    typer.Option("--encoder", help="A sentence-transformers name or path, in place of the default."),
]
Seeker = Annotated[str, typer.Option(help="Id of the organisation that seeks.", show_default=False)]
Candidate = Annotated[str, typer.Option(help="Id of the other organisation.", show_default=False)]
Stable = Annotated[
    bool,
    typer.Option(
        "--stable-profiles",
        help="Take profiles to have said the same all along: earlier outcomes then teach more.",
    ),
]
Seed = Annotated[int, typer.Option(min=0)]
Lang = Annotated[str, typer.Option(help="Language of all that is written and printed: en or id.")]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if any row was rejected.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]


def day(help: str) -> Any:  # noqa: A002
    """Return an option that takes a day, YYYY-MM-DD."""
    return typer.Option(formats=["%Y-%m-%d"], help=help, show_default=False)


def read_columns(columns: Sequence[str] | None, mapping: Path | None) -> TableMapping:
    """Return what is said about the columns of profiles: a file, overruled by single columns.

    Raises
    ------
    ProfileError
        If the file cannot be read, or a column is not written as header=column.
    """
    from matcher.profiles.layout import read_mapping

    said = read_mapping(mapping)
    if not all("=" in one for one in columns or ()):
        raise ProfileError(f"map must be written as 'Their header=needs'; got {', '.join(columns or ())}.")
    single = {header: column.strip() for header, _, column in (one.rpartition("=") for one in columns or ())}
    named = set(read_mapping(single).columns.values())
    rest = {header: column for header, column in said.columns.items() if not column or column not in named}
    return replace(said, columns={**rest, **read_mapping(single).columns})


def add_rules(
    settings: Config, must: Sequence[str], no_repeats: bool, pins: Sequence[tuple[str, str, int]]
) -> Config:
    """Return settings with further rules; see `matcher.config.RuleSettings`."""
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
