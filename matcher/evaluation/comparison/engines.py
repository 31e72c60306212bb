"""The engine under many rankers at once: what a pair looks like is worked out once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Flags, Floats
from matcher.columns import Recommendation
from matcher.evaluation.comparison.ablation import MutedRanker
from matcher.evaluation.comparison.arena import Arena
from matcher.evaluation.comparison.lists import Lists, at_places, best_places, join_lists
from matcher.evaluation.comparison.trees import MutedTrees
from matcher.features import DECIMALS
from matcher.matching.pool import PairBlock
from matcher.matching.prices import PriceLearner, priced_score
from matcher.matching.scoring import Ranker, mutual_score
from matcher.ranking import CalibratedRanker

Watcher = Callable[[Flags, Floats], object]
Gains = dict[str, Floats]


@dataclass(frozen=True)
class Engine:
    """A ranker that knows the pool, and how its gains are ranked by.

    Attributes
    ----------
    ranker : Ranker
        From `Arena.prepare`, or a changed copy of such a one.
    one_sided : bool
        Whether only what the seeker gains counts, without a price.
    watch : callable, optional
        Told the eligible pairs and the mutual scores of each block of seekers, shape
        (n_seekers, n_candidates).
    """

    ranker: Ranker
    one_sided: bool = False
    watch: Watcher | None = None

    @property
    def is_calibrated(self) -> bool:
        """Whether gains are probabilities."""
        return is_calibrated(self.ranker)


def is_calibrated(ranker: object) -> bool:
    """Return whether a ranker's gains are probabilities."""
    inner = getattr(ranker, "ranker", None)
    return isinstance(ranker, CalibratedRanker) or (inner is not None and is_calibrated(inner))


def rank_engines(
    arena: Arena,
    engines: Mapping[str, Engine],
    k: int,
    advance: Callable[[int], object] = lambda _: None,
) -> dict[str, Lists]:
    """Return the lists of each engine, the same as those of a `Matcher` with its ranker.

    Parameters
    ----------
    arena : Arena
    engines : mapping of str to Engine
    k : int
        Length of the lists.
    advance : callable
        Told how many organisations were looked at since the last call; `n_looks` tells the total.

    Returns
    -------
    lists : dict of str to Lists
        With seeker_gain, candidate_gain and mutual.
    """
    prices = _learn_prices(arena, engines, advance)
    parts: dict[str, list[Lists]] = {name: [] for name in engines}
    strengths = np.where(arena.is_profile, arena.config.market.strength, 0.0)[:, None]
    teller = _Teller(arena, engines)
    for pairs in arena.look_from_seekers():
        rows, eligible = pairs.rows, pairs.eligible
        ids = arena.seeker_side.ids[rows]
        for name, gains in teller.tell(pairs):
            engine, score = engines[name], gains[Recommendation.SEEKER_GAIN]
            if not engine.one_sided:
                score = priced_score(gains[Recommendation.MUTUAL], prices[name], strengths[rows])
            if engine.watch is not None:
                engine.watch(eligible, gains[Recommendation.MUTUAL])
            parts[name].append(_cut(arena, ids, np.where(eligible, score, -np.inf), gains, k))
        advance(len(rows))
    return {name: join_lists(blocks) for name, blocks in parts.items()}


def n_looks(arena: Arena) -> int:
    """Return how many organisations `rank_engines` looks at."""
    return len(arena.seekers) + (len(arena.encoded.reference) if _needs_prices(arena) else 0)


def _needs_prices(arena: Arena) -> bool:
    return bool(arena.is_profile.any()) and arena.config.market.strength > 0.0


def _learn_prices(
    arena: Arena, engines: Mapping[str, Engine], advance: Callable[[int], object]
) -> dict[str, Floats]:
    """Return how sought-after each candidate is under each engine; zeros where nobody pays a price."""
    learners = {name: PriceLearner(arena.config.market, len(arena.pool)) for name in engines}
    if _needs_prices(arena):
        teller = _Teller(arena, {name: engine for name, engine in engines.items() if not engine.one_sided})
        for pairs in arena.encoded.reference_blocks():
            for name, gains in teller.tell(pairs):
                learners[name].add(np.where(pairs.eligible, gains[Recommendation.MUTUAL], np.nan))
            advance(len(pairs.rows))
    return {name: np.round(learner.prices(), DECIMALS) for name, learner in learners.items()}


class _Teller:
    """Tells the gains of pairs under each engine; engines that have much in common are asked together."""

    def __init__(self, arena: Arena, engines: Mapping[str, Engine]) -> None:
        self._arena = arena
        self._engines = engines
        alike: dict[int, dict[str, MutedRanker]] = {}
        for name, engine in engines.items():
            if isinstance(engine.ranker, MutedRanker):
                alike.setdefault(id(engine.ranker.ranker), {})[name] = engine.ranker
        self._together = [(list(muted), trees) for muted in alike.values() if (trees := _open(muted))]
        joint = {name for names, _ in self._together for name in names}
        self._alone = [name for name in engines if name not in joint]

    def tell(self, pairs: PairBlock) -> Iterator[tuple[str, Gains]]:
        """Yield the name and the gains of one engine after the other, in any order."""
        shape = pairs.eligible.shape
        for name in self._alone:
            ranker = self._engines[name].ranker
            sides = [ranker.predict(_flat(side)) for side in pairs.pick(ranker.features_)]
            yield name, self._gains(name, sides, shape)
        for names, trees in self._together:
            own = self._engines[names[0]].ranker.features_
            both = (trees.predict(_flat(side)) for side in pairs.pick(own))
            for name, *gains in zip(names, *both, strict=True):
                yield name, self._gains(name, gains, shape)

    def _gains(self, name: str, sides: Sequence[Floats], shape: tuple[int, ...]) -> Gains:
        seeker, candidate = (np.clip(gains, 0.0, 1.0).reshape(shape) for gains in sides)
        return {
            Recommendation.SEEKER_GAIN: seeker,
            Recommendation.CANDIDATE_GAIN: candidate,
            Recommendation.MUTUAL: mutual_score(
                seeker, candidate, calibrated=self._engines[name].is_calibrated
            ),
        }


def _flat(features: Floats) -> Floats:
    return features.reshape(-1, features.shape[-1])


def _open(muted: Mapping[str, MutedRanker]) -> MutedTrees | None:
    first = next(iter(muted.values()))
    return MutedTrees.open(first.ranker, [one.feature for one in muted.values()])


def _cut(arena: Arena, ids: NDArray[np.object_], score: Floats, gains: Mapping[str, Floats], k: int) -> Lists:
    places = best_places(score, k)
    kept = {name: at_places(values, places) for name, values in gains.items()}
    return Lists(ids, arena.side.ids, places, at_places(score, places), kept)
