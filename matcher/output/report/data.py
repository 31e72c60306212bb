"""What a report is made of: plain tables, arrays and counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.explanations import PairRemarks


@dataclass(frozen=True)
class ReportData:
    """A batch, as its report needs it.

    Attributes
    ----------
    organisations : DataFrame
        Canonical profiles of the pool.
    seekers : DataFrame
        Canonical profiles or opportunities, in the order of the report.
    recommendations : DataFrame
        Columns of `Recommendation` and one a component, by seeker and rank; each candidate is in
        `organisations`.
    remarks : sequence of mapping
        What is said of each recommendation, by text column, rows as in `recommendations`.
    vectors : ndarray of shape (n_organisations, n_dims)
        What the map of organisations is drawn from, rows as in `organisations`; zero rows are left out.
    usual : mapping of str to float
        The pool's mean of each component of `recommendations`, in the order of its columns; NaN unknown.
    weights : mapping of str to float
        How much each feature of the ranker counts, in [0, 1]; they sum to 1, or are all 0.
    percentile : callable
        Gain -> share of the pool's pairs whose gain is lower, in [0, 1]; NaN unknown.
    k : int
        Partners that were asked for.
    n_rows, n_rejected : int
        Organisations read, and rows rejected in any input.
    as_of : date or None
        Day at which the profiles stand.
    is_learned : bool
        Whether the ranker learned from outcomes.
    is_probability : bool
        Whether gains are probabilities.
    profiles, table, rejected, notes : str
        Names of the files read and written, for organisations; "" where there is none.
    linked : bool
        Whether `table`, `rejected` and `notes` lie in the report's own folder.
    encoder : str
        Name of the encoder; "" for the default one.
    """

    organisations: pd.DataFrame
    seekers: pd.DataFrame
    recommendations: pd.DataFrame
    remarks: Sequence[PairRemarks]
    vectors: NDArray[np.float64]
    usual: Mapping[str, float]
    weights: Mapping[str, float]
    percentile: Callable[[float], float]
    k: int
    n_rows: int
    n_rejected: int
    as_of: dt.date | None = None
    is_learned: bool = False
    is_probability: bool = False
    profiles: str = ""
    table: str = ""
    rejected: str = ""
    notes: str = ""
    linked: bool = False
    encoder: str = ""
