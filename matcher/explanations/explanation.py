"""The explanation of one pair from both sides, and why one candidate ranks above another."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES, Profile
from matcher.documents.blocks import Block, Bullets, Document, Heading, Note, Paragraph, Table, Terms
from matcher.documents.language import N_, Messages, quote, significant_decimals
from matcher.documents.writing import Rendered
from matcher.encoders.lexical import WordMatch
from matcher.explanations.contributions import Account, Contribution, Improvement, shapley_values
from matcher.explanations.matches import NeedMatch, PassageMatch
from matcher.explanations.remarks import TEXTS, PairRemarks, Quote, label_of, render_quote, render_words
from matcher.matching.scoring import mutual_score
from matcher.profiles.vocabulary import CATEGORIES

EVEN: Final = 0.1  # imbalance under which both sides are said to gain about as much
HIGHEST: Final = 0.99  # highest percentile that is shown: the pool is a sample of what could be
LEAST_WORD: Final = 0.01  # share of a likeness by words from which a pair of words is listed
NONE: Final = "–"
PARTS: Final = ("seeker_gain", "candidate_gain", "price")


@dataclass(frozen=True)
class SideExplanation:
    """The explanation of a pair for one side."""

    account: Account
    """The gain, and what each feature adds to it."""
    percentile: float
    """Share of the pool's pairs whose gain is lower, in [0, 1]."""
    reasons: tuple[str, ...]
    """Reasons for this side, worded to the seeker; the strongest first."""
    needs: tuple[NeedMatch, ...]
    """Each need of this side with the best offer of the other."""

    @property
    def gain(self) -> float:
        """Gain of this side, in [0, 1]."""
        return self.account.gain


@dataclass(frozen=True)
class Explanation(Rendered):
    """Why a candidate is recommended to a seeker, or not; returned by `Matcher.explain`."""

    lang: str
    """Language of the sentences."""
    seeker: Mapping[str, Any]
    candidate: Mapping[str, Any]
    """The canonical profiles."""
    rank: int
    """In the seeker's list; 0 where it is not in it."""
    band: str
    """One of `BANDS`; "" where the two are never recommended to each other."""
    score: float
    mutual: float
    price: float
    completeness: float
    """As in a table of recommendations."""
    is_probability: bool
    """Whether gains and mutual are calibrated probabilities."""
    is_eligible: bool
    """False where the two are never recommended to each other."""
    rules: tuple[str, ...]
    """The rules by which the two are never recommended to each other; empty where they may be."""
    listed_instead: str
    """Id of the near-duplicate that is in the seeker's list in place of the candidate; "" without one."""
    least_band: str
    """Lowest band that the settings list, where that of the two is lower; else ""."""
    notes: tuple[str, ...]
    """How many texts of either profile do not count, and why."""
    seeker_side: SideExplanation
    candidate_side: SideExplanation
    passages: tuple[PassageMatch, ...]
    """Close passages of both profiles."""
    concerns: tuple[str, ...]
    unknowns: tuple[str, ...]
    improvements: tuple[Improvement, ...]
    """What would raise the match."""
    remarks: PairRemarks
    """Reasons, concerns and unknowns as codes with parts, by column of the table."""

    @property
    def imbalance(self) -> float:
        """The difference of the gains over the larger one, in [-1, 1]: above 0 the seeker gains more."""
        ours, theirs = self.seeker_side.gain, self.candidate_side.gain
        larger = max(ours, theirs)
        return (ours - theirs) / larger if larger > 0.0 else 0.0

    def table(self) -> pd.DataFrame:
        """Return every contribution: side, feature, label, value, usual, share, amount.

        The amounts of a side and its base, in the rows of feature "base", sum to its gain.
        """
        messages = Messages(self.lang)
        rows = []
        for name, side in zip(SIDES, (self.seeker_side, self.candidate_side), strict=True):
            account = side.account
            base = Contribution("base", float("nan"), float("nan"), float("nan"), account.base)
            for part in (base, *account.contributions):
                label = messages.say("a usual pair") if part is base else label_of(part.feature, messages)
                rows.append({"side": name, "feature": part.feature, "label": label, **asdict(part)})
        columns = ["side", "feature", "label", "value", "usual", "share", "amount"]
        return pd.DataFrame(rows, columns=columns)

    def document(self) -> Document:
        """Return all of it as a document in its language, worded to the seeker."""
        return _Page(self).document()


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


