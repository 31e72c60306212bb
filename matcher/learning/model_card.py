"""The model card of a trained ranker."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from matcher.learning.training import ANALYST, Training

LISTED: Final = 15
"""Features that a card names."""
_TEMPLATE: Final = Path(__file__).with_name("model_card.md.jinja")


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
    from jinja2 import Environment, StrictUndefined

    template = Environment(  # noqa: S701 - Markdown, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    ).from_string(_TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        training=training,
        rows=training.validation.to_dict("index"),
        is_learned=training.chosen != ANALYST,
        calibration={name: f"{value:.6f}" for name, value in training.calibration.items()},
        shares=_shares(training.ranker),
        command=command,
        data=data,
        seed=seed,
    )


def _shares(ranker: Any) -> list[tuple[str, float]]:
    """Return the features of the greatest shares; none of a ranker that was not fitted."""
    if not hasattr(ranker, "means_"):
        return []
    # Weights where there are any: shares are of the past, of which less was known than now.
    shares = getattr(getattr(ranker, "ranker", ranker), "weights_", ranker.shares_)
    pairs = zip(ranker.features_, shares, strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:LISTED]
