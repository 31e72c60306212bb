"""Floors of exposure: everybody who may be recommended is in some lists of the whole pool."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from matcher.arrays import Flags, Floats, Positions
from matcher.matching.pool import BLOCK
from matcher.matching.scoring import Listed, PoolScorer
from matcher.matching.selection import Selected


def raise_floor(
    lists: Positions,
    score: Floats,
    is_fixed: Flags,
    wanted: Positions,
    offers: Floats,
    floor: int,
    twins: Mapping[int, Positions],
) -> Positions:
    """Give organisations that are in too few lists the places of some that are in more than enough.

    Each time the last place in a list that can be given away where least score is lost. Where anybody may be
    in the list of any other, without fixed places and twins, and lists are not shorter than `floor`,
    everybody is in `floor` lists in the end: the maximin share, as in FairRec (Patro et al. 2020), which
    deals out places in turn, also to those whose place nobody needed.

    `lists`, positions of candidates or -1 for none, `score` and `is_fixed`, places that are not given away,
    have shape (n, k); `offers` are the scores of those `wanted` in more lists, -inf where they may not be, of
    shape (n, n_wanted); `twins` are not in one list. Other places of a list are returned by falling score.
    """
    (lists, score), rows = (lists.copy(), score.copy()), np.arange(len(lists))
    counts = np.bincount(lists[lists >= 0], minlength=len(lists))
    for number in np.isfinite(offers).sum(axis=0).argsort(kind="stable").tolist():  # the hardest first
        at = int(wanted[number])
        while counts[at] < floor:
            can_go = (lists >= 0) & ~is_fixed & (counts[lists] > floor)
            place = lists.shape[1] - 1 - can_go[:, ::-1].argmax(axis=1)
            is_open = can_go.any(axis=1) & ~np.isin(lists, [at, *twins.get(at, ())]).any(axis=1)
            is_open &= np.isfinite(offers[:, number])
            losses = np.full(len(rows), np.inf)
            losses[is_open] = score[rows, place][is_open] - offers[is_open, number]
            row = int(losses.argmin())
            if losses[row] == np.inf:
                break
            counts[[lists[row, place[row]], at]] += [-1, 1]
            lists[row, place[row]], score[row, place[row]] = at, offers[row, number]
    for listed, own, fixed in zip(lists, score, is_fixed, strict=True):
        free = np.flatnonzero(~fixed & (listed >= 0))
        listed[free] = listed[free[np.argsort(-own[free], kind="stable")]]
    return lists


def with_floor(scorer: PoolScorer, found: Sequence[Listed], k: int) -> list[Listed]:
    """Return the lists of all organisations of a pool with `market.floor`; warn where it cannot be held."""
    pool, floor = scorer.pool, min(scorer.pool.context.config.market.floor, k)
    lists, score = np.full((len(pool), k), -1), np.full((len(pool), k), -np.inf)
    is_fixed = np.zeros(lists.shape, dtype=bool)
    for one in found:
        at = one.scores.pairs.rows, one.selected.ranks - 1
        lists[at], score[at], is_fixed[at] = one.selected.positions, one.scores.score, one.stays
    wanted = np.flatnonzero(np.bincount(lists[lists >= 0], minlength=len(pool)) < floor)
    if not len(wanted):
        return [*found]
    blocks = (np.arange(start, min(start + BLOCK, len(pool))) for start in range(0, len(pool), BLOCK))
    offers = np.concatenate([scorer.score_block(pool.pairs(rows, columns=wanted)).score for rows in blocks])
    raised = raise_floor(lists, score, is_fixed, wanted, offers, floor, pool.twins)
    counts = np.bincount(raised[raised >= 0], minlength=len(pool))[wanted]
    if short := int((counts[np.isfinite(offers).any(axis=0)] < floor).sum()):
        warnings.warn(
            f"organisations in fewer than {floor} lists, for too few may have them: {short:,}.", stacklevel=4
        )
    return [_relisted(scorer, one, lists, raised, is_fixed) for one in found]


def _relisted(scorer: PoolScorer, one: Listed, old: Positions, new: Positions, is_fixed: Flags) -> Listed:
    """Return the lists of a block as they are now."""
    rows = np.unique(one.scores.pairs.rows)
    if (old[rows] == new[rows]).all():
        return one
    row, place = np.nonzero(new[rows] >= 0)
    positions = new[rows[row], place]
    pairs = scorer.pool.pairs(rows, columns=np.unique(positions))
    scores = scorer.score_block(pairs).at(row, pairs.columns_of(row, positions))
    selected = Selected(row, positions, place + 1)
    return Listed(selected, scores, scorer.prices[rows[row]], is_fixed[rows[row], place])
