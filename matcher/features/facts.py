"""Facts of needs and offers, and whether those of two organisations contradict each other."""

import copy
import dataclasses
import datetime as dt
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Lists, Positions, lists_of
from matcher.columns import Profile
from matcher.features import statements
from matcher.features.places import Places, countries_of, distance, lies_in, location
from matcher.features.statements import KINDS, Amount, Area, Condition, Cues, cues_of

FAR: Final = 350.0  # km by which the centres of two provinces may lie further apart than places in them
TIMES: Final = 3.0  # ratio from which what one side asks for and what the other gives are far apart
NEIGHBOURS: Final = frozenset(["ID", "MY", "SG", "TL", "PG", "BN"])  # a short way may cross their borders


class Standing(NamedTuple):
    """What an organisation is: kind, whether it says that it is no legal entity, age in years, groups."""

    kind: str = ""
    is_unregistered: bool = False
    age: float = math.inf
    groups: frozenset[str] = frozenset()


UNKNOWN: Final = Standing()  # an organisation of which nothing is known

Compare = Callable[[Any, Any], bool]
Contradiction = Literal["offer_area", "need_area", "amount", "offer_condition", "need_condition", ""]


@dataclass(frozen=True)
class Facts:
    """What a need or an offer, and the organisation that states it, say that can be checked."""

    places: Places = frozenset()
    """Where the organisation is; empty where unknown."""
    standing: Standing = UNKNOWN
    area: Area | None = None
    """Where the need or offer holds."""
    amounts: tuple[Amount, ...] = ()
    """Sums of money of funding, and amounts of goods, land and people."""
    condition: Condition | None = None
    """On the other side."""


def holder_facts(records: Sequence[Mapping[str, Any]], as_of: dt.date | None) -> list[Facts]:
    """Return what profiles say of their organisations; area and condition of a mission hold for it all."""
    said = [_texts_of(record) for record in records]
    missions = cues_of([record[Profile.MISSION] for record in records])
    whole = cues_of(["\n".join(texts) for texts in said])
    found = []
    for record, (text, name, *works_on), cues, of_all in zip(records, said, missions, whole, strict=True):
        mission, founded, kind = record[Profile.MISSION], record[Profile.FOUNDED], record[Profile.KIND]
        age = math.inf if pd.isna(founded) or as_of is None else as_of.year - float(founded)
        groups = statements.groups_of(kind, name, *works_on if of_all.standing else ())
        place = location(record[Profile.COUNTRY], record[Profile.REGION])
        standing = Standing(kind, of_all.standing and statements.says_unregistered(text), age, groups)
        area = statements.mission_area(mission)[0] if cues.area else None
        condition = statements.stated_condition(mission) if cues.condition else None
        found.append(Facts(place, standing, area, condition=condition))
    return found


def _texts_of(record: Mapping[str, Any]) -> list[str]:
    said = " . ".join([record[Profile.MISSION], *(need.text for need in record[Profile.NEEDS])])
    offered = [offer.text for offer in record[Profile.OFFERS]]
    return [said, record[Profile.NAME], *record[Profile.SECTOR], *record[Profile.PRODUCTS], *offered]


def stated_facts(text: str, category: str, holder: Facts, *, is_need: bool, cues: Cues) -> Facts:
    """Return the facts of one need or offer; `cues` are those of its text.

    An offer without an area has that of its organisation; funding, or an offer of one whose mission refuses
    somebody, has the condition of the mission.
    """
    is_funding = category == "funding"
    area = statements.area_and_clause(text, is_need=is_need)[0] if cues.area else None
    condition = statements.stated_condition(text) if cues.condition else None
    if area and area.km and not area.places:
        area = area._replace(places=holder.places)
    if not is_need:
        area = area or holder.area
        is_general = is_funding or bool(holder.condition and holder.condition.refused)
        condition = condition or (holder.condition if is_general else None)
    money = statements.stated_money(text, is_need=is_need) if is_funding else None
    amounts = tuple(filter(None, (money, *(statements.stated_amounts(text) if cues.amounts else ()))))
    return Facts(holder.places, holder.standing, area, amounts, condition)


def contradiction(need: Facts, offer: Facts) -> Contradiction:
    """Return on what a need and an offer contradict each other; "" where on nothing that is known."""
    for reason, compare, name, other, of_needs in CHECKS:
        one, two = (need, offer) if of_needs else (offer, need)
        if compare(getattr(one, name), getattr(two, other)):
            return reason
    return ""


