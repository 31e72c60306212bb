"""`matcher match`: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from matcher.commands import options
from matcher.commands.batch import Batch, BatchReport, summarise
from matcher.commands.localisation import echo
from matcher.commands.merge import merge_shards
from matcher.documents.language import check_lang
from matcher.errors import ConfigError, OutputError, ProfileError

if TYPE_CHECKING:
    from matcher.config import Config
    from matcher.encoders import Encoder
    from matcher.matching.rules import RuleNote
    from matcher.matching.scoring import Ranker
    from matcher.output.lists import Explain
    from matcher.profiles.layout import Given

MOST_LISTED = 5
"""Rules without effect that a message names."""


def match(
    profiles: str,
    out: Path,
    seekers: Path | None = None,
    seeker: list[str] | None = None,
    history: str | None = None,
    config: Path | None = None,
    ranker: Path | None = None,
    encoder: str | None = None,
    query: str | None = None,
    columns: list[str] | None = None,
    mapping: Path | None = None,
    k: int = 20,
    min_band: str | None = None,
    must: list[str] | None = None,
    no_repeats: bool = False,
    pin: Path | None = None,
    lang: str = "en",
    report: Path | None = None,
    pages: Path | None = None,
    log: str | None = None,
    run_name: str | None = None,
    strict: bool = False,
    quiet: bool = False,
    explain: str | None = None,
    shard: str | None = None,
    jobs: int = 1,
    resume: bool = False,
    backend: str = "local",
    save_pool: Path | None = None,
    device: str | None = None,
) -> None:
    """Rank partners for every seeker, with reasons for both sides, and write one table."""
    # Heavy imports come after the arguments are checked, so that --help and typing errors are quick.
    from matcher.commands.inputs import read_pins
    from matcher.encoders.device import open_device
    from matcher.ranking.storage import open_ranker

    settings = options.read_config(config, encoder=encoder, min_band=min_band, device=device)
    open_device(settings.device)
    given: dict[str, Any] = {
        "seekers": seekers,
        "seeker": seeker or (),
        "history": history,
        "query": query,
        "mapping": options.read_columns(columns, mapping),
        "config": options.add_rules(settings, must or (), no_repeats, read_pins(pin) if pin else ()),
        "ranker": open_ranker(ranker) if ranker else None,
        "k": k,
        "lang": lang,
        "progress": not quiet,
        "explain": explain or True,
    }
    only_whole: dict[str, Any] = {
        "report": report,
        "pages": pages,
        "log": log,
        "run": run_name,
        "strict": strict,
        "save_pool": save_pool,
    }
    if shard or resume or (jobs, backend) != (1, "local"):
        if any(only_whole.values()):
            raise ConfigError(
                "--shard, --jobs, --resume and --backend must not go with --report, --pages, --log, --run, "
                "--strict or --save-pool."
            )
        spread: dict[str, Any] = {"jobs": jobs, "resume": resume, "backend": backend}
        echo(match_shards(profiles, out, shard, **spread, **given))
        return
    done = match_batch(profiles, out, **given, **only_whole)
    echo(str(done))
    if strict and done.n_rejected:
        raise typer.Exit(1)


def match_batch(
    profiles: str | Path,
    out: str | Path,
    *,
    seekers: str | Path | None = None,
    seeker: Sequence[str] = (),
    history: str | Path | None = None,
    query: str | None = None,
    mapping: Given = None,
    config: Config | None = None,
    ranker: Ranker | None = None,
    k: int = 20,
    lang: str = "en",
    encoder: Encoder | None = None,
    progress: bool = False,
    report: str | Path | None = None,
    pages: str | Path | None = None,
    log: str | Path | None = None,
    run: str | None = None,
    strict: bool = False,
    save_pool: str | Path | None = None,
    explain: Explain = True,
) -> BatchReport:
    """Rank partners for every seeker and write the table, and a report if one is asked for.

    Parameters
    ----------
    profiles, seekers, seeker, history, query, mapping, k, lang, log, run, strict, save_pool
        As the options of `match`.
    out : path
        Its ending decides the format, as for `match`. Rejected rows go to `<out>.rejected.csv`, warnings
        about what was kept to `<out>.notes.csv`; an .xlsx workbook holds both too, behind its first sheet.
    config, ranker, encoder, progress : as for `Matcher`
    explain : as for `Matcher.recommend`
    report : path, optional
        An .html file. With many seekers, each has a page in the folder `<stem>_files` beside it.
    pages : path, optional
        A folder for one self-contained page per seeker.

    Raises
    ------
    MatcherError
        If an input cannot be used or an output not written; rejected rows are written all the same.
    """
    from matcher.commands.inputs import open_inputs
    from matcher.evaluation.pairs import check_whole
    from matcher.matching.storage import check_pool_folder
    from matcher.outcomes.log import OutcomeLog
    from matcher.tables.writing import notes_path

    check_whole(k, "k")
    _check_asked(lang, seeker, seekers)
    out, report = Path(out), Path(report) if report else None
    pages = Path(pages) if pages else None
    is_read = bool(report or pages)
    _check_targets(out, report, pages, (profiles, seekers, history))
    outcome_log = None if log is None else OutcomeLog(log)
    if outcome_log:
        outcome_log.prepare()
        if config and config.rules.no_repeats and history is None:
            history = log
    if save_pool is not None:
        check_pool_folder(save_pool)
    tables = {"query": query, "mapping": mapping, "history": history}
    given: dict[str, Any] = {"progress": progress, "seekers": seekers, "lang": lang, **tables}
    batch = Batch(*open_inputs(profiles, config, ranker, encoder=encoder, **given), k)
    try:
        open_rules = batch.fit()
        if strict and open_rules:
            raise ProfileError(_refusal(open_rules, notes_path(out)))
        if save_pool is not None:
            batch.matcher.save(save_pool)
        batch.choose(seeker, str(seekers), explain)
        if is_read and not batch.last:
            raise ConfigError("--report and --pages must go with reasons; got --explain none.")
        named = batch.run(run) if outcome_log else None
        check = partial(outcome_log.check_run, named) if outcome_log and named else None
        batch.recommend(lang, None if is_read else out, check)
    finally:
        rejected, notes = batch.inputs.write_findings(out)
    files = {"out": out, "rejected": rejected, "notes": notes, "report": report, "pages": pages}
    batch.write(files, lang)
    if outcome_log and named:
        outcome_log.record_run(named, batch.recommendations)
    counts = {**batch.counts(), "n_overbooked": len(batch.overbooked)}
    return summarise(batch.recommendations, counts, files, named.id if named else None)


def match_shards(
    profiles: str | Path,
    out: str | Path,
    shard: str | None = None,
    *,
    jobs: int = 1,
    resume: bool = False,
    backend: str = "local",
    seekers: str | Path | None = None,
    seeker: Sequence[str] = (),
    config: Config | None = None,
    ranker: Ranker | None = None,
    k: int = 20,
    lang: str = "en",
    encoder: Encoder | None = None,
    progress: bool = False,
    explain: Explain = True,
    **tables: Any,
) -> str:
    """Match one of several shards of the seekers, or all of them and merge them; return what was done.

    Parameters
    ----------
    profiles, seekers, seeker, config, ranker, k, lang, encoder, progress, explain : as for `match_batch`
    out : path
        With `shard`, the folder that `matcher merge` reads, made if it is missing. Else the table; the
        shards are in the folder `<out>.shards` until it is written.
    shard : str, optional
        Such as "2/8".
    jobs, resume, backend : as for `write_shards`
    **tables
        history, query and mapping, as for `match_batch`.

    Raises
    ------
    MatcherError
        If an input cannot be used or an output not written.
    """
    from matcher.commands.backends import BACKENDS, write_shards
    from matcher.commands.inputs import open_inputs
    from matcher.commands.shards import Part, write_shard

    if backend not in BACKENDS:
        raise ConfigError(f"--backend must be one of {', '.join(BACKENDS)}; got {backend}.")
    _check_asked(lang, seeker, seekers)
    part = Part.parse(shard) if shard else None
    folder = Path(out) if part else Path(f"{out}.shards")
    if part:
        _make_folder(folder)
    else:
        _check_targets(Path(out), None, None, (profiles, seekers, tables.get("history")))
    tables |= {"encoder": encoder, "progress": progress, "seekers": seekers, "lang": lang}
    batch = Batch(*open_inputs(profiles, config, ranker, **tables), k)
    batch.fit()
    batch.choose(seeker, str(seekers), explain)
    if part:
        return write_shard(batch.matcher, batch.asking, part, folder, *batch.described(lang))
    how: dict[str, Any] = {"jobs": jobs, "resume": resume, "backend": backend}
    _make_folder(folder)
    write_shards(batch.matcher, batch.asking, folder, *batch.described(lang), **how)
    done = merge_shards(folder, Path(out))
    shutil.rmtree(folder, ignore_errors=True)
    return str(done)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise OutputError(
            f"{path} must be a folder for shards; got: {err.strerror}. Choose another."
        ) from err


def _check_asked(lang: str, seeker: Sequence[str], seekers: str | Path | None) -> None:
    check_lang(lang)
    if seeker and seekers is not None:
        raise ConfigError("--seeker and --seekers must not be given together; leave one out.")


def _refusal(rules: Sequence[RuleNote], notes: Path) -> str:
    listed = "; ".join(
        f"{note.id} {note.column} {note.value!r} {note.reason}" for note in rules[:MOST_LISTED]
    )
    return (
        f"rules must hold for somebody; got {len(rules)} that do not: {listed}. Correct them; "
        f"all are in {notes}."
    )


def _check_targets(out: Path, report: Path | None, pages: Path | None, sources: Sequence[object]) -> None:
    """Check the files to be written: the table, the findings beside it, the report, and pages."""
    from matcher.commands.inputs import check_not_inputs
    from matcher.output.report.pages import check_pages, check_report
    from matcher.tables.writing import check_writable, notes_path, rejected_path

    targets = [out, rejected_path(out), notes_path(out)]
    for target in targets:
        check_writable(target)
    if report:
        check_report(report)
        targets.append(report)
    if pages:
        check_pages(pages)
    check_not_inputs(out, targets, sources)
