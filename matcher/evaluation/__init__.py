"""How good recommendations are: metrics of both sides, exposure, groups, calibration, comparison."""

from matcher.evaluation.agreement import rank_agreement
from matcher.evaluation.calibration import Calibration, measure_calibration, reliability_curve
from matcher.evaluation.columns import Curve, Reliability, Side, Slice
from matcher.evaluation.exposure import Exposure, gini, lorenz_curve, measure_exposure
from matcher.evaluation.groups import group_seekers, slice_metrics
from matcher.evaluation.intervals import (
    ClusteredMean,
    Interval,
    clustered_mean,
    mean_intervals,
    paired_difference,
)
from matcher.evaluation.metrics import (
    DEPTHS,
    ExpectedMatches,
    both_sides,
    candidate_metrics,
    expected_matches,
    seeker_metrics,
)
from matcher.evaluation.ranks import candidate_lists, true_ranks

__all__ = [
    "DEPTHS",
    "Calibration",
    "ClusteredMean",
    "Curve",
    "ExpectedMatches",
    "Exposure",
    "Interval",
    "Reliability",
    "Side",
    "Slice",
    "both_sides",
    "candidate_lists",
    "candidate_metrics",
    "clustered_mean",
    "expected_matches",
    "gini",
    "group_seekers",
    "lorenz_curve",
    "mean_intervals",
    "measure_calibration",
    "measure_exposure",
    "paired_difference",
    "rank_agreement",
    "reliability_curve",
    "seeker_metrics",
    "slice_metrics",
    "true_ranks",
]
