"""Draws the pairs that are worth grading, and ranks the lists of graded seekers."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Positions
from matcher.columns import Profile
from matcher.encoders.languages import guess_language
from matcher.evaluation.lists import tfidf_scores
from matcher.evaluation.pairs import PAIR
from matcher.features import COMPONENT_NAMES
from matcher.matching.scoring import ScoredBlock
from matcher.outcomes.forms import GRADE
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


def _proposals(matcher: Matcher, rng: np.random.Generator) -> Iterator[tuple[str, list[str], list[str]]]:
    """Yield seekers in random order, each with the candidates to be graded first, and with all by chance."""
    pool, ids = matcher.pool, matcher.pool[Profile.ID].to_numpy()
    order = _order(pool, rng)
    for start in range(0, len(order), CHUNK):
        rows = order[start : start + CHUNK]
        frame, encoded = matcher.encode_seekers(ids[rows].tolist())
        lexical = tfidf_scores(pool, pool.iloc[rows])(np.arange(len(rows)))
        for at, block in matcher.scorer.score(frame, encoded):
            best = block.select(max(BORDERS), matcher.scorer.pool.twins)
            textual = _textual(block)
            for row, position in enumerate(at):
                columns = block.pairs.positions(row)
                eligible = np.isfinite(block.score[row])
                listed = best.positions[best.rows == row]
                if len(listed):
                    simple = lexical[position][columns], textual[row]
                    tops = [int(listed[0]), *(int(columns[_top(one, eligible)]) for one in simple)]
                    borders = [int(listed[rank - 1]) for rank in BORDERS if rank <= len(listed)]
                    near = [borders[rng.integers(len(borders))]] if borders else []
                    chance = rng.permutation(columns[np.flatnonzero(eligible)])
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


def rank_graded(matcher: Matcher, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the whole lists of the seekers of graded pairs.

    Parameters
    ----------
    matcher : Matcher
        Fitted.
    pairs : DataFrame
        Columns seeker, candidate and grade; ids of the pool. A grade holds for both directions.

    Returns
    -------
    lists : DataFrame
        One row per candidate that may be recommended: seeker, candidate, rank, band, place and met (as
        `assign_bands` takes them), tfidf (rank by TF-IDF of all texts), grade (NaN where nobody read
        the pair), and whether both write the same language.
    """
    seekers = sorted(set(pairs[PAIR[0]]))
    lists = pd.concat(_lists(matcher, seekers, pairs), ignore_index=True)
    mean = pairs.groupby([_keys(pairs)])[GRADE].mean()
    lists[GRADE] = _keys(lists).map(mean)
    languages = {record[Profile.ID]: guess_language(all_text(record)) for record in records_of(matcher.pool)}
    ours, theirs = (lists[name].map(languages) for name in PAIR)
    return lists.assign(same_language=ours == theirs)


def _lists(matcher: Matcher, seekers: list[str], pairs: pd.DataFrame) -> Iterator[pd.DataFrame]:
    ids, scorer = matcher.pool[Profile.ID].to_numpy(), matcher.scorer
    frame, encoded = matcher.encode_seekers(seekers)
    own = matcher.pool.iloc[np.searchsorted(ids, seekers)]
    lexical = tfidf_scores(matcher.pool, own)(np.arange(len(own)))
    graded = np.searchsorted(ids, sorted({*pairs[PAIR[1]]} & {*ids})).tolist()
    for at, block in scorer.score(frame, encoded, graded):
        best = block.select(len(ids), scorer.pool.twins)
        listed = block.at(best.rows, block.pairs.columns_of(best.rows, best.positions))
        columns: dict[str, Any] = {
            PAIR[0]: np.asarray(seekers)[at[best.rows]],
            PAIR[1]: ids[best.positions],
            "rank": best.ranks,
            "band": scorer.bands(best, listed),
            "place": scorer.places(best, listed.mutual),
            "met": listed.best_met,
            "tfidf": _ranks(lexical[at[best.rows], best.positions], best.rows),
        }
        yield pd.DataFrame(columns)


def _ranks(scores: Floats, rows: Any) -> Floats:
    """Return the rank of each score among those of its row; equal ones keep their order."""
    by_row = pd.Series(-scores).groupby(rows)
    return by_row.rank(method="first").to_numpy()


def _keys(pairs: pd.DataFrame) -> pd.Series[Any]:
    """Return one key for both directions of each pair."""
    one, other = (pairs[name].astype(str).to_numpy() for name in PAIR)
    both = [f"{min(pair)}\n{max(pair)}" for pair in zip(one, other, strict=True)]
    return pd.Series(both, index=pairs.index)
