"""`matcher match`: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from matcher.columns import BANDS, Profile, Recommendation
from matcher.commands import options
from matcher.commands.localisation import echo
from matcher.documents.language import check_lang
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
    from matcher.evaluation.pairs import check_whole
    from matcher.outcomes.log import OutcomeLog
    from matcher.recommendations import Matcher
    from matcher.tables.writing import notes_path

    check_whole(k, "k")
    check_lang(lang)
    if seeker and seekers is not None:
        raise ConfigError("--seeker and --seekers must not be given together; leave one out.")
    out, report = Path(out), Path(report) if report else None
    pages = Path(pages) if pages else None
    _check_targets(out, report, pages, (profiles, seekers, history))
    outcome_log = None if log is None else OutcomeLog(log)
    if outcome_log:
        outcome_log.prepare()
        if config and config.rules.no_repeats and history is None:
            history = log
    inputs = read_inputs(profiles, query=query, mapping=mapping, seekers=seekers, history=history, lang=lang)
    batch = _Batch(Matcher(config, ranker, encoder=encoder, progress=progress), inputs, k)
    try:
        open_rules = batch.fit()
        if strict and open_rules:
            raise ProfileError(_refusal(open_rules, notes_path(out)))
        batch.choose(seeker, str(seekers))
        named = batch.run(run) if outcome_log else None
        batch.recommend(lang)
        if outcome_log and named:
            outcome_log.check_run(named, batch.recommendations)
    finally:
        rejected, notes = batch.inputs.write_findings(out)
    files = {"out": out, "rejected": rejected, "notes": notes, "report": report, "pages": pages}
    batch.write(files, lang)
    if outcome_log and named:
        outcome_log.record_run(named, batch.recommendations)
    return batch.done(files, named.id if named else None)


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
    from matcher.output.report import check_pages, check_report
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


class _Batch:
    """A matcher and its inputs, the seekers and, once they are made, their recommendations."""

    seekers: pd.DataFrame
    recommendations: pd.DataFrame
    remarks: Sequence[PairRemarks]
    overbooked: Sequence[RuleNote]

    def __init__(self, matcher: Matcher, inputs: Inputs, k: int) -> None:
        self.matcher = matcher
        self.inputs = inputs
        self.k = k

    def fit(self) -> list[RuleNote]:
        """Fit the matcher, add its notes to the inputs, and return the rules that hold for nobody."""
        from matcher.matching.rules import notes_frame
        from matcher.recommendations import HISTORY_NOTED, NOTED

        matcher, seekers = self.matcher, self.inputs.seekers
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", f".*{NOTED}|{HISTORY_NOTED}")  # the report says so
            matcher.fit(self.inputs.profiles, self.inputs.history)
        rules = matcher.scorer.pool.rules
        known = [] if seekers is None else [*seekers.kept[Profile.ID], *seekers.kept[Profile.NAME]]
        found = [] if seekers is None else rules.notes(seekers.kept, known)
        noted = None if seekers is None else seekers.with_notes(notes_frame(found))
        note = matcher.history_note
        self.inputs = replace(self.inputs, profiles=matcher.table, seekers=noted, history_note=note)
        return [note for note in (*rules.notes(known=known), *found) if note.is_open]

    def choose(self, seeker: Sequence[str], path: str) -> None:
        """Take the seekers that are named, those of a table, or the whole pool."""
        if seeker:
            found = self.matcher.encode_seekers(list(seeker))[0]
            self.seekers = found.drop_duplicates(Profile.ID, ignore_index=True)
        else:
            self.seekers = self.matcher.pool if self.inputs.seekers is None else self.inputs.seekers.kept
        if self.seekers.empty:
            raise ProfileError(f"{path} must hold at least one usable seeker; every row was rejected.")

    def run(self, name: str | None) -> Run:
        """Return what the log keeps of the run, named by all that goes into it where no name is given."""
        from matcher.outcomes.log import Run, name_run
        from matcher.profiles.records import latest_date

        matcher, history = self.matcher, self.inputs.history
        config, ranker = matcher.config, _described(matcher.scorer.ranker)
        asking = [] if self.seekers is matcher.pool else [self.seekers]
        tables = [matcher.pool, *asking, *([history.kept] if history else [])]
        works = sorted(map(repr, history.works)) if history else []
        encoder = matcher.encoder.fingerprint if matcher.encoder else ""
        id_ = name_run(config.to_toml(), encoder, ranker, self.k, works, *tables) if name is None else name
        date = config.as_of or latest_date(matcher.pool)
        return Run(id_, date, config, ranker, self.k, len(self.seekers))

    def recommend(self, lang: str) -> None:
        """Make the lists, and note the organisations that are wanted in too many of them."""
        from matcher.matching.rules import notes_frame

        asking = self.seekers[Profile.ID].tolist() if self.inputs.seekers is None else self.inputs.seekers
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "rules of seekers")  # they are in the notes
            self.recommendations, self.remarks = self.matcher.recommend_with_remarks(
                asking, self.k, lang=lang
            )
        self.overbooked = _overbooked(self.recommendations, self.matcher.pool)
        profiles = self.inputs.profiles.with_notes(notes_frame(self.overbooked))
        self.inputs = replace(self.inputs, profiles=profiles)

    def write(self, files: Mapping[str, Any], lang: str) -> None:
        """Write the recommendations, and the report and pages that are asked for."""
        from matcher.output.report import write_pages, write_report
        from matcher.output.results import write_recommendations
        from matcher.tables.writing import write_table

        if files["out"].suffix.lower() == ".xlsx":
            findings = self.inputs.rejected(), self.inputs.notes()
            write_recommendations(self.recommendations, *findings, files["out"], lang)
        else:
            write_table(self.recommendations, files["out"])
        if report := files["report"]:
            write_report(self.report_data(files), report, lang=lang)
        if pages := files["pages"]:
            write_pages(self.report_data(files), pages, lang=lang)

    def report_data(self, files: Mapping[str, Path | None]) -> ReportData:
        """Return what a report shows of the batch and of the files beside it."""
        from matcher.output.report import ReportData

        scorer, out, report = self.matcher.scorer, files["out"], files["report"]
        names = {name: path.name if path else "" for name, path in files.items()}
        return ReportData(
            scorer=scorer,
            seekers=self.seekers if self.inputs.seekers is None else scorer.pool.rules.lend(self.seekers),
            recommendations=self.recommendations,
            remarks=self.remarks,
            k=self.k,
            n_rows=self.inputs.profiles.n_rows,
            n_rejected=self.inputs.n_rejected,
            files={**names, "profiles": self.inputs.names["profiles"]},
            linked=bool(out and report and out.resolve().parent == report.resolve().parent),
        )

    def done(self, files: Mapping[str, Any], run: str | None) -> BatchReport:
        """Return the counts of the batch."""
        table, pool = self.recommendations, self.matcher.scorer.pool
        return BatchReport(
            n_profiles=self.inputs.profiles.n_rows,
            n_rejected=self.inputs.n_rejected,
            n_seekers=len(self.seekers),
            n_alone=len(self.seekers) - table[Recommendation.SEEKER].nunique(),
            bands={band: int((table[Recommendation.BAND] == band).sum()) for band in BANDS},
            n_duplicates=len(self.inputs.profiles.duplicates),
            n_twins=len(pool.twins),
            n_cut=len(pool.encoder.left_out),
            run=run,
            history_note=self.matcher.history_note,
            n_overbooked=len(self.overbooked),
            **files,
        )


def _overbooked(recommendations: pd.DataFrame, pool: pd.DataFrame) -> list[RuleNote]:
    """Note the organisations that are strong, possible or first in more lists than they have capacity for."""
    from matcher.matching.rules import RuleNote

    bands, ranks = recommendations[Recommendation.BAND], recommendations[Recommendation.RANK]
    wanted = recommendations[(bands != BANDS[-1]) | (ranks == 1)]
    lists = wanted[Recommendation.CANDIDATE].value_counts()
    capacity = dict(zip(pool[Profile.ID], pool[Profile.CAPACITY_MAX], strict=True))
    return [
        RuleNote(
            str(id_), Profile.CAPACITY_MAX, f"{capacity[id_]:g}", f"wanted in {number} lists: more than that"
        )
        for id_, number in sorted(lists.to_dict().items())
        if number > capacity[id_]
    ]


def _described(ranker: Ranker) -> str:
    """Return which ranker it is, and how much each feature counts in it."""
    from matcher.ranking import CalibratedRanker

    inner = ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker
    shares = zip(ranker.features_, ranker.shares_.tolist(), strict=True)
    return f"{type(inner).__name__}: {', '.join(f'{name} {share:.6f}' for name, share in shares)}"
