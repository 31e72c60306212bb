"""What texts state of area, money, amounts and conditions, in English and Indonesian."""

import math
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

from matcher.documents.language import QUOTE_LENGTH
from matcher.features.places import Mention, Places, countries_of, mentions, place_names
from matcher.features.screening import Screen
from matcher.files import bundled_toml
from matcher.tables.numbers import plain_number
from matcher.tables.values import lowered

KM_AN_HOUR: Final = 50.0


class Area(NamedTuple):
    """Where a need or an offer holds: in `places` or outside them, or within `km` of them."""

    places: Places
    is_outside: bool = False
    km: float = 0.0


class Amount(NamedTuple):
    """An amount of a unit, from `least` to `most`; "USD" is money."""

    unit: str
    least: float
    most: float


class Condition(NamedTuple):
    """What the other side must be: `years` old, a legal entity, without profit, of a group, of none."""

    years: float = 0.0
    must_register: bool = False
    is_for_charities: bool = False
    accepted: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


class Cues(NamedTuple):
    """What a text may state; what it may not, it does not."""

    area: bool
    amounts: bool
    condition: bool
    standing: bool
    """That its organisation is unregistered, or of a group by what it does."""


def cues_of(texts: Sequence[str]) -> list[Cues]:
    """Return what each of many texts may state, in a small part of the time that it takes to read them."""
    return [*map(Cues, *(screen.may_match(texts) for screen in _screens()))]


@cache
def _screens() -> list[Screen]:
    named = "near in_town", "goods", "years registered charities limits", "unregistered"
    patterns = [[_PATTERNS[name] for name in names.split()] for names in named]
    patterns[0].append(place_names())
    patterns[-1] += [patterns["does"] for patterns in _GROUPS.values() if "does" in patterns]
    return [Screen(*listed) for listed in patterns]


def is_local(text: str) -> bool:
    """Return whether a need or an offer is for somebody near by, as visits, pick-ups and fresh goods are."""
    return bool(_search("local", text))


def clauses_of(text: str) -> Iterator[str]:
    """Yield the clauses of a text, as they lie between full stops, semicolons, colons and brackets."""
    yield from (clause for clause in _PATTERNS["clauses"].split(text) if clause.strip())


def area_and_clause(text: str, *, is_need: bool) -> tuple[Area | None, str]:
    """Return where a need or an offer holds, and the clause that says so; None and "" without."""
    for number, clause in enumerate(clauses_of(text)):
        if area := _nearness(clause) or _limit(clause, is_need=is_need, is_first=number == 0):
            return area, shortened(clause)
    return None, ""


def shortened(clause: str) -> str:
    """Return a clause, a long one from so late on that a quotation reaches the last place or km."""
    ends = [mention.stop for mention in mentions(clause)]
    ends += [near.end() for near in _PATTERNS["near"].finditer(lowered(clause))]
    start = max(ends, default=0) - QUOTE_LENGTH + 4
    return clause if start <= 0 else "… " + clause[start:].split(" ", 1)[-1]


@lru_cache(65536)
def mission_area(mission: str) -> tuple[Area | None, str]:
    """Return the area to which a mission limits the work of an organisation, and the clause that does."""
    for clause in clauses_of(mission):
        for before, places, _ in _named(clause):
            if _search("mission", before):
                return Area(places), shortened(clause)
    return None, ""


@lru_cache(65536)
def named_countries(text: str) -> Places:
    """Return the countries of the places that a text names."""
    return countries_of(frozenset(one.place for one in mentions(text)))


@lru_cache(65536)
def wanted_countries(need: str) -> Places:
    """Return the countries in which a need asks for something; none if it limits the area or names no place.

    Examples
    --------
    >>> sorted(wanted_countries("Mentors for schools in Kotabaru; study results from Mali"))
    ['ID']
    """
    clause = next(clauses_of(need), "")
    rows = () if area_and_clause(need, is_need=True)[0] else _named(clause)
    wanted = (places for before, places, _ in rows if _search("wanted", before))
    return countries_of(frozenset().union(*wanted))


