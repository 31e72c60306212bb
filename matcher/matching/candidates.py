"""Candidates of seekers in a large pool, by an inner product that is fitted to exact mutual scores."""

import copy
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final, NamedTuple, Self

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.utils.extmath import randomized_svd

from matcher.arrays import Flags, Floats, Floats32, Positions
from matcher.encoders.device import moved
from matcher.features import Organisations
from matcher.features.complementarity import WORDS
from matcher.features.organisations import Resources

DIMS: Final = (288, 48, 48)  # at most, of all words, of mean vectors, and of needs or offers
FITTED: Final = 20_000  # organisations at most of which dimensions are learned
LISTED: Final = 20  # length of the lists by which the choice of candidates is judged
MEAN_WANTED, LOW_WANTED = 0.99, 0.97
DOUBLINGS: Final = 3  # of the number of candidates at most, where lists would lose more
GROUP: Final = 32  # candidates of a group of which only the best is compared at first
PART: Final = 4096  # organisations that are encoded at a time, which bounds memory
Learned = tuple[list[Floats32], list[str]]  # as of `Composite`


class ListValue(NamedTuple):
    """What lists of chosen candidates are worth: their mean scores over those of lists of all pairs."""

    size: int  # candidates per seeker
    mean: float  # over the lists compared, in [0, 1]
    low: float  # 5th percentile
    kept: float  # share of the organisations of the lists of all pairs that stay

    @property
    def is_enough(self) -> bool:
        """Whether mean and 5th percentile reach what is wanted."""
        return self.mean >= MEAN_WANTED and self.low >= LOW_WANTED


def list_values(estimates: Floats32, scores: Floats, sizes: Sequence[int]) -> list[ListValue]:
    """Return what lists of `LISTED` organisations are worth at several numbers of candidates.

    Estimates and scores, shape (n_seekers, n_candidates), are of all pairs; -inf where one is not eligible.
    """
    order, found = np.argsort(-estimates, axis=1, kind="stable"), []
    whole = -np.sort(-scores, axis=1)[:, :LISTED]
    counted, total = np.isfinite(whole), np.where(np.isfinite(whole), whole, 0.0).sum(axis=1)
    last = np.where(counted, whole, np.inf).min(axis=1, keepdims=True)
    for size in sizes:
        best = -np.sort(-np.take_along_axis(scores, order[:, :size], axis=1), axis=1)[:, :LISTED]
        kept = np.where(np.isfinite(best), best, 0.0).sum(axis=1)
        values = np.divide(kept, total, out=np.ones_like(total), where=total > 0)
        share = (np.isfinite(best) & (best >= last)).sum() / max(counted.sum(), 1)
        found.append(ListValue(size, float(values.mean()), float(np.quantile(values, 0.05)), float(share)))
    return found


