"""A review as a document for the people who run a programme."""

from __future__ import annotations

from collections.abc import Iterator

from matcher.documents import Block, Bullets, Document, Heading, Note, Paragraph, Quote, Table
from matcher.documents.language import Voice
from matcher.review import labels
from matcher.review.alarming import Told, tell_alarm
from matcher.review.engine_parts import engine_parts
from matcher.review.results import Review
from matcher.review.troubles import Watch
from matcher.review.wording import day_text, name, pair_name, voice_of, who

MOST_WAITING = 10
MOST_LISTED = 50
"""Rows of a list of partnerships or profiles; how many more there are is said."""


def tell_review(review: Review, lang: str) -> Document:
    """Return a review as a document.

    Raises
    ------
    ConfigError
        If the language has no catalogue.
    """
    voice = voice_of(lang)
    return Document(
        title=voice.say("Review of partnerships and of the engine"),
        lang=lang,
        subtitle=voice.say("As of {date}", date=voice.date(review.day)),
        blocks=(
            *_summary(review, voice),
            *_alarms(review, voice),
            *_due(review, voice),
            *_watched(review, voice),
            *_stale(review, voice),
            *engine_parts(review, voice),
            *_rules(review, voice),
        ),
    )


def _summary(review: Review, voice: Voice) -> Iterator[Block]:
    alarms = voice.count("{number} alarm", "{number} alarms", len(review.alarms))
    overdue = voice.count("{number} review is overdue", "{number} reviews are overdue", len(review.overdue))
    if review.alarms or review.overdue:
        yield Paragraph(
            voice.say("Something needs attention: {alarms}; {overdue}.", alarms=alarms, overdue=overdue)
        )
    else:
        yield Paragraph(voice.say("Nothing needs attention: no alarm, and no review is overdue."))
    yield Paragraph(name(voice, labels.ADVICE, review.advice))
    counts = review.counts
    yield Note(
        voice.say(
            "Looked at: {pairs} pairs in the log, {live} living partnerships of {partnerships}.",
            pairs=voice.number(counts.pairs, 0),
            live=voice.number(counts.live, 0),
            partnerships=voice.number(counts.partnerships, 0),
        )
    )
    yield from _not_given(review, voice)


def _not_given(review: Review, voice: Voice) -> Iterator[Block]:
    if review.counts.reviews is None:
        yield Note(
            voice.say(
                "No reviews were given: nothing is overdue, and only ratings in the log tell how "
                "partnerships go."
            )
        )
    if review.counts.shown is None:
        yield Note(
            voice.say(
                "It was not given what was shown to whom: probabilities, drift and selection are not judged."
            )
        )


def _alarms(review: Review, voice: Voice) -> Iterator[Block]:
    yield Heading(voice.say("What needs attention"))
    if not review.alarms:
        yield Paragraph(voice.say("No alarm."))
    for alarm in review.alarms:
        yield from _alarm(tell_alarm(alarm, review, voice), voice)


def _alarm(told: Told, voice: Voice) -> Iterator[Block]:
    yield Heading(f"{told.title}: {told.whom}", 2)
    yield Paragraph(told.what)
    if told.reasons:
        yield Bullets(told.reasons)
    for text, source in told.quotes:
        yield Quote(text, source)
    yield Paragraph(f"{voice.say('What to do')}: {told.act}")
    yield Note(told.sure)


def _due(review: Review, voice: Voice) -> Iterator[Block]:
    yield Heading(voice.say("Reviews that are due"))
    if not review.due:
        yield Paragraph(voice.say("None is overdue or due soon."))
        return
    header = ("Partnership", "Since", "Last answers", "Due", "Days overdue", "Still to answer")
    rows = tuple(
        (
            pair_name(voice, one.pair),
            day_text(voice, one.since),
            day_text(voice, one.last),
            day_text(voice, one.due),
            voice.number(one.days_over, 0) if one.days_over > 0 else "–",
            ", ".join(who(one.pair, side) for side in one.sides),
        )
        for one in review.due[:MOST_LISTED]
    )
    yield Table(_header(voice, header), rows)
    yield from _more(len(review.due), voice)


def _more(n: int, voice: Voice, most: int = MOST_LISTED) -> Iterator[Block]:
    if n > most:
        yield Note(voice.say("And {number} more.", number=voice.number(n - most, 0)))


def _header(voice: Voice, words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(voice.say(word) for word in words)


def _watched(review: Review, voice: Voice) -> Iterator[Block]:
    yield Heading(voice.say("What could be judged of partnerships"))
    header = ("Looked for", "Judged", "Found", "Too few answers yet")
    rows = tuple(
        (
            name(voice, labels.KINDS, watch.kind),
            voice.number(watch.n_judged, 0),
            voice.number(len(watch.troubles), 0),
            voice.number(len(watch.waiting), 0),
        )
        for watch in review.watches
    )
    yield Table(_header(voice, header), rows)
    yield from _waiting(review.watches[1], voice)


def _waiting(watch: Watch, voice: Voice) -> Iterator[Block]:
    listed = [
        voice.say(
            "{pair}: {missing} more", pair=pair_name(voice, pair), missing=voice.number(need.missing, 0)
        )
        for pair, need in watch.waiting
    ]
    if listed:
        yield Paragraph(voice.say("Reviews that are still missing before a trend can be judged:"))
        yield Bullets(tuple(listed[:MOST_WAITING]))
        yield from _more(len(listed), voice, MOST_WAITING)


def _stale(review: Review, voice: Voice) -> Iterator[Block]:
    stale = review.stale
    yield Heading(voice.say("Stale profiles"))
    parts = {
        "n": voice.number(len(stale.ids), 0),
        "all": voice.number(stale.n_profiles, 0),
        "years": voice.number(stale.years, 1),
        "undated": voice.number(stale.n_undated, 0),
    }
    yield Paragraph(
        voice.say(
            "{n} of {all} profiles were not updated for {years} years; {undated} do not say when they were.",
            **parts,
        )
    )
    if stale.ids:
        rows = tuple((id_, voice.number(age, 1)) for id_, age in stale.ids[:MOST_LISTED])
        yield Table(_header(voice, ("Organisation", "Years")), rows)
        yield from _more(len(stale.ids), voice)


def _rules(review: Review, voice: Voice) -> Iterator[Block]:
    yield Heading(voice.say("How this was judged"))
    rate = voice.percent(review.settings.alarm_rate)
    yield Bullets(
        (
            voice.say(
                "Alarms: each kind (drifting apart, falling, one-sided, probabilities, drift) is meant to be "
                "raised in at most {rate} of programmes in which nothing is wrong; over partnerships and "
                "over columns by Benjamini and Hochberg.",
                rate=rate,
            ),
            voice.say(
                "No verdict is given on too little: the tables say how much is missing. No alarm does not "
                "mean that all is well."
            ),
            voice.say("Intervals are 95 %; pairs of one organisation count for less than pairs of many."),
        )
    )
