"""Seekers and open candidates of each round, drawn so that rounds are exchangeable.

Rounds of a programme without faults must differ by chance only. If the best partners were used up first, or
if capacity ran out towards the end of a year, later rounds would be worse. Therefore:

- each couple is open in one round only, and in one direction: it is given, by an even draw, to one of the
  turns in which either of them seeks and the other has room;
- capacity is spread over the year in advance: an organisation with `capacity_max` partners per year has as
  many slots in that year's rounds, as evenly as possible, the odd ones in rounds drawn at random. In each
  round its slots are, with probability 1/2, for seeking, else for being shown; the length of its list, or
  the number of lists that it appears in, does not exceed them. No agreement is refused for lack of capacity.

The rounds of a year are then exchangeable, and the outcome of a pair does not depend on earlier rounds. Own
definition.
"""

import datetime as dt
import math
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Floats
from simulation.draws import uniform
from simulation.facts import Facts

MONTHS_A_YEAR: Final = 12
NEVER_SHOWN: Final = "red"  # flag of organisations that neither seek nor are shown

Open = dict[tuple[int, str], list[str]]
"""By round and seeker, the candidates that may be shown."""


class _Turn(NamedTuple):
    """An open couple: a round, and positions of seeker and candidate in a list of facts."""

    round: int
    seeker: int
    candidate: int


@dataclass(frozen=True)
class Round:
    """The input of a recommender in one round."""

    number: int
    """From 0."""
    date: dt.date
    profiles: pd.DataFrame
    """The organisations of that day, canonical columns, sorted by id."""
    open: Mapping[str, tuple[str, ...]]
    """For each seeker, sorted, the candidates that may be shown to it, sorted."""
    sizes: Mapping[str, int]
    """For each seeker the length of its list: k, less where its capacity is lower."""

    @property
    def seekers(self) -> tuple[str, ...]:
        """Ids of those who seek in this round."""
        return tuple(self.open)


@dataclass(frozen=True)
class Calendar:
    """Days of the rounds."""

    start: dt.date
    rounds: int
    months: int  # from one round to the next

    @cached_property
    def days(self) -> tuple[dt.date, ...]:
        """Day of each round; the month's last where it is too short."""
        return tuple(add_months(self.start, number * self.months) for number in range(self.rounds))

    def year_of(self, number: int) -> int:
        """Return the programme year of a round, from 0."""
        return number * self.months // MONTHS_A_YEAR

    def rounds_of_year(self, year: int) -> list[int]:
        """Return the rounds of a programme year, also those after the last round held."""
        first = math.ceil(year * MONTHS_A_YEAR / self.months)
        after = math.ceil((year + 1) * MONTHS_A_YEAR / self.months)
        return list(range(first, after))


@dataclass(frozen=True)
class Arrivals:
    """Newcomers, sorted by id, that join in the round `start` and make up a share of the seekers."""

    facts: tuple[Facts, ...]
    start: int
    share: float


def add_months(day: dt.date, months: int) -> dt.date:
    """Return the day some months later; the month's last where it is too short."""
    years, month = divmod(day.month - 1 + months, MONTHS_A_YEAR)
    year = day.year + years
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def members_of(facts: Iterable[Facts], start: dt.date) -> list[Facts]:
    """Return the participants: not flagged red, not founded after the programme's first year."""
    return [one for one in facts if one.flag != NEVER_SHOWN and not one.founded > start.year]


def room_of(one: Facts, calendar: Calendar, seed: int) -> list[float]:
    """Return how many partners an organisation may be shown in each round; infinite without a limit.

    The sum over a year never exceeds `capacity_max`.
    """
    if math.isnan(one.capacity):
        return [math.inf] * calendar.rounds
    room: dict[int, float] = {}
    for year in range(calendar.year_of(calendar.rounds - 1) + 1):
        numbers = calendar.rounds_of_year(year)
        order = sorted(numbers, key=lambda number: uniform(seed, "room", str(number), one.id))
        each, odd = divmod(int(one.capacity), max(len(numbers), 1))
        room.update({number: float(each + (position < odd)) for position, number in enumerate(order)})
    return [room[number] for number in range(calendar.rounds)]


def draw_open(
    facts: Sequence[Facts], calendar: Calendar, n_seekers: int, seed: int, arrivals: Arrivals | None = None
) -> Open:
    """Draw the seekers of each round, and the candidates open to them, by round and seeker, sorted.

    `facts` are the participants, sorted by id; all that have capacity seek where they are fewer than
    `n_seekers`. A seeker for whom no couple is open has an empty list. `arrivals` replace the seekers drawn
    last, and are open to all from then on; nothing else changes, and nothing before their first round does.
    """
    room = _rooms(facts, calendar, seed)
    may_seek = _may_seek(facts, room, seed)
    seats = [_seats(facts, may_seek[:, number], number, n_seekers, seed) for number in range(calendar.rounds)]
    opened = _deal(facts, _seeking(seats, len(facts)), room, _couples(facts), seed)
    if arrivals is not None:
        seats, extra = _with_arrivals(facts, seats, arrivals, calendar, n_seekers, seed)
        facts = [*facts, *arrivals.facts]
        room = _rooms(facts, calendar, seed)
        opened += extra
    seeking = _seeking(seats, len(facts))
    held = [turn for turn in opened if seeking[turn.seeker, turn.round]]
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for turn in _within_room(held, facts, room, seed):
        found[turn.round, facts[turn.seeker].id].append(facts[turn.candidate].id)
    chosen = sorted((number, facts[seat].id) for number, row in enumerate(seats) for seat in row)
    return {key: sorted(found[key]) for key in chosen}


