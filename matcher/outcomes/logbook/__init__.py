"""The outcome log: what became of matches, what was shown, reviews and adjustments, kept for good."""

from matcher.outcomes.logbook.log import OutcomeLog
from matcher.outcomes.logbook.recorded import Recorded
from matcher.outcomes.logbook.runs import Run, name_run

__all__ = ["OutcomeLog", "Recorded", "Run", "name_run"]
