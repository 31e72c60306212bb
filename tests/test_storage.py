"""Rankers on disk: what comes back is what went in, and nothing that was tampered with is opened."""

import datetime as dt
import hashlib
import json
import pickle
import warnings

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression
from skops.io import dump

from matcher.errors import ModelError
from matcher.features import COMPONENT_NAMES
from matcher.ranking import (
    BoostedRanker,
    CalibratedRanker,
    Calibration,
    PairwiseRanker,
    WeightedRanker,
    storage,
)
from matcher.ranking.storage import (
    CARD,
    ESTIMATOR,
    MANIFEST,
    check_folder,
    open_ranker,
    read_manifest,
    save_ranker,
)

FEATURES = (*COMPONENT_NAMES, "same_sector", "ratio_size")
RNG = np.random.default_rng(0)
PAIRS = RNG.random((400, len(FEATURES)))
PAIRS[RNG.random(PAIRS.shape) < 0.1] = np.nan
LABEL = (RNG.random(400) < 0.2).astype(float)
SEEKER = np.repeat(np.arange(20), 20)
FACTS = {"rung": "WeightedRanker", "labels": 3, "data": {"a.csv": "sha256 1"}}


def learned(ranker):
    return ranker.fit(PAIRS, LABEL, groups=SEEKER)


def calibrated(ranker, method):
    both = ranker.utility(PAIRS), ranker.utility(PAIRS[::-1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("matcher.ranking.calibration.ENOUGH", 0 if method == "isotonic" else np.inf)
        return CalibratedRanker(ranker, Calibration().fit(*both, LABEL))


def weighted():
    return learned(WeightedRanker({"values": 2.0, "trust": 1.0}, 0.3, FEATURES))


def pairwise():
    return learned(PairwiseRanker(None, 0.5, 50.0, FEATURES))


def boosted():
    return learned(BoostedRanker(FEATURES, n_trees=10, n_members=2, seed=3))


KINDS = {
    "weighted": weighted,
    "pairwise": pairwise,
    "boosted": boosted,
    "weighted sigmoid": lambda: calibrated(weighted(), "sigmoid"),
    "pairwise isotonic": lambda: calibrated(pairwise(), "isotonic"),
    "boosted sigmoid": lambda: calibrated(boosted(), "sigmoid"),
    "boosted isotonic": lambda: calibrated(boosted(), "isotonic"),
}


@pytest.fixture
def folder(tmp_path):
    return save_ranker(tmp_path / "ranker", weighted(), FACTS, "# A card\n")


def vouch(folder, **changes):
    """Write a manifest that vouches for the files as they are."""
    digests = {name: digest_of(folder / name) for name in (CARD, ESTIMATOR) if (folder / name).is_file()}
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    text = json.dumps({**manifest, "sha256": digests, **changes})
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def digest_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_storage_round_trip_gives_the_same_to_the_last_digit(tmp_path, kind):
    ranker = KINDS[kind]()
    folder = save_ranker(tmp_path / "ranker", ranker, FACTS, "card")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        opened = open_ranker(folder)
    assert type(opened) is type(ranker)
    assert opened.features_ == ranker.features_
    for ask in ("predict", "utility", "completeness"):
        np.testing.assert_array_equal(getattr(opened, ask)(PAIRS), getattr(ranker, ask)(PAIRS))
    np.testing.assert_array_equal(opened.shares_, ranker.shares_)
    # It goes on as the original would: in another pool, with other gaps.
    other = np.where(PAIRS > 0.8, np.nan, PAIRS)
    again, still = opened.observe(other), ranker.observe(other)
    np.testing.assert_array_equal(again.predict(PAIRS), still.predict(PAIRS))


def test_storage_analysts_weights_that_were_never_fitted_come_back(tmp_path):
    folder = save_ranker(tmp_path / "ranker", WeightedRanker({"trust": 1.0}), {}, "card")
    opened = open_ranker(folder)
    assert opened.features_ == COMPONENT_NAMES
    components = PAIRS[:, : len(COMPONENT_NAMES)]
    expected = WeightedRanker({"trust": 1.0}).fit(components).predict(components)
    np.testing.assert_array_equal(opened.fit(components).predict(components), expected)


def test_storage_folder_holds_card_manifest_and_estimator(folder):
    assert sorted(path.name for path in folder.iterdir()) == [CARD, MANIFEST, ESTIMATOR]
    assert (folder / CARD).read_text(encoding="utf-8") == "# A card\n"
    manifest = read_manifest(folder)
    assert manifest["kind"] == "ranker"
    assert set(manifest["versions"]) == {"numpy", "scikit-learn", "skops"}
    assert manifest["sha256"] == {name: digest_of(folder / name) for name in (CARD, ESTIMATOR)}
    assert {name: manifest[name] for name in FACTS} == FACTS
    assert [path.name for path in folder.parent.iterdir()] == ["ranker"]


def test_storage_parents_of_the_folder_are_made(tmp_path):
    folder = save_ranker(tmp_path / "models" / "ours", weighted(), FACTS, "card")
    assert open_ranker(folder).features_ == FEATURES


@pytest.mark.parametrize("name", [CARD, ESTIMATOR])
@pytest.mark.parametrize("place", [0, -1])
def test_storage_a_changed_byte_is_refused_and_the_file_named(folder, name, place):
    content = bytearray((folder / name).read_bytes())
    content[place] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ModelError, match=f"{name} is missing or was changed since it was saved"):
        open_ranker(folder)


@pytest.mark.parametrize("name", [CARD, ESTIMATOR])
def test_storage_a_missing_file_is_refused_and_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name} is missing"):
        open_ranker(folder)


