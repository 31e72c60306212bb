"""A review as a document for the people who run a programme, and its alarms as texts."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from matcher.columns import SIDES
from matcher.documents.blocks import Block, Bullets, Document, Heading, Note, Paragraph, Quote, Texts
from matcher.evaluation.document import as_plain
from matcher.evaluation.intervals import Interval
from matcher.files import bundled_toml
from matcher.review.data import FORMED, STEPS, Enough, Pair
from matcher.review.engine import ALL, FILLED, METRICS, CalibrationCheck, Rate, Shift, Step
from matcher.review.review import FALLING, Alarm, Finding, Review

MOST_GROUPS: Final = 12
MOST_WAITING: Final = 10
MOST_LISTED: Final = 50  # rows of a list of partnerships or profiles; the number of the others is given
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "texts.toml")


def review_document(review: Review, lang: str) -> Document:
    """Return a review as a document; raises `ConfigError` if the language has no catalogue."""
    texts = _Texts(lang, review.names)
    blocks = list(_summary(review, texts))
    for section in SECTIONS:
        if found := tuple(section(review, texts)):
            blocks += [Heading(texts.text(section.__name__.removeprefix("_"), "headings")), *found]
    return Document(texts.text("title"), lang, tuple(blocks), texts.text("subtitle", date=review.day))


def alarm_texts(alarm: Alarm, review: Review, lang: str) -> dict[str, Any]:
    """Return an alarm in a language: its title, whom it concerns, and what was found, by its name.

    `sure` is how often such a finding comes by chance; `quotes`, with the source of each, may hold anything.
    """
    texts, about = _Texts(lang, review.names), alarm.about
    key, whom, parts = alarm.kind, texts.text("engine"), dict(vars(about))
    reasons, quotes = list[str](), list[tuple[str, str]]()
    share = texts.text("chance_of", n=math.ceil(1000 * alarm.sure))
    sure = texts.text("chance", share=share if alarm.sure >= 0.001 else texts.text("chance_small"))
    if isinstance(about, Finding):
        whom = texts.pair(about.pair)
        who, other = sorted(SIDES, key=lambda side: side != about.side)
        parts = {"n": about.n, "who": texts.side(about.pair, who), "other": texts.side(about.pair, other)}
        parts |= {"first": texts.cell(abs(about.first), 1), "last": texts.cell(abs(about.last), 1)}
        for one in about.moved:
            named = {"question": texts.name(one["question"]), "who": texts.side(about.pair, one["side"])}
            reasons.append(texts.text("moved", **one | named))
        for one in about.wishes:
            who = texts.side(about.pair, one["side"])
            quotes.append((one["text"], texts.text("source", who=who, date=one["date"])))
    elif isinstance(about, CalibrationCheck):
        parts["verdict"] = texts.name(about.verdict)
        sure = texts.text("chance_calibration", share=texts.messages.percent(review.settings.alarm_rate))
    else:
        key, parts["column"] = "drift", texts.column(about)
        if not math.isnan(about.before):
            reasons.append(texts.text("medians", **parts))
    said = {"what": texts.text(key, "found", **parts), "sure": sure, "act": texts.text(key, "act", **parts)}
    return {"title": texts.name(alarm.kind), "whom": whom, **said, "reasons": reasons, "quotes": quotes}


class _Texts(Texts):
    def __init__(self, lang: str, names: Mapping[str, str]) -> None:
        super().__init__(TEXTS, lang)
        self._names = names

    def name(self, code: str) -> str:
        """Return the name of a code; the code itself where it has none."""
        return self.text(code, "names") if code in TEXTS["names"] else code

    def column(self, shift: Shift) -> str:
        """Return the name of a column, and whether it is about filled cells."""
        bare = shift.name.removesuffix(f" {FILLED}")
        return self.name(bare) if bare == shift.name else self.text("filled", column=self.name(bare))

    def pair(self, pair: Pair) -> str:
        one, other = (self.side(pair, side) for side in SIDES)
        return self.text("pair", one=one, other=other)

    def side(self, pair: Pair, side: str) -> str:
        return self.organisation(pair[SIDES.index(side)])

    def organisation(self, id_: str) -> str:
        """Return the name of an organisation with its id; the id where no other name is known."""
        name = self._names.get(id_) or id_
        return id_ if name == id_ else f"{name} ({id_})"

    def cell(self, value: object, decimals: int | None = None) -> str:
        """Return also an interval, and a share with its interval, as people read it."""
        match value:
            case Interval(mean=mean, low=low, high=high):
                bounds = "" if math.isnan(low) else f" [{self.cell(low)}, {self.cell(high)}]"
                return f"{self.cell(mean)}{bounds}"
            case Rate(share=share, low=low, high=high, n=n) if n:
                percent = [f"{self.cell(100.0 * bound, 0)}%" for bound in (share, low, high)]
                return "{} [{}, {}]".format(*percent)
        return super().cell(value, decimals)

    def listed(self, key: str, rows: Sequence[Sequence[object]], caption: str = "") -> Iterator[Block]:
        """Yield a table of the first `MOST_LISTED` rows, and the number of the others."""
        yield self.table(key, rows[:MOST_LISTED], caption=caption)
        yield from self.more(len(rows), MOST_LISTED)

    def more(self, n: int, most: int) -> Iterator[Block]:
        if n > most:
            yield Note(self.text("more", number=n - most))

    def lacking(self, enough: Enough) -> Block:
        parts = vars(enough) | {"missing": enough.missing, "unit": self.name(enough.unit)}
        return Paragraph(self.text("lacking", **parts))


def _summary(review: Review, texts: _Texts) -> Iterator[Block]:
    count, counts = texts.messages.count, review.counts
    alarms = count("{number} alarm", "{number} alarms", len(review.alarms))
    overdue = count("{number} review is overdue", "{number} reviews are overdue", len(review.overdue))
    yield Paragraph(texts.text(review.verdict, alarms=alarms, overdue=overdue))
    yield Paragraph(texts.text(review.advice, "advice"))
    yield Note(texts.text("counts", **counts))
    if counts["reviews"] is None:
        yield Note(texts.text("no_reviews"))
    if counts["shown"] is None:
        yield Note(texts.text("no_lists"))


def _alarms(review: Review, texts: _Texts) -> Iterator[Block]:
    if not review.alarms:
        yield Paragraph(texts.text("no_alarm"))
    for alarm in review.alarms:
        one = alarm_texts(alarm, review, texts.lang)
        yield Heading(f"{one['title']}: {one['whom']}", 2)
        yield Paragraph(one["what"])
        if one["reasons"]:
            yield Bullets(tuple(one["reasons"]))
        yield from (Quote(text, source) for text, source in one["quotes"])
        yield Paragraph(f"{texts.text('what_to_do')}: {one['act']}")
        yield Note(one["sure"])


def _due(review: Review, texts: _Texts) -> Iterator[Block]:
    rows = []
    for one in review.due:
        sides = ", ".join(texts.side(one.pair, side) for side in one.sides)
        days = one.since, one.last, one.due, one.days_over if one.days_over > 0 else None
        rows.append((texts.pair(one.pair), *days, sides))
    yield from texts.listed("due", rows) if rows else [Paragraph(texts.text("none_due"))]


def _screened(review: Review, texts: _Texts) -> Iterator[Block]:
    found = review.screenings
    rows = [(texts.name(one.kind), one.n_judged, len(one.findings), len(one.waiting)) for one in found]
    yield from texts.listed("screened", rows)
    if waiting := next(one.waiting for one in found if one.kind == FALLING):
        lacking = [texts.text("missing", pair=texts.pair(pair), missing=n) for pair, n in waiting.items()]
        yield Paragraph(texts.text("waiting"))
        yield Bullets(tuple(lacking[:MOST_WAITING]))
        yield from texts.more(len(lacking), MOST_WAITING)


def _stale(review: Review, texts: _Texts) -> Iterator[Block]:
    yield Paragraph(texts.text("stale", n=len(review.stale.ids), **vars(review.stale)))
    if review.stale.ids:
        rows = [(texts.organisation(id_), years) for id_, years in review.stale.ids]
        yield from texts.listed("stale", rows)


def _conversion(review: Review, texts: _Texts) -> Iterator[Block]:
    yield Note(texts.text("conversion"))
    steps = [one for one in review.conversion if one.by == ALL]
    rows = [_step(f"{texts.name(one.start)} → {texts.name(one.end)}", one, texts) for one in steps]
    yield from texts.listed("steps", rows)
    whole = [one for one in review.conversion if (one.start, one.end) == (STEPS[0], FORMED) and one.by != ALL]
    for by in dict.fromkeys(one.by for one in whole):
        groups = [one for one in whole if one.by == by]
        most = sorted(groups, key=lambda one: -one.rate.n)[:MOST_GROUPS]
        say = texts.messages.render
        rows = [_step(say(texts.name(one.value)), one, texts) for one in groups if one in most]
        yield from texts.listed("groups", rows, f"{texts.text('from_invited')}: {texts.text(by, 'groups')}")


def _step(label: str, step: Step, texts: _Texts) -> tuple[object, ...]:
    missing = texts.text("too_few", missing=step.enough.missing)
    return label, step.days, missing if step.enough.missing else step.rate, step.rate.n, step.n_young


def _calibration(review: Review, texts: _Texts) -> Iterator[Block]:
    found = review.calibration
    if found is None:
        if review.counts["shown"] is not None:
            yield Paragraph(texts.text("no_probabilities"))
    elif found.curve is None:
        yield texts.lacking(found.enough)
    else:
        yield Paragraph(texts.text("calibration", **vars(found) | {"verdict": texts.name(found.verdict)}))
        names = ("level_p", "slope_p", "brier", "ece")
        yield from texts.listed("figures", [(texts.text(name), getattr(found, name)) for name in names])
        curve = found.curve[["predicted", "observed", "n"]]
        yield from texts.listed("curve", list(curve.itertuples(index=False, name=None)))


def _drift(review: Review, texts: _Texts) -> Iterator[Block]:
    drift = review.drift
    if drift is None:
        return
    if drift.reference is None or drift.now is None or drift.enough.missing:
        yield texts.lacking(drift.enough)
        return
    (first, last), (start, end), least = drift.reference, drift.now, review.settings.least_distance
    yield Paragraph(texts.text("drift", first=first, last=last, start=start, end=end, least=least))
    rows = []
    for one in drift.shifts:
        seekers = f"{texts.cell(one.n_reference)} / {texts.cell(one.n_now)}"
        alarm = texts.text("alarm") if one.is_alarm else None
        rows.append((texts.column(one), seekers, one.distance, one.sure, alarm))
    yield from texts.listed("drift", rows)


def _challenge(review: Review, texts: _Texts) -> Iterator[Block]:
    found = review.challenge
    if found is not None and found.enough.missing:
        yield texts.lacking(found.enough)
    elif found is not None:
        yield Paragraph(texts.text(found.advice, "challenger"))
        intervals = (found.champion, found.challenger, found.difference)
        yield from texts.listed("challenge", [(name, *(one[name] for one in intervals)) for name in METRICS])
        yield Note(texts.text("challenge"))


def _rules(review: Review, texts: _Texts) -> Iterator[Block]:
    rate = texts.messages.percent(review.settings.alarm_rate)
    rules = ("rule_rate", "rule_enough", "rule_intervals")
    yield Bullets(tuple(texts.text(rule, rate=rate) for rule in rules))


SECTIONS: Final = (_alarms, _due, _screened, _stale, _conversion, _calibration, _drift, _challenge, _rules)
"""Sections, named as the key of their heading; one without blocks is left out."""


def review_record(found: Review, lang: str = "en") -> dict[str, Any]:
    """Return everything as mappings, lists, texts and numbers for JSON; None where a figure is not known."""
    screened = {
        one.kind: {
            "judged": one.n_judged,
            "findings": one.findings,
            "waiting": [{"pair": pair, "missing": n, "unit": "reviews"} for pair, n in one.waiting.items()],
        }
        for one in found.screenings
    }
    alarms = [
        {"kind": one.kind, "false_alarm_rate": one.sure, **alarm_texts(one, found, lang)}
        for one in found.alarms
    ]
    record: dict[str, Any] = {"as_of": found.day, "alarms": alarms, "watches": screened}
    record |= {name: getattr(found, name) for name in ("verdict", "advice", "overdue")}
    record |= vars(found) | {"settings": found.settings.model_dump(mode="json")}
    left_out = ("day", "names", "screenings")
    return {name: as_plain(value) for name, value in record.items() if name not in left_out}
