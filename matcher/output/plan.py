"""Dates and rhythm that a partnership brief proposes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from matcher.errors import ConfigError


@dataclass(frozen=True)
class Plan:
    """Dates and rhythm that a brief proposes.

    Attributes
    ----------
    start : date, optional
        Day from which reviews are counted; without one they are given in months after signing.
    today : date, optional
        Day on which the brief is drawn up; without one it names none.
    rhythm_weeks : int, default 2
        Weeks between two meetings or calls, 1 to 52.
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
        for name, most in (("rhythm_weeks", 52), ("first_review_months", 60), ("review_months", 60)):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
                raise ConfigError(f"{name} must be a whole number from 1 to {most}; got {number!r}.")
