"""One batch: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from matcher.columns import Profile, Recommendation, Rejection
from matcher.commands.runs import run_of
from matcher.config import Config
from matcher.documents.language import check_lang
from matcher.encoders import Encoder
from matcher.errors import OutputError, ProfileError
from matcher.features import COMPONENT_NAMES
from matcher.features.sides import latest_date
from matcher.matching.scoring import Ranker
from matcher.outcomes import OutcomeTable, read_outcomes
from matcher.output.report import ReportData, check_report, write_report
from matcher.output.workbooks import write_recommendations
from matcher.profiles import ProfileTable, read_profiles
from matcher.profiles.seekers import lend_from_lead
from matcher.ranking import WeightedRanker
from matcher.recommendations import Matcher, check_k
from matcher.tables.writing import (
    check_writable,
    notes_path,
    rejected_path,
    write_or_remove,
    write_table,
)

if TYPE_CHECKING:
    from matcher.outcomes.logbook import OutcomeLog


@dataclass(frozen=True)
class BatchReport:
    """What a batch did.

    Attributes
    ----------
    n_profiles, n_rejected : int
        Organisations read, and rows rejected in any input.
    n_seekers, n_alone : int
        Seekers, and those of them without any eligible partner.
    n_recommendations : int
        Rows written.
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
    n_recommendations: int
    n_duplicates: int
    out: Path
    rejected: Path | None
    notes: Path | None
    report: Path | None = None
    run: str | None = None

    def __str__(self) -> str:
        """Say in a few lines what was read, left out and written."""
        lines = [f"{self.n_profiles:,} organisations read, {self.n_rejected:,} rows rejected"]
        if self.rejected:
            lines.append(f"rejected rows, with reasons: {self.rejected}")
        if self.n_duplicates:
            lines.append(f"{self.n_duplicates:,} pairs of organisations look like one")
        if self.notes:
            lines.append(f"kept but worth a look: {self.notes}")
        if self.n_alone:
            lines.append(f"{self.n_alone:,} seekers have no eligible partner")
        lines.append(f"{self.n_recommendations:,} recommendations for {self.n_seekers:,} seekers: {self.out}")
        if self.report:
            lines.append(f"report: {self.report}")
        if self.run:
            lines.append(f"recorded in the log as {self.run}")
        return "\n".join(lines)


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
    profiles : path or SQLAlchemy URL
        The organisations that may be recommended.
    out : path
        Where the table goes; its ending decides the format: .csv .tsv .xlsx .parquet .jsonl
        .jsonl.gz. Rejected rows go to `<out>.rejected.csv`, what was kept but is worth a look to
        `<out>.notes.csv`; an .xlsx workbook holds both too, behind its first sheet.
    seekers : path, optional
        Profiles, opportunities or both; every organisation of `profiles` when left out.
    history : path or SQLAlchemy URL, optional
        Earlier outcomes: a file or an outcome log.
    query : str, optional
        SQL query, where `profiles` is a database URL.
    config : Config, optional
        Settings.
    ranker : ranker, optional
        See `Matcher`.
    k : int, default 20
        Partners for each seeker.
    lang : {"en", "id"}, default "en"
        Language of reasons and concerns, and of the report.
    encoder : Encoder, optional
        In place of the one that `config` names.
    progress : bool, default False
        Whether to show progress bars on stderr.
    report : path, optional
        Where a report for people goes, an .html file; of many seekers each gets a page of its own in the
        folder `<stem>_files` beside it.
    log : path or SQLAlchemy URL, optional
        Outcome log that keeps what was asked and shown; made if there is none.
    run : str, optional
        Names the run; a name made of all inputs if left out.

    Returns
    -------
    report : BatchReport
        Counts and paths.

    Raises
    ------
    MatcherError
        If an input cannot be used or an output not written; rejected rows are written all the same.
    """
    check_k(k)
    check_lang(lang)
    out = Path(out)
    page = None if report is None else Path(report)
    _check_targets(out, page, [profiles, seekers, history])
    book = None if log is None else _open_log(log)
    inputs = _read(profiles, seekers, history, query)
    unusable, worth_a_look = inputs.rejected(), inputs.worth_a_look()
    rejected = write_or_remove(unusable, rejected_path(out))
    notes = write_or_remove(worth_a_look, notes_path(out))
    matcher = Matcher(config, ranker, encoder=encoder, progress=progress).fit(inputs.profiles, inputs.history)
    wanted = matcher.pool if inputs.seekers is None else inputs.seekers.kept
    if wanted.empty:
        raise ProfileError(f"{seekers} must hold at least one usable seeker; every row was rejected.")
    asked = run_of(matcher, inputs.seekers, inputs.history, k, run) if book is not None else None
    if inputs.seekers is None:
        recommendations = matcher.recommend_all(k, lang=lang)
    else:
        recommendations = matcher.recommend(inputs.seekers, k, lang=lang)
    if out.suffix.lower() == ".xlsx":
        write_recommendations(recommendations, unusable, worth_a_look, out, lang)
    else:
        write_table(recommendations, out)
    if page is not None:
        files = [path for path in (out, rejected, notes) if path is not None]
        write_report(
            _report_data(matcher, inputs, recommendations, k, profiles, files, page), page, lang=lang
        )
    if book and asked:
        book.record_run(asked, recommendations)
    return BatchReport(
        n_profiles=inputs.profiles.n_rows,
        n_rejected=inputs.n_rejected,
        n_seekers=len(wanted),
        n_alone=int((~wanted[Profile.ID].isin(recommendations[Recommendation.SEEKER])).sum()),
        n_recommendations=len(recommendations),
        n_duplicates=len(inputs.profiles.duplicates),
        out=out,
        rejected=rejected,
        notes=notes,
        report=page,
        run=asked.id if asked else None,
    )


@dataclass(frozen=True)
class _Inputs:
    """Everything a batch reads."""

    profiles: ProfileTable
    seekers: ProfileTable | None
    history: OutcomeTable | None

    def tables(self) -> Iterator[tuple[str, ProfileTable | OutcomeTable]]:
        """Yield the name and content of each input there is."""
        yield "profiles", self.profiles
        if self.seekers is not None:
            yield "seekers", self.seekers
        if self.history is not None:
            yield "history", self.history

    @property
    def n_rejected(self) -> int:
        """Number of rows rejected in any input."""
        return sum(table.n_rejected for _, table in self.tables())

    def rejected(self) -> pd.DataFrame:
        """Return the rejected rows of all inputs, the input named in the first column."""
        return pd.concat([_named(name, table.rejected) for name, table in self.tables()], ignore_index=True)

    def worth_a_look(self) -> pd.DataFrame:
        """Return the notes of all inputs, then the pairs of organisations that look like one."""
        tables = [(name, table) for name, table in self.tables() if isinstance(table, ProfileTable)]
        alike = [_alike(name, table.duplicates) for name, table in tables]
        return pd.concat([*(_named(name, table.notes) for name, table in tables), *alike], ignore_index=True)


def _read(
    profiles: str | Path, seekers: str | Path | None, history: str | Path | None, query: str | None
) -> _Inputs:
    """Read every input before any work is done, so that a wrong path costs nothing."""
    return _Inputs(
        profiles=read_profiles(profiles, query=query),
        seekers=None if seekers is None else read_profiles(seekers),
        history=None if history is None else read_outcomes(history),
    )


def _open_log(place: str | Path) -> OutcomeLog:
    """Open the log, and make it if there is none, before any work."""
    from matcher.outcomes.logbook import OutcomeLog

    log = OutcomeLog(place)
    log.prepare()
    return log


def _check_targets(out: Path, report: Path | None, sources: Iterable[str | Path | None]) -> None:
    """Refuse, before any work, targets that cannot be written or that would replace an input."""
    targets = [out, rejected_path(out), notes_path(out)]
    for target in targets:
        check_writable(target)
    if report is not None:
        check_report(report)
        targets.append(report)
    inputs = {Path(source).resolve() for source in sources if source is not None and "://" not in str(source)}
    for target in targets:
        if target.resolve() in inputs:
            raise OutputError(f"out must not be one of the inputs; got {out}. Choose another name.")


def _report_data(
    matcher: Matcher,
    inputs: _Inputs,
    recommendations: pd.DataFrame,
    k: int,
    source: str | Path,
    files: Sequence[Path],
    report: Path,
) -> ReportData:
    """Gather what a report is made of, from the matcher and from what was read and written."""
    scorer, config = matcher.scorer, matcher.config
    ranker = scorer.ranker
    usual = dict(zip(ranker.features_, ranker.means_.tolist(), strict=True))
    written = {path: path.name for path in files}
    out = files[0]
    return ReportData(
        organisations=matcher.pool,
        seekers=matcher.pool if inputs.seekers is None else lend_from_lead(inputs.seekers.kept, matcher.pool),
        recommendations=recommendations,
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
        # An address of a database may hold a password.
        profiles="" if "://" in str(source) else Path(source).name,
        table=out.name,
        rejected=written.get(rejected_path(out), ""),
        notes=written.get(notes_path(out), ""),
        linked=out.resolve().parent == report.resolve().parent,
        encoder=Path(config.encoder or "").name,
    )


def _named(name: str, findings: pd.DataFrame) -> pd.DataFrame:
    named = findings.copy()
    named.insert(0, "input", name)
    return named


def _alike(name: str, duplicates: pd.DataFrame) -> pd.DataFrame:
    """Write pairs of organisations that look like one in the columns of notes."""
    rows = [
        {
            "input": name,
            Rejection.ID: row.id,
            Rejection.COLUMN: Profile.NAME,
            Rejection.VALUE: row.name,
            Rejection.REASON: f"looks like {row.other_id} (likeness {row.similarity:.0f} of 100)",
        }
        for row in duplicates.itertuples(index=False)
    ]
    return pd.DataFrame(rows, columns=["input", *Rejection])
