"""Simple rankers: a few signals with fixed weights, which a learned ranker has to surpass."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np

from matcher.arrays import Floats
from matcher.ranking.weighted import AdditiveRanker

SIMPLE: Final[Mapping[str, tuple[str, ...]]] = {
    "popularity": ("sought_after",),
    "ties and common partners": ("ties", "common_partners"),
    "all text": ("all_text",),
    "place and programme": ("same_",),
}
"""The beginnings of the signals of each simple ranker, by its name."""


class SignalRanker(AdditiveRanker):
    """Mean of some signals, features that count with the same weight each; learns only the pool's means."""

    conflict_strength = 0.0

    def __init__(self, signals: Sequence[str], feature_names: Sequence[str] | None = None) -> None:
        self.signals = signals
        self.feature_names = feature_names

    def fit(self, X: Floats, y: Any = None, **labels: Any) -> Self:
        """Learn the pool's mean of each feature; labels are not used."""
        X = self._checked(X, reset=True)
        counts = np.array([name in self.signals for name in self.features_], dtype=np.float64)
        self.weights_ = counts / counts.sum()
        return self._learn_scale(X)
