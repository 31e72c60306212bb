"""Features of pairs -> gains -> mutual score -> price -> score, for any ranker."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple, Self

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Floats, Objects, Positions
from matcher.columns import Profile
from matcher.encoders.device import open_device
from matcher.features import COMPONENT_NAMES, DECIMALS, Organisations
from matcher.matching import selection
from matcher.matching.candidates import CandidateSearch
from matcher.matching.pool import Choose, EncodedPool, PairBlock
from matcher.matching.prices import EquilibriumLearner, PriceLearner, priced_score
from matcher.matching.selection import PLACES, Selected
from matcher.profiles.records import records_of
from matcher.ranking import AdditiveRanker, AnyRanker, CalibratedRanker

SUITORS: Final = 12  # times `neighbours`: reference seekers, of the highest estimates, that make a price
LEARNED: Final = ("prices", "gain_levels", "_has_list", "_highest")
ROWS: Final = 8192  # pairs whose gains are computed together, so that arrays stay in the cache
STEPS: Final = np.linspace(0.0, 1.0, 1001)  # of the pool's gains: a percentile is given in whole percent

Ranker = AnyRanker | CalibratedRanker


def mutual_score(seeker_gain: Floats, candidate_gain: Floats, *, calibrated: bool = False) -> Floats:
    """Return the harmonic mean of two gains, or their product where they are probabilities; all in [0, 1].

    0 where either gain is 0. Never above twice the smaller gain, so a one-sided pair cannot hide behind its
    better half, as it could in an arithmetic mean. Calibrated gains are the probabilities that each side
    agrees, and their product that both do. Pizzato et al. (2013), "Recommending people to people".
    """
    if calibrated:
        return np.asarray(seeker_gain * candidate_gain)
    total = seeker_gain + candidate_gain
    product = 2.0 * seeker_gain * candidate_gain
    return np.divide(product, total, out=np.zeros_like(total), where=total > 0)


@dataclass(frozen=True)
class ScoredBlock:
    """Scores of a block of seekers against the whole pool, under one ranker; or of some of these pairs."""

    pairs: PairBlock
    ranker: Ranker
    seeker_gain: Floats
    candidate_gain: Floats
    mutual: Floats
    score: Floats
    """In [0, 1], shape (n_seekers, n_candidates) or (n_pairs,); -inf where a pair is not eligible."""

    @property
    def components(self) -> tuple[Floats, Floats]:
        """Components as seeker and candidate see them, of the shape of `score` and (n_components,)."""
        n_components = len(COMPONENT_NAMES)
        return self.pairs.seeker_side[..., :n_components], self.pairs.candidate_side[..., :n_components]

    @property
    def features(self) -> tuple[Floats, Floats]:
        """The ranker's features as seeker and candidate see them, as `components`."""
        return self.pairs.pick(self.ranker.features_)

    def at(self, *index: Positions | Flags) -> ScoredBlock:
        """Return the scores of some pairs: of arrays by rows and columns, or of those that a mask keeps."""
        numbers = self.seeker_gain, self.candidate_gain, self.mutual, self.score
        return ScoredBlock(self.pairs.at(*index), self.ranker, *(one[index] for one in numbers))

    @property
    def best_met(self) -> Floats:
        """Higher complementarity of both sides; NaN where both are unknown."""
        number = COMPONENT_NAMES.index("complementarity")
        return np.fmax(self.pairs.seeker_side[..., number], self.pairs.candidate_side[..., number])

    @cached_property
    def completeness(self) -> Floats:
        """Share of what counts that is known, the mean of both sides, of the shape of `score`."""
        sides = [self.ranker.completeness(_flat(side)).reshape(side.shape[:-1]) for side in self.features]
        return np.asarray((sides[0] + sides[1]) / 2.0)


class Listed(NamedTuple):
    """Recommendations of several seekers as numbers and positions, seeker after seeker and best first."""

    selected: Selected
    scores: ScoredBlock  # of these pairs
    seeker_prices: Floats  # as of `PoolScorer.seeker_prices`, of shape (n,)
    stays: Flags  # whether an analyst keeps the candidate in the list, of shape (n,)

    def keep(self, mask: Flags) -> Listed:
        """Return the recommendations that a mask keeps."""
        selected = Selected(*(values[mask] for values in self.selected))
        return Listed(selected, self.scores.at(mask), self.seeker_prices[mask], self.stays[mask])