def test_storage_changed_digest_in_the_manifest_is_refused(folder):
    vouch(folder, sha256={CARD: digest_of(folder / CARD), ESTIMATOR: "0" * 64})
    with pytest.raises(ModelError, match=ESTIMATOR):
        open_ranker(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "ranker must be a folder written by train_ranker; .* has no readable manifest.json"),
        (b"", "manifest.json is not JSON"),
        (b"{", "manifest.json is not JSON"),
        (b"\xff\xfe\x00", "manifest.json is not JSON"),
        (b"[" * 100_000, "manifest.json is not JSON"),
        (b"[]", "manifest.json is not of a ranker"),
        (b"null", "manifest.json is not of a ranker"),
        (b'{"kind": "encoder", "sha256": {}}', "manifest.json is not of a ranker"),
        (b'{"sha256": {}}', "manifest.json is not of a ranker"),
        (b'{"kind": "ranker"}', "manifest.json is not of a ranker"),
        (b'{"kind": "ranker", "sha256": []}', "manifest.json is not of a ranker"),
        (b'{"kind": "ranker", "sha256": null}', "manifest.json is not of a ranker"),
        (b'{"kind": "ranker", "sha256": {}, "versions": "old"}', "manifest.json is not of a ranker"),
        (b'{"kind": "ranker", "sha256": {}}', "manifest.json is not of a ranker"),
        (
            b'{"kind": "ranker", "format": 2, "sha256": {}, "versions": {}}',
            "manifest.json does not vouch for ranker.skops",
        ),
    ],
)
def test_storage_manifest_that_is_none_is_refused(folder, content, message):
    if content is None:
        (folder / MANIFEST).unlink()
    else:
        (folder / MANIFEST).write_bytes(content)
    with pytest.raises(ModelError, match=message):
        open_ranker(folder)


@pytest.mark.parametrize("name", ["missing", "file"])
def test_storage_what_is_no_folder_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ModelError, match=f"{name} has no readable manifest.json"):
        open_ranker(tmp_path / name)


@pytest.mark.parametrize(
    "name", ["../outside.txt", "{outside}", "sub/inside.txt", "..", ".", "", "a\0b", "x" * 300]
)
def test_storage_names_that_lead_out_of_the_folder_are_refused(folder, name):
    outside = folder.parent / "outside.txt"
    outside.write_text("x", encoding="utf-8")
    (folder / "sub").mkdir()
    (folder / "sub" / "inside.txt").write_text("x", encoding="utf-8")
    digests = read_manifest(folder)["sha256"]
    vouch(folder, sha256={**digests, name.format(outside=outside): digest_of(outside)})
    with pytest.raises(ModelError, match="is missing or was changed since it was saved"):
        open_ranker(folder)


