"""Periodic review: partnerships that need attention, and whether the engine still does what it says."""

from matcher.review.data import ReviewData, ReviewSettings, gather
from matcher.review.engine import Contest
from matcher.review.review import Alarm, Review, review

__all__ = ["Alarm", "Contest", "Review", "ReviewData", "ReviewSettings", "gather", "review"]
