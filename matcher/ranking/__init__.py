"""Rankers turn the components of a pair into what one side gains by it."""

from matcher.ranking.weighted import WeightedRanker

__all__ = ["WeightedRanker"]
