"""A review: what was found about partnerships and the engine, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from matcher.columns import SIDES, Shown
from matcher.review import engine
from matcher.review.conversion import FORMED, Step, measure_conversion, reach_dates
from matcher.review.data import ReviewData
from matcher.review.engine import Advice, CalibrationCheck, Challenge, Contest, Drift, Shift
from matcher.review.monitoring import Finding, Screening, screen_apart, screen_falling, screen_one_sided
from matcher.review.partnerships import DueReview, Stale, due_reviews, stale_profiles
from matcher.review.settings import ReviewSettings

if TYPE_CHECKING:
    pass

CALIBRATION: Final = "calibration"
KINDS: Final = ("drifting_apart", "falling", "one_sided", CALIBRATION, "drift")
"""Kinds of alarm that share one rate each; drift is one kind, of inputs and scores together."""
SCREENINGS: Final = (screen_apart, screen_falling, screen_one_sided)


@dataclass(frozen=True)
class Alarm:
    """A finding at or below the alarm rate.

    Attributes
    ----------
    kind : str
        One of `KINDS`; of drift `drift_inputs` or `drift_scores`.
    about : Finding, Shift or CalibrationCheck
    sure : float
        Rate of false alarms; of calibration the alarm rate itself.
    """

    kind: str
    about: Finding | Shift | CalibrationCheck
    sure: float


@dataclass(frozen=True)
class Counts:
    """Sizes of the data; `reviews`, `shown` and `runs` are None where they are not kept.

    `partnerships` ever worked together, `live` still do, and `formed` ever agreed.
    """

    outcomes: int
    pairs: int
    partnerships: int
    live: int
    formed: int
    reviews: int | None
    shown: int | None
    runs: int | None


@dataclass(frozen=True)
class Review:
    """The result of `review`: what is due (overdue first), what was found, and what to do.

    `calibration` is None where no probabilities were shown, `drift` where lists were not kept, `challenge`
    without a contest.
    """

    day: pd.Timestamp
    settings: ReviewSettings
    counts: Counts
    due: tuple[DueReview, ...]
    screenings: tuple[Screening, ...]
    stale: Stale
    conversion: tuple[Step, ...]
    calibration: CalibrationCheck | None
    drift: Drift | None
    challenge: Challenge | None

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All alarms: partnerships first, then the engine."""
        found = [Alarm(one.kind, one, one.sure) for each in self.screenings for one in each.findings]
        if self.calibration is not None and self.calibration.verdict not in ("fine", "too_little"):
            found.append(Alarm(CALIBRATION, self.calibration, self.settings.alarm_rate))
        shifts = self.drift.shifts if self.drift is not None else ()
        found += [Alarm(f"drift_{one.about}", one, one.sure) for one in shifts if one.is_alarm]
        return tuple(found)

    @property
    def overdue(self) -> tuple[DueReview, ...]:
        """Reviews whose day has passed."""
        return tuple(one for one in self.due if one.days_over > 0)

    @property
    def verdict(self) -> str:
        """`attention` where there is an alarm or an overdue review, else `nothing`."""
        return "attention" if self.alarms or self.overdue else "nothing"

    @property
    def advice(self) -> Advice:
        """What to do with the ranker.

        A better challenger is taken, as it came about. Else, where probabilities are off or something
        drifted, retraining is advised if `retrain_labels` pairs formed, and weights set by an analyst if
        fewer did.
        """
        if self.challenge is not None and self.challenge.advice != "keep":
            return self.challenge.advice
        if all(isinstance(alarm.about, Finding) for alarm in self.alarms):
            return "keep"
        return "retrain" if self.counts.formed >= self.settings.retrain_labels else "reweight"


def review(
    data: ReviewData, settings: ReviewSettings | None = None, *, contest: Contest | None = None
) -> Review:
    """Review every partnership and the engine as of the day of the data.

    Parameters
    ----------
    data : ReviewData
        See `gather`.
    settings : ReviewSettings, optional
        The defaults when left out.
    contest : Contest, optional
        Lists of the ranker in use and of a challenger.

    Returns
    -------
    review : Review
        The same for the same data and settings, whatever the order of rows.

    Raises
    ------
    EvaluationError
        If the contest's lists lack a column or name a pair twice.
    """
    settings = settings or ReviewSettings()
    counts = Counts(
        outcomes=len(data.outcomes),
        pairs=len(data.outcomes.drop_duplicates(list(SIDES))),
        partnerships=len(data.partnerships),
        live=int(data.partnerships["is_live"].sum()),
        formed=int(reach_dates(data.outcomes)[FORMED].notna().sum()),
        reviews=None if data.reviews is None else len(data.reviews),
        shown=None if data.shown is None else len(data.shown),
        runs=None if data.shown is None else int(data.shown[Shown.RUN].nunique()),
    )
    return Review(
        day=data.day,
        settings=settings,
        counts=counts,
        due=due_reviews(data, settings),
        screenings=tuple(
            screen(data, settings) for screen in (screen_apart, screen_falling, screen_one_sided)
        ),
        stale=stale_profiles(data, settings),
        conversion=measure_conversion(data, settings),
        calibration=engine.judge_calibration(data, settings),
        drift=engine.judge_drift(data, settings),
        challenge=None if contest is None else engine.judge_challenge(data, contest, settings),
    )
