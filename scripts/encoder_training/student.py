"""The training loop of the embedded encoder."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from tqdm import tqdm

from encoder_training.distillation import Recipe, Targets
from matcher.arrays import Floats32, Positions
from matcher.encoders.static import buckets_of, words_of


class Student(nn.Module):
    """Rows of words and n-grams, and a weight a word, as parameters; shapes are those of `save_static`."""

    def __init__(
        self, words: Floats32, ngrams: Floats32, log_weights: Floats32, unknown_weight: float
    ) -> None:
        super().__init__()
        self.words = _embedding(words)
        self.ngrams = nn.EmbeddingBag(
            len(ngrams), ngrams.shape[1], mode="mean", sparse=True, _weight=torch.tensor(ngrams)
        )
        self.log_weights = _embedding(log_weights[:, None])
        self.unknown_weight = unknown_weight

    def forward(self, tokens: Tokens, rows: Positions, known: Callable[[Positions], Any]) -> Tensor:
        """Return the unit vectors of some texts, shape (n_rows, n_dims)."""
        lists = [tokens.texts[row] for row in rows]
        distinct, places = np.unique(np.concatenate(lists), return_inverse=True)
        buckets = [tokens.buckets[token] for token in distinct]
        starts = np.concatenate([[0], np.cumsum([len(listed) for listed in buckets])[:-1]]).astype(np.int64)
        spelt = self.ngrams(torch.from_numpy(np.concatenate(buckets)), torch.from_numpy(starts))
        word = tokens.words[distinct]
        is_known = known(word)
        row = torch.from_numpy(np.where(is_known, word, 0))
        whole = torch.exp(self.log_weights(row)) * (self.words(row) + spelt)
        vectors = torch.where(torch.from_numpy(is_known)[:, None], whole, spelt * self.unknown_weight)
        owner = torch.from_numpy(np.repeat(np.arange(len(rows)), [len(listed) for listed in lists]))
        sums = torch.zeros(len(rows), vectors.shape[1])
        return functional.normalize(sums.index_add(0, owner, vectors[torch.from_numpy(places)]), eps=1e-6)

    def rows(self) -> dict[str, Floats32]:
        """Return what was learned, as `save_static` takes it."""
        weights = self.log_weights.weight.detach().numpy()[:, 0]
        return {
            "words": self.words.weight.detach().numpy(),
            "ngrams": self.ngrams.weight.detach().numpy(),
            "word_weights": np.exp(weights),
        }


def _embedding(rows: Floats32) -> nn.Embedding:
    return nn.Embedding(len(rows), rows.shape[1], sparse=True, _weight=torch.tensor(rows))


class Tokens:
    """Texts as positions of distinct tokens, and what each token is made of."""

    def __init__(self, texts: Iterable[str], vocabulary: Mapping[str, int]) -> None:
        index: dict[str, int] = {}
        self.texts = [
            np.array([index.setdefault(word, len(index)) for word in words_of(text)], dtype=np.int64)
            for text in texts
        ]
        self.words = np.array([vocabulary.get(word, -1) for word in index], dtype=np.int64)
        self.buckets = [np.array(buckets_of(word), dtype=np.int64) for word in index]


def train(student: Student, tokens: Tokens, targets: Targets, recipe: Recipe) -> None:
    """Fit the student to the targets, in place.

    Loss: 1 - cosine to the target, on a batch of texts and on a batch of parallel texts, plus
    `contrast` times InfoNCE of texts against targets and of English against Indonesian, plus
    `likeness` times the squared error of the cosines within each batch (Park et al. 2019, relations).
    """
    rng = np.random.default_rng(recipe.seed)
    vectors = torch.tensor(targets.vectors, dtype=torch.float32)
    usable = np.array([row for row, listed in enumerate(tokens.texts) if len(listed)])
    pairs = targets.pairs[[len(tokens.texts[a]) > 0 and len(tokens.texts[b]) > 0 for a, b in targets.pairs]]
    optimisers = _optimisers(student, recipe)
    n_steps = recipe.epochs * math.ceil(len(usable) / recipe.batch)
    with tqdm(total=n_steps, desc="training", unit="batch") as bar:
        for _ in range(recipe.epochs):
            order = rng.permutation(usable)
            for start in range(0, len(order), recipe.batch):
                _set_rates(optimisers, 1.0 - bar.n / n_steps)
                chosen = pairs[rng.choice(len(pairs), min(recipe.pair_batch, len(pairs)), replace=False)]
                batch = order[start : start + recipe.batch]
                loss = _loss(student, tokens, vectors, batch, chosen, recipe, rng)
                _step(optimisers, loss)
                bar.update()


def _loss(
    student: Student,
    tokens: Tokens,
    vectors: Tensor,
    rows: Positions,
    pairs: Positions,
    recipe: Recipe,
    rng: np.random.Generator,
) -> Tensor:
    def known(words: Positions) -> NDArray[np.bool_]:
        return np.asarray((words >= 0) & (rng.random(len(words)) >= recipe.word_dropout))

    wanted = vectors[rows]
    got = student(tokens, rows, known)
    loss = _distance(got, wanted) + recipe.contrast * _contrast(got, wanted, wanted, recipe)
    loss = loss + recipe.likeness * _unlikeness(got, got, wanted)
    shared = vectors[pairs[:, 0]]
    english, indonesian = student(tokens, pairs[:, 0], known), student(tokens, pairs[:, 1], known)
    both = _contrast(english, indonesian, shared, recipe) + _contrast(indonesian, english, shared, recipe)
    near = _distance(english, shared) + _distance(indonesian, shared)
    loss = loss + recipe.likeness * _unlikeness(english, indonesian, shared)
    return loss + recipe.contrast * both / 2 + near / 2


def _distance(got: Tensor, wanted: Tensor) -> Tensor:
    return (1.0 - (got * wanted).sum(dim=1)).mean()


def _unlikeness(got: Tensor, partners: Tensor, targets: Tensor) -> Tensor:
    """Squared error of the cosines between texts: measures of likeness rank by them, not by places."""
    return (got @ partners.T - targets @ targets.T).square().mean()


def _contrast(got: Tensor, partners: Tensor, targets: Tensor, recipe: Recipe) -> Tensor:
    """InfoNCE (van den Oord et al. 2018) in the batch, without pairs whose targets are the same."""
    scores = got @ partners.T / recipe.temperature
    same = targets @ targets.T > recipe.same
    same.fill_diagonal_(False)
    return functional.cross_entropy(scores.masked_fill(same, -1e4), torch.arange(len(got)))


def _optimisers(student: Student, recipe: Recipe) -> list[tuple[torch.optim.Optimizer, float]]:
    rows = [student.words.weight, student.ngrams.weight]
    return [
        (torch.optim.SparseAdam(rows, lr=recipe.rate), recipe.rate),
        (torch.optim.SparseAdam([student.log_weights.weight], lr=recipe.weight_rate), recipe.weight_rate),
    ]


def _set_rates(optimisers: Sequence[tuple[torch.optim.Optimizer, float]], share: float) -> None:
    for optimiser, rate in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate * share


def _step(optimisers: Sequence[tuple[torch.optim.Optimizer, float]], loss: Tensor) -> None:
    for optimiser, _ in optimisers:
        optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    for optimiser, _ in optimisers:
        optimiser.step()
