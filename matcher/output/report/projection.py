"""The map: what organisations write about, brought down to a plane."""

from __future__ import annotations

import numpy as np

from matcher.arrays import Floats


def project(vectors: Floats) -> tuple[Floats, float]:
    """Return the two directions in which vectors differ most.

    Parameters
    ----------
    vectors : ndarray of shape (n, n_dims)
        No NaN.

    Returns
    -------
    places : ndarray of shape (n, 2)
        Principal coordinates; 0 where there is no second direction.
    kept : float
        Share of the variance that they keep, in [0, 1]; NaN where all vectors are alike.

    Notes
    -----
    The sign of each direction is set so that the point farthest out lies on its positive side; rounding
    keeps last bits of the decomposition from showing.

    References
    ----------
    Pearson (1901), principal components.
    """
    places = np.zeros((len(vectors), 2))
    if len(vectors) < 2:
        return places, float("nan")
    centred = vectors - vectors.mean(axis=0)
    left, spread, _ = np.linalg.svd(centred, full_matrices=False)
    total = float((spread**2).sum())
    if total < 1e-12:
        return places, float("nan")
    n_axes = min(2, int((spread > 1e-9).sum()))
    found = left[:, :n_axes] * spread[:n_axes]
    farthest = np.abs(np.round(found, 9)).argmax(axis=0)
    signs = np.where(found[farthest, np.arange(n_axes)] < 0.0, -1.0, 1.0)
    places[:, :n_axes] = np.round(found * signs, 9)
    return places, float((spread[:n_axes] ** 2).sum() / total)


def fit_box(places: Floats, width: float, height: float, margin: float) -> Floats:
    """Stretch points to a box, each axis on its own.

    Parameters
    ----------
    places : ndarray of shape (n, 2)
    width, height, margin : float
        Of the picture.

    Returns
    -------
    points : ndarray of shape (n, 2)
        Within the box, y downwards; in the middle where all are alike.
    """
    if not len(places):
        return places
    low, span = places.min(axis=0), np.ptp(places, axis=0)
    share = np.divide(places - low, span, out=np.full_like(places, 0.5), where=span > 1e-9)
    share[:, 1] = 1.0 - share[:, 1]
    return np.asarray(margin + share * (np.array([width, height]) - 2.0 * margin))
