"""Settings of a review: rhythm, thresholds, and how often a quiet programme may be alarmed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import Field, model_validator

from matcher.config import Positive, Settings, Share

Rate = Annotated[float, Field(gt=0.0, lt=0.5)]
Count = Annotated[int, Field(ge=1)]
Mark = Annotated[float, Field(ge=1.0, le=5.0)]


class ReviewSettings(Settings):
    """All settings of a review; frozen, range-checked, with a TOML round trip.

    Examples
    --------
    >>> ReviewSettings(review_months=12).first_review_months
    3
    """

    alarm_rate: Rate = 0.05
    """Share of quiet programmes in which a kind of alarm is raised at all: one rate for each kind."""
    first_review_months: Count = 3
    review_months: Count = 6
    notice_days: Annotated[int, Field(ge=0)] = 30
    """Reviews due within so many days are announced."""
    stale_years: Positive = 2.0
    """A profile that was not updated for longer is stale."""
    least_reviews: Annotated[int, Field(ge=3)] = 3
    """Reviews of a partnership before a trend is judged."""
    least_change: Positive = 0.5
    """Smallest fitted change over the reviews that is worth a word, in points of 1 to 5."""
    least_benefit_reviews: Annotated[int, Field(ge=2)] = 3
    """Reviews of both sides before a partnership can be called one-sided."""
    recent_reviews: Annotated[int, Field(ge=3)] = 4
    """Latest reviews by which a partnership is called one-sided: what long ago was uneven may be mended."""
    low_benefit: Mark = 2.5
    high_benefit: Mark = 3.5
    tolerated_gap: Annotated[float, Field(ge=0.0, lt=4.0)] = 1.0
    """Difference of the sides' benefits that is no news, in points."""
    calibrated: bool = False
    """Whether the `mutual` that was shown is a probability; a percentile cannot come true."""
    horizon_days: Count = 365
    """Days after being shown within which a pair counts as formed."""
    least_events: Count = 20
    """Formed pairs, and pairs that did not form, before probabilities are judged."""
    least_pairs: Count = 20
    """Pairs of a step before its share is shown with a verdict."""
    reference_until: dt.date | None = None
    """Last day of the reference period; the first third of the runs when left out."""
    least_units: Annotated[int, Field(ge=20)] = 40
    """Seekers in each period before drift is judged."""
    least_psi: Positive = 0.1
    """Population stability index, less what noise makes of it, from which drift matters."""
    least_overlap: Share = 0.8
    """Share of a challenger's places that could have been shown before, below which nothing is estimated."""
    least_sample: Count = 50
    """Effective number of shown pairs below which a challenger's value is not estimated."""
    least_seekers: Count = 30
    """Seekers with later partners before champion and challenger are compared."""
    retrain_labels: Count = 200
    """Pairs that formed before relearning is worth more than reweighing by hand."""
    draws: Count = 2000
    """Resamples of a bootstrap."""
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _check_reviews(self) -> Self:
        if self.least_benefit_reviews > self.recent_reviews:
            raise ValueError("least_benefit_reviews must be at most recent_reviews")
        return self

    @model_validator(mode="after")
    def _check_benefits(self) -> Self:
        if self.low_benefit >= self.high_benefit:
            raise ValueError("low_benefit must be below high_benefit")
        return self
