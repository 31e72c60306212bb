"""TF-IDF over words and character n-grams: text -> sparse unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Self

import numpy as np
from scipy.sparse import csr_matrix, hstack

WORD: Final = r"[^\W_]{2,}"


class LexicalEncoder:
    """TF-IDF vectors whose dot product is the mean of the word and the character cosine.

    Character n-grams catch what word forms hide: Indonesian affixes, compounds, misspellings.

    References
    ----------
    Salton and Buckley (1988) for TF-IDF with sublinear term frequency.
    """

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        common = {"sublinear_tf": True, "dtype": np.float64, "strip_accents": "unicode"}
        self._words = TfidfVectorizer(ngram_range=(1, 2), token_pattern=WORD, **common)
        self._characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), **common)

    def fit(self, texts: Sequence[str]) -> Self:
        """Learn vocabulary and document frequencies; an empty or wordless collection is allowed.

        Parameters
        ----------
        texts : sequence of str
            The whole text of each organisation.
        """
        # sklearn refuses a collection without any token; one neutral text keeps every pool usable.
        padded = [*texts, "matcher"]
        self._words.fit(padded)
        self._characters.fit(padded)
        return self

    def encode(self, texts: Sequence[str]) -> csr_matrix:
        """Return vectors of shape (n_texts, n_terms), float64, of length 1; zero without known terms."""
        both = [self._words.transform(texts), self._characters.transform(texts)]
        return csr_matrix(hstack(both, format="csr") * np.sqrt(0.5))
