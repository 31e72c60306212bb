"""Reviews of running partnerships: each side answers five questions, by its gain.

=================  =====================================================================================
when               every REVIEW_DAYS from `active`, plus or minus REVIEW_JITTER days, until it has ended
who                each side answers with probability ANSWER_SHARE
answer(x, a)       ANSWER_CENTRE + ANSWER_SLOPES[a] gain(x, y) + MOOD_SPREAD N + ANSWER_SPREAD N,
                   rounded, 1 to 5; the first N is one for all five answers of a review
changes_wanted     the lowest answer's question where that answer is at most CHANGE_BELOW, else ""
=================  =====================================================================================

Own definition.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pandas as pd

from matcher.columns import ANSWERS, SIDES, Answer
from simulation.draws import between, normal, uniform
from simulation.outcomes import Trajectory

ANSWER_SLOPES: Final = {
    "goals_reached": 0.7,
    "communication": 0.5,
    "trust": 0.5,
    "benefit": 0.9,
    "indicators_on_track": 0.6,
}
"""Slope of each answer in a side's own gain."""
COLUMNS: Final = tuple(map(str, Answer))
ANSWER_CENTRE: Final = 3.2
MOOD_SPREAD: Final = 0.3
ANSWER_SPREAD: Final = 0.5
ANSWER_SHARE: Final = 0.85
REVIEW_DAYS: Final = 90
REVIEW_JITTER: Final = 10
CHANGE_BELOW: Final = 2


def review_frame(trajectories: Iterable[Trajectory], end: dt.date, seed: int) -> pd.DataFrame:
    """Return the reviews of partnerships, simulated to their end or to a day, up to that day.

    They have the columns of `COLUMNS`, sorted by date, seeker, candidate, side. Answers are whole numbers,
    1 to 5, `changes_wanted` is the name of an answer or "".
    """
    rows = [row for trajectory in trajectories for row in _reviews(trajectory, end, seed)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["date"] = pd.to_datetime(frame["date"]).astype("datetime64[ns]")
    frame = frame.astype(dict.fromkeys(ANSWERS, "int64"))
    return frame.sort_values(["date", "seeker", "candidate", "side"], ignore_index=True)


def _reviews(trajectory: Trajectory, end: dt.date, seed: int) -> Iterator[dict[str, Any]]:
    days = dict(trajectory.steps)
    if "active" not in days:
        return
    last = min(days.get("ended", end), end)
    longest = (last - days["active"]).days // REVIEW_DAYS + 1
    for number in range(1, longest + 1):
        apart = number * REVIEW_DAYS + between(
            -REVIEW_JITTER, REVIEW_JITTER, seed, "review", str(number), *trajectory.ids
        )
        day = days["active"] + dt.timedelta(days=apart)
        for side, own_gain in zip(SIDES, trajectory.gains_on(day), strict=True):
            names = (side, str(number), *trajectory.ids)
            if day <= last and uniform(seed, "answers", *names) < ANSWER_SHARE:
                answers = _answers(own_gain, seed, names)
                yield dict(
                    zip(COLUMNS, (*trajectory.ids, side, day, *answers, _change(answers)), strict=True)
                )


def _answers(own_gain: float, seed: int, names: tuple[str, ...]) -> list[int]:
    level = ANSWER_CENTRE + MOOD_SPREAD * normal(seed, "mood", *names)
    return [
        min(max(round(level + slope * own_gain + ANSWER_SPREAD * normal(seed, name, *names)), 1), 5)
        for name, slope in ANSWER_SLOPES.items()
    ]


def _change(answers: list[int]) -> str:
    lowest = min(answers)
    return ANSWERS[answers.index(lowest)] if lowest <= CHANGE_BELOW else ""
