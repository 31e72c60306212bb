"""The explanation of one pair from both sides, and why one candidate ranks above another."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd

from matcher.arrays import Floats
from matcher.columns import SIDES, Profile
from matcher.documents.blocks import DASH, Block, Bullets, Document, Heading, Note, Paragraph, Table, Terms
from matcher.documents.language import N_, Messages, quote, significant_decimals
from matcher.documents.writing import Rendered
from matcher.explanations.contributions import Account, Contribution, Improvement, shapley_values
from matcher.explanations.matches import NeedMatch, PassageMatch
from matcher.explanations.remarks import TEXTS, PairRemarks, Quote, label_of, render_quote, render_words
from matcher.matching.scoring import mutual_score
from matcher.profiles.vocabulary import CATEGORIES

EVEN: Final = 0.1  # imbalance under which both sides are said to gain about as much
NAMED: Final = 2  # features named in one sentence of a contrast
HIGHEST: Final = 0.99  # highest percentile that is shown: the pool is a sample of what could be
LEAST_WORD: Final = 0.01  # share of a likeness by words from which a pair of words is listed


@dataclass(frozen=True)
class SideExplanation:
    """The explanation of a pair for one side."""

    account: Account
    percentile: float  # share of the pool's pairs whose gain is lower, in [0, 1]
    reasons: tuple[str, ...]  # reasons for this side, worded to the seeker; the strongest first
    needs: tuple[NeedMatch, ...]  # each need of this side with the best offer of the other

    @property
    def gain(self) -> float:
        """Gain of this side, in [0, 1]."""
        return self.account.gain


@dataclass(frozen=True)
class Explanation(Rendered):
    """Why a candidate is recommended to a seeker, or not; returned by `Matcher.explain`."""

    lang: str
    seeker: Mapping[str, Any]
    candidate: Mapping[str, Any]
    """The canonical profiles."""
    rank: int  # in the seeker's list; 0 where it is not in it
    band: str  # one of `BANDS`; "" where the two are never recommended to each other
    score: float
    mutual: float
    price: float
    completeness: float
    """As in a table of recommendations."""
    is_probability: bool  # whether gains and mutual are calibrated probabilities
    is_eligible: bool  # False where the two are never recommended to each other
    rules: tuple[str, ...]  # by which the two are never recommended to each other; empty where they may be
    listed_instead: str  # id of the near-duplicate in the list in place of the candidate; "" without one
    least_band: str  # lowest band that the settings list, where that of the two is lower; else ""
    notes: tuple[str, ...]  # how many texts of either profile do not count, and why
    seeker_side: SideExplanation
    candidate_side: SideExplanation
    passages: tuple[PassageMatch, ...]
    concerns: tuple[str, ...]
    unknowns: tuple[str, ...]
    improvements: tuple[Improvement, ...]
    remarks: PairRemarks  # reasons, concerns and unknowns as codes with parts, by column of the table

    @property
    def imbalance(self) -> float:
        """The difference of the gains over the larger one, in [-1, 1]: above 0 the seeker gains more."""
        ours, theirs = self.seeker_side.gain, self.candidate_side.gain
        larger = max(ours, theirs)
        return (ours - theirs) / larger if larger > 0.0 else 0.0

    def table(self) -> pd.DataFrame:
        """Return all contributions, with side, feature, label, value, usual, share and amount."""
        messages, rows = self._messages, []
        for name, side in zip(SIDES, (self.seeker_side, self.candidate_side), strict=True):
            base = Contribution("base", math.nan, math.nan, math.nan, side.account.base)
            for part in (base, *side.account.contributions):
                label = messages.say("a usual pair") if part is base else label_of(part.feature, messages)
                rows.append({"side": name, "feature": part.feature, "label": label, **asdict(part)})
        return pd.DataFrame(rows)

    @cached_property
    def _messages(self) -> Messages:
        return Messages(self.lang)

    def _text(self, key: str, **parts: object) -> str:
        return self._messages.say(TEXTS["page"][key], **parts)

    def document(self) -> Document:
        """Return all of it as a document in its language, worded to the seeker."""
        say = self._messages.say
        names = {"seeker": self.seeker[Profile.NAME], "candidate": self.candidate[Profile.NAME]}
        return Document(
            title=self._text("title", **names),
            subtitle=self._text("subtitle", **names),
            lang=self.lang,
            blocks=(*self._glance(), *self._lists(), *self._needs(), *self._passages(), *self._accounts()),
            footer=self._text("footer"),
            tags={"engine": say("computed"), "profile": say("from the profiles")},
        )

    def _glance(self) -> Iterator[Block]:
        say, uneven = self._messages.say, "you_gain" if self.imbalance > 0.0 else "they_gain"
        balance = "even" if abs(self.imbalance) < EVEN else uneven
        values = (
            self._band() if self.is_eligible else "",
            self._gain(self.seeker_side, "chance_seeker"),
            self._gain(self.candidate_side, "chance_candidate"),
            self._text(balance, share=self._messages.percent(1.0 - abs(self.imbalance))),
            self._match(),
            self._text("known", share=self._messages.percent(self.completeness)),
        )
        labels = map(say, TEXTS["page"]["glance"])
        yield Heading(say("At a glance"), origin="engine")
        if not self.is_eligible:
            yield Paragraph(self._text("never", rules="; ".join(self.rules)))
        yield Terms(tuple((label, value) for label, value in zip(labels, values, strict=True) if value))
        if self.notes:
            yield Bullets(self.notes)

    def _band(self) -> str:
        band = self._messages.say(self.band)
        if self.listed_instead:
            return self._text("listed_instead", band=band, other=self.listed_instead)
        if self.least_band:
            return self._text("below_least", band=band, least=self._messages.say(self.least_band))
        return self._text("listed", band=band, rank=self._messages.number(self.rank, 0))

    def _gain(self, side: SideExplanation, chance: str) -> str:
        """Say how high a gain is: as a probability where gains are calibrated, else beside the pool's."""
        if self.is_probability:
            return self._text(chance, share=self._messages.percent(side.gain))
        gain = self._messages.significant(side.gain)
        if math.isnan(side.percentile):
            return self._text("gain", gain=gain)
        share = self._messages.percent(min(side.percentile, HIGHEST))
        return self._text("percentile", share=share, gain=gain)

    def _match(self) -> str:
        messages = self._messages
        write = messages.percent if self.is_probability else messages.significant
        shown, score = write(self.mutual), "" if math.isnan(self.score) else write(self.score)
        mutual = self._text("chance_both" if self.is_probability else "mutual", share=shown, mutual=shown)
        return mutual if score in ("", shown) else self._text("sought_after", mutual=mutual, score=score)

    def _lists(self) -> Iterator[Block]:
        changes = [change.text for change in self.improvements]
        reasons = self.seeker_side.reasons, self.candidate_side.reasons
        lists = zip(TEXTS["page"]["lists"], (*reasons, self.concerns, self.unknowns, changes), strict=True)
        for (heading, nothing), texts in lists:
            yield Heading(self._messages.say(heading), origin="engine")
            yield Bullets(tuple(map(sentence, texts))) if texts else Paragraph(self._messages.say(nothing))

    def _needs(self) -> Iterator[Block]:
        say, sides = self._messages.say, (self.seeker_side, self.candidate_side)
        header = tuple(map(say, TEXTS["headers"]["needs"]))
        yield Heading(say("Who brings what to whom"), origin="profile")
        for (caption, nothing), side in zip(TEXTS["page"]["needs"], sides, strict=True):
            rows = tuple(map(self._need_row, side.needs))
            yield Table(header, rows, say(caption)) if rows else Paragraph(say(nothing))
        yield Note(self._text("needs_note"))

    def _need_row(self, match: NeedMatch) -> tuple[str, ...]:
        say, has_offer = self._messages.say, bool(match.offer)
        shown = (
            f"{render_words([(word.ours, word.theirs)])} {self._messages.percent(word.share)}"
            for word in match.words
            if word.share >= LEAST_WORD
        )
        return (
            self._resource(match.quotes.ours, match.category),
            say("{number} of 5", number=match.importance),
            self._resource(match.quotes.theirs, match.offer_category) if has_offer else say("no offer"),
            say("{number} of 5", number=match.level) if has_offer else DASH,
            self._messages.percent(match.met),
            say(TEXTS["answers"][match.answer]),
            DASH if match.answer == "open" else "; ".join(shown) or DASH,
        )

    def _resource(self, quote: Quote, category: str) -> str:
        label = self._messages.say(category) if category in CATEGORIES else category
        quoted = render_quote(*quote, self._messages)
        return f"{label}: {quoted}" if category else quoted

    def _passages(self) -> Iterator[Block]:
        messages = self._messages
        yield Heading(messages.say("Passages that say nearly the same"), origin="profile")
        rows = tuple(
            (
                messages.say(TEXTS["aspects"][match.aspect]),
                render_quote(*match.quotes.ours, messages),
                render_quote(*match.quotes.theirs, messages),
                render_words(match.words) or DASH,
                messages.number(match.likeness),
            )
            for match in self.passages
        )
        if rows:
            yield Table(tuple(map(messages.say, TEXTS["headers"]["passages"])), rows)
        else:
            yield Paragraph(messages.say("No passage of yours comes close to one of theirs."))

    def _accounts(self) -> Iterator[Block]:
        say, number = self._messages.say, self._messages.number
        yield Heading(say("How the gains come about"), origin="engine")
        yield Paragraph(say(TEXTS["methods"][self.seeker_side.account.method]))
        for side, caption in ((self.seeker_side, N_("For you")), (self.candidate_side, N_("For them"))):
            account, decimals = side.account, significant_decimals(side.gain, 3)
            parts = sorted(account.contributions, key=lambda part: -abs(part.amount))
            rows = [self._account_row(part, decimals) for part in parts]
            if account.method == "shapley":
                rows.insert(0, (say("a usual pair"), DASH, DASH, DASH, number(account.base, decimals)))
            rows.append((say("Gain"), DASH, DASH, DASH, number(account.gain, decimals)))
            yield Table(tuple(map(say, TEXTS["headers"]["account"])), tuple(rows), say(caption))

    def _account_row(self, part: Contribution, decimals: int) -> tuple[str, ...]:
        messages = self._messages
        seen = messages.say("not known") if math.isnan(part.value) else messages.number(part.value)
        usual = DASH if math.isnan(part.usual) else messages.number(part.usual)
        # A gate has no share: it lowers what the others add up to.
        counts = messages.percent(part.share) if part.share > 0.0 else messages.say("only lowers")
        amount = messages.signed(part.amount, decimals).removeprefix("+")
        return label_of(part.feature, messages), seen, usual, counts, amount


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class Contrast(Rendered):
    """Two candidates of one seeker, side by side; returned by `Matcher.compare`."""

    first: Explanation
    second: Explanation
    """Of the same seeker."""

    @cached_property
    def score_parts(self) -> dict[str, float]:
        """Shapley values of both gains and the price; they sum to first.score - second.score."""

        def scores(rows: Floats) -> Floats:
            mutual = mutual_score(rows[:, 0], rows[:, 1], calibrated=self.first.is_probability)
            return np.maximum(mutual - rows[:, 2], 0.0)

        ours, theirs = (
            np.array([one.seeker_side.gain, one.candidate_side.gain, one.mutual - one.score])
            for one in (self.first, self.second)
        )
        parts = shapley_values(scores, ours, theirs, [[0], [1], [2]]).tolist()
        return dict(zip(("seeker_gain", "candidate_gain", "price"), parts, strict=True))

    def table(self) -> pd.DataFrame:
        """Return contributions side by side, with differences, which sum to those of the gains."""
        keys = ["side", "feature", "label"]
        ours, theirs = (
            explanation.table()[[*keys, "amount"]].rename(columns={"amount": name})
            for name, explanation in (("first", self.first), ("second", self.second))
        )
        both = ours.merge(theirs, on=keys, how="outer", sort=False).fillna({"first": 0.0, "second": 0.0})
        return both.assign(difference=both["first"] - both["second"])

    def sentences(self) -> tuple[str, ...]:
        """Say why one ranks above the other, the largest part first."""
        difference = self.first.score - self.second.score
        verdict = N_("the first, “{first}”, stands {difference} above “{second}”")
        if difference < 0.0:
            verdict = N_("the first, “{first}”, stands {difference} below “{second}”")
        names = {key: quote(name) for key, name in self._names.items()}
        names["difference"] = self._signed(abs(difference)).removeprefix("+")
        said = Messages(self.first.lang).say(verdict, **names)
        parts = sorted(self.score_parts.items(), key=lambda part: -abs(part[1]))
        return said, *(self._sentence(*part) for part in parts if abs(part[1]) >= self._least)

    def document(self) -> Document:
        """Return why one candidate ranks above the other as a document, worded to the seeker."""
        messages = Messages(self.first.lang)
        sides = zip(SIDES, (messages.say("For you"), messages.say("For them")), strict=True)
        return Document(
            title=messages.say("{first} or {second}, for {seeker}", **self._names),
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

    @property
    def _names(self) -> dict[str, str]:
        first, second = self.first.candidate[Profile.NAME], self.second.candidate[Profile.NAME]
        return {"first": first, "second": second, "seeker": self.first.seeker[Profile.NAME]}

    @property
    def _decimals(self) -> int:
        return significant_decimals(max(self.first.mutual, self.second.mutual), 3)

    @property
    def _least(self) -> float:
        """Difference under which a part or a row is left out: it would be written as 0."""
        return 0.5 * 10.0**-self._decimals

    def _signed(self, value: float) -> str:
        return Messages(self.first.lang).signed(value, self._decimals)

    def _sentence(self, part: str, amount: float) -> str:
        """Say what one part makes of the difference, with the features that differ most in its direction."""
        more, less = TEXTS["contrast"][part]
        text = Messages(self.first.lang).say(more if amount > 0 else less, amount=self._signed(amount))
        rows = self.table().sort_values("difference", ascending=amount <= 0.0, kind="stable")
        is_of = (rows["side"] + "_gain" == part) & ((rows["difference"] > 0.0) == (amount > 0.0))
        rows = rows[is_of & (rows["difference"].abs() >= self._least)][:NAMED]
        moving = zip(rows["label"], rows["difference"], strict=True)
        features = ", ".join(f"{label} {self._signed(value)}" for label, value in moving)
        return f"{text} ({features})" if features else text

    def _side_table(self, side: str, caption: str, messages: Messages) -> Table:
        table, names = self.table(), self._names
        header = messages.say("What"), names["first"], names["second"], messages.say("Difference")
        numbers = ["first", "second", "difference"]
        rows = table[(table["side"] == side) & (table[numbers].abs() >= self._least).any(axis=1)]
        shown = tuple(
            (label, *(self._signed(value).removeprefix("+") for value in values))
            for label, *values in rows[["label", *numbers]].itertuples(index=False)
        )
        return Table(header, shown, caption)
