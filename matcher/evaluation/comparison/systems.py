"""Simple systems that any engine must beat: chance, popularity, and the likeness of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher.arrays import Floats, Positions
from matcher.columns import Profile
from matcher.evaluation.comparison.arena import Arena
from matcher.evaluation.comparison.lists import Lists, at_places, best_places, join_lists

Scores = Callable[[Positions], Floats]

RANDOM: Final = "random"
POPULARITY: Final = "popularity"
TFIDF: Final = "tfidf"
COSINE: Final = "cosine"
ONE_SIDED: Final = "one_sided"
ANALYST: Final = "analyst"
RANKER: Final = "ranker"
LABELS: Final = {
    RANDOM: "random",
    POPULARITY: "popularity",
    TFIDF: "TF-IDF",
    COSINE: "cosine only",
    ONE_SIDED: "one-sided",
    ANALYST: "analyst weights",
    RANKER: "trained ranker",
}
"""Names of systems in JSON, and as people read them; the simplest first."""

BLOCK: Final = 256


def rank_simply(arena: Arena, k: int, seed: int = 0) -> dict[str, Lists]:
    """Return the lists of the systems that are no engine.

    All rank the same seekers and the same eligible candidates as the engine; equal scores keep the order
    of ids.

    Parameters
    ----------
    arena : Arena
    k : int
        Length of the lists.
    seed : int, default 0
        Of the random system.

    Returns
    -------
    lists : dict of str to Lists
        random: any order, drawn from the seed and the seeker's id. popularity: how many others led a work
        that the candidate joined, up to the snapshot. tfidf: cosine of TF-IDF rows of vision and mission.
        cosine: that of the mean passage vectors of the encoder.
    """
    suitors = arena.truth.history.n_suitors(arena.side.ids)
    systems: dict[str, Scores] = {
        RANDOM: lambda rows: np.stack([_draw(arena, row, seed) for row in rows]),
        POPULARITY: lambda rows: np.tile(suitors, (len(rows), 1)),
        TFIDF: _tfidf(arena),
        COSINE: _cosine(arena),
    }
    blocks: dict[str, list[Lists]] = {name: [] for name in systems}
    for start in range(0, len(arena.seekers), BLOCK):
        rows = np.arange(start, min(start + BLOCK, len(arena.seekers)))
        eligible = arena.may_recommend(rows)
        for name, scores in systems.items():
            score = np.where(eligible, scores(rows), -np.inf)
            places = best_places(score, k)
            blocks[name].append(
                Lists(arena.seeker_side.ids[rows], arena.side.ids, places, at_places(score, places))
            )
    return {name: join_lists(parts) for name, parts in blocks.items()}


def _draw(arena: Arena, row: int, seed: int) -> Floats:
    """Return random scores that hang on the seed and the seeker's id alone."""
    digest = hashlib.blake2b(str(arena.seeker_side.ids[row]).encode(errors="surrogatepass"), digest_size=8)
    return np.random.default_rng([seed, int.from_bytes(digest.digest())]).random(len(arena.pool))


def _tfidf(arena: Arena) -> Scores:
    texts = [
        (frame[Profile.VISION] + "\n" + frame[Profile.MISSION]).tolist()
        for frame in (arena.pool, arena.seekers)
    ]
    vectorizer = TfidfVectorizer()
    try:
        pool = vectorizer.fit_transform(texts[0])
    except ValueError:  # not a word in the whole pool: all are alike
        return lambda rows: np.zeros((len(rows), len(arena.pool)))
    seekers: csr_matrix = vectorizer.transform(texts[1])
    return lambda rows: np.asarray((seekers[rows] @ pool.T).toarray())


def _cosine(arena: Arena) -> Scores:
    pool, seekers = arena.side.passages.means(), arena.seeker_side.passages.means()
    return lambda rows: np.asarray(seekers[rows] @ pool.T)
