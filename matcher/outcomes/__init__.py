"""What became of earlier matches: the log, joint works, and the graph of who worked with whom."""

from matcher.outcomes.history import History, as_history
from matcher.outcomes.reading import OutcomeTable, read_outcomes
from matcher.outcomes.talks import Talk, talks_of_log
from matcher.outcomes.works import JOINT_WORK, JointWork, works_of_log

__all__ = [
    "JOINT_WORK",
    "History",
    "JointWork",
    "OutcomeTable",
    "Talk",
    "as_history",
    "read_outcomes",
    "talks_of_log",
    "works_of_log",
]
