"""The same metrics for groups of seekers, so that a good mean hides no group."""

from __future__ import annotations

import math
from dataclasses import asdict, replace
from typing import Final

import numpy as np
import pandas as pd

from matcher.columns import Profile
from matcher.errors import EvaluationError
from matcher.evaluation.checks import check_columns, check_whole
from matcher.evaluation.columns import Slice
from matcher.evaluation.intervals import DRAWS, mean_intervals

UNKNOWN: Final = "unknown"
SIZES: Final = ("<10", "10-49", "50-249", "250+")
"""Bands of staff: micro, small, medium and large (Commission Recommendation 2003/361/EC)."""
LEAST_SEEKERS: Final = 10
"""Groups of fewer seekers get no interval."""
_EDGES: Final = (0, 10, 50, 250, math.inf)
_NEWCOMER: Final = {True: "newcomer", False: "established"}


def slice_metrics(
    metrics: pd.DataFrame,
    profiles: pd.DataFrame,
    *,
    language: pd.Series | None = None,
    newcomer: pd.Series | None = None,
    minimum: int = LEAST_SEEKERS,
    draws: int = DRAWS,
    seed: int = 0,
) -> pd.DataFrame:
    """Return the means of per-seeker metrics by kind, country, size and, if given, language and newcomer.

    Parameters
    ----------
    metrics : DataFrame of shape (n_seekers, n_metrics)
        Indexed by seeker, each once; no NaN.
    profiles : DataFrame
        Columns id, kind, country, staff; every seeker of `metrics`, each id once. More rows are ignored.
    language : Series of str, optional
        Indexed by seeker: the language it writes in.
    newcomer : Series of bool, optional
        Indexed by seeker: true where it never worked with anyone before.
    minimum : int, default 10
        Groups of fewer seekers have a mean and n but no interval; at least 1.
    draws, seed : int
        As in `mean_interval`.

    Returns
    -------
    slices : DataFrame
        Columns of `Slice`, one row per attribute, value and metric. `by` is kind, country, size, language or
        newcomer; `value` is "unknown" where it is missing. The n of one `by` and metric sum to n_seekers.
        Values go by name, sizes from small to large, "unknown" last.

    Raises
    ------
    EvaluationError
        If a column is missing, a seeker has no profile or several, or newcomer holds other than true and
        false.
    ConfigError
        If minimum or draws is below 1, or seed below 0.

    Notes
    -----
    Of many groups, one interval in twenty misses its mean by chance alone. Given the differences of two
    systems by seeker in place of `metrics`, means and intervals are paired.
    """
    check_whole(minimum, "minimum")
    labels = _labels(metrics.index, profiles)
    if language is not None:
        labels["language"] = _named(_aligned(language, metrics.index, "language"))
    if newcomer is not None:
        labels["newcomer"] = _newcomers(_aligned(newcomer, metrics.index, "newcomer"))
    rows = []
    for by, column in labels.items():
        for value in sorted(set(column), key=_order):
            mine = metrics[(column == value).to_numpy(bool)]
            for name, interval in mean_intervals(mine, draws=draws, seed=seed).items():
                shown = interval if len(mine) >= minimum else replace(interval, low=math.nan, high=math.nan)
                rows.append({"by": by, "value": value, "metric": name, **asdict(shown)})
    return pd.DataFrame(rows, columns=[str(name) for name in Slice])


def size_bands(staff: pd.Series) -> pd.Series:
    """Return the band of each number of staff.

    One of `SIZES`, or "unknown" where the number is missing, below 0 or no number.

    Examples
    --------
    >>> import pandas as pd
    >>> size_bands(pd.Series([9.0, 10.0, 250.0, None])).tolist()
    ['<10', '10-49', '250+', 'unknown']
    """
    numbers = pd.to_numeric(staff, errors="coerce")
    bands = pd.cut(numbers, list(_EDGES), right=False, labels=list(SIZES))
    return bands.astype(object).where(bands.notna(), UNKNOWN)


def _labels(seekers: pd.Index, profiles: pd.DataFrame) -> dict[str, pd.Series]:
    """Give each seeker its kind, country and size."""
    check_columns(profiles, "profiles", (Profile.ID, Profile.KIND, Profile.COUNTRY, Profile.STAFF))
    by_id = profiles.set_index(Profile.ID)
    strangers = int((~seekers.isin(by_id.index)).sum())
    if strangers:
        raise EvaluationError(f"profiles must hold every seeker; got {strangers} without one. Add them.")
    names = {str(name): _aligned(by_id[name], seekers, name) for name in (Profile.KIND, Profile.COUNTRY)}
    labels = {by: _named(column) for by, column in names.items()}
    return labels | {"size": size_bands(_aligned(by_id[Profile.STAFF], seekers, Profile.STAFF))}


def _aligned(column: pd.Series, seekers: pd.Index, what: str) -> pd.Series:
    mine = column[column.index.isin(seekers)]
    twice = int(mine.index.duplicated().sum())
    if twice:
        raise EvaluationError(f"{what} must name each seeker once; got {twice} duplicates. Drop them.")
    return mine.astype(object).reindex(seekers)


def _named(column: pd.Series) -> pd.Series:
    """Write missing and blank values as unknown."""
    text = column.astype(object).where(column.notna(), "").astype(str).str.strip()
    return text.where(text != "", UNKNOWN)


def _newcomers(column: pd.Series) -> pd.Series:
    known = column.dropna()
    wrong = sum(not isinstance(value, bool | np.bool_) for value in known)
    if wrong:
        raise EvaluationError(f"newcomer must be true or false; got {wrong} other values. Change them.")
    return column.map(_NEWCOMER).astype(object).where(column.notna(), UNKNOWN)


def _order(value: str) -> tuple[bool, int, str]:
    """Sort sizes by size, other values by name, unknown last."""
    return value == UNKNOWN, SIZES.index(value) if value in SIZES else -1, value
