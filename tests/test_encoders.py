import logging
import os
import sqlite3
import subprocess
import sys
import textwrap
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import encoders
from matcher.encoders import CachedEncoder, Encoder, open_encoder
from matcher.encoders.encoder import has_substance, unit_rows
from matcher.encoders.opening import cache_folder
from matcher.encoders.transformer import MAX_CHARACTERS, TransformerEncoder, tidy
from matcher.errors import EncoderError

ROOT = Path(__file__).resolve().parents[1]


class FakeEncoder:
    """Vectors drawn from a digest of the text; remembers what it was asked."""

    def __init__(self, fingerprint="fake", dimensions=8):
        self.name = "fake"
        self.fingerprint = fingerprint
        self.is_centred = True
        self.dimensions = dimensions
        self.asked = []

    def encode(self, texts, *, progress=False):
        self.asked.append(list(texts))
        return np.array([self._vector(text) for text in texts], dtype=np.float32)

    def _vector(self, text):
        digest = blake2b((self.fingerprint + text).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        row = np.random.default_rng(list(digest)).normal(size=self.dimensions)
        return row / np.linalg.norm(row)

    def texts(self):
        return [text for batch in self.asked for text in batch]


def cache_file(encoder):
    return encoder._store.path


def test_encoders_all_names_exist():
    assert all(hasattr(encoders, name) for name in encoders.__all__)
    assert isinstance(FakeEncoder(), Encoder)
    assert isinstance(CachedEncoder(FakeEncoder(), None), Encoder)


def test_encoders_import_leaves_torch_out():
    code = "import sys, matcher.encoders; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_cached_encoder_keeps_the_last_vectors_and_returns_all(monkeypatch):
    monkeypatch.setattr("matcher.encoders.cache._KEPT", 2)
    fake, texts = FakeEncoder(), ["a", "b", "c", "d"]
    cached = CachedEncoder(fake, None)
    np.testing.assert_array_equal(cached.encode(texts), FakeEncoder().encode(texts))
    assert len(cached._known) == 2


def test_cached_encoder_repeats_encoded_once(tmp_path):
    inner = FakeEncoder()
    cached = CachedEncoder(inner, tmp_path)
    cached.encode(["b", "a", "b", "a"])
    cached.encode(["a", "c"])
    assert inner.texts() == ["a", "b", "c"]


def test_cached_encoder_order_is_that_of_texts(tmp_path):
    texts = ["longer text", "b", "a", "b"]
    rows = CachedEncoder(FakeEncoder(), tmp_path).encode(texts)
    assert np.array_equal(rows, FakeEncoder().encode(texts))
    assert rows.dtype == np.float32


def test_cached_encoder_new_run_reads_disk(tmp_path):
    first = CachedEncoder(FakeEncoder(), tmp_path).encode(["a", "b"])
    inner = FakeEncoder()
    assert np.array_equal(CachedEncoder(inner, tmp_path).encode(["b", "a"]), first[::-1])
    assert inner.asked == []


def test_cached_encoder_without_folder_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    CachedEncoder(FakeEncoder(), None).encode(["a"])
    assert list(tmp_path.iterdir()) == []


def test_cached_encoder_fingerprints_never_mix(tmp_path):
    one, two = (CachedEncoder(FakeEncoder(name), tmp_path) for name in ("one", "two"))
    assert not np.array_equal(one.encode(["a"]), two.encode(["a"]))
    assert cache_file(one) != cache_file(two)


def test_cached_encoder_renamed_file_is_not_believed(tmp_path):
    one = CachedEncoder(FakeEncoder("one"), tmp_path)
    one.encode(["a"])
    inner = FakeEncoder("two")
    two = CachedEncoder(inner, tmp_path)
    cache_file(one).rename(cache_file(two))
    assert np.array_equal(two.encode(["a"]), FakeEncoder("two").encode(["a"]))
    assert inner.texts() == ["a"]


def test_cached_encoder_dimensions_never_mix(tmp_path):
    CachedEncoder(FakeEncoder(dimensions=8), tmp_path).encode(["a"])
    assert CachedEncoder(FakeEncoder(dimensions=4), tmp_path).encode(["a"]).shape == (1, 4)


def test_cached_encoder_file_holds_no_text(tmp_path):
    cached = CachedEncoder(FakeEncoder(), tmp_path)
    cached.encode(["a secret plan for the harbour"])
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert stored
    assert b"secret" not in stored


def test_cached_encoder_damaged_vector_encoded_again(tmp_path):
    first = CachedEncoder(FakeEncoder(), tmp_path)
    good = first.encode(["a", "b"])
    with sqlite3.connect(cache_file(first)) as connection:
        connection.execute("UPDATE vectors SET vector = ?", (np.full(8, np.nan, "<f4").tobytes(),))
    connection.close()
    inner = FakeEncoder()
    assert np.array_equal(CachedEncoder(inner, tmp_path).encode(["a", "b"]), good)
    assert inner.texts() == ["a", "b"]


def test_cached_encoder_corrupt_file_warns_and_goes_on(tmp_path, caplog):
    cached = CachedEncoder(FakeEncoder(), tmp_path)
    cache_file(cached).write_bytes(b"no database at all " * 100)
    with caplog.at_level(logging.WARNING):
        rows = cached.encode(["a", "b"])
        cached.encode(["c"])
    assert np.array_equal(rows, FakeEncoder().encode(["a", "b"]))
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "cannot be used" in caplog.text


def test_cached_encoder_truncated_file_warns_and_goes_on(tmp_path, caplog):
    first = CachedEncoder(FakeEncoder(), tmp_path)
    first.encode([f"text {number}" for number in range(2000)])
    whole = cache_file(first).read_bytes()
    cache_file(first).write_bytes(whole[: len(whole) // 2])
    inner = FakeEncoder()
    rows = CachedEncoder(inner, tmp_path).encode([f"text {number}" for number in range(2000)])
    assert np.array_equal(rows, first.encode([f"text {number}" for number in range(2000)]))
    assert inner.texts()


def test_cached_encoder_unwritable_folder_warns_and_goes_on(tmp_path, caplog):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    inner = FakeEncoder()
    cached = CachedEncoder(inner, blocked / "vectors")
    rows = cached.encode(["a", "a"])
    assert np.array_equal(cached.encode(["a"]), rows[:1])
    assert inner.texts() == ["a"]
    assert "going on without it" in caplog.text


def test_cached_encoder_killed_run_keeps_chunks(tmp_path):
    class Failing(FakeEncoder):
        def encode(self, texts, *, progress=False):
            if self.asked:
                raise KeyboardInterrupt
            return super().encode(texts)

    texts = [f"text {number:04d}" for number in range(600)]
    failing, rest = Failing(), FakeEncoder()
    with pytest.raises(KeyboardInterrupt):
        CachedEncoder(failing, tmp_path).encode(texts)
    CachedEncoder(rest, tmp_path).encode(texts)
    assert len(failing.texts()) >= 100
    assert sorted(failing.texts() + rest.texts()) == texts


def test_cached_encoder_two_processes_share_the_file(tmp_path):
    code = """
    import sys
    from pathlib import Path
    sys.path.insert(0, sys.argv[1])
    from test_encoders import CachedEncoder, FakeEncoder
    low, high = int(sys.argv[3]), int(sys.argv[4])
    cached = CachedEncoder(FakeEncoder(), Path(sys.argv[2]))
    for start in range(low, high, 20):
        cached.encode([f"text {number}" for number in range(start, start + 20)])
    print(cached._store.usable)
    """
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(code), ROOT / "tests", tmp_path, str(low), str(low + 400)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for low in (0, 200, 0)
    ]
    answers = [run.communicate(timeout=120) for run in runs]
    assert [out.strip() for out, _ in answers] == ["True"] * 3, [err for _, err in answers]
    inner = FakeEncoder()
    texts = [f"text {number}" for number in range(600)]
    assert np.array_equal(CachedEncoder(inner, tmp_path).encode(texts), FakeEncoder().encode(texts))
    assert inner.asked == []


@pytest.mark.parametrize("text", ["", "   \n\t", "😀🚀", "!?... —", "\u200d\ufe0f"])
def test_cached_encoder_text_without_substance_is_zero_row(text):
    inner = FakeEncoder()
    rows = CachedEncoder(inner, None).encode([text, "a"])
    assert not rows[0].any()
    assert np.linalg.norm(rows[1]) == pytest.approx(1)
    assert inner.texts() == ["a"]


def test_cached_encoder_no_texts_gives_no_rows():
    assert CachedEncoder(FakeEncoder(), None).encode([]).shape == (0, 8)


@given(st.lists(st.text(), max_size=20))
def test_cached_encoder_any_text_is_unit_or_zero(texts):
    rows = CachedEncoder(FakeEncoder(), None).encode(texts)
    lengths = np.linalg.norm(rows, axis=1)
    expected = [float(has_substance(text)) for text in texts]
    assert np.allclose(lengths, expected, atol=1e-5)


def test_cached_encoder_huge_texts_are_fine(tmp_path):
    texts = ["word " * 200_000, "😀" * 1_000_000, "x" * 1_000_000]
    rows = CachedEncoder(FakeEncoder(), tmp_path).encode(texts)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1])


