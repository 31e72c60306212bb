"""A review: what was found about partnerships and the engine, and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pandas as pd

from matcher.columns import Profile, Shown
from matcher.evaluation.pairs import PAIR
from matcher.review import engine, partnerships
from matcher.review.data import FORMED, ReviewData, ReviewSettings

CALIBRATION: Final = "calibration"
KINDS: Final = ("drifting_apart", "falling", "one_sided", CALIBRATION, "drift")
"""Kinds of alarm that share one rate each; drift is one kind, of inputs and scores together."""
SCREENS: Final = (partnerships.screen_apart, partnerships.screen_falling, partnerships.screen_one_sided)


@dataclass(frozen=True)
class Alarm:
    """A finding of one of `KINDS` (of drift `drift_inputs` or `drift_scores`) at or below the alarm rate.

    `sure` is the rate of false alarms; of calibration the alarm rate itself.
    """

    kind: str
    about: partnerships.Finding | engine.Shift | engine.CalibrationCheck
    sure: float


@dataclass(frozen=True)
class Review:
    """The result of `review`: what is due (overdue first), what was found, and what to do.

    `counts` has the numbers of outcomes, pairs, partnerships (that ever worked together), live (that still
    do), formed (that ever agreed), reviews, shown and runs; the last three are None where they are not kept.
    `calibration` is None where no probabilities were shown, `drift` where lists were not kept, `challenge`
    without a contest. `names` are those of organisations by their ids, where profiles give them.
    """

    day: pd.Timestamp
    settings: ReviewSettings
    counts: Mapping[str, Any]
    due: tuple[partnerships.DueReview, ...]
    screenings: tuple[partnerships.Screening, ...]
    stale: partnerships.Stale
    conversion: tuple[engine.Step, ...]
    calibration: engine.CalibrationCheck | None
    drift: engine.Drift | None
    challenge: engine.Challenge | None
    names: Mapping[str, str] = field(default_factory=dict)

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
    def overdue(self) -> tuple[partnerships.DueReview, ...]:
        """Reviews whose day has passed."""
        return tuple(one for one in self.due if one.days_over > 0)

    @property
    def verdict(self) -> str:
        """`attention` where there is an alarm or an overdue review, else `nothing`."""
        return "attention" if self.alarms or self.overdue else "nothing"

    @property
    def advice(self) -> engine.Advice:
        """What to do with the ranker.

        A better challenger is taken. Else, where probabilities are off or something drifted, retraining is
        advised if `retrain_labels` pairs formed, and weights set by an analyst if fewer did.
        """
        if self.challenge is not None and self.challenge.advice != "keep":
            return self.challenge.advice
        if all(isinstance(alarm.about, partnerships.Finding) for alarm in self.alarms):
            return "keep"
        return "retrain" if self.counts["formed"] >= self.settings.retrain_labels else "reweight"


def review(
    data: ReviewData, settings: ReviewSettings | None = None, *, contest: engine.Contest | None = None
) -> Review:
    """Review every partnership and the engine as of the day of the data, whatever the order of its rows.

    Parameters
    ----------
    data : ReviewData
        See `gather`.
    contest : Contest, optional
        Lists of the ranker in use and of a challenger.

    Raises
    ------
    EvaluationError
        If the contest's lists lack a column or name a pair twice.
    """
    settings = settings or ReviewSettings()
    return Review(
        day=data.day,
        settings=settings,
        counts={
            "outcomes": len(data.outcomes),
            "pairs": len(data.outcomes.drop_duplicates(PAIR)),
            "partnerships": len(data.partnerships),
            "live": int(data.partnerships["is_live"].sum()),
            "formed": int(data.reached[FORMED].count()),
            "reviews": None if data.reviews is None else len(data.reviews),
            "shown": None if data.shown is None else len(data.shown),
            "runs": None if data.shown is None else int(data.shown[Shown.RUN].nunique()),
        },
        due=partnerships.due_reviews(data, settings),
        screenings=tuple(screen(data, settings) for screen in SCREENS),
        stale=partnerships.stale_profiles(data, settings),
        conversion=engine.measure_conversion(data, settings),
        calibration=engine.judge_calibration(data, settings),
        drift=engine.judge_drift(data, settings),
        challenge=None if contest is None else engine.judge_challenge(data, contest, settings),
        names=dict(zip(*(data.profiles.get(name, ()) for name in (Profile.ID, Profile.NAME)), strict=False)),
    )
