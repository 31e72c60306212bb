"""A matcher and its inputs: what `matcher match` does with them, step by step, and what it says of it."""

import json
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import BANDS, REMARKS, Profile, Recommendation
from matcher.commands.inputs import Inputs, check_outputs, open_inputs
from matcher.commands.terminal import Request
from matcher.config import Config
from matcher.encoders import open_encoder
from matcher.errors import ConfigError, ProfileError
from matcher.evaluation.metrics import check_whole
from matcher.explanations.remarks import PairRemarks
from matcher.matching.fitted import NOTED
from matcher.matching.rules import RuleNote, notes_frame
from matcher.matching.scoring import Ranker
from matcher.matching.storage import check_pool_folder
from matcher.outcomes.log import OutcomeLog, Run, name_run
from matcher.output.lists import TOP_NOTED, Explain, last_explained
from matcher.output.report.pages import check_pages, write_pages, write_report
from matcher.output.report.sections import ReportData
from matcher.output.results import write_recommendations
from matcher.profiles import ProfileTable
from matcher.profiles.records import latest_date
from matcher.ranking import CalibratedRanker
from matcher.recommendations import HISTORY_NOTED, Matcher
from matcher.tables.writing import is_written_in_parts, notes_path, rejected_path, write_parts, write_table

MOST_LISTED: Final = 5  # rules without effect that a message names