def _nearness(clause: str) -> Area | None:
    if near := _search("near", clause):
        base = frozenset(one.place for one in mentions(clause) if 0 <= one.start - near.end() <= 1)
        return Area(base, km=_counted(near["number"]) * (1.0 if near["unit"][0] in "kK" else KM_AN_HOUR))
    return Area(frozenset(), km=KM_AN_HOUR) if _search("in_town", clause) else None


def _limit(clause: str, *, is_need: bool, is_first: bool) -> Area | None:
    rows = list(_named(clause))
    for number, (before, places, after) in enumerate(rows):
        if _search("not_outside", before):
            return Area(places)
        if _search("except", before) or (_search("outside", before) and not _search("soft", clause)):
            return Area(places, is_outside=True)
        if _is_limit(before, after, clause, is_need=is_need, is_first=is_first):
            # Places that the clause names later may belong to the area as well.
            return Area(places.union(*(later for _, later, _ in rows[number:])))
    return None


def _is_limit(before: str, after: str, clause: str, *, is_need: bool, is_first: bool) -> bool:
    if _search("soft", clause) or (is_need and _search("own", before)):
        return False
    is_only = _search("only", before) or _search("only_after", after)
    if is_only and not _search("described", before):
        return True
    if _search("based", before) or _search("around_after", after):
        return True
    if is_need:
        is_partner = is_first and _search("partner", before)
        return bool(is_partner and not _search("purpose", before))
    is_last = not after.strip(" .!") and before.rstrip().endswith(",")
    return bool(is_last or _search("served", before))


def _named(clause: str) -> Iterator[tuple[str, Places, str]]:
    """Yield the places that a clause names in a row, with what precedes and follows them."""
    rows: list[list[Mention]] = []
    for mention in mentions(clause):
        if rows and _PATTERNS["places"].fullmatch(lowered(clause[rows[-1][-1].stop : mention.start])):
            rows[-1].append(mention)
        else:
            rows.append([mention])
    for row in rows:
        before = _PATTERNS["kinds"].sub("", lowered(clause[: row[0].start]))
        yield before, frozenset(mention.place for mention in row), clause[row[-1].stop :]


def stated_money(text: str, *, is_need: bool) -> Amount | None:
    """Return the sum of money that a text names, in US dollars at rough rates; None without or of several.

    A need asks for its sum, an offer gives up to it; a range is a range of either, a price of a unit none.
    """
    found = [
        one
        for one in (_PATTERNS["money"].finditer(text) if _DIGIT.search(text) else ())
        if one["sign"] or _RUPIAH & {one["scale"], one["scale_of_most"]}
    ]
    if len(found) != 1 or _PATTERNS["per_unit"].match(text, found[0].end()):
        return None
    money = found[0]
    currency, scale, other = (money["sign"] or "rp").lower(), money["scale"], money["scale_of_most"]
    in_dollars = _AMOUNT["dollars"][currency]
    highest = _number(money["most"] or money["sum"]) * _scale(other or scale, currency)
    lowest = _number(money["sum"]) * _scale(scale or other, currency)
    least = lowest if money["most"] or (is_need and not money["limit"]) else 0.0
    return Amount("USD", least * in_dollars, highest * in_dollars) if 0 < lowest <= highest else None


def stated_amounts(text: str) -> tuple[Amount, ...]:
    """Return the least amounts that a text asks for, and the largest others, one for each unit and period."""
    amounts: dict[str, Amount] = {}
    for found in _PATTERNS["goods"].finditer(text) if _DIGIT.search(text) else ():
        unit, scale = _UNITS[found["unit"].lower()]
        value = _number(found["number"]) * scale
        unit += _PERIODS.get((found["period"] or "").lower(), "")
        is_least = bool(found["least"] or found["more"])
        amount = Amount(unit, value, math.inf) if is_least else Amount(unit, 0.0, value)
        amounts[unit] = max(amount, amounts.get(unit, amount), key=lambda one: (one.least, one.most))
    return tuple(amounts.values())


