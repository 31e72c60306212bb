"""Names of the columns that only a review reads."""

from enum import StrEnum
from typing import Final


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
