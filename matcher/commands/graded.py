"""What `matcher evaluate` and `matcher train` do with grades."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from matcher.columns import Profile
from matcher.commands.inputs import check_not_inputs, check_target, fit_inputs
from matcher.commands.localisation import echo, show
from matcher.commands.options import Request
from matcher.config import Config
from matcher.documents.writing import to_markdown
from matcher.errors import OutcomeError
from matcher.evaluation.comparison import pool_groups
from matcher.evaluation.document import as_plain
from matcher.evaluation.graded import graded_document, judge_grades
from matcher.files import write_json
from matcher.learning.grading import (
    SIDED,
    graded_weights_document,
    grades_of_outcomes,
    rank_graded,
    train_on_grades,
)
from matcher.outcomes.records import GradeTable, read_grades
from matcher.ranking.storage import check_folder, save_ranker
from matcher.recommendations import Matcher


def evaluate_grades(
    given: Request, grades: Sequence[Path], json: Path | None, save_bands: Path | None
) -> None:
    """Judge lists by grades, print the report, and write what was asked for; parameters as of `evaluate`."""
    check_target("json", json, (".json",))
    check_target("save-bands", save_bands, (".toml",))
    for target in filter(None, (json, save_bands)):
        check_not_inputs(target, [target], (given.profiles, given.history, *grades))
    matcher, inputs = fit_inputs(given)
    config = matcher.config
    table = read_usable_grades(grades, matcher)
    lists = rank_graded(matcher, table.pairs)
    groups = pool_groups(matcher.scorer.pool)
    found = judge_grades(lists, table.pairs, config.bands, table.kept, groups)
    lines = [*inputs.remarks(), *(f"note: {note}" for note in table.notes())]
    if json is not None:
        limits = {name: getattr(found, name).model_dump() for name in ("limits", "fitted")}
        write_json(as_plain({**vars(found), **limits}), json)
    if save_bands is not None:
        settings = Config.from_dict({**config.model_dump(), "bands": found.fitted.model_dump()})
        settings.save(save_bands)
        lines.append(f"settings with these bands, for matcher match --config: {save_bands}")
    show(graded_document(found, given.lang))
    if lines:
        echo("\n".join(lines))


def train_grades(
    given: Request, grades: Sequence[Path], out: Path, outcomes: str | None, command: str
) -> None:
    """Learn weights from grades, print what changed, and write the ranker; parameters as of `train`."""
    check_folder(out)
    check_not_inputs(out, [out], (given.profiles, outcomes, given.history, *grades))
    matcher, inputs = fit_inputs(given, outcomes)
    table = read_usable_grades(grades, matcher)
    pairs, n_outcomes = table.pairs, 0
    if inputs.outcomes is not None:
        further = grades_of_outcomes(inputs.outcomes, matcher.pool[Profile.ID])
        joined = pd.concat([pairs.assign(**{SIDED: False}), further]).drop_duplicates(["seeker", "candidate"])
        pairs, n_outcomes = joined, len(joined) - len(pairs)
    training = train_on_grades(matcher, pairs)
    data = {
        f"grades {number} ({path.name})": f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}"
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
    lines = [*inputs.remarks(), *(f"note: {note}" for note in table.notes())]
    lines.append(f"a ranker for matcher match --ranker: {folder}")
    show(graded_weights_document(training, given.lang, n_outcomes))
    echo("\n".join(lines))


def read_usable_grades(grades: Sequence[Path], matcher: Matcher) -> GradeTable:
    """Read the grades of a matcher's pool; raise `OutcomeError` where there is none."""
    table = read_grades(grades, known=matcher.pool[Profile.ID].tolist())
    if table.kept.empty:
        raise OutcomeError(
            f"grades must hold at least one graded pair of these profiles; got {table.n_rows:,} rows and "
            "none of them. Fill in the column grade."
        )
    return table
