"""Whether a figure or a category is spread as it was: stability index and tests."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2_contingency, ks_2samp

from matcher.arrays import Floats

LEAST_EXPECTED: Final = 5.0
"""Expected number below which categories are joined: chi-square holds for no less."""
OTHERS: Final = "\x00others"


def stability_index(reference: ArrayLike, now: ArrayLike) -> tuple[float, float]:
    """Return the population stability index of counts in bins, and what noise alone makes of it.

    Parameters
    ----------
    reference, now : array of shape (n_bins,)
        Counts in the same bins; half a unit is added to each, so that empty bins stay finite.

    Returns
    -------
    index : float
        Sum over bins of (q - p) log(q / p), 0 or more; 0 for the same shares. Symmetric.
    noise : float
        (bins - 1)(1 / n + 1 / m): its mean where nothing moved. Bins empty in both do not count.

    References
    ----------
    Yurdakul and Naranjo (2020), "Statistical properties of the population stability index".

    Examples
    --------
    >>> stability_index([50, 50], [50, 50])
    (0.0, 0.02)
    """
    old, new = np.asarray(reference, dtype=np.float64), np.asarray(now, dtype=np.float64)
    used = (old + new) > 0
    old, new = old[used], new[used]
    p, q = ((counts + 0.5) / (counts + 0.5).sum() for counts in (old, new))
    index = float(((q - p) * np.log(q / p)).sum())
    return index, float((len(old) - 1) * (1.0 / old.sum() + 1.0 / new.sum()))


def bin_counts(reference: Floats, now: Floats, bins: int = 10) -> tuple[Floats, Floats]:
    """Count numbers in bins of equal mass in the reference; fewer where numbers repeat."""
    edges = np.unique(np.quantile(reference, np.linspace(0.0, 1.0, bins + 1)[1:-1]))
    return tuple(  # type: ignore[return-value]
        np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1).astype(np.float64)
        for values in (reference, now)
    )


def compare_numbers(reference: Floats, now: Floats, bins: int) -> tuple[float, float, float, float]:
    """Return stability index, its noise, the Kolmogorov-Smirnov distance, and the test's p.

    References
    ----------
    Smirnov (1948), "Table for estimating the goodness of fit of empirical distributions".
    """
    index, noise = stability_index(*bin_counts(reference, now, bins))
    found = ks_2samp(reference, now, method="asymp")
    return index, noise, float(found.statistic), float(found.pvalue)


def compare_words(reference: list[str], now: list[str]) -> tuple[float, float, float, float]:
    """Return stability index, its noise, NaN, and the p of a chi-square test; rare words are joined."""
    old, new = _joined_counts(reference, now)
    index, noise = stability_index(old, new)
    if len(old) < 2:
        return index, noise, math.nan, 1.0
    return index, noise, math.nan, float(chi2_contingency(np.array([old, new]), correction=False).pvalue)


def _joined_counts(reference: list[str], now: list[str]) -> tuple[Floats, Floats]:
    words, code = np.unique([*reference, *now], return_inverse=True)
    old = np.bincount(code[: len(reference)], minlength=len(words)).astype(np.float64)
    new = np.bincount(code[len(reference) :], minlength=len(words)).astype(np.float64)
    smaller = min(len(reference), len(now)) / (len(reference) + len(now))
    rare = (old + new) * smaller < LEAST_EXPECTED
    if not rare.any():
        return old, new
    counts = [np.append(each[~rare], each[rare].sum()) for each in (old, new)]
    if (counts[0][-1] + counts[1][-1]) * smaller < LEAST_EXPECTED and len(counts[0]) > 1:
        # What is rare even when joined goes to the smallest of the others.
        least = int(np.argmin((counts[0] + counts[1])[:-1]))
        for each in counts:
            each[least] += each[-1]
        counts = [each[:-1] for each in counts]
    return counts[0], counts[1]
