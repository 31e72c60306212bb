"""Rankers turn the features of a pair into what one side gains by it."""

from matcher.ranking.boosted import BoostedRanker
from matcher.ranking.calibration import AnyRanker, CalibratedRanker, Calibration
from matcher.ranking.pairwise import PairwiseRanker, StackedRanker
from matcher.ranking.simple import SignalRanker
from matcher.ranking.weighted import AdditiveRanker, WeightedRanker

__all__ = [
    "AdditiveRanker",
    "AnyRanker",
    "BoostedRanker",
    "CalibratedRanker",
    "Calibration",
    "PairwiseRanker",
    "SignalRanker",
    "StackedRanker",
    "WeightedRanker",
]