def test_cached_encoder_progress_counts_only_new_and_is_shown_on_terminals(tmp_path, capsys, monkeypatch):
    cached = CachedEncoder(FakeEncoder(), tmp_path)
    cached.encode(["a", "b"])
    assert capsys.readouterr().err == ""
    cached.encode(["d"], progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    cached.encode(["a", "b", "c", "c"], progress=True)
    assert "/1 [" in capsys.readouterr().err
    cached.encode(["a"], progress=True)
    assert capsys.readouterr().err == ""


def test_cached_encoder_one_string_is_refused():
    with pytest.raises(EncoderError, match=r"texts must be a list of strings; got one string"):
        CachedEncoder(FakeEncoder(), None).encode("abc")


def test_cached_encoder_missing_value_is_refused_with_position():
    with pytest.raises(EncoderError, match=r"got float at position 1\. Turn missing values"):
        CachedEncoder(FakeEncoder(), None).encode(["a", float("nan")])


def test_cached_encoder_bad_vectors_are_refused():
    class Broken(FakeEncoder):
        def encode(self, texts, *, progress=False):
            return np.full((len(texts), 8), np.nan, dtype=np.float32)

    with pytest.raises(EncoderError, match=r"must give finite vectors of shape \(1, 8\)"):
        CachedEncoder(Broken(), None).encode(["a"])


def test_tidy_long_text_is_cut():
    assert len(tidy("ab " * 500_000)) <= MAX_CHARACTERS
    assert tidy("  a \n\n b\t") == "a b"
    assert tidy("x\ud800") == "x?"


@pytest.mark.parametrize("text", ["a", "7", "é", "水", "مرحبا", "हिन्दी", "ไทย"])
def test_has_substance_letters_of_any_script_count(text):
    assert has_substance(f"- {text} -")


@given(st.lists(st.text(max_size=5)))
def test_cached_encoder_order_of_texts_changes_no_batch(texts):
    one, other = FakeEncoder(), FakeEncoder()
    CachedEncoder(one, None).encode(texts)
    CachedEncoder(other, None).encode(texts[::-1])
    assert one.asked == other.asked


def test_unit_rows_unusable_rows_become_zero():
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0]], dtype=np.float32))
    assert rows == pytest.approx(np.array([[0.6, 0.8], [0, 0], [0, 0], [0, 0]]))


