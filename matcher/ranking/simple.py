"""Simple rankers: a few signals with fixed weights, which a learned ranker has to surpass."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np

from matcher.arrays import Floats
from matcher.errors import ConfigError
from matcher.ranking.weighted import AdditiveRanker

SIMPLE: Final[Mapping[str, tuple[str, ...]]] = {
    "popularity": ("sought_after",),
    "ties and common partners": ("ties", "common_partners"),
    "all text": ("all_text",),
    "place and programme": ("same_",),
}
"""The beginnings of the signals of each simple ranker, by its name."""


def simple_signals(features: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the signals of each ranker of `SIMPLE` of which there are any among some features, by name."""
    signals = {
        name: tuple(one for one in features if one.startswith(start)) for name, start in SIMPLE.items()
    }
    return {name: chosen for name, chosen in signals.items() if chosen}


class SignalRanker(AdditiveRanker):
    """Mean of some signals, each with the same weight; learns only the pool's means.

    Parameters
    ----------
    signals : sequence of str
        Features that count.
    feature_names : as for `WeightedRanker`
    """

    conflict_strength = 0.0

    def __init__(self, signals: Sequence[str] = (), feature_names: Sequence[str] | None = None) -> None:
        self.signals = signals
        self.feature_names = feature_names

    def fit(self, X: Floats, y: Any = None, **labels: Any) -> Self:
        """Learn the pool's mean of each feature; raises `ConfigError` if no signal is a column of X."""
        X = self._checked(X, reset=True)
        counts = np.array([name in self.signals for name in self.features_], dtype=np.float64)
        if not counts.any():
            raise ConfigError(f"signals must name columns; got {', '.join(self.signals) or 'none'}.")
        self.weights_ = counts / counts.sum()
        self._learn_scale(X)
        return self
