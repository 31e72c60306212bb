"""Drift: whether seekers and scores are still what they were in the reference period."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd

from matcher.columns import Profile
from matcher.review.columns import FIGURES, Shown
from matcher.review.inputs import ReviewData
from matcher.review.settings import ReviewSettings
from matcher.review.stability import compare_numbers, compare_words
from matcher.review.trends import adjust
from matcher.review.verdicts import Enough

NUMBERS: Final = (Profile.STAFF, Profile.BUDGET, Profile.FOUNDED)
WORDS: Final = (Profile.KIND, Profile.COUNTRY)
COUNTED: Final = (Profile.NEEDS, Profile.OFFERS)
SCORES: Final = "scores"
INPUTS: Final = "inputs"
FILLED: Final = "filled"
EMPTY: Final = "empty"
_UNITS_A_BIN: Final = 10
_MOST_BINS: Final = 10


@dataclass(frozen=True)
class Shift:
    """How one figure or category moved.

    Attributes
    ----------
    about : str
        `scores` (means of a seeker's list) or `inputs` (profiles).
    name : str
        The column; with " filled" behind it where the share of filled cells is compared.
    n_reference, n_now : int
    index, noise : float
        Population stability index and its mean in quiet data.
    distance : float
        Kolmogorov-Smirnov distance of numbers; NaN for words.
    p : float
        Of the Kolmogorov-Smirnov or the chi-square test.
    sure : float
        `p` adjusted for looking at many (Benjamini-Hochberg).
    before, after : float
        Medians of numbers; NaN for words.
    is_alarm : bool
    """

    about: str
    name: str
    n_reference: int
    n_now: int
    index: float
    noise: float
    distance: float
    p: float
    sure: float = 1.0
    before: float = math.nan
    after: float = math.nan
    is_alarm: bool = False

    @property
    def excess(self) -> float:
        """The index less its noise, at least 0."""
        return max(0.0, self.index - self.noise)


@dataclass(frozen=True)
class Drift:
    """What comparing the periods gave.

    Attributes
    ----------
    shifts : tuple of Shift
        Strongest first; empty without enough.
    reference, now : (Timestamp, Timestamp) or None
        First and last day of each period; None where reference profiles were given.
    enough : Enough
        Seekers of the smaller period, or runs where there are no two periods.
    """

    shifts: tuple[Shift, ...]
    reference: tuple[pd.Timestamp, pd.Timestamp] | None
    now: tuple[pd.Timestamp, pd.Timestamp] | None
    enough: Enough


def measure_drift(data: ReviewData, settings: ReviewSettings) -> Drift | None:
    """Compare seekers' profiles and lists of the reference period with those of now; None without lists.

    Notes
    -----
    The unit is the seeker, once a period: places of one list are no independent data. Told as an alarm are
    shifts surer than the alarm rate (Benjamini-Hochberg over all columns) whose index is above its noise by
    `least_psi`. Seekers in both periods make the tests stricter, not looser. Own definition.
    """
    if data.shown is None or not len(data.shown):
        return None
    parts = _periods(data.shown, settings)
    if parts is None:
        return Drift((), None, None, Enough(data.shown[Shown.DATE].nunique(), 2, "runs"))
    old, new = parts
    spans = tuple((part[Shown.DATE].min(), part[Shown.DATE].max()) for part in parts)
    units = min(part[Shown.SEEKER].nunique() for part in parts)
    enough = Enough(units, settings.least_units, "seekers")
    shifts = list(_shifts(data.profiles, old, new)) if enough.is_met else []
    judged = [
        replace(one, sure=float(sure), is_alarm=_is_alarm(one, float(sure), settings))
        for one, sure in zip(shifts, adjust([one.p for one in shifts]), strict=True)
    ]
    return Drift(tuple(sorted(judged, key=lambda one: (one.sure, one.name))), spans[0], spans[1], enough)


def _is_alarm(shift: Shift, sure: float, settings: ReviewSettings) -> bool:
    return sure <= settings.alarm_rate and shift.excess >= settings.least_psi


def _periods(shown: pd.DataFrame, settings: ReviewSettings) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Part the runs: up to the end of the reference and after, or their first and last third."""
    days = np.sort(shown[Shown.DATE].unique())
    third = max(1, len(days) // 3)
    if settings.reference_until is not None:
        until = pd.Timestamp(settings.reference_until)
        old, new = shown[shown[Shown.DATE] <= until], shown[shown[Shown.DATE] > until]
    else:
        old = shown[shown[Shown.DATE] <= days[third - 1]]
        new = shown[shown[Shown.DATE] >= days[-third]]
    return (old, new) if len(days) > 1 and len(old) and len(new) else None


def _shifts(profiles: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> Iterator[Shift]:
    means = [part.groupby(Shown.SEEKER)[[str(name) for name in FIGURES]].mean() for part in (old, new)]
    for name in FIGURES:
        yield from _of_numbers(SCORES, name, means[0][name], means[1][name])
    ids = profiles[Profile.ID].astype(str)
    tables = [profiles[ids.isin(set(part[Shown.SEEKER]))] for part in (old, new)]
    yield from _of_profiles(*tables)


def _of_profiles(old: pd.DataFrame, new: pd.DataFrame) -> Iterator[Shift]:
    if not len(old) or not len(new):
        return
    for name in NUMBERS:
        if name in old:
            columns = [pd.to_numeric(part[name], errors="coerce") for part in (old, new)]
            yield from _of_numbers(INPUTS, name, *columns)
    for name in COUNTED:
        if name in old:
            yield from _of_numbers(INPUTS, name, *(part[name].map(_length) for part in (old, new)))
    for name in WORDS:
        if name in old:
            yield from _of_words(name, *(part[name] for part in (old, new)))


def _of_numbers(about: str, name: str, old: pd.Series, new: pd.Series) -> Iterator[Shift]:
    if old.isna().any() or new.isna().any():
        words = [column.notna().map({True: FILLED, False: EMPTY}).tolist() for column in (old, new)]
        found = compare_words(*words)
        yield Shift(about, f"{name} {FILLED}", len(old), len(new), *found)
    known = [column.dropna().to_numpy(np.float64) for column in (old, new)]
    fewest = min(len(known[0]), len(known[1]))
    if fewest >= 2 * _UNITS_A_BIN:
        found = compare_numbers(known[0], known[1], min(_MOST_BINS, fewest // _UNITS_A_BIN))
        before, after = (float(np.median(values)) for values in known)
        sizes = (len(known[0]), len(known[1]))
        yield Shift(about, str(name), *sizes, *found, before=before, after=after)


def _of_words(name: str, old: pd.Series, new: pd.Series) -> Iterator[Shift]:
    words = [column.astype(object).where(column.notna(), "").astype(str).tolist() for column in (old, new)]
    yield Shift(INPUTS, str(name), len(old), len(new), *compare_words(*words))


def _length(cell: object) -> float:
    return float(len(cell)) if isinstance(cell, list | tuple) else math.nan
