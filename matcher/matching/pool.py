"""The encoded pool: features of all pairs of any seekers and its organisations, in blocks of seekers."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self

import numpy as np
import pandas as pd

from matcher.arrays import Flags, Floats, Objects, Positions
from matcher.columns import Profile
from matcher.config import Config
from matcher.documents.language import Messages
from matcher.encoders import Encoder
from matcher.features import (
    COMPONENT_NAMES,
    Context,
    OrganisationEncoder,
    Organisations,
    SignalEncoder,
    pick_features,
    score_pairs,
)
from matcher.features.counted_texts import render_left_out
from matcher.features.near_duplicates import near_duplicates, twins_of
from matcher.matching.rules import EligibilityRules, RuleNote, notes_frame
from matcher.outcomes import History

BLOCK: Final = 64
"""Seekers of a block: bounds the memory of a block."""
PART: Final = 512
"""Candidates that a block is compared with at a time, so that its matrices stay in the cache."""
MOST_NAMED: Final = 5
"""Near-duplicates that a note names."""
SAMPLE: Final = 64
"""Reference seekers whose pairs show rankers the pool's means; a sample drawn by id."""


@dataclass(frozen=True)
class PairBlock:
    """Features of all pairs of a block of seekers and the pool.

    Attributes
    ----------
    rows : ndarray of shape (n_seekers,)
        Positions of the seekers in the table that they come from.
    features : tuple of str
        Names of the features: the components, then the signals that the pool has.
    seeker_side, candidate_side : ndarray of shape (n_seekers, n_candidates, n_features)
        Features seen from the seeker's and from the candidate's side, in [0, 1]; NaN where unknown.
    eligible : ndarray of shape (n_seekers, n_candidates)
        Which pairs may be recommended.
    is_profile : ndarray of shape (n_seekers,)
        False for opportunities of a named lead.
    """

    rows: Positions
    features: tuple[str, ...]
    seeker_side: Floats
    candidate_side: Floats
    eligible: Flags
    is_profile: Flags
    _picked: dict[tuple[str, ...], tuple[Floats, Floats]] = field(default_factory=dict, repr=False)

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

    Parameters
    ----------
    profiles : DataFrame
        Canonical profiles, in any order.
    config : Config
        Settings.
    encoder : Encoder
        Text -> unit vectors.
    history : History, optional
        Joint works up to the profiles' date.
    signals : bool, default False
        Whether rankers need more features than the components.
    progress : bool, default False
        Whether to show a progress bar on stderr while texts are encoded.
    set_aside, repeats
        As for `EligibilityRules`.

    Attributes
    ----------
    frame : DataFrame
        The profiles by id: no result may depend on the order of rows.
    encoder : OrganisationEncoder
        Encodes new seekers; fitted to the pool.
    organisations : Organisations
        The pool, encoded, in the order of `frame`.
    context : Context
        Settings and history.
    rules : EligibilityRules
        Which pairs may be recommended.
    twins : dict of int to ndarray
        Positions of the near-duplicates of each organisation that has any.
    features : tuple of str
        Names of the features of pairs.
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
        rows = np.arange(len(self.frame))
        self._parts = [self.organisations.take(rows[start : start + PART]) for start in rows[::PART]]
        self.twins = twins_of(self.organisations)
        self.context = Context(config, history)
        self.rules = EligibilityRules(self.frame, set_aside, config.rules, repeats)
        self._signals: SignalEncoder | None = None
        if signals:
            self._signals = SignalEncoder(self.encoder).fit(
                self.frame, self.organisations, history, self.encoder.as_of
            )
        self.features = (*COMPONENT_NAMES, *(self._signals.names if self._signals else ()))

    def __len__(self) -> int:
        return len(self.frame)

    def with_config(self, config: Config) -> Self:
        """Return the same pool under other weights or market settings; nothing is encoded again."""
        other = copy.copy(self)
        other.context = replace(self.context, config=config)
        return other

    def notes(self) -> pd.DataFrame:
        """Return near-duplicates, texts that do not count and open rules, with the columns of `Rejection`."""
        ids, found = self.ids, []
        for position, others in self.twins.items():
            named = ", ".join(ids[others[:MOST_NAMED]]) + (", …" if len(others) > MOST_NAMED else "")
            found.append((ids[position], len(others), f"nearly the same as {named}: a list has one of them"))
        for id_, numbers in self.encoder.left_out.items():
            reasons = render_left_out(numbers, Messages("en"))
            found += [(id_, *one) for one in zip(numbers.values(), reasons, strict=True)]
        texts = [RuleNote(id_, "", str(number), reason) for id_, number, reason in found]
        return notes_frame([*texts, *self.rules.notes()])

    @property
    def ids(self) -> Objects:
        """Ids of the organisations, shape (n_candidates,)."""
        return self.organisations.ids

    @property
    def reference(self) -> Positions:
        """Positions of the reference seekers, whose wishes make prices, in the order drawn."""
        return draw_reference(self.ids, self.context.config)

    def blocks(self, seekers: pd.DataFrame, encoded: Organisations) -> Iterator[PairBlock]:
        """Yield the pairs of each block of seekers.

        Parameters
        ----------
        seekers : DataFrame
            Canonical profiles or opportunities.
        encoded : Organisations
            The same seekers, encoded.
        """
        for start in range(0, len(encoded), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(encoded)))
            taken = encoded.take(rows)
            yield self._pairs(rows, seekers.iloc[rows], taken, near_duplicates(taken, self.organisations))

    def own_blocks(self, rows: Positions) -> Iterator[PairBlock]:
        """Yield the pairs of each block of organisations at some positions of the pool."""
        for start in range(0, len(rows), BLOCK):
            yield self._own_pairs(rows[start : start + BLOCK])

    def sample(self) -> PairBlock:
        """Return the pairs of the first reference seekers, which show rankers the pool's means."""
        return self._own_pairs(self.reference[:SAMPLE])

    def _own_pairs(self, rows: Positions) -> PairBlock:
        is_near = np.zeros((len(rows), len(self)), dtype=bool)
        for row, position in enumerate(rows.tolist()):
            is_near[row, self.twins.get(position, ())] = True
        return self._pairs(rows, self.frame.iloc[rows], self.organisations.take(rows), is_near)

    def _pairs(
        self, rows: Positions, seekers: pd.DataFrame, encoded: Organisations, is_near: Flags
    ) -> PairBlock:
        ours, theirs = self._components(encoded)
        if self._signals:
            background = self._signals.encode(seekers, encoded)
            signals = self._signals.score(background, self._signals.pool)
            turned = self._signals.score(self._signals.pool, background).swapaxes(0, 1)
            ours = np.concatenate([ours, signals], axis=-1)
            theirs = np.concatenate([theirs, turned], axis=-1)
        is_profile = (seekers[Profile.LEAD] == "").to_numpy()
        eligible = self.rules.eligible(seekers) & ~is_near
        return PairBlock(rows, self.features, ours, theirs, eligible, is_profile)

    def _components(self, encoded: Organisations) -> tuple[Floats, Floats]:
        """Return the components of each pair, seen from either side, part after part of the pool."""
        ours, theirs = (np.empty((len(encoded), len(self), len(COMPONENT_NAMES))) for _ in range(2))
        for start, part in zip(range(0, len(self), PART), self._parts, strict=True):
            at = slice(start, start + PART)
            ours[:, at], theirs[:, at] = score_pairs(encoded, part, self.context)
        return ours, theirs


def draw_reference(ids: Objects, config: Config) -> Positions:
    """Return the positions of the reference seekers, in the order in which they were drawn.

    Who is drawn depends on the seed and on each id alone, so the order of rows never matters, and
    an added organisation displaces at most one other.
    """
    keys = [hashlib.blake2b(f"{config.seed}:{id_}".encode(), digest_size=8).digest() for id_ in ids]
    drawn = sorted(range(len(ids)), key=lambda position: (keys[position], ids[position]))
    return np.array(drawn[: config.market.reference], dtype=np.int64)
