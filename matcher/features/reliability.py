"""Reliability by an organisation's own record: evidence, freshness, flags."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.config import TrustSettings
from matcher.profiles import Claim

DAYS_A_YEAR: Final = 365.25
UNDATED_CLAIM: Final = 0.5
"""An undated claim counts half a fresh one: it may be recent or old."""
UNSOURCED_CLAIM: Final = 0.5
"""A claim without a source counts half: only its author vouches for it."""
FLAG_FACTORS: Final = {"none": 1.0, "observation": 0.85, "yellow": 0.5, "red": 0.0}


def evidence_strength(
    column: Iterable[Sequence[Claim]], as_of: dt.date | None, settings: TrustSettings
) -> Floats:
    """Return how well evidenced each organisation is by its claims, shape (n_organisations,).

    1 - exp(-(sum of claim weights) / 2), in [0, 1): no claim gives 0, two fresh sourced claims .63, five
    .92. Ages are counted from `as_of`; without it every claim is fresh. Own definition.
    """
    totals = [sum(_claim_weight(claim, as_of, settings) for claim in claims) for claims in column]
    return 1.0 - np.exp(-np.array(totals, dtype=np.float64) / 2.0)


def _claim_weight(claim: Claim, as_of: dt.date | None, settings: TrustSettings) -> float:
    sourced = 1.0 if claim.source else UNSOURCED_CLAIM
    if claim.date is None:
        return sourced * UNDATED_CLAIM
    if as_of is None:
        return sourced
    years = (as_of - claim.date).days / DAYS_A_YEAR
    if years < 0:
        return 0.0
    return float(sourced * 0.5 ** (years / settings.evidence_half_life))


def freshness(updated: pd.Series[pd.Timestamp], as_of: dt.date | None, settings: TrustSettings) -> Floats:
    """Return 0.5 ** (age / half-life) of each profile, in (0, 1]; NaN where no age is known."""
    if as_of is None:
        return np.full(len(updated), np.nan)
    days = (pd.Timestamp(as_of) - updated).dt.days.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(0.5 ** (np.maximum(days, 0.0) / DAYS_A_YEAR / settings.profile_half_life))


def flag_factor(flags: Iterable[str]) -> Floats:
    """Return the factor by which a flag lowers trust, shape (n_organisations,), in [0, 1]."""
    return np.array([FLAG_FACTORS[flag] for flag in flags], dtype=np.float64)
