"""`matcher match`: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.columns import BANDS, Profile, Recommendation
from matcher.commands import options
from matcher.commands.localisation import echo
from matcher.errors import ConfigError, ProfileError

if TYPE_CHECKING:
    import pandas as pd

    from matcher.commands.inputs import Inputs
    from matcher.config import Config
    from matcher.encoders import Encoder
    from matcher.explanations import PairRemarks
    from matcher.matching.rules import RuleNote
    from matcher.matching.scoring import Ranker
    from matcher.outcomes.log import Run
    from matcher.output.report import ReportData
    from matcher.profiles.layout import Given
    from matcher.recommendations import Matcher

MOST_LISTED = 5
"""Rules without effect that a message names."""


def match(
    profiles: options.Profiles,
    out: Annotated[
        Path, typer.Option(help="Table to write: .csv .tsv .xlsx .parquet .jsonl[.gz].", show_default=False)
    ],
    seekers: Annotated[
        Path | None, typer.Option(help="Profiles or opportunities to match; all organisations if left out.")
    ] = None,
    seeker: Annotated[
        list[str] | None, typer.Option(help="Id or name of an organisation to match; again for more.")
    ] = None,
    history: options.History = None,
    config: options.ConfigFile = None,
    ranker: options.RankerFolder = None,
    encoder: options.EncoderName = None,
    query: options.Query = None,
    columns: options.Columns = None,
    mapping: options.MappingFile = None,
    k: Annotated[int, typer.Option("-k", min=1, help="Partners for each seeker.")] = 20,
    min_band: Annotated[
        str | None, typer.Option(help="Lowest band to list: strong, possible or weak.", show_default=False)
    ] = None,
    must: Annotated[
        list[str] | None,
        typer.Option(help="What every partner must meet, such as 'kind: education'; may be repeated."),
    ] = None,
    no_repeats: Annotated[
        bool, typer.Option("--no-repeats", help="Leave out pairs that met, declined or worked together.")
    ] = False,
    pin: Annotated[
        Path | None, typer.Option(help="Pairs to keep in lists: a table of seeker, candidate and rank.")
    ] = None,
    lang: options.Lang = "en",
    report: Annotated[
        Path | None, typer.Option(help="Report for people to write, an .html file.", show_default=False)
    ] = None,
    pages: Annotated[
        Path | None,
        typer.Option(help="Folder for one page per seeker, to send by e-mail.", show_default=False),
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
    from matcher.commands.inputs import read_pins
    from matcher.ranking.storage import open_ranker

    settings = options.read_config(config, encoder=encoder, min_band=min_band)
    done = match_batch(
        profiles,
        out,
        seekers=seekers,
        seeker=seeker or (),
        history=history,
        query=query,
        mapping=options.read_columns(columns, mapping),
        config=options.add_rules(settings, must or (), no_repeats, read_pins(pin) if pin else ()),
        ranker=open_ranker(ranker) if ranker else None,
        k=k,
        lang=lang,
        progress=not quiet,
        report=report,
        pages=pages,
        log=log,
        run=run_name,
        strict=strict,
    )
    echo(str(done))
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
    n_twins, n_cut : int
        Organisations that are nearly the same as others, and those of which some texts do not count.
    out, rejected, notes, report, pages : Path or None
        Files written; None where there was nothing to write.
    run : str or None
        Name of the run in the log; None without a log.
    history_note : str
        How many rows of the history were used; "" where all were.
    n_overbooked : int
        Organisations that are wanted in more lists than they have capacity for.
    """

    n_profiles: int
    n_rejected: int
    n_seekers: int
    n_alone: int
    bands: Mapping[str, int]
    n_duplicates: int
    n_twins: int
    n_cut: int
    out: Path
    rejected: Path | None
    notes: Path | None
    report: Path | None
    pages: Path | None
    run: str | None
    history_note: str
    n_overbooked: int

    @property
    def n_recommendations(self) -> int:
        """Number of rows written."""
        return sum(self.bands.values())

    def __str__(self) -> str:
        """Return a few lines: what was read, left out and written."""
        strong, possible, weak = (self.bands[band] for band in BANDS)
        lines = [
            f"{self.n_profiles:,} organisations read, {self.n_rejected:,} rows rejected",
            self.rejected and f"rejected rows, with reasons: {self.rejected}",
            self.n_duplicates and f"{self.n_duplicates:,} pairs of organisations look like one",
            self.n_twins and f"{self.n_twins:,} organisations are nearly the same as others: a list has one",
            self.n_cut and f"texts of {self.n_cut:,} organisations do not count",
            self.notes and f"kept but worth a look: {self.notes}",
            self.n_overbooked
            and f"{self.n_overbooked:,} organisations are wanted in more lists than they have capacity for",
            self.history_note and f"history: {self.history_note}",
            self.n_alone and f"{self.n_alone:,} seekers have no eligible partner",
            f"{self.n_recommendations:,} recommendations for {self.n_seekers:,} seekers: {self.out}",
            f"of these {strong:,} strong, {possible:,} possible, {weak:,} weak",
            self.report and f"report: {self.report}",
            self.pages and f"one page per seeker: {self.pages}",
            self.run and f"recorded in the log as {self.run}",
        ]
        return "\n".join(str(line) for line in lines if line)


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
) -> BatchReport:
    """Rank partners for every seeker and write the table, and a report if one is asked for.

    Parameters
    ----------
    profiles, seekers, seeker, history, query, mapping, k, lang, log, run, strict : as the options of `match`
    out : path
        Its ending decides the format, as for `match`. Rejected rows go to `<out>.rejected.csv`, warnings
        about what was kept to `<out>.notes.csv`; an .xlsx workbook holds both too, behind its first sheet.
    config, ranker, encoder, progress : as for `Matcher`
    report : path, optional
        An .html file. With many seekers, each has a page in the folder `<stem>_files` beside it.
    pages : path, optional
        A folder for one self-contained page per seeker.

    Raises
    ------
    MatcherError
        If an input cannot be used or an output not written; rejected rows are written all the same.
    """
    from matcher.commands.inputs import read_inputs
    from matcher.documents.language import check_lang
    from matcher.matching.rules import notes_frame
    from matcher.outcomes.log import OutcomeLog
    from matcher.output.report import write_pages, write_report
    from matcher.recommendations import HISTORY_NOTED, NOTED, Matcher, check_k

    check_k(k)
    check_lang(lang)
    _check_seekers(seeker, seekers)
    out = Path(out)
    _check_targets(out, report, pages, (profiles, seekers, history))
    outcome_log = None if log is None else OutcomeLog(log)
    if outcome_log:
        outcome_log.prepare()
        if config and config.rules.no_repeats and history is None:
            history = log
    inputs = read_inputs(profiles, query=query, mapping=mapping, seekers=seekers, history=history, lang=lang)
    inputs.write_findings(out)
    matcher = Matcher(config, ranker, encoder=encoder, progress=progress)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", f".*{NOTED}|{HISTORY_NOTED}")  # the report says so
        matcher.fit(inputs.profiles, inputs.history)
    inputs, open_rules = _with_notes(inputs, matcher)
    rejected, notes = inputs.write_findings(out)
    if strict and open_rules:
        listed = "; ".join(
            f"{note.id} {note.column} {note.value!r} {note.reason}" for note in open_rules[:MOST_LISTED]
        )
        raise ProfileError(
            f"rules must hold for somebody; got {len(open_rules)} that do not: {listed}. Correct them; "
            f"all are in {notes}."
        )
    wanted = _wanted(matcher, inputs, seeker)
    if wanted.empty:
        raise ProfileError(f"{seekers} must hold at least one usable seeker; every row was rejected.")
    named = _run_of(matcher, inputs, wanted, k, run) if outcome_log else None
    asking = wanted[Profile.ID].tolist() if inputs.seekers is None else inputs.seekers
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "[0-9]+ rules of seekers")  # they are in the notes
        recommendations, remarks = matcher.recommend_with_remarks(asking, k, lang=lang)
    if outcome_log and named:
        outcome_log.check_run(named, recommendations)
    overbooked = _overbooked(recommendations, matcher.pool)
    inputs = replace(inputs, profiles=inputs.profiles.with_notes(notes_frame(overbooked)))
    rejected, notes = inputs.write_findings(out)
    _write_table(recommendations, inputs, out, lang)
    done = BatchReport(
        n_profiles=inputs.profiles.n_rows,
        n_rejected=inputs.n_rejected,
        n_seekers=len(wanted),
        n_alone=len(wanted) - recommendations[Recommendation.SEEKER].nunique(),
        bands={band: int((recommendations[Recommendation.BAND] == band).sum()) for band in BANDS},
        n_duplicates=len(inputs.profiles.duplicates),
        n_twins=len(matcher.scorer.pool.twins),
        n_cut=len(matcher.scorer.pool.encoder.left_out),
        out=out,
        rejected=rejected,
        notes=notes,
        report=None if report is None else Path(report),
        pages=None if pages is None else Path(pages),
        run=named.id if named else None,
        history_note=matcher.history_note,
        n_overbooked=len(overbooked),
    )
    if done.report or done.pages:
        data = _report_data(matcher, inputs, wanted, recommendations, remarks, k, done)
        if done.report:
            write_report(data, done.report, lang=lang)
        if done.pages:
            write_pages(data, done.pages, lang=lang)
    if outcome_log and named:
        outcome_log.record_run(named, recommendations)
    return done


