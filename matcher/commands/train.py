"""`matcher train`: outcomes in, the folder of a ranker out."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from matcher.columns import Profile
from matcher.commands.localisation import echo, show
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
        train_grades(given, grades, out, outcomes, command)
        return
    if outcomes is None:
        raise ConfigError("outcomes or grades must be given. Name one with --outcomes or --grades.")
    echo(str(train_batch(given, outcomes, out, stable=stable, seed=seed, command=command)))


def train_grades(
    given: Request, grades: Sequence[Path], out: Path, outcomes: str | None, command: str
) -> None:
    """Learn weights from grades, print what changed, and write the ranker; parameters as of `train`."""
    from matcher.commands.inputs import check_not_inputs, fit_graded
    from matcher.documents.writing import to_markdown
    from matcher.learning.grading import (
        SIDED,
        graded_weights_document,
        grades_of_outcomes,
        train_on_grades,
    )
    from matcher.ranking.storage import check_folder, save_ranker

    check_folder(out)
    check_not_inputs(out, [out], (given.profiles, outcomes, given.history, *grades))
    matcher, inputs, table, lines = fit_graded(given, grades, outcomes)
    pairs, n_outcomes = table.pairs, 0
    if inputs.outcomes is not None:
        further = grades_of_outcomes(inputs.outcomes, matcher.pool[Profile.ID])
        joined = pd.concat([pairs.assign(**{SIDED: False}), further]).drop_duplicates(["seeker", "candidate"])
        pairs, n_outcomes = joined, len(joined) - len(pairs)
    training = train_on_grades(matcher, pairs)
    data = {
        f"grades {number} ({path.name})": f"sha256 {sha256(path.read_bytes()).hexdigest()}"
        for number, path in enumerate(grades, start=1)
    }
    facts = {
        "chosen": "learned from grades" if training.is_better else "WeightedRanker",
        "command": command,
        "data": data,
        "labels": training.n_pairs,
        "features": list(training.ranker.features_),
    }
    card = to_markdown(graded_weights_document(training, "en", n_outcomes))
    folder = save_ranker(out, training.ranker, facts, card)
    lines.append(f"a ranker for matcher match --ranker: {folder}")
    show(graded_weights_document(training, given.lang, n_outcomes))
    echo("\n".join(lines))


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
