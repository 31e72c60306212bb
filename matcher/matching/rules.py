"""Rules: which pairs may be recommended, and what of the rules a table states holds for nobody."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, Self, TypeVar

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Objects, Positions
from matcher.columns import FLAGS, Profile, Rejection
from matcher.config import RuleSettings
from matcher.errors import ConfigError
from matcher.matching.conditions import FIELDS, Condition, read_conditions, records_met
from matcher.profiles.records import LENT, Roster, id_key, records_of, roster_keys

Row = Mapping[str, Any]
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_NOTHING_STATED: Final[Row] = {
    **dict.fromkeys((Profile.EXCLUDES, Profile.MUST, Profile.NEVER, Profile.PIN), ()),
    Profile.LEAD: "",
    Profile.FLAG: "none",
}
_USED: Final = (Profile.ID, Profile.NAME, Profile.CAPACITY_MAX, *_NOTHING_STATED, *FIELDS)


class Barred(NamedTuple):
    """Candidates that a rule bars from one seeker."""

    rule: str  # a code of a remark, under `rules` in `matcher/explanations/texts.toml`
    parts: Mapping[str, str]  # what its message names
    positions: Sequence[int] | Positions  # of the candidates


class RuleNote(NamedTuple):
    """A remark on what a row states as a rule; `is_open` where that holds for nobody."""

    id: str
    column: str
    value: str
    reason: str
    is_open: bool = False


class EligibilityRules:
    """Decides which candidates of a pool may be recommended to which seekers.

    The rules are those that `barred` yields, see docs/profiles.md. An organisation is the same in any
    notation of its id; whom a cell means is decided by `Roster`. What another row of the same organisation, a
    rejected one too, or the row of an opportunity's lead states holds as well.

    `set_aside` are rejected profiles, `repeats` ids of pairs that are left out because of what was between
    them; `keys` are those of `roster_keys` of the candidates, where they are known. `alike` names column,
    value, limit and positions of those of which a list has that many at most.
    """

    def __init__(
        self,
        candidates: pd.DataFrame,
        set_aside: pd.DataFrame | None = None,
        settings: RuleSettings | None = None,
        repeats: Iterable[tuple[str, ...]] = (),
        keys: Objects | None = None,
    ) -> None:
        self._candidates = candidates
        self._settings = settings or RuleSettings()
        self._n_kept = len(candidates)
        aside = [] if set_aside is None else [row for row in _rows(set_aside) if row[Profile.ID]]
        named = [[*map(str, candidates[column])] for column in (Profile.ID, Profile.NAME)]
        others = [[row[column] for row in aside] for column in (Profile.ID, Profile.NAME)]
        self._keys = roster_keys(*named) if keys is None else keys
        self._ids, names = (one + other for one, other in zip(named, others, strict=True))
        every = np.concatenate([self._keys, roster_keys(*others)], axis=1)
        self.roster = Roster(self._ids, names, every)
        self._position = dict(zip(named[0], range(self._n_kept), strict=True))
        # Most rows state nothing of others: only those that do, or that others name, are read.
        stating = _stating(candidates).tolist()
        self._stated = dict(zip(stating, _rows(candidates.iloc[stating]), strict=True))
        self._stated |= enumerate(aside, start=self._n_kept)
        stated = [(every[0, at], row) for at, row in self._stated.items()]
        self._excluded = _index(
            (key, other) for key, row in stated for other in self._read(row[Profile.EXCLUDES])
        )
        never = enumerate(self._settings.never, start=1)
        self._groups = _index((key, f"never {at}") for at, group in never for key in self._read(group))
        self._pinned = _index(
            (id_key(self.roster.one(one) or one), (self.roster.one(other), rank))
            for one, other, rank in self._settings.pins
        )
        self._led: dict[str, list[int]] = {}
        concerned = {key for key, _ in stated} | self._groups.keys()
        selves = {at: self._selves(self._row(at)) for at in sorted(self._positions(concerned))}.items()
        self._led = _index((key, at) for at, own in selves for key in own)
        self._barring = _index((key, at) for at, own in selves for key in _gather(self._excluded, own))
        self._members = _index((name, at) for at, own in selves for name in self._labels(self._row(at), own))
        self._repeats = _index(
            (id_key(one), id_key(other)) for pair in repeats for one in pair for other in pair if one != other
        )
        # Another row of the same organisation, or of its lead, may carry the flag.
        red = {key for key, row in stated if _flag(row) == "red"}
        self._is_red = np.isin(range(self._n_kept), [at for at, own in selves if red & own])
        self._is_full = (candidates[Profile.CAPACITY_MAX] < 1).to_numpy()
        musts = ((at, read_conditions(tuple(self._stated[at][Profile.MUST])).read) for at in stating)
        self._demands = _index((condition, at) for at, read in musts for condition in read)
        self._met: dict[Condition, Flags] = {}
        self.alike = [*self._alike_members()]

    def merged(
        self, added: Self, order: Positions, candidates: pd.DataFrame, set_aside: pd.DataFrame | None
    ) -> Self:
        """Return the rules of other candidates, rows of these and then of `added` as `order` numbers them."""
        keys = np.concatenate([self._keys, added._keys], axis=1)[:, order]
        other = type(self)(candidates, set_aside, self._settings, (), keys)
        other._repeats = self._repeats
        for condition, met in self._met.items():
            other._met[condition] = np.concatenate([met, added._meeting(condition)])[order]
        return other

    def eligible(self, seekers: pd.DataFrame) -> Flags:
        """Return which pairs of some profiles or opportunities are eligible, (n_seekers, n_candidates)."""
        eligible = np.ones((len(seekers), len(self._is_red)), dtype=bool)
        for at, row in enumerate(_rows(seekers)):
            for barred in self.barred(row):
                eligible[at, barred.positions] = False
        return eligible

    def barred(self, seeker: Row) -> Iterator[Barred]:
        """Yield the candidates that each rule bars from a seeker; pinned ones may be repeats."""
        selves = self._selves(seeker)
        names = selves | {id_key(seeker[Profile.NAME])}
        excluded = {*self._read(seeker[Profile.EXCLUDES]), *_gather(self._excluded, selves)}
        yield Barred("itself", {}, [*self._positions(selves)])
        yield Barred("you_exclude", {}, [*self._positions(excluded)])
        yield Barred("they_exclude", {}, _gather(self._barring, names))
        for label in self._labels(seeker, selves):
            yield Barred("never_together", {"text": label}, self._members.get(label, []))
        repeats = self._positions({*_gather(self._repeats, selves)})
        yield Barred("repeated", {}, [*repeats - self.pins(seeker).keys()] if repeats else [])
        own = [*self._settings.must, *(item for row in self._hosts(seeker) for item in row[Profile.MUST])]
        for condition in dict.fromkeys(read_conditions((*own, *seeker[Profile.MUST])).read):
            yield Barred("your_must", {"text": str(condition)}, np.flatnonzero(~self._meeting(condition)))
        for condition, demanding in self._demands.items():
            if not condition.is_met(seeker):
                yield Barred("their_must", {"text": str(condition)}, demanding)
        yield Barred("red", {}, np.flatnonzero(self._is_red))
        yield Barred("no_capacity", {}, np.flatnonzero(self._is_full))

    def pins(self, seeker: Row) -> dict[int, int]:
        """Return the candidates that stay in a seeker's list, by position, and their ranks; 0 for none."""
        cells = [row[Profile.PIN] for row in (seeker, *self._hosts(seeker))]
        pinned = {id_: 0 for cell in cells for id_ in self.roster.read(cell).ids}
        pinned |= self._pinned.get(id_key(seeker[Profile.ID]), ())
        return {self._position[id_]: rank for id_, rank in pinned.items() if id_ in self._position}

    def _alike_members(self) -> Iterator[tuple[str, str, int, list[int]]]:
        """Yield column, value, limit and members of each group that has more members than a list may have."""
        named = {self._settings.groups: 1} if self._settings.groups else {}
        for column, most in {**self._settings.at_most, **named}.items():
            if column not in self._candidates:
                raise ConfigError(f"rules must limit a column of the organisations; got {column}. Change it.")
            ids = self._candidates[Profile.ID] if column in named else [""] * self._n_kept
            keys = map(self._group_keys, ids, self._candidates[column])
            for value, members in _index((key, at) for at, each in enumerate(keys) for key in each).items():
                if len(members) > most:
                    yield column, value, most, members

    def _group_keys(self, id_: str, cell: Any) -> list[str]:
        """Return the values of a cell or, with an id, the parent that it names: without one, that id."""
        texts = [] if _is_empty(cell) else [*map(str, cell)] if isinstance(cell, tuple) else [str(cell)]
        if id_:
            texts = [self.roster.one(text) or text for text in texts] or [id_]
        return list(dict.fromkeys(map(id_key, texts)))  # a set would have another order in another process

    def reasons(self, seeker: Row, position: int) -> list[Barred]:
        """Return the rules that bar one candidate from a seeker."""
        return [barred for barred in self.barred(seeker) if position in barred.positions]

    def lend(self, seekers: pd.DataFrame) -> pd.DataFrame:
        """Return seekers with the ids of the pool, what the pool states of them, and what their leads lend.

        Opportunities take what they leave empty from the profile of the organisation that leads them. The
        most serious flag of the lead and of other rows of the same organisation holds.
        """
        records: list[dict[Any, Any]] = seekers.to_dict("records")
        for record in records:
            same = self.roster.same(record[Profile.ID])
            if same and record[Profile.ID] not in same:
                record[Profile.ID] = same[0]
            hosts = self._hosts(record)
            lead = next((row[Profile.LEAD] for row in (record, *hosts) if row[Profile.LEAD]), "")
            record[Profile.LEAD] = self.roster.one(lead) or lead
            if record[Profile.LEAD] in self._position:
                lender = self._candidates.iloc[self._position[record[Profile.LEAD]]]
                record |= {column: lender[column] for column in LENT if _is_empty(record[column])}
            lenders = [record, *hosts, *self._rows_of(id_key(record[Profile.LEAD]))]
            record[Profile.FLAG] = max(map(_flag, lenders), key=FLAGS.index)
        return pd.DataFrame(records, columns=seekers.columns)

    def _hosts(self, row: Row) -> list[Row]:
        """Return the rows of the pool, also rejected ones, with the id of a row."""
        return self._rows_of(id_key(row[Profile.ID]))

    def _rows_of(self, key: str) -> list[Row]:
        return [*map(self._row, self.roster.rows(key))]

    def _row(self, at: int) -> Row:
        """Return what a row of the pool, or then of the rejected ones, states as rules, and its id."""
        return self._stated.get(at) or {**_NOTHING_STATED, Profile.ID: self._ids[at]}

    def _positions(self, keys: Iterable[str]) -> set[int]:
        """Return the candidates with some keys, and those that organisations with these lead."""
        rows = (at for key in keys for at in (*self.roster.rows(key), *self._led.get(key, ())))
        return {at for at in rows if at < self._n_kept}

    def _selves(self, row: Row) -> set[str]:
        """Return the keys of an organisation and of those that lead it."""
        leads = {other[Profile.LEAD] for other in (row, *self._hosts(row))} - {""}
        return {id_key(row[Profile.ID]), *(id_key(self.roster.one(lead) or lead) for lead in leads)}

    def _read(self, cell: Sequence[str]) -> set[str]:
        """Return the keys of the organisations that a cell names."""
        named = self.roster.read(cell)
        return {*map(id_key, (*named.ids, *named.unknown))}

    def _labels(self, row: Row, selves: Iterable[str]) -> set[str]:
        """Return the `never` groups of an organisation and of those that lead it."""
        rows = [row, *(other for key in selves for other in self._rows_of(key))]
        found = {id_key(label) for other in rows for label in other[Profile.NEVER]} - {""}
        return found.union(_gather(self._groups, selves))

    def _meeting(self, condition: Condition) -> Flags:
        """Return which candidates meet a condition."""
        if condition not in self._met:
            self._met[condition] = np.array(records_met(condition, self._candidates), dtype=bool)
        return self._met[condition]

    def notes(self, seekers: pd.DataFrame | None = None, known: Iterable[str] = ()) -> list[RuleNote]:
        """Return remarks on the rules of the pool, or of some seekers; `known` names others that exist."""
        rows = _rows(self._candidates if seekers is None else seekers)
        others = {id_key(text) for row in rows for text in (row[Profile.ID], row[Profile.NAME])}
        others.update(map(id_key, known))
        found = [note for row in rows for note in self._row_notes(row, others, seekers is not None)]
        return found if seekers is not None else [*found, *self._settings_notes(others)]

    def _row_notes(self, row: Row, others: Collection[str], is_seeker: bool) -> Iterator[RuleNote]:
        id_ = row[Profile.ID]
        for column in (Profile.EXCLUDES, Profile.PIN):
            yield from self._named_notes(id_, column, row[column], others)
        for position in self.pins(row):
            if barring := self.reasons(row, position):
                pinned, rules = self._ids[position], ", ".join(one.rule for one in barring)
                reason = f"pinned, but not listed, for a rule bars the pair: {rules}"
                yield RuleNote(id_, Profile.PIN, pinned, reason, is_open=True)
        if row[Profile.LEAD] and id_key(row[Profile.LEAD]) not in others:
            yield from self._lead_notes(row)
        yield from self._must_notes(id_, row[Profile.MUST])
        yield from self._host_notes(row)
        if not is_seeker and row[Profile.CAPACITY_MAX] < 1:
            yield RuleNote(id_, Profile.CAPACITY_MAX, "0", "no capacity: recommended to nobody")

    def _lead_notes(self, row: Row) -> Iterator[RuleNote]:
        """Yield that a lead is unknown, or that its row was rejected."""
        lead, found = row[Profile.LEAD], self.roster.one(row[Profile.LEAD])
        reason = f"read as {found}" if found else self._nobody(lead)
        if found and found not in self._position:
            reason = "the row of the lead was rejected; its exclusions and its flag hold all the same"
        if found != lead or found not in self._position:
            yield RuleNote(row[Profile.ID], Profile.LEAD, lead, reason, is_open=not found)

    def _host_notes(self, row: Row) -> Iterator[RuleNote]:
        """Yield what other rows of the same organisation add to a row."""
        id_, hosts = row[Profile.ID], self._hosts(row)
        if same := ", ".join(sorted({other[Profile.ID] for other in hosts} - {id_})):
            reason = f"read as the same organisation as {same}: only the notation of the id differs"
            yield RuleNote(id_, Profile.ID, id_, reason)
        stated = (Profile.EXCLUDES, Profile.NEVER, Profile.LEAD, Profile.MUST)
        more = [name for name in stated if any(other[name] not in ("", (), row[name]) for other in hosts)]
        more += [Profile.FLAG] * any(FLAGS.index(_flag(other)) > FLAGS.index(_flag(row)) for other in hosts)
        if more:
            yield RuleNote(id_, ", ".join(more), "", "what another row of this organisation states holds too")

    def _named_notes(
        self, id_: str, column: Profile, cell: Sequence[str], others: Collection[str]
    ) -> Iterator[RuleNote]:
        """Yield what a cell that names organisations does not name clearly."""
        named = self.roster.read(cell)
        for part in named.unknown:
            if id_key(part) not in others:
                yield RuleNote(id_, column, part, self._nobody(part), is_open=True)
        for part, ids in named.guesses:
            yield RuleNote(id_, column, part, f"read as {', '.join(ids)}")

    def _nobody(self, text: str) -> str:
        near, nobody = self.roster.nearest(text), "names no organisation of the profiles"
        return f"{nobody}; the nearest is {near}" if near else nobody

    def _settings_notes(self, known: Collection[str]) -> Iterator[RuleNote]:
        for group in self._settings.never:
            yield from self._named_notes("", Profile.NEVER, group, ())
        for *pair, _ in self._settings.pins:
            yield from self._named_notes("", Profile.PIN, pair, known)
        yield from self._must_notes("", self._settings.must)
        for column, value, most, members in self.alike:
            reason = f"{len(members):,} organisations have this: a list has {most} of them at most"
            yield RuleNote("", column, value, reason)

    def _must_notes(self, id_: str, cell: Sequence[str]) -> Iterator[RuleNote]:
        """Yield the conditions that cannot be read or that nobody meets."""
        read, unread = read_conditions(tuple(cell))
        reason = "not read as a condition; write column: value, such as kind: education; country: Indonesia"
        for item in unread:
            yield RuleNote(id_, Profile.MUST, item, reason, is_open=True)
        for condition in read:
            if not self._meeting(condition).any():
                yield RuleNote(id_, Profile.MUST, str(condition), "no organisation meets this", is_open=True)


