"""Texts of a report: labels and numbers in the reader's language, and what makes texts safe in a page."""

from __future__ import annotations

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import quote

from markupsafe import Markup

from matcher.columns import BANDS
from matcher.documents.blocks import plain
from matcher.documents.language import N_, Messages
from matcher.explanations import label_of
from matcher.features import COMPONENTS, DECIMALS

KIND_LABELS: Final = {
    "business": "Company",
    "education": "Education",
    "social": "Social organisation",
    "public": "Public body",
    "other": "Other",
}
BAND_LABELS: Final = dict(zip(BANDS, (N_("strong"), N_("possible"), N_("weak")), strict=True))
_COMPONENTS: Final = {component.name: component for component in COMPONENTS}
_SLUG_LENGTH: Final = 40
_ESCAPED: Final = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


class ReportLabels:
    """Labels and numbers of a report in one language; gains are in percent where they are probabilities."""

    def __init__(self, lang: str, is_probability: bool = False) -> None:
        self.messages = Messages(lang)
        self.lang = lang
        self.say = self.messages.say
        self.count = self.messages.count
        self.language = cache(self.messages.language)
        self._number = cache(self.messages.number)
        self._percent = cache(self.messages.percent)
        self.gain = self.percent if is_probability else self.number

    def number(self, value: float, decimals: int = 2) -> str:
        """Return a number as this language writes it, "–" where it is unknown."""
        return "–" if math.isnan(value) else self._number(round(value, decimals), decimals)

    def whole(self, value: int) -> str:
        """Return a count as this language writes it."""
        return self._number(value, 0)

    def percent(self, share: float) -> str:
        """Return a share in percent, "–" where it is unknown."""
        return "–" if math.isnan(share) else self._percent(round(share, DECIMALS))

    def width(self, share: float) -> str:
        """Return the length of a bar in percent of its line; "" where the share is unknown."""
        return "" if math.isnan(share) else f"{100.0 * min(max(share, 0.0), 1.0):.1f}"

    def kind(self, code: str) -> str:
        """Return the label of a kind of organisation; "" where none is stated."""
        return self.say(KIND_LABELS[code]) if code in KIND_LABELS else code

    def band(self, band: str) -> str:
        """Return the label of a band."""
        return self.say(BAND_LABELS[band])

    def bands(self, cards: Iterable[Mapping[str, Any]]) -> str:
        """Return how many of the cards are strong and how many possible."""
        found = Counter(card["band"] for card in cards)
        strong, possible = (self.whole(found[band]) for band in BANDS[:2])
        return self.say("Strong: {strong}. Possible: {possible}.", strong=strong, possible=possible)

    def component(self, name: str) -> str:
        """Return the full name of a component, to begin a line."""
        label = label_of(name, self.messages)
        return label[:1].upper() + label[1:]

    def short(self, name: str) -> str:
        """Return the name of a component in a word or two."""
        return self.say(_COMPONENTS[name].short_label) if name in _COMPONENTS else name

    def meaning(self, name: str) -> str:
        """Return what a component is, in a sentence."""
        return self.say(_COMPONENTS[name].meaning) if name in _COMPONENTS else ""


def script_json(value: Any) -> Markup:
    r"""Return a JSON-like value, whatever its texts hold, as JSON for a script element.

    It is without `<`, `>`, `&`, U+2028 and U+2029, which are written as ``\u003c`` and so on: nothing can end
    the element or begin another.
    """
    text = json.dumps(_cleaned(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPED))  # noqa: S704 - the lines above are what makes it safe


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, list | tuple):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {key: _cleaned(item) for key, item in value.items()}
    return value


def page_name(number: int, id_: str, n_pages: int) -> str:
    """Return the file name of a seeker's page: its number, and the ASCII letters and digits of the id.

    Examples
    --------
    >>> page_name(7, "../Yayasan Héllo", 1200)
    '0007-yayasan-hello.html'
    """
    folded = unicodedata.normalize("NFKD", id_).encode("ascii", "ignore").decode("ascii").lower()
    slug = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:_SLUG_LENGTH].strip("-")
    digits = str(number).zfill(max(4, len(str(n_pages))))
    return f"{digits}-{slug}.html" if slug else f"{digits}.html"


def href(*steps: str) -> str:
    """Return a relative address; colons and the like are encoded, so that it can never name a scheme."""
    return "/".join(quote(step, safe=".") for step in steps)