class FactColumns:
    """The facts of several needs or offers, as codes: few differ, so that each two are compared once."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        names = [one.name for one in dataclasses.fields(Facts)]
        self._columns = {name: CodedColumn([getattr(row, name) for row in facts]) for name in names}

    def __len__(self) -> int:
        return len(self._columns["area"].codes)

    def __getitem__(self, rows: Positions) -> "FactColumns":
        taken = copy.copy(self)
        taken._columns = {name: column[rows] for name, column in self._columns.items()}
        return taken

    def at(self, row: int) -> Facts:
        """Return the facts of one need or offer."""
        return Facts(**{name: each.distinct[each.codes[row]] for name, each in self._columns.items()})

    def listed(self, others: "FactColumns", lists: Lists, *, are_needs: bool) -> Flags:
        """Return `contradictions` in lists of pairs; `are_needs`: whether these are the needs."""
        from matcher.encoders import kernels

        found = np.zeros(len(lists[1]), dtype=bool)
        for _, compare, name, other, of_needs in CHECKS:
            is_turned = of_needs != are_needs
            ours, theirs = (other, name) if is_turned else (name, other)
            ones, twos = self._columns[ours], others._columns[theirs]
            table = _compared(compare, twos, ones).T if is_turned else _compared(compare, ones, twos)
            if table.any():
                kernels.mark(found, np.ascontiguousarray(table), ones.codes, twos.codes, lists)
        return found


class CodedColumn:
    """Distinct values, and the code of each row; columns that share the tuple of values are equal."""

    def __init__(self, values: Sequence[Hashable]) -> None:
        numbers: dict[Hashable, int] = {}
        self.codes = np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)
        self.distinct = tuple(numbers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CodedColumn) and self.distinct is other.distinct

    def __hash__(self) -> int:
        return id(self.distinct)

    def __getitem__(self, rows: Positions) -> "CodedColumn":
        taken = copy.copy(self)
        taken.codes = self.codes[rows]
        return taken

    def merged(self, other: "CodedColumn", order: Positions) -> "CodedColumn":
        """Return some rows of this column and of another, which are numbered after these."""
        numbers: dict[Hashable, int] = {value: code for code, value in enumerate(self.distinct)}
        codes = [numbers.setdefault(other.distinct[code], len(numbers)) for code in other.codes]
        merged = copy.copy(self)
        merged.codes = np.concatenate([self.codes, np.array(codes, dtype=np.int64)])[order]
        if len(numbers) > len(self.distinct):
            merged.distinct = tuple(numbers)
        return merged


@lru_cache(64)
def _compared(compare: Compare, ones: CodedColumn, others: CodedColumn) -> Flags:
    rows = [[bool(one) and compare(one, other) for other in others.distinct] for one in ones.distinct]
    return np.array(rows, dtype=bool).reshape(len(ones.distinct), len(others.distinct))


def contradictions(needs: FactColumns, offers: FactColumns) -> Flags:
    """Return whether each need and each offer contradict each other, shape (n_needs, n_offers)."""
    columns = np.tile(np.arange(len(offers)), (len(needs), 1))
    return needs.listed(offers, lists_of(columns), are_needs=True).reshape(columns.shape)


@lru_cache(65536)
def is_beyond(area: Area | None, places: Places) -> bool:
    """Return whether an organisation at `places` is known to lie beyond an area."""
    if area is None:
        return False
    if area.km:
        one, other = countries_of(area.places), countries_of(places)
        if one and other and not one & other:
            return not (one | other) <= NEIGHBOURS
        return distance(area.places, places) > area.km + FAR
    inside = lies_in(places, area.places)
    return inside is not None and inside == area.is_outside


def are_far_apart(asked: tuple[Amount, ...], given: tuple[Amount, ...]) -> bool:
    """Return whether an amount asked for and one given of its unit are more than `TIMES` apart."""
    return any(
        one.unit == other.unit and (one.least > TIMES * other.most or other.least > TIMES * one.most)
        for one in asked
        for other in given
    )


def fails(condition: Condition | None, standing: Standing) -> bool:
    """Return whether an organisation is known to fail a condition."""
    return condition is not None and (
        (condition.must_register and standing.is_unregistered)
        or (condition.is_for_charities and standing.kind == "business")
        or standing.age < condition.years
        or bool(condition.refused & standing.groups)
        or _is_of_other_kind(condition.accepted, standing)
    )


def _is_of_other_kind(accepted: frozenset[str], standing: Standing) -> bool:
    """Return whether an organisation is known to be of no accepted kind; a school may be a public body."""
    is_known = standing.kind in (*KINDS, "social")
    may_be_public = standing.kind == "education" and "public" in accepted
    return bool(accepted) and is_known and not may_be_public and not accepted & standing.groups


CHECKS: Final[tuple[tuple[Contradiction, Compare, str, str, bool], ...]] = (
    ("offer_area", is_beyond, "area", "places", False),
    ("need_area", is_beyond, "area", "places", True),
    ("amount", are_far_apart, "amounts", "amounts", True),
    ("offer_condition", fails, "condition", "standing", False),
    ("need_condition", fails, "condition", "standing", True),
)
"""Name, comparison, column, column of the other side, and whether the first one is that of needs."""
