"""Remarks on a pair as codes with parts, and the only wording of remarks, features and aspects."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

from matcher.columns import Recommendation
from matcher.documents.language import N_, Messages, quote
from matcher.features import COMPONENTS
from matcher.files import bundled_toml

TEXTS: Final = bundled_toml(__package__, "texts.toml")
GAINS: Final = (*TEXTS["remarks"]["gains"],)  # codes of remarks that say how high a gain is
LABELS: Final = {component.name: component.label for component in COMPONENTS} | TEXTS["labels"]
"""Of components and of groups of signals."""
SIGNAL_COLUMNS: Final = (N_("sector"), N_("kind"), N_("country"), N_("region"), N_("staff"), N_("budget"))
"""Columns whose names are translated; others are quoted as their headers have them."""


WORDINGS: Final = {
    code: {"message": text} if isinstance(text, str) else text
    for group in TEXTS["remarks"].values()
    for code, text in group.items()
}
"""Wording of every code.

`message` is to the seeker, who is “you”; `for_both`, where it differs, for a page that both sides read, which
names {seeker} and {candidate}; `many` the plural of a message that depends on a part called `number`.
"""


class Quote(NamedTuple):
    """A text of a profile, uncut; its language, and the column that it is from, where readers must know."""

    text: str
    language: str = ""
    source: str = ""


class Quotes(NamedTuple):
    """Two texts that match, and pairs of words by which they do, where their languages differ."""

    ours: Quote
    theirs: Quote
    words: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Remark:
    """A statement about a pair, independent of language."""

    code: str  # a key of `WORDINGS`
    parts: Mapping[str, Any] = field(default_factory=dict)
    """What its message names, as values; `words` that match stand after a message that does not name them.

    Texts of profiles are uncut, shares in [0, 1], languages codes, names of fields English.
    """


PairRemarks = Mapping[Recommendation, tuple[Remark, ...]]
"""The remarks of one pair, by the text column of the table that holds them."""


def render(remark: Remark, messages: Messages, names: Mapping[str, str] | None = None) -> str:
    """Return a remark as a sentence without a capital letter; `names` are for a page that both sides read."""
    wording = WORDINGS[remark.code]
    if "many" in wording:
        return messages.count(wording["message"], wording["many"], remark.parts["number"])
    parts = {name: _WRITERS.get(name, _quoted)(messages, value) for name, value in remark.parts.items()}
    if names and "for_both" in wording:
        return messages.say(wording["for_both"], **names, **parts)
    said = messages.say(wording["message"], **parts)
    return said if "{words}" in wording["message"] or not parts.get("words") else f"{said}: {parts['words']}"


def render_all(
    remarks: Iterable[Remark], messages: Messages, names: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return each remark as `render` does."""
    return tuple(render(remark, messages, names) for remark in remarks)


@lru_cache
def signal_of(feature: str) -> tuple[str, str, str]:
    """Return group, remark and column of a signal; "" for what it has none of."""
    for beginning, (group, remark) in TEXTS["signals"].items():
        if feature.startswith(beginning):
            return group, remark, feature.removeprefix(beginning) if beginning.endswith("_") else ""
    return "", "", ""


def label_of(feature: str, messages: Messages) -> str:
    """Return the label of a component or group of signals; the feature itself where there is none."""
    return messages.say(LABELS[feature]) if feature in LABELS else feature


def render_quote(text: str, language: str, source: str, messages: Messages) -> str:
    """Return a text in quotation marks, followed by its column and its language if they are given."""
    column = f" [{messages.say(source)}]" if source else ""
    if not language:
        return f"“{text}”{column}"
    return messages.say("“{text}” ({language})", text=text, language=messages.language(language)) + column


def render_words(words: Iterable[tuple[str, str]]) -> str:
    """Return pairs of words that match; words that are the same in both texts once.

    Examples
    --------
    >>> render_words([("seaweed", "rumput laut"), ("gel", "gel"), ("inverters", "inverter")])
    'seaweed ~ rumput laut, gel, inverter'
    """
    shown = []
    for pair in words:
        one, other = (word.removesuffix("'s") for word in pair)
        shorter, longer = sorted((one, other), key=len)
        is_same = one == other or (longer.startswith(shorter) and " " not in longer)
        shown.append(shorter if is_same else f"{one} ~ {other}")
    return ", ".join(shown)


def _quoted(messages: Messages, given: str | Quote) -> str:
    text, language, source = given if isinstance(given, Quote) else Quote(given)
    return render_quote(quote(text), language, source, messages)


_WRITERS: Final[Mapping[str, Callable[[Messages, Any], str]]] = {
    "columns": lambda messages, names: messages.listing(
        [messages.say(name) if name in SIGNAL_COLUMNS else f"“{name}”" for name in names]
    ),
    "component": lambda messages, name: label_of(name, messages),
    "date": Messages.date,
    "fields": lambda messages, names: messages.listing([messages.say(name) for name in names]),
    "languages": lambda messages, codes: messages.listing([messages.language(code) for code in codes]),
    **dict.fromkeys(("region", "your_region", "their_region"), lambda messages, name: quote(name)),
    "share": Messages.percent,
    "words": lambda messages, words: render_words(words),
    **dict.fromkeys(("now", "then", "low", "high"), Messages.significant),
}
"""How a part is written, by its name; any other part is a text of a profile and is quoted."""
