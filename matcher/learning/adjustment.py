"""Adjusting the analyst's weights to outcomes: proposed within bounds, judged, accepted or taken back."""

import copy
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

import numpy as np
import pandas as pd

from matcher.columns import Profile
from matcher.config import Config
from matcher.documents.blocks import DASH, Block, Bullets, Document, Heading, Note, Paragraph, Texts
from matcher.encoders import open_encoder
from matcher.errors import ConfigError
from matcher.evaluation.intervals import ClusteredMean, clustered_mean, paired_difference
from matcher.evaluation.lists import compare_lists
from matcher.explanations.explanation import sentence
from matcher.explanations.remarks import label_of
from matcher.features import COMPONENT_NAMES
from matcher.files import bundled_toml, read_toml
from matcher.learning.training import DEPTH, fit_ranker, is_enough, score_lists, split_folds
from matcher.learning.training_pairs import TrainingPairs, gather_pairs
from matcher.matching.scoring import mutual_score
from matcher.outcomes import History, OutcomeTable, read_outcomes
from matcher.outcomes.log import OutcomeLog
from matcher.outcomes.snapshots import take_snapshots
from matcher.ranking import PairwiseRanker, WeightedRanker
from matcher.recommendations import Matcher

Bounds = Mapping[str, tuple[float, float]]
Outcomes = str | Path | pd.DataFrame | OutcomeTable | TrainingPairs
Verdict = Literal["better", "not better", "too few"]

SPREAD: Final = 0.3  # by which share of itself a weight may move where the analyst sets no bounds
EARLY: Final = 0.5  # share of the clusters, the earliest, that judged weights are learned from
# Reason recorded with weights that the log does not know, before these are adjusted.
BEFORE: Final = "weights in force before an adjustment that is not of this log"
_ROUNDING: Final = 1e-9
MOST_LISTED: Final = 20  # seekers whose changes are listed one by one
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "adjustment.toml")


class Judgement(NamedTuple):
    """nDCG@10 on later outcomes of present weights and of those learned from earlier ones.

    The paired difference, learned - present, is of all partners, and of those without an earlier joint work.
    """

    present: float
    learned: float
    gain: ClusteredMean
    newcomers: ClusteredMean

    @property
    def is_better(self) -> bool:
        """Whether the learned weights find more, by more than chance, and newcomers not surely less."""
        return self.gain.is_above and not self.newcomers.interval.high < 0.0


@dataclass(frozen=True)
class Adjustment:
    """Weights, of sum 1, that are proposed: those learned from all outcomes, if better than the old ones.

    The judgement is None where there is too little to learn from. `n_seekers` are the searches in which
    partners were found, counted anew in each period; changes are as from `compare_lists`.
    """

    old: Mapping[str, float]
    learned: Mapping[str, float]
    bounds: Bounds
    judgement: Judgement | None
    n_labels: int
    n_seekers: int
    settings: Config
    names: Mapping[str, str] = field(repr=False)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)

    @property
    def verdict(self) -> Verdict:
        """Whether the learned weights find more partners on later dates, by more than chance."""
        if self.judgement is None:
            return "too few"
        return "better" if self.judgement.is_better else "not better"

    @property
    def new(self) -> Mapping[str, float]:
        """The weights proposed: the learned ones where they are better, else the old ones."""
        return self.learned if self.verdict == "better" else self.old

    @property
    def is_change(self) -> bool:
        """Whether any weight would change."""
        return dict(self.new) != dict(self.old)

    @property
    def config(self) -> Config:
        """The matcher's settings with the proposed weights."""
        return _with_weights(self.settings, self.new) if self.is_change else self.settings


