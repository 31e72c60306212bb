"""Needs and offers that profiles state in sentences of other columns, such as the mission."""

import re
from collections.abc import Mapping
from typing import Any, Final

from matcher.columns import RESOURCES, Profile
from matcher.documents.language import N_
from matcher.encoders.passages import split_passages
from matcher.files import bundled_toml
from matcher.profiles import Resource

IMPLIED_WEIGHT: Final = 1  # importance or level of what another column states: below that of most others
MOST: Final = 8  # sentences that count, of needs and of offers; the first ones
COLUMNS: Final = {
    Profile.MISSION: N_("mission"),
    Profile.GOALS_SHORT: N_("short-term goals"),
    Profile.GOALS_LONG: N_("long-term goals"),
    Profile.VISION: N_("vision"),
}
"""Columns whose sentences are read, in this order, and what readers call them."""


def with_implied(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return a canonical profile with needs, and with offers, from its sentences where it names none."""
    return {**record, **{column: record[column] or implied(record, column) for column in RESOURCES}}


def implied(record: Mapping[str, Any], column: Profile) -> tuple[Resource, ...]:
    """Return the sentences of a profile that state a need or an offer, without a category.

    A sentence does if it has a cue ("we are looking for", "kami menyediakan") of `implied.toml`.
    """
    cues = _CUES[column]
    sentences = (text for source in COLUMNS for text in split_passages(record[source]))
    found = dict.fromkeys(
        text
        for text in sentences
        if (cues["en"].search(text) or cues["id"].search(text)) and not cues["not"].search(text)
    )
    return tuple(Resource("", text, IMPLIED_WEIGHT) for text in [*found][:MOST])


def source_of(text: str, record: Mapping[str, Any], column: Profile) -> str:
    """Return the name of the column that states a need or an offer; "" where it is `column` itself."""
    if record[column]:
        return ""
    return next((name for source, name in COLUMNS.items() if text in split_passages(record[source])), "")


_CUES: Final = {
    side: {name: re.compile(pattern, re.IGNORECASE) for name, pattern in cues.items()}
    for side, cues in bundled_toml(__package__, "implied.toml").items()
}
