"""Snapshots: profiles and works as known on a day, and the partners found after it, as labels."""

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Flags
from matcher.columns import LISTS, Profile, Recommendation
from matcher.config import Config
from matcher.errors import EvaluationError
from matcher.outcomes.history import History
from matcher.outcomes.reading import JointWork, StageEvent
from matcher.profiles import check_profile
from matcher.profiles.fields import read_languages
from matcher.profiles.records import latest_date, normalise
from matcher.tables.values import Findings

Works = Sequence[JointWork]
FIRST: Final = 0.2  # share of the dated works that is only history: before it there are hardly any ties
WINDOWS: Final = 5
LATER_WINDOWS: Final = 4  # parts of labels after the profiles' date, so that some are later than others
MOST_SEEKERS: Final = 120  # seekers of a snapshot to learn from; of more a sample is drawn
DAY: Final = pd.Timedelta(days=1)
UNDATED: Final = set(Profile) - {Profile.SECTOR}  # unknown on an earlier day, unless they are constant
NARRATIVE: Final = (Profile.VISION, Profile.MISSION)  # texts that may repeat what joint works were about
LASTING: Final = (  # columns that are assumed to be constant
    *(Profile.ID, Profile.NAME, Profile.LEAD, Profile.KIND, Profile.COUNTRY, Profile.REGION),
    *(Profile.LANGUAGES, Profile.EXCLUDES, Profile.NEVER, Profile.FOUNDED),
)
LEAST_TEXT: Final = 20  # characters below which a text counts as empty
NEARLY_ALL: Final = 0.9  # share with a joint work from which all are assumed to enter the pool by works
ENOUGH_TEXTS: Final = 0.5  # share of the works with a text from which works date the texts of profiles
START, END = pd.Timestamp.min, pd.Timestamp.max  # before and after all days; undated works are of the first