def test_cache_folder_environment_variable_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("MATCHER_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("MATCHER_CACHE", "")
    assert cache_folder().name == "matcher"


def test_open_encoder_default_names_agree_and_load_nothing(monkeypatch, tmp_path):
    monkeypatch.setenv("MATCHER_CACHE", str(tmp_path))
    plain, named = open_encoder(), open_encoder("encoder-id-en")
    assert plain.fingerprint == named.fingerprint
    assert plain.dimensions == 382
    assert not plain.encode(["", "!"]).any()
    assert list(tmp_path.iterdir()) == []


def test_open_encoder_missing_path_is_refused(tmp_path):
    with pytest.raises(EncoderError, match=r"existing folder; got '.*nowhere'\. Check the path"):
        open_encoder(str(tmp_path / "nowhere"))


def test_open_encoder_empty_folder_is_refused(tmp_path):
    with pytest.raises(EncoderError, match=r"must be a sentence-transformers model that loads; got"):
        open_encoder(str(tmp_path))


@pytest.fixture(scope="module")
def tiny_folder(tmp_path_factory):
    """A real sentence-transformers model of a few KB, made here: static vectors for 40 words."""
    torch = pytest.importorskip("torch")
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {"[UNK]": 0, **{f"w{number}": number for number in range(1, 40)}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = np.random.default_rng(0).normal(size=(len(words), 16)).astype(np.float32)
    folder = tmp_path_factory.mktemp("tiny")
    model = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu")
    model.save(str(folder), create_model_card=False)
    assert torch.is_grad_enabled()
    return folder


def test_transformer_encoder_rows_are_unit_in_order(tiny_folder, monkeypatch):
    monkeypatch.setattr("matcher.encoders.transformer.BATCH", 2)
    encoder = TransformerEncoder(tiny_folder)
    texts = ["w1 w2", "", "w3", "w1 w2 w4", "🙂", "w3"]
    rows = encoder.encode(texts)
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 0, 1, 1, 0, 1], abs=1e-6)
    assert np.array_equal(rows[2], rows[5])
    assert np.array_equal(encoder.encode(texts[::-1]), rows[::-1])
    one_by_one = np.concatenate([encoder.encode([text]) for text in texts])
    assert one_by_one == pytest.approx(rows, abs=1e-6)