@lru_cache(65536)
def stated_condition(text: str) -> Condition | None:
    """Return what a text says that the other side must be; None where it says nothing of it."""
    numbers = (found[found.lastgroup or 0] for found in _PATTERNS["years"].finditer(lowered(text)))
    found = Condition(
        max((_counted(number) for number in numbers), default=0.0),
        bool(_search("registered", text)) and not says_unregistered(text),
        bool(_search("charities", text)),
        *_accepted_and_refused(text),
    )
    return found if any(found) else None


def _accepted_and_refused(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the groups that a text accepts alone, and those that it refuses."""
    accepted, refused = set(), set()
    # Most texts and clauses have no word that accepts or refuses: groups are not looked up in these.
    clauses = clauses_of(lowered(text)) if _search("limits", text) else ()
    for clause in filter(_PATTERNS["limits"].search, clauses):
        for group, patterns in _GROUPS.items():
            for found in patterns["named"].finditer(clause):
                before, after = clause[: found.start()], clause[found.end() :]
                if _search("refuses", before):
                    refused.add(group)
                elif group in KINDS and (_search("accepts", before) or _search("accepts_after", after)):
                    accepted.add(group)
    return frozenset(accepted), frozenset(refused)


@lru_cache(65536)
def open_condition(text: str) -> str:
    """Return the clause of a need or an offer that states a condition which people must check, or ""."""
    if stated_condition(text) or _search("unregistered", text):
        return ""
    clauses = (clause for clause in clauses_of(text) if _search("open", clause))
    return next((clause.strip() for clause in clauses if not area_and_clause(clause, is_need=False)[0]), "")


@lru_cache(65536)
def groups_of(kind: str, name: str, *texts: str) -> frozenset[str]:
    """Return the groups of an organisation by its kind, name and texts on what it offers.

    Examples
    --------
    >>> sorted(groups_of("social", "Universitas Teluk", "pinjaman lunak"))
    ['education', 'lender', 'social']
    """
    said = {"is": lowered(name), "does": " . ".join(map(lowered, (name, *texts)))}
    found = {
        group
        for group, patterns in _GROUPS.items()
        if any(use in patterns and patterns[use].search(text) for use, text in said.items())
    }
    return frozenset({*found, kind} - {""})


def says_unregistered(text: str) -> bool:
    """Return whether a text says that an organisation is no legal entity."""
    return bool(_search("unregistered", text))


def _search(name: str, text: str) -> re.Match[str] | None:
    return _PATTERNS[name].search(lowered(text))


def _counted(number: str) -> float:
    return float(_TEXTS["numbers"].get(number.lower()) or number.replace(",", "."))


def _number(text: str) -> float:
    """Return a number of a text; a last group of three digits is thousands, as people write sums."""
    if re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", text):
        text = re.sub("[.,]", "", text)
    try:
        number = plain_number(text)
    except ValueError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _scale(word: str | None, currency: str) -> float:
    if word in ("M", "m") and currency in ("rp", "idr"):
        word = "miliar"
    return float(_AMOUNT["scales"][word.lower()]) if word else 1.0


_TEXTS: Final = bundled_toml(__package__, "facts.toml")
_AMOUNT: Final = _TEXTS["amount"]
_RUPIAH: Final = {"juta", "jt", "miliar", "milyar", "ribu"}
"""Scales of which the currency is known without a sign."""
_DIGIT: Final = re.compile("[0-9]")
_PATTERNS: Final = {
    name: re.compile(pattern, re.IGNORECASE if group == "amount" else 0)
    for group in ("cut", "area", "condition", "amount")
    for name, pattern in _TEXTS[group].items()
    if isinstance(pattern, str)
}
KINDS: Final = ("business", "public", "education")  # groups that a condition can accept alone
_GROUPS: Final = {
    group: {use: re.compile(rf"\b(?:{pattern})\b") for use, pattern in patterns.items()}
    for group, patterns in _TEXTS["groups"].items()
}
_UNITS: Final = {
    word: (unit, float(size)) for unit, words in _AMOUNT["units"].items() for word, size in words.items()
}
_PERIODS: Final = {
    word: f"/{period}" for period, words in _AMOUNT["periods"].items() for word in words.split()
}
