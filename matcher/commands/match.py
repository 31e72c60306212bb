"""`matcher match`: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.columns import BANDS, Profile, Recommendation
from matcher.commands import options
from matcher.errors import ProfileError

if TYPE_CHECKING:
    import pandas as pd

    from matcher.commands.inputs import Inputs
    from matcher.config import Config
    from matcher.encoders import Encoder
    from matcher.explanations import PairRemarks
    from matcher.matching.scoring import Ranker
    from matcher.outcomes.log import Run
    from matcher.output.report import ReportData
    from matcher.recommendations import Matcher


def match(
    profiles: options.Profiles,
    out: Annotated[
        Path, typer.Option(help="Table to write: .csv .tsv .xlsx .parquet .jsonl[.gz].", show_default=False)
    ],
    seekers: Annotated[
        Path | None, typer.Option(help="Profiles or opportunities to match; all organisations if left out.")
    ] = None,
    history: options.History = None,
    config: options.ConfigFile = None,
    ranker: options.RankerFolder = None,
    encoder: options.EncoderName = None,
    query: options.Query = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Partners for each seeker.")] = 20,
    min_band: Annotated[
        str | None, typer.Option(help="Lowest band to list: strong, possible or weak.", show_default=False)
    ] = None,
    lang: Annotated[str, typer.Option(help="Language of reasons, concerns and the report: en or id.")] = "en",
    report: Annotated[
        Path | None, typer.Option(help="Report for people to write, an .html file.", show_default=False)
    ] = None,
    log: Annotated[
        str | None, typer.Option(help="Outcome log, a .db file or an address: keeps what was shown.")
    ] = None,
    run_name: Annotated[
        str | None, typer.Option("--run", help="Name of the run; made of the inputs if left out.")
    ] = None,
    strict: options.Strict = False,
    quiet: options.Quiet = False,
) -> None:
    """Rank partners for every seeker, with reasons for both sides, and write one table."""
    # Heavy imports come after the arguments are checked, so that --help and typing errors are quick.
    from matcher.ranking.storage import open_ranker

    done = match_batch(
        profiles,
        out,
        seekers=seekers,
        history=history,
        query=query,
        config=options.read_config(config, encoder=encoder, min_band=min_band),
        ranker=open_ranker(ranker) if ranker else None,
        k=k,
        lang=lang,
        progress=not quiet,
        report=report,
        log=log,
        run=run_name,
    )
    typer.echo(str(done), err=True)
    if strict and done.n_rejected:
        raise typer.Exit(1)


@dataclass(frozen=True)
class BatchReport:
    """What a batch did.

    Attributes
    ----------
    n_profiles, n_rejected : int
        Organisations read, and rows rejected in any input.
    n_seekers, n_alone : int
        Seekers, and those of them without any eligible partner.
    bands : mapping of str to int
        Rows written, by band.
    n_duplicates : int
        Pairs of organisations that look like one.
    out, rejected, notes, report : Path or None
        Files written; None where there was nothing to write.
    run : str or None
        Name of the run in the log; None without a log.
    """

    n_profiles: int
    n_rejected: int
    n_seekers: int
    n_alone: int
    bands: Mapping[str, int]
    n_duplicates: int
    out: Path
    rejected: Path | None
    notes: Path | None
    report: Path | None
    run: str | None

    @property
    def n_recommendations(self) -> int:
        """Number of rows written."""
        return sum(self.bands.values())

    def __str__(self) -> str:
        """Return a few lines: what was read, left out and written."""
        lines = [
            f"{self.n_profiles:,} organisations read, {self.n_rejected:,} rows rejected",
            self.rejected and f"rejected rows, with reasons: {self.rejected}",
            self.n_duplicates and f"{self.n_duplicates:,} pairs of organisations look like one",
            self.notes and f"kept but worth a look: {self.notes}",
            self.n_alone and f"{self.n_alone:,} seekers have no eligible partner",
            f"{self.n_recommendations:,} recommendations for {self.n_seekers:,} seekers: {self.out}",
            f"of these {', '.join(f'{number:,} {band}' for band, number in self.bands.items())}",
            self.report and f"report: {self.report}",
            self.run and f"recorded in the log as {self.run}",
        ]
        return "\n".join(str(line) for line in lines if line)


def match_batch(
    profiles: str | Path,
    out: str | Path,
    *,
    seekers: str | Path | None = None,
    history: str | Path | None = None,
    query: str | None = None,
    config: Config | None = None,
    ranker: Ranker | None = None,
    k: int = 20,
    lang: str = "en",
    encoder: Encoder | None = None,
    progress: bool = False,
    report: str | Path | None = None,
    log: str | Path | None = None,
    run: str | None = None,
) -> BatchReport:
    """Rank partners for every seeker and write the table, and a report if one is asked for.

    Parameters
    ----------
    profiles, seekers, history, query, k, lang, log, run : as the options of `match`
    out : path
        Its ending decides the format, as for `match`. Rejected rows go to `<out>.rejected.csv`, warnings
        about what was kept to `<out>.notes.csv`; an .xlsx workbook holds both too, behind its first sheet.
    config, ranker, encoder, progress : as for `Matcher`
    report : path, optional
        An .html file. With many seekers, each has a page in the folder `<stem>_files` beside it.

    Raises
    ------
    MatcherError
        If an input cannot be used or an output not written; rejected rows are written all the same.
    """
    from matcher.commands.inputs import read_inputs
    from matcher.documents.language import check_lang
    from matcher.outcomes.log import OutcomeLog
    from matcher.output.report import write_report
    from matcher.recommendations import Matcher, check_k

    check_k(k)
    check_lang(lang)
    out = Path(out)
    _check_targets(out, report, (profiles, seekers, history))
    outcome_log = None if log is None else OutcomeLog(log)
    if outcome_log:
        outcome_log.prepare()
    inputs = read_inputs(profiles, query=query, seekers=seekers, history=history)
    rejected, notes = inputs.write_findings(out)
    matcher = Matcher(config, ranker, encoder=encoder, progress=progress).fit(inputs.profiles, inputs.history)
    wanted = matcher.pool if inputs.seekers is None else inputs.seekers.kept
    if wanted.empty:
        raise ProfileError(f"{seekers} must hold at least one usable seeker; every row was rejected.")
    named = _run_of(matcher, inputs, k, run) if outcome_log else None
    asking = wanted[Profile.ID].tolist() if inputs.seekers is None else inputs.seekers
    recommendations, remarks = matcher.recommend_with_remarks(asking, k, lang=lang)
    _write_table(recommendations, inputs, out, lang)
    done = BatchReport(
        n_profiles=inputs.profiles.n_rows,
        n_rejected=inputs.n_rejected,
        n_seekers=len(wanted),
        n_alone=int((~wanted[Profile.ID].isin(recommendations[Recommendation.SEEKER])).sum()),
        bands={band: int((recommendations[Recommendation.BAND] == band).sum()) for band in BANDS},
        n_duplicates=len(inputs.profiles.duplicates),
        out=out,
        rejected=rejected,
        notes=notes,
        report=None if report is None else Path(report),
        run=named.id if named else None,
    )
    if done.report:
        data = _report_data(matcher, inputs, recommendations, remarks, k, done, done.report)
        write_report(data, done.report, lang=lang)
    if outcome_log and named:
        outcome_log.record_run(named, recommendations)
    return done


def _check_targets(out: Path, report: str | Path | None, sources: Sequence[str | Path | None]) -> None:
    """Check the files to be written: the table, the findings beside it, and the report."""
    from matcher.commands.inputs import check_not_inputs
    from matcher.output.report import check_report
    from matcher.tables.writing import check_writable, notes_path, rejected_path

    targets = [out, rejected_path(out), notes_path(out)]
    for target in targets:
        check_writable(target)
    if report is not None:
        check_report(report)
        targets.append(Path(report))
    check_not_inputs(out, targets, sources)


def _write_table(recommendations: pd.DataFrame, inputs: Inputs, out: Path, lang: str) -> None:
    from matcher.output.results import write_recommendations
    from matcher.tables.writing import write_table

    if out.suffix.lower() == ".xlsx":
        write_recommendations(recommendations, inputs.rejected(), inputs.notes(), out, lang)
    else:
        write_table(recommendations, out)


def _run_of(matcher: Matcher, inputs: Inputs, k: int, name: str | None) -> Run:
    """Return the run of a fitted matcher, named by all that went into it where no name is given."""
    from matcher.outcomes.log import Run, name_run
    from matcher.profiles.records import latest_date

    config, ranker, history = matcher.config, _described(matcher.scorer.ranker), inputs.history
    seekers = matcher.pool if inputs.seekers is None else inputs.seekers.kept
    tables = [matcher.pool, *([seekers] if inputs.seekers else []), *([history.kept] if history else [])]
    works = sorted(map(repr, history.works)) if history else []
    encoder = matcher.encoder.fingerprint if matcher.encoder else ""
    return Run(
        id=name_run(config.to_toml(), encoder, ranker, k, works, *tables) if name is None else name,
        date=config.as_of or latest_date(matcher.pool),
        config=config,
        ranker=ranker,
        k=k,
        n_seekers=len(seekers),
    )


def _described(ranker: Ranker) -> str:
    """Return which ranker it is, and how much each feature counts in it."""
    from matcher.ranking import CalibratedRanker

    inner = ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker
    shares = zip(ranker.features_, ranker.shares_.tolist(), strict=True)
    return f"{type(inner).__name__}: {', '.join(f'{name} {share:.6f}' for name, share in shares)}"


def _report_data(
    matcher: Matcher,
    inputs: Inputs,
    recommendations: pd.DataFrame,
    remarks: Sequence[PairRemarks],
    k: int,
    done: BatchReport,
    report: Path,
) -> ReportData:
    """Return the data of a report, from the matcher and from what was read and written."""
    from matcher.features import COMPONENT_NAMES
    from matcher.output.report import ReportData
    from matcher.profiles.records import latest_date, lend_from_lead
    from matcher.ranking import WeightedRanker

    scorer, config = matcher.scorer, matcher.config
    ranker = scorer.ranker
    usual = dict(zip(ranker.features_, ranker.means_.tolist(), strict=True))
    return ReportData(
        organisations=matcher.pool,
        seekers=matcher.pool if inputs.seekers is None else lend_from_lead(inputs.seekers.kept, matcher.pool),
        recommendations=recommendations,
        remarks=remarks,
        vectors=scorer.pool.organisations.passages.means(),
        usual={name: usual.get(name, float("nan")) for name in COMPONENT_NAMES},
        weights=dict(zip(ranker.features_, ranker.shares_.tolist(), strict=True)),
        percentile=scorer.percentile,
        k=k,
        n_rows=inputs.profiles.n_rows,
        n_rejected=inputs.n_rejected,
        as_of=config.as_of or latest_date(matcher.pool),
        is_learned=not isinstance(ranker, WeightedRanker),
        is_probability=scorer.calibrated,
        profiles=inputs.names["profiles"],
        table=done.out.name,
        rejected=done.rejected.name if done.rejected else "",
        notes=done.notes.name if done.notes else "",
        linked=done.out.resolve().parent == report.resolve().parent,
        encoder=Path(config.encoder or "").name,
    )
