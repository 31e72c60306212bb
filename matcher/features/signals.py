"""Signals: what learned rankers look at beside the components; the analyst's weights never do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from matcher.arrays import Floats
from matcher.features import overlaps
from matcher.features.background import Background, saturate
from matcher.features.organisations import OrganisationEncoder, Organisations
from matcher.features.past_works import WorkTexts, best_of_works
from matcher.outcomes import History
from matcher.profiles.records import normalise

TIES_HALF: Final = 1.0
PARTNERS_HALF: Final = 0.25
WORKS_HALF: Final = 3.0
RECENCY_HALF_LIFE: Final = 1.0
"""Years after which the last joint work counts half."""
DECIMALS: Final = 6


@dataclass(frozen=True)
class _Meeting:
    """Seekers and candidates whose signals are asked for; what several signals need is made once."""

    seekers: Background
    candidates: Background
    texts: WorkTexts

    @cached_property
    def likeness(self) -> Floats:
        """How alike each seeker and each of the candidates' works are, shape (n_seekers, n_works)."""
        return self.texts.likeness(self.seekers.side, self.candidates.works)


Signal = Callable[[_Meeting], Floats]


class SignalEncoder:
    """Learns which signals a pool and its history give, and computes them for pairs.

    All signals lie in [0, 1], higher meaning nearer or more; NaN where a side lacks the input.

    Parameters
    ----------
    sides : OrganisationEncoder
        Fitted to the same pool; encodes the texts of earlier works.

    Attributes
    ----------
    pool : Background
        The pool's own background. After `fit`.
    names : tuple of str
        After `fit`: ties, common_partners, works, sought_after, recency (the candidate's standing in
        the history); similar_work, neighbour_works (texts of earlier works); and for each further
        column same_NAME, ratio_NAME, pairs_NAME, works_same_NAME, similar_work_same_NAME.
    """

    def __init__(self, sides: OrganisationEncoder) -> None:
        self._sides = sides

    def fit(
        self, pool: pd.DataFrame, side: Organisations, history: History | None, as_of: dt.date | None
    ) -> Self:
        """Learn vocabularies, rarities and affinities.

        Parameters
        ----------
        pool : DataFrame
            Canonical profiles, extra columns included.
        side : Organisations
            The same organisations, encoded.
        history : History or None
            As of the profiles' date.
        as_of : date or None
            Date from which recency is counted.
        """
        self._history = history or History(())
        self._as_of = as_of
        self._lists, self._words, self._numbers = overlaps.extra_columns(pool)
        works = self._history.works
        self._vocabularies = {
            name: _number(
                [
                    *map(overlaps.terms_of, pool[name]),
                    *(list(map(normalise, work.terms_of(name))) for work in works),
                ]
            )
            for name in self._lists
        }
        self._codes = {name: _number(map(overlaps.terms_of, pool[name])) for name in self._words}
        self._work_terms = {
            name: overlaps.count_terms(
                [[normalise(term) for term in work.terms_of(name)] for work in works], vocabulary
            )
            for name, vocabulary in self._vocabularies.items()
        }
        self._texts = WorkTexts(self._sides, [work.text for work in works])
        self.pool = background = self.encode(pool, side)
        self._rarity = {name: overlaps.rarity_of(terms) for name, terms in background.lists.items()}
        self._members = {
            name: overlaps.members_by_word(codes, background.works)
            for name, codes in background.categories.items()
        }
        self._signals = self._choose()
        self.names = tuple(self._signals)
        return self

    def encode(self, frame: pd.DataFrame, side: Organisations) -> Background:
        """Return the background of `frame`'s organisations, in its order."""
        return Background(
            side=side,
            lists={
                name: overlaps.count_terms(
                    [overlaps.terms_of(cell) for cell in _column(frame, name)], vocabulary
                )
                for name, vocabulary in self._vocabularies.items()
            },
            categories={
                name: np.array([_code(cell, codes) for cell in _column(frame, name)], dtype=np.int64)
                for name, codes in self._codes.items()
            },
            numbers={
                name: pd.to_numeric(_column(frame, name), errors="coerce").to_numpy(dtype=np.float64)
                for name in self._numbers
            },
            works=self._history.membership(side.tie_ids),
            near=self._texts.nearest(side),
        )

    def score(self, seekers: Background, candidates: Background) -> Floats:
        """Return the signals of each pair, shape (n_seekers, n_candidates, n_names).

        Seen from the seekers' side: what the candidate is to the seeker.
        """
        shape = (len(seekers.side), len(candidates.side))
        if not self._signals:
            return np.empty((*shape, 0))
        meeting = _Meeting(seekers, candidates, self._texts)
        scores = [np.broadcast_to(signal(meeting), shape) for signal in self._signals.values()]
        return np.asarray(np.stack(scores, axis=-1).round(DECIMALS), dtype=np.float64)

    def _choose(self) -> dict[str, Signal]:
        """Return the signals that this pool and history can give, by name."""
        chosen = {f"same_{name}": self._same_list(name) for name in self._lists}
        for name in self._words:
            chosen[f"same_{name}"] = _same_word(name)
        for name in self._numbers:
            chosen[f"ratio_{name}"] = _ratio(name)
        if not self._history.works:
            return chosen
        chosen |= self._standing()
        for name in self._words:
            chosen[f"pairs_{name}"] = self._pairs(name)
        if self._texts.any:
            chosen["similar_work"] = lambda m: best_of_works(m.likeness, m.candidates.works)
            chosen["neighbour_works"] = lambda m: (m.seekers.near @ m.candidates.works.T).toarray()
        for name in self._lists:
            if self._work_terms[name].nnz:
                chosen[f"works_same_{name}"] = self._works_same(name)
                if self._texts.any:
                    chosen[f"similar_work_same_{name}"] = self._similar_same(name)
        return chosen

    def _standing(self) -> dict[str, Signal]:
        history = self._history

        def ids(meeting: _Meeting) -> tuple[Any, Any]:
            return meeting.seekers.side.tie_ids, meeting.candidates.side.tie_ids

        standing: dict[str, Signal] = {
            "ties": lambda m: saturate(history.ties(*ids(m)), TIES_HALF),
            "common_partners": lambda m: saturate(history.common_partners(*ids(m)), PARTNERS_HALF),
            "works": lambda m: saturate(history.n_works(ids(m)[1]), WORKS_HALF)[None, :],
            "sought_after": lambda m: saturate(history.n_suitors(ids(m)[1]), WORKS_HALF)[None, :],
        }
        date = self._as_of
        if date is not None:
            standing["recency"] = lambda m: np.nan_to_num(
                0.5 ** (history.years_since_last(ids(m)[1], date) / RECENCY_HALF_LIFE)
            )[None, :]
        return standing

    def _same_list(self, name: str) -> Signal:
        return lambda m: overlaps.shared_terms(
            m.seekers.lists[name], m.candidates.lists[name], self._rarity[name]
        )

    def _pairs(self, name: str) -> Signal:
        return lambda m: overlaps.affinity(self._members[name], m.seekers, m.candidates, name)

    def _works_same(self, name: str) -> Signal:
        return lambda m: saturate(
            (self._shares_terms(m.seekers, name) @ m.candidates.works.T).toarray(), WORKS_HALF
        )

    def _similar_same(self, name: str) -> Signal:
        return lambda m: best_of_works(
            m.likeness * self._shares_terms(m.seekers, name).toarray(), m.candidates.works
        )

    def _shares_terms(self, seekers: Background, name: str) -> csr_matrix:
        """Return which earlier works name a term of each seeker, shape (n_seekers, n_works)."""
        shared = (seekers.lists[name] @ self._work_terms[name].T).tocsr()
        shared.data[:] = 1.0
        return shared


def _same_word(name: str) -> Signal:
    return lambda m: overlaps.same_category(m.seekers.categories[name], m.candidates.categories[name])


def _ratio(name: str) -> Signal:
    return lambda m: overlaps.like_numbers(m.seekers.numbers[name], m.candidates.numbers[name])


def _number(rows: Any) -> dict[str, int]:
    return {term: place for place, term in enumerate(sorted({term for terms in rows for term in terms}))}


def _code(cell: object, codes: Mapping[str, int]) -> int:
    terms = overlaps.terms_of(cell)
    return codes.get(terms[0], -1) if terms else -1


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a column; seekers given one by one may lack it."""
    return frame[name] if name in frame else pd.Series([None] * len(frame), dtype=object)
