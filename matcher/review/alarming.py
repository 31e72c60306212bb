"""An alarm in words: what, whom, why, how sure, and what to do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from matcher.documents.language import Voice
from matcher.review import labels
from matcher.review.drift import Shift
from matcher.review.promises import Promises
from matcher.review.results import Alarm, Review
from matcher.review.troubles import APART, FALLING, Moved, Trouble
from matcher.review.wording import column_name, name, number_text, pair_name, who


@dataclass(frozen=True)
class Told:
    """An alarm in one language.

    Attributes
    ----------
    title : str
    whom : str
        Ids of the pair, or that the engine is meant.
    what : str
    reasons : tuple of str
        What moved.
    quotes : tuple of (str, str)
        Words of the sides on what should change, and whose they are; they may hold anything.
    sure : str
        How often something as clear comes by chance.
    act : str
        What to do.
    """

    title: str
    whom: str
    what: str
    reasons: tuple[str, ...]
    quotes: tuple[tuple[str, str], ...]
    sure: str
    act: str


def tell_alarm(alarm: Alarm, review: Review, voice: Voice) -> Told:
    """Return an alarm in words.

    Parameters
    ----------
    alarm : Alarm
    review : Review
        It belongs to.
    voice : Voice
        With the catalogue of this room.
    """
    title = name(voice, labels.KINDS, alarm.kind)
    if isinstance(alarm.about, Trouble):
        return _of_trouble(title, alarm.about, voice)
    if isinstance(alarm.about, Promises):
        return _of_promises(title, alarm.about, review, voice)
    return _of_shift(title, alarm.about, voice)


def _of_trouble(title: str, trouble: Trouble, voice: Voice) -> Told:
    return Told(
        title,
        pair_name(voice, trouble.pair),
        _what(trouble, voice),
        tuple(_moved(one, trouble, voice) for one in trouble.moved),
        tuple((one.text, _source(one.side, one.date, trouble, voice)) for one in trouble.wishes),
        _chance(trouble.sure, voice),
        _act(trouble, voice),
    )


def _source(side: str, date: object, trouble: Trouble, voice: Voice) -> str:
    return voice.say("{who}, {date}", who=who(trouble.pair, side), date=voice.date(date))  # type: ignore[arg-type]


def _what(trouble: Trouble, voice: Voice) -> str:
    parts = {
        "who": who(trouble.pair, trouble.side),
        "other": who(trouble.pair, "candidate" if trouble.side == "seeker" else "seeker"),
        "first": voice.number(trouble.first, 1),
        "last": voice.number(trouble.last, 1),
        "n": voice.number(trouble.n, 0),
    }
    if trouble.kind == APART:
        parts |= {"first": voice.number(abs(trouble.first), 1), "last": voice.number(abs(trouble.last), 1)}
        return voice.say(
            "Over {n} reviews the answers of the two sides moved apart, from {first} to {last} points; {who} "
            "now answers lower than {other}.",
            **parts,
        )
    if trouble.kind == FALLING:
        return voice.say("Over {n} reviews the answers of {who} fell from {first} to {last}.", **parts)
    return voice.say(
        "Over {n} reviews {who} sees a benefit of {first} on average, {other} one of {last}.", **parts
    )


def _moved(moved: Moved, trouble: Trouble, voice: Voice) -> str:
    return voice.say(
        "{question}, {who}: {first} → {last}",
        question=name(voice, labels.QUESTIONS, moved.question),
        who=who(trouble.pair, moved.side),
        first=voice.number(moved.first, 1),
        last=voice.number(moved.last, 1),
    )


def _act(trouble: Trouble, voice: Voice) -> str:
    whom = who(trouble.pair, trouble.side)
    if trouble.kind == APART:
        return voice.say("Bring both sides together and begin with the questions named.")
    if trouble.kind == FALLING:
        return voice.say("Ask {who} what has changed, before the next review.", who=whom)
    return voice.say("Agree anew on what {who} gets, or end it in good order.", who=whom)


def _chance(sure: float, voice: Voice) -> str:
    return voice.say("Of quiet programmes, {share} would show something as clear.", share=_share(sure, voice))


def _share(sure: float, voice: Voice) -> str:
    if sure < 0.001:
        return voice.say("fewer than 1 in 1,000")
    return voice.say("about {n} in 1,000", n=voice.number(math.ceil(1000 * sure), 0))


def _of_promises(title: str, promises: Promises, review: Review, voice: Voice) -> Told:
    what = voice.say(
        "Shown probabilities are {verdict}: {predicted} on average, {observed} of {n} pairs formed.",
        verdict=name(voice, labels.VERDICTS, promises.verdict),
        predicted=voice.number(promises.predicted, 3),
        observed=voice.number(promises.observed, 3),
        n=voice.number(promises.n_pairs, 0),
    )
    return Told(
        title,
        voice.say("the engine"),
        what,
        (),
        (),
        voice.say(
            "Right probabilities would be called wrong in at most {share} of programmes.",
            share=voice.percent(review.settings.alarm_rate),
        ),
        voice.say("Calibrate anew; until then show percentiles in place of probabilities."),
    )


def _of_shift(title: str, shift: Shift, voice: Voice) -> Told:
    column = column_name(voice, shift.name)
    what = voice.say(
        "“{column}” is spread differently than in the reference period: stability index {index}, of which "
        "{noise} is noise.",
        column=column,
        index=voice.number(shift.index, 2),
        noise=voice.number(shift.noise, 2),
    )
    reasons: tuple[str, ...] = ()
    if not math.isnan(shift.before):
        medians = {"before": number_text(voice, shift.before, 2), "after": number_text(voice, shift.after, 2)}
        reasons = (voice.say("median {before} → {after}", **medians),)
    act = voice.say("Find out what has changed; then retrain and compare before switching.")
    return Told(title, voice.say("the engine"), what, reasons, (), _chance(shift.sure, voice), act)