class _Page:
    """Writes the parts of an explanation's document."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation
        self.messages = Messages(explanation.lang)
        self.say = self.messages.say

    def text(self, key: str, **parts: object) -> str:
        """Return a text of the page in its language."""
        return self.say(TEXTS["page"][key], **parts)

    def document(self) -> Document:
        one = self.explanation
        names = {"seeker": one.seeker[Profile.NAME], "candidate": one.candidate[Profile.NAME]}
        return Document(
            title=self.text("title", **names),
            subtitle=self.text("subtitle", **names),
            lang=one.lang,
            blocks=(*self._glance(), *self._lists(), *self._needs(), *self._passages(), *self._accounts()),
            footer=self.text("footer"),
            tags={"engine": self.say("computed"), "profile": self.say("from the profiles")},
        )

    def _glance(self) -> list[Block]:
        one = self.explanation
        values = (
            self._band() if one.is_eligible else "",
            self._gain(one.seeker_side, "chance_seeker"),
            self._gain(one.candidate_side, "chance_candidate"),
            self._balance(),
            self._match(),
            self.text("known", share=self.messages.percent(one.completeness)),
        )
        labels = map(self.say, TEXTS["page"]["glance"])
        pairs = tuple((label, value) for label, value in zip(labels, values, strict=True) if value)
        never = Paragraph(self.text("never", rules="; ".join(one.rules)))
        notes = [Bullets(one.notes)] if one.notes else []
        heading = Heading(self.say("At a glance"), origin="engine")
        return [heading, *([] if one.is_eligible else [never]), Terms(pairs), *notes]

    def _band(self) -> str:
        one, band = self.explanation, self.say(self.explanation.band)
        if one.listed_instead:
            return self.text("listed_instead", band=band, other=one.listed_instead)
        if one.least_band:
            return self.text("below_least", band=band, least=self.say(one.least_band))
        return self.text("listed", band=band, rank=self.messages.number(one.rank, 0))

    def _gain(self, side: SideExplanation, chance: str) -> str:
        """Say how high a gain is: as a probability where gains are calibrated, else beside the pool's."""
        if self.explanation.is_probability:
            return self.text(chance, share=self.messages.percent(side.gain))
        gain = self.messages.significant(side.gain)
        if math.isnan(side.percentile):
            return self.text("gain", gain=gain)
        return self.text("percentile", share=self.messages.percent(min(side.percentile, HIGHEST)), gain=gain)

    def _balance(self) -> str:
        imbalance = self.explanation.imbalance
        if abs(imbalance) < EVEN:
            return self.text("even")
        share = self.messages.percent(1.0 - abs(imbalance))
        return self.text("you_gain" if imbalance > 0.0 else "they_gain", share=share)

    def _match(self) -> str:
        one, messages = self.explanation, self.messages
        write = messages.percent if one.is_probability else messages.significant
        shown, score = write(one.mutual), "" if math.isnan(one.score) else write(one.score)
        mutual = self.text("chance_both" if one.is_probability else "mutual", share=shown, mutual=shown)
        return mutual if score in ("", shown) else self.text("sought_after", mutual=mutual, score=score)

    def _lists(self) -> Iterator[Block]:
        """Reasons of both, concerns, unknowns and improvements; a sentence where there are none."""
        one, changes = self.explanation, [change.text for change in self.explanation.improvements]
        reasons = one.seeker_side.reasons, one.candidate_side.reasons
        lists = zip(TEXTS["page"]["lists"], (*reasons, one.concerns, one.unknowns, changes), strict=True)
        for (heading, nothing), texts in lists:
            yield Heading(self.say(heading), origin="engine")
            yield Bullets(tuple(map(sentence, texts))) if texts else Paragraph(self.say(nothing))

    def _needs(self) -> Iterator[Block]:
        header = tuple(map(self.say, TEXTS["headers"]["needs"]))
        sides = self.explanation.seeker_side, self.explanation.candidate_side
        yield Heading(self.say("Who brings what to whom"), origin="profile")
        for (caption, nothing), side in zip(TEXTS["page"]["needs"], sides, strict=True):
            rows = tuple(map(self._need_row, side.needs))
            yield Table(header, rows, self.say(caption)) if rows else Paragraph(self.say(nothing))
        yield Note(self.text("needs_note"))

    def _need_row(self, match: NeedMatch) -> tuple[str, ...]:
        say, has_offer = self.say, bool(match.offer)
        return (
            self._resource(match.quotes.ours, match.category),
            say("{number} of 5", number=match.importance),
            self._resource(match.quotes.theirs, match.offer_category) if has_offer else say("no offer"),
            say("{number} of 5", number=match.level) if has_offer else NONE,
            self.messages.percent(match.met),
            say(TEXTS["answers"][match.answer]),
            NONE if match.answer == "open" else self._words(match.words),
        )

    def _resource(self, quote: Quote, category: str) -> str:
        label = self.say(category) if category in CATEGORIES else category
        quoted = render_quote(*quote, self.messages)
        return f"{label}: {quoted}" if category else quoted

    def _words(self, words: Sequence[WordMatch]) -> str:
        """List words that match with their shares; those below one percent are left out."""
        shown = (
            f"{render_words([(match.ours, match.theirs)])} {self.messages.percent(match.share)}"
            for match in words
            if match.share >= LEAST_WORD
        )
        return "; ".join(shown) or NONE

    def _passages(self) -> list[Block]:
        heading = Heading(self.say("Passages that say nearly the same"), origin="profile")
        passages = self.explanation.passages
        if not passages:
            return [heading, Paragraph(self.say("No passage of yours comes close to one of theirs."))]
        header = tuple(map(self.say, TEXTS["headers"]["passages"]))
        return [heading, Table(header, tuple(map(self._passage_row, passages)))]

    def _passage_row(self, match: PassageMatch) -> tuple[str, ...]:
        words = [", ".join(words) for words in (match.your_words, match.their_words) if words]
        return (
            self.say(TEXTS["aspects"][match.aspect]),
            render_quote(*match.quotes.ours, self.messages),
            render_quote(*match.quotes.theirs, self.messages),
            " / ".join(words) if words else self.say("the passages as a whole"),
            self.messages.number(match.likeness),
        )

    def _accounts(self) -> list[Block]:
        ours, theirs = self.explanation.seeker_side.account, self.explanation.candidate_side.account
        return [
            Heading(self.say("How the gains come about"), origin="engine"),
            Paragraph(self.say(TEXTS["methods"][ours.method])),
            self._account_table(ours, self.say("For you")),
            self._account_table(theirs, self.say("For them")),
        ]

    def _account_table(self, account: Account, caption: str) -> Table:
        parts = sorted(account.contributions, key=lambda part: -abs(part.amount))
        decimals = significant_decimals(account.gain, 3)
        base, gain = (
            (self.say(label), NONE, NONE, NONE, self.messages.number(amount, decimals))
            for label, amount in ((N_("a usual pair"), account.base), (N_("Gain"), account.gain))
        )
        start = [base] if account.method == "shapley" else []
        rows = (*start, *(self._account_row(part, decimals) for part in parts), gain)
        return Table(tuple(map(self.say, TEXTS["headers"]["account"])), rows, caption)

    def _account_row(self, part: Contribution, decimals: int) -> tuple[str, ...]:
        messages = self.messages
        seen = self.say("not known") if math.isnan(part.value) else messages.number(part.value)
        usual = NONE if math.isnan(part.usual) else messages.number(part.usual)
        # A gate has no share: it lowers what the others add up to.
        counts = messages.percent(part.share) if part.share > 0.0 else self.say("only lowers")
        amount = messages.signed(part.amount, decimals).removeprefix("+")
        return label_of(part.feature, messages), seen, usual, counts, amount


