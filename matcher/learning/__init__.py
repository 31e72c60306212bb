"""Learning from outcomes: pairs to learn from, the choice of a ranker, model cards, proposed weights."""
