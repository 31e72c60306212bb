"""Who brings what to whom, and what stays unanswered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from matcher.columns import Profile
from matcher.documents import Block, Bullets, Heading, Table
from matcher.explanations import NeedMatch, most_open, standing_of
from matcher.output.briefs.wording import Setting

WORDS: Final = {"answered": "fits", "possible": "to check"}
ACROSS: Final = 2
"""How doubtful an answer of another category is; clear answers are 0, others of the category 1."""


@dataclass(frozen=True)
class Direction:
    """One side's needs before the other side.

    Attributes
    ----------
    receiver, giver : str
        Names.
    record : mapping
        Profile of the giver.
    needs : tuple of NeedMatch
        Each with the giver's closest offer.
    helps_most : bool
        Whether an answer to the need that is most open would raise the match.
    """

    receiver: str
    giver: str
    record: Mapping[str, Any]
    needs: tuple[NeedMatch, ...]
    helps_most: bool

    @property
    def names(self) -> dict[str, str]:
        """Both names, by part."""
        return {"receiver": self.receiver, "giver": self.giver}

    def met(self) -> list[NeedMatch]:
        """Return needs that the giver answers or may answer; clear answers first, then by category.

        Across categories an offer that answers another need already is no answer: what resembles
        everything a little answers nothing.
        """
        ranked = sorted(self.needs, key=_doubt)
        found: list[NeedMatch] = []
        for match in ranked:
            is_taken = any(match.offer == other.offer for other in found)
            if standing_of(match) != "open" and not (_doubt(match)[0] == ACROSS and is_taken):
                found.append(match)
        return found

    def open(self) -> list[NeedMatch]:
        """Return the other needs; those of which most is left to be met first."""
        met = self.met()
        found = [match for match in self.needs if match not in met]
        return sorted(found, key=lambda match: -match.importance * (1.0 - match.met))

    def offers(self) -> list[str]:
        """Return what the giver offers, what it is best at first."""
        ranked = sorted(self.record[Profile.OFFERS], key=lambda offer: -offer.weight)
        return [offer.text for offer in ranked]


def _doubt(match: NeedMatch) -> tuple[int, float]:
    """Return what to order answers by: how doubtful they are, then importance x how far met."""
    weight = -match.importance * match.met
    if match.is_answered:
        return 0, weight
    return (1 if match.category == match.offer_category else ACROSS), weight


def directions(setting: Setting) -> tuple[Direction, Direction]:
    """Return both directions, what the seeker receives first."""
    seeker, candidate = setting.names.values()
    ours, theirs = setting.records
    told = setting.told
    kinds = {improvement.kind for improvement in told.improvements}
    return (
        Direction(seeker, candidate, theirs, told.seeker_side.needs, "your_need" in kinds),
        Direction(candidate, seeker, ours, told.candidate_side.needs, "their_need" in kinds),
    )


def exchange(setting: Setting) -> list[Block]:
    """Return needs with the offers that answer them, in both directions, and those left open."""
    blocks: list[Block] = [Heading(setting.voice.say("Who brings what to whom"), origin="engine")]
    remarks = []
    for direction in directions(setting):
        if met := direction.met():
            blocks.append(_met_table(direction, met[: setting.cuts.pairs], setting))
            remarks += _left_out(direction, len(met) - setting.cuts.pairs, setting)
        else:
            remarks.append(_unmatched(direction, setting))
        if direction.open():
            remarks.append(_unanswered(direction, setting))
    return [*blocks, *([Bullets(tuple(remarks))] if remarks else [])]


def _met_table(direction: Direction, met: list[NeedMatch], setting: Setting) -> Block:
    say, names = setting.voice.say, direction.names
    rows = tuple(
        (setting.item(match.need), setting.item(match.offer), say(WORDS[standing_of(match)])) for match in met
    )
    header = say("{receiver} needs", **names), say("{giver} offers", **names), say("Answer")
    return Table(header, rows)


def _left_out(direction: Direction, number: int, setting: Setting) -> list[str]:
    """Say how many answers the page has no room for."""
    if number <= 0:
        return []
    more = setting.voice.count("{number} more need", "{number} more needs", number)
    message = "{giver} may answer {more} of {receiver}, left out here for room"
    return [setting.voice.say(message, more=more, **direction.names)]


def _unmatched(direction: Direction, setting: Setting) -> str:
    """Say that nothing meets, and what is on offer all the same."""
    say, names = setting.voice.say, direction.names
    if not direction.needs:
        return say("{receiver} names no needs.", **names)
    offers = direction.offers()[: setting.cuts.pairs]
    if not offers:
        return say("{giver} names no offers.", **names)
    told = "; ".join(setting.item(offer) for offer in offers)
    message = "No offer of {giver} answers a need of {receiver} yet. {giver} offers: {offers}"
    return say(message, offers=told, **names)


def _unanswered(direction: Direction, setting: Setting) -> str:
    say, found = setting.voice.say, direction.open()
    needs = "; ".join(setting.item(match.need) for match in found[: max(setting.cuts.pairs - 1, 1)])
    if direction.helps_most and found[0] is most_open(direction.needs):
        message = "Unanswered for {name} (an answer to the first would help most): {needs}"
        return say(message, name=direction.receiver, needs=needs)
    return say("Unanswered for {name}: {needs}", name=direction.receiver, needs=needs)
