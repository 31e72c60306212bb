"""Trouble that can be planted in a simulated programme, and the record of what was planted."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, Literal

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.errors import ConfigError
from simulation.draws import uniform
from simulation.outcomes import Story
from simulation.recommender import (
    PROBABILITIES,
    log_odds,
    probability,
)

DAYS_A_MONTH: Final = 30.4375
LEAST_LEFT: Final = 270
"""Days that a partnership must have left, untroubled, for its fading to be seen."""
HALVINGS: Final = 60
WIDEST: Final = 60.0
"""Log-odds between which a shift of both gains is sought."""


@dataclass(frozen=True)
class InputDrift:
    """From a round on, organisations of another kind, sector, language and length of text take part.

    Attributes
    ----------
    start : int, default 6
        Their first round.
    organisations : int, default 40
        How many; all come at once, seek and can be shown.
    share : float, default 0.5
        Share of the seekers' places that they take, above 0 and at most 1.
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
    """Partnerships one side of which gains less and less; the other side gains as before.

    Attributes
    ----------
    start : int, default 6
        No gain falls before this round's day, nor before its partnership is active.
    partnerships : int, default 5
        How many; all that last long enough where they are fewer.
    per_month : float, default 0.25
        What that side's latent gain loses a month, above 0. Its rating loses about 0.8 of that.
    side : {"seeker", "candidate"}, optional
        Which side; drawn for each partnership when left out.
    """

    start: int = 6
    partnerships: int = 5
    per_month: float = 0.25
    side: Literal["seeker", "candidate"] | None = None


@dataclass(frozen=True)
class Miscalibration:
    """From a round on, the probabilities shown are wrong: log-odds become shift + slope x log-odds.

    The mutual probability is changed so; both gains are shifted alike in log-odds, so that it stays their
    product. Ranks, scores and what becomes of the pairs stay as they were.

    Attributes
    ----------
    start : int, default 6
        The first round with wrong probabilities.
    shift : float, default 1.0
        Above 0 too high, below 0 too low: the odds are exp(shift) times what they should be.
    slope : float, default 1.0
        Factor of the log-odds, above 0; above 1 too sure, below 1 too careful.
    """

    start: int = 6
    shift: float = 1.0
    slope: float = 1.0


@dataclass(frozen=True)
class Fade:
    """One partnership of which one side gains less and less.

    Attributes
    ----------
    seeker, candidate : str
        Ids.
    side : str
        "seeker" or "candidate".
    begins : date
        Last day of the full gain.
    per_month : float
        Loss of latent gain a month.
    """

    seeker: str
    candidate: str
    side: str
    begins: dt.date
    per_month: float


@dataclass(frozen=True)
class Truth:
    """What was planted, where and when, and what only a simulation can know.

    Attributes
    ----------
    input_drift, one_sided, miscalibration
        The troubles asked for; None where none was. Each says from which round.
    newcomers : tuple of str
        Ids of the organisations that came in.
    fades : tuple of Fade
        The one-sided partnerships.
    chances : DataFrame
        One row for each pair shown, in the order of `shown`: round, seeker, candidate, chance (the
        right probability that the pair comes to agree), seeker_gain and
        candidate_gain (latent, before any fading).
    """

    input_drift: InputDrift | None
    one_sided: OneSided | None
    miscalibration: Miscalibration | None
    newcomers: tuple[str, ...]
    fades: tuple[Fade, ...]
    chances: pd.DataFrame


@dataclass(frozen=True)
class FadingStory(Story):
    """A pair's story of which one side gains less and less; see `Story`.

    Attributes
    ----------
    fade : Fade
        Which side, and from when.
    """

    fade: Fade

    def gains_on(self, day: dt.date) -> tuple[float, float]:
        """Return what seeker and candidate gain on a day."""
        lost = self.fade.per_month * max((day - self.fade.begins).days, 0) / DAYS_A_MONTH
        fades = self.fade.side == "seeker"
        return self.seeker_gain - lost * fades, self.candidate_gain - lost * (not fades)


def check_trouble(trouble: InputDrift | OneSided | Miscalibration | None, rounds: int) -> None:
    """Refuse settings out of range.

    Raises
    ------
    ConfigError
        If the trouble starts in no round, or a number is out of its range.
    """
    if trouble is None:
        return
    check_number("start of a trouble", trouble.start, 0, rounds - 1)
    if isinstance(trouble, InputDrift):
        check_number("organisations", trouble.organisations, 1)
        check_number("share", trouble.share, 0, 1, above=True)
    elif isinstance(trouble, OneSided):
        check_number("partnerships", trouble.partnerships, 1)
        check_number("per_month", trouble.per_month, 0, above=True)
    else:
        check_number("slope", trouble.slope, 0, above=True)


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
    stories: Sequence[Story], trouble: OneSided, day: dt.date, end: dt.date, seed: int
) -> dict[tuple[str, str], Fade]:
    """Draw the partnerships that become one-sided.

    Parameters
    ----------
    stories : sequence of Story
        As they would go without trouble.
    trouble : OneSided
        How many, and which side.
    day, end : date
        Day of the trouble's first round; last day of the log.
    seed : int
        Seed.

    Returns
    -------
    fades : dict
        By seeker and candidate.
    """
    begins: dict[tuple[str, str], dt.date] = {}
    for story in stories:
        days = dict(story.steps)
        if "active" in days:
            first = max(days["active"], day)
            if (min(days.get("ended", end), end) - first).days >= LEAST_LEFT:
                begins[story.ids] = first
    chosen = sorted(begins, key=lambda ids: uniform(seed, "fades", *ids))[: trouble.partnerships]
    return {ids: _fade(ids, begins[ids], trouble, seed) for ids in chosen}


def _fade(ids: tuple[str, str], begins: dt.date, trouble: OneSided, seed: int) -> Fade:
    drawn = "seeker" if uniform(seed, "fading side", *ids) < 0.5 else "candidate"
    return Fade(*ids, trouble.side or drawn, begins, trouble.per_month)


def fading(story: Story, fade: Fade) -> FadingStory:
    """Return a story as one that fades."""
    return FadingStory(**{field.name: getattr(story, field.name) for field in fields(Story)}, fade=fade)


def miscalibrate(shown: pd.DataFrame, trouble: Miscalibration) -> pd.DataFrame:
    """Return what was shown with wrong probabilities; see `Miscalibration`.

    Parameters
    ----------
    shown : DataFrame
        With the columns of `PROBABILITIES`.
    trouble : Miscalibration
        How they are wrong.

    Returns
    -------
    shown : DataFrame
        A copy.
    """
    mutual, seeker, candidate = (log_odds(shown[name].to_numpy(np.float64)) for name in PROBABILITIES)
    wanted = probability(trouble.shift + trouble.slope * mutual)
    shift = _shift_of_both(seeker, candidate, wanted)
    wrong = np.column_stack([wanted, probability(seeker + shift), probability(candidate + shift)])
    return shown.assign(**dict(zip(PROBABILITIES, wrong.T, strict=True)))


def _shift_of_both(ones: Floats, others: Floats, product: Floats) -> Floats:
    """Find, by halving, the shift in log-odds of two probabilities that gives their product."""
    low, high = np.full_like(product, -WIDEST), np.full_like(product, WIDEST)
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        too_low = probability(ones + middle) * probability(others + middle) < product
        low, high = np.where(too_low, middle, low), np.where(too_low, high, middle)
    return np.asarray((low + high) / 2.0)
