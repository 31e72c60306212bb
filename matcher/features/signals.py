"""Signals: features of learned rankers beside the components; the analyst's weights give them none."""

import copy
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, diags

from matcher.arrays import Flags, Floats, Positions
from matcher.columns import Profile
from matcher.encoders.lexical import LexicalVectors
from matcher.features import overlaps, past_works
from matcher.features.merging import merge_rows
from matcher.features.organisations import OrganisationEncoder, Organisations
from matcher.features.overlaps import encode_terms, saturate, terms_of, vocabulary
from matcher.features.registry import DECIMALS
from matcher.outcomes import History

TIES_HALF, PARTNERS_HALF, WORKS_HALF, ADAMIC_HALF, ACTIVITY_HALF = 1.0, 0.25, 3.0, 1.0, 1.0
"""Numbers at which signals are one half."""
PLACES: Final = (str(Profile.COUNTRY), str(Profile.REGION))
RECENCY_HALF_LIFE: Final = 1.0  # years after which the last joint work counts half
WORKS_HALF_LIFE: Final = 3.0  # years after which a work counts half where several are added


@dataclass(frozen=True)
class Background:
    """Further columns and earlier works of n organisations, seekers and candidates alike."""

    organisations: Organisations
    """The same organisations, as components compare them."""
    lists: Mapping[str, csr_matrix]
    """Shape (n, n_terms): list columns: 1 where an organisation names the term."""
    categories: Mapping[str, Positions]
    """Shape (n,): columns of one word: its number, -1 where empty or unknown to the pool."""
    numbers: Mapping[str, Floats]
    """Shape (n,): columns of numbers; NaN where empty."""
    works: csr_matrix
    """Shape (n, n_works): 1 where the organisation, or an opportunity's lead, took part in a work."""
    led: Floats
    joined: Floats
    """Shares of these works by role, shape (n,), in [0, 1): led, or sought the others for; joined, led by
    another or by nobody known. One other work is added.
    """
    near: csr_matrix
    """Shape (n, n_works): the works whose texts are most like the organisation's; rows sum to 1 or 0."""

    def take(self, rows: Positions) -> "Background":
        """Return the organisations at some positions, in the order of `rows`."""
        taken = {name: getattr(self, name)[rows] for name in ("works", "led", "joined", "near")}
        for name in ("lists", "categories", "numbers"):
            taken[name] = {column: values[rows] for column, values in getattr(self, name).items()}
        return Background(organisations=self.organisations.take(rows), **taken)


