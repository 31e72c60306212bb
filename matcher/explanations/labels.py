"""Labels of components, groups of signals, resource categories and aspects."""

from __future__ import annotations

from typing import Final

from matcher.columns import CATEGORIES
from matcher.documents.language import N_, Messages
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
SIGNALS: Final = {
    "ties": ("acquaintance", ""),
    "common_partners": ("acquaintance", "partners"),
    "similar_work": ("earlier_works", "similar"),
    "neighbour_works": ("earlier_works", "similar"),
    "works_same_": ("experience", "works_same"),
    "works": ("experience", "experience"),
    "sought_after": ("experience", "experience"),
    "recency": ("experience", "recent"),
    "same_": ("in_common", "same"),
    "ratio_": ("size", "ratio"),
    "pairs_": ("typical_pair", "pairs"),
}
"""Group and remark of the signals of learned rankers, by the beginning of their names; the first fits.

A beginning that ends in _ is followed by the name of a column.
"""
ASPECT_LABELS: Final = {
    "values": N_("vision, mission, values"),
    "goals_long": N_("long-term goals"),
    "goals_short": N_("short-term goals"),
    "indicators": N_("indicators"),
    "culture": N_("ways of working"),
}


def signal_of(feature: str) -> tuple[str, str, str]:
    """Return group, remark and column of a signal; "" for what it has none of.

    Examples
    --------
    >>> signal_of("ratio_staff"), signal_of("trust")
    (('size', 'ratio', 'staff'), ('', '', ''))
    """
    for beginning, (group, remark) in SIGNALS.items():
        if feature.startswith(beginning):
            return group, remark, feature.removeprefix(beginning) if beginning.endswith("_") else ""
    return "", "", ""


def label_of(feature: str, messages: Messages) -> str:
    """Return the label of a component or group of signals; the feature itself where there is none."""
    return messages.say(LABELS[feature]) if feature in LABELS else feature


def category_label(category: str, messages: Messages) -> str:
    """Return the label of a resource category; the category itself where there is none."""
    return messages.say(category) if category in CATEGORIES else category
