"""The same metrics for groups of seekers, so that a good mean hides no group."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict
from typing import Final

import pandas as pd

from matcher.columns import Profile
from matcher.evaluation.intervals import mean_intervals

UNKNOWN: Final = "unknown"
SIZES: Final = ("<10", "10-49", "50-249", "250+")
"""Bands of staff: micro, small, medium and large (Commission Recommendation 2003/361/EC)."""
LEAST_SEEKERS: Final = 10
"""Groups of fewer seekers get no interval."""
COLUMNS: Final = ("by", "value", "metric", "n", "mean", "low", "high")
_EDGES: Final = (0, 10, 50, 250, math.inf)


def group_seekers(seekers: pd.DataFrame, languages: Iterable[str], newcomer: pd.Series) -> pd.DataFrame:
    """Return the groups that each seeker is in.

    Parameters
    ----------
    seekers : DataFrame
        Columns id, kind, country, staff.
    languages : iterable of str
        In which each seeker writes.
    newcomer : Series of bool or None
        Indexed by seeker: whether it never worked with anyone before.

    Returns
    -------
    groups : DataFrame
        Indexed by seeker; columns kind, language, country, size and newcomer, "unknown" where missing.
    """
    rows = seekers.set_index(Profile.ID)
    staff = pd.to_numeric(rows[Profile.STAFF], errors="coerce")
    fresh = newcomer.map({True: "newcomer", False: "established"})
    groups = {
        "kind": rows[Profile.KIND],
        "language": pd.Series(list(languages), index=rows.index),
        "country": rows[Profile.COUNTRY],
        "size": pd.cut(staff, list(_EDGES), right=False, labels=list(SIZES)),
        "newcomer": fresh.reindex(rows.index),
    }
    table = pd.DataFrame({name: column.astype(object) for name, column in groups.items()})
    return table.where(table.notna() & (table != ""), UNKNOWN)


def slice_metrics(metrics: pd.DataFrame, groups: pd.DataFrame, *, least: float = 0.0) -> pd.DataFrame:
    """Return the means of per-seeker metrics in each group.

    Parameters
    ----------
    metrics : DataFrame of shape (n_seekers, n_metrics)
        Indexed by seeker, each once; no NaN.
    groups : DataFrame of shape (n_seekers, n_attributes)
        As from `group_seekers`.
    least : float
        As in `mean_intervals`.

    Returns
    -------
    slices : DataFrame
        Columns of `COLUMNS`, one row per attribute, value and metric; bounds are NaN in groups of fewer than
        `LEAST_SEEKERS`. The n of one attribute and metric sum to n_seekers. Values go by name, sizes from
        small to large, "unknown" last.

    Notes
    -----
    Of many groups, one interval in twenty misses its mean by chance alone. Given the differences of two
    systems by seeker in place of `metrics`, means and intervals are paired.
    """
    rows, unknown = [], {"low": math.nan, "high": math.nan}
    for by, column in groups.loc[metrics.index].items():
        for value in sorted(set(column), key=_order):
            mine = metrics[(column == value).to_numpy(bool)]
            for name, interval in mean_intervals(mine, least=least).items():
                cells = {"by": by, "value": value, "metric": name, **asdict(interval)}
                rows.append(cells if len(mine) >= LEAST_SEEKERS else cells | unknown)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _order(value: str) -> tuple[bool, int, str]:
    """Sort sizes by size, other values by name, unknown last."""
    return value == UNKNOWN, SIZES.index(value) if value in SIZES else -1, value
