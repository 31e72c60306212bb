"""Champion against challenger, on partners found after both were fixed; and what to do about it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

import pandas as pd

from matcher.columns import SIDES, Recommendation
from matcher.evaluation import Interval, paired_differences, seeker_metrics
from matcher.evaluation.checks import check_pairs
from matcher.review.conversion import FORMED, reach_dates
from matcher.review.inputs import ReviewData
from matcher.review.selection import Estimate, estimate_value
from matcher.review.settings import ReviewSettings
from matcher.review.verdicts import Enough

Way = Literal["retrained", "reweighted"]

KEEP: Final = "keep"
RETRAIN: Final = "retrain"
REWEIGHT: Final = "reweight"
DEPTH: Final = 10
METRICS: Final = (f"nDCG@{DEPTH}", f"R@{DEPTH}")


@dataclass(frozen=True)
class Contest:
    """Lists of the ranker in use and of another one, made on the same day for the same seekers.

    Parameters
    ----------
    champion, challenger : DataFrame
        Columns seeker, candidate, rank.
    fixed : date
        Day on which both were fixed: only what formed later is truth.
    way : {"retrained", "reweighted"}
        How the challenger came about.
    """

    champion: pd.DataFrame
    challenger: pd.DataFrame
    fixed: dt.date
    way: Way = "retrained"


@dataclass(frozen=True)
class Challenge:
    """What the contest gave.

    Attributes
    ----------
    advice : str
        `keep`, `retrain` or `reweight`: the challenger is taken only if the interval of its nDCG less the
        champion's lies above 0.
    enough : Enough
        Seekers with later partners.
    champion, challenger, difference : dict of str to Interval
        By metric; empty without enough.
    way : str
    value : Estimate or None
        What the challenger's lists would have been worth; None without shown lists.
    """

    advice: str
    enough: Enough
    way: str
    champion: dict[str, Interval]
    challenger: dict[str, Interval]
    difference: dict[str, Interval]
    value: Estimate | None = None


def judge_challenge(data: ReviewData, contest: Contest, settings: ReviewSettings) -> Challenge:
    """Compare two rankers on the pairs that formed after both were fixed.

    Notes
    -----
    The rule: with too few seekers keep, and say how many are missing; take the challenger where the 95 %
    interval of the paired difference of nDCG@10 lies above 0, by a bootstrap over seekers; else keep. A
    pair forms more easily if somebody was shown it, so this favours the ranker that was in use: a
    challenger's gain is rather understated.
    """
    champion, challenger = (_checked(lists) for lists in (contest.champion, contest.challenger))
    truth = _truth(data, contest.fixed, set(champion[SIDES[0]]) & set(challenger[SIDES[0]]))
    n_seekers = int(truth[SIDES[0]].nunique())
    enough = Enough(n_seekers, settings.least_seekers, "seekers")
    value = estimate_value(data, challenger, settings) if data.shown is not None else None
    if not enough.is_met:
        return Challenge(KEEP, enough, contest.way, {}, {}, {}, value)
    tables = [seeker_metrics(lists, truth, [DEPTH])[list(METRICS)] for lists in (champion, challenger)]
    mine, theirs = ({name: _mean(table[name]) for name in METRICS} for table in tables)
    difference = paired_differences(tables[1], tables[0], draws=settings.draws, seed=settings.seed)
    taken = RETRAIN if contest.way == "retrained" else REWEIGHT
    advice = taken if difference[METRICS[0]].low > 0.0 else KEEP
    return Challenge(advice, enough, contest.way, mine, theirs, difference, value)


def _mean(values: pd.Series) -> Interval:
    return Interval(float(values.mean()), float("nan"), float("nan"), len(values))


def _checked(lists: pd.DataFrame) -> pd.DataFrame:
    """Check lists, and read ids as texts as all other tables have them."""
    check_pairs(lists, "champion and challenger", Recommendation.RANK)
    return lists.astype(dict.fromkeys(SIDES, str))


def _truth(data: ReviewData, fixed: dt.date, asked: set[str]) -> pd.DataFrame:
    """Give the pairs that formed later, of seekers to whom both give a list."""
    formed = reach_dates(data.outcomes)[FORMED].dropna()
    later = formed[formed > pd.Timestamp(fixed)]
    pairs = later.index.to_frame(index=False)[list(SIDES)]
    return pairs[pairs[SIDES[0]].isin(asked)].reset_index(drop=True)
