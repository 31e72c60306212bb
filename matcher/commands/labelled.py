"""What `matcher evaluate` and `train` do with outcomes and with grades."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pandas as pd

from matcher.columns import Profile
from matcher.commands.inputs import Inputs, check_not_inputs, fit_inputs, open_inputs
from matcher.commands.terminal import Request, Source, echo, show
from matcher.config import Config
from matcher.documents.writing import to_markdown
from matcher.encoders import open_encoder
from matcher.errors import OutcomeError
from matcher.evaluation.comparison import Comparison, compare, pool_groups
from matcher.evaluation.document import as_plain, as_record
from matcher.evaluation.graded import graded_document, judge_grades
from matcher.files import check_target, write_json
from matcher.learning import grading
from matcher.learning.training import Training, facts_of, train_ranker, write_card
from matcher.outcomes.records import GradeTable, read_grades
from matcher.output.plots import new_figure, plot_comparison, save_picture
from matcher.ranking.storage import check_folder, read_manifest, save_ranker
from matcher.recommendations import Matcher
from matcher.tables.writing import rejected_path, write_or_remove


def evaluate_grades(
    given: Request, grades: Sequence[Path], json: Path | None, save_bands: Path | None
) -> None:
    """Judge lists by grades, print the report, and write what was asked for; parameters as of `evaluate`."""
    check_target("json", json, (".json",))
    check_target("save-bands", save_bands, (".toml",))
    for target in filter(None, (json, save_bands)):
        check_not_inputs(target, [target], (given.profiles, given.history, *grades))
    matcher, _, table, lines = fit_graded(given, grades)
    config = matcher.config
    lists = grading.rank_graded(matcher, table.pairs)
    groups = pool_groups(matcher.scorer.pool)
    found = judge_grades(lists, table.pairs, config.bands, table.kept, groups)
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


def evaluate_batch(
    given: Request,
    outcomes: str | Path,
    *,
    json_out: Path | None = None,
    picture: Path | None = None,
    ablation: bool = False,
    k: int = 100,
) -> Comparison:
    """Read files, compare the engine with simple systems, and write what was asked for; see `evaluate`."""
    settings = given.settings()
    check_target("json", json_out, (".json",))
    check_target("picture", picture, (".png",))
    if picture is not None:
        new_figure((1.0, 1.0))  # says before the long work where matplotlib is missing
    matcher, inputs = open_inputs(given, settings, outcomes)
    comparison = compare(
        inputs.profiles.kept,
        [work for log in inputs.logs.values() for work in log.works],
        settings,
        matcher.encoder or open_encoder(settings.encoder),
        ranker=matcher.ranker,
        k=k,
        ablation=ablation,
        progress=not given.quiet,
    )
    rejected = {name: table.n_rejected for name, table in inputs.tables.items()}
    notes = [f"{n:,} rows of {name} were rejected" for name, n in rejected.items() if n]
    notes += _leaks(comparison, inputs, given.ranker)
    comparison = replace(comparison, notes=(*comparison.notes, *notes))
    if json_out is not None:
        data = {name: {"sha256": one, "rejected": rejected[name]} for name, one in inputs.digests.items()}
        said = settings.model_dump(mode="json", exclude_none=True)
        if settings.encoder:
            said["encoder"] = Path(settings.encoder).name  # a path on one machine says nothing on another
        write_json({"data": data, "settings": said, **as_record(comparison)}, json_out)
    if picture is not None:
        save_picture(plot_comparison(comparison), picture)
    return comparison


def _leaks(comparison: Comparison, inputs: Inputs, ranker: Path | None) -> Sequence[str]:
    """Warn where the ranker's manifest names a file of which works are to be found here."""
    learned = read_manifest(ranker).get("data", {}) if ranker else {}
    digests = inputs.digests
    return [
        f"the ranker was trained on the very file of {name} that it is judged on here: too good to be true"
        for name, log in inputs.logs.items()
        if f"sha256 {digests[name]}" in learned.values()
        and any(work.is_dated and work.day > comparison.truth.date for work in log.works)
    ]


def train_grades(
    given: Request, grades: Sequence[Path], out: Path, outcomes: str | None, command: str
) -> None:
    """Learn weights from grades, print what changed, and write the ranker; parameters as of `train`."""
    check_folder(out)
    check_not_inputs(out, [out], (given.profiles, outcomes, given.history, *grades))
    matcher, inputs, table, lines = fit_graded(given, grades, outcomes)
    pairs, n_outcomes = table.pairs, 0
    if inputs.outcomes is not None:
        further = grading.grades_of_outcomes(inputs.outcomes, matcher.pool[Profile.ID])
        both = pd.concat([pairs.assign(**{grading.SIDED: False}), further])
        joined = both.drop_duplicates(["seeker", "candidate"])
        pairs, n_outcomes = joined, len(joined) - len(pairs)
    training = grading.train_on_grades(matcher, pairs)
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
    card = to_markdown(grading.graded_weights_document(training, "en", n_outcomes))
    folder = save_ranker(out, training.ranker, facts, card)
    lines.append(f"a ranker for matcher match --ranker: {folder}")
    show(grading.graded_weights_document(training, given.lang, n_outcomes))
    echo("\n".join(lines))


def train_batch(
    given: Request, outcomes: str | Path, out: Path, *, stable: bool = False, command: str = "train_batch"
) -> Training:
    """Read files, learn a ranker, write its folder, rejected rows beside it, and print what was learned."""
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
        progress=not given.quiet,
    )
    data = {
        f"{name} ({path.name if path else 'database'})": f"sha256 {digest}" if digest else "no digest"
        for (name, path), digest in zip(inputs.files.items(), inputs.digests.values(), strict=True)
    }
    made_of = (training, command, data, settings.seed)
    folder = save_ranker(out, training.ranker, facts_of(*made_of), write_card(*made_of))
    lines = [f"{training.n_labels:,} partnerships of {training.n_seekers:,} seekers to learn from"]
    for name, row in training.validation.iterrows():
        mark = "*" if row["chosen"] else " "
        lines.append(f"{mark} {name}: nDCG@10 {row['nDCG@10']:.3f} (standard error {row['error']:.3f})")
    lines += [f"note: {note}" for note in training.notes]
    if rejected:
        lines.append(f"{inputs.n_rejected:,} rows rejected, with reasons: {rejected}")
    echo("\n".join([*lines, f"{training.chosen}: {folder}"]))
    return training


def fit_graded(
    given: Request, grades: Sequence[Path], outcomes: Source | None = None
) -> tuple[Matcher, Inputs, GradeTable, list[str]]:
    """Return what `fit_inputs` does, at least one grade of the pool, and what is to be said of all of it."""
    matcher, inputs = fit_inputs(given, outcomes)
    table = read_grades(grades, known=matcher.pool[Profile.ID].tolist())
    if table.kept.empty:
        raise OutcomeError(
            f"grades must hold at least one graded pair of these profiles; got {table.n_rows:,} rows and "
            "none of them. Fill in the column grade."
        )
    return matcher, inputs, table, [*inputs.remarks(), *(f"note: {note}" for note in table.notes())]
