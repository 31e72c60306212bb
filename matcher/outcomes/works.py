"""Joint works of organisations, and the stages that pairs of them reached."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd

from matcher.columns import Outcome
from matcher.profiles.vocabulary import meaning_of

JOINT_WORK: Final = ("agreed", "active", "renewed", "ended")
"""Stages from which two organisations have worked together."""
STARTS: Final = ("agreed", "renewed")
"""Stages that begin a joint work; the others continue one."""
DECLINED: Final = "declined"


@dataclass(frozen=True)
class JointWork:
    """Work of one or more organisations; that of a single member creates no tie."""

    members: tuple[str, ...]
    """Ids, sorted; at least one."""
    date: pd.Timestamp | None = None
    """When it began; None counts as before everything."""
    lead: str = ""
    """The organisation that led it or sought the others; "" if unknown."""
    text: str = ""
    """What it was about; "" if unknown."""
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Its further columns, such as sector or programme. Names are kept in lower case; columns whose names
    differ in case only are one.
    """

    def __post_init__(self) -> None:
        merged: dict[str, tuple[str, ...]] = {}
        for name, terms in self.terms.items():
            merged[name.casefold()] = tuple(dict.fromkeys((*merged.get(name.casefold(), ()), *terms)))
        object.__setattr__(self, "terms", merged)

    def terms_of(self, column: str) -> tuple[str, ...]:
        """Return the terms of a column, whatever the case of its name; none where it is missing.

        Examples
        --------
        >>> JointWork(("a", "b"), terms={"Programme": ("Coast",)}).terms_of("PROGRAMME")
        ('Coast',)
        """
        return self.terms.get(column.casefold(), ())

    @property
    def key(self) -> tuple[tuple[str, ...], pd.Timestamp, str, str]:
        """Identity of the work, equal for the same work of two logs."""
        return self.members, self.day, self.lead, self.text

    @property
    def is_dated(self) -> bool:
        """Whether it is known when the work began."""
        return self.date is not None and not pd.isna(self.date)

    @property
    def day(self) -> pd.Timestamp:
        """When it began; `Timestamp.min` where that is unknown."""
        return self.date if self.date is not None and self.is_dated else pd.Timestamp.min


def works_of_log(log: pd.DataFrame) -> Iterator[JointWork]:
    """Yield the joint works of pair rows, a table with the columns of `Outcome`.

    A pair that passes through several stages of one work counts once for each row at stage
    "agreed" or "renewed", or once, at its first date, if it only has later stages. Repeated rows count once.
    """
    rows = log[log[Outcome.STAGE].isin(JOINT_WORK)].sort_values(
        [Outcome.DATE, Outcome.SEEKER, Outcome.CANDIDATE], kind="stable"
    )
    rows = rows[~repeated_rows(rows)]
    seekers, candidates = rows[Outcome.SEEKER], rows[Outcome.CANDIDATE]
    pairs = [tuple(sorted(pair)) for pair in zip(seekers, candidates, strict=True)]
    starts = rows[Outcome.STAGE].isin(STARTS).tolist()
    started = {pair for pair, is_start in zip(pairs, starts, strict=True) if is_start}
    for pair, is_start, lead, date in zip(pairs, starts, seekers, rows[Outcome.DATE], strict=True):
        if is_start or pair not in started:
            started.add(pair)
            yield JointWork(pair, date, lead)


def repeated_rows(log: pd.DataFrame) -> pd.Series:
    """Return which pair rows state the stage of a pair on a day again, in either direction."""
    sides = np.sort(log[[Outcome.SEEKER, Outcome.CANDIDATE]].to_numpy(dtype=object), axis=1)
    pairs = pd.DataFrame(sides, index=log.index)
    return pairs.assign(stage=log[Outcome.STAGE], date=log[Outcome.DATE]).duplicated()


@dataclass(frozen=True)
class StageEvent:
    """The stage that two organisations had reached on a day."""

    members: tuple[str, str]
    """Ids, sorted: the direction does not matter."""
    day: pd.Timestamp
    stage: str
    """One of `matcher.columns.STAGES`."""
    side: str = ""
    """Id of the member whose reason it is, as `side_of` reads it; "" if none is named."""


def events_of_log(log: pd.DataFrame, reasons: Sequence[str]) -> Iterator[StageEvent]:
    """Yield the stage event of each pair row, a table with the columns of `Outcome`, and its reason."""
    columns = [log[name] for name in (Outcome.SEEKER, Outcome.CANDIDATE, Outcome.DATE, Outcome.STAGE)]
    for seeker, candidate, day, stage, reason in zip(*columns, reasons, strict=True):
        pair = (min(seeker, candidate), max(seeker, candidate))
        yield StageEvent(pair, day, stage, side_of(reason, seeker, candidate))


def side_of(reason: str, seeker: str, candidate: str) -> str:
    """Return the id of the side whose reason it is; "" if the reason does not begin with a side.

    Examples
    --------
    >>> [side_of(reason, "a", "b") for reason in ("kandidat: tidak ada staf", "b: no staff", "no staff")]
    ['b', 'b', '']
    """
    named, colon, _ = reason.partition(":")
    sides = {"seeker": seeker, "candidate": candidate, seeker: seeker, candidate: candidate}
    return sides.get(meaning_of(named, "sides", __package__) or named.strip(), "") if colon else ""
