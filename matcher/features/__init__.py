"""Components of a match: one file each, scored on blocks of pairs."""

from matcher.config import COMPONENT_NAMES
from matcher.features.component import Component, Context
from matcher.features.organisations import OrganisationEncoder, Organisations
from matcher.features.registry import COMPONENTS, DECIMALS, GATES, pick_features, score_pairs
from matcher.features.signals import Background, SignalEncoder

__all__ = [
    "COMPONENTS",
    "COMPONENT_NAMES",
    "DECIMALS",
    "GATES",
    "Background",
    "Component",
    "Context",
    "OrganisationEncoder",
    "Organisations",
    "SignalEncoder",
    "pick_features",
    "score_pairs",
]
