"""Comparisons of single columns: sets of terms, categories, numbers; categories that worked together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix

from matcher.arrays import Flags, Floats, Positions, lists_of
from matcher.columns import Profile
from matcher.encoders.lexical import add_products
from matcher.profiles.records import normalise

LISTS: Final = (Profile.SECTOR,)
CATEGORIES: Final = (Profile.KIND, Profile.COUNTRY, Profile.REGION)
NUMBERS: Final = (Profile.STAFF, Profile.BUDGET)
PAIRS_HALF: Final = 5.0  # meetings of two words of a category at which their affinity is one half
MOST_DISTINCT: Final = 0.5  # share of distinct values up to which an extra text column is a category


@dataclass(frozen=True)
class Terms:
    """One set of terms per organisation."""

    matrix: csr_matrix
    """Shape (n_organisations, n_vocabulary): 1 where the organisation names the term."""
    sizes: Positions
    """Shape (n_organisations,): number of distinct terms, also those outside the vocabulary."""

    def __len__(self) -> int:
        return len(self.sizes)

    def __getitem__(self, rows: Positions) -> "Terms":
        return Terms(self.matrix[rows], self.sizes[rows])

    def shared(self, other: "Terms", columns: Positions) -> Floats:
        """Return the number of shared terms of listed pairs; NaN for none where a size is 0."""
        counts = np.zeros(columns.shape)
        halves = np.full(len(self.sizes), 0.5), np.full(len(other.sizes), 0.5)
        add_products(counts.ravel(), self.matrix, other.matrix, halves, lists_of(columns))
        are_known = (self.sizes > 0)[:, None] & (other.sizes > 0)[columns]
        counts[~are_known & (counts == 0.0)] = np.nan
        return np.asarray(counts)

    def overlap(self, other: "Terms", columns: Positions) -> Floats:
        """Return the Szymkiewicz-Simpson overlap coefficient, in [0, 1]; NaN where a set is empty."""
        smaller = np.minimum(self.sizes[:, None], other.sizes[columns]).astype(np.float64)
        shared = self.shared(other, columns)
        return np.asarray(np.divide(shared, smaller, out=np.full_like(smaller, np.nan), where=smaller > 0))


def vocabulary(term_lists: Iterable[Iterable[str]]) -> dict[str, int]:
    """Number the distinct normalised terms in alphabetical order."""
    distinct = {normalise(term) for terms in term_lists for term in terms}
    return {term: position for position, term in enumerate(sorted(distinct))}


def encode_terms(term_lists: Sequence[Iterable[str]], known: dict[str, int]) -> Terms:
    """Turn lists of terms into `Terms` over a known vocabulary."""
    sets = [{normalise(term) for term in terms} for terms in term_lists]
    pairs = [(row, known[term]) for row, terms in enumerate(sets) for term in sorted(terms) if term in known]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    matrix = csr_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(sets), max(len(known), 1)))
    return Terms(matrix, np.array([len(terms) for terms in sets], dtype=np.int64))


def saturate(counts: Floats, half: float) -> Floats:
    """Bring counts to [0, 1): n / (n + half), which is 1/2 at `half`. Own definition."""
    return np.asarray(counts / (counts + half), dtype=np.float64)


def known(ours: Flags, theirs: Flags) -> Flags:
    """Return where both sides of a pair are known, shape (n_seekers, n_candidates)."""
    return ours[:, None] & theirs[None, :]


def shared_terms(seekers: csr_matrix, candidates: csr_matrix, rarity: Floats) -> Floats:
    """Return the share of a seeker's terms, by rarity, a candidate shares; NaN where a side has none."""
    weighted = seekers.multiply(rarity[None, :]).tocsr()
    shared = (weighted @ candidates.T).toarray()
    totals = np.asarray(weighted.sum(axis=1)).ravel()
    scores = shared / np.where(totals > 0, totals, 1.0)[:, None]
    ours, theirs = np.diff(seekers.indptr) > 0, np.diff(candidates.indptr) > 0
    return np.where(known(ours, theirs), scores, np.nan)


