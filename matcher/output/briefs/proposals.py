"""What the two could agree on: duties, indicators, how to keep in touch, when to look back."""

from __future__ import annotations

from typing import Final

from matcher.columns import Profile
from matcher.documents import Block, Bullets, Heading
from matcher.output.briefs.exchange import Direction, directions
from matcher.output.briefs.plan import Plan
from matcher.output.briefs.wording import NAME_WORDS, Setting, cut, listed

REVIEWS: Final = 3
MOST_LISTED: Final = 3
INDICATORS: Final = {
    "funding": "money received and what it was spent on",
    "expertise": "advice given and what changed because of it",
    "network": "contacts made and how many led to work",
    "people": "people placed and how many stayed",
    "technology": "days in use and days out of order",
    "data": "data handed over and decisions taken from it",
    "facilities": "days of use",
    "content": "works handed over and in use",
    "distribution": "amount delivered or sold",
    "reputation": "references given and asked for",
    "policy": "decisions or permits obtained",
    "training": "people trained and how many use it three months later",
    "materials": "amount delivered on time",
    "research": "questions answered and findings used",
}
"""What can be counted for a need of each category; own definition."""
OTHER_INDICATOR: Final = "how far the need is met, in both sides' view"


def proposals(setting: Setting, plan: Plan) -> list[Block]:
    """Return who would do what, what would be counted, how to talk and when to look back."""
    ours, theirs = directions(setting)
    told = [
        _duty(theirs, setting),
        _duty(ours, setting),
        *_indicators(setting),
        _communication(setting, plan),
        _reviews(setting, plan),
    ]
    heading = Heading(setting.voice.say("Working together"), origin="proposal")
    return [heading, Bullets(tuple(told))]


def _duty(direction: Direction, setting: Setting) -> str:
    """Say what the giver of a direction would do."""
    say, names = setting.voice.say, direction.names
    met = direction.met()
    offers = list(dict.fromkeys(match.offer for match in met))[: max(setting.cuts.pairs - 1, 1)]
    if not offers:
        return say("{giver} finds out which of its offers help {receiver}", **names)
    told = "; ".join(setting.mention(offer) for offer in offers)
    if met[0].is_answered:
        return say("{giver} provides {offers}", offers=told, **names)
    return say("{giver} provides, if it fits: {offers}", offers=told, **names)


def _indicators(setting: Setting) -> list[str]:
    """Return both sides' own indicators as what to count; where a side has none, one from its needs."""
    say = setting.voice.say
    own = [any(sign.isalnum() for sign in record[Profile.INDICATORS]) for record in setting.records]
    if all(own):
        return [say("Indicators: those of both, as above; one each to begin with")]
    parts = [
        say("those of {name}, as above", name=direction.receiver)
        if has
        else _measure(direction, setting, must=not any(own))
        for has, direction in zip(own, directions(setting), strict=True)
    ]
    told = "; ".join(part for part in parts if part)
    return [say("Indicators: {measures}", measures=told)] if told else []


def _measure(direction: Direction, setting: Setting, *, must: bool) -> str:
    """Propose what to count for a need that is met, or where one must be, for the one that is most open."""
    found = [*direction.met(), *(direction.open() if must else [])]
    if not found:
        return ""
    say, need = setting.voice.say, found[0]
    measure = say(INDICATORS.get(need.category, OTHER_INDICATOR))
    return say("for {need}: {measure}", need=setting.mention(need.need), measure=measure)


def _communication(setting: Setting, plan: Plan) -> str:
    """Propose languages and channels that both have, and a rhythm."""
    parts = [_language(setting), _channel(setting), _rhythm(setting, plan)]
    told = "; ".join(part for part in parts if part)
    return setting.voice.say("Communication: {plan}", plan=told)


def _language(setting: Setting) -> str:
    voice = setting.voice
    ours, theirs = (record[Profile.LANGUAGES] for record in setting.records)
    both = [voice.language(code) for code in ours if code in theirs][:MOST_LISTED]
    if both:
        return voice.say("in {languages}, which both speak", languages=voice.listing(both))
    if ours and theirs:
        return voice.say("with an interpreter, for no language is shared")
    return voice.say("the language is to be agreed")


def _channel(setting: Setting) -> str:
    """Name channels that both use; where there are none, the first of each."""
    say = setting.voice.say
    ours, theirs = (record[Profile.CHANNELS] for record in setting.records)
    known = {channel.casefold() for channel in theirs}
    both = [channel for channel in ours if channel.casefold() in known]
    if both:
        return say("by {channels}", channels=cut(listed(both, MOST_LISTED), setting.cuts.item))
    first = [cut(channels[0], NAME_WORDS) for channels in (ours, theirs) if channels]
    if len(first) < 2:
        return say("the channel is to be agreed")
    return say("by {ours} or {theirs}, to be agreed", ours=first[0], theirs=first[1])


def _rhythm(setting: Setting, plan: Plan) -> str:
    ours, theirs = setting.records
    voice, weeks = setting.voice, plan.rhythm_weeks
    if _is_same(ours[Profile.REGION], theirs[Profile.REGION]):
        return voice.count("a meeting every week", "a meeting every {number} weeks", weeks)
    talk = voice.count("a call every week", "a call every {number} weeks", weeks)
    if _is_same(ours[Profile.COUNTRY], theirs[Profile.COUNTRY]):
        return voice.say("{talk}, and a visit before the first review", talk=talk)
    return talk


def _reviews(setting: Setting, plan: Plan) -> str:
    voice, dates = setting.voice, plan.review_dates(REVIEWS)
    if dates:
        told = "; ".join(voice.date(stamp) for stamp in dates)
        later = voice.count("then every month", "then every {number} months", plan.review_months)
        return voice.say("Reviews: {first}; {later}", first=told, later=later)
    first = voice.count(
        "{number} month after signing", "{number} months after signing", plan.first_review_months
    )
    later = voice.count("then every month", "then every {number} months", plan.review_months)
    return voice.say("Reviews: {first}; {later}", first=first, later=later)


def _is_same(ours: str, theirs: str) -> bool:
    return bool(ours) and ours.casefold() == theirs.casefold()
