"""Profiles that nobody updated for long: what they say may no longer hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import Profile
from matcher.review.inputs import ReviewData
from matcher.review.settings import ReviewSettings

DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True)
class Stale:
    """Which profiles are stale.

    Attributes
    ----------
    ids : tuple of (str, float)
        Organisations and the years since their update, oldest first.
    n_profiles, n_undated : int
        All profiles, and those that do not say when they were updated: no verdict on these.
    years : float
        The age from which a profile is stale.
    """

    ids: tuple[tuple[str, float], ...]
    n_profiles: int
    n_undated: int
    years: float


def stale_profiles(data: ReviewData, settings: ReviewSettings) -> Stale:
    """Return the profiles older than `stale_years` on the day of the review."""
    table = data.profiles
    updated = (
        pd.to_datetime(table[Profile.UPDATED]) if Profile.UPDATED in table else pd.Series(pd.NaT, table.index)
    )
    ages = (data.day - updated).dt.days / DAYS_A_YEAR
    old = ages > settings.stale_years
    listed = sorted(zip(table.loc[old, Profile.ID].astype(str), ages[old], strict=True), key=_oldest)
    return Stale(
        tuple((id_, float(age)) for id_, age in listed),
        len(table),
        int(updated.isna().sum()),
        settings.stale_years,
    )


def _oldest(row: tuple[str, float]) -> tuple[float, str]:
    return -row[1], row[0]
