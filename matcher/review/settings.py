"""Settings of a review: intervals of reviews, thresholds, and the rate of false alarms."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, model_validator

from matcher.config import Positive, Settings, Share

Rate = Annotated[float, Field(gt=0.0, lt=0.5)]
Count = Annotated[int, Field(ge=1)]
Mark = Annotated[float, Field(ge=1.0, le=5.0)]


class ReviewSettings(Settings):
    """All settings of a review; frozen, range-checked, readable from TOML.

    Examples
    --------
    >>> ReviewSettings(review_months=12).first_review_months
    3
    """

    alarm_rate: Rate = 0.05
    """Share of programmes without a fault in which a kind of alarm is raised: one rate for each kind."""
    first_review_months: Count = 3
    review_months: Count = 6
    notice_days: Annotated[int, Field(ge=0)] = 30
    """Reviews due within so many days are listed."""
    stale_years: Positive = 2.0
    """A profile that was not updated for longer is stale."""
    least_reviews: Annotated[int, Field(ge=3)] = 3
    """Reviews of a partnership before a trend is tested."""
    least_change: Positive = 0.5
    """Smallest fitted change over the reviews that is reported, in points of 1 to 5."""
    least_benefit_reviews: Annotated[int, Field(ge=2)] = 3
    """Reviews of both sides before a partnership can be called one-sided."""
    recent_reviews: Annotated[int, Field(ge=3)] = 4
    """Latest reviews by which a partnership is called one-sided."""
    low_benefit: Mark = 2.5
    high_benefit: Mark = 3.5
    tolerated_gap: Annotated[float, Field(ge=0.0, lt=4.0)] = 1.25
    """Difference of the sides' benefits up to which a partnership is not one-sided, in points."""
    calibrated: bool = False
    """Whether the `mutual` that was shown is a probability; a percentile cannot be calibrated."""
    horizon_days: Count = 365
    """Days after being shown within which a pair counts as formed."""
    least_events: Count = 20
    """Formed pairs, and pairs that did not form, before probabilities are judged."""
    least_pairs: Count = 20
    """Pairs of a step before its share is shown."""
    reference_until: dt.date | None = None
    """Last day of the reference period; the first third of the runs when left out."""
    least_units: Annotated[int, Field(ge=20)] = 40
    """Seekers in each period before drift is judged."""
    least_distance: Share = 0.1
    """Distance of two distributions, in [0, 1], from which drift is reported."""
    least_seekers: Count = 30
    """Seekers with later partners before champion and challenger are compared."""
    retrain_labels: Count = 200
    """Formed pairs from which retraining is advised instead of weights set by an analyst."""
    draws: Count = 2000
    """Resamples of a bootstrap."""
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.least_benefit_reviews > self.recent_reviews:
            raise ValueError("least_benefit_reviews must be at most recent_reviews")
        if self.low_benefit >= self.high_benefit:
            raise ValueError("low_benefit must be below high_benefit")
        return self
