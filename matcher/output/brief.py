"""The partnership brief: one page for a first meeting, in English and Indonesian."""

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from matcher.columns import SIDES, Profile, Recommendation
from matcher.documents.blocks import Block, Bullets, Checklist, Document, Heading, Note, Table, Texts
from matcher.documents.writing import Rendered
from matcher.encoders.encoder import has_substance
from matcher.errors import ConfigError
from matcher.explanations.explanation import Explanation, sentence
from matcher.explanations.matches import NeedMatch, most_open
from matcher.explanations.remarks import label_of, render_all, render_quote, render_words
from matcher.features.places import local_names
from matcher.files import bundled_toml

WORD_LENGTH: Final = 14  # characters that a word may take on average before a text is cut for its length
MOST_ROWS: Final = 2  # needs with offers in one direction, and shared passages
MOST_POINTS: Final = 3  # risks, and questions
MOST_LISTED: Final = 3  # sectors, languages and channels
REVIEWS: Final = 3
SHARED_ASPECTS: Final = ("goals_long", "goals_short", "values")
"""Aspects of which close passages are shared goals, the most binding first."""
CLEAR, ALIKE, ACROSS = 0, 1, 2  # how doubtful an answer is: clear, of the same category, of another one
TEXTS: Final = bundled_toml(__package__, "brief.toml")
WORDS: Final = TEXTS["words"]  # shown of a text, by what it is
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+")


@dataclass(frozen=True)
class Plan:
    """Dates and rhythm that a brief proposes; `ConfigError` if a number is out of its range."""

    start: dt.date | None = None  # reviews are counted from it; without one in months after signing
    today: dt.date | None = None  # day on which the brief is drawn up; without one it names none
    rhythm_weeks: int = 2  # weeks between two meetings or calls, 1 to 52
    first_review_months: int = 3
    review_months: int = 6
    """Months to the first review and between later ones, 1 to 60."""

    def __post_init__(self) -> None:
        for name, most in (("rhythm_weeks", 52), ("first_review_months", 60), ("review_months", 60)):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= most:
                raise ConfigError(f"{name} must be a whole number from 1 to {most}; got {number!r}.")


@dataclass(frozen=True)
class Direction:
    """One side's needs, each with the closest offer of the giver."""

    names: Mapping[str, str]  # of the "receiver" and the "giver"
    offers: tuple[str, ...]  # all of the giver, the best first
    needs: tuple[NeedMatch, ...]
    helpful: NeedMatch | None  # the most open need, if an answer to it would raise the match

    def met(self) -> list[NeedMatch]:
        """Return needs that the giver may answer, clear answers first; vague offers answer one need only."""
        found: list[NeedMatch] = []
        for match in sorted(self.needs, key=_doubt):
            is_taken = any(match.offer == other.offer for other in found)
            if match.answer != "open" and not (_doubt(match)[0] == ACROSS and is_taken):
                found.append(match)
        return found

    def open(self) -> list[NeedMatch]:
        """Return the other needs; those of which most is left to be met first."""
        others = [match for match in self.needs if match not in self.met()]
        return sorted(others, key=lambda match: -match.importance * (1.0 - match.met))


def _doubt(match: NeedMatch) -> tuple[int, float]:
    """Return what to order answers by: how doubtful they are, then importance x how far met."""
    doubt = ALIKE if match.category == match.offer_category else ACROSS
    return CLEAR if match.answer == "answered" else doubt, -match.importance * match.met


