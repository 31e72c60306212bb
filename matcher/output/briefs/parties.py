"""Who the two are and what each wants, in their own words; and what both want."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from matcher.columns import Profile
from matcher.documents import Block, Heading, Note, Table
from matcher.explanations import PassageMatch, sentence
from matcher.output.briefs.wording import Setting, cut, is_number, listed

KIND_LABELS: Final = {
    "business": "business",
    "education": "education",
    "social": "social organisation",
    "public": "public body",
    "other": "other organisation",
}
SHARED_ASPECTS: Final = ("goals_long", "goals_short", "values")
"""Aspects of which close passages are shared goals, the most binding first."""
MOST_LISTED: Final = 3

Record = Mapping[str, Any]


def parties(setting: Setting) -> list[Block]:
    """Return a table of both: kind, place and size; purpose, expectations and indicators in their words."""
    say = setting.voice.say
    rows = [
        (say(label), *(tell(record, setting) for record in setting.records)) for label, tell in _ROWS.items()
    ]
    silent = say("not stated")
    told = tuple(row for row in rows if any(cell != silent for cell in row[1:]))
    return [
        Heading(say("Who the two are and what each expects"), origin="profile"),
        Table(("", *setting.names.values()), told),
    ]


def shared(setting: Setting) -> list[Block]:
    """Return shared goals with the words of both; a remark where none come close."""
    say = setting.voice.say
    close = _close_passages(setting)
    if not close:
        message = "No passages of the two come close. Start from both purposes: what could be shared?"
        return [Note(say(message), origin="engine")]
    heading = Heading(say("What both want"), origin="engine")
    rows = tuple((setting.quoted(match.yours), setting.quoted(match.theirs)) for match in close)
    return [heading, Table(tuple(setting.names.values()), rows)]


def _close_passages(setting: Setting) -> list[PassageMatch]:
    found = [match for match in setting.told.passages if match.aspect in SHARED_ASPECTS]
    found.sort(key=lambda match: SHARED_ASPECTS.index(match.aspect))
    return found[: setting.cuts.pairs]


def _who(record: Record, setting: Setting) -> str:
    """Say kind and field, place and size, as far as they are known."""
    parts = (_kind(record, setting), _place(record, setting), _size(record, setting))
    return sentence("; ".join(part for part in parts if part))


def _kind(record: Record, setting: Setting) -> str:
    kind = setting.voice.say(KIND_LABELS.get(record[Profile.KIND], "other organisation"))
    field = cut(listed(record[Profile.SECTOR], MOST_LISTED), setting.cuts.item)
    return f"{kind} ({field})" if field else kind


def _place(record: Record, setting: Setting) -> str:
    region, country = record[Profile.REGION], record[Profile.COUNTRY]
    if country.casefold() in region.casefold():
        country = ""
    return cut(", ".join(place for place in (region, country) if place), setting.cuts.item)


def _size(record: Record, setting: Setting) -> str:
    voice, told = setting.voice, []
    if is_number(record[Profile.STAFF]):
        told.append(voice.say("{number} staff", number=voice.number(record[Profile.STAFF], 0)))
    if is_number(record[Profile.BUDGET]):
        told.append(voice.say("budget {amount}", amount=voice.number(record[Profile.BUDGET], 0)))
    if is_number(record[Profile.FOUNDED]):
        told.append(voice.say("since {year}", year=int(record[Profile.FOUNDED])))
    return ", ".join(told)


def _purpose(record: Record, setting: Setting) -> str:
    texts = (str(record[column]) for column in (Profile.VISION, Profile.MISSION))
    return setting.quoted(next((text for text in texts if text), ""))


def _text_of(column: Profile) -> Callable[[Record, Setting], str]:
    return lambda record, setting: setting.quoted(record[column])


_ROWS: Final[dict[str, Callable[[Record, Setting], str]]] = {
    "Who": _who,
    "Purpose": _purpose,
    "Short term": _text_of(Profile.GOALS_SHORT),
    "Long term": _text_of(Profile.GOALS_LONG),
    "Indicators": _text_of(Profile.INDICATORS),
}
