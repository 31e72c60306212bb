"""An explanation as a document that a person reads from top to bottom."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from matcher.columns import Profile
from matcher.documents import Block, Bullets, Document, Heading, Note, Paragraph, Table, Terms
from matcher.documents.language import Voice
from matcher.explanations.answers import standing_of
from matcher.explanations.contributions import Account, Contribution
from matcher.explanations.labels import ASPECT_LABELS, category_label, label_of
from matcher.explanations.matches import NeedMatch, PassageMatch

if TYPE_CHECKING:
    from matcher.explanations.explanation import Explanation, SideExplanation

EVEN: Final = 0.1
"""Imbalance under which both sides are said to gain about as much."""
HIGHEST: Final = 0.99
"""Percentile above which none is told: the pool is a sample of what could be."""
NONE: Final = "–"


def explanation_document(explanation: Explanation) -> Document:
    """Return an explanation as a document in its language, told to the seeker.

    Parameters
    ----------
    explanation : Explanation
        Of any pair.

    Returns
    -------
    document : Document
        Where both sides stand; reasons of both; concerns, unknowns and what would raise the match; needs
        with the closest offers in both directions; close passages side by side; and how each gain comes
        about.
    """
    voice = Voice(explanation.lang)
    names = {
        "seeker": explanation.seeker[Profile.NAME],
        "candidate": explanation.candidate[Profile.NAME],
    }
    footer = (
        "Gains are estimates from both profiles and the pool, no promises. Words in “ ” stand in a profile."
    )
    return Document(
        title=voice.say("{seeker} and {candidate}: the match explained", **names),
        subtitle=voice.say("“You” are {seeker}, “they” are {candidate}.", **names),
        lang=explanation.lang,
        blocks=tuple(_blocks(explanation, voice)),
        footer=voice.say(footer),
        tags={"engine": voice.say("computed"), "profile": voice.say("from the profiles")},
    )


def sentence(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def _blocks(told: Explanation, voice: Voice) -> list[Block]:
    ours, theirs = told.seeker_side, told.candidate_side
    return [
        *_glance(told, voice),
        *_list("Why it serves you", ours.reasons, "Nothing of theirs stands out for you.", voice),
        *_list("Why it serves them", theirs.reasons, "Nothing of yours stands out for them.", voice),
        *_list("What to talk about", told.concerns, "Nothing that the profiles show.", voice),
        *_list("What is not known", told.unknowns, "All that is compared is known.", voice),
        *_list(
            "What would raise the match",
            [improvement.text for improvement in told.improvements],
            "No single change would raise it much.",
            voice,
        ),
        *_needs(told, voice),
        *_passages(told.passages, voice),
        *_accounts(told, voice),
    ]


def _glance(told: Explanation, voice: Voice) -> list[Block]:
    pairs = (
        (voice.say("For you"), _standing(told.seeker_side, told, voice, ours=True)),
        (voice.say("For them"), _standing(told.candidate_side, told, voice, ours=False)),
        (voice.say("Balance"), _balance(told, voice)),
        (voice.say("Match of both"), _match(told, voice)),
        (
            voice.say("Completeness"),
            voice.say("{share} of what counts is known", share=voice.percent(told.completeness)),
        ),
    )
    blocks: list[Block] = [Heading(voice.say("At a glance"), origin="engine"), Terms(pairs)]
    if not told.is_eligible:
        message = "These two are never recommended to each other: one is excluded or red-flagged."
        blocks.insert(1, Paragraph(voice.say(message)))
    return blocks


def _standing(side: SideExplanation, told: Explanation, voice: Voice, *, ours: bool) -> str:
    """Say where a gain stands: a chance where gains are calibrated, else a place in the pool."""
    if told.is_probability:
        share = voice.percent(side.gain)
        if ours:
            return voice.say("a chance of about {share} that you agree", share=share)
        return voice.say("a chance of about {share} that they agree", share=share)
    gain = voice.number(side.gain)
    if math.isnan(side.percentile):
        return voice.say("gain {gain} (from 0 to 1)", gain=gain)
    message = "more than {share} of the pairs in this pool; gain {gain} (from 0 to 1)"
    return voice.say(message, share=voice.percent(min(side.percentile, HIGHEST)), gain=gain)


def _balance(told: Explanation, voice: Voice) -> str:
    if abs(told.imbalance) < EVEN:
        return voice.say("both gain about as much")
    share = voice.percent(1.0 - abs(told.imbalance))
    if told.imbalance > 0.0:
        return voice.say("you gain more; their gain is {share} of yours", share=share)
    return voice.say("they gain more; your gain is {share} of theirs", share=share)


def _match(told: Explanation, voice: Voice) -> str:
    mutual = voice.number(told.mutual)
    if math.isnan(told.score) or told.mutual - told.score < 0.005:
        return voice.say("{mutual} (from 0 to 1)", mutual=mutual)
    message = "{mutual} (from 0 to 1); {score} in your list, because many others seek them"
    return voice.say(message, mutual=mutual, score=voice.number(told.score))


def _list(heading: str, sentences: Sequence[str], nothing: str, voice: Voice) -> list[Block]:
    title = Heading(voice.say(heading), origin="engine")
    if not sentences:
        return [title, Paragraph(voice.say(nothing))]
    return [title, Bullets(tuple(sentence(text) for text in sentences))]


def _needs(told: Explanation, voice: Voice) -> list[Block]:
    note = "The closest offer is shown for every need; “may answer” means: read both before you count on it."
    return [
        Heading(voice.say("Who brings what to whom"), origin="profile"),
        *_need_table(told.seeker_side.needs, "Your needs, their offers", "You name no needs.", voice),
        *_need_table(told.candidate_side.needs, "Their needs, your offers", "They name no needs.", voice),
        Note(voice.say(note)),
    ]


def _need_table(needs: Sequence[NeedMatch], caption: str, nothing: str, voice: Voice) -> list[Block]:
    if not needs:
        return [Paragraph(voice.say(nothing))]
    header = ("Need", "Importance", "Closest offer", "Level", "Met", "In words")
    return [
        Table(
            header=tuple(voice.say(name) for name in header),
            rows=tuple(_need_row(match, voice) for match in needs),
            caption=voice.say(caption),
        )
    ]


def _need_row(match: NeedMatch, voice: Voice) -> tuple[str, ...]:
    words = {"answered": "answers it", "possible": "may answer it", "open": "open"}
    return (
        _resource(match.need, match.category, voice),
        voice.say("{number} of 5", number=match.importance),
        _resource(match.offer, match.offer_category, voice) if match.offer else voice.say("no offer"),
        voice.say("{number} of 5", number=match.level) if match.offer else NONE,
        voice.percent(match.met),
        voice.say(words[standing_of(match)]),
    )


def _resource(text: str, category: str, voice: Voice) -> str:
    return f"{category_label(category, voice)}: “{text}”" if category else f"“{text}”"


def _passages(passages: Sequence[PassageMatch], voice: Voice) -> list[Block]:
    heading = Heading(voice.say("Passages that say nearly the same"), origin="profile")
    if not passages:
        return [heading, Paragraph(voice.say("No passage of yours comes close to one of theirs."))]
    header = ("About", "You", "They", "Carried by the words", "Likeness (0 to 1)")
    rows = tuple(_passage_row(match, voice) for match in passages)
    return [heading, Table(tuple(voice.say(name) for name in header), rows)]


def _passage_row(match: PassageMatch, voice: Voice) -> tuple[str, ...]:
    words = [", ".join(words) for words in (match.your_words, match.their_words) if words]
    return (
        voice.say(ASPECT_LABELS[match.aspect]),
        f"“{match.yours}”",
        f"“{match.theirs}”",
        " / ".join(words) if words else voice.say("the passages as a whole"),
        voice.number(match.likeness),
    )


def _accounts(told: Explanation, voice: Voice) -> list[Block]:
    ours, theirs = told.seeker_side.account, told.candidate_side.account
    exact = (
        "Exact: the gain is the sum of what each row adds. Where a thing is not known, what is usual in the "
        "pool stands in for it."
    )
    shapley = (
        "Shapley values against the usual pair: this ranker's gain is no plain sum. From a pair in which all "
        "is as usual in the pool, things are put one by one to what was seen here; what a row adds is the "
        "mean change over all orders of doing so. With the usual pair, the rows sum to the gain."
    )
    method = exact if ours.method == "exact" else shapley
    return [
        Heading(voice.say("How the gains come about"), origin="engine"),
        Paragraph(voice.say(method)),
        _account_table(ours, "For you", voice),
        _account_table(theirs, "For them", voice),
    ]


def _account_table(account: Account, caption: str, voice: Voice) -> Block:
    parts = sorted(account.contributions, key=lambda part: -abs(part.amount))
    rows = [_account_row(part, voice) for part in parts]
    if account.method == "shapley":
        base = voice.say("a usual pair"), NONE, NONE, NONE, voice.number(account.base, 3)
        rows.insert(0, base)
    rows.append((voice.say("Gain"), NONE, NONE, NONE, voice.number(account.gain, 3)))
    header = ("What", "Seen", "Usual", "Counts", "Adds")
    return Table(tuple(voice.say(name) for name in header), tuple(rows), voice.say(caption))


def _account_row(part: Contribution, voice: Voice) -> tuple[str, ...]:
    seen = voice.say("not known") if math.isnan(part.value) else voice.number(part.value)
    usual = NONE if math.isnan(part.usual) else voice.number(part.usual)
    # A brake has no share of its own: it lowers what the others add up to.
    counts = voice.percent(part.share) if part.share > 0.0 else voice.say("only lowers")
    sign = "−" if round(part.amount, 3) < 0.0 else ""
    amount = f"{sign}{voice.number(abs(part.amount), 3)}"
    return label_of(part.feature, voice), seen, usual, counts, amount
