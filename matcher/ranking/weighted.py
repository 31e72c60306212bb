"""Rankers whose gain is a weighted mean of features, lowered by the conflict gate."""

import numbers
from collections.abc import Mapping, Sequence
from typing import Any, Final, Self

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from matcher.arrays import Flags, Floats
from matcher.config import DEFAULT_WEIGHTS, Config
from matcher.errors import ConfigError
from matcher.features import COMPONENT_NAMES, COMPONENTS, DECIMALS, GATES

SPAN: Final = 6.0  # standard deviations of a component in the pool that its scale from 0 to 1 spans
USUAL_PAIRS: Final = 30.0  # pairs of the pool that count as much as the usual mean and spread of a component
LEAST: Final = 0.5  # share of the usual spread below which a component that hardly differs loses influence
CONDUCT: Final = frozenset(component.name for component in COMPONENTS if component.is_conduct)
USUAL: Final = {component.name: component.usual for component in COMPONENTS if not component.is_gate}


class Ranker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Base of rankers: ``fit(X, y, groups=..., sample_weight=...)``, then ``predict(X)``.

    X holds features seen from the seeker's side, shape (n_pairs, n_features), NaN where unknown. Of shape
    (n_pairs,) are y, 1 where the pair became partners, 0 where that is unknown; groups, the seeker of each
    pair (one for all when left out); and the number of unlabelled candidates that each one represents.
    `means_`, the pool's mean of each feature, replace missing values; NaN where the whole pool lacks it.
    """

    feature_names: Sequence[str] | None
    means_: Floats

    @property
    def features_(self) -> tuple[str, ...]:
        """Names of the columns of X, in order."""
        return COMPONENT_NAMES if self.feature_names is None else tuple(self.feature_names)

    def _checked(self, X: Floats, *, reset: bool = False) -> Floats:
        X = validate_data(self, X, reset=reset, ensure_all_finite="allow-nan", dtype=np.float64)
        if X.shape[1] != len(self.features_):
            raise ValueError(f"X must have {len(self.features_)} columns, one per feature; got {X.shape[1]}.")
        return np.asarray(X)


def analyst_weights(weights: Mapping[str, float] | None, features: Sequence[str]) -> Floats:
    """Return the analyst's weight of each feature, summing to 1; 0 for those that are no component."""
    given = DEFAULT_WEIGHTS if weights is None else Config.from_dict({"weights": dict(weights)}).weights
    normalised = given.normalised()
    return np.array([normalised.get(name, 0.0) for name in features])


def column_means(X: Floats, counts: Floats | None = None) -> Floats:
    """Return the mean of each column's known values, each row counted so often; NaN where there is none."""
    return np.asarray(_moments(X, counts)[1])


def _moments(X: Floats, counts: Floats | None) -> Floats:
    """Return number, mean and variance of the known values of each column, shape (3, n_features)."""
    found = np.full((3, X.shape[1]), np.nan)
    for at, column in enumerate(X.T):  # one at a time: what is made of it is of the size of a column
        weights = ~np.isnan(column) * (1.0 if counts is None else counts)
        found[0, at] = total = weights.sum()
        if total > 0:
            known = np.nan_to_num(column)
            found[1, at] = mean = (known * weights).sum() / total
            found[2, at] = ((known - mean) ** 2 * weights).sum() / total
    return found


def pool_scale(X: Floats, features: Sequence[str], counts: Floats | None = None) -> tuple[Floats, Floats]:
    """Return middle and width of the scale of each feature, from pairs of the pool that count so often."""
    mean, spread = np.array([USUAL.get(name, (np.nan, np.nan)) for name in features]).reshape(-1, 2).T
    n_known, means, variances = _moments(X, counts)
    share = n_known / (n_known + USUAL_PAIRS)
    centres = (1.0 - share) * mean + share * np.nan_to_num(means)
    width = np.sqrt((1.0 - share) * spread**2 + share * np.nan_to_num(variances))
    widths = SPAN * np.maximum(width, LEAST * spread)
    # Rounded: sums of floats differ in the last bits between processors.
    return np.nan_to_num(centres, nan=0.5).round(DECIMALS), np.nan_to_num(widths, nan=1.0).round(DECIMALS)


def fill(X: Floats, means: Floats) -> Floats:
    """Replace missing values by the means of their columns, 0 where there is none."""
    return np.where(np.isnan(X), np.nan_to_num(means), X)


