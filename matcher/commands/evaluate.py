"""`matcher evaluate`: the engine beside simple systems, on what happened after the profiles' date."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matcher.commands.localisation import echo, show
from matcher.commands.options import Request
from matcher.documents.blocks import rendered
from matcher.documents.writing import to_markdown
from matcher.errors import ConfigError
from matcher.files import write_json

if TYPE_CHECKING:
    from matcher.commands.inputs import Inputs
    from matcher.evaluation.comparison import Comparison


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation of files found; as a record for JSON with the data's digests."""

    comparison: Comparison
    record: dict[str, Any]

    def __str__(self) -> str:
        """Return the report, Markdown."""
        from matcher.evaluation.document import make_document

        return to_markdown(make_document(self.comparison))


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
    from matcher.evaluation.document import make_document

    if (outcomes is None) == (not grades):
        raise ConfigError(
            "outcomes or grades must be given, and not both. Name one with --outcomes or --grades."
        )
    if (save_bands and not grades) or (grades and (picture or ablate)):
        raise ConfigError("save-bands must go with --grades, picture and ablate with --outcomes.")
    if outcomes is None:
        evaluate_grades(given, grades or [], json, save_bands)
        return
    how: dict[str, Any] = {"json_out": json, "picture": picture, "ablation": ablate, "k": k, "seed": seed}
    evaluation = evaluate_batch(given, outcomes, **how)
    show(rendered(make_document(evaluation.comparison), given.lang))


def evaluate_grades(
    given: Request, grades: Sequence[Path], json: Path | None, save_bands: Path | None
) -> None:
    """Judge lists by grades, print the report, and write what was asked for; parameters as of `evaluate`."""
    from matcher.commands.inputs import check_not_inputs, check_target, fit_graded
    from matcher.config import Config
    from matcher.evaluation.comparison import pool_groups
    from matcher.evaluation.document import as_plain
    from matcher.evaluation.graded import graded_document, judge_grades
    from matcher.learning.grading import rank_graded

    check_target("json", json, (".json",))
    check_target("save-bands", save_bands, (".toml",))
    for target in filter(None, (json, save_bands)):
        check_not_inputs(target, [target], (given.profiles, given.history, *grades))
    matcher, _, table, lines = fit_graded(given, grades)
    config = matcher.config
    lists = rank_graded(matcher, table.pairs)
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
    seed: int = 0,
) -> Evaluation:
    """Read files, compare the engine with simple systems, and write what was asked for; see `evaluate`."""
    from matcher.commands.inputs import check_target, open_inputs
    from matcher.encoders import open_encoder
    from matcher.evaluation.comparison import compare
    from matcher.evaluation.document import as_record
    from matcher.output.canvas import new_figure, save_picture
    from matcher.output.plots import plot_comparison

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
        seed=seed,
        ablation=ablation,
        progress=not given.quiet,
    )
    rejected = {name: table.n_rejected for name, table in inputs.tables()}
    notes = [f"{n:,} rows of {name} were rejected" for name, n in rejected.items() if n]
    notes += _leaks(comparison, inputs, given.ranker)
    comparison = replace(comparison, notes=(*comparison.notes, *notes))
    data = {name: {"sha256": digest, "rejected": rejected[name]} for name, digest in inputs.digests.items()}
    said = settings.model_dump(mode="json", exclude_none=True)
    if settings.encoder:
        said["encoder"] = Path(settings.encoder).name  # a path on one machine says nothing on another
    record = {"data": data, "settings": said, **as_record(comparison)}
    if json_out is not None:
        write_json(record, json_out)
    if picture is not None:
        save_picture(plot_comparison(comparison), picture)
    return Evaluation(comparison, record)


def _leaks(comparison: Comparison, inputs: Inputs, ranker: object) -> Sequence[str]:
    """Warn where the ranker's manifest names a file of which works are to be found here."""
    from matcher.ranking.storage import read_manifest

    learned = read_manifest(ranker).get("data", {}) if isinstance(ranker, str | Path) else {}
    return [
        f"the ranker was trained on the very file of {name} that it is judged on here: too good to be true"
        for name, log in inputs.logs.items()
        if f"sha256 {inputs.digests[name]}" in learned.values()
        and any(work.is_dated and work.day > comparison.truth.date for work in log.works)
    ]
