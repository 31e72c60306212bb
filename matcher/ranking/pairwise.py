"""A ranker that learns weights from which partners a seeker got, shrunk to the analyst's."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from sklearn.utils.validation import check_consistent_length

from matcher.arrays import Flags, Floats, Positions
from matcher.errors import ConfigError
from matcher.features import COMPONENT_NAMES, GATES
from matcher.ranking.weighted import AdditiveRanker, analyst_weights

BLUNTEST, SHARPEST = 1.0, 60.0
"""Ends of the search for the sharpness of the analyst's weights, in log-odds per unit of gain. Weights are
shrunk to the sharpness times the analyst's: if that were 0, their shares would be noise."""
LEAST_SPREAD: Final = 1e-3  # within seekers, up to which a feature keeps the analyst's weight
# Bounds of the search for the logarithm of the sharpness where shares are bounded.
SHARPNESSES: Final = (math.log(1e-2), math.log(1e3))
ROUNDING: Final = 1e-9

Objective = Callable[[Floats], tuple[float, Floats]]  # weights -> loss and its slope


class PairwiseRanker(AdditiveRanker):
    """Weighted mean of features whose weights are learned from differences within each seeker.

    Partners are compared with the other candidates of the same seeker by a conditional logit (McFadden 1974;
    Joachims 2002). Weights are not negative and are shrunk to the analyst's by a normal prior: few labels
    change little, none change nothing.

    Parameters
    ----------
    weights, conflict_strength, feature_names : as for `WeightedRanker`
        The weights are the analyst's; the conflict's strength is not learned.
    shrinkage : float, default 200
        How strongly weights are shrunk, >= 0: number of further labelled pairs that agree with the
        analyst's weights, each counted by the square of a standardised difference.
    bounds : mapping of str to (float, float), optional
        Lowest and highest share of features, in [0, 1], of weights that sum to 1. A feature that is not
        named may take any share. The analyst's weights are projected into the bounds first.

    Attributes
    ----------
    sharpness_ : float
        Log-odds per unit of gain; NaN without labels.
    n_labels_ : int
        Labelled pairs that could be compared with others.
    """

    def __init__(
        self,
        weights: Mapping[str, float] | None = None,
        conflict_strength: float = 0.5,
        shrinkage: float = 200.0,
        feature_names: Sequence[str] | None = None,
        bounds: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self.weights = weights
        self.conflict_strength = conflict_strength
        self.shrinkage = shrinkage
        self.feature_names = feature_names
        self.bounds = bounds

    def fit(self, X: Floats, y: Any = None, *, groups: Any = None, sample_weight: Any = None) -> Self:
        """Learn weights, without y the analyst's; `ConfigError` if none of sum 1 keep the bounds."""
        self._check_settings()
        X = self._checked(X, reset=True)
        check_consistent_length(X, y, groups, sample_weight)
        low, high = self._bounds()
        prior = analyst_weights(self.weights, self.features_)
        if self.bounds is not None:
            prior = project(prior, low, high)
        self._learn_scale(X, sample_weight)
        self.weights_, self.sharpness_, self.n_labels_ = prior, float("nan"), 0
        if y is None:
            return self
        scaled = self._scaled(X)
        scaled[:, self._gates()] = 0.0
        choices = Choices.gather(scaled, y, groups, sample_weight)
        self.n_labels_ = choices.n_chosen
        learned = self._learn(choices, prior, low, high) if choices.n_chosen else np.zeros(1)
        if learned.sum() > 0.0:
            self.sharpness_, self.weights_ = float(learned.sum()), learned / learned.sum()
            if self.bounds is not None:
                self.weights_ = project(self.weights_, low, high)
        return self

    def _bounds(self) -> tuple[Floats, Floats]:
        ends = {name: (0.0, 0.0) if name in GATES else (0.0, 1.0) for name in self.features_}
        for name, (low, high) in (self.bounds or {}).items():
            if name not in ends or name in GATES:
                raise ConfigError(f"bounds must name features that have a weight; got {name!r}.")
            if not 0.0 <= low <= high <= 1.0:
                raise ConfigError(
                    f"bounds of {name} must be in order and from 0 to 1; got {low:g} and {high:g}."
                )
            ends[name] = low, high
        lowest, highest = np.array(list(ends.values()), dtype=np.float64).T
        if not lowest.sum() <= 1.0 + ROUNDING or not highest.sum() >= 1.0 - ROUNDING:
            raise ConfigError(
                f"bounds must allow weights of sum 1; got sums from {lowest.sum():g} to {highest.sum():g}."
            )
        return lowest, highest

    def _learn(self, choices: "Choices", prior: Floats, low: Floats, high: Floats) -> Floats:
        """Return the learned weights times their sharpness; the start where none is better."""
        if self.bounds is None:
            return self._learn_freely(choices, prior)
        start, free = choices.sharpness(prior) * prior, choices.spread() > LEAST_SPREAD
        low, high = np.where(free, low, prior), np.where(free, high, prior)
        objective = self._objective(choices, start)
        first = np.append(np.log(start.sum()), start / start.sum())

        def split(point: Floats) -> tuple[float, Floats]:
            sharpness, shares = np.exp(point[0]), point[1:]
            loss, slope = objective(sharpness * shares)
            return loss, sharpness * np.append(slope @ shares, slope)

        ones = np.append(0.0, np.ones(len(start)))
        found = minimize(
            split,
            first,
            jac=True,
            method="SLSQP",
            bounds=[SHARPNESSES, *zip(low, high, strict=True)],
            constraints={"type": "eq", "fun": lambda point: ones @ point - 1.0, "jac": lambda _: ones},
            options={"maxiter": 500, "ftol": 1e-12},
        )
        is_better = np.isfinite(found.x).all() and found.fun <= split(first)[0]
        return np.asarray(np.exp(found.x[0]) * project(found.x[1:], low, high) if is_better else start)

    def _learn_freely(self, choices: "Choices", prior: Floats) -> Floats:
        """Return weights >= 0, times their sharpness."""
        start, spread = choices.sharpness(prior) * prior, choices.spread()
        objective, free = self._objective(choices, start), spread > LEAST_SPREAD
        # Scaling by the spread makes the features alike to the solver: few steps then suffice.
        scale = np.where(free, spread, 1.0)
        first = start * scale

        def scaled(point: Floats) -> tuple[float, Floats]:
            loss, slope = objective(point / scale)
            return loss, slope / scale

        bounds = [(0.0, None) if moves else (at, at) for moves, at in zip(free, first, strict=True)]
        found = minimize(scaled, first, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200})
        return np.asarray(np.maximum(found.x / scale, 0.0))

    def _objective(self, choices: "Choices", start: Floats) -> Objective:
        pull = self.shrinkage / choices.n_chosen * np.maximum(choices.spread(), LEAST_SPREAD) ** 2

        def objective(weights: Floats) -> tuple[float, Floats]:
            loss, slope = choices.loss(weights)
            away = weights - start
            return loss + float(pull @ away**2), slope + 2.0 * pull * away

        return objective