def propose_weights(
    matcher: Matcher,
    outcomes: Outcomes,
    *,
    bounds: Bounds | None = None,
    seekers: Sequence[str] | None = None,
    stable: bool = False,
) -> Adjustment:
    """Propose weights within bounds, learned from outcomes by `PairwiseRanker`.

    They are proposed where those learned from the earlier outcomes are better on the later ones (see
    `paired_difference`) and do not find newcomers surely less; else the old ones stand. The matcher, with
    the analyst's weights, is not changed; its history counts as outcomes too.

    Bounds of a component are its lowest and highest weight, in [0, 1], of weights that sum to 1; they hold
    the weight in force. A weight that is not named may move by at most 30 % of itself. Lists are compared of
    `seekers`, ids of the pool; of all where left out. `stable` is as for `train_ranker`.
    Raises `ConfigError` if the matcher has a ranker of its own, or bounds are out of range.
    """
    matcher._check_fitted()
    if matcher.ranker is not None:
        raise ConfigError("weights must be those of the analyst; got a matcher with a ranker of its own.")
    ranker = bounded_ranker(matcher.config, bounds)
    pairs = _gather(matcher, outcomes, stable=stable)
    old = learned = matcher.config.weights.normalised()
    judgement = judge(ranker, pairs, matcher.config) if pairs is not None and is_enough(pairs) else None
    if pairs is not None and judgement is not None:
        fit_ranker(ranker, pairs)
        found = dict(zip(ranker.features_, ranker.weights_.tolist(), strict=True))
        learned = {name: found[name] for name in old}
    sizes = (pairs.n_labels, pairs.n_seekers) if pairs is not None else (0, 0)
    names = dict(zip(matcher.pool[Profile.ID], matcher.pool[Profile.NAME], strict=True))
    proposal = Adjustment(old, learned, ranker.bounds or {}, judgement, *sizes, matcher.config, names)
    if not proposal.is_change:
        return proposal
    wanted = matcher.pool[Profile.ID] if seekers is None else seekers
    before, after = (
        each.recommend(list(dict.fromkeys(wanted)), DEPTH, explain=False)
        for each in (matcher, matcher.reweighted(proposal.new))
    )
    return replace(proposal, changes=compare_lists(before, after))


def _gather(matcher: Matcher, outcomes: Outcomes, *, stable: bool) -> TrainingPairs | None:
    if isinstance(outcomes, TrainingPairs):
        return outcomes.learnable()
    pool = matcher.scorer.pool
    log, past = read_outcomes(outcomes).named_by(pool.rules.roster), pool.context.history or History(())
    works, events = (*past.works, *log.works), {*past.events, *log.events}
    snapshots = take_snapshots(matcher.pool, works, events, stable=stable)
    if not snapshots:
        return None
    config, progress = matcher.config, matcher.progress
    encoder = matcher.encoder or open_encoder(config.encoder)
    return gather_pairs(snapshots, config, encoder, seed=config.seed, progress=progress).learnable()


def judge(ranker: PairwiseRanker, pairs: TrainingPairs, config: Config) -> Judgement | None:
    """Judge, on the later pairs, weights learned from the earlier ones against the config's; None if few."""
    folds = split_folds(pairs, EARLY, 1)
    if not folds:
        return None
    ((early, later),) = folds
    fit_ranker(ranker, pairs.take(early))
    if not ranker.n_labels_:
        return None
    held = pairs.take(later)
    ours, theirs = held.columns(ranker.features_)
    present = WeightedRanker.from_config(config).fit(np.concatenate([ours, theirs]))
    learned = copy.copy(present)
    learned.weights_ = ranker.weights_
    old, new = (  # lists are ordered as by a matcher without prices
        score_lists(held, mutual_score(each.predict(ours), each.predict(theirs)))
        for each in (present, learned)
    )
    gain, newcomers = (
        paired_difference(new[column], old[column], held.cluster) for column in ("all", "newcomers")
    )
    found, before = (clustered_mean(scores["all"], held.cluster) for scores in (new, old))
    return Judgement(before.mean, found.mean, gain, newcomers)


def bounded_ranker(config: Config, bounds: Bounds | None) -> PairwiseRanker:
    """Return a ranker with normalised weights and their bounds; `ConfigError` for bounds without them."""
    present = config.weights.normalised()
    limits = {
        name: (weight * (1.0 - SPREAD), min(weight * (1.0 + SPREAD), 1.0)) for name, weight in present.items()
    }
    limits.update(bounds or {})
    ranker = PairwiseRanker(present, config.conflict_strength, bounds=limits)
    ranker.fit(np.zeros((1, len(COMPONENT_NAMES))))  # refuses what is out of range before any work
    for name, (low, high) in limits.items():
        if not low - _ROUNDING <= present[name] <= high + _ROUNDING:
            raise ConfigError(
                f"bounds of {name} must hold its present weight, {present[name]:.4g} of a sum of 1; got "
                f"{low:g} to {high:g}. Widen them or change the weight first."
            )
    return ranker


def read_bounds(path: str | Path) -> dict[str, tuple[float, float]]:
    """Read bounds from a TOML file of lines such as ``trust = [0.1, 0.25]``; `ConfigError` for others."""
    found = read_toml(path, "bounds")
    for name, pair in found.items():
        if not isinstance(pair, list) or [type(end) in (int, float) for end in pair] != [True, True]:
            raise ConfigError(f"bounds of {name} must be two numbers, lowest and highest; got {pair!r}.")
    return {name: (float(low), float(high)) for name, (low, high) in found.items()}


