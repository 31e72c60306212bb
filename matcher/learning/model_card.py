"""The model card of a trained ranker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.learning.training import ANALYST, Training

LISTED: Final = 15
"""Features that a card names."""


def facts_of(training: Training, command: str, data: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return the facts of a training for a manifest: how it was made, from what, how good it is."""
    table = training.validation.astype(object).where(training.validation.notna(), None)
    return {
        "chosen": training.chosen,
        "command": command,
        "data": dict(data),
        "seed": seed,
        "labels": training.n_labels,
        "seekers": training.n_seekers,
        "features": list(training.ranker.features_),
        "validation": table.to_dict("index"),
        "calibration": dict(training.calibration),
        "notes": list(training.notes),
    }


def write_card(training: Training, command: str, data: Mapping[str, Any], seed: int) -> str:
    """Return the model card, Markdown: purpose, data, figures, what counts, limits, command."""
    parts = [
        *_title(training),
        "## Use",
        "`matcher match PROFILES --out FILE --ranker THIS_FOLDER`, or in Python "
        "`Matcher(ranker=open_ranker(THIS_FOLDER))`. Made for ranking possible partners of the kind of "
        "organisations that it was trained on, as advice to people. Not made for deciding without them, nor "
        "for judging an organisation.",
        "## Training data",
        "\n".join(f"- {name}: {value}" for name, value in data.items()),
        f"{training.n_labels:,} partnerships of {training.n_seekers:,} seekers; what is not recorded counts "
        "as not known, never as a proven no.",
        "## Figures",
        _validation(training.validation),
        _calibration(training.calibration),
        "## What counts",
        _weights(training),
        "## Limits",
        "\n".join(
            [
                *_limits(training),
                *(f"- {note}" for note in training.notes),
            ]
        ),
        "## Command",
        f"`{command}` (seed {seed}; versions and digests in manifest.json)",
    ]
    return "\n\n".join(parts) + "\n"


def _title(training: Training) -> tuple[str, str]:
    """Return the title and what the ranker is, in a sentence or two."""
    kind = f"Kind: {training.chosen}. It turns the features of a pair into what one side gains by it"
    if training.chosen != ANALYST:
        return "# Ranker learned from outcomes", f"{kind}."
    if training.validation.empty:
        return (
            "# Ranker with the analyst's weights",
            f"{kind}, by the analyst's weights; nothing was learned from outcomes.",
        )
    return (
        "# Ranker with the analyst's weights, calibrated on outcomes",
        f"{kind}, by the analyst's weights: no learned ranker was enough better. What was learned from "
        "outcomes is only which gain means which probability.",
    )


def _limits(training: Training) -> list[str]:
    if training.validation.empty:
        return ["- Gains are weighted means, not probabilities."]
    past = (
        "- It repeats the past: who was sought after is found more easily, newcomers less; the "
        "column 'newcomers only' tells how it finds candidates without any joint work before."
    )
    gains = "- Gains are probabilities within the time that the labels span, for pools like this one."
    return [gains] if training.chosen == ANALYST else [past, gains]


def _validation(table: pd.DataFrame) -> str:
    if table.empty:
        return "No figures: there was too little to learn from."
    said = (
        "On dates later than what each ranker had learned from, among all candidates (a sample where the "
        "pool is large). The simplest ranker was taken whose paired difference from the best is within its "
        "standard error.\n"
    )
    lines = [said, "| ranker | nDCG@10 | newcomers only | works judged | chosen |", "|---|---|---|---|---|"]
    for name, row in table.iterrows():
        chosen = "yes" if row["chosen"] else ""
        lines.append(
            f"| {name} | {_mean(row['nDCG@10'], row['error'])} | "
            f"{_mean(row['newcomers'], row['newcomers error'])} | {row['n']:.0f} | {chosen} |"
        )
    return "\n".join(lines)


def _mean(mean: float, error: float) -> str:
    if np.isnan(mean):
        return "-"
    return f"{mean:.3f}" if np.isnan(error) else f"{mean:.3f} (standard error {error:.3f})"


def _calibration(measured: Mapping[str, float]) -> str:
    if not measured:
        return "Calibration was not measured: there was only one fold."
    return (
        f"Probability that a pair forms, on the last fold: Brier score {measured['Brier']:.6f}, expected "
        f"calibration error {measured['ECE']:.6f} [{measured['ECE low']:.6f}, {measured['ECE high']:.6f}], "
        f"where {measured['base rate']:.6f} of all pairs formed."
    )


def _weights(training: Training) -> str:
    ranker = training.ranker
    shares = _shares(ranker) if hasattr(ranker, "means_") else np.zeros(0)
    listed = sorted(zip(ranker.features_, shares, strict=False), key=lambda pair: (-pair[1], pair[0]))[
        :LISTED
    ]
    if not listed:
        return "The analyst's weights."
    lines = ["| feature | share |", "|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {share:.3f} |" for name, share in listed if share > 0)])


def _shares(ranker: Any) -> Any:
    """Return the weights where there are any: shares are of the past, of which less was known than now."""
    return getattr(getattr(ranker, "ranker", ranker), "weights_", ranker.shares_)
