"""Saves rankers as folders with a manifest of digests, and opens them after checking it."""

import hashlib
import json
import tempfile
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import sklearn

from matcher.errors import ModelError
from matcher.files import replacing_folder
from matcher.ranking import AnyRanker, CalibratedRanker

KIND: Final = "ranker"
WRITERS: Final = {KIND: "train_ranker", "pool": "Matcher.save"}  # what writes folders of each kind
FORMAT: Final = 2
"""Version of what rankers are trained on: since 2, components on the scale of the pool; none stated is 1."""
ESTIMATOR: Final = "ranker.skops"
MANIFEST: Final = "manifest.json"
CARD: Final = "README.md"
FILES: Final = (CARD, ESTIMATOR, MANIFEST)
LISTED: Final = 5  # number of files that a message names
TRUSTED: Final = (
    "matcher.ranking.boosted.BoostedRanker",
    "matcher.ranking.calibration.CalibratedRanker",
    "matcher.ranking.calibration.Calibration",
    "matcher.ranking.pairwise.PairwiseRanker",
    "matcher.ranking.pairwise.StackedRanker",
    "matcher.ranking.simple.SignalRanker",
    "matcher.ranking.weighted.WeightedRanker",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)
"""Types beyond those that skops itself trusts; a file that holds any other is refused."""


def save_ranker(
    folder: str | Path, ranker: CalibratedRanker | AnyRanker, facts: Mapping[str, Any], card: str
) -> Path:
    """Write a fitted ranker, its manifest with facts (JSON) and its card (Markdown); whole or not at all.

    A folder that holds a ranker is replaced; `ModelError` if it holds anything else, or cannot be written.
    """
    from skops.io import dump

    with writing_folder(folder, KIND, FILES, {"format": FORMAT, **facts}) as draft:
        dump(ranker, draft / ESTIMATOR)
        (draft / CARD).write_text(card, encoding="utf-8")
    return Path(folder)


@contextmanager
def writing_folder(
    folder: str | Path, kind: str, files: Collection[str], facts: Mapping[str, Any]
) -> Iterator[Path]:
    """Give an empty folder that takes the place of another once it and its manifest are complete.

    `files` are the names of all files of such a folder; facts and errors are as for `save_ranker`.
    """
    folder = check_folder(folder, kind, files)
    target = folder.resolve()  # a link stays: the folder that it names is replaced
    with _refusing(folder):
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing_folder(target, files) as draft:
            yield draft
            manifest = {
                "kind": kind,
                "versions": {name: version(name) for name in ("numpy", "scikit-learn", "skops")},
                **facts,
                "sha256": {path.name: _digest(path) for path in sorted(draft.iterdir())},
            }
            (draft / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def check_folder(folder: str | Path, kind: str = KIND, files: Collection[str] = FILES) -> Path:
    """Return the folder as a path, or raise as `save_ranker`, before the long work that leads to it."""
    target = Path(folder)
    with _refusing(target):
        others = []
        if target.exists():
            others = sorted(path.name for path in target.iterdir()) if target.is_dir() else [target.name]
            with suppress(ModelError):
                read_manifest(target, kind)
                others = [name for name in others if name not in files]
        if others:  # to replace the folder would delete them
            listed = ", ".join(others[:LISTED]) + (", …" if len(others) > LISTED else "")
            raise ModelError(
                f"out must be a new folder or one that holds a {kind} and nothing else; {target} holds other "
                f"things: {listed}. Move them elsewhere or choose another folder."
            )
        near = next(one for one in target.resolve().parents if one.exists())
        tempfile.TemporaryDirectory(dir=near, prefix=".").cleanup()
    return target


@contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        reason = err.strerror or err
        raise ModelError(
            f"out must be a folder that can be written; got {folder} ({reason}). Choose another."
        ) from err


def open_ranker(folder: str | Path) -> CalibratedRanker | AnyRanker:
    """Open a ranker that `save_ranker` wrote, after checking every file and every type in it.

    Raises `ModelError` if a file is missing or changed, or of another `FORMAT`, or a type is not trusted.
    """
    path = Path(folder)
    manifest = read_manifest(path)
    if (made := manifest.get("format", 1)) != FORMAT:
        raise ModelError(
            f"{path} holds a ranker of format {made}; must be {FORMAT}, trained on components on the scale "
            "of the pool: scores of another would be wrong. Train it again (matcher train)."
        )
    check_files(path, manifest, (ESTIMATOR,))
    return load_estimator(path, manifest)


def check_files(folder: Path, manifest: Mapping[str, Any], needed: Collection[str]) -> None:
    """Raise `ModelError` unless all files that a manifest names are as they were saved, and it names some."""
    for name, digest in manifest["sha256"].items():
        with suppress(OSError):
            if Path(name).name == name and (folder / name).is_file() and _digest(folder / name) == digest:
                continue
        raise ModelError(f"{folder / name} is missing or was changed since it was saved. Make it again.")
    for name in sorted({*needed} - {*manifest["sha256"]}):
        raise ModelError(f"{folder / MANIFEST} does not vouch for {name}. Make the {manifest['kind']} again.")


def load_estimator(path: Path, manifest: Mapping[str, Any]) -> CalibratedRanker | AnyRanker:
    """Open the ranker of a folder whose files are checked; errors are those of `open_ranker`."""
    from skops.io import get_untrusted_types, load

    made_with = manifest["versions"].get("scikit-learn")
    if made_with != sklearn.__version__:
        warnings.warn(
            f"the ranker was saved with scikit-learn {made_with}, and this is {sklearn.__version__}; "
            "train it again if anything looks odd.",
            stacklevel=2,
        )
    try:
        strangers = set(get_untrusted_types(file=path / ESTIMATOR)).difference(TRUSTED)
        ranker: Any = None if strangers else load(path / ESTIMATOR, trusted=TRUSTED)
    except Exception as err:  # skops raises many kinds for a broken file
        raise ModelError(f"{path / ESTIMATOR} cannot be read: {type(err).__name__}. Train it again.") from err
    if strangers:
        listed = ", ".join(sorted(strangers))
        raise ModelError(f"{path / ESTIMATOR} holds types that are not trusted: {listed}.")
    if not hasattr(ranker, "features_"):
        raise ModelError(f"{path / ESTIMATOR} holds no ranker but a {type(ranker).__name__}.")
    return ranker  # type: ignore[no-any-return]


def read_manifest(folder: str | Path, kind: str = KIND) -> dict[str, Any]:
    """Return the manifest of a folder; raise `ModelError` without one of the right kind."""
    path = Path(folder) / MANIFEST
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise ModelError(
            f"{kind} must be a folder written by {WRITERS[kind]}; {folder} has no readable {MANIFEST}."
        ) from err
    except (ValueError, RecursionError) as err:
        raise ModelError(f"{path} is not JSON. Make the {kind} again.") from err
    parts = [manifest.get(name) for name in ("sha256", "versions")] if isinstance(manifest, dict) else [None]
    if not all(isinstance(part, dict) for part in parts) or manifest.get("kind") != kind:
        raise ModelError(f"{path} is not of a {kind}. Name a folder written by {WRITERS[kind]}.")
    return manifest


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
