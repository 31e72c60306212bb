import copy

import numpy as np
import pytest

from encoder_training.corpora import TrainingTexts
from encoder_training.distillation import (
    Recipe,
    TeacherSpace,
    learn_vocabulary,
    make_targets,
    place_words,
    split_rows,
)
from encoder_training.saving import save_static
from matcher.encoders.static import StaticEncoder, bucket_means

pytestmark = pytest.mark.numerical

ENGLISH = [
    "we train farmers",
    "we lend boats",
    "farmers dry coffee",
    "boats carry ice",
    "nurses train mothers",
]
INDONESIAN = ["kami melatih petani", "kami meminjamkan kapal", "petani menjemur kopi", "kapal membawa es"]
TEXTS = TrainingTexts(
    sentences={"en": ENGLISH * 4, "id": INDONESIAN * 4},
    pairs=list(zip(ENGLISH[:4], INDONESIAN, strict=True)),
    entries=[("farmers", "petani"), ("boats", "kapal"), ("coffee", "kopi"), ("ice", "es")],
    held_out=[],
)
RECIPE = Recipe(dimensions=8, least_count={"en": 1, "id": 1}, epochs=30, batch=8, pair_batch=4)


@pytest.fixture
def encoder(encoder):
    small = copy.copy(encoder)
    small.dimensions = 128  # main directions of thousands of dimensions would take seconds
    return small


@pytest.fixture
def space(encoder):
    return TeacherSpace(encoder, TEXTS, RECIPE.dimensions)


def test_vocabulary_holds_frequent_words_and_single_dictionary_terms():
    recipe = Recipe(least_count={"en": 9, "id": 9})
    vocabulary = learn_vocabulary(TEXTS, recipe)["en"]
    # "we" and "train" occur often; "ice" too seldom, but the dictionary names it; "dry" is left out.
    assert {"we", "ice"} <= vocabulary.keys()
    assert "dry" not in vocabulary
    assert all(0 < frequency < 1 for frequency in vocabulary.values())


def test_place_words_translations_are_moved_together(space):
    vocabularies = learn_vocabulary(TEXTS, RECIPE)
    together = place_words(space, vocabularies, TEXTS.entries)
    apart = place_words(space, vocabularies, [])
    assert together["boats"] @ together["kapal"] > apart["boats"] @ apart["kapal"]
    assert together["boats"] @ together["kapal"] == pytest.approx(1.0)


def test_split_rows_add_up_to_the_vectors_and_ngrams_carry_most():
    words = ["petani", "pertanian", "bertani", "kapal", "kapalnya"]
    vectors = np.random.default_rng(0).normal(size=(5, 4))
    own, ngrams = split_rows(words, vectors)
    np.testing.assert_allclose(own + bucket_means(words) @ ngrams, vectors, atol=1e-6)
    assert np.linalg.norm(own) < np.linalg.norm(vectors)


def test_targets_of_parallel_texts_are_the_same(space):
    targets = make_targets(space, TEXTS, RECIPE)
    assert len(targets.texts) == len(targets.vectors)
    english, indonesian = targets.pairs.T
    np.testing.assert_array_equal(targets.vectors[english], targets.vectors[indonesian])
    said = {(targets.texts[one], targets.texts[other]) for one, other in targets.pairs}
    assert said == {*TEXTS.pairs, *TEXTS.entries}


def test_main_directions_can_be_left_out(encoder, space):
    fewer = TeacherSpace(encoder, TEXTS, RECIPE.dimensions - 2, left_out=2)
    whole = space.project(ENGLISH, "en")[:, 2:]
    expected = whole / np.linalg.norm(whole, axis=1, keepdims=True)
    np.testing.assert_allclose(fewer.project(ENGLISH, "en"), expected, atol=1e-9)


@pytest.mark.slow
def test_training_brings_the_student_to_its_targets_and_repeats_with_its_seed(space, tmp_path):
    from encoder_training.student import Student, Tokens, train

    vocabularies = learn_vocabulary(TEXTS, RECIPE)
    placed = place_words(space, vocabularies, TEXTS.entries)
    words = list(placed)
    own, ngrams = (rows.astype(np.float32) for rows in split_rows(words, np.array(list(placed.values()))))
    targets = make_targets(space, TEXTS, RECIPE)

    def trained(folder):
        student = Student(own, ngrams, np.zeros(len(words), dtype=np.float32), RECIPE.unknown_weight)
        tokens = Tokens(targets.texts, {word: place for place, word in enumerate(words)})
        start = student.rows()
        save_static(folder / "start", words, start, unknown_weight=RECIPE.unknown_weight)
        train(student, tokens, targets, RECIPE)
        save_static(folder / "end", words, student.rows(), unknown_weight=RECIPE.unknown_weight)
        return folder

    def nearness(folder):
        return float((StaticEncoder(folder).encode(targets.texts) * targets.vectors).sum(axis=1).mean())

    first, second = trained(tmp_path / "first"), trained(tmp_path / "second")
    assert nearness(first / "end") > nearness(first / "start")
    assert StaticEncoder(first / "end").fingerprint == StaticEncoder(second / "end").fingerprint