def _check_seekers(seeker: Sequence[str], seekers: str | Path | None) -> None:
    if seeker and seekers is not None:
        raise ConfigError("--seeker and --seekers must not be given together; leave one out.")


def _wanted(matcher: Matcher, inputs: Inputs, seeker: Sequence[str]) -> pd.DataFrame:
    """Return the seekers: those that are named, those of a table, or the whole pool."""
    if seeker:
        return matcher.encode_seekers(list(seeker))[0].drop_duplicates(Profile.ID, ignore_index=True)
    return matcher.pool if inputs.seekers is None else inputs.seekers.kept


def _with_notes(inputs: Inputs, matcher: Matcher) -> tuple[Inputs, list[RuleNote]]:
    """Return the inputs with all notes of a fitted matcher, and the rules that hold for nobody."""
    from matcher.matching.rules import notes_frame

    rules, seekers = matcher.scorer.pool.rules, inputs.seekers
    known = [] if seekers is None else [*seekers.kept[Profile.ID], *seekers.kept[Profile.NAME]]
    found = [] if seekers is None else rules.notes(seekers.kept, known)
    if seekers is not None:
        seekers = seekers.with_notes(notes_frame(found))
    noted = replace(inputs, profiles=matcher.table, seekers=seekers, history_note=matcher.history_note)
    return noted, [note for note in (*rules.notes(known=known), *found) if note.is_open]