class Composite:
    """One vector per organisation: its words, meaning, needs and offers, in few dimensions, and categories.

    Axes and categories are learned from the pool unless those of another one are given. Halko, Martinsson and
    Tropp (2011) for the truncated singular value decomposition.

    Attributes
    ----------
    learned : tuple of list of ndarray and list of str
        Axes of words, of meaning, of needs and of offers; and the categories of the last two.
    vectors : ndarray of shape (n_candidates, n_dims)
    facts : ndarray of shape (n_candidates, n_facts)
        Evidence, freshness, flag, whether there are needs, and offers.
    """

    def __init__(self, pool: Organisations, learned: Learned | None = None) -> None:
        self.learned = learned or _learn(pool)
        every = _in_parts(np.arange(len(pool)))
        self.vectors = np.concatenate([self.encode(pool.take(rows)) for rows in every])
        self.facts = _facts(pool)

    def merged(self, added: Organisations, order: Positions) -> Self:
        """Return the vectors of some rows of the pool and then of `added`; what was learned stays."""
        other = copy.copy(self)
        if len(added):
            other.vectors = np.concatenate([self.vectors, self.encode(added)])
            other.facts = np.concatenate([self.facts, _facts(added)])
        other.vectors, other.facts = other.vectors[order], other.facts[order]
        return other

    def encode(self, organisations: Organisations) -> Floats32:
        """Return the vectors of organisations, shape (n, n_dims)."""
        parts = zip(_parts(organisations), self.learned[0], strict=True)
        sides = organisations.needs, organisations.offers
        pairs = ((side, side.categories == name) for side in sides for name in self.learned[1])
        named = [np.nan_to_num(side.max_rows(side.weights * is_of)) for side, is_of in pairs]
        found = [np.asarray(part @ axes, dtype=np.float32) for part, axes in parts]
        return np.column_stack([*found, *named]).astype(np.float32, copy=False)

    def blocks(self, vectors: Floats32) -> list[Floats32]:
        """Return the columns of words, of meaning, of needs, of offers, and of the categories of both."""
        sizes = [*(axes.shape[1] for axes in self.learned[0]), len(self.learned[1])]
        return np.split(vectors, np.cumsum(sizes), axis=1)


