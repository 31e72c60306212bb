"""Remarks on a pair as codes with parts, and their only wording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from matcher.columns import Recommendation
from matcher.documents.language import N_, Messages, quote
from matcher.explanations.labels import label_of

SIGNAL_COLUMNS: Final = (N_("sector"), N_("kind"), N_("country"), N_("region"), N_("staff"), N_("budget"))
"""Columns whose names are translated; others are quoted as their headers have them."""


Message = str | tuple[str, str]
"""A message; or one and many, for a part called `number`."""

_REASONS: Final[dict[str, Message]] = {
    "purpose": N_("close in purpose: yours “{yours}”, theirs “{theirs}”"),
    "goals": N_("goals in one direction: yours “{yours}”, theirs “{theirs}”"),
    "indicators": N_("like indicators: yours “{yours}”, theirs “{theirs}”"),
    "horizon": N_("both plan in the same horizon"),
    "working_style": N_("like ways of working: yours “{yours}”, theirs “{theirs}”"),
    "their_offer": N_("they offer “{offer}” for your need “{need}”"),
    "their_possible_offer": N_("their offer “{offer}” may answer your need “{need}”"),
    "your_offer": N_("you offer “{offer}” for their need “{need}”"),
    "your_possible_offer": N_("your offer “{offer}” may answer their need “{need}”"),
    "shared_language": N_("shared language: {languages}"),
    "same_region": N_("same region: {region}"),
    "earlier_works": ("you worked together once before", "you worked together {number} times before"),
    "their_evidence": ("they give {number} piece of evidence", "they give {number} pieces of evidence"),
    "your_evidence": ("you give {number} piece of evidence", "you give {number} pieces of evidence"),
}
_SIGNALS: Final[dict[str, Message]] = {
    "same": N_("you have in common: {columns}"),
    "ratio": N_("you are alike in size: {columns}"),
    "pairs": N_("partners like you two have often worked together, by {columns}"),
    "partners": N_("you have partners in common"),
    "their_similar": N_("they took part in works much like this"),
    "their_works_same": N_("they have worked on the same before: {columns}"),
    "their_experience": N_("they have been in many joint works"),
    "their_recent": N_("they were in a joint work not long ago"),
    "your_similar": N_("you took part in works much like what they do"),
    "your_works_same": N_("you have worked on the same before: {columns}"),
    "your_experience": N_("you have been in many joint works"),
    "your_recent": N_("you were in a joint work not long ago"),
}
"""Reasons that a learned ranker saw in past works."""
_GAINS: Final[dict[str, Message]] = {
    "your_chance": N_("chance that you agree: about {share}"),
    "their_chance": N_("chance that they agree: about {share}"),
    "your_percentile": N_("more for you than {share} of the pairs in this pool"),
    "their_percentile": N_("more for them than {share} of the pairs in this pool"),
}
"""How high a gain is."""
_CONCERNS: Final[dict[str, tuple[str, str]]] = {
    "observation": (
        N_("they are under observation"),
        N_("{candidate} is under observation in the register: ask why"),
    ),
    "yellow_flag": (
        N_("they carry a yellow flag"),
        N_("{candidate} carries a yellow flag in the register: ask what lies behind it"),
    ),
    "your_flag": (
        N_("you carry a flag yourself; they will ask about it"),
        N_("{seeker} carries a flag in the register and should explain it"),
    ),
    "competition": (
        N_("both sell like products to like markets; agree first who serves whom"),
        N_("both sell like products to like markets: agree first who serves whom"),
    ),
    "you_gain_more": (
        N_("one-sided: you gain more than they do; think of what you can bring"),
        N_("one-sided: {seeker} gains more; what else can it bring?"),
    ),
    "they_gain_more": (
        N_("one-sided: they gain more than you do; ask for what you need"),
        N_("one-sided: {candidate} gains more; what else can it bring?"),
    ),
    "no_shared_language": (N_("no shared language"), N_("no shared language: agree on an interpreter")),
    "old_profile": (
        N_("their profile is old: updated {date}; ask what has changed"),
        N_("the profile of {candidate} is of {date}: ask what has changed"),
    ),
    "no_evidence": (
        N_("they give no evidence for what they say"),
        N_("{candidate} gives no evidence yet: ask for references"),
    ),
    "sought_after": (
        N_("heavily sought-after: many others would like to work with them"),
        N_("{candidate} is wanted by many others: agree early on time and people"),
    ),
    "goals_differ": (
        N_("short-term goals differ: speak about what comes first"),
        N_("short-term goals differ: settle what comes first"),
    ),
    "working_styles_differ": (
        N_("ways of working differ: a point to discuss"),
        N_("ways of working differ: agree how decisions are made"),
    ),
    "weak": (
        N_("weak: nothing of theirs stands out for you"),
        N_("nothing of {candidate} stands out for {seeker}: ask what it could bring"),
    ),
}
_UNKNOWNS: Final[dict[str, tuple[str, str]]] = {
    "they_do_not_say": (N_("they do not say: {fields}"), N_("{candidate} does not state: {fields}")),
    "you_do_not_say": (N_("you do not say: {fields}"), N_("{seeker} does not state: {fields}")),
}
"""To the seeker, and on a page that both sides read."""
_IMPROVEMENTS: Final[dict[str, Message]] = {
    "your_need": N_("an offer of theirs for your need “{need}” would bring the match from {now} to {then}"),
    "their_need": N_("an offer of yours for their need “{need}” would bring the match from {now} to {then}"),
    "unknown": N_("not known yet: {component}; the match lies between {low} and {high}, depending on it"),
    "collision": N_("an agreement on who serves which market would bring the match from {now} to {then}"),
}


class Wording(NamedTuple):
    """Wording of one code.

    Attributes
    ----------
    message : str or (str, str)
        To the seeker, who is “you”.
    for_both : str
        On a page that both sides read, which names {seeker} and {candidate}; "" where it is the same.
    """

    message: Message
    for_both: str = ""


WORDINGS: Final[dict[str, Wording]] = {
    **{code: Wording(one) for code, one in (_REASONS | _SIGNALS | _GAINS | _IMPROVEMENTS).items()},
    **{code: Wording(*both) for code, both in (_CONCERNS | _UNKNOWNS).items()},
}
"""Wording of every code."""


@dataclass(frozen=True, slots=True)
class Remark:
    """A statement about a pair, independent of language.

    Attributes
    ----------
    code : str
        A key of `WORDINGS`.
    parts : mapping
        What its message names, as values: texts of profiles uncut, shares in [0, 1], timestamps, codes of
        languages, names of fields in English.
    """

    code: str
    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_gain(self) -> bool:
        """Whether it says how high a gain is."""
        return self.code in _GAINS


PairRemarks = Mapping[Recommendation, tuple[Remark, ...]]
"""The remarks of one pair, by the text column of the table that holds them."""


def render(remark: Remark, messages: Messages, names: Mapping[str, str] | None = None) -> str:
    """Return a remark as a sentence, without a capital letter at its beginning.

    Parameters
    ----------
    remark : Remark
    messages : Messages
        Language.
    names : mapping of str to str, optional
        What to call `seeker` and `candidate` on a page that both read. Left out, the seeker is “you”.
    """
    wording = WORDINGS[remark.code]
    if isinstance(wording.message, tuple):
        return messages.count(*wording.message, remark.parts["number"])
    parts = {name: _WRITERS.get(name, _quoted)(messages, value) for name, value in remark.parts.items()}
    if names and wording.for_both:
        return messages.say(wording.for_both, **names, **parts)
    return messages.say(wording.message, **parts)


def render_all(
    remarks: Iterable[Remark], messages: Messages, names: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return each remark as `render` does."""
    return tuple(render(remark, messages, names) for remark in remarks)


def _quoted(messages: Messages, text: str) -> str:
    return quote(text)


def _column(messages: Messages, name: str) -> str:
    return messages.say(name) if name in SIGNAL_COLUMNS else f"“{name}”"


_WRITERS: Final[Mapping[str, Callable[[Messages, Any], str]]] = {
    "columns": lambda messages, names: messages.listing([_column(messages, name) for name in names]),
    "component": lambda messages, name: label_of(name, messages),
    "date": Messages.date,
    "fields": lambda messages, names: messages.listing([messages.say(name) for name in names]),
    "languages": lambda messages, codes: messages.listing([messages.language(code) for code in codes]),
    "share": Messages.percent,
    **dict.fromkeys(("now", "then", "low", "high"), Messages.number),
}
"""How a part is written, by its name; any other part is a text of a profile and is quoted."""
