"""Ranked lists of several systems over one pool, and how far other weights move them."""

import copy
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
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
from matcher.evaluation.metrics import PAIR, ranked
from matcher.features import GATES
from matcher.matching.pool import EncodedPool, PairBlock
from matcher.matching.scoring import PoolScorer, Ranker, learn_prices, observe_pool
from matcher.matching.selection import select_best
from matcher.outcomes import History
from matcher.outcomes.snapshots import Snapshot
from matcher.profiles.records import all_text, records_of
from matcher.ranking import AdditiveRanker, CalibratedRanker

Scores = Callable[[Positions], Floats]  # of seekers at positions, shape (n_seekers, n_candidates)

LABELS: Final = {  # names of systems in JSON, and as people read them; the simplest first
    "random": "random",  # drawn from the seed and the seeker's id
    "popularity": "popularity",  # by how many others led a work that the candidate joined
    "tfidf": "TF-IDF",  # of all texts of a profile
    "cosine": "cosine only",  # of the mean passage vectors of the encoder
    "one_sided": "one-sided",
    "analyst": "analyst weights",
    "ranker": "trained ranker",
}
RANDOM, POPULARITY, TFIDF, COSINE, ONE_SIDED, ANALYST, RANKER = LABELS
MOST_PAIRS: Final = 2_000_000  # pairs with judged probabilities; of more, seekers are drawn with all theirs
SPREADS: Final = (0.2, 0.5)  # how far each weight is moved, as a share of it
DRAWS: Final = 10
DEPTH: Final = 10  # first ranks that are compared: people are assumed to read no further
PERSISTENCE: Final = 0.9  # of rank-biased overlap: the first ten ranks carry 86 % of the weight


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
        self, truth: Snapshot, config: Config, encoder: Encoder, *, signals: bool, progress: bool = False
    ) -> None:
        config, seen = config.model_copy(update={"as_of": truth.date.date()}), truth.history
        self.truth = truth
        self.pool = EncodedPool(truth.pool, config, encoder, seen, signals=signals, progress=progress)
        self.seekers = self.pool.rules.lend(truth.seekers)
        self.encoded = self.pool.encoder.encode(self.seekers, progress=progress)
        self._is_member = self.seekers[Profile.ID].isin(self.pool.ids).to_numpy()

    def formed(self, rows: Positions) -> Flags:
        """Return which pairs of some seekers formed, shape (n_rows, n_candidates)."""
        ids = self.pool.ids
        return np.stack([np.isin(ids, list(self.truth.partners[id_])) for id_ in self.encoded.ids[rows]])

    def newcomers(self) -> pd.Series:
        """Return whether each seeker, or a call's lead, had no joint work before; None without known lead."""
        leads = self.encoded.tie_ids
        fresh = self.truth.history.n_works(leads) == 0
        anonymous = ~self._is_member & (leads == self.encoded.ids)
        known = [None if nobody else bool(one) for one, nobody in zip(fresh, anonymous, strict=True)]
        return pd.Series(known, index=self.encoded.ids, dtype=object)

    def blocks(self) -> Iterator[PairBlock]:
        """Yield the pairs of each block of seekers; nobody judges those that worked together before."""
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

    `reachable` candidates, shape (n_candidates,), may be recommended to any seeker, `n_barred` true pairs may
    not be; the calibration is of the main system, where it is calibrated and any pair may be recommended.
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
    """Return how lists changed, by seeker, the most changed first; errors are as of `ranked`.

    "RBO", rank-biased overlap, and "overlap@10", the share of the longer first ten that is in both, are in
    [0, 1], 1 for identical lists; the candidates that `entered` and `left` the first ten are tuples by rank.
    """
    old, new = (ranked(table).groupby(PAIR[0])[PAIR[1]].agg(list) for table in (before, after))
    rows = []
    for seeker in (seekers := old.index.union(new.index)):
        lists = old.get(seeker, []), new.get(seeker, [])
        mine, theirs = (one[:DEPTH] for one in lists)
        entered = tuple(id_ for id_ in theirs if id_ not in mine)
        left = tuple(id_ for id_ in mine if id_ not in theirs)
        overlap = (len(mine) - len(left)) / max(len(mine), len(theirs))
        rows.append((_rbo(*lists), overlap, entered, left))
    columns = ["RBO", f"overlap@{DEPTH}", "entered", "left"]
    return pd.DataFrame(rows, index=seekers, columns=columns).sort_values("RBO", kind="stable")


