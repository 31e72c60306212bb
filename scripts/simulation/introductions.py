"""Random introductions: a mixture of uniform chance, popularity and shared sector."""

import datetime as dt
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

from simulation.draws import normal, uniform
from simulation.facts import Facts, overlap

CHANCE_PART: Final = 0.35
POPULARITY_PART: Final = 0.25
SECTOR_PART: Final = 0.40
POPULARITY_SPREAD: Final = 0.8  # standard deviation of the logarithm of an organisation's popularity


@dataclass(frozen=True)
class Introduction:
    """A seeker introduced to a candidate on the day of the invitation."""

    seeker: Facts
    candidate: Facts
    date: dt.date


class _Couple(NamedTuple):
    """Two organisations that may be introduced; the seeker is drawn with the couple."""

    seeker: Facts
    candidate: Facts
    sector: float


def draw_introductions(
    facts: Sequence[Facts], n_introductions: int, start: dt.date, end: dt.date, seed: int
) -> list[Introduction]:
    """Draw introductions of organisations sorted by id; no couple is introduced twice, in either direction.

    There are fewer where fewer couples are possible. An organisation founded after the first day is not
    introduced before its first year. They are sorted by date, seeker and candidate.

    Weighted sampling without replacement: the couples with the smallest -log(u) / weight, u uniform
    (Efraimidis and Spirakis 2006). All couples are weighed: time grows with the square of the number of
    organisations, about 0.2 s for 176.
    """
    couples = list(_couples(facts, end, seed))
    weights = _weights(couples, {fact.id: _popularity(fact, seed) for fact in facts})
    keys = [
        (-math.log(uniform(seed, "introduced", couple.seeker.id, couple.candidate.id)) / weight, position)
        for position, (couple, weight) in enumerate(zip(couples, weights, strict=True))
    ]
    chosen = [couples[position] for _, position in sorted(keys)[:n_introductions]]
    dated = [_dated(couple, start, end, seed) for couple in chosen]
    return sorted(dated, key=lambda drawn: (drawn.date, drawn.seeker.id, drawn.candidate.id))


def _couples(facts: Sequence[Facts], end: dt.date, seed: int) -> Iterator[_Couple]:
    known = [fact for fact in facts if not fact.founded > end.year]
    for one, other in combinations(known, 2):
        if other.id in one.excludes or one.id in other.excludes:
            continue
        if uniform(seed, "seeks", one.id, other.id) < 0.5:
            one, other = other, one
        yield _Couple(one, other, overlap(one.sector, other.sector))


def _popularity(fact: Facts, seed: int) -> float:
    return math.exp(POPULARITY_SPREAD * normal(seed, "popularity", fact.id))


def _weights(couples: Sequence[_Couple], popularity: dict[str, float]) -> list[float]:
    """Mix the three parts, each divided by its mean so that the parts have the stated shares."""
    if not couples:
        return []
    popular = [popularity[couple.candidate.id] for couple in couples]
    mean_popular = math.fsum(popular) / len(couples)
    mean_sector = math.fsum(couple.sector for couple in couples) / len(couples) or 1.0
    return [
        CHANCE_PART + POPULARITY_PART * fame / mean_popular + SECTOR_PART * couple.sector / mean_sector
        for fame, couple in zip(popular, couples, strict=True)
    ]


def _dated(couple: _Couple, start: dt.date, end: dt.date, seed: int) -> Introduction:
    founded = [fact.founded for fact in (couple.seeker, couple.candidate) if fact.founded > start.year]
    first = dt.date(int(max(founded)), 1, 1) if founded else start
    days = int(uniform(seed, "date", couple.seeker.id, couple.candidate.id) * ((end - first).days + 1))
    return Introduction(couple.seeker, couple.candidate, first + dt.timedelta(days=days))
