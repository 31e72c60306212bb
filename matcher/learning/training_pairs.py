"""Pairs to learn from: partners that were found, and a sample of the other candidates."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from matcher.arrays import Flags, Floats, Floats32, Objects, Positions
from matcher.config import Config
from matcher.documents.language import N_, progress_bar
from matcher.encoders import Encoder
from matcher.evaluation.lists import EvaluationPool
from matcher.features import pick_features
from matcher.outcomes.snapshots import Snapshot
from matcher.ranking import WeightedRanker

MOST_PAIRS: Final = 1_500_000  # kept for validation: all candidates where the pool and the past allow it
RANDOM: Final = 400  # other candidates of each seeker that are learned from; each represents several
HARD: Final = 100  # other candidates that the analyst's weights rank first; each represents itself
BY_SEEKER: Final = ("date", "cluster")  # fields of `TrainingPairs` with a row per seeker


@dataclass(frozen=True)
class TrainingPairs:
    """Pairs of seekers and candidates, seeker after seeker.

    Features are seen from each side, shape (n_pairs, n_features), in [0, 1], NaN where unknown. Of shape
    (n_seekers,) are the day from which labels come, and the cluster: a work or an organisation.
    """

    features: tuple[str, ...]
    seeker_side: Floats32
    candidate_side: Floats32
    label: Floats  # 1 where the pair worked together after the snapshot; 0 where unknown, or declined
    weight: Floats  # for how many candidates the pair stands
    seeker: Positions  # number of the seeker, rising from 0
    date: NDArray[np.datetime64]
    cluster: Objects
    newcomer: Flags  # whether the candidate had no joint work before
    hard: Flags  # whether the pair is among the first of the others by the analyst's weights, or declined

    @property
    def n_labels(self) -> int:
        """Number of pairs that worked together."""
        return int(self.label.sum())

    @property
    def n_seekers(self) -> int:
        """Number of seekers."""
        return len(self.date)

    @property
    def n_found(self) -> Positions:
        """Partners of each seeker that were to be found, shape (n_seekers,)."""
        return np.bincount(self.seeker[self.label > 0], minlength=self.n_seekers)

    def learnable(self) -> Self:
        """Leave out seekers none of whose partners may be recommended: nothing is learned from them."""
        return self.take(self.n_found > 0)

    def take(self, seekers: Flags) -> Self:
        """Return the pairs of some seekers, chosen by flags of shape (n_seekers,), numbered anew."""
        chosen, numbers = self._rows(seekers[self.seeker]), np.cumsum(seekers) - 1
        fields: dict[str, Any] = {name: getattr(self, name)[seekers] for name in BY_SEEKER}
        return replace(chosen, seeker=numbers[chosen.seeker], **fields)

    def thin(self) -> Self:
        """Keep partners, hard candidates and `RANDOM` of the others of each seeker, to learn from."""
        kept = (self.label > 0) | self.hard
        order = np.random.default_rng(0).random(len(self.label))
        others = pd.Series(order).where(~kept).groupby(self.seeker)
        share = np.maximum(others.transform("count") / RANDOM, 1.0)
        weight = np.where(kept, self.weight, self.weight * share)
        return replace(self, weight=weight)._rows(kept | (others.rank() <= RANDOM).to_numpy())

    def columns(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Return some features of both sides, shape (n_pairs, n_names) each."""
        positions = [self.features.index(name) for name in names]
        ours, theirs = self.seeker_side[:, positions], self.candidate_side[:, positions]
        return ours.astype(np.float64), theirs.astype(np.float64)

    def _rows(self, rows: Flags) -> Self:
        others = ("features", *BY_SEEKER)
        fields: dict[str, Any] = {name: one[rows] for name, one in vars(self).items() if name not in others}
        return replace(self, **fields)


def gather_pairs(
    snapshots: Sequence[Snapshot], config: Config, encoder: Encoder, *, seed: int = 0, progress: bool = False
) -> TrainingPairs:
    """Compute the features of pairs of snapshots; settings choose the hard ones, the seed the others."""
    bar = progress_bar(progress, N_("snapshots"), N_("snapshot"), iterable=snapshots)
    most = max(MOST_PAIRS // max(sum(len(snapshot.seekers) for snapshot in snapshots), 1), RANDOM)
    parts = [pairs for each in bar for pairs in _pairs_of(each, config, encoder, seed, most)]
    # Seekers one after the other, with the features that any of them has; NaN where a part has not.
    features = tuple(dict.fromkeys(name for part in parts for name in part.features))
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in ("label", "weight", "newcomer", "hard", "date", "cluster")
    }
    for side in ("seeker_side", "candidate_side"):
        aligned = [pick_features(getattr(part, side), part.features, features) for part in parts]
        joined[side] = np.concatenate(aligned)
    seeker = np.repeat(np.arange(len(parts)), [len(part.seeker) for part in parts])
    return TrainingPairs(features, seeker=seeker, **joined)


def _pairs_of(
    snapshot: Snapshot, config: Config, encoder: Encoder, seed: int, most: int
) -> Iterator[TrainingPairs]:
    task = EvaluationPool(snapshot, config, encoder, signals=True)
    pool = task.pool
    analyst = task.prepare(WeightedRanker.from_config(config, pool.features))
    newcomer = snapshot.history.n_works(pool.ids) == 0
    labelled_from = np.array([snapshot.labelled_from], dtype="datetime64[ns]")
    rng = np.random.default_rng(seed)
    for block in task.blocks():
        searches = zip(task.encoded.ids[block.rows], task.formed(block.rows), strict=True)
        for row, (id_, formed) in enumerate(searches):
            ours, theirs, eligible = block.seeker_side[row], block.candidate_side[row], block.eligible[row]
            found = formed & eligible
            declined = np.isin(pool.ids, list(snapshot.declined[id_]))
            # Members of a work that another led are partners too, though they were not to be found; those
            # that declined for their own reason say nothing of what the seeker gains.
            unknown = {member for work in snapshot.after if id_ in work.members for member in work.members}
            unknown |= snapshot.refused_by[id_]
            met = found | np.isin(pool.ids, list(unknown))
            others = np.flatnonzero(eligible & ~met)
            score = analyst.predict(ours) * analyst.predict(theirs)
            top = others[np.argsort(-score[others], kind="stable")[:HARD]]
            # Those who declined are known not to have become partners: they are always drawn.
            hard = np.concatenate([top, np.setdiff1d(others[declined[others]], top)])
            rest = np.setdiff1d(others, hard)
            drawn = np.sort(rng.choice(rest, min(most, len(rest)), replace=False))
            groups = np.flatnonzero(found), hard, drawn
            sizes, rows = [len(group) for group in groups], np.concatenate(groups)
            share = (len(others) - len(hard)) / max(len(drawn), 1)
            yield TrainingPairs(
                pool.features,
                ours[rows].astype(np.float32),
                theirs[rows].astype(np.float32),
                label=np.repeat([1.0, 0.0, 0.0], sizes),
                weight=np.repeat([1.0, 1.0, share], sizes),
                seeker=np.zeros(len(rows), dtype=np.int64),
                date=labelled_from,
                cluster=np.array([f"{snapshot.labelled_from:%Y-%m-%d} {snapshot.works[id_]}"], object),
                newcomer=newcomer[rows],
                hard=np.repeat([False, True, False], sizes),
            )
