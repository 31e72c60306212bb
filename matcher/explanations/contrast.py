"""Why one candidate stands above another, and the document that people read of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import Profile
from matcher.documents import Block, Bullets, Document, Heading, Table
from matcher.documents.language import N_, Voice, quote
from matcher.explanations.contributions import shapley_values
from matcher.explanations.explanation import SIDES, Explanation, sentence, signed
from matcher.matching.scoring import mutual_score

PARTS: Final = ("seeker_gain", "candidate_gain", "price")
MESSAGES: Final = {
    "seeker_gain": (N_("you gain more: {amount}"), N_("you gain less: {amount}")),
    "candidate_gain": (N_("they gain more: {amount}"), N_("they gain less: {amount}")),
    "price": (N_("fewer others seek the first: {amount}"), N_("more others seek the first: {amount}")),
}
"""What is said of each part where it is above 0, and where it is below."""
NAMED: Final = 2
"""Features named in one sentence."""
LEAST: Final = 0.0005
"""Difference under which nothing is said: it would be written as 0.000."""


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
        parts = [part for part in parts if abs(self.score_parts[part]) >= LEAST]
        return (_verdict(self, voice), *(self._sentence(part, voice) for part in parts))

    def __str__(self) -> str:
        """Return the sentences, one a line."""
        return "\n".join(self.sentences())

    def _sentence(self, part: str, voice: Voice) -> str:
        amount = self.score_parts[part]
        more, less = MESSAGES[part]
        said = voice.say(more if amount > 0 else less, amount=signed(amount, voice, "+"))
        features = "" if part == "price" else self._features(SIDES[PARTS.index(part)], amount > 0, voice)
        return f"{said} ({features})" if features else said

    def _features(self, side: str, is_more: bool, voice: Voice) -> str:
        """Return the features that differ most in the direction of the whole, with their difference."""
        rows = self.table().query("side == @side")
        differences = zip(rows["label"], rows["difference"].astype(float), strict=True)
        moving = [
            (label, value) for label, value in differences if abs(value) >= LEAST and (value > 0.0) == is_more
        ]
        moving.sort(key=lambda pair: -abs(pair[1]))
        return ", ".join(f"{label} {signed(value, voice, '+')}" for label, value in moving[:NAMED])


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
        np.array([one.seeker_side.gain, one.candidate_side.gain, one.mutual - one.score])
        for one in (first, second)
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


def contrast_document(contrast: Contrast) -> Document:
    """Return why one candidate stands above another as a document, worded to the seeker.

    Parameters
    ----------
    contrast : Contrast
        Of two candidates of one seeker.
    """
    first, second = contrast.first, contrast.second
    voice = Voice(first.lang)
    names = {
        "first": first.candidate[Profile.NAME],
        "second": second.candidate[Profile.NAME],
        "seeker": first.seeker[Profile.NAME],
    }
    table = contrast.table()
    captions = (voice.say("For you"), voice.say("For them"))
    blocks: list[Block] = [
        Heading(voice.say("In short"), origin="engine"),
        Bullets(tuple(sentence(text) for text in contrast.sentences())),
        Heading(voice.say("How the gains come about"), origin="engine"),
        *(
            _side_table(table[table["side"] == side], caption, names, voice)
            for side, caption in zip(SIDES, captions, strict=True)
        ),
    ]
    return Document(
        title=voice.say("{first} or {second}, for {seeker}", **names),
        lang=first.lang,
        blocks=tuple(blocks),
        tags={"engine": voice.say("computed")},
    )


def _side_table(rows: pd.DataFrame, caption: str, names: dict[str, str], voice: Voice) -> Table:
    header = voice.say("What"), names["first"], names["second"], voice.say("Difference")
    shown = tuple(
        (label, *(signed(value, voice) for value in values))
        for label, *values in rows[["label", "first", "second", "difference"]].itertuples(index=False)
        if any(abs(value) >= LEAST for value in values)
    )
    return Table(header, shown, caption)
