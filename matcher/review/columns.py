"""Names of the columns that only a review reads."""

from enum import StrEnum
from typing import Final


class Answer(StrEnum):
    """Columns of the answers that both sides of a partnership give now and then."""

    SEEKER = "seeker"
    CANDIDATE = "candidate"
    SIDE = "side"
    DATE = "date"
    GOALS_REACHED = "goals_reached"
    COMMUNICATION = "communication"
    TRUST = "trust"
    BENEFIT = "benefit"
    INDICATORS_ON_TRACK = "indicators_on_track"
    CHANGES_WANTED = "changes_wanted"


QUESTIONS: Final = (
    Answer.GOALS_REACHED,
    Answer.COMMUNICATION,
    Answer.TRUST,
    Answer.BENEFIT,
    Answer.INDICATORS_ON_TRACK,
)
"""Answered from 1 (not at all) to 5 (fully); empty where not answered."""
SIDES: Final = ("seeker", "candidate")


class Shown(StrEnum):
    """Columns of what was shown to whom: one row a place in a list."""

    RUN = "run"
    DATE = "date"
    SEEKER = "seeker"
    CANDIDATE = "candidate"
    RANK = "rank"
    SCORE = "score"
    MUTUAL = "mutual"
    SEEKER_GAIN = "seeker_gain"
    CANDIDATE_GAIN = "candidate_gain"
    PROPENSITY = "propensity"


FIGURES: Final = (Shown.SCORE, Shown.MUTUAL, Shown.SEEKER_GAIN, Shown.CANDIDATE_GAIN)
