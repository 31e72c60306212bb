"""All components, and their scores for blocks of pairs."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Floats, Positions
from matcher.config import COMPONENT_NAMES
from matcher.features.component import Both, Component, Context
from matcher.features.organisations import Organisations
from matcher.files import bundled_toml

AnyFloats = TypeVar("AnyFloats", NDArray[np.float32], NDArray[np.float64])

DECIMALS: Final = 6  # components are rounded: sums of floats differ in the last bits between block sizes


def _both(module: Any) -> Both:
    return getattr(module, "both", None) or (lambda *given: (module.score(*given),) * 2)


_ABOUT: Final = bundled_toml(__package__, "components.toml")
COMPONENTS: Final = tuple(
    Component(name, _both(import_module(f"matcher.features.{name}")), **_ABOUT[name])
    for name in COMPONENT_NAMES
)
GATES: Final = frozenset(component.name for component in COMPONENTS if component.is_gate)


def score_pairs(
    seekers: Organisations, candidates: Organisations, context: Context, columns: Positions
) -> tuple[Floats, Floats]:
    """Score the components of pairs from either side, (n_seekers, n_listed, n_components); NaN unknown."""
    pairs = [component.both(seekers, candidates, context, columns) for component in COMPONENTS]
    ours, theirs = (np.stack(side, axis=-1) for side in zip(*pairs, strict=True))
    for scores in (ours, theirs):
        np.clip(scores, 0.0, 1.0, out=scores)
        np.round(scores, DECIMALS, out=scores)
    return ours, theirs


def pick_features(features: AnyFloats, have: Sequence[str], want: Sequence[str]) -> AnyFloats:
    """Return the features that a ranker wants, in its order, along the last axis; NaN for missing ones."""
    if tuple(have) == tuple(want):
        return features
    picked = np.full((*features.shape[:-1], len(want)), np.nan, dtype=features.dtype)
    for position, name in enumerate(want):
        if name in have:
            picked[..., position] = features[..., have.index(name)]
    return picked
