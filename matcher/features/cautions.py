"""What in a profile speaks against it: adverse claims in its evidence, the style of an advertisement."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from matcher.columns import RESOURCES, Profile
from matcher.files import bundled_toml
from matcher.profiles import Claim
from matcher.tables.values import lowered

LONG_LIST: Final = 8
"""Signs between items from which a mission, or needs and offers together, are a list of keywords."""
MANY_ITEMS: Final = 3  # signs between items from which a text of an advertisement is a list of keywords
LEAST_STYLES: Final = 3
"""Kinds of cues, of boasts, everything for everybody, calls to contact and lists, of an advertisement."""


@lru_cache(65536)
def is_adverse(claim: Claim) -> bool:
    """Return whether a claim speaks against its organisation: a complaint, warning, sanction or dispute.

    Examples
    --------
    >>> is_adverse(Claim("Written warning on wash water")), is_adverse(Claim("Nihil kecelakaan 800 hari"))
    (True, False)
    """
    text = lowered(f"{claim.text} . {claim.source}")
    return bool(_PATTERNS["adverse"].search(_PATTERNS["cleared"].sub(" ", text)))


def favourable(claims: Iterable[Claim]) -> list[Claim]:
    """Return the claims that count as evidence, in their order."""
    return [claim for claim in claims if not is_adverse(claim)]


def advertising_text(record: Mapping[str, Any]) -> str:
    """Return the text by which a profile reads like an advertisement; "" where it does not.

    A profile does if `LEAST_STYLES` kinds of cues stand in its mission, vision, needs and offers, or one
    names a phone number, a link or a call to contact beside one other kind. Own definition.

    Examples
    --------
    >>> advertising_text({"mission": "Best pumps, call us now", "vision": "", "needs": (), "offers": ()})
    'Best pumps, call us now'
    """
    resources = [item.text for column in RESOURCES for item in record[column]]
    texts = [record[Profile.MISSION], record[Profile.VISION], *resources]
    found = {style: text for text in texts for style in _styles(text)}
    longest = max(texts, key=_n_signs, default="")
    if _n_signs(record[Profile.MISSION]) >= LONG_LIST or _n_signs(" ".join(resources)) >= LONG_LIST:
        found["list"] = longest
    is_one = len(found) >= LEAST_STYLES or ("contact" in found and len(found) > 1)
    return next(iter(found.values())) if is_one else ""


@lru_cache(65536)
def _styles(text: str) -> tuple[str, ...]:
    lower = lowered(text)
    return tuple(style for style in ("boast", "everything", "contact") if _PATTERNS[style].search(lower))


def is_filler(text: str) -> bool:
    """Return whether a text of an advertisement is a list of keywords or a call to contact."""
    return _n_signs(text) >= MANY_ITEMS or bool(_PATTERNS["contact"].search(lowered(text)))


def _n_signs(text: str) -> int:
    return len(_PATTERNS["list"].findall(text))


_PATTERNS: Final = {
    name: re.compile(pattern)
    for group in bundled_toml(__package__, "cautions.toml").values()
    for name, pattern in group.items()
}
