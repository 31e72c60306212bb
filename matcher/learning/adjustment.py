"""Adjusting the analyst's weights to outcomes: proposed within bounds, judged, accepted or taken back."""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
import pandas as pd
from sklearn.exceptions import NotFittedError

from matcher.columns import Profile, Recommendation
from matcher.config import Config
from matcher.documents import Document
from matcher.encoders import open_encoder
from matcher.errors import ConfigError
from matcher.evaluation import rank_agreement
from matcher.evaluation.paired import ClusteredMean, clustered_mean, paired_difference
from matcher.features import COMPONENT_NAMES
from matcher.learning.training import DEPTH, fit_ranker, is_enough, learnable, score_lists, split_folds
from matcher.learning.training_pairs import TrainingPairs, gather_pairs
from matcher.matching.scoring import mutual_score
from matcher.outcomes import History, OutcomeTable, read_outcomes
from matcher.outcomes.snapshots import take_snapshots
from matcher.ranking import PairwiseRanker, WeightedRanker
from matcher.recommendations import Matcher

if TYPE_CHECKING:  # needs SQLAlchemy, which is optional
    from matcher.outcomes.log import OutcomeLog

Bounds = Mapping[str, tuple[float, float]]
Outcomes = str | Path | pd.DataFrame | OutcomeTable | TrainingPairs

SPREAD: Final = 0.3
"""By which share of itself a weight may move where the analyst sets no bounds."""
EARLY: Final = 0.5
"""Share of the clusters, the earliest, that judged weights are learned from."""
BEFORE: Final = "weights in force before an adjustment that is not of this log"
"""Reason of the row that is written where the log does not know the weights that are adjusted."""
_ROUNDING: Final = 1e-9


class Verdict(StrEnum):
    """What came of learning."""

    BETTER = "better"
    """The learned weights find more partners on later dates: they are proposed."""
    NOT_BETTER = "not better"
    """They do not, by more than chance: the present weights stand."""
    TOO_FEW = "too few"
    """There is too little to learn from: the present weights stand."""


@dataclass(frozen=True)
class Judgement:
    """Figures, on later outcomes, of weights that were learned from the earlier ones.

    Attributes
    ----------
    present, learned : float
        nDCG@10 of the weights in force and of the learned ones, means over clusters.
    gain : ClusteredMean
        Paired difference, learned - present.
    newcomers : ClusteredMean
        The same where only partners without an earlier joint work are to be found; NaN where there are
        none.
    """

    present: float
    learned: float
    gain: ClusteredMean
    newcomers: ClusteredMean

    @property
    def is_better(self) -> bool:
        """Whether the learned weights find more, by more than chance, and newcomers not surely less."""
        return self.gain.is_above and not self.newcomers.is_below


class ListChange(NamedTuple):
    """How the list of one seeker changes."""

    seeker: str
    rbo: float
    """Rank-biased overlap of the lists before and after, in [0, 1]; 1 where nothing moves."""
    overlap: float
    """Share of the first ten ranks that both have, in [0, 1]."""
    entered: tuple[str, ...]
    """Ids of candidates that come into the list, by their new rank."""
    left: tuple[str, ...]
    """Ids of those that drop out, by their old rank."""


@dataclass(frozen=True)
class Adjustment:
    """Weights that are proposed.

    Attributes
    ----------
    old, learned, new : mapping of str to float
        The weights in force, those learned from all outcomes, and those proposed: the learned ones where
        they are better, else the old ones. Each sums to 1.
    bounds : mapping of str to (float, float)
        Within which weights could move.
    verdict : Verdict
    judgement : Judgement or None
        None where there is too little to learn from.
    n_labels, n_seekers : int
        Partnerships that were found, and the searches in which they were: organisations and calls, counted
        anew in each period.
    changes : tuple of ListChange
        What would change in the lists, the most changed first; empty where nothing is proposed.
    settings : Config
        Those of the matcher.
    names : mapping of str to str
        Names of the organisations, by id.
    """

    old: Mapping[str, float]
    learned: Mapping[str, float]
    new: Mapping[str, float]
    bounds: Bounds
    verdict: Verdict
    judgement: Judgement | None
    n_labels: int
    n_seekers: int
    changes: tuple[ListChange, ...]
    settings: Config
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def is_change(self) -> bool:
        """Whether any weight would change."""
        return dict(self.new) != dict(self.old)

    @property
    def config(self) -> Config:
        """The matcher's settings with the proposed weights."""
        return _with_weights(self.settings, self.new) if self.is_change else self.settings

    @property
    def rbo(self) -> float:
        """Mean rank-biased overlap of the lists before and after; 1 where nothing is proposed."""
        return float(np.mean([change.rbo for change in self.changes] or [1.0]))

    @property
    def overlap(self) -> float:
        """Mean share of the first ten ranks that the lists before and after both have."""
        return float(np.mean([change.overlap for change in self.changes] or [1.0]))

    def table(self) -> pd.DataFrame:
        """Return one row per component: component, old, new, change, low, high, learned."""
        rows = [
            (name, old, self.new[name], self.new[name] - old, *self.bounds[name], self.learned[name])
            for name, old in self.old.items()
        ]
        return pd.DataFrame(rows, columns=["component", "old", "new", "change", "low", "high", "learned"])

    def document(self, lang: str = "en") -> Document:
        """Return the proposal as a document to decide on.

        Parameters
        ----------
        lang : {"en", "id"}, default "en"

        Raises
        ------
        ConfigError
            If the language has no catalogue.
        """
        from matcher.learning.adjustment_document import adjustment_document

        return adjustment_document(self, lang)


