"""Learning from outcomes: snapshots of the past, pairs to learn from, and the rung that they bear."""

from matcher.learning.choosing import Training, train_ranker
from matcher.learning.pairs import TrainingPairs, gather_pairs
from matcher.learning.snapshots import Snapshot, take_snapshots

__all__ = [
    "Snapshot",
    "Training",
    "TrainingPairs",
    "gather_pairs",
    "take_snapshots",
    "train_ranker",
]
