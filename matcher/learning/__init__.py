"""Learning from outcomes: pairs to learn from, the choice of a ranker, model cards, proposed weights."""

from matcher.learning.training import Training, facts_of, train_ranker, write_card
from matcher.learning.training_pairs import TrainingPairs, gather_pairs

__all__ = ["Training", "TrainingPairs", "facts_of", "gather_pairs", "train_ranker", "write_card"]
