"""The share of pairs that go from one stage to the next, among those that had the time to."""

import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import binomtest

from matcher.columns import Profile, Shown
from matcher.evaluation.comparison import UNKNOWN
from matcher.evaluation.pairs import PAIR
from matcher.review.data import FORMED, STEPS, Enough, ReviewData, ReviewSettings

WINDOWS: Final = {"replied": 60, "met": 120, "agreed": 180, "active": 120, "renewed": 450}
"""Days after the stage before, used where the log has too few steps for a quantile."""
USUAL_SHARE: Final = 0.9
LEAST_TIMED: Final = 20
SHORTEST: Final = 30
ALL: Final = "all"


@dataclass(frozen=True)
class Rate:
    """A share with its 95 % interval, all in [0, 1], NaN without pairs; pairs, and those that count."""

    share: float
    low: float
    high: float
    n: int
    hits: int


@dataclass(frozen=True)
class Step:
    """How the step from one stage to another went for one group (`value` of the grouping `by`).

    A pair counts if it reached `start` at least `days`, the usual time, before the day of the review, and as
    a success if it reached `end` within that time; `n_young` pairs reached `start` later.
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

    Pairs that had less than the usual time are left out whether they went on or not: counting only their
    successes would bias the share upwards. Own definition.
    """
    reached = data.reached
    groups = _groups(data, reached)
    found = []
    for start, end in [*itertools.pairwise(STEPS), (STEPS[0], FORMED)]:
        days = usual_days(reached, start, end)
        window = pd.Timedelta(days=days)
        old = reached[start] + window <= data.day
        young = reached[start].notna() & ~old
        hit = reached[end] - reached[start] <= window
        for by, group in groups.items():
            for value in sorted(set(group), key=_order):
                mine = group == value
                rate = clustered_rate(hit[old & mine], reached.index[old & mine].get_level_values(0))
                enough = Enough(rate.n, settings.least_pairs, "pairs")
                found.append(Step(by, value, start, end, days, rate, int((young & mine).sum()), enough))
    return tuple(found)


def usual_days(reached: pd.DataFrame, start: str, end: str) -> int:
    """Return the 0.9 quantile of the days that steps in the log took; `WINDOWS` where there are few."""
    times = (reached[end] - reached[start]).dropna().dt.days
    if len(times) >= LEAST_TIMED:
        return max(SHORTEST, math.ceil(float(times.quantile(USUAL_SHARE))))
    return sum(WINDOWS[stage] for stage in STEPS[STEPS.index(start) + 1 : STEPS.index(end) + 1])


def clustered_rate(hits: ArrayLike, cluster: ArrayLike) -> Rate:
    """Return a share with a Wilson interval for the number of pairs that clustered pairs are worth.

    Parameters
    ----------
    hits : array of bool of shape (n_pairs,)
    cluster : array of shape (n_pairs,)
        The seeker of each pair.

    Notes
    -----
    The number of pairs is divided by the design effect where that is above 1: the variance of the share
    over clusters (linearised ratio) over that of independent pairs.

    References
    ----------
    Kish (1965), "Survey sampling"; Korn and Graubard (1998), effective sample size in an interval for a
    proportion.
    """
    values = np.asarray(hits, dtype=np.float64)
    n = len(values)
    if not n:
        return Rate(math.nan, math.nan, math.nan, 0, 0)
    share = float(values.mean())
    _, code = np.unique(np.asarray(cluster), return_inverse=True)
    sums = np.bincount(code, weights=values - share)
    alone, effect = n * share * (1.0 - share), 1.0
    if alone > 0.0 and len(sums) > 1:
        effect = max(1.0, float(sums @ sums) * len(sums) / (len(sums) - 1) / alone)
    worth = max(1, round(n / effect))
    interval = binomtest(round(share * worth), worth).proportion_ci(method="wilson")
    return Rate(share, min(share, interval.low), max(share, interval.high), n, int(values.sum()))


def _order(value: str) -> tuple[bool, int, str]:
    """Sort numbers by size, names by name, unknown last."""
    return value == UNKNOWN, int(value) if value.isdigit() else -1, value


def _groups(data: ReviewData, reached: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the group of each pair by each grouping."""
    groups = {ALL: pd.Series(ALL, reached.index)}
    seekers = pd.Series(reached.index.get_level_values(0), reached.index)
    profiles = data.profiles.set_index(data.profiles[Profile.ID].astype(str))
    profiles = profiles[~profiles.index.duplicated()]
    for name in (Profile.KIND, Profile.COUNTRY):
        if name in profiles:
            words = profiles[name].astype(object).fillna("").astype(str).str.strip()
            groups[str(name)] = seekers.map(words).fillna("").replace("", UNKNOWN)
    agreed = reached[FORMED].dropna().reset_index()
    first = pd.concat([agreed.set_index(side)[FORMED] for side in PAIR]).groupby(level=0).min()
    is_known = first.reindex(seekers).to_numpy() < reached[STEPS[0]]
    groups["newcomer"] = is_known.map({True: "established", False: "newcomer"})
    if data.shown is not None and len(data.shown):
        scores = data.shown.dropna(subset=[Shown.SCORE]).drop_duplicates(PAIR).set_index(PAIR)[Shown.SCORE]
        tenths = ((scores.rank() - 0.5) * 10 / max(1, len(scores))).astype(int) + 1  # 10 is the highest
        groups["score"] = tenths.astype(str).reindex(reached.index).fillna(UNKNOWN)
    return groups
