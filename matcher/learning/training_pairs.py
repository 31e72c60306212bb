"""Pairs to learn from: partners that were found, and a sample of the other candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from matcher.arrays import Floats, Floats32, Positions
from matcher.columns import Profile
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.features import pick_features
from matcher.matching.pool import EncodedPool, PairBlock
from matcher.outcomes.snapshots import Snapshot
from matcher.profiles.seekers import lend_from_lead
from matcher.ranking import WeightedRanker

MOST_PAIRS: Final = 1_500_000
"""Pairs kept for judging: all candidates where the pool and the past allow it."""
RANDOM: Final = 400
"""Other candidates of each seeker that are learned from; each stands for several."""
HARD: Final = 100
"""Other candidates that the analyst's weights put on top; each stands for itself."""


@dataclass(frozen=True)
class TrainingPairs:
    """Pairs of seekers and candidates, seeker after seeker.

    Attributes
    ----------
    features : tuple of str
        Names of the columns of `seeker_side` and `candidate_side`.
    seeker_side, candidate_side : ndarray of shape (n_pairs, n_features), float32
        What each side sees; NaN where unknown.
    label : ndarray of shape (n_pairs,)
        1 where the pair worked together after the snapshot; 0 where that is not known, or declined.
    weight : ndarray of shape (n_pairs,)
        For how many candidates each pair stands.
    seeker : ndarray of shape (n_pairs,)
        Number of the seeker, rising.
    date : ndarray of shape (n_seekers,)
        Day from which each seeker's labels come.
    cluster : ndarray of shape (n_seekers,)
        What hangs together: rows of one work, or of one organisation.
    newcomer : ndarray of shape (n_pairs,)
        Whether the candidate had no joint work before.
    hard : ndarray of shape (n_pairs,)
        Whether the analyst's weights put the pair on top of the others, or it declined.
    """

    features: tuple[str, ...]
    seeker_side: Floats32
    candidate_side: Floats32
    label: Floats
    weight: Floats
    seeker: Positions
    date: NDArray[np.datetime64]
    cluster: NDArray[np.object_]
    newcomer: NDArray[np.bool_]
    hard: NDArray[np.bool_]

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

    def take(self, seekers: NDArray[np.bool_]) -> TrainingPairs:
        """Return the pairs of some seekers, shape (n_seekers,) of truth values, numbered anew."""
        numbers = np.cumsum(seekers) - 1
        chosen = self._rows(seekers[self.seeker])
        return replace(
            chosen,
            seeker=numbers[chosen.seeker],
            date=self.date[seekers],
            cluster=self.cluster[seekers],
        )

    def thin(self, seed: int = 0) -> TrainingPairs:
        """Keep partners, hard candidates and `RANDOM` of the others of each seeker, to learn from."""
        kept = (self.label > 0) | self.hard
        order = np.random.default_rng(seed).random(len(self.label))
        # Kept ones come first in each seeker's order; the rank among the others tells who is drawn.
        order[kept] = -1.0
        by_seeker = np.lexsort((order, self.seeker))
        sizes = np.bincount(self.seeker, minlength=self.n_seekers)
        n_kept = np.bincount(self.seeker, weights=kept, minlength=self.n_seekers).astype(np.int64)
        starts = np.cumsum(sizes) - sizes
        rank = np.empty(len(order), dtype=np.int64)
        rank[by_seeker] = np.arange(len(order)) - np.repeat(starts + n_kept, sizes)
        n_others = sizes - n_kept
        share = np.maximum(n_others / RANDOM, 1.0)[self.seeker]
        weight = np.where(kept, self.weight, self.weight * share)
        return replace(self, weight=weight)._rows(kept | (rank < RANDOM))

    def _rows(self, rows: NDArray[np.bool_]) -> TrainingPairs:
        return replace(
            self,
            seeker_side=self.seeker_side[rows],
            candidate_side=self.candidate_side[rows],
            label=self.label[rows],
            weight=self.weight[rows],
            seeker=self.seeker[rows],
            newcomer=self.newcomer[rows],
            hard=self.hard[rows],
        )

    def columns(self, names: Sequence[str]) -> tuple[Floats, Floats]:
        """Return some features of both sides."""
        places = [self.features.index(name) for name in names]
        return (
            self.seeker_side[:, places].astype(np.float64),
            self.candidate_side[:, places].astype(np.float64),
        )