def propose_weights(
    matcher: Matcher,
    outcomes: Outcomes,
    *,
    bounds: Bounds | None = None,
    seekers: Sequence[str] | None = None,
    k: int = DEPTH,
    shrinkage: float = 200.0,
    stable: bool = False,
    seed: int = 0,
    progress: bool = False,
) -> Adjustment:
    """Propose weights within bounds, learned from outcomes by `PairwiseRanker`.

    Parameters
    ----------
    matcher : Matcher
        Fitted, with the analyst's weights; it is not changed. Its history counts as outcomes too.
    outcomes : path, DataFrame, OutcomeTable or TrainingPairs
        Pairs that are gathered already are taken as they are.
    bounds : mapping of str to (float, float), optional
        As for `make_bounds`: by default each weight may move by at most 30 % of itself.
    seekers : sequence of str, optional
        Ids of the pool whose lists are compared; all of them where left out.
    k : int, default 10
        Length of these lists.
    shrinkage : float, default 200
        How strongly weights are shrunk to those in force, >= 0.
    stable : bool, default False
        Whether profiles are taken to have been the same all along.
    seed : int, default 0
    progress : bool, default False
        Whether to show a progress bar on stderr.

    Returns
    -------
    adjustment : Adjustment
        New weights are proposed where those learned from the earlier outcomes are better on the later ones
        (see `paired_difference`) and do not find newcomers surely less; else the old ones stand.

    Raises
    ------
    ConfigError
        If the matcher has a ranker of its own, or bounds or shrinkage are out of range.
    MatcherError
        As `read_outcomes` and `Matcher.recommend`.
    NotFittedError
        Before the matcher's `fit`.
    """
    if not hasattr(matcher, "scorer"):
        raise NotFittedError("Matcher must be fitted to a pool first; call fit(profiles).")
    if matcher.ranker is not None:
        raise ConfigError("weights must be those of the analyst; got a matcher with a ranker of its own.")
    config = matcher.config
    old = config.weights.normalised()
    limits = make_bounds(old, bounds)
    ranker = PairwiseRanker(old, config.conflict_strength, shrinkage, bounds=limits)
    ranker.fit(np.zeros((1, len(COMPONENT_NAMES))))  # refuses a shrinkage out of range before any work
    pairs = _gather(matcher, outcomes, stable=stable, seed=seed, progress=progress)
    judgement = judge(ranker, pairs) if pairs is not None and is_enough(pairs) else None
    learned, verdict = old, Verdict.TOO_FEW
    if pairs is not None and judgement is not None:
        learned = shares_of(ranker, pairs)
        verdict = Verdict.BETTER if judgement.is_better else Verdict.NOT_BETTER
    new = learned if verdict is Verdict.BETTER else old
    return Adjustment(
        old,
        learned,
        new,
        limits,
        verdict,
        judgement,
        pairs.n_labels if pairs is not None else 0,
        pairs.n_seekers if pairs is not None else 0,
        list_changes(matcher, new, seekers, k) if new != old else (),
        config,
        dict(zip(matcher.pool[Profile.ID], matcher.pool[Profile.NAME], strict=True)),
    )


