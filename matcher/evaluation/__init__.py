"""How good recommendations are: metrics of both sides, exposure, intervals, slices, splits, calibration."""

from matcher.evaluation.agreement import rank_agreement
from matcher.evaluation.calibration import Calibration, measure_calibration, reliability_curve
from matcher.evaluation.columns import Curve, Place, Reliability, Side, Slice
from matcher.evaluation.exposure import Exposure, gini, lorenz_curve, measure_exposure
from matcher.evaluation.intervals import (
    Interval,
    mean_interval,
    mean_intervals,
    paired_differences,
)
from matcher.evaluation.metrics import DEPTHS, seeker_metrics
from matcher.evaluation.places import true_places, turn_round
from matcher.evaluation.sides import (
    ExpectedMatches,
    both_sides,
    candidate_metrics,
    expected_matches,
)
from matcher.evaluation.slices import SIZES, size_bands, slice_metrics
from matcher.evaluation.splits import Split, split_by_date, split_by_organisation

__all__ = [
    "DEPTHS",
    "SIZES",
    "Calibration",
    "Curve",
    "ExpectedMatches",
    "Exposure",
    "Interval",
    "Place",
    "Reliability",
    "Side",
    "Slice",
    "Split",
    "both_sides",
    "candidate_metrics",
    "expected_matches",
    "gini",
    "lorenz_curve",
    "mean_interval",
    "mean_intervals",
    "measure_calibration",
    "measure_exposure",
    "paired_differences",
    "rank_agreement",
    "reliability_curve",
    "seeker_metrics",
    "size_bands",
    "slice_metrics",
    "split_by_date",
    "split_by_organisation",
    "true_places",
    "turn_round",
]
