"""Weights learned from grades as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from matcher.documents.blocks import Block, Document, Note, Paragraph, Table
from matcher.documents.language import Messages
from matcher.explanations import label_of, sentence
from matcher.files import bundled_toml
from matcher.learning.graded_weights import LEAST_GOOD, LEAST_SEEKERS, GradedTraining

TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "graded_weights.toml")


def graded_weights_document(training: GradedTraining, lang: str, n_outcomes: int = 0) -> Document:
    """Return what was learned from grades as a document; `n_outcomes` of them come from outcomes."""
    messages = Messages(lang)
    blocks = _blocks(training, messages, n_outcomes)
    return Document(messages.say(TEXTS["title"]), lang, tuple(blocks))


def _blocks(training: GradedTraining, messages: Messages, n_outcomes: int) -> Iterator[Block]:
    counts = {"pairs": training.n_pairs, "seekers": training.n_seekers, "good": training.n_good}
    shown = {name: messages.number(n, 0) for name, n in counts.items()}
    yield Paragraph(messages.say(TEXTS["read"], **shown))
    if n_outcomes:
        yield Note(messages.say(TEXTS["outcomes"], number=messages.number(n_outcomes, 0)))
    if not training.gain.n:
        needed = {"least_good": LEAST_GOOD, "least_seekers": LEAST_SEEKERS}
        yield Paragraph(messages.say(TEXTS["too few"], **{name: str(n) for name, n in needed.items()}))
        return
    yield Paragraph(messages.say(TEXTS["better" if training.is_better else "not better"]))
    ends = training.gain.interval
    yield Note(
        messages.say(
            TEXTS["judged"],
            old=messages.number(training.present, 3),
            new=messages.number(training.improved, 3),
            n=messages.number(training.gain.n, 0),
            gain=_signed(ends.mean, messages),
            low=_signed(max(ends.low, -1.0), messages),
            high=_signed(min(ends.high, 1.0), messages),
        )
    )
    rows = [
        (
            sentence(label_of(name, messages)),
            messages.number(old, 3),
            messages.number(new := training.learned.get(name, 0.0), 3),
            _signed(new - old, messages),
        )
        for name, old in training.old.items()
    ]
    yield Table(tuple(messages.say(cell) for cell in TEXTS["columns"]), tuple(rows))
    overlap = {
        "seekers": messages.number(training.n_seekers, 0),
        "overlap": messages.percent(training.overlap),
    }
    yield Paragraph(messages.say(TEXTS["lists"], **overlap))


def _signed(value: float, messages: Messages) -> str:
    size = messages.number(abs(value), 3)
    return size if round(abs(value), 3) == 0.0 else f"{'+' if value > 0.0 else '−'}{size}"
