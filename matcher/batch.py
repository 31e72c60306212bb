"""One batch: files in, a table of recommendations and what was rejected out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.columns import Profile, Recommendation, Rejection
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import OutputError
from matcher.outcomes import OutcomeTable, read_outcomes
from matcher.profiles import ProfileTable, read_profiles
from matcher.recommendations import Matcher, check_k
from matcher.tables import check_writable, notes_path, rejected_path, write_table


@dataclass(frozen=True)
class BatchReport:
    """What a batch did.

    Attributes
    ----------
    n_profiles, n_rejected : int
        Organisations read and, of those, rejected; over the profiles and the seekers' file.
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
        lines = [f"{self.n_profiles:,} organisations read, {self.n_rejected:,} rejected"]
        if self.rejected:
            lines.append(f"rejected rows, with reasons: {self.rejected}")
        if self.n_duplicates:
            lines.append(f"{self.n_duplicates:,} pairs of organisations look like one")
        if self.notes:
            lines.append(f"kept but worth a look: {self.notes}")
        if self.n_alone:
            lines.append(f"{self.n_alone:,} seekers have no eligible partner")
        lines.append(
            f"{self.n_recommendations:,} recommendations for {self.n_seekers:,} seekers: {self.out}"
        )
        return "\n".join(lines)


def match_batch(
    profiles: str | Path,
    out: str | Path,
    *,
    seekers: str | Path | None = None,
    history: str | Path | None = None,
    query: str | None = None,
    config: Config | None = None,
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
    out = Path(out)
    check_writable(out)
    tables = _read(profiles, seekers, history, query)
    rejected = _write_or_remove(_gather(tables, "rejected"), rejected_path(out))
    notes = _write_or_remove(_worth_a_look(tables), notes_path(out))
    matcher = Matcher(config, encoder=encoder, progress=progress)
    matcher.fit(tables["profiles"], tables.get("history"))
    if "seekers" in tables:
        frame = tables["seekers"].kept
        recommendations = matcher.recommend(tables["seekers"], k, lang=lang)
    else:
        frame = matcher.pool
        recommendations = matcher.recommend_all(k, lang=lang)
    write_table(recommendations, out)
    organisations = [table for name, table in tables.items() if name != "history"]
    return BatchReport(
        n_profiles=sum(table.n_rows for table in organisations),
        n_rejected=sum(table.n_rejected for table in organisations),
        n_seekers=len(frame),
        n_alone=len(frame) - frame[Profile.ID].isin(recommendations[Recommendation.SEEKER]).sum(),
        n_recommendations=len(recommendations),
        n_duplicates=len(tables["profiles"].duplicates),
        out=out,
        rejected=rejected,
        notes=notes,
    )


def _read(
    profiles: str | Path, seekers: str | Path | None, history: str | Path | None, query: str | None
) -> dict[str, ProfileTable | OutcomeTable]:
    """Read every input before any work is done, so that a wrong path costs nothing."""
    tables: dict[str, ProfileTable | OutcomeTable] = {"profiles": read_profiles(profiles, query=query)}
    if seekers is not None:
        tables["seekers"] = read_profiles(seekers)
    if history is not None:
        tables["history"] = read_outcomes(history)
    return tables
