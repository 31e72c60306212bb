"""What dishonest profiles gain: places in others' rankings, shares of lists, and who is in many lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import typer

from benchmarks.judging import SEED, Lists, Results, cell, describe_machine, interval
from benchmarks.languages import FIRST, GOOD, Graded, further_markets, read_market, show_table
from matcher import Matcher, read_profiles
from matcher.columns import Profile
from matcher.datasets import load_demo
from matcher.encoders import Encoder, open_encoder
from matcher.encoders.words import stop_words
from matcher.profiles import Claim, Resource
from matcher.profiles.records import latest_date, records_of
from matcher.profiles.vocabulary import CATEGORIES

ATTACKERS: Final = 12
TOP: Final = 10  # places of a list of which copies take a share
COPIES: Final = 20
COPIED_OFFERS: Final = 30
MISSIONS: Final = 60
AWARDS: Final = 30
KEYWORDS: Final = 120
MANY_LISTS: Final = 0.1  # share of the first five of all lists from which an organisation is named

Record = dict[str, Any]
Attack = Callable[[Record, Sequence[Record], np.random.Generator], Record]
"""Profile of the attacker, the other profiles -> what is changed of it."""


def measure_attacks(judged: Path, attackers: int = ATTACKERS) -> Results:
    """Measure attacks and concentration on the demo, and dishonest profiles of markets."""
    grades, market = judged / "demo_grades.csv", judged / "market"
    demo = read_profiles(load_demo()).kept
    markets = ({"market a": read_market(market)} if market.exists() else {}) | further_markets()
    encoder = open_encoder(None)
    results: Results = {
        **measure_profiles(demo, encoder, attackers),
        "first places": {name: measure_first_places(graded, encoder) for name, graded in markets.items()},
        "concentration": measure_concentration(
            rank(demo, encoder), pd.read_csv(grades) if grades.exists() else None
        ),
    }
    _show(results)
    return results


def measure_profiles(pool: pd.DataFrame, encoder: Encoder, attackers: int = ATTACKERS) -> Results:
    """Return the places that each attack gains, and the share of top places that copies take."""
    before = rank(pool, encoder)
    records = records_of(pool)
    drawn = np.random.default_rng(SEED).permutation(len(records))[:attackers]
    gained: dict[str, list[float]] = {name: [] for name in ATTACKS}
    shares: dict[str, list[float]] = {"original alone": [], **{name: [] for name in COPIED}}
    for place in drawn.tolist():
        attacker, others = records[place], [*records[:place], *records[place + 1 :]]
        id_ = attacker[Profile.ID]
        for name, attack in ATTACKS.items():
            changed = attacker | attack(attacker, others, np.random.default_rng(SEED))
            after = rank(pd.DataFrame([*others, changed]), encoder)
            gained[name].append(places(before, id_) - places(after, id_))
        shares["original alone"].append(share_of_top(before, {id_}))
        for name, copy in COPIED.items():
            copies = [copy(attacker, number) for number in range(1, COPIES + 1)]
            after = rank(pd.DataFrame([*records, *copies]), encoder)
            shares[name].append(share_of_top(after, {id_, *(one[Profile.ID] for one in copies)}))
    return {
        "places gained": {name: interval(np.array(values)) for name, values in gained.items()},
        "share of top places": {name: interval(np.array(values)) for name, values in shares.items()},
    }


def rank(pool: pd.DataFrame, encoder: Encoder) -> Lists:
    """Return every organisation's list of all others."""
    table = Matcher(encoder=encoder).fit(pool).recommend_all(len(pool), explain=False)
    lists = {str(id_): rows["candidate"].tolist() for id_, rows in table.groupby("seeker")}
    return {id_: lists.get(id_, []) for id_ in pool[Profile.ID]}