NAMED: Final = 2  # features named in one sentence


@dataclass(frozen=True)
class Contrast(Rendered):
    """Two candidates of one seeker, side by side; returned by `Matcher.compare`."""

    first: Explanation
    second: Explanation
    """Of the same seeker."""
    score_parts: dict[str, float]
    """Shapley values of both gains and the price; they sum to first.score - second.score."""

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
        messages, difference = Messages(self.first.lang), self.first.score - self.second.score
        names = {key: quote(name) for key, name in self._names().items()}
        names["difference"] = self._number(abs(difference))
        verdict = messages.say("the first, “{first}”, stands {difference} above “{second}”", **names)
        if difference < 0.0:
            verdict = messages.say("the first, “{first}”, stands {difference} below “{second}”", **names)
        parts = sorted(PARTS, key=lambda part: -abs(self.score_parts[part]))
        named = (part for part in parts if abs(self.score_parts[part]) >= self._least)
        return verdict, *map(self._sentence, named)

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

    def _sentence(self, part: str) -> str:
        """Say what one part makes of the difference, with the features that differ most in its direction."""
        messages, amount = Messages(self.first.lang), self.score_parts[part]
        more, less = TEXTS["contrast"][part]
        text = messages.say(more if amount > 0 else less, amount=self._signed(amount))
        rows = self.table()
        rows = rows[(rows["side"] + "_gain" == part) & (rows["difference"].abs() >= self._least)]
        rows = rows[(rows["difference"] > 0.0) == (amount > 0.0)]
        rows = rows.sort_values("difference", ascending=amount <= 0.0, kind="stable")[:NAMED]
        moving = zip(rows["label"], rows["difference"], strict=True)
        features = ", ".join(f"{label} {self._signed(value)}" for label, value in moving)
        return f"{text} ({features})" if features else text

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
    """Split the difference of the scores of two candidates of one seeker and one pool."""

    def scores(rows: Floats) -> Floats:
        mutual = mutual_score(rows[:, 0], rows[:, 1], calibrated=first.is_probability)
        return np.maximum(mutual - rows[:, 2], 0.0)

    ours, theirs = (
        np.array([one.seeker_side.gain, one.candidate_side.gain, one.mutual - one.score])
        for one in (first, second)
    )
    parts = shapley_values(scores, ours, theirs, [[0], [1], [2]])
    return Contrast(first, second, dict(zip(PARTS, parts.tolist(), strict=True)))
