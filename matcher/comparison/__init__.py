"""How good the engine is on what really happened, beside simple systems."""

from matcher.comparison.ablation import Ablation, MutedRanker, ablatable, ablate
from matcher.comparison.chances import Chances
from matcher.comparison.comparing import compare
from matcher.comparison.figures import Figures
from matcher.comparison.files import Evaluation, evaluate_batch
from matcher.comparison.pictures import draw_comparison, draw_exposure, draw_reliability, draw_systems
from matcher.comparison.record import as_record
from matcher.comparison.report import write_report
from matcher.comparison.results import Comparison
from matcher.comparison.reweighing import measure_reweighing
from matcher.comparison.stability import Stability, change_weights, measure_stability
from matcher.comparison.truth import Truth, gather_truth, snapshot_date

__all__ = [
    "Ablation",
    "Chances",
    "Comparison",
    "Evaluation",
    "Figures",
    "MutedRanker",
    "Stability",
    "Truth",
    "ablatable",
    "ablate",
    "as_record",
    "change_weights",
    "compare",
    "draw_comparison",
    "draw_exposure",
    "draw_reliability",
    "draw_systems",
    "evaluate_batch",
    "gather_truth",
    "measure_reweighing",
    "measure_stability",
    "snapshot_date",
    "write_report",
]
