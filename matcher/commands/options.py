"""Arguments and options that several commands share, each defined once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from matcher.config import Config

Profiles = Annotated[
    str, typer.Argument(help="Organisations: .csv .tsv .xlsx .jsonl[.gz] .parquet, or a database URL.")
]
Query = Annotated[str | None, typer.Option(help="SQL query, with a database URL.")]
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
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 1 if any row was rejected.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress bars.")]


def day(help: str) -> Any:  # noqa: A002
    """Return an option that takes a day, YYYY-MM-DD."""
    return typer.Option(formats=["%Y-%m-%d"], help=help, show_default=False)


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
