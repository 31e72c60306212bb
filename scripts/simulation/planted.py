"""Faults that can be planted in a simulated programme, and the record of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES
from matcher.errors import ConfigError
from simulation.draws import uniform
from simulation.outcomes import Trajectory
from simulation.recommender import PROBABILITIES, log_odds, probability

DAYS_A_MONTH: Final = 30.4375
LEAST_LEFT: Final = 270  # days that a partnership must have left, without a fault, to be chosen
BISECTIONS: Final = 60
WIDEST: Final = 60.0  # range, in log-odds, within which a shift of both gains is searched


@dataclass(frozen=True)
class InputDrift:
    """Organisations of another kind, sector, language and length of text join in a round."""

    start: int = 6  # the round in which all join
    organisations: int = 40
    share: float = 0.5  # of the seekers, above 0 and at most 1


@dataclass(frozen=True)
class OneSided:
    """Partnerships in which one side's gain falls; the other side's gain is unchanged.

    No gain falls before the day of the round `start`, nor before its partnership is active.
    """

    start: int = 6
    partnerships: int = 5  # all that last long enough where they are fewer
    per_month: float = 0.25  # loss of latent gain, above 0; the rating loses about 0.8 of that


@dataclass(frozen=True)
class Miscalibration:
    """Wrong probabilities from a round on: log-odds become shift + slope x log-odds.

    This applies to the mutual probability; both gains are shifted equally in log-odds, so that it stays
    their product. Ranks, scores and outcomes are unchanged.
    """

    start: int = 6
    shift: float = 1.0  # the odds are exp(shift) times what they should be
    slope: float = 1.0  # above 0; above 1 overconfident


@dataclass(frozen=True)
class Fade:
    """One partnership in which one side's gain falls."""

    seeker: str
    candidate: str
    side: str
    begins: dt.date  # last day of the full gain
    per_month: float  # loss of latent gain


@dataclass(frozen=True)
class Truth:
    """The faults that were planted, or None, and the true parameters of the simulation."""

    input_drift: InputDrift | None
    one_sided: OneSided | None
    miscalibration: Miscalibration | None
    newcomers: tuple[str, ...]
    fades: tuple[Fade, ...]
    pairs: pd.DataFrame
    """One row per pair shown, in the order of `shown`: round, seeker, candidate, probability (that the pair
    comes to agree), seeker_gain and candidate_gain (latent, before any loss).
    """


@dataclass(frozen=True)
class FadingTrajectory(Trajectory):
    """A trajectory in which one side's gain falls; see `Trajectory`."""

    fade: Fade

    def gains_on(self, day: dt.date) -> tuple[float, float]:
        """Return the gains of seeker and candidate on a day."""
        lost = self.fade.per_month * max((day - self.fade.begins).days, 0) / DAYS_A_MONTH
        fades = self.fade.side == "seeker"
        return self.seeker_gain - lost * fades, self.candidate_gain - lost * (not fades)


def check_fault(fault: InputDrift | OneSided | Miscalibration | None, rounds: int) -> None:
    """Raise `ConfigError` if a fault starts in no round, or a number of it is out of its range."""
    if fault is None:
        return
    check_number("start of a fault", fault.start, 0, rounds - 1)
    if isinstance(fault, InputDrift):
        check_number("organisations", fault.organisations, 1)
        check_number("share", fault.share, 0, 1, above=True)
    elif isinstance(fault, OneSided):
        check_number("partnerships", fault.partnerships, 1)
        check_number("per_month", fault.per_month, 0, above=True)
    else:
        check_number("slope", fault.slope, 0, above=True)


def check_number(name: str, value: float, least: float, most: float = np.inf, *, above: bool = False) -> None:
    """Raise `ConfigError` if a number is outside [least, most], or (least, most] where it must be above."""
    if least <= value <= most and not (above and value == least):
        return
    low = f"above {least}" if above else f"{least} or more"
    high = f" and at most {most}" if np.isfinite(most) else ""
    raise ConfigError(f"{name} must be {low}{high}; got {value}. Give such a number.")


def draw_fades(
    trajectories: Sequence[Trajectory], fault: OneSided, day: dt.date, end: dt.date, seed: int
) -> dict[tuple[str, str], Fade]:
    """Draw the partnerships that become one-sided, by seeker and candidate.

    `trajectories` are without the fault; `day` is that of its first round, `end` the last of the log.
    """
    begins: dict[tuple[str, str], dt.date] = {}
    for trajectory in trajectories:
        days = dict(trajectory.steps)
        if "active" in days:
            first = max(days["active"], day)
            if (min(days.get("ended", end), end) - first).days >= LEAST_LEFT:
                begins[trajectory.ids] = first
    chosen = sorted(begins, key=lambda ids: uniform(seed, "fades", *ids))[: fault.partnerships]
    sides = {ids: SIDES[uniform(seed, "fading side", *ids) >= 0.5] for ids in chosen}
    return {ids: Fade(*ids, side, begins[ids], fault.per_month) for ids, side in sides.items()}


def fading(trajectory: Trajectory, fade: Fade) -> FadingTrajectory:
    """Return a trajectory with the loss of a fade."""
    return FadingTrajectory(
        **{field.name: getattr(trajectory, field.name) for field in fields(Trajectory)}, fade=fade
    )


def miscalibrate(shown: pd.DataFrame, fault: Miscalibration) -> pd.DataFrame:
    """Return recommendations with wrong probabilities; see `Miscalibration`."""
    mutual, seeker, candidate = (log_odds(shown[name].to_numpy(np.float64)) for name in PROBABILITIES)
    wanted = probability(fault.shift + fault.slope * mutual)
    shift = _shift_of_both(seeker, candidate, wanted)
    wrong = np.column_stack([wanted, probability(seeker + shift), probability(candidate + shift)])
    return shown.assign(**dict(zip(PROBABILITIES, wrong.T, strict=True)))


def _shift_of_both(ones: Floats, others: Floats, product: Floats) -> Floats:
    """Find, by bisection, the shift in log-odds of two probabilities that gives their product."""
    low, high = np.full_like(product, -WIDEST), np.full_like(product, WIDEST)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2.0
        too_low = probability(ones + middle) * probability(others + middle) < product
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return np.asarray((low + high) / 2.0)
