"""Targets of the embedded encoder: where its teacher, a sentence transformer, puts texts and words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from encoder_training.corpora import LANGUAGES, Pair, TrainingTexts
from matcher.arrays import Floats
from matcher.encoders.encoder import Encoder, unit_rows
from matcher.encoders.static import bucket_means, words_of

RIDGE: Final = 0.1
SOLVER_STEPS: Final = 40


@dataclass(frozen=True)
class Recipe:
    """Settings of a training run; the defaults are those of the shipped model."""

    dimensions: int = 382
    left_out: int = 2
    """Main directions of the teacher that are left out: they carry little of what a text means."""
    least_count: Mapping[str, int] = field(default_factory=lambda: {"en": 3, "id": 2})
    """How often a word must occur to get a row of its own; words of the dictionary always do."""
    most_words: int = 20_000
    epochs: int = 2
    batch: int = 512
    pair_batch: int = 256
    rate: float = 3e-3
    weight_rate: float = 9e-3
    word_dropout: float = 0.1
    """Share of words that are taken for unknown in a step, so that n-grams learn to replace them."""
    contrast: float = 0.3
    """Weight of the two contrastive losses beside 1 - cosine."""
    likeness: float = 100.0
    """Weight of the squared error of cosines between the texts of a batch."""
    temperature: float = 0.05
    same: float = 0.9
    """Cosine of targets from which two texts are no contrast to each other."""
    sentence_repeats: int = 4
    """How often a parallel sentence counts against a dictionary entry."""
    sif: float = 1e-3
    """Weight of a word of frequency p at the start: sif / (sif + p)."""
    unknown_weight: float = 0.66
    seed: int = 0


@dataclass(frozen=True)
class Targets:
    """Texts, the vectors they should get, and which of them say the same in two languages."""

    texts: list[str]
    vectors: Floats
    pairs: NDArray[np.int64]


class TeacherSpace:
    """The teacher's vectors, centred by language and turned to their main directions.

    Centres and directions are learned from the sentences and pairs of `texts`. Of the directions `left_out`
    main ones are dropped (Mu and Viswanath 2018, all-but-the-top), then `dimensions` are kept. Bring a
    teacher with a cache, so that a stopped run goes on where it was.
    """

    def __init__(self, teacher: Encoder, texts: TrainingTexts, dimensions: int, *, left_out: int = 0) -> None:
        self._teacher = teacher
        raw = {language: self._encode(_all_texts(texts, language)) for language in LANGUAGES}
        self._means = {language: vectors.mean(axis=0) for language, vectors in raw.items()}
        centred = np.concatenate([unit_rows(raw[language] - self._means[language]) for language in LANGUAGES])
        _, directions = np.linalg.eigh(centred.T @ centred)
        self._directions = directions[:, ::-1][:, left_out : left_out + dimensions]

    def project(self, texts: Sequence[str], language: str, *, words: bool = False) -> Floats:
        """Return unit vectors of shape (n_texts, dimensions).

        Single words lie elsewhere than sentences: with `words` they are centred by their own mean.
        """
        vectors = self._encode(texts)
        mean = vectors.mean(axis=0) if words else self._means[language]
        return unit_rows(unit_rows(vectors - mean) @ self._directions)

    def _encode(self, texts: Sequence[str]) -> Floats:
        return self._teacher.encode(texts, progress=True).astype(np.float64)


def learn_vocabulary(texts: TrainingTexts, recipe: Recipe) -> dict[str, dict[str, float]]:
    """Return, a language, the words that get a row of their own, with their frequency."""
    vocabularies = {}
    for side, language in enumerate(LANGUAGES):
        counts = Counter(word for text in _all_texts(texts, language) for word in words_of(text))
        total = sum(counts.values())
        least = recipe.least_count[language]
        frequent = [word for word, count in counts.most_common(recipe.most_words) if count >= least]
        terms = [entry[side].lower() for entry in texts.entries]
        chosen = dict.fromkeys([*frequent, *(term for term in terms if words_of(term) == [term])])
        vocabularies[language] = {word: max(counts[word], 1) / total for word in chosen}
    return vocabularies


def place_words(
    space: TeacherSpace, vocabularies: Mapping[str, Mapping[str, float]], entries: Sequence[Pair]
) -> dict[str, Floats]:
    """Return the vector that each word starts from: the teacher's, averaged with its translations'."""
    own = {
        language: dict(zip(listed, space.project(list(listed), language, words=True), strict=True))
        for language, listed in vocabularies.items()
    }
    translations: dict[tuple[str, str], list[Floats]] = {}
    for english, indonesian in sorted({(one.lower(), other.lower()) for one, other in entries}):
        if english in own["en"] and indonesian in own["id"]:
            translations.setdefault(("en", english), []).append(own["id"][indonesian])
            translations.setdefault(("id", indonesian), []).append(own["en"][english])
    placed: dict[str, list[Floats]] = {}
    for language, vectors in own.items():
        for word, vector in vectors.items():
            others = translations.get((language, word))
            target = vector if others is None else vector + np.mean(others, axis=0)
            placed.setdefault(word, []).append(unit_rows(target[None])[0])
    return {word: unit_rows(np.mean(vectors, axis=0)[None])[0] for word, vectors in placed.items()}


def split_rows(words: Sequence[str], vectors: Floats) -> tuple[Floats, Floats]:
    """Explain word vectors by n-gram rows as far as they can be; return (own rows, n-gram rows).

    Solves the ridge regression of vectors on n-grams by conjugate gradients, all columns at once.
    """
    means = csr_matrix(bucket_means(words), dtype=np.float64)
    residual = means.T @ vectors
    solution = np.zeros_like(residual)
    direction = residual.copy()
    energy = (residual**2).sum(axis=0)
    for _ in range(SOLVER_STEPS):
        applied = means.T @ (means @ direction) + RIDGE * direction
        length = energy / np.maximum((direction * applied).sum(axis=0), 1e-12)
        solution += length * direction
        residual -= length * applied
        fresh = (residual**2).sum(axis=0)
        direction = residual + fresh / np.maximum(energy, 1e-12) * direction
        energy = fresh
    return vectors - means @ solution, solution


def make_targets(space: TeacherSpace, texts: TrainingTexts, recipe: Recipe) -> Targets:
    """Return every training text with its target; two that say the same share the mean of both."""
    listed: list[str] = []
    vectors: list[Floats] = []
    for language in LANGUAGES:
        listed += texts.sentences[language]
        vectors.append(space.project(texts.sentences[language], language))
    pairs: list[tuple[int, int]] = []
    for said_twice, words, repeats in (
        (texts.pairs, False, recipe.sentence_repeats),
        (texts.entries, True, 1),
    ):
        start, count = len(listed), len(said_twice)
        sides = [[pair[side] for pair in said_twice] for side in range(2)]
        english, indonesian = (
            space.project(side, language, words=words)
            for side, language in zip(sides, LANGUAGES, strict=True)
        )
        shared = unit_rows(english + indonesian)
        listed += [*sides[0], *sides[1]]
        vectors += [shared, shared]
        pairs += [(start + place, start + count + place) for place in range(count)] * repeats
    return Targets(listed, np.concatenate(vectors), np.array(pairs, dtype=np.int64))


def _all_texts(texts: TrainingTexts, language: str) -> list[str]:
    side = LANGUAGES.index(language)
    return [*texts.sentences[language], *(pair[side] for pair in texts.pairs)]
