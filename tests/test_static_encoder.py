import gzip
import hashlib
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoder_training.corpora import read_dictionary, read_examples, read_pairs
from encoder_training.saving import save_static
from matcher.encoders import open_encoder
from matcher.encoders.static import (
    N_BUCKETS,
    StaticEncoder,
    bucket_means,
    buckets_of,
    bundled_model,
    words_of,
)
from matcher.errors import EncoderError

pytestmark = pytest.mark.numerical

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def shipped():
    return StaticEncoder(bundled_model())


@pytest.fixture
def tiny(tmp_path):
    """Two words with rows of their own, and n-gram rows that are 0: everything can be worked out."""
    rows = {
        "words": np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32),
        "ngrams": np.zeros((N_BUCKETS, 2), dtype=np.float32),
        "word_weights": np.array([1.0, 3.0], dtype=np.float32),
    }
    save_static(tmp_path, ["rice", "boat"], rows, unknown_weight=0.5)
    return tmp_path


def test_words_of_are_lower_case_runs_of_letters_and_digits():
    assert words_of("Beras-merah, 40 kg! PAUD_2") == ["beras", "merah", "40", "kg", "paud", "2"]


def test_buckets_of_a_word_count_its_marked_ngrams():
    # <ab> has two 3-grams, one 4-gram, and for 5 itself whole.
    assert len(buckets_of("ab")) == 4
    assert all(0 <= bucket < N_BUCKETS for bucket in buckets_of("kapal"))


def test_bucket_means_rows_sum_to_one():
    assert bucket_means(["kapal", "a"]).sum(axis=1) == pytest.approx(np.ones((2, 1)))


def test_static_encoder_sums_weighted_rows_worked(tiny):
    vectors = StaticEncoder(tiny).encode(["rice", "rice boat", "boat boat"])
    # rice + 3 x boat = (1, 3), of length sqrt(10).
    np.testing.assert_allclose(vectors[1], np.array([1.0, 3.0]) / np.sqrt(10), atol=2e-3)
    np.testing.assert_allclose(vectors[[0, 2]], np.eye(2), atol=2e-3)


def test_static_encoder_unknown_word_without_rows_is_zero(tiny):
    assert not StaticEncoder(tiny).encode(["ship"]).any()


def test_static_encoder_fingerprint_follows_every_file(tiny):
    before = StaticEncoder(tiny).fingerprint
    (tiny / "vocabulary.txt").write_text("rice\nship", encoding="utf-8")
    assert StaticEncoder(tiny).fingerprint != before


def test_static_encoder_words_and_rows_that_differ_are_refused(tiny):
    (tiny / "vocabulary.txt").write_text("rice", encoding="utf-8")
    with pytest.raises(EncoderError, match="one row per word; got 2 rows, 1 words"):
        StaticEncoder(tiny)


@pytest.mark.parametrize("name", ["model.safetensors", "encoder.json", "vocabulary.txt"])
def test_static_encoder_missing_or_broken_file_is_refused(tiny, name):
    (tiny / name).unlink()
    with pytest.raises(EncoderError, match="must be a folder with"):
        StaticEncoder(tiny)


@given(st.lists(st.text(), max_size=5))
def test_static_encoder_any_texts_give_unit_or_zero_rows(shipped, texts):
    vectors = shipped.encode(texts)
    lengths = np.linalg.norm(vectors, axis=1)
    assert vectors.shape == (len(texts), shipped.dimensions)
    assert np.isfinite(vectors).all()
    assert (np.isclose(lengths, 1.0, atol=1e-5) | (lengths == 0.0)).all()


@pytest.mark.parametrize("text", ["", "  ", "!!! ...", "🌾🚜"])
def test_static_encoder_text_without_words_is_zero(shipped, text):
    assert not shipped.encode([text]).any()


@pytest.mark.parametrize(
    "text", ["वन पंचायत", "森林を守る", "Кооператив рыбаков", "petani farmers 農民", "kopi " * 200_000]
)
def test_static_encoder_other_scripts_mixtures_and_long_texts_are_finite(shipped, text):
    assert np.linalg.norm(shipped.encode([text])[0]) == pytest.approx(1.0, abs=1e-5)


def test_static_encoder_company_changes_nothing(shipped):
    texts = ["Kami melatih petani kopi", "We train coffee farmers", "Cold storage for boats"]
    np.testing.assert_array_equal(shipped.encode(texts)[1], shipped.encode(texts[1:2])[0])


def test_static_encoder_translations_are_nearer_than_other_texts(shipped):
    pairs = read_pairs(ROOT / "models" / "corpus" / "partnership.tsv")[::5]
    english, indonesian = (shipped.encode([pair[side] for pair in pairs]) for side in range(2))
    assert ((english @ indonesian.T).argmax(axis=1) == np.arange(len(pairs))).mean() >= 0.95


def test_open_encoder_default_is_the_shipped_one(shipped):
    assert open_encoder().fingerprint == shipped.fingerprint == open_encoder("encoder-id-en").fingerprint


def test_open_encoder_path_of_a_trained_encoder_is_opened(tiny):
    assert open_encoder(str(tiny)).dimensions == 2


@pytest.mark.slow
def test_shipped_encoder_opens_in_sentence_transformers_with_the_same_vectors(shipped):
    from sentence_transformers import SentenceTransformer

    texts = ["Kami melatih petani kopi", "We train coffee farmers", ""]
    opened = SentenceTransformer(str(bundled_model()), trust_remote_code=True)
    np.testing.assert_allclose(opened.encode(texts), shipped.encode(texts), atol=1e-6)


@pytest.mark.parametrize("folder", sorted(path.parent for path in ROOT.glob("models/*/manifest.json")))
def test_models_have_a_card_and_files_as_the_manifest_says(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    card = (folder / "README.md").read_text(encoding="utf-8")
    for section in ("Use", "Training data", "Figures", "Limits", "Licence", "Command"):
        assert f"## {section}" in card
    assert "TODO" not in card
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 32 * 2**20


def test_corpus_pairs_are_distinct_and_filled():
    pairs = read_pairs(ROOT / "models" / "corpus" / "partnership.tsv")
    assert len(set(pairs)) == len(pairs) >= 180
    assert all(english.strip() and indonesian.strip() for english, indonesian in pairs)
    assert all(one != other for one, other in pairwise(sorted(pair[1] for pair in pairs)))


def test_read_dictionary_articles_worked(tmp_path):
    text = "boat /bəʊt/ <n>\nperahu, kapal (kecil)\na craft used on water\n"
    text += "park //pɑːk// <n>\n1. taman\n2. parkir\n"
    path = tmp_path / "words.dict.dz"
    path.write_bytes(gzip.compress(text.encode()))
    entries, glosses = read_dictionary(path)
    assert entries == [("boat", "kapal"), ("boat", "perahu"), ("park", "parkir"), ("park", "taman")]
    assert glosses == ["a craft used on water"]


def test_read_examples_quoted_sentences_only(tmp_path):
    for kind in ("adj", "adv", "noun", "verb"):
        (tmp_path / f"data.{kind}").write_text('  1 this is | the "licence of all the words"\n')
    line = '00003133 29 v 01 lend | give for a time; "they lend boats to fishers"; "lend it"\n'
    (tmp_path / "data.verb").write_text(line)
    assert read_examples(tmp_path) == ["they lend boats to fishers"]


def test_read_examples_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"data\.adj"):
        read_examples(tmp_path)
