"""How a review speaks: names of codes, pairs, days, intervals, and what is still missing."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from matcher.documents.language import Voice
from matcher.evaluation import Interval
from matcher.review import labels
from matcher.review.drift import FILLED
from matcher.review.partnerships import Pair
from matcher.review.rates import Rate
from matcher.review.verdicts import Enough


def voice_of(lang: str) -> Voice:
    """Return the voice of a language with this room's catalogue.

    Raises
    ------
    ConfigError
        If there is none.
    """
    return Voice(lang)


def name(voice: Voice, words: Mapping[str, str], code: str) -> str:
    """Return what a code is called; the code itself where it has no name."""
    return voice.say(words[code]) if code in words else code


def column_name(voice: Voice, column: str) -> str:
    """Return what a column is called, or that its filled cells are meant."""
    bare = column.removesuffix(f" {FILLED}")
    told = name(voice, labels.COLUMNS, bare)
    return voice.say("{column} filled in", column=told) if bare != column else told


def who(pair: Pair, side: str) -> str:
    """Return the id of one side of a pair."""
    return pair[0] if side == "seeker" else pair[1]


def pair_name(voice: Voice, pair: Pair) -> str:
    """Return both ids."""
    return voice.say("{one} and {other}", one=pair[0], other=pair[1])


def lacking(voice: Voice, enough: Enough) -> str:
    """Say how many more are needed for a verdict."""
    unit = name(voice, labels.UNITS, enough.unit)
    return voice.say(
        "Too little to judge: {have} {unit}, at least {need} are needed ({missing} more).",
        have=voice.number(enough.have, 0),
        need=voice.number(enough.need, 0),
        missing=voice.number(enough.missing, 0),
        unit=unit,
    )


def rate_text(voice: Voice, rate: Rate) -> str:
    """Return a share with its interval."""
    if math.isnan(rate.share):
        return "–"
    return f"{_percent(voice, rate.share)} [{_percent(voice, rate.low)}, {_percent(voice, rate.high)}]"


def interval_text(voice: Voice, one: Interval | None, decimals: int = 3) -> str:
    """Return a mean with its interval, where it has one."""
    if one is None or math.isnan(one.mean):
        return "–"
    mean = voice.number(one.mean, decimals)
    if math.isnan(one.low):
        return mean
    return f"{mean} [{voice.number(one.low, decimals)}, {voice.number(one.high, decimals)}]"


def number_text(voice: Voice, value: float, decimals: int = 3) -> str:
    """Return a number, or a dash where there is none."""
    return "–" if math.isnan(value) else voice.number(value, decimals)


def day_text(voice: Voice, day: pd.Timestamp | None) -> str:
    """Return a day, or a dash."""
    return "–" if day is None else voice.date(day)


def _percent(voice: Voice, share: float) -> str:
    return f"{voice.number(100.0 * share, 0)}%"
