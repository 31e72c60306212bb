"""The network of recommendations: which pairs are drawn, and where."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats, Ints
from matcher.columns import Recommendation

_STEPS: Final = 240


def pick_pairs(recommendations: pd.DataFrame, most: int) -> tuple[pd.DataFrame, int]:
    """Return the pairs to be drawn: as many first places of all lists as there is room for.

    Parameters
    ----------
    recommendations : DataFrame
        Columns seeker, candidate, rank, mutual.
    most : int
        Pairs that a picture can hold.

    Returns
    -------
    pairs : DataFrame
        Columns first, second (ids in order), mutual; the strongest first, each pair once.
    depth : int
        How many places of each list they are; 0 where even the first places are too many, and the
        strongest of these were taken.
    """
    chosen, depth = _pairs(recommendations, 1).head(most), 0
    longest = int(recommendations[Recommendation.RANK].max()) if len(recommendations) else 0
    for places in range(1, longest + 1):
        pairs = _pairs(recommendations, places)
        if len(pairs) > most:
            break
        chosen, depth = pairs, places
    return chosen.reset_index(drop=True), depth


def lay_out(starts: Floats, first: Ints, second: Ints) -> Floats:
    """Return where points lie when pairs pull and all else pushes.

    Parameters
    ----------
    starts : ndarray of shape (n, 2)
        Where to begin.
    first, second : ndarray of shape (n_pairs,)
        Positions of the two ends of each pair.

    Returns
    -------
    places : ndarray of shape (n, 2)
        The same for the same input: nothing is drawn by lot. Time grows with n squared.

    References
    ----------
    Fruchterman and Reingold (1991), with a weak pull to the middle, so that parts that no pair joins stay
    near each other.
    """
    places = _spread(starts)
    n = len(places)
    if n < 2:
        return places
    near = np.sqrt(1.0 / n)
    for step in range(_STEPS):
        shift = _push(places, near) - 0.6 * places
        pull = places[second] - places[first]
        pull *= np.linalg.norm(pull, axis=1, keepdims=True) / near
        np.add.at(shift, first, pull)
        np.add.at(shift, second, -pull)
        length = np.maximum(np.linalg.norm(shift, axis=1, keepdims=True), 1e-12)
        heat = 0.12 * (1.0 - step / _STEPS) + 0.001
        places = np.round(places + shift / length * np.minimum(length, heat), 9)
    return places


def _push(places: Floats, near: float) -> Floats:
    gaps = places[:, None, :] - places[None, :, :]
    squares = np.maximum((gaps**2).sum(axis=-1), 1e-6)
    return np.asarray((gaps * (near**2 / squares)[:, :, None]).sum(axis=1))


def _spread(starts: Floats) -> Floats:
    """Bring points to about [-.5, .5], and those that coincide apart, along a sunflower's spiral."""
    n = len(starts)
    span = np.maximum(np.ptp(starts, axis=0), 1e-9) if n else np.ones(2)
    order = np.arange(n)
    angle = order * np.pi * (3.0 - np.sqrt(5.0))
    spiral = np.sqrt((order + 0.5) / max(n, 1))[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    centred = (starts - starts.mean(axis=0)) / span if n else starts
    return np.asarray(0.5 * centred + 0.2 * spiral)


def _pairs(recommendations: pd.DataFrame, depth: int) -> pd.DataFrame:
    """Return the pairs among the first places of all lists, the strongest first."""
    rows = recommendations[recommendations[Recommendation.RANK] <= depth]
    ids = rows[[Recommendation.SEEKER, Recommendation.CANDIDATE]].to_numpy(dtype=object).astype(str)
    ids = np.sort(ids, axis=1) if len(ids) else ids.reshape(0, 2)
    pairs = pd.DataFrame(
        {"first": ids[:, 0], "second": ids[:, 1], "mutual": rows[Recommendation.MUTUAL].to_numpy()}
    )
    ordered = pairs.sort_values(["mutual", "first", "second"], ascending=[False, True, True], kind="stable")
    return ordered.drop_duplicates(["first", "second"])
