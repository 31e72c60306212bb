"""Outcomes and reviews of earlier matches, the log that stores them, and the graph of joint works."""

from matcher.outcomes.history import History
from matcher.outcomes.reading import JOINT_WORK, JointWork, OutcomeTable, StageEvent, is_log, read_outcomes

__all__ = ["JOINT_WORK", "History", "JointWork", "OutcomeTable", "StageEvent", "is_log", "read_outcomes"]
