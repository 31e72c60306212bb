"""`matcher evaluate` and `train`: how good lists are, and a ranker, by what became of pairs or by grades."""

import re
import shlex
import sys
from pathlib import Path
from typing import Any

from matcher.commands.localisation import echo, show
from matcher.commands.options import Request
from matcher.documents.blocks import rendered
from matcher.errors import ConfigError


def evaluate(
    given: Request,
    outcomes: str | None = None,
    grades: list[Path] | None = None,
    json: Path | None = None,
    picture: Path | None = None,
    save_bands: Path | None = None,
    ablate: bool = False,
    k: int = 100,
    seed: int = 0,
) -> None:
    """Evaluate the engine, beside simple systems, on what happened after the profiles' date or on grades.

    Joint works up to the latest date in the profiles are history; later ones are to be found. With --grades,
    lists are judged by the grades that people gave in sheets of `matcher grade`. The report goes to stdout.
    """
    if (outcomes is None) == (not grades):
        raise ConfigError(
            "outcomes or grades must be given, and not both. Name one with --outcomes or --grades."
        )
    if (save_bands and not grades) or (grades and (picture or ablate)):
        raise ConfigError("save-bands must go with --grades, picture and ablate with --outcomes.")
    # Heavy imports come after the arguments are checked, so that --help and typing errors are quick.
    from matcher.commands.labelled import evaluate_batch, evaluate_grades
    from matcher.evaluation.document import make_document

    if outcomes is None:
        evaluate_grades(given, grades or [], json, save_bands)
        return
    how: dict[str, Any] = {"json_out": json, "picture": picture, "ablation": ablate, "k": k, "seed": seed}
    evaluation = evaluate_batch(given, outcomes, **how)
    show(rendered(make_document(evaluation.comparison), given.lang))


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
    if not (grades or outcomes):
        raise ConfigError("outcomes or grades must be given. Name one with --outcomes or --grades.")
    from matcher.commands.labelled import train_batch, train_grades

    script, *arguments = sys.argv  # addresses of databases may hold passwords, and are cut
    command = shlex.join([Path(script).name, *(re.sub("://.*", "://...", text) for text in arguments)])
    if grades:
        train_grades(given, grades, out, outcomes, command)
    elif outcomes:
        done = train_batch(given, outcomes, out, stable=stable, seed=seed, command=command)
        echo(str(done))
