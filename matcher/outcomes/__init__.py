"""Outcomes and reviews of earlier matches, the log that stores them, and the graph of joint works."""

from matcher.outcomes.history import History, as_history
from matcher.outcomes.reading import OutcomeTable, is_log, read_outcomes
from matcher.outcomes.works import JOINT_WORK, JointWork, StageEvent, events_of_log, works_of_log

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
