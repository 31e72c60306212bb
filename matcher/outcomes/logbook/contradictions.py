"""Stages of a pair that cannot all be right; they are kept, and told."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from matcher.outcomes.logbook.ledger import Cells

TOGETHER: Final = ("agreed", "active", "renewed")
"""Stages in which a pair works together."""

Note = tuple[str, str, str, str]
Step = tuple[dt.date, str]


def contradictions(rows: Iterable[Cells]) -> Iterator[Note]:
    """Yield a note for each stage that contradicts the other stages of its pair; own definition.

    Parameters
    ----------
    rows : iterable of dict
        Entries that hold; who sought whom does not matter.
    """
    pairs: dict[tuple[str, str], list[Step]] = {}
    for row in rows:
        pair = (min(row["seeker"], row["candidate"]), max(row["seeker"], row["candidate"]))
        pairs.setdefault(pair, []).append((row["date"], row["stage"]))
    for pair in sorted(pairs):
        for date, note in _of_pair(sorted(pairs[pair])):
            yield (*pair, date.isoformat(), note)


def _of_pair(steps: Sequence[Step]) -> Iterator[tuple[dt.date, str]]:
    """Walk through the days of a pair. Of one day the order of stages is not known."""
    is_together = has_ended = False
    first = min((date for date, stage in steps if stage in TOGETHER), default=None)
    for date, of_day in itertools.groupby(steps, key=lambda step: step[0]):
        stages = {stage for _, stage in of_day}
        begins, ends, declines = bool(stages.intersection(TOGETHER)), "ended" in stages, "declined" in stages
        if declines and begins:
            yield date, "declined and worked together on one day"
        elif declines and is_together:
            yield date, "declined while working together; if it is over, it ended"
        if ends and first is not None and date < first:
            yield date, "ended before it began"
        if "active" in stages and has_ended and not stages.intersection(("agreed", "renewed")):
            yield date, "active after it ended, without being agreed or renewed"
        is_together = (is_together or begins) and not ends
        has_ended = ends or (has_ended and not begins)
