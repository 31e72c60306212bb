"""Why one candidate ranks above another."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES, Profile
from matcher.documents.blocks import Bullets, Document, Heading, Table
from matcher.documents.language import Messages, quote, significant_decimals
from matcher.documents.writing import Rendered
from matcher.explanations.contributions import shapley_values
from matcher.explanations.explanation import Explanation, sentence
from matcher.explanations.remarks import TEXTS
from matcher.matching.scoring import mutual_score

PARTS: Final = ("seeker_gain", "candidate_gain", "price")
NAMED: Final = 2
"""Features named in one sentence."""


@dataclass(frozen=True)
class Contrast(Rendered):
    """Two candidates of one seeker, side by side; returned by `Matcher.compare`."""

    first: Explanation
    second: Explanation
    """Of the same seeker."""
    score_parts: dict[str, float]
    """Shapley values of the seeker's gain, the candidate's gain and the price; they sum to first.score -
    second.score.
    """

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
        """Say why one ranks above the other, the largest part first."""
        parts = sorted(PARTS, key=lambda part: -abs(self.score_parts[part]))
        named = [part for part in parts if abs(self.score_parts[part]) >= self._least]
        return self._verdict(), *map(self._sentence, named)

    def document(self) -> Document:
        """Return why one candidate ranks above the other as a document, worded to the seeker."""
        messages = Messages(self.first.lang)
        sides = zip(SIDES, (messages.say("For you"), messages.say("For them")), strict=True)
        return Document(
            title=messages.say("{first} or {second}, for {seeker}", **self._names()),
            lang=messages.lang,
            blocks=(
                Heading(messages.say("In short"), origin="engine"),
                Bullets(tuple(map(sentence, self.sentences()))),
                Heading(messages.say("How the gains come about"), origin="engine"),
                *(self._side_table(side, caption, messages) for side, caption in sides),
            ),
            tags={"engine": messages.say("computed")},
        )

    def __str__(self) -> str:
        """Return the sentences, one per line."""
        return "\n".join(self.sentences())

    def _names(self) -> dict[str, str]:
        organisations = self.first.candidate, self.second.candidate, self.first.seeker
        names = (one[Profile.NAME] for one in organisations)
        return dict(zip(("first", "second", "seeker"), names, strict=True))

    @property
    def _decimals(self) -> int:
        return significant_decimals(max(self.first.mutual, self.second.mutual), 3)

    @property
    def _least(self) -> float:
        """Difference under which a part or a row is left out: it would be written as 0."""
        return 0.5 * 10.0**-self._decimals

    def _signed(self, value: float) -> str:
        return Messages(self.first.lang).signed(value, self._decimals)

    def _number(self, value: float) -> str:
        return self._signed(value).removeprefix("+")

    def _verdict(self) -> str:
        messages, difference = Messages(self.first.lang), self.first.score - self.second.score
        names = {key: quote(name) for key, name in self._names().items()}
        names["difference"] = self._number(abs(difference))
        if difference < 0.0:
            return messages.say("the first, “{first}”, stands {difference} below “{second}”", **names)
        return messages.say("the first, “{first}”, stands {difference} above “{second}”", **names)

    def _sentence(self, part: str) -> str:
        """Say what one part makes of the difference, with the features behind it."""
        messages, amount = Messages(self.first.lang), self.score_parts[part]
        more, less = TEXTS["contrast"][part]
        text = messages.say(more if amount > 0 else less, amount=self._signed(amount))
        features = "" if part == "price" else self._features(SIDES[PARTS.index(part)], amount > 0)
        return f"{text} ({features})" if features else text

    def _features(self, side: str, is_more: bool) -> str:
        """Return the features that differ most in the direction of the whole, with their difference."""
        rows = self.table()
        rows = rows[(rows["side"] == side) & (rows["difference"].abs() >= self._least)]
        rows = rows[(rows["difference"] > 0.0) == is_more]
        rows = rows.sort_values("difference", ascending=not is_more, kind="stable")
        moving = zip(rows["label"][:NAMED], rows["difference"], strict=False)
        return ", ".join(f"{label} {self._signed(value)}" for label, value in moving)

    def _side_table(self, side: str, caption: str, messages: Messages) -> Table:
        table, names = self.table(), self._names()
        header = messages.say("What"), names["first"], names["second"], messages.say("Difference")
        numbers = ["first", "second", "difference"]
        rows = table[(table["side"] == side) & (table[numbers].abs() >= self._least).any(axis=1)]
        shown = tuple(
            (label, *map(self._number, values))
            for label, *values in rows[["label", *numbers]].itertuples(index=False)
        )
        return Table(header, shown, caption)


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