class SignalEncoder:
    """Learns which signals a pool and its history give, and computes them for pairs: in [0, 1], NaN unknown.

    `encoder` is fitted to the same pool. After `fit`, `pool` is its own background.
    """

    def __init__(self, encoder: OrganisationEncoder) -> None:
        self._encoder = encoder

    def fit(
        self, pool: pd.DataFrame, organisations: Organisations, history: History | None, as_of: dt.date | None
    ) -> Self:
        """Learn vocabularies, rarities and affinities of canonical profiles, and of these, encoded."""
        self._history = history or History(())
        self._as_of = as_of
        lists, words, self._numbers = overlaps.extra_columns(pool)
        works = self._history.works
        named = {name: [work.terms_of(name) for work in works] for name in lists}
        self._terms = {name: vocabulary([*map(terms_of, pool[name]), *named[name]]) for name in lists}
        self._words = {name: vocabulary(map(terms_of, pool[name])) for name in words}
        self._work_terms = {name: encode_terms(named[name], self._terms[name]).matrix for name in lists}
        self._has_texts = any(work.text for work in works)
        self._texts = self._encoder.encode_texts([work.text for work in works])
        self.pool = self.encode(pool, organisations)
        self._rarity = {name: overlaps.rarity_of(terms) for name, terms in self.pool.lists.items()}
        categories, past = self.pool.categories.items(), self.pool.works
        self._meetings = {name: overlaps.Meetings(codes, past) for name, codes in categories}
        self._present = {name: past_works.words_present(codes, past) for name, codes in categories}
        self._decay = None if as_of is None else self._history.decay(as_of, WORKS_HALF_LIFE)
        self._recency = None if as_of is None else self._history.decay(as_of, RECENCY_HALF_LIFE)
        first = self.encode(pool[:1], organisations.take(np.arange(len(pool[:1]))))
        self.names = tuple(name for name, _ in self._signals(first, first))
        return self

    def updated(self, added: Background, order: Positions, organisations: Organisations) -> Self:
        """Return the same for some organisations of the pool and added ones; what `fit` learned stays."""
        other = copy.copy(self)
        names = [each.name for each in fields(added) if each.name != "organisations"]
        merged = {name: merge_rows(getattr(self.pool, name), getattr(added, name), order) for name in names}
        other.pool = Background(organisations=organisations, **merged)
        return other

    def encode(self, frame: pd.DataFrame, organisations: Organisations) -> Background:
        """Return the background of `frame`'s organisations, in its order."""
        # Seekers given one by one may lack a column.
        columns = frame.reindex(columns=[*self._terms, *self._words, *self._numbers])
        works, led = self._history.membership(organisations.tie_ids), self._history.led(organisations.tie_ids)
        n_works, n_led = (np.asarray(each.sum(axis=1), dtype=np.float64).ravel() for each in (works, led))
        return Background(
            organisations=organisations,
            lists={
                name: encode_terms([*map(terms_of, columns[name])], known).matrix
                for name, known in self._terms.items()
            },
            categories={
                name: np.array([_code(cell, codes) for cell in columns[name]], dtype=np.int64)
                for name, codes in self._words.items()
            },
            numbers={
                name: pd.to_numeric(columns[name], errors="coerce").to_numpy(dtype=np.float64)
                for name in self._numbers
            },
            works=works,
            led=n_led / (n_works + 1.0),
            joined=(n_works - n_led) / (n_works + 1.0),
            near=past_works.nearest_works(organisations, self._texts),
        )

    def score(self, seekers: Background, candidates: Background) -> Floats:
        """Return the signals of each pair from the seekers' side, (n_seekers, n_candidates, n_names)."""
        shape = (len(seekers.organisations), len(candidates.organisations))
        scores = [np.broadcast_to(signal, shape) for _, signal in self._signals(seekers, candidates)]
        stacked = np.stack(scores, axis=-1) if scores else np.empty((*shape, 0))
        return np.asarray(stacked.round(DECIMALS), dtype=np.float64)

    def _signals(self, seekers: Background, candidates: Background) -> Iterator[tuple[str, Floats]]:
        """Yield the name and the values of each signal that this pool and history can give."""
        for name, rarity in self._rarity.items():
            same = overlaps.shared_terms(seekers.lists[name], candidates.lists[name], rarity)
            yield f"same_{name}", same
        for name in self._words:
            same = overlaps.same_category(seekers.categories[name], candidates.categories[name])
            yield f"same_{name}", same
        for name in self._numbers:
            yield f"ratio_{name}", overlaps.like_numbers(seekers.numbers[name], candidates.numbers[name])
        ours, theirs = seekers.organisations.lexical, candidates.organisations.lexical
        are_known = overlaps.known(_has_words(ours), _has_words(theirs))
        yield "all_text", np.where(are_known, ours.likeness(theirs), np.nan)
        if self._history.works:
            yield from self._history_signals(seekers, candidates)
            yield from self._work_signals(seekers, candidates)

    def _history_signals(self, seekers: Background, candidates: Background) -> Iterator[tuple[str, Floats]]:
        """Yield the signals of earlier joint works; in shares of works one other work is added."""
        history, works, joint = self._history, candidates.works, seekers.works @ candidates.works.T
        ours, theirs = seekers.organisations.tie_ids, candidates.organisations.tie_ids
        n_ours, n_theirs = (np.asarray(one.sum(axis=1), dtype=np.float64) for one in (seekers.works, works))
        yield "ties", saturate(history.ties(ours, theirs), TIES_HALF)
        yield "common_partners", saturate(history.common_partners(ours, theirs), PARTNERS_HALF)
        yield "adamic_adar", saturate(history.adamic_adar(ours, theirs), ADAMIC_HALF)
        yield "loyalty", joint.toarray() / (n_ours.reshape(-1, 1) + 1.0)
        yield "works", saturate(history.n_works(theirs), WORKS_HALF)[None, :]
        yield "sought_after", saturate(history.n_suitors(theirs), WORKS_HALF)[None, :]
        yield "led", candidates.led[None, :]
        yield "joined", candidates.joined[None, :]
        yield "missing_lead", np.outer(1.0 - seekers.led, candidates.led)
        if self._as_of is not None:
            years = history.years_since_last(theirs, self._as_of)
            yield "recency", np.nan_to_num(0.5 ** (years / RECENCY_HALF_LIFE))[None, :]
        if self._recency is not None:
            yield "last_tie", past_works.best_of_works(seekers.works.multiply(self._recency).toarray(), works)
        if self._decay is not None:
            recent = np.asarray(works @ self._decay, dtype=np.float64)
            recent_joint = (seekers.works @ diags(self._decay) @ works.T).toarray()
            yield "recent_ties", saturate(recent_joint, TIES_HALF)
            yield "activity", saturate(recent, ACTIVITY_HALF)[None, :]
            yield "trend", (recent / (n_theirs.ravel() + 1.0))[None, :]
        for name, meetings in self._meetings.items():
            codes, other_codes = seekers.categories[name], candidates.categories[name]
            yield f"pairs_{name}", meetings.affinity(codes, other_codes, seekers.works)

    def _work_signals(self, seekers: Background, candidates: Background) -> Iterator[tuple[str, Floats]]:
        """Yield the signals of the texts and the terms of earlier works."""
        likeness = None
        if self._has_texts:
            likeness = past_works.likeness_of_works(seekers.organisations, self._texts, candidates.works)
            yield "similar_work", past_works.best_of_works(likeness, candidates.works)
            yield "similar_works", past_works.mean_of_best(likeness, candidates.works)
            if self._decay is not None:
                recent = likeness * self._decay
                yield "recent_similar_works", past_works.mean_of_best(recent, candidates.works)
            for name, present in self._present.items():
                codes, other_codes = seekers.categories[name], candidates.categories[name]
                yield f"missing_{name}", past_works.missing(present, seekers.near, codes, other_codes)
            yield "neighbour_works", (seekers.near @ candidates.works.T).toarray()
        for name, work_terms in self._work_terms.items():
            if not work_terms.nnz:
                continue
            named = (seekers.lists[name] @ work_terms.T).tocsr()  # which works name a term of each seeker
            named.data[:] = 1.0
            yield f"works_same_{name}", saturate((named @ candidates.works.T).toarray(), WORKS_HALF)
            for place in filter(self._present.__contains__, PLACES):
                # In which works an organisation of the seeker's place took part: nobody where it is unknown.
                present, codes = self._present[place], seekers.categories[place]
                here = present[np.maximum(codes, 0)].multiply(codes[:, None] >= 0)
                found = (named.multiply(here) @ candidates.works.T).toarray()
                yield f"local_works_{name}_{place}", saturate(found, WORKS_HALF)
            if likeness is not None:
                alike = past_works.best_of_works(likeness * named.toarray(), candidates.works)
                yield f"similar_work_same_{name}", alike


def _code(cell: object, codes: Mapping[str, int]) -> int:
    return next((codes.get(term, -1) for term in terms_of(cell)), -1)


def _has_words(texts: LexicalVectors) -> Flags:
    return np.asarray(np.any([space.getnnz(axis=1) > 0 for space in texts.spaces], axis=0), dtype=np.bool_)
