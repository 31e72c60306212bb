"""Where the organisations of a network stand, so that those who are linked stand together."""

from __future__ import annotations

from typing import Final

import numpy as np

from matcher.arrays import Floats, Ints

STEPS: Final = 300
GRAVITY: Final = 0.06
"""Pull to the middle, so that parts without a link between them do not drift apart."""


def spring_layout(n_nodes: int, edges: Ints, strength: Floats, *, seed: int = 0) -> Floats:
    """Return positions in which links pull and all nodes push each other away.

    Parameters
    ----------
    n_nodes : int
    edges : ndarray of shape (n_edges, 2)
        Numbers of nodes, from 0.
    strength : ndarray of shape (n_edges,)
        How hard each link pulls, above 0.
    seed : int
        Draws where nodes start.

    Returns
    -------
    positions : ndarray of shape (n_nodes, 2)
        In [-1, 1], around the middle. The same for the same input.

    Notes
    -----
    Some hundred steps of n_nodes^2 each.

    References
    ----------
    Fruchterman and Reingold (1991), "Graph drawing by force-directed placement"; the pull to the middle is
    an addition of our own.
    """
    if n_nodes < 2:
        return np.zeros((n_nodes, 2))
    rng = np.random.default_rng(seed)
    at = rng.uniform(-1.0, 1.0, (n_nodes, 2))
    length = 2.0 / np.sqrt(n_nodes)
    for step in range(STEPS):
        force = _push(at, length) + _pull(at, edges, strength, length) - GRAVITY * at * n_nodes * length
        size = np.linalg.norm(force, axis=1, keepdims=True)
        limit = 0.2 * (1.0 - step / STEPS) + 1e-4
        at = at + force / np.maximum(size, 1e-12) * np.minimum(size, limit)
    return _framed(at)


def _push(at: Floats, length: float) -> Floats:
    apart = at[:, None, :] - at[None, :, :]
    squared = np.maximum((apart**2).sum(axis=-1), 1e-6)
    return np.asarray((apart * (length**2 / squared)[..., None]).sum(axis=1))


def _pull(at: Floats, edges: Ints, strength: Floats, length: float) -> Floats:
    force = np.zeros_like(at)
    first, second = edges[:, 0], edges[:, 1]
    apart = at[second] - at[first]
    distance = np.linalg.norm(apart, axis=1, keepdims=True)
    moved = apart * distance / length * strength[:, None]
    np.add.at(force, first, moved)
    np.add.at(force, second, -moved)
    return force


def _framed(at: Floats) -> Floats:
    """Move and scale positions into [-1, 1], both axes alike."""
    low, high = at.min(axis=0), at.max(axis=0)
    half = max(float((high - low).max()) / 2.0, 1e-12)
    return np.asarray(np.clip((at - (low + high) / 2.0) / half, -1.0, 1.0))
