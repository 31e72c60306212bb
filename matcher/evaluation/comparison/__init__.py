"""How good the engine is on what really happened, beside simple systems."""

from matcher.evaluation.comparison.ablation import Ablation, MutedRanker, ablatable, ablate
from matcher.evaluation.comparison.chances import Chances
from matcher.evaluation.comparison.comparing import compare
from matcher.evaluation.comparison.figures import Figures
from matcher.evaluation.comparison.record import as_record
from matcher.evaluation.comparison.report import write_report
from matcher.evaluation.comparison.results import Comparison
from matcher.evaluation.comparison.reweighing import measure_reweighing
from matcher.evaluation.comparison.stability import Stability, change_weights, measure_stability

__all__ = [
    "Ablation",
    "Chances",
    "Comparison",
    "Figures",
    "MutedRanker",
    "Stability",
    "ablatable",
    "ablate",
    "as_record",
    "change_weights",
    "compare",
    "measure_reweighing",
    "measure_stability",
    "write_report",
]
