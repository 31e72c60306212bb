"""All that is known of one pair, from both sides, and the document that people read of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import pandas as pd

from matcher.columns import Profile
from matcher.documents import (
    Block,
    Bullets,
    Document,
    Heading,
    Note,
    Paragraph,
    Table,
    Terms,
    to_html,
    to_markdown,
)
from matcher.documents.language import N_, Voice
from matcher.explanations.contributions import Account, Contribution
from matcher.explanations.improvements import Improvement
from matcher.explanations.labels import ASPECT_LABELS, category_label, label_of
from matcher.explanations.matches import NeedMatch, PassageMatch
from matcher.explanations.remarks import PairRemarks

SIDES: Final = ("seeker", "candidate")
EVEN: Final = 0.1
"""Imbalance under which both sides are said to gain about as much."""
HIGHEST: Final = 0.99
"""Highest percentile that is shown: the pool is a sample of what could be."""
NONE: Final = "–"
ANSWERS: Final = {
    "answered": N_("answers it"),
    "possible": N_("may answer it"),
    "open": N_("open"),
}
METHODS: Final = {
    "exact": N_(
        "Exact: the gain is the sum of what each row adds. Where a thing is not known, what is usual in the "
        "pool stands in for it."
    ),
    "shapley": N_(
        "Shapley values against the usual pair: this ranker's gain is no plain sum. From a pair in which all "
        "is as usual in the pool, things are put one by one to what was seen here; what a row adds is the "
        "mean change over all orders of doing so. With the usual pair, the rows sum to the gain."
    ),
}
"""How contributions are computed, by the method of the account."""


@dataclass(frozen=True)
class SideExplanation:
    """What the pair is to one side.

    Attributes
    ----------
    account : Account
        The gain, and what each feature adds to it.
    percentile : float
        Share of the pool's pairs whose gain is lower, in [0, 1].
    reasons : tuple of str
        Why the pair serves this side, worded to the seeker; the strongest first.
    needs : tuple of NeedMatch
        Each need of this side with the best offer of the other.
    """

    account: Account
    percentile: float
    reasons: tuple[str, ...]
    needs: tuple[NeedMatch, ...]

    @property
    def gain(self) -> float:
        """What this side gets, in [0, 1]."""
        return self.account.gain


@dataclass(frozen=True)
class Explanation:
    """Why a candidate is recommended to a seeker, or not; returned by `Matcher.explain`.

    Attributes
    ----------
    lang : str
        Language of the sentences.
    seeker, candidate : mapping
        The canonical profiles.
    score, mutual, price, completeness : float
        As in a table of recommendations.
    is_probability : bool
        Whether gains and mutual are calibrated probabilities.
    is_eligible : bool
        False where the two are never recommended to each other: an excluded or red-flagged one.
    seeker_side, candidate_side : SideExplanation
    passages : tuple of PassageMatch
        What is close in both profiles, side by side.
    concerns, unknowns : tuple of str
    improvements : tuple of Improvement
        What would raise the match.
    remarks : mapping of str to tuple of Remark
        What reasons, concerns and unknowns say, as codes and parts, by column of the table.
    """

    lang: str
    seeker: Mapping[str, Any]
    candidate: Mapping[str, Any]
    score: float
    mutual: float
    price: float
    completeness: float
    is_probability: bool
    is_eligible: bool
    seeker_side: SideExplanation
    candidate_side: SideExplanation
    passages: tuple[PassageMatch, ...]
    concerns: tuple[str, ...]
    unknowns: tuple[str, ...]
    improvements: tuple[Improvement, ...]
    remarks: PairRemarks

    @property
    def imbalance(self) -> float:
        """How much more one side gains, in [-1, 1]: above 0 the seeker, below 0 the candidate.

        The difference of the gains over the larger one; 0 where both are 0. Own definition.
        """
        ours, theirs = self.seeker_side.gain, self.candidate_side.gain
        larger = max(ours, theirs)
        return (ours - theirs) / larger if larger > 0.0 else 0.0

    def table(self) -> pd.DataFrame:
        """Return every contribution: side, feature, label, value, usual, share, amount.

        The amounts of a side and its base, in the rows of feature "base", sum to its gain.
        """
        voice = Voice(self.lang)
        rows = []
        for name in SIDES:
            account = self._side(name).account
            base = Contribution("base", float("nan"), float("nan"), float("nan"), account.base)
            for part in (base, *account.contributions):
                label = voice.say("a usual pair") if part is base else label_of(part.feature, voice)
                rows.append({"side": name, "feature": part.feature, "label": label, **asdict(part)})
        columns = ["side", "feature", "label", "value", "usual", "share", "amount"]
        return pd.DataFrame(rows, columns=columns)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain values that JSON can hold; profiles by id and name, NaN as None."""
        plain: dict[str, Any] = _plain(asdict(self))
        for name in SIDES:
            plain[name] = {"id": plain[name][Profile.ID], "name": plain[name][Profile.NAME]}
            plain[f"{name}_side"]["gain"] = self._side(name).gain
        return plain | {"imbalance": self.imbalance}

    def to_markdown(self) -> str:
        """Return all of it as a Markdown text in the language of the explanation."""
        return to_markdown(explanation_document(self))

    def to_html(self) -> str:
        """Return all of it as one HTML page that loads and runs nothing."""
        return to_html(explanation_document(self))

    __str__ = to_markdown
    # In a notebook HTML would not do: the style of the page would apply to the notebook too.
    _repr_markdown_ = to_markdown

    def _side(self, name: str) -> SideExplanation:
        return self.seeker_side if name == "seeker" else self.candidate_side


