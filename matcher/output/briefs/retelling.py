"""Concerns and unknowns, for a page that both sides read."""

from __future__ import annotations

from matcher.columns import Profile, Recommendation
from matcher.documents import Block, Bullets, Checklist, Heading
from matcher.explanations import label_of, most_open, render_all, sentence
from matcher.output.briefs.exchange import directions
from matcher.output.briefs.wording import Setting


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
    told = _rendered(Recommendation.CONCERNS, setting)
    if not setting.told.seeker[Profile.EVIDENCE]:
        told.append(say("{seeker} gives no evidence yet: bring references", **setting.names))
    if not setting.told.is_eligible:
        told.insert(0, say("the two are kept apart in the register: excluded or red-flagged"))
    return told


def _questions(setting: Setting) -> list[str]:
    told = _rendered(Recommendation.UNKNOWNS, setting)
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


def _rendered(column: Recommendation, setting: Setting) -> list[str]:
    return list(render_all(setting.told.remarks[column], setting.voice, setting.names))
