"""Labels and numbers of a report in the reader's language."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Final

from matcher.documents.language import Messages
from matcher.explanations import label_of
from matcher.features import COMPONENTS

KIND_LABELS: Final = {
    "business": "Company",
    "education": "Education",
    "social": "Social organisation",
    "public": "Public body",
    "other": "Other",
}
_COMPONENTS: Final = {component.name: component for component in COMPONENTS}


class ReportLabels:
    """Labels and numbers of a report in one language.

    Parameters
    ----------
    lang : str
        One of `matcher.explanations.LANGUAGES`.
    is_probability : bool, default False
        Whether gains are probabilities.

    Raises
    ------
    ConfigError
        If the language has no catalogue.
    """

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
        """Return a share in whole percent, "–" where it is unknown."""
        return "–" if math.isnan(share) else self._percent(round(share, 4))

    def width(self, share: float) -> str:
        """Return the length of a bar in percent of its line; "" where the share is unknown."""
        return "" if math.isnan(share) else f"{100.0 * min(max(share, 0.0), 1.0):.1f}"

    def kind(self, code: str) -> str:
        """Return the label of a kind of organisation; "" where none is stated."""
        return self.say(KIND_LABELS[code]) if code in KIND_LABELS else code

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

    def languages(self, codes: Sequence[str]) -> str:
        """Return the names of languages, separated by commas."""
        return ", ".join(self.language(code) for code in codes)
