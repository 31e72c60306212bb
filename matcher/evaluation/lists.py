"""Ranked lists of several systems over one pool, and how far two sets of lists agree."""

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from matcher.arrays import Flags, Floats, Objects, Positions
from matcher.columns import Profile, Recommendation
from matcher.config import Config
from matcher.documents.language import N_, progress_bar
from matcher.encoders import Encoder
from matcher.errors import ModelError
from matcher.evaluation.intervals import Calibration, measure_calibration
from matcher.evaluation.metrics import PAIR
from matcher.matching.pool import EncodedPool, PairBlock
from matcher.matching.scoring import PoolScorer, learn_prices, observe_pool
from matcher.matching.selection import select_best
from matcher.outcomes import History
from matcher.outcomes.snapshots import Snapshot
from matcher.profiles.records import all_text, records_of

Scores = Callable[[Positions], Floats]
"""Positions of some seekers -> scores of shape (n_seekers, n_candidates)."""

LABELS: Final = {
    "random": "random",  # drawn from the seed and the seeker's id
    "popularity": "popularity",  # by how many others led a work that the candidate joined
    "tfidf": "TF-IDF",  # of all texts of a profile
    "cosine": "cosine only",  # of the mean passage vectors of the encoder
    "one_sided": "one-sided",
    "analyst": "analyst weights",
    "ranker": "trained ranker",
}
"""Names of systems in JSON, and as people read them; the simplest first."""
RANDOM, POPULARITY, TFIDF, COSINE, ONE_SIDED, ANALYST, RANKER = LABELS
MOST_PAIRS: Final = 2_000_000
"""Pairs whose probabilities are judged; of more, seekers are drawn, each with all its candidates."""
DEPTH: Final = 10
"""Number of first ranks that are compared: people are assumed to read no further."""


def _baselines(task: "EvaluationPool", seed: int) -> dict[str, Scores]:
    pool, encoded = task.pool, task.encoded
    suitors = (pool.context.history or History(())).n_suitors(pool.ids)
    ours, theirs = encoded.purpose_meaning, pool.organisations.purpose_meaning
    return {
        RANDOM: lambda rows: np.stack([_draw(encoded.ids[row], len(pool), seed) for row in rows]),
        POPULARITY: lambda rows: np.tile(suitors, (len(rows), 1)),
        TFIDF: tfidf_scores(pool.frame, task.seekers),
        COSINE: lambda rows: ours[rows].cosines(theirs),
    }


def _draw(seeker: str, n: int, seed: int) -> Floats:
    """Return random scores that depend on the seed and the seeker's id alone."""
    digest = hashlib.blake2b(str(seeker).encode(errors="surrogatepass"), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest)]).random(n)


def tfidf_scores(pool: pd.DataFrame, seekers: pd.DataFrame) -> Scores:
    """Return scores of seekers by the cosine of TF-IDF of all texts of profiles, fitted to a pool."""
    theirs, ours = ([all_text(row) for row in records_of(frame)] for frame in (pool, seekers))
    vectorizer = TfidfVectorizer()
    try:
        candidates = vectorizer.fit_transform(theirs)
    except ValueError:  # no word in the whole pool: all are equal
        return lambda rows: np.zeros((len(rows), len(theirs)))
    vectors: csr_matrix = vectorizer.transform(ours)
    return lambda rows: np.asarray((vectors[rows] @ candidates.T).toarray())


class ListTables:
    """The best k candidates of each seeker under each system; `seekers` and `candidates` are their ids."""

    def __init__(self, seekers: Objects, candidates: Objects, k: int) -> None:
        self._seekers, self._candidates, self._k = seekers, candidates, k
        self._parts: dict[str, list[pd.DataFrame]] = {}

    def add(self, system: str, rows: Positions, score: Floats) -> None:
        """Add a system's scores of some seekers, shape (n_rows, n_candidates); -inf where not eligible."""
        best = select_best(score, self._k)
        columns = {
            str(Recommendation.SEEKER): self._seekers[rows[best.rows]],
            str(Recommendation.CANDIDATE): self._candidates[best.positions],
            str(Recommendation.RANK): best.ranks,
            str(Recommendation.SCORE): score[best.rows, best.positions],
        }
        self._parts.setdefault(system, []).append(pd.DataFrame(columns))

    def table(self, system: str) -> pd.DataFrame:
        """Return a system's recommendations: columns seeker, candidate, rank, score."""
        return pd.concat(self._parts[system], ignore_index=True)


