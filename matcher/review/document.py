"""A review as a document for the people who run a programme, and its alarms as texts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from matcher.columns import SIDES
from matcher.documents import Block, Bullets, Document, Heading, Note, Paragraph, Quote, Table
from matcher.documents.language import N_, Voice
from matcher.evaluation import Interval, Reliability
from matcher.review import labels
from matcher.review.conversion import ALL, FORMED, STEPS, Rate, Step
from matcher.review.data import Enough
from matcher.review.engine import FILLED, METRICS, CalibrationCheck, Shift
from matcher.review.monitoring import FALLING, Finding
from matcher.review.partnerships import Pair
from matcher.review.review import Alarm, Review

MOST_GROUPS: Final = 12
MOST_WAITING: Final = 10
MOST_LISTED: Final = 50
"""Rows of a list of partnerships or profiles; the number of the others is given."""
DASH: Final = "–"


@dataclass(frozen=True)
class AlarmTexts:
    """An alarm in one language.

    Attributes
    ----------
    title, whom, what : str
        The kind, ids of the pair (or that the engine is meant), and what was found.
    sure, act : str
        How often such a finding comes by chance, and what to do.
    reasons : tuple of str
        What moved.
    quotes : tuple of (str, str)
        Words of the sides on what should change, and whose they are; they may hold anything.
    """

    title: str
    whom: str
    what: str
    sure: str
    act: str
    reasons: tuple[str, ...] = ()
    quotes: tuple[tuple[str, str], ...] = ()


def review_document(review: Review, lang: str) -> Document:
    """Return a review as a document.

    Raises
    ------
    ConfigError
        If the language has no catalogue.
    """
    texts = _Texts(lang)
    parts = (
        _summary,
        _alarms,
        _due,
        _screened,
        _stale,
        _conversion,
        _calibration,
        _drift,
        _challenge,
        _rules,
    )
    return Document(
        title=texts.say("Review of partnerships and of the engine"),
        lang=lang,
        subtitle=texts.say("As of {date}", date=review.day),
        blocks=tuple(block for part in parts for block in part(review, texts)),
    )


def alarm_texts(alarm: Alarm, review: Review, lang: str) -> AlarmTexts:
    """Return an alarm of a review in a language."""
    texts, title = _Texts(lang), labels.KINDS[alarm.kind]
    if isinstance(alarm.about, Finding):
        return _of_finding(texts.say(title), alarm.about, texts)
    if isinstance(alarm.about, CalibrationCheck):
        return _of_calibration(texts.say(title), alarm.about, review, texts)
    return _of_shift(texts.say(title), alarm.about, texts)


class _Texts:
    """Messages, numbers, dates and tables in one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.voice = Voice(lang)

    def say(self, message: str, **parts: object) -> str:
        """Return a message, its parts written by `cell`."""
        return self.voice.say(message, **{name: self.cell(part) for name, part in parts.items()})

    def name(self, names: Mapping[str, str], code: str) -> str:
        """Return the name of a code; the code itself where it has none."""
        return self.voice.say(names[code]) if code in names else code

    def cell(self, value: object, decimals: int | None = None) -> str:
        """Return a number, day, interval or text as people read it; a dash for None and NaN.

        Numbers below 1 have three decimals, others one, unless `decimals` is given.
        """
        match value:
            case str():
                return value
            case Interval(mean=mean, low=low, high=high):
                bounds = "" if math.isnan(low) else f" [{self.cell(low)}, {self.cell(high)}]"
                return f"{self.cell(mean)}{bounds}"
            case Rate(share=share, low=low, high=high, n=n) if n:
                percent = [f"{self.cell(100.0 * bound, 0)}%" for bound in (share, low, high)]
                return "{} [{}, {}]".format(*percent)
            case pd.Timestamp():
                return self.voice.date(value)
            case int() if not isinstance(value, bool):
                return self.voice.number(value, 0)
            case float() if not math.isnan(value):
                rounded = 3 if abs(value) < 1.0 else 1
                return self.voice.number(value, rounded if decimals is None else decimals)
        return DASH

    def pair(self, pair: Pair) -> str:
        """Return both ids."""
        return self.say("{one} and {other}", one=pair[0], other=pair[1])

    def table(
        self, header: Iterable[str], rows: Sequence[Sequence[object]], caption: str = ""
    ) -> Iterator[Block]:
        """Yield a table of the first `MOST_LISTED` rows, and the number of the others."""
        cells = tuple(tuple(self.cell(value) for value in row) for row in rows[:MOST_LISTED])
        yield Table(tuple(map(self.say, header)), cells, caption)
        yield from self.more(len(rows), MOST_LISTED)

    def more(self, n: int, most: int) -> Iterator[Block]:
        """Yield how many are left out of a list."""
        if n > most:
            yield Note(self.say("And {number} more.", number=n - most))

    def lacking(self, enough: Enough) -> Block:
        """Return how much is missing for a verdict."""
        parts = {**vars(enough), "missing": enough.missing, "unit": self.say(labels.UNITS[enough.unit])}
        message = "Too little to judge: {have} {unit}, at least {need} are needed ({missing} more)."
        return Paragraph(self.say(N_(message), **parts))