class StackedRanker(PairwiseRanker):
    """The analyst's score with one learned factor, which may be 0, beside learned weights of signals.

    Components keep the analyst's proportions. Those of which nothing was known in training, so that it is
    not known what they find, weigh 0. Parameters are as for `PairwiseRanker`; bounds are not supported.
    """

    def _learn(self, choices: "Choices", prior: Floats, low: Floats, high: Floats) -> Floats:
        seen = np.where(choices.spread() > 0.0, prior, 0.0)
        signals = np.array([name not in COMPONENT_NAMES for name in self.features_])
        to_weights = np.column_stack([seen, np.eye(len(prior))[:, signals]])
        stacked = replace(choices, features=choices.features @ to_weights)
        analyst = np.eye(to_weights.shape[1])[0]
        return np.asarray(to_weights @ self._learn_freely(stacked, analyst))


def project(shares: Floats, low: Floats, high: Floats) -> Floats:
    """Return shares clipped to bounds; what is missing from a sum of 1 is spread by the room left to them."""
    inside = np.clip(shares, low, high)
    missing = 1.0 - inside.sum()
    room = high - inside if missing > 0.0 else inside - low
    if room.sum() > 0.0:
        inside = inside + missing * room / room.sum()
    return np.asarray(np.clip(inside, low, high))


