"""How many pairs go from one stage to the next, among those that had the time to."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.columns import SIDES, Outcome, Profile
from matcher.review.columns import Shown
from matcher.review.inputs import ReviewData
from matcher.review.rates import Rate, clustered_rate
from matcher.review.settings import ReviewSettings
from matcher.review.verdicts import Enough

STEPS: Final = ("invited", "replied", "met", "agreed", "active", "renewed")
"""Stages in their order."""
FORMED: Final = "agreed"
ENDED: Final = "ended"
WINDOWS: Final = {"replied": 60, "met": 120, "agreed": 180, "active": 120, "renewed": 450}
"""Days after the stage before that a step is given where the log has too few to tell."""
USUAL_SHARE: Final = 0.9
"""Share of the steps in the log that were made within the usual time."""
LEAST_TIMED: Final = 20
SHORTEST: Final = 30
ALL: Final = "all"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Step:
    """How one step went for one group of pairs.

    Attributes
    ----------
    by, value : str
        The grouping (all, score, kind, country, newcomer) and the group.
    start, end : str
        Stages.
    days : int
        The usual time: a pair counts if it reached `start` at least so long before the day of the review,
        and counts as a success if it reached `end` within that time.
    rate : Rate
    n_young : int
        Pairs left out because they are younger: neither successes nor failures.
    enough : Enough
    """

    by: str
    value: str
    start: str
    end: str
    days: int
    rate: Rate
    n_young: int
    enough: Enough


def measure_conversion(data: ReviewData, settings: ReviewSettings) -> tuple[Step, ...]:
    """Return every step from stage to stage, and from the invitation to the agreement, for all and by group.

    Notes
    -----
    A stage that the log leaves out counts as reached on the day of the next one. The usual time is the 0.9
    quantile of the times in the log, `WINDOWS` where there are fewer than 20. Pairs younger than it are
    left out whether they went on or not: counting only their successes would flatter. Own definition.
    """
    reached = reach_dates(data.outcomes)
    groups = _groups(data, reached)
    pairs = [*itertools.pairwise(STEPS), (STEPS[0], FORMED)]
    found = []
    for start, end in pairs:
        days = usual_days(reached, start, end)
        for by, labels in groups.items():
            found += _steps(reached, by, labels, (start, end, days), data.day, settings)
    return tuple(found)


def reach_dates(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Return the day on which each pair reached each stage.

    Returns
    -------
    reached : DataFrame
        Indexed by (seeker, candidate), a column for each of `STEPS`; NaT where it did not. A stage is
        reached at the latest when a later one is; every pair in the log was invited by its first row.
    """
    first = outcomes.groupby([*SIDES, str(Outcome.STAGE)], sort=True)[Outcome.DATE].min().unstack()
    first = first.reindex(columns=[*STEPS, ENDED])
    invited = outcomes.groupby(list(SIDES), sort=True)[Outcome.DATE].min()
    columns = [invited, *(first[name] for name in (*STEPS[1:], ENDED))]
    days = np.column_stack([np.asarray(pd.to_datetime(one), dtype="datetime64[ns]") for one in columns])
    never = np.iinfo(np.int64).max
    whole = np.where(np.isnat(days), never, days.astype(np.int64))
    active = STEPS.index("active")
    whole[:, active] = np.minimum(whole[:, active], whole[:, -1])  # what ended had begun
    whole = whole[:, :-1]
    earliest = np.minimum.accumulate(whole[:, ::-1], axis=1)[:, ::-1]
    dates = np.where(earliest == never, np.datetime64("NaT"), earliest.astype("datetime64[ns]"))
    return pd.DataFrame(dates, index=first.index, columns=list(STEPS))