def places(lists: Lists, id_: str) -> float:
    """Return the mean place of an organisation in the lists of others; the last where it is not listed."""
    return float(
        np.mean(
            [
                listed.index(id_) + 1 if id_ in listed else len(lists) - 1
                for seeker, listed in lists.items()
                if seeker != id_
            ]
        )
    )


def share_of_top(lists: Lists, ids: set[str]) -> float:
    """Return the share of all top places of others that some organisations take."""
    top = [listed[:TOP] for seeker, listed in lists.items() if seeker not in ids]
    return sum(len(ids & {*listed}) for listed in top) / sum(map(len, top))


def measure_first_places(graded: Graded, encoder: Encoder) -> dict[str, float]:
    """Return the share of first places of a market that dishonest profiles take.

    Those are the organisation that is in every pair of the kind `stuffed`, and those in all pairs of one
    id of the kind `flagged` without carrying a red flag: advertisements that others put into a profile.
    """
    lists = rank(graded.pool, encoder)
    red = {*graded.pool[Profile.ID][graded.pool[Profile.FLAG].eq("red")]}
    shares = {}
    for name, kind in (("stuffed", "stuffed"), ("advertisement", "flagged")):
        pairs = graded.pairs[graded.pairs["kind"] == kind]
        pairs = pairs[~pairs["seeker"].isin(red) & ~pairs["candidate"].isin(red)]
        if pairs.empty:
            continue
        id_ = str(pairs["candidate"].mode()[0])
        first = [listed[0] for seeker, listed in lists.items() if seeker != id_ and listed]
        shares[name] = float(np.mean([one == id_ for one in first]))
    return shares


def measure_concentration(lists: Lists, grades: pd.DataFrame | None = None) -> dict[str, Any]:
    """Return the largest share of the first five of all lists, and those in more than `MANY_LISTS`.

    Those come with their places among the first five, and how many of these pairs were graded and good.
    """
    found = Counter(id_ for listed in lists.values() for id_ in listed[:FIRST])
    least = MANY_LISTS * len(lists)
    known = {} if grades is None else grades.set_index(["seeker", "candidate"])["grade"].to_dict()
    many = {}
    for id_, count in sorted(found.items(), key=lambda pair: (-pair[1], pair[0])):
        if count > least:
            seekers = [seeker for seeker, listed in lists.items() if id_ in listed[:FIRST]]
            graded = [known[seeker, id_] for seeker in seekers if (seeker, id_) in known]
            good = sum(grade >= GOOD for grade in graded)
            many[id_] = {"places": count, "graded": len(graded), "good": good}
    return {"lists": len(lists), "largest share": max(found.values()) / len(lists), "in many lists": many}


def _copied_offers(attacker: Record, others: Sequence[Record], rng: np.random.Generator) -> Record:
    offers = [offer._replace(weight=5) for other in others for offer in other[Profile.OFFERS]]
    drawn = rng.permutation(len(offers))[:COPIED_OFFERS]
    return {Profile.OFFERS: [*attacker[Profile.OFFERS], *(offers[row] for row in drawn)]}


def _generic_offers(attacker: Record, *_: Any) -> Record:
    offers = [
        Resource(category, f"everything that a partner needs in {category}", 5) for category in CATEGORIES
    ]
    return {Profile.OFFERS: [*attacker[Profile.OFFERS], *offers]}


def _offer_per_category(attacker: Record, others: Sequence[Record], rng: np.random.Generator) -> Record:
    offers = [offer for other in others for offer in other[Profile.OFFERS]]
    drawn = {offers[row].category: offers[row]._replace(weight=5) for row in rng.permutation(len(offers))}
    copied = [drawn[category] for category in CATEGORIES if category in drawn]
    return {Profile.OFFERS: [*attacker[Profile.OFFERS], *copied]}


def _missions(attacker: Record, others: Sequence[Record], rng: np.random.Generator) -> Record:
    drawn = [others[row][Profile.MISSION] for row in rng.permutation(len(others))[:MISSIONS]]
    return {Profile.MISSION: "\n".join([attacker[Profile.MISSION], *drawn])}


