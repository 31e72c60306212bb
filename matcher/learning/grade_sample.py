"""Draws the pairs that are worth grading."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher.arrays import Floats, Positions
from matcher.columns import Profile
from matcher.encoders.languages import guess_language
from matcher.features import COMPONENT_NAMES
from matcher.matching.scoring import ScoredBlock
from matcher.matching.selection import select_best
from matcher.profiles.records import all_text, records_of
from matcher.recommendations import Matcher

TEXTUAL: Final = ("topic", "values")
"""Components whose sum is one of the rankers that pairs are drawn from."""
BORDERS: Final = (2, 3, 5, 6)
"""Ranks at the borders of the bands, of which one is drawn for each seeker."""
CHUNK: Final = 64
"""Seekers that are ranked together."""


def draw_pairs(
    matcher: Matcher, n: int, graded: Iterable[tuple[str, str]] = (), *, seed: int = 0
) -> list[tuple[str, str]]:
    """Draw pairs to be graded, in random order.

    Parameters
    ----------
    matcher : Matcher
        Fitted.
    n : int
        Pairs to draw; fewer where the pool has no more.
    graded : iterable of (seeker, candidate)
        Pairs that are left out, also with their sides exchanged.
    seed : int, default 0
        Decides which seekers and pairs are drawn, and their order.

    Returns
    -------
    pairs : list of (seeker, candidate)
        No two organisations twice. At most five pairs per seeker, as far as the pool allows: the first
        candidate of the engine, of TF-IDF of all texts, and of `topic` and `values` together, one at the
        border of a band, one by chance. Languages of seekers take turns.
    """
    rng = np.random.default_rng(seed)
    done = {frozenset(pair) for pair in graded}
    drawn: list[tuple[str, str]] = []
    while len(drawn) < n:
        before = len(drawn)
        for seeker, first, shuffled in _proposals(matcher, rng):
            fresh = [one for one in dict.fromkeys(first) if frozenset((seeker, one)) not in done]
            left = (one for one in shuffled if one not in fresh and frozenset((seeker, one)) not in done)
            new = [(seeker, one) for one in (*fresh, *itertools.islice(left, 1))][: n - len(drawn)]
            done.update(map(frozenset, new))
            drawn += new
            if len(drawn) == n:
                break
        if len(drawn) == before:
            break
    return [drawn[position] for position in rng.permutation(len(drawn))]


def tfidf_scores(pool: pd.DataFrame, rows: Positions) -> Floats:
    """Return the TF-IDF cosine of all texts of some organisations and the pool, shape (n_rows, n_pool)."""
    texts = [all_text(record) for record in records_of(pool)]
    try:
        vectors: Any = TfidfVectorizer().fit_transform(texts)
    except ValueError:  # no words at all
        return np.zeros((len(rows), len(pool)))
    return np.asarray((vectors[rows] @ vectors.T).toarray())


def _proposals(matcher: Matcher, rng: np.random.Generator) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield seekers in random order, each with the candidates to be graded first, and with all by chance."""
    pool, ids = matcher.pool, matcher.pool[Profile.ID].to_numpy()
    order = _order(pool, rng)
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        frame, encoded = matcher.encode_seekers(ids[rows].tolist())
        lexical = tfidf_scores(pool, rows)
        for at, block in matcher.scorer.score(frame, encoded):
            best = select_best(block.score, max(BORDERS), matcher.scorer.pool.twins)
            textual = _textual(block)
            for row, position in enumerate(at):
                eligible = np.isfinite(block.score[row])
                listed = best.positions[best.rows == row]
                if len(listed):
                    tops = [
                        int(listed[0]),
                        *(_top(one, eligible) for one in (lexical[position], textual[row])),
                    ]
                    borders = [int(listed[rank - 1]) for rank in BORDERS if rank <= len(listed)]
                    near = [borders[rng.integers(len(borders))]] if borders else []
                    chance = rng.permutation(np.flatnonzero(eligible))
                    yield str(ids[rows[position]]), ids[[*tops, *near]].tolist(), ids[chance].tolist()


def _order(pool: pd.DataFrame, rng: np.random.Generator) -> Positions:
    """Return the positions of organisations in random order, in which their languages take turns."""
    languages = pd.Series([guess_language(all_text(record)) for record in records_of(pool)])
    shuffled = pd.Series(rng.permutation(len(pool)))
    turn = shuffled.groupby(languages.iloc[shuffled].to_numpy()).cumcount()
    return shuffled.iloc[np.argsort(turn, kind="stable")].to_numpy()


def _textual(block: ScoredBlock) -> Floats:
    """Return the sum of the textual components of both sides, shape (n_seekers, n_candidates)."""
    places = [COMPONENT_NAMES.index(name) for name in TEXTUAL]
    both = block.seeker_components[..., places] + block.candidate_components[..., places]
    return np.asarray(np.nan_to_num(both).sum(axis=-1))


def _top(scores: Floats, eligible: Any) -> int:
    return int(np.argmax(np.where(eligible, scores, -np.inf)))