def _gather(
    matcher: Matcher, outcomes: Outcomes, *, stable: bool, seed: int, progress: bool
) -> TrainingPairs | None:
    """Return the pairs to learn from; None where there are none."""
    if isinstance(outcomes, TrainingPairs):
        return learnable(outcomes)
    if not isinstance(outcomes, str | Path | pd.DataFrame | OutcomeTable):
        raise ConfigError(
            "outcomes must be a path, a DataFrame, an OutcomeTable or TrainingPairs; got "
            f"{type(outcomes).__name__}."
        )
    log, past = read_outcomes(outcomes), matcher.scorer.pool.context.history or History(())
    works, events = (*past.works, *log.works), {*past.events, *log.events}
    snapshots = take_snapshots(matcher.pool, works, events, stable=stable)
    if not snapshots:
        return None
    encoder = matcher.encoder or open_encoder(matcher.config.encoder)
    return learnable(gather_pairs(snapshots, matcher.config, encoder, seed=seed, progress=progress))


def shares_of(ranker: PairwiseRanker, pairs: TrainingPairs) -> dict[str, float]:
    """Fit a ranker to pairs and return its weight of each component, in the order of its bounds."""
    fit_ranker(ranker, pairs)
    learned = dict(zip(ranker.features_, ranker.weights_.tolist(), strict=True))
    return {name: learned[name] for name in ranker.bounds or learned}


def judge(ranker: PairwiseRanker, pairs: TrainingPairs) -> Judgement | None:
    """Judge, on the later pairs, weights learned from the earlier ones; None where there are too few.

    Parameters
    ----------
    ranker : PairwiseRanker
        With the weights in force, to which it shrinks; it is fitted to the earlier pairs.
    pairs : TrainingPairs

    Notes
    -----
    Lists are ordered by the mutual score, as by a matcher without prices.
    """
    folds = split_folds(pairs, EARLY, 1)
    if not folds:
        return None
    ((early, later),) = folds
    fit_ranker(ranker, pairs.take(early))
    if not ranker.n_labels_:
        return None
    held = pairs.take(later)
    ours, theirs = held.columns(ranker.features_)
    shown = np.concatenate([ours, theirs])
    present = WeightedRanker(ranker.weights, ranker.conflict_strength).fit(shown)
    old, new = (
        score_lists(held, mutual_score(each.predict(ours), each.predict(theirs)))
        for each in (present, ranker.observe(shown))
    )
    gain, newcomers = (
        paired_difference(new[column], old[column], held.cluster) for column in ("all", "newcomers")
    )
    found, before = (clustered_mean(scores["all"], held.cluster) for scores in (new, old))
    return Judgement(before.mean, found.mean, gain, newcomers)


def list_changes(
    matcher: Matcher, weights: Mapping[str, float], seekers: Sequence[str] | None = None, k: int = DEPTH
) -> tuple[ListChange, ...]:
    """Return how the lists of some seekers of the pool, by default of all, change under other weights.

    Those that change most come first, then by id; seekers without any eligible candidate are left out.
    """
    wanted = matcher.pool[Profile.ID].tolist() if seekers is None else list(dict.fromkeys(seekers))
    before = matcher.recommend(wanted, k, explain=False)
    return compare_lists(before, matcher.reweighted(weights).recommend(wanted, k, explain=False))


def compare_lists(before: pd.DataFrame, after: pd.DataFrame) -> tuple[ListChange, ...]:
    """Return how lists changed, from two tables of recommendations of the same seekers."""
    if before.empty and after.empty:
        return ()
    old, new = (
        table.sort_values(Recommendation.RANK, kind="stable")
        .groupby(Recommendation.SEEKER)[Recommendation.CANDIDATE]
        .agg(list)
        for table in (before, after)
    )
    changes = []
    for seeker, row in rank_agreement(before, after, [DEPTH]).iterrows():
        ours, theirs = old.get(seeker, []), new.get(seeker, [])
        entered = tuple(one for one in theirs if one not in ours)
        left = tuple(one for one in ours if one not in theirs)
        changes.append(ListChange(str(seeker), row["RBO"], row[f"overlap@{DEPTH}"], entered, left))
    return tuple(sorted(changes, key=lambda change: (change.rbo, change.seeker)))


