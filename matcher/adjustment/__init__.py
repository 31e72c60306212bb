"""Adjusting the analyst's weights by what became of matches: proposed, looked at, then accepted or not."""

from matcher.adjustment.accepting import AdjustmentLog, accept, roll_back
from matcher.adjustment.bounds import make_bounds, read_bounds
from matcher.adjustment.effects import ListChange
from matcher.adjustment.files import AdjustmentFiles, AdjustmentReport, Deed, adjust_batch, undo_adjustment
from matcher.adjustment.proposal import Adjustment, Verdict
from matcher.adjustment.proposing import propose_weights

__all__ = [
    "Adjustment",
    "AdjustmentFiles",
    "AdjustmentLog",
    "AdjustmentReport",
    "Deed",
    "ListChange",
    "Verdict",
    "accept",
    "adjust_batch",
    "make_bounds",
    "propose_weights",
    "read_bounds",
    "roll_back",
    "undo_adjustment",
]