def _plain(value: Any) -> Any:
    """Return a value in what JSON has: NaN and dates that are missing become None, dates ISO texts."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, int | str | bool) or value is None:
        return value
    return None if pd.isna(value) else float(value) if isinstance(value, float) else str(value)


def explanation_document(explanation: Explanation) -> Document:
    """Return an explanation as a document in its language, worded to the seeker.

    Parameters
    ----------
    explanation : Explanation
        Of any pair.

    Returns
    -------
    document : Document
        How much both sides gain; reasons of both; concerns, unknowns and what would raise the match; needs
        with the closest offers in both directions; close passages side by side; and how each gain comes
        about.
    """
    voice = Voice(explanation.lang)
    say, ours, theirs = voice.say, explanation.seeker_side, explanation.candidate_side
    names = {
        "seeker": explanation.seeker[Profile.NAME],
        "candidate": explanation.candidate[Profile.NAME],
    }
    footer = N_(
        "Gains are estimates from both profiles and the pool, no promises. Words in “ ” stand in a profile."
    )
    changes = [change.text for change in explanation.improvements]
    lists = (
        (say("Why it serves you"), ours.reasons, say("Nothing of theirs stands out for you.")),
        (say("Why it serves them"), theirs.reasons, say("Nothing of yours stands out for them.")),
        (say("What to talk about"), explanation.concerns, say("Nothing that the profiles show.")),
        (say("What is not known"), explanation.unknowns, say("All that is compared is known.")),
        (say("What would raise the match"), changes, say("No single change would raise it much.")),
    )
    return Document(
        title=say("{seeker} and {candidate}: the match explained", **names),
        subtitle=say("“You” are {seeker}, “they” are {candidate}.", **names),
        lang=explanation.lang,
        blocks=(
            *_glance(explanation, voice),
            *(block for heading, texts, nothing in lists for block in _list(heading, texts, nothing)),
            *_needs(explanation, voice),
            *_passages(explanation.passages, voice),
            *_accounts(explanation, voice),
        ),
        footer=say(footer),
        tags={"engine": say("computed"), "profile": say("from the profiles")},
    )


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def signed(value: float, voice: Voice, plus: str = "") -> str:
    """Return a contribution or a difference with its sign, at three decimals."""
    sign = "−" if round(value, 3) < 0.0 else plus
    return f"{sign}{voice.number(abs(value), 3)}"


def _glance(explanation: Explanation, voice: Voice) -> list[Block]:
    say = voice.say
    pairs = (
        (say("For you"), _gain_text(explanation.seeker_side, explanation, voice)),
        (say("For them"), _gain_text(explanation.candidate_side, explanation, voice)),
        (say("Balance"), _balance(explanation, voice)),
        (say("Match of both"), _match(explanation, voice)),
        (
            say("Completeness"),
            say("{share} of what counts is known", share=voice.percent(explanation.completeness)),
        ),
    )
    never = say("These two are never recommended to each other: one is excluded or red-flagged.")
    warning = [] if explanation.is_eligible else [Paragraph(never)]
    return [Heading(say("At a glance"), origin="engine"), *warning, Terms(pairs)]


def _gain_text(side: SideExplanation, explanation: Explanation, voice: Voice) -> str:
    """Say how high a gain is: as a probability where gains are calibrated, else beside the pool's gains."""
    if explanation.is_probability:
        share = voice.percent(side.gain)
        if side is explanation.seeker_side:
            return voice.say("a chance of about {share} that you agree", share=share)
        return voice.say("a chance of about {share} that they agree", share=share)
    gain = voice.number(side.gain)
    if math.isnan(side.percentile):
        return voice.say("gain {gain} (from 0 to 1)", gain=gain)
    message = N_("more than {share} of the pairs in this pool; gain {gain} (from 0 to 1)")
    return voice.say(message, share=voice.percent(min(side.percentile, HIGHEST)), gain=gain)


def _balance(explanation: Explanation, voice: Voice) -> str:
    imbalance = explanation.imbalance
    if abs(imbalance) < EVEN:
        return voice.say("both gain about as much")
    share = voice.percent(1.0 - abs(imbalance))
    if imbalance > 0.0:
        return voice.say("you gain more; their gain is {share} of yours", share=share)
    return voice.say("they gain more; your gain is {share} of theirs", share=share)


