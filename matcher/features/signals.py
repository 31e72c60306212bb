"""Signals: features of learned rankers beside the components; the analyst's weights give them none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from matcher.arrays import Floats, Positions
from matcher.features import overlaps
from matcher.features.organisations import OrganisationEncoder, Organisations
from matcher.features.overlaps import saturate, terms_of
from matcher.features.past_works import WorkTexts, best_of_works
from matcher.features.terms import encode_terms, vocabulary
from matcher.outcomes import History

TIES_HALF: Final = 1.0
PARTNERS_HALF: Final = 0.25
WORKS_HALF: Final = 3.0
RECENCY_HALF_LIFE: Final = 1.0
"""Years after which the last joint work counts half."""
DECIMALS: Final = 6


@dataclass(frozen=True)
class Background:
    """Further columns and earlier works of n organisations, seekers and candidates alike.

    Attributes
    ----------
    organisations : Organisations
        The same organisations, as components compare them.
    lists : mapping of str to csr_matrix of shape (n, n_terms)
        List columns: 1 where an organisation names the term.
    categories : mapping of str to ndarray of shape (n,)
        Columns of one word: its number, -1 where empty or unknown to the pool.
    numbers : mapping of str to ndarray of shape (n,)
        Columns of numbers; NaN where empty.
    works : csr_matrix of shape (n, n_works)
        1 where the organisation, or the lead of the opportunity, took part in an earlier work.
    near : csr_matrix of shape (n, n_works)
        The earlier works whose texts are most like the organisation's; rows sum to 1 or 0.
    """

    organisations: Organisations
    lists: Mapping[str, csr_matrix]
    categories: Mapping[str, Positions]
    numbers: Mapping[str, Floats]
    works: csr_matrix
    near: csr_matrix

    def take(self, rows: Positions) -> Background:
        """Return the organisations at some positions, in the order of `rows`."""
        return Background(
            self.organisations.take(rows),
            {name: terms[rows] for name, terms in self.lists.items()},
            {name: codes[rows] for name, codes in self.categories.items()},
            {name: values[rows] for name, values in self.numbers.items()},
            self.works[rows],
            self.near[rows],
        )


@dataclass(frozen=True)
class _Block:
    """A block of pairs; what several signals need is computed once."""

    seekers: Background
    candidates: Background
    texts: WorkTexts

    @cached_property
    def likeness(self) -> Floats:
        """How alike each seeker and each of the candidates' works are, shape (n_seekers, n_works)."""
        return self.texts.likeness(self.seekers.organisations, self.candidates.works)


Signal = Callable[[_Block], Floats]


