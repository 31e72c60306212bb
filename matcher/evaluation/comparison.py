"""Compares the engine with simple systems, on what happened later, for all seekers and by group."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Final

import pandas as pd

from matcher.columns import Profile, Recommendation
from matcher.config import Config
from matcher.encoders import Encoder
from matcher.errors import ProfileError
from matcher.evaluation import lists, metrics
from matcher.evaluation.intervals import Interval, mean_intervals, paired_difference
from matcher.matching.fitted import analyst_ranker
from matcher.matching.pool import EncodedPool
from matcher.matching.scoring import PoolScorer, Ranker, needs_signals
from matcher.outcomes import History, JointWork
from matcher.outcomes.snapshots import Snapshot, snapshot_date, take_snapshot
from matcher.profiles.records import latest_date

UNKNOWN: Final = "unknown"
# Bands of staff: micro, small, medium and large (Commission Recommendation 2003/361/EC).
SIZES: Final = ("<10", "10-49", "50-249", "250+")
LEAST_SEEKERS: Final = 10  # groups of fewer seekers get no interval
THIRDS: Final = ("lowest third", "middle third", "highest third")  # of budgets in one currency
FAIR: Final = ("size", "budget", "language", "newcomer")  # groups of candidates whose exposure is judged
LEAST_PART: Final = 0.8  # of its share of the pool that a group needs: four fifths (29 CFR 1607.4 D)
COLUMNS: Final = ("by", "value", "metric", "n", "mean", "low", "high")
METRICS: Final = ("MRR", "nDCG@10", "nDCG@20", "R@10", "R@50", "R@100")
MAIN_METRICS: Final = ("nDCG@10", "R@50")  # metrics of groups and ablations


def group_seekers(seekers: pd.DataFrame, languages: Iterable[str], newcomer: pd.Series) -> pd.DataFrame:
    """Return kind, language, country, size, budget and newcomer by seeker, "unknown" where missing."""
    rows = seekers.set_index(Profile.ID)
    staff = pd.to_numeric(rows[Profile.STAFF], errors="coerce")
    budget = pd.to_numeric(rows[Profile.BUDGET], errors="coerce")
    budget_ranks = budget.groupby(rows[Profile.CURRENCY].to_numpy()).rank(pct=True)
    groups = {
        "kind": rows[Profile.KIND],
        "language": pd.Series(list(languages), index=rows.index),
        "country": rows[Profile.COUNTRY],
        "size": pd.cut(staff, [0, 10, 50, 250, math.inf], right=False, labels=list(SIZES)),
        "budget": pd.cut(budget_ranks, [0, 1 / 3, 2 / 3, 1], labels=list(THIRDS)),
        "newcomer": newcomer.map({True: "newcomer", False: "established"}).reindex(rows.index),
    }
    table = pd.DataFrame({name: column.astype(object) for name, column in groups.items()})
    return table.where(table.notna() & (table != ""), UNKNOWN)


def pool_groups(pool: EncodedPool) -> pd.DataFrame:
    """Return the groups of `FAIR` that each organisation of a pool is in, as from `group_seekers`."""
    n_works = (pool.context.history or History(())).n_works(pool.ids)
    newcomer = pd.Series(n_works == 0, index=pool.ids, dtype=object)
    return group_seekers(pool.frame, pool.organisations.text_languages, newcomer)[[*FAIR]]


def group_exposure(recommendations: pd.DataFrame, groups: pd.DataFrame) -> pd.DataFrame:
    """Return which share of the first ten ranks each group of candidates holds, beside its share of the pool.

    Bounds are as of `slice_metrics`; `is_low` where the interval is below `LEAST_PART` of the share of the
    pool, of `LEAST_SEEKERS` candidates or more. Own definition.
    """
    first = recommendations[recommendations[Recommendation.RANK] <= lists.DEPTH]
    rows = []
    seekers, candidates = first[Recommendation.SEEKER], first[Recommendation.CANDIDATE]
    for by, column in groups.items():
        counts = column.value_counts()
        held = pd.crosstab(seekers, candidates.map(column), normalize="index")
        held = held.reindex(columns=sorted(counts.index, key=_order), fill_value=0.0)
        for value, one in mean_intervals(held, enough=LEAST_SEEKERS).items():
            n, share = counts[value], counts[value] / len(column)
            is_low = value != UNKNOWN and n >= LEAST_SEEKERS and one.high < LEAST_PART * share
            rows.append((by, value, n, share, one.mean, one.low, one.high, is_low))
    names = ["by", "value", "candidates", "pool_share", "mean", "low", "high", "is_low"]
    return pd.DataFrame(rows, columns=names)


def slice_metrics(metrics: pd.DataFrame, groups: pd.DataFrame, *, least: float = 0.0) -> pd.DataFrame:
    """Return `COLUMNS` of metrics by seeker in each group: sizes from small to large, "unknown" last."""
    rows = []
    for by, column in groups.loc[metrics.index].items():
        for value in sorted(set(column), key=_order):
            mine = metrics[(column == value).to_numpy(bool)]
            for name, interval in mean_intervals(mine, least=least, enough=LEAST_SEEKERS).items():
                rows.append({"by": by, "value": value, "metric": name, **asdict(interval)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _order(value: str) -> tuple[bool, int, str]:
    """Sort sizes by size, other values by name, unknown last."""
    order = (*SIZES, *THIRDS)
    return value == UNKNOWN, order.index(value) if value in order else -1, value


@dataclass(frozen=True)
class Figures:
    """Metrics of one system's lists by seeker, their means, and matches and exposure of first ten ranks."""

    by_seeker: pd.DataFrame
    seekers: Mapping[str, Interval]
    sides: pd.DataFrame
    matches: metrics.ExpectedMatches
    exposure: metrics.Exposure


