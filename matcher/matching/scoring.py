"""Pairs -> components -> gains -> mutual -> price -> score, in blocks of seekers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats, Positions
from matcher.columns import Profile
from matcher.config import Config
from matcher.features import (
    COMPONENT_NAMES,
    DECIMALS,
    Background,
    Context,
    Side,
    SignalEncoder,
    pick_features,
    score_pairs,
)
from matcher.matching.candidates import eligible_pairs
from matcher.matching.prices import priced_score, suitor_price
from matcher.matching.reciprocity import mutual_score
from matcher.ranking import CalibratedRanker

BLOCK: Final = 64
"""Seekers scored at once: bounds memory at about a gigabyte for some ten thousand candidates."""
USUAL: Final = 64
"""Reference seekers whose pairs show what is usual in the pool; a sample drawn by id."""


STEPS: Final = np.linspace(0.0, 1.0, 1001)
"""Steps in which the pool's gains are kept: a percentile is told in whole percent."""


class Ranker(Protocol):
    """What the scorer asks of a ranker."""

    means_: Floats

    @property
    def features_(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def shares_(self) -> Floats: ...  # noqa: D102
    def fit(self, X: Floats, y: Any = None) -> Self: ...  # noqa: D102, N803
    def observe(self, X: Floats) -> Self: ...  # noqa: D102, N803
    def predict(self, X: Floats) -> Floats: ...  # noqa: D102, N803
    def completeness(self, X: Floats) -> Floats: ...  # noqa: D102, N803


@dataclass(frozen=True)
class ScoredBlock:
    """Scores of a block of seekers against the whole pool.

    Attributes
    ----------
    seeker_components, candidate_components : ndarray of shape (n_seekers, n_candidates, n_components)
        Components of each pair seen from the seeker's and from the candidate's side; NaN unknown.
    seeker_features, candidate_features : ndarray of shape (n_seekers, n_candidates, n_features)
        What the ranker looked at from each side, in its order.
    seeker_gain, candidate_gain, mutual, score, completeness : ndarray of shape (n_seekers, n_candidates)
        In [0, 1]. `score` is -inf where a pair is not eligible.
    """

    seeker_components: Floats
    candidate_components: Floats
    seeker_features: Floats
    candidate_features: Floats
    seeker_gain: Floats
    candidate_gain: Floats
    mutual: Floats
    score: Floats
    completeness: Floats


@dataclass(frozen=True)
class Views:
    """What each side of a block of pairs sees.

    Attributes
    ----------
    seeker_components, candidate_components : ndarray of shape (n_seekers, n_candidates, n_components)
        In [0, 1]; NaN unknown.
    seeker_features, candidate_features : ndarray of shape (n_seekers, n_candidates, n_features)
        What the ranker looks at, in its order.
    """

    seeker_components: Floats
    candidate_components: Floats
    seeker_features: Floats
    candidate_features: Floats


class PoolScorer:
    """Scores seekers against a fixed pool of candidates.

    Parameters
    ----------
    frame : DataFrame
        Canonical profiles of the pool.
    side : Side
        The same organisations, encoded, in the same order.
    ranker : Ranker
        Shown the pool here; one that has learned nothing yet is fitted without labels.
    context : Context
        Settings and history.
    signals : SignalEncoder, optional
        Fitted to the pool; needed by rankers that look at more than components.

    Attributes
    ----------
    prices : ndarray of shape (n_candidates,)
        How sought-after each candidate is, in [0, 1].
    calibrated : bool
        Whether gains are probabilities.
    gain_levels : ndarray of shape (n_levels,)
        Gains of pairs drawn from the pool, of both sides, at equal steps from the lowest to the highest.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        side: Side,
        ranker: Ranker,
        context: Context,
        signals: SignalEncoder | None = None,
    ) -> None:
        self.frame = frame
        self.side = side
        self.ranker = ranker
        self.context = context
        self._signals = signals
        self._background = signals.pool if signals else None
        self.calibrated = isinstance(ranker, CalibratedRanker)
        self.prices = np.zeros(len(side))
        self.gain_levels = np.empty(0)

    def fit(self, advance: Callable[[int], object] = lambda _: None) -> Self:
        """Learn the pool's means and prices from the reference seekers.

        Parameters
        ----------
        advance : callable
            Told how many seekers were scored since the last call, for a progress bar.
        """
        reference = draw_reference(self.side.ids, self.context.config)
        self._fit_ranker(reference[:USUAL])
        mutuals: list[Floats] = []
        gains: list[Floats] = []
        for rows in _blocks(reference):
            eligible = eligible_pairs(self.frame.iloc[rows], self.frame)
            # Prices come from mutual scores; what they take off does not matter here.
            views = self._views(self.side.take(rows), self._background and self._background.take(rows))
            block = self._score_block(views, eligible, np.zeros((len(rows), 1)))
            if len(gains) < USUAL:
                kept = eligible[: USUAL - len(gains)]
                gains += [_gains(block, row, pairs) for row, pairs in enumerate(kept)]
            mutuals.append(np.where(eligible, block.mutual, np.nan))
            advance(len(rows))
        prices = suitor_price(np.concatenate(mutuals), self.context.config.market.neighbours)
        self.prices = np.round(prices, DECIMALS)
        self.gain_levels = _levels(np.concatenate(gains))
        return self

    def percentile(self, gain: float) -> float:
        """Return the share of the pool's pairs whose gain is lower, in [0, 1); NaN where there are none.

        Parameters
        ----------
        gain : float
            As `ScoredBlock` has it, of either side.
        """
        if not len(self.gain_levels):
            return float("nan")
        place = int(np.searchsorted(self.gain_levels, round(gain, DECIMALS), side="left"))
        # The pair itself is one of the pool's: not even the best is above all.
        return min(place, len(self.gain_levels) - 1) / len(self.gain_levels)

    def mutual_of(self, ours: Floats, theirs: Floats) -> float:
        """Return the mutual score of one pair by what each side sees, each of shape (n_features,)."""
        gains = self._gain(np.stack([ours, theirs]))
        return float(mutual_score(gains[:1], gains[1:], calibrated=self.calibrated)[0])

    def _fit_ranker(self, rows: Positions) -> None:
        """Show the ranker the pool's pairs, from both sides, so that it knows what is usual."""
        views = self._views(self.side.take(rows), self._background and self._background.take(rows))
        eligible = eligible_pairs(self.frame.iloc[rows], self.frame)
        if not eligible.any():  # nobody may be matched: what is usual is of no use then, but must exist
            eligible[:] = True
        pairs = np.concatenate([views.seeker_features[eligible], views.candidate_features[eligible]])
        show_pool(self.ranker, pairs)

    def score(self, frame: pd.DataFrame, side: Side) -> Iterator[tuple[Positions, ScoredBlock]]:
        """Yield (positions, scores) of each block of seekers.

        Parameters
        ----------
        frame : DataFrame
            Canonical seekers: profiles or opportunities.
        side : Side
            The same seekers, encoded.
        """
        background = self._signals.encode(frame, side) if self._signals else None
        for rows in _blocks(np.arange(len(side))):
            eligible = eligible_pairs(frame.iloc[rows], self.frame)
            views = self._views(side.take(rows), background and background.take(rows))
            yield rows, self._score_block(views, eligible, _strengths(frame.iloc[rows], self.context))

    def look(self, frame: pd.DataFrame, side: Side) -> Iterator[tuple[Positions, Views, NDArray[np.bool_]]]:
        """Yield (positions, features, eligible pairs) of each block of seekers, for rankers to learn from."""
        background = self._signals.encode(frame, side) if self._signals else None
        for rows in _blocks(np.arange(len(side))):
            views = self._views(side.take(rows), background and background.take(rows))
            yield rows, views, eligible_pairs(frame.iloc[rows], self.frame)

    def _score_block(self, views: Views, eligible: NDArray[np.bool_], strengths: Floats) -> ScoredBlock:
        seeker_gain, candidate_gain = self._gain(views.seeker_features), self._gain(views.candidate_features)
        mutual = mutual_score(seeker_gain, candidate_gain, calibrated=self.calibrated)
        score = priced_score(mutual, self.prices, strengths)
        completeness = [
            self._completeness(side) for side in (views.seeker_features, views.candidate_features)
        ]
        return ScoredBlock(
            seeker_components=views.seeker_components,
            candidate_components=views.candidate_components,
            seeker_features=views.seeker_features,
            candidate_features=views.candidate_features,
            seeker_gain=seeker_gain,
            candidate_gain=candidate_gain,
            mutual=mutual,
            score=np.where(eligible, score, -np.inf),
            completeness=(completeness[0] + completeness[1]) / 2.0,
        )

    def _views(self, seekers: Side, background: Background | None) -> Views:
        """Return the features of a block from the seekers' and from the candidates' side, pairs aligned."""
        ours = score_pairs(seekers, self.side, self.context)
        theirs = np.ascontiguousarray(score_pairs(self.side, seekers, self.context).swapaxes(0, 1))
        if self._signals is None or background is None or self._background is None:
            return Views(ours, theirs, self._chosen(ours, ()), self._chosen(theirs, ()))
        names = self._signals.names
        signals = self._signals.score(background, self._background)
        turned = self._signals.score(self._background, background).swapaxes(0, 1)
        return Views(
            ours,
            theirs,
            self._chosen(np.concatenate([ours, signals], axis=-1), names),
            self._chosen(np.concatenate([theirs, turned], axis=-1), names),
        )

    def _chosen(self, features: Floats, signals: tuple[str, ...]) -> Floats:
        return pick_features(features, (*COMPONENT_NAMES, *signals), self.ranker.features_)

    def _gain(self, features: Floats) -> Floats:
        flat = features.reshape(-1, features.shape[-1])
        return np.clip(self.ranker.predict(flat), 0.0, 1.0).reshape(features.shape[:-1])

    def _completeness(self, features: Floats) -> Floats:
        flat = features.reshape(-1, features.shape[-1])
        return self.ranker.completeness(flat).reshape(features.shape[:-1])


def _gains(block: ScoredBlock, row: int, pairs: NDArray[np.bool_]) -> Floats:
    """Return the gains of both sides of one seeker's eligible pairs."""
    return np.concatenate([block.seeker_gain[row, pairs], block.candidate_gain[row, pairs]])


def _levels(gains: Floats) -> Floats:
    """Return gains at equal steps; empty where there are none.

    They are rounded as in the table: the last bits of a sum hang on the size of blocks.
    """
    return np.quantile(np.round(gains, DECIMALS), STEPS, method="nearest") if len(gains) else gains


def show_pool(ranker: Ranker, pairs: Floats) -> Ranker:
    """Show a ranker what is usual in a pool, and return it; one that has learned nothing is fitted."""
    return ranker.observe(pairs) if hasattr(ranker, "means_") else ranker.fit(pairs)


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
