"""Snapshots: what was known on a day, and which partnerships formed after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.columns import LISTS, Profile
from matcher.features.sides import latest_date
from matcher.outcomes import History, JointWork, StageEvent
from matcher.outcomes.past_profiles import PastProfiles
from matcher.profiles import check_profile

FIRST: Final = 0.2
"""Share of the dated works that is only history: before it hardly anybody has a past."""
WINDOWS: Final = 5
LATER_WINDOWS: Final = 4
"""Parts into which labels after the profiles' date are cut, so that some are later than others."""
MOST_SEEKERS: Final = 120
"""Seekers of one snapshot; more are thinned by their ids."""


@dataclass(frozen=True)
class Snapshot:
    """What was known on a day, and what came of it.

    Attributes
    ----------
    date : Timestamp
        Nothing in the snapshot is later, apart from `partners` and `declined`.
    labelled_from : Timestamp
        Day from which the labels come: the date, or later where labels after it are cut into parts.
    pool : DataFrame
        Canonical profiles as they were known.
    seekers : DataFrame
        Canonical profiles or opportunities, each with at least one partner to be found.
    partners : mapping of str to frozenset of str
        For each seeker's row id, those of the pool with whom it worked after.
    declined : mapping of str to frozenset of str
        For each organisation that seeks, those with whom the last word in the time of the labels was a
        decline; calls have none, for a log tells of organisations.
    works : mapping of str to str
        For each seeker's row id, a name of what it is about: rows of one work hang together.
    history : History
        Joint works up to the date.
    """

    date: pd.Timestamp
    labelled_from: pd.Timestamp
    pool: pd.DataFrame
    seekers: pd.DataFrame
    partners: Mapping[str, frozenset[str]]
    declined: Mapping[str, frozenset[str]]
    works: Mapping[str, str]
    history: History


def take_snapshots(
    pool: pd.DataFrame,
    works: Sequence[JointWork],
    talks: Iterable[StageEvent] = (),
    *,
    stable: bool = False,
    windows: int = WINDOWS,
) -> list[Snapshot]:
    """Cut the past into snapshots, the earliest first.

    Works after the profiles' date are labels of the profiles as they are. Works before it are
    labels of earlier snapshots, with what was known of the profiles then: see `PastProfiles`.

    Parameters
    ----------
    pool : DataFrame
        Canonical profiles as they are now.
    works : sequence of JointWork
        All joint works, in any order; undated ones are history only.
    talks : iterable of StageEvent, optional
        In any order; of those from one snapshot's day to the next, the declines count.
    stable : bool, default False
        Whether profiles may be taken to have said the same all along.
    windows : int, default 5
        Number of earlier snapshots; fewer where there are few dates.

    Returns
    -------
    snapshots : list of Snapshot
        Those without any partner to be found are left out.
    """
    today = pd.Timestamp(latest_date(pool) or pd.Timestamp.max)
    tomorrow = today + pd.Timedelta(days=1) if today < pd.Timestamp.max else today
    # Sorted by all that tells works apart: nothing may hang on the order in which they come.
    dated = [work for work in History(works).works if work.is_dated]
    past = [work for work in dated if work.day < tomorrow]
    later = [work for work in dated if work.day >= tomorrow]
    told = History((), talks).events
    profiles = PastProfiles(pool, past, stable=stable)
    snapshots = []
    cuts = _cuts([work.day for work in past], windows, FIRST)
    for start, end in zip(cuts, [*cuts[1:], tomorrow], strict=False):
        known = [work for work in works if work.day < start]
        after = _between(start, end, past, told)
        snapshots.append(_snapshot(start, start, profiles.as_of(start), known, after))
    known = [work for work in works if work.day < tomorrow]
    cuts = [tomorrow, *_cuts([work.day for work in later], LATER_WINDOWS, 0.0)] if later else []
    for start, end in zip(cuts, [*cuts[1:], pd.Timestamp.max], strict=False):
        snapshots.append(_snapshot(today, start, pool, known, _between(start, end, later, told)))
    return [snapshot for snapshot in snapshots if len(snapshot.seekers)]