def accept(adjustment: Adjustment, log: OutcomeLog, reason: str, date: dt.date) -> Config:
    """Put proposed weights in force, and return the settings with them.

    Where the log has other weights in force than those that the proposal starts from, these are recorded
    first, so that a roll-back leads to them. `MatcherError` if nothing is proposed or no reason given.
    """
    if not adjustment.is_change:
        raise ConfigError("adjustment must change a weight to be accepted; the present weights stand.")
    check_reason(reason)
    log.prepare()
    known = log.weights_in_force() or {}
    if not np.allclose([known.get(name, 0.0) for name in adjustment.old], list(adjustment.old.values())):
        log.record_adjustment(adjustment.old, date, BEFORE)
    log.record_adjustment(adjustment.new, date, reason)
    return adjustment.config


def roll_back(log: OutcomeLog, reason: str, date: dt.date, settings: Config | None = None) -> Config:
    """Put the weights back that the last adjustment replaced, and return the settings with them.

    So are the weights of the settings where the log has no earlier ones. `MatcherError` without a reason, or
    if there is nothing to roll back.
    """
    check_reason(reason)
    log.roll_back(date, reason)
    former, own = log.weights_in_force(), settings or Config()
    return own if former is None else _with_weights(own, former)


def check_reason(reason: str) -> None:
    """Raise `ConfigError` unless a reason is given."""
    if not reason.strip():
        raise ConfigError(
            "reason must say why, in a few words; got none. Readers of the log will ask for it."
        )


def _with_weights(settings: Config, weights: Mapping[str, float]) -> Config:
    return Config.from_dict({**settings.model_dump(), "weights": dict(weights)})


def adjustment_document(adjustment: Adjustment, lang: str) -> Document:
    """Return an adjustment as a document: the verdict, weights, grounds, and what would change in lists."""
    texts, is_change = Texts(TEXTS, lang), adjustment.is_change
    shown = adjustment.new if is_change else adjustment.learned
    rows = weight_rows(adjustment.old, shown, texts, adjustment.bounds)
    blocks = (
        Paragraph(texts.text(adjustment.verdict, "verdicts")),
        Heading(texts.text("weights")),
        texts.table("proposed" if is_change else "learned", rows),
        Note(texts.text("sum")),
        Heading(texts.text("grounds")),
        Bullets(tuple(sentence(text) for text in _grounds(adjustment, texts))),
        Heading(texts.text("lists")),
        *_lists(adjustment, texts),
    )
    return Document(texts.text("title"), lang, blocks, footer=texts.text("footer"))


def weight_rows(
    old: Mapping[str, float], new: Mapping[str, float], texts: Texts, bounds: Bounds | None = None
) -> Iterator[tuple[str, ...]]:
    """Yield the name of each component, both weights, their difference, and any bounds."""
    for name, weight in old.items():
        after = new.get(name, 0.0)
        figures = texts.cell(weight, 3), texts.cell(after, 3), texts.messages.signed(after - weight)
        ends = [" – ".join(texts.cell(end, 3) for end in bounds[name])] if bounds else []
        yield sentence(label_of(name, texts.messages)), *figures, *ends


def _grounds(adjustment: Adjustment, texts: Texts) -> Iterator[str]:
    found = texts.counted("found", adjustment.n_labels)
    yield f"{found} {texts.counted('searches', adjustment.n_seekers)}"
    judgement = adjustment.judgement
    if judgement is None:
        return
    yield texts.text("judged", old=texts.cell(judgement.present, 3), new=texts.cell(judgement.learned, 3))
    for text, difference in (("gain", judgement.gain), ("newcomers", judgement.newcomers)):
        if difference.n:
            figures = vars(difference.interval) | {"gain": difference.mean}
            ends = {name: texts.messages.signed(figures[name]) for name in ("gain", "low", "high")}
            yield texts.text(text, **ends)


def _lists(adjustment: Adjustment, texts: Texts) -> Iterator[Block]:
    changes, percent = adjustment.changes, texts.messages.percent

    def named(ids: Iterable[str]) -> str:
        return "; ".join(adjustment.names.get(id_, id_) for id_ in ids) or DASH

    if changes.empty:
        yield Paragraph(texts.text("nothing"))
        return
    moved = changes[changes["RBO"] < 1.0]
    figures = {"rbo": texts.cell(changes["RBO"].mean(), 3), "overlap": percent(changes["overlap@10"].mean())}
    yield Paragraph(texts.text("agreement", moved=len(moved), all=len(changes), **figures))
    rows = []
    for seeker, row in moved.head(MOST_LISTED).iterrows():
        both = texts.cell(row["RBO"], 3), percent(row["overlap@10"])
        rows.append((named([str(seeker)]), *both, named(row["entered"]), named(row["left"])))
    if rows:
        yield texts.table("lists", rows)
    if (rest := len(moved) - MOST_LISTED) > 0:
        yield Note(texts.counted("more", rest))
