"""Needs of one organisation and what another offers for them, as a brief lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from matcher.columns import Profile
from matcher.documents.language import N_
from matcher.explanations import Explanation, NeedMatch

ACROSS: Final = 2
"""How doubtful an answer of another category is; clear answers are 0, others of the category 1."""
ANSWER_LABELS: Final = {"answered": N_("fits"), "possible": N_("to check")}
INDICATORS: Final = {
    "funding": N_("money received and what it was spent on"),
    "expertise": N_("advice given and what changed because of it"),
    "network": N_("contacts made and how many led to work"),
    "people": N_("people placed and how many stayed"),
    "technology": N_("days in use and days out of order"),
    "data": N_("data handed over and decisions taken from it"),
    "facilities": N_("days of use"),
    "content": N_("works handed over and in use"),
    "distribution": N_("amount delivered or sold"),
    "reputation": N_("references given and asked for"),
    "policy": N_("decisions or permits obtained"),
    "training": N_("people trained and how many use it three months later"),
    "materials": N_("amount delivered on time"),
    "research": N_("questions answered and findings used"),
}
"""What can be counted for a need of each category; own definition."""
OTHER_INDICATOR: Final = N_("how far the need is met, in both sides' view")


@dataclass(frozen=True)
class Direction:
    """One side's needs with the other side's offers.

    Attributes
    ----------
    receiver, giver : str
        Names.
    offers : tuple of str
        All that the giver offers, what it is best at first.
    needs : tuple of NeedMatch
        Each with the giver's closest offer.
    helps_most : bool
        Whether an answer to the need that is most open would raise the match.
    """

    receiver: str
    giver: str
    offers: tuple[str, ...]
    needs: tuple[NeedMatch, ...]
    helps_most: bool

    @classmethod
    def both(cls, explanation: Explanation, seeker: str, candidate: str) -> tuple[Direction, Direction]:
        """Return what the seeker receives, and what the candidate does; by their names."""
        kinds = {change.kind for change in explanation.improvements}
        ours, theirs = _offers(explanation.seeker), _offers(explanation.candidate)
        needs = explanation.seeker_side.needs, explanation.candidate_side.needs
        return (
            cls(seeker, candidate, theirs, needs[0], "your_need" in kinds),
            cls(candidate, seeker, ours, needs[1], "their_need" in kinds),
        )

    @property
    def names(self) -> dict[str, str]:
        """Both names, by part."""
        return {"receiver": self.receiver, "giver": self.giver}

    def met(self) -> list[NeedMatch]:
        """Return needs that the giver answers or may answer; clear answers first, then by category.

        Across categories an offer answers only one need: a vague offer resembles many needs a little.
        """
        found: list[NeedMatch] = []
        for match in sorted(self.needs, key=_doubt):
            is_taken = any(match.offer == other.offer for other in found)
            if match.answer != "open" and not (_doubt(match)[0] == ACROSS and is_taken):
                found.append(match)
        return found

    def open(self) -> list[NeedMatch]:
        """Return the other needs; those of which most is left to be met first."""
        met = self.met()
        found = [match for match in self.needs if match not in met]
        return sorted(found, key=lambda match: -match.importance * (1.0 - match.met))


def _doubt(match: NeedMatch) -> tuple[int, float]:
    """Return what to order answers by: how doubtful they are, then importance x how far met."""
    weight = -match.importance * match.met
    if match.is_answered:
        return 0, weight
    return (1 if match.category == match.offer_category else ACROSS), weight


def _offers(record: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(offer.text for offer in sorted(record[Profile.OFFERS], key=lambda offer: -offer.weight))