def _cuts(dates: Sequence[pd.Timestamp], windows: int, first: float) -> list[pd.Timestamp]:
    """Return the days that part the works into windows of about equal numbers."""
    if not dates:
        return []
    places = np.linspace(first, 1.0, windows, endpoint=False)
    cuts = [dates[int(place * len(dates))] for place in places]
    # On the first day nothing is known: whoever is labelled then has no history at all.
    return [cut for cut in dict.fromkeys(cuts) if cut > dates[0]]


def _between(
    start: pd.Timestamp, end: pd.Timestamp, works: Sequence[JointWork], talks: Sequence[StageEvent]
) -> History:
    """Return what began and what was said from a day on and before another."""
    return History(
        (work for work in works if start <= work.day < end),
        (talk for talk in talks if start <= talk.day < end),
    )


def _snapshot(
    date: pd.Timestamp,
    labelled_from: pd.Timestamp,
    pool: pd.DataFrame,
    known: Sequence[JointWork],
    after: History,
) -> Snapshot:
    history = History(known)
    rows: dict[str, dict[str, Any]] = {}
    partners: dict[str, set[str]] = {}
    about: dict[str, str] = {}
    ids = set(pool[Profile.ID])
    profiles = pool.set_index(Profile.ID, drop=False)
    for place, work in enumerate(after.works):
        for member in _leads(work, ids):
            found = {other for other in work.members if other in ids and other != member}
            key = f"work {place} of {member}" if work.text else member
            if not found:
                continue
            if key not in rows:
                rows[key] = _call(key, work, member, pool) if work.text else dict(profiles.loc[member])
                about[key] = f"work {place}" if work.text else member
            partners.setdefault(key, set()).update(found)
    partners = {key: _new(key, found, history) for key, found in partners.items()}
    chosen = _thinned([key for key in rows if partners[key]])
    seekers = pd.DataFrame([rows[key] for key in chosen], columns=_columns(pool, rows))
    return Snapshot(
        date,
        labelled_from,
        pool,
        seekers,
        {key: frozenset(partners[key]) for key in chosen},
        {key: frozenset() if rows[key][Profile.LEAD] else _decliners(key, after) for key in chosen},
        {key: about[key] for key in chosen},
        history,
    )


def _leads(work: JointWork, known: set[str]) -> list[str]:
    """Return who might have sought the others: of a work with a text any known member, and its lead."""
    if work.text:
        return [member for member in work.members if member in known or member == work.lead]
    return [member for member in (work.lead or work.members[0],) if member in known]


def _decliners(member: str, after: History) -> frozenset[str]:
    """Return with whom the last word was a decline, whoever of the two it was that declined."""
    return frozenset(other for pair in after.declined if member in pair for other in pair if other != member)


def _call(key: str, work: JointWork, lead: str, pool: pd.DataFrame) -> dict[str, Any]:
    """Return a work as the opportunity that it was before it began, led by one of its members.

    Of its further columns those count that list terms: others of a profile's mean something else there.
    """
    # Only the frame is checked: a log is no profile, and nothing that it says may stop the learning.
    call = check_profile({"id": "call", "name": "call", "mission": "call"})
    call |= {Profile.ID.value: key, Profile.NAME.value: key}
    call |= {Profile.MISSION.value: work.text, Profile.LEAD.value: lead}
    spelled = {str(column).casefold(): str(column) for column in pool.columns}
    for name, listed in work.terms.items():
        if name in LISTS or name not in set(Profile):
            call[spelled.get(name, name)] = tuple(listed)
        elif name in (Profile.COUNTRY, Profile.REGION):
            call[name] = listed[0]
    return call


def _new(key: str, found: set[str], history: History) -> set[str]:
    """Leave out whom an organisation works with already; a call may well go to them again."""
    seeker = np.array([key], dtype=object)
    listed = sorted(found)
    known = history.ties(seeker, np.array(listed, dtype=object))[0] > 0
    return {other for other, is_known in zip(listed, known, strict=True) if not is_known}


def _thinned(keys: list[str]) -> list[str]:
    if len(keys) <= MOST_SEEKERS:
        return keys
    kept = np.random.default_rng(0).choice(len(keys), MOST_SEEKERS, replace=False)
    return [keys[place] for place in sorted(kept)]


def _columns(pool: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    extras = {name for row in rows.values() for name in row} - set(pool.columns)
    return [*pool.columns, *sorted(extras)]
