"""A review: everything that was found about partnerships and the engine, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from matcher.review.challenge import KEEP, RETRAIN, REWEIGHT, Challenge
from matcher.review.conversion import Step
from matcher.review.drift import INPUTS, Drift, Shift
from matcher.review.due import OVERDUE, DueReview
from matcher.review.promises import FINE, TOO_LITTLE, Promises
from matcher.review.selection import Selection
from matcher.review.settings import ReviewSettings
from matcher.review.stale import Stale
from matcher.review.troubles import Trouble, Watch

if TYPE_CHECKING:
    from matcher.documents import Document

CALIBRATION: Final = "calibration"
DRIFT_INPUTS: Final = "drift_inputs"
DRIFT_SCORES: Final = "drift_scores"
KINDS: Final = ("drifting_apart", "falling", "one_sided", CALIBRATION, "drift")
"""Kinds of alarm that share one rate each; drift is one kind, of inputs and scores together."""
ATTENTION: Final = "attention"
NOTHING: Final = "nothing"


@dataclass(frozen=True)
class Alarm:
    """Something that is surer than the alarm rate.

    Attributes
    ----------
    kind : str
        One of `KINDS`; of drift `drift_inputs` or `drift_scores`.
    about : Trouble, Shift or Promises
        What was found.
    sure : float
        False-alarm rate at which it is told: of calibration the alarm rate itself.
    """

    kind: str
    about: Trouble | Shift | Promises
    sure: float


@dataclass(frozen=True)
class Counts:
    """How much there was to look at.

    Attributes
    ----------
    outcomes, pairs, partnerships, live, formed : int
        Rows, pairs, pairs that ever worked together, those that do, pairs that ever agreed.
    reviews, shown, runs : int or None
        None where they are not kept.
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
    """What a review found; made by `review`.

    Attributes
    ----------
    day : Timestamp
        The day of the review.
    settings : ReviewSettings
    counts : Counts
    due : tuple of DueReview
        Overdue first.
    watches : tuple of Watch
        Drifting apart, falling, one-sided.
    stale : Stale
    conversion : tuple of Step
    promises : Promises or None
        None where no probabilities were shown.
    drift : Drift or None
        None where lists were not kept.
    selection : Selection or None
    challenge : Challenge or None
        None without a contest.
    """

    day: pd.Timestamp
    settings: ReviewSettings
    counts: Counts
    due: tuple[DueReview, ...]
    watches: tuple[Watch, ...]
    stale: Stale
    conversion: tuple[Step, ...]
    promises: Promises | None
    drift: Drift | None
    selection: Selection | None
    challenge: Challenge | None = None

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Everything that is surer than the alarm rate: partnerships first, then the engine."""
        found = [Alarm(one.kind, one, one.sure) for watch in self.watches for one in watch.troubles]
        if self.promises is not None and self.promises.verdict not in (FINE, TOO_LITTLE):
            found.append(Alarm(CALIBRATION, self.promises, self.settings.alarm_rate))
        shifts = [] if self.drift is None else [one for one in self.drift.shifts if one.is_alarm]
        kinds = [DRIFT_INPUTS if one.about == INPUTS else DRIFT_SCORES for one in shifts]
        found += [Alarm(kind, one, one.sure) for kind, one in zip(kinds, shifts, strict=True)]
        return tuple(found)

    @property
    def overdue(self) -> tuple[DueReview, ...]:
        """Reviews whose day has passed."""
        return tuple(one for one in self.due if one.state == OVERDUE)

    @property
    def verdict(self) -> str:
        """`attention` where there is an alarm or an overdue review, else `nothing`."""
        return ATTENTION if self.alarms or self.overdue else NOTHING

    @property
    def advice(self) -> str:
        """What to do with the ranker: `keep`, `retrain` or `reweight`.

        A challenger that is surely better is taken, as it came about. Else, where probabilities are off or
        something drifted, a retrained challenger is worth trying if `retrain_labels` pairs formed, and
        weights moved by hand if fewer did. Else the ranker is kept.
        """
        if self.challenge is not None and self.challenge.advice != KEEP:
            return self.challenge.advice
        is_off = any(isinstance(alarm.about, Shift | Promises) for alarm in self.alarms)
        if not is_off:
            return KEEP
        return RETRAIN if self.counts.formed >= self.settings.retrain_labels else REWEIGHT

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """Return everything as mappings, lists, texts and numbers, for JSON; texts in one language."""
        from matcher.review.record import as_record

        return as_record(self, lang)

    def document(self, lang: str = "en") -> Document:
        """Return the review for people to read.

        Raises
        ------
        ConfigError
            If the language has no catalogue.
        """
        from matcher.review.telling import tell_review

        return tell_review(self, lang)
