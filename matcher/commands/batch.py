"""A matcher and its inputs: what `matcher match` does with them, step by step, and what it says of it."""

import json
import math
import sys
import warnings
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
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
from matcher.tables.writing import is_written_in_parts, notes_path, write_parts

MOST_LISTED: Final = 5  # rules without effect that a message names


def summarise(
    recommendations: pd.DataFrame, counts: Mapping[str, Any], files: Mapping[str, Any], run: str | None = None
) -> str:
    """Return in a few lines what a batch read, left out and wrote; files are None where there was nothing."""
    last = counts["last_explained"]
    n_alone = counts["n_seekers"] - recommendations[Recommendation.SEEKER].nunique()
    n_of = recommendations[Recommendation.BAND].value_counts()
    strong, possible, weak = (n_of.get(band, 0) for band in BANDS)
    lines = [
        f"{counts['n_profiles']:,} organisations read, {counts['n_rejected']:,} rows rejected",
        files["rejected"] and f"rejected rows, with reasons: {files['rejected']}",
        counts["n_duplicates"] and f"{counts['n_duplicates']:,} pairs of organisations look like one",
        counts["n_twins"]
        and f"{counts['n_twins']:,} organisations are nearly the same as others: a list has one",
        counts["n_cut"] and f"texts of {counts['n_cut']:,} organisations do not count",
        files["notes"] and f"kept, with notes: {files['notes']}",
        counts["n_overbooked"]
        and f"{counts['n_overbooked']:,} organisations are wanted in more lists than they have capacity for",
        counts["history_note"] and f"history: {counts['history_note']}",
        counts["n_scored"]
        and f"{counts['n_scored']:,} candidates per seeker were scored: lists are worth "
        f"{counts['list_mean']:.3f} of those of all pairs on average, and one in twenty "
        f"{counts['list_low']:.3f} or less",
        counts["loses_much"] and "lists lose more than is wanted: raise candidates in the settings (scale)",
        n_alone and f"{n_alone:,} seekers have no eligible partner",
        f"{len(recommendations):,} recommendations for {counts['n_seekers']:,} seekers: {files['out']}",
        f"of these {strong:,} strong, {possible:,} possible, {weak:,} weak",
        0 < last < sys.maxsize
        and f"reasons of the first {last:,} of each list only; --explain all gives all",
        files.get("report") and f"report: {files['report']}",
        files.get("pages") and f"one page per seeker: {files['pages']}",
        run and f"recorded in the log as {run}",
    ]
    return "\n".join(str(line) for line in lines if line)


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
        if number > capacity.get(id_, math.inf)
    ]