@dataclass(frozen=True)
class BatchReport:
    """What a batch did, as its text says it: rows rejected in any input, rows written by band.

    Files are None where there was nothing to write, `run` is without a log; `history_note` is "" where all
    rows were used. Texts end after the rank `last_explained` of each list. `n_scored` candidates per seeker,
    0 for all, were scored; for what lists are worth then see `matcher.matching.candidates.ListValue`.
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
    last_explained: int = sys.maxsize
    n_scored: int = 0
    list_mean: float = 1.0
    list_low: float = 1.0
    loses_much: bool = False

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
            self.notes and f"kept, with notes: {self.notes}",
            self.n_overbooked
            and f"{self.n_overbooked:,} organisations are wanted in more lists than they have capacity for",
            self.history_note and f"history: {self.history_note}",
            self.n_scored
            and f"{self.n_scored:,} candidates per seeker were scored: lists are worth {self.list_mean:.3f} "
            f"of those of all pairs on average, and one in twenty {self.list_low:.3f} or less",
            self.loses_much and "lists lose more than is wanted: raise candidates in the settings (scale)",
            self.n_alone and f"{self.n_alone:,} seekers have no eligible partner",
            f"{self.n_recommendations:,} recommendations for {self.n_seekers:,} seekers: {self.out}",
            f"of these {strong:,} strong, {possible:,} possible, {weak:,} weak",
            0 < self.last_explained < sys.maxsize
            and f"reasons of the first {self.last_explained:,} of each list only; --explain all gives all",
            self.report and f"report: {self.report}",
            self.pages and f"one page per seeker: {self.pages}",
            self.run and f"recorded in the log as {self.run}",
        ]
        return "\n".join(str(line) for line in lines if line)


def summarise(
    recommendations: pd.DataFrame, counts: Mapping[str, Any], files: Mapping[str, Any], run: str | None = None
) -> BatchReport:
    """Return what a batch did; `counts` and `files` are the other attributes of a `BatchReport`."""
    bands = recommendations[Recommendation.BAND]
    return BatchReport(
        n_alone=counts["n_seekers"] - recommendations[Recommendation.SEEKER].nunique(),
        bands={band: int((bands == band).sum()) for band in BANDS},
        run=run,
        **counts,
        **files,
    )


def overbooked(recommendations: pd.DataFrame, capacity: Mapping[Any, float]) -> list[RuleNote]:
    """Note the organisations that are strong, possible or first in more lists than they have capacity for."""
    bands, ranks = recommendations[Recommendation.BAND], recommendations[Recommendation.RANK]
    wanted = recommendations[(bands != BANDS[-1]) | (ranks == 1)]
    lists = wanted[Recommendation.CANDIDATE].value_counts()
    return [
        RuleNote(
            str(id_), Profile.CAPACITY_MAX, f"{capacity[id_]:g}", f"wanted in {number} lists: more than that"
        )
        for id_, number in sorted(lists.to_dict().items())
        if number > capacity[id_]
    ]


@dataclass(eq=False, repr=False)
class Batch:
    """What is asked, the matcher and its inputs, the seekers and, once made, their recommendations."""

    given: Request
    config: Config
    """That of the request, with rules of the run."""
    seeker: Sequence[str] = ()
    """Ids or names of seekers; all of the request where there is none."""
    k: int = 20
    explain: Explain = True

    matcher: Matcher = field(init=False)
    inputs: Inputs = field(init=False)
    seeking: pd.DataFrame = field(init=False)
    recommendations: pd.DataFrame = field(init=False)
    remarks: list[PairRemarks] = field(init=False)
    last: int = field(init=False)
    """Last rank of a list that has texts."""
    is_written: bool = field(default=False, init=False)
    """Whether the table was written while the lists were made; then only numbers are kept of them."""
    overbooked: Sequence[RuleNote] = field(init=False)

    def __post_init__(self) -> None:

        check_whole(self.k, "k")
        if self.seeker and self.given.seekers is not None:
            raise ConfigError("--seeker and --seekers must not be given together; leave one out.")

    def open(self) -> None:
        """Read all inputs."""
        self.matcher, self.inputs = open_inputs(self.given, self.config)

    def fit(self) -> list[RuleNote]:
        """Fit the matcher, unless it is saved, note what it finds, and return rules that hold for nobody."""
        matcher, seekers = self.matcher, self.inputs.seekers
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", f".*{NOTED}|{HISTORY_NOTED}")  # the report says so
            if not matcher.is_fitted:
                matcher.fit(self.inputs.profiles, self.inputs.history)
        rules = matcher.scorer.pool.rules
        known = [] if seekers is None else [*seekers.kept[Profile.ID], *seekers.kept[Profile.NAME]]
        found = [] if seekers is None else rules.notes(seekers.kept, known)
        noted = None if seekers is None else seekers.with_notes(notes_frame(found))
        note = matcher.history_note
        self.inputs = replace(self.inputs, profiles=matcher.table, seekers=noted, history_note=note)
        return [note for note in (*rules.notes(known=known), *found) if note.is_open]

    def choose(self) -> None:
        """Take the seekers that are named, those of a table, or the whole pool, and the ranks with texts."""
        if self.seeker:
            found = self.matcher.encode_seekers([*self.seeker])[0]
            self.seeking = found.drop_duplicates(Profile.ID, ignore_index=True)
        else:
            self.seeking = self.matcher.pool if self.inputs.seekers is None else self.inputs.seekers.kept
        if self.seeking.empty:
            raise ProfileError(
                f"{self.given.seekers} must hold at least one usable seeker; every row was rejected."
            )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", TOP_NOTED)  # the report of the batch says so
            self.last = last_explained(self.explain, len(self.seeking))
        # whatever part of the seekers is matched
        self.explain = "none" if not self.last else "all" if self.last == sys.maxsize else "top"

    @property
    def asking(self) -> list[str] | ProfileTable:
        """The seekers, as `Matcher.recommend` takes them."""
        return self.seeking[Profile.ID].tolist() if self.inputs.seekers is None else self.inputs.seekers

    def described(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return all on which lists depend, and what is written of a whole run: plain data for shards."""
        matcher, history, seekers = self.matcher, self.inputs.history, self.seeking
        run = {
            "version": version("partner-matcher"),
            "k": self.k,
            "lang": self.given.lang,
            "explain": self.explain,
            "settings": matcher.config.model_dump(mode="json"),
            "ranker": _described(matcher.scorer.ranker),
            "encoder": (matcher.encoder or open_encoder(matcher.config.encoder)).fingerprint,
            "profiles": name_run(matcher.pool, matcher.table.set_aside),
            "prices": name_run(matcher.scorer.prices.tolist()),
            "seekers": name_run(seekers, *seekers[Profile.ID]),
            "history": name_run(sorted(map(repr, history.works)), history.kept) if history else "",
        }
        whole = {
            "counts": self.counts(),
            "rejected": _plain(self.inputs.rejected()),
            "notes": _plain(self.inputs.notes()),
            "notes_of_profiles": len(self.inputs.profiles.notes),
        }
        return dict(json.loads(json.dumps(run))), whole

    def run(self, name: str | None) -> Run:
        """Return what the log keeps of the run, named by all that goes into it where no name is given."""
        matcher, history = self.matcher, self.inputs.history
        config, ranker = matcher.config, _described(matcher.scorer.ranker)
        asking = [] if self.seeking is matcher.pool else [self.seeking]
        tables = [matcher.pool, *asking, *([history.kept] if history else [])]
        works = sorted(map(repr, history.works)) if history else []
        encoder = matcher.encoder.fingerprint if matcher.encoder else ""
        id_ = name_run(config.to_toml(), encoder, ranker, self.k, works, *tables) if name is None else name
        date = config.as_of or latest_date(matcher.pool)
        return Run(id_, date, config, ranker, self.k, len(self.seeking))

    def recommend(self, out: Path | None, check: Callable[[pd.DataFrame], object] | None) -> None:
        """Make the lists, and note the organisations that are wanted in too many of them.

        `out` is written while the lists are made, if its format allows it; it is None where a report needs
        their texts. `check` is given all recommendations before the table is in its place.
        """
        self.is_written = out is not None and is_written_in_parts(out)
        tables = self._tables(check)
        if out is not None and self.is_written:
            write_parts(tables, out)
        else:
            deque(tables, maxlen=0)
        pool = self.matcher.pool
        capacity = dict(zip(pool[Profile.ID], pool[Profile.CAPACITY_MAX], strict=True))
        self.overbooked = overbooked(self.recommendations, capacity)
        profiles = self.inputs.profiles.with_notes(notes_frame(self.overbooked))
        self.inputs = replace(self.inputs, profiles=profiles)

    def _tables(self, check: Callable[[pd.DataFrame], object] | None) -> Iterator[pd.DataFrame]:
        """Yield the lists block after block; keep what is needed later of them, and check it at the end."""
        kept, self.remarks = [], []
        texts = [Recommendation.SEEKER_NAME, Recommendation.NAME, *REMARKS] if self.is_written else []
        blocks = self.matcher.recommend_in_blocks(
            self.asking, self.k, explain=self.explain, lang=self.given.lang
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "rules of seekers")  # they are in the notes
            first = next(blocks)
        for table, remarks in chain([first], blocks):
            kept.append(table.drop(columns=texts, errors="ignore"))
            self.remarks += [] if self.is_written else remarks
            yield table
        self.recommendations = pd.concat(kept, ignore_index=True)
        if check:
            check(self.recommendations)

    def write(self, files: Mapping[str, Any]) -> None:
        """Write the recommendations unless they are written, and the report and pages that are asked for."""
        if files["out"].suffix.lower() == ".xlsx":
            findings = self.inputs.rejected(), self.inputs.notes()
            write_recommendations(self.recommendations, *findings, files["out"], self.given.lang)
        elif not self.is_written:
            write_table(self.recommendations, files["out"])
        if report := files["report"]:
            write_report(self._report_data(files), report, lang=self.given.lang)
        if pages := files["pages"]:
            write_pages(self._report_data(files), pages, lang=self.given.lang)

    def _report_data(self, files: Mapping[str, Path | None]) -> ReportData:
        """Return what a report shows of the batch and of the files beside it."""
        scorer = self.matcher.scorer
        return ReportData(
            scorer=scorer,
            seekers=self.seeking if self.inputs.seekers is None else scorer.pool.rules.lend(self.seeking),
            recommendations=self.recommendations,
            remarks=self.remarks,
            k=self.k,
            **self.inputs.described(files),
        )

    def counts(self) -> dict[str, Any]:
        """Return the counts of a `BatchReport` that do not depend on what is recommended."""
        pool, search = self.matcher.scorer.pool, self.matcher.scorer.search
        value = search.value if search else None
        worth = {} if value is None else {"list_mean": value.mean, "list_low": value.low}
        return {
            **worth,
            "n_scored": value.size if value else 0,
            "loses_much": bool(value and not value.is_enough),
            "n_profiles": self.inputs.profiles.n_rows,
            "n_rejected": self.inputs.n_rejected,
            "n_seekers": len(self.seeking),
            "n_duplicates": len(self.inputs.profiles.duplicates),
            "n_twins": len(pool.twins),
            "n_cut": len(pool.left_out),
            "history_note": self.matcher.history_note,
            "last_explained": self.last,
        }