def _rooms(facts: Sequence[Facts], calendar: Calendar, seed: int) -> Floats:
    listed = [room_of(one, calendar, seed) for one in facts]
    return np.array(listed, dtype=np.float64).reshape(len(facts), calendar.rounds)


def _may_seek(facts: Sequence[Facts], room: Floats, seed: int) -> NDArray[np.bool_]:
    """Return in which rounds each may seek; with limited capacity it either seeks or is shown in a round."""
    may = room == math.inf
    for place, number in np.argwhere((room > 0) & ~may).tolist():
        may[place, number] = uniform(seed, "seeks in", str(number), facts[place].id) < 0.5
    return np.asarray(may)


def _within_room(turns: Sequence[_Turn], facts: Sequence[Facts], room: Floats, seed: int) -> list[_Turn]:
    """Leave out, drawn at random, the lists in which a candidate has no capacity to be shown."""
    limited: dict[tuple[int, int], list[_Turn]] = defaultdict(list)
    for turn in turns:
        if room[turn.candidate, turn.round] < math.inf:
            limited[turn.candidate, turn.round].append(turn)
    left_out: set[_Turn] = set()
    for (candidate, number), listed in limited.items():
        names = ("place", facts[candidate].id)
        order = sorted(listed, key=lambda turn: uniform(seed, *names, facts[turn.seeker].id))
        left_out.update(order[int(room[candidate, number]) :])
    return [turn for turn in turns if turn not in left_out]


def _with_arrivals(
    facts: Sequence[Facts],
    seats: Sequence[list[int]],
    arrivals: Arrivals,
    calendar: Calendar,
    n_seekers: int,
    seed: int,
) -> tuple[list[list[int]], list[_Turn]]:
    """Add newcomers to the seekers, and open the couples in which one is a newcomer."""
    everyone = [*facts, *arrivals.facts]
    room = _rooms(everyone, calendar, seed)
    may_seek = _may_seek(everyone, room, seed)
    is_new = np.arange(len(everyone)) >= len(facts)
    wanted = round(n_seekers * arrivals.share)
    taken = [list(row) for row in seats]
    for number in range(arrivals.start, calendar.rounds):
        new = _seats(everyone, may_seek[:, number] & is_new, number, wanted, seed)
        taken[number] = [*taken[number][: n_seekers - len(new)], *new]
    seeking = _seeking(taken, len(everyone))
    seeking[:, : arrivals.start] = False
    couples = _couples(everyone)
    has_newcomer = is_new[couples].any(axis=1)
    return taken, _deal(everyone, seeking, room, couples[has_newcomer], seed)


def _seats(
    facts: Sequence[Facts], may: NDArray[np.bool_], number: int, n_seekers: int, seed: int
) -> list[int]:
    """Draw the seekers of a round; positions in `facts`, in the order drawn."""
    drawn = [
        (uniform(seed, "seat", str(number), one.id), place) for place, one in enumerate(facts) if may[place]
    ]
    return [place for _, place in sorted(drawn)[:n_seekers]]


def _seeking(seats: Sequence[list[int]], n: int) -> NDArray[np.bool_]:
    seeking = np.zeros((n, len(seats)), dtype=np.bool_)
    for number, row in enumerate(seats):
        seeking[row, number] = True
    return seeking


def _couples(facts: Sequence[Facts]) -> NDArray[np.int64]:
    """Return the positions of all couples in which neither excludes the other, shape (n_couples, 2)."""
    places = {one.id: place for place, one in enumerate(facts)}
    apart = np.zeros((len(facts), len(facts)), dtype=np.bool_)
    for place, one in enumerate(facts):
        apart[place, [places[id_] for id_ in one.excludes if id_ in places]] = True
    return np.argwhere(np.triu(~(apart | apart.T), k=1))


def _deal(
    facts: Sequence[Facts],
    seeking: NDArray[np.bool_],
    room: Floats,
    couples: NDArray[np.int64],
    seed: int,
) -> list[_Turn]:
    """Give each couple to one of its turns, evenly; none where it has no turn."""
    if not couples.size:
        return []
    ones, others = couples.T
    shown = (room == math.inf) | ((room > 0) & ~_may_seek(facts, room, seed))
    # The first half of the turns has the couple's first as seeker, the second half its second.
    turns = np.hstack([seeking[ones] & shown[others], seeking[others] & shown[ones]])
    counts = turns.cumsum(axis=1)
    ids = [one.id for one in facts]
    draws = np.array([uniform(seed, "turn", ids[one], ids[other]) for one, other in couples.tolist()])
    picked = np.argmax(counts > (draws * counts[:, -1])[:, None], axis=1)
    dealt: list[_Turn] = []
    for place in np.flatnonzero(counts[:, -1]):
        second, number = divmod(int(picked[place]), seeking.shape[1])
        pair = (int(ones[place]), int(others[place]))
        dealt.append(_Turn(number, *(pair[::-1] if second else pair)))
    return dealt