def test_transformer_encoder_odd_texts_never_nan(tiny_folder):
    texts = ["水と光", "مرحبا", "x\ud800", "a" * 1_000_000, "word " * 200_000, "\x00a", "ẞ", "w1\u0301"]
    rows = TransformerEncoder(tiny_folder).encode(texts)
    assert np.isfinite(rows).all()


def test_transformer_encoder_fingerprint_follows_settings_and_weights(tiny_folder, tmp_path):
    import shutil

    from safetensors.numpy import load_file, save_file

    plain = TransformerEncoder(tiny_folder)
    assert int(plain.fingerprint, 16) >= 0
    other = tmp_path / "other"
    shutil.copytree(tiny_folder, other)
    assert TransformerEncoder(other).fingerprint == plain.fingerprint
    (file,) = other.rglob("*.safetensors")
    weights = {name: values.copy() for name, values in load_file(file).items()}
    next(iter(weights.values()))[3, 3] += 1
    save_file(weights, file, metadata={"format": "pt"})
    assert TransformerEncoder(other).fingerprint != plain.fingerprint


def test_transformer_encoder_loading_keeps_settings_and_silence(tiny_folder, tmp_path, capfd, monkeypatch):
    import torch
    from transformers.utils import logging as talk

    before = talk.get_verbosity(), talk.is_progress_bar_enabled(), torch.random.get_rng_state()
    monkeypatch.setenv("MATCHER_CACHE", str(tmp_path))
    open_encoder(str(tiny_folder)).encode(["w1"])
    assert (talk.get_verbosity(), talk.is_progress_bar_enabled()) == before[:2]
    assert torch.equal(torch.random.get_rng_state(), before[2])
    assert capfd.readouterr() == ("", "")


def test_transformer_encoder_dimensions_come_from_model(tiny_folder):
    assert open_encoder(os.fspath(tiny_folder)).dimensions == 16


def test_open_encoder_name_that_is_nowhere_says_where_and_what_to_do(monkeypatch, capfd):
    import huggingface_hub

    class Cut:
        def head(self, *_, **__):
            raise OSError

    monkeypatch.setattr(huggingface_hub, "get_session", Cut)
    with pytest.raises(
        EncoderError,
        match=r"'no-such-model' must be in the download cache or on the hub; it is not in .*, "
        r"and https://.* cannot be reached\. Give the path of a folder",
    ):
        open_encoder("no-such-model")
    assert capfd.readouterr() == ("", "")