@dataclass(frozen=True)
class Choices:
    """Pairs, seeker after seeker, of which some were chosen."""

    features: Floats  # shape (n_pairs, n_features)
    starts: Positions  # of each seeker's first pair
    chosen: Flags  # which pairs became partners
    weight: Floats  # number of candidates that each unchosen pair represents

    @classmethod
    def gather(cls, features: Floats, y: Any, groups: Any, weight: Any) -> Self:
        """Keep the seekers that have both chosen and other candidates, seeker after seeker."""
        chosen = np.asarray(y, dtype=np.float64) > 0
        seekers = np.zeros(len(chosen), dtype=np.int64) if groups is None else np.asarray(groups)
        weights = np.ones(len(chosen)) if weight is None else np.asarray(weight, dtype=np.float64)
        others = ~chosen & (weights > 0.0)
        _, codes = np.unique(seekers, return_inverse=True)
        usable = (np.bincount(codes, weights=chosen) > 0) & (np.bincount(codes, weights=others) > 0)
        rows = np.flatnonzero(usable[codes] & (chosen | others))
        rows = rows[np.argsort(codes[rows], kind="stable")]
        starts = np.flatnonzero(np.diff(codes[rows], prepend=-1))
        return cls(features[rows], starts, chosen[rows], weights[rows])

    @property
    def n_chosen(self) -> int:
        """Number of chosen pairs."""
        return int(self.chosen.sum())

    def spread(self) -> Floats:
        """Return the standard deviation of each feature within seekers, shape (n_features,)."""
        sizes = np.diff(np.append(self.starts, len(self.features)))
        counts = np.where(self.chosen, 1.0, self.weight)[:, None]
        totals = np.add.reduceat(counts, self.starts)
        means = np.add.reduceat(counts * self.features, self.starts, axis=0) / totals
        away = self.features - np.repeat(means, sizes, axis=0)
        return np.asarray(np.sqrt((counts * away**2).sum(axis=0) / totals.sum()))

    def sharpness(self, weights: Floats) -> float:
        """Return the factor of the weights under which the choices are most likely, within the bounds."""
        if not (self.spread() * weights > 0.0).any():
            return BLUNTEST  # they separate no candidates: any factor would do
        found = minimize_scalar(
            lambda scale: self.loss(scale * weights)[0], bounds=(BLUNTEST, SHARPEST), method="bounded"
        )
        return float(found.x)

    def loss(self, weights: Floats) -> tuple[float, Floats]:
        """Return the mean negative log-likelihood of choices against all unchosen ones, and its slope."""
        sizes = np.diff(np.append(self.starts, len(self.features)))
        scores = self.features @ weights
        unchosen = np.where(self.chosen, -np.inf, scores)
        # Scores count from the best other candidate, so that the sum over the others is never 0.
        best = np.repeat(np.maximum.reduceat(unchosen, self.starts), sizes)
        scores, others = scores - best, np.exp(unchosen - best) * self.weight
        rest = np.repeat(np.add.reduceat(others, self.starts), sizes)
        totals = np.logaddexp(np.log(rest), scores)
        loss = (totals - scores)[self.chosen].sum()
        shares = np.where(self.chosen, np.exp(-totals), 0.0)
        pulled = others * np.repeat(np.add.reduceat(shares, self.starts), sizes)
        slope = self.features.T @ (pulled + np.where(self.chosen, np.exp(scores - totals) - 1.0, 0.0))
        return float(loss / self.n_chosen), np.asarray(slope / self.n_chosen)
