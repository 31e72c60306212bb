"""`matcher match` and `merge`: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from matcher.commands.batch import Batch, BatchReport, summarise
from matcher.commands.localisation import echo
from matcher.commands.options import Request
from matcher.documents.language import check_lang
from matcher.errors import ConfigError, OutputError, ProfileError
from matcher.tables.writing import notes_path, rejected_path

if TYPE_CHECKING:
    from matcher.matching.rules import RuleNote
    from matcher.output.lists import Explain

MOST_LISTED = 5  # rules without effect that a message names


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
    from matcher.commands.inputs import read_pins
    from matcher.encoders.device import open_device

    settings = given.settings(must, read_pins(pin) if pin else ())
    open_device(settings.device)
    batch = Batch(given, settings, seeker or (), k, cast("Explain", explain or True))
    whole: dict[str, Any] = {"report": report, "pages": pages, "log": log, "run": run_name}
    whole |= {"strict": strict, "save_pool": save_pool}
    if shard or resume or (jobs, backend) != (1, "local"):
        if any(whole.values()):
            raise ConfigError(
                "--shard, --jobs, --resume and --backend must not go with --report, --pages, --log, --run, "
                "--strict or --save-pool."
            )
        echo(match_shards(batch, out, shard, backend, jobs=jobs, resume=resume))
        return
    done = match_batch(batch, out, **whole)
    echo(str(done))
    if strict and done.n_rejected:
        raise typer.Exit(1)


def merge(folder: Path, out: Path, lang: str = "en") -> None:
    """Merge the shards of a run into the table that one run would have written, byte by byte.

    The language of the table is that of the shards.
    """
    from matcher.commands.shards import merge_shards

    check_lang(lang)
    echo(str(merge_shards(folder, out)))


def match_batch(
    batch: Batch,
    out: Path,
    *,
    report: Path | None = None,
    pages: Path | None = None,
    log: str | Path | None = None,
    run: str | None = None,
    strict: bool = False,
    save_pool: str | Path | None = None,
) -> BatchReport:
    """Rank partners for every seeker, and write what the options of `match` ask for.

    Rejected rows are written to `<out>.rejected.csv` also where a `MatcherError` is raised, warnings about
    what was kept to `<out>.notes.csv`; an .xlsx workbook holds both too.
    """
    from matcher.outcomes.log import OutcomeLog

    _check_targets(batch.given, out, report, pages, save_pool)
    outcome_log, named = None if log is None else OutcomeLog(log), None
    if outcome_log:
        outcome_log.prepare()
        if batch.config.rules.no_repeats and batch.given.history is None:
            batch.given = replace(batch.given, history=log)
    batch.open()
    try:
        if (open_rules := batch.fit()) and strict:
            raise ProfileError(_refusal(open_rules, notes_path(out)))
        if save_pool is not None:
            batch.matcher.save(save_pool)
        batch.choose()
        if (report or pages) and not batch.last:
            raise ConfigError("--report and --pages must go with reasons; got --explain none.")
        named = batch.run(run) if outcome_log else None
        check = partial(outcome_log.check_run, named) if outcome_log and named else None
        batch.recommend(None if report or pages else out, check)
    finally:
        findings = batch.inputs.write_findings(out)
    files = {"out": out, **findings, "report": report, "pages": pages}
    batch.write(files)
    if outcome_log and named:
        outcome_log.record_run(named, batch.recommendations)
    counts = batch.counts() | {"n_overbooked": len(batch.overbooked)}
    return summarise(batch.recommendations, counts, files, named.id if named else None)


def match_shards(
    batch: Batch,
    out: Path,
    shard: str | None = None,
    backend: str = "local",
    *,
    jobs: int = 1,
    resume: bool = False,
) -> str:
    """Match a shard of the seekers, such as "2/8", into the folder `out`; or all, which are merged there.

    Until the table is written the shards are in the folder `<out>.shards`.
    """
    from matcher.commands.shards import BACKENDS, Part, Task, merge_shards, write_shard, write_shards

    if backend not in BACKENDS:
        raise ConfigError(f"--backend must be one of {', '.join(BACKENDS)}; got {backend}.")
    part = Part.parse(shard) if shard else None
    folder = out if part else Path(f"{out}.shards")
    if part:
        _make_folder(folder)
    else:
        _check_targets(batch.given, out)
    batch.open()
    batch.fit()
    batch.choose()
    task = Task(batch.asking, folder, *batch.described(), batch.matcher.encoder)
    if part:
        return write_shard(batch.matcher, task, part)
    _make_folder(folder)
    write_shards(batch.matcher, task, jobs=jobs, resume=resume, backend=backend)
    done = merge_shards(folder, out)
    shutil.rmtree(folder, ignore_errors=True)
    return str(done)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise OutputError(
            f"{path} must be a folder for shards; got: {err.strerror}. Choose another."
        ) from err


def _refusal(rules: Sequence[RuleNote], notes: Path) -> str:
    listed = "; ".join(
        f"{note.id} {note.column} {note.value!r} {note.reason}" for note in rules[:MOST_LISTED]
    )
    return (
        f"rules must hold for somebody; got {len(rules)} that do not: {listed}. Correct them; "
        f"all are in {notes}."
    )


def _check_targets(
    given: Request,
    out: Path,
    report: Path | None = None,
    pages: Path | None = None,
    pool: str | Path | None = None,
) -> None:
    """Check what is to be written: the table, the findings beside it, a report, pages, and a saved pool."""
    from matcher.commands.inputs import check_outputs
    from matcher.matching.storage import check_pool_folder
    from matcher.output.report.pages import check_pages

    sources = given.profiles, given.seekers, given.history
    check_outputs([out, rejected_path(out), notes_path(out)], sources, report)
    if pages:
        check_pages(pages)
    if pool is not None:
        check_pool_folder(pool)