class PoolScorer:
    """Scores seekers against a pool with one ranker.

    `fit` shows it the pool; a ranker that has learned nothing yet is fitted without labels. It is calibrated
    where gains are probabilities.

    Attributes
    ----------
    prices : ndarray of shape (n_candidates,)
        In [0, 1]; 0 before prices are learned.
    market : tuple of DataFrame and Organisations, optional
        The reference seekers of `fit`, kept from the first `merged` on, for they may be removed or changed.
    gain_levels : ndarray of shape (n_levels,)
        Gains of pairs drawn from the pool, of both sides, at equal steps from the lowest to the highest.
    """

    def __init__(self, pool: EncodedPool, ranker: Ranker) -> None:
        self.pool, self.ranker = pool, ranker
        self.calibrated = isinstance(ranker, CalibratedRanker)
        self.prices = np.zeros(len(pool))
        self.gain_levels = np.empty(0)
        self.market: tuple[pd.DataFrame, Organisations] | None = None
        self._search: CandidateSearch | None = None
        self._kept: Mapping[str, Any] | None = None
        self._has_list = np.zeros(len(pool), dtype=bool)
        self._highest = np.full((len(pool), PLACES), np.nan)

    def fit(self, advance: Callable[[int], object] = lambda _: None) -> Self:
        """Learn the pool's means, gains and prices from the reference seekers.

        `advance` is given the number of seekers scored since the last call, for a progress bar.
        """
        observe_pool(self.ranker, sample := self.pool.sample())
        scored = self.score_block(sample)
        gains = np.stack([scored.seeker_gain, scored.candidate_gain])[:, sample.eligible]
        if gains.size:  # rounded as in the table: the last bits of a sum depend on the size of blocks
            self.gain_levels = np.quantile(np.round(gains, DECIMALS), STEPS, method="nearest")
        self._search = self._searching(scored) if self.pool.is_large else None
        del sample, scored  # of many pairs
        learn_prices(self.pool, [self], advance)
        return self

    @property
    def learned(self) -> dict[str, Any]:
        """What `fit` learned beside the ranker; it may be set, in place of `fit`."""
        searched = {"search": self._unchecked.learned if self.pool.is_large else None}
        return {name: getattr(self, name) for name in LEARNED} | searched

    @learned.setter
    def learned(self, values: Mapping[str, Any]) -> None:
        for name in LEARNED:
            setattr(self, name, np.array(values[name]))
        self._kept = values["search"]

    def merged(self, added: EncodedPool, removed: Collection[str], set_aside: pd.DataFrame | None) -> Self:
        """Return the scorer of `EncodedPool.merged`: means, gain levels and prices of others stay.

        The prices of the added organisations are those that the reference seekers at the time of `fit` make;
        with a market method other than csls, all prices are learned again.
        """
        other = copy.copy(self)
        pool, reference = self.pool, self.pool.reference
        seekers = pool.frame.iloc[reference].reset_index(drop=True)
        other.market = self.market or (seekers, pool.organisations.take(reference))
        learner = PriceLearner(pool.context.config.market.neighbours, len(added))
        eligible = added.eligible_alone(*other.market)
        for rows, block in type(self)(added, self.ranker).score(*other.market) if len(added) else ():
            learner.add(np.where(eligible[rows], block.mutual, np.nan))
        order = pool.order_with(added, removed)
        prices = np.concatenate([self.prices, np.round(learner.prices(), DECIMALS)])
        other.pool, other.prices = pool.merged(added, removed, set_aside), prices[order]
        other._search, other._kept = None, self._unchecked.learned if pool.is_large else None
        other._has_list = np.zeros(len(order), dtype=bool)
        other._highest = np.full((len(order), PLACES), np.nan)
        if pool.context.config.market.method != "csls":  # no one's price is apart from the others'
            learn_prices(other.pool, [other])
        return other

    def score(
        self, seekers: pd.DataFrame, encoded: Organisations, also: Sequence[int] = ()
    ) -> Iterator[tuple[Positions, ScoredBlock]]:
        """Yield (positions, scores) of each block of seekers; `also` are candidates of all of them."""
        for pairs in self.pool.blocks(seekers, encoded, self._choose(also)):
            yield pairs.rows, self.score_block(pairs)

    def score_own(self, positions: Positions) -> Iterator[tuple[Positions, ScoredBlock]]:
        """Yield (positions, scores) of each block of organisations of the pool, and keep their lists."""
        for pairs in self.pool.own_blocks(positions, self._choose()):
            block = self.score_block(pairs)
            self.keep_lists(pairs, block.mutual)
            yield pairs.rows, block

    def set_prices(self, prices: Floats) -> None:
        """Set the prices; candidates of a large pool are chosen by them."""
        self.prices = prices
        if self._search:
            self._search.value = None

    @property
    def search(self) -> CandidateSearch | None:
        """What chooses the candidates of each seeker in a large pool; None where all pairs are scored."""
        if self.pool.is_large and self._unchecked.value is None:
            pool, search = self.pool, self._unchecked
            search.set_prices(self.prices - self.prices.min())
            estimates, scores = [], []
            for pairs in pool.own_blocks(pool.checked):
                strengths = self._strengths(pairs.is_profile)
                estimates.append(search.estimates(pairs.rows, pairs.eligible, strengths))
                scores.append(self.score_block(pairs).score)
            search.check(np.concatenate(estimates), np.concatenate(scores))
        return self._search

    @property
    def _unchecked(self) -> CandidateSearch:
        if self._search is None and self._kept:
            device = open_device(self.pool.context.config.device)
            self._search = CandidateSearch.restored(self.pool.composite, self._kept, device)
            self._search.set_prices(self.prices - self.prices.min())
        self._search = self._search or self._searching(self.score_block(self.pool.sample()))
        return self._search

    def _searching(self, scored: ScoredBlock) -> CandidateSearch:
        """Return what chooses candidates, by the scores of the pool's sample."""
        pairs, config = scored.pairs, self.pool.context.config
        mutual = np.where(pairs.eligible, scored.mutual, np.nan)
        given = mutual, config.scale.candidates, open_device(config.device)
        return CandidateSearch(self.pool.composite, pairs.rows, pairs.columns, *given)

    def _strengths(self, is_profile: Flags) -> Floats:
        """Return the strength of prices for seekers, shape (n_seekers,)."""
        # Prices come from what the pool's organisations want of each other; a call for partners is no part
        # of that market (docs/scores.md).
        return np.where(is_profile, self.pool.context.config.market.strength, 0.0)

    def _choose(self, also: Sequence[int] = ()) -> Choose | None:
        """Return what chooses the candidates of seekers; None where all pairs are scored."""
        search, context = self.search, self.pool.context
        if search is None:
            return None

        def choose(seekers: pd.DataFrame, given: Organisations | Positions, eligible: Flags) -> Flags:
            strengths = self._strengths((seekers[Profile.LEAD] == "").to_numpy())
            chosen, ids = search.choose(given, eligible, strengths), self.pool.organisations.tie_ids
            if context.history is not None:
                ties = given.tie_ids if isinstance(given, Organisations) else ids[given]
                chosen |= context.ties(ties, ids) > 0.0
            chosen[:, also] = True
            for row, record in enumerate(records_of(seekers)):
                chosen[row, [*self.pool.rules.pins(record)]] = True
            return chosen

        return choose

    def score_block(self, pairs: PairBlock) -> ScoredBlock:
        """Return the scores of a block of pairs."""
        ours, theirs = (self.gain(side) for side in pairs.pick(self.ranker.features_))
        mutual = mutual_score(ours, theirs, calibrated=self.calibrated)
        strengths = self._strengths(pairs.is_profile)[:, None]
        score = priced_score(mutual, self.prices[pairs.columns], strengths, self.prices.min())
        return ScoredBlock(pairs, self.ranker, ours, theirs, mutual, np.where(pairs.eligible, score, -np.inf))

    def list_best(self, seekers: pd.DataFrame, block: ScoredBlock, k: int) -> Listed:
        """Return the best candidates, at most `k`, of each seeker of a block, by their canonical table."""
        pins = [*map(self.pool.rules.pins, records_of(seekers))]
        pool, columns = self.pool, block.pairs.columns
        best = selection.select_best(block.score, k, pool.twins, pins, pool.variety, columns)
        is_pinned = [at in pins[row] for row, at in zip(best.rows, best.positions, strict=True)]
        prices = self.seeker_prices(seekers[Profile.ID].to_numpy(dtype=object), block)
        scores = block.at(best.rows, block.pairs.columns_of(best.rows, best.positions))
        return Listed(best, scores, prices[best.rows], np.array(is_pinned, dtype=bool))

    def bands(self, selected: Selected, scores: ScoredBlock) -> Objects:
        """Return the band of each recommendation by its scores, shape (n,); see `assign_bands`."""
        places = self.places(selected, scores.mutual)
        return selection.assign_bands(selected.ranks, places, scores.best_met, self.pool.context.config.bands)

    def seeker_prices(self, ids: Objects, block: ScoredBlock) -> Floats:
        """Return the price of each seeker of a block; of one outside the pool by its mutual scores."""
        at = np.minimum(np.searchsorted(self.pool.ids, ids), len(self.pool) - 1)
        found, neighbours = self.prices[at], self.pool.context.config.market.neighbours
        for row in np.flatnonzero(self.pool.ids[at] != ids):
            best = np.sort(block.mutual[row][block.pairs.eligible[row]])[-neighbours:]
            found[row] = best.mean() if len(best) else 0.0
        return found

    def places(self, selected: Selected, mutual: Floats) -> Positions:
        """Return the place, from 1, of the seeker in the list of each recommended candidate, shape (n,)."""
        # Below, a pair is weak whatever the other's list is.
        self.highest_of(np.unique(selected.positions[selected.ranks <= PLACES]))
        return selection.places_among(mutual, self._highest[selected.positions])

    def highest_of(self, positions: Positions) -> Floats:
        """Return the `highest` mutual scores in lists of organisations of the pool."""
        for _ in self.score_own(positions[~self._has_list[positions]]):
            pass
        return self._highest[positions]

    def keep_lists(self, pairs: PairBlock, mutual: Floats) -> None:
        """Keep the highest mutual scores in the lists of organisations of the pool."""
        self._highest[pairs.rows] = selection.highest(np.where(pairs.eligible, mutual, np.nan))
        self._has_list[pairs.rows] = True

    def gain(self, features: Floats) -> Floats:
        """Return gains in [0, 1], shape (...,), of the ranker's features, shape (..., n_features)."""
        flat = _flat(features)
        gains = [self.ranker.predict(flat[at : at + ROWS]) for at in range(0, max(len(flat), 1), ROWS)]
        return np.asarray(np.clip(np.concatenate(gains), 0.0, 1.0).reshape(features.shape[:-1]))

    def percentile(self, gain: float) -> float:
        """Return the share of the pool's pairs whose gain is lower, in [0, 1); NaN where there are none."""
        if not len(self.gain_levels):
            return float("nan")
        level = int(np.searchsorted(self.gain_levels, round(gain, DECIMALS), side="left"))
        # The pair itself is one of the pool's: not even the best is above all.
        return min(level, len(self.gain_levels) - 1) / len(self.gain_levels)

    def influence(self) -> Floats:
        """Return each feature's share of how far gains in a list differ, shape (n_features,), of sum 1, or 0.

        As `Matcher.influence` says; of a ranker whose gain is no sum of contributions, its shares.
        """
        inner: Any = self.ranker.ranker if isinstance(self.ranker, CalibratedRanker) else self.ranker
        if not isinstance(inner, AdditiveRanker):
            return self.ranker.shares_
        sample = self.pool.sample()
        ours, _ = sample.pick(inner.features_)
        lists = [side[shown] for side, shown in zip(ours, sample.eligible, strict=True) if shown.any()]
        spreads = sum((inner.contributions(each).std(axis=0) for each in lists), np.zeros(ours.shape[-1]))
        return np.asarray(spreads / (spreads.sum() or 1.0))

    def mutual_of(self, ours: Floats, theirs: Floats) -> float:
        """Return the mutual score of one pair by each side's features, each of shape (n_features,)."""
        gains = self.gain(np.stack([ours, theirs]))
        return float(mutual_score(gains[:1], gains[1:], calibrated=self.calibrated)[0])


