"""What other weights do to the lists, before anybody accepts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import Profile, Recommendation
from matcher.evaluation import rank_agreement
from matcher.recommendations import Matcher

DEPTH: Final = 10
OVERLAP: Final = f"overlap@{DEPTH}"


@dataclass(frozen=True)
class ListChange:
    """How the list of one seeker changes.

    Attributes
    ----------
    seeker : str
        Id.
    rbo, overlap : float
        Rank-biased overlap of the lists before and after, and the share of the first ten places that both
        have, in [0, 1]; 1 where nothing moves.
    entered, left : tuple of str
        Ids of candidates that come into the list, by their new rank, and that drop out, by their old one.
    """

    seeker: str
    rbo: float
    overlap: float
    entered: tuple[str, ...]
    left: tuple[str, ...]


def list_changes(
    matcher: Matcher, weights: Mapping[str, float], seekers: Sequence[str] | None = None, k: int = DEPTH
) -> tuple[ListChange, ...]:
    """Return how the lists of some seekers change under other weights.

    Parameters
    ----------
    matcher : Matcher
        Fitted, with the analyst's weights.
    weights : mapping of str to float
    seekers : sequence of str, optional
        Ids of the pool; all of them where left out.
    k : int, default 10
        Length of the lists.

    Returns
    -------
    changes : tuple of ListChange
        Those whose lists change most first, then by id; seekers without any eligible candidate are left
        out.

    Raises
    ------
    MatcherError
        As `Matcher.recommend`.
    """
    wanted = matcher.pool[Profile.ID].tolist() if seekers is None else list(dict.fromkeys(seekers))
    before = matcher.recommend(wanted, k, explain=False)
    after = matcher.reweighted(weights).recommend(wanted, k, explain=False)
    return compare_lists(before, after)


def compare_lists(before: pd.DataFrame, after: pd.DataFrame) -> tuple[ListChange, ...]:
    """Return how lists changed, from two tables of recommendations of the same seekers."""
    if before.empty and after.empty:
        return ()
    agreement = rank_agreement(before, after, [DEPTH])
    old, new = _by_seeker(before), _by_seeker(after)
    changes = []
    for seeker, rbo, overlap in zip(agreement.index, agreement["RBO"], agreement[OVERLAP], strict=True):
        ours, theirs = old.get(seeker, []), new.get(seeker, [])
        entered = tuple(one for one in theirs if one not in ours)
        left = tuple(one for one in ours if one not in theirs)
        changes.append(ListChange(str(seeker), float(rbo), float(overlap), entered, left))
    return tuple(sorted(changes, key=lambda change: (change.rbo, change.seeker)))


def _by_seeker(table: pd.DataFrame) -> dict[str, list[str]]:
    """Return the candidates of each seeker, best first."""
    ordered = table.sort_values([Recommendation.SEEKER, Recommendation.RANK], kind="stable")
    return {
        str(seeker): list(listed)
        for seeker, listed in ordered.groupby(Recommendation.SEEKER)[Recommendation.CANDIDATE]
    }
