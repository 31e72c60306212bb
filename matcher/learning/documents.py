"""Weights that were learned as documents to decide on: from outcomes (an adjustment) and from grades."""

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from matcher.documents.blocks import Block, Bullets, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import Messages
from matcher.explanations.explanation import sentence
from matcher.explanations.remarks import label_of
from matcher.files import bundled_toml
from matcher.learning.adjustment import Adjustment, Bounds
from matcher.learning.grading import LEAST_GOOD, LEAST_SEEKERS, GradedTraining

MOST_SEEKERS: Final = 20  # seekers whose changes are listed one by one
NONE: Final = "–"
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "adjustment.toml")
GRADED: Final[dict[str, Any]] = bundled_toml(__package__, "graded_weights.toml")


def adjustment_document(adjustment: Adjustment, lang: str) -> Document:
    """Return an adjustment as a document: the verdict, weights, grounds, and what would change in lists."""
    messages, is_change = Messages(lang), adjustment.is_change
    shown = adjustment.new if is_change else adjustment.learned
    rows = _weight_rows(adjustment.old, shown, messages, adjustment.bounds)
    blocks = (
        Paragraph(messages.say(TEXTS["verdicts"][adjustment.verdict])),
        Heading(messages.say(TEXTS["weights"])),
        _table(TEXTS["columns"]["proposed" if is_change else "learned"], rows, messages),
        Note(messages.say(TEXTS["sum"])),
        Heading(messages.say(TEXTS["grounds"])),
        Bullets(tuple(sentence(text) for text in _grounds(adjustment, messages))),
        Heading(messages.say(TEXTS["lists"])),
        *_lists(adjustment, messages),
    )
    return Document(messages.say(TEXTS["title"]), lang, blocks, footer=messages.say(TEXTS["footer"]))


def _weight_rows(
    old: Mapping[str, float], new: Mapping[str, float], messages: Messages, bounds: Bounds | None = None
) -> Iterator[tuple[str, ...]]:
    """Yield the name of each component, both weights, their difference, and any bounds."""
    for name, weight in old.items():
        after = new.get(name, 0.0)
        numbers = messages.number(weight, 3), messages.number(after, 3), messages.signed(after - weight)
        ends = [" – ".join(messages.number(end, 3) for end in bounds[name])] if bounds else []
        yield sentence(label_of(name, messages)), *numbers, *ends


def _grounds(adjustment: Adjustment, messages: Messages) -> Iterator[str]:
    found = _counted("found", adjustment.n_labels, messages)
    yield f"{found} {_counted('searches', adjustment.n_seekers, messages)}"
    judgement = adjustment.judgement
    if judgement is None:
        return
    old, new = (messages.number(mean, 3) for mean in (judgement.present, judgement.learned))
    yield messages.say(TEXTS["judged"], old=old, new=new)
    for text, difference in (("gain", judgement.gain), ("newcomers", judgement.newcomers)):
        if difference.n:
            figures = vars(difference.interval) | {"gain": difference.mean}
            ends = {name: messages.signed(figures[name]) for name in ("gain", "low", "high")}
            yield messages.say(TEXTS[text], **ends)


def _lists(adjustment: Adjustment, messages: Messages) -> Iterator[Block]:
    changes = adjustment.changes
    if changes.empty:
        yield Paragraph(messages.say(TEXTS["nothing"]))
        return
    moved, named = changes[changes["RBO"] < 1.0], partial(_named, adjustment)
    rbo, overlap = messages.number(changes["RBO"].mean(), 3), messages.percent(changes["overlap@10"].mean())
    counts = {"moved": messages.number(len(moved), 0), "all": messages.number(len(changes), 0)}
    yield Paragraph(messages.say(TEXTS["agreement"], **counts, rbo=rbo, overlap=overlap))
    rows = []
    for seeker, row in moved.head(MOST_SEEKERS).iterrows():
        figures = messages.number(row["RBO"], 3), messages.percent(row["overlap@10"])
        rows.append((named([str(seeker)]), *figures, named(row["entered"]), named(row["left"])))
    if rows:
        yield _table(TEXTS["columns"]["lists"], rows, messages)
    if (rest := len(moved) - MOST_SEEKERS) > 0:
        yield Note(_counted("more", rest, messages))


def _counted(text: str, number: int, messages: Messages) -> str:
    one, many = TEXTS[text]
    return messages.count(one, many, number)


def _table(columns: Iterable[str], rows: Iterable[tuple[str, ...]], messages: Messages) -> Table:
    return Table(tuple(map(messages.say, columns)), tuple(rows))


def _named(adjustment: Adjustment, ids: Iterable[str]) -> str:
    return "; ".join(adjustment.names.get(id_, id_) for id_ in ids) or NONE


def graded_weights_document(training: GradedTraining, lang: str, n_outcomes: int = 0) -> Document:
    """Return what was learned from grades as a document; `n_outcomes` of them come from outcomes."""
    messages = Messages(lang)
    blocks = _learned(training, messages, n_outcomes)
    return Document(messages.say(GRADED["title"]), lang, tuple(blocks))


def _learned(training: GradedTraining, messages: Messages, n_outcomes: int) -> Iterator[Block]:
    counts = {"pairs": training.n_pairs, "seekers": training.n_seekers, "good": training.n_good}
    shown = {name: messages.number(n, 0) for name, n in counts.items()}
    yield Paragraph(messages.say(GRADED["read"], **shown))
    if n_outcomes:
        yield Note(messages.say(GRADED["outcomes"], number=messages.number(n_outcomes, 0)))
    if not training.gain.n:
        needed = {"least_good": LEAST_GOOD, "least_seekers": LEAST_SEEKERS}
        yield Paragraph(messages.say(GRADED["too few"], **{name: str(n) for name, n in needed.items()}))
        return
    yield Paragraph(messages.say(GRADED["better" if training.is_better else "not better"]))
    number, gain, ends = messages.number, training.gain, training.gain.interval
    means = {"old": number(training.present, 3), "new": number(training.improved, 3), "n": number(gain.n, 0)}
    found = {"gain": ends.mean, "low": max(ends.low, -1.0), "high": min(ends.high, 1.0)}
    differences = {name: messages.signed(value) for name, value in found.items()}
    yield Note(messages.say(GRADED["judged"], **means, **differences))
    yield _table(GRADED["columns"], _weight_rows(training.old, training.learned, messages), messages)
    overlap = messages.percent(training.overlap)
    yield Paragraph(messages.say(GRADED["lists"], seekers=shown["seekers"], overlap=overlap))
