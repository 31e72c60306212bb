"""`matcher train`: outcomes in, the folder of a ranker out."""

from __future__ import annotations

import re
import shlex
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.commands.localisation import echo
from matcher.commands.options import Request
from matcher.errors import ConfigError
from matcher.tables.writing import rejected_path, write_or_remove

if TYPE_CHECKING:
    from matcher.learning.training import Training


@dataclass(frozen=True)
class TrainingReport:
    """What a training did, the folder written, and the rows rejected in any input, with their file."""

    training: Training
    out: Path
    n_rejected: int
    rejected: Path | None

    def __str__(self) -> str:
        """Return a few lines: labels, candidate models, what was chosen, and where it is."""
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


def train(
    given: Request,
    out: Path,
    outcomes: str | None = None,
    grades: list[Path] | None = None,
    stable: bool = False,
    seed: int = 0,
) -> None:
    """Learn a ranker from outcomes or grades, and write it with its model card.

    Outcomes after the profiles' date are labels of the profiles as they are; earlier ones of what was
    known then. With --grades, weights are learned from sheets of `matcher grade`. Use it with
    `matcher match --ranker`.
    """
    script, *arguments = sys.argv  # addresses of databases may hold passwords, and are cut
    command = shlex.join([Path(script).name, *(re.sub("://.*", "://...", text) for text in arguments)])
    if grades:
        from matcher.commands.graded import train_grades

        train_grades(given, grades, out, outcomes, command)
        return
    if outcomes is None:
        raise ConfigError("outcomes or grades must be given. Name one with --outcomes or --grades.")
    echo(str(train_batch(given, outcomes, out, stable=stable, seed=seed, command=command)))


def train_batch(
    given: Request,
    outcomes: str | Path,
    out: Path,
    *,
    stable: bool = False,
    seed: int = 0,
    command: str = "train_batch",
) -> TrainingReport:
    """Read files, learn a ranker, and write its folder; rejected rows go to `<out>.rejected.csv`.

    `command` is for the model card; the others are options of `train`.
    """
    from matcher.commands.inputs import check_not_inputs, open_inputs
    from matcher.encoders import open_encoder
    from matcher.learning.training import facts_of, train_ranker, write_card
    from matcher.ranking.storage import check_folder, save_ranker

    settings = given.settings()
    check_folder(out)
    check_not_inputs(out, [rejected_path(out)], (given.profiles, outcomes, given.history))
    matcher, inputs = open_inputs(given, settings, outcomes)
    with suppress(OSError):  # writing reports what is wrong with the folder
        out.parent.mkdir(parents=True, exist_ok=True)
    rejected = write_or_remove(inputs.rejected(), rejected_path(out))
    training = train_ranker(
        inputs.profiles.kept,
        inputs.works,
        settings,
        matcher.encoder or open_encoder(settings.encoder),
        events={event for log in inputs.logs.values() for event in log.events},
        stable=stable,
        seed=seed,
        progress=not given.quiet,
    )
    data = {
        f"{name} ({inputs.names[name] or 'database'})": f"sha256 {digest}" if digest else "no digest"
        for name, digest in inputs.digests.items()
    }
    made_of = (training, command, data, seed)
    folder = save_ranker(out, training.ranker, facts_of(*made_of), write_card(*made_of))
    return TrainingReport(training, folder, inputs.n_rejected, rejected)
