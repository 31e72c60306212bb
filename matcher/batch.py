"""One batch: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.columns import Profile, Recommendation, Rejection
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import OutputError, ProfileError
from matcher.explanations import check_lang
from matcher.outcomes import OutcomeTable, read_outcomes
from matcher.profiles import ProfileTable, read_profiles
from matcher.recommendations import Matcher, check_k
from matcher.scoring import Ranker
from matcher.tables import check_writable, notes_path, rejected_path, write_or_remove, write_table


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
    out, rejected, notes : Path or None
        Files written; None where there was nothing to write.
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
) -> BatchReport:
    """Rank partners for every seeker and write the table.

    Parameters
    ----------
    profiles : path or SQLAlchemy URL
        The organisations that may be recommended.
    out : path
        Where the table goes; its ending decides the format: .csv .tsv .xlsx .parquet .jsonl
        .jsonl.gz. Rejected rows go to `<out>.rejected.csv`, what was kept but is worth a look to
        `<out>.notes.csv`.
    seekers : path, optional
        Profiles, opportunities or both; every organisation of `profiles` when left out.
    history : path, optional
        Earlier outcomes.
    query : str, optional
        SQL query, where `profiles` is a database URL.
    config : Config, optional
        Settings.
    ranker : ranker, optional
        See `Matcher`.
    k : int, default 20
        Partners for each seeker.
    lang : {"en", "id"}, default "en"
        Language of reasons and concerns.
    encoder : Encoder, optional
        In place of the one that `config` names.
    progress : bool, default False
        Whether to show progress bars on stderr.

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
    _check_targets(out, [profiles, seekers, history])
    inputs = _read(profiles, seekers, history, query)
    rejected = write_or_remove(inputs.rejected(), rejected_path(out))
    notes = write_or_remove(inputs.worth_a_look(), notes_path(out))
    matcher = Matcher(config, ranker, encoder=encoder, progress=progress).fit(inputs.profiles, inputs.history)
    wanted = matcher.pool if inputs.seekers is None else inputs.seekers.kept
    if wanted.empty:
        raise ProfileError(f"{seekers} must hold at least one usable seeker; every row was rejected.")
    if inputs.seekers is None:
        recommendations = matcher.recommend_all(k, lang=lang)
    else:
        recommendations = matcher.recommend(inputs.seekers, k, lang=lang)
    write_table(recommendations, out)
    return BatchReport(
        n_profiles=inputs.profiles.n_rows,
        n_rejected=sum(table.n_rejected for _, table in inputs.tables()),
        n_seekers=len(wanted),
        n_alone=int((~wanted[Profile.ID].isin(recommendations[Recommendation.SEEKER])).sum()),
        n_recommendations=len(recommendations),
        n_duplicates=len(inputs.profiles.duplicates),
        out=out,
        rejected=rejected,
        notes=notes,
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


def _check_targets(out: Path, sources: Iterable[str | Path | None]) -> None:
    """Refuse, before any work, targets that cannot be written or that would replace an input."""
    targets = [out, rejected_path(out), notes_path(out)]
    for target in targets:
        check_writable(target)
    inputs = {Path(source).resolve() for source in sources if source is not None and "://" not in str(source)}
    for target in targets:
        if target.resolve() in inputs:
            raise OutputError(f"out must not be one of the inputs; got {out}. Choose another name.")


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
