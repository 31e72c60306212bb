"""Components of a match: one file each, scored on blocks of pairs."""

from matcher.features.context import Context
from matcher.features.registry import COMPONENT_NAMES, COMPONENTS, DECIMALS, Component, score_pairs
from matcher.features.sides import Side, SideEncoder

__all__ = [
    "COMPONENTS",
    "COMPONENT_NAMES",
    "DECIMALS",
    "Component",
    "Context",
    "Side",
    "SideEncoder",
    "score_pairs",
]
