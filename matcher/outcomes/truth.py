"""What is to be found: joint works after the profiles' date, and who sought whom in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from matcher.columns import Profile, Recommendation
from matcher.config import Config
from matcher.errors import EvaluationError, ProfileError
from matcher.features.sides import latest_date
from matcher.outcomes import History, JointWork
from matcher.profiles import check_profile


@dataclass(frozen=True)
class Truth:
    """What was known on the snapshot's day, and what came of it.

    Attributes
    ----------
    date : Timestamp
        Day of the snapshot: what lies after it is to be found, the rest is history.
    first, last : Timestamp
        Days of the first and of the last work that is to be found.
    seekers : DataFrame
        Canonical rows: a call for each work with a text, else the organisation that led it.
    pairs : DataFrame
        Columns seeker, candidate: each partner that was to be found, once.
    history : History
        Joint works up to the snapshot.
    counts : mapping of str to int
        works (all), works_before, works_undated (they count as before), works_after, works_used (with
        partners to be found), calls, organisations (that seek), pairs, unknown_members (organisations of
        works after the snapshot without a profile), plain_calls (of which only the text could be read).
    """

    date: pd.Timestamp
    first: pd.Timestamp
    last: pd.Timestamp
    seekers: pd.DataFrame
    pairs: pd.DataFrame
    history: History
    counts: Mapping[str, int]


@dataclass
class _Found:
    """Seekers and partners as they are gathered, work after work."""

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    partners: dict[str, set[str]] = field(default_factory=dict)
    used: list[JointWork] = field(default_factory=list)
    n_plain: int = 0


def snapshot_date(pool: pd.DataFrame, config: Config) -> pd.Timestamp:
    """Return the day at which the profiles stand: `config.as_of`, else the latest date that they name.

    Raises
    ------
    EvaluationError
        If neither is there.
    """
    date = config.as_of or latest_date(pool)
    if date is None:
        raise EvaluationError(
            f"profiles must name a date, as updated or in evidence, to tell history from what is to find; "
            f"got none in {len(pool)} profiles. Add dates, or set as_of in the config: "
            "the line as_of = YYYY-MM-DD (no quotes) in the file given with --config."
        )
    return pd.Timestamp(date)


def gather_truth(pool: pd.DataFrame, works: Sequence[JointWork], date: pd.Timestamp) -> Truth:
    """Part joint works at a day into history and what is to be found.

    A work with a text is a call for partners by its lead: all its other members with a profile are to be
    found, also those with whom the lead worked before. In another work the lead, or the first member
    where no lead is named, seeks; to be found are those with whom it had not worked before.

    Parameters
    ----------
    pool : DataFrame
        Canonical profiles.
    works : sequence of JointWork
        All that is known, in any order; the same work named twice counts once.
    date : Timestamp
        The profiles' date; works on that very day are history.

    Returns
    -------
    truth : Truth

    Raises
    ------
    EvaluationError
        If nothing is to be found.
    """
    tomorrow = date + pd.Timedelta(days=1)
    distinct = sorted({work.key: work for work in works}.values(), key=lambda work: work.key)
    later, history = _part(distinct, tomorrow)
    profiles = pool.set_index(Profile.ID, drop=False)
    known = set(profiles.index)
    found = _gather(profiles, known, later, history)
    counts = {
        "works": len(distinct),
        "works_before": len(history.works),
        "works_undated": sum(not work.is_dated for work in distinct),
        "works_after": len(later),
        "works_used": len(found.used),
        "calls": sum(id_ not in known for id_ in found.rows),
        "organisations": sum(id_ in known for id_ in found.rows),
        "pairs": sum(map(len, found.partners.values())),
        "unknown_members": len({member for work in later for member in work.members} - known),
        "plain_calls": found.n_plain,
    }
    if not found.used:
        raise _nothing_found(date, counts, distinct, _latest_day(known, distinct))
    pairs = [(id_, other) for id_, others in found.partners.items() for other in sorted(others)]
    return Truth(
        date,
        found.used[0].day,
        found.used[-1].day,
        pd.DataFrame(list(found.rows.values()), columns=_columns(pool, found.rows)),
        pd.DataFrame(pairs, columns=[str(Recommendation.SEEKER), str(Recommendation.CANDIDATE)]),
        history,
        counts,
    )


def _gather(profiles: pd.DataFrame, known: set[str], later: Sequence[JointWork], history: History) -> _Found:
    found = _Found()
    for place, work, seeker, others in _sought(known, later, history):
        key = _unused(f"work {place} after the snapshot", known) if work.text else seeker
        if key not in found.rows:
            row, is_whole = _call(key, work, seeker) if work.text else (dict(profiles.loc[key]), True)
            found.rows[key] = row
            found.n_plain += not is_whole
        found.partners.setdefault(key, set()).update(others)
        found.used.append(work)
    return found


def _sought(
    known: set[str], later: Sequence[JointWork], history: History
) -> Iterator[tuple[int, JointWork, str, set[str]]]:
    """Yield place, work, seeker and partners to be found of each later work that has any."""
    for place, work in enumerate(later, 1):
        seeker = work.lead or ("" if work.text else work.members[0])
        if not work.text and seeker not in known:
            continue
        others = {member for member in work.members if member in known and member != seeker}
        if not work.text:
            others -= _acquainted(seeker, others, history)
        if others:
            yield place, work, seeker, others


def _acquainted(seeker: str, others: set[str], history: History) -> set[str]:
    """Return those with whom a seeker worked before."""
    listed = np.array(sorted(others), dtype=object)
    ties = history.ties(np.array([seeker], dtype=object), listed)[0]
    return set(listed[ties > 0])


def _call(key: str, work: JointWork, lead: str) -> tuple[dict[str, Any], bool]:
    """Return a work as the call for partners that it was, and whether all its columns could be read."""
    told = {Profile.ID: key, Profile.NAME: key, Profile.MISSION: work.text, Profile.LEAD: lead}
    single = (Profile.COUNTRY, Profile.REGION)
    terms = {name: listed[0] if name in single else list(listed) for name, listed in work.terms.items()}
    plain = {str(name): cell for name, cell in told.items()}
    try:
        return check_profile({**terms, **plain}), True
    except ProfileError:
        # What a log says of works need not be what a profile may say; the text is what counts.
        return check_profile(plain), False


def _unused(key: str, known: set[str]) -> str:
    while key in known:
        key += "'"
    return key


def _columns(pool: pd.DataFrame, rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    extras = {name for row in rows.values() for name in row} - set(pool.columns)
    return [*pool.columns, *sorted(extras)]


def _latest_day(known: set[str], works: Sequence[JointWork]) -> pd.Timestamp | None:
    """Return the last day of a snapshot after which a partner is to be found; None where there is none.

    The earlier the day, the more is to be found: it is sought by halves.
    """
    days = sorted({work.day.normalize() for work in works if work.is_dated})
    low, high = 0, len(days)  # before days[low - 1] something is to be found, before days[high] nothing
    while low < high:
        middle = (low + high) // 2
        later, history = _part(works, days[middle])
        if any(True for _ in _sought(known, later, history)):
            low = middle + 1
        else:
            high = middle
    return days[low - 1] - pd.Timedelta(days=1) if low else None


def _part(works: Sequence[JointWork], tomorrow: pd.Timestamp) -> tuple[list[JointWork], History]:
    """Return the works from a day on, by day, and the history of all others."""
    later = [work for work in works if work.is_dated and work.day >= tomorrow]
    later.sort(key=lambda work: work.day)
    return later, History(work for work in works if not work.is_dated or work.day < tomorrow)


def _nothing_found(
    date: pd.Timestamp, counts: Mapping[str, int], works: Sequence[JointWork], latest: pd.Timestamp | None
) -> EvaluationError:
    last = max((work.day for work in works if work.is_dated), default=None)
    until = f", the last of {last:%Y-%m-%d}" if last is not None else ""
    advice = "No other date would do: add outcomes of organisations that have a profile."
    if latest is not None and latest < date:
        advice = (
            "Give profiles of an earlier date, or outcomes of a later one; or let the profiles stand for an "
            f"earlier day by the line as_of = {latest:%Y-%m-%d} (no quotes) in the file given with --config: "
            "that is the latest day that works. Profiles that tell of later days flatter the figures."
        )
    return EvaluationError(
        f"outcomes must hold joint works after the profiles' date, {date:%Y-%m-%d}, of organisations with a "
        f"profile; got {counts['works_after']} works after it, none with a new partner to be found, of "
        f"{counts['works']} works{until} ({counts['unknown_members']} members of later works have no "
        f"profile). {advice}"
    )