def notes_frame(notes: Iterable[RuleNote]) -> pd.DataFrame:
    """Return notes with the columns of `Rejection`."""
    rows = [(None, note.id, note.column, note.value, note.reason) for note in notes]
    return pd.DataFrame(rows, columns=list(map(str, Rejection)))


def _rows(frame: pd.DataFrame) -> Sequence[Row]:
    return records_of(frame[[*dict.fromkeys(_USED)]])


def _stating(frame: pd.DataFrame) -> Positions:
    """Return the rows that state a rule, a lead or a flag."""
    states = [
        frame[name].astype(bool) if cell == () else frame[name] != cell
        for name, cell in _NOTHING_STATED.items()
    ]
    return np.flatnonzero(np.logical_or.reduce(states))


def _flag(row: Row) -> str:
    return str(row[Profile.FLAG]) if row[Profile.FLAG] in FLAGS else "none"


def _is_empty(value: Any) -> bool:
    return value in ("", ()) or (not isinstance(value, str | tuple) and bool(pd.isna(value)))


def _index(pairs: Iterable[tuple[_Key, _Value]]) -> dict[_Key, list[_Value]]:
    index: dict[_Key, list[_Value]] = {}
    for key, value in pairs:
        index.setdefault(key, []).append(value)
    return index


def _gather(index: Mapping[str, list[_Value]], keys: Iterable[str]) -> list[_Value]:
    return [value for key in keys for value in index.get(key, ())]
