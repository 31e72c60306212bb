"""The parts of a review that tell of the engine: conversion, probabilities, drift, selection, challenger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from matcher.documents import Block, Heading, Note, Paragraph, Table
from matcher.documents.language import Voice
from matcher.evaluation import Reliability
from matcher.review import labels
from matcher.review.challenge import METRICS, Challenge
from matcher.review.conversion import FORMED, STEPS, Step
from matcher.review.drift import Drift
from matcher.review.logistic import Estimate as Parameter
from matcher.review.promises import TOO_LITTLE, Promises
from matcher.review.results import Review
from matcher.review.selection import ESTIMATED, Selection
from matcher.review.selection import Estimate as Value
from matcher.review.wording import (
    column_name,
    interval_text,
    lacking,
    name,
    number_text,
    rate_text,
)

MOST_GROUPS: Final = 12


def engine_parts(review: Review, voice: Voice) -> Iterator[Block]:
    """Yield the parts that tell of the engine."""
    yield Heading(voice.say("From stage to stage"))
    yield from _conversion(review.conversion, voice)
    if review.promises is not None:
        yield Heading(voice.say("Do probabilities come true?"))
        yield from _promises(review.promises, voice)
    elif review.counts.shown is not None:
        yield Heading(voice.say("Do probabilities come true?"))
        yield Paragraph(
            voice.say(
                "Not judged: the settings do not say that the shown scores are probabilities "
                "(calibrated = true)."
            )
        )
    if review.drift is not None:
        yield Heading(voice.say("Drift"))
        yield from _drift(review.drift, review, voice)
    if review.selection is not None:
        yield Heading(voice.say("What was shown"))
        yield from _selection(review.selection, voice)
    if review.challenge is not None:
        yield Heading(voice.say("Champion against challenger"))
        yield from _challenge(review.challenge, voice)


def _table(voice: Voice, header: Sequence[str], rows: Sequence[tuple[str, ...]], caption: str = "") -> Table:
    return Table(tuple(voice.say(word) for word in header), tuple(rows), caption)


def _conversion(steps: Sequence[Step], voice: Voice) -> Iterator[Block]:
    yield Note(
        voice.say(
            "A pair counts if it had the usual time for the step, the days in which nine in ten make it; "
            "younger ones are left out, whether they went on or not. A step made later than that counts as "
            "not made."
        )
    )
    overall = [one for one in steps if one.by == "all"]
    header = ("Step", "Days", "Share [95 %]", "Pairs", "Too young")
    yield _table(voice, header, [_step_row(one, _arrow(one, voice), voice) for one in overall])
    whole = [one for one in steps if (one.start, one.end) == (STEPS[0], FORMED) and one.by != "all"]
    for by in dict.fromkeys(one.by for one in whole):
        mine = sorted((one for one in whole if one.by == by), key=lambda one: -one.rate.n)[:MOST_GROUPS]
        shown = [one for one in whole if one in mine]
        caption = f"{voice.say('From invited to agreed')}: {name(voice, labels.GROUPS, by)}"
        rows = [_step_row(one, name(voice, labels.VALUES, one.value), voice) for one in shown]
        yield _table(voice, ("Group", *header[1:]), rows, caption)


def _arrow(step: Step, voice: Voice) -> str:
    return f"{name(voice, labels.STAGES, step.start)} → {name(voice, labels.STAGES, step.end)}"


def _step_row(step: Step, label: str, voice: Voice) -> tuple[str, ...]:
    share = rate_text(voice, step.rate) if step.enough.is_met else ""
    if not step.enough.is_met:
        share = voice.say("too few ({missing} more)", missing=voice.number(step.enough.missing, 0))
    counts = (step.days, step.rate.n, step.n_young)
    days, n, young = (voice.number(count, 0) for count in counts)
    return label, days, share, n, young


def _promises(promises: Promises, voice: Voice) -> Iterator[Block]:
    if promises.verdict == TOO_LITTLE:
        yield Paragraph(lacking(voice, promises.enough))
        return
    yield Paragraph(
        voice.say(
            "Verdict: {verdict}. Predicted {predicted} on average, observed {observed}, of {n} pairs of "
            "{seekers} seekers.",
            verdict=name(voice, labels.VERDICTS, promises.verdict),
            predicted=voice.number(promises.predicted, 3),
            observed=voice.number(promises.observed, 3),
            n=voice.number(promises.n_pairs, 0),
            seekers=voice.number(promises.n_seekers, 0),
        )
    )
    rows = [
        (voice.say("log-odds to be added (0 is right)"), _parameter(promises.level, voice)),
        (voice.say("slope of the log-odds (1 is right)"), _parameter(promises.slope, voice)),
        (voice.say("Brier score"), interval_text(voice, promises.brier)),
        (voice.say("expected calibration error"), interval_text(voice, promises.ece)),
    ]
    yield _table(voice, ("Figure", "Value [interval]"), rows)
    if promises.curve is not None:
        lines = promises.curve[[Reliability.PREDICTED, Reliability.OBSERVED, Reliability.N]].itertuples(
            index=False
        )
        cells = [(voice.number(p, 3), voice.number(o, 3), voice.number(n, 0)) for p, o, n in lines]
        yield _table(voice, ("Predicted", "Observed", "Pairs"), cells)


def _parameter(one: Parameter | None, voice: Voice) -> str:
    if one is None:
        return "–"
    return f"{voice.number(one.value)} [{voice.number(one.low)}, {voice.number(one.high)}]"


def _drift(drift: Drift, review: Review, voice: Voice) -> Iterator[Block]:
    if not drift.enough.is_met or drift.reference is None or drift.now is None:
        yield Paragraph(lacking(voice, drift.enough))
        return
    days = [voice.date(day) for day in (*drift.reference, *drift.now)]
    yield Paragraph(
        voice.say(
            "Reference: {first} to {last}; now: {start} to {end}. An alarm needs a sure test and an index "
            "above its noise by {least}.",
            first=days[0],
            last=days[1],
            start=days[2],
            end=days[3],
            least=voice.number(review.settings.least_psi, 2),
        )
    )
    rows = [
        (
            column_name(voice, one.name),
            f"{voice.number(one.n_reference, 0)} / {voice.number(one.n_now, 0)}",
            voice.number(one.index, 3),
            voice.number(one.noise, 3),
            number_text(voice, one.distance),
            voice.number(one.sure, 3),
            voice.say("alarm") if one.is_alarm else "–",
        )
        for one in drift.shifts
    ]
    header = (
        "Column",
        "Seekers",
        "Stability index",
        "Its noise",
        "Largest distance",
        "Adjusted p",
        "Verdict",
    )
    yield _table(voice, header, rows)


def _selection(selection: Selection, voice: Voice) -> Iterator[Block]:
    yield Paragraph(
        voice.say(
            "{n} places went to {candidates} candidates; inequality among them (Gini) {gini}.",
            n=voice.number(selection.n_shown, 0),
            candidates=voice.number(selection.n_candidates, 0),
            gini=number_text(voice, selection.gini, 2),
        )
    )
    rows = [
        (
            voice.number(one.rank, 0),
            voice.number(one.n_shown, 0),
            voice.number(one.n_candidates, 0),
            number_text(voice, one.propensity, 2),
            rate_text(voice, one.rate),
        )
        for one in selection.places[:MOST_GROUPS]
    ]
    yield _table(voice, ("Rank", "Shown", "Candidates", "Chance of being shown", "Formed [95 %]"), rows)
    if not selection.explores:
        yield Note(
            voice.say("Nothing was left to chance: outcomes tell nothing of candidates that were not shown.")
        )


def _challenge(challenge: Challenge, voice: Voice) -> Iterator[Block]:
    if not challenge.enough.is_met:
        yield Paragraph(lacking(voice, challenge.enough))
    else:
        yield Paragraph(name(voice, labels.CHALLENGER, challenge.advice))
        rows = [
            (
                metric,
                interval_text(voice, challenge.champion[metric]),
                interval_text(voice, challenge.challenger[metric]),
                interval_text(voice, challenge.difference[metric]),
            )
            for metric in METRICS
        ]
        yield _table(voice, ("Metric", "In use", "Challenger", "Difference [95 %]"), rows)
        yield Note(
            voice.say(
                "Pairs form more easily if they were shown, which favours the ranker in use: a challenger's "
                "gain is rather understated."
            )
        )
    if challenge.value is not None:
        yield Paragraph(_value(challenge.value, voice))


def _value(value: Value, voice: Voice) -> str:
    if value.state != ESTIMATED:
        return name(voice, labels.VALUE_STATES, value.state)
    return voice.say(
        "A place in the challenger's lists would have formed {value}, one of those shown {shown}; difference "
        "{difference}. {sample} effective pairs, {overlap} of its places could have been shown.",
        value=interval_text(voice, value.value),
        shown=interval_text(voice, value.shown),
        difference=interval_text(voice, value.difference),
        sample=voice.number(value.sample.have, 0),
        overlap=voice.percent(value.overlap),
    )
