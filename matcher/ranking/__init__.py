"""Rankers turn the features of a pair into what one side gains by it."""

from matcher.ranking.additive import AdditiveRanker
from matcher.ranking.boosted import BoostedRanker
from matcher.ranking.calibrated import AnyRanker, CalibratedRanker
from matcher.ranking.calibration import Calibration
from matcher.ranking.pairwise import PairwiseRanker
from matcher.ranking.weighted import WeightedRanker

__all__ = [
    "AdditiveRanker",
    "AnyRanker",
    "BoostedRanker",
    "CalibratedRanker",
    "Calibration",
    "PairwiseRanker",
    "WeightedRanker",
]
