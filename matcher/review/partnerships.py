"""Which partnerships there are on a day: since when, whether they live, and what their sides answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.columns import ANSWERS, SIDES, Answer, Outcome
from matcher.review.inputs import ReviewData

LIVE: Final = frozenset({"agreed", "active", "renewed"})
ENDED: Final = "ended"
LEVEL: Final = "level"
LEAST_ANSWERED: Final = 3
"""Questions a side must have answered for their mean to stand for a review."""
Pair = tuple[str, str]


@dataclass(frozen=True)
class Partnership:
    """A pair that agreed to work together.

    Attributes
    ----------
    pair : tuple of str
        Seeker and candidate, as the log first names them.
    since : Timestamp
        Day of the agreement (or of the first sign of work) after the last end.
    ended : Timestamp or None
        Day of its end; None while it lives.
    """

    pair: Pair
    since: pd.Timestamp
    ended: pd.Timestamp | None = None

    @property
    def is_live(self) -> bool:
        """Tell whether it has not ended."""
        return self.ended is None


def find_partnerships(outcomes: pd.DataFrame) -> dict[Pair, Partnership]:
    """Return the last partnership of each pair that ever had one, by pair.

    Parameters
    ----------
    outcomes : DataFrame
        Checked pair rows, by date. A pair that is logged in both directions is one pair.

    Returns
    -------
    partnerships : dict
        In the order of ids. A pair that agrees again after an end begins anew; rows of one day go by stage.
    """
    found: dict[Pair, Partnership] = {}
    rows = turn(outcomes[outcomes[Outcome.STAGE].isin([*LIVE, ENDED])], outcomes)
    for seeker, candidate, stage, day in rows[[*SIDES, Outcome.STAGE, Outcome.DATE]].itertuples(index=False):
        pair, before = (seeker, candidate), found.get((seeker, candidate))
        if stage == ENDED:
            if before is not None and before.is_live:
                found[pair] = Partnership(pair, before.since, day)
        elif before is None or not before.is_live:
            found[pair] = Partnership(pair, day)
    return dict(sorted(found.items()))


def turn(table: pd.DataFrame, like: pd.DataFrame | None = None) -> pd.DataFrame:
    """Write each pair in one direction: that of its first row in `like` (the table itself if left out).

    Sides, ratings and the word for the side are exchanged with the ids.
    """
    source = table if like is None else like
    homes: dict[frozenset[str], str] = {}
    for pair in source[list(SIDES)].itertuples(index=False):
        homes.setdefault(frozenset(pair), pair[0])
    keys = [frozenset(pair) for pair in table[list(SIDES)].itertuples(index=False)]
    turned = pd.Series(
        [homes.get(key, first) != first for key, first in zip(keys, table[Outcome.SEEKER], strict=True)],
        index=table.index,
        dtype=bool,
    )
    return _exchanged(table, turned)


def _exchanged(table: pd.DataFrame, turned: pd.Series) -> pd.DataFrame:
    swaps = [SIDES, (Outcome.SEEKER_RATING, Outcome.CANDIDATE_RATING)]
    changed = {}
    for one, other in swaps:
        if one in table and other in table:
            changed[str(one)] = table[one].where(~turned, table[other])
            changed[str(other)] = table[other].where(~turned, table[one])
    if Answer.SIDE in table:
        opposite = table[Answer.SIDE].map(dict(zip(SIDES, SIDES[::-1], strict=True)))
        changed[str(Answer.SIDE)] = table[Answer.SIDE].where(~turned, opposite)
    return table.assign(**changed)


def day_numbers(dates: pd.Series) -> NDArray[np.int64]:
    """Return dates as whole days."""
    return np.asarray(dates.to_numpy("datetime64[D]").astype(np.int64))


def answers_by_pair(data: ReviewData, partnerships: dict[Pair, Partnership]) -> dict[Pair, pd.DataFrame]:
    """Return the answers of each living partnership since it began, by date.

    Returns
    -------
    answers : dict of DataFrame
        With a column `level`, the mean of the questions answered; NaN where fewer than `LEAST_ANSWERED` are.
    """
    if data.reviews is None or not len(data.reviews):
        return {}
    turned = turn(data.reviews, data.outcomes)
    answered = turned[[str(question) for question in ANSWERS]]
    is_known = answered.notna().sum(axis=1) >= LEAST_ANSWERED
    turned = turned.assign(**{LEVEL: answered.mean(axis=1).where(is_known)})
    found = {}
    for pair, rows in turned.groupby(list(SIDES), sort=True):
        partnership = partnerships.get((str(pair[0]), str(pair[1])))
        if partnership is not None and partnership.is_live:
            found[partnership.pair] = rows[rows[Answer.DATE] >= partnership.since].reset_index(drop=True)
    return found