def _match(explanation: Explanation, voice: Voice) -> str:
    mutual = voice.number(explanation.mutual)
    if math.isnan(explanation.score) or explanation.mutual - explanation.score < 0.005:
        return voice.say("{mutual} (from 0 to 1)", mutual=mutual)
    message = N_("{mutual} (from 0 to 1); {score} in your list, because many others seek them")
    return voice.say(message, mutual=mutual, score=voice.number(explanation.score))


def _list(heading: str, texts: Sequence[str], nothing: str) -> list[Block]:
    listed = Bullets(tuple(sentence(text) for text in texts)) if texts else Paragraph(nothing)
    return [Heading(heading, origin="engine"), listed]


def _needs(explanation: Explanation, voice: Voice) -> list[Block]:
    say, ours, theirs = voice.say, explanation.seeker_side.needs, explanation.candidate_side.needs
    note = N_(
        "The closest offer is shown for every need; “may answer” means: read both before you count on it."
    )
    return [
        Heading(say("Who brings what to whom"), origin="profile"),
        _need_table(ours, say("Your needs, their offers"), say("You name no needs."), voice),
        _need_table(theirs, say("Their needs, your offers"), say("They name no needs."), voice),
        Note(say(note)),
    ]


def _need_table(needs: Sequence[NeedMatch], caption: str, nothing: str, voice: Voice) -> Block:
    if not needs:
        return Paragraph(nothing)
    say = voice.say
    header = (
        *(say("Need"), say("Importance"), say("Closest offer")),
        *(say("Level"), say("Met"), say("In words")),
    )
    return Table(header, tuple(_need_row(match, voice) for match in needs), caption)


def _need_row(match: NeedMatch, voice: Voice) -> tuple[str, ...]:
    has_offer = bool(match.offer)
    return (
        _resource(match.need, match.category, voice),
        voice.say("{number} of 5", number=match.importance),
        _resource(match.offer, match.offer_category, voice) if has_offer else voice.say("no offer"),
        voice.say("{number} of 5", number=match.level) if has_offer else NONE,
        voice.percent(match.met),
        voice.say(ANSWERS[match.answer]),
    )


def _resource(text: str, category: str, voice: Voice) -> str:
    return f"{category_label(category, voice)}: “{text}”" if category else f"“{text}”"


def _passages(passages: Sequence[PassageMatch], voice: Voice) -> list[Block]:
    heading = Heading(voice.say("Passages that say nearly the same"), origin="profile")
    if not passages:
        return [heading, Paragraph(voice.say("No passage of yours comes close to one of theirs."))]
    say = voice.say
    header = (
        *(say("About"), say("You"), say("They")),
        *(say("Carried by the words"), say("Likeness (0 to 1)")),
    )
    return [heading, Table(header, tuple(_passage_row(match, voice) for match in passages))]


def _passage_row(match: PassageMatch, voice: Voice) -> tuple[str, ...]:
    words = [", ".join(words) for words in (match.your_words, match.their_words) if words]
    return (
        voice.say(ASPECT_LABELS[match.aspect]),
        f"“{match.yours}”",
        f"“{match.theirs}”",
        " / ".join(words) if words else voice.say("the passages as a whole"),
        voice.number(match.likeness),
    )


def _accounts(explanation: Explanation, voice: Voice) -> list[Block]:
    ours, theirs = explanation.seeker_side.account, explanation.candidate_side.account
    return [
        Heading(voice.say("How the gains come about"), origin="engine"),
        Paragraph(voice.say(METHODS[ours.method])),
        _account_table(ours, voice.say("For you"), voice),
        _account_table(theirs, voice.say("For them"), voice),
    ]


def _account_table(account: Account, caption: str, voice: Voice) -> Block:
    say = voice.say
    rows = [
        _account_row(part, voice)
        for part in sorted(account.contributions, key=lambda part: -abs(part.amount))
    ]
    if account.method == "shapley":
        rows.insert(0, (say("a usual pair"), NONE, NONE, NONE, voice.number(account.base, 3)))
    rows.append((say("Gain"), NONE, NONE, NONE, voice.number(account.gain, 3)))
    header = (say("What"), say("Seen"), say("Usual"), say("Counts"), say("Adds"))
    return Table(header, tuple(rows), caption)


def _account_row(part: Contribution, voice: Voice) -> tuple[str, ...]:
    seen = voice.say("not known") if math.isnan(part.value) else voice.number(part.value)
    usual = NONE if math.isnan(part.usual) else voice.number(part.usual)
    # A gate has no share of its own: it lowers what the others add up to.
    counts = voice.percent(part.share) if part.share > 0.0 else voice.say("only lowers")
    return label_of(part.feature, voice), seen, usual, counts, signed(part.amount, voice)
