"""What a brief proposes that no profile says: dates and rhythm."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

from matcher.errors import ConfigError

MOST_WEEKS = 52
MOST_MONTHS = 60


@dataclass(frozen=True)
class Plan:
    """Dates and rhythm that a brief proposes.

    Attributes
    ----------
    start : date, optional
        Day from which reviews are counted; without one they are told in months after signing.
    today : date, optional
        Day on which the brief is drawn up; without one it says none.
    rhythm_weeks : int, default 2
        Weeks between two talks, 1 to 52.
    first_review_months, review_months : int, default 3 and 6
        Months to the first review and between later ones, 1 to 60.

    Raises
    ------
    ConfigError
        If a number is out of its range.
    """

    start: dt.date | None = None
    today: dt.date | None = None
    rhythm_weeks: int = 2
    first_review_months: int = 3
    review_months: int = 6

    def __post_init__(self) -> None:
        for name, most in (
            ("rhythm_weeks", MOST_WEEKS),
            ("first_review_months", MOST_MONTHS),
            ("review_months", MOST_MONTHS),
        ):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
                raise ConfigError(f"{name} must be a whole number from 1 to {most}; got {number!r}.")

    def review_dates(self, number: int) -> tuple[pd.Timestamp, ...]:
        """Return the days of the first reviews; none without a start.

        The last day of a shorter month stands in for a day that it lacks.
        """
        if self.start is None:
            return ()
        first, after = self.first_review_months, self.review_months
        start = pd.Timestamp(self.start)
        return tuple(start + pd.DateOffset(months=first + place * after) for place in range(number))
