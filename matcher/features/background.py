"""What learned rankers may look at beside the components, a set of organisations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from matcher.arrays import Floats, Positions
from matcher.features.organisations import Organisations


@dataclass(frozen=True)
class Background:
    """Further columns and the past of n organisations, seekers and candidates alike.

    Attributes
    ----------
    side : Organisations
        The same organisations, as components look at them.
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

    side: Organisations
    lists: Mapping[str, csr_matrix]
    categories: Mapping[str, Positions]
    numbers: Mapping[str, Floats]
    works: csr_matrix
    near: csr_matrix

    def take(self, rows: Positions) -> Background:
        """Return the organisations at some positions, in the order of `rows`."""
        return Background(
            self.side.take(rows),
            {name: terms[rows] for name, terms in self.lists.items()},
            {name: codes[rows] for name, codes in self.categories.items()},
            {name: values[rows] for name, values in self.numbers.items()},
            self.works[rows],
            self.near[rows],
        )


def saturate(counts: Floats, half: float) -> Floats:
    """Bring counts to [0, 1): n / (n + half), which is 1/2 at `half`. Own definition."""
    return np.asarray(counts / (counts + half), dtype=np.float64)


def known(shape: tuple[int, int], ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return where both sides of a pair are known, shape (n_seekers, n_candidates)."""
    return np.broadcast_to(ours[:, None] & theirs[None, :], shape)
