"""What components, groups of signals, resource categories and aspects are called by people."""

from __future__ import annotations

from typing import Final

from matcher.documents.language import Voice
from matcher.features import COMPONENTS

LABELS: Final = {
    **{component.name: component.label for component in COMPONENTS},
    "acquaintance": "joint works and common partners",
    "earlier_works": "earlier works like this one",
    "experience": "experience in joint works",
    "in_common": "things in common",
    "size": "like size",
    "typical_pair": "how often such partners work together",
}

CATEGORY_LABELS: Final = {
    "funding": "funding",
    "expertise": "expertise",
    "network": "network",
    "people": "people",
    "technology": "technology",
    "data": "data",
    "facilities": "facilities",
    "content": "content",
    "distribution": "distribution",
    "reputation": "reputation",
    "policy": "policy",
    "training": "training",
    "materials": "materials",
    "research": "research",
}
ASPECT_LABELS: Final = {
    "values": "vision, mission, values",
    "goals_long": "long-term goals",
    "goals_short": "short-term goals",
    "indicators": "indicators",
    "culture": "ways of working",
}


def label_of(feature: str, voice: Voice) -> str:
    """Return the name of a component or group of signals in the reader's language.

    A feature without a name is told as it is.
    """
    return voice.say(LABELS[feature]) if feature in LABELS else feature


def category_label(category: str, voice: Voice) -> str:
    """Return the name of a resource category; one that is not known is told as it is."""
    return voice.say(CATEGORY_LABELS[category]) if category in CATEGORY_LABELS else category