def _of_finding(title: str, finding: Finding, texts: _Texts) -> AlarmTexts:
    pair, (what, act) = finding.pair, labels.FINDINGS[finding.kind]
    who, other = pair if finding.side == SIDES[0] else pair[::-1]
    ends = {"first": texts.cell(abs(finding.first), 1), "last": texts.cell(abs(finding.last), 1)}
    moved = []
    for one in finding.moved:
        parts = {**vars(one), "question": texts.say(labels.QUESTIONS[one.question])}
        moved.append(texts.say("{question}, {who}: {first} → {last}", who=_id(pair, one.side), **parts))
    quotes = [
        (one.text, texts.say("{who}, {date}", who=_id(pair, one.side), date=one.date))
        for one in finding.wishes
    ]
    found = texts.say(what, n=finding.n, who=who, other=other, **ends)
    chance, advice = _chance(finding.sure, texts), texts.say(act, who=who)
    return AlarmTexts(title, texts.pair(pair), found, chance, advice, tuple(moved), tuple(quotes))


def _of_calibration(title: str, found: CalibrationCheck, review: Review, texts: _Texts) -> AlarmTexts:
    parts = {**vars(found), "verdict": texts.say(labels.VERDICTS[found.verdict])}
    what = texts.say(
        "Shown probabilities are {verdict}: {predicted} on average, {observed} of {n_pairs} pairs formed.",
        **parts,
    )
    share = texts.voice.percent(review.settings.alarm_rate)
    sure = texts.say(
        "Right probabilities would be called wrong in at most {share} of programmes.", share=share
    )
    act = texts.say("Calibrate anew; until then show percentiles in place of probabilities.")
    return AlarmTexts(title, texts.say("the engine"), what, sure, act)


def _of_shift(title: str, shift: Shift, texts: _Texts) -> AlarmTexts:
    parts = {**vars(shift), "column": _column(shift.name, texts)}
    what = texts.say(labels.SHIFT, **parts)
    act = texts.say("Find out what has changed; then retrain and compare before switching.")
    medians = () if math.isnan(shift.before) else (texts.say("median {before} → {after}", **parts),)
    return AlarmTexts(title, texts.say("the engine"), what, _chance(shift.sure, texts), act, medians)


def _chance(sure: float, texts: _Texts) -> str:
    share = texts.say("fewer than 1 in 1,000")
    if sure >= 0.001:
        share = texts.say("about {n} in 1,000", n=math.ceil(1000 * sure))
    return texts.say("Of quiet programmes, {share} would show something as clear.", share=share)