def _overbooked(recommendations: pd.DataFrame, pool: pd.DataFrame) -> list[RuleNote]:
    """Note the organisations that are strong, possible or first in more lists than they have capacity for."""
    from matcher.matching.rules import RuleNote

    is_wanted = (recommendations[Recommendation.BAND] != BANDS[-1]) | (
        recommendations[Recommendation.RANK] == 1
    )
    lists = recommendations.loc[is_wanted, Recommendation.CANDIDATE].value_counts()
    capacity = dict(zip(pool[Profile.ID], pool[Profile.CAPACITY_MAX], strict=True))
    return [
        RuleNote(
            str(id_), Profile.CAPACITY_MAX, f"{capacity[id_]:g}", f"wanted in {number} lists: more than that"
        )
        for id_, number in sorted(lists.to_dict().items())
        if number > capacity[id_]
    ]


def _check_targets(
    out: Path,
    report: str | Path | None,
    pages: str | Path | None,
    sources: Sequence[str | Path | None],
) -> None:
    """Check the files to be written: the table, the findings beside it, the report, and pages."""
    from matcher.commands.inputs import check_not_inputs
    from matcher.output.report import check_pages, check_report
    from matcher.tables.writing import check_writable, notes_path, rejected_path

    targets = [out, rejected_path(out), notes_path(out)]
    for target in targets:
        check_writable(target)
    if report is not None:
        check_report(report)
        targets.append(Path(report))
    if pages is not None:
        check_pages(pages)
    check_not_inputs(out, targets, sources)


def _write_table(recommendations: pd.DataFrame, inputs: Inputs, out: Path, lang: str) -> None:
    from matcher.output.results import write_recommendations
    from matcher.tables.writing import write_table

    if out.suffix.lower() == ".xlsx":
        write_recommendations(recommendations, inputs.rejected(), inputs.notes(), out, lang)
    else:
        write_table(recommendations, out)


def _run_of(matcher: Matcher, inputs: Inputs, seekers: pd.DataFrame, k: int, name: str | None) -> Run:
    """Return the run of a fitted matcher, named by all that went into it where no name is given."""
    from matcher.outcomes.log import Run, name_run
    from matcher.profiles.records import latest_date

    config, ranker, history = matcher.config, _described(matcher.scorer.ranker), inputs.history
    asking = [] if seekers is matcher.pool else [seekers]
    tables = [matcher.pool, *asking, *([history.kept] if history else [])]
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
    seekers: pd.DataFrame,
    recommendations: pd.DataFrame,
    remarks: Sequence[PairRemarks],
    k: int,
    done: BatchReport,
) -> ReportData:
    """Return the data of a report, from the matcher and from what was read and written."""
    from matcher.features import COMPONENT_NAMES
    from matcher.output.report import ReportData
    from matcher.profiles.records import latest_date
    from matcher.ranking import WeightedRanker

    scorer, config = matcher.scorer, matcher.config
    ranker = scorer.ranker
    usual = dict(zip(ranker.features_, ranker.means_.tolist(), strict=True))
    return ReportData(
        organisations=matcher.pool,
        seekers=seekers if inputs.seekers is None else scorer.pool.rules.lend(seekers),
        recommendations=recommendations,
        remarks=remarks,
        vectors=scorer.pool.organisations.passages.means(),
        usual={name: usual.get(name, float("nan")) for name in COMPONENT_NAMES},
        weights=dict(zip(ranker.features_, ranker.shares_.tolist(), strict=True)),
        percentile=scorer.percentile,
        k=k,
        n_rows=inputs.profiles.n_rows,
        n_rejected=inputs.n_rejected,
        n_twins=done.n_twins,
        n_cut=done.n_cut,
        as_of=config.as_of or latest_date(matcher.pool),
        is_learned=not isinstance(ranker, WeightedRanker),
        is_probability=scorer.calibrated,
        profiles=inputs.names["profiles"],
        table=done.out.name,
        rejected=done.rejected.name if done.rejected else "",
        notes=done.notes.name if done.notes else "",
        linked=bool(done.report and done.out.resolve().parent == done.report.resolve().parent),
        encoder=Path(config.encoder or "").name,
    )