class Evil:
    """Would write a file if it were unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_storage_a_pickle_is_refused_and_never_run(folder):
    proof = folder.parent / "proof"
    (folder / ESTIMATOR).write_bytes(pickle.dumps(Evil(proof)))
    vouch(folder)
    with pytest.raises(ModelError, match=f"{ESTIMATOR} cannot be read: BadZipFile"):
        open_ranker(folder)
    assert not proof.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (LinearRegression().fit([[0.0], [1.0]], [0, 1]), "holds no ranker but a LinearRegression"),
        ([1, 2], "holds no ranker but a list"),
        (Calibration(), "holds no ranker but a Calibration"),
        (CalibratedRanker(LinearRegression(), Calibration()), "holds no ranker but a CalibratedRanker"),
        (dt.datetime(2020, 1, 1), "holds types that are not trusted: datetime.datetime"),
        ({"a": {"b": [dt.timedelta(1)]}}, "holds types that are not trusted: datetime.timedelta"),
        (CalibratedRanker(WeightedRanker(), dt.date), "holds types that are not trusted: datetime.date"),
    ],
    ids=["sklearn", "list", "calibration", "inner", "datetime", "deep", "type"],
)
def test_storage_what_is_no_ranker_is_refused(folder, content, message):
    dump(content, folder / ESTIMATOR)
    vouch(folder)
    with pytest.raises(ModelError, match=message):
        open_ranker(folder)


@pytest.mark.parametrize("versions", [{"scikit-learn": "0.1"}, {}])
def test_storage_other_version_warns_and_opens(folder, versions):
    vouch(folder, versions=versions)
    with pytest.warns(UserWarning, match=r"the ranker was saved with scikit-learn (0\.1|None)"):
        opened = open_ranker(folder)
    np.testing.assert_array_equal(opened.predict(PAIRS), weighted().predict(PAIRS))


@pytest.mark.parametrize("given", [None, 1, 3])
def test_storage_a_ranker_of_another_format_is_refused_and_can_be_replaced(folder, given):
    manifest = read_manifest(folder)
    assert manifest.pop("format") == 2
    (folder / MANIFEST).write_text(json.dumps(manifest | ({"format": given} if given else {})))
    with pytest.raises(ModelError) as caught:
        open_ranker(folder)
    assert f"{folder} holds a ranker of format {given or 1}; must be 2" in str(caught.value)
    assert "scale of the pool" in str(caught.value)
    assert "Train it again (matcher train)" in str(caught.value)
    save_ranker(folder, weighted(), FACTS, "card")
    assert open_ranker(folder).features_ == FEATURES


@pytest.mark.parametrize("kind", ["folder", "file", "other kind", "broken manifest"])
def test_storage_what_is_no_ranker_is_never_overwritten(tmp_path, kind):
    target = tmp_path / "mine"
    if kind == "file":
        target.write_text("precious", encoding="utf-8")
    else:
        target.mkdir()
        content = {"other kind": '{"kind": "encoder", "sha256": {}}', "broken manifest": "{"}.get(kind)
        name = MANIFEST if content else "notes.txt"
        (target / name).write_text(content or "precious", encoding="utf-8")
    before = sorted((path.name, path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*"))
    with pytest.raises(ModelError, match="mine holds other things: "):
        check_folder(target)
    with pytest.raises(ModelError, match="out must be a new folder or one that holds a ranker"):
        save_ranker(target, weighted(), FACTS, "card")
    assert before == sorted((p.name, p.is_file() and p.read_bytes()) for p in tmp_path.rglob("*"))


def test_storage_an_empty_folder_is_used_and_a_ranker_replaced(tmp_path):
    target = tmp_path / "mine"
    target.mkdir()
    save_ranker(target, weighted(), FACTS, "first")
    save_ranker(target, pairwise(), {"rung": "second"}, "second")
    assert isinstance(open_ranker(target), PairwiseRanker)
    assert sorted(path.name for path in target.iterdir()) == [CARD, MANIFEST, ESTIMATOR]
    assert read_manifest(target)["rung"] == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def contents(folder):
    return sorted((path.name, path.is_file() and path.read_bytes()) for path in folder.rglob("*"))


@pytest.mark.parametrize("name", ["notes.txt", ".hidden", "results/table.csv", "model.safetensors"])
def test_storage_a_ranker_beside_other_files_is_not_replaced(folder, name):
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text("precious", encoding="utf-8")
    before = contents(folder.parent)
    shown = name.split("/")[0]
    message = rf"out must be .* and nothing else; .*ranker holds other things: {shown}\. Move them"
    with pytest.raises(ModelError, match=message):
        check_folder(folder)
    with pytest.raises(ModelError, match=message):
        save_ranker(folder, pairwise(), FACTS, "second")
    assert contents(folder.parent) == before


def test_storage_of_many_other_files_only_some_are_named(folder):
    for number in range(9):
        (folder / f"{number}.txt").touch()
    with pytest.raises(ModelError, match=r"holds other things: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt, …\. Move"):
        check_folder(folder)


def test_storage_folder_that_cannot_be_made_is_refused_before(tmp_path, monkeypatch):
    def deny(*_, **given):
        assert given["dir"] == tmp_path  # as far as the way there exists
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(storage.tempfile, "TemporaryDirectory", deny)
    message = r"out must be a folder that can be written; got .*ours \(Permission denied\)"
    with pytest.raises(ModelError, match=message):
        check_folder(tmp_path / "models" / "new" / "ours")


def test_storage_checking_a_folder_leaves_nothing_behind(tmp_path):
    assert check_folder(tmp_path / "models" / "ours") == tmp_path / "models" / "ours"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file/ours", "file/models/ours", f"{'x' * 300}/ours"])
def test_storage_folder_where_none_can_be_is_refused_before(tmp_path, name):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ModelError, match=r"out must be a folder that can be written; got .*\(.*\)\. Choose"):
        check_folder(tmp_path / name)


def fail(*_, **__):
    raise OSError(28, "No space left on device")


def half(_, path):
    path.write_bytes(b"half")
    fail()


@pytest.mark.parametrize("exists", [False, True])
@pytest.mark.parametrize("broken", ["dump", "manifest", "rename"])
def test_storage_failure_leaves_the_old_ranker_or_nothing(tmp_path, monkeypatch, exists, broken):
    target = tmp_path / "mine"
    if exists:
        save_ranker(target, weighted(), FACTS, "first")
    if broken == "dump":
        monkeypatch.setattr("skops.io.dump", half)
    elif broken == "manifest":
        monkeypatch.setattr(storage, "_digest", fail)
    else:
        move = storage.Path.rename

        def refuse(path, to):
            is_new = (path / CARD).is_file() and (path / CARD).read_text(encoding="utf-8") == "second"
            return fail() if is_new else move(path, to)

        monkeypatch.setattr(storage.Path, "rename", refuse)
    with pytest.raises(ModelError, match=r"out must be a folder that can be written; got .*No space left"):
        save_ranker(target, pairwise(), FACTS, "second")
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == (["mine"] if exists else [])
    if exists:
        assert (target / CARD).read_text(encoding="utf-8") == "first"
        np.testing.assert_array_equal(open_ranker(target).predict(PAIRS), weighted().predict(PAIRS))


def test_storage_folder_behind_a_link_is_replaced(tmp_path):
    save_ranker(tmp_path / "real", weighted(), FACTS, "first")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    save_ranker(tmp_path / "link", pairwise(), FACTS, "second")
    assert isinstance(open_ranker(tmp_path / "link"), PairwiseRanker)
    assert (tmp_path / "link").is_symlink()


def test_storage_out_inside_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ModelError, match="out must be a folder that can be written"):
        save_ranker(tmp_path / "file" / "ranker", weighted(), FACTS, "card")
