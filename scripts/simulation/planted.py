"""Faults that can be planted in a simulated programme, and the record of them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.errors import ConfigError
from simulation.draws import uniform
from simulation.outcomes import Trajectory
from simulation.recommender import (
    PROBABILITIES,
    log_odds,
    probability,
)

DAYS_A_MONTH: Final = 30.4375
LEAST_LEFT: Final = 270
"""Days that a partnership must have left, without a fault, to be chosen."""
BISECTIONS: Final = 60
WIDEST: Final = 60.0
"""Range, in log-odds, within which a shift of both gains is searched."""


@dataclass(frozen=True)
class InputDrift:
    """Organisations of another kind, sector, language and length of text join in a round.

    Attributes
    ----------
    start : int, default 6
        Their first round.
    organisations : int, default 40
        How many; all join in that round, seek and can be shown.
    share : float, default 0.5
        Share of the seekers that they make up, above 0 and at most 1.
    kind : str, default "public"
        One of `matcher.columns.KINDS`.
    sector : tuple of str
        Sectors, of which each has one.
    languages : tuple of str, default ("pt", "tet")
        Codes. The texts are in Portuguese.
    needs, offers : tuple of str
        Categories, one resource each. By default they need what few of the demo's organisations offer.
    sentences : int, default 10
        Sentences of each mission, 1 to 14.
    """

    start: int = 6
    organisations: int = 40
    share: float = 0.5
    kind: str = "public"
    sector: tuple[str, ...] = (
        "administração municipal",
        "alfândegas",
        "registo civil",
        "estradas rurais",
        "mercados fronteiriços",
        "proteção social",
    )
    languages: tuple[str, ...] = ("pt", "tet")
    needs: tuple[str, ...] = ("reputation", "research", "policy")
    offers: tuple[str, ...] = ("facilities", "distribution")
    sentences: int = 10


@dataclass(frozen=True)
class OneSided:
    """Partnerships in which one side's gain falls; the other side's gain is unchanged.

    Attributes
    ----------
    start : int, default 6
        No gain falls before this round's day, nor before its partnership is active.
    partnerships : int, default 5
        How many; all that last long enough where they are fewer.
    per_month : float, default 0.25
        Loss of that side's latent gain per month, above 0. Its rating loses about 0.8 of that.
    side : {"seeker", "candidate"}, optional
        Which side; drawn for each partnership when left out.
    """

    start: int = 6
    partnerships: int = 5
    per_month: float = 0.25
    side: Literal["seeker", "candidate"] | None = None


@dataclass(frozen=True)
class Miscalibration:
    """Wrong probabilities from a round on: log-odds become shift + slope x log-odds.

    This applies to the mutual probability; both gains are shifted equally in log-odds, so that it stays
    their product. Ranks, scores and outcomes are unchanged.

    Attributes
    ----------
    start : int, default 6
        The first round with wrong probabilities.
    shift : float, default 1.0
        Above 0 too high, below 0 too low: the odds are exp(shift) times what they should be.
    slope : float, default 1.0
        Factor of the log-odds, above 0; above 1 overconfident, below 1 underconfident.
    """

    start: int = 6
    shift: float = 1.0
    slope: float = 1.0


@dataclass(frozen=True)
class Fade:
    """One partnership in which one side's gain falls.

    Attributes
    ----------
    seeker, candidate : str
        Ids.
    side : str
        "seeker" or "candidate".
    begins : date
        Last day of the full gain.
    per_month : float
        Loss of latent gain per month.
    """

    seeker: str
    candidate: str
    side: str
    begins: dt.date
    per_month: float


@dataclass(frozen=True)
class Truth:
    """The planted faults and the true parameters of the simulation.

    Attributes
    ----------
    input_drift, one_sided, miscalibration
        The faults that were requested, or None.
    newcomers : tuple of str
        Ids of the organisations that joined.
    fades : tuple of Fade
        The one-sided partnerships.
    pairs : DataFrame
        One row per pair shown, in the order of `shown`: round, seeker, candidate, probability (that the
        pair comes to agree), seeker_gain and candidate_gain (latent, before any loss).
    """

    input_drift: InputDrift | None
    one_sided: OneSided | None
    miscalibration: Miscalibration | None
    newcomers: tuple[str, ...]
    fades: tuple[Fade, ...]
    pairs: pd.DataFrame


@dataclass(frozen=True)
class FadingTrajectory(Trajectory):
    """A trajectory in which one side's gain falls; see `Trajectory`.

    Attributes
    ----------
    fade : Fade
        Which side, and from when.
    """

    fade: Fade

    def gains_on(self, day: dt.date) -> tuple[float, float]:
        """Return the gains of seeker and candidate on a day."""
        lost = self.fade.per_month * max((day - self.fade.begins).days, 0) / DAYS_A_MONTH
        fades = self.fade.side == "seeker"
        return self.seeker_gain - lost * fades, self.candidate_gain - lost * (not fades)


def check_fault(fault: InputDrift | OneSided | Miscalibration | None, rounds: int) -> None:
    """Refuse settings out of range.

    Raises
    ------
    ConfigError
        If the fault starts in no round, or a number is out of its range.
    """
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
    """Refuse a number outside [least, most], or (least, most] where it must be above.

    Raises
    ------
    ConfigError
        If it lies outside.
    """
    if least <= value <= most and not (above and value == least):
        return
    low = f"above {least}" if above else f"{least} or more"
    high = f" and at most {most}" if np.isfinite(most) else ""
    raise ConfigError(f"{name} must be {low}{high}; got {value}. Give such a number.")


def draw_fades(
    trajectories: Sequence[Trajectory], fault: OneSided, day: dt.date, end: dt.date, seed: int
) -> dict[tuple[str, str], Fade]:
    """Draw the partnerships that become one-sided.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        Without the fault.
    fault : OneSided
        How many, and which side.
    day, end : date
        Day of the fault's first round; last day of the log.
    seed : int
        Seed.

    Returns
    -------
    fades : dict
        By seeker and candidate.
    """
    begins: dict[tuple[str, str], dt.date] = {}
    for trajectory in trajectories:
        days = dict(trajectory.steps)
        if "active" in days:
            first = max(days["active"], day)
            if (min(days.get("ended", end), end) - first).days >= LEAST_LEFT:
                begins[trajectory.ids] = first
    chosen = sorted(begins, key=lambda ids: uniform(seed, "fades", *ids))[: fault.partnerships]
    return {ids: _fade(ids, begins[ids], fault, seed) for ids in chosen}


def _fade(ids: tuple[str, str], begins: dt.date, fault: OneSided, seed: int) -> Fade:
    drawn = "seeker" if uniform(seed, "fading side", *ids) < 0.5 else "candidate"
    return Fade(*ids, fault.side or drawn, begins, fault.per_month)


def fading(trajectory: Trajectory, fade: Fade) -> FadingTrajectory:
    """Return a trajectory with the loss of a fade."""
    return FadingTrajectory(
        **{field.name: getattr(trajectory, field.name) for field in fields(Trajectory)}, fade=fade
    )


def miscalibrate(shown: pd.DataFrame, fault: Miscalibration) -> pd.DataFrame:
    """Return recommendations with wrong probabilities; see `Miscalibration`.

    Parameters
    ----------
    shown : DataFrame
        With the columns of `PROBABILITIES`.
    fault : Miscalibration
        Shift and slope.

    Returns
    -------
    shown : DataFrame
        A copy.
    """
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
