"""The language of a text, and vectors without the mean of their language, so that cosines reflect topics."""

import csv
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import Final

import numpy as np

from matcher.arrays import Floats
from matcher.encoders.encoder import Encoder, unit_rows
from matcher.encoders.words import ByToken
from matcher.files import bundled_toml

BITS: Final = 32
_WORD: Final = re.compile(r"[^\W\d_]+")
FUNCTION_WORDS: Final = {
    language: frozenset(words.split())
    for language, words in bundled_toml(__package__, "function_words.toml").items()
}
"""Words that carry grammar rather than topic; no word is in both lists."""


class Guess:
    """Guesses languages by their function words, as Ingle (1976).

    The counts of all languages are one number, `BITS` of it for each, so that a text takes one sum.

    Examples
    --------
    >>> guess_language("Kami melatih guru di desa"), guess_language("We train teachers")
    ('id', 'en')
    """

    def __init__(self, function_words: Mapping[str, frozenset[str]]) -> None:
        self._languages = [*function_words]
        self._counts = ByToken(self._count)
        self._worth = Counter[str]()
        for number, listed in enumerate(function_words.values()):
            self._worth.update(dict.fromkeys(listed, 1 << BITS * number))

    def _count(self, token: str) -> int:
        return sum(self._worth[word] for word in _WORD.findall(token.casefold()))

    def language_of(self, text: str) -> str:
        """Return the language of a text; "" where none has more function words than every other."""
        total = sum(map(self._counts.__getitem__, text.split()))
        counts = [total >> BITS * number & (1 << BITS) - 1 for number in range(len(self._languages))]
        best = max(counts)
        return self._languages[counts.index(best)] if counts.count(best) == 1 else ""


guess_language: Final = Guess(FUNCTION_WORDS).language_of
"""English or Indonesian, as of `Guess.language_of`."""


class Centring:
    """Centres an encoder's vectors by language.

    Sentence encoders map all texts into a narrow cone, and each language into a part of it. The mean of fixed
    parallel sentences is subtracted from each language's vectors, so that similarities do not depend on the
    pool. After Arora et al. (2017) and Mu and Viswanath (2018); measured in docs/benchmarks.md.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def encode(self, texts: Sequence[str], languages: Sequence[str], *, progress: bool = False) -> Floats:
        """Return centred unit vectors of texts and their languages, "" unknown, as `Encoder.encode`."""
        vectors = self._encoder.encode(texts, progress=progress).astype(np.float64)
        if self._encoder.is_centred:
            return vectors
        known = [language if language in self._means else "" for language in languages]
        shift = np.array([self._means[language] for language in known]).reshape(vectors.shape)
        return unit_rows(np.where(vectors.any(axis=1, keepdims=True), vectors - shift, 0.0))

    @cached_property
    def _means(self) -> dict[str, Floats]:
        """The mean vector of each language's reference sentences, and under "" the mean of these."""
        text = resources.files("matcher.encoders").joinpath("reference.tsv").read_text(encoding="utf-8")
        rows = list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
        means = {
            language: self._encoder.encode([row[language] for row in rows]).astype(np.float64).mean(axis=0)
            for language in FUNCTION_WORDS
        }
        return {**means, "": np.mean(list(means.values()), axis=0)}
