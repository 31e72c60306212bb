"""Simulated outcomes of introductions, by the process defined here.

No outcome is real. The process uses facts of the profiles (`simulation.facts`) and random numbers
(`simulation.draws`), never the engine's vectors or scores. The two sides are the seeker s and the
candidate c; x is one of them, y the other. N is a new standard normal draw, L(t) = 1 / (1 + exp(-t)):

=================  =====================================================================================
benefit(x, y)      NEED_VALUE met needs + SECTOR_VALUE shared sector words + LANGUAGE_VALUE shared
                   language + REGION_VALUE same region + RIVAL_VALUE rivals
quality(y)         QUALITY_SPREAD N + CLAIM_VALUE min(claims, MOST_CLAIMS) + FLAG_VALUES[flag]
gain(x, y)         GAIN_CENTRE + benefit(x, y) + quality(y) + GAIN_SPREAD N
resp(x)            RESPONSIVENESS_SPREAD N, the latent responsiveness of x
introduced         weight CHANCE_PART + POPULARITY_PART popularity(c) + SECTOR_PART shared sector words,
                   the latter two over their means; popularity is exp(POPULARITY_SPREAD N)
replied            c says yes: L(REPLY.base + REPLY.own gain(c, s) + resp(c))
met                s and c each say yes: L(MEET.base + MEET.own gain(x, y) + resp(x))
agreed             s and c each say yes: L(AGREE.base + AGREE.own gain(x, y)), and neither has made
                   `capacity_max` agreements in that calendar year
active             START_SHARE of those agreed
renewed or ended   each term, s and c each say yes: L(RENEW.base + RENEW.own gain(x, y)); else it ended
declined           DECLINE_SHARE of the refusals up to the agreement are logged; the others end the log
rating(x)          from `met` on (not when declined): RATING_CENTRE + RATING_SLOPE gain(x, y)
                   + RATING_SPREAD N, rounded, 1 to 5
=================  =====================================================================================

A pair takes a step only if every side named says yes, each by its own draw. Days between steps are even
draws from the ranges in DAYS; steps after the last day are not logged. Each draw is derived
from the seed and the ids, so the order of rows changes nothing. Own definition.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from matcher.columns import Outcome, Profile
from matcher.errors import OutcomeError, ProfileError
from simulation.draws import between, normal, uniform
from simulation.facts import Facts, benefit, read_facts
from simulation.introductions import Introduction, draw_introductions


class Readiness(NamedTuple):
    """Log-odds of consent: `base` at a gain of 0, `own` per unit of a side's own gain."""

    base: float
    own: float


GAIN_CENTRE: Final = -1.4  # brings the gains of introduced pairs near to 0
GAIN_SPREAD: Final = 0.4
QUALITY_SPREAD: Final = 0.5
CLAIM_VALUE: Final = 0.12
MOST_CLAIMS: Final = 3
FLAG_VALUES: Final = {"none": 0.0, "observation": -0.2, "yellow": -0.6, "red": -1.5}
RESPONSIVENESS_SPREAD: Final = 0.5
REPLY: Final = Readiness(0.25, 0.8)
MEET: Final = Readiness(1.1, 0.8)
AGREE: Final = Readiness(0.4, 1.2)
RENEW: Final = Readiness(0.6, 0.8)
START_SHARE: Final = 0.92
DECLINE_SHARE: Final = 0.6
RATING_CENTRE: Final = 3.0
RATING_SLOPE: Final = 0.8
RATING_SPREAD: Final = 0.6
DAYS: Final = {
    "declined": (3, 45),
    "replied": (2, 30),
    "met": (10, 75),
    "agreed": (20, 120),
    "active": (7, 60),
    "renewed": (330, 400),
    "ended": (330, 400),
}
"""Fewest and most days from the step before."""
RATED: Final = frozenset({"met", "agreed", "active", "renewed", "ended"})
LONGEST: Final = 40  # largest number of terms of a partnership


@dataclass(frozen=True)
class Trajectory:
    """The simulated course of one introduction: latent gains, and stages in order, one day at most each."""

    introduction: Introduction
    seeker_gain: float
    candidate_gain: float
    steps: tuple[tuple[str, dt.date], ...]

    @property
    def ids(self) -> tuple[str, str]:
        """Ids of seeker and candidate."""
        return self.introduction.seeker.id, self.introduction.candidate.id

    def gains_on(self, _day: dt.date) -> tuple[float, float]:
        """Return the gains of seeker and candidate on a day; here constant."""
        return self.seeker_gain, self.candidate_gain


