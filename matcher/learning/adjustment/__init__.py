"""Adjusting the analyst's weights by what became of matches: proposed, looked at, then accepted or not."""

from matcher.learning.adjustment.accepting import AdjustmentLog, accept, roll_back
from matcher.learning.adjustment.bounds import make_bounds, read_bounds
from matcher.learning.adjustment.effects import ListChange
from matcher.learning.adjustment.proposal import Adjustment, Verdict
from matcher.learning.adjustment.proposing import propose_weights

__all__ = [
    "Adjustment",
    "AdjustmentLog",
    "ListChange",
    "Verdict",
    "accept",
    "make_bounds",
    "propose_weights",
    "read_bounds",
    "roll_back",
]