class AdditiveRanker(Ranker):
    """What rankers of weights share.

    Components are brought to the scale of the pool before they are weighted, so that a weight is a share of
    influence: the pool's mean becomes .5, and `SPAN` standard deviations span the scale from 0 to 1, at
    whose ends values are clipped. In a pool of few pairs both are drawn to `Component.usual`, and a component
    never counts as if it differed less than `LEAST` of what is usual. Other features and gates stay as they
    are, with centre .5 and width 1. Own definition.

    Weights are >= 0 and sum to 1; 0 for a gate. A feature that the whole pool lacks counts in no gain.
    """

    conflict_strength: float
    conduct_limit: float = 1.0
    weights_: Floats
    centres_: Floats
    widths_: Floats

    def observe(self, X: Floats) -> Self:
        """Learn mean and scale of each feature from a pool's pairs, NaN where unknown; weights stay."""
        check_is_fitted(self, "weights_")
        return self._learn_scale(self._checked(X))

    def _learn_scale(self, X: Floats, counts: Floats | None = None) -> Self:
        self.means_ = column_means(X, counts)
        self.centres_, self.widths_ = pool_scale(X, self.features_, counts)
        return self

    def _scaled(self, X: Floats) -> Floats:
        """Return features on the scale of the pool, in [0, 1]; missing ones have the pool's mean."""
        scaled = fill(X, self.means_)
        scaled -= self.centres_
        scaled /= self.widths_
        scaled += 0.5
        return np.clip(scaled, 0.0, 1.0, out=scaled)

    @property
    def slopes_(self) -> Floats:
        """What a unit of each feature adds to the gain inside its scale, shape (n_features,)."""
        return np.asarray(self.shares_ / self.widths_)

    @property
    def shares_(self) -> Floats:
        """Weights that are in force in this pool, shape (n_features,), summing to 1 or all 0."""
        shares = np.where(np.isnan(self.means_), 0.0, self.weights_)
        return np.asarray(shares / (shares.sum() or 1.0))

    def predict(self, X: Floats) -> Floats:
        """Return the gain of each pair, shape (n_pairs,), in [0, 1]."""
        return np.asarray(self.contributions(X).sum(axis=1))

    def utility(self, X: Floats) -> Floats:
        """Return the input of calibration, shape (n_pairs,): the gain itself."""
        return self.predict(X)

    def contributions(self, X: Floats) -> Floats:
        """Return what each feature adds to the gain, a gate <= 0; shape (n_pairs, n_features)."""
        check_is_fitted(self)
        scaled, shares = self._scaled(self._checked(X)), self.shares_
        parts = scaled * shares
        # What trust, communication and culture add, beyond the usual, is kept within the limit.
        conduct = np.array([name in CONDUCT for name in self.features_])
        beyond = (scaled - 0.5)[:, conduct] * shares[conduct]
        total = np.abs(beyond.sum(axis=1))
        kept = np.minimum(1.0, np.divide(self.conduct_limit, total, out=np.ones_like(total), where=total > 0))
        parts[:, conduct] = 0.5 * shares[conduct] + beyond * kept[:, None]
        gates = self._gates()
        ungated = parts.sum(axis=1)
        parts[:, gates] = -self.conflict_strength * ungated[:, None] * scaled[:, gates]
        return np.asarray(parts)

    def completeness(self, X: Floats) -> Floats:
        """Return the share of the weight whose features are known, shape (n_pairs,), in [0, 1]."""
        check_is_fitted(self)
        return np.asarray((~np.isnan(X)) @ self.weights_)

    def _check_settings(self) -> None:
        """Refuse a strength that would turn gains negative, or raise them where products collide."""
        for name in ("conflict_strength", "conduct_limit"):
            given: Any = getattr(self, name)
            if not isinstance(given, numbers.Real) or not 0.0 <= float(given) <= 1.0:
                raise ConfigError(f"{name} must be a number from 0 to 1; got {given!r}.")

    def _gates(self) -> Flags:
        return np.array([name in GATES for name in self.features_])


class WeightedRanker(AdditiveRanker):
    """Weighted mean of components; additive, needs no labels.

    Parameters
    ----------
    weights : mapping of str to float, optional
        Weight of each component, >= 0; brought to sum 1. None for the documented defaults.
    conflict_strength : float, default 0.5
        By how much a full collision lowers the gain, in [0, 1].
    feature_names : sequence of str, optional
        Columns of X; the components when left out. Those that are no component weigh 0.
    conduct_limit : float, default 0.04
        By how much trust, communication and culture together may raise or lower a gain, in [0, 1].
    """

    def __init__(
        self,
        weights: Mapping[str, float] | None = None,
        conflict_strength: float = 0.5,
        feature_names: Sequence[str] | None = None,
        conduct_limit: float = 0.04,
    ) -> None:
        self.weights = weights
        self.conflict_strength = conflict_strength
        self.feature_names = feature_names
        self.conduct_limit = conduct_limit

    @classmethod
    def from_config(cls, config: Config, feature_names: Sequence[str] | None = None) -> Self:
        """Return the ranker of the analyst's settings."""
        return cls(config.weights.as_dict(), config.conflict_strength, feature_names, config.conduct_limit)

    def fit(self, X: Floats, y: Any = None, **labels: Any) -> Self:
        """Learn the pool's mean of each component, without labels; `ConfigError` for a wrong setting."""
        self._check_settings()
        X = self._checked(X, reset=True)
        self.weights_ = analyst_weights(self.weights, self.features_)
        return self._learn_scale(X)