def simulate_outcomes(
    profiles: pd.DataFrame,
    *,
    n_introductions: int = 600,
    start: dt.date = dt.date(2023, 1, 1),
    end: dt.date = dt.date(2026, 9, 30),
    seed: int = 0,
) -> pd.DataFrame:
    """Simulate the outcomes of introductions between organisations.

    Same seed and profiles, same outcomes, whatever the order of rows. There are fewer pairs than
    `n_introductions` where fewer are possible; `start` and `end` are the first and last day of the log.

    Returns
    -------
    outcomes : DataFrame
        Columns of `matcher.columns.Outcome`, one row per stage, sorted by date, seeker, candidate;
        ratings are 1 to 5, NaN before a pair has met.

    Raises
    ------
    ProfileError, OutcomeError
        If a column is missing or an id occurs twice; if `n_introductions` is negative or `start` after `end`.

    Examples
    --------
    >>> from matcher.datasets import load_demo
    >>> log = simulate_outcomes(load_demo().kept, n_introductions=20, seed=3)
    >>> int((log["stage"] == "invited").sum())
    20
    """
    check_profiles(profiles)
    _check_span(n_introductions, start, end)
    drawn = draw_introductions(read_facts(profiles), n_introductions, start, end, seed)
    wishes = [until_decision(introduction, seed) for introduction in drawn]
    trajectories = [with_partnership(trajectory, end, seed) for trajectory in within_capacity(wishes, seed)]
    rows = [row for trajectory in trajectories for row in outcome_rows(trajectory, end, seed)]
    return outcome_frame(rows)


def gain(one: Facts, other: Facts, seed: int) -> float:
    """Return what `one` gets from `other`, including noise and the other's quality; see the module."""
    return (
        GAIN_CENTRE
        + benefit(one, other)
        + quality(other, seed)
        + GAIN_SPREAD * normal(seed, "gain", one.id, other.id)
    )


def quality(fact: Facts, seed: int) -> float:
    """Return the quality of an organisation as a partner; see the module."""
    drawn = QUALITY_SPREAD * normal(seed, "quality", fact.id)
    return drawn + CLAIM_VALUE * min(fact.n_claims, MOST_CLAIMS) + FLAG_VALUES[fact.flag]


def responsiveness(id_: str, seed: int) -> float:
    """Return the latent responsiveness of an organisation; see the module."""
    return RESPONSIVENESS_SPREAD * normal(seed, "will", id_)


def check_profiles(profiles: pd.DataFrame) -> None:
    """Raise `ProfileError` if a canonical column is missing or an id occurs twice."""
    missing = [str(column) for column in Profile if column != Profile.LEAD and column not in profiles]
    if missing:
        raise ProfileError(
            f"profiles must have the canonical columns; got a table without {', '.join(missing)}. "
            "Read it with read_profiles and pass the table's `kept`."
        )
    twice = int(profiles[Profile.ID].duplicated().sum())
    if twice:
        raise ProfileError(f"ids must be unique; got {twice} repeated. Keep one row an organisation.")


def _check_span(n_introductions: int, start: dt.date, end: dt.date) -> None:
    if n_introductions < 0:
        raise OutcomeError(f"n_introductions must be 0 or more; got {n_introductions}. Give a count.")
    if start > end:
        raise OutcomeError(f"start must not be after end; got {start} and {end}. Exchange them.")


def until_decision(introduction: Introduction, seed: int) -> Trajectory:
    """Simulate a pair up to its agreement, without limits of capacity."""
    seeker, candidate = introduction.seeker, introduction.candidate
    gains = (gain(seeker, candidate, seed), gain(candidate, seeker, seed))
    trajectory = Trajectory(introduction, *gains, steps=(("invited", introduction.date),))
    responses = tuple(responsiveness(id_, seed) for id_ in trajectory.ids)
    if not _says_yes(REPLY, gains[1], responses[1], seed, "replied", candidate.id, seeker.id):
        return _declined(trajectory, seed)
    trajectory = _next(trajectory, "replied", seed)
    if not _both_say_yes(trajectory, gains, MEET, responses, seed, "met"):
        return _declined(trajectory, seed)
    trajectory = _next(trajectory, "met", seed)
    if not _both_say_yes(trajectory, gains, AGREE, (0.0, 0.0), seed, "agreed"):
        return _declined(trajectory, seed)
    return _next(trajectory, "agreed", seed)