def _awards(attacker: Record, others: Sequence[Record], _: np.random.Generator) -> Record:
    day = latest_date(pd.DataFrame([attacker, *others]))
    claims = [
        Claim(f"award for excellence number {number}", f"institute {number}", day) for number in range(AWARDS)
    ]
    return {Profile.EVIDENCE: [*attacker[Profile.EVIDENCE], *claims]}


def _keywords(attacker: Record, others: Sequence[Record], _: np.random.Generator) -> Record:
    words: Counter[str] = Counter()
    products: Counter[str] = Counter()
    for other in others:
        texts = [other[Profile.MISSION], *(offer.text for offer in other[Profile.OFFERS])]
        words.update(set(" ".join(texts).casefold().split()))
        products.update({*other[Profile.SECTOR], *other[Profile.PRODUCTS]})
    frequent = [word for word, _ in ordered(words) if word.isalpha() and word not in stop_words("")]
    return {
        Profile.MISSION: f"{attacker[Profile.MISSION]}\n{', '.join(frequent[:KEYWORDS])}",
        Profile.PRODUCTS: [*attacker[Profile.PRODUCTS], *(name for name, _ in ordered(products)[:KEYWORDS])],
    }


def ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    """Return what was counted, the most frequent first."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _together(attacker: Record, others: Sequence[Record], rng: np.random.Generator) -> Record:
    changed = dict(attacker)
    for name, attack in ATTACKS.items():
        if name != TOGETHER:
            changed |= attack(changed, others, rng)
    return changed


TOGETHER: Final = "all of these"
ATTACKS: Final[Mapping[str, Attack]] = {
    "thirty copied offers": _copied_offers,
    "one generic offer per category": _generic_offers,
    "one copied offer per category": _offer_per_category,
    "sixty missions pasted": _missions,
    "thirty invented awards": _awards,
    "keywords": _keywords,
    TOGETHER: _together,
}


def _copy(record: Record, number: int) -> Record:
    return record | {
        Profile.ID: f"{record[Profile.ID]}-{number}",
        Profile.NAME: f"{record[Profile.NAME]} {number}",
    }


def _shortened_copy(record: Record, number: int) -> Record:
    """Copy with one offer or need less, and another sentence in front of the mission."""
    lists = {}
    for column in (Profile.NEEDS, Profile.OFFERS):
        items = list(record[column])
        if len(items) > 1:
            items.pop(number % len(items))
        lists[column] = items
    return _copy(record, number) | lists


COPIED: Final[Mapping[str, Callable[[Record, int], Record]]] = {
    f"with {COPIES} copies": _copy,
    f"with {COPIES} shortened copies": _shortened_copy,
}


def _show(results: Results) -> None:
    gained = [[name, cell(row)] for name, row in results["places gained"].items()]
    show_table("mean places gained in the lists of others", ["attack", "places"], gained)
    shares = [[name, cell(row)] for name, row in results["share of top places"].items()]
    show_table(f"share of all first {TOP} places", ["organisations", "share"], shares)
    rows = [
        [name, *(f"{row[kind]:.3f}" if kind in row else "" for kind in ("stuffed", "advertisement"))]
        for name, row in results["first places"].items()
    ]
    show_table("share of first places", ["data", "stuffed", "advertisement"], rows)
    found = results["concentration"]
    rows = [
        [
            id_,
            str(row["places"]),
            f"{row['places'] / found['lists']:.3f}",
            str(row["graded"]),
            str(row["good"]),
        ]
        for id_, row in found["in many lists"].items()
    ]
    show_table(
        f"in the first {FIRST} of more than {MANY_LISTS:.0%} of the demo's lists (largest share "
        f"{found['largest share']:.3f})",
        ["organisation", "lists", "graded", "good", "share"],
        rows,
    )
    typer.echo("\n" + "; ".join(f"{name} {value}" for name, value in describe_machine().items()))
