"""Bounds within which weights may move, as the analyst sets them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from numbers import Real
from pathlib import Path
from typing import Any, Final

import numpy as np

from matcher.arrays import Floats
from matcher.errors import ConfigError

Bounds = Mapping[str, tuple[float, float]]

SPREAD: Final = 0.3
"""By which share of itself a weight may move where the analyst sets no bounds."""
_ROUNDING: Final = 1e-9


def make_bounds(present: Mapping[str, float], bounds: Bounds | None = None) -> dict[str, tuple[float, float]]:
    """Return the bounds of every weight.

    Parameters
    ----------
    present : mapping of str to float
        The weights in force, summing to 1.
    bounds : mapping of str to (float, float), optional
        Lowest and highest weight, in [0, 1], of weights that sum to 1. Who is not named may move by at
        most `SPREAD` of itself; a weight of 0 stays 0.

    Returns
    -------
    limits : dict of str to (float, float)
        In the order of `present`; each holds the weight in force.

    Raises
    ------
    ConfigError
        If a name is no component, bounds are no two numbers in order in [0, 1], or the weight in force
        lies outside of them.
    """
    limits = {
        name: (weight * (1.0 - SPREAD), min(weight * (1.0 + SPREAD), 1.0)) for name, weight in present.items()
    }
    for name, pair in (bounds or {}).items():
        if name not in present:
            raise ConfigError(
                f"bounds must name components ({', '.join(present)}); got {name!r}. Correct it."
            )
        limits[name] = _checked(name, pair, present[name])
    return limits


def _checked(name: str, pair: Any, weight: float) -> tuple[float, float]:
    is_pair = isinstance(pair, list | tuple) and len(pair) == 2
    if not is_pair or not all(isinstance(end, Real) and not isinstance(end, bool) for end in pair):
        raise ConfigError(f"bounds of {name} must be two numbers, lowest and highest; got {pair!r}.")
    low, high = (float(end) for end in pair)
    if not 0.0 <= low <= high <= 1.0:
        raise ConfigError(f"bounds of {name} must be in order and from 0 to 1; got {low:g} and {high:g}.")
    if not low - _ROUNDING <= weight <= high + _ROUNDING:
        raise ConfigError(
            f"bounds of {name} must hold its present weight, {weight:.4g} of a sum of 1; got {low:g} to "
            f"{high:g}. Widen them or change the weight first."
        )
    return min(low, weight), max(high, weight)


def read_bounds(path: str | Path) -> dict[str, tuple[float, float]]:
    """Read bounds from a TOML file with a line a component, such as ``trust = [0.10, 0.25]``.

    Raises
    ------
    ConfigError
        If the file cannot be read or is no TOML; `make_bounds` checks what stands in it.
    """
    try:
        found = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as err:
        raise ConfigError(f"bounds must be a readable file; got {path} ({err.strerror}).") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise ConfigError(f"bounds must be TOML in UTF-8; {path} is not: {err}.") from err
    return {name: tuple(pair) if isinstance(pair, list) else pair for name, pair in found.items()}


def fit_into(weights: Floats, low: Floats, high: Floats) -> Floats:
    """Return weights within bounds that sum to 1, the next ones to those given as far as rounding goes.

    Parameters
    ----------
    weights, low, high : ndarray of shape (n_weights,)
        Bounds in [0, 1] that weights of sum 1 can keep.
    """
    inside = np.clip(weights, low, high)
    missing = 1.0 - inside.sum()
    room = high - inside if missing > 0.0 else inside - low
    if room.sum() > 0.0:
        inside = inside + missing * room / room.sum()
    return np.asarray(np.clip(inside, low, high))
