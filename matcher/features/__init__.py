"""Components of a match: one file each, scored on blocks of pairs."""

from matcher.features.background import Background
from matcher.features.context import Context
from matcher.features.registry import (
    COMPONENT_NAMES,
    COMPONENTS,
    DECIMALS,
    Component,
    pick_features,
    score_pairs,
)
from matcher.features.sides import Side, SideEncoder
from matcher.features.signals import SignalEncoder

__all__ = [
    "COMPONENTS",
    "COMPONENT_NAMES",
    "DECIMALS",
    "Background",
    "Component",
    "Context",
    "Side",
    "SideEncoder",
    "SignalEncoder",
    "pick_features",
    "score_pairs",
]
