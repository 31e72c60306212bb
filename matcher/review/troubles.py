"""Partnerships in trouble, each with the answers that say so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import ANSWERS, SIDES, Answer
from matcher.review.partnerships import Pair
from matcher.review.verdicts import Enough

APART: Final = "drifting_apart"
FALLING: Final = "falling"
ONE_SIDED: Final = "one_sided"
LEAST_MOVE: Final = 0.5
"""Change of one question, in points, from which it is named as a reason."""
MOST_MOVED: Final = 3
MOST_QUOTES: Final = 2


@dataclass(frozen=True)
class Moved:
    """One side's answers to one question: the mean of the earlier half and of the later half.

    Attributes
    ----------
    side, question : str
    first, last : float
        1 to 5.
    """

    side: str
    question: str
    first: float
    last: float

    @property
    def change(self) -> float:
        """Later less earlier, in points."""
        return self.last - self.first


@dataclass(frozen=True)
class Wish:
    """What a side said should change.

    Attributes
    ----------
    side : str
    date : Timestamp
    text : str
        As it was written: it may hold anything.
    """

    side: str
    date: pd.Timestamp
    text: str


@dataclass(frozen=True)
class Trouble:
    """A partnership that needs a talk.

    Attributes
    ----------
    kind : str
        `drifting_apart`, `falling` or `one_sided`.
    pair : tuple of str
    side : str
        Whose answers fall, or who has the less benefit; of drifting apart, whose answers moved down
        against the other's.
    n : int
        Reviews behind it.
    first, last : float
        Of `falling` the side's answers, of `drifting_apart` the difference of the sides' answers (seeker
        less candidate), at both ends of a robust line; of `one_sided` the benefit of this and of the other
        side.
    p_order : float
        Exact share of orders with as strong a trend; NaN for `one_sided`.
    sure : float
        False-alarm rate at which this is told, adjusted for looking at many.
    moved : tuple of Moved
        Questions that moved most in that direction.
    wishes : tuple of Wish
        The latest words of each side on what should change.
    """

    kind: str
    pair: Pair
    side: str
    n: int
    first: float
    last: float
    p_order: float
    sure: float
    moved: tuple[Moved, ...] = ()
    wishes: tuple[Wish, ...] = ()


@dataclass(frozen=True)
class Watch:
    """What looking for one kind of trouble gave.

    Attributes
    ----------
    kind : str
    troubles : tuple of Trouble
        Surest first.
    n_judged : int
        Partnerships (of `falling`, sides of partnerships) with enough answers.
    waiting : tuple of (pair, Enough)
        Those with too few, and how many more are needed.
    """

    kind: str
    troubles: tuple[Trouble, ...] = ()
    n_judged: int = 0
    waiting: tuple[tuple[Pair, Enough], ...] = ()


def moved_questions(answers: pd.DataFrame, sides: Iterable[str] = SIDES) -> tuple[Moved, ...]:
    """Return the questions that moved, by the size of the move.

    Parameters
    ----------
    answers : DataFrame
        Of one partnership, by date.
    sides : iterable of str
        Whose answers to look at.

    Returns
    -------
    moved : tuple of Moved
        Later half against earlier half of a side's answers; all questions with both.
    """
    found = []
    for side in sides:
        mine = answers[answers[Answer.SIDE] == side]
        for question in ANSWERS:
            given = mine[question].dropna()
            half = len(given) // 2
            if half:
                first, last = float(given.iloc[:half].mean()), float(given.iloc[-half:].mean())
                found.append(Moved(side, str(question), first, last))
    return tuple(sorted(found, key=lambda one: -abs(one.change)))


def latest_wishes(answers: pd.DataFrame) -> tuple[Wish, ...]:
    """Return each side's latest words on what should change, newest first."""
    said = answers[answers[Answer.CHANGES_WANTED].str.strip() != ""]
    last = said.groupby(Answer.SIDE, sort=True).tail(1).iloc[::-1]
    rows = last[[Answer.SIDE, Answer.DATE, Answer.CHANGES_WANTED]].itertuples(index=False)
    return tuple(Wish(*row) for row in rows)[:MOST_QUOTES]