def learn_prices(
    pool: EncodedPool, scorers: Sequence[PoolScorer], advance: Callable[[int], object] = lambda _: None
) -> None:
    """Set the prices of scorers whose rankers observed one pool; features of pairs are computed once."""
    if pool.context.config.market.method != "csls":
        # Candidates of a large pool are chosen by each scorer.
        for group in [[one] for one in scorers] if pool.is_large else [scorers]:
            _learn_equilibria(pool, group, advance)
        return
    neighbours = pool.context.config.market.neighbours
    if pool.is_large:
        columns = np.sort(pool.reference)
        for scorer in scorers:
            for pairs in pool.wanted_blocks(columns, scorer._unchecked.among(columns, SUITORS * neighbours)):
                learner = PriceLearner(neighbours, len(pairs.rows))
                learner.add(np.where(pairs.eligible, scorer.score_block(pairs).mutual, np.nan).T)
                scorer.prices[pairs.rows] = np.round(learner.prices(), DECIMALS)
                advance(len(pairs.rows))
        return
    learners = [PriceLearner(neighbours, len(pool)) for _ in scorers]
    for pairs in pool.own_blocks(pool.reference):
        for scorer, learner in zip(scorers, learners, strict=True):
            mutual = scorer.score_block(pairs).mutual
            scorer.keep_lists(pairs, mutual)
            learner.add(np.where(pairs.eligible, mutual, np.nan))
        advance(len(pairs.rows))
    for scorer, learner in zip(scorers, learners, strict=True):
        scorer.prices = np.round(learner.prices(), DECIMALS)


