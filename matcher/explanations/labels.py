"""What components, groups of signals, resource categories and aspects are called by people."""

from __future__ import annotations

from typing import Final

from matcher.columns import CATEGORIES
from matcher.documents.language import N_, Voice
from matcher.features import COMPONENTS

LABELS: Final = {
    **{component.name: component.label for component in COMPONENTS},
    "acquaintance": N_("joint works and common partners"),
    "earlier_works": N_("earlier works like this one"),
    "experience": N_("experience in joint works"),
    "in_common": N_("things in common"),
    "size": N_("like size"),
    "typical_pair": N_("how often such partners work together"),
}
ASPECT_LABELS: Final = {
    "values": N_("vision, mission, values"),
    "goals_long": N_("long-term goals"),
    "goals_short": N_("short-term goals"),
    "indicators": N_("indicators"),
    "culture": N_("ways of working"),
}


def label_of(feature: str, voice: Voice) -> str:
    """Return the name of a component or group of signals in the reader's language.

    A feature without a name stays as it is.
    """
    return voice.say(LABELS[feature]) if feature in LABELS else feature


def category_label(category: str, voice: Voice) -> str:
    """Return the name of a resource category; one that is not known stays as it is."""
    return voice.say(category) if category in CATEGORIES else category