class CandidateSearch:
    """Chooses the candidates of each seeker whose pairs are worth exact scores.

    The mutual score of a pair is estimated by a sum of inner products, weighted by least squares: of words,
    of meaning, and of the needs of each side with the offers of the other, by their texts and by their
    categories; and by facts of both. A GPU gives the same within the rounding of float32.

    Parameters
    ----------
    rows, columns : ndarray of shape (n_seekers,), (n_candidates,)
        Positions in the pool of the organisations of some pairs.
    mutual : ndarray of shape (n_seekers, n_candidates)
        Exact mutual scores of these pairs; NaN for those that do not count.
    size : int
        Number of candidates per seeker.

    Attributes
    ----------
    fit_quality : float
        R^2 of the estimate over the pairs.
    value : ListValue or None
        What lists are worth, after `check`.
    """

    def __init__(
        self,
        composite: Composite,
        rows: Positions,
        columns: Positions,
        mutual: Floats,
        size: int,
        device: str = "cpu",
    ) -> None:
        self._composite = composite
        self.size, self._least, self._device = size, size, device
        self.value: ListValue | None = None
        eligible = ~np.isnan(mutual)
        words, meaning, needs, offers, needed, offered = composite.blocks(composite.vectors)
        sides = [([words], [words]), ([meaning], [meaning]), ([needs, offers], [offers, needs])]
        sides.append(([needed, offered], [offered, needed]))
        listed = [[other[columns] for other in others] for _, others in sides]
        n_facts, wanted = composite.facts.shape[1], mutual[eligible]
        # The triangle of the table of all pairs, the last column of which is what is wanted: it has the same
        # solution and residual, and is made seeker by seeker.
        triangle = np.zeros((1, len(sides) + 2 * n_facts + 2))
        for row, shown, scores in zip(rows, eligible, mutual, strict=True):
            products = [
                np.sum([other @ one[row] for one, other in zip(ones, others, strict=True)], axis=0)[shown]
                for (ones, _), others in zip(sides, listed, strict=True)
            ]
            theirs = composite.facts[columns[shown]]
            known = np.broadcast_to(composite.facts[row], theirs.shape), theirs
            table = np.column_stack([*products, *known, np.ones(len(theirs)), scores[shown]])
            triangle = np.asarray(np.linalg.qr(np.vstack([triangle, table]), mode="r"))
        table, target = triangle[:, :-1], triangle[:, -1]
        least = np.finfo(np.float64).eps * max(len(wanted), table.shape[1])
        weights = np.linalg.lstsq(table, target, rcond=least)[0]
        total = float(wanted.var()) * len(wanted) if len(wanted) else 0.0
        self.fit_quality = 1.0 - float(np.sum((table @ weights - target) ** 2)) / total if total else 0.0
        self._weights = weights
        self._turn()

    @property
    def learned(self) -> dict[str, Any]:
        """What was learned beside the vectors of the pool: `restored` takes it."""
        names = "_weights", "fit_quality", "size", "_least"
        return {name: getattr(self, name) for name in names} | {"value": self.value and tuple(self.value)}

    @classmethod
    def restored(cls, composite: Composite, learned: Mapping[str, Any], device: str = "cpu") -> Self:
        """Return a search by what another one learned; prices are not set."""
        search = cls.__new__(cls)
        vars(search).update(learned, _composite=composite, _device=device)
        search.value = learned["value"] and ListValue(*learned["value"])
        search._turn()
        return search

    def _turn(self) -> None:
        """Make the vectors whose inner products with those of seekers are estimates."""
        composite, weights = self._composite, self._weights
        words, meaning, needs, offers, needed, offered = composite.blocks(composite.vectors)
        parts = words, meaning, offers, needs, offered, needed
        turned = zip(parts, weights[[0, 1, 2, 2, 3, 3]], strict=True)
        constant = composite.facts @ weights[-1 - composite.facts.shape[1] : -1]
        # Constant and prices are columns, so that the product adds them.
        self._theirs = np.zeros((len(constant), composite.vectors.shape[1] + 2), dtype=np.float32)
        for out, (part, weight) in zip(composite.blocks(self._theirs[:, :-2]), turned, strict=True):
            np.multiply(part, weight, out=out, casting="same_kind")
        self._theirs[:, -2] = constant

    def set_prices(self, excess: Floats) -> None:
        """Let estimates be less by half of `excess`, shape (n_candidates,), at strength 1."""
        self._theirs[:, -1] = -excess / 2.0
        self.__dict__.pop("_on_device", None)

    def among(self, columns: Positions, size: int) -> Self:
        """Return a search that chooses `size` of the candidates at some positions."""
        other = copy.copy(self)
        other.__dict__.pop("_on_device", None)
        other._theirs, other.size = self._theirs[columns], min(size, len(columns))
        return other

    def choose(self, seekers: Organisations | Positions, eligible: Flags, strengths: Floats) -> Flags:
        """Return which eligible candidates are among the `size` of the highest estimates of each seeker.

        Seekers may be positions in the pool; `strengths`, shape (n_seekers,), are those of prices.
        """
        estimates = self.estimates(seekers, eligible, strengths)
        return np.asarray(eligible & (estimates >= nth_highest(estimates, self.size)[:, None]))

    def check(self, estimates: Floats32, scores: Floats) -> None:
        """Set `value`, and raise `size` in steps of sqrt(2), by `DOUBLINGS` at most, until that is enough."""
        grown = np.round(self._least * 2.0 ** np.arange(0.0, DOUBLINGS + 0.5, 0.5)).astype(int)
        sizes = np.minimum(grown, scores.shape[1]).tolist()
        values = list_values(estimates, scores, sizes)
        self.value = next((value for value in values if value.is_enough), values[-1])
        self.size = self.value.size

    def estimates(self, seekers: Organisations | Positions, eligible: Flags, strengths: Floats) -> Floats32:
        """Return the estimates by which `choose` chooses, -inf for pairs that are not eligible."""
        made = self._composite
        vectors = made.encode(seekers) if isinstance(seekers, Organisations) else made.vectors[seekers]
        ours = np.column_stack([vectors, np.ones(len(vectors)), strengths]).astype(np.float32)
        if self._device == "cpu":
            found = np.asarray(ours @ self._theirs.T)
        else:
            found = np.asarray((moved(ours, self._device) @ self._on_device.T).cpu())
        np.copyto(found, -np.inf, where=~eligible)
        return found

    @cached_property
    def _on_device(self) -> Any:
        """The vectors of candidates, moved once."""
        return moved(self._theirs, self._device)