def gather_pairs(
    snapshots: Sequence[Snapshot],
    config: Config,
    encoder: Encoder,
    *,
    seed: int = 0,
    progress: bool = False,
) -> TrainingPairs:
    """Compute what both sides of the snapshots' pairs saw, and draw other candidates.

    Parameters
    ----------
    snapshots : sequence of Snapshot
        At least one.
    config : Config
        Settings; its weights choose the hard candidates.
    encoder : Encoder
        Text -> unit vectors.
    seed : int
        Decides which other candidates are drawn.
    progress : bool, default False
        Whether to show a progress bar on stderr.
    """
    bar = tqdm(snapshots, desc="looking back", unit="snapshot", disable=not progress, leave=False)
    most = max(MOST_PAIRS // max(sum(len(snapshot.seekers) for snapshot in snapshots), 1), RANDOM)
    parts = [_pairs_of(snapshot, config, encoder, seed, most) for snapshot in bar]
    features = tuple(dict.fromkeys(name for part in parts for name in part.features))
    starts = np.cumsum([0, *(part.n_seekers for part in parts)])
    return TrainingPairs(
        features,
        np.concatenate([pick_features(part.seeker_side, part.features, features) for part in parts]),
        np.concatenate([pick_features(part.candidate_side, part.features, features) for part in parts]),
        np.concatenate([part.label for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.concatenate([part.seeker + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.date for part in parts]),
        np.concatenate([part.cluster for part in parts]),
        np.concatenate([part.newcomer for part in parts]),
        np.concatenate([part.hard for part in parts]),
    )


def _pairs_of(snapshot: Snapshot, config: Config, encoder: Encoder, seed: int, most: int) -> TrainingPairs:
    day = config.model_copy(update={"as_of": snapshot.date.date()})
    pool = EncodedPool(snapshot.pool, day, encoder, snapshot.history, signals=True)
    ranker = WeightedRanker(config.weights.as_dict(), config.conflict_strength, pool.features)
    frame = lend_from_lead(snapshot.seekers, pool.frame)
    rng = np.random.default_rng(seed)
    ids = pool.ids
    fresh = snapshot.history.n_works(ids) == 0
    sampled: list[_Sampled] = []
    for pairs in pool.blocks(frame, pool.encoder.encode(frame)):
        eligible = pairs.eligible
        for row, seeker in enumerate(pairs.rows):
            wanted = snapshot.partners[str(frame[Profile.ID].iloc[seeker])]
            found = np.isin(ids, list(wanted)) & eligible[row]
            declined = np.isin(ids, list(snapshot.declined[str(frame[Profile.ID].iloc[seeker])]))
            if not frame[Profile.LEAD].iloc[seeker]:
                # An organisation seeks new partners: those it works with are neither found nor passed over.
                eligible[row] &= snapshot.history.ties(frame[Profile.ID].to_numpy()[[seeker]], ids)[0] == 0
            sampled.append(_sample(pairs, row, found, declined, eligible[row], ranker, rng, most))
    sizes = [len(places) for places, *_ in sampled]
    return TrainingPairs(
        pool.features,
        np.concatenate([part[1] for part in sampled]),
        np.concatenate([part[2] for part in sampled]),
        np.concatenate([part[3] for part in sampled]),
        np.concatenate([part[4] for part in sampled]),
        np.repeat(np.arange(len(sampled)), sizes),
        np.full(len(sampled), snapshot.labelled_from.to_datetime64(), dtype="datetime64[ns]"),
        np.array(
            [f"{snapshot.labelled_from:%Y-%m-%d} {snapshot.works[id_]}" for id_ in frame[Profile.ID]], object
        ),
        np.concatenate([fresh[part[0]] for part in sampled]),
        np.concatenate([part[5] for part in sampled]),
    )


_Sampled = tuple[Positions, Floats32, Floats32, Floats, Floats, NDArray[np.bool_]]


def _sample(
    pairs: PairBlock,
    row: int,
    found: NDArray[np.bool_],
    declined: NDArray[np.bool_],
    eligible: NDArray[np.bool_],
    ranker: WeightedRanker,
    rng: np.random.Generator,
    most: int,
) -> _Sampled:
    """Return positions, both sides' features, labels, weights and hardness of one seeker's pairs."""
    ours, theirs = pairs.seeker_side[row], pairs.candidate_side[row]
    if not hasattr(ranker, "means_"):
        ranker.fit(np.concatenate([ours, theirs]))
    others = np.flatnonzero(eligible & ~found)
    promise = (ranker.predict(ours) * ranker.predict(theirs))[others]
    top = others[np.argsort(-promise, kind="stable")[:HARD]]
    # Of whoever declined it is known that no partnership formed: none of them is left to chance.
    hard = np.concatenate([top, np.setdiff1d(others[declined[others]], top)])
    rest = np.setdiff1d(others, hard)
    drawn = np.sort(rng.choice(rest, min(most, len(rest)), replace=False))
    partners = np.flatnonzero(found)
    places = np.concatenate([partners, hard, drawn])
    share = len(rest) / max(len(drawn), 1)
    weight = np.concatenate([np.ones(len(partners) + len(hard)), np.full(len(drawn), share)])
    label = np.concatenate([np.ones(len(partners)), np.zeros(len(hard) + len(drawn))])
    is_hard = np.repeat([False, True, False], [len(partners), len(hard), len(drawn)])
    sides = ours[places].astype(np.float32), theirs[places].astype(np.float32)
    return places, *sides, label, weight, is_hard