def within_capacity(trajectories: Sequence[Trajectory], seed: int) -> list[Trajectory]:
    """Revoke agreements beyond a side's capacity of the calendar year."""
    made: Counter[tuple[str, int]] = Counter()
    kept: list[Trajectory] = []
    for trajectory in sorted(trajectories, key=lambda one: (one.steps[-1][1], one.ids)):
        stage, day = trajectory.steps[-1]
        sides = (trajectory.introduction.seeker, trajectory.introduction.candidate)
        if stage == "agreed" and any(made[side.id, day.year] >= side.capacity for side in sides):
            trajectory = _declined(replace(trajectory, steps=trajectory.steps[:-1]), seed)
        elif stage == "agreed":
            made.update((side.id, day.year) for side in sides)
        kept.append(trajectory)
    return kept


def with_partnership(trajectory: Trajectory, end: dt.date, seed: int) -> Trajectory:
    """Simulate a partnership after an agreement: start, renewals term by term, end."""
    started = uniform(seed, "active", *trajectory.ids) < START_SHARE
    if trajectory.steps[-1][0] != "agreed" or not started:
        return trajectory
    trajectory = _next(trajectory, "active", seed)
    for term in range(LONGEST):
        if trajectory.steps[-1][1] > end or trajectory.steps[-1][0] == "ended":
            break
        # Renewal and end fall on the same day; both sides decide by their gains of that day.
        gains = trajectory.gains_on(_day_of_next(trajectory, "renewed", seed))
        renews = _both_say_yes(trajectory, gains, RENEW, (0.0, 0.0), seed, f"renewed {term}")
        trajectory = _next(trajectory, "renewed" if renews else "ended", seed)
    return trajectory


def _both_say_yes(
    trajectory: Trajectory,
    gains: tuple[float, float],
    readiness: Readiness,
    responses: tuple[float, ...],
    seed: int,
    step: str,
) -> bool:
    seeker, candidate = trajectory.ids
    return _says_yes(readiness, gains[0], responses[0], seed, step, seeker, candidate) and _says_yes(
        readiness, gains[1], responses[1], seed, step, candidate, seeker
    )


def _says_yes(readiness: Readiness, own_gain: float, response: float, seed: int, *names: str) -> bool:
    odds = readiness.base + readiness.own * own_gain + response
    return uniform(seed, *names) < 1.0 / (1.0 + math.exp(-odds))


def _declined(trajectory: Trajectory, seed: int) -> Trajectory:
    is_recorded = uniform(seed, "says no", *trajectory.ids) < DECLINE_SHARE
    return _next(trajectory, "declined", seed) if is_recorded else trajectory


def _next(trajectory: Trajectory, stage: str, seed: int) -> Trajectory:
    """Add a step, some days after the last one."""
    return replace(trajectory, steps=(*trajectory.steps, (stage, _day_of_next(trajectory, stage, seed))))


def _day_of_next(trajectory: Trajectory, stage: str, seed: int) -> dt.date:
    days = between(*DAYS[stage], seed, "days", str(len(trajectory.steps)), *trajectory.ids)
    return trajectory.steps[-1][1] + dt.timedelta(days=days)


def outcome_rows(trajectory: Trajectory, end: dt.date, seed: int) -> Iterator[dict[str, Any]]:
    """Yield a trajectory's rows, with the columns of `matcher.columns.Outcome`, up to a last day."""
    for step, (stage, day) in enumerate(trajectory.steps):
        if day > end:
            return
        rated = stage in RATED
        gains = trajectory.gains_on(day)
        names = (str(step), *trajectory.ids)
        yield {
            Outcome.SEEKER: trajectory.ids[0],
            Outcome.CANDIDATE: trajectory.ids[1],
            Outcome.STAGE: stage,
            Outcome.DATE: day,
            Outcome.SEEKER_RATING: _rating(gains[0], seed, "seeker", *names) if rated else np.nan,
            Outcome.CANDIDATE_RATING: (_rating(gains[1], seed, "candidate", *names) if rated else np.nan),
        }


def _rating(own_gain: float, seed: int, *names: str) -> float:
    exact = RATING_CENTRE + RATING_SLOPE * own_gain + RATING_SPREAD * normal(seed, "rating", *names)
    return float(min(max(round(exact), 1), 5))


def outcome_frame(rows: Sequence[dict[str, Any]], *further: str) -> pd.DataFrame:
    """Return rows as a log by date, seeker, candidate: the columns of `Outcome`, then further ones."""
    frame = pd.DataFrame(list(rows), columns=[*(str(column) for column in Outcome), *further])
    frame[Outcome.DATE.value] = pd.to_datetime(frame[Outcome.DATE]).astype("datetime64[ns]")
    ratings = [Outcome.SEEKER_RATING.value, Outcome.CANDIDATE_RATING.value]
    frame[ratings] = frame[ratings].astype(np.float64)
    order = [Outcome.DATE.value, Outcome.SEEKER.value, Outcome.CANDIDATE.value]
    return frame.sort_values(order, ignore_index=True)
