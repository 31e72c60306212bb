"""An evaluation from files to a report, JSON and a picture."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matcher.config import Config
from matcher.documents import to_markdown
from matcher.encoders import Encoder, open_encoder
from matcher.errors import OutputError
from matcher.evaluation.comparison import Comparison, compare
from matcher.evaluation.document import as_record, make_document
from matcher.outcomes import OutcomeTable, read_outcomes
from matcher.output.plots import plot_comparison
from matcher.output.plots.canvas import new_figure
from matcher.profiles import read_profiles
from matcher.ranking.storage import open_ranker, read_manifest


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation of files found.

    Attributes
    ----------
    comparison : Comparison
    record : dict
        For JSON; see `as_record`, with the data's digests.
    """

    comparison: Comparison
    record: dict[str, Any]

    def __str__(self) -> str:
        """Return the report, Markdown."""
        return to_markdown(make_document(self.comparison))


def evaluate_batch(
    profiles: str | Path,
    outcomes: str | Path,
    *,
    history: str | Path | None = None,
    ranker: str | Path | None = None,
    query: str | None = None,
    config: Config | None = None,
    encoder: Encoder | None = None,
    json_out: str | Path | None = None,
    picture: str | Path | None = None,
    ablation: bool = False,
    k: int = 100,
    seed: int = 0,
    progress: bool = False,
) -> Evaluation:
    """Read files, compare the engine with simple systems, and write what was asked for.

    Parameters
    ----------
    profiles, outcomes, history, query : as for `match_batch`
        Outcomes and history may overlap and come in any order of dates: the profiles' date parts them.
    ranker : path, optional
        Folder of a trained ranker.
    config : Config, optional
        Settings.
    encoder : Encoder, optional
        In place of the one that `config` names.
    json_out : path, optional
        Where the figures go; ends in .json.
    picture : path, optional
        Where the picture goes; ends in .png.
    ablation, k, seed, progress : as for `compare`

    Returns
    -------
    evaluation : Evaluation

    Raises
    ------
    MatcherError
        If an input cannot be used, nothing is to be found in it, or a file cannot be written.
    """
    settings = config or Config()
    _check_targets(json_out, picture)
    opened = open_ranker(ranker) if ranker is not None else None
    table = read_profiles(profiles, query=query)
    sources = {"outcomes": outcomes, "history": history}
    logs = {name: read_outcomes(source) for name, source in sources.items() if source is not None}
    comparison = compare(
        table.kept,
        [work for log in logs.values() for work in log.works],
        settings,
        encoder or open_encoder(settings.encoder),
        ranker=opened,
        k=k,
        seed=seed,
        ablation=ablation,
        progress=progress,
    )
    rejected = {"profiles": table.n_rejected, **{name: log.n_rejected for name, log in logs.items()}}
    digests = {
        name: _digest(source)
        for name, source in {"profiles": profiles, **sources}.items()
        if source is not None
    }
    notes = [f"{n:,} rows of {name} were rejected" for name, n in rejected.items() if n]
    notes += _leaks(comparison, logs, digests, ranker)
    comparison = replace(comparison, notes=(*comparison.notes, *notes))
    data = {name: {"sha256": digest, "rejected": rejected[name]} for name, digest in digests.items()}
    evaluation = Evaluation(
        comparison, {"data": data, "settings": _settings(settings), **as_record(comparison)}
    )
    _write(evaluation, json_out, picture)
    return evaluation


def _leaks(
    comparison: Comparison,
    logs: Mapping[str, OutcomeTable],
    digests: Mapping[str, str | None],
    ranker: str | Path | None,
) -> Sequence[str]:
    """Warn where the ranker's manifest names a file of which works are to be found here."""
    if ranker is None:
        return []
    learned = {str(digest) for digest in read_manifest(ranker).get("data", {}).values()}
    date = comparison.truth.date
    judged = [
        name
        for name, log in logs.items()
        if f"sha256 {digests[name]}" in learned
        and any(work.is_dated and work.day > date for work in log.works)
    ]
    return [
        f"the ranker was trained on the very file of {name} that it is judged on here: too good to be true"
        for name in judged
    ]


def _settings(config: Config) -> dict[str, Any]:
    """Return the settings; an encoder's path on one machine says nothing on another."""
    settings = config.model_dump(mode="json", exclude_none=True)
    if config.encoder:
        settings["encoder"] = Path(config.encoder).name
    return settings


def _digest(source: str | Path) -> str | None:
    """Return the digest of a file's content; a database has none."""
    path = Path(source)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _check_targets(json_out: str | Path | None, picture: str | Path | None) -> None:
    """Refuse, before the long work, files that cannot be written."""
    for name, path, ending in (("json", json_out, ".json"), ("picture", picture, ".png")):
        if path is None:
            continue
        target = Path(path)
        if target.suffix.lower() != ending:
            raise OutputError(f"{name} must end in {ending}; got {path}. Rename it.")
        _check_place(name, target)
    if picture is not None:
        new_figure((1.0, 1.0))  # fails without matplotlib


def _check_place(name: str, target: Path) -> None:
    """Try to write beside a file: permissions alone do not tell whether that will do."""
    try:
        is_folder = target.is_dir()  # a name that is too long shows here
        with _beside(target):
            pass
    except (OSError, ValueError) as err:
        reason = getattr(err, "strerror", None) or "no name of a file"
        raise OutputError(
            f"{name} must be in a folder that can be written; got {target} ({reason}). Create the folder, or "
            "name another."
        ) from err
    if is_folder:
        raise OutputError(f"{name} must be a file; got the folder {target}. Name a file in it.")


def _write(evaluation: Evaluation, json_out: str | Path | None, picture: str | Path | None) -> None:
    if json_out is not None:
        text = json.dumps(evaluation.record, indent=1, ensure_ascii=False, allow_nan=False)
        _replace(Path(json_out), text.encode("utf-8", errors="backslashreplace") + b"\n")
    if picture is not None:
        drawn = io.BytesIO()
        # No version in the file: the same comparison gives the same bytes.
        plot_comparison(evaluation.comparison).savefig(
            drawn, format="png", dpi=150, metadata={"Software": None}
        )
        _replace(Path(picture), drawn.getvalue())


def _replace(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all."""
    try:
        with _beside(path) as folder:
            draft = Path(folder) / "draft"
            draft.write_bytes(content)
            draft.replace(path)
    except OSError as err:
        raise OutputError(f"{path} must be writable; got: {err.strerror}. Choose another folder.") from err


def _beside(path: Path) -> tempfile.TemporaryDirectory[str]:
    """Open a folder of our own next to a file, so that a draft can take its place at once."""
    return tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name[:50]}-")