@dataclass(eq=False, repr=False)
class Batch:
    """What is asked, the matcher and its inputs, the seekers and, once made, their recommendations."""

    given: Request
    config: Config  # that of the request, with rules of the run
    seeker: Sequence[str] = ()  # ids or names of seekers; all of the request where there is none
    k: int = 20
    explain: Explain = True

    matcher: Matcher = field(init=False)
    inputs: Inputs = field(init=False)
    seeking: pd.DataFrame = field(init=False)
    asking: list[str] | ProfileTable = field(init=False)  # the seekers, and as `Matcher.recommend` takes them
    recommendations: pd.DataFrame = field(init=False)
    remarks: list[PairRemarks] = field(init=False)
    last: int = field(init=False)  # last rank of a list that has texts
    n_overbooked: int = field(default=0, init=False)

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
        rules, known, found = matcher.scorer.pool.rules, list[str](), list[RuleNote]()
        if seekers is not None:
            known = [*seekers.kept[Profile.ID], *seekers.kept[Profile.NAME]]
            found = rules.notes(seekers.kept, known)
            seekers = seekers.with_notes(notes_frame(found))
        note = matcher.history_note
        self.inputs = replace(self.inputs, profiles=matcher.table, seekers=seekers, history_note=note)
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
        self.asking = self.inputs.seekers or self.seeking[Profile.ID].tolist()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", TOP_NOTED)  # the report of the batch says so
            self.last = last_explained(self.explain, len(self.seeking))
        # whatever part of the seekers is matched
        self.explain = "none" if not self.last else "all" if self.last == sys.maxsize else "top"

    @property
    def _capacities(self) -> dict[Any, float]:
        pool = self.matcher.pool
        return pool.set_index(Profile.ID)[Profile.CAPACITY_MAX].dropna().to_dict()

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
            "capacities": self._capacities,
            "rejected": _plain(self.inputs.rejected()),
            "notes": _plain(self.inputs.notes()),
            "notes_of_profiles": len(self.inputs.profiles.notes),
        }
        return dict(json.loads(json.dumps(run))), whole

    def run(self, name: str | None) -> Run:
        """Return what the log keeps of the run, named by all that goes into it where no name is given."""
        matcher, history = self.matcher, self.inputs.history
        config, ranker = matcher.config, _described(matcher.scorer.ranker)
        if name is None:
            asking = [] if self.seeking is matcher.pool else [self.seeking]
            works, table = (sorted(map(repr, history.works)), [history.kept]) if history else ([], [])
            encoder = matcher.encoder.fingerprint if matcher.encoder else ""
            parts = (config.to_toml(), encoder, ranker, self.k, works, matcher.pool, *asking, *table)
            name = name_run(*parts)
        date = config.as_of or latest_date(matcher.pool)
        return Run(name, date, config, ranker, self.k, len(self.seeking))

    def recommend(self, out: Path, log: OutcomeLog | None, run: Run | None, *, is_reported: bool) -> None:
        """Make the lists, and note the organisations that are wanted in too many of them."""
        # The table is written meanwhile, unless it is a workbook, for which the notes are needed.
        in_parts, kept, self.remarks = is_written_in_parts(out), list[pd.DataFrame](), []
        texts = [Recommendation.SEEKER_NAME, Recommendation.NAME, *REMARKS]
        unused = texts if in_parts and not is_reported else []
        how: dict[str, Any] = {"explain": self.explain, "lang": self.given.lang}

        def tables() -> Iterator[pd.DataFrame]:
            for table, remarks in self.matcher.recommend_in_blocks(self.asking, self.k, **how):
                kept.append(table.drop(columns=unused, errors="ignore"))
                self.remarks += remarks if is_reported else []
                yield table
            self.recommendations = pd.concat(kept, ignore_index=True)
            if log and run:  # the table is in its place only if a run of this id showed no other lists
                log.check_run(run, self.recommendations)

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "rules of seekers")  # they are in the notes
            if in_parts:
                write_parts(tables(), out)
            else:
                deque(tables(), maxlen=0)
        full = overbooked(self.recommendations, self._capacities)
        profiles = self.inputs.profiles.with_notes(notes_frame(full))
        self.inputs, self.n_overbooked = replace(self.inputs, profiles=profiles), len(full)

    def write(self, files: Mapping[str, Any]) -> None:
        """Write the recommendations as a workbook, and the report and pages, as far as they are asked for."""
        lang, scorer = self.given.lang, self.matcher.scorer
        if not is_written_in_parts(files["out"]):
            findings = self.inputs.rejected(), self.inputs.notes()
            write_recommendations(self.recommendations, *findings, files["out"], lang)
        if not (files["report"] or files["pages"]):
            return
        data = ReportData(
            scorer=scorer,
            seekers=self.seeking if self.inputs.seekers is None else scorer.pool.rules.lend(self.seeking),
            recommendations=self.recommendations,
            remarks=self.remarks,
            k=self.k,
            **self.inputs.described(files),
        )
        if files["report"]:
            write_report(data, files["report"], lang=lang)
        if files["pages"]:
            write_pages(data, files["pages"], lang=lang)

    def counts(self) -> dict[str, Any]:
        """Return the counts of `summarise`; for what lists are worth see `matching.candidates.ListValue`."""
        pool, search = self.matcher.scorer.pool, self.matcher.scorer.search
        value = search.value if search else None
        return {
            "n_scored": value.size if value else 0,
            "list_mean": value.mean if value else 1.0,
            "list_low": value.low if value else 1.0,
            "loses_much": bool(value and not value.is_enough),
            "n_overbooked": self.n_overbooked,
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


def _plain(findings: pd.DataFrame) -> dict[Any, list[Any]]:
    """Return findings as data of JSON."""
    return findings.astype(object).where(findings.notna(), None).to_dict("list")


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
) -> str:
    """Rank partners for every seeker, write what the options of `match` ask for, and say what was done.

    Rejected rows and notes are written beside the table also where a `MatcherError` is raised.
    """
    given = batch.given
    check_outputs(out, (given.profiles, given.seekers, given.history), report)
    if pages:
        check_pages(pages)
    if save_pool is not None:
        check_pool_folder(save_pool)
    outcome_log, named = None if log is None else OutcomeLog(log), None
    if outcome_log:
        outcome_log.prepare()
        if batch.config.rules.no_repeats and given.history is None:
            batch.given = given = replace(given, history=log)
    batch.open()
    try:
        if (rules := batch.fit()) and strict:
            cells = (f"{note.id} {note.column} {note.value!r} {note.reason}" for note in rules[:MOST_LISTED])
            raise ProfileError(
                f"rules must hold for somebody; got {len(rules)} that do not: {'; '.join(cells)}. Correct "
                f"them; all are in {notes_path(out)}."
            )
        if save_pool is not None:
            batch.matcher.save(save_pool)
        batch.choose()
        if (report or pages) and not batch.last:
            raise ConfigError("--report and --pages must go with reasons; got --explain none.")
        named = batch.run(run) if outcome_log else None
        batch.recommend(out, outcome_log, named, is_reported=bool(report or pages))
    finally:
        findings = batch.inputs.write_findings(out)
    files = {"out": out, **findings, "report": report, "pages": pages}
    batch.write(files)
    if outcome_log and named:
        outcome_log.record_run(named, batch.recommendations)
    return summarise(batch.recommendations, batch.counts(), files, named.id if named else None)