def _learn_equilibria(
    pool: EncodedPool, scorers: Sequence[PoolScorer], advance: Callable[[int], object]
) -> None:
    """Set prices by an equilibrium of the pairs of reference seekers, or of all in a large pool."""
    market = pool.context.config.market
    capacities = pool.frame[Profile.CAPACITY_MAX].fillna(1).to_numpy(dtype=float)
    learners = [EquilibriumLearner(market, capacities) for _ in scorers]
    scorers[0].set_prices(np.zeros(len(pool)))  # candidates are chosen without prices
    rows = np.arange(len(pool)) if pool.is_large else pool.reference
    for pairs in pool.own_blocks(rows, scorers[0]._choose()):
        for scorer, learner in zip(scorers, learners, strict=True):
            mutual = np.where(pairs.eligible, scorer.score_block(pairs).mutual, np.nan)
            learner.add(pairs.rows, pairs.columns, mutual)
        advance(len(pairs.rows))
    for scorer, learner in zip(scorers, learners, strict=True):
        scorer.set_prices(np.round(learner.prices(), DECIMALS))


def observe_pool(ranker: Ranker, pairs: PairBlock) -> Ranker:
    """Show a ranker pairs of a pool, from both sides; one that has learned nothing is fitted to them."""
    # Where nobody may be matched the means are of no use, but must exist.
    shown = pairs.eligible if pairs.eligible.any() else np.ones_like(pairs.eligible)
    sides = pairs.pick(ranker.features_)
    features = np.empty((2, np.count_nonzero(shown), sides[0].shape[-1]))
    for number, side in enumerate(sides):  # one at a time: the sample of a large pool is large
        features[number] = side[shown]
    features = _flat(features)
    return ranker.observe(features) if hasattr(ranker, "means_") else ranker.fit(features)


def needs_signals(ranker: Ranker | None) -> bool:
    """Return whether a ranker has a feature that is not a component."""
    return ranker is not None and not set(ranker.features_) <= set(COMPONENT_NAMES)


def _flat(features: Floats) -> Floats:
    return features.reshape(-1, features.shape[-1])
