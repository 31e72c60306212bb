"""Compares the engine with simple systems on what happened after the profiles' date."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import pandas as pd
from tqdm import tqdm

from matcher.arrays import Flags, Floats, Ints, Positions
from matcher.columns import Profile, Recommendation
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import ConfigError, ModelError, ProfileError
from matcher.evaluation.baselines import COSINE, POPULARITY, RANDOM, TFIDF, make_baselines
from matcher.evaluation.calibration import Calibration, measure_calibration, reliability_curve
from matcher.evaluation.exposure import Exposure, lorenz_curve, measure_exposure
from matcher.evaluation.groups import slice_metrics
from matcher.evaluation.intervals import Interval, mean_intervals, paired_differences
from matcher.evaluation.lists import ListTables
from matcher.evaluation.metrics import (
    DEPTHS,
    ExpectedMatches,
    both_sides,
    expected_matches,
    seeker_metrics,
)
from matcher.evaluation.sensitivity import (
    DEPTH,
    DRAWS,
    SPREADS,
    Ablation,
    MutedScorer,
    Stability,
    change_weights,
    features_in_force,
    measure_stability,
)
from matcher.features.sides import latest_date
from matcher.matching.pool import EncodedPool, PairBlock
from matcher.matching.scoring import PoolScorer, Ranker, learn_prices, needs_signals, observe_pool
from matcher.outcomes import JointWork
from matcher.outcomes.truth import Truth, gather_truth, snapshot_date
from matcher.profiles.seekers import lend_from_lead
from matcher.ranking import WeightedRanker

ONE_SIDED: Final = "one_sided"
ANALYST: Final = "analyst"
RANKER: Final = "ranker"
LABELS: Final = {
    RANDOM: "random",
    POPULARITY: "popularity",
    TFIDF: "TF-IDF",
    COSINE: "cosine only",
    ONE_SIDED: "one-sided",
    ANALYST: "analyst weights",
    RANKER: "trained ranker",
}
"""Names of systems in JSON, and as people read them; the simplest first."""
METRICS: Final = ("MRR", "nDCG@10", "nDCG@20", "R@10", "R@50", "R@100")
MAIN_METRICS: Final = ("nDCG@10", "R@50")
"""Metrics of groups and ablations."""
LEAST_K: Final = 10
MOST_PAIRS: Final = 2_000_000
"""Pairs whose probabilities are judged; of more, seekers are drawn, each with all its candidates."""


@dataclass(frozen=True)
class Figures:
    """How good the lists of one system are.

    Attributes
    ----------
    by_seeker : DataFrame
        Metrics, one row per seeker.
    seekers : mapping of str to Interval
        Means of `by_seeker` with intervals.
    sides : DataFrame
        Means over seekers, over candidates, and the worse of both; a row per metric.
    matches : ExpectedMatches
        True pairs that would find each other within the first ten ranks of both sides.
    exposure : Exposure
        How the first ten ranks are distributed.
    lorenz : DataFrame
        The Lorenz curve of the first ten ranks.
    """

    by_seeker: pd.DataFrame
    seekers: Mapping[str, Interval]
    sides: pd.DataFrame
    matches: ExpectedMatches
    exposure: Exposure
    lorenz: pd.DataFrame


@dataclass(frozen=True)
class PairCalibration:
    """How far probabilities came true, over all pairs of seekers and candidates that may be recommended.

    Attributes
    ----------
    calibration : Calibration
        Brier score and expected calibration error, with intervals over seekers.
    curve : DataFrame
        Reliability curve: columns of `Reliability`.
    predicted, observed : float
        Mean probability, and share of the pairs that formed.
    n_pairs, n_seekers : int
    """

    calibration: Calibration
    curve: pd.DataFrame
    predicted: float
    observed: float
    n_pairs: int
    n_seekers: int


@dataclass(frozen=True)
class Comparison:
    """What a comparison found.

    Attributes
    ----------
    truth : Truth
        What was known, and what was to be found.
    n_profiles, n_reachable : int
        Size of the pool, and how many of it may be recommended to anybody.
    n_barred : int
        True pairs that no system may recommend: a red flag, or one excludes the other.
    k, seed : int
    main : str
        The system that the others are compared with: the trained ranker, else the analyst's weights.
    figures : mapping of str to Figures
        By system, the keys of `LABELS`, the simplest first.
    differences : mapping of str to mapping of str to Interval
        Mean paired difference, main less the other system, by system and metric.
    slices : mapping of str to DataFrame
        Of the main system, the analyst's weights and TF-IDF; columns of `Slice`.
    slice_differences : DataFrame or None
        Mean paired difference, main less the analyst's weights; columns of `Slice`. None where the
        analyst's weights are the main system.
    newcomers : mapping of str to mapping
        Of the main system, the analyst's weights and TF-IDF: recall by metric over the true partners without
        joint work before the snapshot ("partners"), and over those of seekers without it too ("both"), so
        that neither organisation occurs in the history. n is 0 and the rest NaN where there are none.
    calibration : PairCalibration or None
        Of the main system, where its ranker is calibrated.
    stability : tuple of Stability
        How far lists move where the analyst's weights are changed a little.
    ablations : tuple of Ablation
        What the main system loses without each feature; empty unless asked for.
    notes : tuple of str
        What a reader must know to trust the figures.
    """

    truth: Truth
    n_profiles: int
    n_reachable: int
    n_barred: int
    k: int
    seed: int
    main: str
    figures: Mapping[str, Figures]
    differences: Mapping[str, Mapping[str, Interval]]
    slices: Mapping[str, pd.DataFrame]
    slice_differences: pd.DataFrame | None
    newcomers: Mapping[str, Mapping[str, Mapping[str, Interval]]]
    calibration: PairCalibration | None
    stability: tuple[Stability, ...]
    ablations: tuple[Ablation, ...] = ()
    notes: tuple[str, ...] = field(default=())


def compare(
    pool: pd.DataFrame,
    works: Sequence[JointWork],
    config: Config,
    encoder: Encoder,
    *,
    ranker: Ranker | None = None,
    k: int = 100,
    seed: int = 0,
    ablation: bool = False,
    progress: bool = False,
) -> Comparison:
    """Compare the engine with simple systems on what happened after the profiles' date.

    Parameters
    ----------
    pool : DataFrame
        Canonical profiles.
    works : sequence of JointWork
        All joint works: those up to the profiles' date are history, later ones are to be found.
    config : Config
        Settings; its weights are the analyst's.
    encoder : Encoder
        Text -> unit vectors; texts are encoded once for all systems.
    ranker : ranker, optional
        A trained one; it becomes the main system.
    k : int, default 100
        Length of the lists; at least 10.
    seed : int, default 0
        Of the random system, the bootstrap and the changed weights.
    ablation : bool, default False
        Whether to leave out one feature at a time.
    progress : bool, default False
        Whether to show progress bars on stderr.

    Raises
    ------
    EvaluationError
        If nothing is to be found after the profiles' date.
    ConfigError
        If k is below 10.
    ModelError
        If the ranker was saved by an earlier version and lacks what this one needs.
    """
    if k < LEAST_K:
        raise ConfigError(f"k must be at least {LEAST_K}; got {k}. Judge longer lists.")
    truth = gather_truth(pool, works, snapshot_date(pool, config))
    signals = ranker is not None and needs_signals([ranker])
    task = EvaluationPool(pool, truth, config, encoder, signals=signals, progress=progress)
    analyst = task.prepare(WeightedRanker(config.weights.as_dict(), config.conflict_strength))
    main, judged = (ANALYST, analyst) if ranker is None else (RANKER, task.prepare(ranker))
    shares = features_in_force(judged) if ablation else {}
    scorers = {ANALYST: PoolScorer(task.pool, analyst), main: PoolScorer(task.pool, judged)}
    scorers |= {_without(feature): MutedScorer(task.pool, judged, feature) for feature in shares}
    for spread in SPREADS:
        changed: list[Any] = list(change_weights(analyst, spread, seed=seed))
        scorers |= {_moved(spread, n): PoolScorer(task.pool, own) for n, own in enumerate(changed)}
    ranked = rank_systems(task, scorers, k, main=main, seed=seed, progress=progress)
    return _Judge(task, ranked, main, k, seed).judge(shares)


def _without(feature: str) -> str:
    return f"without {feature}"


def _moved(spread: float, draw: int) -> str:
    return f"{spread} {draw}"


class EvaluationPool:
    """An encoded pool and the seekers of a truth.

    Parameters
    ----------
    profiles : DataFrame
        Canonical profiles, in any order.
    truth : Truth
        Seekers, true pairs and history.
    config, encoder, signals, progress : as for `EncodedPool`

    Attributes
    ----------
    pool : EncodedPool
        As of the truth's date.
    truth : Truth
    seekers : DataFrame
        The truth's; a call has what it leaves empty from the profile of its lead.
    encoded : Side
        The seekers, encoded.

    Raises
    ------
    ProfileError
        If there are fewer than two profiles.
    """

    def __init__(
        self,
        profiles: pd.DataFrame,
        truth: Truth,
        config: Config,
        encoder: Encoder,
        *,
        signals: bool = False,
        progress: bool = False,
    ) -> None:
        if len(profiles) < 2:
            raise ProfileError(
                f"profiles must hold at least two usable organisations; got {len(profiles)}. Add some."
            )
        config = config.model_copy(update={"as_of": truth.date.date()})
        self.truth = truth
        self.pool = EncodedPool(profiles, config, encoder, truth.history, signals=signals, progress=progress)
        self.seekers = lend_from_lead(truth.seekers, self.pool.frame)
        self.encoded = self.pool.encoder.encode(self.seekers, progress=progress)
        self._is_member = self.seekers[Profile.ID].isin(self.pool.ids).to_numpy()

    @property
    def needs_prices(self) -> bool:
        """Whether any seeker pays a price: calls of a known lead pay none."""
        return self.pool.context.config.market.strength > 0.0 and bool(
            (self.seekers[Profile.LEAD] == "").any()
        )

    def partners(self) -> list[Positions]:
        """Return the positions in the pool of the partners that each seeker was to find."""
        position = {id_: place for place, id_ in enumerate(self.pool.ids)}
        found: dict[str, list[int]] = {id_: [] for id_ in self.encoded.ids}
        columns = (self.truth.pairs[name] for name in (Recommendation.SEEKER, Recommendation.CANDIDATE))
        for seeker, candidate in zip(*columns, strict=True):
            found[seeker].append(position[candidate])
        return [np.array(positions, dtype=np.int64) for positions in found.values()]

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
    """Lists of several systems, and what was seen on the way.

    Attributes
    ----------
    lists : ListTables
        Of each scorer, of the baselines, and of the analyst's seeker gains alone.
    reachable : ndarray of shape (n_candidates,)
        Which candidates may be recommended to any seeker.
    n_barred : int
        True pairs that may not be recommended.
    calibration : PairCalibration or None
        Of the main system, where it is calibrated and any pair may be recommended.
    """

    lists: ListTables
    reachable: Flags
    n_barred: int
    calibration: PairCalibration | None


def rank_systems(
    task: EvaluationPool,
    scorers: Mapping[str, PoolScorer],
    k: int,
    *,
    main: str = ANALYST,
    seed: int = 0,
    progress: bool = False,
) -> Ranked:
    """Rank the same eligible pairs under all systems; features of pairs are computed once.

    Parameters
    ----------
    task : EvaluationPool
    scorers : mapping of str to PoolScorer
        With rankers that have observed the pool; their prices are learned here. Lists are those of a
        `Matcher` with the ranker.
    k : int
        Length of the lists.
    main : str
        The scorer whose probabilities are judged.
    seed : int
        Of the random system.
    progress : bool
        Whether to show a progress bar on stderr.
    """
    baselines = make_baselines(task.pool, task.seekers, task.encoded, seed)
    lists = ListTables(task.encoded.ids, task.pool.ids, k)
    sample = _PairSample(task, seed) if main in scorers and scorers[main].calibrated else None
    partners, reachable, n_barred = task.partners(), np.zeros(len(task.pool), dtype=bool), 0
    total = len(task.seekers) + (len(task.pool.reference) if task.needs_prices else 0)
    with tqdm(total=total, desc="comparing", unit="seeker", disable=not progress, leave=False) as bar:
        if task.needs_prices:
            learn_prices(task.pool, list(scorers.values()), bar.update)
        for pairs in task.blocks():
            reachable |= pairs.eligible.any(axis=0)
            n_barred += sum(
                int((~own[partners[row]]).sum()) for own, row in zip(pairs.eligible, pairs.rows, strict=True)
            )
            for name, scores in baselines.items():
                lists.add(name, pairs.rows, np.where(pairs.eligible, scores(pairs.rows), -np.inf))
            for name, scorer in scorers.items():
                block = scorer.score_block(pairs)
                lists.add(name, pairs.rows, block.score)
                if name == ANALYST:
                    lists.add(ONE_SIDED, pairs.rows, np.where(pairs.eligible, block.seeker_gain, -np.inf))
                if name == main and sample:
                    sample.add(pairs, block.mutual, partners)
            bar.update(len(pairs.rows))
    return Ranked(lists, reachable, n_barred, sample.measure() if sample else None)


class _PairSample:
    """Probabilities of pairs, and whether they formed."""

    def __init__(self, task: EvaluationPool, seed: int) -> None:
        wanted = max(1, MOST_PAIRS // len(task.pool))
        drawn = np.random.default_rng(seed).permutation(len(task.seekers))[:wanted]
        self._wanted, self._seed = set(drawn.tolist()), seed
        self._parts: list[tuple[Floats, Flags, Ints]] = []

    def add(self, pairs: PairBlock, mutual: Floats, partners: Sequence[Positions]) -> None:
        for row, seeker in enumerate(pairs.rows.tolist()):
            if seeker in self._wanted:
                eligible = pairs.eligible[row]
                formed = np.isin(np.arange(len(eligible)), partners[seeker])
                owner = np.full(int(eligible.sum()), seeker)
                self._parts.append((mutual[row, eligible], formed[eligible], owner))

    def measure(self) -> PairCalibration | None:
        probability, label, seeker = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        if not len(probability):
            return None
        return PairCalibration(
            measure_calibration(probability, label, seeker, seed=self._seed),
            reliability_curve(probability, label),
            float(probability.mean()),
            float(label.mean()),
            len(probability),
            len(np.unique(seeker)),
        )


def metrics_within(k: int, names: Sequence[str] = METRICS) -> list[str]:
    """Return the metrics that lists of length k can give."""
    return [name for name in names if int(name.partition("@")[2] or 1) <= k]


def measure_by_seeker(table: pd.DataFrame, pairs: pd.DataFrame, k: int) -> pd.DataFrame:
    """Return the metrics of each seeker that lists of length k can give."""
    return seeker_metrics(table, pairs, _depths(k))[metrics_within(k)]


def _depths(k: int) -> list[int]:
    return [depth for depth in DEPTHS if depth <= k]


@dataclass(frozen=True)
class _Judge:
    """Computes the figures of ranked lists."""

    task: EvaluationPool
    ranked: Ranked
    main: str
    k: int
    seed: int

    @property
    def pairs(self) -> pd.DataFrame:
        return self.task.truth.pairs

    def judge(self, shares: Mapping[str, float]) -> Comparison:
        systems = [name for name in LABELS if name != RANKER or self.main == RANKER]
        tables = {name: self.ranked.lists.table(name) for name in systems}
        figures = {name: self._figures(table) for name, table in tables.items()}
        best, detailed = figures[self.main].by_seeker, dict.fromkeys((self.main, ANALYST, TFIDF))
        return Comparison(
            truth=self.task.truth,
            n_profiles=len(self.task.pool),
            n_reachable=int(self.ranked.reachable.sum()),
            n_barred=self.ranked.n_barred,
            k=self.k,
            seed=self.seed,
            main=self.main,
            figures=figures,
            differences={
                name: paired_differences(best, each.by_seeker, seed=self.seed)
                for name, each in figures.items()
                if name != self.main
            },
            slices={name: self._slices(figures[name].by_seeker) for name in detailed},
            slice_differences=(
                None
                if self.main == ANALYST
                else self._slices(best - figures[ANALYST].by_seeker.reindex(best.index))
            ),
            newcomers={name: self._newcomers(tables[name]) for name in detailed},
            calibration=self.ranked.calibration,
            stability=self._stability(tables[ANALYST]),
            ablations=tuple(self._ablation(feature, share, best) for feature, share in shares.items()),
            notes=tuple(_notes(self.task, self.ranked.n_barred)),
        )

    def _figures(self, table: pd.DataFrame) -> Figures:
        by_seeker = measure_by_seeker(table, self.pairs, self.k)
        reachable = self.task.pool.ids[self.ranked.reachable]
        return Figures(
            by_seeker,
            mean_intervals(by_seeker, seed=self.seed),
            both_sides(table, self.pairs, _depths(self.k)).loc[metrics_within(self.k)],
            expected_matches(table, self.pairs, DEPTH),
            measure_exposure(table, reachable, DEPTH, seekers=self.task.encoded.ids),
            lorenz_curve(table, reachable, DEPTH),
        )

    def _slices(self, by_seeker: pd.DataFrame) -> pd.DataFrame:
        return slice_metrics(
            by_seeker[metrics_within(self.k, MAIN_METRICS)],
            self.task.seekers,
            language=pd.Series(self.task.encoded.text_languages, index=self.task.encoded.ids),
            newcomer=self.task.newcomers(),
            seed=self.seed,
        )

    def _newcomers(self, table: pd.DataFrame) -> dict[str, dict[str, Interval]]:
        candidates = self.pairs[Recommendation.CANDIDATE].to_numpy(dtype=object)
        fresh = self.pairs[self.task.truth.history.n_works(candidates) == 0]
        both = fresh[fresh[Recommendation.SEEKER].map(self.task.newcomers()).eq(True)]
        return {"partners": self._recalls(table, fresh), "both": self._recalls(table, both)}

    def _recalls(self, table: pd.DataFrame, pairs: pd.DataFrame) -> dict[str, Interval]:
        names = [name for name in metrics_within(self.k) if name.startswith("R@")]
        if pairs.empty:
            return dict.fromkeys(names, Interval(math.nan, math.nan, math.nan, 0))
        return mean_intervals(measure_by_seeker(table, pairs, self.k)[names], seed=self.seed)

    def _stability(self, unchanged: pd.DataFrame) -> tuple[Stability, ...]:
        changed = {
            spread: [self.ranked.lists.table(_moved(spread, draw)) for draw in range(DRAWS)]
            for spread in SPREADS
        }
        return tuple(measure_stability(unchanged, changed))

    def _ablation(self, feature: str, share: float, full: pd.DataFrame) -> Ablation:
        names = metrics_within(self.k, MAIN_METRICS)
        without = measure_by_seeker(self.ranked.lists.table(_without(feature)), self.pairs, self.k)
        return Ablation(feature, share, paired_differences(without[names], full[names], seed=self.seed))


def _notes(task: EvaluationPool, n_barred: int) -> Iterable[str]:
    """Yield what a reader must know to trust the figures."""
    truth, counts = task.truth, task.truth.counts
    named = latest_date(task.pool.frame)
    if len(task.seekers) == 1:
        yield "one seeker carries no interval: bounds equal the mean"
    if named is not None and pd.Timestamp(named) > truth.date:
        yield (
            f"profiles name dates up to {named}, after the snapshot that the settings ask for: they may "
            "state what was to be found, and the figures may be too good"
        )
    if not truth.history.works:
        yield "there is no history: popularity knows nothing, and every organisation is a newcomer"
    if counts["unknown_members"]:
        n = counts["unknown_members"]
        yield f"{n:,} members of later works have no profile and could not be found"
    if counts["plain_calls"]:
        yield f"of {counts['plain_calls']:,} calls only the text could be read"
    if n_barred:
        yield f"{n_barred:,} partners may not be recommended (red flag or exclusion): no system can find them"