def _rbo(*lists: list[str]) -> float:
    """Equation 32 of Webber, Moffat and Zobel (2010), "A similarity measure for indefinite rankings"."""
    short, longer = sorted(lists, key=len)
    if not short:
        return 0.0
    s, n, p, ranks = len(short), len(longer), PERSISTENCE, {id_: rank for rank, id_ in enumerate(longer, 1)}
    # The overlap at each depth: a common candidate counts from the deeper of its ranks on.
    deeper = [max(rank, ranks[id_]) for rank, id_ in enumerate(short, 1) if id_ in ranks]
    depths, common = np.arange(1, n + 1), np.bincount(deeper, minlength=n + 1)[1:].cumsum()
    sums = common / depths
    sums[s:] += common[s - 1] * (1.0 / s - 1.0 / depths[s:])
    tail = (common[-1] - common[s - 1]) / n + common[s - 1] / s
    return float(min((1.0 - p) / p * (sums @ p**depths) + tail * p**n, 1.0))


class MutedScorer(PoolScorer):
    """Scores with a ranker to which one feature, by its name, has the pool's mean in every pair."""

    def __init__(self, pool: EncodedPool, ranker: Ranker, feature: str) -> None:
        super().__init__(pool, ranker)
        self._column = ranker.features_.index(feature)

    def gain(self, features: Floats) -> Floats:
        """Return gains in [0, 1], as `PoolScorer.gain`."""
        muted = features.copy()
        muted[..., self._column] = self.ranker.means_[self._column]
        return super().gain(muted)


def features_in_force(ranker: Ranker) -> dict[str, float]:
    """Return the share of weight of each feature that has any, the greatest first; NaN for a gate."""
    shares = dict(zip(ranker.features_, map(float, ranker.shares_), strict=True))
    counting = {name: share for name, share in shares.items() if share > 0.0}
    ordered = dict(sorted(counting.items(), key=lambda pair: (-pair[1], pair[0])))
    inner: Any = ranker.ranker if isinstance(ranker, CalibratedRanker) else ranker
    if isinstance(inner, AdditiveRanker) and inner.conflict_strength > 0.0:
        means = zip(ranker.features_, ranker.means_, strict=True)
        ordered |= {name: float("nan") for name, mean in means if name in GATES and mean > 0.0}
    return ordered


def change_weights(
    ranker: AdditiveRanker, spreads: Sequence[float], *, draws: int = DRAWS, seed: int = 0
) -> dict[str, AdditiveRanker]:
    """Return copies of a fitted ranker, by name, whose weights are each multiplied by a random factor.

    Factors are drawn evenly from [1 - spread, 1 + spread], spreads in [0, 1); weights then sum to 1 again.
    """
    changed = {}
    for spread in spreads:
        rng = np.random.default_rng([seed, round(1000 * spread)])
        for draw in range(draws):
            other = changed[f"{spread} {draw}"] = copy.deepcopy(ranker)
            moved = ranker.weights_ * rng.uniform(1.0 - spread, 1.0 + spread, len(ranker.weights_))
            other.weights_ = moved / moved.sum()
    return changed


def measure_stability(
    lists: ListTables, unchanged: str, spreads: Sequence[float], *, draws: int = DRAWS
) -> pd.DataFrame:
    """Return how far the lists under `change_weights` agree with those of the unchanged system, by spread.

    Overlap of the first ten ranks and rank-biased overlap, means over draws and the lowest, are in [0, 1].
    """
    before, rows, figures = lists.table(unchanged), [], [f"overlap@{DEPTH}", "RBO"]
    for spread in spreads:
        tables = (lists.table(f"{spread} {draw}") for draw in range(draws))
        means = pd.DataFrame([compare_lists(before, after)[figures].mean() for after in tables])
        rows.append((spread, *means.agg(["mean", "min"]).T.to_numpy().ravel(), draws))
    return pd.DataFrame(rows, columns=["spread", "overlap", "least_overlap", "rbo", "least_rbo", "draws"])