def usual_days(reached: pd.DataFrame, start: str, end: str) -> int:
    """Return the days within which nine in ten of the steps in the log were made."""
    times = _span(reached, start, end).dropna().dt.days
    if len(times) >= LEAST_TIMED:
        return max(SHORTEST, math.ceil(float(times.quantile(USUAL_SHARE))))
    places = range(STEPS.index(start) + 1, STEPS.index(end) + 1)
    return sum(WINDOWS[STEPS[place]] for place in places)


def _span(reached: pd.DataFrame, start: str, end: str) -> pd.Series:
    return pd.Series(pd.to_datetime(reached[end]) - pd.to_datetime(reached[start]))


def _steps(
    reached: pd.DataFrame,
    by: str,
    labels: pd.Series,
    step: tuple[str, str, int],
    day: pd.Timestamp,
    settings: ReviewSettings,
) -> list[Step]:
    start, end, days = step
    window = pd.Timedelta(days=days)
    began = reached[start].notna()
    old = began & (reached[start] + window <= day)
    hit = _span(reached, start, end) <= window
    found = []
    for value in sorted(set(labels), key=_order):
        mine = (labels == value).to_numpy(bool)
        counted = (old & mine).to_numpy(bool)
        rate = clustered_rate(hit[counted].to_numpy(bool), reached.index[counted].get_level_values(0))
        n_young = int((began & ~old & mine).sum())
        enough = Enough(rate.n, settings.least_pairs, "pairs")
        found.append(Step(by, value, start, end, days, rate, n_young, enough))
    return found


def _order(value: str) -> tuple[bool, int, str]:
    """Sort numbers by size, names by name, unknown last."""
    return value == UNKNOWN, int(value) if value.isdigit() else -1, value


def _groups(data: ReviewData, reached: pd.DataFrame) -> dict[str, pd.Series]:
    groups = {ALL: pd.Series(ALL, reached.index)}
    seekers = pd.Series(reached.index.get_level_values(0), reached.index)
    profiles = data.profiles.assign(**{str(Profile.ID): data.profiles[Profile.ID].astype(str)})
    by_id = profiles.drop_duplicates(str(Profile.ID)).set_index(str(Profile.ID))
    for name in (Profile.KIND, Profile.COUNTRY):
        if name in by_id:
            words = by_id[name].astype(object).where(by_id[name].notna(), "").astype(str).str.strip()
            groups[str(name)] = seekers.map(words).fillna("").replace("", UNKNOWN)
    groups["newcomer"] = _newcomers(reached)
    if data.shown is not None and len(data.shown):
        groups["score"] = _deciles(data.shown, reached)
    return groups


def _newcomers(reached: pd.DataFrame) -> pd.Series:
    """Say of each pair whether its seeker had agreed with anybody before the invitation."""
    agreed = reached[FORMED].dropna()
    earliest: dict[str, pd.Timestamp] = {}
    for place in range(2):
        for id_, day in zip(agreed.index.get_level_values(place), agreed, strict=True):
            earliest[id_] = min(day, earliest.get(id_, day))
    seekers = reached.index.get_level_values(0)
    is_old = [
        id_ in earliest and earliest[id_] < day for id_, day in zip(seekers, reached[STEPS[0]], strict=True)
    ]
    return pd.Series(np.where(is_old, "established", "newcomer"), reached.index, dtype=object)


def _deciles(shown: pd.DataFrame, reached: pd.DataFrame) -> pd.Series:
    """Give each pair the tenth of its score when it was first shown; 10 is the highest."""
    scored = shown.dropna(subset=[Shown.SCORE]).drop_duplicates(list(SIDES), keep="first")
    if not len(scored):
        return pd.Series(UNKNOWN, reached.index)
    place = scored[Shown.SCORE].rank(method="average").to_numpy(np.float64) - 0.5
    tenth = np.minimum((place / len(scored) * 10).astype(np.int64), 9) + 1
    index = pd.MultiIndex.from_frame(scored[list(SIDES)])
    return pd.Series(tenth.astype(str), index).reindex(reached.index).fillna(UNKNOWN)
