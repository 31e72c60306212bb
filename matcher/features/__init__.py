"""Components of a match: one file each, scored on blocks of pairs."""

from matcher.config import COMPONENT_NAMES
from matcher.features.background import Background
from matcher.features.component import Component
from matcher.features.context import Context
from matcher.features.registry import (
    COMPONENTS,
    DECIMALS,
    GATES,
    pick_features,
    score_pairs,
)
from matcher.features.sides import Side, SideEncoder
from matcher.features.signals import SignalEncoder

__all__ = [
    "COMPONENTS",
    "COMPONENT_NAMES",
    "DECIMALS",
    "GATES",
    "Background",
    "Component",
    "Context",
    "Side",
    "SideEncoder",
    "SignalEncoder",
    "pick_features",
    "score_pairs",
]
