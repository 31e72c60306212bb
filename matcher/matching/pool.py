"""The encoded pool: features of all pairs of any seekers and its organisations, in blocks of seekers."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Flags, Floats, Objects, Positions, in_threads
from matcher.columns import Profile
from matcher.config import Config
from matcher.documents.language import N_, Messages
from matcher.encoders import Encoder
from matcher.features import (
    COMPONENT_NAMES,
    Background,
    Context,
    OrganisationEncoder,
    Organisations,
    SignalEncoder,
    pick_features,
    score_pairs,
)
from matcher.features.counted_texts import render_left_out
from matcher.features.merging import merge_rows
from matcher.features.near_duplicates import merge_twins, near_duplicates, twins_of
from matcher.matching.candidates import CandidateSearch, Composite, Learned, evened
from matcher.matching.rules import EligibilityRules, RuleNote, notes_frame
from matcher.matching.selection import Variety
from matcher.outcomes import History
from matcher.profiles.records import records_of

BLOCK: Final = 64  # seekers of a block: bounds the memory of a block
PAIRS: Final = 300_000  # pairs of a block of a large pool of which all are scored
TOGETHER: Final = 32_768  # pairs whose components are computed together, so that arrays stay in the cache
MOST_NAMED: Final = 5  # near-duplicates that a note names
UNUSED: Final = N_("further column that the pool does not have: left out until it is fitted again")
SAMPLE: Final = 64  # reference seekers, drawn by id, whose pairs show rankers the pool's means
MOST_SAMPLED: Final = 20_000  # candidates at most with whom these are paired
CHOSEN_BLOCK: Final = 16  # seekers of a block with signals whose candidates are chosen: of more pairs first
Choose = Callable[[pd.DataFrame, Organisations | Positions, Flags], Flags]
"""Seekers, the same encoded or their positions in the pool, and eligible pairs -> pairs that are scored."""


@dataclass(frozen=True)
class PairBlock:
    """Features of all pairs of a block of seekers and the pool, or some of its organisations."""

    rows: Positions  # of the seekers in the table that they come from, shape (n_seekers,)
    columns: Positions  # in the pool, rising, at least one; each seeker's own, or of shape (n_candidates,)
    features: tuple[str, ...]  # the components, then the signals that the pool has
    seeker_side: Floats
    candidate_side: Floats
    """Features as each side sees them, (n_seekers, n_candidates, n_features), in [0, 1]; NaN unknown."""
    eligible: Flags  # which pairs may be recommended, shape (n_seekers, n_candidates)
    is_profile: Flags  # false for opportunities of a named lead, shape (n_seekers,)
    _picked: dict[tuple[str, ...], tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

    def at(self, *index: Positions | Flags) -> PairBlock:
        """Return the features of some pairs, shape (n_pairs, n_features), as `ScoredBlock.at`."""
        sides = self.seeker_side[index], self.candidate_side[index]
        rows, is_profile = self.rows[index[0]], self.is_profile[index[0]]
        columns = self.columns[index if self.columns.ndim > 1 else index[-1]]
        return PairBlock(rows, columns, self.features, *sides, self.eligible[index], is_profile)

    def positions(self, row: int) -> Positions:
        """Return the positions of a seeker's candidates in the pool, shape (n_candidates,)."""
        return self.columns[row] if self.columns.ndim > 1 else self.columns

    def columns_of(self, rows: Positions, positions: Positions) -> Positions:
        """Return the columns of candidates of some seekers of the block, one per row."""
        found = [self.positions(row).searchsorted(at) for row, at in zip(rows, positions, strict=True)]
        return np.array(found, dtype=np.int64)

    def pick(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Return some features of both sides, in the order of `names`; NaN where the pool lacks one."""
        wanted = tuple(names)
        if wanted not in self._picked:  # rankers scored together mostly share their features
            self._picked[wanted] = (
                pick_features(self.seeker_side, self.features, wanted),
                pick_features(self.candidate_side, self.features, wanted),
            )
        return self._picked[wanted]


class EncodedPool:
    """A fixed set of candidates, encoded once.

    Canonical profiles, in any order; joint works up to their date; `signals` where rankers need more features
    than the components; `set_aside` and `repeats` as for `EligibilityRules`.

    Attributes
    ----------
    frame : DataFrame
        The profiles by id: no result may depend on the order of rows. `organisations` have this order.
    encoder : OrganisationEncoder
        Fitted to the pool; `left_out` is as there.
    twins : dict of int to ndarray
        Positions of the near-duplicates of each organisation that has any.
    """

    def __init__(
        self,
        profiles: pd.DataFrame,
        config: Config,
        encoder: Encoder,
        history: History | None = None,
        *,
        signals: bool = False,
        progress: bool = False,
        set_aside: pd.DataFrame | None = None,
        repeats: Iterable[tuple[str, ...]] = (),
    ) -> None:
        self.frame = profiles.sort_values(Profile.ID, kind="stable", ignore_index=True)
        self.encoder = OrganisationEncoder(encoder, config).fit(self.frame)
        self.organisations = self.encoder.encode(self.frame, progress=progress)
        self.twins = twins_of(self.organisations)
        self.context = Context(config, history)
        self.repeats = tuple(repeats)
        self._axes: Learned | None = None
        self._signals: SignalEncoder | None = None
        if signals:
            learned = self.organisations, history, self.encoder.as_of
            self._signals = SignalEncoder(self.encoder).fit(self.frame, *learned)
        self.left_out = self.encoder.left_out
        self._prepare(set_aside)

    def _prepare(self, set_aside: pd.DataFrame | None, rules: EligibilityRules | None = None) -> None:
        """Make what follows from the organisations and the settings, but for rules that are given."""
        for name in ("composite", "variety", "_drawn"):  # of other organisations, where this is a copy
            vars(self).pop(name, None)
        if rules is None:
            self._draws = draw(self.ids, self.context.config.seed)
            rules = EligibilityRules(self.frame, set_aside, self.context.config.rules, self.repeats)
        self.rules = rules
        self.features = (*COMPONENT_NAMES, *(self._signals.names if self._signals else ()))

    @property
    def content(self) -> dict[str, Any]:
        """What makes the pool, beside its profiles and settings: `restored` takes it."""
        return {
            "learned": self.encoder.learned,
            "organisations": self.organisations,
            "twins": self.twins,
            "left_out": self.left_out,
            "history": self.context.history,
            "repeats": self.repeats,
            "signals": self._signals,
            "axes": self.composite.learned if self.is_large else None,
        }

    @classmethod
    def restored(
        cls,
        profiles: pd.DataFrame,
        config: Config,
        encoder: OrganisationEncoder,
        content: Mapping[str, Any],
        set_aside: pd.DataFrame | None = None,
    ) -> Self:
        """Return a pool of what was encoded before; `encoder` has learned, the rest is as for a new one."""
        pool = cls.__new__(cls)
        pool.frame = profiles.sort_values(Profile.ID, kind="stable", ignore_index=True)
        pool.encoder, pool.context = encoder, Context(config, content["history"])
        pool.organisations, pool.twins = content["organisations"], content["twins"]
        pool.left_out = content["left_out"]
        pool.repeats, pool._signals, pool._axes = (content[name] for name in ("repeats", "signals", "axes"))
        pool._prepare(set_aside)
        return pool

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def is_large(self) -> bool:
        """Whether there are too many organisations to score every pair."""
        scale = self.context.config.scale
        return len(self) > max(scale.exhaustive, scale.candidates)

    def with_config(self, config: Config) -> Self:
        """Return the same pool under other weights or market settings; nothing is encoded again."""
        other = copy.copy(self)
        other.context = replace(self.context, config=config)
        vars(other).pop("variety", None)
        other._draws = draw(self.ids, config.seed)
        vars(other).pop("_drawn", None)
        return other

    def encoded(self, profiles: pd.DataFrame, set_aside: pd.DataFrame | None = None) -> Self:
        """Return a pool of other organisations by what this one learned; parameters as for a new one."""
        profiles = profiles.sort_values(Profile.ID, kind="stable", ignore_index=True)
        for name in [*self.frame.columns.difference(profiles.columns)]:
            cell = self.frame.at[0, name]
            empty = type(cell)() if isinstance(cell, str | tuple) else None
            profiles[name] = pd.Series([empty] * len(profiles), dtype=self.frame[name].dtype)
        profiles = profiles[self.frame.columns]
        organisations = self.encoder.encode(profiles)
        signals = copy.copy(self._signals)
        if signals:
            signals.pool = signals.encode(profiles, organisations)
        found = {row[Profile.ID]: self.encoder.filter.apply(row)[1] for row in records_of(profiles)}
        content = {
            "organisations": organisations,
            "twins": {},
            "left_out": {id_: numbers for id_, numbers in found.items() if numbers},
            "signals": signals,
        }
        config = self.context.config
        return self.restored(profiles, config, self.encoder, {**self.content, **content}, set_aside)

    def eligible_alone(self, seekers: pd.DataFrame, encoded: Organisations) -> Flags:
        """Return pairs eligible if each candidate were alone, shape (n_seekers, n_candidates)."""
        near = near_duplicates(encoded, self.organisations)
        for at in range(len(self)):
            rules = EligibilityRules(self.frame.iloc[[at]], None, self.context.config.rules, self.repeats)
            near[:, at] |= ~rules.eligible(seekers)[:, 0]
        return ~near

    def unused(self, profiles: pd.DataFrame) -> pd.DataFrame:
        """Return a note on each further column of profiles that `encoded` leaves out."""
        others = [str(name) for name in profiles if name not in self.frame]
        return notes_frame(RuleNote("", name, "", UNUSED) for name in others)

    def merged(self, added: Self, removed: Collection[str], set_aside: pd.DataFrame | None) -> Self:
        """Return this pool with others, of `encoded`, in place of those of their ids, and without some."""
        other, order = copy.copy(self), self.order_with(added, removed)
        other.frame = pd.concat([self.frame, added.frame], ignore_index=True).iloc[order]
        other.frame = other.frame.reset_index(drop=True)
        other.organisations = merge_rows(self.organisations, added.organisations, order)
        if self._signals and added._signals:
            other._signals = self._signals.updated(added._signals.pool, order, other.organisations)
        both = {**self.left_out, **added.left_out}
        gone = {*removed, *added.ids} - added.left_out.keys()
        other.left_out = {id_: found for id_, found in both.items() if id_ not in gone}
        other.twins = merge_twins(self.twins, order, len(self), other.organisations)
        other._draws = np.concatenate([self._draws, added._draws])[order]
        other._prepare(set_aside, self.rules.merged(added.rules, order, other.frame, set_aside))
        if self.is_large:
            vars(other)["composite"] = self.composite.merged(added.organisations, order)
        return other

    def order_with(self, added: Self, removed: Collection[str]) -> Positions:
        """Return the rows, of this pool and then of `added`, that `merged` has, in their order by id."""
        gone = np.array([*removed, *added.ids], dtype=object)
        at = np.minimum(self.ids.searchsorted(gone), len(self) - 1)
        kept = np.delete(np.arange(len(self)), at[self.ids[at] == gone])
        return np.insert(kept, self.ids[kept].searchsorted(added.ids), len(self) + np.arange(len(added)))

    def notes(self, only: Collection[str] | None = None) -> pd.DataFrame:
        """Return near-duplicates, texts that do not count and open rules, with the columns of `Rejection`.

        Of all organisations, or of those with some ids only.
        """
        ids, found, twins, left_out = self.ids, [], self.twins, self.left_out
        if only is None:
            rules = self.rules.notes()
        else:
            wanted = np.flatnonzero(self.frame[Profile.ID].isin([*only])).tolist()
            twins = {at: twins[at] for at in wanted if at in twins}
            left_out = {id_: left_out[id_] for id_ in only if id_ in left_out}
            rules = self.rules.notes(self.frame.iloc[wanted], ids)
        for position, others in twins.items():
            named = ", ".join(ids[others[:MOST_NAMED]]) + (", …" if len(others) > MOST_NAMED else "")
            found.append((ids[position], len(others), f"nearly the same as {named}: a list has one of them"))
        for id_, numbers in left_out.items():
            reasons = render_left_out(numbers, Messages("en"))
            found += [(id_, *one) for one in zip(numbers.values(), reasons, strict=True)]
        texts = [RuleNote(id_, "", str(number), reason) for id_, number, reason in found]
        return notes_frame([*texts, *rules])

    @cached_property
    def composite(self) -> Composite:
        """Vectors by which candidates of a large pool are found."""
        return Composite(self.organisations, self._axes)

    @cached_property
    def variety(self) -> Variety | None:
        """What keeps lists from being filled with organisations that are alike; None where nothing does."""
        diversity, alike = self.context.config.lists.diversity, self.rules.alike
        if not diversity and not alike:
            return None
        is_in = np.zeros((len(self), len(alike)), dtype=bool)
        for number, (*_, members) in enumerate(alike):
            is_in[members, number] = True
        return Variety(diversity, self.organisations.meaning, is_in, np.array([one[2] for one in alike]))

    @property
    def ids(self) -> Objects:
        """Ids of the organisations, shape (n_candidates,)."""
        return self.organisations.ids

    @cached_property
    def _drawn(self) -> Positions:
        return np.argsort(self._draws, kind="stable")

    @property
    def reference(self) -> Positions:
        """Positions of the reference seekers, whose wishes make prices, in the order drawn."""
        return self._drawn[: self.context.config.market.reference]

    def blocks(
        self, seekers: pd.DataFrame, encoded: Organisations, choose: Choose | None = None
    ) -> Iterator[PairBlock]:
        """Yield the pairs of each block of profiles or opportunities; without `choose` all are scored."""
        make = partial(self.pairs, seekers=seekers, encoded=encoded, choose=choose)
        return self._made(make, np.arange(len(encoded)), choose is not None)

    def own_blocks(self, rows: Positions, choose: Choose | None = None) -> Iterator[PairBlock]:
        """Yield the pairs of each block of organisations at some positions of the pool, as `blocks`."""
        return self._made(partial(self.pairs, choose=choose), rows, choose is not None)

    def wanted_blocks(self, columns: Positions, search: CandidateSearch) -> Iterator[PairBlock]:
        """Yield the pairs of each block of organisations with those at `columns` that `search` chooses.

        `eligible` says who may be recommended to those at `columns`.
        """
        wanted = self.rules.eligible(self.frame.iloc[columns])

        def make(rows: Positions) -> PairBlock:
            choose = partial(search.choose, rows, strengths=np.zeros(len(rows)))
            taken, seekers = self.organisations.take(rows), self.frame.iloc[rows]
            eligible = wanted[:, rows].T & ~self._are_near(rows)[:, columns]
            return self._pairs(rows, seekers, taken, eligible, columns, choose)

        return self._made(make, np.arange(len(self)), are_chosen=True)

    def _made(
        self, make: Callable[[Positions], PairBlock], rows: Positions, are_chosen: bool
    ) -> Iterator[PairBlock]:
        """Return the blocks of rows in their order; those of a large pool are made by several threads."""
        size = max(1, PAIRS // len(self)) if self.is_large else BLOCK
        if are_chosen:
            most = min(4 * BLOCK, BLOCK * PAIRS // len(self))
            size = CHOSEN_BLOCK if self._signals else max(most, CHOSEN_BLOCK)
        parts = [rows[start : start + size] for start in range(0, len(rows), size)]
        return in_threads(make, parts) if self.is_large else map(make, parts)

    def sample(self) -> PairBlock:
        """Return the pairs of the first reference seekers, which show rankers the pool's means."""
        return self.pairs(self.reference[:SAMPLE], columns=np.sort(self._drawn[:MOST_SAMPLED]))

    @property
    def checked(self) -> Positions:
        """Positions of other organisations, whose lists say what the choice of candidates loses."""
        return self._drawn[SAMPLE : 2 * SAMPLE]

    def pairs(
        self,
        rows: Positions,
        seekers: pd.DataFrame | None = None,
        encoded: Organisations | None = None,
        columns: Positions | None = None,
        choose: Choose | None = None,
    ) -> PairBlock:
        """Return the pairs of some rows of seekers, or of the pool itself, with all or some of the pool."""
        seekers = (self.frame if seekers is None else seekers).iloc[rows]
        taken = (self.organisations if encoded is None else encoded).take(rows)
        is_own = encoded is None
        are_near = self._are_near(rows) if is_own else near_duplicates(taken, self.organisations)
        eligible = self.rules.eligible(seekers) & ~are_near
        chooses = choose and partial(choose, seekers, rows if is_own else taken)
        return self._pairs(rows, seekers, taken, eligible, columns, chooses)

    def _are_near(self, rows: Positions) -> Flags:
        is_near = np.zeros((len(rows), len(self)), dtype=bool)
        for row, position in enumerate(rows.tolist()):
            is_near[row, self.twins.get(position, ())] = True
        return is_near

    def _pairs(
        self,
        rows: Positions,
        seekers: pd.DataFrame,
        encoded: Organisations,
        eligible: Flags,
        columns: Positions | None,
        choose: Callable[[Flags], Flags] | None,
    ) -> PairBlock:
        """Return the pairs of seekers; `eligible` has those with all, or those at `columns`."""
        columns = np.arange(len(self)) if columns is None else columns
        eligible = eligible if eligible.shape[1] == len(columns) else eligible[:, columns]
        if choose:
            chosen = choose(eligible)
            eligible &= chosen
            at = evened(chosen)
            columns, eligible = columns[at], np.take_along_axis(eligible, at, axis=1)
        is_profile = (seekers[Profile.LEAD] == "").to_numpy()
        ours, theirs = self._components(encoded, columns)
        if self._signals:
            sides = self._signal_sides(self._signals, self._signals.encode(seekers, encoded), columns)
            ours, theirs = (np.concatenate(each, axis=-1) for each in zip((ours, theirs), sides, strict=True))
        return PairBlock(rows, columns, self.features, ours, theirs, eligible, is_profile)

    def _components(self, encoded: Organisations, columns: Positions) -> tuple[Floats, Floats]:
        """Return the components of pairs of seekers and some organisations, seen from both sides."""
        if columns.ndim > 1:
            return score_pairs(encoded, self.organisations, self.context, columns)
        ours, theirs = (np.empty((len(encoded), len(columns), len(COMPONENT_NAMES))) for _ in range(2))
        size = max(1, TOGETHER // max(len(encoded), 1))

        def fill(start: int) -> None:
            at = slice(start, start + size)
            listed = np.tile(columns[at], (len(encoded), 1))
            ours[:, at], theirs[:, at] = score_pairs(encoded, self.organisations, self.context, listed)

        run = map if self.is_large else in_threads  # blocks of a large pool have threads of their own
        for _ in run(fill, range(0, len(columns), size)):
            pass
        return ours, theirs

    def _signal_sides(self, signals: SignalEncoder, seekers: Background, columns: Positions) -> list[Floats]:
        """Return the signals of pairs seen from both sides; where columns are chosen, of more pairs first."""
        listed, at = np.unique(columns, return_inverse=True)
        pool = signals.pool if len(listed) == len(self) else signals.pool.take(listed)
        sides = [signals.score(seekers, pool), signals.score(pool, seekers).swapaxes(0, 1)]
        if columns.ndim == 1:
            return sides
        return [np.take_along_axis(side, at.reshape(*columns.shape, 1), axis=1) for side in sides]


def draw(ids: Objects, seed: int) -> NDArray[np.uint64]:
    """Return numbers by which organisations are drawn, the lowest first.

    Who is drawn depends on the seed and on each id alone, so the order of rows never matters, and
    an added organisation displaces at most one other.
    """
    keys = [hashlib.blake2b(f"{seed}:{id_}".encode(), digest_size=8).digest() for id_ in ids]
    return np.frombuffer(b"".join(keys), dtype=">u8").astype(np.uint64)