@dataclass(frozen=True)
class Snapshot:
    """The data known on a day, and the partners that were to be found after it.

    A work with a text is a call for partners: the labels are all its members with a profile except its
    lead. In other works the lead (the first member if none is named) seeks, and the labels are the members
    with which it had not worked before.
    """

    date: pd.Timestamp  # nothing but labels is later
    labelled_from: pd.Timestamp  # when labels begin: then, or later where they are cut into parts
    pool: pd.DataFrame  # canonical profiles as they were known
    seekers: pd.DataFrame  # those, and opportunities, with a partner to be found
    partners: Mapping[str, frozenset[str]]  # of each seeker's row id, the ids of the pool to be found
    declined: Mapping[str, frozenset[str]]
    refused_by: Mapping[str, frozenset[str]]
    """Of each organisation that seeks, those with which the last stage in the labels' period was a decline:
    for its own or no reason, and for the other's, which says nothing of its side; none for calls.
    """
    works: Mapping[str, str]  # cluster of each seeker's row id: the rows of one work, or one organisation
    history: History  # joint works up to the date
    after: tuple[JointWork, ...]  # those of the labels' period
    labelled: tuple[JointWork, ...]  # those with partners to be found

    @property
    def pairs(self) -> pd.DataFrame:
        """Columns seeker, candidate: each partner that was to be found, once."""
        pairs = [(id_, other) for id_, others in self.partners.items() for other in sorted(others)]
        return pd.DataFrame(pairs, columns=[str(Recommendation.SEEKER), str(Recommendation.CANDIDATE)])

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of works (undated ones count as before; used ones are labels), seekers and pairs."""
        known = set(self.pool[Profile.ID])
        n_own = sum(id_ in known for id_ in self.partners)
        return {
            "works": len(self.history.works) + len(self.after),
            "works_before": len(self.history.works),
            "works_undated": sum(not work.is_dated for work in self.history.works),
            "works_after": len(self.after),
            "works_used": len(self.labelled),
            "calls": len(self.partners) - n_own,
            "organisations": n_own,
            "pairs": sum(map(len, self.partners.values())),
            "unknown_members": len({member for work in self.after for member in work.members} - known),
        }


def snapshot_date(pool: pd.DataFrame, config: Config) -> pd.Timestamp:
    """Return the date of the profiles: `config.as_of`, else the latest in them; raises `EvaluationError`."""
    date = config.as_of or latest_date(pool)
    if date is None:
        raise EvaluationError(
            f"profiles must name a date, as updated or in evidence, to separate history from what is to be "
            f"found; got none in {len(pool)} profiles. Add dates, or set as_of in the config: "
            "the line as_of = YYYY-MM-DD (no quotes) in the file given with --config."
        )
    return pd.Timestamp(date)


def take_snapshot(pool: pd.DataFrame, works: Iterable[JointWork], date: pd.Timestamp) -> Snapshot:
    """Return the snapshot of the profiles' day with all later labels; `EvaluationError` if there are none.

    All works are given, in any order; duplicates count once, undated ones and those of that day are history.
    Each work with a text is one call, by its lead.
    """
    history = History(works)
    snapshot = _snapshot(pool, history, date, date + DAY)
    if not snapshot.labelled:
        raise _nothing_found(snapshot, history.works)
    return snapshot


def take_snapshots(
    pool: pd.DataFrame, works: Iterable[JointWork], events: Iterable[StageEvent] = (), *, stable: bool = False
) -> list[Snapshot]:
    """Return successive snapshots with labels to learn from, the earliest first, of `MOST_SEEKERS` at most.

    Works after the profiles' date are labels of the present profiles, works before it labels of earlier
    profiles (see `PastProfiles`), of `WINDOWS` days at most. A work with a text gives one call per known
    member, as its lead. Undated works are history only; events, in any order, count in the snapshot of their
    period. `stable` profiles are assumed not to change.
    """
    history = History(works, events)
    latest = latest_date(pool)
    today = END - DAY if latest is None else pd.Timestamp(latest)
    past = [work for work in history.works if work.is_dated and work.day < today + DAY]
    later = _between(history.works, today + DAY, END)
    profiles = PastProfiles(pool, past, stable=stable)
    starts = _cuts([work.day for work in past], WINDOWS, FIRST)
    if later:
        starts += [today + DAY, *_cuts([work.day for work in later], LATER_WINDOWS, 0.0)]
    snapshots = (
        _snapshot(pool if start > today else profiles.as_of(start), history, today, start, end, to_learn=True)
        for start, end in itertools.pairwise([*starts, END if later else today + DAY])
    )
    return [snapshot for snapshot in snapshots if snapshot.labelled]


def _between(works: Iterable[JointWork], start: pd.Timestamp, end: pd.Timestamp) -> tuple[JointWork, ...]:
    return tuple(work for work in works if start <= work.day < end)


def _cuts(dates: Sequence[pd.Timestamp], windows: int, first: float) -> list[pd.Timestamp]:
    """Return the days that split the works into windows of about equal numbers."""
    shares = np.linspace(first, 1.0, windows, endpoint=False) if dates else ()
    cuts = dict.fromkeys(dates[int(share * len(dates))] for share in shares)
    return [cut for cut in cuts if cut > dates[0]]  # labels of the first day would have no history at all


def _snapshot(
    pool: pd.DataFrame,
    everything: History,
    today: pd.Timestamp,
    start: pd.Timestamp,
    end: pd.Timestamp = END,
    *,
    to_learn: bool = False,
) -> Snapshot:
    """Return a snapshot with the labels of `start` <= day < `end`, and nothing else after `today`."""
    history = History(_between(everything.works, START, min(start, today + DAY)))
    events = (event for event in everything.events if start <= event.day < end)
    after = History(_between(everything.works, start, end), events)
    profiles = pool.set_index(Profile.ID, drop=False)
    known, partners = set(profiles.index), defaultdict[str, set[str]](set)
    rows, clusters, labelled = dict[str, dict[str, Any]](), dict[str, str](), dict[int, JointWork]()
    for index, lead, others in _searches(after.works, known, history, each_member=to_learn):
        work = after.works[index]
        key = f"work {index + 1} after the snapshot" + f", led by {lead}" * to_learn
        while key in known:
            key += "'"
        key = key if work.text else lead
        if key not in rows:
            rows[key] = _call(key, work, lead, pool) if work.text else dict(profiles.loc[key])
            clusters[key] = f"work {index}" if work.text else lead
        partners[key] |= others
        labelled[index] = work
    chosen = list(rows)
    if to_learn and len(chosen) > MOST_SEEKERS:
        sample = np.random.default_rng(0).choice(len(chosen), MOST_SEEKERS, replace=False)
        chosen = [chosen[index] for index in sorted(sample)]
    declines: dict[str, dict[str, str]] = {key: {} for key in chosen}
    for pair, side in after.declined.items():
        for key, met in (pair, pair[::-1]):
            declines.get(key, {})[met] = side
    extras = {name for row in rows.values() for name in row} - set(pool.columns)
    return Snapshot(
        min(start, today),
        start,
        pool,
        pd.DataFrame([rows[key] for key in chosen], columns=[*pool.columns, *sorted(extras)]),
        {key: frozenset(partners[key]) for key in chosen},
        {key: frozenset(o for o, side in declines[key].items() if side in ("", key)) for key in chosen},
        {key: frozenset(o for o, side in declines[key].items() if side == o) for key in chosen},
        {key: clusters[key] for key in chosen},
        history,
        after.works,
        tuple(labelled.values()),
    )


def _searches(
    works: Works, known: set[str], history: History, *, each_member: bool
) -> Iterator[tuple[int, str, set[str]]]:
    """Yield position, seeker (lead, else first member) and labels of each work that has any."""
    for index, work in enumerate(works):
        leads = [work.lead if work.text or work.lead else work.members[0]]
        if work.text and each_member:
            leads = [member for member in work.members if member in known or member == work.lead]
        for lead in leads:
            others = {member for member in work.members if member in known and member != lead}
            if others and not work.text:
                listed = np.array(sorted(others), dtype=object)
                ties = history.ties(np.array([lead], dtype=object), listed)[0]
                others = set(listed[ties == 0])
            if others and (work.text or lead in known):
                yield index, lead, others


def _call(key: str, work: JointWork, lead: str, pool: pd.DataFrame) -> dict[str, Any]:
    """Return a work as an opportunity, with its text and those of its columns that list terms."""
    # Only an empty profile is checked: no content of a log may stop an evaluation.
    call = check_profile({"id": "call", "name": "call", "mission": "call"})
    call |= {Profile.ID: key, Profile.NAME: key, Profile.MISSION: work.text, Profile.LEAD: lead}
    spelled = {str(column).casefold(): str(column) for column in pool.columns}
    for name, listed in work.terms.items():
        if name == Profile.LANGUAGES:
            call[name] = read_languages(list(listed), Findings())
        elif name in LISTS or name not in set(Profile):
            call[spelled.get(name, name)] = tuple(listed)
        elif name in (Profile.COUNTRY, Profile.REGION):
            call[name] = listed[0]
    return call


def _nothing_found(snapshot: Snapshot, works: Works) -> EvaluationError:
    date, counts, known = snapshot.date, snapshot.counts, set(snapshot.pool[Profile.ID])
    days = sorted({work.day.normalize() for work in works if work.is_dated})

    def is_empty(day: pd.Timestamp) -> bool:
        history, after = History(_between(works, START, day)), _between(works, day, END)
        return not any(_searches(after, known, history, each_member=False))

    n_days = bisect_left(days, True, key=is_empty)  # earlier days never have fewer labels
    until = f", the last of {days[-1]:%Y-%m-%d}" if days else ""
    advice = "No other date would do: add outcomes of organisations that have a profile."
    if n_days and (latest := days[n_days - 1] - DAY) < date:
        advice = (
            "Give profiles of an earlier date, or outcomes of a later one; or date the profiles to an "
            f"earlier day by the line as_of = {latest:%Y-%m-%d} (no quotes) in the file given with --config: "
            "that is the latest day that works. Profiles that mention later events flatter the figures."
        )
    return EvaluationError(
        f"outcomes must hold joint works after the profiles' date, {date:%Y-%m-%d}, of organisations with a "
        f"profile; got {counts['works_after']} works after it, none with a new partner to be found, of "
        f"{counts['works']} works{until} ({counts['unknown_members']} members of later works have no "
        f"profile). {advice}"
    )


class PastProfiles:
    """Profiles as of earlier days, without leakage from later joint works; `stable` ones never changed.

    Texts and terms of later works are removed. The length of what remains would reveal later works, so that
    those of earlier works, the newest first, fill it up to its former length. Columns that cannot be dated
    are empty for all, unless they are assumed to be constant. The last earlier work dates a profile.
    """

    def __init__(self, pool: pd.DataFrame, works: Works, *, stable: bool = False) -> None:
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
        records = [self._record(record, date) for record in pool.to_dict("records")]
        frame = pd.DataFrame(records, columns=pool.columns, dtype=object).astype(pool.dtypes.to_dict())
        if self._dates_texts and len(frame):
            texts = frame[list(NARRATIVE)].agg("".join, axis=1).str.len() >= LEAST_TEXT
            frame = frame[texts | self._have_worked(frame[Profile.ID], date)]
        return frame.reset_index(drop=True)

    def _have_worked(self, ids: Iterable[str], date: pd.Timestamp) -> Flags:
        early = [any(work.day < date for work in self._by_member.get(id_, ())) for id_ in ids]
        return np.array(early, dtype=np.bool_)

    def _record(self, record: dict[Any, Any], date: pd.Timestamp) -> dict[Any, Any]:
        works = self._by_member.get(record[Profile.ID], [])
        early = [work for work in works if work.day < date]
        late = [work for work in works if work.day >= date]
        changed = {name: self._cell(name, cell, early, late) for name, cell in record.items()}
        if self._dates_texts:
            changed |= _refilled(record, changed, early)
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


def _without(text: str, early: Works, late: Works) -> str:
    """Remove lines of later works from a text, except those that an earlier work has too."""
    known = "\n".join(work.text for work in early)
    lines = {line for work in late for line in work.text.split("\n") if len(line) >= LEAST_TEXT}
    for line in sorted(lines, key=lambda line: (-len(line), line)):
        if line not in known:
            text = text.replace(line, "")
    return text.strip()


def _refilled(record: Mapping[str, Any], left: Mapping[str, Any], early: Works) -> dict[str, str]:
    """Return the remaining texts, shortened ones filled with lines of earlier works, newest first."""
    filled: dict[str, str] = {name: left[name] for name in NARRATIVE}
    for name in NARRATIVE:
        if filled[name] == (former := record[name]).strip():
            continue
        size = len("".join(former.split()))  # without white space
        elsewhere = "\n".join(other for column, other in filled.items() if column != name)
        for line in (line for work in reversed(early) for line in work.text.split("\n")):
            text = filled[name]
            is_new = len(line) >= LEAST_TEXT and line not in text and line not in elsewhere
            if is_new and (len(text) < LEAST_TEXT or len("".join(f"{text} {line}".split())) <= size):
                filled[name] = f"{text}\n{line}".strip()
    return filled


def _explained(column: str, cell: tuple[str, ...], early: Works, late: Works) -> tuple[str, ...]:
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
