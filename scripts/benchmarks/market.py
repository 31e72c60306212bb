"""Prices in a synthetic market whose preferences are known: quality of lists against balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import typer

from benchmarks.judging import Results
from matcher.arrays import Floats
from matcher.config import MarketSettings
from matcher.evaluation.metrics import Balance, measure_balance
from matcher.matching.prices import EquilibriumLearner, PriceLearner, priced_score
from matcher.matching.scoring import mutual_score
from matcher.matching.selection import select_best

SIZE: Final = 300
K: Final = 10
SETTINGS: Final[Sequence[tuple[str, str, float, float]]] = (
    ("no prices", "csls", 0.05, 0.0),
    ("csls 1 (reference)", "csls", 0.05, 1.0),
    ("tu 1 (reference)", "tu", 0.05, 1.0),
    ("sinkhorn 1 (reference)", "sinkhorn", 0.05, 1.0),
    ("csls .6, the default", "csls", 0.05, 0.6),
    ("tu .5", "tu", 0.05, 0.5),
    ("tu .7", "tu", 0.05, 0.7),
    ("sinkhorn .7", "sinkhorn", 0.05, 0.7),
    ("tu .8, beta .1", "tu", 0.1, 0.8),
)
"""Name, method, beta and strength."""


def measure_market(seeds: int) -> Results:
    """Return balance and quality under each setting, means and standard deviations over seeds."""
    results: dict[str, Any] = {}
    for scale in ("harmonic mean", "product"):
        typer.echo(f"\nMutual score: {scale}\n")
        typer.echo("| setting | matches | Gini | coverage | joint nDCG@10 |\n|---|---|---|---|---|")
        drawn = [_settings(seed, calibrated=scale == "product") for seed in range(seeds)]
        for name, *_ in SETTINGS:
            values = np.array([one[name] for one in drawn])
            mean, spread = (Balance(*part.tolist()) for part in (values.mean(axis=0), values.std(axis=0)))
            results[f"{scale}, {name}"] = {"mean": mean._asdict(), "sd": spread._asdict()}
            cells = [f"{mean.matches:.0f} ± {spread.matches:.0f}"]
            cells += [
                f"{getattr(mean, part):.3f} ± {getattr(spread, part):.3f}"
                for part in ("gini", "coverage", "ndcg")
            ]
            typer.echo(f"| {name} | {' | '.join(cells)} |")
    return results


def draw_market(seed: int) -> Floats:
    """Return the probability that each organisation wants each other: half popularity, half taste."""
    rng = np.random.default_rng(seed)
    wants = 0.5 * rng.random(SIZE) + 0.5 * rng.random((SIZE, SIZE))
    np.fill_diagonal(wants, np.nan)
    return wants


def _settings(seed: int, *, calibrated: bool) -> dict[str, Balance]:
    wants = draw_market(seed)
    both, mutual = wants * wants.T, mutual_score(wants, wants.T, calibrated=calibrated)
    np.fill_diagonal(mutual, np.nan)
    everybody = np.arange(SIZE)

    def lists(score: Floats) -> Any:
        return select_best(np.where(np.isnan(score), -np.inf, score), SIZE)

    # Both sides read their whole list, with attention 1 / rank; the joint probability is what counts.
    return {
        name: measure_balance(
            lists(priced_score(mutual, _prices(mutual, method, beta), strength)),
            lists(both),
            both,
            everybody,
            K,
        )
        for name, method, beta, strength in SETTINGS
    }


def _prices(mutual: Floats, method: Any, beta: float) -> Floats:
    market = MarketSettings(method=method, beta=beta)
    if method == "csls":
        learner = PriceLearner(market.neighbours, SIZE)
        learner.add(mutual)
        return learner.prices()
    equilibrium = EquilibriumLearner(market, np.ones(SIZE))
    equilibrium.add(np.arange(SIZE), np.arange(SIZE), mutual)
    return equilibrium.prices()
