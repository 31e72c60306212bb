"""Pairs -> components -> gains -> mutual -> price -> score, in blocks of seekers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.candidates import eligible_pairs
from matcher.columns import Profile
from matcher.config import Config
from matcher.features import DECIMALS, Context, Side, score_pairs
from matcher.market import priced_score, suitor_price
from matcher.reciprocity import mutual_score

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

BLOCK: Final = 64
"""Seekers scored at once: bounds memory at about a gigabyte for some ten thousand candidates."""
USUAL: Final = 64
"""Reference seekers whose pairs show what is usual in the pool; a sample drawn by id."""


class Ranker(Protocol):
    """What the scorer asks of a ranker; `WeightedRanker` is one."""

    means_: Floats

    @property
    def shares_(self) -> Floats: ...  # noqa: D102
    def fit(self, X: Floats, y: None = None) -> Self: ...  # noqa: D102, N803
    def predict(self, X: Floats) -> Floats: ...  # noqa: D102, N803
    def completeness(self, X: Floats) -> Floats: ...  # noqa: D102, N803


@dataclass(frozen=True)
class ScoredBlock:
    """Scores of a block of seekers against the whole pool.

    Attributes
    ----------
    seeker_components, candidate_components : ndarray of shape (n_seekers, n_candidates, n_components)
        Components of each pair seen from the seeker's and from the candidate's side; NaN unknown.
    seeker_gain, candidate_gain, mutual, score, completeness : ndarray of shape (n_seekers, n_candidates)
        In [0, 1]. `score` is -inf where a pair is not eligible.
    """

    seeker_components: Floats
    candidate_components: Floats
    seeker_gain: Floats
    candidate_gain: Floats
    mutual: Floats
    score: Floats
    completeness: Floats


class PoolScorer:
    """Scores seekers against a fixed pool of candidates.

    Parameters
    ----------
    frame : DataFrame
        Canonical profiles of the pool.
    side : Side
        The same organisations, encoded, in the same order.
    ranker : Ranker
        Fitted here to the pool.
    context : Context
        Settings and history.

    Attributes
    ----------
    prices : ndarray of shape (n_candidates,)
        How sought-after each candidate is, in [0, 1].
    """

    def __init__(self, frame: pd.DataFrame, side: Side, ranker: Ranker, context: Context) -> None:
        self.frame = frame
        self.side = side
        self.ranker = ranker
        self.context = context
        self.prices = np.zeros(len(side))

    def fit(self, advance: Callable[[int], object] = lambda _: None) -> Self:
        """Learn the pool's means and prices from the reference seekers.

        Parameters
        ----------
        advance : callable
            Told how many seekers were scored since the last call, for a progress bar.
        """
        reference = draw_reference(self.side.ids, self.context.config)
        self._fit_ranker(reference[:USUAL])
        mutuals = []
        for rows in _blocks(reference):
            eligible = eligible_pairs(self.frame.iloc[rows], self.frame)
            # Prices come from mutual scores; what they take off does not matter here.
            block = self._score_block(self.side.take(rows), eligible, np.zeros((len(rows), 1)))
            mutuals.append(np.where(eligible, block.mutual, np.nan))
            advance(len(rows))
        prices = suitor_price(np.concatenate(mutuals), self.context.config.market.neighbours)
        self.prices = np.round(prices, DECIMALS)
        return self

    def _fit_ranker(self, rows: Positions) -> None:
        """Show the ranker the pool's pairs, from both sides, so that it knows what is usual."""
        ours, theirs = self._components(self.side.take(rows))
        eligible = eligible_pairs(self.frame.iloc[rows], self.frame)
        if not eligible.any():  # nobody may be matched: what is usual is of no use then, but must exist
            eligible[:] = True
        self.ranker.fit(np.concatenate([ours[eligible], theirs[eligible]]))

    def score(self, frame: pd.DataFrame, side: Side) -> Iterator[tuple[Positions, ScoredBlock]]:
        """Yield (positions, scores) of each block of seekers.

        Parameters
        ----------
        frame : DataFrame
            Canonical seekers: profiles or opportunities.
        side : Side
            The same seekers, encoded.
        """
        for rows in _blocks(np.arange(len(side))):
            eligible = eligible_pairs(frame.iloc[rows], self.frame)
            yield (
                rows,
                self._score_block(side.take(rows), eligible, _strengths(frame.iloc[rows], self.context)),
            )

    def _score_block(self, seekers: Side, eligible: NDArray[np.bool_], strengths: Floats) -> ScoredBlock:
        ours, theirs = self._components(seekers)
        seeker_gain, candidate_gain = self._gain(ours), self._gain(theirs)
        mutual = mutual_score(seeker_gain, candidate_gain)
        score = priced_score(mutual, self.prices, strengths)
        return ScoredBlock(
            seeker_components=ours,
            candidate_components=theirs,
            seeker_gain=seeker_gain,
            candidate_gain=candidate_gain,
            mutual=mutual,
            score=np.where(eligible, score, -np.inf),
            completeness=(self._completeness(ours) + self._completeness(theirs)) / 2.0,
        )

    def _components(self, seekers: Side) -> tuple[Floats, Floats]:
        """Return the components from the seekers' and from the candidates' side, pairs aligned."""
        ours = score_pairs(seekers, self.side, self.context)
        theirs = score_pairs(self.side, seekers, self.context)
        return ours, np.ascontiguousarray(theirs.swapaxes(0, 1))

    def _gain(self, components: Floats) -> Floats:
        flat = components.reshape(-1, components.shape[-1])
        return np.clip(self.ranker.predict(flat), 0.0, 1.0).reshape(components.shape[:-1])

    def _completeness(self, components: Floats) -> Floats:
        flat = components.reshape(-1, components.shape[-1])
        return self.ranker.completeness(flat).reshape(components.shape[:-1])


def _strengths(seekers: pd.DataFrame, context: Context) -> Floats:
    """Return how strongly prices bind each seeker, shape (n_seekers, 1).

    Prices tell what the pool's organisations want of each other; a call for partners is no part of
    that market, and on real calls a price only cost hits (docs/benchmarks.md).
    """
    is_profile = (seekers[Profile.LEAD] == "").to_numpy()
    return np.where(is_profile, context.config.market.strength, 0.0)[:, None]


def _blocks(rows: Positions) -> Iterator[Positions]:
    for start in range(0, len(rows), BLOCK):
        yield rows[start : start + BLOCK]


def draw_reference(ids: NDArray[np.object_], config: Config) -> Positions:
    """Return the positions of the reference seekers, in the order in which they were drawn.

    Who is drawn hangs on the seed and on each id alone, so the order of rows never matters, and
    an added organisation displaces at most one other.
    """
    keys = [hashlib.blake2b(f"{config.seed}:{id_}".encode(), digest_size=8).digest() for id_ in ids]
    drawn = sorted(range(len(ids)), key=lambda place: (keys[place], ids[place]))
    return np.array(drawn[: config.market.reference], dtype=np.int64)