def _described(ranker: Ranker) -> str:
    """Return which ranker it is, and how much each feature counts in it."""
    inner = ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker
    shares = zip(ranker.features_, ranker.shares_.tolist(), strict=True)
    return f"{type(inner).__name__}: {', '.join(f'{name} {share:.6f}' for name, share in shares)}"


def _plain(findings: pd.DataFrame) -> dict[str, list[Any]]:
    """Return findings as data of JSON."""
    filled = findings.astype(object).where(findings.notna(), None)
    return {str(name): filled[name].tolist() for name in filled}


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
    check_targets(batch.given, out, report, pages, save_pool)
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


def check_targets(
    given: Request,
    out: Path,
    report: Path | None = None,
    pages: Path | None = None,
    pool: str | Path | None = None,
) -> None:
    """Check what is to be written: the table, the findings beside it, a report, pages, and a saved pool."""
    sources = given.profiles, given.seekers, given.history
    check_outputs([out, rejected_path(out), notes_path(out)], sources, report)
    if pages:
        check_pages(pages)
    if pool is not None:
        check_pool_folder(pool)


def _refusal(rules: Sequence[RuleNote], notes: Path) -> str:
    listed = "; ".join(
        f"{note.id} {note.column} {note.value!r} {note.reason}" for note in rules[:MOST_LISTED]
    )
    return (
        f"rules must hold for somebody; got {len(rules)} that do not: {listed}. Correct them; "
        f"all are in {notes}."
    )