@dataclass(frozen=True)
class Comparison:
    """Lists of all systems over one snapshot, and how good they are; figures are computed on first access.

    The others are compared with the `main` system: the trained ranker, else the analyst's weights. `shares`
    of its weight are by feature to leave out; `notes` are what a reader must know to trust the figures.
    """

    task: lists.EvaluationPool
    ranked: lists.Ranked
    main: str
    k: int
    seed: int
    shares: Mapping[str, float]
    notes: tuple[str, ...]

    @property
    def truth(self) -> Snapshot:
        """What was known, and what was to be found."""
        return self.task.truth

    @cached_property
    def figures(self) -> dict[str, Figures]:
        """Figures by system, the keys of `LABELS`, the simplest first."""
        reachable, found = self.task.pool.ids[self.ranked.reachable], {}
        for name in lists.LABELS:
            if name != lists.RANKER or self.main == lists.RANKER:
                table, pairs = self.ranked.lists.table(name), self.truth.pairs
                by_seeker, asked = self._by_seeker(table, pairs), self.task.encoded.ids
                found[name] = Figures(
                    by_seeker,
                    mean_intervals(by_seeker),
                    metrics.both_sides(table, pairs).loc[metrics_within(self.k)],
                    metrics.expected_matches(table, pairs, lists.DEPTH),
                    metrics.measure_exposure(table, reachable, lists.DEPTH, seekers=asked),
                )
        return found

    def _by_seeker(self, table: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
        return metrics.seeker_metrics(table, pairs)[metrics_within(self.k)]

    @property
    def differences(self) -> dict[str, dict[str, Interval]]:
        """Mean paired difference, main less the other system, by system and metric."""
        best = self.figures[self.main].by_seeker
        return {
            name: _paired(best, each.by_seeker) for name, each in self.figures.items() if name != self.main
        }

    @property
    def detailed(self) -> list[str]:
        """Systems that `slices` and `newcomers` cover: the main one, the analyst's weights and TF-IDF."""
        return list(dict.fromkeys((self.main, lists.ANALYST, lists.TFIDF)))

    @property
    def slices(self) -> dict[str, pd.DataFrame]:
        """Means by group of seekers, as from `slice_metrics`, by system."""
        return {name: self._slices(self.figures[name].by_seeker) for name in self.detailed}

    @property
    def slice_differences(self) -> pd.DataFrame | None:
        """Mean paired difference by group, main less the analyst's weights; None where these are the main."""
        if self.main == lists.ANALYST:
            return None
        main, analyst = (self.figures[name].by_seeker for name in (self.main, lists.ANALYST))
        return self._slices(main - analyst, least=-1.0)

    def _slices(self, by_seeker: pd.DataFrame, *, least: float = 0.0) -> pd.DataFrame:
        languages = list(self.task.encoded.text_languages)
        groups = group_seekers(self.task.seekers, languages, self.task.newcomers())
        return slice_metrics(by_seeker[metrics_within(self.k, MAIN_METRICS)], groups, least=least)

    @cached_property
    def candidate_groups(self) -> pd.DataFrame:
        """`group_exposure` of the main system; found: recall at 10 of its partners, with bounds."""
        groups, table = pool_groups(self.task.pool)[self.ranked.reachable], self.ranked.lists.table(self.main)
        exposure = group_exposure(table, groups)
        pairs = self.truth.pairs.merge(groups, left_on=str(Recommendation.CANDIDATE), right_index=True)
        found = []
        for row in exposure.itertuples():
            part = pairs.loc[pairs[row.by] == row.value, self.truth.pairs.columns]
            recall = self._by_seeker(table, part)[["R@10"]]
            found.append(asdict(mean_intervals(recall, enough=LEAST_SEEKERS)["R@10"]))
        names = {"mean": "found", "low": "found_low", "high": "found_high", "n": "seekers"}
        return exposure.join(pd.DataFrame(found, columns=[*names]).rename(columns=names))

    @cached_property
    def newcomers(self) -> dict[str, dict[str, dict[str, Interval]]]:
        """Recall by system, metric, and who had no joint work before: the "partners", or "both" sides."""
        pairs = self.truth.pairs
        candidates = pairs[Recommendation.CANDIDATE].to_numpy(dtype=object)
        fresh = pairs[self.truth.history.n_works(candidates) == 0]
        both = fresh[fresh[Recommendation.SEEKER].map(self.task.newcomers()).eq(True)]
        recalls = [name for name in metrics_within(self.k) if name.startswith("R@")]
        return {
            name: {
                who: mean_intervals(self._by_seeker(self.ranked.lists.table(name), some)[recalls])
                for who, some in (("partners", fresh), ("both", both))
            }
            for name in self.detailed
        }

    @cached_property
    def stability(self) -> pd.DataFrame:
        """How far lists move where the analyst's weights change a little, as from `measure_stability`."""
        return lists.measure_stability(self.ranked.lists, lists.ANALYST, lists.SPREADS)

    @cached_property
    def ablations(self) -> dict[str, dict[str, Interval]]:
        """Paired differences by feature of `shares` and metric: every pair has the pool's mean of it."""
        full, names, found = self.figures[self.main].by_seeker, metrics_within(self.k, MAIN_METRICS), {}
        for feature in self.shares:
            table = self.ranked.lists.table(f"without {feature}")
            found[feature] = _paired(self._by_seeker(table, self.truth.pairs)[names], full)
        return found


def compare(
    pool: pd.DataFrame,
    works: Sequence[JointWork],
    config: Config,
    encoder: Encoder,
    *,
    ranker: Ranker | None = None,
    k: int = 100,
    ablation: bool = False,
    progress: bool = False,
) -> Comparison:
    """Compare the engine with simple systems on what happened after the profiles' date.

    The weights of the settings are the analyst's; a trained ranker becomes the main system. Lists have length
    k, at least 10; `ablation` leaves out one feature at a time. Raises `MatcherError` if nothing is to be
    found, there are fewer than two profiles, or the ranker was saved by a version that is too old.
    """
    truth = take_snapshot(pool, works, snapshot_date(pool, config))
    if len(truth.pool) < 2:
        raise ProfileError(
            f"profiles must hold at least two usable organisations; got {len(truth.pool)}. Add some."
        )
    signals = needs_signals(ranker)
    task = lists.EvaluationPool(truth, config, encoder, signals=signals, progress=progress)
    analyst = task.prepare(analyst_ranker(task.pool))
    main, judged = (lists.ANALYST, analyst) if ranker is None else (lists.RANKER, task.prepare(ranker))
    shares = lists.features_in_force(judged) if ablation else {}
    scorers = {lists.ANALYST: PoolScorer(task.pool, analyst), main: PoolScorer(task.pool, judged)}
    scorers |= {f"without {name}": lists.MutedScorer(task.pool, judged, name) for name in shares}
    changed = lists.change_weights(analyst, lists.SPREADS, seed=config.seed)
    scorers |= {name: PoolScorer(task.pool, other) for name, other in changed.items()}
    ranked = lists.rank_systems(task, scorers, k, main=main, seed=config.seed, progress=progress)
    return Comparison(task, ranked, main, k, config.seed, shares, tuple(_notes(task, ranked.n_barred)))


def metrics_within(k: int, names: Sequence[str] = METRICS) -> list[str]:
    """Return the metrics that lists of length k can give."""
    return [name for name in names if int(name.partition("@")[2] or 1) <= k]


def _paired(new: pd.DataFrame, old: pd.DataFrame) -> dict[str, Interval]:
    return {name: paired_difference(new[name], old[name]).interval for name in new.columns}


def _notes(task: lists.EvaluationPool, n_barred: int) -> Iterable[str]:
    truth, counts = task.truth, task.truth.counts
    named = latest_date(task.pool.frame)
    if len(task.seekers) == 1:
        yield "one seeker carries no interval"
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
    if n_barred:
        yield f"{n_barred:,} partners may not be recommended (red flag or exclusion): no system can find them"
