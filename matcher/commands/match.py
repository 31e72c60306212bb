"""`matcher match` and `merge`: files in, a table of recommendations and what was rejected out."""

from pathlib import Path
from typing import Any

import typer

from matcher.commands.terminal import Request, echo
from matcher.errors import ConfigError


def match(
    given: Request,
    out: Path,
    seeker: list[str] | None = None,
    k: int = 20,
    must: list[str] | None = None,
    pin: Path | None = None,
    report: Path | None = None,
    pages: Path | None = None,
    log: str | None = None,
    run_name: str | None = None,
    strict: bool = False,
    explain: str | None = None,
    shard: str | None = None,
    jobs: int = 1,
    resume: bool = False,
    backend: str = "local",
    save_pool: Path | None = None,
) -> None:
    """Rank partners for every seeker, with reasons for both sides, and write one table."""
    # Heavy imports come after the arguments are checked, so that --help and typing errors are quick.
    from matcher.commands.batch import Batch, match_batch
    from matcher.commands.inputs import read_pins
    from matcher.commands.shards import match_shards
    from matcher.encoders.device import open_device

    settings = given.settings(must, read_pins(pin) if pin else ())
    open_device(settings.device)
    explained: Any = explain or True  # what is none of the words is refused later
    batch = Batch(given, settings, seeker or (), k, explained)
    whole: dict[str, Any] = {"report": report, "pages": pages, "log": log, "run": run_name}
    whole |= {"strict": strict, "save_pool": save_pool}
    if not shard and not resume and (jobs, backend) == (1, "local"):
        echo(match_batch(batch, out, **whole))
    elif not any(whole.values()):
        echo(match_shards(batch, out, shard, backend, jobs, resume))
    else:
        raise ConfigError(
            "--shard, --jobs, --resume and --backend must not go with --report, --pages, --log, --run, "
            "--strict or --save-pool."
        )
    if strict and batch.inputs.n_rejected:
        raise typer.Exit(1)


def merge(folder: Path, out: Path, lang: str = "en") -> None:
    """Merge the shards of a run into the table that one run would have written, byte by byte.

    The language of the table is that of the shards.
    """
    from matcher.commands.shards import merge_shards

    echo(merge_shards(folder, out))
