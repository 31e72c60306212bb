"""A review as plain data for JSON: everything that the document says, and more."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

import numpy as np
import pandas as pd

from matcher.review.alarming import tell_alarm
from matcher.review.results import Alarm, Review
from matcher.review.wording import voice_of


def as_record(review: Review, lang: str = "en") -> dict[str, Any]:
    """Return a review as mappings, lists, texts and numbers; None where a figure is not known.

    Parameters
    ----------
    review : Review
    lang : str
        Language of the alarms' texts.

    Returns
    -------
    record : dict
        The same for the same data, settings and versions.
    """
    record = {
        "as_of": review.day,
        "verdict": review.verdict,
        "advice": review.advice,
        "counts": review.counts,
        "alarms": [_alarm(one, review, lang) for one in review.alarms],
        "overdue": review.overdue,
        "due": review.due,
        "watches": {watch.kind: _without_name(watch) for watch in review.watches},
        "stale": review.stale,
        "conversion": review.conversion,
        "calibration": review.promises,
        "drift": review.drift,
        "selection": review.selection,
        "challenge": review.challenge,
        "settings": review.settings.model_dump(mode="json"),
    }
    plain: dict[str, Any] = _plain(record)
    return plain


def _alarm(alarm: Alarm, review: Review, lang: str) -> dict[str, Any]:
    told = tell_alarm(alarm, review, voice_of(lang))
    return {"kind": alarm.kind, "false_alarm_rate": alarm.sure, **asdict(told)}


def _without_name(watch: Any) -> dict[str, Any]:
    return {
        "judged": watch.n_judged,
        "troubles": watch.troubles,
        "waiting": [
            {"pair": pair, "missing": need.missing, "unit": need.unit} for pair, need in watch.waiting
        ],
    }


def _plain(value: Any) -> Any:
    """Turn dataclasses, tables, days and numbers of numpy into what JSON has; NaN into None."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, pd.DataFrame):
        return _plain(value.to_dict("records"))
    if isinstance(value, Mapping):
        return {str(name): _plain(cell) for name, cell in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(cell) for cell in value]
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    return _number(value.item() if isinstance(value, np.generic) else value)


def _number(value: Any) -> Any:
    if isinstance(value, float):
        return None if not math.isfinite(value) else value
    return str(value) if isinstance(value, str) else value
