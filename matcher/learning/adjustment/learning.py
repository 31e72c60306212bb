"""Weights learned from which partners were found, within bounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from scipy.optimize import minimize

from matcher.arrays import Floats
from matcher.features import COMPONENT_NAMES, GATES
from matcher.learning import TrainingPairs
from matcher.learning.adjustment.bounds import fit_into
from matcher.ranking.base import column_means
from matcher.ranking.pairwise import LEAST_SPREAD, Choices

SHRINKAGE: Final = 200.0
"""As if that many more partnerships spoke for the present weights; as in `PairwiseRanker`."""
SHARPNESSES: Final = (1e-2, 1e3)
"""Bounds of the search for how sharply weights tell partners from others, in log-odds a unit of gain."""


def learn_weights(
    pairs: TrainingPairs,
    present: Mapping[str, float],
    limits: Mapping[str, tuple[float, float]],
    shrinkage: float = SHRINKAGE,
) -> tuple[dict[str, float], int]:
    """Learn weights within bounds, from what seekers saw in the partners that they found.

    Parameters
    ----------
    pairs : TrainingPairs
    present : mapping of str to float
        Weights in force, summing to 1.
    limits : mapping of str to (float, float)
        From `make_bounds`.
    shrinkage : float
        How strongly weights are pulled to those in force, >= 0.

    Returns
    -------
    weights : dict of str to float
        Within the bounds, summing to 1; those in force where nothing was learned.
    n_labels : int
        Partnerships that could be compared with other candidates.

    References
    ----------
    The conditional logit of `PairwiseRanker`, with bounds on the shares: own definition.
    """
    names = [name for name in COMPONENT_NAMES if name not in GATES]
    drawn = pairs.thin()
    seen, _ = drawn.columns(names)
    filled = np.where(np.isnan(seen), np.nan_to_num(column_means(seen)), seen)
    choices = Choices.gather(filled, drawn.label, drawn.seeker, drawn.weight)
    if not choices.n_chosen:
        return dict(present), 0
    prior = np.array([present[name] for name in names])
    low, high = (np.array([limits[name][end] for name in names]) for end in (0, 1))
    learned = learn_within(choices, prior, low, high, shrinkage)
    found = dict(zip(names, learned.tolist(), strict=True))
    return {name: found[name] for name in present}, choices.n_chosen


def learn_within(choices: Choices, prior: Floats, low: Floats, high: Floats, shrinkage: float) -> Floats:
    """Return the weights that tell the chosen best, pulled to a prior, within bounds.

    Parameters
    ----------
    choices : Choices
        With at least one chosen pair.
    prior, low, high : ndarray of shape (n_features,)
        The prior sums to 1 and lies within the bounds.
    shrinkage : float

    Returns
    -------
    weights : ndarray of shape (n_features,)
        Summing to 1. A feature that tells nobody apart within seekers keeps its prior weight.

    Notes
    -----
    The sharpness is searched for together with the weights, which it multiplies: with bounds from 0 to 1
    the weights are those of `PairwiseRanker`.
    """
    spread = choices.spread()
    silent = spread <= LEAST_SPREAD
    low, high = np.where(silent, prior, low), np.where(silent, prior, high)
    start = choices.sharpness(prior)
    pull = shrinkage / choices.n_chosen * np.maximum(spread, LEAST_SPREAD) ** 2

    def objective(point: Floats) -> tuple[float, Floats]:
        sharpness, weights = np.exp(point[0]), point[1:]
        loss, slope = choices.loss(sharpness * weights)
        away = sharpness * weights - start * prior
        slope = sharpness * (slope + 2.0 * pull * away)
        return loss + float(pull @ away**2), np.concatenate([[slope @ weights], slope])

    found: Any = minimize(
        objective,
        np.concatenate([[np.log(start)], prior]),
        jac=True,
        method="SLSQP",
        bounds=[tuple(np.log(SHARPNESSES)), *zip(low, high, strict=True)],
        constraints=[{"type": "eq", "fun": _surplus, "jac": _surplus_slope}],
        options={"maxiter": 500, "ftol": 1e-12},
    )
    learned = fit_into(found.x[1:], low, high)
    # Where the search went astray nothing is learned: what it found must explain more than the prior.
    is_better = np.isfinite(learned).all() and found.fun <= objective(np.append(np.log(start), prior))[0]
    return learned if is_better else prior


def _surplus(point: Floats) -> float:
    return float(point[1:].sum() - 1.0)


def _surplus_slope(point: Floats) -> Floats:
    return np.append(0.0, np.ones(len(point) - 1))
