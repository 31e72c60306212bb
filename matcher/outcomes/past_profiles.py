"""Profiles as of earlier days, dated by joint works."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Flags
from matcher.columns import Profile
from matcher.outcomes.works import JointWork
from matcher.profiles.records import normalise

UNDATED: Final = set(Profile) - {Profile.SECTOR}
"""Columns without a date: unknown on an earlier day, unless they are constant."""
NARRATIVE: Final = (Profile.VISION, Profile.MISSION)
"""Texts that may repeat what joint works were about."""
LASTING: Final = (
    Profile.ID,
    Profile.NAME,
    Profile.LEAD,
    Profile.KIND,
    Profile.COUNTRY,
    Profile.REGION,
    Profile.LANGUAGES,
    Profile.EXCLUDES,
    Profile.NEVER,
    Profile.FOUNDED,
)
"""Columns that are assumed to be constant."""
LEAST_TEXT: Final = 20
"""Characters below which a text counts as empty."""
NEARLY_ALL: Final = 0.9
"""Share of the pool with a joint work from which organisations are assumed to enter the pool by works."""
ENOUGH_TEXTS: Final = 0.5
"""Share of the works with a text from which works date the texts of profiles."""


class PastProfiles:
    """Profiles as of earlier days, without leakage from later joint works.

    Texts and terms of later works are removed from a profile. The length of what remains would reveal later
    works, so that texts and terms of earlier works, the newest first, fill it up to its former length.
    Columns that cannot be dated (needs, offers, goals, numbers, evidence, flags; lists and further columns
    that works lack; all texts, if the works have none) are empty for all. The last earlier work dates a
    profile. Kind, country, region, languages, founding and a red flag are assumed to be constant.

    Parameters
    ----------
    pool : DataFrame
        Canonical profiles as they are now.
    works : sequence of JointWork
        Dated, up to the profiles' date.
    stable : bool, default False
        Whether to assume that the profiles did not change: nothing is removed.
    """

    def __init__(self, pool: pd.DataFrame, works: Sequence[JointWork], *, stable: bool = False) -> None:
        self._pool = pool
        self._stable = stable
        self._by_member: dict[str, list[JointWork]] = defaultdict(list)
        # Sorted by all fields: results must not depend on the order given.
        for work in sorted(works, key=lambda work: (work.day, work.key, sorted(work.terms.items()))):
            for member in work.members:
                self._by_member[member].append(work)
        texts = [bool(work.text) for work in works]
        self._dates_texts = bool(texts) and float(np.mean(texts)) >= ENOUGH_TEXTS
        self._dated_lists = {name for work in works for name in work.terms}
        worked = [id_ in self._by_member for id_ in pool[Profile.ID]]
        self._come_by_works = bool(worked) and float(np.mean(worked)) >= NEARLY_ALL

    def as_of(self, date: pd.Timestamp) -> pd.DataFrame:
        """Return the profiles of the organisations that were known before a day.

        Excluded are those founded later; if nearly all have a joint work, those without an earlier one;
        and if texts can be dated, those left with neither a text nor an earlier work.
        """
        founded = self._pool[Profile.FOUNDED].to_numpy(dtype=np.float64, na_value=np.nan)
        pool = self._pool[~(founded > date.year)]
        if self._come_by_works:
            pool = pool[self._have_worked(pool[Profile.ID], date)]
        if self._stable:
            return pool.reset_index(drop=True)
        frame = pd.DataFrame(
            [
                self._record({str(name): cell for name, cell in record.items()}, date)
                for record in pool.to_dict("records")
            ],
            columns=pool.columns,
            dtype=object,
        ).astype(pool.dtypes.to_dict())
        if self._dates_texts and len(frame):
            texts = frame[list(NARRATIVE)].agg("".join, axis=1).str.len() >= LEAST_TEXT
            frame = frame[texts | self._have_worked(frame[Profile.ID], date)]
        return frame.reset_index(drop=True)

    def _have_worked(self, ids: Iterable[str], date: pd.Timestamp) -> Flags:
        early = [any(work.day < date for work in self._by_member.get(id_, ())) for id_ in ids]
        return np.array(early, dtype=np.bool_)

    def _record(self, record: dict[str, Any], date: pd.Timestamp) -> dict[str, Any]:
        works = self._by_member.get(record[Profile.ID], [])
        early = [work for work in works if work.day < date]
        late = [work for work in works if work.day >= date]
        changed = {name: self._cell(name, cell, early, late) for name, cell in record.items()}
        if self._dates_texts:
            changed |= _refilled({name: record[name] for name in NARRATIVE}, changed, early)
        if not pd.isna(record[Profile.UPDATED]):
            changed[Profile.UPDATED] = max((work.day for work in early), default=pd.NaT)
        if record[Profile.FLAG] != "red":
            changed[Profile.FLAG] = "none"
        return changed

    def _cell(self, column: str, cell: Any, early: list[JointWork], late: list[JointWork]) -> Any:
        """Return a cell without what later works added; empty if it cannot be dated."""
        if column in LASTING or column in (Profile.UPDATED, Profile.FLAG):
            return cell
        if column in NARRATIVE:
            return _without(cell, early, late) if self._dates_texts else ""
        is_dated = column.casefold() in self._dated_lists and column not in UNDATED
        if isinstance(cell, tuple):
            return _explained(column, cell, early, late) if is_dated else ()
        if isinstance(cell, str):
            return "".join(_explained(column, (cell,), early, late)) if is_dated else ""
        return np.nan


def _without(text: str, early: Sequence[JointWork], late: Sequence[JointWork]) -> str:
    """Remove lines of later works from a text, except those that an earlier work has too."""
    known = "\n".join(work.text for work in early)
    lines = {line for work in late for line in work.text.split("\n") if len(line) >= LEAST_TEXT}
    for line in sorted(lines, key=lambda line: (-len(line), line)):
        if line not in known:
            text = text.replace(line, "")
    return text.strip()


def _refilled(
    texts: Mapping[str, str], left: Mapping[str, str], early: Sequence[JointWork]
) -> dict[str, str]:
    """Return the remaining texts, shortened ones filled with lines of earlier works, newest first."""
    filled = {name: left[name] for name in texts}
    for name, former in texts.items():
        if filled[name] == former.strip():
            continue
        elsewhere = "\n".join(other for column, other in filled.items() if column != name)
        for line in (line for work in reversed(early) for line in work.text.split("\n")):
            text = filled[name]
            is_new = len(line) >= LEAST_TEXT and line not in text and line not in elsewhere
            if is_new and (len(text) < LEAST_TEXT or _size(text) + _size(line) <= _size(former)):
                filled[name] = f"{text}\n{line}".strip()
    return filled


def _size(text: str) -> int:
    """Count characters without white space."""
    return len("".join(text.split()))


def _explained(
    column: str, cell: tuple[str, ...], early: Sequence[JointWork], late: Sequence[JointWork]
) -> tuple[str, ...]:
    """Return a list without terms of later works only, filled with terms of earlier works."""
    earlier = [term for work in reversed(early) for term in work.terms_of(column)]
    after = {normalise(term) for work in late for term in work.terms_of(column)}
    after -= set(map(normalise, earlier))
    kept = tuple(term for term in cell if normalise(str(term)) not in after)
    if len(kept) == len(cell):
        return cell
    spelled = {normalise(str(term)): "" for term in kept}
    for term in earlier:
        spelled.setdefault(normalise(term), term)
    return (*kept, *filter(None, spelled.values()))[: len(cell)]
