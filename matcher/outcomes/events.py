"""Stage events: the stage that two organisations had come to on a day, working together or not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import Outcome

DECLINED: Final = "declined"


@dataclass(frozen=True)
class StageEvent:
    """The stage that two organisations had come to on a day.

    Attributes
    ----------
    members : tuple of two str
        Ids, sorted: who sought whom does not matter.
    day : Timestamp
    stage : str
        One of `matcher.columns.STAGES`.
    """

    members: tuple[str, str]
    day: pd.Timestamp
    stage: str

    @property
    def key(self) -> tuple[pd.Timestamp, bool, str, tuple[str, str]]:
        """Order of events: by day; on one day a decline comes last."""
        return self.day, self.stage == DECLINED, self.stage, self.members


def events_of_log(log: pd.DataFrame) -> Iterator[StageEvent]:
    """Yield the stage event of each pair row, a table with the columns of `Outcome`."""
    columns = [log[name] for name in (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.DATE, Outcome.STAGE)]
    for seeker, candidate, day, stage in zip(*columns, strict=True):
        yield StageEvent((min(seeker, candidate), max(seeker, candidate)), day, stage)