class EvaluationPool:
    """The encoded pool of a snapshot as of its date, and its seekers; a call completed from its lead."""

    def __init__(
        self,
        truth: Snapshot,
        config: Config,
        encoder: Encoder,
        *,
        signals: bool = False,
        progress: bool = False,
    ) -> None:
        config = config.model_copy(update={"as_of": truth.date.date()})
        self.truth = truth
        self.pool = EncodedPool(
            truth.pool, config, encoder, truth.history, signals=signals, progress=progress
        )
        self.seekers = self.pool.rules.lend(truth.seekers)
        self.encoded = self.pool.encoder.encode(self.seekers, progress=progress)
        self._is_member = self.seekers[Profile.ID].isin(self.pool.ids).to_numpy()

    def formed(self, rows: Positions) -> Flags:
        """Return which pairs of some seekers formed, shape (n_rows, n_candidates)."""
        ids = self.pool.ids
        return np.stack([np.isin(ids, list(self.truth.partners[id_])) for id_ in self.encoded.ids[rows]])

    def newcomers(self) -> pd.Series:
        """Return whether each seeker, or the lead of a call, had no joint work before the snapshot.

        Indexed by seeker; None for calls without a known lead.
        """
        leads = self.encoded.tie_ids
        fresh = self.truth.history.n_works(leads) == 0
        anonymous = ~self._is_member & (leads == self.encoded.ids)
        known = [None if nobody else bool(one) for one, nobody in zip(fresh, anonymous, strict=True)]
        return pd.Series(known, index=self.encoded.ids, dtype=object)

    def blocks(self) -> Iterator[PairBlock]:
        """Yield the pairs of each block of seekers.

        Organisations are not eligible for those with whom they worked before: nobody judges them.
        """
        for pairs in self.pool.blocks(self.seekers, self.encoded):
            ties = self.truth.history.ties(self.encoded.ids[pairs.rows], self.pool.ids)
            known = (ties > 0) & self._is_member[pairs.rows, None]
            yield replace(pairs, eligible=pairs.eligible & ~known)

    def prepare(self, ranker: Any) -> Any:
        """Return a copy of a ranker that has observed the pool, as in a `Matcher`."""
        own = copy.deepcopy(ranker)
        try:
            return observe_pool(own, self.pool.sample())
        except AttributeError as err:
            raise ModelError(
                f"the {type(own).__name__} lacks what this version reads from it ({err.name}): it was "
                "saved by an earlier one. Train it again."
            ) from err


@dataclass(frozen=True)
class Ranked:
    """Lists of each scorer, of the baselines, and of the analyst's seeker gains alone.

    Which candidates, shape (n_candidates,), may be recommended to any seeker; how many true pairs may not be;
    and the calibration of the main system, where it is calibrated and any pair may be recommended.
    """

    lists: ListTables
    reachable: Flags
    n_barred: int
    calibration: Calibration | None


def rank_systems(
    task: EvaluationPool,
    scorers: Mapping[str, PoolScorer],
    k: int,
    *,
    main: str = ANALYST,
    seed: int = 0,
    progress: bool = False,
) -> Ranked:
    """Rank the same eligible pairs under all systems, lists of k; probabilities of `main` are judged."""
    baselines = _baselines(task, seed)
    lists = ListTables(task.encoded.ids, task.pool.ids, k)
    judged = np.zeros(len(task.seekers), dtype=bool)
    if main in scorers and scorers[main].calibrated:
        wanted = max(1, MOST_PAIRS // len(task.pool))
        judged[np.random.default_rng(seed).permutation(len(judged))[:wanted]] = True
    reachable, n_barred, probabilities = np.zeros(len(task.pool), dtype=bool), 0, []
    # Calls of a known lead pay no price.
    strength = task.pool.context.config.market.strength
    are_priced = strength > 0.0 and (task.seekers[Profile.LEAD] == "").any()
    total = len(task.seekers) + (len(task.pool.reference) if are_priced else 0)
    with progress_bar(progress, N_("comparing"), N_("seeker"), total=total) as bar:
        if are_priced:
            learn_prices(task.pool, list(scorers.values()), bar.update)
        for pairs in task.blocks():
            eligible, formed = pairs.eligible, task.formed(pairs.rows)
            reachable |= eligible.any(axis=0)
            n_barred += int((formed & ~eligible).sum())
            for name, scores in baselines.items():
                lists.add(name, pairs.rows, np.where(eligible, scores(pairs.rows), -np.inf))
            for name, scorer in scorers.items():
                block = scorer.score_block(pairs)
                lists.add(name, pairs.rows, block.score)
                if name == ANALYST:
                    lists.add(ONE_SIDED, pairs.rows, np.where(eligible, block.seeker_gain, -np.inf))
                if name == main:
                    row, column = np.nonzero(eligible & judged[pairs.rows, None])
                    probabilities.append((block.mutual[row, column], formed[row, column], pairs.rows[row]))
            bar.update(len(pairs.rows))
    probability, label, seeker = map(np.concatenate, zip(*probabilities, strict=True))
    calibration = measure_calibration(probability, label, seeker, seed=seed) if len(seeker) else None
    return Ranked(lists, reachable, n_barred, calibration)


def compare_lists(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return how lists of one length, rows by rank, changed, by seeker, the most changed first.

    Columns: `overlap`, the candidates in both lists over the length of the longer one, in [0, 1]; the
    candidates that `entered` and `left`, tuples by rank.
    """
    old, new = (table.groupby(PAIR[0])[PAIR[1]].agg(list) for table in (before, after))
    rows = []
    for seeker in (seekers := old.index.union(new.index)):
        mine, theirs = old.get(seeker, []), new.get(seeker, [])
        entered, left = (
            tuple(id_ for id_ in ours if id_ not in others)
            for ours, others in ((theirs, mine), (mine, theirs))
        )
        rows.append(((len(mine) - len(left)) / max(len(mine), len(theirs)), entered, left))
    changes = pd.DataFrame(rows, index=seekers, columns=["overlap", "entered", "left"])
    return changes.sort_values("overlap", kind="stable")
