"""How far the lists of a fitted `Matcher` move where its weights are otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd

from matcher.columns import Profile
from matcher.errors import ConfigError, EvaluationError
from matcher.evaluation.checks import check_whole
from matcher.evaluation.comparison.arena import Arena
from matcher.evaluation.comparison.engines import Engine, rank_engines
from matcher.evaluation.comparison.stability import (
    DEPTH,
    DRAWS,
    Stability,
    change_weights,
    measure_stability,
)
from matcher.matching.pool import PairBlock
from matcher.profiles import ProfileTable
from matcher.profiles.seekers import Seeker
from matcher.ranking import AdditiveRanker
from matcher.recommendations import Matcher

WIDE_SPREADS: Final = (0.1, 0.2, 0.3, 0.4, 0.5)
"""Close enough to each other for a line."""
UNCHANGED: Final = "unchanged"


class _Fitted(Arena):
    """The pool of a fitted matcher and some seekers, looked at as a comparison looks at its own."""

    # Nothing of the parent's start is wanted: the matcher has encoded the pool and learned it already.
    def __init__(
        self, matcher: Matcher, seekers: Seeker | Sequence[Seeker] | pd.DataFrame | ProfileTable
    ) -> None:
        self.seekers, self.seeker_side = matcher.encode_seekers(seekers)
        self.config = matcher.config
        self.encoded = matcher.scorer.pool
        self.pool, self.side = self.encoded.frame, self.encoded.organisations
        self.is_profile = (self.seekers[Profile.LEAD] == "").to_numpy()

    def look_from_seekers(self) -> Iterator[PairBlock]:
        """Yield blocks as the parent does; earlier partners stay, as a matcher recommends them too."""
        yield from self.encoded.blocks(self.seekers, self.seeker_side)


def measure_reweighing(
    matcher: Matcher,
    seekers: Seeker | Sequence[Seeker] | pd.DataFrame | ProfileTable,
    spreads: Sequence[float] = WIDE_SPREADS,
    *,
    draws: int = DRAWS,
    seed: int = 0,
) -> list[Stability]:
    """Return how far a fitted matcher's first ten places move where its weights are otherwise.

    Parameters
    ----------
    matcher : Matcher
        Fitted, with a ranker that has weights.
    seekers : ids, mappings or a table
        Whose lists; as for `Matcher.recommend`.
    spreads : sequence of float
        How far each weight is moved, as a share of it; each above 0 and below 1.
    draws : int, default 10
        Sets of weights drawn for each spread; at least 1.
    seed : int, default 0
        Of the draws.

    Returns
    -------
    stability : list of Stability
        One a spread, for `matcher.output.plots.plot_stability`.

    Raises
    ------
    EvaluationError
        If the ranker has no weights, or nobody may be recommended to any seeker.
    ConfigError
        If a spread or draws is out of range.
    MatcherError
        As `Matcher.recommend`.

    Notes
    -----
    Pairs are looked at once; what each set of weights makes of them, prices included, is worked out from
    that. Nothing is fitted or encoded anew.

    References
    ----------
    Own definition; see `measure_stability`.
    """
    _check(spreads, draws)
    arena = _Fitted(matcher, seekers)
    ranker = matcher.scorer.ranker
    if not isinstance(ranker, AdditiveRanker):
        raise EvaluationError(
            f"the matcher's ranker must have weights; got {type(ranker).__name__}. "
            "Use the analyst's weights or a PairwiseRanker without calibration."
        )
    moved = {spread: change_weights(ranker, spread, draws=draws, seed=seed) for spread in spreads}
    engines = {
        f"{spread} {draw}": Engine(one) for spread, own in moved.items() for draw, one in enumerate(own)
    }
    lists = rank_engines(arena, {UNCHANGED: Engine(ranker)} | engines, DEPTH)
    if lists[UNCHANGED].table().empty:
        raise EvaluationError("seekers must have eligible candidates; got none for any of them. Name others.")
    changed = {spread: [lists[f"{spread} {draw}"] for draw in range(draws)] for spread in moved}
    return measure_stability(lists[UNCHANGED], changed)


def _check(spreads: Sequence[float], draws: int) -> None:
    if not len(spreads) or not all(0.0 < spread < 1.0 for spread in spreads):
        told = ", ".join(str(spread) for spread in spreads) or "none"
        raise ConfigError(f"spreads must be above 0 and below 1; got {told}. Change them.")
    check_whole(draws, "draws")
