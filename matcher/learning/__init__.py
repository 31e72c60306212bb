"""Learning from outcomes: snapshots of the past, pairs to learn from, and the rung that they bear."""

from matcher.learning.cards import facts_of, write_card
from matcher.learning.choosing import Training, train_ranker
from matcher.learning.files import TrainingReport, train_batch
from matcher.learning.pairs import TrainingPairs, gather_pairs
from matcher.learning.snapshots import Snapshot, take_snapshots

__all__ = [
    "Snapshot",
    "Training",
    "TrainingPairs",
    "TrainingReport",
    "facts_of",
    "gather_pairs",
    "take_snapshots",
    "train_batch",
    "train_ranker",
    "write_card",
]
