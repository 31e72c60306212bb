"""Logistic regression of few parameters with errors that know of seekers and candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import t as student

from matcher.arrays import Floats

EDGE: Final = 1e-4
"""Probabilities are taken to be at least so far from 0 and 1: the log-odds of neither is finite."""
_STEPS: Final = 50


@dataclass(frozen=True)
class Estimate:
    """A parameter with its interval.

    Attributes
    ----------
    value, low, high : float
    """

    value: float
    low: float
    high: float


def log_odds(probability: Floats) -> Floats:
    """Return the log-odds of probabilities, kept `EDGE` from 0 and 1."""
    return np.asarray(logit(np.clip(probability, EDGE, 1.0 - EDGE)))


def fit_logistic(
    design: Floats,
    label: Floats,
    groups: tuple[ArrayLike, ArrayLike],
    rate: float,
    offset: Floats | None = None,
) -> tuple[Estimate, ...]:
    """Fit a logistic regression; intervals allow for pairs that share a seeker or a candidate.

    Parameters
    ----------
    design : ndarray of shape (n_rows, n_parameters)
    label : ndarray of shape (n_rows,)
        0 or 1, both present.
    groups : (array, array) of shape (n_rows,)
        Seeker and candidate of each row.
    rate : float
        Share of intervals that miss, in (0, 1).
    offset : ndarray of shape (n_rows,), optional
        Log-odds that are added as they are.

    Returns
    -------
    estimates : tuple of Estimate
        One a parameter; bounds by the t distribution with as many degrees as the smaller number of groups
        less 1.

    References
    ----------
    Cameron, Gelbach and Miller (2011), "Robust inference with multiway clustering".
    """
    base = np.zeros(len(label)) if offset is None else offset
    beta = _maximise(design, label, base)
    fitted = expit(design @ beta + base)
    inverse = np.linalg.pinv((design * (fitted * (1.0 - fitted))[:, None]).T @ design)
    scores = design * (label - fitted)[:, None]
    one, other = (np.unique(np.asarray(group), return_inverse=True)[1] for group in groups)
    meat = _between(scores, one) + _between(scores, other) - scores.T @ scores
    # The sum of both may fall below each where they cancel by chance: the wider one is then kept.
    variance = np.maximum.reduce(
        [
            np.diag(inverse @ middle @ inverse)
            for middle in (meat, _between(scores, one), _between(scores, other))
        ]
    )
    freedom = max(1, min(int(one.max()), int(other.max())))
    half = float(student.ppf(1.0 - rate / 2.0, freedom)) * np.sqrt(variance)
    return tuple(
        Estimate(float(value), float(value - reach), float(value + reach))
        for value, reach in zip(beta, half, strict=True)
    )


def _maximise(design: Floats, label: Floats, base: Floats) -> Floats:
    """Climb by Newton's steps; a small ridge keeps parted data finite."""
    beta = np.zeros(design.shape[1])
    ridge = 1e-6 * np.eye(len(beta))
    for _ in range(_STEPS):
        fitted = expit(design @ beta + base)
        curve = (design * (fitted * (1.0 - fitted))[:, None]).T @ design + ridge
        step = np.linalg.solve(curve, design.T @ (label - fitted) - ridge @ beta)
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-10:
            break
    return np.asarray(beta)


def _between(scores: Floats, code: NDArray[np.int64]) -> Floats:
    """Sum the outer products of the groups' sums, for the number of groups."""
    n = int(code.max()) + 1
    sums = np.zeros((n, scores.shape[1]))
    np.add.at(sums, code, scores)
    return np.asarray(sums.T @ sums * (n / max(1, n - 1)))