def _column(name: str, texts: _Texts) -> str:
    bare = name.removesuffix(f" {FILLED}")
    column = texts.say(labels.COLUMNS[bare])
    return column if bare == name else texts.say("{column} filled in", column=column)


def _summary(review: Review, texts: _Texts) -> Iterator[Block]:
    count, counts = texts.voice.count, review.counts
    alarms = count("{number} alarm", "{number} alarms", len(review.alarms))
    overdue = count("{number} review is overdue", "{number} reviews are overdue", len(review.overdue))
    found = texts.say("Nothing needs attention: no alarm, and no review is overdue.")
    if review.alarms or review.overdue:
        found = texts.say("Something needs attention: {alarms}; {overdue}.", alarms=alarms, overdue=overdue)
    yield Paragraph(found)
    yield Paragraph(texts.say(labels.ADVICE[review.advice]))
    yield Note(
        texts.say(
            "Looked at: {pairs} pairs in the log, {live} living partnerships of {partnerships}.",
            **vars(counts),
        )
    )
    if counts.reviews is None:
        yield Note(texts.say(labels.NO_REVIEWS))
    if counts.shown is None:
        yield Note(texts.say(labels.NO_LISTS))


def _alarms(review: Review, texts: _Texts) -> Iterator[Block]:
    yield Heading(texts.say("What needs attention"))
    if not review.alarms:
        yield Paragraph(texts.say("No alarm."))
    for alarm in review.alarms:
        one = alarm_texts(alarm, review, texts.lang)
        yield Heading(f"{one.title}: {one.whom}", 2)
        yield Paragraph(one.what)
        if one.reasons:
            yield Bullets(one.reasons)
        yield from (Quote(text, source) for text, source in one.quotes)
        yield Paragraph(f"{texts.say('What to do')}: {one.act}")
        yield Note(one.sure)


def _due(review: Review, texts: _Texts) -> Iterator[Block]:
    yield Heading(texts.say("Reviews that are due"))
    rows = [
        (
            texts.pair(one.pair),
            one.since,
            one.last,
            one.due,
            one.days_over if one.days_over > 0 else None,
            ", ".join(_id(one.pair, side) for side in one.sides),
        )
        for one in review.due
    ]
    if rows:
        yield from texts.table(labels.DUE_COLUMNS, rows)
    else:
        yield Paragraph(texts.say("None is overdue or due soon."))


def _screened(review: Review, texts: _Texts) -> Iterator[Block]:
    yield Heading(texts.say("What could be judged of partnerships"))
    rows = [
        (texts.say(labels.KINDS[one.kind]), one.n_judged, len(one.findings), len(one.waiting))
        for one in review.screenings
    ]
    yield from texts.table(labels.SCREENING_COLUMNS, rows)
    waiting = next(one.waiting for one in review.screenings if one.kind == FALLING)
    if waiting:
        yield Paragraph(texts.say("Reviews that are still missing before a trend can be judged:"))
        yield Bullets(
            tuple(
                texts.say("{pair}: {missing} more", pair=texts.pair(pair), missing=need.missing)
                for pair, need in waiting[:MOST_WAITING]
            )
        )
        yield from texts.more(len(waiting), MOST_WAITING)


def _stale(review: Review, texts: _Texts) -> Iterator[Block]:
    stale = review.stale
    yield Heading(texts.say("Stale profiles"))
    yield Paragraph(texts.say(labels.STALE, n=len(stale.ids), **vars(stale)))
    if stale.ids:
        yield from texts.table(labels.STALE_COLUMNS, stale.ids)


