"""Training from files to a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from matcher.config import Config
from matcher.encoders import Encoder, open_encoder
from matcher.errors import OutputError
from matcher.learning.model_card import facts_of, write_card
from matcher.learning.training import Training, train_ranker
from matcher.outcomes import read_outcomes
from matcher.profiles import read_profiles
from matcher.ranking.storage import check_folder, save_ranker
from matcher.tables.writing import rejected_path, write_or_remove


@dataclass(frozen=True)
class TrainingReport:
    """What a training did.

    Attributes
    ----------
    training : Training
        The ranker and how it was chosen.
    out : Path
        The folder written.
    n_rejected : int
        Rows rejected in any input.
    rejected : Path or None
        Where they and the reasons are.
    """

    training: Training
    out: Path
    n_rejected: int
    rejected: Path | None

    def __str__(self) -> str:
        """Say in a few lines what was learned from, what was chosen, and where it is."""
        training = self.training
        lines = [f"{training.n_labels:,} partnerships of {training.n_seekers:,} seekers to learn from"]
        for name, row in training.validation.iterrows():
            mark = "*" if row["chosen"] else " "
            lines.append(f"{mark} {name}: nDCG@10 {row['nDCG@10']:.3f} (standard error {row['error']:.3f})")
        lines += [f"note: {note}" for note in training.notes]
        if self.rejected:
            lines.append(f"{self.n_rejected:,} rows rejected, with reasons: {self.rejected}")
        lines.append(f"{training.chosen}: {self.out}")
        return "\n".join(lines)


def train_batch(
    profiles: str | Path,
    outcomes: str | Path,
    out: str | Path,
    *,
    history: str | Path | None = None,
    query: str | None = None,
    config: Config | None = None,
    encoder: Encoder | None = None,
    stable: bool = False,
    seed: int = 0,
    progress: bool = False,
    command: str = "train_batch",
) -> TrainingReport:
    """Read files, learn a ranker, and write its folder.

    Parameters
    ----------
    profiles, outcomes, history, query : as for `match_batch`
        Outcomes and history may overlap and come in any order of dates.
    out : path
        Folder of the ranker; rejected rows go to `<out>.rejected.csv`.
    config : Config, optional
        Settings; learned weights lean on its weights.
    encoder : Encoder, optional
        In place of the one that `config` names.
    stable : bool, default False
        Whether profiles may be taken to have said the same all along.
    seed : int, default 0
    progress : bool, default False
        Whether to show a progress bar on stderr.
    command : str
        For the model card.

    Raises
    ------
    MatcherError
        If an input cannot be used or the folder not written.
    """
    settings = config or Config()
    check_folder(out)
    sources = {"profiles": profiles, "outcomes": outcomes, "history": history}
    path = _rejected_path(out, sources.values())
    pool = read_profiles(profiles, query=query)
    logs = [read_outcomes(source) for source in (outcomes, history) if source is not None]
    tables = [
        ("profiles", pool.rejected),
        *zip(("outcomes", "history"), (log.rejected for log in logs), strict=False),
    ]
    rejected = pd.concat([table.assign(input=name) for name, table in tables], ignore_index=True)
    with suppress(OSError):  # writing tells what is wrong with the folder
        path.parent.mkdir(parents=True, exist_ok=True)
    left_out = write_or_remove(rejected[["input", *rejected.columns.drop("input")]], path)
    works = list({work.key: work for log in logs for work in log.works}.values())
    training = train_ranker(
        pool.kept,
        works,
        settings,
        encoder or open_encoder(settings.encoder),
        events={event for log in logs for event in log.events},
        stable=stable,
        seed=seed,
        progress=progress,
    )
    data = {
        f"{name} ({'database' if _is_url(source) else Path(source).name})": _digest(source)
        for name, source in sources.items()
        if source is not None
    }
    folder = save_ranker(
        out,
        training.ranker,
        facts_of(training, command, data, seed),
        write_card(training, command, data, seed),
    )
    n_rejected = pool.n_rejected + sum(log.n_rejected for log in logs)
    return TrainingReport(training, folder, n_rejected, left_out)


def _rejected_path(out: str | Path, sources: Iterable[str | Path | None]) -> Path:
    """Name the file of rejected rows; refuse one that would replace an input."""
    path = rejected_path(Path(out))
    inputs = {Path(source).resolve() for source in sources if source is not None and not _is_url(source)}
    if path.resolve() in inputs:
        raise OutputError(
            f"out must not be one of the inputs; got {out}, whose rejected rows go to {path}. "
            "Choose another name."
        )
    return path


def _is_url(source: str | Path) -> bool:
    return "://" in str(source)


def _digest(source: str | Path) -> str:
    """Return the digest of a file's content; a database has none."""
    path = Path(source)
    return f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}" if path.is_file() else "no digest"
