"""Settings of a review, and the tables that it reads, checked and cut at its day."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Final, Self

import pandas as pd
from pydantic import Field, model_validator

from matcher.columns import ANSWERS, STAGES, Answer, Outcome, Profile, Shown
from matcher.config import Positive, Settings, Share
from matcher.errors import EvaluationError
from matcher.evaluation.metrics import PAIR, check_columns, check_pairs
from matcher.outcomes.reading import JOINT_WORK, RATINGS
from matcher.outcomes.records import read_reviews
from matcher.tables.dates import LATEST

FIGURES: Final = (Shown.SCORE, Shown.MUTUAL, Shown.SEEKER_GAIN, Shown.CANDIDATE_GAIN)
STEPS: Final = ("invited", "replied", "met", "agreed", "active", "renewed")  # stages in their order
FORMED, ENDED, LEVEL = "agreed", "ended", "level"
LEAST_ANSWERED: Final = 3  # questions that a side must have answered for their mean to count
Pair = tuple[str, str]
Count = Annotated[int, Field(ge=1)]
Mark = Annotated[float, Field(ge=1.0, le=5.0)]


class ReviewSettings(Settings):
    """All settings of a review; frozen, range-checked, readable from TOML."""

    alarm_rate: Annotated[float, Field(gt=0.0, lt=0.5)] = 0.05  # how often each kind alarms without a fault
    first_review_months: Count = 3
    review_months: Count = 6
    notice_days: Annotated[int, Field(ge=0)] = 30  # reviews due within so many days are listed
    stale_years: Positive = 2.0  # a profile that was not updated for longer is stale
    least_reviews: Annotated[int, Field(ge=3)] = 3  # of a partnership before a trend is tested
    least_change: Positive = 0.5  # smallest fitted change over the reviews that is reported, in points
    least_benefit_reviews: Annotated[int, Field(ge=2)] = 3
    recent_reviews: Annotated[int, Field(ge=3)] = 4
    """Reviews of both sides before a partnership can be called one-sided, and the latest by which it is."""
    low_benefit: Mark = 2.5
    high_benefit: Mark = 3.5
    tolerated_gap: Annotated[float, Field(ge=0.0, lt=4.0)] = 1.25  # points between sides that are tolerated
    calibrated: bool = False  # whether the shown `mutual` is a probability; percentiles cannot be calibrated
    horizon_days: Count = 365  # days after being shown within which a pair counts as formed
    least_events: Count = 20  # formed pairs, and pairs that did not form, before probabilities are judged
    least_pairs: Count = 20  # pairs of a step before its share is shown
    reference_until: dt.date | None = None  # last day of the reference period; else the first third of runs
    least_units: Annotated[int, Field(ge=20)] = 40  # seekers in each period before drift is judged
    least_distance: Share = 0.1  # of two distributions, in [0, 1], from which drift is reported
    least_seekers: Count = 30  # seekers with later partners before champion and challenger are compared
    retrain_labels: Count = 200  # formed pairs from which retraining is advised, not weights by an analyst
    draws: Count = 2000  # resamples of a bootstrap
    seed: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.least_benefit_reviews > self.recent_reviews:
            raise ValueError("least_benefit_reviews must be at most recent_reviews")
        if self.low_benefit >= self.high_benefit:
            raise ValueError("low_benefit must be below high_benefit")
        return self


@dataclass(frozen=True)
class ReviewData:
    """Checked tables as they were known on the day of the review, by date; made by `gather`.

    `reviews` and `shown` are None where they are not kept, which is not the same as none given.
    """

    outcomes: pd.DataFrame
    reviews: pd.DataFrame | None
    shown: pd.DataFrame | None
    profiles: pd.DataFrame
    day: pd.Timestamp

    @cached_property
    def partnerships(self) -> pd.DataFrame:
        """The last partnership of each pair that ever had one, in the order of ids.

        Columns seeker, candidate (in the direction of the log's first row), since, is_live. A pair that is
        logged in both directions is one pair; one that agrees again on a day after an end begins anew.
        """
        rows = in_one_direction(self.outcomes, self.outcomes)
        rows = rows[rows[Outcome.STAGE].isin(JOINT_WORK)]
        rows = rows.assign(is_live=rows[Outcome.STAGE] != ENDED)
        rows = rows.sort_values([Outcome.DATE, "is_live"], ascending=[True, False], kind="stable")
        was_live = rows.groupby(PAIR)["is_live"].shift(fill_value=False).astype(bool)
        begun = rows[rows["is_live"] & ~was_live].groupby(PAIR)[Outcome.DATE].last().rename("since")
        return begun.to_frame().join(rows.groupby(PAIR)["is_live"].last()).reset_index()

    @cached_property
    def reached(self) -> pd.DataFrame:
        """The day on which each pair reached each of `STEPS`, by (seeker, candidate); NaT where it did not.

        A stage is reached at the latest when a later one is; every pair was invited by its first row.
        """
        first = self.outcomes.groupby([*PAIR, str(Outcome.STAGE)])[Outcome.DATE].min().unstack()
        first = first.reindex(columns=[*STEPS, ENDED]).astype("datetime64[ns]")
        first[STEPS[0]] = self.outcomes.groupby(PAIR)[Outcome.DATE].min()
        first["active"] = first[["active", ENDED]].min(axis=1)  # what ended had begun
        backwards = first[list(STEPS)[::-1]]
        return backwards.cummin(axis=1).ffill(axis=1)[list(STEPS)].astype("datetime64[ns]")

    @cached_property
    def answers(self) -> pd.DataFrame:
        """Answers of the partnerships that go on, since they began, by date; none where no reviews are kept.

        Columns of `Answer` and `level`, the mean of the answers, NaN of fewer than `LEAST_ANSWERED`.
        """
        if self.reviews is None or self.reviews.empty:
            return self.outcomes.head(0).reindex(columns=[*map(str, Answer), LEVEL])
        rows = self.since_begun(self.reviews)
        answered = rows[list(map(str, ANSWERS))]
        is_known = answered.notna().sum(axis=1) >= LEAST_ANSWERED
        return rows.assign(**{LEVEL: answered.mean(axis=1).where(is_known)})

    def since_begun(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of partnerships that go on, since they began, in the direction of the log."""
        live = self.partnerships.loc[self.partnerships["is_live"], [*PAIR, "since"]]
        rows = in_one_direction(table, self.outcomes).merge(live, on=PAIR)
        return rows[rows[Outcome.DATE] >= rows["since"]].drop(columns="since").reset_index(drop=True)


@dataclass(frozen=True)
class Enough:
    """How many units (pairs, formed, unformed, seekers or runs) there are, and a verdict needs."""

    have: int
    need: int
    unit: str

    @property
    def missing(self) -> int:
        """How many more are needed; 0 where a verdict can be given."""
        return max(0, self.need - self.have)


def gather(
    outcomes: pd.DataFrame,
    profiles: pd.DataFrame,
    *,
    reviews: pd.DataFrame | None = None,
    shown: pd.DataFrame | None = None,
    as_of: dt.date | None = None,
) -> ReviewData:
    """Check the tables of a review and cut them at its day: `as_of`, or the latest date in them.

    Outcomes and shown lists are pair rows with the columns of `Outcome` and of `Shown`; ratings and figures
    may be missing. Reviews are as for `read_reviews`, every row sound; profiles canonical, each id once.
    Raises `EvaluationError` or `OutcomeError` if something is missing, out of range or without any date.
    """
    check_columns(profiles, "profiles", (Profile.ID,))
    check_pairs(outcomes, "outcomes", Outcome.STAGE, Outcome.DATE)
    if unknown := sorted({str(stage) for stage in outcomes[Outcome.STAGE]} - set(STAGES)):
        raise EvaluationError(
            f"stage of outcomes must be one of {', '.join(STAGES)}; got {unknown[0]!r}. Correct it."
        )
    tables = {"outcomes": _dated(outcomes, "outcomes", RATINGS)}
    if reviews is not None and reviews.empty:
        tables["reviews"] = _dated(pd.DataFrame(columns=list(map(str, Answer))), "reviews", ANSWERS)
    elif reviews is not None:
        read = read_reviews(reviews, today=LATEST)
        if read.n_rejected:
            row = read.rejected.iloc[0]
            raise EvaluationError(
                f"{row['column']} of reviews {row['reason']}; got {row['value']!r} in row {row['line']}. "
                "Correct it."
            )
        tables["reviews"] = _dated(read.kept, "reviews", ANSWERS)
    if shown is not None:
        check_pairs(shown, "the shown lists", Shown.DATE, Shown.RANK)
        runs = shown.get(Shown.RUN, shown[Shown.DATE].astype(str))
        named = shown.assign(**{str(Shown.RUN): runs})
        tables["shown"] = _dated(named, "the shown lists", (Shown.RANK, *FIGURES))
    days = [table[Outcome.DATE].max() for table in tables.values()]
    days.append(pd.to_datetime(profiles.get(Profile.UPDATED, pd.Series(pd.NaT))).max())
    day = pd.Timestamp(as_of) if as_of is not None else pd.Series(days).dt.normalize().max()
    if pd.isna(day):
        raise EvaluationError("the tables of a review must hold a date; got none. Name the day: as_of.")
    end = day.normalize() + pd.Timedelta(days=1)
    known = {name: table[table[Outcome.DATE] < end].reset_index(drop=True) for name, table in tables.items()}
    return ReviewData(known["outcomes"], known.get("reviews"), known.get("shown"), profiles, day)


def in_one_direction(table: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """Write each pair in the direction of its first row in the log; sides and ratings are exchanged too."""
    first = {frozenset(pair): pair[0] for pair in log[::-1][PAIR].itertuples(index=False)}
    pairs = table[PAIR].itertuples(index=False)
    other = pd.Series([first.get(frozenset(pair), pair[0]) != pair[0] for pair in pairs], table.index, bool)
    names = dict(zip((*PAIR, *RATINGS), (*PAIR[::-1], *RATINGS[::-1]), strict=True))
    exchanged = table[other].rename(columns=names)
    if Answer.SIDE in table:
        exchanged = exchanged.assign(**{str(Answer.SIDE): exchanged[Answer.SIDE].map(names)})
    return pd.concat([table[~other], exchanged[table.columns]]).sort_index()


def _dated(table: pd.DataFrame, what: str, numbers: Iterable[str]) -> pd.DataFrame:
    """Read ids as texts, dates as days without zone, and numbers, which may lack; order by date and pair."""
    dates = pd.to_datetime(table[Outcome.DATE], errors="coerce", utc=True).dt.tz_localize(None)
    if missing := int(dates.isna().sum()):
        raise EvaluationError(f"{what} must have a date in every row; got {missing} rows without. Add them.")
    table = table.reindex(columns=[*table, *(str(name) for name in numbers if name not in table)])
    floats = {str(name): pd.to_numeric(table[name], errors="coerce").astype("float64") for name in numbers}
    table = table.assign(**floats, **{str(Outcome.DATE): dates.astype("datetime64[ns]")})
    table = table.astype(dict.fromkeys(PAIR, str))
    return table.sort_values([str(Outcome.DATE), *PAIR], kind="stable", ignore_index=True)