def _learn(pool: Organisations) -> Learned:
    """Return the main axes of the parts of vectors, and the categories of needs and offers."""
    parts, named = [], {""}
    for rows in _in_parts(np.arange(0, len(pool), -(-len(pool) // FITTED))):
        taken = pool.take(rows)
        parts.append(_parts(taken))
        named |= {*taken.needs.categories, *taken.offers.categories}
    words, meaning, *resources = zip(*parts, strict=True)
    exchanged = _axes(vstack([*chain(*resources)], format="csr"), DIMS[2])
    axes = _axes(vstack(words, format="csr"), DIMS[0]), _axes(np.concatenate(meaning), DIMS[1])
    return [*axes, exchanged, exchanged], sorted(named - {""})


def _in_parts(rows: Positions) -> list[Positions]:
    return [rows[start : start + PART] for start in range(0, len(rows), PART)]


def _parts(organisations: Organisations) -> tuple[csr_matrix, Floats, csr_matrix, csr_matrix]:
    """Return words, meaning, needs and offers, one row per organisation each."""
    words = csr_matrix(hstack(organisations.lexical.spaces), dtype=np.float64)
    needs, offers = organisations.needs, organisations.offers
    return words, organisations.meaning.floats, _weighted(needs), _weighted(offers)


def _weighted(resources: Resources) -> csr_matrix:
    """Return words and vectors of needs or offers, their mean by weight, one row per organisation."""
    counts = np.maximum(resources.counts, 1).repeat(resources.counts)
    rows = np.arange(len(resources.weights))
    shape = len(resources), len(rows)
    groups = csr_matrix((resources.weights / counts**0.5, rows, resources.offsets), shape)
    words = [np.sqrt(WORDS) * (groups @ space) for space in resources.lexical.spaces]
    return csr_matrix(hstack([*words, np.sqrt(1.0 - WORDS) * csr_matrix(groups @ resources.vectors.floats)]))


def _axes(matrix: csr_matrix | Floats, n_dims: int) -> Floats32:
    """Return the main axes of rows, shape (n_columns, n_dims)."""
    n_dims = min(n_dims, *matrix.shape)
    axes = randomized_svd(matrix, n_dims, n_iter=2, random_state=0)[2].T
    return np.ascontiguousarray(axes, dtype=np.float32)


def _facts(organisations: Organisations) -> Floats:
    needs, offers = organisations.needs.counts > 0, organisations.offers.counts > 0
    known = np.nan_to_num(organisations.freshness, nan=0.5)
    return np.column_stack([organisations.evidence, known, organisations.flag_factor, needs, offers])


def nth_highest(estimates: Floats32, n: int) -> Floats32:
    """Return the `n`-th highest of each row, shape (n_rows,).

    At least `n` are as high as the `n`-th highest maximum of groups: only these are compared.
    """
    group = min(GROUP, estimates.shape[1] // n)
    n_groups = estimates.shape[1] // group
    highest = estimates[:, : n_groups * group].reshape(len(estimates), group, n_groups).max(axis=1)
    least = np.partition(highest, n_groups - n, axis=1)[:, n_groups - n]
    kept = [row[row >= bound] for row, bound in zip(estimates, least, strict=True)]
    return np.array([np.partition(row, len(row) - n)[len(row) - n] for row in kept], dtype=np.float32)


def evened(chosen: Flags) -> Positions:
    """Return the chosen columns of each row in order, with others so that all rows have as many."""
    rows, width = len(chosen), chosen.shape[1]
    counts = np.bincount(np.flatnonzero(chosen) // width, minlength=rows)
    most = max(1, int(counts.max(initial=0)))
    for row, count in zip(chosen, counts.tolist(), strict=True):
        if count < most:
            row[np.flatnonzero(~row[:most])[: most - count]] = True
    # In one dimension, where numpy finds them fastest.
    return np.asarray(np.flatnonzero(chosen) % width).reshape(rows, most)
