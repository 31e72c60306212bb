"""A comparison as plain data for JSON: everything that the report says, and more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final

import pandas as pd

from matcher.evaluation import Interval
from matcher.evaluation.comparison.chances import Chances
from matcher.evaluation.comparison.figures import DEPTH, Figures
from matcher.evaluation.comparison.groups import record_differences
from matcher.evaluation.comparison.results import Comparison

PACKAGES: Final = ("numpy", "pandas", "partner-matcher", "scikit-learn", "scipy")


def as_record(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as mappings, lists, texts and numbers; None where a figure is not known.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    record : dict
        The same for the same inputs, seed and versions, on any machine.
    """
    chances = comparison.chances
    record = {
        "versions": {name: version(name) for name in PACKAGES},
        "seed": comparison.seed,
        "k": comparison.k,
        "dates": _dates(comparison),
        "counts": {
            "profiles": comparison.n_profiles,
            "reachable": comparison.n_reachable,
            "barred_pairs": comparison.n_barred,
            **comparison.truth.counts,
        },
        "notes": list(comparison.notes),
        "main": comparison.main,
        "systems": {name: _figures(figures) for name, figures in comparison.figures.items()},
        "differences": {name: _intervals(each) for name, each in comparison.differences.items()},
        "slices": {name: table.to_dict("records") for name, table in comparison.slices.items()},
        "slice_differences": record_differences(comparison.slice_differences),
        "newcomers": {
            name: {who: _intervals(recalls) for who, recalls in found.items()}
            for name, found in comparison.newcomers.items()
        },
        "calibration": None if chances is None else _chances(chances),
        "stability": [asdict(one) for one in comparison.stability],
        "ablation": [{**asdict(one), "changes": _intervals(one.changes)} for one in comparison.ablations],
    }
    found: dict[str, Any] = _known(record)
    return found


def _dates(comparison: Comparison) -> dict[str, str | None]:
    truth = comparison.truth
    days = [work.day for work in truth.history.works if work.is_dated]
    named = {
        "snapshot": truth.date,
        "history_first": min(days, default=None),
        "history_last": max(days, default=None),
        "labels_first": truth.first,
        "labels_last": truth.last,
    }
    return {name: None if day is None else f"{day:%Y-%m-%d}" for name, day in named.items()}


def _figures(figures: Figures) -> dict[str, Any]:
    return {
        "seekers": _intervals(figures.seekers),
        "sides": figures.sides.to_dict("index"),
        f"expected_matches@{DEPTH}": asdict(figures.matches),
        f"exposure@{DEPTH}": asdict(figures.exposure),
    }


def _chances(chances: Chances) -> dict[str, Any]:
    return {
        "brier": asdict(chances.calibration.brier),
        "ece": asdict(chances.calibration.ece),
        "predicted": chances.predicted,
        "observed": chances.observed,
        "pairs": chances.n_pairs,
        "seekers": chances.n_seekers,
        "curve": chances.curve.to_dict("records"),
    }


def _intervals(found: Mapping[str, Interval]) -> dict[str, Any]:
    return {name: asdict(one) for name, one in found.items()}


def _known(value: Any) -> Any:
    """Turn NaN into None, and numbers of numpy into Python's: JSON has neither."""
    if isinstance(value, Mapping):
        return {str(name): _known(cell) for name, cell in value.items()}
    if isinstance(value, list | tuple):
        return [_known(cell) for cell in value]
    plain = value.item() if hasattr(value, "item") else value
    missing = isinstance(plain, float) and math.isnan(plain)
    return None if missing or plain is pd.NaT else plain
