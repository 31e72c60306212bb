"""What a comparison of systems found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from matcher.evaluation import Interval
from matcher.evaluation.comparison.ablation import Ablation
from matcher.evaluation.comparison.chances import Chances
from matcher.evaluation.comparison.figures import Figures
from matcher.evaluation.comparison.stability import Stability
from matcher.outcomes.truth import Truth


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    truth : Truth
        What was known, and what was to be found.
    n_profiles, n_reachable : int
        Size of the pool, and how many of it may be recommended to anybody.
    n_barred : int
        True pairs that no system may recommend: a red flag, or one excludes the other.
    k, seed : int
    main : str
        The system that the others are compared with: the trained ranker, else the analyst's weights.
    figures : mapping of str to Figures
        A system each, by the keys of `LABELS`, the simplest first.
    differences : mapping of str to mapping of str to Interval
        Mean paired difference, main less the other system, by system and metric.
    slices : mapping of str to DataFrame
        Of the main system, the analyst's weights and TF-IDF; columns of `Slice`.
    slice_differences : DataFrame or None
        Mean paired difference, main less the analyst's weights; columns of `Slice`. None where the
        analyst's weights are the main system.
    newcomers : mapping of str to mapping
        Of the main system, the analyst's weights and TF-IDF: see `measure_newcomers`.
    chances : Chances or None
        Whether probabilities come true, where the ranker is calibrated.
    stability : tuple of Stability
        How far lists move where the analyst's weights are a little otherwise.
    ablations : tuple of Ablation
        What the main system loses without each feature; empty unless asked for.
    notes : tuple of str
        What a reader must know to trust the figures.
    """

    truth: Truth
    n_profiles: int
    n_reachable: int
    n_barred: int
    k: int
    seed: int
    main: str
    figures: Mapping[str, Figures]
    differences: Mapping[str, Mapping[str, Interval]]
    slices: Mapping[str, pd.DataFrame]
    slice_differences: pd.DataFrame | None
    newcomers: Mapping[str, Mapping[str, Mapping[str, Interval]]]
    chances: Chances | None
    stability: tuple[Stability, ...]
    ablations: tuple[Ablation, ...] = ()
    notes: tuple[str, ...] = field(default=())
