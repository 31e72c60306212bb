"""What became of earlier matches: outcomes, reviews, the log that keeps them, and who worked with whom."""

from matcher.outcomes.events import StageEvent, events_of_log
from matcher.outcomes.history import History, as_history
from matcher.outcomes.reading import OutcomeTable, is_log, read_outcomes
from matcher.outcomes.works import JOINT_WORK, JointWork, works_of_log

__all__ = [
    "JOINT_WORK",
    "History",
    "JointWork",
    "OutcomeTable",
    "StageEvent",
    "as_history",
    "events_of_log",
    "is_log",
    "read_outcomes",
    "works_of_log",
]
