"""What commands read, and the checks of what they will write, before any long work."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pandas as pd

from matcher.columns import Outcome, Profile, Recommendation, Rejection
from matcher.commands.terminal import Request, Source, read_columns
from matcher.config import Config
from matcher.documents.language import N_, Messages
from matcher.errors import ConfigError, OutcomeError, OutputError, ProfileError
from matcher.files import check_target
from matcher.matching.rules import RuleNote, notes_frame
from matcher.outcomes import JointWork, OutcomeTable, read_outcomes
from matcher.outcomes.reading import column_of
from matcher.outcomes.records import open_records, text_of
from matcher.output.report.pages import check_report
from matcher.profiles import ProfileTable, read_profiles
from matcher.profiles.layout import TableMapping
from matcher.profiles.records import roster_of
from matcher.profiles.vocabulary import unique_columns
from matcher.ranking.storage import MANIFEST, open_ranker
from matcher.recommendations import Matcher
from matcher.tables.writing import WRITERS, notes_path, rejected_path, write_or_remove

REWRITTEN: Final = N_("read as this id, of which it is another notation, or the name")

ALIKE: Final = N_("looks like {0} (likeness {1:.0f} of 100)")


@dataclass(frozen=True)
class Inputs:
    """Everything that a command reads; findings are in the language `lang`, the note as of `Matcher`."""

    profiles: ProfileTable
    seekers: ProfileTable | None
    outcomes: OutcomeTable | None
    history: OutcomeTable | None
    files: dict[str, Path | None]  # None for a database, whose address may hold a password
    lang: str = "en"
    history_note: str = ""

    @property
    def tables(self) -> dict[str, ProfileTable | OutcomeTable]:
        """All inputs that there are."""
        return {name: getattr(self, name) for name in self.files}

    @property
    def logs(self) -> dict[str, OutcomeTable]:
        """Outcomes and history, as far as there are any."""
        return {name: table for name, table in self.tables.items() if isinstance(table, OutcomeTable)}

    @property
    def works(self) -> list[JointWork]:
        """Joint works of outcomes and history, each once."""
        return list({work.key: work for log in self.logs.values() for work in log.works}.values())

    @property
    def digests(self) -> dict[str, str | None]:
        """The sha256 of each file."""
        return {
            name: sha256(path.read_bytes()).hexdigest() if path and path.is_file() else None
            for name, path in self.files.items()
        }

    @property
    def n_rejected(self) -> int:
        """Number of rows rejected in any input."""
        return sum(table.n_rejected for table in self.tables.values())

    def remarks(self) -> list[str]:
        """Say how many rows were rejected, if any were."""
        return [f"{self.n_rejected:,} rows of the inputs were rejected"] if self.n_rejected else []

    def rejected(self) -> pd.DataFrame:
        """Return the rejected rows of all inputs, the input named in the first column."""
        return self._joined((name, table.rejected) for name, table in self.tables.items())

    def notes(self) -> pd.DataFrame:
        """Return the notes on profiles and seekers, then the pairs of organisations that look like one."""
        tables = {name: table for name, table in self.tables.items() if isinstance(table, ProfileTable)}
        noted = [(name, table.notes) for name, table in tables.items()]
        for name, log in self.logs.items():
            rows = [RuleNote("", "", "", note) for note in log.notes]
            rows += [RuleNote(id_, "", written, REWRITTEN) for written, id_ in log.rewritten]
            noted.append((name, notes_frame(rows)))
        if self.history_note:
            noted.append(("history", notes_frame([RuleNote("", "", "", self.history_note)])))
        for name, table in tables.items():
            pairs = table.duplicates[["id", "name", "other_id", "similarity"]].itertuples(index=False)
            rows = [RuleNote(id_, Profile.NAME, text, ALIKE.format(*more)) for id_, text, *more in pairs]
            noted.append((name, notes_frame(rows)))
        return self._joined(noted)

    def _joined(self, findings: Iterable[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
        joined = pd.concat([table.assign(input=name) for name, table in findings], ignore_index=True)
        say = Messages(self.lang).render
        return joined.assign(reason=joined[Rejection.REASON].map(say))[["input", *map(str, Rejection)]]

    def write_findings(self, out: Source) -> dict[str, Path | None]:
        """Write rejected rows and notes beside a result, and return where; None where there are none."""
        rejected = write_or_remove(self.rejected(), rejected_path(out))
        return {"rejected": rejected, "notes": write_or_remove(self.notes(), notes_path(out))}

    def described(self, files: Mapping[str, Path | None]) -> dict[str, Any]:
        """Return what `ReportData` holds of the inputs, and of the files that are written, by their use."""
        out, report = files["out"], files["report"]
        named = {**files, "profiles": self.files["profiles"]}
        return {
            "n_rows": self.profiles.n_rows,
            "n_rejected": self.n_rejected,
            "files": {name: path.name if path else "" for name, path in named.items()},
            "linked": bool(out and report and out.resolve().parent == report.resolve().parent),
        }


def read_inputs(given: Request, outcomes: Source | None = None, table: ProfileTable | None = None) -> Inputs:
    """Read every input before any work is done; `table` has the profiles where they are read already."""
    said = read_columns(given.columns, given.mapping)
    table = read_profiles(given.profiles, query=given.query, mapping=said) if table is None else table
    others = TableMapping(said.columns, is_partial=True)  # the seekers' table may lack some of the headers
    seekers = None if given.seekers is None else read_profiles(given.seekers, mapping=others)
    logs = {"outcomes": outcomes, "history": given.history}
    roster = roster_of(table)
    labels, past = (one if one is None else read_outcomes(one).named_by(roster) for one in logs.values())
    named = {"profiles": given.profiles, "seekers": given.seekers, **logs}
    files = {name: path_of(source) for name, source in named.items() if source is not None}
    return Inputs(table, seekers, labels, past, files, given.lang)


def open_inputs(given: Request, settings: Config, outcomes: Source | None = None) -> tuple[Matcher, Inputs]:
    """Return a matcher, and what it is to be fitted to; of the folder of a saved pool, a fitted one."""
    profiles, ranker = given.profiles, open_ranker(given.ranker) if given.ranker else None
    encoder = None if isinstance(given.encoder, str) else given.encoder
    path = path_of(profiles)
    if path is None or not (path / MANIFEST).is_file():
        if path and path.is_dir():
            raise ProfileError(
                f"{profiles} must be a file, or a pool saved with --save-pool; got another folder. Name the "
                "file in it."
            )
        if path and not (path.suffix or path.exists()):
            raise ProfileError(
                f"{profiles} must exist. Name a table, as {profiles}.csv, or the folder of a saved pool."
            )
        matcher = Matcher(settings, ranker, encoder=encoder, progress=not given.quiet)
        return matcher, read_inputs(given, outcomes)
    said = read_columns(given.columns, given.mapping)
    own: dict[str, Any] = {"settings or rules": settings, "ranker": ranker, "query": given.query}
    own |= {"mapping": said, "history": given.history, "outcomes": outcomes}
    if others := [name for name, value in own.items() if value not in (None, Config(), TableMapping())]:
        raise ConfigError(
            f"{profiles} is a saved pool, which has settings, rules, ranker and history of its own; got "
            f"{', '.join(others)} too. Leave them out, or name the profiles."
        )
    matcher = Matcher.load(profiles, encoder=encoder, progress=not given.quiet)
    return matcher, read_inputs(given, table=matcher.table)


def fit_inputs(given: Request, outcomes: Source | None = None) -> tuple[Matcher, Inputs]:
    """Read all inputs, and return them behind a matcher that is fitted to them."""
    matcher, inputs = open_inputs(given, given.settings(), outcomes)
    if not matcher.is_fitted:
        matcher.fit(inputs.profiles, inputs.history)
    return matcher, inputs


def read_pins(path: Path) -> list[tuple[str, str, int]]:
    """Read pairs that stay in lists: seeker, candidate and the rank, 0 where none is stated."""
    raw = open_records(path)
    columns = unique_columns(raw.headers, column_of)
    if not {Outcome.SEEKER, Outcome.CANDIDATE} <= {*columns}:
        raise OutcomeError(
            f"{path} must have the columns seeker and candidate; got {', '.join(raw.headers)}."
        )
    pins = []
    for at, line in enumerate(raw.lines):
        row = {name: text_of(cells[at]) for name, cells in zip(columns, raw.columns, strict=True)}
        rank = row.get(Recommendation.RANK, "")
        if not (row[Outcome.SEEKER] and row[Outcome.CANDIDATE] and (not rank or rank.isdecimal())):
            got = f"{row[Outcome.SEEKER]!r}, {row[Outcome.CANDIDATE]!r}, {rank!r}"
            raise OutcomeError(
                f"{path}, line {line}, must hold a seeker, a candidate and no rank or one from 1; got {got}."
            )
        pins.append((row[Outcome.SEEKER], row[Outcome.CANDIDATE], int(rank or 0)))
    return pins


def path_of(source: object) -> Path | None:
    """Return the file that is read, or None for a database."""
    return None if source is None or "://" in str(source) else Path(str(source))


def check_outputs(
    out: Path, sources: Iterable[Any], report: Path | None = None, others: Sequence[Path] = ()
) -> None:
    """Raise `OutputError` unless tables, with findings, and a report can be written over no file read."""
    tables = [out, rejected_path(out), notes_path(out), *others]
    for table in tables:
        check_target("path", table, WRITERS)
    if report:
        check_report(report)
    check_not_inputs(out, [*tables, *filter(None, [report])], sources)


def check_not_inputs(out: Source, targets: Iterable[Path], sources: Iterable[Any]) -> None:
    """Raise `OutputError` if a file to be written is one of the files that are read."""
    inputs = {path.resolve() for path in map(path_of, sources) if path}
    for target in targets:
        if target.resolve() in inputs:
            with_it = "" if target == Path(out) else f", with which {target.name} is written"
            raise OutputError(f"out must not be one of the inputs; got {out}{with_it}. Choose another name.")
