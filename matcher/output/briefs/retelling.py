"""Concerns and unknowns, which are told to the seeker, retold for a page that both sides read."""

from __future__ import annotations

import re
from typing import Final

from matcher.columns import Profile
from matcher.documents import Block, Bullets, Checklist, Heading
from matcher.explanations import label_of, most_open, sentence
from matcher.output.briefs.exchange import directions
from matcher.output.briefs.wording import Setting

RISKS: Final = {
    "they are under observation": "{candidate} is under observation in the register: ask why",
    "they carry a yellow flag": "{candidate} carries a yellow flag in the register: ask what lies behind it",
    "you carry a flag yourself; they will ask about it": (
        "{seeker} carries a flag in the register and should explain it"
    ),
    "both sell like products to like markets; agree first who serves whom": (
        "both sell like products to like markets: agree first who serves whom"
    ),
    "one-sided: you gain more than they do; think of what you can bring": (
        "one-sided: {seeker} gains more; what else can it bring?"
    ),
    "one-sided: they gain more than you do; ask for what you need": (
        "one-sided: {candidate} gains more; what else can it bring?"
    ),
    "no shared language": "no shared language: agree on an interpreter",
    "their profile is old: updated {date}; ask what has changed": (
        "the profile of {candidate} is of {date}: ask what has changed"
    ),
    "they give no evidence for what they say": "{candidate} gives no evidence yet: ask for references",
    "heavily sought-after: many others would like to work with them": (
        "{candidate} is wanted by many others: agree early on time and people"
    ),
    "short-term goals differ: speak about what comes first": (
        "short-term goals differ: settle what comes first"
    ),
    "ways of working differ: a point to discuss": "ways of working differ: agree how decisions are made",
}
"""What `matcher.explanations.concerns` says, and what a brief says in its place."""
UNKNOWNS: Final = {
    "they do not say: {fields}": "{candidate} does not state: {fields}",
    "you do not say: {fields}": "{seeker} does not state: {fields}",
}


def talks(setting: Setting) -> list[Block]:
    """Return what to talk about, the gravest first, and what nobody has said yet."""
    say, most = setting.voice.say, setting.cuts.points
    risks = _risks(setting)[:most] or [say("The profiles show no risk; ask all the same.")]
    questions = _questions(setting)[:most]
    return [
        Heading(say("Things to talk about"), origin="engine"),
        Bullets(tuple(sentence(text) for text in risks)),
        *([Checklist(tuple(sentence(text) for text in questions))] if questions else []),
    ]


def _risks(setting: Setting) -> list[str]:
    say = setting.voice.say
    told = [_retold(text, RISKS, setting) for text in setting.told.concerns]
    if not setting.told.seeker[Profile.EVIDENCE]:
        told.append(say("{seeker} gives no evidence yet: bring references", **setting.names))
    if not setting.told.is_eligible:
        told.insert(0, say("the two are kept apart in the register: excluded or red-flagged"))
    return told


def _questions(setting: Setting) -> list[str]:
    told = [_retold(text, UNKNOWNS, setting) for text in setting.told.unknowns]
    # What a profile leaves out makes parts of the comparison unknown: that is not told twice.
    return [*told, *_helping(setting)] if told else [*_helping(setting), *_unknown(setting)]


def _helping(setting: Setting) -> list[str]:
    """Ask about needs that are answered in part, if a better answer would raise the match."""
    told = []
    for direction in directions(setting):
        need = most_open(direction.needs)
        if direction.helps_most and need is not None and need in direction.met():
            message = "how fully can {giver} meet the need {need}?"
            shown = setting.mention(need.need)
            told.append(setting.voice.say(message, need=shown, giver=direction.giver))
    return told


def _unknown(setting: Setting) -> list[str]:
    """Name what counts and is not known of either side."""
    sides = setting.told.seeker_side, setting.told.candidate_side
    names = dict.fromkeys(
        part.feature
        for side in sides
        for part in side.account.contributions
        if part.share > 0.0 and part.value != part.value
    )
    if not names:
        return []
    labels = setting.voice.listing([label_of(name, setting.voice) for name in names])
    return [setting.voice.say("not known of both: {things}", things=labels)]


def _retold(text: str, messages: dict[str, str], setting: Setting) -> str:
    """Return what a brief says in place of a sentence of the explanation; the sentence where it has none."""
    for message, other in messages.items():
        if (parts := _parts(text, message, setting)) is not None:
            return setting.voice.say(other, **setting.names, **parts)
    return text


def _parts(text: str, message: str, setting: Setting) -> dict[str, str] | None:
    """Return what fills the message in a sentence made from it; None where it is another's."""
    fields = re.findall(r"\{(\w+)\}", message)
    marks = {name: f"\0{name}\0" for name in fields}
    pattern = re.escape(setting.voice.say(message, **marks))
    for name, mark in marks.items():
        pattern = pattern.replace(re.escape(mark), f"(?P<{name}>.*)")
    found = re.fullmatch(pattern, text)
    return found.groupdict() if found else None