def make_bounds(present: Mapping[str, float], bounds: Bounds | None = None) -> dict[str, tuple[float, float]]:
    """Return the bounds of every weight.

    Parameters
    ----------
    present : mapping of str to float
        The weights in force, summing to 1.
    bounds : mapping of str to (float, float), optional
        Lowest and highest weight, in [0, 1], of weights that sum to 1. A weight that is not named may move
        by at most `SPREAD` of itself; a weight of 0 stays 0.

    Returns
    -------
    limits : dict of str to (float, float)
        In the order of `present`; each holds the weight in force.

    Raises
    ------
    ConfigError
        If a name is no component, bounds are not two numbers in order in [0, 1], or the weight in force
        lies outside of them.
    """
    limits = {
        name: (weight * (1.0 - SPREAD), min(weight * (1.0 + SPREAD), 1.0)) for name, weight in present.items()
    }
    for name, pair in (bounds or {}).items():
        if name not in present:
            raise ConfigError(
                f"bounds must name components ({', '.join(present)}); got {name!r}. Correct it."
            )
        limits[name] = _checked(name, pair, present[name])
    return limits


def _checked(name: str, pair: Any, weight: float) -> tuple[float, float]:
    is_pair = isinstance(pair, list | tuple) and len(pair) == 2
    if not is_pair or not all(isinstance(end, Real) and not isinstance(end, bool) for end in pair):
        raise ConfigError(f"bounds of {name} must be two numbers, lowest and highest; got {pair!r}.")
    low, high = (float(end) for end in pair)
    if not 0.0 <= low <= high <= 1.0:
        raise ConfigError(f"bounds of {name} must be in order and from 0 to 1; got {low:g} and {high:g}.")
    if not low - _ROUNDING <= weight <= high + _ROUNDING:
        raise ConfigError(
            f"bounds of {name} must hold its present weight, {weight:.4g} of a sum of 1; got {low:g} to "
            f"{high:g}. Widen them or change the weight first."
        )
    return min(low, weight), max(high, weight)


def read_bounds(path: str | Path) -> dict[str, tuple[float, float]]:
    """Read bounds from a TOML file with a line per component, such as ``trust = [0.10, 0.25]``.

    Raises
    ------
    ConfigError
        If the file cannot be read or is not TOML; `make_bounds` checks its content.
    """
    try:
        found = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as err:
        raise ConfigError(f"bounds must be a readable file; got {path} ({err.strerror}).") from err
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as err:
        raise ConfigError(f"bounds must be TOML in UTF-8; {path} is not: {err}.") from err
    return {name: tuple(pair) if isinstance(pair, list) else pair for name, pair in found.items()}


def accept(adjustment: Adjustment, log: OutcomeLog, reason: str, date: dt.date) -> Config:
    """Put proposed weights in force, and return the settings with them.

    Where the weights in force by the log are not those that the proposal starts from, these are recorded
    first, so that a roll-back leads to them.

    Raises
    ------
    ConfigError
        If nothing is proposed or no reason is given.
    MatcherError
        If the log refuses.
    """
    if not adjustment.is_change:
        raise ConfigError("adjustment must change a weight to be accepted; the present weights stand.")
    check_reason(reason)
    log.prepare()
    if not _same(log.weights_in_force(), adjustment.old):
        log.record_adjustment(adjustment.old, date, BEFORE)
    log.record_adjustment(adjustment.new, date, reason)
    return adjustment.config


def roll_back(log: OutcomeLog, reason: str, date: dt.date, settings: Config | None = None) -> Config:
    """Put the weights back that the last adjustment replaced, and return the settings with them.

    Parameters
    ----------
    log : OutcomeLog
    reason : str
        Why, in a few words.
    date : date
    settings : Config, optional
        All other settings; the defaults when left out. They are returned as they are where the log knows of
        no earlier weights.

    Raises
    ------
    ConfigError
        If no reason is given.
    OutcomeError
        If there is nothing to roll back.
    """
    check_reason(reason)
    log.roll_back(date, reason)
    former = log.weights_in_force()
    own = settings or Config()
    return own if former is None else _with_weights(own, former)


def check_reason(reason: str) -> None:
    """Raise `ConfigError` unless a reason is given."""
    if not reason.strip():
        raise ConfigError(
            "reason must say why, in a few words; got none. Readers of the log will ask for it."
        )


def _same(known: Mapping[str, float] | None, weights: Mapping[str, float]) -> bool:
    if known is None:
        return False
    total = sum(known.values())
    return all(
        math.isclose(known.get(name, 0.0) / total, weight, abs_tol=_ROUNDING)
        for name, weight in weights.items()
    )


def _with_weights(settings: Config, weights: Mapping[str, float]) -> Config:
    """Return settings with other weights; raise `ConfigError` if these are out of range."""
    return Config.from_dict({**settings.model_dump(), "weights": dict(weights)})
