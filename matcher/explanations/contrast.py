"""Why one candidate stands above another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import Profile
from matcher.documents.language import Voice, quote
from matcher.explanations.contributions import shapley_values
from matcher.explanations.explanation import SIDES, Explanation
from matcher.matching.scoring import mutual_score

PARTS: Final = ("seeker_gain", "candidate_gain", "price")
NAMED: Final = 2
"""Features named in one sentence."""
LEAST: Final = 0.0005
"""Difference under which nothing is told: it would be written as 0.000."""


@dataclass(frozen=True)
class Contrast:
    """Two candidates of one seeker, side by side; returned by `Matcher.compare`.

    Attributes
    ----------
    first, second : Explanation
        Of the same seeker.
    score_parts : mapping of str to float
        What the seeker's gain, the candidate's gain and the price make of the difference; they sum to
        first.score - second.score. Shapley values of these three.
    """

    first: Explanation
    second: Explanation
    score_parts: dict[str, float]

    def table(self) -> pd.DataFrame:
        """Return contributions side by side: side, feature, label, first, second, difference.

        The differences of a side, its base included, sum to the difference of its gains.
        """
        keys = ["side", "feature", "label"]
        ours, theirs = (
            explanation.table()[[*keys, "amount"]].rename(columns={"amount": name})
            for name, explanation in (("first", self.first), ("second", self.second))
        )
        both = ours.merge(theirs, on=keys, how="outer", sort=False)
        both[["first", "second"]] = both[["first", "second"]].fillna(0.0)
        return both.assign(difference=both["first"] - both["second"])

    def sentences(self) -> tuple[str, ...]:
        """Say why one stands above the other, what weighs most first."""
        voice = Voice(self.first.lang)
        parts = sorted(PARTS, key=lambda name: -abs(self.score_parts[name]))
        telling = [part for part in parts if abs(self.score_parts[part]) >= LEAST]
        return (_verdict(self, voice), *(self._sentence(part, voice) for part in telling))

    def __str__(self) -> str:
        """Return the sentences, one a line."""
        return "\n".join(self.sentences())

    def _sentence(self, part: str, voice: Voice) -> str:
        amount = self.score_parts[part]
        signed = _signed(amount, voice)
        if part == "price":
            if amount > 0:
                return voice.say("fewer others seek the first: {amount}", amount=signed)
            return voice.say("more others seek the first: {amount}", amount=signed)
        side = SIDES[PARTS.index(part)]
        features = self._features(side, amount > 0, voice)
        if side == "seeker":
            message = "you gain more: {amount}" if amount > 0 else "you gain less: {amount}"
        else:
            message = "they gain more: {amount}" if amount > 0 else "they gain less: {amount}"
        told = voice.say(message, amount=signed)
        return f"{told} ({features})" if features else told

    def _features(self, side: str, is_more: bool, voice: Voice) -> str:
        """Return the features that differ most in the direction of the whole, with their difference."""
        rows = self.table().query("side == @side")
        differences = dict(zip(rows["label"], rows["difference"].astype(float), strict=True))
        told = [
            (label, value)
            for label, value in differences.items()
            if abs(value) >= LEAST and (value > 0.0) == is_more
        ]
        told.sort(key=lambda pair: -abs(pair[1]))
        return ", ".join(f"{label} {_signed(value, voice)}" for label, value in told[:NAMED])


def contrast_explanations(first: Explanation, second: Explanation) -> Contrast:
    """Split the difference of two candidates' scores.

    Parameters
    ----------
    first, second : Explanation
        Of the same seeker and the same pool.
    """

    def scores(rows: Floats) -> Floats:
        mutual = mutual_score(rows[:, 0], rows[:, 1], calibrated=first.is_probability)
        return np.maximum(mutual - rows[:, 2], 0.0)

    ours, theirs = (
        np.array([told.seeker_side.gain, told.candidate_side.gain, told.mutual - told.score])
        for told in (first, second)
    )
    parts = shapley_values(scores, ours, theirs, [[0], [1], [2]])
    return Contrast(first, second, dict(zip(PARTS, parts.tolist(), strict=True)))


def _verdict(comparison: Contrast, voice: Voice) -> str:
    first, second = comparison.first, comparison.second
    difference = first.score - second.score
    names = {
        "first": quote(first.candidate[Profile.NAME]),
        "second": quote(second.candidate[Profile.NAME]),
        "difference": voice.number(abs(difference), 3),
    }
    if difference < 0.0:
        return voice.say("the first, “{first}”, stands {difference} below “{second}”", **names)
    return voice.say("the first, “{first}”, stands {difference} above “{second}”", **names)


def _signed(value: float, voice: Voice) -> str:
    sign = "+" if value > 0 else "−"
    return f"{sign}{voice.number(abs(value), 3)}"