def _conversion(review: Review, texts: _Texts) -> Iterator[Block]:
    yield Heading(texts.say("From stage to stage"))
    yield Note(texts.say(labels.CONVERSION))
    overall = [one for one in review.conversion if one.by == ALL]
    rows = [
        _step(f"{texts.say(labels.STAGES[one.start])} → {texts.say(labels.STAGES[one.end])}", one, texts)
        for one in overall
    ]
    yield from texts.table(labels.STEP_COLUMNS, rows)
    whole = [one for one in review.conversion if (one.start, one.end) == (STEPS[0], FORMED) and one.by != ALL]
    for by in dict.fromkeys(one.by for one in whole):
        groups = [one for one in whole if one.by == by]
        most = sorted(groups, key=lambda one: -one.rate.n)[:MOST_GROUPS]
        rows = [_step(texts.name(labels.VALUES, one.value), one, texts) for one in groups if one in most]
        caption = f"{texts.say('From invited to agreed')}: {texts.say(labels.GROUPS[by])}"
        yield from texts.table(labels.GROUP_COLUMNS, rows, caption)


def _step(label: str, step: Step, texts: _Texts) -> tuple[object, ...]:
    missing = texts.say("too few ({missing} more)", missing=step.enough.missing)
    return label, step.days, step.rate if step.enough.is_met else missing, step.rate.n, step.n_young


def _calibration(review: Review, texts: _Texts) -> Iterator[Block]:
    found = review.calibration
    if review.counts.shown is None:
        return
    yield Heading(texts.say("Do probabilities come true?"))
    if found is None:
        yield Paragraph(texts.say(labels.NO_PROBABILITIES))
    elif found.curve is None:
        yield texts.lacking(found.enough)
    else:
        parts = {**vars(found), "verdict": texts.say(labels.VERDICTS[found.verdict])}
        yield Paragraph(texts.say(labels.PROBABILITIES, **parts))
        figures = (found.level_p, found.slope_p, found.brier, found.ece)
        names = [texts.say(name) for name in labels.FIGURES]
        yield from texts.table(labels.FIGURE_COLUMNS, list(zip(names, figures, strict=True)))
        curve = found.curve[[Reliability.PREDICTED, Reliability.OBSERVED, Reliability.N]]
        yield from texts.table(labels.CURVE_COLUMNS, list(curve.itertuples(index=False, name=None)))


def _drift(review: Review, texts: _Texts) -> Iterator[Block]:
    drift = review.drift
    if drift is None:
        return
    yield Heading(texts.say("Drift"))
    if not drift.enough.is_met or drift.reference is None or drift.now is None:
        yield texts.lacking(drift.enough)
        return
    days = dict(zip(("first", "last", "start", "end"), (*drift.reference, *drift.now), strict=True))
    yield Paragraph(texts.say(labels.PERIODS, **days, least=review.settings.least_distance))
    rows = [
        (
            _column(one.name, texts),
            f"{texts.cell(one.n_reference)} / {texts.cell(one.n_now)}",
            one.distance,
            one.sure,
            texts.say("alarm") if one.is_alarm else None,
        )
        for one in drift.shifts
    ]
    yield from texts.table(labels.DRIFT_COLUMNS, rows)


def _challenge(review: Review, texts: _Texts) -> Iterator[Block]:
    found = review.challenge
    if found is None:
        return
    yield Heading(texts.say("Champion against challenger"))
    if not found.enough.is_met:
        yield texts.lacking(found.enough)
        return
    yield Paragraph(texts.say(labels.CHALLENGER[found.advice]))
    intervals = (found.champion, found.challenger, found.difference)
    rows = [(metric, *(one[metric] for one in intervals)) for metric in METRICS]
    yield from texts.table(labels.CHALLENGE_COLUMNS, rows)
    yield Note(texts.say(labels.CHALLENGE))


def _rules(review: Review, texts: _Texts) -> Iterator[Block]:
    yield Heading(texts.say("How this was judged"))
    rate = texts.voice.percent(review.settings.alarm_rate)
    yield Bullets(tuple(texts.say(rule, rate=rate) for rule in labels.RULES))


def _id(pair: Pair, side: str) -> str:
    return pair[SIDES.index(side)]