class Brief(Rendered):
    """The page that a partnership manager brings to a first meeting; returned by `Matcher.brief`.

    Both sides read it: nobody is “you”. Every part is marked as taken from a profile, found by comparing
    both, or a proposal. Long texts are cut and lists end early, so that it is one A4 page but for the longest
    profiles. `seeker` and `candidate` are the ids of both.
    """

    def __init__(self, explanation: Explanation, plan: Plan | None = None) -> None:
        self.explanation = explanation
        self.plan = plan or Plan()
        texts = Texts(TEXTS, explanation.lang)
        self.messages, self.say, self.text = texts.messages, texts.messages.say, texts.text
        self.records = explanation.seeker, explanation.candidate
        self.seeker, self.candidate = (str(record[Profile.ID]) for record in self.records)
        names = [cut(record[Profile.NAME], WORDS["name"]) for record in self.records]
        self.names = dict(zip(SIDES, names, strict=True))
        kinds = {change.kind for change in explanation.improvements}
        sides = explanation.seeker_side, explanation.candidate_side
        self.directions = [
            Direction(
                dict(zip(("receiver", "giver"), both, strict=True)),
                tuple(offer.text for offer in sorted(giver[Profile.OFFERS], key=lambda one: -one.weight)),
                side.needs,
                most_open(side.needs) if kind in kinds else None,
            )
            for both, giver, side, kind in zip(
                (names, names[::-1]), self.records[::-1], sides, ("your_need", "their_need"), strict=True
            )
        ]

    def document(self) -> Document:
        """Return the page as blocks, each with where its words come from."""
        subtitle = self.text("subtitle")
        if self.plan.today:
            day = self.messages.date(pd.Timestamp(self.plan.today))
            subtitle = f"{subtitle} {self.text('drawn_up', date=day)}"
        line, band = self.say("Name, date, signature:"), self.explanation.band  # none of two never paired
        blocks = (
            Note(self.text("legend")),
            *([Note(self.text(band, "bands"), origin="engine")] if band else []),
            *self._profiles(),
            *self._shared(),
            *self._exchange(),
            *self._proposals(),
            *self._points(),
            Table(tuple(self.names.values()), ((line, line),), self.say("Notes and signatures")),
        )
        tags = {origin: self.text(origin, "tags") for origin in TEXTS["tags"]}
        return Document(self.text("title", **self.names), self.messages.lang, blocks, subtitle, tags=tags)

    def _profiles(self) -> list[Block]:
        columns = Profile.GOALS_SHORT, Profile.GOALS_LONG, Profile.INDICATORS
        purposes = [one[Profile.VISION] or one[Profile.MISSION] for one in self.records]
        texts = [purposes, *([one[column] for one in self.records] for column in columns)]
        cells = [[*map(self._who, self.records)], *([*map(self._quoted, both)] for both in texts)]
        written = zip(TEXTS["tables"]["profiles"], cells, strict=True)
        nothing = {self.say("not stated")}
        shown = tuple((self.say(label), *both) for label, both in written if {*both} != nothing)
        heading = Heading(self.say("Who the two are and what each expects"), origin="profile")
        return [heading, Table(("", *self.names.values()), shown)]

    def _who(self, record: Mapping[str, Any]) -> str:
        kind = record[Profile.KIND] if record[Profile.KIND] in TEXTS["kinds"] else "other"
        sectors = _cited(_first(record[Profile.SECTOR]))
        region, country = (
            local_names(record[name], self.messages.lang) for name in (Profile.REGION, Profile.COUNTRY)
        )
        lands = (region,) if country.casefold() in region.casefold() else (region, country)
        what = self.text(kind, "kinds") + (f" ({sectors})" if record[Profile.SECTOR] else "")
        parts = (what, cut(", ".join(filter(None, lands)), WORDS["item"]), ", ".join(self._size(record)))
        return sentence("; ".join(filter(None, parts)))

    def _size(self, record: Mapping[str, Any]) -> Iterator[str]:
        staff, budget, founded = (record[name] for name in (Profile.STAFF, Profile.BUDGET, Profile.FOUNDED))
        if not math.isnan(staff):
            yield self.say("{number} staff", number=self.messages.number(staff, 0))
        if not math.isnan(budget):
            yield self.say("budget {amount}", amount=self.messages.money(budget, record[Profile.CURRENCY]))
        if not math.isnan(founded):
            yield self.say("since {year}", year=int(founded))

    def _shared(self) -> list[Block]:
        close = [match for match in self.explanation.passages if match.aspect in SHARED_ASPECTS]
        if not close:
            return [Note(self.text("nothing_close"), origin="engine")]
        close.sort(key=lambda match: SHARED_ASPECTS.index(match.aspect))
        quotes = (match.quotes for match in close[:MOST_ROWS])
        rows = tuple((self._quoted(*both.ours), self._quoted(*both.theirs)) for both in quotes)
        heading = Heading(self.say("What both want"), origin="engine")
        return [heading, Table(tuple(self.names.values()), rows)]

    def _exchange(self) -> list[Block]:
        blocks: list[Block] = [Heading(self.say("Who brings what to whom"), origin="engine")]
        remarks: list[str] = []
        for direction in self.directions:
            met, still_open = direction.met(), direction.open()
            if met:
                header = tuple(self.say(title, **direction.names) for title in TEXTS["tables"]["exchange"])
                blocks.append(Table(header, tuple(map(self._met_row, met[:MOST_ROWS]))))
            if len(met) > MOST_ROWS:
                more = self.messages.count("{number} more need", "{number} more needs", len(met) - MOST_ROWS)
                remarks.append(self.text("more_needs", more=more, **direction.names))
            if not met:
                key = ("unmatched" if direction.offers else "no_offers") if direction.needs else "no_needs"
                offers = "; ".join(_cited(offer, "item") for offer in direction.offers[:MOST_ROWS])
                remarks.append(self.text(key, offers=offers, **direction.names))
            if still_open:
                needs = "; ".join(_cited(match.need, "item") for match in still_open[:MOST_ROWS])
                key = "unanswered_first" if still_open[0] is direction.helpful else "unanswered"
                remarks.append(self.text(key, name=direction.names["receiver"], needs=needs))
        return [*blocks, *([Bullets(tuple(remarks))] if remarks else [])]

    def _met_row(self, match: NeedMatch) -> tuple[str, str, str]:
        *both, words = match.quotes
        need, offer = (render_quote(cut(one.text, WORDS["item"]), *one[1:], self.messages) for one in both)
        answer = self.text(match.answer, "answers")
        return need, offer, f"{answer}: {render_words(words)}" if words else answer

    def _proposals(self) -> list[Block]:
        ours, theirs = (record[Profile.LANGUAGES] for record in self.records)
        both = [self.messages.language(code) for code in ours if code in theirs][:MOST_LISTED]
        language = self.text("no_language" if ours and theirs else "which_language")
        if both:
            language = self.say("in {languages}, which both speak", languages=self.messages.listing(both))
        parts = (language, self._channel(), self._rhythm())
        items = [
            *map(self._duty, reversed(self.directions)),
            *self._indicators(),
            self.say("Communication: {plan}", plan="; ".join(parts)),
            self._reviews(),
        ]
        return [Heading(self.say("Working together"), origin="proposal"), Bullets(tuple(items))]

    def _duty(self, direction: Direction) -> str:
        met = direction.met()
        if not met:
            return self.text("find_out", **direction.names)
        offers = [*dict.fromkeys(_cited(match.offer) for match in met)][:MOST_ROWS]
        key = "provides" if met[0].answer == "answered" else "may_provide"
        return self.text(key, offers="; ".join(offers), **direction.names)

    def _indicators(self) -> list[str]:
        has_own = [has_substance(record[Profile.INDICATORS]) for record in self.records]
        if all(has_own):
            return [self.say("Indicators: those of both, as above; one each to begin with")]
        parts = []
        for has, direction in zip(has_own, self.directions, strict=True):
            if has:
                parts.append(self.say("those of {name}, as above", name=direction.names["receiver"]))
            elif found := [*direction.met(), *([] if any(has_own) else direction.open())]:
                measure = self.say(TEXTS["indicators"].get(found[0].category, TEXTS["other_indicator"]))
                parts.append(self.say("for {need}: {measure}", need=_cited(found[0].need), measure=measure))
        return [self.say("Indicators: {measures}", measures="; ".join(parts))] if parts else []

    def _channel(self) -> str:
        ours, theirs = ([*map(self._channel_name, record[Profile.CHANNELS])] for record in self.records)
        known = {channel.casefold() for channel in theirs}
        both = [*dict.fromkeys(channel for channel in ours if channel.casefold() in known)]
        if both:
            return self.say("by {channels}", channels=_first(both))
        if not (ours and theirs):
            return self.say("the channel is to be agreed")
        return self.say("by {ours} or {theirs}, to be agreed", ours=ours[0], theirs=theirs[0])

    def _channel_name(self, channel: str) -> str:
        for known in TEXTS["channels"]:
            if channel.casefold() in (known["name"], *known["words"].split(", ")):
                return self.say(known["name"])
        return _cited(channel, "channel")

    def _rhythm(self) -> str:
        weeks = self.plan.rhythm_weeks
        if self._is_shared(Profile.REGION):
            return self.messages.count("a meeting every week", "a meeting every {number} weeks", weeks)
        talk = self.messages.count("a call every week", "a call every {number} weeks", weeks)
        if self._is_shared(Profile.COUNTRY):
            return self.say("{talk}, and a visit before the first review", talk=talk)
        return talk

    def _is_shared(self, column: Profile) -> bool:
        ours, theirs = (record[column].casefold() for record in self.records)
        return bool(ours) and ours == theirs

    def _reviews(self) -> str:
        plan, messages = self.plan, self.messages
        months = (plan.first_review_months + number * plan.review_months for number in range(REVIEWS))
        # DateOffset gives the last day of a shorter month for a day that it lacks.
        days = [pd.Timestamp(plan.start) + pd.DateOffset(months=number) for number in months if plan.start]
        first = "; ".join(map(messages.date, days)) or messages.count(
            "{number} month after signing", "{number} months after signing", plan.first_review_months
        )
        later = messages.count("then every month", "then every {number} months", plan.review_months)
        return self.say("Reviews: {first}; {later}", first=first, later=later)

    def _points(self) -> list[Block]:
        risks = self._rendered(Recommendation.CONCERNS)
        if not self.explanation.seeker[Profile.EVIDENCE]:
            risks.append(self.text("no_evidence", **self.names))
        if not self.explanation.is_eligible:
            risks.insert(0, self.text("never"))
        shown = risks[:MOST_POINTS] or [self.text("no_risk")]
        # Fields left out of a profile make parts of the comparison unknown: one of the two is enough.
        questions = self._rendered(Recommendation.UNKNOWNS) or self._unknown()
        return [
            Heading(self.say("Things to talk about"), origin="engine"),
            Bullets(tuple(map(sentence, shown))),
            *([Checklist(tuple(map(sentence, questions[:MOST_POINTS])))] if questions else []),
        ]

    def _unknown(self) -> list[str]:
        sides = self.explanation.seeker_side, self.explanation.candidate_side
        parts = (part for side in sides for part in side.account.contributions)
        names = dict.fromkeys(one.feature for one in parts if one.share > 0.0 and math.isnan(one.value))
        labels = self.messages.listing([label_of(name, self.messages) for name in names])
        return [self.say("not known of both: {things}", things=labels)] if names else []

    def _rendered(self, column: Recommendation) -> list[str]:
        return list(render_all(self.explanation.remarks[column], self.messages, self.names))

    def _quoted(self, text: str, language: str = "", source: str = "") -> str:
        if not has_substance(text):
            return self.say("not stated")
        return render_quote(cut(text, WORDS["quote"]), language, source, self.messages)


def _cited(text: str, kind: str = "mention") -> str:
    return f"“{cut(text, WORDS[kind])}”"


def _first(items: Sequence[str]) -> str:
    return ", ".join(items[:MOST_LISTED]) + (" …" if len(items) > MOST_LISTED else "")


def cut(text: str, words: int) -> str:
    """Return a text on one line, cut to a number of words: after a sentence where one fits."""
    line, room = " ".join(text.split()).rstrip(";,"), words * WORD_LENGTH
    if len(line.split()) <= words and len(line) <= room:
        return line
    ends = [*(found.start() for found in _SENTENCE_END.finditer(line)), len(line)]
    head = max((line[:end] for end in ends if len(line[:end].split()) <= words), key=len, default="")
    if 3 * len(head.split()) < words:  # whole sentences would leave most of the room empty
        head = " ".join(line.split()[:words])
    if len(head) > room:
        head = head[:room].rsplit(" ", 1)[0]
    return f"{head.rstrip(';,:')} …"
