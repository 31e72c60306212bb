"""An adjustment as a document to decide on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from matcher.documents.blocks import Block, Bullets, Document, Heading, Note, Paragraph, Table
from matcher.documents.language import Messages
from matcher.explanations import label_of, sentence
from matcher.files import bundled_toml
from matcher.learning.adjustment import Adjustment

MOST_SEEKERS: Final = 20
"""Seekers whose changes are listed one by one."""
NONE: Final = "–"
TEXTS: Final[dict[str, Any]] = bundled_toml(__package__, "adjustment.toml")


def adjustment_document(adjustment: Adjustment, lang: str) -> Document:
    """Return an adjustment as a document: the verdict, weights, grounds, and what would change in lists."""
    messages = Messages(lang)
    blocks = (
        Paragraph(messages.say(TEXTS["verdicts"][adjustment.verdict])),
        Heading(messages.say(TEXTS["weights"])),
        _weights(adjustment, messages),
        Note(messages.say(TEXTS["sum"])),
        Heading(messages.say(TEXTS["grounds"])),
        Bullets(tuple(sentence(text) for text in _grounds(adjustment, messages))),
        Heading(messages.say(TEXTS["lists"])),
        *_lists(adjustment, messages),
    )
    return Document(messages.say(TEXTS["title"]), lang, blocks, footer=messages.say(TEXTS["footer"]))


def _weights(adjustment: Adjustment, messages: Messages) -> Table:
    shown = adjustment.new if adjustment.is_change else adjustment.learned
    rows = [
        (
            sentence(label_of(name, messages)),
            messages.number(old, 3),
            messages.number(shown[name], 3),
            _signed(shown[name] - old, messages),
            " – ".join(messages.number(end, 3) for end in adjustment.bounds[name]),
        )
        for name, old in adjustment.old.items()
    ]
    return _table("proposed" if adjustment.is_change else "learned", rows, messages)


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
            ends = {name: _signed(figures[name], messages) for name in ("gain", "low", "high")}
            yield messages.say(TEXTS[text], **ends)


def _lists(adjustment: Adjustment, messages: Messages) -> Iterator[Block]:
    changes = adjustment.changes
    if changes.empty:
        yield Paragraph(messages.say(TEXTS["nothing"]))
        return
    moved = changes[changes["RBO"] < 1.0]
    summary = messages.say(
        TEXTS["agreement"],
        moved=messages.number(len(moved), 0),
        all=messages.number(len(changes), 0),
        rbo=messages.number(changes["RBO"].mean(), 3),
        overlap=messages.percent(changes["overlap@10"].mean()),
    )
    yield Paragraph(summary)
    rows = [
        (
            _named([str(seeker)], adjustment),
            messages.number(row["RBO"], 3),
            messages.percent(row["overlap@10"]),
            _named(row["entered"], adjustment),
            _named(row["left"], adjustment),
        )
        for seeker, row in moved.head(MOST_SEEKERS).iterrows()
    ]
    if rows:
        yield _table("lists", rows, messages)
    if (rest := len(moved) - MOST_SEEKERS) > 0:
        yield Note(_counted("more", rest, messages))


def _counted(text: str, number: int, messages: Messages) -> str:
    one, many = TEXTS[text]
    return messages.count(one, many, number)


def _table(columns: str, rows: Iterable[tuple[str, ...]], messages: Messages) -> Table:
    return Table(tuple(messages.say(cell) for cell in TEXTS["columns"][columns]), tuple(rows))


def _named(ids: Iterable[str], adjustment: Adjustment) -> str:
    return "; ".join(adjustment.names.get(id_, id_) for id_ in ids) or NONE


def _signed(value: float, messages: Messages) -> str:
    """Return a difference with its sign; one that rounds to nothing has none."""
    size = messages.number(abs(value), 3)
    if round(abs(value), 3) == 0.0:
        return size
    return f"+{size}" if value > 0.0 else f"−{size}"