class SignalEncoder:
    """Learns which signals a pool and its history give, and computes them for pairs.

    All signals lie in [0, 1], higher meaning nearer or more; NaN where an input is missing.

    Parameters
    ----------
    encoder : OrganisationEncoder
        Fitted to the same pool; encodes the texts of earlier works.

    Attributes
    ----------
    pool : Background
        The pool's own background. After `fit`.
    names : tuple of str
        After `fit`: ties, common_partners, works, sought_after, recency (from the history);
        similar_work, neighbour_works (from the texts of earlier works); and for each further column
        same_NAME, ratio_NAME, pairs_NAME, works_same_NAME, similar_work_same_NAME.
    """

    def __init__(self, encoder: OrganisationEncoder) -> None:
        self._encoder = encoder

    def fit(
        self,
        pool: pd.DataFrame,
        organisations: Organisations,
        history: History | None,
        as_of: dt.date | None,
    ) -> Self:
        """Learn vocabularies, rarities and affinities.

        Parameters
        ----------
        pool : DataFrame
            Canonical profiles, extra columns included.
        organisations : Organisations
            The same organisations, encoded.
        history : History or None
            As of the profiles' date.
        as_of : date or None
            Date from which recency is counted.
        """
        self._history = history or History(())
        self._as_of = as_of
        lists, words, self._numbers = overlaps.extra_columns(pool)
        works = self._history.works
        named = {name: [work.terms_of(name) for work in works] for name in lists}
        self._terms = {name: vocabulary([*map(terms_of, pool[name]), *named[name]]) for name in lists}
        self._words = {name: vocabulary(map(terms_of, pool[name])) for name in words}
        self._work_terms = {name: encode_terms(named[name], self._terms[name]).matrix for name in lists}
        self._texts = WorkTexts(self._encoder, [work.text for work in works])
        self.pool = self.encode(pool, organisations)
        self._rarity = {name: overlaps.rarity_of(terms) for name, terms in self.pool.lists.items()}
        self._meetings = {
            name: overlaps.Meetings.count(codes, self.pool.works)
            for name, codes in self.pool.categories.items()
        }
        self._signals = self._choose()
        self.names = tuple(self._signals)
        return self

    def encode(self, frame: pd.DataFrame, organisations: Organisations) -> Background:
        """Return the background of `frame`'s organisations, in its order."""
        return Background(
            organisations=organisations,
            lists={
                name: encode_terms([terms_of(cell) for cell in _column(frame, name)], known).matrix
                for name, known in self._terms.items()
            },
            categories={
                name: np.array([_code(cell, codes) for cell in _column(frame, name)], dtype=np.int64)
                for name, codes in self._words.items()
            },
            numbers={
                name: pd.to_numeric(_column(frame, name), errors="coerce").to_numpy(dtype=np.float64)
                for name in self._numbers
            },
            works=self._history.membership(organisations.tie_ids),
            near=self._texts.nearest(organisations),
        )

    def score(self, seekers: Background, candidates: Background) -> Floats:
        """Return the signals of each pair, shape (n_seekers, n_candidates, n_names).

        Seen from the seekers' side: what the candidate is to the seeker.
        """
        shape = (len(seekers.organisations), len(candidates.organisations))
        if not self._signals:
            return np.empty((*shape, 0))
        block = _Block(seekers, candidates, self._texts)
        scores = [np.broadcast_to(signal(block), shape) for signal in self._signals.values()]
        return np.asarray(np.stack(scores, axis=-1).round(DECIMALS), dtype=np.float64)

    def _choose(self) -> dict[str, Signal]:
        """Return the signals that this pool and history can give, by name."""
        chosen: dict[str, Signal] = {f"same_{name}": partial(self._same_terms, name) for name in self._terms}
        chosen |= {f"same_{name}": partial(_same_word, name) for name in self._words}
        chosen |= {f"ratio_{name}": partial(_ratio, name) for name in self._numbers}
        if not self._history.works:
            return chosen
        chosen |= self._from_history()
        chosen |= {f"pairs_{name}": partial(self._pairs, name) for name in self._words}
        if self._texts.any:
            chosen["similar_work"] = lambda block: best_of_works(block.likeness, block.candidates.works)
            chosen["neighbour_works"] = lambda block: (
                block.seekers.near @ block.candidates.works.T
            ).toarray()
        for name in self._terms:
            if self._work_terms[name].nnz:
                chosen[f"works_same_{name}"] = partial(self._works_same, name)
                if self._texts.any:
                    chosen[f"similar_work_same_{name}"] = partial(self._similar_work_same, name)
        return chosen

    def _from_history(self) -> dict[str, Signal]:
        history, date = self._history, self._as_of

        def ids(block: _Block) -> tuple[Any, Any]:
            return block.seekers.organisations.tie_ids, block.candidates.organisations.tie_ids

        signals: dict[str, Signal] = {
            "ties": lambda block: saturate(history.ties(*ids(block)), TIES_HALF),
            "common_partners": lambda block: saturate(history.common_partners(*ids(block)), PARTNERS_HALF),
            "works": lambda block: saturate(history.n_works(ids(block)[1]), WORKS_HALF)[None, :],
            "sought_after": lambda block: saturate(history.n_suitors(ids(block)[1]), WORKS_HALF)[None, :],
        }
        if date is not None:
            signals["recency"] = lambda block: np.nan_to_num(
                0.5 ** (history.years_since_last(ids(block)[1], date) / RECENCY_HALF_LIFE)
            )[None, :]
        return signals

    def _same_terms(self, name: str, block: _Block) -> Floats:
        return overlaps.shared_terms(
            block.seekers.lists[name], block.candidates.lists[name], self._rarity[name]
        )

    def _pairs(self, name: str, block: _Block) -> Floats:
        ours, theirs = block.seekers.categories[name], block.candidates.categories[name]
        return self._meetings[name].affinity(ours, theirs, block.seekers.works)

    def _works_same(self, name: str, block: _Block) -> Floats:
        shared = self._works_of_terms(name, block.seekers)
        return saturate((shared @ block.candidates.works.T).toarray(), WORKS_HALF)

    def _similar_work_same(self, name: str, block: _Block) -> Floats:
        shared = self._works_of_terms(name, block.seekers).toarray()
        return best_of_works(block.likeness * shared, block.candidates.works)

    def _works_of_terms(self, name: str, seekers: Background) -> csr_matrix:
        """Return which earlier works name a term of each seeker, shape (n_seekers, n_works)."""
        shared = (seekers.lists[name] @ self._work_terms[name].T).tocsr()
        shared.data[:] = 1.0
        return shared


def _same_word(name: str, block: _Block) -> Floats:
    return overlaps.same_category(block.seekers.categories[name], block.candidates.categories[name])


def _ratio(name: str, block: _Block) -> Floats:
    return overlaps.like_numbers(block.seekers.numbers[name], block.candidates.numbers[name])


def _code(cell: object, codes: Mapping[str, int]) -> int:
    terms = terms_of(cell)
    return codes.get(terms[0], -1) if terms else -1


def _column(frame: pd.DataFrame, name: str) -> pd.Series[Any]:
    """Return a column; seekers given one by one may lack it."""
    return frame[name] if name in frame else pd.Series([None] * len(frame), dtype=object)
