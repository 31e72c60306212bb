"""Reasons of declined and ended pairs, drawn by the gains of the two sides.

Weights, where `low` is the lower of the two gains on that day, from -3 to 3:

=============  ================================  ==============================
reason         of `declined`                     of `ended`
=============  ================================  ==============================
benefit        exp(-low)                         exp(-low)
goals          exp(-low / 2)                     exp(-low / 2) / 2
communication  2 without a shared language,      1.5 without one, else 0.4
               else 0.5
trust          0.3 + 2 x the heavier flag        0.3 + 2 x the heavier flag
workload       0.6                               0.4
timing         0.6                               0
completed      0                                 exp(low)
=============  ================================  ==============================

The heavier flag is the larger of the two `-FLAG_VALUES`. A decline for lack of capacity has the
reason "capacity". Own definition.
"""

import datetime as dt
import math
from typing import Final

from simulation.draws import uniform
from simulation.outcomes import FLAG_VALUES, Trajectory

CAPACITY: Final = "capacity"
REASONS: Final = ("benefit", "goals", "communication", "trust", "workload", "timing", "completed", CAPACITY)
GIVES_REASON: Final = frozenset({"declined", "ended"})
MOST_GAIN: Final = 3.0


def reason_of(trajectory: Trajectory, stage: str, day: dt.date, seed: int) -> str:
    """Return the reason of a step, one of `REASONS`; "" for a step that needs none."""
    if stage not in GIVES_REASON:
        return ""
    weights = _weights(trajectory, stage, day)
    left = uniform(seed, "reason", stage, *trajectory.ids) * math.fsum(weights.values())
    for reason, weight in weights.items():
        left -= weight
        if left < 0.0:
            return reason
    return next(iter(weights))  # only if rounding left a rest


def _weights(trajectory: Trajectory, stage: str, day: dt.date) -> dict[str, float]:
    seeker, candidate = trajectory.introduction.seeker, trajectory.introduction.candidate
    low = min(max(min(trajectory.gains_on(day)), -MOST_GAIN), MOST_GAIN)
    declined = stage == "declined"
    shares_language = bool(seeker.languages & candidate.languages)
    return {
        "benefit": math.exp(-low),
        "goals": math.exp(-low / 2.0) * (1.0 if declined else 0.5),
        "communication": (0.5 if declined else 0.4) if shares_language else (2.0 if declined else 1.5),
        "trust": 0.3 + 2.0 * max(-FLAG_VALUES[side.flag] for side in (seeker, candidate)),
        "workload": 0.6 if declined else 0.4,
        "timing": 0.6 if declined else 0.0,
        "completed": 0.0 if declined else math.exp(low),
    }
