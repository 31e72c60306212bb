"""Selection: who is shown to whom, and, where lists explore, how likely that was."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.arrays import Positions
from matcher.matching.scoring import ScoredBlock

NEXT: Final = 2
"""A list of k explores among the next 2 k candidates."""


class Selected(NamedTuple):
    """Candidates of one seeker, best first, and the propensity of each: its chance to stand there."""

    places: Positions
    propensities: NDArray[np.float64]


@dataclass(frozen=True)
class Exploration:
    """How often the last place of a list goes to one of the next candidates; own definition.

    With the chance `share` the last place is given to one of the next 2 k eligible candidates, each of n
    alike. Propensities are exact: 1 for the places before, 1 - share for the candidate that stands last by
    its score, share / n for one that was drawn. Where nobody is next, or share is 0, all are 1.

    Attributes
    ----------
    share : float
        In [0, 0.5].
    seed : int
    run : str
        Names the run: another one draws others.
    """

    share: float = 0.0
    seed: int = 0
    run: str = ""

    def draw(self, seeker: str, n_next: int) -> int | None:
        """Return which of the next candidates takes a seeker's last place; None for none of them.

        Hangs on seed, run and seeker only, never on the order or number of seekers.
        """
        text = "\0".join((str(self.seed), self.run, seeker)).encode("utf-8", "surrogatepass")
        random = np.random.default_rng(int.from_bytes(hashlib.blake2b(text, digest_size=16).digest()))
        return int(random.integers(n_next)) if random.random() < self.share else None


def best_candidates(block: ScoredBlock, k: int) -> list[Positions]:
    """Return, a seeker, the positions of its at most `k` best eligible candidates, best first.

    Equal scores keep the order of ids.
    """
    order = np.argsort(-block.score, axis=1, kind="stable")[:, :k]
    return [places[np.isfinite(block.score[row, places])] for row, places in enumerate(order)]


def select(block: ScoredBlock, k: int, seekers: Sequence[str], exploration: Exploration) -> list[Selected]:
    """Return, a seeker, whom it is shown.

    Parameters
    ----------
    block : ScoredBlock
        Scores of n seekers and the pool.
    k : int
        Places of a list; fewer where fewer are eligible.
    seekers : sequence of str
        Their n ids.
    exploration : Exploration
    """
    if exploration.share <= 0.0:
        return [Selected(places, np.ones(len(places))) for places in best_candidates(block, k)]
    longer = best_candidates(block, (1 + NEXT) * k)
    return [_explored(places, k, seeker, exploration) for places, seeker in zip(longer, seekers, strict=True)]


def _explored(places: Positions, k: int, seeker: str, exploration: Exploration) -> Selected:
    chosen, following = places[:k].copy(), places[k:]
    propensities = np.ones(len(chosen))
    if len(following):
        drawn = exploration.draw(seeker, len(following))
        propensities[-1] = 1.0 - exploration.share
        if drawn is not None:
            chosen[-1] = following[drawn]
            propensities[-1] = exploration.share / len(following)
    return Selected(chosen, propensities)
