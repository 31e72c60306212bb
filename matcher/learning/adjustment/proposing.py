"""Proposing weights from what became of matches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
from sklearn.exceptions import NotFittedError

from matcher.columns import Profile
from matcher.config import Config
from matcher.encoders import open_encoder
from matcher.errors import ConfigError
from matcher.learning import TrainingPairs, gather_pairs
from matcher.learning.adjustment.bounds import Bounds, make_bounds
from matcher.learning.adjustment.effects import DEPTH, list_changes
from matcher.learning.adjustment.judging import Judgement, judge_learning
from matcher.learning.adjustment.learning import SHRINKAGE, learn_weights
from matcher.learning.adjustment.proposal import Adjustment, Verdict
from matcher.learning.training import LEAST_LABELS, LEAST_SEEKERS
from matcher.outcomes import History, OutcomeTable, read_outcomes
from matcher.outcomes.snapshots import take_snapshots
from matcher.recommendations import Matcher

Outcomes = str | Path | pd.DataFrame | OutcomeTable | TrainingPairs

FORMS: Final = "outcomes must be a path, a DataFrame, an OutcomeTable or TrainingPairs"


def propose_weights(
    matcher: Matcher,
    outcomes: Outcomes,
    *,
    bounds: Bounds | None = None,
    seekers: Sequence[str] | None = None,
    k: int = DEPTH,
    shrinkage: float = SHRINKAGE,
    stable: bool = False,
    seed: int = 0,
    progress: bool = False,
) -> Adjustment:
    """Propose weights within bounds, from what became of matches.

    Parameters
    ----------
    matcher : Matcher
        Fitted, with the analyst's weights; it is not changed. What it knows of the past counts too.
    outcomes : path, DataFrame, OutcomeTable or TrainingPairs
        What became of matches; pairs that are gathered already are taken as they are.
    bounds : mapping of str to (float, float), optional
        As for `make_bounds`: by default each weight may move by at most 30 % of itself.
    seekers : sequence of str, optional
        Ids of the pool whose lists are compared; all of them where left out.
    k : int, default 10
        Length of these lists.
    shrinkage : float, default 200
        How strongly weights are pulled to those in force, >= 0.
    stable : bool, default False
        Whether profiles may be taken to have said the same all along.
    seed : int, default 0
    progress : bool, default False
        Whether to show a progress bar on stderr.

    Returns
    -------
    adjustment : Adjustment
        New weights are proposed where those learned from earlier outcomes find more partners on later
        dates, the whole 95 % interval of the paired gain is above 0, and newcomers are not surely found
        less; else the old ones stand.

    Raises
    ------
    ConfigError
        If the matcher has a ranker of its own, or bounds or shrinkage are out of range.
    MatcherError
        As `read_outcomes` and `Matcher.recommend`.
    NotFittedError
        Before the matcher's `fit`.
    """
    _check(matcher, shrinkage)
    present = matcher.config.weights.normalised()
    limits = make_bounds(present, bounds)
    pairs = _pairs(matcher, outcomes, stable=stable, seed=seed, progress=progress)
    found = _learn(pairs, matcher.config, limits, shrinkage, seed)
    new = found.weights if found.verdict is Verdict.BETTER else present
    return Adjustment(
        old=present,
        learned=found.weights,
        new=new,
        bounds=limits,
        verdict=found.verdict,
        judgement=found.judgement,
        n_labels=pairs.n_labels if pairs else 0,
        n_seekers=pairs.n_seekers if pairs else 0,
        changes=list_changes(matcher, new, seekers, k) if new != present else (),
        settings=matcher.config,
        names=dict(zip(matcher.pool[Profile.ID], matcher.pool[Profile.NAME], strict=True)),
    )


def _check(matcher: Matcher, shrinkage: float) -> None:
    if not hasattr(matcher, "scorer"):
        raise NotFittedError("Matcher must be fitted to a pool first; call fit(profiles).")
    if matcher.ranker is not None:
        raise ConfigError("weights must be those of the analyst; got a matcher with a ranker of its own.")
    if not shrinkage >= 0.0:
        raise ConfigError(f"shrinkage must be at least 0; got {shrinkage}.")


class _Found(NamedTuple):
    """What was learned, and how it does."""

    weights: dict[str, float]
    judgement: Judgement | None
    verdict: Verdict


def _learn(
    pairs: TrainingPairs | None,
    config: Config,
    limits: Mapping[str, tuple[float, float]],
    shrinkage: float,
    seed: int,
) -> _Found:
    """Learn from all pairs, as far as they bear it; the weights in force where they do not."""
    present = config.weights.normalised()
    if pairs is None or pairs.n_labels < LEAST_LABELS or len(set(pairs.cluster)) < LEAST_SEEKERS:
        return _Found(present, None, Verdict.TOO_FEW)
    judgement = judge_learning(
        pairs, present, limits, config.conflict_strength, shrinkage=shrinkage, seed=seed
    )
    if judgement is None:
        return _Found(present, None, Verdict.TOO_FEW)
    learned, _ = learn_weights(pairs, present, limits, shrinkage)
    return _Found(learned, judgement, Verdict.BETTER if judgement.is_better else Verdict.NOT_BETTER)


def _pairs(
    matcher: Matcher, outcomes: Outcomes, *, stable: bool, seed: int, progress: bool
) -> TrainingPairs | None:
    """Return the pairs of seekers that had partners to find; None where there are none."""
    if isinstance(outcomes, TrainingPairs):
        gathered = outcomes
    elif isinstance(outcomes, str | Path | pd.DataFrame | OutcomeTable):
        log = read_outcomes(outcomes)
        past = matcher.scorer.pool.context.history or History(())
        works = list({work.key: work for work in (*past.works, *log.works)}.values())
        talks = {*past.events, *log.events}
        snapshots = take_snapshots(matcher.pool, works, talks, stable=stable)
        if not snapshots:
            return None
        encoder = matcher.encoder or open_encoder(matcher.config.encoder)
        gathered = gather_pairs(snapshots, matcher.config, encoder, seed=seed, progress=progress)
    else:
        raise ConfigError(f"{FORMS}; got {type(outcomes).__name__}.")
    # Whose partners may not be recommended teaches nothing, and cannot be judged.
    pairs = gathered.take(gathered.n_found > 0)
    return pairs if pairs.n_labels else None