def rarity_of(terms: csr_matrix) -> Floats:
    """Return log((1 + n) / (1 + document frequency)) + 0.1, so that a term of all still counts."""
    frequency = np.asarray(terms.sum(axis=0)).ravel()
    return np.asarray(np.log((1.0 + terms.shape[0]) / (1.0 + frequency)) + 0.1)


def same_category(seekers: Positions, candidates: Positions) -> Floats:
    """Return 1 where both have the same word, 0 where not, NaN where either has none."""
    same = (seekers[:, None] == candidates[None, :]).astype(np.float64)
    return np.where(known(seekers >= 0, candidates >= 0), same, np.nan)


def like_numbers(seekers: Floats, candidates: Floats) -> Floats:
    """Return the smaller over the larger number, in [0, 1]; NaN where either is missing or negative."""
    ours, theirs = np.maximum(seekers, 0.0)[:, None], np.maximum(candidates, 0.0)[None, :]
    larger = np.maximum(ours, theirs)
    ratio = np.divide(np.minimum(ours, theirs), larger, out=np.ones_like(larger), where=larger > 0)
    return np.where(known(seekers >= 0, candidates >= 0), ratio, np.nan)


def members_by_word(codes: Positions, works: csr_matrix) -> csr_matrix:
    """Return how many members with each word, -1 unknown, took part in each work, (n_words, n_works)."""
    rows = np.flatnonzero(codes >= 0)
    shape = max(int(codes.max(initial=-1)) + 1, 1), len(codes)
    return (csr_matrix((np.ones(len(rows)), (codes[rows], rows)), shape=shape) @ works).tocsr()


class Meetings:
    """Meetings in earlier works (n_organisations, n_works), by the words of a category, -1 where unknown.

    `met`, shape (n_words, n_words), is the number of pairs of members with two words that met; symmetric.
    """

    def __init__(self, codes: Positions, works: csr_matrix) -> None:
        self._members = members_by_word(codes, works)
        self.met = np.asarray((self._members @ self._members.T).toarray(), dtype=np.float64)
        # A member does not meet itself, and two of one word are one pair, not two.
        on_diagonal = np.diag_indices(len(self.met))
        self.met[on_diagonal] = (self.met[on_diagonal] - np.asarray(self._members.sum(axis=1)).ravel()) / 2.0

    def affinity(self, seekers: Positions, candidates: Positions, works: csr_matrix) -> Floats:
        """Return n / (n + `PAIRS_HALF`) for n pairs of others with the words of a pair that met in works.

        The seekers' own works, (n_seekers, n_works), count as ties instead. NaN where a word is unknown.
        """
        ours, rows = np.maximum(seekers, 0), np.arange(len(seekers))
        alike = self._members[ours].multiply(works).tocsr()
        own = np.asarray((alike @ self._members.T).toarray(), dtype=np.float64)
        own[rows, ours] = (own[rows, ours] - np.asarray(alike.sum(axis=1)).ravel()) / 2.0
        met = np.maximum(self.met[ours] - own, 0.0)
        pairs = saturate(met, PAIRS_HALF)[:, np.maximum(candidates, 0)]
        return np.where(known(seekers >= 0, candidates >= 0), pairs, np.nan)


def extra_columns(pool: pd.DataFrame) -> tuple[list[str], list[str], list[str]]:
    """Return the list, category and number columns to compare: those of several values that repeat."""
    extras = [str(name) for name in pool.columns if name not in set(Profile)]
    lists = [*LISTS, *(name for name in extras if pool[name].map(lambda cell: isinstance(cell, tuple)).any())]
    numbers = [*NUMBERS, *(name for name in extras if pd.api.types.is_numeric_dtype(pool[name]))]
    words: list[str] = [*CATEGORIES]
    for name in (name for name in extras if name not in lists and name not in numbers):
        filled = [cell for cell in pool[name] if isinstance(cell, str) and cell]
        if 1 < len(set(filled)) <= max(2, MOST_DISTINCT * len(filled)):
            words.append(name)
    return [name for name in lists if name in pool], words, [n for n in numbers if pool[n].nunique() > 1]


def terms_of(cell: object) -> list[str]:
    """Return the terms of a cell: a list's items, or a text as one."""
    cells = cell if isinstance(cell, tuple | list) else (cell,)
    return [normalise(str(item)) for item in cells if isinstance(item, str) and item]
