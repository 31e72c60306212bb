"""Periodic evaluation: which partnerships need a talk, and whether the engine still does what it says."""

from matcher.review.challenge import Contest
from matcher.review.columns import Shown
from matcher.review.inputs import ReviewData, gather
from matcher.review.results import Alarm, Review
from matcher.review.reviewing import review
from matcher.review.settings import ReviewSettings

__all__ = [
    "Alarm",
    "Contest",
    "Review",
    "ReviewData",
    "ReviewSettings",
    "Shown",
    "gather",
    "review",
]
