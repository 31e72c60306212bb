"""Simple systems that any engine must beat: chance, popularity, and the similarity of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher.arrays import Floats, Positions
from matcher.features import Organisations
from matcher.matching.pool import EncodedPool
from matcher.outcomes import History
from matcher.profiles.records import all_text, records_of

Scores = Callable[[Positions], Floats]
"""Positions of some seekers -> scores of shape (n_seekers, n_candidates)."""

RANDOM: Final = "random"
POPULARITY: Final = "popularity"
TFIDF: Final = "tfidf"
COSINE: Final = "cosine"


def make_baselines(
    pool: EncodedPool, seekers: pd.DataFrame, encoded: Organisations, seed: int = 0
) -> dict[str, Scores]:
    """Return the systems that are no engine.

    Parameters
    ----------
    pool : EncodedPool
    seekers : DataFrame
        Canonical profiles or opportunities.
    encoded : Organisations
        The same seekers, encoded.
    seed : int, default 0
        Of the random system.

    Returns
    -------
    systems : dict of str to callable
        random: any order, drawn from the seed and the seeker's id. popularity: how many others led a work
        that the candidate joined. tfidf: cosine of TF-IDF rows of all texts of a profile. cosine: that of
        the mean passage vectors of the encoder.
    """
    suitors = (pool.context.history or History(())).n_suitors(pool.ids)
    ours, theirs = encoded.passages.means(), pool.organisations.passages.means()
    return {
        RANDOM: lambda rows: np.stack([_draw(encoded.ids[row], len(pool), seed) for row in rows]),
        POPULARITY: lambda rows: np.tile(suitors, (len(rows), 1)),
        TFIDF: _tfidf(pool.frame, seekers),
        COSINE: lambda rows: np.asarray(ours[rows] @ theirs.T),
    }


def _draw(seeker: str, n: int, seed: int) -> Floats:
    """Return random scores that depend on the seed and the seeker's id alone."""
    digest = hashlib.blake2b(str(seeker).encode(errors="surrogatepass"), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest)]).random(n)


def _tfidf(pool: pd.DataFrame, seekers: pd.DataFrame) -> Scores:
    theirs, ours = ([all_text(row) for row in records_of(frame)] for frame in (pool, seekers))
    vectorizer = TfidfVectorizer()
    try:
        candidates = vectorizer.fit_transform(theirs)
    except ValueError:  # no word in the whole pool: all are equal
        return lambda rows: np.zeros((len(rows), len(theirs)))
    vectors: csr_matrix = vectorizer.transform(ours)
    return lambda rows: np.asarray((vectors[rows] @ candidates.T).toarray())
