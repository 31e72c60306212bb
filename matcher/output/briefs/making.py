"""Makes a brief from an explanation, and cuts it until it fits on one page."""

from __future__ import annotations

from typing import Final

import pandas as pd

from matcher.columns import Profile
from matcher.documents import Block, Document, Note, Table
from matcher.documents.language import Voice
from matcher.explanations import Explanation
from matcher.output.briefs.brief import Brief
from matcher.output.briefs.exchange import exchange
from matcher.output.briefs.fitting import PAGE_LINES, lines_of
from matcher.output.briefs.parties import parties, shared
from matcher.output.briefs.plan import Plan
from matcher.output.briefs.proposals import proposals
from matcher.output.briefs.retelling import talks
from matcher.output.briefs.wording import Cuts, Setting

CUTS: Final = (
    Cuts(quote=24, item=15, pairs=3, points=4),
    Cuts(quote=18, item=12, pairs=3, points=3),
    Cuts(quote=14, item=10, pairs=3, points=3),
    Cuts(quote=11, item=9, pairs=2, points=3),
    Cuts(quote=9, item=8, pairs=2, points=2),
    Cuts(quote=8, item=7, pairs=2, points=1),
)
"""The roomiest that fits is taken."""


def make_brief(explanation: Explanation, plan: Plan | None = None) -> Brief:
    """Return the page that a partnership manager brings to a first meeting.

    Parameters
    ----------
    explanation : Explanation
        Of the pair; its language is the brief's.
    plan : Plan, optional
        Dates and rhythm to propose; the defaults when left out.

    Returns
    -------
    brief : Brief
        One A4 page where that can be done: words of profiles are cut, and what matters least is left out.

    Notes
    -----
    The page is written for both sides to read: nobody is “you”. Every part says whether it stands in a
    profile, was found by comparing both, or is a proposal.
    """
    plan = plan or Plan()
    voice = Voice(explanation.lang)
    pages = (_page(Setting(explanation, voice, cuts), plan) for cuts in CUTS)
    page = next(pages)
    for tighter in pages:
        if lines_of(page) <= PAGE_LINES:
            break
        page = tighter
    return Brief(explanation.seeker[Profile.ID], explanation.candidate[Profile.ID], page)


def _page(setting: Setting, plan: Plan) -> Document:
    voice = setting.voice
    subtitle = voice.say("For a first meeting; nothing is agreed yet.")
    if plan.today:
        day = voice.date(pd.Timestamp(plan.today))
        subtitle = f"{subtitle} {voice.say('Drawn up on {date}.', date=day)}"
    return Document(
        title=voice.say("Partnership brief: {seeker} and {candidate}", **setting.names),
        lang=voice.lang,
        subtitle=subtitle,
        blocks=tuple(_blocks(setting, plan)),
        tags={
            "profile": voice.say("profile"),
            "engine": voice.say("comparison"),
            "proposal": voice.say("proposal"),
        },
    )


def _blocks(setting: Setting, plan: Plan) -> list[Block]:
    say = setting.voice.say
    legend = (
        "(profile): stands in a profile, in “ ” word for word. (comparison): found by comparing both. "
        "(proposal): to be agreed."
    )
    return [
        Note(say(legend)),
        *parties(setting),
        *shared(setting),
        *exchange(setting),
        *proposals(setting, plan),
        *talks(setting),
        _signatures(setting),
    ]


def _signatures(setting: Setting) -> Block:
    say, names = setting.voice.say, tuple(setting.names.values())
    line = say("Name, date, signature:")
    return Table(names, ((line, line),), say("Notes and signatures"))
