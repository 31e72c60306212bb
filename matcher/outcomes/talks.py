"""Talks: what a log says of two organisations on a day, whether or not they came to work together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import Outcome

DECLINED: Final = "declined"


@dataclass(frozen=True)
class Talk:
    """The stage that two organisations had come to on a day.

    Attributes
    ----------
    members : tuple of two str
        Ids, sorted: who asked whom does not matter.
    day : Timestamp
    stage : str
    """

    members: tuple[str, str]
    day: pd.Timestamp
    stage: str

    @property
    def place(self) -> tuple[pd.Timestamp, bool, str, tuple[str, str]]:
        """Where it stands among others: by day; of one day, a decline is the last word."""
        return self.day, self.stage == DECLINED, self.stage, self.members


def talks_of_log(log: pd.DataFrame) -> Iterator[Talk]:
    """Yield the talks of pair rows, one a row.

    Parameters
    ----------
    log : DataFrame
        Pair rows with the columns of `Outcome`.
    """
    columns = [log[name] for name in (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.DATE, Outcome.STAGE)]
    for seeker, candidate, day, stage in zip(*columns, strict=True):
        yield Talk((min(seeker, candidate), max(seeker, candidate)), day, stage)
